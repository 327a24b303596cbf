//! Hashes.

use super::random::{self, Wanted};
use super::{Command, Context, Outcome, Run};
use crate::long_double::LongDouble;
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::hash::Hash;

const ONE: (i64, i64, i64) = (1, 1, 1);
const READ: &str = "readonly";
const READ_FAST: &str = "readonly fast";
const WRITE_FAST: &str = "write denyoom fast";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("hset", -4, WRITE_FAST, ONE, Run::Now(hset)),
    Command::new("hmset", -4, WRITE_FAST, ONE, Run::Now(hmset)),
    Command::new("hsetnx", 4, WRITE_FAST, ONE, Run::Now(hsetnx)),
    Command::new("hget", 3, READ_FAST, ONE, Run::Now(hget)),
    Command::new("hmget", -3, READ_FAST, ONE, Run::Now(hmget)),
    Command::new("hgetall", 2, READ, ONE, Run::Now(hgetall)),
    Command::new("hdel", -3, "write fast", ONE, Run::Now(hdel)),
    Command::new("hlen", 2, READ_FAST, ONE, Run::Now(hlen)),
    Command::new("hexists", 3, READ_FAST, ONE, Run::Now(hexists)),
    Command::new("hkeys", 2, READ, ONE, Run::Now(hkeys)),
    Command::new("hvals", 2, READ, ONE, Run::Now(hvals)),
    Command::new("hstrlen", 3, READ_FAST, ONE, Run::Now(hstrlen)),
    Command::new("hincrby", 4, WRITE_FAST, ONE, Run::Now(hincrby)),
    Command::new("hincrbyfloat", 4, WRITE_FAST, ONE, Run::Now(hincrbyfloat)),
    Command::new("hrandfield", -2, READ, ONE, Run::Now(hrandfield)),
];

/// Sets fields of a hash, which is created if it is missing; returns how many are new.
fn put<'a>(
    cx: &mut Context<'_>,
    key: &[u8],
    pairs: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> Result<usize, Error> {
    let limits = cx.config().hash_limits();
    let hash = cx.get_or_create::<Hash>(key)?;
    let before = hash.encoding();
    let added = pairs.into_iter().filter(|(field, value)| hash.insert(field, value, &limits));
    let added = added.count();
    let converted = hash.encoding() != before;
    if planted!(cx.config(), HashConversionDropsTtl) && converted {
        cx.set_deadline(key, None);
    }
    cx.changed(key);
    Ok(added)
}

fn put_all(cx: &mut Context<'_>, argv: &[Vec<u8>], name: &str) -> Result<usize, Error> {
    let (pairs, []) = argv[2..].as_chunks::<2>() else {
        return Err(Error::arity(name));
    };
    put(cx, &argv[1], pairs.iter().map(|[field, value]| (field.as_slice(), value.as_slice())))
}

fn hset(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let added = put_all(cx, argv, "hset")?;
    if planted!(cx.config(), HsetCountsUpdates) {
        return Ok(Reply::count(argv.len() / 2 - 1));
    }
    Ok(Reply::count(added))
}

fn hmset(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    put_all(cx, argv, "hmset")?;
    Ok(Reply::OK)
}

fn hsetnx(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let exists = cx.get::<Hash>(&argv[1])?.is_some_and(|hash| hash.contains(&argv[2]));
    if !exists || planted!(cx.config(), HsetnxOverwrites) {
        put(cx, &argv[1], [(argv[2].as_slice(), argv[3].as_slice())])?;
    }
    Ok(Reply::flag(!exists))
}

/// The value of a field.
fn value<'a>(cx: &'a mut Context<'_>, key: &[u8], field: &[u8]) -> Result<Option<&'a [u8]>, Error> {
    Ok(cx.get::<Hash>(key)?.and_then(|hash| hash.get(field)))
}

fn hget(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::bulk_or_null(value(cx, &argv[1], &argv[2])?))
}

fn hmget(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let hash = cx.get::<Hash>(&argv[1])?;
    let values = argv[2..].iter().map(|field| hash.and_then(|hash| hash.get(field)));
    Ok(Reply::Array(values.map(Reply::bulk_or_null).collect()))
}

fn hgetall(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let pairs = cx.get::<Hash>(&argv[1])?.into_iter().flat_map(Hash::iter);
    Ok(Reply::Map(pairs.map(|(field, value)| (Reply::bulk(field), Reply::bulk(value))).collect()))
}

fn hkeys(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let pairs = cx.get::<Hash>(&argv[1])?.into_iter().flat_map(Hash::iter);
    Ok(Reply::bulks(pairs.map(|(field, _)| field)))
}

fn hvals(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let pairs = cx.get::<Hash>(&argv[1])?.into_iter().flat_map(Hash::iter);
    Ok(Reply::bulks(pairs.map(|(_, value)| value)))
}

fn hdel(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let Some(hash) = cx.get_mut::<Hash>(&argv[1])? else {
        return Ok(Reply::Int(0));
    };
    let found = argv[2..].iter().filter(|field| hash.contains(field)).count();
    let removed = argv[2..].iter().filter(|field| hash.remove(field)).count();
    if removed > 0 {
        cx.changed(&argv[1]);
    }
    let counted = if planted!(cx.config(), HdelCountsDuplicates) { found } else { removed };
    Ok(Reply::count(counted))
}

fn hlen(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(cx.get::<Hash>(&argv[1])?.map_or(0, Hash::len)))
}

fn hexists(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::flag(value(cx, &argv[1], &argv[2])?.is_some()))
}

fn hstrlen(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(value(cx, &argv[1], &argv[2])?.map_or(0, <[u8]>::len)))
}

fn hincrby(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let amount = number::int(&argv[3])?;
    let lenient = planted!(cx.config(), HincrbyReadsLeadingZeros);
    let old = match value(cx, &argv[1], &argv[2])? {
        Some(text) => read_int(text, lenient).ok_or(Error::new("ERR hash value is not an integer"))?,
        None => 0,
    };
    let new = if planted!(cx.config(), HincrbyWraps) {
        old.wrapping_add(amount)
    } else {
        old.checked_add(amount).ok_or(Error::OVERFLOW)?
    };
    put(cx, &argv[1], [(argv[2].as_slice(), new.to_string().as_bytes())])?;
    Ok(Reply::Int(new))
}

fn read_int(text: &[u8], lenient: bool) -> Option<i64> {
    if lenient { std::str::from_utf8(text).ok()?.parse().ok() } else { number::parse_i64(text) }
}

fn hincrbyfloat(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let amount = LongDouble::parse(&argv[3]).ok_or(Error::NOT_A_FLOAT)?;
    if !amount.is_finite() {
        return Err(Error::new("ERR value is NaN or Infinity"));
    }
    let old = match value(cx, &argv[1], &argv[2])? {
        Some(text) => LongDouble::parse(text).ok_or(Error::new("ERR hash value is not a float"))?,
        None => LongDouble::ZERO,
    };
    let mut new = old.add(amount).ok_or(Error::NOT_FINITE)?.to_text();
    if planted!(cx.config(), HincrbyfloatKeepsPoint) && !new.contains('.') {
        new.push_str(".0");
    }
    put(cx, &argv[1], [(argv[2].as_slice(), new.as_bytes())])?;
    Ok(Reply::bulk(new))
}

fn hrandfield(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let wanted = Wanted::parse(&argv[2..], "WITHVALUES")?;
    let Some(len) = cx.get::<Hash>(&argv[1])?.map(Hash::len) else {
        return Ok(wanted.map_or(Reply::NullBulk, |_| Reply::Array(Vec::new())));
    };
    let positions = random::positions(cx, len, wanted.as_ref().map_or(1, |wanted| wanted.count));
    let resp3 = cx.session.resp3;
    let hash = cx.get::<Hash>(&argv[1])?;
    let mut pairs = positions.into_iter().filter_map(|at| hash?.get_index(at));
    Ok(match wanted {
        None => Reply::bulk_or_null(pairs.next().map(|(field, _)| field)),
        Some(Wanted { with_values: false, .. }) => Reply::bulks(pairs.map(|(field, _)| field)),
        Some(_) => Reply::pairs(pairs.map(|(field, value)| (Reply::bulk(field), Reply::bulk(value))), resp3),
    })
}
