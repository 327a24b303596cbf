//! `respfuzz simulate --subjects`: several subjects, step by step.

use std::path::Path;

use respfuzz::subject::have_redis_server;

use super::{PLANT, Served, assert_exit, assert_usage, replayed, respfuzz, respfuzz_in};

#[test]
fn two_sound_engines_agree_and_their_states_are_compared() {
    let output = respfuzz(&["simulate", "--subjects", "embedded,embedded", "--seeds", "100"]);
    let text = assert_exit(&output, 0, &["0 distinct divergences", "states compared among the subjects"]);
    assert!(!text.contains("\n0 states compared"), "{text}");
}

#[test]
fn who_disagrees_with_whom_is_named_and_replayed() {
    let dir = tempfile::tempdir().unwrap();
    let planted = format!("embedded,embedded:{PLANT}");
    let simulate = ["simulate", "--subjects", &planted, "--seeds", "300", "--stop-at-first"];
    let dissent = format!("embedded:{PLANT} disagrees with the model and with embedded");
    let wanted =
        ["FAIL [seed=", "] simulate (", &dissent, "LTRIM", "expected:", "observed:", "replay: respfuzz replay"];
    let text = assert_exit(&respfuzz_in(dir.path(), &simulate), 1, &wanted);
    assert_exit(&replayed(dir.path(), &text), 1, &["FAIL lockstep-", &dissent, "LTRIM"]);
    let all_wrong = format!("embedded:{PLANT},embedded:{PLANT}");
    let output = respfuzz_in(dir.path(), &["simulate", "--subjects", &all_wrong, "--seeds", "300", "--stop-at-first"]);
    assert_exit(&output, 1, &["all agree with one another, not with the model"]);
}

#[test]
fn a_server_on_a_clock_of_its_own_runs_along() {
    let server = Served::start(&[]);
    let subjects = format!("embedded,{}", server.subject());
    assert_exit(&respfuzz(&["simulate", "--subjects", &subjects, "--seeds", "12"]), 0, &["0 distinct divergences"]);
}

#[test]
fn the_engine_and_redis_agree() {
    if have_redis_server().is_none() {
        #[allow(clippy::disallowed_methods, reason = "decides whether the test may be skipped; no run sees it")]
        let required = std::env::var("RESPFUZZ_REQUIRE").unwrap_or_default();
        assert!(!required.contains("redis"), "RESPFUZZ_REQUIRE asks for redis, and redis-server is not installed");
        println!("SKIPPED lockstep: redis-server is not installed (apt-get install redis-server)");
        return;
    }
    let held = respfuzz(&["simulate", "--subjects", "embedded,process:redis-server", "--seeds", "300"]);
    let text = assert_exit(&held, 0, &["300 seeds from 0", "0 distinct divergences"]);
    assert!(!text.contains("\n0 states compared"), "{text}");
    let planted = format!("embedded:{PLANT},process:redis-server");
    let dir = tempfile::tempdir().unwrap();
    let output = respfuzz_in(dir.path(), &["simulate", "--subjects", &planted, "--seeds", "300", "--stop-at-first"]);
    let text = assert_exit(&output, 1, &["disagrees with the model and with process:redis-server"]);
    assert_exit(&replayed(dir.path(), &text), 1, &["disagrees with the model and with process:redis-server"]);
}

#[test]
fn the_states_that_were_compared_are_counted() {
    let one_record = ["simulate", "--subjects", "embedded,embedded", "--seeds", "40..41", "--ops", "1"];
    assert_exit(&respfuzz(&one_record), 0, &["\n1 states compared"]);
}

#[test]
fn bad_lists_are_told_in_one_line() {
    let simulate = |subjects: &str, wanted: &str| {
        let output = respfuzz(&["simulate", "--subjects", subjects]);
        let text = assert_exit(&output, 2, &[wanted]);
        assert!(text.starts_with("error: "), "{text}");
    };
    simulate("embedded", "expected two subjects or more");
    simulate("embedded,nonsense", "`nonsense`: expected embedded, tcp://HOST:PORT, unix:PATH or process:CMD");
    simulate("tcp://h:1,tcp://h:1", "tcp://h:1 is there twice");
    assert_usage(&["simulate", "--subjects", "embedded,tcp://127.0.0.1:1"], "cannot connect to 127.0.0.1:1");
    assert_usage(
        &["simulate", "--subjects", "embedded,process:no/such/program"],
        "process:no/such/program: cannot run",
    );
    assert_usage(&["simulate", "--subjects", "embedded,embedded:nope"], "no planted bug is called `nope`");
    let both = ["simulate", "--subjects", "embedded,embedded", "--target", "wal_replay"];
    assert_usage(&both, "`wal_replay` runs on one subject");
    assert_usage(&["fuzz", "--subjects", "embedded,embedded"], "a fuzz target has one subject");
    assert!(!Path::new("lockstep-0.scenario").exists());
}
