//! The targets under proptest: any bytes, and bytes shaped like what a target reads. Equal seeds, equal cases.
use bolero as _;

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use respfuzz::property::{BYTES, Property, PropertyTarget};
use respfuzz::resp::{Bytes, Value};
use respfuzz::scenario::RECORD_BYTES;
use respfuzz::subject::codec::{Codec, Decoder, Item, Mode, Promise};
use respfuzz::subject::embedded::{EngineCodec as Engine, stage};
use respfuzz::target::resp_parser::{RespParser, TOKENS};
use respfuzz::target::{Setup, Target, run_checked};
use respfuzz_harness::registry;

const CASES: u32 = 512;

/// Any bytes, up to libFuzzer's default.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..4096)
}

/// A version byte and a config block, then whole records, so that removing one element removes one step.
fn records() -> impl Strategy<Value = Vec<u8>> {
    let record = any::<[u8; RECORD_BYTES]>().prop_map(Vec::from);
    (any::<[u8; 16]>(), vec(record, 0..60)).prop_map(|(config, records)| {
        let mut data = config.to_vec();
        data.extend(records.concat());
        data
    })
}

/// Pieces of RESP, with a few bytes of anything in between.
fn tokens() -> impl Strategy<Value = Vec<u8>> {
    let token = select(TOKENS).prop_map(<[u8]>::to_vec);
    vec(prop_oneof![16 => token, 1 => vec(any::<u8>(), 1..4)], 0..24).prop_map(|pieces| pieces.concat())
}

fn target(name: &str, plant: Option<&str>) -> Box<dyn Target> {
    let targets = registry(&Setup { plant: plant.map(str::to_owned) }).expect("the registry makes its targets");
    targets.into_iter().find(|target| target.name() == name).expect("the registry has the target")
}

/// Runs so many cases; the first that breaks the target's promise is shrunk. Also gives the checks of all of them.
fn check(
    target: &dyn Target,
    cases: u32,
    inputs: impl Strategy<Value = Vec<u8>>,
) -> (Result<(), TestError<Vec<u8>>>, u64) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, b"the same cases each time it runs");
    let checks = Cell::new(0);
    let outcome = TestRunner::new_with_rng(config, rng).run(&inputs, |data| {
        let report = run_checked(target, &data, false);
        checks.set(checks.get() + report.checks);
        report.violation.map_or(Ok(()), |violation| Err(TestCaseError::fail(violation.to_string())))
    });
    (outcome, checks.get())
}

fn assert_holds(name: &str, inputs: impl Strategy<Value = Vec<u8>>) {
    assert_target_holds(target(name, None).as_ref(), inputs);
}

fn assert_target_holds(target: &dyn Target, inputs: impl Strategy<Value = Vec<u8>>) {
    let name = target.name();
    let (outcome, checks) = check(target, CASES, inputs);
    if let Err(error) = outcome {
        panic!("{name}: {error}");
    }
    println!("{name}: {CASES} cases, {checks} checks");
    assert!(checks > u64::from(CASES), "{checks} checks in {CASES} cases: next to nothing ran");
}

#[test]
fn command_handler_holds_for_any_bytes() {
    assert_holds("command_handler", bytes());
}

#[test]
fn command_handler_holds_for_records() {
    assert_holds("command_handler", records());
}

#[test]
fn connection_holds_for_any_bytes() {
    assert_holds("connection", bytes());
}

#[test]
fn connection_holds_for_records() {
    assert_holds("connection", records());
}

#[test]
fn resp_parser_holds_for_any_bytes() {
    assert_holds("resp_parser", bytes());
}

#[test]
fn resp_parser_holds_for_tokens() {
    assert_holds("resp_parser", tokens());
}

#[test]
fn wal_bytes_holds_for_any_bytes() {
    assert_holds("wal_bytes", bytes());
}

/// Bytes that a law draws its keys and values from.
fn draws() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..=BYTES)
}

/// The law of that name on the embedded engine.
fn law(property: &'static Property, plant: Option<&str>) -> PropertyTarget {
    let setup = Setup { plant: plant.map(str::to_owned) };
    PropertyTarget::new(property, stage(&setup).expect("the engine opens"))
}

#[test]
fn every_property_holds_for_any_bytes() {
    for property in Property::ALL {
        assert_target_holds(&law(property, None), draws());
    }
}

/// What a broken subject's first failure shrinks to: if these pass, the properties above say nothing.
fn minimal(target: &dyn Target, inputs: impl Strategy<Value = Vec<u8>>) -> Vec<u8> {
    match check(target, 8 * CASES, inputs).0 {
        Err(TestError::Fail(_, data)) => data,
        other => panic!("a broken subject passes as sound: {other:?}"),
    }
}

#[test]
fn a_planted_bug_is_found_and_shrunk() {
    let planted = target("command_handler", Some("hset-counts-updates"));
    let data = minimal(planted.as_ref(), records());
    println!("shrunk to {} bytes, {} steps", data.len(), planted.run(&data).steps);
    assert!(data.len() <= 16 + 4 * RECORD_BYTES, "{} bytes", data.len());
}

#[test]
fn a_broken_property_is_found_and_shrunk() {
    let property = Property::by_name("hash_fields_unique").expect("it is one of them");
    let data = minimal(&law(property, Some("hset-counts-updates")), draws());
    println!("shrunk to {}", data.escape_ascii());
    // Zeros stand for the plainest choice, and the end of the bytes for more of them.
    assert!(data.iter().filter(|byte| **byte != 0).count() <= 2, "{}", data.escape_ascii());
}

/// The engine's codec, but it encodes the null of RESP2 as an empty bulk.
struct NullIsEmpty;

impl Codec for NullIsEmpty {
    fn decoder(&self, mode: Mode) -> Option<Box<dyn Decoder>> {
        Engine.decoder(mode)
    }

    fn encode(&self, mode: Mode, item: &Item) -> Option<Bytes> {
        let empty = Item::Value(Value::Bulk(Bytes::new()));
        Engine.encode(mode, if *item == Item::Value(Value::NullBulk) { &empty } else { item })
    }

    fn promise(&self, mode: Mode) -> Promise {
        Engine.promise(mode)
    }
}

#[test]
fn a_broken_codec_is_found_and_shrunk() {
    let data = minimal(&RespParser::new("broken", NullIsEmpty), tokens());
    println!("shrunk to {}", data.escape_ascii());
    assert!(data.len() <= 8, "{}", data.escape_ascii());
}
