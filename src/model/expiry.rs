//! Times to live.

use super::number::int;
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::Bytes;

pub(super) fn handler(name: &str) -> Option<Handler> {
    use Unit::{Millis, Seconds};
    Some(match name {
        "EXPIRE" => |model, call| expire(model, call, "expire", Seconds, false),
        "PEXPIRE" => |model, call| expire(model, call, "pexpire", Millis, false),
        "EXPIREAT" => |model, call| expire(model, call, "expireat", Seconds, true),
        "PEXPIREAT" => |model, call| expire(model, call, "pexpireat", Millis, true),
        "TTL" => |model, call| time_left(model, call, Seconds, false),
        "PTTL" => |model, call| time_left(model, call, Millis, false),
        "EXPIRETIME" => |model, call| time_left(model, call, Seconds, true),
        "PEXPIRETIME" => |model, call| time_left(model, call, Millis, true),
        "PERSIST" => persist,
        _ => return None,
    })
}

/// What a number of a command counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Millis,
}

impl Unit {
    fn ms(self) -> i64 {
        match self {
            Unit::Seconds => 1000,
            Unit::Millis => 1,
        }
    }
}

/// The moment at which a key expires, in unix milliseconds.
pub(super) fn moment(model: &mut Model, db: usize, key: &[u8]) -> Option<i64> {
    model.entry(db, key).and_then(|entry| entry.expires_ms)
}

/// Sets or clears that moment.
pub(super) fn set_moment(model: &mut Model, db: usize, key: &[u8], at: Option<i64>) {
    if let Some(entry) = model.entry(db, key) {
        entry.expires_ms = at;
    }
}

/// SET's, SETEX's and GETEX's times: positive, and within what milliseconds can say.
pub(super) fn positive_moment(
    model: &Model,
    text: &[u8],
    unit: Unit,
    absolute: bool,
    command: &'static str,
) -> Result<i64, Error> {
    let value = int(text)?;
    let invalid = Error::InvalidExpire(command);
    if value <= 0 {
        return Err(invalid);
    }
    let ms = value.checked_mul(unit.ms()).ok_or(invalid.clone())?;
    if absolute { Ok(ms) } else { ms.checked_add(model.now_ms).ok_or(invalid) }
}

/// NX, XX, GT and LT.
#[derive(Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

fn parse_conditions(args: &[Bytes]) -> Result<Conditions, Error> {
    let mut conditions = Conditions::default();
    for arg in args {
        match arg.to_ascii_uppercase().as_slice() {
            b"NX" => conditions.nx = true,
            b"XX" => conditions.xx = true,
            b"GT" => conditions.gt = true,
            b"LT" => conditions.lt = true,
            _ => return Err(Error::UnsupportedOption(arg.clone())),
        }
    }
    let Conditions { nx, xx, gt, lt } = conditions;
    if nx && (xx || gt || lt) {
        return Err(Error::ExpireNx);
    }
    if gt && lt {
        return Err(Error::ExpireGtLt);
    }
    Ok(conditions)
}

fn expire(model: &mut Model, call: &Call, name: &'static str, unit: Unit, absolute: bool) -> Reply {
    let key = &call.argv[1];
    let conditions = parse_conditions(&call.argv[3..])?;
    let value = int(&call.argv[2])?;
    let invalid = Error::InvalidExpire(name);
    let ms = value.checked_mul(unit.ms()).ok_or(invalid.clone())?;
    let at = if absolute { ms } else { ms.checked_add(model.now_ms).ok_or(invalid)? };
    if !model.finds(call.db, key) {
        return Expect::int(0);
    }
    let current = moment(model, call.db, key);
    let refused = (conditions.nx && current.is_some())
        || (conditions.xx && current.is_none())
        // No time to live counts as an endless one.
        || (conditions.gt && current.is_none_or(|current| at <= current))
        || (conditions.lt && current.is_some_and(|current| at >= current));
    if refused {
        return Expect::int(0);
    }
    if at <= model.now_ms {
        model.delete(call.db, key);
    } else {
        set_moment(model, call.db, key, Some(at));
        model.touch(call.db, key);
    }
    Expect::int(1)
}

fn time_left(model: &mut Model, call: &Call, unit: Unit, absolute: bool) -> Reply {
    let key = &call.argv[1];
    if !model.exists(call.db, key) {
        return Expect::int(-2);
    }
    let Some(at) = model.peek(call.db, key).and_then(|entry| entry.expires_ms) else { return Expect::int(-1) };
    let ms = if absolute { at } else { (at - model.now_ms).max(0) };
    // Both are rounded to the nearest second.
    let value = if unit == Unit::Seconds { ((i128::from(ms) + 500) / 1000) as i64 } else { ms };
    if absolute { Expect::int(value) } else { Ok(Expect::Time { value, unit_ms: unit.ms() }) }
}

fn persist(model: &mut Model, call: &Call) -> Reply {
    let key = &call.argv[1];
    if moment(model, call.db, key).is_none() {
        return Expect::int(0);
    }
    set_moment(model, call.db, key, None);
    model.touch(call.db, key);
    Expect::int(1)
}
