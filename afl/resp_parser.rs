//! `cargo afl fuzz ... target/release/afl_resp_parser`.

use respfuzz_harness::{driver, registry};

fn main() {
    driver::start(registry, "resp_parser");
    afl::fuzz!(|data: &[u8]| driver::run(data));
}
