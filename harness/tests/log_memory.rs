//! Memory that opening a log uses, by a counting allocator: a binary of its own with one test, as it counts everything.
use bolero as _;

use std::alloc::System;

use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait};
use respfuzz::subject::embedded::EngineLog;
use respfuzz::target::Target;
use respfuzz::target::resp_parser::Meter;
use respfuzz::target::wal_bytes::{WalBytes, seeds};

#[global_allocator]
static ALLOCATOR: &PeakMemAlloc<System> = &INSTRUMENTED_SYSTEM;

const METER: Meter = Meter { reset: || ALLOCATOR.reset_peak_memory(), peak: || ALLOCATOR.get_peak_memory() };

#[test]
fn memory_follows_the_files() {
    let sound = WalBytes::new("wal_bytes", EngineLog::new()).metered(METER);
    for seed in seeds() {
        assert_eq!(sound.run(&seed.bytes).violation, None, "{}", seed.name);
    }
    let planted = EngineLog::planted("wal-length-believed").expect("the plant is there");
    let planted = WalBytes::new("wal_bytes", planted).metered(METER);
    let found = seeds().iter().find_map(|seed| planted.run(&seed.bytes).violation);
    let found = found.expect("a length that is believed takes memory");
    assert!(found.fingerprint.as_str().ends_with("/memory-by-length"), "{found}");
}
