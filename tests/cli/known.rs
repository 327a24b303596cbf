//! `known.toml`: what is no news, in every command that finds something.

use std::fs;

use super::{PLANT, Served, assert_exit, assert_usage, respfuzz_in};

const SCENARIO: &str = "respfuzz scenario 1\nc0> RPUSH l0 a\nc0> LTRIM l0 1 0\nc0> EXISTS l0\n";

/// What [`PLANT`] shows in [`SCENARIO`].
const SHOWN: &str = "check/check/holds/an-empty-list";

const SPEC: &str = "version: 1
scenarios:
  - {name: told, description: d, category: lists, severity: low, steps: \"c0> RPUSH l0 a\\nc0> LTRIM l0 1 0\\nc0> EXISTS l0\\n\"}
";

fn entry(fingerprint: &str, more: &str) -> String {
    format!("[[known]]\nfingerprint = \"{fingerprint}\"\nkind = \"bug\"\nreason = \"empty lists stay\"\n{more}\n")
}

/// A folder with a ledger of this, a scenario that shows what is known, a spec and a bank with it.
fn folder(ledger: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    fs::create_dir(dir.path().join("regressions")).unwrap();
    write("known.toml", ledger);
    write("find.scenario", SCENARIO);
    write("regressions/find.scenario", SCENARIO);
    write("mine.yaml", SPEC);
    dir
}

/// Commands that come upon what [`PLANT`] shows, and how each says so.
const FINDING: [&[&str]; 4] = [
    &["simulate", "--seeds", "300", "--families", "lists", "--plant", PLANT],
    &["scenarios", "--spec", "mine.yaml", "--plant", PLANT],
    &["smoke", "--spec", "mine.yaml", "--plant", PLANT],
    &["seeds", "test", "--plant", PLANT],
];

#[test]
fn what_is_known_is_counted_and_what_is_new_fails() {
    let known = folder(&entry(SHOWN, "expires = \"9.0.0\"\nlimit = 100000"));
    let other = folder(&entry("reply/GET/bulk/nil", "expires = \"9.0.0\""));
    for args in FINDING {
        let text = assert_exit(&respfuzz_in(known.path(), args), 0, &["known: ", " (1 distinct)", "empty lists stay"]);
        assert!(!text.contains("FAIL"), "{text}");
        assert_exit(
            &respfuzz_in(other.path(), args),
            1,
            &["FAIL ", SHOWN, "known: 0 (0 distinct)", "never matched: reply/GET"],
        );
    }
}

#[test]
fn the_oracle_knows_them_too() {
    let server = Served::start(&["--plant", PLANT]);
    let dir = folder("");
    let oracle = ["oracle", "--redis", server.address(), "--flush", "--families", "lists", "--seeds", "200"];
    let text = assert_exit(
        &respfuzz_in(dir.path(), &oracle),
        1,
        &["FAIL [seed=", "] oracle (", "LTRIM", "replay: respfuzz oracle"],
    );
    let indent = |line: &str| line.starts_with("  reply/") || line.starts_with("  state/");
    let fingerprints =
        text.lines().filter(|line| indent(line)).map(|line| entry(line.trim(), "expires = \"9.0.0\"\nlimit = 100000"));
    fs::write(dir.path().join("known.toml"), fingerprints.collect::<String>()).unwrap();
    assert_exit(&respfuzz_in(dir.path(), &oracle), 0, &["known: ", " 0 distinct divergences"]);
}

#[test]
fn faults_and_crashes_know_them_too() {
    let shown = "durability/crash/prefix/other";
    let dir = folder("");
    let run = |args: &[&str]| respfuzz_in(dir.path(), args);
    let lost = [
        "chaos",
        "--target",
        "wal_replay",
        "--faults",
        "process.crash",
        "--seeds",
        "60",
        "--plant",
        "wal-acks-before-sync",
    ];
    let text =
        assert_exit(&run(&lost), 1, &["FAIL [seed=", "] chaos (", "durability/", "replay: respfuzz replay chaos-"]);
    let mut fingerprints: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| line.starts_with("durability/"))
        .collect();
    fingerprints.extend([shown, "state/PTTL/int/int"]);
    fingerprints.sort();
    fingerprints.dedup();
    let everything =
        fingerprints.iter().map(|shown| entry(shown, "expires = \"9.0.0\"\nlimit = 9999")).collect::<String>();
    fs::write(dir.path().join("known.toml"), everything).unwrap();
    let text = assert_exit(&run(&[&lost[..], &["--seeds", "1"]].concat()[..lost.len()]), 0, &["known: "]);
    assert!(!text.contains("known: 0"), "{text}");
}

#[test]
fn an_entry_may_be_for_one_subject_or_target() {
    let simulate = ["simulate", "--seeds", "300", "--families", "lists", "--plant", PLANT, "--stop-at-first"];
    let enough = "expires = \"9.0.0\"\nlimit = 100000\n";
    for (place, code) in [
        ("subject = \"embedded\"", 0),
        ("subject = \"tcp://127.0.0.1:6379\"", 1),
        ("target = \"command_handler\"", 0),
        ("target = \"wal_replay\"", 1),
    ] {
        let dir = folder(&entry(SHOWN, &format!("{enough}{place}")));
        assert_exit(&respfuzz_in(dir.path(), &simulate), code, &["known: "]);
    }
    let subjects = format!("embedded,embedded:{PLANT}");
    let lockstep = ["simulate", "--seeds", "100", "--families", "lists", "--subjects", &subjects];
    let dir = folder(&entry(SHOWN, &format!("{enough}subject = \"embedded:{PLANT}\"")));
    assert_exit(&respfuzz_in(dir.path(), &lockstep), 0, &["known: "]);
}

#[test]
fn an_entry_expires_on_a_day_that_is_said() {
    let dir = folder(&entry(SHOWN, "expires = \"2026-11-21\"\nlimit = 100000"));
    for args in FINDING {
        let on = |day: &str| respfuzz_in(dir.path(), &[args, &["--today", day]].concat());
        assert_exit(&on("2026-11-21"), 0, &["known: "]);
        assert_exit(&on("2026-11-22"), 1, &["FAIL known.toml:1: expired on 2026-11-21: ", SHOWN]);
    }
    // Also where nothing shows.
    let sound = ["simulate", "--seeds", "5", "--today", "2026-11-22"];
    assert_exit(&respfuzz_in(dir.path(), &sound), 1, &["0 distinct divergences", "FAIL known.toml:1: expired"]);
}

#[test]
fn an_entry_that_hides_too_much_fails() {
    let dir = folder(&entry(SHOWN, "expires = \"9.0.0\"\nlimit = 1"));
    let simulate = ["simulate", "--seeds", "300", "--families", "lists", "--plant", PLANT];
    assert_exit(&respfuzz_in(dir.path(), &simulate), 1, &["FAIL known.toml:1: matched ", "1 allowed (its limit)"]);
}

#[test]
fn mistakes_in_a_ledger_are_told_with_line_and_column() {
    let dir = folder(&entry("nonsense", "expires = \"9.0.0\""));
    let path = dir.path().join("known.toml");
    let path = path.to_str().unwrap();
    for command in ["simulate", "smoke", "full", "properties", "scenarios", "chaos", "faults"] {
        assert_usage(&[command, "--known", path], "known.toml: `nonsense` is no fingerprint at line 2 column 15");
    }
    assert_usage(&["seeds", "test", "--known", path], "`nonsense` is no fingerprint at line 2 column 15");
    let everyday = ["crashes", "docs/everyday.scenario", "--target", "wal_replay", "--known", path];
    assert_usage(&everyday, "`nonsense` is no fingerprint at line 2 column 15");
    assert_usage(&["simulate", "--known", "no/such.toml"], "no/such.toml: ");
}
