//! What a run does in a simulated world: restarts, crashes, faults, and a clock that doesn't run evenly.

use super::{Runner, Stop, chained};
use crate::command;
use crate::fault::{Fault, Scheduled};
use crate::model::Model;
use crate::oracle::durability::{History, State};
use crate::oracle::{Fingerprint, Oracle, Violation};
use crate::panics;
use crate::resp::{Bytes, Value};
use crate::scenario::{Ending, Restart};
use crate::subject::{ClientId, Condition, OpenFailure};

/// Drift of a clock, in parts per million.
const DRIFT_PPM: i64 = 1000;

/// How often recovery may end early before faults are held back.
const ATTEMPTS: usize = 4;

/// Faults that an engine cannot see: what they damage may be reported, or lost, but never be made up.
const DAMAGING: [Fault; 2] = [Fault::Corruption, Fault::StaleRead];

/// Faults that make what an engine stores its log on fail, so that it may stop, or not be opened.
const FAILING: [Fault; 9] = [
    Fault::WriteFail,
    Fault::FsyncFail,
    Fault::DiskFull,
    Fault::PutFail,
    Fault::GetFail,
    Fault::GetCorrupt,
    Fault::Timeout,
    Fault::ObjectPartialWrite,
    Fault::RenameFail,
];

/// What the runner knows of the world around the subject.
pub(super) struct Surroundings {
    pub history: History,
    /// Operations of the disk before the exchange at hand.
    pub operations: u64,
    /// What the clock showed when the exchange at hand, or the timers, began.
    began_ms: u64,
    /// A command that was under way when the subject ended does something random, so that nobody knows what.
    uncertain: bool,
    /// How much faster than it should the clock runs, in parts per million.
    drift_ppm: i64,
    /// For how many clock moves no timer fires.
    starved: u16,
}

impl Surroundings {
    pub(super) fn new(history: History) -> Surroundings {
        let began_ms = history.states().last().map_or(0, |state| state.seen_ms);
        Surroundings { history, operations: 0, began_ms, uncertain: false, drift_ppm: 0, starved: 0 }
    }
}

/// How a subject came from its end to being open again.
struct Way {
    /// It was closed in good order, and had ended that before anything else happened.
    was_closed: bool,
    /// Power was lost.
    power_was_lost: bool,
}

impl Runner<'_> {
    /// How many operations the subject's disk has seen.
    fn operations(&mut self) -> u64 {
        self.subject.world().map_or(0, |world| world.operations())
    }

    fn triggers(&mut self, fault: Fault) -> Option<u16> {
        self.subject.world().and_then(|world| world.faults().should_trigger(fault))
    }

    fn delivered(&mut self, faults: &[Fault]) -> u64 {
        let Some(world) = self.subject.world() else { return 0 };
        faults.iter().map(|fault| world.faults().delivered(*fault)).sum()
    }

    pub(super) fn schedule(&mut self, scheduled: Scheduled) {
        match self.subject.world() {
            Some(world) => world.faults().schedule(scheduled),
            None => (self.trace)(super::Event::Skipped("nothing goes wrong in the subject's world")),
        }
    }

    /// Before commands go out.
    pub(super) fn before_exchange(&mut self) {
        if self.surroundings.is_none() {
            return;
        }
        if let Some(arg) = self.triggers(Fault::Slow) {
            self.set_clock(self.model.now_ms() + u64::from(arg) % 1000, 0);
        }
        let (operations, now_ms) = (self.operations(), self.model.now_ms());
        if let Some(around) = &mut self.surroundings {
            around.operations = operations;
            around.began_ms = now_ms;
            around.history.pass(now_ms);
        }
    }

    /// The model, if a command may serve clients that wait.
    pub(super) fn before_serving(&self) -> Option<Model> {
        self.surroundings.as_ref().filter(|_| !self.model.blocked_clients().is_empty()).map(|_| self.model.clone())
    }

    /// The model has run a command: what the server then holds may be found after a crash, and so may what it holds
    /// before it has served all whom the command lets go on.
    pub(super) fn remember(&mut self, client: ClientId, argv: &[Bytes], before: Option<Model>) {
        let Some(around) = &mut self.surroundings else { return };
        if !may_change_data(argv) {
            return;
        }
        if let Some(before) = before {
            let (served, others): (Vec<_>, Vec<_>) =
                before.blocked_clients().into_iter().partition(|waiting| !self.model.is_blocked(*waiting));
            for not_yet in (0..served.len()).map(|count| &served[count..]) {
                let mut between = before.clone();
                not_yet.iter().chain(&others).for_each(|waiting| between.disconnect(*waiting));
                between.follow(client, argv, &self.events, &mut Vec::new());
                around.history.begin(between, self.step, around.operations);
            }
        }
        around.history.begin(self.model.clone(), self.step, around.operations);
    }

    /// Everything that was sent has been answered.
    pub(super) fn settle(&mut self) {
        let Some(world) = self.subject.world() else { return };
        let (now_ms, operations, told) = (world.now_ms(), world.operations(), world.told());
        // A slow disk takes its time.
        self.model.set_clock(now_ms);
        if let Some(around) = &mut self.surroundings {
            // What takes its time meanwhile does not make a sync due any earlier.
            around.history.settle(around.began_ms, operations, told);
            around.history.pass(now_ms);
        }
    }

    /// After an exchange: if the subject has ended or stopped in the middle of it, it is opened again, and nothing is left
    /// to compare. Otherwise `false`.
    pub(super) fn has_ended(&mut self, client: ClientId, sent: &[(usize, &[Bytes])]) -> Result<bool, Stop> {
        let condition = self.subject.world().map_or(Condition::Running, |world| world.condition());
        let ending = match condition {
            Condition::Running => return Ok(false),
            Condition::Ended(ending) => ending,
            Condition::Stopped(reason) => self.stopped(&reason)?,
        };
        self.events.clear();
        for (step, argv) in sent {
            self.step = *step;
            self.expects.clear();
            let is_random = is_random_write(argv) || self.model.queued(client).iter().any(|argv| is_random_write(argv));
            let before = self.before_serving();
            self.model.follow(client, argv, &[], &mut self.expects);
            self.remember(client, argv, before);
            if let Some(around) = &mut self.surroundings {
                around.uncertain |= is_random;
            }
        }
        self.reopen(Restart { ending, again: None })?;
        Ok(true)
    }

    /// A subject may stop when its disk fails, and must then acknowledge nothing of what was under way.
    fn stopped(&mut self, reason: &str) -> Result<Ending, Stop> {
        self.report.checks += 1;
        if self.delivered(&FAILING) == 0 {
            let fingerprint = Fingerprint::new(Oracle::Durability, "stop", "runs", "stopped");
            return self.durability(
                "it runs: no fault was delivered".into(),
                format!("it stopped: {reason}"),
                fingerprint,
            );
        }
        if let Some((_, value)) = self.events.iter().find(|(_, value)| value.error_code().is_none()) {
            let fingerprint = Fingerprint::new(Oracle::Durability, "stop", "error", "acknowledged");
            let observed = format!("{value}, though {reason}");
            return self.durability("an error: what was under way may be lost".into(), observed, fingerprint);
        }
        Ok(Ending::Killed)
    }

    /// The step of a scenario.
    pub(super) fn restart(&mut self, restart: Restart) -> Result<(), Stop> {
        if self.surroundings.is_none() {
            (self.trace)(super::Event::Skipped("the subject cannot be opened again"));
            return Ok(());
        }
        self.reopen(restart)
    }

    /// Ends the subject, opens it, and finds out which state it has. Opening it once more must change nothing.
    fn reopen(&mut self, restart: Restart) -> Result<(), Stop> {
        let operations = self.operations();
        self.chain(5, format!("{restart:?}").as_bytes());
        (self.trace)(super::Event::Ended(restart.ending));
        let Some(around) = &self.surroundings else { return Ok(()) };
        let (kept, ceiling) = around.history.window(restart.ending, operations);
        let (durable, _) = around.history.window(Ending::PowerLoss { image: 0 }, operations);
        let failures = self.delivered(&FAILING);
        let way = self.open(restart)?;
        // An orderly shutdown makes everything durable, if the disk lets it and the power stays on meanwhile.
        let was_closed = way.was_closed && self.delivered(&FAILING) == failures;
        let floor = if way.power_was_lost && !was_closed { durable } else { kept };
        let floor = if self.delivered(&DAMAGING) > 0 { 0 } else { floor };
        let found = self.recognise(restart.ending, floor, ceiling)?;
        self.open(Restart { ending: Ending::Killed, again: None })?;
        let floor = if self.delivered(&DAMAGING) > 0 { 0 } else { found };
        let found = self.recognise(Ending::Killed, floor, found)?;
        self.report.recoveries += 1;
        let operations = self.operations();
        if let Some(around) = &mut self.surroundings {
            (self.trace)(super::Event::Recovered(around.history.states()[found].step));
            around.uncertain = false;
            around.history.resume(found, self.model.clone(), self.step, operations);
        }
        Ok(())
    }

    /// Opens the subject, as often as it takes: the shutdown and recovery may be cut short, and its disk may fail.
    fn open(&mut self, restart: Restart) -> Result<Way, Stop> {
        self.waiting.clear();
        self.recall = Default::default();
        let (mut ending, mut again) = (restart.ending, restart.again);
        let mut way = Way { was_closed: ending == Ending::Closed, power_was_lost: false };
        for attempt in 1.. {
            way.power_was_lost |= matches!(ending, Ending::PowerLoss { .. });
            let failing_before = self.delivered(&FAILING) + self.delivered(&DAMAGING);
            let Some(world) = self.subject.world() else { break };
            world.faults().hold(attempt > ATTEMPTS);
            let after = again.map(|again| again.after);
            let opened = panics::caught(|| world.restart(ending, after));
            world.faults().hold(false);
            let condition = world.condition();
            let failure = match opened {
                // Where recovery needs less than it was given to do, power is not lost in it.
                Ok(Ok(())) => return Ok(way),
                Ok(Err(failure)) => failure,
                Err(panic) => OpenFailure::Panic(panic.to_string()),
            };
            self.chain(6, failure.kind().as_bytes());
            if let (OpenFailure::NotClosed, Condition::Ended(cut)) = (&failure, &condition) {
                way.was_closed = false;
                ending = *cut;
                (self.trace)(super::Event::Ended(ending));
                continue;
            }
            let failed = self.delivered(&FAILING) + self.delivered(&DAMAGING) > failing_before;
            ending = match (&failure, again.take(), condition) {
                (OpenFailure::Ended, Some(again), _) => Ending::PowerLoss { image: again.image },
                (OpenFailure::Ended, None, Condition::Ended(ending)) => ending,
                (OpenFailure::Io(_), _, _) if failed && attempt <= ATTEMPTS => Ending::Killed,
                (OpenFailure::Corrupt(_), _, _) if self.delivered(&DAMAGING) > 0 => return Err(Stop::OutOfBudget),
                _ => return self.cannot_open(restart.ending, &failure),
            };
        }
        Ok(way)
    }

    pub(super) fn cannot_open<T>(&self, ending: Ending, failure: &OpenFailure) -> Result<T, Stop> {
        let fingerprint = Fingerprint::new(Oracle::Durability, name(ending), "opens", failure.kind());
        self.durability("it opens on what its disk holds".into(), failure.to_string(), fingerprint)
    }

    /// Which of the states from `floor` to `ceiling` the subject has, the newest first. The model is then that state.
    pub(super) fn recognise(&mut self, ending: Ending, floor: usize, ceiling: usize) -> Result<usize, Stop> {
        // Reading the state back is no part of the history.
        let Some(around) = self.surroundings.take() else { return Ok(0) };
        let found = self.recognise_in(&around, ending, floor, ceiling);
        self.surroundings = Some(around);
        found
    }

    fn recognise_in(
        &mut self,
        around: &Surroundings,
        ending: Ending,
        floor: usize,
        ceiling: usize,
    ) -> Result<usize, Stop> {
        let states = around.history.states();
        let mut latest = self.model.clone();
        latest.set_clock(self.subject.world().map_or(0, |world| world.now_ms()));
        let mut newest = None;
        for at in (floor..=ceiling).rev() {
            match self.difference(&states[at], &latest)? {
                None => return Ok(at),
                Some(difference) => newest = newest.or(Some(difference)),
            }
        }
        if around.uncertain {
            return Err(Stop::OutOfBudget);
        }
        let told = |at: usize| match at {
            0 => "the state that it began with".to_owned(),
            _ => format!("the state after step {}", states[at].step),
        };
        let expected = told(floor) + &up_to(states[floor].step, states[ceiling].step);
        for at in (0..floor).rev() {
            if self.difference(&states[at], &latest)?.is_none() {
                let fingerprint = Fingerprint::new(Oracle::Durability, name(ending), "durable", "lost");
                let observed = format!("{}: what came later is lost", told(at));
                return self.durability(expected, observed, fingerprint);
            }
        }
        let fingerprint = Fingerprint::new(Oracle::Durability, name(ending), "prefix", "other");
        let observed = newest.map_or(String::new(), |found| {
            format!(
                "a state that there never was: {} gives {}\ninstead of {}",
                found.command, found.observed, found.expected
            )
        });
        self.durability(expected, observed, fingerprint)
    }

    /// The first difference between what the subject holds and this state, if any. If there is none, it is the model's.
    fn difference(&mut self, state: &State, latest: &Model) -> Result<Option<Box<Violation>>, Stop> {
        self.model = state.model.clone();
        self.model.restart(latest);
        let subject = &mut self.subject;
        let outcome = panics::caught(|| subject.disconnect(ClientId::OBSERVER));
        self.subject_result(&[b"disconnect".to_vec()], outcome)?;
        match self.recheck(state.seen_ms) {
            Ok(()) => Ok(None),
            Err(Stop::Violation(violation)) if violation.oracle == Oracle::State => Ok(Some(violation)),
            Err(stop) => Err(stop),
        }
    }

    /// Reads everything back that tells one state from another. Two that differ in nothing but an encoding are two.
    fn recheck(&mut self, seen_ms: u64) -> Result<(), Stop> {
        if !self.options.state {
            return Ok(());
        }
        self.hold_faults(true);
        let compared =
            self.forget_expired(seen_ms).and_then(|()| self.read_state()).and_then(|()| self.read_encodings());
        self.hold_faults(false);
        compared
    }

    /// A key whose time was over, before the clock jumped back, may have been removed or not: the subject is asked.
    fn forget_expired(&mut self, seen_ms: u64) -> Result<(), Stop> {
        for (db, key) in self.model.keys_expired_by(seen_ms) {
            let [select, exists] = lookup(db, &key);
            self.batch(ClientId::OBSERVER, &[(self.step, &select)], Oracle::State)?;
            self.exchange(ClientId::OBSERVER, &[(self.step, exists.as_slice().into())])?;
            if self.events.iter().any(|(_, reply)| *reply == Value::Int(0)) {
                self.model.forget(db, &key);
            }
        }
        Ok(())
    }

    /// What the whole run came to, and what became of its faults.
    pub(super) fn tally(&mut self) {
        let Some(world) = self.subject.world() else { return };
        let end = [world.disk_hash(), world.operations(), world.now_ms()];
        let counts = world.faults().counts();
        self.report.faults = counts.into_iter().map(|(fault, counts)| (fault.name().to_owned(), counts)).collect();
        for number in end {
            self.report.outcome = chained(self.report.outcome, 0, &number.to_le_bytes());
        }
    }

    /// Nothing goes wrong while state is read for a comparison.
    pub(super) fn hold_faults(&mut self, is_calm: bool) {
        if let Some(world) = self.subject.world() {
            world.faults().hold(is_calm);
        }
    }

    /// Moves the clock as a node's clock moves: it may drift, jump or stand still, and timers may not fire.
    pub(super) fn advance_world(&mut self, ms: u64) -> Result<(), Stop> {
        if let Some(arg) = self.triggers(Fault::JumpBackward) {
            self.jump_backward(u64::from(arg) % 10_000)?;
        }
        self.expects.clear();
        let mut to_ms = self.model.now_ms() + ms;
        to_ms = to_ms.saturating_add_signed(self.drift() * i64::try_from(ms).unwrap_or(0) / 1_000_000);
        if let Some(arg) = self.triggers(Fault::JumpForward) {
            to_ms += u64::from(arg) * 100;
        }
        if let Some(arg) = self.triggers(Fault::Pause) {
            // Time goes on, and nobody sees it; then all timers fire at once.
            self.set_clock(to_ms, 0);
            to_ms += u64::from(arg) % 10_000;
        }
        let timers = self.timers();
        if let Some(around) = &mut self.surroundings {
            around.began_ms = to_ms;
        }
        self.set_clock(to_ms, timers);
        let Runner { subject, events, .. } = self;
        events.clear();
        let outcome = panics::caught(|| subject.poll(events));
        self.subject_result(&[b"advance".to_vec()], outcome)?;
        if self.has_ended(ClientId::OBSERVER, &[])? {
            return Ok(());
        }
        self.tell_events();
        self.compare(Oracle::Reply, ClientId::OBSERVER, &[], &[], true)?;
        self.settle();
        Ok(())
    }

    fn drift(&mut self) -> i64 {
        let fast = self.triggers(Fault::DriftFast).map(|_| DRIFT_PPM);
        let slow = self.triggers(Fault::DriftSlow).map(|_| -DRIFT_PPM);
        let Some(around) = &mut self.surroundings else { return 0 };
        around.drift_ppm = fast.or(slow).unwrap_or(around.drift_ppm);
        around.drift_ppm
    }

    /// How often the subject's timers fire at this clock move.
    fn timers(&mut self) -> u32 {
        let starved = self.triggers(Fault::CpuStarvation).map(|arg| 1 + arg % 4);
        let (skipped, doubled) = (self.triggers(Fault::TimerSkip), self.triggers(Fault::TimerDuplicate));
        let Some(around) = &mut self.surroundings else { return 1 };
        around.starved = around.starved.max(starved.unwrap_or(0));
        if around.starved > 0 {
            around.starved -= 1;
            return 0;
        }
        match (skipped, doubled) {
            (Some(_), _) => 0,
            (None, Some(_)) => 2,
            (None, None) => 1,
        }
    }

    /// A key that has expired, and that nothing has looked at, would be there again at an earlier time, unless the server
    /// has removed it meanwhile. Nobody can know: so it is looked at first.
    fn jump_backward(&mut self, ms: u64) -> Result<(), Stop> {
        let recoveries = self.report.recoveries;
        self.look_at_expired()?;
        if self.report.recoveries != recoveries {
            // It was opened anew: what it had removed may be back.
            self.hold_faults(true);
            let looked = self.look_at_expired();
            self.hold_faults(false);
            looked?;
        }
        if let Some(around) = &mut self.surroundings {
            around.history.begin(self.model.clone(), self.step, around.operations);
        }
        self.settle();
        self.set_clock(self.model.now_ms().saturating_sub(ms), 0);
        Ok(())
    }

    fn look_at_expired(&mut self) -> Result<(), Stop> {
        for (db, key) in self.model.expired_keys() {
            for argv in lookup(db, &key) {
                self.batch(ClientId::OBSERVER, &[(self.step, argv.as_slice())], Oracle::Reply)?;
            }
        }
        Ok(())
    }

    /// Sets the clock that the subject and the model read.
    fn set_clock(&mut self, to_ms: u64, timers: u32) {
        if let Some(world) = self.subject.world() {
            world.set_clock(to_ms, timers);
        }
        self.model.set_clock(to_ms);
        if timers > 0 {
            self.model.advance(to_ms, &mut self.expects);
        }
    }

    fn durability<T>(&self, expected: String, observed: String, fingerprint: Fingerprint) -> Result<T, Stop> {
        self.violation(Oracle::Durability, &[], observed, expected, fingerprint)
    }
}

/// The commands that look at a key.
fn lookup(db: usize, key: &[u8]) -> [Vec<Bytes>; 2] {
    [vec![b"SELECT".to_vec(), db.to_string().into_bytes()], vec![b"EXISTS".to_vec(), key.to_vec()]]
}

fn up_to(floor: usize, ceiling: usize) -> String {
    if floor == ceiling { String::new() } else { format!(", or after a later one up to step {ceiling}") }
}

fn name(ending: Ending) -> &'static str {
    match ending {
        Ending::Closed => "restart",
        Ending::Killed => "kill",
        Ending::PowerLoss { .. } => "crash",
    }
}

/// Whether what the command does to keys is up to the server.
fn is_random_write(argv: &[Bytes]) -> bool {
    argv[0].eq_ignore_ascii_case(b"SPOP")
}

/// Whether keys may be other ones after this command.
pub(super) fn may_change_data(argv: &[Bytes]) -> bool {
    /// What changes keys without a flag that says so: the one of a container is at its subcommands, PFCOUNT keeps its
    /// result in the key, and a sorted set that is sorted leaves its small encoding.
    const SILENT: [&str; 4] = ["EXEC", "PFCOUNT", "SORT_RO", "XGROUP"];
    let is_write = |c: &command::Command| c.has_flag("write") || c.has_flag("may_replicate");
    command::by_name(&argv[0]).is_some_and(|c| SILENT.contains(&c.name) || is_write(c))
}
