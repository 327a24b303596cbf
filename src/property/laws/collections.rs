//! Laws of lists, hashes, sets, sorted sets and streams.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{arg, array, bulk, int, sorted};
use crate::property::{Broken, Draw, Session};
use crate::resp::{Bytes, Value};

pub(super) fn list_order_preserved(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let mut list: VecDeque<Bytes> = VecDeque::new();
    for _ in 0..draw.between(1, 16) {
        let value = draw.value();
        match draw.below(4) {
            0 => {
                list.push_front(value.clone());
                session.expect(&[b"LPUSH", b"l", &value], int(list.len()))?;
            }
            1 if list.len() > 1 => {
                let popped = list.pop_front().unwrap_or_default();
                session.expect(&[b"LPOP", b"l"], bulk(&popped))?;
            }
            _ => {
                list.push_back(value.clone());
                session.expect(&[b"RPUSH", b"l", &value], int(list.len()))?;
            }
        }
    }
    session.expect(&[b"LLEN", b"l"], int(list.len()))?;
    session.expect(&[b"LRANGE", b"l", b"0", b"-1"], array(list.iter().map(Vec::as_slice)))?;
    if !list.is_empty() {
        let at = draw.below(list.len());
        session.expect(&[b"LINDEX", b"l", &arg(at)], bulk(&list[at]))?;
        session.expect(&[b"LINDEX", b"l", &arg(at as i64 - list.len() as i64)], bulk(&list[at]))?;
    }
    Ok(())
}

pub(super) fn hash_fields_unique(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let mut hash: BTreeMap<Bytes, Bytes> = BTreeMap::new();
    for _ in 0..draw.between(1, 12) {
        let (field, value) = (draw.member(), draw.value());
        let added = hash.insert(field.clone(), value.clone()).is_none();
        session.expect(&[b"HSET", b"h", &field, &value], int(u8::from(added)))?;
        if hash.len() > 1 && draw.below(6) == 1 {
            hash.remove(&field);
            session.expect(&[b"HDEL", b"h", &field, &field], int(1))?;
        }
    }
    session.expect(&[b"HLEN", b"h"], int(hash.len()))?;
    let fields = sorted(session.call(&[b"HKEYS", b"h"])?);
    session.equal(&sorted(array(hash.keys().map(Vec::as_slice))), &fields)?;
    for (field, value) in &hash {
        session.expect(&[b"HGET", b"h", field], bulk(value))?;
    }
    Ok(())
}

/// Adds members, some of them again.
fn add(key: &[u8], draw: &mut Draw, session: &mut Session) -> Result<BTreeSet<Bytes>, Broken> {
    let mut set = BTreeSet::new();
    for member in draw.some(10, Draw::member) {
        let added = set.insert(member.clone());
        session.expect(&[b"SADD", key, &member], int(u8::from(added)))?;
    }
    Ok(set)
}

pub(super) fn set_members_unique(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let set = add(b"t", draw, session)?;
    session.expect(&[b"SCARD", b"t"], int(set.len()))?;
    let members = sorted(session.call(&[b"SMEMBERS", b"t"])?);
    session.equal(&sorted(array(set.iter().map(Vec::as_slice))), &members)?;
    let other = draw.member();
    session.expect(&[b"SISMEMBER", b"t", &other], int(u8::from(set.contains(&other))))?;
    session.expect(&[b"SREM", b"t", &other], int(u8::from(set.contains(&other))))?;
    session.expect(&[b"SISMEMBER", b"t", &other], int(0))
}

pub(super) fn set_algebra_agrees(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let (a, b) = (add(b"t1", draw, session)?, add(b"t2", draw, session)?);
    let cases: [(&[u8], Vec<&Bytes>); 3] = [
        (b"SINTER", a.intersection(&b).collect()),
        (b"SUNION", a.union(&b).collect()),
        (b"SDIFF", a.difference(&b).collect()),
    ];
    for (command, members) in cases {
        let wanted = sorted(array(members.iter().map(|member| member.as_slice())));
        let reply = sorted(session.call(&[command, b"t1", b"t2"])?);
        session.equal(&wanted, &reply)?;
    }
    session.expect(&[b"SINTERCARD", b"2", b"t1", b"t2"], int(a.intersection(&b).count()))
}

pub(super) fn sorted_set_ordering(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let mut scores: BTreeMap<Bytes, i64> = BTreeMap::new();
    for _ in 0..draw.between(1, 14) {
        let (member, score) = (draw.member(), draw.below(5) as i64 - 2);
        let added = scores.insert(member.clone(), score).is_none();
        session.expect(&[b"ZADD", b"z", &arg(score), &member], int(u8::from(added)))?;
    }
    let mut ordered: Vec<(i64, Bytes)> = scores.into_iter().map(|(member, score)| (score, member)).collect();
    ordered.sort();
    session.expect(&[b"ZCARD", b"z"], int(ordered.len()))?;
    let pairs: Vec<Bytes> = ordered.iter().flat_map(|(score, member)| [member.clone(), arg(score)]).collect();
    session.expect(&[b"ZRANGE", b"z", b"0", b"-1", b"WITHSCORES"], array(pairs.iter().map(Vec::as_slice)))?;
    let backwards = array(ordered.iter().rev().map(|(_, member)| member.as_slice()));
    session.expect(&[b"ZREVRANGE", b"z", b"0", b"-1"], backwards)?;
    let at = draw.below(ordered.len());
    session.expect(&[b"ZRANK", b"z", &ordered[at].1], int(at))
}

pub(super) fn stream_ids_increase(draw: &mut Draw, session: &mut Session) -> Result<(), Broken> {
    let mut ids: Vec<(u64, u64)> = Vec::new();
    for _ in 0..draw.between(1, 8) {
        let wanted = (draw.below(4) as u64, draw.below(4) as u64);
        let (id, grows) = (format!("{}-{}", wanted.0, wanted.1), ids.last().unwrap_or(&(0, 0)) < &wanted);
        let reply = session.call(&[b"XADD", b"x", id.as_bytes(), b"f", b"v"])?;
        if grows {
            session.equal(&bulk(id.as_bytes()), &reply)?;
            ids.push(wanted);
        } else {
            session.require(reply.error_code() == Some(b"ERR"), "an error, as the id does not grow", &reply)?;
        }
    }
    session.expect(&[b"XLEN", b"x"], int(ids.len()))?;
    let entry =
        |(ms, n): &(u64, u64)| Value::Array(vec![bulk(format!("{ms}-{n}").as_bytes()), array([b"f".as_slice(), b"v"])]);
    let entries = Value::Array(ids.iter().map(entry).collect());
    session.expect(&[b"XRANGE", b"x", b"-", b"+"], entries)
}
