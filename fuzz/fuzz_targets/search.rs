//! `cargo fuzz run search`, `respfuzz fuzz --target search`.
#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use respfuzz_harness::{driver, registry};

fuzz_target!(init: driver::start(registry, "search"), |data: &[u8]| driver::run(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    driver::mutate(data, size, max_size, seed, &mut fuzzer_mutate)
});

fuzz_crossover!(|a: &[u8], b: &[u8], out: &mut [u8], seed: u32| { driver::crossover(a, b, out, seed) });
