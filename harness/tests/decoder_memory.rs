//! Memory that decoders use, by a counting allocator: a binary of its own with one test, as it counts everything.
use bolero as _;

use std::alloc::System;

use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait};
use respfuzz::subject::codec::{Codec, Reference};
use respfuzz::subject::embedded::EngineCodec as Engine;
use respfuzz::target::Target;
use respfuzz::target::resp_parser::{Known, Meter, RespParser, seeds};
use respfuzz_harness::decoders::redis_protocol::{KNOWN, RedisProtocol};
use respfuzz_harness::decoders::resp_rs::{KNOWN as RESP_RS_KNOWN, RespRs};

#[global_allocator]
static ALLOCATOR: &PeakMemAlloc<System> = &INSTRUMENTED_SYSTEM;

const METER: Meter = Meter { reset: || ALLOCATOR.reset_peak_memory(), peak: || ALLOCATOR.get_peak_memory() };

fn assert_bounded(codec: impl Codec, known: &'static [Known]) {
    let target = RespParser::new("metered", codec).metered(METER).known(known);
    for seed in seeds() {
        assert_eq!(target.run(&seed.bytes).violation, None, "{}", seed.name);
    }
}

#[test]
fn memory_follows_the_data() {
    assert_bounded(Reference::default(), &[]);
    assert_bounded(Engine, &[]);
    assert_bounded(RespRs, RESP_RS_KNOWN);
    assert_bounded(RedisProtocol, KNOWN);
    let metered = RespParser::new("metered", RedisProtocol).metered(METER);
    for entry in KNOWN.iter().filter(|entry| entry.fingerprint.ends_with("/memory-by-length")) {
        let violation = metered.run(entry.input).violation.unwrap_or_else(|| panic!("fixed? {entry:?}"));
        assert_eq!(violation.fingerprint.as_str(), entry.fingerprint);
    }
}
