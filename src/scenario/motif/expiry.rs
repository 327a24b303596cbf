//! Times to live: their edges, and what writes do to them.

use super::stage::{Stage, element};
use crate::command::{Domain, Kind};
use crate::scenario::draw::slot;

/// A time to live, and reads in its last millisecond and after it.
pub(super) fn expire_edge(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    let n = 1 + stage.draw.below(4);
    stage.fill(stage.me, kind, &key, n);
    let ttl_ms = stage.draw.pick(&[1u64, 10, 100, 1000, 1500]);
    stage.say(stage.me, &[b"PEXPIRE", &key, ttl_ms.to_string().as_bytes()]);
    // In the millisecond of its expiry a key is still there.
    stage.advance(ttl_ms);
    if stage.draw.below(2) == 0 {
        let read = stage.draw.pick(&[b"TTL".as_slice(), b"PTTL", b"EXISTS", b"TYPE", b"EXPIRETIME"]);
        stage.say(stage.me, &[read, &key]);
    }
    stage.advance(1);
    match stage.draw.below(12) {
        0 => stage.say(stage.other, &[b"EXISTS", &key]),
        1 => stage.say(stage.other, &[b"TYPE", &key]),
        2 => {
            let from = slot(b's', 1);
            stage.fill(stage.other, Kind::Str, &from, 1);
            stage.say(stage.other, &[b"RENAMENX", &from, &key]);
        }
        3 => stage.say(stage.other, &[b"COPY", &key, &slot(b's', 2)]),
        4 => stage.say(stage.other, &[b"RENAME", &key, &slot(b's', 2)]),
        5 => stage.say(stage.other, &[b"KEYS", b"*"]),
        6 => stage.say(stage.other, &[b"RANDOMKEY"]),
        7 => stage.say(stage.other, &[b"DEL", &key]),
        8 => stage.write(stage.other, family),
        9 => stage.say(stage.other, &[b"PERSIST", &key]),
        _ => stage.read(stage.other, family),
    }
    stage.read(stage.me, family);
}

/// A collection with a time to live is emptied and made again: the new one has none.
pub(super) fn drain_and_refill(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    stage.fill(stage.me, kind, &key, 1);
    stage.say(stage.me, &[b"EXPIRE", &key, b"100"]);
    let element = element(if kind == Kind::Hash { Domain::Field } else { Domain::Member }, 0);
    match kind {
        Kind::List => {
            let pop = stage.draw.pick(&[b"LPOP".as_slice(), b"RPOP"]);
            stage.say(stage.me, &[pop, &key]);
        }
        Kind::Set if stage.draw.below(2) == 0 => stage.say(stage.me, &[b"SPOP", &key, b"5"]),
        Kind::Set => stage.say(stage.me, &[b"SREM", &key, &element, b"0"]),
        Kind::Hash => stage.say(stage.me, &[b"HDEL", &key, &element]),
        Kind::Stream | Kind::Hll => stage.say(stage.me, &[b"DEL", &key]),
        Kind::ZSet | Kind::Geo if stage.draw.below(2) == 0 => stage.say(stage.me, &[b"ZPOPMIN", &key]),
        Kind::ZSet | Kind::Geo => stage.say(stage.me, &[b"ZREM", &key, &element]),
        Kind::Str | Kind::Any => stage.say(stage.me, &[b"GETDEL", &key]),
    }
    if stage.draw.below(3) == 0 {
        stage.read(stage.me, family);
    }
    stage.fill(stage.me, kind, &key, 2);
    stage.say(stage.other, &[b"TTL", &key]);
}

/// RENAME, RENAMENX, COPY or MOVE between keys with and without a time to live.
pub(super) fn rename_with_ttls(stage: &mut Stage) {
    let (kind, _) = stage.kind();
    let [from, other] = stage.pin_two(kind);
    // Onto itself, now and then.
    let to = if stage.draw.below(6) == 0 { from.clone() } else { other };
    stage.fill(stage.me, kind, &from, 2);
    if stage.draw.below(2) == 0 {
        stage.say(stage.me, &[b"EXPIRE", &from, b"100"]);
    }
    if stage.draw.below(2) == 0 {
        stage.fill(stage.me, kind, &to, 1);
        stage.say(stage.me, &[b"EXPIRE", &to, b"1000"]);
    }
    match stage.draw.below(6) {
        0 | 1 => stage.say(stage.me, &[b"RENAME", &from, &to]),
        2 => stage.say(stage.me, &[b"RENAMENX", &from, &to]),
        3 => stage.say(stage.me, &[b"COPY", &from, &to]),
        4 => stage.say(stage.me, &[b"COPY", &from, &to, b"REPLACE"]),
        _ => {
            stage.say(stage.me, &[b"MOVE", &from, b"1"]);
            stage.say(stage.me, &[b"SELECT", b"1"]);
            stage.say(stage.me, &[b"PTTL", &from]);
            stage.say(stage.me, &[b"SELECT", b"0"]);
        }
    }
    stage.say(stage.other, &[b"PTTL", &to]);
}

/// A write over a key with a time to live: some keep it, some drop it.
pub(super) fn write_over_ttl(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    let n = 1 + stage.draw.below(4);
    stage.fill(stage.me, kind, &key, n);
    stage.say(stage.me, &[b"PEXPIRE", &key, b"10000"]);
    for _ in 0..1 + stage.draw.below(2) {
        stage.write(stage.me, family);
    }
    stage.say(stage.other, &[b"PTTL", &key]);
}
