//! `connection`: sound seeds are green, each fault of the network is delivered and changes something, and each planted
//! bug of the connection layer turns red.

use respfuzz::target::run_checked;

use super::support::{target, tell};

/// Records of each generated scenario.
const RECORDS: usize = 50;

/// Fresh seeds.
const START: u64 = 60_000_000;

#[test]
fn sound_seeds_are_green() {
    let count = std::env::var("SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let target = target("connection", None);
    let (mut steps, mut checks, mut ended) = (0, 0, 0);
    for seed in START..START + count {
        let report = run_checked(target.as_ref(), &target.generate(seed, RECORDS, None), false);
        if let Some(violation) = report.violation {
            panic!("seed {seed}: {violation}");
        }
        steps += report.steps;
        checks += report.checks;
        ended += u64::from(report.out_of_budget);
    }
    tell(&format!("{count} seeds, {steps} steps, {checks} checks, {ended} ended early"));
}
