//! The decoders of the engine and of two crates, held against the reference.
use bolero as _;

use std::path::{Path, PathBuf};
use std::process::Command;

use redis_protocol::resp2::decode::decode;
use respfuzz::target::Setup;
use respfuzz::target::Target;
use respfuzz::target::resp_parser::{Known, RespParser, crossover, mutate, seeds};
use respfuzz_harness::decoders::redis_protocol::{self as redis_protocol_adapter, GUARDED_LEVELS, RedisProtocol};
use respfuzz_harness::decoders::resp_rs::{self as resp_rs_adapter, RespRs};
use respfuzz_harness::registry;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

fn committed(name: &str) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(corpus().join(name)) else { return Vec::new() };
    entries.map(|entry| std::fs::read(entry.expect("a directory entry").path()).expect("a readable input")).collect()
}

/// Seeds, mutated; the same each time.
fn mutated(count: u32) -> impl Iterator<Item = Vec<u8>> {
    let pool: Vec<Vec<u8>> = seeds().into_iter().map(|seed| seed.bytes).filter(|bytes| bytes.len() < 600).collect();
    (0..count).map(move |seed| {
        let pick = |factor: u32| &pool[seed.wrapping_mul(factor) as usize % pool.len()];
        let mut data = vec![0; 600];
        let size = if seed % 8 == 0 {
            crossover(pick(7919), pick(104_729), &mut data, seed)
        } else {
            let base = pick(7919);
            data[..base.len()].copy_from_slice(base);
            mutate(&mut data, base.len(), 600, seed, |data, size, _| {
                if let Some(byte) = data[..size].get_mut(seed as usize % size.max(1)) {
                    *byte = seed.to_le_bytes()[1];
                }
                size
            })
        };
        data.truncate(size);
        data
    })
}

#[test]
fn every_decoder_keeps_its_promise_but_for_what_is_known() {
    let targets = registry(&Setup::default()).unwrap();
    for target in targets.iter().filter(|t| t.name().starts_with("resp_parser")) {
        let mut steps = 0;
        for data in committed("resp_parser").into_iter().chain(committed(target.name())).chain(mutated(5_000)) {
            let report = target.run(&data);
            let shown = data.escape_ascii().to_string();
            assert_eq!(report.violation, None, "{}: {}", target.name(), &shown[..shown.len().min(1000)]);
            steps += report.steps;
        }
        assert!(steps > 1_000, "{}: {steps} items", target.name());
    }
}

#[test]
fn every_known_divergence_still_shows() {
    let shows = |target: &dyn Target, known: &[Known]| {
        // What is about memory shows only to a meter: tests/decoder_memory.rs.
        for entry in known.iter().filter(|entry| !entry.fingerprint.ends_with("/memory-by-length")) {
            let violation = target.run(entry.input).violation.unwrap_or_else(|| panic!("fixed? {entry:?}"));
            assert_eq!(violation.fingerprint.as_str(), entry.fingerprint);
        }
    };
    shows(&RespParser::new("redis-protocol", RedisProtocol), redis_protocol_adapter::KNOWN);
    shows(&RespParser::new("resp-rs", RespRs), resp_rs_adapter::KNOWN);
}

/// Why the adapter of `redis-protocol` has a guard: 64 KiB of `*1` end the process that decodes them.
#[test]
fn redis_protocol_overflows_the_stack() {
    let this = std::env::current_exe().expect("the path of this test");
    let child = |levels: &str| {
        let mut command = Command::new(&this);
        command.args(["--ignored", "--exact", levels]).output().expect("this test runs again").status.success()
    };
    assert!(child("decodes_as_deep_as_the_guard_allows"));
    assert!(!child("decodes_64_kib_of_nesting"), "redis-protocol got a bound: remove the guard");
}

#[test]
#[ignore = "run by redis_protocol_overflows_the_stack"]
fn decodes_as_deep_as_the_guard_allows() {
    assert!(matches!(decode(&b"*1\r\n".repeat(GUARDED_LEVELS)), Ok(None)));
}

#[test]
#[ignore = "run by redis_protocol_overflows_the_stack; ends the process"]
fn decodes_64_kib_of_nesting() {
    assert!(decode(&b"*1\r\n".repeat(16 << 10)).is_ok());
}
