//! `search`: sound seeds are green, each planted bug of indexes turns red, the corpus shows them, and the same documents
//! answer the same in every layout.

use std::collections::{BTreeMap, BTreeSet};

use respfuzz::oracle::Oracle;
use respfuzz::scenario::RECORD_BYTES;
use respfuzz::subject::embedded::{make_indexed, plants, take_reached};
use respfuzz::target::search::layouts::{Matrix, matrix};
use respfuzz::target::{Setup, Target, run_checked};

use super::query_parser;
use super::seeds::fewer_records;
use super::support::{committed, repository, target, tell};

/// Records of each generated scenario.
const RECORDS: usize = 40;

/// Fresh seeds.
const START: u64 = 80_000_000;

/// Executions within which the planted bugs must fall.
const EXECUTIONS: u64 = 600;

/// The planted bug of the log that only a look at indexes shows.
pub const OF_A_LOG: &str = "wal-loses-indexes";

/// The planted bugs that this target must find.
pub fn of_this_target() -> impl Iterator<Item = &'static str> {
    let names = plants().map(|(name, _)| name);
    let is_ours = |name: &&str| name.starts_with("search-") || *name == OF_A_LOG;
    names.filter(is_ours).filter(|name| !query_parser::OF_PARSERS.contains(name))
}

fn sound() -> Box<dyn Target> {
    target("search", None)
}

fn is_red(plant: &str, data: &[u8]) -> bool {
    target("search", Some(plant)).run(data).violation.is_some()
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
        assert!(report.violation.is_none(), "seed {seed}\n{}", report.violation.expect("it was looked at"));
        (steps, checks) = (steps + report.steps, checks + report.checks);
        (recoveries, ended) = (recoveries + report.recoveries, ended + u64::from(report.out_of_budget));
        for plant in reached.into_iter().filter(|plant| missing.contains(plant)) {
            if is_red(plant, &data) {
                found.insert(plant, seed - START + 1);
            }
        }
        missing.retain(|plant| !found.contains_key(plant));
    }
    tell(&format!(
        "search: {EXECUTIONS} seeds, {steps} steps, {checks} checks, {recoveries} recoveries, {ended} ended early"
    ));
    tell(&format!("planted bugs by the execution that found them: {found:?}"));
    assert!(missing.is_empty(), "stay green: {missing:?}");
    assert!(recoveries > 20 && ended * 10 < EXECUTIONS, "{recoveries} {ended}");
}

#[test]
fn the_laws_of_queries_turn_red_too() {
    let mut data = (START..).map(|seed| sound().generate(seed, RECORDS, None));
    let plant = target("search", Some("search-not-of-union"));
    let law = data.by_ref().take(2_000).filter_map(|data| plant.run(&data).violation);
    let mut oracles = law.map(|violation| violation.oracle);
    assert!(oracles.any(|oracle| oracle == Oracle::Law), "only the model saw it");
}

fn layouts(plant: Option<&str>) -> Matrix {
    let make = make_indexed(&Setup { plant: plant.map(str::to_owned) }).expect("the plant exists");
    matrix(make.as_ref()).unwrap_or_else(|error| panic!("{plant:?}: {error}"))
}

#[test]
fn the_same_documents_answer_the_same_in_every_layout() {
    let sound = layouts(None);
    assert!(sound.differences().is_empty(), "{sound}\n{}", sound.differences().join("\n"));
    assert!(sound.cells() > 500, "{} cells", sound.cells());
    tell(&format!("{} answers in all layouts are the same", sound.cells()));
    for row in &sound.rows {
        assert!(!row.answers[0].starts_with("(error)"), "{}: {}", row.shape, row.answers[0]);
    }
}

#[test]
fn layouts_find_what_an_index_remembers() {
    for plant in ["search-stale-posting", "search-alter-misses-old-docs", "search-rename-loses-posting"] {
        assert!(!layouts(Some(plant)).differences().is_empty(), "{plant} stays green");
    }
}

#[test]
fn the_corpus_shows_every_planted_bug() {
    let corpus = committed("search");
    let bytes: usize = corpus.iter().map(|(_, data)| data.len()).sum();
    assert!(corpus.iter().all(|(_, data)| data.len() % RECORD_BYTES == 16) && bytes < 100 << 10, "{bytes} bytes");
    for plant in of_this_target() {
        let name = format!("plant-{plant}");
        let (_, data) =
            corpus.iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("no seed for {plant}"));
        assert!(is_red(plant, data), "{name} shows it no longer: regenerate the corpus");
    }
}

#[test]
#[ignore = "writes corpus/search"]
fn regenerate_search_corpus() {
    /// Seeds of the scenarios that the corpus is chosen from.
    const CORPUS_START: u64 = 8_000_000;
    let (sound, directory) = (sound(), repository("corpus/search"));
    std::fs::create_dir_all(&directory).expect("the directory can be made");
    let write = |name: String, data: &[u8]| std::fs::write(directory.join(name), data).expect("it can be written");
    let inputs = (CORPUS_START..).map(|seed| sound.generate(seed, 24, None));
    let green = inputs.filter(|data| sound.run(data).violation.is_none());
    green.take(12).enumerate().for_each(|(at, data)| write(format!("seed-{at}"), &data));
    let mut wanted: BTreeSet<&str> = of_this_target().collect();
    for seed in CORPUS_START..CORPUS_START + 20_000 {
        if wanted.is_empty() {
            return;
        }
        let data = sound.generate(seed, RECORDS, None);
        take_reached();
        if let Some(violation) = sound.run(&data).violation {
            tell(&format!("seed {seed} is red without a planted bug: {violation}"));
            continue;
        }
        let reached = take_reached();
        let may_show: Vec<_> = reached.into_iter().filter(|plant| wanted.contains(plant)).collect();
        for plant in may_show {
            let shows = |data: &[u8]| sound.run(data).violation.is_none() && is_red(plant, data);
            if shows(&data) {
                write(format!("plant-{plant}"), &fewer_records(&data, shows));
                wanted.remove(plant);
            }
        }
    }
    assert!(wanted.is_empty(), "nothing turns {wanted:?} red");
}
