//! What targets have in common whose subjects end and are opened again, in a world where things go wrong.

use super::{Input, RunReport, Target};
use crate::fault::{Fault, Faults};
use crate::run::{Crashes, Event, Options, enumerate, run_traced};
use crate::scenario::{Config, Fsync, Scenario, decode};
use crate::subject::Subject;

/// Makes an empty subject with a log, in a world where these faults come.
pub type MakeLasting = Box<dyn Fn(&Config, Faults) -> Box<dyn Subject>>;

/// A target, for any subject that has a [`World`](crate::subject::World) around it.
pub struct Lasting {
    name: String,
    make: MakeLasting,
    options: Options,
    kind: &'static Kind,
}

/// What tells one of these targets from another.
pub(super) struct Kind {
    pub guarantee: &'static str,
    /// What can go wrong.
    pub faults: &'static [Fault],
    /// When the subject's log is synced, if not as the scenario says.
    pub fsync: Option<Fsync>,
    /// Whether there is a disk of which each crash can be told.
    pub has_disk: bool,
}

impl Lasting {
    pub(super) fn new(name: &str, make: MakeLasting, options: Options, kind: &'static Kind) -> Self {
        Lasting { name: name.to_owned(), make, options, kind }
    }

    /// The faults that come by themselves in a scenario with this configuration.
    fn faults_of(&self, config: &Config) -> Faults {
        Faults::new(config.chance.faults().only(self.kind.faults), config.dice.into())
    }

    /// Small segments go together with pipelining: a log is then rotated inside a group commit.
    fn options_of(&self, config: &Config) -> Options {
        let pipeline = if config.segments >= 4 { 4 } else { 1 };
        Options { fsync: Some(self.kind.fsync.unwrap_or(config.fsync)), pipeline, ..self.options.clone() }
    }

    fn run_with(&self, scenario: &Scenario, faults: Faults, trace: &mut dyn FnMut(Event)) -> RunReport {
        let mut subject = (self.make)(&scenario.config, faults);
        run_traced(scenario, subject.as_mut(), &self.options_of(&scenario.config), trace)
    }
}

impl Target for Lasting {
    fn name(&self) -> &str {
        &self.name
    }

    fn guarantee(&self) -> &str {
        self.kind.guarantee
    }

    fn input(&self) -> Input {
        Input::Scenario
    }

    fn faults(&self) -> &[Fault] {
        self.kind.faults
    }

    fn restarts(&self) -> bool {
        true
    }

    fn run(&self, data: &[u8]) -> RunReport {
        let scenario = decode(data);
        self.run_with(&scenario, self.faults_of(&scenario.config), &mut |_| {})
    }

    fn run_without(&self, data: &[u8], fault: Fault) -> RunReport {
        let scenario = decode(data);
        let faults = self.faults_of(&scenario.config);
        faults.suppress(fault);
        self.run_with(&scenario, faults, &mut |_| {})
    }

    fn crashes(&self, data: &[u8], again: bool) -> Option<Crashes> {
        let scenario = decode(data);
        let make = || (self.make)(&scenario.config, Faults::default());
        self.kind.has_disk.then(|| enumerate(&scenario, &make, &self.options_of(&scenario.config), again))
    }

    fn run_traced(&self, data: &[u8], trace: &mut dyn FnMut(Event)) -> RunReport {
        let scenario = decode(data);
        self.run_with(&scenario, self.faults_of(&scenario.config), trace)
    }
}
