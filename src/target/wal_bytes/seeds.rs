//! The seed corpus: one log for each kind of damage.

use super::change::{Change, FROM_THE_END, Operation};
use super::input::Input;
use crate::scenario::{encode, text};

/// A named input, and whether its log is refused as corrupt in the end.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Its file name: what it shows, in kebab case.
    pub name: &'static str,
    /// The input.
    pub bytes: Vec<u8>,
    /// Whether opening is refused.
    pub is_refused: bool,
}

/// Settings: one segment; small ones; a snapshot now and then; syncs once a second, or never.
const ONE: u8 = 3;
const SMALL: u8 = 1;
const SNAPSHOTS: u8 = SMALL | 1 << 2;
const EVERY_SEC: u8 = ONE | 1 << 4;
const NO_SYNC: u8 = ONE | 2 << 4;

/// Something of every type, a transaction, a deadline that passes, and a client that waits and is served.
const SCRIPT: &str = "respfuzz scenario 1
c0> SET s0 a
c0> RPUSH l0 a b
c0> HSET h0 f v
c1> BLPOP l1 0
c0> ZADD z0 1 m
c0> MULTI
c0> SADD u0 1 2 3 4 5 6 7 8
c0> INCR n0
c0> EXEC
c0> PEXPIRE s0 100
advance 200ms
c0> RPUSH l1 x y
c0> XADD x0 1-1 f v
c0> GET s0
c0> RANDOMKEY
c0> RANDOMKEY
c0> SELECT 1
c0> SADD u0 1 2 3 4 5 6 7 8
c0> SPOP u0 3
";

const fn change(operation: Operation, file: u8, at: u16, extent: u16, value: u16) -> Change {
    Change { operation, by_parts: true, fixes: false, file, at, extent, value }
}

const fn fixed(change: Change) -> Change {
    Change { fixes: true, ..change }
}

const fn by_bytes(change: Change) -> Change {
    Change { by_parts: false, ..change }
}

const LAST: u16 = FROM_THE_END;

/// Far into the part: the key of the command that a record tells.
const PAYLOAD: u16 = 49 * 4;

/// `corpus/wal_bytes`, but for whole files.
pub fn seeds() -> Vec<Seed> {
    use Operation::*;
    let flip = |at, far| change(Flip, 0, at, far, 0);
    #[rustfmt::skip] // A table: one seed a line.
    let table: Vec<(&'static str, u8, Vec<Change>, bool)> = vec![
        ("unchanged-one-segment", ONE, vec![], false),
        ("unchanged-small-segments", SMALL, vec![], false),
        ("unchanged-snapshots", SNAPSHOTS, vec![], false),
        ("unchanged-everysec", EVERY_SEC, vec![], false),
        ("unchanged-no-sync", NO_SYNC, vec![], false),
        ("header-bit-flips", ONE, vec![flip(0, 4)], true),
        ("record-bit-flips", ONE, vec![flip(3, PAYLOAD)], true),
        ("record-length-flips", ONE, vec![flip(3, 0)], true),
        ("record-length-is-huge", ONE, vec![change(Number, 0, 3, 0, 7)], true),
        ("record-number-flips", ONE, vec![flip(3, 8 * 4)], true),
        ("record-of-no-sync-flips", NO_SYNC, vec![flip(3, PAYLOAD)], false),
        ("last-record-flips", ONE, vec![flip(LAST, PAYLOAD)], false),
        ("last-record-length-is-huge", ONE, vec![change(Number, 0, LAST, 0, 4)], false),
        ("last-record-is-cut", ONE, vec![change(Cut, 0, LAST, PAYLOAD, 0)], false),
        ("last-record-is-gone", ONE, vec![change(Remove, 0, LAST, 0, 0)], false),
        ("zeros-at-the-end", ONE, vec![change(Extend, 0, 0, 0, 60 << 8)], false),
        ("garbage-at-the-end", ONE, vec![change(Extend, 0, 0, 0, 60 << 8 | 0xa7)], false),
        ("zeros-in-the-middle", ONE, vec![change(Zero, 0, 4, 1, 0)], true),
        ("record-is-gone", ONE, vec![change(Remove, 0, 4, 0, 0)], true),
        ("record-is-there-twice", ONE, vec![change(Duplicate, 0, 4, 0, 0)], true),
        ("last-record-is-there-twice", ONE, vec![change(Duplicate, 0, LAST, 0, 0)], false),
        ("records-change-places", ONE, vec![change(Swap, 0, 4, 0, 0)], true),
        ("bytes-before-a-record", ONE, vec![change(Insert, 0, 4, 0, 7 << 8)], true),
        ("file-is-empty", ONE, vec![by_bytes(change(Cut, 0, 0, 0, 0))], true),
        ("file-is-gone", ONE, vec![change(RemoveFile, 0, 0, 0, 0)], false),
        ("first-segment-is-gone", SMALL, vec![change(RemoveFile, 0, 0, 0, 0)], true),
        ("second-segment-is-gone", SMALL, vec![change(RemoveFile, 1, 0, 0, 0)], true),
        ("segment-instead-of-another", SMALL, vec![change(CopyFile, 1, 0, 0, 0)], true),
        ("segment-in-the-middle-is-cut", SMALL, vec![change(Cut, 1, 1, PAYLOAD, 0)], true),
        ("snapshot-bit-flips", SNAPSHOTS, vec![by_bytes(change(Flip, 0, 40, 0, 0))], true),
        ("snapshot-is-gone", SNAPSHOTS, vec![change(RemoveFile, 0, 0, 0, 0)], true),
        ("fixed-payload-flips", ONE, vec![fixed(flip(3, PAYLOAD))], false),
        ("fixed-record-is-gone", ONE, vec![fixed(change(Remove, 0, 4, 0, 0))], true),
        ("fixed-count-is-huge", ONE, vec![fixed(change(Number, 0, 3, 42 * 4, 7))], true),
        ("fixed-snapshot-is-cut", SNAPSHOTS, vec![fixed(by_bytes(change(Cut, 0, 150, 0, 0)))], true),
    ];
    let scenario = text::parse(SCRIPT).map(|scenario| encode(&scenario)).unwrap_or_default();
    let seed = |(name, settings, changes, is_refused)| {
        let input = Input::Generated { settings, changes, scenario: scenario.clone() };
        Seed { name, bytes: input.encode(), is_refused }
    };
    table.into_iter().map(seed).collect()
}
