//! Lists.

use std::collections::BTreeSet;

use super::blocking::{Want, parse_timeout};
use super::encoding::{Encoding, listpack_bytes};
use super::keyspace::{Data, Entry, List};
use super::number::{int, parse_int};
use super::{Call, Error, Expect, Handler, ListLimits, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "LPUSH" => |model, call| push(model, call, true, false),
        "RPUSH" => |model, call| push(model, call, false, false),
        "LPUSHX" => |model, call| push(model, call, true, true),
        "RPUSHX" => |model, call| push(model, call, false, true),
        "LPOP" => |model, call| pop(model, call, true),
        "RPOP" => |model, call| pop(model, call, false),
        "LLEN" => {
            |model, call| Expect::int(model.get::<List>(call, &call.argv[1])?.map_or(0, |list| list.len()) as i64)
        }
        "LINDEX" => lindex,
        "LSET" => lset,
        "LINSERT" => linsert,
        "LRANGE" => lrange,
        "LTRIM" => ltrim,
        "LREM" => lrem,
        "LPOS" => lpos,
        "LMOVE" => lmove,
        "RPOPLPUSH" => |model, call| transfer(model, call, false, true),
        "LMPOP" => |model, call| mpop(model, call, 1, None),
        "BLPOP" => |model, call| blocking_pop(model, call, true),
        "BRPOP" => |model, call| blocking_pop(model, call, false),
        "BLMOVE" => blmove,
        "BRPOPLPUSH" => |model, call| blocking_move(model, call, false, true, &call.argv[3]),
        "BLMPOP" => |model, call| mpop(model, call, 2, Some(&call.argv[1])),
        _ => return None,
    })
}

fn push(model: &mut Model, call: &Call, left: bool, only_existing: bool) -> Reply {
    let key = &call.argv[1];
    if only_existing && !model.has_list(call, key)? {
        return Expect::int(0);
    }
    let grown = model.grown_encoding(call, key, &call.argv[2..]);
    let len = model.edit(call, key, |list: &mut List| {
        for element in &call.argv[2..] {
            if left { list.insert(0, element.clone()) } else { list.push(element.clone()) }
        }
        (true, list.len())
    })?;
    model.encode(call, key, grown);
    Expect::int(len as i64)
}

fn pop(model: &mut Model, call: &Call, left: bool) -> Reply {
    let [_, key, count @ ..] = call.argv else { return Err(Error::Syntax) };
    let count = match count {
        [] => None,
        [count] => Some(parse_int(count).filter(|n| *n >= 0).ok_or(Error::MustBePositive)?),
        _ => return Err(Error::Arity(if left { "LPOP" } else { "RPOP" })),
    };
    if !model.has_list(call, key)? {
        return if count.is_some() { Expect::nil_array() } else { Expect::nil() };
    }
    let popped = model.pop_list(call, key, left, count.unwrap_or(1))?;
    match count {
        None => Expect::bulk_or_nil(popped.into_iter().next()),
        Some(_) => Expect::bulks(popped),
    }
}

impl Model {
    /// Takes up to `count` elements from one end, in the order in which they come off.
    pub(super) fn pop_list(&mut self, call: &Call, key: &[u8], left: bool, count: i64) -> Result<Vec<Bytes>, Error> {
        self.edit(call, key, |list: &mut List| {
            let count = usize::try_from(count).unwrap_or(0).min(list.len());
            let popped: Vec<Bytes> = if left {
                list.drain(..count).collect()
            } else {
                list.split_off(list.len() - count).into_iter().rev().collect()
            };
            (count > 0, popped)
        })
        .inspect(|_| self.shrink_list(call, key))
    }

    /// LMOVE: the element is taken only once the destination is known to be a list.
    pub(super) fn move_element(
        &mut self,
        call: &Call,
        from: &[u8],
        to: &[u8],
        from_left: bool,
        to_left: bool,
    ) -> Reply {
        self.get::<List>(call, to)?;
        if from == to {
            return self.rotate(call, from, from_left, to_left);
        }
        let Some(element) = self.pop_list(call, from, from_left, 1)?.pop() else { return Expect::nil() };
        let grown = self.grown_encoding(call, to, std::slice::from_ref(&element));
        self.edit(call, to, |list: &mut List| {
            list.insert(if to_left { 0 } else { list.len() }, element.clone());
            (true, ())
        })?;
        self.encode(call, to, grown);
        Expect::bulk(element)
    }

    /// The encoding of a list to which these elements are about to be added: their bytes and those of its listpack are
    /// summed up before anything else.
    fn grown_encoding(&mut self, call: &Call, key: &[u8], new: &[Bytes]) -> Encoding {
        let limits = self.encodings.list;
        let added: usize = new.iter().map(Vec::len).sum();
        match self.peek(call.db, key).map(|entry| (entry.encoding, &entry.data)) {
            None if limits.hold(listpack_bytes(&[]) + added, new.len()) => Encoding::Listpack,
            Some((Encoding::Listpack, Data::List(list)))
                if limits.hold(listpack_bytes(list) + added, list.len() + new.len()) =>
            {
                Encoding::Listpack
            }
            _ => Encoding::Quicklist,
        }
    }

    /// A quicklist of which less than half a listpack is left becomes one.
    fn shrink_list(&mut self, call: &Call, key: &[u8]) {
        let limits = self.encodings.list;
        if let Some(Entry { data: Data::List(list), encoding: encoding @ Encoding::Quicklist, .. }) =
            self.dbs[call.db].entries.get_mut(key)
            && limits.hold(2 * listpack_bytes(list), 2 * list.len())
            && limits != ListLimits::NONE
        {
            *encoding = Encoding::Listpack;
        }
    }
}

impl Model {
    /// Moves an element within one list: the key is never gone in between, and keeps its time to live.
    fn rotate(&mut self, call: &Call, key: &[u8], from_left: bool, to_left: bool) -> Reply {
        let Some(list) = self.get::<List>(call, key)? else { return Expect::nil() };
        let last = list.len() - 1;
        let element = list[if from_left { 0 } else { last }].clone();
        let grown = self.grown_encoding(call, key, std::slice::from_ref(&element));
        self.edit(call, key, |list: &mut List| {
            let element = list.remove(if from_left { 0 } else { last });
            list.insert(if to_left { 0 } else { last }, element);
            (true, ())
        })?;
        self.encode(call, key, grown);
        self.shrink_list(call, key);
        Expect::bulk(element)
    }
}

/// The element range `start..=stop` of a sequence, both ends counted from either end; empty where it makes no sense.
pub(super) fn range(start: i64, stop: i64, len: usize) -> std::ops::Range<usize> {
    let len = len as i64;
    let from_either_end = |i: i64| if i < 0 { i.saturating_add(len) } else { i };
    let (start, stop) = (from_either_end(start).max(0), from_either_end(stop).min(len - 1));
    if start > stop { 0..0 } else { start as usize..stop as usize + 1 }
}

/// One index from either end, if there is an element.
fn position(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index.saturating_add(len as i64) } else { index };
    usize::try_from(index).ok().filter(|i| *i < len)
}

fn lindex(model: &mut Model, call: &Call) -> Reply {
    let Some(list) = model.get::<List>(call, &call.argv[1])? else { return Expect::nil() };
    let index = int(&call.argv[2])?;
    Expect::bulk_or_nil(position(index, list.len()).map(|i| list[i].clone()))
}

fn lset(model: &mut Model, call: &Call) -> Reply {
    let [_, key, index, element] = call.argv else { return Err(Error::Syntax) };
    if !model.has_list(call, key)? {
        return Err(Error::NoSuchKey);
    }
    let index = model.profile.list_index(int(index)?);
    let grown = model.grown_encoding(call, key, std::slice::from_ref(element));
    model.edit(call, key, |list: &mut List| {
        let Some(i) = position(index, list.len()) else { return (false, Err(Error::IndexOutOfRange)) };
        list[i] = element.clone();
        (true, Ok(()))
    })??;
    model.encode(call, key, grown);
    model.shrink_list(call, key);
    Expect::ok()
}

fn linsert(model: &mut Model, call: &Call) -> Reply {
    let [_, key, place, pivot, element] = call.argv else { return Err(Error::Syntax) };
    let after = match place.to_ascii_uppercase().as_slice() {
        b"BEFORE" => 0,
        b"AFTER" => 1,
        _ => return Err(Error::Syntax),
    };
    if !model.has_list(call, key)? {
        return Expect::int(0);
    }
    // The list is made ready before the pivot is looked for.
    let grown = model.grown_encoding(call, key, std::slice::from_ref(element));
    model.encode(call, key, grown);
    model.edit(call, key, |list: &mut List| {
        let Some(i) = list.iter().position(|e| e == pivot) else { return (false, Expect::int(-1)) };
        list.insert(i + after, element.clone());
        (true, Expect::int(list.len() as i64))
    })?
}

fn lrange(model: &mut Model, call: &Call) -> Reply {
    let (start, stop) = (int(&call.argv[2])?, int(&call.argv[3])?);
    let Some(list) = model.get::<List>(call, &call.argv[1])? else { return Expect::bulks([]) };
    Expect::bulks(list[range(start, stop, list.len())].iter().cloned())
}

fn ltrim(model: &mut Model, call: &Call) -> Reply {
    let (start, stop) = (int(&call.argv[2])?, int(&call.argv[3])?);
    if !model.has_list(call, &call.argv[1])? {
        return Expect::ok();
    }
    model.edit(call, &call.argv[1], |list: &mut List| {
        let kept = range(start, stop, list.len());
        list.truncate(kept.end);
        list.drain(..kept.start);
        (true, ())
    })?;
    model.shrink_list(call, &call.argv[1]);
    Expect::ok()
}

fn lrem(model: &mut Model, call: &Call) -> Reply {
    let [_, key, count, element] = call.argv else { return Err(Error::Syntax) };
    let count = model.profile.check_magnitude(int(count)?)?;
    let removed = model.edit(call, key, |list: &mut List| {
        let mut matching: Vec<usize> = (0..list.len()).filter(|&i| list[i] == *element).collect();
        if count < 0 {
            matching.reverse();
        }
        if count != 0 {
            matching.truncate(usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX));
        }
        let removed: BTreeSet<usize> = matching.into_iter().collect();
        let mut places = 0..list.len();
        list.retain(|_| places.next().is_none_or(|i| !removed.contains(&i)));
        (!removed.is_empty(), removed.len())
    })?;
    if removed > 0 {
        model.shrink_list(call, key);
    }
    Expect::int(removed as i64)
}

fn lpos(model: &mut Model, call: &Call) -> Reply {
    let [_, key, element, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    let (mut rank, mut count, mut maxlen) = (1, None, 0);
    for option in rest.chunks(2) {
        let [name, value] = option else { return Err(Error::Syntax) };
        match name.to_ascii_uppercase().as_slice() {
            b"RANK" => {
                rank = Some(model.profile.check_magnitude(int(value)?)?).filter(|n| *n != 0).ok_or(Error::RankZero)?
            }
            b"COUNT" => count = Some(parse_int(value).filter(|n| *n >= 0).ok_or(Error::CountNegative)?),
            b"MAXLEN" => maxlen = parse_int(value).filter(|n| *n >= 0).ok_or(Error::MaxlenNegative)?,
            _ => return Err(Error::Syntax),
        }
    }
    let Some(list) = model.get::<List>(call, key)? else {
        return if count.is_some() { Expect::bulks([]) } else { Expect::nil() };
    };
    let mut indexes: Vec<usize> = (0..list.len()).collect();
    if rank < 0 {
        indexes.reverse();
    }
    if maxlen > 0 {
        indexes.truncate(usize::try_from(maxlen).unwrap_or(usize::MAX));
    }
    // The smallest integer has no positive twin: the server then takes the first match, and its sums for COUNT wrap, so
    // that all matches count.
    let endless = rank == i64::MIN;
    let skip = if endless { 0 } else { usize::try_from(rank.unsigned_abs() - 1).unwrap_or(usize::MAX) };
    let mut found = indexes.into_iter().filter(|&i| list[i] == *element).skip(skip).map(|i| Value::Int(i as i64));
    match count {
        None => Ok(Expect::Exact(found.next().unwrap_or(Value::NullBulk))),
        Some(n) if n == 0 || endless => Ok(Expect::Exact(Value::Array(found.collect()))),
        Some(n) => Ok(Expect::Exact(Value::Array(found.take(usize::try_from(n).unwrap_or(usize::MAX)).collect()))),
    }
}

fn parse_end(text: &[u8]) -> Result<bool, Error> {
    match text.to_ascii_uppercase().as_slice() {
        b"LEFT" => Ok(true),
        b"RIGHT" => Ok(false),
        _ => Err(Error::Syntax),
    }
}

fn lmove(model: &mut Model, call: &Call) -> Reply {
    let (from_left, to_left) = (parse_end(&call.argv[3])?, parse_end(&call.argv[4])?);
    transfer(model, call, from_left, to_left)
}

fn transfer(model: &mut Model, call: &Call, from_left: bool, to_left: bool) -> Reply {
    let [_, from, to, ..] = call.argv else { return Err(Error::Syntax) };
    if !model.has_list(call, from)? {
        return Expect::nil();
    }
    model.move_element(call, from, to, from_left, to_left)
}

fn blocking_pop(model: &mut Model, call: &Call, left: bool) -> Reply {
    let (timeout, keys) = call.argv[1..].split_last().ok_or(Error::Syntax)?;
    let deadline_ms = parse_timeout(model, timeout)?;
    let want = Want::Pop { left };
    for key in keys {
        if model.has_list(call, key)? {
            return model.serve(call, key, &want);
        }
    }
    model.block(call, keys, deadline_ms, want)
}

fn blmove(model: &mut Model, call: &Call) -> Reply {
    let (from_left, to_left) = (parse_end(&call.argv[3])?, parse_end(&call.argv[4])?);
    blocking_move(model, call, from_left, to_left, &call.argv[5])
}

fn blocking_move(model: &mut Model, call: &Call, from_left: bool, to_left: bool, timeout: &[u8]) -> Reply {
    let [_, from, to, ..] = call.argv else { return Err(Error::Syntax) };
    let deadline_ms = parse_timeout(model, timeout)?;
    let want = Want::Move { to: to.clone(), from_left, to_left };
    if model.has_list(call, from)? {
        return model.serve(call, from, &want);
    }
    model.block(call, std::slice::from_ref(from), deadline_ms, want)
}

/// `numkeys key [key ...]` at `at`: the keys, and what follows them.
pub(super) fn numkeys(argv: &[Bytes], at: usize) -> Result<(&[Bytes], &[Bytes]), Error> {
    let n = parse_int(&argv[at]).filter(|n| (1..=i64::MAX).contains(n)).ok_or(Error::NumkeysNotPositive)?;
    let rest = &argv[at + 1..];
    match usize::try_from(n) {
        Ok(n) if n <= rest.len() => Ok(rest.split_at(n)),
        _ => Err(Error::Syntax),
    }
}

/// `COUNT n` at the end of LMPOP and its kin; once.
pub(super) fn parse_count(args: &[Bytes]) -> Result<Option<i64>, Error> {
    match args {
        [] => Ok(None),
        [name, value, rest @ ..] if name.eq_ignore_ascii_case(b"COUNT") => {
            let count = parse_int(value).filter(|n| *n > 0).ok_or(Error::CountNotPositive)?;
            if rest.is_empty() { Ok(Some(count)) } else { Err(Error::Syntax) }
        }
        _ => Err(Error::Syntax),
    }
}

/// LMPOP, and BLMPOP where a timeout is given.
fn mpop(model: &mut Model, call: &Call, numkeys_at: usize, timeout: Option<&Bytes>) -> Reply {
    let (keys, rest) = numkeys(call.argv, numkeys_at)?;
    let (end, rest) = rest.split_first().ok_or(Error::Syntax)?;
    let left = parse_end(end)?;
    let want = Want::PopMany { left, count: parse_count(rest)?.unwrap_or(1) };
    let deadline_ms = timeout.map(|text| parse_timeout(model, text)).transpose()?;
    for key in keys {
        if model.has_list(call, key)? {
            return model.serve(call, key, &want);
        }
    }
    match deadline_ms {
        Some(deadline_ms) => model.block(call, keys, deadline_ms, want),
        None => Expect::nil_array(),
    }
}
