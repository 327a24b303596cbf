//! `connection`: sound seeds are green, each fault of the network comes and changes what clients see, and each planted bug
//! of the connection layer turns red.

use std::collections::BTreeMap;

use respfuzz::command::Family;
use respfuzz::fault::Fault;
use respfuzz::model::Profile;
use respfuzz::oracle::Violation;
use respfuzz::resp::Limits;
use respfuzz::run::Options;
use respfuzz::scenario::{Chance, Families, RECORD_BYTES, decode, encode, text};
use respfuzz::serve::{ServedModel, Wired};
use respfuzz::shrink::{InProcess, shrink};
use respfuzz::sim::NETWORK_FAULTS;
use respfuzz::subject::Wire;
use respfuzz::subject::embedded::wire_plants;
use respfuzz::target::{Connection, Target, run_checked};

use super::seeds::fewer_records;
use super::support::{committed, repository, target, tell};

/// Records of each generated scenario.
const RECORDS: usize = 50;

/// Executions within which a planted bug must fall.
const EXECUTIONS: u64 = 4_000;

/// Fresh seeds.
const START: u64 = 60_000_000;

/// Seeds of the scenarios that the corpus is chosen from.
const CORPUS_START: u64 = 6_000_000;

fn sound() -> Box<dyn Target> {
    target("connection", None)
}

/// What the planted bug brings about, if it does.
fn red(plant: &str, data: &[u8]) -> Option<Violation> {
    target("connection", Some(plant)).run(data).violation
}

/// Runs so many seeds without a planted bug; counts for each fault the runs in which it came, and those of them in which
/// it changed something, if that is asked for.
fn assert_green(count: u64, twins: bool) -> BTreeMap<Fault, (u64, u64)> {
    let target = sound();
    let (mut steps, mut checks, mut ended) = (0, 0, 0);
    let mut faults: BTreeMap<Fault, (u64, u64)> = BTreeMap::new();
    for seed in START..START + count {
        let data = target.generate(seed, RECORDS, None);
        let report = run_checked(target.as_ref(), &data, false);
        if let Some(violation) = report.violation {
            panic!("seed {seed}: {violation}\n{}", shortest(target.as_ref(), &data));
        }
        assert!(report.checks > 0, "seed {seed}: nothing was compared");
        (steps, checks, ended) =
            (steps + report.steps, checks + report.checks, ended + u64::from(report.out_of_budget));
        for (name, _) in report.faults.iter().filter(|(_, counts)| counts.delivered > 0) {
            let fault = name.parse().expect("a fault has its name");
            let (came, changed) = faults.entry(fault).or_default();
            *came += 1;
            *changed += u64::from(twins && target.run_without(&data, fault).outcome != report.outcome);
        }
    }
    tell(&format!("connection: {count} seeds, {steps} steps, {checks} checks, {ended} ended early"));
    faults
}

/// The fewest steps that show the same.
fn shortest(target: &dyn Target, data: &[u8]) -> String {
    let shrunk = shrink(data, target.input(), &mut InProcess(target));
    shrunk.and_then(|shrunk| shrunk.scenario).map_or_else(String::new, |scenario| text::print(&scenario))
}

#[test]
fn sound_seeds_are_green_and_every_fault_comes_and_matters() {
    let faults = assert_green(500, true);
    for fault in NETWORK_FAULTS {
        let (came, changed) = faults.get(&fault).copied().unwrap_or_default();
        tell(&format!("{fault}: came in {came} runs and changed the outcome of {changed}"));
        assert!(changed > 0, "{fault}");
    }
}

#[test]
#[ignore = "takes minutes: run it by hand"]
fn ten_thousand_sound_seeds_are_green() {
    assert_green(10_000, false);
}

/// For each fault, steps in which it comes at once, and what would be there without it.
const SHOWN: [(Fault, &str); 8] = [
    (Fault::PacketDrop, "fault network.packet_drop\nc0> SET a 1\nc1> GET a\n"),
    (Fault::PacketCorrupt, "fault network.packet_corrupt arg=8208\nc0> SET a 1\nc1> GET a\n"),
    (Fault::PartialWrite, "fault network.partial_write arg=5\nc0> SET a 1\nc1> GET a\n"),
    (
        Fault::Reorder,
        "fault network.delay arg=7\nfault network.reorder\nc0> SET a 1\nc0> SET a 2\nc0> APPEND a 3\nadvance 1ms\n",
    ),
    (Fault::ConnectionReset, "fault network.connection_reset\nc0> SET a 1\nc1> GET a\n"),
    (Fault::ConnectTimeout, "fault network.connect_timeout\nc0> SET a 1\nc1> GET a\n"),
    (Fault::Delay, "fault network.delay arg=7\nc0> SET a 1\nc1> GET a\nadvance 1ms\n"),
    (Fault::Duplicate, "fault network.duplicate\nc0> INCR a\nc1> GET a\n"),
];

#[test]
fn each_fault_changes_what_comes_of_a_few_steps() {
    let target = sound();
    for (fault, steps) in SHOWN {
        let scenario = text::parse(&format!("{}\n{steps}", text::HEADER)).expect("a scenario");
        let data = encode(&scenario);
        let (with, without) = (target.run(&data), target.run_without(&data, fault));
        for report in [&with, &without] {
            assert_eq!(report.violation, None, "{fault}");
        }
        assert_eq!(with.faults[fault.name()].delivered, 1, "{fault}");
        assert_eq!(without.faults[fault.name()].delivered, 0, "{fault}");
        assert_ne!(with.outcome, without.outcome, "{fault}");
    }
    assert_eq!(SHOWN.map(|(fault, _)| fault), NETWORK_FAULTS);
}

#[test]
fn every_planted_bug_of_the_connections_turns_red_and_shrinks() {
    let generator = sound();
    let mut longest = (0, "");
    for (plant, _) in wire_plants() {
        let planted = target("connection", Some(plant));
        // Faults that come by chance come elsewhere when a step is left out: such scenarios shrink badly.
        let inputs = (START..START + EXECUTIONS).map(|seed| (seed, generator.generate(seed, RECORDS, None)));
        let mut inputs = inputs.filter(|(_, data)| is_scheduled(data));
        let found = inputs.find_map(|(seed, data)| {
            run_checked(planted.as_ref(), &data, false).violation.map(|violation| (seed, data, violation))
        });
        let (seed, data, violation) = found.unwrap_or_else(|| panic!("{plant} stays green"));
        let shrunk = shrink(&data, planted.input(), &mut InProcess(planted.as_ref())).expect("it shows again");
        assert_eq!(shrunk.violation.fingerprint, violation.fingerprint);
        let steps = shrunk.scenario.map_or(0, |scenario| scenario.steps.len());
        tell(&format!("{plant}: seed {}, {steps} steps, {}", seed - START + 1, violation.fingerprint));
        longest = longest.max((steps, plant));
    }
    assert!(longest.0 <= 16, "{longest:?} steps");
}

/// Whatever is served can be a subject. Strings are left out: this one makes them as long as Redis does.
#[test]
fn the_model_as_a_server_does_what_it_predicts() {
    let families = [Family::Lists, Family::Sets, Family::Hashes, Family::ZSets, Family::Transactions, Family::PubSub];
    let make = || -> Box<dyn Wire> { Box::new(Wired::new(|_| Box::new(ServedModel::new(Profile::default())))) };
    let options = Options { string_bytes_max: Limits::REDIS.max_bulk, ..Options::default() };
    let target = Connection::new("model", Box::new(make), options);
    let mut checks = 0;
    for seed in START..START + 200 {
        let report = target.run(&target.generate(seed, RECORDS, Some(Families::only(&families))));
        assert_eq!(report.violation, None, "seed {seed}");
        checks += report.checks;
    }
    assert!(checks > 10_000, "{checks}");
}

#[test]
fn other_targets_do_not_have_the_planted_bugs_of_the_connections() {
    let handler = target("command_handler", Some("wire-cut-loses-beginning"));
    assert_eq!(handler.run(&handler.generate(START, RECORDS, None)).violation, None);
}

/// What a seed of the corpus may be there for, by its name.
fn goals() -> impl Iterator<Item = String> {
    let plants = wire_plants().map(|(plant, _)| format!("plant-{plant}"));
    NETWORK_FAULTS.iter().map(|fault| fault_name(*fault)).chain(plants)
}

fn fault_name(fault: Fault) -> String {
    format!("fault-{}", fault.name().replace(['.', '_'], "-"))
}

/// Whether the input shows it: a fault that makes a difference, or a planted bug.
fn shows(goal: &str, data: &[u8]) -> bool {
    if let Some(plant) = goal.strip_prefix("plant-") {
        return red(plant, data).is_some();
    }
    let (target, fault) = (sound(), NETWORK_FAULTS.into_iter().find(|fault| fault_name(*fault) == goal));
    fault.is_some_and(|fault| target.run(data).outcome != target.run_without(data, fault).outcome)
}

#[test]
fn the_corpus_shows_every_fault_and_every_planted_bug() {
    let corpus = committed("connection");
    assert!(corpus.len() <= 60 && corpus.iter().all(|(_, data)| data.len() % RECORD_BYTES == 16), "{}", corpus.len());
    for goal in goals() {
        let (_, data) = corpus.iter().find(|(name, _)| *name == goal).unwrap_or_else(|| panic!("no seed for {goal}"));
        assert!(shows(&goal, data), "{goal} shows it no longer: regenerate the corpus");
    }
}

/// Whether faults come as the scenario says, and not by chance.
fn is_scheduled(data: &[u8]) -> bool {
    decode(data).config.chance == Chance::Disabled
}

#[test]
#[ignore = "writes corpus/connection"]
fn regenerate_connection_corpus() {
    let (target, directory) = (sound(), repository("corpus/connection"));
    std::fs::create_dir_all(&directory).expect("the directory can be made");
    let inputs = |records| (CORPUS_START..).map(move |seed| sound().generate(seed, records, None));
    let write = |name: &str, data: &[u8]| std::fs::write(directory.join(name), data).expect("it can be written");
    for goal in goals() {
        let data = inputs(32).filter(|data| is_scheduled(data)).find(|data| shows(&goal, data)).expect("one shows it");
        write(&goal, &fewer_records(&data, |data| shows(&goal, data)));
    }
    // Some in which much goes on at once, and goes wrong.
    let delivered = |data: &[u8]| target.run(data).faults.values().filter(|counts| counts.delivered > 0).count();
    let storms = inputs(40).filter(|data| delivered(data) >= 5).take(8);
    storms.enumerate().for_each(|(i, data)| write(&format!("storm-{i}"), &data));
}
