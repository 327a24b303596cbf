//! What the model says about a reply.

use super::{Error, Reply};
use crate::resp::{Bytes, Value};

/// A prediction.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// This reply and no other.
    Exact(Value),
    /// An array of these elements, in any order.
    Unordered(Vec<Value>),
    /// A flat array of these pairs, in any order.
    UnorderedPairs(Vec<(Bytes, Bytes)>),
    /// An integer from the first to the second.
    IntBetween(i64, i64),
    /// Time left or a moment, which a subject without simulated time answers a little later than the model thinks.
    Time {
        /// The exact answer.
        value: i64,
        /// Milliseconds in one unit of it.
        unit_ms: i64,
    },
    /// Milliseconds since something happened; a subject without simulated time lets a few more pass.
    Idle(i64),
    /// A moment in unix milliseconds; a subject without simulated time has its own.
    Moment(i64),
    /// A map, in the order sent, each value predicted on its own.
    Map(Vec<(Value, Expect)>),
    /// An array, each element predicted on its own: what EXEC answers.
    Array(Vec<Expect>),
    /// A random reply that the model has already checked and followed.
    Checked {
        /// What was asked of the reply.
        rule: String,
        /// Whether it held.
        holds: bool,
        /// The reply's class, as in [`reply_class`](crate::oracle::reply_class).
        class: &'static str,
    },
    /// No reply now: the client waits.
    Silent,
}

impl Expect {
    /// Gives the prediction the types of the protocol: handlers speak RESP3 (maps, sets, doubles), except that they
    /// tell RESP2's two nulls apart.
    pub(super) fn speak(&mut self, resp3: bool) {
        match self {
            Expect::Exact(value) => value.speak(resp3),
            Expect::Unordered(values) => values.iter_mut().for_each(|value| value.speak(resp3)),
            Expect::Array(items) => items.iter_mut().for_each(|item| item.speak(resp3)),
            Expect::Map(rows) => {
                rows.iter_mut().for_each(|(key, value)| (key.speak(resp3), value.speak(resp3)).1);
                if !resp3 {
                    let rows = std::mem::take(rows).into_iter();
                    *self = Expect::Array(rows.flat_map(|(key, value)| [Expect::Exact(key), value]).collect());
                }
            }
            _ => {}
        }
    }

    pub(super) fn error(error: Error) -> Expect {
        Expect::Exact(Value::Error(error.text()))
    }

    pub(super) fn ok() -> Reply {
        Ok(Expect::Exact(Value::ok()))
    }

    pub(super) fn int(n: impl TryInto<i64>) -> Reply {
        Ok(Expect::Exact(Value::Int(n.try_into().unwrap_or(i64::MAX))))
    }

    pub(super) fn bulk(bytes: impl Into<Bytes>) -> Reply {
        Ok(Expect::Exact(Value::bulk(bytes)))
    }

    pub(super) fn nil() -> Reply {
        Ok(Expect::Exact(Value::NullBulk))
    }

    pub(super) fn nil_array() -> Reply {
        Ok(Expect::Exact(Value::NullArray))
    }

    /// A bulk string, or nil.
    pub(super) fn bulk_or_nil(bytes: Option<Bytes>) -> Reply {
        Ok(Expect::Exact(bytes.map_or(Value::NullBulk, Value::Bulk)))
    }

    /// What a container's HELP answers.
    pub(super) fn help(container: &str, lines: &[&str]) -> Reply {
        let head = format!("{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
        let lines = [head.as_str()].into_iter().chain(lines.iter().copied()).chain(["HELP", "    Prints this help."]);
        Ok(Expect::Exact(Value::Array(lines.map(|line| Value::Status(line.into())).collect())))
    }

    /// An array of bulk strings.
    pub(super) fn bulks(items: impl IntoIterator<Item = Bytes>) -> Reply {
        Ok(Expect::Exact(Value::Array(items.into_iter().map(Value::Bulk).collect())))
    }

    /// An array of bulk strings in any order.
    pub(super) fn any_order(items: impl IntoIterator<Item = Bytes>) -> Reply {
        Ok(Expect::Unordered(items.into_iter().map(Value::Bulk).collect()))
    }
}
