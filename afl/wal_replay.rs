//! `cargo afl fuzz ... target/release/afl_wal_replay`.

use respfuzz_harness::{driver, registry};

fn main() {
    driver::start(registry, "wal_replay");
    afl::fuzz!(|data: &[u8]| driver::run(data));
}
