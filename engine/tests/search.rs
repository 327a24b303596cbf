//! Indexes hold what the hashes of database 0 hold, whatever happens to these.

mod support;

use respfuzz_engine::{Durability, Reply};
use support::{Disk, Rig, Setup};

/// The keys that a query finds, in their order.
fn found(rig: &mut Rig, query: &str) -> Vec<String> {
    let reply = rig.run(&format!("FT.SEARCH i {query} NOCONTENT"));
    let Reply::Array(items) = reply else { panic!("{reply:?}") };
    let text = |item: &Reply| match item {
        Reply::Bulk(key) => String::from_utf8_lossy(key).into_owned(),
        other => panic!("{other:?}"),
    };
    let mut keys: Vec<String> = items[1..].iter().map(text).collect();
    keys.sort();
    assert_eq!(rig.engine.check_search(), Ok(()));
    keys
}

fn rig() -> Rig {
    Setup::durability(Durability::default()).open(Disk::default()).expect("an empty disk")
}

#[test]
fn what_happens_to_a_hash_happens_to_its_document() {
    let cases: &[(&str, &[&str])] = &[
        ("HSET a t red", &["a"]),
        ("HSET a t blue", &[]),
        ("HSET a t red; HDEL a t; HSET a u x", &[]),
        ("HSET a t red; DEL a", &[]),
        ("HSET a t red; UNLINK a", &[]),
        ("HSET a t red; RENAME a b", &["b"]),
        ("HSET a t red; HSET b t red; RENAME a b", &["b"]),
        ("HSET a t red; COPY a b", &["a", "b"]),
        ("HSET a t red; MOVE a 1", &[]),
        ("SELECT 1; HSET a t red; MOVE a 0; SELECT 0", &["a"]),
        ("SELECT 1; HSET a t red; SELECT 0", &[]),
        ("SELECT 1; HSET a t red; SELECT 0; HSET b t red; SWAPDB 0 1", &["a"]),
        ("HSET a t red; SET a red", &[]),
        ("RPUSH l red; HSET a t red; SORT l ALPHA STORE a", &[]),
        ("HSET a t red; PEXPIRE a 10; +11", &[]),
        ("MULTI; HSET a t red; HSET b t red; DEL a; EXEC", &["b"]),
        ("HSET a t 1; HINCRBY a t 1; HSET b t red", &["b"]),
        ("HSET a t red n x", &[]),
        ("HSET a t red; HSET a n x", &[]),
        ("HSET a t red; HSET a n x; HSET a n 1", &["a"]),
    ];
    for (script, expected) in cases {
        let mut rig = rig();
        rig.run("FT.CREATE i SCHEMA t TEXT n NUMERIC");
        rig.script(script);
        assert_eq!(found(&mut rig, "red"), *expected, "{script}");
    }
}

#[test]
fn indexes_change_with_their_definitions() {
    let mut rig = rig();
    rig.script("HSET a t red u blue; HSET x:a t red; FT.CREATE i PREFIX 1 x: SCHEMA t TEXT; FT.CREATE j SCHEMA t TEXT");
    assert_eq!(found(&mut rig, "red"), ["x:a"]);
    rig.script("FT.DROPINDEX i; FT.CREATE i SCHEMA t TEXT; FT.ALTER i SCHEMA ADD u TEXT");
    assert_eq!(found(&mut rig, "blue"), ["a"]);
    rig.script("FT.DROPINDEX i; FT.DROPINDEX j DD");
    assert_eq!(rig.run("EXISTS a x:a"), Reply::Int(0));
    rig.script("FT.CREATE i SCHEMA t TEXT; FLUSHALL");
    assert!(matches!(rig.run("FT.SEARCH i red"), Reply::Error(_)));
}

#[test]
fn indexes_outlive_the_engine() {
    for save in ["PING", "SAVE"] {
        let setup = Setup::durability(Durability::default());
        let mut rig = setup.open(Disk::default()).expect("an empty disk");
        rig.script("FT.CREATE i SCHEMA t TEXT; HSET a t red; HSET b t red; FT.CREATE j SCHEMA t TEXT; FT.DROPINDEX j");
        rig.script("FT.ALTER i SCHEMA ADD u TEXT");
        rig.run(save);
        rig.script("HSET c u red; DEL a; HSET d t red; PEXPIRE d 10; +11; GET d");
        assert_eq!(found(&mut rig, "red"), ["b", "c"]);
        let mut again = setup.open(rig.crashed()).expect("a sound log");
        assert_eq!(found(&mut again, "red"), ["b", "c"], "{save}");
        assert_eq!(again.run("FT._LIST"), Reply::Array(vec![Reply::Bulk(b"i".to_vec())]));
    }
}
