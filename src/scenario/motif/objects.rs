//! Values of any type from outside: their encodings, scans, SORT, DUMP and RESTORE.

use super::stage::{Stage, element};
use crate::command::{Domain, Family, Kind};
use crate::resp::Bytes;
use crate::scenario::draw::slot;

/// A value at the edge of its encoding is edited or copied, and asked about.
pub(super) fn encodings(stage: &mut Stage) {
    let (kind, family) = stage.kind();
    let [key, other] = stage.pin_two(kind);
    if kind == Kind::Str {
        let lengths: [&[u8]; 6] = [&[b'x'; 44], &[b'x'; 45], b"9999", b"10000", b"-1", b"9223372036854775807"];
        let text = stage.draw.pick(&lengths);
        stage.say(stage.me, &[b"SET", &key, text]);
    } else {
        let n = 3 + stage.draw.below(4);
        stage.fill(stage.me, kind, &key, n);
    }
    for _ in 0..stage.draw.below(3) {
        match stage.draw.below(6) {
            0 => stage.say(stage.me, &[b"COPY", &key, &other, b"REPLACE"]),
            1 => stage.say(stage.me, &[b"RENAME", &key, &other]),
            2 => stage.any_of(stage.other, Family::Keys, |c| c.name == "SORT"),
            3 if kind == Kind::Set => stage.say(stage.me, &[b"SPOP", &key, b"4"]),
            _ => stage.write(stage.me, family),
        }
    }
    for key in [&key, &other] {
        stage.say(stage.other, &[b"OBJECT", b"ENCODING", key]);
    }
    stage.say(stage.other, &[b"OBJECT", b"REFCOUNT", &key]);
}

/// How long a key has been idle, after reads that count as an access and reads that don't.
pub(super) fn idle_time(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    stage.fill(stage.me, kind, &key, 2);
    for _ in 0..1 + stage.draw.below(2) {
        let ms = stage.draw.pick(&[100u64, 1000, 5000, 60_000, 3_600_000]);
        stage.advance(ms);
        match stage.draw.below(4) {
            0 => stage.say(stage.other, &[b"TTL", &key]),
            1 => stage.say(stage.other, &[b"TOUCH", &key]),
            2 => stage.read(stage.other, family),
            _ => stage.read(stage.other, Family::Keys),
        }
        stage.say(stage.other, &[b"OBJECT", b"IDLETIME", &key]);
    }
}

/// A whole iteration over something large, with edits on the way.
pub(super) fn scan_through(stage: &mut Stage) {
    let (kind, family, name): (Kind, Family, &[u8]) = stage.draw.pick(&[
        (Kind::Set, Family::Sets, b"SSCAN".as_slice()),
        (Kind::Hash, Family::Hashes, b"HSCAN"),
        (Kind::ZSet, Family::ZSets, b"ZSCAN"),
        (Kind::Str, Family::Keys, b"SCAN"),
    ]);
    let [key, _] = stage.pin_two(kind);
    let many = 6 + stage.draw.below(40);
    if name == b"SCAN" {
        let pairs = (0..many).flat_map(|i| [slot(b's', i), b"v".to_vec()]);
        stage.send(stage.me, [b"MSET".to_vec()].into_iter().chain(pairs).collect());
    } else {
        stage.fill(stage.me, kind, &key, many);
    }
    let mut words: Vec<Bytes> = if name == b"SCAN" { vec![name.to_vec()] } else { vec![name.to_vec(), key.clone()] };
    let cursor_at = words.len();
    words.push(b"0".to_vec());
    if stage.draw.below(3) > 0 {
        words.extend([b"COUNT".to_vec(), stage.draw.pick(&[b"1", b"2", b"5"]).to_vec()]);
    }
    if stage.draw.below(4) == 0 {
        words.extend([b"MATCH".to_vec(), stage.draw.pick(&[b"m*".as_slice(), b"?", b"*1*", b"s[0-9]"]).to_vec()]);
    }
    let edits = stage.draw.below(3) > 0;
    for _ in 0..1 + stage.draw.below(12) {
        stage.send(stage.me, words.clone());
        words[cursor_at] = b"@cursor".to_vec();
        match stage.draw.below(5) {
            0 if edits => stage.write(stage.other, family),
            1 if edits && kind == Kind::Set => {
                let members: [&[u8]; 4] = [b"SREM", &key, &element(Domain::Member, 20), &element(Domain::Member, 11)];
                stage.say(stage.other, &members);
            }
            2 if edits && kind == Kind::Hash => stage.fill(stage.other, kind, &key, many + 30),
            _ => {}
        }
    }
    // Wherever it is: this ends it.
    words.extend([b"COUNT".to_vec(), b"1000".to_vec()]);
    stage.send(stage.me, words);
}

/// A collection of small numbers is sorted by strings and fields that are named after them.
pub(super) fn sort_by_others(stage: &mut Stage) {
    let (kind, add): (Kind, &[u8]) =
        stage.draw.pick(&[(Kind::List, b"RPUSH".as_slice()), (Kind::Set, b"SADD"), (Kind::ZSet, b"ZADD")]);
    let [key, other] = stage.pin_two(kind);
    let mut argv = vec![add.to_vec(), key.clone()];
    for i in 0..1 + stage.draw.below(8) {
        if kind == Kind::ZSet {
            argv.push(stage.draw.common(Domain::Score));
        }
        argv.push(if stage.draw.below(8) == 0 { stage.draw.value(Domain::Value) } else { (i % 5).to_string().into() });
    }
    stage.send(stage.me, argv);
    for i in 0..stage.draw.below(4) {
        let value =
            if stage.draw.below(4) == 0 { stage.draw.value(Domain::Value) } else { stage.draw.common(Domain::Delta) };
        stage.say(stage.me, &[b"SET", &slot(b's', i), &value]);
        stage.say(stage.me, &[b"HSET", &slot(b'h', 3 - i), b"f", &value]);
    }
    for _ in 0..1 + stage.draw.below(3) {
        stage.any_of(stage.me, Family::Keys, |c| c.name.starts_with("SORT"));
    }
    if stage.draw.below(3) == 0 {
        stage.say(stage.me, &[b"SORT", &key, b"BY", b"s*", b"STORE", &other]);
        stage.say(stage.me, &[b"LRANGE", &other, b"0", b"-1"]);
    }
}

/// A value is dumped, and restored once it may have changed.
pub(super) fn dump_and_restore(stage: &mut Stage) {
    let (kind, family) = stage.kind();
    let [key, other] = stage.pin_two(kind);
    let n = 1 + stage.draw.below(8);
    stage.fill(stage.me, kind, &key, n);
    if stage.draw.below(2) == 0 {
        stage.write(stage.me, family);
    }
    stage.say(stage.me, &[b"DUMP", &key]);
    match stage.draw.below(4) {
        0 => stage.say(stage.me, &[b"DEL", &key]),
        1 => stage.say(stage.me, &[b"EXPIRE", &key, b"100"]),
        2 => stage.write(stage.other, family),
        _ => {}
    }
    let to = if stage.draw.below(2) == 0 { &key } else { &other };
    let ttl = stage.draw.pick(&[b"0".as_slice(), b"0", b"1", b"1500"]);
    let payload = stage.draw.pick(&[b"@dump".as_slice(), b"@dump", b"@dump", b"@dump", b"@dump-flipped", b"@dump-cut"]);
    match stage.draw.below(5) {
        0 => stage.say(stage.other, &[b"RESTORE", to, ttl, payload]),
        1 => stage.say(stage.other, &[b"RESTORE", to, b"1600000001000", payload, b"ABSTTL", b"REPLACE"]),
        2 => stage.say(stage.other, &[b"RESTORE", to, ttl, payload, b"IDLETIME", b"1000", b"REPLACE"]),
        3 => stage.any_of(stage.other, Family::Keys, |c| c.name == "RESTORE"),
        _ => stage.say(stage.other, &[b"RESTORE", to, ttl, payload, b"REPLACE"]),
    }
    let question = stage.draw.pick(&[b"ENCODING".as_slice(), b"IDLETIME", b"REFCOUNT"]);
    stage.say(stage.other, &[b"OBJECT", question, to]);
    stage.write(stage.other, family);
    stage.say(stage.me, &[b"PTTL", to]);
}
