//! `cargo afl fuzz ... target/release/afl_wal_bytes`.

use respfuzz_harness::{driver, registry};

fn main() {
    driver::start(registry, "wal_bytes");
    afl::fuzz!(|data: &[u8]| driver::run(data));
}
