//! One thing that is checked: a target, its inputs by seed, and what becomes of them.

use std::ops::Range;

use super::console::{Console, millis_since, now};
use super::worker::own_worker;
use super::{CliError, TargetArgs, find};
use crate::report::{Outcome, Status};
use crate::target::{Target, run_checked};

pub(super) struct Job<'a> {
    /// What is known of it beforehand.
    pub(super) outcome: Outcome,
    pub(super) target: &'a dyn Target,
    /// How a worker process gets the same target.
    pub(super) args: &'a TargetArgs,
    pub(super) seeds: Range<u64>,
    pub(super) input: &'a dyn Fn(u64) -> Vec<u8>,
    /// The command that runs one seed again; none if the input is not made from a seed.
    pub(super) replay: &'a dyn Fn(u64) -> String,
}

impl Job<'_> {
    /// Runs the seeds up to the first that shows something new, which is shrunk, and tells what came of it.
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let begun = now();
        let bar = console.progress(&self.outcome.name, self.seeds.end - self.seeds.start);
        let mut outcome = self.outcome;
        let mut hash = 0;
        for seed in self.seeds {
            let data = (self.input)(seed);
            let report = run_checked(self.target, &data, false);
            bar.inc(1);
            outcome.runs += 1;
            outcome.steps += report.steps;
            outcome.checks += report.checks;
            hash = twox_hash::XxHash3_64::oneshot_with_seed(hash, &report.hash.to_le_bytes());
            if let Some(violation) = report.violation.filter(|violation| !console.known.has(violation, self.args)) {
                let replay = (self.replay)(seed);
                let worker = &mut own_worker(self.args)?;
                let found = (&violation, Some(seed), replay);
                outcome.failure = Some(find::shrunk(&data, self.target.input(), worker, found));
                break;
            }
        }
        outcome.hash = format!("{hash:016x}");
        outcome.millis = millis_since(begun);
        if outcome.failure.is_some() {
            outcome.status = Status::Failed;
        } else if outcome.steps == 0 || outcome.checks == 0 {
            outcome.status = Status::Skipped;
            outcome.note = "no step was executed or no check evaluated".into();
        }
        console.take(outcome)
    }
}
