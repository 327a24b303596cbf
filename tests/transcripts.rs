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
