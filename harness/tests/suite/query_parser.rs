//! `query_parser`: seeds and what is made of them are green, each planted bug of the parsers turns red, and nothing is too
//! deep or too long.

use std::collections::{BTreeMap, BTreeSet};

use respfuzz::subject::embedded::take_reached;
use respfuzz::target::query_parser::seeds;
use respfuzz::target::{Target, run_checked};

use super::support::{committed, repository, target, tell};

/// The planted bugs of how queries and expressions are read: this target must find them, and `search` need not.
pub const OF_PARSERS: [&str; 6] = [
    "search-union-binds-stronger",
    "search-empty-group",
    "search-escapes-stay",
    "search-unbounded-depth",
    "search-quadratic",
    "search-apply-precedence",
];

/// What the generator finds too seldom to wait for: the corpus has it.
const RARE: [&str; 1] = ["search-apply-precedence"];

/// Bytes of each generated input.
const BYTES: usize = 400;

/// Fresh seeds.
const START: u64 = 90_000_000;

/// Executions within which the planted bugs must fall.
const EXECUTIONS: u64 = 3_000;

fn sound() -> Box<dyn Target> {
    target("query_parser", None)
}

fn is_red(plant: &str, data: &[u8]) -> bool {
    target("query_parser", Some(plant)).run(data).violation.is_some()
}

#[test]
fn sound_inputs_are_green_and_planted_bugs_fall() {
    let sound = sound();
    let mut missing: BTreeSet<_> = OF_PARSERS.into_iter().collect();
    let mut found = BTreeMap::new();
    let (mut steps, mut checks, mut errors) = (0, 0, 0);
    for seed in START..START + EXECUTIONS {
        let data = sound.generate(seed, BYTES, None);
        take_reached();
        let report = run_checked(sound.as_ref(), &data, false);
        let reached = take_reached();
        assert_eq!(report.violation, None, "seed {seed}");
        (steps, checks, errors) = (steps + report.steps, checks + report.checks, errors + report.errors);
        for plant in reached.into_iter().filter(|plant| missing.contains(plant)) {
            if is_red(plant, &data) {
                found.insert(plant, seed - START + 1);
            }
        }
        missing.retain(|plant| !found.contains_key(plant));
    }
    tell(&format!("query_parser: {EXECUTIONS} seeds, {steps} steps, {checks} checks, {errors} refusals"));
    tell(&format!("planted bugs by the execution that found them: {found:?}"));
    missing.retain(|plant| !RARE.contains(plant));
    assert!(missing.is_empty(), "stay green: {missing:?}");
    assert!(errors > EXECUTIONS / 10 && errors < 2 * EXECUTIONS, "{errors}");
}

/// Far beyond what drivers try: an error or an answer, and no overflow.
#[test]
fn a_mebibyte_of_anything_is_survived() {
    let sound = sound();
    for head in ["qa1@", "qa2@", "ea2@"] {
        for piece in [
            "(", "-", "~", "\"", "@title:(", "(a|", "%", "a ", "w'", "{", "@num:[", "!", "abs(", "1+", "'", "\\", "a\\",
        ] {
            let data = [head.as_bytes(), &piece.as_bytes().repeat((1 << 20) / piece.len())].concat();
            let report = sound.run(&data);
            assert_eq!(report.violation, None, "{head}{piece}");
        }
    }
}

#[test]
fn the_corpus_has_all_seeds_and_shows_every_planted_bug() {
    let corpus: BTreeMap<_, _> = committed("query_parser").into_iter().collect();
    let bytes: usize = corpus.values().map(Vec::len).sum();
    assert!(bytes < 200 << 10, "{bytes} bytes");
    for seed in seeds() {
        assert_eq!(corpus.get(seed.name), Some(&seed.bytes), "{}", seed.name);
    }
    for plant in OF_PARSERS {
        let (_, data) =
            corpus.iter().find(|(_, data)| is_red(plant, data)).unwrap_or_else(|| panic!("no seed shows {plant}"));
        assert!(!data.is_empty());
    }
}

#[test]
#[ignore = "writes corpus/query_parser"]
fn regenerate_query_parser_corpus() {
    let directory = repository("corpus/query_parser");
    std::fs::create_dir_all(&directory).expect("the directory can be made");
    for seed in seeds() {
        std::fs::write(directory.join(seed.name), &seed.bytes).expect("it can be written");
    }
    let sound = sound();
    for plant in OF_PARSERS {
        let inputs = (9_000_000..9_020_000).map(|seed| sound.generate(seed, BYTES, None));
        let mut green = inputs.filter(|data| sound.run(data).violation.is_none());
        let shows = green.find(|data| is_red(plant, data)).unwrap_or_else(|| panic!("nothing turns {plant} red"));
        std::fs::write(directory.join(format!("plant-{plant}")), shows).expect("it can be written");
    }
}
