//! `respfuzz properties`, `scenarios`, `smoke`, `full`, `chaos`: what a spec asks for, and the reports on it.

use std::fs;
use std::path::Path;

use super::schema;
use super::{PLANT, assert_exit, assert_usage, replayed, respfuzz, respfuzz_in};

/// A spec that takes no time: a bit of everything.
const SPEC: &str = "version: 1
invariants:
  - {name: set_get_roundtrip, description: d, category: strings, severity: critical, iterations: 300}
  - {name: crash_recovery_consistent, description: d, category: durability, severity: critical, iterations: 90}
faults:
  - {name: process.crash, description: d, category: process, severity: high, iterations: 300}
scenarios:
  - {name: lists, description: d, category: lists, severity: high, operations: [RPUSH, LTRIM, EXISTS], iterations: 3000}
  - name: told
    description: d
    category: expiry
    severity: low
    steps: |
      c0> SET s0 v EX 20
      advance 21s
      c0> GET s0
";

fn with_spec() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine.yaml"), SPEC).unwrap();
    dir
}

#[test]
fn properties_hold_and_an_empty_filter_is_no_pass() {
    let held = respfuzz(&["properties", "--seeds", "20", "--filter", "sorted_set"]);
    assert_exit(&held, 0, &["PASS sorted_set_ordering (", "1 passed, 0 failed"]);
    assert_exit(&respfuzz(&["properties", "--filter", "nope"]), 3, &["no property's name contains `nope`"]);
}

#[test]
fn a_broken_property_is_shrunk_and_replayed() {
    let output = respfuzz(&["properties", "--filter", "expire_removes", "--plant", "expiry-early"]);
    let wanted =
        ["FAIL [seed=", "] expire_removes_key (", "property: a law", "PEXPIRE k", "# wait ", "expected:", "observed:"];
    let text = assert_exit(&output, 1, &wanted);
    assert_exit(&replayed(Path::new("."), &text), 1, &["] expire_removes_key ("]);
}

#[test]
fn laws_of_crashes_need_a_subject_that_can_crash() {
    let lost = respfuzz(&["properties", "--filter", "crash_recovery", "--plant", "wal-acks-before-sync"]);
    assert_exit(&lost, 1, &["crash_recovery_consistent", "# crash image="]);
    let served = concat!("process:", env!("CARGO_BIN_EXE_respfuzz"), " serve --engine --dir {dir} --unix {socket}");
    let held = respfuzz(&["properties", "--filter", "crash_recovery", "--seeds", "5", "--subject", served]);
    assert_exit(&held, 0, &["PASS crash_recovery_consistent"]);
}

#[test]
fn a_server_is_a_subject() {
    let served = concat!("process:", env!("CARGO_BIN_EXE_respfuzz"), " serve --engine --dir {dir} --unix {socket}");
    let planted = format!("{served} --plant {PLANT}");
    let dir = with_spec();
    let run = |args: &[&str]| respfuzz_in(dir.path(), args);
    let smoke = ["smoke", "--spec", "mine.yaml", "--subject"];
    let wanted =
        ["PASS set_get_roundtrip", "PASS crash_recovery", "PASS lists", "SKIP process.crash: faults need", "0 failed"];
    assert_exit(&run(&[&smoke[..], &[served]].concat()), 0, &wanted);
    assert_exit(
        &run(&[&smoke[..], &[&planted]].concat()),
        1,
        &["FAIL [seed=", "] lists (", "LTRIM", "--subject 'process:"],
    );
    let held = run(&["simulate", "--seeds", "60", "--families", "pubsub,expiry,strings", "--subject", served]);
    assert_exit(&held, 0, &["0 distinct divergences"]);
    assert_usage(&["smoke", "--subject", "tcp://127.0.0.1:1"], "cannot connect to 127.0.0.1:1");
    assert_usage(&["simulate", "--target", "wal_replay", "--subject", served], "`wal_replay` needs a simulated world");
}

#[test]
fn smoke_runs_a_spec_of_ones_own() {
    let dir = with_spec();
    let run = |args: &[&str]| respfuzz_in(dir.path(), args);
    let wanted =
        ["PASS set_get_roundtrip", "PASS lists", "PASS told", "PASS process.crash", "delivered ", "5 passed, 0 failed"];
    assert_exit(&run(&["smoke", "--spec", "mine.yaml"]), 0, &wanted);
    assert_exit(&run(&["chaos", "--spec", "mine.yaml"]), 0, &["PASS process.crash", "1 passed"]);
    let failed = run(&["smoke", "--spec", "mine.yaml", "--plant", PLANT]);
    let text = assert_exit(&failed, 1, &["FAIL [seed=", "] lists (", "LTRIM", "expected:", "PASS told"]);
    assert_exit(&replayed(dir.path(), &text), 1, &["] lists (", "1 failed"]);
    let lost = run(&["chaos", "--spec", "mine.yaml", "--plant", "wal-acks-before-sync"]);
    let text = assert_exit(&lost, 1, &["FAIL [seed=", "] process.crash (", "durability: "]);
    assert_exit(&replayed(dir.path(), &text), 1, &["durability"]);
}

#[test]
fn mistakes_in_a_spec_are_told_with_line_and_column() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mine.yaml");
    fs::write(&path, SPEC.replace("LTRIM", "LTRIMM")).unwrap();
    let path = path.to_str().unwrap();
    for command in ["smoke", "full", "properties", "scenarios", "chaos"] {
        assert_usage(&[command, "--spec", path], "no command is called `LTRIMM` at line 8 column ");
    }
    assert_usage(&["smoke", "--spec", "no/such.yaml"], "no/such.yaml: ");
    fs::write(path, "version: 1\n").unwrap();
    assert_exit(&respfuzz(&["smoke", "--spec", path, "--bank", "no/such/dir"]), 3, &["nothing was checked"]);
}

#[test]
fn the_built_in_smoke_test_holds() {
    assert_exit(
        &respfuzz(&["smoke"]),
        0,
        &["PASS everything_at_once", "PASS disk.fsync_fail", "PASS rename-onto-itself"],
    );
}

#[test]
fn reports_are_what_their_schema_says() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    let dir = with_spec();
    for (plant, verdict, code) in [(&[][..], "passed", 0), (&["--plant", PLANT][..], "failed", 1)] {
        let args = [&["smoke", "--spec", "mine.yaml", "--format", "json", "--output", "r.json"][..], plant].concat();
        assert_exit(&respfuzz_in(dir.path(), &args), code, &[" passed, "]);
        let report = fs::read_to_string(dir.path().join("r.json")).unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(schema::violations(&schema, &report), [""; 0]);
        assert_eq!(report["verdict"], verdict);
    }
    let mut wrong: serde_json::Value =
        serde_json::from_str(r#"{"schema": 2, "results": [{"status": "maybe"}]}"#).unwrap();
    wrong["totals"] = serde_json::json!({"passed": -1});
    let found = schema::violations(&schema, &wrong);
    for place in ["/schema: ", "/results/0/status: ", "/totals/passed: ", ": `verdict` is missing"] {
        assert!(found.iter().any(|violation| violation.starts_with(place)), "{place} is not in {found:?}");
    }
    // To standard output it goes alone.
    let junit = respfuzz_in(dir.path(), &["scenarios", "--spec", "mine.yaml", "--seeds", "3", "--format", "junit"]);
    assert!(junit.stdout.starts_with(b"<?xml ") && String::from_utf8_lossy(&junit.stderr).contains("PASS lists"));
    assert_usage(&["smoke", "--format", "json", "--output", "no/such/dir/r.json", "--spec", "no.yaml"], "no.yaml: ");
}

#[test]
fn completions_and_manual_pages_name_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        assert_exit(&respfuzz(&["completions", shell]), 0, &["smoke", "properties", "seeds"]);
    }
    assert_exit(&respfuzz(&["man"]), 0, &[".TH respfuzz 1", "smoke"]);
    let dir = tempfile::tempdir().unwrap();
    assert_exit(&respfuzz(&["man", "--output-dir", dir.path().to_str().unwrap()]), 0, &[]);
    for page in ["respfuzz.1", "respfuzz-smoke.1", "respfuzz-seeds-add.1"] {
        assert!(dir.path().join(page).is_file(), "{page} was not written");
    }
    assert_exit(&respfuzz(&["completions", "nope"]), 2, &["invalid value 'nope'"]);
}
