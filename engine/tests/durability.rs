//! What an engine on a storage keeps, and when.

mod support;

use respfuzz_engine::{CorruptionKind, Durability, Engine, Fsync, OpenError, Reply};
use support::commands::{Draw, WRITES, templates};
use support::crashes::{survives, survives_failures};
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

#[test]
fn limits_that_were_others_when_a_snapshot_was_made_are_not_those_of_what_follows() {
    let mut rig = Rig::new();
    rig.script(
        "SADD s 1; CONFIG SET set-max-intset-entries 2; SAVE; CONFIG SET set-max-intset-entries 4; SADD t 1 2 3",
    );
    let image = rig.engine.image();
    assert_eq!(rig.run("OBJECT ENCODING t"), Reply::Bulk(b"intset".into()));
    let again = Setup::new().open(rig.crashed()).expect("a sound log");
    assert_eq!(again.engine.image(), image);
}

/// All kinds of records, more than one segment, a snapshot.
const SCRIPT: &str = "SET k 1 | INCR n; MULTI | INCR n | RPUSH l a b | LPOP l | EXEC; SET t v PX 10; +11; +1; \
    SADD s a b c | SPOP s; XADD x * f v | XGROUP CREATE x g 0; 2>SELECT 3 | 2>HSET h f v; SAVE; INCR n | INCR n; \
    EXPIRE k 100 | SWAPDB 0 3; FLUSHDB | INCR n; ZADD z 1 a 2 b | ZPOPMIN z; BGREWRITEAOF | INCR n; INCR n";

#[test]
fn crashes_anywhere_lose_nothing_that_was_answered() {
    for (segment_bytes, rewrite_bytes) in [(1 << 20, 0), (100, 0), (300, 600)] {
        for fsync in [Fsync::Always, Fsync::EverySec, Fsync::No] {
            let setup = Setup::durability(Durability { fsync, segment_bytes, rewrite_bytes });
            assert_eq!(survives(&setup, SCRIPT), Ok(()), "{:?}", setup.durability);
        }
    }
}

#[test]
fn no_operation_that_fails_loses_what_was_answered() {
    for (segment_bytes, rewrite_bytes) in [(100, 0), (300, 600)] {
        for fsync in [Fsync::Always, Fsync::EverySec] {
            let setup = Setup::durability(Durability { fsync, segment_bytes, rewrite_bytes });
            assert_eq!(survives_failures(&setup, SCRIPT), Ok(()), "{:?}", setup.durability);
        }
    }
}

/// A script of so many steps, without commands that wait: whom they are served with is a record of its own.
fn script(seed: u64, steps: usize) -> String {
    let others = "+1; +7; +1500; +-20; MULTI; EXEC; SELECT 3; SELECT 0; SAVE; GET K; EXISTS K K; CONFIG SET hash-max-listpack-entries N";
    let mut draw = Draw(seed);
    let simple = |template: &&str| {
        !["DUMPED", "BLOCK", " 0.02"].iter().any(|word| template.contains(word)) && !template.starts_with('B')
    };
    let all: Vec<&str> = templates(WRITES).into_iter().filter(simple).chain(templates(others)).collect();
    let mut script = String::new();
    for step in 0..steps {
        let template = draw.of(&all);
        let text = |word| {
            if word == "@" { "@".into() } else { String::from_utf8(draw.words(word, b"").concat()).expect("text") }
        };
        let words: Vec<String> = template.split(' ').map(text).collect();
        script += ["", ";", "|"][if step == 0 { 0 } else { 1 + draw.below(2) }];
        script += &words.join(" ");
    }
    script
}

#[test]
fn crashes_of_any_run_lose_nothing_that_was_answered() {
    for seed in 0..18 {
        let (segment_bytes, rewrite_bytes) = [(1 << 20, 0), (150, 0), (200, 700)][seed as usize % 3];
        let fsync = [Fsync::Always, Fsync::EverySec, Fsync::No][seed as usize / 3 % 3];
        let setup = Setup::durability(Durability { fsync, segment_bytes, rewrite_bytes });
        let script = script(seed, 10);
        let survived = survives(&setup, &script).and_then(|()| survives_failures(&setup, &script));
        assert_eq!(survived, Ok(()), "seed {seed}, {:?}: {script}", setup.durability);
    }
}

#[test]
fn a_disk_that_fails_stops_the_engine_until_it_is_opened_again() {
    for operation in ["append wal-", "sync wal-", "create", "rename", "sync_dir"] {
        let setup = Setup::durability(Durability { segment_bytes: 60, ..Durability::default() });
        let mut rig = setup.open(Disk::default()).unwrap();
        rig.script("2>BLPOP q 0; 2>PING; 3>SUBSCRIBE c; SET k 1");
        let image = rig.engine.image();
        rig.disk.borrow_mut().fails_at = Some(operation);
        for command in ["SET k 2", "GET k", "PUBLISH c x"] {
            rig.execute(1, command);
        }
        let error = Reply::Error(b"MISCONF Errors writing to the AOF file: the disk has failed".into());
        let owed = [1, 1, 1, 2, 2].map(|session| (session, error.clone()));
        assert_eq!(rig.poll(), owed, "{operation}");
        assert_eq!(rig.replies(3, "GET k"), [(3, error)]);
        assert_eq!(rig.engine.failure().as_deref(), Some("the disk has failed"));
        let again = setup.open(rig.crashed()).expect("a sound log").engine.image();
        let whole = setup.open(rig.killed()).expect("a sound log").engine.image();
        assert!(again == image || again == whole, "{operation}");
    }
}

#[test]
fn a_failed_sync_is_not_believed_later() {
    let setup = Setup::new();
    let mut rig = setup.open(Disk::default()).unwrap();
    rig.disk.borrow_mut().fails_at = Some("sync wal-");
    assert!(matches!(rig.run("SET k 1"), Reply::Error(_)));
    // Opened on the same running system, which shows what it never wrote.
    let again = setup.open(rig.disk.borrow().clone_unlocked()).expect("a sound log");
    let image = again.engine.image();
    assert_eq!(setup.open(again.crashed()).expect("a sound log").engine.image(), image);
}

#[test]
fn everysec_syncs_every_second_and_when_the_clock_jumps_back() {
    let setup = Setup::durability(Durability { fsync: Fsync::EverySec, ..Durability::default() });
    let mut rig = setup.open(Disk::default()).unwrap();
    let syncs = |rig: &Rig| {
        rig.disk.borrow().operations.iter().filter(|o| o.starts_with("sync wal-") && !o.ends_with("tmp")).count()
    };
    for (step, expected) in
        [("INCR n", 0), ("+999", 0), ("+1", 1), ("+1000", 1), ("INCR n", 1), ("+1000", 2), ("INCR n", 2), ("+-5", 3)]
    {
        rig.script(step);
        assert_eq!(syncs(&rig), expected, "{step}");
    }
}

#[test]
fn damage_is_told_from_a_torn_end() {
    let corrupt = |disk: Disk| match Setup::new().open(disk) {
        Err(OpenError::Corrupt(corruption)) => (corruption.file, corruption.seq, corruption.what),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it opened"),
    };
    let setup = Setup::durability(Durability { segment_bytes: 100, ..Durability::default() });
    let mut rig = setup.open(Disk::default()).unwrap();
    rig.script("SET a 1; SET b 2; SET c 3; SET d 4; SET e 5");
    let names: Vec<String> = rig.disk.borrow().names();
    let (first, second) = (names[0].clone(), names[1].clone());
    let flip = |name: &str, at: usize| {
        let mut disk = rig.killed();
        disk.edit(name, |bytes| bytes[at] ^= 1);
        disk
    };
    assert_eq!(corrupt(flip(&first, 30)), (first.clone(), 1, CorruptionKind::Record));
    assert_eq!(corrupt(flip(&second, 5)).2, CorruptionKind::Header);
    let without = |name: &str| {
        let mut disk = rig.killed();
        disk.delete(name);
        disk
    };
    assert_eq!(corrupt(without(&first)), (first.clone(), 1, CorruptionKind::Missing));
    let hole = corrupt(without(&second));
    assert_eq!((hole.0, hole.2), (first.clone(), CorruptionKind::Hole));
    rig.run("SAVE");
    let snapshot = rig.disk.borrow().names().remove(0);
    let mut disk = rig.killed();
    disk.edit(&snapshot, |bytes| bytes[40] ^= 1);
    assert_eq!(corrupt(disk), (snapshot, 5, CorruptionKind::Snapshot));
}

#[test]
fn a_snapshot_takes_the_place_of_the_log() {
    let mut rig = Rig::new();
    rig.script("SET k v; ZADD z 1 a 2 b 3 c 4 d 5 e 6 f; ZREM z a b c d; HSET h f 1; SAVE");
    let names = rig.disk.borrow().names();
    assert_eq!(names, ["snapshot-00000000000000000004.rdb", "wal-00000000000000000005.log"]);
    let image = rig.engine.image();
    let mut again = Setup::new().open(rig.crashed()).expect("a sound snapshot");
    assert_eq!(again.engine.image(), image);
    assert_eq!(again.run("OBJECT ENCODING z"), Reply::Bulk(b"skiplist".into()));
    rig.run("SAVE");
    assert_eq!(rig.disk.borrow().names(), names);
}
