//! A find: shrunk, written in every form, printed.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::console::paint;
use super::{CliError, write_file};
use crate::oracle::{Fingerprint, Violation};
use crate::report::Failure;
use crate::scenario::text;
use crate::shrink::{Judge, Shrunk, redis_cli_script, rust_test, shrink};
use crate::target::Input;

/// Where the forms of a find go: `STEM.bin`, `STEM.scenario`, `STEM.redis`, `STEM.rs`.
pub(super) fn write(stem: &Path, shrunk: &Shrunk) -> Result<PathBuf, CliError> {
    if let Some(dir) = stem.parent() {
        std::fs::create_dir_all(dir)
            .map_err(|error| CliError::CannotRun(format!("cannot make {}: {error}", dir.display())))?;
    }
    let Some(scenario) = &shrunk.scenario else {
        let path = with(stem, "min.bin");
        write_file(&path, &shrunk.data)?;
        return Ok(path);
    };
    let comment: String = shrunk.violation.to_string().lines().map(|line| format!("# {line}\n")).collect();
    let path = with(stem, "scenario");
    write_file(&path, format!("{comment}{}", text::print(scenario)).as_bytes())?;
    write_file(&with(stem, "redis"), redis_cli_script(scenario, &shrunk.violation).as_bytes())?;
    write_file(&with(stem, "rs"), rust_test(scenario, &shrunk.violation).as_bytes())?;
    Ok(path)
}

/// Writes a find as a text scenario alone; what takes raw bytes has none.
pub(super) fn write_scenario(path: &Path, shrunk: &Shrunk) -> Result<(), CliError> {
    match &shrunk.scenario {
        Some(scenario) => write_file(path, text::print(scenario).as_bytes()),
        None => Ok(()),
    }
}

/// `STEM.EXTENSION`, whatever dots the stem has: an input next to it is never overwritten.
fn with(stem: &Path, extension: &str) -> PathBuf {
    let mut path = stem.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
    path.into()
}

/// A path as seen from here, where it is below.
pub(super) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// What broke, shrunk if it shows again.
pub(super) fn shrunk(
    data: &[u8],
    input: Input,
    judge: &mut dyn Judge,
    (violation, seed, replay): (&Violation, Option<u64>, String),
) -> Failure {
    match shrink(data, input, judge) {
        Some(shrunk) => Failure::of(&shrunk, seed, replay),
        None => Failure::unshrunk(violation, seed, replay),
    }
}

/// What is left of a find that does not show again.
pub(super) fn unstable(fingerprint: Fingerprint) -> Violation {
    Violation {
        oracle: fingerprint.oracle(),
        step: 0,
        command: String::new(),
        observed: "it did not show again in a worker process: the subject is not deterministic, or it depends on what \
                   ran before in the same process"
            .into(),
        expected: "the same each time the same bytes are run".into(),
        fingerprint,
        as_sent: Default::default(),
        dispute: None,
    }
}

/// A failure as every command prints it, after an empty line: which command or file, how long it took, and the rest.
pub(super) fn print(failure: &Failure, name: &str, millis: u64) {
    println!("\n{}", failure.block(name, millis, paint(std::io::stdout().is_terminal())).trim_end());
}
