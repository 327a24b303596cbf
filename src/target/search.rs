//! `search`: FT.SEARCH finds what a look at every document would find, whatever has become of the index.
//!
//! Guarantees, for any bytes, of a subject with FT.* and a log:
//!
//! - each reply is what the model says, which knows no index and evaluates each query over all documents;
//! - the laws of sets hold between the answers to related queries ([`laws`](crate::run::laws));
//! - the subject's own invariants hold after each step: postings and documents fit each other;
//! - after a restart, all of that goes on.
//!
//! Does not guarantee anything about faults: an index that is missing after one would be seen by `wal_replay`.

pub mod layouts;

use super::{Input, MakeLasting, RunReport, Target};
use crate::command::{Command, Family};
use crate::fault::Faults;
use crate::run::{Event, Options, run_traced};
use crate::scenario::{Chance, Config, Families, Fsync, Scenario, decode};

/// The target, for any subject that has a [`World`](crate::subject::World) around it.
pub struct Search {
    name: String,
    make: MakeLasting,
    options: Options,
}

/// What documents are changed by, besides what the records about FT.* do.
const FAMILIES: [Family; 4] = [Family::Keys, Family::Expiry, Family::Hashes, Family::Transactions];

impl Search {
    /// `make` gives a new, empty subject for each run.
    pub fn new(name: &str, make: MakeLasting, options: Options) -> Self {
        Search { name: name.to_owned(), make, options: Options { search: true, laws: true, ..options } }
    }

    /// A new, empty subject that syncs its log with each command.
    pub fn subject(&self, config: &Config) -> Box<dyn crate::subject::Subject> {
        (self.make)(&Config { fsync: Fsync::Always, chance: Chance::Disabled, ..config.clone() }, Faults::default())
    }

    fn run_with(&self, scenario: &Scenario, trace: &mut dyn FnMut(Event)) -> RunReport {
        let options = Options { fsync: Some(Fsync::Always), ..self.options.clone() };
        run_traced(scenario, self.subject(&scenario.config).as_mut(), &options, trace)
    }
}

impl Target for Search {
    fn name(&self) -> &str {
        &self.name
    }

    fn guarantee(&self) -> &str {
        "each query finds what a look at every document finds, in every layout of the same data, also after a restart"
    }

    fn input(&self) -> Input {
        Input::Scenario
    }

    fn restarts(&self) -> bool {
        true
    }

    fn searches(&self) -> bool {
        true
    }

    fn draws(&self, command: &Command) -> bool {
        FAMILIES.contains(&command.family)
    }

    fn run(&self, data: &[u8]) -> RunReport {
        self.run_with(&decode(data), &mut |_| {})
    }

    fn run_traced(&self, data: &[u8], trace: &mut dyn FnMut(Event)) -> RunReport {
        self.run_with(&decode(data), trace)
    }

    fn generate(&self, seed: u64, size: usize, families: Option<Families>) -> Vec<u8> {
        let command = |command: &Command| self.draws(command);
        let families = families.unwrap_or_else(|| Families::only(&FAMILIES));
        crate::scenario::generate_of(seed, size, Some(families), &self.offer(&command))
    }
}
