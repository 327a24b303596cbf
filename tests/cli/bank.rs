//! `respfuzz seeds`.

use std::fs;

use super::{PLANT, assert_exit, assert_usage, replayed, respfuzz, respfuzz_in};

const SCENARIO: &str = "respfuzz scenario 1\nc0> RPUSH l0 a\nc0> LTRIM l0 1 0\nc0> EXISTS l0\n";

/// A folder with `find.scenario` and an empty bank.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("regressions")).unwrap();
    fs::write(dir.path().join("find.scenario"), SCENARIO).unwrap();
    dir
}

#[test]
fn the_bank_of_this_repository_holds() {
    assert_exit(&respfuzz(&["seeds", "test"]), 0, &["PASS key-lives-through-its-last-millisecond", " 0 failed"]);
    assert_exit(&respfuzz(&["seeds", "list"]), 0, &["expect = pass", "in regressions"]);
}

#[test]
fn a_known_bug_is_kept_and_flips_when_it_is_gone() {
    let dir = folder();
    let run = |args: &[&str]| respfuzz_in(dir.path(), args);
    let add = ["seeds", "add", "find.scenario", "--plant", PLANT, "--description", "empty lists stay"];
    assert_exit(&run(&[&add[..], &["--date", "2026-11-21"]].concat()), 0, &["expect = divergence "]);
    let kept = fs::read_to_string(dir.path().join("regressions/find.scenario")).unwrap();
    assert!(kept.contains("date = 2026-11-21\nexpect = divergence "), "{kept}");
    assert_exit(&run(&["seeds", "test", "--plant", PLANT]), 0, &["PASS find", "known: divergence "]);
    assert_exit(&run(&["seeds", "test"]), 1, &["FAIL find: FLIP: the known bug ", "expect = pass"]);
    assert_exit(&run(&["seeds", "list"]), 0, &["empty lists stay", "command_handler, 2026-11-21", "1 in regressions"]);
    assert_exit(&run(&[&add[..], &["--expect", "pass"]].concat()), 2, &["is there already"]);
    let unchanged = fs::read_to_string(dir.path().join("regressions/find.scenario")).unwrap();
    assert_eq!(unchanged, kept);
}

#[test]
fn a_regression_fails_and_is_replayed() {
    let dir = folder();
    let run = |args: &[&str]| respfuzz_in(dir.path(), args);
    assert_exit(&run(&["seeds", "add", "find.scenario", "--description", "d"]), 0, &["expect = pass"]);
    let seed = ["seeds", "add", "--seed", "7", "--ops", "20", "--target", "wal_replay", "--description", "d"];
    assert_exit(&run(&seed), 0, &["seed-7-wal_replay.seed: expect = pass"]);
    assert_exit(&run(&["seeds", "test"]), 0, &["2 passed, 0 failed"]);
    let failed = run(&["seeds", "test", "--plant", PLANT, "--filter", "find"]);
    let text = assert_exit(&failed, 1, &["FAIL find (", "RPUSH", "LTRIM", "expected:", "observed:", "1 failed"]);
    assert_exit(&replayed(dir.path(), &text), 1, &["FAIL regressions/find.scenario"]);
}

#[test]
fn a_damaged_bank_is_refused_with_file_and_line() {
    let dir = folder();
    let bank = dir.path().join("regressions");
    let damaged = "respfuzz seed 1\ndescription = d\nseed = many\n";
    fs::write(bank.join("b.seed"), damaged).unwrap();
    let bank = bank.to_str().unwrap();
    assert_usage(&["seeds", "test", "--bank", bank], "b.seed: line 3: `seed` is a number, not `many`");
    let find = dir.path().join("find.scenario");
    let add = ["seeds", "add", find.to_str().unwrap(), "--description", "d", "--bank", bank];
    assert_usage(&add, "b.seed: line 3: ");
    assert_eq!(fs::read_to_string(dir.path().join("regressions/b.seed")).unwrap(), damaged);
    assert_eq!(fs::read_dir(bank).unwrap().count(), 1, "nothing else was written");
    assert_usage(&["seeds", "test", "--bank", "no/such/dir"], "no/such/dir: ");
    assert_exit(&respfuzz(&["seeds", "test", "--filter", "nothing is called so"]), 3, &["nothing was checked"]);
}
