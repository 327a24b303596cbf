//! Laws of what outlives a crash, for a subject that syncs before it answers.

use super::int;
use crate::property::{Broken, Draw, Session};
use crate::resp::{Bytes, Value};

const KEYS: [&[u8]; 4] = [b"s", b"l", b"h", b"z"];

/// A write, drawn.
fn write(draw: &mut Draw) -> Vec<Bytes> {
    let (member, value) = (draw.member(), draw.value());
    let words: Vec<&[u8]> = match draw.below(9) {
        0 => vec![b"SET", b"s", &value],
        1 => vec![b"APPEND", b"s", &value],
        2 => vec![b"RPUSH", b"l", &value],
        3 => vec![b"LPUSH", b"l", &value, &member],
        4 => vec![b"LPOP", b"l"],
        5 => vec![b"HSET", b"h", &member, &value],
        6 => vec![b"HDEL", b"h", &member],
        7 => vec![b"ZADD", b"z", b"1", &member],
        _ => vec![b"DEL", KEYS[usize::from(value.len() as u8 % 4)]],
    };
    words.into_iter().map(<[u8]>::to_vec).collect()
}

/// Everything that is there.
fn state(session: &mut Session) -> Result<Vec<Value>, Broken> {
    let reads: [&[&[u8]]; 6] = [
        &[b"DBSIZE"],
        &[b"GET", b"s"],
        &[b"LRANGE", b"l", b"0", b"-1"],
        &[b"ZRANGE", b"z", b"0", b"-1", b"WITHSCORES"],
        &[b"HLEN", b"h"],
        &[b"HGETALL", b"h"],
    ];
    reads.iter().map(|read| Ok(super::sorted_pairs(read, session.call(read)?))).collect()
}

pub(super) fn crash_recovery_consistent(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    for _ in 0..draw.between(1, 3) {
        for argv in draw.some(8, write) {
            session.call(&argv.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
        }
        let before = state(session)?;
        // Answered just before: nothing that comes later can help it to the disk.
        let last = draw.value();
        session.expect(&[b"SET", b"last", &last], Value::ok())?;
        session.crash(draw.below(256) as u16)?;
        session.expect(&[b"GET", b"last"], Value::bulk(last))?;
        session.expect(&[b"DEL", b"last"], int(1))?;
        let after = state(session)?;
        session.equal(&Value::Array(before), &Value::Array(after))?;
    }
    Ok(())
}

pub(super) fn crash_keeps_deadlines(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    session.call(&[b"SET", b"lives", b"v", b"EX", b"1000"])?;
    session.call(&[b"SET", b"stays", b"v", b"EX", b"1"])?;
    session.expect(&[b"PERSIST", b"stays"], int(1))?;
    let ms: u64 = if session.has_simulated_time() { 1 + draw.below(200) as u64 } else { 20 };
    session.call(&[b"SET", b"ends", b"v"])?;
    session.expect(&[b"PEXPIRE", b"ends", &super::arg(ms)], int(1))?;
    // A deadline that is counted anew at the recovery is too late.
    session.wait(ms / 2)?;
    session.crash(draw.below(256) as u16)?;
    session.wait(ms - ms / 2 + 1)?;
    session.expect(&[b"EXISTS", b"ends"], int(0))?;
    session.expect(&[b"TTL", b"stays"], int(-1))?;
    let ttl = session.call(&[b"TTL", b"lives"])?;
    session.require(matches!(ttl, Value::Int(990..=1000)), "about 1000 seconds to live", &ttl)
}
