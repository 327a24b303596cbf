//! `cargo afl fuzz ... target/release/afl_streaming`.

use respfuzz_harness::{driver, registry};

fn main() {
    driver::start(registry, "streaming");
    afl::fuzz!(|data: &[u8]| driver::run(data));
}
