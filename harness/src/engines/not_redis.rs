//! The crate `not_redis` 0.7: typed async methods over a concurrent map, with a clock of its own.
//!
//! An adapter has two jobs. [`offers`](Call::offers) says which commands the engine's methods stand for, in which form:
//! what a method's signature or documentation does not promise (several keys, options, keys that are not UTF-8) is never
//! sent, so that each alarm is a true one. [`call`](Call::call) turns the command into a method call and its result into the reply
//! that a server would give. Two things are evened out on purpose, because typed methods need not look like RESP: error
//! texts, and the nesting of a stream's entries.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use not_redis::{Client, RedisError, RedisResult};
use respfuzz::resp::{Bytes, Value};
use respfuzz::run::Options;
use respfuzz::subject::{Call, Called, ClientId};
use respfuzz::target::{CommandHandler, Target};

/// The commands that its methods stand for.
const NAMES: [&str; 26] = [
    "PING",
    "ECHO",
    "DBSIZE",
    "FLUSHDB",
    "GET",
    "SET",
    "DEL",
    "EXISTS",
    "EXPIRE",
    "TTL",
    "PERSIST",
    "HSET",
    "HGET",
    "HGETALL",
    "HDEL",
    "LPUSH",
    "RPUSH",
    "LLEN",
    "SADD",
    "SMEMBERS",
    "XADD",
    "XLEN",
    "XDEL",
    "XTRIM",
    "XRANGE",
    "XREVRANGE",
];

/// One store, whichever client asks: the crate's clients have no state of their own.
pub struct NotRedis {
    client: Client,
}

impl Default for NotRedis {
    fn default() -> Self {
        NotRedis { client: Client::new() }
    }
}

/// The target `not_redis`.
pub fn target() -> Box<dyn Target> {
    let make = || Box::new(Called::new(NotRedis::default())) as _;
    Box::new(CommandHandler::new("not_redis", Box::new(make), Options::only(NAMES)))
}

impl Call for NotRedis {
    fn offers(&self, argv: &[Bytes]) -> bool {
        let Some(words) = words(argv) else { return false };
        match &words[..] {
            ["PING" | "DBSIZE" | "FLUSHDB"]
            | ["GET" | "DEL" | "EXISTS" | "TTL" | "PERSIST" | "HGETALL" | "LLEN" | "SMEMBERS" | "XLEN" | "ECHO", _]
            | ["SET" | "HGET" | "HDEL" | "LPUSH" | "RPUSH" | "SADD", _, _]
            | ["HSET", _, _, _] => true,
            ["EXPIRE", _, seconds] => is_canonical(seconds),
            ["XADD", _, id, fields @ ..] => is_id(id) && !fields.is_empty() && fields.len().is_multiple_of(2),
            ["XDEL", _, ids @ ..] => !ids.is_empty() && ids.iter().all(|id| is_id(id)),
            ["XTRIM", _, maxlen, n] => maxlen.eq_ignore_ascii_case("MAXLEN") && is_count(n, 0),
            ["XTRIM", _, maxlen, "~" | "=", n] => maxlen.eq_ignore_ascii_case("MAXLEN") && is_count(n, 0),
            ["XRANGE" | "XREVRANGE", _, start, end] => is_end(start) && is_end(end),
            ["XRANGE" | "XREVRANGE", _, start, end, count, n] => {
                is_end(start) && is_end(end) && count.eq_ignore_ascii_case("COUNT") && is_count(n, 1)
            }
            _ => false,
        }
    }

    fn call(&mut self, _client: ClientId, argv: &[Bytes]) -> Value {
        match words(argv) {
            Some(words) => self.answer(&words).unwrap_or_else(error),
            None => Value::error("ERR not offered"),
        }
    }
}

impl NotRedis {
    fn answer(&mut self, words: &[&str]) -> RedisResult<Value> {
        let client = &mut self.client;
        Ok(match words {
            ["PING"] => Value::Status(now(client.ping())?.into()),
            ["ECHO", text] => Value::bulk(now(client.echo(*text))?),
            ["DBSIZE"] => Value::Int(now(client.dbsize())?),
            ["FLUSHDB"] => Value::Status(now(client.flushdb())?.into()),
            ["GET", key] => value(now(client.get(key))?),
            ["SET", key, text] => now(client.set(*key, *text)).map(|()| Value::ok())?,
            ["DEL", key] => Value::Int(now(client.del(*key))?),
            ["EXISTS", key] => Value::Int(now(client.exists(*key))?.into()),
            ["EXPIRE", key, seconds] => Value::Int(now(client.expire(*key, number(seconds)))?.into()),
            ["TTL", key] => Value::Int(now(client.ttl(*key))?),
            ["PERSIST", key] => Value::Int(now(client.persist(key)).into()),
            ["HSET", key, field, text] => Value::Int(now(client.hset(*key, *field, *text))?),
            ["HGET", key, field] => value(now(client.hget(*key, *field))?),
            ["HGETALL", key] => value(now(client.hgetall(*key))?),
            ["HDEL", key, field] => Value::Int(now(client.hdel(*key, *field))?),
            ["LPUSH", key, text] => Value::Int(now(client.lpush(*key, *text))?),
            ["RPUSH", key, text] => Value::Int(now(client.rpush(*key, *text))?),
            ["LLEN", key] => Value::Int(now(client.llen(key))?),
            ["SADD", key, member] => Value::Int(now(client.sadd(*key, *member))?),
            ["SMEMBERS", key] => value(now(client.smembers(*key))?),
            ["XADD", key, id, fields @ ..] => {
                let pairs = fields.chunks(2).map(|pair| (pair[0], pair[1])).collect();
                Value::bulk(now(client.xadd(*key, Some(id), pairs))?)
            }
            ["XLEN", key] => Value::Int(now(client.xlen(*key))?),
            ["XDEL", key, ids @ ..] => Value::Int(now(client.xdel(*key, ids.to_vec()))?),
            ["XTRIM", key, _, how @ .., n] => Value::Int(now(client.xtrim(*key, number(n), how == ["~"]))?),
            ["XRANGE", key, start, end, count @ ..] => {
                entries(value(now(client.xrange(*key, start, end, count.last().map(|n| number(n))))?))
            }
            ["XREVRANGE", key, start, end, count @ ..] => {
                entries(value(now(client.xrevrange(*key, start, end, count.last().map(|n| number(n))))?))
            }
            _ => Value::error("ERR not offered"),
        })
    }
}

/// The words of a command, its name in upper case; `None` where one isn't UTF-8, as the crate's keys are `String`s.
fn words(argv: &[Bytes]) -> Option<Vec<&str>> {
    let mut words = argv.iter().map(|arg| std::str::from_utf8(arg).ok()).collect::<Option<Vec<_>>>()?;
    words[0] = NAMES.iter().find(|name| name.eq_ignore_ascii_case(words[0]))?;
    Some(words)
}

/// Whether the text is a number as `to_string` writes it.
fn is_canonical(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|n| n.to_string() == text)
}

/// A number of entries that both take: the methods have `usize`, the server signed numbers, and a null array for none.
fn is_count(text: &str, least: i64) -> bool {
    is_canonical(text) && number::<i64>(text) >= least
}

/// A whole stream id, as the documentation of `xadd` asks for: `timestamp-sequence`.
fn is_id(text: &str) -> bool {
    let is_part = |part: &str| part.parse::<u64>().is_ok_and(|n| n.to_string() == part);
    text.split_once('-').is_some_and(|(ms, seq)| is_part(ms) && is_part(seq))
}

/// An end of a range.
fn is_end(text: &str) -> bool {
    matches!(text, "-" | "+") || is_id(text)
}

/// A number that [`Call::offers`] has looked at.
fn number<N: std::str::FromStr + Default>(text: &str) -> N {
    text.parse().unwrap_or_default()
}

/// The result of a method: none of them waits for anything.
fn now<T>(method: impl Future<Output = T>) -> T {
    match pin!(method).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("methods of not_redis 0.7 are async in name only"),
    }
}

fn value(value: not_redis::Value) -> Value {
    use not_redis::Value as Theirs;
    let all = |items: Vec<Theirs>| items.into_iter().map(self::value).collect();
    match value {
        Theirs::Null => Value::NullBulk,
        Theirs::Int(n) => Value::Int(n),
        Theirs::String(bytes) => Value::Bulk(bytes),
        Theirs::Array(items) | Theirs::Set(items) => Value::Array(all(items)),
        Theirs::Map(pairs) => {
            Value::Array(pairs.into_iter().flat_map(|(k, v)| [self::value(k), self::value(v)]).collect())
        }
        Theirs::Bool(yes) => Value::Int(yes.into()),
        Theirs::Okay => Value::ok(),
    }
}

/// `[id, field, value, ...]` as `[id, [field, value, ...]]`.
fn entries(range: Value) -> Value {
    let Value::Array(entries) = range else { return range };
    let nest = |entry| match entry {
        Value::Array(mut entry) if !entry.is_empty() => {
            let fields = entry.split_off(1);
            entry.push(Value::Array(fields));
            Value::Array(entry)
        }
        other => other,
    };
    Value::Array(entries.into_iter().map(nest).collect())
}

/// The error that a server gives for the same reason.
fn error(error: RedisError) -> Value {
    match error {
        RedisError::WrongType => Value::error("WRONGTYPE Operation against a key holding the wrong kind of value"),
        other => Value::error(format!("ERR {other}")),
    }
}
