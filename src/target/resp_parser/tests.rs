//! The seeds, the reference against itself, and the committed files.

use std::path::{Path, PathBuf};

use super::*;
use crate::resp::{Decoded, Limits, Protocol, decode_request, decode_value};
use crate::subject::codec::Reference;

mod planted;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// A generator of inputs for these tests: seeds, mutated again and again, and now and then random bytes.
pub(super) fn inputs(count: u32) -> impl Iterator<Item = Vec<u8>> {
    let mut pool: Vec<Vec<u8>> = seeds().into_iter().map(|seed| seed.bytes).filter(|bytes| bytes.len() < 600).collect();
    let random = |seed: u32, len: usize| -> Vec<u8> {
        (0..len).map(|i| XxHash3_64::oneshot_with_seed(u64::from(seed), &i.to_le_bytes()) as u8).collect()
    };
    (0..count).map(move |seed| {
        if seed % 50 == 0 {
            return random(seed, seed as usize % 97);
        }
        let pick = |salt: u64| XxHash3_64::oneshot_with_seed(salt, &seed.to_le_bytes()) as usize;
        let index = pick(1) % pool.len();
        let mut data = vec![0; 600];
        let size = if seed % 7 == 0 {
            let other = &pool[pick(2) % pool.len()];
            crossover(&pool[index], other, &mut data, seed)
        } else {
            let size = pool[index].len();
            data[..size].copy_from_slice(&pool[index]);
            mutate(&mut data, size, 600, seed, |data, size, _| {
                if let Some(byte) = data[..size].get_mut(pick(3) % size.max(1)) {
                    *byte = pick(4) as u8;
                }
                size
            })
        };
        data.truncate(size);
        if seed % 3 == 0 {
            pool[index] = data.clone(); // So that mutations pile up.
        }
        data
    })
}

#[test]
fn the_reference_is_green() {
    let target = RespParser::new("resp_parser", Reference::default());
    let (mut steps, mut errors) = (0, 0);
    for data in seeds().into_iter().map(|seed| seed.bytes).chain(inputs(20_000)) {
        let report = target.run(&data);
        assert_eq!(report.violation, None, "{}", data.escape_ascii());
        assert!(report.checks > 0 || data.is_empty());
        (steps, errors) = (steps + report.steps, errors + report.errors);
    }
    // The inputs are worth something: values and errors both come up often.
    assert!(steps > 20_000 && errors > 5_000, "{steps} items, {errors} errors");
}

#[test]
fn the_hash_is_a_function_of_the_bytes() {
    let target = RespParser::new("resp_parser", Reference::default());
    let hashes: std::collections::BTreeSet<u64> = seeds().iter().map(|seed| target.run(&seed.bytes).hash).collect();
    assert_eq!(target.run(b"2+OK\r\n"), target.run(b"2+OK\r\n"));
    // Seeds without items share the hash of nothing.
    assert!(hashes.len() > 50, "{} different hashes", hashes.len());
}

#[test]
fn each_seed_shows_what_it_was_made_for() {
    let limits = Limits::REDIS;
    for seed in seeds() {
        let (mode, mut rest) = seed.bytes.split_first().expect("a mode byte");
        let protocol = if *mode == b'3' { Protocol::Resp3 } else { Protocol::Resp2 };
        let mut items = 0;
        let shows = loop {
            if *mode == b'q' {
                match decode_request(rest, &limits) {
                    Decoded::Complete { value, consumed } => {
                        items += usize::from(!value.is_empty());
                        rest = &rest[consumed..];
                    }
                    Decoded::Incomplete => {
                        break if rest.is_empty() { Shows::Items(items) } else { Shows::Incomplete(items) };
                    }
                    Decoded::Error(error) => break Shows::Refused(items, error),
                }
            } else {
                match decode_value(rest, protocol, &limits) {
                    Decoded::Complete { consumed, .. } => {
                        items += 1;
                        rest = &rest[consumed..];
                    }
                    Decoded::Incomplete => {
                        break if rest.is_empty() { Shows::Items(items) } else { Shows::Incomplete(items) };
                    }
                    Decoded::Error(error) => break Shows::Fault(items, error.kind),
                }
            }
        };
        assert_eq!(shows, seed.shows, "{}", seed.name);
    }
}

#[test]
fn seeds_are_named_once_in_kebab_case() {
    let mut names: Vec<_> = seeds().iter().map(|seed| seed.name).collect();
    assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')));
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// If this fails, the list in the code and the files differ: `cargo test -p respfuzz -- --ignored write_resp_corpus`.
#[test]
fn committed_seeds_and_dictionary_are_those_of_the_code() {
    for seed in seeds() {
        let path = root().join("corpus/resp_parser").join(seed.name);
        let committed = std::fs::read(&path).unwrap_or_default();
        assert!(committed == seed.bytes, "{} is not what the code makes", path.display());
    }
    let committed = std::fs::read_to_string(root().join("dictionaries/resp_parser.dict")).unwrap_or_default();
    assert_eq!(committed, dictionary());
    assert!(TOKENS.iter().all(|token| (1..=32).contains(&token.len())));
}

/// Inputs that were found rather than made lie in the same directory: they must at least be green.
#[test]
fn every_committed_input_is_green() {
    let target = RespParser::new("resp_parser", Reference::default());
    for entry in std::fs::read_dir(root().join("corpus/resp_parser")).expect("the corpus is there") {
        let path = entry.expect("a directory entry").path();
        let data = std::fs::read(&path).expect("a readable input");
        assert_eq!(target.run(&data).violation, None, "{}", path.display());
    }
}

/// Writes the files from the code.
#[test]
#[ignore = "writes into the source tree"]
fn write_resp_corpus() {
    let corpus = root().join("corpus/resp_parser");
    std::fs::create_dir_all(&corpus).expect("corpus/resp_parser can be made");
    for seed in seeds() {
        std::fs::write(corpus.join(seed.name), &seed.bytes).expect("a seed can be written");
    }
    std::fs::create_dir_all(root().join("dictionaries")).expect("dictionaries/ can be made");
    std::fs::write(root().join("dictionaries/resp_parser.dict"), dictionary()).expect("the dictionary can be written");
}
