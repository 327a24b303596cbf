//! Laws of keys, whatever they hold.

use std::collections::BTreeSet;

use super::{arg, array, bulk, int, ok, sorted};
use crate::property::{Broken, Draw, Session};
use crate::resp::{Bytes, Value};

/// Values of each type: the command that makes one of a missing key, and one that reads all of it.
type Kind = (&'static str, &'static [&'static [u8]], &'static [&'static [u8]]);

const KINDS: [Kind; 6] = [
    ("string", &[b"SET", b"k", b"v"], &[b"GET", b"k"]),
    ("list", &[b"RPUSH", b"k", b"a", b"b"], &[b"LRANGE", b"k", b"0", b"-1"]),
    ("hash", &[b"HSET", b"k", b"f", b"v"], &[b"HGETALL", b"k"]),
    ("set", &[b"SADD", b"k", b"m"], &[b"SMEMBERS", b"k"]),
    ("zset", &[b"ZADD", b"k", b"1", b"m"], &[b"ZRANGE", b"k", b"0", b"-1", b"WITHSCORES"]),
    ("stream", &[b"XADD", b"k", b"1-1", b"f", b"v"], &[b"XRANGE", b"k", b"-", b"+"]),
];

/// A command with another key in the place of `k`.
fn on<'a>(key: &'a [u8], argv: &[&'a [u8]]) -> Vec<&'a [u8]> {
    argv.iter().map(|arg| if *arg == b"k" { key } else { *arg }).collect()
}

/// Makes a value of some type.
fn make(draw: &mut Draw, key: &[u8], session: &mut Session) -> Result<Kind, Broken> {
    let kind = draw.pick(&KINDS);
    session.call(&on(key, kind.1))?;
    Ok(kind)
}

/// A deadline that is in reach: a wall clock is not moved on.
fn short_ms(draw: &mut Draw, session: &Session) -> u64 {
    if session.has_simulated_time() { [1, 10, 1000, 100_000][draw.below(4)] + draw.below(100) as u64 } else { 20 }
}

pub(super) fn expire_removes_key(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let kind = make(draw, b"k", session)?;
    let ms = short_ms(draw, session);
    session.expect(&[b"PEXPIRE", b"k", &arg(ms)], int(1))?;
    if session.has_simulated_time() {
        session.expect(&[b"PTTL", b"k"], int(ms))?;
        session.wait(ms)?;
        session.expect(&[b"TYPE", b"k"], Value::status(kind.0))?;
        session.wait(1)?;
    } else {
        session.wait(ms)?;
    }
    match draw.below(4) {
        0 => session.expect(&[b"EXISTS", b"k"], int(0))?,
        1 => session.expect(&[b"DEL", b"k"], int(0))?,
        2 => session.expect(&[b"RENAME", b"k", b"other"], Value::error("ERR no such key"))?,
        _ => session.expect(&[b"TYPE", b"k"], Value::status("none"))?,
    }
    session.expect(&[b"TTL", b"k"], int(-2))?;
    session.expect(&[b"GET", b"k"], Value::NullBulk)?;
    session.expect(&[b"SET", b"k", b"new"], ok())?;
    session.expect(&[b"TTL", b"k"], int(-1))
}

pub(super) fn persist_keeps_key(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let kind = make(draw, b"k", session)?;
    let before = session.call(&on(b"k", kind.2))?;
    let ms = short_ms(draw, session);
    session.expect(&[b"PERSIST", b"k"], int(0))?;
    session.expect(&[b"PEXPIRE", b"k", &arg(ms)], int(1))?;
    let (argv, expected): (&[&[u8]], _) = match kind.0 == "string" && draw.flip() {
        true => (&[b"GETEX", b"k", b"PERSIST"], before.clone()),
        false => (&[b"PERSIST", b"k"], int(1)),
    };
    let reply = session.call(argv)?;
    if reply != expected && !session.has_simulated_time() && session.call(&[b"EXISTS", b"k"])? == int(0) {
        return Ok(()); // On a busy machine the deadline may come first.
    }
    session.equal(&expected, &reply)?;
    session.expect(&[b"TTL", b"k"], int(-1))?;
    session.wait(ms + 1)?;
    session.expect(&on(b"k", kind.2), before)
}

pub(super) fn delete_forgets(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let kind = make(draw, b"k", session)?;
    if draw.flip() {
        session.expect(&[b"EXPIRE", b"k", b"100"], int(1))?;
    }
    match draw.below(3) {
        // An empty list is none.
        2 if kind.0 == "list" => session.expect(&[b"LPOP", b"k", b"5"], array([b"a".as_slice(), b"b"]))?,
        2 => session.expect(&[b"UNLINK", b"k", b"k"], int(1))?,
        _ => session.expect(&[b"DEL", b"k", b"k"], int(1))?,
    }
    session.expect(&[b"EXISTS", b"k"], int(0))?;
    session.expect(&[b"TYPE", b"k"], Value::status("none"))?;
    session.expect(&[b"TTL", b"k"], int(-2))?;
    let kind = make(draw, b"k", session)?;
    session.expect(&[b"TYPE", b"k"], Value::status(kind.0))?;
    session.expect(&[b"TTL", b"k"], int(-1))
}

pub(super) fn rename_moves_all(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let kind = make(draw, b"from", session)?;
    let lives = draw.flip();
    if lives {
        session.expect(&[b"EXPIRE", b"from", b"1000"], int(1))?;
    }
    if draw.flip() {
        make(draw, b"to", session)?;
        if draw.flip() {
            session.expect(&[b"EXPIRE", b"to", b"5"], int(1))?;
        }
    }
    let before = session.call(&on(b"from", kind.2))?;
    session.expect(&[b"RENAME", b"from", b"to"], ok())?;
    session.expect(&on(b"to", kind.2), before)?;
    session.expect(&[b"EXISTS", b"from"], int(0))?;
    let ttl = session.call(&[b"TTL", b"to"])?;
    match lives {
        true => session.require(matches!(ttl, Value::Int(990..=1000)), "about 1000 seconds to live", &ttl),
        false => session.equal(&int(-1), &ttl),
    }
}

pub(super) fn copy_is_a_twin(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let kind = make(draw, b"from", session)?;
    let lives = draw.flip();
    if lives {
        session.expect(&[b"EXPIRE", b"from", b"1000"], int(1))?;
    }
    let before = session.call(&on(b"from", kind.2))?;
    session.expect(&[b"COPY", b"from", b"to"], int(1))?;
    session.expect(&on(b"to", kind.2), before.clone())?;
    let ttl = session.call(&[b"TTL", b"to"])?;
    match lives {
        true => session.require(matches!(ttl, Value::Int(990..=1000)), "about 1000 seconds to live", &ttl)?,
        false => session.equal(&int(-1), &ttl)?,
    }
    let (gone, stays): (&[u8], &[u8]) = if draw.flip() { (b"from", b"to") } else { (b"to", b"from") };
    session.expect(&[b"DEL", gone], int(1))?;
    session.expect(&on(stays, kind.2), before)
}

pub(super) fn scan_finds_all(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    /// A scan of so few keys that takes longer goes round in circles.
    const TURNS: usize = 500;
    let mut keys: BTreeSet<Bytes> = BTreeSet::new();
    for _ in 0..draw.between(1, 40) {
        let key = [b"key:".to_vec(), draw.member()].concat();
        session.expect(&[b"SET", &key, b"v"], ok())?;
        keys.insert(key);
    }
    let (mut cursor, mut found) = (b"0".to_vec(), BTreeSet::new());
    for turn in 0.. {
        let reply = session.call(&[b"SCAN", &cursor, b"COUNT", &arg(draw.between(1, 10))])?;
        let Some((next, page)) = page(&reply) else {
            return session.require(false, "a cursor and an array of keys", &reply);
        };
        found.extend(page);
        cursor = next;
        if cursor == b"0" {
            break;
        }
        session.require(turn < TURNS, "a cursor that comes to 0", &reply)?;
        if draw.below(3) == 1 {
            session.call(&[b"SET", b"passing", b"v"])?;
            session.call(&[b"DEL", b"passing"])?;
        }
    }
    found.remove(b"passing".as_slice());
    let listed = sorted(session.call(&[b"KEYS", b"*"])?);
    session.equal(&sorted(array(keys.iter().map(Vec::as_slice))), &listed)?;
    session.equal(&array(keys.iter().map(Vec::as_slice)), &array(found.iter().map(Vec::as_slice)))
}

/// The cursor and the keys of a reply to SCAN.
fn page(reply: &Value) -> Option<(Bytes, Vec<Bytes>)> {
    let bytes = |value: &Value| if let Value::Bulk(bytes) = value { Some(bytes.clone()) } else { None };
    let Value::Array(parts) = reply else { return None };
    let [cursor, Value::Array(keys)] = parts.as_slice() else { return None };
    Some((bytes(cursor)?, keys.iter().map(bytes).collect::<Option<_>>()?))
}

pub(super) fn wrong_type_changes_nothing(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    const OTHERS: [(&str, &[&[u8]]); 11] = [
        ("string", &[b"SET", b"k", b"x", b"GET"]),
        ("string", &[b"APPEND", b"k", b"x"]),
        ("string", &[b"INCR", b"k"]),
        ("string", &[b"GETSET", b"k", b"x"]),
        ("list", &[b"LPUSH", b"k", b"x"]),
        ("list", &[b"LINSERT", b"k", b"BEFORE", b"a", b"x"]),
        ("hash", &[b"HSET", b"k", b"f", b"x"]),
        ("set", &[b"SADD", b"k", b"x"]),
        ("set", &[b"SPOP", b"k"]),
        ("zset", &[b"ZINCRBY", b"k", b"1", b"m"]),
        ("stream", &[b"XADD", b"k", b"*", b"f", b"v"]),
    ];
    let kind = make(draw, b"k", session)?;
    let before = session.call(&on(b"k", kind.2))?;
    for _ in 0..draw.between(1, 6) {
        let (of, argv) = draw.pick(&OTHERS);
        if of != kind.0 {
            let reply = session.call(argv)?;
            session.require(reply.error_code() == Some(b"WRONGTYPE"), "(error) WRONGTYPE ...", &reply)?;
        }
        session.expect(&on(b"k", kind.2), before.clone())?;
    }
    Ok(())
}

pub(super) fn transaction_is_whole(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    const COMMANDS: [&[&[u8]]; 8] = [
        &[b"INCR", b"k"],
        &[b"APPEND", b"k", b"1"],
        &[b"GET", b"k"],
        &[b"RPUSH", b"k", b"a"],
        &[b"DEL", b"k"],
        &[b"STRLEN", b"k"],
        &[b"EXISTS", b"k"],
        &[b"SET", b"k", b"5"],
    ];
    let commands = draw.some(8, |draw| draw.pick(&COMMANDS));
    let mut single = Vec::new();
    for command in &commands {
        single.push(session.call(&on(b"alone", command))?);
    }
    let discards = draw.flip();
    session.expect(&[b"MULTI"], ok())?;
    for command in &commands {
        session.expect(&on(b"together", command), Value::status("QUEUED"))?;
    }
    if discards {
        session.expect(&[b"DISCARD"], ok())?;
        return session.expect(&[b"EXISTS", b"together"], int(0));
    }
    session.expect(&[b"EXEC"], Value::Array(single))?;
    for read in [b"TYPE".as_slice(), b"EXISTS"] {
        let alone = session.call(&[read, b"alone"])?;
        session.expect(&[read, b"together"], alone)?;
    }
    session.expect(&[b"GET", b"never set"], Value::NullBulk)?;
    session.expect(&[b"ECHO", b"out"], bulk(b"out"))
}
