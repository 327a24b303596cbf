//! `corpus/transcripts`: what real servers answered, replayed against the model of each and, for bytes, the engine.
#![cfg(all(unix, feature = "serve", feature = "embedded"))]

use std::path::Path;

use respfuzz::model::Profile;
use respfuzz::serve::ServedModel;
use respfuzz::subject::embedded::ServedEngine;
use respfuzz::transcript::{InProcess, Peer, read, replay};

/// Replays a file; every difference is told at once.
#[track_caller]
fn assert_same(file: &str, peer: &mut dyn Peer, comparisons_min: u64) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/transcripts").join(file);
    let records = read(&std::fs::read(&path).unwrap()).unwrap();
    let (mut comparisons, mut differences) = (0, Vec::new());
    for record in &records {
        comparisons += replay(record, peer, &mut |difference| differences.push(difference.to_string())).unwrap();
    }
    assert!(differences.is_empty(), "{file}:\n{}", differences.join("\n"));
    assert!(comparisons >= comparisons_min, "{file}: only {comparisons} comparisons");
}

fn model(profile: Profile) -> InProcess {
    InProcess::new(|_| Box::new(ServedModel::new(profile)))
}

#[test]
fn the_model_answers_as_the_server_that_it_stands_for() {
    for profile in Profile::ALL {
        assert_same(&format!("{profile}.jsonl"), &mut model(profile), 100);
    }
}

#[test]
fn bytes_are_answered_with_the_same_bytes() {
    assert_same("bytes.jsonl", &mut model(Profile::Redis70), 70);
    assert_same("bytes.jsonl", &mut InProcess::new(|clock| Box::new(ServedEngine::new(move || clock.now_ms()))), 70);
}

/// Runs `respfuzz transcript` on a file with this text.
#[cfg(feature = "cli")]
fn transcript(text: &str, args: &[&str]) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("session.jsonl");
    std::fs::write(&file, text).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_respfuzz"));
    let output = command.arg("transcript").arg(&file).args(args).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

#[test]
#[cfg(feature = "cli")]
fn the_command_tells_each_difference() {
    let session =
        r#"{"id":"s","ops":[{"c":["PING"],"r":{"s":"PONG"}},{"c":["ZRANK","z","m","WITHSCORE"],"r":{"a":null}}]}"#;
    let (code, text) = transcript(session, &[]);
    assert_eq!(code, Some(1), "{text}");
    for part in ["s op 1: ZRANK z m WITHSCORE", "recorded: (nil array)", "2 comparisons, 1 differences in 1"] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    for (text, args, code) in [
        (session, &["--profile", "redis-8"][..], 0),
        (session, &["--profile", "redis-6"], 2),
        (session, &["--redis", "nowhere"], 2),
        (session, &["--redis", "127.0.0.1:1", "--engine"], 2),
        ("no json", &[], 2),
        ("", &[], 3),
    ] {
        let (exit, output) = transcript(text, args);
        assert_eq!(exit, Some(code), "{args:?} {output}");
    }
}
