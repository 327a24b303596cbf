//! Memory that recovery takes, by a counting allocator: a binary of its own with one test, as it counts everything.

mod support;

use std::alloc::System;

use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait};
use respfuzz_engine::Config;
use support::{Disk, Setup};

#[global_allocator]
static ALLOCATOR: &PeakMemAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The most memory that it takes to open a log whose last record claims to be very long.
fn peak(config: Config) -> usize {
    let setup = Setup { config, ..Setup::new() };
    let mut rig = setup.open(Disk::default()).expect("an empty disk");
    rig.run("SET k 1");
    let mut disk = rig.crashed();
    disk.edit(&disk.last_segment(), |bytes| bytes[24 + 3] = 0x20);
    ALLOCATOR.reset_peak_memory();
    setup.open(disk).expect("a torn end");
    ALLOCATOR.get_peak_memory()
}

#[test]
fn memory_follows_the_data() {
    assert!(peak(Config::default()) < 1 << 20);
    #[cfg(feature = "planted")]
    assert!(peak(Config { plant: Some(respfuzz_engine::Plant::WalLengthBelieved), ..Config::default() }) > 1 << 28);
}
