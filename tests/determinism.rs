//! The same seeds in two processes, in unlike surroundings, give the same event hashes; what depends on the process or
//! the moment does not.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `respfuzz simulate` with these settings in the environment, and nothing else.
fn simulate(directory: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_respfuzz"));
    command.args(["simulate", "--target", "command_handler"]).args(arguments);
    command.env_clear().envs(settings.iter().copied()).current_dir(directory);
    command.output().expect("respfuzz runs")
}

/// The last line, with the hash over all runs.
fn totals(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default().to_owned();
    assert!(last.contains(", hash "), "{text}{}", String::from_utf8_lossy(&output.stderr));
    last
}

#[test]
fn equal_seeds_give_equal_hashes_in_another_process() {
    let directory = tempfile::tempdir().expect("a directory");
    let seeds = ["--seeds", "9000..9300"];
    let here = simulate(Path::new("."), &[("LANG", "C"), ("TZ", "UTC")], &seeds);
    // More environment moves the stack; another directory, language and time zone must not be seen.
    let ballast = "x".repeat(20_000);
    let settings = [("LANG", "tr_TR.UTF-8"), ("TZ", "Pacific/Chatham"), ("RUST_BACKTRACE", "1"), ("BALLAST", &ballast)];
    let there = simulate(directory.path(), &settings, &seeds);
    assert_eq!(totals(&here), totals(&there));
    assert!(here.status.success());
}

#[test]
#[cfg(feature = "planted")]
fn a_random_order_and_a_clock_turn_it_red() {
    for plant in ["keys-in-random-order", "keys-rotated-by-wall-clock"] {
        let arguments = ["--seeds", "9000..9300", "--plant", plant];
        let (first, second) = (simulate(Path::new("."), &[], &arguments), simulate(Path::new("."), &[], &arguments));
        assert_ne!(totals(&first), totals(&second), "{plant}: two processes agree");
        assert_eq!(first.status.code(), Some(1), "{plant}");
        let report = String::from_utf8_lossy(&first.stdout).into_owned();
        assert!(report.contains("hash/run/same/different"), "{plant}: another oracle saw it\n{report}");
    }
}
