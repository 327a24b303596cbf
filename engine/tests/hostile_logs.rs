//! Logs and snapshots that nobody wrote: damaged, with checksums that fit all the same. An error, or a sound engine; never a
//! panic.

mod support;

use respfuzz_engine::OpenError;
use support::{Disk, Rig, Setup};

const SCRIPT: &str = "SET k 1 PX 100; APPEND k x; RPUSH l a b c d e f; LPOP l 2; SADD s 1 2 x; SPOP s; HSET h f v g w; \
    ZADD z 1 a 2 b 3 c 4 d 5 e; ZREMRANGEBYRANK z 0 0; XADD x 1-1 f v; XGROUP CREATE x g 0; XREADGROUP GROUP g c STREAMS x @; \
    2>XREADGROUP GROUP g c BLOCK 0 STREAMS x @; XADD x 2-1 f v; 2>BLPOP q 0; MULTI; RPUSH q a; SETBIT b 9 1; PFADD p a b c; EXEC; \
    SETRANGE r 5 x; COPY l m DB 3; SWAPDB 0 3; SWAPDB 0 3; EXPIRE l 7; +101; GEOADD geo 1 1 a; SORT z STORE sorted; INCRBYFLOAT f 1.5";

fn crc(parts: &[&[u8]]) -> [u8; 4] {
    crc32fast::hash(&parts.concat()).to_le_bytes()
}

/// Where the payloads of a segment begin and end.
fn payloads(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let (mut at, mut found) = (24, Vec::new());
    while at < bytes.len() {
        let len = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        found.push(at + 24..at + 24 + len);
        at += 24 + len;
    }
    found
}

fn seal_record(bytes: &mut [u8], payload: std::ops::Range<usize>) {
    let start = payload.start - 24;
    let sum = crc(&[&bytes[start..start + 4], &bytes[start + 8..payload.end]]);
    bytes[start + 4..start + 8].copy_from_slice(&sum);
}

fn seal_snapshot(bytes: &mut [u8]) {
    let sum = crc(&[&bytes[..28], &bytes[32..]]);
    bytes[28..32].copy_from_slice(&sum);
}

/// Opens it; if that goes well, uses what is there.
fn assert_harmless(setup: &Setup, disk: Disk, done: &str) -> bool {
    match setup.open(disk) {
        Ok(mut rig) => {
            rig.script("KEYS *; DBSIZE; XINFO STREAM x FULL; OBJECT ENCODING z; DUMP s; PTTL l; SAVE");
            assert_eq!(rig.engine.check(), [""; 0], "{done}");
            true
        }
        Err(OpenError::Corrupt(_)) => false,
        Err(error) => panic!("{done}: {error}"),
    }
}

/// Every byte of a file, changed in several ways.
fn damage(
    rig: &Rig,
    name: &str,
    places: impl Iterator<Item = usize>,
    seal: impl Fn(&mut Vec<u8>, usize),
) -> [usize; 2] {
    let setup = Setup::new();
    let mut outcomes = [0, 0];
    for at in places {
        for change in [|b: u8| b ^ 1, |b: u8| b ^ 0x80, |_| 0xff, |_| 0, |b: u8| b.wrapping_add(1)] {
            let mut disk = rig.killed();
            disk.edit(name, |bytes| {
                bytes[at] = change(bytes[at]);
                seal(bytes, at);
            });
            outcomes[usize::from(assert_harmless(&setup, disk, &format!("{name} at {at}")))] += 1;
        }
    }
    outcomes
}

#[test]
fn records_that_make_no_sense_are_refused_or_harmless() {
    let mut rig = Rig::new();
    rig.script(SCRIPT);
    let name = rig.disk.borrow().last_segment();
    let ranges = payloads(&rig.disk.borrow().content(&name));
    let places = ranges.clone().into_iter().flatten();
    let outcomes = damage(&rig, &name, places, |bytes, at| {
        let payload = ranges.iter().find(|range| range.contains(&at)).expect("a payload");
        seal_record(bytes, payload.clone());
    });
    assert!(outcomes.iter().all(|&count| count > 500), "{outcomes:?}");
}

#[test]
fn snapshots_that_make_no_sense_are_refused_or_harmless() {
    let mut rig = Rig::new();
    rig.script(SCRIPT);
    rig.run("SAVE");
    let name = rig.disk.borrow().names().remove(0);
    let len = rig.disk.borrow().content(&name).len();
    let outcomes = damage(&rig, &name, 32..len, |bytes, _| seal_snapshot(bytes));
    assert!(outcomes.iter().all(|&count| count > 500), "{outcomes:?}");
}

#[test]
fn bytes_that_were_never_a_log_are_refused_or_torn() {
    let mut rig = Rig::new();
    rig.script(SCRIPT);
    let name = rig.disk.borrow().last_segment();
    let mut seed = 1_u64;
    for round in 0..2000 {
        let mut disk = rig.killed();
        disk.edit(&name, |bytes| {
            for _ in 0..=round % 7 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (seed >> 33) as usize % bytes.len();
                match seed >> 61 {
                    0 => bytes.truncate(at.max(24)),
                    1 => drop(bytes.drain(at..(at + 30).min(bytes.len()))),
                    2 => bytes.extend_from_within(at..),
                    _ => bytes[at] = (seed >> 24) as u8,
                }
                if bytes.is_empty() {
                    return;
                }
            }
        });
        assert_harmless(&Setup::new(), disk, &format!("round {round}"));
    }
}
