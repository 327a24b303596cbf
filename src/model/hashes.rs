//! Hashes.

use super::encoding::Encoding;
use super::hash::Hash;
use super::long_double::LongDouble;
use super::number::{int, parse_int};
use super::random::{self, Element};
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "HSET" => |model, call| Expect::int(set_fields(model, call, "HSET")?),
        "HMSET" => |model, call| set_fields(model, call, "HMSET").and_then(|_| Expect::ok()),
        "HSETNX" => hsetnx,
        "HGET" => |model, call| Expect::bulk_or_nil(field(model, call)?),
        "HMGET" => hmget,
        "HGETALL" => |model, call| Ok(Expect::UnorderedMap(rows(model, call)?)),
        "HDEL" => hdel,
        "HLEN" => {
            |model, call| Expect::int(model.get::<Hash>(call, &call.argv[1])?.map_or(0, |hash| hash.len()) as i64)
        }
        "HEXISTS" => |model, call| Expect::int(field(model, call)?.is_some()),
        "HKEYS" => |model, call| Expect::any_order(rows(model, call)?.into_iter().map(|(field, _)| field)),
        "HVALS" => |model, call| Expect::any_order(rows(model, call)?.into_iter().map(|(_, value)| value)),
        "HSTRLEN" => |model, call| Expect::int(field(model, call)?.unwrap_or_default().len() as i64),
        "HINCRBY" => hincrby,
        "HINCRBYFLOAT" => hincrbyfloat,
        "HRANDFIELD" => hrandfield,
        _ => return None,
    })
}

/// The fields and values of the hash that is the first argument, none if it isn't there.
fn rows(model: &mut Model, call: &Call) -> Result<Vec<(Bytes, Bytes)>, Error> {
    let hash = model.get::<Hash>(call, &call.argv[1])?;
    let rows = hash.map(|hash| hash.iter().map(|(field, value)| (field.clone(), value.clone())).collect());
    Ok(rows.unwrap_or_default())
}

/// The value of the field that is the second argument.
fn field(model: &mut Model, call: &Call) -> Result<Option<Bytes>, Error> {
    Ok(model.get::<Hash>(call, &call.argv[1])?.and_then(|hash| hash.get(&call.argv[2]).cloned()))
}

/// Answers how many fields are new.
fn set_fields(model: &mut Model, call: &Call, name: &'static str) -> Result<i64, Error> {
    let [_, key, pairs @ ..] = call.argv else { return Err(Error::Arity(name)) };
    if pairs.len() % 2 == 1 {
        return Err(Error::Arity(name));
    }
    let added = model.edit(call, key, |hash: &mut Hash| {
        let before = hash.len();
        pairs.chunks_exact(2).for_each(|pair| hash.insert(pair[0].clone(), pair[1].clone()));
        (true, hash.len() - before)
    })?;
    // A long value counts although a short one replaces it at once.
    let limits = model.encodings.hash;
    let too_many = call.profile.sizes_by_arguments() && pairs.len() / 2 > limits.entries;
    if too_many || pairs.iter().any(|text| text.len() > limits.value_bytes) {
        model.encode(call, key, Encoding::Hashtable);
    }
    Ok(added as i64)
}

fn hsetnx(model: &mut Model, call: &Call) -> Reply {
    if field(model, call)?.is_some() {
        return Expect::int(0);
    }
    set_fields(model, call, "HSETNX").and_then(Expect::int)
}

fn hmget(model: &mut Model, call: &Call) -> Reply {
    let hash = model.get::<Hash>(call, &call.argv[1])?;
    let value = |field: &Bytes| hash.as_ref().and_then(|hash| hash.get(field)).cloned();
    let values = call.argv[2..].iter().map(|field| value(field).map_or(Value::NullBulk, Value::Bulk));
    Ok(Expect::Exact(Value::Array(values.collect())))
}

fn hdel(model: &mut Model, call: &Call) -> Reply {
    let removed = model.edit(call, &call.argv[1], |hash: &mut Hash| {
        let removed = call.argv[2..].iter().filter(|field| hash.remove(field)).count();
        (removed > 0, removed)
    })?;
    Expect::int(removed as i64)
}

/// Gives one field a new value.
fn put_field(model: &mut Model, call: &Call, value: Bytes) -> Result<(), Error> {
    model.edit(call, &call.argv[1], |hash: &mut Hash| {
        hash.insert(call.argv[2].clone(), value);
        (true, ())
    })
}

fn hincrby(model: &mut Model, call: &Call) -> Reply {
    let by = int(&call.argv[3])?;
    let old = match field(model, call)? {
        Some(text) => parse_int(&text).ok_or(Error::HashNotInt)?,
        None => 0,
    };
    let new = old.checked_add(by).ok_or(Error::Overflow)?;
    put_field(model, call, new.to_string().into_bytes())?;
    Expect::int(new)
}

fn hincrbyfloat(model: &mut Model, call: &Call) -> Reply {
    let by = LongDouble::parse(&call.argv[3]).ok_or(Error::NotFloat)?;
    if matches!(by, LongDouble::Infinite { .. }) {
        return Err(Error::FloatArgument);
    }
    let old = field(model, call)?.unwrap_or_else(|| b"0".to_vec());
    let old = LongDouble::parse(&old).ok_or(Error::HashNotFloat)?;
    let new = old.checked_add(&by).ok_or(Error::FloatOverflow)?.print();
    put_field(model, call, new.clone())?;
    Expect::bulk(new)
}

fn hrandfield(model: &mut Model, call: &Call) -> Reply {
    let [_, _, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    if rest.is_empty() {
        let fields = rows(model, call)?.into_iter().map(|(field, _)| field).collect();
        return random::draw_one(model, call, fields);
    }
    let (count, with_values) = random::parse_count_with(rest, b"WITHVALUES")?;
    let element = |(field, value)| -> Element { (field, with_values.then_some(Value::Bulk(value))) };
    let elements = rows(model, call)?.into_iter().map(element).collect();
    random::draw(model, call, elements, count)
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn only_new_fields_count() {
        assert_eq!(last(&["HSET h f 1", "HSET h f 2 g 3 g 4"]), "(integer) 1");
        assert_eq!(last(&["HSET h f 1", "HSETNX h f 2", "HGET h f"]), "\"1\"");
    }

    #[test]
    fn an_odd_field_spoils_the_whole_command() {
        assert!(last(&["HMSET h f 1 g"]).contains("wrong number of arguments for 'hmset' command"));
    }

    #[test]
    fn arguments_are_checked_before_the_key() {
        assert!(last(&["SET s v", "HINCRBYFLOAT s f inf"]).contains("value is NaN or Infinity"));
        assert!(last(&["SET s v", "HINCRBYFLOAT s f nan"]).contains("value is not a valid float"));
        assert!(last(&["HSET h f inf", "HINCRBYFLOAT h f 1"]).contains("increment would produce NaN or Infinity"));
        assert!(last(&["HSET h f x", "HINCRBY h f 1"]).contains("hash value is not an integer"));
    }

    #[test]
    fn integers_do_not_wrap() {
        assert!(last(&["HSET h f 9223372036854775807", "HINCRBY h f 1"]).contains("would overflow"));
        assert!(last(&["HSET h f -1", "HINCRBY h f -9223372036854775808"]).contains("would overflow"));
    }

    #[test]
    fn the_last_field_takes_the_key_with_it() {
        assert_eq!(last(&["HSET h f 1", "HDEL h f f", "EXISTS h"]), "(integer) 0");
    }
}
