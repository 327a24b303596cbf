//! `streaming`: sound seeds are green, each fault of the object store comes and makes a difference, and each planted bug of
//! the engine's log in an object store turns red.

use respfuzz::campaign::{Campaign, with_faults};
use respfuzz::fault::Fault;
use respfuzz::oracle::Violation;
use respfuzz::scenario::{Chance, RECORD_BYTES, decode};
use respfuzz::shrink::{InProcess, shrink};
use respfuzz::subject::embedded::plants;
use respfuzz::target::streaming::STORE_FAULTS;
use respfuzz::target::{Target, run_checked};

use super::seeds::fewer_records;
use super::support::{committed, repository, target, tell};

/// Records of each generated scenario.
const RECORDS: usize = 40;

/// Executions within which a planted bug must fall.
const EXECUTIONS: u64 = 2_000;

/// As long as libFuzzer's inputs are by default.
const INPUT_BYTES_MAX: usize = 4096;

/// Fresh seeds.
const START: u64 = 70_000_000;

/// Seeds of the scenarios that the corpus is chosen from.
const CORPUS_START: u64 = 7_000_000;

fn sound() -> Box<dyn Target> {
    target("streaming", None)
}

/// The faults of the store, and the end of the process between two of its operations.
fn faults() -> Vec<Fault> {
    STORE_FAULTS.iter().copied().chain([Fault::Crash]).collect()
}

fn object_plants() -> impl Iterator<Item = &'static str> {
    plants().map(|(plant, _)| plant).filter(|plant| plant.starts_with("objects-"))
}

/// Scenarios as a driver draws them, and between them such in which the store fails all the time.
fn inputs(target: &dyn Target, start: u64) -> impl Iterator<Item = Vec<u8>> {
    let faults = faults();
    (start..).map(move |seed| match seed % 2 {
        0 => target.generate(seed, RECORDS, None),
        _ => with_faults(target, seed, RECORDS, &faults),
    })
}

#[test]
fn sound_seeds_are_green() {
    assert_green(1_000);
}

#[test]
#[ignore = "takes minutes: run it by hand"]
fn ten_thousand_sound_seeds_are_green() {
    assert_green(10_000);
}

fn assert_green(count: usize) {
    let target = sound();
    let (mut steps, mut checks, mut recoveries) = (0, 0, 0);
    for (i, data) in inputs(target.as_ref(), START).take(count).enumerate() {
        let report = run_checked(target.as_ref(), &data, false);
        if let Some(violation) = report.violation {
            panic!("seed {}: {violation}", START + i as u64);
        }
        assert!(report.checks > 0, "seed {}: nothing was compared", START + i as u64);
        (steps, checks, recoveries) = (steps + report.steps, checks + report.checks, recoveries + report.recoveries);
    }
    tell(&format!("streaming: {count} seeds, {steps} steps, {checks} checks, {recoveries} recoveries"));
    assert!(recoveries > count as u64 / 4, "{recoveries}");
}

#[test]
fn every_fault_of_the_store_comes_and_makes_a_difference() {
    let (target, faults, mut campaign) = (sound(), faults(), Campaign::default());
    for seed in START..START + 100 {
        campaign.run(target.as_ref(), with_faults(target.as_ref(), seed, RECORDS, &faults), true);
    }
    assert_eq!(campaign.violations, []);
    for fault in faults {
        let row = campaign.faults.get(&fault).copied().unwrap_or_default();
        tell(&format!("{fault}: came in {} runs and changed the outcome of {}", row.runs, row.changed));
        assert!(row.changed > 0, "{fault}");
    }
}

#[test]
fn every_planted_bug_of_the_object_log_turns_red_and_shrinks() {
    let generator = sound();
    let mut longest = (0, "");
    for plant in object_plants() {
        let planted = target("streaming", Some(plant));
        let red = |(_, data): &(usize, Vec<u8>)| is_scheduled(data) && planted.run(data).violation.is_some();
        let found = inputs(generator.as_ref(), START).enumerate().take(EXECUTIONS as usize).find(red);
        let (execution, data) = found.unwrap_or_else(|| panic!("{plant} stays green"));
        let shrunk = shrink(&data, planted.input(), &mut InProcess(planted.as_ref())).expect("it shows again");
        let steps = shrunk.scenario.map_or(0, |scenario| scenario.steps.len());
        tell(&format!("{plant}: execution {execution}, {steps} steps, {}", shrunk.violation.fingerprint));
        longest = longest.max((steps, plant));
    }
    assert!(longest.0 <= 24, "{longest:?} steps");
}

/// Whether faults come as the scenario says, and not by chance: or else they come elsewhere when a step is left out.
fn is_scheduled(data: &[u8]) -> bool {
    decode(data).config.chance == Chance::Disabled
}

/// What a seed of the corpus may be there for, by its name.
fn goals() -> impl Iterator<Item = String> {
    faults().into_iter().map(fault_name).chain(object_plants().map(|plant| format!("plant-{plant}")))
}

fn fault_name(fault: Fault) -> String {
    format!("fault-{}", fault.name().replace(['.', '_'], "-"))
}

/// What the planted bug brings about, if it does.
fn red(plant: &str, data: &[u8]) -> Option<Violation> {
    target("streaming", Some(plant)).run(data).violation
}

/// Whether the input shows it: a fault that makes a difference, or a planted bug.
fn shows(goal: &str, data: &[u8]) -> bool {
    if let Some(plant) = goal.strip_prefix("plant-") {
        return red(plant, data).is_some();
    }
    let (target, fault) = (sound(), faults().into_iter().find(|fault| fault_name(*fault) == goal));
    fault.is_some_and(|fault| target.run(data).outcome != target.run_without(data, fault).outcome)
}

#[test]
fn the_corpus_shows_every_fault_and_every_planted_bug() {
    let corpus = committed("streaming");
    assert!(corpus.len() <= 60 && corpus.iter().all(|(_, data)| data.len() % RECORD_BYTES == 16), "{}", corpus.len());
    for goal in goals() {
        let (_, data) = corpus.iter().find(|(name, _)| *name == goal).unwrap_or_else(|| panic!("no seed for {goal}"));
        assert!(shows(&goal, data), "{goal} shows it no longer: regenerate the corpus");
    }
}

#[test]
#[ignore = "writes corpus/streaming"]
fn regenerate_streaming_corpus() {
    let (target, directory) = (sound(), repository("corpus/streaming"));
    std::fs::create_dir_all(&directory).expect("the directory can be made");
    let write = |name: &str, data: &[u8]| std::fs::write(directory.join(name), data).expect("it can be written");
    for goal in goals() {
        let mut inputs = inputs(target.as_ref(), CORPUS_START).filter(|data| is_scheduled(data));
        let data = inputs.find(|data| shows(&goal, data)).expect("one shows it");
        write(&goal, &fewer_records(&data, |data| shows(&goal, data)));
    }
    // Some in which much goes on at once, and goes wrong.
    let delivered = |data: &[u8]| target.run(data).faults.values().filter(|counts| counts.delivered > 0).count();
    let storms = inputs(target.as_ref(), CORPUS_START)
        .filter(|data| data.len() <= INPUT_BYTES_MAX && delivered(data) >= 6)
        .take(4);
    storms.enumerate().for_each(|(i, data)| write(&format!("storm-{i}"), &data));
}
