//! `wal_replay`: whatever happens, what a client was told is there after a restart.
//!
//! Guarantees, for any bytes, of a subject with a log: after each restart, crash and crash inside recovery it opens,
//! and its state is the one after a prefix of the commands, no shorter than what its fsync policy promises, no longer
//! than what was sent; transactions are whole in it; opening it once more changes nothing. In between, everything that
//! `command_handler` guarantees. Damage that a disk does behind the subject's back may be reported as corruption, or
//! cost the end of the log, but never makes a state that there never was.
//! Does not guarantee anything about a disk that loses what it said was synced.

use super::{Input, RunReport, Target};
use crate::command;
use crate::fault::{Fault, Faults};
use crate::run::{Crashes, Event, Options, enumerate, run_traced};
use crate::scenario::{Config, Scenario, decode};
use crate::subject::Subject;

/// Makes an empty subject with a log, in a world where these faults come.
pub type MakeDurable = Box<dyn Fn(&Config, Faults) -> Box<dyn Subject>>;

/// The target, for any subject that has a [`World`](crate::subject::World) around it.
pub struct WalReplay {
    name: String,
    make: MakeDurable,
    options: Options,
}

impl WalReplay {
    /// `make` gives a new, empty subject for each run.
    pub fn new(name: &str, make: MakeDurable, options: Options) -> Self {
        WalReplay { name: name.to_owned(), make, options }
    }

    fn run_with(&self, scenario: &Scenario, faults: Faults, trace: &mut dyn FnMut(Event)) -> RunReport {
        let mut subject = (self.make)(&scenario.config, faults);
        run_traced(scenario, subject.as_mut(), &options_of(&scenario.config, &self.options), trace)
    }
}

/// Small segments go together with pipelining: a log is then rotated inside a group commit.
pub(super) fn options_of(config: &Config, options: &Options) -> Options {
    let pipeline = if config.segments >= 4 { 4 } else { 1 };
    Options { fsync: Some(config.fsync), pipeline, ..options.clone() }
}

/// The faults that come by themselves in a scenario with this configuration.
pub(super) fn faults_of(config: &Config, delivered: &[Fault]) -> Faults {
    Faults::new(config.chance.faults().only(delivered), config.dice.into())
}

/// What can go wrong around a subject with a disk and a clock.
pub const FAULTS: &[Fault] = &[
    Fault::DriftFast,
    Fault::DriftSlow,
    Fault::TimerSkip,
    Fault::TimerDuplicate,
    Fault::JumpForward,
    Fault::JumpBackward,
    Fault::Crash,
    Fault::Pause,
    Fault::Slow,
    Fault::Oom,
    Fault::CpuStarvation,
    Fault::WriteFail,
    Fault::DiskPartialWrite,
    Fault::Corruption,
    Fault::DiskSlow,
    Fault::FsyncFail,
    Fault::StaleRead,
    Fault::DiskFull,
];

impl Target for WalReplay {
    fn name(&self) -> &str {
        &self.name
    }

    fn guarantee(&self) -> &str {
        "after any crash the state is that of a prefix of the commands, no shorter than what was durable"
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

    fn crashes(&self, data: &[u8], again: bool) -> Option<Crashes> {
        let scenario = decode(data);
        let make = || (self.make)(&scenario.config, Faults::default());
        Some(enumerate(&scenario, &make, &options_of(&scenario.config, &self.options), again))
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
