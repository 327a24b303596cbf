//! Good case, planted failing case and bad input of the commands that have no file of their own.

use std::fs;
use std::path::Path;

use super::{PLANT, Served, assert_exit, assert_usage, replayed, respfuzz, respfuzz_in};

const SPEC: &str = "version: 1
invariants:
  - {name: set_get_roundtrip, description: d, category: strings, severity: critical, iterations: 80}
scenarios:
  - {name: lists, description: d, category: lists, severity: high, operations: [RPUSH, LTRIM, EXISTS], iterations: 2000}
";

/// The engine keeps what it has acknowledged before it was synced: a crash shows that.
const LOSSY: &str = "wal-acks-before-sync";

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine.yaml"), SPEC).unwrap();
    dir
}

#[test]
fn full_and_scenarios_run_a_spec() {
    let dir = folder();
    let run = |args: &[&str]| respfuzz_in(dir.path(), args);
    assert_exit(
        &run(&["full", "--quick", "--spec", "mine.yaml"]),
        0,
        &["PASS set_get_roundtrip", "3 passed, 0 failed"],
    );
    assert_exit(&run(&["scenarios", "--spec", "mine.yaml", "--seeds", "50"]), 0, &["PASS lists", "1 passed"]);
    for command in [&["full", "--quick"][..], &["scenarios"]] {
        let failed = run(&[command, &["--spec", "mine.yaml", "--plant", PLANT]].concat());
        let text = assert_exit(&failed, 1, &["FAIL [seed=", "] lists (", "LTRIM", "replay: respfuzz scenarios"]);
        assert_exit(&replayed(dir.path(), &text), 1, &["] lists (", "1 failed"]);
    }
    assert_exit(
        &run(&["scenarios", "--spec", "mine.yaml", "--filter", "nope"]),
        3,
        &["no scenario's name contains `nope`"],
    );
}

#[test]
fn chaos_finds_what_a_crash_loses() {
    let dir = tempfile::tempdir().unwrap();
    let chaos = ["chaos", "--target", "wal_replay", "--faults", "process.crash", "--seeds", "60"];
    let run = |args: &[&str]| respfuzz_in(dir.path(), args);
    assert_exit(&run(&chaos), 0, &["process.crash", "delivered ", " 0 failed, hash "]);
    let lost = run(&[&chaos[..], &["--plant", LOSSY]].concat());
    let text = assert_exit(&lost, 1, &["FAIL [seed=", "] chaos (", "durability: ", "replay: respfuzz replay chaos-"]);
    assert_exit(&replayed(dir.path(), &text), 1, &["FAIL chaos-", "durability: "]);
    assert_usage(&["chaos", "--faults", "process.crash"], "process.crash cannot come to command_handler");
    assert_exit(&run(&["chaos", "--faults", "nope"]), 2, &["nope"]);
}

#[test]
fn crashes_tries_them_all() {
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/everyday.scenario");
    let dir = tempfile::tempdir().unwrap();
    fs::copy(scenario, dir.path().join("e.scenario")).unwrap();
    let crashes = ["crashes", "e.scenario", "--target", "wal_replay", "--once"];
    let run = |args: &[&str]| respfuzz_in(dir.path(), args);
    assert_exit(&run(&crashes), 0, &["crash images", "PASS e.scenario"]);
    let lost = run(&[&crashes[..], &["--plant", "wal-multi-split"]].concat());
    let text = assert_exit(
        &lost,
        1,
        &["FAIL e.scenario (", "durability: ", "power is lost after", "replay: respfuzz crashes"],
    );
    assert_exit(&replayed(dir.path(), &text), 1, &["FAIL e.min.scenario (", "durability: "]);
    assert_usage(&["crashes", scenario], "try `--target wal_replay`");
    assert_usage(&["crashes", "no/such/file"], "no/such/file: ");
}

#[test]
fn faults_are_listed_and_counted() {
    assert_exit(&respfuzz(&["faults", "--list"]), 0, &["process.crash", "(wal_replay"]);
    // So few seeds do not bring every fault, and that is no pass.
    assert_exit(&respfuzz(&["faults", "--seeds", "1"]), 3, &["delivered", "never delivered: "]);
    assert_exit(&respfuzz(&["faults", "--seeds", "x"]), 2, &["a number of seeds"]);
}

#[test]
fn the_oracle_holds_the_model_against_a_server() {
    let sound = Served::start(&[]);
    let oracle = ["oracle", "--redis", sound.address(), "--seeds", "30"];
    assert_exit(&respfuzz(&oracle), 0, &["0 distinct divergences", "comparisons"]);
    let wrong = Served::start(&["--plant", PLANT]);
    let oracle =
        |more: &[&str]| respfuzz(&[&["oracle", "--families", "lists", "--seeds", "200", "--flush"], more].concat());
    let text =
        assert_exit(&oracle(&["--redis", wrong.address()]), 1, &["FAIL [seed=", "] oracle (", "LTRIM", "observed:"]);
    assert_exit(&replayed(Path::new("."), &text), 1, &["FAIL [seed="]);
    // Two servers, step by step: who is wrong is named, and what both do is no news.
    let against = oracle(&["--redis", sound.address(), "--against", wrong.address()]);
    assert_exit(
        &against,
        1,
        &[" disagrees with the model and with ", "the other server: as the model", "states compared"],
    );
    let other = Served::start(&["--plant", PLANT]);
    let both = oracle(&["--redis", other.address(), "--against", wrong.address()]);
    assert_exit(&both, 0, &["0 distinct divergences"]);
    let json = oracle(&["--redis", wrong.address(), "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(report["divergences"][0]["script"].as_array().is_some_and(|script| !script.is_empty()), "{report}");
}

#[test]
fn replay_draws_from_a_seed_for_each_target() {
    let listed = respfuzz(&["targets"]);
    let listed = assert_exit(&listed, 0, &["wal_bytes"]);
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.len() >= 8, "{names:?}");
    for name in names.into_iter().chain(["property/set_get_roundtrip"]) {
        let output = respfuzz(&["replay", "--seed", "3", "--test", name, "--quiet"]);
        assert_exit(&output, 0, &["steps, ", "PASS [seed=3] replay"]);
    }
    let seed = ["replay", "--seed", "1", "--test", "command_handler", "--plant", "ping-ignores-argument"];
    assert_usage(&seed, "no planted bug is called `ping-ignores-argument`");
    assert_usage(&["replay", "--seed", "3", "--test", "nope"], "no target is called `nope`");
}

#[test]
fn what_cannot_be_read_is_told_in_one_line() {
    for command in ["minimize", "asm", "disasm", "transcript", "crashes"] {
        assert_usage(&[command, "no/such/file"], "no/such/file: ");
    }
    assert_usage(&["ledger", "--redis", "127.0.0.1:1"], "cannot connect to 127.0.0.1:1");
    assert_usage(&["serve", "--engine", "--unix", "/no/such/dir/s.sock"], "/no/such/dir/s.sock");
    assert_exit(&respfuzz(&["kills", "--server", "nobody"]), 2, &["invalid value 'nobody'"]);
}
