//! `wal_replay`: sound seeds are green, each fault comes and changes an outcome, each planted bug of the log turns red, and
//! every crash of a scenario is survived.

use std::collections::{BTreeMap, BTreeSet};

use respfuzz::campaign::Campaign;
use respfuzz::fault::Fault;
use respfuzz::scenario::{RECORD_BYTES, encode, text};
use respfuzz::subject::embedded::{plants, take_reached};
use respfuzz::target::wal_replay::FAULTS;
use respfuzz::target::{Target, run_checked};

use super::search::OF_A_LOG;
use super::seeds::fewer_records;
use super::support::{committed, repository, target, tell};

/// Records of each generated scenario.
const RECORDS: usize = 50;

/// Fresh seeds.
const START: u64 = 70_000_000;

/// Executions within which the planted bugs must fall.
const EXECUTIONS: u64 = 2_500;

/// Executions of which twins are run, one without each fault.
const TWINS: u64 = 300;

/// What the generator finds too seldom to wait for: the corpus has it.
const RARE: [&str; 1] = ["snapshot-forgets-encodings"];

/// What this target cannot see, because no step of a scenario does: damaged bytes are for `wal_bytes`.
const OF_BYTES: [&str; 2] = ["wal-crc-without-length", "wal-length-believed"];

fn of_this_target() -> impl Iterator<Item = &'static str> {
    let names = plants().map(|(name, _)| name);
    names
        .filter(|name| name.starts_with("wal-") || name.starts_with("snapshot-"))
        .filter(|name| !OF_BYTES.contains(name) && *name != OF_A_LOG)
}

fn sound() -> Box<dyn Target> {
    target("wal_replay", None)
}

fn is_red(plant: &str, data: &[u8]) -> bool {
    target("wal_replay", Some(plant)).run(data).violation.is_some()
}

#[test]
fn sound_seeds_are_green_and_planted_bugs_fall() {
    let sound = sound();
    let mut missing: BTreeSet<_> = of_this_target().collect();
    let mut found = BTreeMap::new();
    let (mut steps, mut checks, mut recoveries, mut ended) = (0, 0, 0, 0);
    for seed in START..START + EXECUTIONS {
        let data = sound.generate(seed, RECORDS, None);
        take_reached();
        let report = run_checked(sound.as_ref(), &data, false);
        let reached = take_reached();
        if let Some(violation) = report.violation {
            panic!("seed {seed}: {violation}");
        }
        (steps, checks) = (steps + report.steps, checks + report.checks);
        (recoveries, ended) = (recoveries + report.recoveries, ended + u64::from(report.out_of_budget));
        // With a bug to whose place the run doesn't come it would be the same.
        for plant in reached.into_iter().filter(|plant| missing.contains(plant)) {
            if is_red(plant, &data) {
                found.insert(plant, seed - START + 1);
            }
        }
        missing.retain(|plant| !found.contains_key(plant));
    }
    tell(&format!(
        "wal_replay: {EXECUTIONS} seeds, {steps} steps, {checks} checks, {recoveries} recoveries, {ended} ended early"
    ));
    tell(&format!("planted bugs by the execution that found them: {found:?}"));
    missing.retain(|plant| !RARE.contains(plant));
    assert!(missing.is_empty(), "stay green: {missing:?}");
    assert!(recoveries > EXECUTIONS && ended * 10 < EXECUTIONS);
}

#[test]
fn each_fault_comes_and_changes_an_outcome() {
    let sound = sound();
    let mut campaign = Campaign::default();
    // Some faults seldom matter: the corpus has an input in which each does.
    let generated = (START..START + TWINS).map(|seed| sound.generate(seed, RECORDS, None));
    for data in committed("wal_replay").into_iter().map(|(_, data)| data).chain(generated) {
        campaign.run(sound.as_ref(), data, true);
    }
    assert_eq!(campaign.violations, []);
    for fault in FAULTS {
        let row = campaign.faults.get(fault).copied().unwrap_or_default();
        tell(&format!("{fault}: delivered {}, changed {} of {} runs", row.counts.delivered, row.changed, row.runs));
        assert!(row.changed > 0, "{fault}");
    }
}

/// What the oracle must know, each in a scenario that it once called red.
const MISTAKEN: [(&str, &str); 5] = [
    (
        "states that differ in an encoding alone are two: the newer one is lost here",
        "
config fsync=everysec
c0> PFADD p0 a
advance 1000ms
c0> DUMP p0
c0> RESTORE p0 0 @dump REPLACE
crash image=0
c0> OBJECT ENCODING p0
",
    ),
    (
        "a command that cannot be sent is no exchange, and makes nothing durable, however long it takes",
        "
config fsync=everysec
c0> SET h0 0
c1> BLPOP l0 0
fault process.slow after=0 arg=999
c1> GET h0
fault process.slow after=0 arg=999
c1> GET h0
crash image=0
",
    ),
    (
        "a look at an expired key that ends the server must be repeated before the clock jumps back",
        "
config segments=5
c0> SET l2 0
c0> EXPIRE l2 1000
advance 1000001ms
fault timer.jump_backward after=0 arg=12
fault disk.fsync_fail after=0 arg=0
advance 0ms
",
    ),
    (
        "a sorted set that is sorted leaves its small encoding, and the log says so",
        "
c0> ZADD z0 1 a
c0> SORT_RO z0 ALPHA
restart
c0> OBJECT ENCODING z0
",
    ),
    (
        "a key that was expired before the clock jumped back may be lost without what came after it",
        "
config fsync=no
c0> SET k v PX 1500
restart
advance 1501ms
c0> GET k
c0> SET x 1
fault timer.jump_backward after=0 arg=2000
advance 0ms
crash image=2
",
    ),
];

#[test]
fn the_oracle_knows_what_a_crash_may_leave() {
    for (why, steps) in MISTAKEN {
        let scenario = text::parse(&format!("{}{steps}", text::HEADER)).expect("a scenario");
        let report = sound().run(&encode(&scenario));
        assert_eq!((report.violation, report.recoveries > 0), (None, true), "{why}");
    }
}

/// Everyday commands on a log with small segments.
fn everyday() -> Vec<u8> {
    let path = repository("docs/everyday.scenario");
    encode(&text::parse(&std::fs::read_to_string(path).expect("it is committed")).expect("a scenario"))
}

#[test]
fn every_crash_of_a_scenario_is_survived_also_inside_recovery() {
    let crashes = sound().crashes(&everyday(), true).expect("the target has a disk");
    tell(&format!("every crash: {crashes:?}"));
    assert_eq!(crashes.violation, None);
    assert!(crashes.operations > 20 && crashes.tried > 200 && crashes.in_recovery > 100, "{crashes:?}");
}

#[test]
fn trying_every_crash_finds_planted_bugs() {
    for plant in ["wal-dir-unsynced", "wal-multi-split", "wal-tail-rewritten-in-place", "wal-removed-before-snapshot"] {
        let crashes = target("wal_replay", Some(plant)).crashes(&everyday(), true).expect("a disk");
        let (point, violation) = crashes.violation.unwrap_or_else(|| panic!("{plant} stays green"));
        tell(&format!("{plant}: after {} operations, {}: {}", point.operation, point.image, violation.fingerprint));
    }
}

#[test]
#[ignore = "takes minutes: run it by hand"]
fn ten_thousand_sound_seeds_are_green() {
    let sound = sound();
    let mut campaign = Campaign::default();
    (0..10_000).for_each(|seed| campaign.run(sound.as_ref(), sound.generate(START + seed, RECORDS, None), false));
    tell(&format!("{} steps, {} recoveries, hash {:016x}", campaign.steps, campaign.recoveries, campaign.hash));
    assert_eq!(campaign.violations, []);
}

/// What a seed of the corpus may be there for, by its name.
fn goals() -> impl Iterator<Item = String> {
    let plants = of_this_target().filter(|plant| !RARE.contains(plant)).map(|plant| format!("plant-{plant}"));
    FAULTS.iter().map(|fault| fault_name(*fault)).chain(plants)
}

fn fault_name(fault: Fault) -> String {
    format!("fault-{}", fault.name().replace(['.', '_'], "-"))
}

/// Whether the input shows it: a fault that makes a difference, or a planted bug.
fn shows(goal: &str, data: &[u8]) -> bool {
    if let Some(plant) = goal.strip_prefix("plant-") {
        return is_red(plant, data);
    }
    let (sound, fault) = (sound(), FAULTS.iter().find(|fault| fault_name(**fault) == goal));
    fault.is_some_and(|fault| sound.run(data).outcome != sound.run_without(data, *fault).outcome)
}

#[test]
fn the_corpus_shows_every_fault_and_every_planted_bug() {
    let corpus = committed("wal_replay");
    assert!(corpus.len() <= 80 && corpus.iter().all(|(_, data)| data.len() % RECORD_BYTES == 16), "{}", corpus.len());
    for goal in goals() {
        let (_, data) = corpus.iter().find(|(name, _)| *name == goal).unwrap_or_else(|| panic!("no seed for {goal}"));
        assert!(shows(&goal, data), "{goal} shows it no longer: regenerate the corpus");
    }
}

#[test]
#[ignore = "writes corpus/wal_replay"]
fn regenerate_wal_replay_corpus() {
    /// Seeds of the scenarios that the corpus is chosen from.
    const CORPUS_START: u64 = 7_000_000;
    let (sound, directory) = (sound(), repository("corpus/wal_replay"));
    std::fs::create_dir_all(&directory).expect("the directory can be made");
    let mut wanted: BTreeSet<String> = goals().collect();
    for seed in CORPUS_START.. {
        if wanted.is_empty() {
            return;
        }
        let data = sound.generate(seed, RECORDS, None);
        take_reached();
        let report = sound.run(&data);
        assert_eq!(report.violation, None, "seed {seed}");
        let reached = take_reached();
        let may_show = |goal: &&String| match goal.strip_prefix("plant-") {
            Some(plant) => reached.contains(&plant),
            None => report.faults.iter().any(|(name, counts)| {
                counts.delivered > 0 && name.parse().is_ok_and(|fault| fault_name(fault) == **goal)
            }),
        };
        let shown: Vec<_> = wanted.iter().filter(may_show).filter(|goal| shows(goal, &data)).cloned().collect();
        for goal in shown {
            let fewer = fewer_records(&data, |data| shows(&goal, data));
            std::fs::write(directory.join(&goal), fewer).expect("it can be written");
            wanted.remove(&goal);
        }
    }
}
