//! `cargo afl fuzz ... target/release/afl_command_handler`.

use respfuzz_harness::{driver, registry};

fn main() {
    driver::start(registry, "command_handler");
    afl::fuzz!(|data: &[u8]| driver::run(data));
}
