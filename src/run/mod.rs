//! The one runner: a scenario, a subject, a report. The command line prints it, tests assert on it.
//!
//! Each step goes to the subject first; the model then predicts, given the reply where Redis leaves a choice, and the
//! two are compared client by client. Architecture invariant: nothing here reads a clock, the environment or a
//! random source; equal scenarios on equal subjects give equal [event hashes](crate::target::RunReport::hash).

mod crashes;
#[cfg(all(unix, feature = "process"))]
pub mod kills;
pub mod laws;
pub mod lockstep;
mod restart;
mod timing;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::command::{self, Family};
use crate::digest;
use crate::fault::Fault;
use crate::model::{EncodingLimits, Expect, Model, Profile, STRING_BYTES_MAX};
use crate::oracle::durability::History;
use crate::oracle::{Fingerprint, Oracle, Violation, reply_class};
use crate::panics;
use crate::recall::Recall;
use crate::resp::{Bytes, Value};
use crate::scenario::text::quote_argv;
use crate::scenario::{Ending, Fsync, Scenario, Step};
use crate::skip;
use crate::subject::{ClientId, Subject, SubjectError};
use crate::target::RunReport;
pub use crashes::{CrashPoint, Crashes, enumerate};
use restart::Surroundings;
#[cfg(all(unix, feature = "cli"))]
pub(crate) use timing::asks_for_idle_time;
pub(crate) use timing::may_wait;
use timing::{answers_once, is_time_sensitive};

/// What bounds a run, and which oracles are on.
#[derive(Clone, Debug)]
pub struct Options {
    /// Commands after which a run is out of budget.
    pub commands_max: u64,
    /// Bytes of replies after which a run is out of budget.
    pub reply_bytes_max: u64,
    /// Bytes written into values after which a run is out of budget.
    pub written_bytes_max: u64,
    /// Whether the subject's own invariants are checked after each step.
    pub white_box: bool,
    /// Whether the whole state is compared at checkpoints and at the end.
    pub state: bool,
    /// Which server the subject is, or is like.
    pub profile: Profile,
    /// Where the subject changes its encodings.
    pub encodings: EncodingLimits,
    /// How many commands of one client may be sent before their replies are read; 1 is one at a time.
    pub pipeline: usize,
    /// The longest string that the subject makes, in bytes: its `proto-max-bulk-len`.
    pub string_bytes_max: usize,
    /// Commands that may be sent, upper case; `None` sends all. For subjects that know only some.
    pub only: Option<Vec<String>>,
    /// When a subject that lives in a simulated world syncs its log; `None` if it hasn't any.
    pub fsync: Option<Fsync>,
    /// Whether FT.* is sent: engines need not have it.
    pub search: bool,
    /// Whether the [laws] of queries are looked at after each search.
    pub laws: bool,
    /// Whether the scenario moves the subject's clock, if it can be moved. Next to a subject whose clock cannot, none is.
    pub clock_moves: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            commands_max: 8192,
            reply_bytes_max: 16 << 20,
            written_bytes_max: 48 << 20,
            white_box: true,
            state: true,
            profile: Profile::default(),
            encodings: EncodingLimits::default(),
            pipeline: 1,
            string_bytes_max: STRING_BYTES_MAX,
            only: None,
            fsync: None,
            search: false,
            laws: false,
            clock_moves: true,
        }
    }
}

impl Options {
    /// Sends only these commands: for an engine that knows just some.
    pub fn only<'a>(commands: impl IntoIterator<Item = &'a str>) -> Options {
        let only = commands.into_iter().map(str::to_ascii_uppercase).collect();
        Options { only: Some(only), ..Options::default() }
    }
}

/// What happened, as it happens: for printing a replay and for counting what a run covered.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step of the scenario begins.
    Step(usize, &'a Step),
    /// A command was sent; also by the observer at checkpoints.
    Sent(ClientId, &'a [Bytes]),
    /// A reply came.
    Reply(ClientId, &'a Value),
    /// A step could not be sent to this subject, and why.
    Skipped(&'static str),
    /// The clock that the subject reads shows another time, in unix milliseconds.
    Clock(u64),
    /// The subject's disk has seen so many operations more.
    Disk(u64),
    /// Something went wrong.
    Delivered(Fault),
    /// The subject ended.
    Ended(Ending),
    /// It was opened again, and has the state after this step.
    Recovered(usize),
}

/// Runs a scenario. The subject must be empty.
pub fn run(scenario: &Scenario, subject: &mut dyn Subject, options: &Options) -> RunReport {
    run_traced(scenario, subject, options, &mut |_| {})
}

/// [`run`], telling `trace` what happens.
pub fn run_traced(
    scenario: &Scenario,
    subject: &mut dyn Subject,
    options: &Options,
    trace: &mut dyn FnMut(Event),
) -> RunReport {
    let mut runner = Runner::new(subject, options, trace);
    runner.whole(scenario);
    runner.report
}

/// Why a run ends before its scenario does.
enum Stop {
    Violation(Box<Violation>),
    OutOfBudget,
}

struct Runner<'a> {
    subject: &'a mut dyn Subject,
    options: &'a Options,
    trace: &'a mut dyn FnMut(Event),
    exact_time: bool,
    model: Model,
    report: RunReport,
    reply_bytes: u64,
    step: usize,
    /// What waiting clients have sent: the command that a late reply belongs to.
    waiting: BTreeMap<ClientId, Vec<Bytes>>,
    recall: Recall,
    /// By step, the commands whose arguments stood for something else.
    as_sent: BTreeMap<usize, String>,
    events: Vec<(ClientId, Value)>,
    expects: Vec<(ClientId, Expect)>,
    scratch: Vec<u8>,
    /// Commands since the last checkpoint.
    unchecked: u64,
    /// Of a subject in a simulated world.
    surroundings: Option<Surroundings>,
    /// What was last told of the clock and of the disk.
    told: (u64, u64),
    /// What other subjects are compared by, if there are any.
    record: Option<lockstep::Record>,
}

impl<'a> Runner<'a> {
    fn new(subject: &'a mut dyn Subject, options: &'a Options, trace: &'a mut dyn FnMut(Event)) -> Self {
        let exact_time = options.clock_moves && subject.time().is_some();
        let model = Model::new(options.encodings);
        let model = model.with_profile(options.profile).with_string_limit(options.string_bytes_max);
        let model = if exact_time { model } else { model.with_foreign_clock() };
        Runner {
            exact_time,
            told: (model.now_ms(), subject.world().map_or(0, |world| world.operations())),
            surroundings: options.fsync.map(|fsync| Surroundings::new(History::new(fsync, model.clone(), 0, 0))),
            subject,
            options,
            trace,
            model,
            report: RunReport::default(),
            reply_bytes: 0,
            step: 0,
            waiting: BTreeMap::new(),
            recall: Recall::default(),
            as_sent: BTreeMap::new(),
            events: Vec::new(),
            expects: Vec::new(),
            scratch: Vec::new(),
            unchecked: 0,
            record: None,
        }
    }

    /// Runs a scenario and says in the report how it ended.
    fn whole(&mut self, scenario: &Scenario) {
        let outcome = self.scenario(scenario);
        self.tell_world();
        self.end(outcome);
        self.tally();
    }

    fn end(&mut self, outcome: Result<(), Stop>) {
        match outcome {
            Ok(()) => {}
            Err(Stop::Violation(violation)) => {
                let as_sent = std::mem::take(&mut self.as_sent);
                self.report.violation = Some(Violation { as_sent, ..*violation });
            }
            Err(Stop::OutOfBudget) => self.report.out_of_budget = true,
        }
    }
}

impl Runner<'_> {
    fn scenario(&mut self, scenario: &Scenario) -> Result<(), Stop> {
        let mut next = 0;
        while next < scenario.steps.len() {
            next += self.turn(scenario, next)?;
        }
        self.last_look(scenario)
    }

    /// Takes the step with that number, and those that go along with it; returns how many.
    fn turn(&mut self, scenario: &Scenario, at: usize) -> Result<usize, Stop> {
        let Some(step) = scenario.steps.get(at) else { return Ok(1) };
        self.tell_world();
        self.step = at;
        let together = self.pipelined(&scenario.steps[at..]);
        let steps = &scenario.steps[at..at + together];
        (at..).zip(steps).for_each(|(i, step)| (self.trace)(Event::Step(i, step)));
        match step {
            Step::Command { client, .. } => {
                let batch: Vec<_> = (at..).zip(steps.iter().filter_map(Step::argv)).collect();
                self.batch(*client, &batch, Oracle::Reply)?;
                step.argv().map_or(Ok(()), |argv| self.check_laws(argv))?;
                self.unchecked += together as u64;
            }
            Step::Advance { ms } => self.advance(*ms)?,
            Step::Disconnect { client } => self.disconnect(*client)?,
            Step::Checkpoint => self.checkpoint()?,
            Step::Restart(restart) => self.restart(*restart)?,
            Step::Fault(scheduled) => self.schedule(*scheduled),
        }
        let every = u64::from(scenario.config.checkpoint_every);
        if every > 0 && self.unchecked >= every {
            self.unchecked = 0;
            self.checkpoint()?;
        }
        self.check_white_box()?;
        Ok(together)
    }

    /// After the last step.
    fn last_look(&mut self, scenario: &Scenario) -> Result<(), Stop> {
        self.step = scenario.steps.len();
        self.checkpoint()?;
        self.check_white_box()
    }

    /// How many of the steps are taken together: commands of one client, as long as each has one reply that comes at
    /// once. Anything else goes alone.
    fn pipelined(&self, steps: &[Step]) -> usize {
        let Some(Step::Command { client: first, .. }) = steps.first() else { return 1 };
        let goes_along = |step: &&Step| match step {
            Step::Command { client, argv } => client == first && answers_once(argv),
            _ => false,
        };
        steps.iter().take(self.options.pipeline).take_while(goes_along).count().max(1)
    }

    /// Sends commands of one client, each with the number of its step, and compares every reply that they bring about.
    fn batch(&mut self, client: ClientId, batch: &[(usize, &[Bytes])], oracle: Oracle) -> Result<(), Stop> {
        // What the model will be like when the first commands of the batch have run.
        let mut ahead = (batch.len() > 1 && !self.exact_time).then(|| self.model.clone());
        let mut sent: Vec<(usize, Cow<[Bytes]>)> = Vec::with_capacity(batch.len());
        for (step, argv) in batch {
            self.step = *step;
            let argv = match self.recall.resolve(client, argv) {
                Some(resolved) => {
                    self.as_sent.insert(self.step, quote_argv(&resolved));
                    Cow::Owned(resolved)
                }
                None => Cow::Borrowed(*argv),
            };
            if let Some(reason) = self.reason_to_skip(client, &argv, ahead.as_ref().unwrap_or(&self.model)) {
                (self.trace)(Event::Skipped(reason));
                continue;
            }
            if let Some(ahead) = &mut ahead {
                ahead.send(client, &argv, None, &mut Vec::new());
            }
            self.report.steps += 1;
            if client != ClientId::OBSERVER {
                self.report.sent.count(&argv);
            }
            (self.trace)(Event::Sent(client, &argv));
            self.digest_command(client, &argv);
            sent.push((*step, argv));
        }
        if sent.is_empty() {
            return Ok(());
        }
        self.before_exchange();
        self.exchange(client, &sent)?;
        if self.surroundings.is_some() {
            let sent: Vec<_> = sent.iter().map(|(step, argv)| (*step, argv.as_ref())).collect();
            if self.has_ended(client, &sent)? {
                return Ok(());
            }
        }
        for (i, (step, argv)) in sent.iter().enumerate() {
            self.step = *step;
            self.judge(client, argv, oracle, i + 1 == sent.len())?;
        }
        self.settle();
        Ok(())
    }

    /// Sends the commands and takes what clients receive.
    fn exchange(&mut self, client: ClientId, sent: &[(usize, Cow<[Bytes]>)]) -> Result<(), Stop> {
        let Some((_, last)) = sent.last() else { return Ok(()) };
        self.events.clear();
        let Runner { subject, events, .. } = self;
        let outcome = panics::caught(|| {
            sent.iter().try_for_each(|(_, argv)| subject.send(client, argv))?;
            subject.poll(events)
        });
        self.subject_result(last, outcome)?;
        self.tell_events();
        Ok(())
    }

    /// Compares what one command of a batch brought about; only after the last one must nothing be left over.
    fn judge(&mut self, client: ClientId, argv: &[Bytes], oracle: Oracle, is_last: bool) -> Result<(), Stop> {
        // What EXEC runs, for naming the one that went wrong.
        let is_exec = argv[0].eq_ignore_ascii_case(b"EXEC");
        let queued = if is_exec { self.model.queued(client).to_vec() } else { Vec::new() };
        self.learn(client, argv, &queued);
        if let Some(record) = &mut self.record {
            record.take(client, argv, oracle, &self.events, self.exact_time);
        }
        self.expects.clear();
        let before = self.before_serving();
        self.model.follow(client, argv, &self.events, &mut self.expects);
        self.remember(client, argv, before);
        self.compare(oracle, client, argv, &queued, is_last)?;
        let Runner { waiting, model, .. } = self;
        waiting.retain(|client, _| model.is_blocked(*client));
        if self.model.is_blocked(client) {
            self.waiting.insert(client, argv.to_vec());
        }
        Ok(())
    }

    fn tell_events(&mut self) {
        let events = std::mem::take(&mut self.events);
        for (client, value) in &events {
            self.digest_reply(*client, value);
            (self.trace)(Event::Reply(*client, value));
        }
        self.events = events;
    }

    /// Tells what a step did to the world around the subject.
    fn tell_world(&mut self) {
        let (told_ms, told_operations) = self.told;
        let now_ms = self.model.now_ms();
        if now_ms != told_ms {
            (self.trace)(Event::Clock(now_ms));
        }
        let mut operations = told_operations;
        if let Some(world) = self.subject.world() {
            operations = world.operations();
            if operations > told_operations {
                (self.trace)(Event::Disk(operations - told_operations));
            }
            world.faults().take_news().into_iter().for_each(|fault| (self.trace)(Event::Delivered(fault)));
        }
        self.told = (now_ms, operations);
    }

    /// Remembers what later arguments may stand for; EXEC answers for every command that was queued.
    fn learn(&mut self, client: ClientId, argv: &[Bytes], queued: &[Vec<Bytes>]) {
        let Some((_, reply)) = self.events.iter().find(|(c, _)| *c == client) else { return };
        match reply {
            Value::Array(items) if !queued.is_empty() => {
                items.iter().zip(queued).for_each(|(item, argv)| self.recall.learn(client, argv, item));
            }
            reply => self.recall.learn(client, argv, reply),
        }
    }

    /// Why a command cannot be sent, or would not be comparable.
    fn reason_to_skip(&self, client: ClientId, argv: &[Bytes], model: &Model) -> Option<&'static str> {
        if self.model.is_blocked(client) {
            return Some("the client waits for a blocking command");
        }
        if let Some(only) = &self.options.only
            && !command::by_name(&argv[0]).is_some_and(|c| only.iter().any(|name| name == c.name))
        {
            return Some("the subject does not offer this command");
        }
        if !self.subject.offers(argv) {
            return Some("the subject does not offer this command in this form");
        }
        if !self.subject.can_block() && command::by_name(&argv[0]).is_some_and(|c| c.family == Family::PubSub) {
            return Some("the subject answers each command once, and nobody else");
        }
        if let Some(reason) = skip::reason(argv, self.options.search) {
            return Some(reason);
        }
        if self.surroundings.is_some() && is_words(argv, &["CONFIG", "SET"]) {
            return Some("parameters do not outlive a restart, and what they did to encodings does");
        }
        if asks_for_endless_reply(argv) {
            return Some("the reply would not fit any budget");
        }
        if !self.subject.can_block() && may_wait(argv) {
            return Some("the subject cannot wait");
        }
        if !self.exact_time && is_time_sensitive(client, argv, model) {
            return Some("the subject has a clock of its own, and the outcome would depend on it");
        }
        None
    }

    fn advance(&mut self, ms: u64) -> Result<(), Stop> {
        let to_ms = self.model.now_ms() + ms;
        self.chain(2, &to_ms.to_le_bytes());
        self.events.clear();
        if self.surroundings.is_some() {
            return self.advance_world(ms);
        }
        let Runner { subject, events, .. } = self;
        let Some(time) = subject.time().filter(|_| self.exact_time) else {
            (self.trace)(Event::Skipped("the subject has a clock of its own"));
            return Ok(());
        };
        let outcome = panics::caught(|| time.advance(to_ms)).and_then(|advanced| match advanced {
            Ok(()) => panics::caught(|| subject.poll(events)),
            Err(error) => Ok(Err(error)),
        });
        self.subject_result(&[b"advance".to_vec()], outcome)?;
        self.tell_events();
        self.expects.clear();
        self.model.advance(to_ms, &mut self.expects);
        self.compare(Oracle::Reply, ClientId::OBSERVER, &[], &[], true)
    }

    fn disconnect(&mut self, client: ClientId) -> Result<(), Stop> {
        self.chain(3, &[client.byte()]);
        let subject = &mut self.subject;
        let outcome = panics::caught(|| subject.disconnect(client));
        self.subject_result(&[b"disconnect".to_vec()], outcome)?;
        self.model.disconnect(client);
        Ok(())
    }

    /// Reads the whole state back through ordinary commands, which the model predicts like any other.
    fn checkpoint(&mut self) -> Result<(), Stop> {
        if !self.options.state {
            return Ok(());
        }
        self.hold_faults(true);
        self.record.iter_mut().for_each(lockstep::Record::begin_state);
        let compared = self.read_state();
        self.hold_faults(false);
        compared
    }

    fn read_state(&mut self) -> Result<(), Stop> {
        self.read(|model, db| {
            let keys = std::iter::once(vec![b"KEYS".to_vec(), b"*".to_vec()]);
            let of_key = |(key, reads): (Bytes, Vec<_>)| [vec![b"PTTL".to_vec(), key]].into_iter().chain(reads);
            keys.chain(model.readings(db).into_iter().flat_map(of_key)).collect()
        })
    }

    /// How the keys are encoded.
    fn read_encodings(&mut self) -> Result<(), Stop> {
        let words = |key| vec![b"OBJECT".to_vec(), b"ENCODING".to_vec(), key];
        self.read(|model, db| model.readings(db).into_iter().map(|(key, _)| words(key)).collect())
    }

    /// Runs commands in each database that is used.
    fn read(&mut self, commands: impl Fn(&Model, usize) -> Vec<Vec<Bytes>>) -> Result<(), Stop> {
        let observer = ClientId::OBSERVER;
        for db in self.model.databases_used() {
            let is_elsewhere = db > 0 || self.model.selected(observer) != 0;
            let select = is_elsewhere.then(|| vec![b"SELECT".to_vec(), db.to_string().into_bytes()]);
            let commands: Vec<_> = select.into_iter().chain(commands(&self.model, db)).collect();
            for batch in commands.chunks(self.options.pipeline.max(1)) {
                let batch: Vec<_> = batch.iter().map(|argv| (self.step, argv.as_slice())).collect();
                self.batch(observer, &batch, Oracle::State)?;
            }
        }
        Ok(())
    }

    fn check_white_box(&mut self) -> Result<(), Stop> {
        if !self.options.white_box {
            return Ok(());
        }
        let Some(white_box) = self.subject.white_box() else { return Ok(()) };
        self.report.checks += 1;
        let outcome = panics::caught(|| white_box.check());
        let findings = self.subject_result(&[b"check".to_vec()], outcome.map(Ok))?;
        let Some(first) = findings.first() else { return Ok(()) };
        let fingerprint = Fingerprint::new(Oracle::Check, "check", "holds", &rule_of(first));
        self.violation(
            Oracle::Check,
            &[],
            findings.join("\n"),
            "every invariant of the engine holds".into(),
            fingerprint,
        )
    }

    /// Turns a subject's error or panic into a violation.
    fn subject_result<T>(
        &self,
        argv: &[Bytes],
        outcome: Result<Result<T, SubjectError>, panics::Panic>,
    ) -> Result<T, Stop> {
        match outcome {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let fingerprint = Fingerprint::new(Oracle::Subject, &self.signature(argv), "reply", error.kind());
                self.violation(Oracle::Subject, argv, error.to_string(), "a reply".into(), fingerprint)
            }
            Err(panic) => {
                let fingerprint = Fingerprint::new(Oracle::Panic, &self.signature(argv), "reply", &panic.place);
                self.violation(Oracle::Panic, argv, panic.to_string(), "a reply".into(), fingerprint)
            }
        }
    }

    /// The command's signature; for what is not a command, the word itself.
    fn signature(&self, argv: &[Bytes]) -> String {
        match argv {
            [word] if word.iter().all(u8::is_ascii_lowercase) => String::from_utf8_lossy(word).into_owned(),
            _ => command::signature(argv),
        }
    }

    /// Compares what came with what was predicted, client by client, in order.
    fn compare(
        &mut self,
        oracle: Oracle,
        sender: ClientId,
        argv: &[Bytes],
        queued: &[Vec<Bytes>],
        is_last: bool,
    ) -> Result<(), Stop> {
        let mut events = std::mem::take(&mut self.events);
        let expects = std::mem::take(&mut self.expects);
        if self.model.has_lost_track() {
            // What a server does here depends on chance: from now on it may be in one of several states.
            return Err(Stop::OutOfBudget);
        }
        for (client, expect) in &expects {
            self.report.checks += 1;
            let Some(at) = events.iter().position(|(c, _)| c == client) else {
                let argv = self.command_of(*client, sender, argv, &expect.class());
                let fingerprint = Fingerprint::new(oracle, &command::signature(argv), &expect.class(), "nothing");
                let observed = "no reply: the client waits".into();
                return self.violation(oracle, argv, observed, expect.to_string(), fingerprint);
            };
            let (_, observed) = events.remove(at);
            if !expect.accepts(&observed, self.exact_time) {
                let queued = if *client == sender { queued } else { &[] };
                let argv = self.command_of(*client, sender, argv, &expect.class());
                return self.reply_violation(oracle, argv, expect, &observed, queued);
            }
        }
        if let (true, Some((client, observed))) = (is_last, events.first()) {
            let argv = self.command_of(*client, sender, argv, &reply_class(observed));
            let fingerprint = Fingerprint::new(oracle, &command::signature(argv), "nothing", &reply_class(observed));
            return self.violation(
                oracle,
                argv,
                observed.to_string(),
                "nothing: no reply is owed, and no message was sent".into(),
                fingerprint,
            );
        }
        (self.events, self.expects) = (events, expects);
        if self.reply_bytes > self.options.reply_bytes_max
            || self.report.steps > self.options.commands_max
            || self.model.written_bytes() > self.options.written_bytes_max
        {
            return Err(Stop::OutOfBudget);
        }
        Ok(())
    }

    /// The command that a reply belongs to: the one that its client waited with, or the one just sent, which also
    /// messages to others come from.
    fn command_of<'a>(&'a self, client: ClientId, sender: ClientId, sent: &'a [Bytes], class: &str) -> &'a [Bytes] {
        match self.waiting.get(&client) {
            Some(waited_with) if client != sender && class != "push" => waited_with,
            _ => sent,
        }
    }

    /// A wrong reply. Inside EXEC the queued command is what the fingerprint names.
    fn reply_violation(
        &self,
        oracle: Oracle,
        argv: &[Bytes],
        expect: &Expect,
        observed: &Value,
        queued: &[Vec<Bytes>],
    ) -> Result<(), Stop> {
        let (signature, expected_class, observed_class) = match expect.first_difference(observed, self.exact_time) {
            Some((i, expect, observed)) if i < queued.len() => {
                (format!("EXEC>{}", command::signature(&queued[i])), expect.class(), reply_class(observed))
            }
            _ => (command::signature(argv), expect.class(), reply_class(observed)),
        };
        let fingerprint = Fingerprint::new(oracle, &signature, &expected_class, &observed_class);
        self.violation(oracle, argv, observed.to_string(), expect.to_string(), fingerprint)
    }

    fn violation<T>(
        &self,
        oracle: Oracle,
        argv: &[Bytes],
        observed: String,
        expected: String,
        fingerprint: Fingerprint,
    ) -> Result<T, Stop> {
        let command = quote_argv(argv);
        Err(Stop::Violation(Box::new(Violation {
            oracle,
            step: self.step,
            command,
            observed,
            expected,
            fingerprint,
            as_sent: BTreeMap::new(),
            dispute: None,
        })))
    }

    fn digest_command(&mut self, client: ClientId, argv: &[Bytes]) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        scratch.push(client.byte());
        argv.iter().for_each(|arg| digest::bytes(arg, &mut scratch));
        self.chain(1, &scratch);
        self.scratch = scratch;
    }

    fn digest_reply(&mut self, client: ClientId, value: &Value) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        scratch.push(client.byte());
        digest::value(value, &mut scratch);
        self.reply_bytes += scratch.len() as u64;
        self.report.errors += u64::from(matches!(value, Value::Error(_)));
        self.chain(4, &scratch);
        self.report.outcome = chained(self.report.outcome, 4, &scratch);
        self.scratch = scratch;
    }

    fn chain(&mut self, kind: u64, bytes: &[u8]) {
        self.report.hash = chained(self.report.hash, kind, bytes);
    }
}

/// The hash of a chain with one more link.
fn chained(hash: u64, kind: u64, bytes: &[u8]) -> u64 {
    twox_hash::XxHash3_64::oneshot_with_seed(hash.rotate_left(1) ^ kind, bytes)
}

/// Whether the command begins with these words.
fn is_words(argv: &[Bytes], words: &[&str]) -> bool {
    argv.len() >= words.len() && argv.iter().zip(words).all(|(arg, word)| arg.eq_ignore_ascii_case(word.as_bytes()))
}

/// SRANDMEMBER and its kin repeat elements for a negative count: a far negative one would fill any memory. The
/// smallest integer is refused by the server.
pub(crate) fn asks_for_endless_reply(argv: &[Bytes]) -> bool {
    const REPEATS_MAX: i64 = 10_000;
    let repeats: [&[u8]; 3] = [b"SRANDMEMBER", b"HRANDFIELD", b"ZRANDMEMBER"];
    let count = argv.get(2).and_then(|text| std::str::from_utf8(text).ok()?.parse::<i64>().ok());
    repeats.iter().any(|name| argv[0].eq_ignore_ascii_case(name))
        && count.is_some_and(|n| (i64::MIN + 1..-REPEATS_MAX).contains(&n))
}

/// What a finding says without where it says it (`db 0: key l0: an empty list`) and without its numbers.
pub(crate) fn rule_of(finding: &str) -> String {
    let rule = finding.rsplit(": ").next().unwrap_or(finding);
    let plain = |c: char| if c.is_ascii_alphabetic() { c.to_ascii_lowercase() } else { '-' };
    let mut words: Vec<String> = rule.split(' ').map(|word| word.chars().map(plain).collect()).collect();
    words.retain(|word| word.contains(|c: char| c != '-'));
    words.join("-")
}
