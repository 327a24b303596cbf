//! Fuzz targets: each takes bytes, runs them against a subject and reports what broke.

mod command_handler;
mod connection;
mod dice;
mod lasting;
pub mod query_parser;
pub mod resp_parser;
pub mod search;
pub mod streaming;
pub mod wal_bytes;
pub mod wal_replay;

pub use command_handler::CommandHandler;
pub use connection::Connection;
pub use lasting::{Lasting, MakeLasting};
pub use query_parser::QueryParser;
pub use search::Search;

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::command::{self, Command, Sent};
use crate::fault::{Counts, Fault};
use crate::oracle::{Fingerprint, Oracle, Violation};
use crate::run::{Crashes, Event};
use crate::scenario::{self, Families, Offer, mutate};

/// What the bytes of a target are, which decides how they are mutated and shrunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// The scenario codec: shrunk step by step, printed as commands.
    Scenario,
    /// Raw bytes as they would come from a socket: shrunk byte by byte.
    Bytes,
}

/// What one run did. Zero executed steps or evaluated checks is never a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// The first broken promise, if any.
    pub violation: Option<Violation>,
    /// A chain over every step, reply and event of the run.
    pub hash: u64,
    /// Commands sent, or for raw bytes, values decoded.
    pub steps: u64,
    /// Comparisons and invariant checks evaluated.
    pub checks: u64,
    /// Replies that were errors.
    pub errors: u64,
    /// The run ended early because its budget was used up; not a finding.
    pub out_of_budget: bool,
    /// A chain over what clients received and what disks hold, without the faults that led there: what tells whether
    /// a fault made a difference.
    pub outcome: u64,
    /// How often the subject was opened on what its disk held, and had a state that it may have.
    pub recoveries: u64,
    /// What became of the faults, by their names.
    pub faults: BTreeMap<String, Counts>,
    /// What clients sent. It stays in this process.
    #[serde(skip)]
    pub sent: Sent,
    /// How often the states of several subjects were compared with one another.
    pub states: u64,
}

/// A fuzz target: a promise that is checked for any bytes.
pub trait Target {
    /// Its name, as in `cargo fuzz run NAME`.
    fn name(&self) -> &str;

    /// What it guarantees, in one sentence.
    fn guarantee(&self) -> &str;

    /// What its bytes are.
    fn input(&self) -> Input;

    /// Runs one input. Must not panic whatever the bytes: a subject's panic is a [`Violation`].
    fn run(&self, data: &[u8]) -> RunReport;

    /// [`run`](Target::run), telling `trace` what happens, as far as the target can.
    fn run_traced(&self, data: &[u8], _trace: &mut dyn FnMut(Event)) -> RunReport {
        self.run(data)
    }

    /// [`run`](Target::run), telling what it is about to do: if the process dies, that was it.
    fn run_noting(&self, data: &[u8], note: &mut dyn FnMut(&str)) -> RunReport {
        self.run_traced(data, &mut |event| {
            if let Event::Sent(_, argv) = event {
                note(&command::signature(argv));
            }
        })
    }

    /// [`run`](Target::run) in a world where this fault does not come: what tells whether it made a difference.
    fn run_without(&self, data: &[u8], _fault: Fault) -> RunReport {
        self.run(data)
    }

    /// Tries every crash of the scenario that the input decodes to, with `again` also every second one inside recovery;
    /// `None` if its subject has no disk of which that can be told.
    fn crashes(&self, _data: &[u8], _again: bool) -> Option<Crashes> {
        None
    }

    /// Whether its subject has this command, so that it is worth drawing.
    fn draws(&self, _command: &Command) -> bool {
        true
    }

    /// The faults that its world can deliver.
    fn faults(&self) -> &[Fault] {
        &[]
    }

    /// Whether its subject can be ended and opened again.
    fn restarts(&self) -> bool {
        false
    }

    /// Whether its subject is asked FT.*.
    fn searches(&self) -> bool {
        false
    }

    /// What its scenarios are drawn from.
    fn offer<'a>(&'a self, command: &'a dyn Fn(&Command) -> bool) -> Offer<'a> {
        Offer { command, faults: self.faults(), restarts: self.restarts(), search: self.searches() }
    }

    /// The input with that seed: so many records, or for raw bytes so many bytes.
    fn generate(&self, seed: u64, size: usize, families: Option<Families>) -> Vec<u8> {
        match self.input() {
            Input::Scenario => {
                let command = |command: &Command| self.draws(command);
                let offer = self.offer(&command);
                scenario::generate_of(seed, size, families, &offer)
            }
            Input::Bytes => {
                let mut data = vec![0; size];
                ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut data);
                data
            }
        }
    }

    /// Changes `data[..size]` in place and returns its new size; deterministic in `seed`. `bytes` is the driver's own
    /// mutator.
    fn mutate(&self, data: &mut [u8], size: usize, max_size: usize, seed: u32, bytes: ByteMutator) -> usize {
        match self.input() {
            Input::Scenario => {
                let command = |command: &Command| self.draws(command);
                let offer = self.offer(&command);
                mutate::mutate(data, size, max_size, seed, &offer, |record| {
                    let len = record.len();
                    bytes(record, len, len);
                })
            }
            Input::Bytes => bytes(data, size, max_size),
        }
    }

    /// Writes a child of two inputs to `out` and returns its size.
    fn crossover(&self, a: &[u8], b: &[u8], out: &mut [u8], seed: u32) -> usize {
        match self.input() {
            Input::Scenario => mutate::crossover(a, b, out, seed),
            Input::Bytes => {
                let cut = seed as usize % (a.len() + 1);
                let child: Vec<u8> = a[..cut].iter().chain(&b[cut.min(b.len())..]).copied().take(out.len()).collect();
                out[..child.len()].copy_from_slice(&child);
                child.len()
            }
        }
    }
}

/// Runs an input, on a sample of inputs (or `always`) twice: equal bytes must give equal event hashes.
pub fn run_checked(target: &dyn Target, data: &[u8], always: bool) -> RunReport {
    /// One input in so many is run twice.
    const SAMPLE: u64 = 32;
    let mut report = target.run(data);
    let sampled = always || twox_hash::XxHash3_64::oneshot(data).is_multiple_of(SAMPLE);
    if report.violation.is_none() && sampled {
        report.checks += 1;
        let again = target.run(data);
        if again.hash != report.hash {
            report.violation = Some(unequal_hashes(report.hash, again.hash));
        }
    }
    report
}

fn unequal_hashes(first: u64, second: u64) -> Violation {
    Violation {
        oracle: Oracle::Hash,
        step: 0,
        command: String::new(),
        observed: format!("event hashes {first:016x} and {second:016x}"),
        expected: "the same event hash each time the same bytes are run".into(),
        fingerprint: Fingerprint::new(Oracle::Hash, "run", "same", "different"),
        as_sent: Default::default(),
        dispute: None,
    }
}

/// A driver's own mutator: data, size, largest size; returns the new size.
pub type ByteMutator<'a> = &'a mut dyn FnMut(&mut [u8], usize, usize) -> usize;

/// How targets are made: what a command line may ask of all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// The planted bug that the subject shall have.
    pub plant: Option<String>,
}

/// Why targets cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The subject has no such plant.
    #[error("no planted bug is called `{name}`; there are: {}", known.join(", "))]
    UnknownPlant {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// The binary was built without planted bugs.
    #[error("this binary has no planted bugs: build with `--features planted`")]
    NotPlanted,
}

/// Makes the targets: what `respfuzz::cli::main` and the drivers are given.
pub type Registry = fn(&Setup) -> Result<Vec<Box<dyn Target>>, SetupError>;
