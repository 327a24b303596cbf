//! Commands that meet on one key or two.

use super::stage::Stage;
use crate::command::{Domain, Family, Kind, Tier};
use crate::resp::Bytes;
use crate::scenario::draw::slot;

/// Several commands of several families on one key: the types meet.
pub(super) fn pile(stage: &mut Stage) {
    let (_, family, key) = stage.pin();
    for _ in 0..2 + stage.draw.below(4) {
        let client = stage.draw.client();
        match stage.draw.below(6) {
            0 if stage.config.families.contains(Family::Expiry) => stage.any_of(client, Family::Expiry, |_| true),
            1 => stage.touch(client, family, &key),
            2 => {
                let (_, foreign) = stage.kind();
                stage.any_of(client, foreign, |c| !c.has_flag("blocking"));
            }
            3 => stage.any_of(client, Family::Keys, |c| c.keys.0 > 0),
            _ => stage.any_of(client, family, |c| !c.has_flag("blocking")),
        }
    }
}

/// Writes and reads of one type on one key.
pub(super) fn pile_on_one_type(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    let n = 1 + stage.draw.below(6);
    stage.fill(stage.me, kind, &key, n);
    for _ in 0..1 + stage.draw.below(3) {
        stage.write(stage.me, family);
    }
    for _ in 0..1 + stage.draw.below(2) {
        stage.read(stage.other, family);
    }
}

/// Commands that read or write several keys, on two that hold much the same.
pub(super) fn two_keys(stage: &mut Stage) {
    let (kind, family) = stage.kind();
    for key in stage.pin_two(kind) {
        let n = stage.draw.below(6);
        if n > 0 {
            stage.fill(stage.me, kind, &key, n);
        }
    }
    for _ in 0..1 + stage.draw.below(3) {
        match stage.draw.below(8) {
            0 => stage.any_of(stage.me, Family::Keys, |c| c.keys.1 != c.keys.0),
            _ if kind == Kind::Hash => stage.write(stage.me, family), // No hash command takes two keys.
            _ => stage.any_of(stage.me, family, |c| c.keys.1 != c.keys.0 || c.has_flag("movablekeys")),
        }
    }
    stage.read(stage.other, family);
}

/// Arithmetic on a boundary number, or on what only looks like a number.
pub(super) fn numbers(stage: &mut Stage) {
    let (kind, command, float): (Kind, &[u8], &[u8]) = stage.draw.pick(&[
        (Kind::Str, b"INCRBY", b"INCRBYFLOAT"),
        (Kind::Hash, b"HINCRBY", b"HINCRBYFLOAT"),
        (Kind::ZSet, b"ZINCRBY", b"ZINCRBY"),
    ]);
    let [key, _] = stage.pin_two(kind);
    let element = stage.draw.common(if kind == Kind::Hash { Domain::Field } else { Domain::Member });
    let tier = stage.draw.pick(&[Tier::Common, Tier::Edge, Tier::Edge, Tier::Odd]);
    match kind {
        Kind::Hash => {
            let value = stage.draw.pick(Domain::Value.values(tier));
            stage.say(stage.me, &[b"HSET", &key, &element, value]);
        }
        Kind::ZSet => {
            let score = stage.draw.pick(Domain::Score.values(tier));
            stage.say(stage.me, &[b"ZADD", &key, score, &element]);
        }
        _ => {
            let value = stage.draw.pick(Domain::Value.values(tier));
            stage.say(stage.me, &[b"SET", &key, value]);
        }
    }
    for _ in 0..1 + stage.draw.below(2) {
        let by_float = stage.draw.below(3) == 0;
        let domain = match kind {
            Kind::ZSet => Domain::Score,
            _ if by_float => Domain::FloatDelta,
            _ => Domain::Delta,
        };
        let name = if by_float { float } else { command };
        let delta = if stage.draw.below(4) == 0 { stage.draw.value(domain) } else { stage.draw.legal(domain) };
        let mut argv: Vec<Bytes> = vec![name.to_vec(), key.clone()];
        match kind {
            Kind::Hash => argv.extend([element.clone(), delta]),
            Kind::ZSet => argv.extend([delta, element.clone()]),
            _ => match stage.draw.below(6) {
                0 => argv = vec![b"INCR".to_vec(), key.clone()],
                1 => argv = vec![b"DECR".to_vec(), key.clone()],
                2 => argv = vec![b"DECRBY".to_vec(), key.clone(), delta],
                _ => argv.push(delta),
            },
        }
        stage.send(stage.me, argv);
    }
}

/// A collection grows past where its encoding changes, loses elements, and is read.
pub(super) fn grow_and_shrink(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    let n = 3 + stage.draw.below(14);
    stage.fill(stage.me, kind, &key, n);
    for _ in 0..1 + stage.draw.below(3) {
        stage.write(stage.me, family);
    }
    for _ in 0..1 + stage.draw.below(3) {
        stage.read(stage.me, family);
    }
}

/// A *STORE command over a destination that has another type, a time to live, or will be empty.
pub(super) fn store_over(stage: &mut Stage) {
    let kind = stage.draw.pick(&[Kind::Set, Kind::ZSet]);
    let prefix = if kind == Kind::Set { b't' } else { b'z' };
    let (a, b, to) = (slot(prefix, 0), slot(prefix, 1), slot(stage.draw.pick(b"slthz"), 0));
    stage.fill(stage.me, kind, &a, 3);
    if stage.draw.below(2) == 0 {
        stage.say(stage.me, &[b"DEL", &b]);
    }
    stage.say(stage.me, &[b"EXPIRE", &to, b"100"]);
    let set: [&[u8]; 3] = [b"SINTERSTORE", b"SUNIONSTORE", b"SDIFFSTORE"];
    let zset: [&[u8]; 4] = [b"ZINTERSTORE", b"ZUNIONSTORE", b"ZDIFFSTORE", b"ZRANGESTORE"];
    match kind {
        Kind::Set => {
            let name = stage.draw.pick(&set);
            stage.say(stage.me, &[name, &to, &a, &b]);
        }
        _ => match stage.draw.pick(&zset) {
            b"ZRANGESTORE" => {
                let (start, stop) = (stage.draw.common(Domain::Index), stage.draw.common(Domain::Index));
                stage.say(stage.me, &[b"ZRANGESTORE", &to, &a, &start, &stop]);
            }
            name => stage.say(stage.me, &[name, &to, b"2", &a, &b]),
        },
    }
    stage.say(stage.other, &[b"TYPE", &to]);
    stage.say(stage.other, &[b"TTL", &to]);
}

/// The same key in two databases.
pub(super) fn other_database(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    stage.fill(stage.me, kind, &key, 1);
    stage.say(stage.me, &[b"SELECT", b"1"]);
    stage.read(stage.me, family);
    stage.write(stage.me, family);
    match stage.draw.below(4) {
        0 => stage.say(stage.other, &[b"SWAPDB", b"0", b"1"]),
        1 => stage.say(stage.other, &[b"MOVE", &key, b"1"]),
        2 => stage.say(stage.other, &[b"FLUSHDB"]),
        _ => stage.say(stage.other, &[b"COPY", &key, &key, b"DB", b"1"]),
    }
    stage.read(stage.me, family);
    stage.say(stage.me, &[b"SELECT", b"0"]);
    stage.read(stage.me, family);
}
