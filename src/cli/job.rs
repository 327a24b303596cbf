//! One thing that is checked: a target, its inputs by seed, and what becomes of them.

use std::ops::Range;

use super::console::{Console, millis_since, now};
use super::worker::own_worker;
use super::{CliError, TargetArgs, find};
use crate::campaign::Campaign;
use crate::report::{Outcome, Timeline};
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
        let mut campaign = Campaign::default();
        for seed in self.seeds {
            let data = (self.input)(seed);
            let report = run_checked(self.target, &data, false);
            bar.inc(1);
            campaign.count(&report, |_| None);
            if let Some(violation) = report.violation.filter(|violation| !console.known.has(violation, self.args)) {
                let replay = (self.replay)(seed);
                let worker = &mut own_worker(self.args)?;
                let found = (&violation, Some(seed), replay);
                outcome.failure = Some(find::shrunk(&data, self.target.input(), worker, found));
                console.timeline(|| Timeline::of(self.target, &data, &violation, Some(seed)));
                break;
            }
        }
        outcome.count(&campaign);
        outcome.millis = millis_since(begun);
        let says_nothing = outcome.steps == 0 || outcome.checks == 0;
        outcome.judge(says_nothing.then_some("no step was executed or no check evaluated"));
        console.count(&campaign);
        console.take(outcome)
    }
}
