//! What broke in many runs of one target: shrunk, told, kept for the report.

use std::collections::BTreeMap;

use super::console::{Console, millis_since, now};
use super::worker::own_worker;
use super::{CliError, TargetArgs};
use crate::oracle::{Fingerprint, Violation};
use crate::report::{Failure, Outcome, Timeline};
use crate::shrink::{Shrunk, shrink};
use crate::target::Target;

/// Different things, each with the first seed that shows it.
#[derive(Default)]
pub(super) struct Finds(BTreeMap<Fingerprint, Find>);

pub(super) struct Find {
    pub(super) seed: u64,
    /// In how many runs.
    count: u64,
    data: Vec<u8>,
    violation: Violation,
}

/// Says how a find is seen again; it was shrunk, if it could be.
pub(super) type Replay<'a> = &'a dyn Fn(&Find, Option<&Shrunk>) -> Result<String, CliError>;

impl Finds {
    pub(super) fn take(&mut self, seed: u64, data: Vec<u8>, violation: Violation) {
        let fingerprint = violation.fingerprint.clone();
        self.0.entry(fingerprint).or_insert(Find { seed, count: 0, data, violation }).count += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Shrinks each and tells it as what the command of that name found; `replay` says how it is seen again.
    pub(super) fn conclude(
        self,
        command: &str,
        target: &dyn Target,
        args: &TargetArgs,
        replay: Replay,
        console: &mut Console,
    ) -> Result<Vec<Failure>, CliError> {
        let mut failures = Vec::new();
        for find in self.0.into_values() {
            let begun = now();
            let Find { seed, count, data, violation } = &find;
            let shrunk = shrink(data, target.input(), &mut own_worker(args)?);
            let replay = replay(&find, shrunk.as_ref())?;
            let failure = match &shrunk {
                Some(shrunk) => Failure::of(shrunk, Some(*seed), replay),
                None => Failure::unshrunk(violation, Some(*seed), replay),
            };
            console.fail(&failure, command, millis_since(begun))?;
            console.tell(&format!("  {count} of the seeds show it\n"))?;
            failures.push(Failure { count: *count, ..failure });
            console.timeline(|| Timeline::of(target, data, violation, Some(*seed)));
        }
        Ok(failures)
    }
}

impl Outcome {
    /// Takes these in, the first one as what broke first.
    pub(super) fn fail(&mut self, failures: Vec<Failure>) {
        let mut failures = failures.into_iter();
        self.failure = failures.next();
        self.further = failures.collect();
    }
}
