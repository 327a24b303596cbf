//! `cargo afl fuzz ... target/release/afl_search`.

use respfuzz_harness::{driver, registry};

fn main() {
    driver::start(registry, "search");
    afl::fuzz!(|data: &[u8]| driver::run(data));
}
