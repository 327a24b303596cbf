//! What ran gives the same state when the log is replayed, and when a snapshot is read: every command that writes, in all
//! kinds of circumstances.

mod support;

use std::collections::BTreeSet;

use respfuzz_engine::{Durability, Reply, command_table};
use support::commands::{Draw, OTHERS, WRITES, templates};
use support::{Disk, Rig, Setup};

fn assert_same(setup: &Setup, rig: &Rig, done: &str) {
    let again = setup.open(rig.killed()).unwrap_or_else(|error| panic!("{done}: {error}"));
    assert!(again.engine.image() == rig.engine.image(), "{done}");
}

/// What DUMP answers, for RESTORE.
fn dumped(rig: &mut Rig) -> Vec<u8> {
    rig.run("SADD dumped x 1 y");
    match rig.run("DUMP dumped") {
        Reply::Bulk(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn any_run_is_replayed_to_the_same_state() {
    let (writes, others) = (templates(WRITES), templates(OTHERS));
    for seed in 0..200 {
        let durability = Durability {
            segment_bytes: 2000,
            rewrite_bytes: if seed % 2 == 0 { 0 } else { 9000 },
            ..Durability::default()
        };
        let setup = Setup::durability(durability);
        let mut rig = setup.open(Disk::default()).expect("an empty disk");
        let dumped = dumped(&mut rig);
        let mut draw = Draw(seed);
        for step in 0..400 {
            let is_write = draw.below(10) < 8;
            let template = draw.of(if is_write { &writes } else { &others });
            if template.starts_with('+') || template.ends_with('!') {
                rig.step(template);
            } else {
                // Most commands are those of the first session; the others may be blocked for long.
                let session = [1, 1, 1, 2, 3, 4][draw.below(6)];
                rig.engine.execute(session, &draw.words(template, &dumped));
            }
            if draw.below(3) == 0 {
                rig.poll();
                assert_eq!(rig.engine.check(), [""; 0]);
                if step % 10 == 0 {
                    assert_same(&setup, &rig, &format!("seed {seed}, step {step}: {template}"));
                }
            }
            if draw.below(150) == 0 {
                rig.poll();
                rig = setup.open(rig.crashed()).expect("a sound log");
            }
        }
    }
}

/// Each command alone, on each type of value.
#[test]
fn every_write_command_is_logged() {
    let prepare = "SET a 5; RPUSH b a b 7; SADD c a 7; HSET d a a 7 7; ZADD e 1 a 2 7; XADD f 1-1 a a; XGROUP CREATE f g 0; \
        XREADGROUP GROUP g a STREAMS f @";
    let setup = Setup::new();
    let mut base = setup.open(Disk::default()).expect("an empty disk");
    let payload = dumped(&mut base);
    base.script(prepare);
    for template in templates(WRITES) {
        for seed in 0..40 {
            let mut rig = setup.open(base.killed()).expect("a sound log");
            rig.engine.execute(1, &Draw(seed * 7919).words(template, &payload));
            rig.poll();
            assert_same(&setup, &rig, template);
        }
    }
    let covered: BTreeSet<String> =
        templates(WRITES).iter().map(|line| line.split(' ').next().unwrap_or_default().to_ascii_lowercase()).collect();
    let writes = command_table().filter(|row| row.flags.split(' ').any(|flag| flag == "write"));
    let missing: Vec<&str> = writes.map(|row| row.name).filter(|name| !covered.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_client_that_waited_is_served_again() {
    let setup = Setup::new();
    let mut rig = setup.open(Disk::default()).expect("an empty disk");
    rig.script(
        "XGROUP CREATE s g 0 MKSTREAM; XGROUP CREATE t g 0 MKSTREAM; 2>XREADGROUP GROUP g c BLOCK 0 STREAMS s t @ @; \
         MULTI; XADD s 1-1 f v; XADD t 1-1 f v; DEL t; EXEC; 2>BLMOVE l m LEFT RIGHT 0; 3>BZPOPMIN z y 0; 4>BLMPOP 0 2 n m LEFT; \
         MULTI; RPUSH l a b; ZADD z 1 a 2 b; EXEC",
    );
    assert_same(&setup, &rig, "served");
    assert_eq!(format!("{:?}", rig.run("XPENDING s g")).matches("Int(1)").count(), 1);
}
