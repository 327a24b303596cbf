//! Seeded runs of a target whose world has faults: what was delivered, and what made a difference.

use std::collections::BTreeMap;

use crate::command::Sent;
use crate::fault::{Counts, Fault};
use crate::oracle::Violation;
use crate::scenario::{self, Offer, Scenario, Step};
use crate::target::{RunReport, Target};

/// What many runs came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Campaign {
    /// Runs.
    pub runs: u64,
    /// Commands sent.
    pub steps: u64,
    /// Comparisons and invariant checks evaluated.
    pub checks: u64,
    /// How often a subject was opened on what its disk held, and had a state that it may have.
    pub recoveries: u64,
    /// Replies that were errors.
    pub errors: u64,
    /// How often the states of several subjects were compared with one another.
    pub states: u64,
    /// Runs that ended early without a verdict.
    pub out_of_budget: u64,
    /// A chain over the event hashes of all runs.
    pub hash: u64,
    /// What became of each fault.
    pub faults: BTreeMap<Fault, Row>,
    /// What clients sent.
    pub sent: Sent,
    /// What broke, by its input.
    pub violations: Vec<(Vec<u8>, Violation)>,
}

/// One fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Opportunities, scheduled, delivered.
    pub counts: Counts,
    /// Runs in which it was delivered.
    pub runs: u64,
    /// Those that were run once more, without it.
    pub compared: u64,
    /// Those whose outcome is another one without it.
    pub changed: u64,
}

impl Campaign {
    /// Runs one input; with `twins`, once more for each fault that was delivered, without that fault.
    pub fn run(&mut self, target: &dyn Target, data: Vec<u8>, twins: bool) {
        let report = target.run(&data);
        let twin = |fault| target.run_without(&data, fault).outcome != report.outcome;
        self.count(&report, |fault| twins.then(|| twin(fault)));
        if let Some(violation) = report.violation {
            self.violations.push((data, violation));
        }
    }

    /// Counts what one run came to, except for what broke; `matters` says of a fault that was delivered whether the
    /// outcome is another one without it, if that is known.
    pub fn count(&mut self, report: &RunReport, matters: impl Fn(Fault) -> Option<bool>) {
        self.runs += 1;
        self.steps += report.steps;
        self.checks += report.checks;
        self.recoveries += report.recoveries;
        self.errors += report.errors;
        self.states += report.states;
        self.out_of_budget += u64::from(report.out_of_budget);
        self.sent.add(&report.sent);
        self.hash = twox_hash::XxHash3_64::oneshot_with_seed(self.hash, &report.hash.to_le_bytes());
        for (name, counts) in &report.faults {
            let Ok(fault) = name.parse() else { continue };
            let row = self.faults.entry(fault).or_default();
            row.counts.opportunities += counts.opportunities;
            row.counts.scheduled += counts.scheduled;
            row.counts.delivered += counts.delivered;
            if counts.delivered > 0 {
                row.runs += 1;
                let changed = matters(fault);
                row.compared += u64::from(changed.is_some());
                row.changed += u64::from(changed == Some(true));
            }
        }
    }
}

/// The scenario with that seed, in which these faults come, each about every tenth step.
pub fn with_faults(target: &dyn Target, seed: u64, records: usize, faults: &[Fault]) -> Vec<u8> {
    let command = |command: &crate::command::Command| target.draws(command);
    let offer = Offer { faults: &[], ..target.offer(&command) };
    let calm = scenario::decode(&scenario::generate_of(seed, records, None, &offer));
    let drawn = scenario::decode(&scenario::generate_of(seed, records * 4, None, &Offer { faults, ..Offer::ALL }));
    let mut coming = drawn.steps.into_iter().filter(|step| matches!(step, Step::Fault(_)));
    let mut steps = Vec::new();
    for (i, step) in calm.steps.into_iter().enumerate() {
        if i % 10 == 5 {
            steps.extend(coming.by_ref().take(faults.len()));
        }
        steps.push(step);
    }
    scenario::encode(&Scenario { config: calm.config, steps })
}
