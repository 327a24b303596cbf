//! Servers that are killed while clients write.
#![cfg(all(unix, feature = "cli", feature = "embedded"))]

use std::process::{Command, Output};

use respfuzz::subject::have_redis_server;

fn kills(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_respfuzz")).arg("kills").args(args).output().expect("the command starts")
}

#[track_caller]
fn assert_nothing_is_lost(args: &[&str]) {
    let output = kills(args);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("10 kills, ") && text.contains(" acknowledged writes, 0 lost, "), "{text}");
}

#[test]
fn an_engine_loses_nothing_that_it_has_answered() {
    assert_nothing_is_lost(&["--server", "engine", "--kills", "10"]);
}

#[test]
fn a_redis_server_loses_nothing_that_it_has_answered() {
    if have_redis_server().is_none() {
        #[allow(clippy::disallowed_methods, reason = "decides whether the test may be skipped; no run sees it")]
        let required = std::env::var("RESPFUZZ_REQUIRE").unwrap_or_default();
        assert!(!required.contains("redis"), "RESPFUZZ_REQUIRE asks for redis, and redis-server is not installed");
        println!("SKIPPED kills: redis-server is not installed (apt-get install redis-server)");
        return;
    }
    assert_nothing_is_lost(&["--server", "redis", "--kills", "10"]);
}

#[cfg(feature = "planted")]
#[test]
fn an_answer_before_its_write_is_found() {
    let output = kills(&["--server", "engine", "--kills", "50", "--plant", "wal-acks-before-write"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(1) && text.contains("Lost, though answered"), "{text}");
}

#[test]
fn a_run_that_cannot_kill_often_enough_says_so() {
    let output = kills(&["--server", "engine", "--kills", "1000", "--seeds", "1"]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stdout));
}
