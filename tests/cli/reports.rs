//! `--format` of `simulate` and `chaos --faults`, and the sections of reports.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::schema;
use super::{PLANT, assert_exit, assert_usage, respfuzz, respfuzz_in};

/// The JSON report of a command, held against its schema.
#[track_caller]
fn reported(args: &[&str], code: i32) -> Value {
    let schema: Value = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let more = ["--format", "json", "--output", "r.json"];
    assert_exit(&respfuzz_in(dir.path(), &[args, &more].concat()), code, &["hash "]);
    let report = serde_json::from_str(&fs::read_to_string(dir.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(schema::violations(&schema, &report), [""; 0]);
    report
}

/// What may differ between two runs of the same.
fn without_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("millis");
            fields.values_mut().for_each(without_times);
        }
        Value::Array(items) => items.iter_mut().for_each(without_times),
        _ => {}
    }
}

#[test]
fn simulate_reports_what_it_sent() {
    let report = reported(&["simulate", "--seeds", "40"], 0);
    assert_eq!((&report["verdict"], &report["totals"]["runs"]), (&"passed".into(), &40.into()));
    let commands = report["commands"].as_array().unwrap();
    let sent: u64 = commands.iter().map(|row| row["sent"].as_u64().unwrap()).sum();
    assert!(commands.len() > 150 && sent > 400, "{} commands, {sent} times", commands.len());
    assert!(report.get("timeline").is_none() && report.get("hunt").is_none());
    let only = reported(&["simulate", "--seeds", "10", "--families", "hashes"], 0);
    let strangers = only["commands"].as_array().unwrap().iter().filter(|row| row["family"] == "geo");
    assert!(strangers.clone().count() > 5 && strangers.clone().all(|row| row["sent"] == 0));
}

#[test]
fn simulate_reports_each_divergence_and_the_first_failing_run() {
    let args = ["simulate", "--seeds", "15..20", "--plant", "expiry-early"];
    let mut report = reported(&args, 1);
    let result = &report["results"][0];
    assert_eq!((&result["kind"], &result["status"]), (&"target".into(), &"failed".into()));
    let failures = 1 + result["further"].as_array().map_or(0, Vec::len);
    assert!(result["failure"]["count"].as_u64() >= Some(1) && failures >= 2, "{failures} failures");
    let timeline = &report["timeline"];
    assert_eq!(timeline["fingerprint"], result["failure"]["fingerprint"]);
    let moments = timeline["moments"].as_array().unwrap();
    assert!(moments.iter().any(|moment| moment["lane"] == "c0" && moment["kind"] == "command"), "{moments:?}");
    let mut again = reported(&args, 1);
    for report in [&mut report, &mut again] {
        report["command"] = Value::Null;
        without_times(report);
    }
    assert_eq!(report, again);
}

#[test]
fn chaos_reports_its_faults_and_the_lanes_of_the_world() {
    let chaos = ["chaos", "--target", "wal_replay", "--faults", "process.crash,disk.slow", "--seeds", "15"];
    let held = reported(&chaos, 0);
    let crash = held["faults"].as_array().unwrap().iter().find(|row| row["fault"] == "process.crash").unwrap();
    assert!(crash["delivered"].as_u64() > Some(0) && crash["compared"] == crash["runs"], "{crash}");
    let failing = ["--faults", "disk.fsync_fail", "--seeds", "2..6", "--plant", "wal-sync-error-ignored"];
    let lost = reported(&[&["chaos", "--target", "wal_replay"][..], &failing].concat(), 1);
    let moments = lost["timeline"]["moments"].as_array().unwrap();
    let wanted = [("faults", "scheduled"), ("faults", "delivered"), ("disk", "disk"), ("crash", "ended")];
    for (lane, kind) in wanted {
        let found = moments.iter().any(|moment| moment["lane"] == lane && moment["kind"] == kind);
        assert!(found, "no {kind} in {lane}: {moments:?}");
    }
    // A single step delivers none: nothing is told of it, in any form.
    let nothing = ["chaos", "--target", "wal_replay", "--faults", "disk.disk_full", "--seeds", "1", "--ops", "1"];
    assert_exit(&respfuzz(&[&nothing[..], &["--format", "markdown"]].concat()), 3, &["this run says nothing", "SKIP"]);
}

#[test]
fn every_form_has_the_sections() {
    let told = |format: &str| {
        let args = ["simulate", "--seeds", "300", "--plant", PLANT, "--stop-at-first", "--format", format];
        let output = respfuzz(&args);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("FAIL "), "what is told goes to standard error");
        String::from_utf8(output.stdout).unwrap()
    };
    for (format, parts) in [
        ("markdown", ["## Commands sent", "| lists |", "## One failing run", "LTRIM"]),
        ("junit", ["<property name=\"sent.LTRIM\"", "<system-out>", "<failure type=\"", "LTRIM"]),
        ("html", ["id=\"commands\"", "id=\"timeline\"", "id=\"divergences\"", "LTRIM"]),
    ] {
        let text = told(format);
        parts.iter().for_each(|part| assert!(text.contains(part), "{format}: `{part}` is missing"));
    }
}

#[test]
fn bad_report_arguments_are_told() {
    assert_exit(&respfuzz(&["simulate", "--format", "pdf"]), 2, &["invalid value 'pdf'", "html"]);
    assert_exit(&respfuzz(&["chaos", "--output", "r.html"]), 2, &["--format"]);
    let nowhere = ["simulate", "--seeds", "1", "--format", "html", "--output", "no/such/dir/r.html"];
    assert_exit(&respfuzz(&nowhere), 3, &["cannot write no/such/dir/r.html"]);
    assert!(!Path::new("no/such/dir").exists());
    assert_usage(&["chaos", "--faults", "disk.slow", "--format", "html"], "disk.slow cannot come to command_handler");
}
