//! Laws of strings.

use super::{arg, bulk, int, ok};
use crate::property::{Broken, Draw, Session};
use crate::resp::Value;

pub(super) fn set_get_roundtrip(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    for _ in 0..draw.between(1, 6) {
        let (key, value) = (draw.member(), draw.value());
        session.expect(&[b"SET", &key, &value], ok())?;
        session.expect(&[b"GET", &key], bulk(&value))?;
        session.expect(&[b"STRLEN", &key], int(value.len()))?;
        let other = draw.value();
        match draw.below(4) {
            0 => session.expect(&[b"GETSET", &key, &other], bulk(&value))?,
            1 => session.expect(&[b"SET", &key, &other, b"GET"], bulk(&value))?,
            2 => {
                session.expect(&[b"SET", &key, &other, b"NX", b"GET"], bulk(&value))?;
                session.expect(&[b"GET", &key], bulk(&value))?;
                continue;
            }
            _ => session.expect(&[b"MSET", &key, &other], ok())?,
        }
        session.expect(&[b"GET", &key], bulk(&other))?;
    }
    Ok(())
}

pub(super) fn incr_is_monotonic(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let mut value = draw.integer();
    session.expect(&[b"SET", b"n", &arg(value)], ok())?;
    for _ in 0..draw.between(1, 8) {
        let more = draw.integer().saturating_abs().max(1);
        let reply = match more {
            1 => session.call(&[b"INCR", b"n"])?,
            _ => session.call(&[b"INCRBY", b"n", &arg(more)])?,
        };
        match value.checked_add(more) {
            Some(sum) => {
                session.equal(&Value::Int(sum), &reply)?;
                value = sum;
            }
            None => {
                session.require(reply.error_code() == Some(b"ERR"), "an error, as 64 bits are not enough", &reply)?
            }
        }
        session.expect(&[b"GET", b"n"], bulk(&arg(value)))?;
    }
    Ok(())
}

pub(super) fn append_concatenates(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let mut whole = draw.value();
    session.expect(&[b"SET", b"s", &whole, b"EX", b"100"], ok())?;
    for piece in draw.some(6, Draw::value) {
        whole.extend(&piece);
        session.expect(&[b"APPEND", b"s", &piece], int(whole.len()))?;
    }
    session.expect(&[b"GET", b"s"], bulk(&whole))?;
    let reply = session.call(&[b"TTL", b"s"])?;
    session.require(matches!(reply, Value::Int(1..=100)), "a time to live of at most 100 seconds", &reply)?;
    let (start, len) = (draw.below(whole.len() + 1), draw.below(16));
    let end = (start + len).min(whole.len());
    if start < end {
        let range = [b"GETRANGE".to_vec(), b"s".to_vec(), arg(start), arg(end - 1)];
        session.expect(&range.each_ref().map(Vec::as_slice), bulk(&whole[start..end]))?;
    }
    Ok(())
}

pub(super) fn bits_are_kept(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let mut bits = [false; 256];
    for _ in 0..draw.between(1, 12) {
        let (at, bit) = (draw.below(256), draw.flip());
        let before = std::mem::replace(&mut bits[at], bit);
        session.expect(&[b"SETBIT", b"b", &arg(at), &arg(u8::from(bit))], int(u8::from(before)))?;
        let other = draw.below(256);
        session.expect(&[b"GETBIT", b"b", &arg(other)], int(u8::from(bits[other])))?;
    }
    session.expect(&[b"EXISTS", b"b"], int(1))?;
    session.expect(&[b"BITCOUNT", b"b"], int(bits.iter().filter(|bit| **bit).count()))
}
