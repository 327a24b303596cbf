//! `respfuzz stress` and `soak`: what is asserted is what was checked and found, never how long it took.

use std::path::Path;

use super::{PLANT, assert_exit, assert_usage, replayed, respfuzz, respfuzz_in, schema};

/// A served engine as a subject, with more arguments.
fn served(more: &str) -> String {
    format!("process:{} serve --engine --dir {{dir}} --unix {{socket}}{more}", env!("CARGO_BIN_EXE_respfuzz"))
}

fn stress(dir: &Path, more: &[&str]) -> std::process::Output {
    let args = ["stress", "--connections", "10", "--keys", "60", "--duration", "1s"];
    respfuzz_in(dir, &[&args[..], more].concat())
}

/// One that is given time: what it is to find ends it.
fn stress_until_found(dir: &Path, plant: &str) -> std::process::Output {
    respfuzz_in(dir, &["stress", "--connections", "10", "--keys", "60", "--duration", "120s", "--plant", plant])
}

#[test]
fn a_load_is_checked_measured_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let held = stress(dir.path(), &["--seed", "7", "--format", "json", "--output", "r.json"]);
    assert_exit(&held, 0, &["PASS stress (", "seed 7", "latency: p50 ", "hot keys: string:0 (", "MGET", "1 passed"]);
    let report = std::fs::read_to_string(dir.path().join("r.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    assert_eq!(schema::violations(&schema, &report), [""; 0]);
    let load = &report["load"];
    for count in ["commands", "own_checks", "shared_checks", "sent_bytes", "received_bytes"] {
        assert!(load[count].as_u64().unwrap() > 100, "{count}: {load}");
    }
    assert_eq!(load["latency"]["count"], load["commands"]);
    assert!(load["memory"]["last_bytes"].as_u64().unwrap() > 1 << 20);
    let markdown = stress(dir.path(), &["--format", "markdown"]);
    assert!(String::from_utf8_lossy(&markdown.stdout).contains("| all | "));
}

#[test]
fn servers_in_processes_and_ones_that_listen_are_loaded() {
    let dir = tempfile::tempdir().unwrap();
    assert_exit(&stress(dir.path(), &["--subject", &served("")]), 0, &["PASS stress", "memory of the process"]);
    assert_usage(&["stress", "--subject", "tcp://127.0.0.1:1"], "cannot connect to 127.0.0.1:1");
    assert_exit(&respfuzz(&["stress", "--connections", "0"]), 2, &["0 is not in 1..=5000"]);
    assert_usage(&["stress", "--plant", "nope"], "no planted bug is called `nope`");
}

#[test]
fn a_wrong_reply_to_one_connection_is_shrunk_and_replayed() {
    let dir = tempfile::tempdir().unwrap();
    let failed = stress_until_found(dir.path(), PLANT);
    let wanted = [
        "FAIL [seed=0] stress (",
        "shrunk to 2 steps",
        "LTRIM",
        "expected:",
        "replay: respfuzz replay stress-0.scenario",
    ];
    let text = assert_exit(&failed, 1, &wanted);
    assert_exit(&replayed(dir.path(), &text), 1, &["LTRIM"]);
}

#[test]
fn a_lost_update_of_a_shared_key_is_found_without_a_model() {
    let dir = tempfile::tempdir().unwrap();
    let failed = stress_until_found(dir.path(), "serve-loses-update");
    let wanted =
        ["FAIL [seed=0] stress (", "order/", "/current/", "the last commands about this key", "# sent at ", " string:"];
    let text = assert_exit(&failed, 1, &wanted);
    assert_exit(&replayed(dir.path(), &text), 1, &["order/"]);
}

#[test]
fn a_server_that_goes_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("mortal.sh");
    let line =
        format!("#!/bin/sh\n(sleep 2; kill -9 $$) & exec {} serve --engine \"$@\"\n", env!("CARGO_BIN_EXE_respfuzz"));
    std::fs::write(&script, line).unwrap();
    let subject = format!("process:sh {} --dir {{dir}} --unix {{socket}}", script.display());
    let failed =
        respfuzz_in(dir.path(), &["stress", "--connections", "10", "--duration", "60s", "--subject", &subject]);
    assert_exit(&failed, 1, &["FAIL [seed=0] stress (", "subject/", "connection lost"]);
}

#[test]
fn a_soak_samples_and_warns_of_a_leak() {
    let dir = tempfile::tempdir().unwrap();
    let soak = |more: &[&str]| {
        let args = ["soak", "--connections", "2", "--keys", "20", "--duration", "8s", "--interval", "1s"];
        respfuzz_in(dir.path(), &[&args[..], more].concat())
    };
    let text = assert_exit(&soak(&[]), 0, &["PASS soak (", " commands/s  memory ", "1 passed"]);
    assert!(text.matches(" commands/s  memory ").count() >= 2, "{text}");
    let leaking = soak(&["--plant", "serve-leaks", "--fail-on", "warn"]);
    assert_exit(&leaking, 1, &["FAIL soak", "WARN memory has grown by "]);
    assert_usage(&["soak", "--duration", "15", "--interval", "10"], "--duration holds less than two intervals");
    assert_exit(&respfuzz(&["soak", "--fail-on", "nothing"]), 2, &["[possible values: warn]"]);
}
