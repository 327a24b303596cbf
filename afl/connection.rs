//! `cargo afl fuzz ... target/release/afl_connection`.

use respfuzz_harness::{driver, registry};

fn main() {
    driver::start(registry, "connection");
    afl::fuzz!(|data: &[u8]| driver::run(data));
}
