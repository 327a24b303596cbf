//! The `respfuzz` command over the embedded engine.

use std::process::ExitCode;

fn main() -> ExitCode {
    respfuzz::cli::main(respfuzz::subject::embedded::registry)
}
