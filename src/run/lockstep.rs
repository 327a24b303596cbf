//! One scenario on several subjects, step by step: each command is made once and sent to all.
//!
//! Each subject has a model of its own, as random replies (SPOP) differ legally, and is compared with it. While all
//! replies to writes have been the same, the states that are read at checkpoints are compared among the subjects, too:
//! that finds what a model leaves open. After a reply that differs they may differ, and are not compared any more.
//!
//! What one of them cannot be sent goes to none; clock moves are made if each has simulated time.

use std::cell::RefCell;

use super::{Event, Options, Runner, Stop};
use crate::command;
use crate::digest;
use crate::oracle::{Dispute, Fingerprint, Oracle, Party, Violation};
use crate::resp::{Bytes, Value};
use crate::scenario::text::quote_argv;
use crate::scenario::{Scenario, Step};
use crate::subject::{ClientId, Subject};
use crate::target::RunReport;

/// One of the subjects.
pub struct Member<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Empty.
    pub subject: &'a mut (dyn Subject + 'a),
    /// What it is held to.
    pub options: Options,
}

/// Runs a scenario on all of them; `trace` is told what happens to which.
pub fn run(scenario: &Scenario, members: &mut [Member<'_>], trace: &mut dyn FnMut(usize, Event)) -> RunReport {
    let clock_moves = members.iter_mut().all(|member| member.subject.time().is_some());
    let trace = RefCell::new(trace);
    let tell = |i: usize| {
        let trace = &trace;
        move |event: Event<'_>| (*trace.borrow_mut())(i, event)
    };
    let mut traces: Vec<_> = (0..members.len()).map(tell).collect();
    let mut lockstep = Lockstep { names: Vec::new(), runners: Vec::new(), alike: true, read: 0, compared: 0 };
    for (member, trace) in members.iter_mut().zip(&mut traces) {
        let Member { name, subject, options } = member;
        *options = Options { clock_moves, pipeline: 1, ..options.clone() };
        let runner = Runner::new(*subject, options, trace);
        lockstep.runners.push(Runner { record: Some(Record::default()), ..runner });
        lockstep.names.push(name);
    }
    let outcome = lockstep.scenario(scenario);
    lockstep.report(outcome)
}

/// What a run leaves to be compared with those of other subjects.
#[derive(Default)]
pub(super) struct Record {
    /// A chain over the replies to what writes.
    writes: u64,
    /// How often the state was read.
    states: u64,
    /// The state as it was read last.
    state: Vec<(String, Value)>,
}

impl Record {
    /// The state is read anew.
    pub(super) fn begin_state(&mut self) {
        self.states += 1;
        self.state.clear();
    }

    /// What clients received on a command.
    pub(super) fn take(
        &mut self,
        client: ClientId,
        argv: &[Bytes],
        oracle: Oracle,
        events: &[(ClientId, Value)],
        exact_time: bool,
    ) {
        if oracle == Oracle::State {
            let reply = events.iter().find(|(receiver, _)| *receiver == client);
            let reading = reply.and_then(|(_, reply)| comparable(argv, reply, exact_time));
            self.state.extend(reading.map(|reply| (quote_argv(argv), reply)));
        } else if writes(argv) {
            let mut bytes = Vec::new();
            for (receiver, reply) in events {
                bytes.push(receiver.byte());
                digest::value(reply, &mut bytes);
            }
            self.writes = super::chained(self.writes, 0, &bytes);
        }
    }
}

/// Whether what the command does may depend on chance, which its reply then tells.
fn writes(argv: &[Bytes]) -> bool {
    command::by_name(&argv[0]).is_some_and(|command| command.has_flag("write") || command.name == "EXEC")
}

/// A reply of the observer without what may differ between servers of the same state: the order of hash tables and,
/// on clocks of their own, time. `None` if nothing is left.
fn comparable(argv: &[Bytes], reply: &Value, exact_time: bool) -> Option<Value> {
    Some(match (argv[0].as_slice(), reply) {
        (b"KEYS" | b"SMEMBERS", Value::Array(items)) => Value::Array(sorted(items, 1)),
        (b"HGETALL", Value::Array(items)) => Value::Array(sorted(items, 2)),
        (b"PTTL", Value::Int(ms)) if !exact_time => Value::Int((*ms).min(0)),
        (b"XINFO", _) if !exact_time => return None,
        _ => reply.clone(),
    })
}

/// The items in one order, so many of them together.
fn sorted(items: &[Value], together: usize) -> Vec<Value> {
    let bytes = |group: &&[Value]| {
        let mut bytes = Vec::new();
        group.iter().for_each(|item| digest::value(item, &mut bytes));
        bytes
    };
    let mut groups: Vec<&[Value]> = items.chunks(together).collect();
    groups.sort_by_cached_key(bytes);
    groups.concat()
}

struct Lockstep<'a> {
    names: Vec<&'a str>,
    runners: Vec<Runner<'a>>,
    /// Whether all have given the same replies to what writes.
    alike: bool,
    /// How often the state had been read when it was last compared.
    read: u64,
    /// How often the states were compared.
    compared: u64,
}

impl Lockstep<'_> {
    fn scenario(&mut self, scenario: &Scenario) -> Result<(), Stop> {
        for (at, step) in scenario.steps.iter().enumerate() {
            match self.reason_to_skip(step) {
                Some(reason) => self.skip(at, step, reason),
                None => self.each(|runner| runner.turn(scenario, at).map(drop))?,
            }
        }
        self.each(|runner| runner.last_look(scenario))
    }

    /// Why one of them cannot be sent this.
    fn reason_to_skip(&self, step: &Step) -> Option<&'static str> {
        let Step::Command { client, argv } = step else { return None };
        self.runners.iter().find_map(|runner| {
            let resolved = runner.recall.resolve(*client, argv);
            runner.reason_to_skip(*client, resolved.as_deref().unwrap_or(argv), &runner.model)
        })
    }

    fn skip(&mut self, at: usize, step: &Step, reason: &'static str) {
        for runner in &mut self.runners {
            (runner.trace)(Event::Step(at, step));
            (runner.trace)(Event::Skipped(reason));
        }
    }

    /// Lets each of them do the same, and looks at how they stand with one another.
    fn each(&mut self, act: impl Fn(&mut Runner) -> Result<(), Stop>) -> Result<(), Stop> {
        let outcomes: Vec<_> = self.runners.iter_mut().map(|runner| act(runner).err()).collect();
        if let Some(violation) = self.dissent(&outcomes) {
            return Err(Stop::Violation(Box::new(violation)));
        }
        if outcomes.iter().any(Option::is_some) {
            return Err(Stop::OutOfBudget);
        }
        self.compare_states()
    }

    /// What the first that disagrees with its model did, and what the others did.
    fn dissent(&mut self, outcomes: &[Option<Stop>]) -> Option<Violation> {
        let violation = |outcome: &Option<Stop>| match outcome {
            Some(Stop::Violation(violation)) => Some(Violation::clone(violation)),
            _ => None,
        };
        let found: Vec<_> = outcomes.iter().map(violation).collect();
        let dispute = self.dispute(found.iter().map(|found| found.as_ref().map(|v| v.observed.clone())));
        let (i, first) = found.into_iter().enumerate().find_map(|(i, found)| Some((i, found?)))?;
        let as_sent = std::mem::take(&mut self.runners[i].as_sent);
        Some(Violation { as_sent, dispute: Some(dispute), ..first })
    }

    fn dispute(&self, answers: impl Iterator<Item = Option<String>>) -> Dispute {
        let party = |(name, otherwise): (&&str, _)| Party { name: (*name).to_owned(), otherwise };
        Dispute(self.names.iter().zip(answers).map(party).collect())
    }

    /// Compares the states that were just read, if they must be the same.
    fn compare_states(&mut self) -> Result<(), Stop> {
        let records: Vec<&Record> = self.runners.iter().filter_map(|runner| runner.record.as_ref()).collect();
        let [first, others @ ..] = records.as_slice() else { return Ok(()) };
        self.alike &= others.iter().all(|other| other.writes == first.writes);
        if others.is_empty() || !self.alike || first.states == self.read {
            return Ok(());
        }
        let differing = others.iter().position(|other| other.state != first.state);
        let violation = differing.map(|i| self.states_differ(first, others[i], self.names[i + 1]));
        self.read = first.states;
        self.compared += 1;
        violation.map_or(Ok(()), |violation| Err(Stop::Violation(Box::new(violation))))
    }

    fn states_differ(&self, first: &Record, other: &Record, name: &str) -> Violation {
        let missing = || ("KEYS *".to_owned(), Value::NullArray);
        let at = first.state.iter().zip(&other.state).position(|(a, b)| a != b);
        let at = at.unwrap_or(first.state.len().min(other.state.len()));
        let (command, reply) = first.state.get(at).cloned().unwrap_or_else(missing);
        let (other_command, other_reply) = other.state.get(at).cloned().unwrap_or_else(missing);
        let signature = command.split(' ').next().unwrap_or_default();
        Violation {
            oracle: Oracle::Lockstep,
            step: self.runners.first().map_or(0, |runner| runner.step),
            fingerprint: Fingerprint::new(Oracle::Lockstep, signature, "same", "different"),
            expected: format!("{}: {command}\n{reply}", self.names[0]),
            observed: format!("{name}: {other_command}\n{other_reply}"),
            command,
            as_sent: Default::default(),
            dispute: Some(self.dispute(self.names.iter().map(|_| None))),
        }
    }

    fn report(self, outcome: Result<(), Stop>) -> RunReport {
        let mut report = RunReport { states: self.compared, ..RunReport::default() };
        for runner in &self.runners {
            report.steps += runner.report.steps;
            report.checks += runner.report.checks;
            report.errors += runner.report.errors;
            report.sent.add(&runner.report.sent);
            report.hash = super::chained(report.hash, 6, &runner.report.hash.to_le_bytes());
        }
        report.checks += self.compared;
        match outcome {
            Ok(()) => {}
            Err(Stop::Violation(violation)) => report.violation = Some(*violation),
            Err(Stop::OutOfBudget) => report.out_of_budget = true,
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::scenario::text;
    use crate::subject::Called;

    /// What a tiny engine is like.
    #[derive(Clone, Copy, PartialEq)]
    enum Kind {
        Sound,
        /// Its sets lose their members one after the other from the other end.
        OtherDice,
        /// It says that it has set what it has not.
        Forgetful,
    }

    /// SADD, SPOP, SMEMBERS of one key `t0`, and what the observer asks.
    fn tiny(kind: Kind) -> impl Subject {
        let mut set: BTreeSet<Bytes> = BTreeSet::new();
        Called::new(move |_: ClientId, argv: &[Bytes]| match argv[0].as_slice() {
            b"SADD" if kind == Kind::Forgetful => Value::Int(1),
            b"SADD" => Value::Int(i64::from(set.insert(argv[2].clone()))),
            b"SPOP" if kind == Kind::OtherDice => set.pop_last().map_or(Value::NullBulk, Value::Bulk),
            b"SPOP" => set.pop_first().map_or(Value::NullBulk, Value::Bulk),
            b"SMEMBERS" => Value::Array(set.iter().cloned().map(Value::Bulk).collect()),
            b"KEYS" if set.is_empty() => Value::Array(Vec::new()),
            b"KEYS" => Value::Array(vec![Value::bulk("t0")]),
            _ => Value::Int(-1),
        })
    }

    fn together(kinds: [Kind; 2], steps: &str) -> RunReport {
        let scenario = text::parse(&format!("{}\n{steps}", text::HEADER)).unwrap();
        let [mut a, mut b] = kinds.map(tiny);
        let options = Options { white_box: false, ..Options::default() };
        let mut members = [
            Member { name: "a", subject: &mut a, options: options.clone() },
            Member { name: "b", subject: &mut b, options },
        ];
        run(&scenario, &mut members, &mut |_, _| {})
    }

    #[test]
    fn states_are_compared_until_chance_tells_them_apart() {
        let adding = "c0> SADD t0 x\nc0> SADD t0 y\ncheckpoint\n";
        let report = together([Kind::Sound, Kind::Sound], &format!("{adding}c0> SPOP t0\n"));
        assert_eq!((report.violation, report.states), (None, 2));
        let report = together([Kind::Sound, Kind::OtherDice], &format!("{adding}c0> SPOP t0\n"));
        assert_eq!((report.violation, report.states), (None, 1));
        let report = together([Kind::Sound, Kind::OtherDice], "c0> SADD t0 x\nc0> SADD t0 y\nc0> SPOP t0\n");
        assert_eq!((report.violation, report.states), (None, 0));
    }

    #[test]
    fn who_is_wrong_is_named() {
        let report = together([Kind::Sound, Kind::Forgetful], "c0> SADD t0 x\n");
        let dispute = report.violation.unwrap().dispute.unwrap();
        assert_eq!(dispute.to_string(), "b disagrees with the model and with a");
        let report = together([Kind::Forgetful, Kind::Forgetful], "c0> SADD t0 x\n");
        assert!(report.violation.unwrap().dispute.unwrap().is_unanimous());
    }

    #[test]
    fn states_that_differ_are_a_violation_although_each_fits_its_model() {
        let [mut a, mut b] = [Kind::Sound; 2].map(tiny);
        let options = Options::default();
        let mut traces = [|_: Event<'_>| {}; 2];
        let [first, second] = &mut traces;
        let mut runners = vec![Runner::new(&mut a, &options, first), Runner::new(&mut b, &options, second)];
        for (runner, member) in runners.iter_mut().zip(["x", "y"]) {
            let state = vec![("SMEMBERS t0".to_owned(), Value::bulk(member))];
            runner.record = Some(Record { states: 1, state, ..Record::default() });
        }
        let mut lockstep = Lockstep { names: vec!["a", "b"], runners, alike: true, read: 0, compared: 0 };
        let Err(Stop::Violation(violation)) = lockstep.compare_states() else { panic!("they differ") };
        assert_eq!(violation.fingerprint.as_str(), "lockstep/SMEMBERS/same/different");
        assert_eq!(violation.observed, "b: SMEMBERS t0\n\"y\"");
    }
}
