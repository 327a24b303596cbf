//! What operators ask of a server: its time, its memory, its files. Mostly loose, as the answers are its own.

use super::info::size_bytes;
use super::number::{int, parse_int};
use super::{Call, Error, Expect, Handler, Model, Reply, help};
use crate::resp::Value;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "TIME" => time,
        "LASTSAVE" => |model, call| {
            let saved_s = model.service.as_ref().map_or(0, |service| service.saved_s);
            let is_moment = |reply: &Value| matches!(reply, Value::Int(0..));
            Ok(Expect::checked(call, "int", "a moment", is_moment, || Value::Int(saved_s)))
        },
        "WAIT" => wait,
        "MEMORY" => memory,
        "LATENCY" => latency,
        "SLOWLOG" => slowlog,
        "SAVE" => |model, _| {
            model.save();
            Expect::ok()
        },
        "BGSAVE" => |model, call| match &call.argv[1..] {
            [] => Ok(started(model, call, "Background saving started")),
            [word] if word.eq_ignore_ascii_case(b"SCHEDULE") => Ok(started(model, call, "Background saving started")),
            _ => Err(Error::Syntax),
        },
        "BGREWRITEAOF" => |model, call| Ok(started(model, call, "Background append only file rewriting started")),
        "ROLE" => {
            |_, _| Ok(Expect::Exact(Value::Array(vec![Value::bulk("master"), Value::Int(0), Value::Array(vec![])])))
        }
        _ => return None,
    })
}

/// Whether it runs now or later is the server's business.
fn started(model: &mut Model, call: &Call, instead: &str) -> Expect {
    model.save();
    let is_status = |reply: &Value| matches!(reply, Value::Status(_));
    Expect::checked(call, "status", "a word about what was started", is_status, || Value::status(instead))
}

impl Model {
    /// There is nothing to save to; clients may ask when it was.
    fn save(&mut self) {
        if let Some(service) = &mut self.service {
            service.saved_s = self.now_ms / 1000;
            service.changes = 0;
        }
    }
}

/// Seconds and microseconds; a server on a clock of its own is later than the model.
fn time(model: &mut Model, call: &Call) -> Reply {
    let now_us = model.now_ms as u64 * 1000;
    let texts = [now_us / 1_000_000, now_us % 1_000_000].map(|n| Value::bulk(n.to_string()));
    let holds = |reply: &Value| {
        let Value::Array(items) = reply else { return false };
        let number = |item: &Value| match item {
            Value::Bulk(text) => std::str::from_utf8(text).ok()?.parse::<u64>().ok(),
            _ => None,
        };
        match items.iter().map(number).collect::<Option<Vec<_>>>().as_deref() {
            Some([seconds, us]) => *us < 1_000_000 && seconds.saturating_mul(1_000_000) + us >= now_us,
            _ => false,
        }
    };
    Ok(Expect::checked(call, "array", "seconds and microseconds, not before now", holds, || Value::Array(texts.into())))
}

/// Nobody replicates: waiting for nobody is over at once, and the runner sends no other.
fn wait(_: &mut Model, call: &Call) -> Reply {
    int(&call.argv[1])?;
    match parse_int(&call.argv[2]).ok_or(Error::TimeoutNotInt)? {
        ..0 => Err(Error::TimeoutNegative),
        _ => Expect::int(0),
    }
}

fn memory(model: &mut Model, call: &Call) -> Reply {
    match call.argv[1].to_ascii_uppercase().as_slice() {
        b"USAGE" => usage(model, call),
        b"DOCTOR" => {
            let is_text = |reply: &Value| matches!(reply, Value::Bulk(_));
            let advice = || Value::Verbatim(*b"txt", b"I am a model: all my problems are yours.\n".to_vec());
            Ok(Expect::checked(call, "verbatim", "some advice", is_text, advice))
        }
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
    let Some(entry) = db.entries.get(key) else { return Expect::nil() };
    // One whose time ran out is looked up like any other, if it is still there.
    let expired = db.is_expired(key, model.now_ms);
    let holds = |reply: &Value| matches!(reply, Value::Int(1..)) || (expired && *reply == Value::NullBulk);
    Ok(Expect::checked(call, "int", "some bytes", holds, || Value::Int(size_bytes(key, entry) as i64)))
}

fn latency(_: &mut Model, call: &Call) -> Reply {
    let is_number = |reply: &Value| matches!(reply, Value::Int(0..));
    let is_array = |reply: &Value| matches!(reply, Value::Array(_));
    Ok(match call.argv[1].to_ascii_uppercase().as_slice() {
        b"RESET" => Expect::checked(call, "int", "how many events there were", is_number, || Value::Int(0)),
        b"LATEST" => Expect::checked(call, "array", "events", is_array, || Value::Array(Vec::new())),
        _ => help::reply("LATENCY"),
    })
}

fn slowlog(model: &mut Model, call: &Call) -> Reply {
    match call.argv[1].to_ascii_uppercase().as_slice() {
        b"LEN" => {
            let is_number = |reply: &Value| matches!(reply, Value::Int(0..));
            let len = model.service.as_ref().map_or(0, |service| service.slow_commands());
            Ok(Expect::checked(call, "int", "a number of entries", is_number, || Value::Int(len as i64)))
        }
        b"RESET" => {
            if let Some(service) = &mut model.service {
                service.forget_slow_commands();
            }
            Expect::ok()
        }
        b"GET" => {
            let count = match &call.argv[2..] {
                [] => 10,
                [count] => parse_int(count).filter(|n| *n >= -1).ok_or(Error::SlowlogCount)?,
                _ => return Err(Error::SubcommandSyntax("SLOWLOG", call.argv[1].clone())),
            };
            let most = usize::try_from(count).unwrap_or(usize::MAX);
            let holds = |reply: &Value| matches!(reply, Value::Array(items) if items.len() <= most);
            let own = || model.service.as_ref().map_or(Value::Array(Vec::new()), |service| service.slowlog(most));
            Ok(Expect::checked(call, "array", "entries", holds, own))
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
