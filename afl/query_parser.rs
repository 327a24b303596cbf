//! `cargo afl fuzz ... target/release/afl_query_parser`.

use respfuzz_harness::{driver, registry};

fn main() {
    driver::start(registry, "query_parser");
    afl::fuzz!(|data: &[u8]| driver::run(data));
}
