//! An engine on real files.
#![cfg(unix)]

mod support;

use std::fs;
use std::path::Path;

use respfuzz_engine::{Durability, Engine, FileStorage, OpenError, Reply, Storage};
use support::{Hand, Setup};

fn open(dir: &Path, setup: &Setup) -> Result<Engine, OpenError> {
    let storage = Box::new(FileStorage::open(dir).expect("a directory"));
    Engine::open(setup.config.clone(), Box::new(Hand(setup.now_ms.clone())), storage, setup.durability.clone())
}

fn run(engine: &mut Engine, command: &str) -> Reply {
    engine.execute(1, &command.split(' ').map(Into::into).collect::<Vec<_>>());
    let mut replies = Vec::new();
    engine.poll(&mut replies);
    replies.pop().expect("a reply").1
}

#[test]
fn keys_outlive_the_engine_in_a_directory_of_its_own() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a/b");
    let setup = Setup::durability(Durability { segment_bytes: 200, ..Durability::default() });
    let mut engine = open(&dir, &setup).expect("a new directory");
    for n in 0..20 {
        assert_eq!(run(&mut engine, &format!("RPUSH l {n}")), Reply::Int(n + 1));
    }
    assert!(matches!(open(&dir, &setup), Err(OpenError::InUse)));
    let image = engine.image();
    drop(engine);
    let mut engine = open(&dir, &setup).expect("a sound log");
    assert_eq!(engine.image(), image);
    run(&mut engine, "SAVE");
    drop(engine);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 2);
    let last = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    fs::write(&last, [fs::read(&last).unwrap(), vec![0; 100]].concat()).unwrap();
    let mut engine = open(&dir, &setup).expect("a torn end");
    assert_eq!(run(&mut engine, "LLEN l"), Reply::Int(20));
}

#[test]
fn files_do_as_the_trait_says() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = FileStorage::open(dir.path()).unwrap();
    files.create("a").unwrap();
    assert!(files.create("a").is_err());
    assert_eq!(files.append("a", b"hello").unwrap(), 5);
    assert_eq!((files.len("a").unwrap(), files.read("a", 1, 100).unwrap()), (5, b"ello".to_vec()));
    files.truncate("a", 2).unwrap();
    files.append("a", b"!").unwrap();
    files.create("b").unwrap();
    files.rename("a", "b").unwrap();
    files.append("b", b"?").unwrap();
    assert_eq!(files.read("b", 0, 100).unwrap(), b"he!?");
    assert_eq!(files.read("b", 9, 100).unwrap(), b"");
    files.sync("b").unwrap();
    assert_eq!(files.list().unwrap(), ["b"]);
    files.remove("b").unwrap();
    files.sync_dir().unwrap();
    assert!(files.list().unwrap().is_empty() && files.len("b").is_err());
}
