//! Strings.

use super::encoding::Encoding;
use super::expiry::{self, Unit};
use super::keyspace::{Data, Entry};
use super::long_double::LongDouble;
use super::number::{int, parse_int};
use super::{Call, Error, Expect, Handler, Model, Profile, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "GET" => get,
        "SET" => set,
        "SETNX" => setnx,
        "SETEX" => |model, call| set_with_ttl(model, call, "setex", Unit::Seconds),
        "PSETEX" => |model, call| set_with_ttl(model, call, "psetex", Unit::Millis),
        "GETSET" => getset,
        "GETDEL" => getdel,
        "GETEX" => getex,
        "APPEND" => append,
        "STRLEN" => {
            |model, call| Expect::int(model.get::<Bytes>(call, &call.argv[1])?.map_or(0, |value| value.len()) as i64)
        }
        "GETRANGE" | "SUBSTR" => getrange,
        "SETRANGE" => setrange,
        "INCR" => |model, call| increment(model, call, 1),
        "DECR" => |model, call| increment(model, call, -1),
        "INCRBY" => |model, call| increment(model, call, int(&call.argv[2])?),
        "DECRBY" => decrby,
        "INCRBYFLOAT" => incrbyfloat,
        "MGET" => mget,
        "MSET" => mset,
        "MSETNX" => msetnx,
        _ => return None,
    })
}

fn get(model: &mut Model, call: &Call) -> Reply {
    Expect::bulk_or_nil(model.get::<Bytes>(call, &call.argv[1])?.cloned())
}

/// What SET and GETEX may be told.
#[derive(Default)]
struct SetOptions {
    nx: bool,
    xx: bool,
    get: bool,
    keep_ttl: bool,
    persist: bool,
    /// EX, PX, EXAT or PXAT, and its value.
    expiry: Option<(Bytes, Bytes)>,
}

/// Reads options as `parseExtendedStringArgumentsOrReply` does: a contradiction is a syntax error.
fn parse_options(args: &[Bytes], for_set: bool) -> Result<SetOptions, Error> {
    let mut options = SetOptions::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        // The same option may come again, and then the last one counts.
        let other = |name: &[u8]| options.expiry.as_ref().is_some_and(|(named, ..)| named.as_slice() != name);
        match arg.to_ascii_uppercase().as_slice() {
            b"NX" if for_set && !options.xx => options.nx = true,
            b"XX" if for_set && !options.nx => options.xx = true,
            b"GET" if for_set => options.get = true,
            b"KEEPTTL" if for_set && options.expiry.is_none() => options.keep_ttl = true,
            b"PERSIST" if !for_set && options.expiry.is_none() => options.persist = true,
            name @ (b"EX" | b"PX" | b"EXAT" | b"PXAT") if !options.keep_ttl && !options.persist && !other(name) => {
                let value = args.next().ok_or(Error::Syntax)?;
                options.expiry = Some((name.to_vec(), value.clone()));
            }
            _ => return Err(Error::Syntax),
        }
    }
    Ok(options)
}

impl SetOptions {
    /// The moment that was asked for, in unix milliseconds.
    fn expires_ms(&self, model: &Model, command: &'static str) -> Result<Option<i64>, Error> {
        let Some((name, text)) = &self.expiry else { return Ok(None) };
        let unit = if name[0] == b'E' { Unit::Seconds } else { Unit::Millis };
        expiry::positive_moment(model, text, unit, name.ends_with(b"AT"), command).map(Some)
    }
}

fn set(model: &mut Model, call: &Call) -> Reply {
    let [_, key, value, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    let options = parse_options(rest, true)?;
    let expires_ms = options.expires_ms(model, "set")?;
    let old = if options.get { Some(get(model, call)?) } else { None };
    let exists = model.finds(call.db, key);
    if (options.nx && exists) || (options.xx && !exists) {
        return old.map_or_else(Expect::nil, Ok);
    }
    let kept = if options.keep_ttl { model.entry(call.db, key).and_then(|e| e.expires_ms) } else { None };
    put_string(model, call, key, value.clone(), expires_ms.or(kept));
    old.map_or_else(Expect::ok, Ok)
}

/// Stores a string with its time to live; a moment that has passed already leaves an expired key behind.
fn put_string(model: &mut Model, call: &Call, key: &[u8], value: Bytes, expires_ms: Option<i64>) {
    model.store(call, key, value);
    if let Some(entry) = model.dbs[call.db].entries.get_mut(key) {
        entry.expires_ms = expires_ms;
    }
}

fn setnx(model: &mut Model, call: &Call) -> Reply {
    if model.finds(call.db, &call.argv[1]) {
        return Expect::int(0);
    }
    model.store(call, &call.argv[1], call.argv[2].clone());
    Expect::int(1)
}

fn set_with_ttl(model: &mut Model, call: &Call, name: &'static str, unit: Unit) -> Reply {
    let expires_ms = expiry::positive_moment(model, &call.argv[2], unit, false, name)?;
    put_string(model, call, &call.argv[1], call.argv[3].clone(), Some(expires_ms));
    Expect::ok()
}

fn getset(model: &mut Model, call: &Call) -> Reply {
    let old = get(model, call)?;
    model.store(call, &call.argv[1], call.argv[2].clone());
    Ok(old)
}

fn getdel(model: &mut Model, call: &Call) -> Reply {
    let old = get(model, call)?;
    model.delete(call.db, &call.argv[1]);
    Ok(old)
}

fn getex(model: &mut Model, call: &Call) -> Reply {
    let key = &call.argv[1];
    let options = parse_options(&call.argv[2..], false)?;
    let old = get(model, call)?;
    if !model.exists(call.db, key) {
        return Ok(old);
    }
    let now_ms = model.now_ms;
    if let Some(at) = options.expires_ms(model, "getex")? {
        if at <= now_ms {
            model.delete(call.db, key);
            return Ok(old);
        }
        expiry::set_moment(model, call.db, key, Some(at));
        model.touch(call.db, key);
    } else if options.persist && expiry::moment(model, call.db, key).is_some() {
        expiry::set_moment(model, call.db, key, None);
        model.touch(call.db, key);
    }
    Ok(old)
}

fn append(model: &mut Model, call: &Call) -> Reply {
    let [_, key, tail] = call.argv else { return Err(Error::Syntax) };
    let mut value = model.get_or_empty::<Bytes>(call, key)?;
    if value.len() + tail.len() > model.string_bytes_max {
        return Err(Error::StringTooLong);
    }
    value.extend(tail);
    let len = value.len();
    let encoding = if model.exists(call.db, key) { Encoding::Raw } else { Encoding::of_text(&value) };
    model.update(call, key, value);
    model.encode(call, key, encoding);
    Expect::int(len as i64)
}

fn getrange(model: &mut Model, call: &Call) -> Reply {
    let (start, end) = (int(&call.argv[2])?, int(&call.argv[3])?);
    let profile = model.profile;
    let Some(value) = model.get::<Bytes>(call, &call.argv[1])? else { return Expect::bulk("") };
    let len = value.len() as i64;
    if start < 0 && end < 0 && start > end {
        return Expect::bulk("");
    }
    if profile == Profile::Redis8 && end < -len {
        return Expect::bulk("");
    }
    let from_either_end = |i: i64| if i < 0 { i.saturating_add(len).max(0) } else { i };
    let (start, end) = (from_either_end(start), from_either_end(end).min(len - 1));
    if start > end || len == 0 {
        return Expect::bulk("");
    }
    Expect::bulk(&value[start as usize..=end as usize])
}

fn setrange(model: &mut Model, call: &Call) -> Reply {
    let [_, key, offset, patch] = call.argv else { return Err(Error::Syntax) };
    let offset = int(offset)?;
    if offset < 0 {
        return Err(Error::OffsetOutOfRange);
    }
    let mut value = model.get_or_empty::<Bytes>(call, key)?;
    if patch.is_empty() {
        return Expect::int(value.len() as i64);
    }
    let end = offset.checked_add(patch.len() as i64).filter(|&end| end <= model.string_bytes_max as i64);
    let end = end.ok_or(Error::StringTooLong)? as usize;
    if value.len() < end {
        value.resize(end, 0);
    }
    value[offset as usize..end].copy_from_slice(patch);
    let len = value.len();
    model.update(call, key, value);
    Expect::int(len as i64)
}

fn increment(model: &mut Model, call: &Call, by: i64) -> Reply {
    let key = &call.argv[1];
    let old = match model.get::<Bytes>(call, key)? {
        Some(text) => parse_int(text).ok_or(Error::NotInt)?,
        None => 0,
    };
    let new = old.checked_add(by).ok_or(Error::Overflow)?;
    let text = new.to_string().into_bytes();
    model.update(call, key, text.clone());
    model.encode(call, key, Encoding::of_text(&text));
    Expect::int(new)
}

fn decrby(model: &mut Model, call: &Call) -> Reply {
    let by = int(&call.argv[2])?;
    increment(model, call, by.checked_neg().ok_or(Error::DecrementOverflow)?)
}

fn incrbyfloat(model: &mut Model, call: &Call) -> Reply {
    let key = &call.argv[1];
    let old = model.get::<Bytes>(call, key)?.cloned();
    let old = LongDouble::parse(old.as_deref().unwrap_or(b"0")).ok_or(Error::NotFloat)?;
    let by = LongDouble::parse(&call.argv[2]).ok_or(Error::NotFloat)?;
    let new = old.checked_add(&by).ok_or(Error::FloatOverflow)?.print();
    model.update(call, key, new.clone());
    model.encode(call, key, Encoding::of_float(&new));
    Expect::bulk(new)
}

fn mget(model: &mut Model, call: &Call) -> Reply {
    let values = call.argv[1..].iter().map(|key| match model.entry(call.db, key) {
        Some(Entry { data: Data::Str(value), .. }) => Value::bulk(value.clone()),
        _ => Value::NullBulk,
    });
    Ok(Expect::Exact(Value::Array(values.collect())))
}

fn pairs<'a>(call: &Call<'a>, name: &'static str) -> Result<Vec<(&'a Bytes, &'a Bytes)>, Error> {
    let args = &call.argv[1..];
    if args.len() % 2 == 1 {
        return Err(Error::Arity(name));
    }
    Ok(args.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect())
}

fn mset(model: &mut Model, call: &Call) -> Reply {
    for (key, value) in pairs(call, "MSET")? {
        model.store(call, key, value.clone());
    }
    Expect::ok()
}

fn msetnx(model: &mut Model, call: &Call) -> Reply {
    let pairs = pairs(call, "MSETNX")?;
    if pairs.iter().any(|(key, _)| model.finds(call.db, key)) {
        return Expect::int(0);
    }
    for (key, value) in pairs {
        model.store(call, key, value.clone());
    }
    Expect::int(1)
}
