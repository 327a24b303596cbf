//! One failing run, step by step, in lanes.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::oracle::{Oracle, Violation};
use crate::resp::Value;
use crate::run::Event;
use crate::scenario::text::print_step;
use crate::scenario::{Ending, Step, decode};
use crate::subject::ClientId;
use crate::target::{Input, Target};

/// A failing run, as it was before it was shrunk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// The target.
    pub target: String,
    /// The seed that gave the input, if one did.
    pub seed: Option<u64>,
    /// What broke.
    pub fingerprint: String,
    /// Steps up to the one that showed it.
    pub steps: usize,
    /// The first step that is told: of long runs, the last ones are.
    pub from: usize,
    /// What happened, in order.
    pub moments: Vec<Moment>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// At which step, counted from 0; the state that is read at the end has a step of its own.
    pub step: usize,
    /// `c0`, `c1` and so on for clients; else `clock`, `faults`, `disk`, `crash` or `recovery`.
    pub lane: String,
    /// What kind of thing.
    pub kind: MomentKind,
    /// In words.
    pub text: String,
}

/// What kind of thing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MomentKind {
    /// A client sent a command.
    Command,
    /// A command was answered with an error.
    Error,
    /// A step was not taken.
    Skipped,
    /// A connection was closed.
    Closed,
    /// The clock was moved, or moved by itself.
    Clock,
    /// A fault was scheduled.
    Scheduled,
    /// A fault was delivered.
    Delivered,
    /// The disk had something to do.
    Disk,
    /// The subject ended.
    Ended,
    /// It was opened again.
    Recovered,
}

/// More steps than anybody looks at.
const STEPS_MAX: usize = 160;

impl Timeline {
    /// Runs the input once more. `None` if that might end this process, or does not show the same.
    pub fn of(target: &dyn Target, data: &[u8], violation: &Violation, seed: Option<u64>) -> Option<Timeline> {
        if matches!(violation.oracle, Oracle::Abort | Oracle::Hang) {
            return None;
        }
        let mut recorder = Recorder::default();
        let report = target.run_traced(data, &mut |event| recorder.take(&event));
        let shown = report.violation.filter(|shown| shown.fingerprint == violation.fingerprint)?;
        if !recorder.has_steps {
            match target.input() {
                Input::Scenario => decode(data).steps.iter().enumerate().for_each(|(i, step)| recorder.step(i, step)),
                Input::Bytes => shown.as_sent.values().enumerate().for_each(|(i, line)| recorder.line(i, line)),
            }
        }
        let mut moments = recorder.moments;
        let last = moments.iter().map(|moment| moment.step).max()?;
        // A target of raw bytes counts bytes, not steps.
        let end = if target.input() == Input::Scenario { shown.step.min(last + 1) } else { last };
        let from = (end + 1).saturating_sub(STEPS_MAX);
        moments.retain(|moment| (from..=end).contains(&moment.step));
        let (target, fingerprint) = (target.name().to_owned(), violation.fingerprint.to_string());
        Some(Timeline { target, seed, fingerprint, steps: end + 1, from, moments })
    }

    /// The lanes in which something happens, clients first.
    pub fn lanes(&self) -> Vec<&str> {
        let mut clients: Vec<&str> = self.moments.iter().map(|moment| moment.lane.as_str()).collect();
        clients.sort_unstable();
        clients.dedup();
        let others: Vec<&str> = OTHERS.into_iter().filter(|lane| clients.contains(lane)).collect();
        clients.retain(|lane| !OTHERS.contains(lane));
        [clients, others].concat()
    }
}

/// The lanes of the world, in the order in which they are shown.
const OTHERS: [&str; 5] = ["clock", "faults", "disk", "crash", "recovery"];

#[derive(Default)]
struct Recorder {
    moments: Vec<Moment>,
    /// Commands that were announced and not sent yet: several go out together.
    announced: VecDeque<usize>,
    /// Commands of each client that were sent and not answered yet.
    owed: BTreeMap<ClientId, VecDeque<usize>>,
    step: usize,
    has_steps: bool,
}

impl Recorder {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Step(i, step) => {
                self.has_steps = true;
                self.step(*i, step);
            }
            Event::Sent(client, _) if *client != ClientId::OBSERVER => {
                let sent = self.announced.pop_front();
                self.owed.entry(*client).or_default().extend(sent);
            }
            Event::Reply(client, reply) => self.answered(*client, reply),
            Event::Skipped(reason) => self.skipped(reason),
            Event::Clock(_) => {
                let is_told = |moment: &Moment| moment.step == self.step && moment.kind == MomentKind::Clock;
                if !self.moments.iter().any(is_told) {
                    self.push("clock", MomentKind::Clock, "time passes: something was slow".into());
                }
            }
            Event::Disk(operations) => self.push("disk", MomentKind::Disk, format!("{operations} operations")),
            Event::Delivered(fault) => {
                self.push("faults", MomentKind::Delivered, format!("{fault}: {}", fault.summary()));
            }
            Event::Ended(ending) => {
                self.owed.clear();
                self.push("crash", MomentKind::Ended, ending_text(*ending));
            }
            Event::Recovered(step) => {
                self.push("recovery", MomentKind::Recovered, format!("opened with the state after step {step}"));
            }
            Event::Sent(..) => {}
        }
    }

    fn step(&mut self, at: usize, step: &Step) {
        self.step = at;
        match step {
            Step::Command { client, .. } => {
                self.announced.push_back(self.moments.len());
                self.push(&client.to_string(), MomentKind::Command, print_step(step));
            }
            Step::Disconnect { client } => {
                self.owed.remove(client);
                self.push(&client.to_string(), MomentKind::Closed, print_step(step));
            }
            Step::Advance { .. } => self.push("clock", MomentKind::Clock, print_step(step)),
            Step::Fault(_) => self.push("faults", MomentKind::Scheduled, print_step(step)),
            Step::Restart(restart) if !self.has_steps => {
                self.push("crash", MomentKind::Ended, ending_text(restart.ending));
            }
            Step::Restart(_) | Step::Checkpoint => {}
        }
    }

    /// A line of what a law sent.
    fn line(&mut self, at: usize, line: &str) {
        self.step = at;
        let (lane, kind) = match line.strip_prefix("# ").and_then(|comment| comment.split(' ').next()) {
            Some("wait") => ("clock", MomentKind::Clock),
            Some("crash" | "kill" | "restart") => ("crash", MomentKind::Ended),
            Some(_) => return,
            None => ("c0", MomentKind::Command),
        };
        self.push(lane, kind, line.trim_start_matches("# ").to_owned());
    }

    /// The oldest command of a client that is owed a reply got one.
    fn answered(&mut self, client: ClientId, reply: &Value) {
        let Some(at) = self.owed.get_mut(&client).and_then(VecDeque::pop_front) else { return };
        if let (Some(moment), Value::Error(text)) = (self.moments.get_mut(at), reply) {
            moment.kind = MomentKind::Error;
            moment.text += &format!("  -> (error) {}", String::from_utf8_lossy(text));
        }
    }

    /// A command, or a step that is none, was not taken.
    fn skipped(&mut self, reason: &str) {
        let latest = self.moments.iter().rposition(|moment| moment.step == self.step);
        let at = self.announced.pop_front().or(latest);
        if let Some(moment) = at.and_then(|at| self.moments.get_mut(at)) {
            moment.kind = MomentKind::Skipped;
            moment.text += &format!("  (not sent: {reason})");
        }
    }

    fn push(&mut self, lane: &str, kind: MomentKind, text: String) {
        self.moments.push(Moment { step: self.step, lane: lane.to_owned(), kind, text });
    }
}

fn ending_text(ending: Ending) -> String {
    match ending {
        Ending::Closed => "closed in good order".into(),
        Ending::Killed => "the process is killed".into(),
        Ending::PowerLoss { image } => format!("power is lost (crash image {image})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_belong_to_the_oldest_command_that_is_owed_one() {
        let (client, word) = (ClientId(0), |word: &str| vec![word.as_bytes().to_vec()]);
        let steps = ["FIRST", "SECOND", "THIRD"].map(|name| Step::Command { client, argv: word(name) });
        let mut recorder = Recorder::default();
        steps.iter().enumerate().for_each(|(i, step)| recorder.take(&Event::Step(i, step)));
        recorder.take(&Event::Skipped("a reason"));
        recorder.take(&Event::Sent(client, &word("SECOND")));
        recorder.take(&Event::Sent(client, &word("THIRD")));
        recorder.take(&Event::Reply(client, &Value::Error(b"ERR no".to_vec())));
        recorder.take(&Event::Reply(client, &Value::ok()));
        recorder.take(&Event::Reply(ClientId::OBSERVER, &Value::Error(b"ERR other".to_vec())));
        let kinds: Vec<_> = recorder.moments.iter().map(|moment| moment.kind).collect();
        assert_eq!(kinds, [MomentKind::Skipped, MomentKind::Error, MomentKind::Command]);
        assert_eq!(recorder.moments[1].text, "c0> SECOND  -> (error) ERR no");
    }

    #[test]
    fn a_law_is_told_by_its_lines() {
        let mut recorder = Recorder::default();
        for (i, line) in ["SET k v", "# wait 20 ms", "# crash image=1", "# in words"].iter().enumerate() {
            recorder.line(i, line);
        }
        let timeline = Timeline { moments: recorder.moments, ..Timeline::default() };
        assert_eq!(timeline.lanes(), ["c0", "clock", "crash"]);
        assert_eq!(timeline.moments[1].text, "wait 20 ms");
    }
}
