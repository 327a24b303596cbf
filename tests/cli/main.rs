//! The built command: each subcommand's good case, its failing case and its bad input.
#![cfg(feature = "planted")]

mod bank;
mod commands;
mod html;
mod hunt;
mod known;
mod load;
mod lockstep;
mod reports;
mod schema;
mod suite;
mod terminal;

use std::path::Path;
use std::process::{Command, Output};

fn respfuzz(args: &[&str]) -> Output {
    respfuzz_in(Path::new("."), args)
}

fn respfuzz_in(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_respfuzz")).args(args).current_dir(dir).output().expect("the command starts")
}

#[track_caller]
fn assert_exit(output: &Output, code: i32, wanted: &[&str]) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{text}");
    for part in wanted {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    text
}

/// The command behind `replay: respfuzz`, run again.
#[track_caller]
fn replayed(dir: &Path, text: &str) -> Output {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("replay: respfuzz ")).expect("a replay line");
    respfuzz_in(dir, &line.split(' ').collect::<Vec<_>>())
}

/// Bad input gives one clear line and exit code 2.
#[track_caller]
fn assert_usage(args: &[&str], wanted: &str) {
    let output = respfuzz(args);
    let text = assert_exit(&output, 2, &[wanted]);
    assert!(text.starts_with("error: ") && text.lines().count() <= 1, "not one line:\n{text}");
    assert!(output.stdout.is_empty());
}

/// A plant whose bug shows in one step.
const PLANT: &str = "ltrim-leaves-empty";

#[test]
fn simulate_holds_without_a_plant_and_says_what_it_did() {
    let output = respfuzz(&["simulate", "--seeds", "50"]);
    assert_exit(&output, 0, &["50 seeds from 0", "0 distinct divergences", "hash "]);
}

#[test]
fn simulate_finds_shrinks_and_replays_a_plant() {
    let output = respfuzz(&["simulate", "--seeds", "300", "--plant", PLANT, "--stop-at-first"]);
    let text =
        assert_exit(&output, 1, &["FAIL [seed=", "LTRIM", "expected:", "observed:", "replay: respfuzz simulate"]);
    assert_exit(&replayed(Path::new("."), &text), 1, &["LTRIM"]);
}

#[test]
fn an_empty_run_is_no_pass() {
    assert_exit(&respfuzz(&["simulate", "--seeds", "5..5"]), 2, &["a range A..B that is not empty"]);
}

#[test]
fn asm_disasm_replay_and_minimize_work_on_one_scenario() {
    let dir = tempfile::tempdir().unwrap();
    let text =
        "respfuzz scenario 1\nc0> PING\nc1> RPUSH l0 a\nc1> LTRIM l0 1 0\nc2> SET s0 x\nc1> EXISTS l0\nc0> PING\n";
    std::fs::write(dir.path().join("a.scenario"), text).unwrap();
    let run = |args: &[&str]| respfuzz_in(dir.path(), args);
    assert_exit(&run(&["asm", "a.scenario", "-o", "a.bin"]), 0, &[]);
    assert_eq!(String::from_utf8_lossy(&run(&["disasm", "a.bin"]).stdout), text);
    assert_exit(&run(&["replay", "a.bin"]), 0, &["PASS a.bin"]);
    assert_exit(&run(&["replay", "a.scenario", "--plant", PLANT]), 1, &["FAIL a.scenario", "expected:", "observed:"]);
    assert_exit(&run(&["minimize", "a.scenario"]), 0, &["nothing to minimize"]);
    assert_exit(&run(&["minimize", "a.bin", "--plant", PLANT]), 1, &["shrunk to 2 steps", "replay: respfuzz replay"]);
    for form in ["a.min.scenario", "a.min.redis", "a.min.rs"] {
        assert!(dir.path().join(form).is_file(), "{form} was not written");
    }
    let replayed = run(&["replay", "a.min.scenario", "--plant", PLANT]);
    assert_exit(&replayed, 1, &["c0> RPUSH l0 0"]);
}

#[test]
fn bad_input_gives_one_clear_line() {
    let dir = tempfile::tempdir().unwrap();
    let damaged = dir.path().join("damaged.scenario");
    std::fs::write(&damaged, "respfuzz scenario 1\nc0> GET k\nfly away\n").unwrap();
    let damaged = damaged.to_str().unwrap();
    assert_usage(&["simulate", "--target", "nope"], "no target is called `nope`; there are: command_handler");
    assert_usage(&["simulate", "--plant", "nope"], "no planted bug is called `nope`");
    assert_usage(&["replay", "no/such/file"], "no/such/file: ");
    assert_usage(&["replay", damaged], "line 3: `fly away` is not a step");
    assert_usage(&["asm", damaged], "line 3: `fly away` is not a step");
    assert_usage(&["oracle", "--redis", "127.0.0.1:1"], "cannot connect to 127.0.0.1:1");
    assert_usage(&["oracle", "--redis", "nonsense"], "--redis: ");
    assert_usage(&["fuzz", "--manifest-path", "no/such/Cargo.toml"], "no/such/Cargo.toml: ");
    assert_usage(&["fuzz", "--target", "nope"], "no fuzz target is called `nope`");
}

#[test]
fn fuzz_outside_a_checkout_names_the_next_step() {
    let dir = tempfile::tempdir().unwrap();
    assert_exit(&respfuzz_in(dir.path(), &["fuzz"]), 2, &["no fuzz/Cargo.toml here or above", "--manifest-path"]);
}

#[test]
fn targets_and_plants_are_listed() {
    assert_exit(&respfuzz(&["targets"]), 0, &["command_handler"]);
    assert_exit(&respfuzz(&["plants"]), 0, &[PLANT]);
}

/// `respfuzz serve --engine` on a unix socket, with more arguments; ended on drop.
struct Served {
    child: std::process::Child,
    address: String,
    _dir: tempfile::TempDir,
}

impl Served {
    fn start(more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("s.sock");
        let (keys, socket) = (dir.path().join("keys"), socket.to_str().unwrap().to_owned());
        let args = ["serve", "--engine", "--fsync", "no", "--dir", keys.to_str().unwrap(), "--unix", &socket];
        let mut command = Command::new(env!("CARGO_BIN_EXE_respfuzz"));
        let mut child = command.args(args).args(more).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let out = child.stdout.as_mut().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
        assert!(line.starts_with("listening on "), "{line}");
        Served { child, address: format!("unix:{socket}"), _dir: dir }
    }

    /// For `--redis`.
    fn address(&self) -> &str {
        &self.address
    }

    /// For `--subject`.
    fn subject(&self) -> &str {
        &self.address
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
