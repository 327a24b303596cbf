//! What operators ask of a server: its time, its memory, its files. Mostly loose, as the answers are its own.

use super::number::{int, parse_int};
use super::{Call, Error, Expect, Handler, Model, Reply, help};
use crate::resp::Value;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "TIME" => time,
        "LASTSAVE" => |_, call| checked(call, "int", "a moment", |reply| matches!(reply, Value::Int(0..))),
        "WAIT" => wait,
        "DEBUG" => debug,
        "MEMORY" => memory,
        "LATENCY" => latency,
        "SLOWLOG" => slowlog,
        "SAVE" => |_, _| Expect::ok(),
        "BGSAVE" => |_, call| match &call.argv[1..] {
            [] => started(call),
            [word] if word.eq_ignore_ascii_case(b"SCHEDULE") => started(call),
            _ => Err(Error::Syntax),
        },
        "BGREWRITEAOF" => |_, call| started(call),
        "ROLE" => {
            |_, _| Ok(Expect::Exact(Value::Array(vec![Value::bulk("master"), Value::Int(0), Value::Array(vec![])])))
        }
        _ => return None,
    })
}

fn checked(call: &Call, class: &'static str, rule: &str, holds: impl FnOnce(&Value) -> bool) -> Reply {
    Ok(Expect::Checked { rule: rule.into(), holds: call.hint.is_none_or(holds), class })
}

/// Whether it runs now or later is the server's business.
fn started(call: &Call) -> Reply {
    checked(call, "status", "a word about what was started", |reply| matches!(reply, Value::Status(_)))
}

/// Seconds and microseconds; a server on a clock of its own is later than the model.
fn time(model: &mut Model, call: &Call) -> Reply {
    let now_us = model.now_ms as u64 * 1000;
    checked(call, "array", "seconds and microseconds, not before now", |reply| {
        let Value::Array(items) = reply else { return false };
        let number = |item: &Value| match item {
            Value::Bulk(text) => std::str::from_utf8(text).ok()?.parse::<u64>().ok(),
            _ => None,
        };
        match items.iter().map(number).collect::<Option<Vec<_>>>().as_deref() {
            Some([seconds, us]) => *us < 1_000_000 && seconds.saturating_mul(1_000_000) + us >= now_us,
            _ => false,
        }
    })
}

/// Nobody replicates: waiting for nobody is over at once, and the runner sends no other.
fn wait(_: &mut Model, call: &Call) -> Reply {
    int(&call.argv[1])?;
    match parse_int(&call.argv[2]).ok_or(Error::TimeoutNotInt)? {
        ..0 => Err(Error::TimeoutNegative),
        _ => Expect::int(0),
    }
}

fn debug(_: &mut Model, call: &Call) -> Reply {
    match (call.argv[1].to_ascii_uppercase().as_slice(), call.argv.len()) {
        (b"SLEEP" | b"SET-ACTIVE-EXPIRE", 3) => Expect::ok(),
        _ => Err(Error::SubcommandSyntax("DEBUG", call.argv[1].clone())),
    }
}

fn memory(model: &mut Model, call: &Call) -> Reply {
    match call.argv[1].to_ascii_uppercase().as_slice() {
        b"USAGE" => usage(model, call),
        b"DOCTOR" => checked(call, "verbatim", "some advice", |reply| matches!(reply, Value::Bulk(_))),
        b"PURGE" => Expect::ok(),
        _ => Ok(help::reply("MEMORY")),
    }
}

fn usage(model: &mut Model, call: &Call) -> Reply {
    let mut options = &call.argv[3..];
    while let [word, rest @ ..] = options {
        let [samples, rest @ ..] = rest else { return Err(Error::Syntax) };
        if !word.eq_ignore_ascii_case(b"SAMPLES") || int(samples)? < 0 {
            return Err(Error::Syntax);
        }
        options = rest;
    }
    let (db, key) = (&model.dbs[call.db], &call.argv[2]);
    if !db.entries.contains_key(key) {
        return Expect::nil();
    }
    // One whose time ran out is looked up like any other, if it is still there.
    let expired = db.is_expired(key, model.now_ms);
    checked(call, "int", "some bytes", |reply| {
        matches!(reply, Value::Int(1..)) || (expired && *reply == Value::NullBulk)
    })
}

fn latency(_: &mut Model, call: &Call) -> Reply {
    match call.argv[1].to_ascii_uppercase().as_slice() {
        b"RESET" => checked(call, "int", "how many events there were", |reply| matches!(reply, Value::Int(0..))),
        b"LATEST" => checked(call, "array", "events", |reply| matches!(reply, Value::Array(_))),
        _ => Ok(help::reply("LATENCY")),
    }
}

fn slowlog(_: &mut Model, call: &Call) -> Reply {
    match call.argv[1].to_ascii_uppercase().as_slice() {
        b"LEN" => checked(call, "int", "a number of entries", |reply| matches!(reply, Value::Int(0..))),
        b"RESET" => Expect::ok(),
        b"GET" => {
            let count = match &call.argv[2..] {
                [] => 10,
                [count] => parse_int(count).filter(|n| *n >= -1).ok_or(Error::SlowlogCount)?,
                _ => return Err(Error::SubcommandSyntax("SLOWLOG", call.argv[1].clone())),
            };
            let most = usize::try_from(count).unwrap_or(usize::MAX);
            checked(call, "array", "entries", |reply| matches!(reply, Value::Array(items) if items.len() <= most))
        }
        _ => Ok(help::reply("SLOWLOG")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn options_are_read_before_the_key() {
        assert!(last(&["MEMORY USAGE nokey SAMPLES -1"]).contains("syntax error"));
        assert!(last(&["MEMORY USAGE nokey SAMPLES x"]).contains("not an integer"));
        assert_eq!(last(&["MEMORY USAGE nokey SAMPLES 0"]), "(nil)");
    }
}
