//! `streaming`: an engine that keeps its log in an object store, and nothing anywhere else.
//!
//! Guarantees, for any bytes: the process may end at any time, also while it flushes, compacts or recovers; after that it
//! opens, and its state is the one after a prefix of the commands: no shorter than what it said was durable, no longer
//! than what was sent; transactions are whole in it, and opening it once more changes nothing. Whatever the store does to
//! it, or leaves lying around: puts, reads, removals and renames that fail, come through without an answer, or only in
//! part; reads that come changed; listings that lack objects. While the store does nothing of the kind, everything is
//! durable a second later. In between, everything that `command_handler` guarantees.
//! Does not guarantee anything about a store that forgets or changes what it has confirmed.

use super::wal_replay::{faults_of, options_of};
use super::{Input, RunReport, Target};
use crate::command;
use crate::fault::{Fault, Faults};
use crate::run::{Event, Options, run_traced};
use crate::scenario::{Config, Fsync, Scenario, decode};
use crate::subject::Subject;

/// Makes an empty subject with a log in an object store, in a world where these faults come.
pub type MakeStreamed = Box<dyn Fn(&Config, Faults) -> Box<dyn Subject>>;

/// The target, for any subject with a [`World`](crate::subject::World) around it that [tells](crate::subject::Told) what
/// is durable.
pub struct Streaming {
    name: String,
    make: MakeStreamed,
    options: Options,
}

impl Streaming {
    /// `make` gives a new, empty subject for each run.
    pub fn new(name: &str, make: MakeStreamed, options: Options) -> Self {
        Streaming { name: name.to_owned(), make, options }
    }

    fn run_with(&self, scenario: &Scenario, faults: Faults, trace: &mut dyn FnMut(Event)) -> RunReport {
        let mut subject = (self.make)(&scenario.config, faults);
        let options = Options { fsync: Some(Fsync::EverySec), ..options_of(&scenario.config, &self.options) };
        run_traced(scenario, subject.as_mut(), &options, trace)
    }
}

/// What an object store does to those who use it.
pub const STORE_FAULTS: &[Fault] = &[
    Fault::PutFail,
    Fault::GetFail,
    Fault::GetCorrupt,
    Fault::Timeout,
    Fault::ObjectPartialWrite,
    Fault::DeleteFail,
    Fault::ListIncomplete,
    Fault::RenameFail,
    Fault::ObjectSlow,
];

/// What can go wrong around a subject with an object store and a clock.
pub const FAULTS: &[Fault] = &[
    Fault::PutFail,
    Fault::GetFail,
    Fault::GetCorrupt,
    Fault::Timeout,
    Fault::ObjectPartialWrite,
    Fault::DeleteFail,
    Fault::ListIncomplete,
    Fault::RenameFail,
    Fault::ObjectSlow,
    Fault::Crash,
    Fault::Pause,
    Fault::Slow,
    Fault::CpuStarvation,
    Fault::TimerSkip,
    Fault::TimerDuplicate,
    Fault::JumpForward,
];

impl Target for Streaming {
    fn name(&self) -> &str {
        &self.name
    }

    fn guarantee(&self) -> &str {
        "whatever the object store does, the state after a restart is that of a prefix of the commands, no shorter than what was said to be durable"
    }

    fn input(&self) -> Input {
        Input::Scenario
    }

    fn faults(&self) -> &[Fault] {
        FAULTS
    }

    fn restarts(&self) -> bool {
        true
    }

    fn run(&self, data: &[u8]) -> RunReport {
        let scenario = decode(data);
        self.run_with(&scenario, faults_of(&scenario.config, FAULTS), &mut |_| {})
    }

    fn run_without(&self, data: &[u8], fault: Fault) -> RunReport {
        let scenario = decode(data);
        let faults = faults_of(&scenario.config, FAULTS);
        faults.suppress(fault);
        self.run_with(&scenario, faults, &mut |_| {})
    }

    fn run_noting(&self, data: &[u8], note: &mut dyn FnMut(&str)) -> RunReport {
        let scenario = decode(data);
        self.run_with(&scenario, faults_of(&scenario.config, FAULTS), &mut |event| {
            if let Event::Sent(_, argv) = event {
                note(&command::signature(argv));
            }
        })
    }
}
