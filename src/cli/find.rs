//! A find: shrunk, written in every form, printed.

use std::path::{Path, PathBuf};

use super::{CliError, write_file};
use crate::oracle::Violation;
use crate::report::Failure;
use crate::scenario::text;
use crate::shrink::{Shrunk, redis_cli_script, rust_test};

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

/// What a person wants to see: the commands to paste, what came and what should have come, how to see it again.
pub(super) fn told(failure: &Failure) -> String {
    format!("\nDIVERGENCE {}\n{}\n", failure.fingerprint, failure.text())
}

/// A find that was shrunk, if it shows again; else as it was.
pub(super) fn failure(shrunk: Option<Shrunk>, violation: &Violation, seed: Option<u64>, replay: String) -> Failure {
    match shrunk {
        Some(shrunk) => Failure::of(&shrunk, seed, replay),
        None => Failure::unshrunk(violation, seed, replay),
    }
}

/// A find that could not be shrunk, because it does not show again.
pub(super) fn told_unstable(path: &Path) -> String {
    let why = "the subject is not deterministic, or it depends on what ran before in the same process";
    format!("\nDIVERGENCE that did not show again in a worker process: {}\n  {why}\n", path.display())
}

/// One line each, for runs that are judged without shrinking.
pub(super) fn print_violation(violation: &Violation) {
    indent(&violation.to_string());
}

fn indent(text: &str) {
    for line in text.lines() {
        println!("    {line}");
    }
}
