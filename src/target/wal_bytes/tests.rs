//! The seeds, the format, and logs of a sound engine.

use std::path::{Path, PathBuf};

use super::*;
use crate::subject::embedded::EngineLog;
use crate::subject::log::RawFile;

fn target() -> WalBytes<EngineLog> {
    WalBytes::new("wal_bytes", EngineLog::new())
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/wal_bytes")
}

#[test]
fn any_bytes_are_an_input_and_inputs_are_bytes() {
    for seed in seeds() {
        assert_eq!(Input::decode(&seed.bytes).encode(), seed.bytes, "{}", seed.name);
    }
    for data in [&b""[..], b"g", b"gx", b"g\x01\x08abc", b"\xff", b"P"] {
        let input = Input::decode(data);
        assert_eq!(Input::decode(&input.encode()), input);
    }
}

#[test]
fn each_seed_is_refused_or_not() {
    let target = target();
    let mut wrong = Vec::new();
    for seed in seeds() {
        let report = target.run(&seed.bytes);
        assert_eq!(report.violation, None, "{}", seed.name);
        assert!(report.steps > 10 && report.checks > 2, "{}", seed.name);
        if (report.errors == 1) != seed.is_refused {
            wrong.push(seed.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn what_is_known_of_the_format_is_all_that_is_written() {
    for seed in seeds() {
        let Input::Generated { settings: byte, scenario, .. } = Input::decode(&seed.bytes) else { continue };
        let history = History::write(&EngineLog::new(), &settings(byte), &decode(&scenario));
        let history = history.unwrap_or_else(|finding| panic!("{}: {}", seed.name, Violation::from(finding)));
        let known: usize = history.parts.iter().map(|part| part.at.len()).sum();
        assert_eq!(known, history.image.len(), "{}", seed.name);
        let mut fixed = history.image.clone();
        EngineLog::new().fix_checksums(&mut fixed);
        assert!(fixed == history.image, "{}: right checksums were changed", seed.name);
    }
}

#[test]
fn generated_and_mutated_inputs_hold() {
    let target = target();
    let (mut refused, mut steps, mut red) = (0, 0, Vec::new());
    for seed in 0..400 {
        let mut data = target.generate(seed, 600, None);
        let size = data.len();
        let max_size = size.max(4096);
        data.resize(max_size, 0);
        let size = target.mutate(&mut data, size, max_size, seed as u32, &mut |bytes, size, _| {
            bytes[..size].iter_mut().take(3).for_each(|byte| *byte = byte.rotate_left(3) ^ seed as u8);
            size
        });
        let report = target.run(&data[..size]);
        red.extend(report.violation.iter().map(|violation| format!("seed {seed}: {violation}")));
        assert_eq!(report, target.run(&data[..size]), "seed {seed}");
        refused += report.errors;
        steps += report.steps;
    }
    assert!(red.is_empty(), "{} of 400\n{}", red.len(), red.join("\n"));
    assert!(refused > 50 && steps > 2000, "{refused} refused, {steps} steps");
}

/// The planted bugs that need no crash to show: those of replaying, and of reading what was damaged.
#[cfg(feature = "planted")]
const FOUND: [&str; 16] = [
    "wal-crc-unchecked",
    "wal-crc-without-length",
    "wal-torn-tail-accepted",
    "wal-zeros-accepted",
    "wal-hole-skipped",
    "wal-acks-before-write",
    "wal-last-record-twice",
    "wal-expires-from-now",
    "wal-expiry-unlogged",
    "wal-served-unlogged",
    "wal-database-forgotten",
    "wal-randomness-forgotten",
    "wal-torn-tail-stays",
    "snapshot-overlap-replayed",
    "snapshot-drops-deadlines",
    "snapshot-forgets-encodings",
];

#[cfg(feature = "planted")]
#[test]
fn planted_bugs_turn_it_red() {
    use crate::subject::embedded::registry;
    use crate::target::Setup;
    let generated = (0..100).map(|seed| target().generate(seed, 600, None));
    let inputs: Vec<Vec<u8>> = seeds().into_iter().map(|seed| seed.bytes).chain(generated).collect();
    let mut missed = Vec::new();
    for name in FOUND {
        let targets = registry(&Setup { plant: Some(name.to_owned()) }).expect("the registry has the plant");
        let planted = targets.iter().find(|target| target.name() == "wal_bytes").expect("the target");
        match inputs.iter().enumerate().find_map(|(at, data)| Some((at, planted.run(data).violation?))) {
            Some((at, violation)) => println!("{name}: input {at}, {}", violation.fingerprint),
            None => missed.push(name),
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

/// If this fails, the list in the code and the files differ: `cargo test -p respfuzz -- --ignored write_wal_corpus`.
#[test]
fn committed_seeds_are_those_of_the_code() {
    for seed in seeds() {
        let path = corpus().join(seed.name);
        let committed = std::fs::read(&path).unwrap_or_default();
        assert!(committed == seed.bytes, "{} is not what the code makes", path.display());
    }
}

/// Inputs that were found rather than made lie in the same directory: they must at least be green.
#[test]
fn every_committed_input_is_green() {
    let target = target();
    for entry in std::fs::read_dir(corpus()).expect("the corpus is there") {
        let path = entry.expect("a directory entry").path();
        let data = std::fs::read(&path).expect("a readable input");
        assert_eq!(target.run(&data).violation, None, "{}", path.display());
    }
}

/// Writes the seeds, and whole files of the log that they make.
#[test]
#[ignore = "writes into the source tree"]
fn write_wal_corpus() {
    std::fs::create_dir_all(corpus()).expect("corpus/wal_bytes can be made");
    let write = |name: &str, bytes: &[u8]| std::fs::write(corpus().join(name), bytes).expect("a seed can be written");
    let log = EngineLog::new();
    for seed in seeds() {
        write(seed.name, &seed.bytes);
        let Input::Generated { settings: byte, scenario, .. } = Input::decode(&seed.bytes) else { continue };
        let file = match seed.name {
            "unchanged-one-segment" => RawFile::Segment,
            "unchanged-snapshots" => RawFile::Snapshot,
            _ => continue,
        };
        let history = History::write(&log, &settings(byte), &decode(&scenario));
        let history = history.unwrap_or_else(|finding| panic!("{}", Violation::from(finding)));
        let content = history.image.files.iter().find(|(name, _)| log.kind(name) == Some(file));
        let (_, bytes) = content.expect("the log has such a file");
        for is_fixed in [false, true] {
            let name = format!("{file:?}-{}", if is_fixed { "fixed" } else { "whole" }).to_lowercase();
            write(&name, &Input::Raw { file, is_fixed, bytes: bytes.to_vec() }.encode());
        }
    }
}
