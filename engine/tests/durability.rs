//! What an engine on a storage keeps, and when.

mod support;

use respfuzz_engine::{Durability, Engine, Fsync, OpenError, Reply};
use support::{Disk, Hand, MemoryStorage, Rig, Setup};

#[test]
fn what_was_answered_is_there_after_a_crash() {
    let mut rig = Rig::new();
    rig.script("SET k v; RPUSH l a b; MULTI; INCR n; INCR n; EXEC; SADD s a b c; SPOP s; XADD x * f v; SET t v PX 50");
    let image = rig.engine.image();
    let again = Setup::new().open(rig.crashed()).expect("a sound log");
    assert_eq!(again.engine.image(), image);
}

#[test]
fn nothing_is_answered_before_it_is_durable() {
    let mut rig = Rig::new();
    let before = rig.disk.borrow().operations.len();
    rig.execute(1, "SET k v");
    rig.execute(2, "INCR n");
    assert_eq!(rig.disk.borrow().operations.len(), before);
    assert_eq!(rig.poll(), [(1, Reply::Status(b"OK".into())), (2, Reply::Int(1))]);
    let operations = rig.disk.borrow().operations[before..].to_vec();
    assert!(
        matches!(&operations[..], [a, s] if a.starts_with("append wal-") && s.starts_with("sync wal-")),
        "{operations:?}"
    );
    rig.run("GET k");
    assert_eq!(rig.disk.borrow().operations.len(), before + 2);
}

#[test]
fn a_torn_tail_is_cut_off_and_its_numbers_are_used_again() {
    let mut rig =
        Setup::durability(Durability { fsync: Fsync::No, ..Durability::default() }).open(Disk::default()).unwrap();
    rig.run("SET k 1");
    let image = rig.engine.image();
    let len = rig.disk.borrow().content(&rig.disk.borrow().last_segment()).len();
    rig.run("SET k 2");
    let name = rig.disk.borrow().last_segment();
    let whole = rig.disk.borrow().content(&name).len();
    for keep in len..whole {
        let mut disk = rig.killed();
        disk.edit(&name, |bytes| bytes.truncate(keep));
        let mut again = Setup::new().open(disk).expect("a torn tail");
        assert_eq!(again.engine.image(), image);
        again.run("SET k 3");
        let image = again.engine.image();
        assert_eq!(Setup::new().open(again.crashed()).expect("a sound log").engine.image(), image);
    }
}

#[test]
fn two_engines_cannot_have_one_storage() {
    let setup = Setup::new();
    let storage = MemoryStorage::default();
    let open = |storage| {
        let clock = Box::new(Hand(setup.now_ms.clone()));
        Engine::open(setup.config.clone(), clock, Box::new(storage), setup.durability.clone())
    };
    let first = open(storage.another()).expect("the only one");
    assert!(matches!(open(storage.another()), Err(OpenError::InUse)));
    drop(first);
    assert!(open(storage.another()).is_ok());
}
