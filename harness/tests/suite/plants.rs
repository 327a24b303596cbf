//! A manufactured red for every oracle: each planted bug of the engine is found, from the committed corpus and from
//! nothing, by the oracle that must see it, and shrinks to the few steps that show it.

mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use respfuzz::oracle::{Oracle, Violation};
use respfuzz::scenario::{Scenario, encode, text};
use respfuzz::shrink::{InProcess, Judge, Shrunk, shrink};
use respfuzz::subject::embedded::plants;
use respfuzz::target::{Target, run_checked};

use super::support::{command_handler, committed, tell};
use table::TABLE;

/// Records of each generated scenario.
const RECORDS: usize = 50;

/// Executions within which a planted bug should fall. Most take fewer than a hundred.
const EXECUTIONS: u64 = 4_000;

/// Fresh seeds: the generator was not improved by looking at them, and no corpus was chosen from them.
const RANGES: [u64; 3] = [20_000_000, 30_000_000, 40_000_000];

/// What is known of a planted bug.
pub struct Known {
    plant: &'static str,
    /// Who sees it; which one first depends on the input.
    oracles: &'static [Oracle],
    /// The fewest steps that interact to show it: commands, clock moves, disconnections, and the read that sees it, if
    /// only reading the state back does.
    steps: usize,
}

fn known(plant: &str) -> &'static Known {
    TABLE.iter().find(|known| known.plant == plant).unwrap_or_else(|| panic!("{plant} is missing in the table"))
}

/// What differs from run to run (time, hash seeds) does not differ each time.
fn attempts(plant: &str) -> usize {
    if known(plant).oracles == [Oracle::Hash] { 64 } else { 1 }
}

/// The violation that the planted bug brings about, if it does.
pub fn red(plant: &str, data: &[u8]) -> Option<Violation> {
    let target = command_handler(Some(plant));
    (0..attempts(plant)).find_map(|_| run_checked(target.as_ref(), data, true).violation)
}

#[test]
fn the_table_has_every_plant_and_nothing_else() {
    let mut listed: Vec<_> = TABLE.iter().map(|known| known.plant).collect();
    let mut planted: Vec<_> = plants().map(|(name, _)| name).collect();
    listed.sort();
    planted.sort();
    assert_eq!(listed, planted);
    assert!(TABLE.len() >= 40);
    let interacting = TABLE.iter().filter(|known| known.steps >= 3).count();
    assert!(3 * interacting >= TABLE.len(), "{interacting} of {} need three or more steps", TABLE.len());
    for oracle in [Oracle::Reply, Oracle::Check, Oracle::Panic, Oracle::Hash] {
        assert!(TABLE.iter().any(|known| known.oracles == [oracle]), "nothing shows that {oracle} alone turns red");
    }
}

#[test]
#[ignore = "takes many minutes with two hundred planted bugs: run it by hand"]
fn the_corpus_turns_every_plant_red() {
    let corpus = committed("command_handler");
    let mut reds = BTreeSet::new();
    for known in TABLE {
        let found = corpus.iter().find_map(|(_, data)| red(known.plant, data));
        let found = found.unwrap_or_else(|| panic!("{}: no input of the corpus turns red", known.plant));
        assert!(known.oracles.contains(&found.oracle), "{}: not to be seen by {}\n{found}", known.plant, found.oracle);
        reds.insert(found.oracle);
    }
    assert_eq!(reds, [Oracle::Reply, Oracle::State, Oracle::Check, Oracle::Hash, Oracle::Panic].into());
}

/// The first of these seeds that shows a bug, as a driver runs them, and what it shows.
fn find(plant: &str, seeds: Range<u64>) -> Option<(u64, Vec<u8>)> {
    let target = command_handler(Some(plant));
    seeds.into_iter().find_map(|seed| {
        let data = target.generate(seed, RECORDS, None);
        let violation = run_checked(target.as_ref(), &data, false).violation?;
        let oracles = known(plant).oracles;
        assert!(oracles.contains(&violation.oracle), "{plant}: not to be seen by {}\n{violation}", violation.oracle);
        Some((seed, data))
    })
}

/// At least 90 % of the planted bugs fall to the generator alone.
fn fall_from_nothing(start: u64) -> BTreeMap<&'static str, Vec<u8>> {
    let mut finds = BTreeMap::new();
    let (mut slowest, mut missed) = ((0, ""), Vec::new());
    for known in TABLE {
        match find(known.plant, start..start + EXECUTIONS) {
            Some((seed, data)) => {
                slowest = slowest.max((seed - start + 1, known.plant));
                finds.insert(known.plant, data);
            }
            None => missed.push(known.plant),
        }
    }
    tell(&format!(
        "seeds from {start}: {} of {} planted bugs within {EXECUTIONS} executions; the slowest took {slowest:?}, missed {missed:?}",
        finds.len(),
        TABLE.len()
    ));
    assert!(10 * finds.len() >= 9 * TABLE.len(), "missed {missed:?}");
    finds
}

#[test]
#[ignore = "takes many minutes with two hundred planted bugs: run it by hand"]
fn plants_fall_from_nothing_in_the_second_range() {
    fall_from_nothing(RANGES[1]);
}

#[test]
#[ignore = "takes many minutes with two hundred planted bugs: run it by hand"]
fn plants_fall_from_nothing_in_the_third_range() {
    fall_from_nothing(RANGES[2]);
}

#[test]
#[ignore = "takes many minutes with two hundred planted bugs: run it by hand"]
fn plants_fall_from_nothing_and_shrink_to_few_steps() {
    let (mut lengths, mut cheaper) = (Vec::new(), Vec::new());
    for (plant, data) in fall_from_nothing(RANGES[0]) {
        let target = command_handler(Some(plant));
        let shrunk = shrunk(plant, &data, target.as_ref());
        let scenario = shrunk.scenario.as_ref().expect("a scenario target shrinks scenarios");
        let read_back = usize::from(shrunk.violation.oracle == Oracle::State);
        if scenario.steps.len() + read_back < known(plant).steps {
            cheaper.push(format!("{plant}\n{}{}", text::print(scenario), shrunk.violation));
        }
        assert_minimal(plant, scenario, &shrunk.violation, target.as_ref());
        lengths.push(scenario.steps.len());
    }
    assert!(cheaper.is_empty(), "fewer steps than the table says:\n{}", cheaper.join("\n\n"));
    lengths.sort();
    let median = lengths[lengths.len() / 2];
    tell(&format!("shrunk: median {median} steps, longest {:?}", lengths.last()));
    assert!(median <= 4, "{lengths:?}");
}

fn shrunk(plant: &str, data: &[u8], target: &dyn Target) -> Shrunk {
    let shrunk = (0..attempts(plant)).find_map(|_| shrink(data, target.input(), &mut InProcess(target)));
    shrunk.unwrap_or_else(|| panic!("{plant} did not show again"))
}

/// Removing any single step loses the divergence.
fn assert_minimal(plant: &str, scenario: &Scenario, violation: &Violation, target: &dyn Target) {
    for i in 0..scenario.steps.len() {
        let mut fewer = scenario.clone();
        let removed = fewer.steps.remove(i);
        let data = encode(&fewer);
        let mut judged = (0..attempts(plant)).filter_map(|_| InProcess(target).judge(&data));
        let still = judged.any(|found| found.fingerprint == violation.fingerprint);
        assert!(!still, "{plant}: {} shows without {removed:?}", violation.fingerprint);
    }
}

#[test]
#[ignore = "prints the rows that the table lacks"]
fn rows_that_the_table_lacks() {
    for (plant, _) in plants().filter(|(plant, _)| TABLE.iter().all(|known| known.plant != *plant)) {
        let target = command_handler(Some(plant));
        let (mut oracles, mut steps) = (BTreeSet::new(), 0);
        for start in RANGES {
            let mut inputs = (start..start + EXECUTIONS).map(|seed| target.generate(seed, RECORDS, None));
            let red = inputs.find_map(|data| Some((run_checked(target.as_ref(), &data, false).violation?, data)));
            let Some((violation, data)) = red else { continue };
            oracles.insert(violation.oracle);
            if steps == 0
                && let Some(shrunk) = shrink(&data, target.input(), &mut InProcess(target.as_ref()))
            {
                let read_back = usize::from(shrunk.violation.oracle == Oracle::State);
                oracles.insert(shrunk.violation.oracle);
                steps = shrunk.scenario.map_or(0, |scenario| scenario.steps.len()) + read_back;
            }
        }
        let oracles: Vec<_> = oracles.iter().map(|oracle| format!("{oracle:?}")).collect();
        tell(&format!("Known {{ plant: {plant:?}, oracles: &[{}], steps: {steps} }},", oracles.join(", ")));
    }
}

#[test]
fn the_same_seeds_are_green_without_a_plant() {
    let target = command_handler(None);
    for start in RANGES {
        for seed in start..start + EXECUTIONS {
            let report = run_checked(target.as_ref(), &target.generate(seed, RECORDS, None), false);
            if let Some(violation) = report.violation {
                panic!("seed {seed}: {violation}");
            }
            assert!(report.checks > 0, "seed {seed}: nothing was compared");
        }
    }
}
