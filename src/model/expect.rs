//! What the model says about a reply.

use super::{Call, Error, Reply};
use crate::resp::{Bytes, Value};

/// A prediction.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// This reply and no other.
    Exact(Value),
    /// An array of these elements, in any order.
    Unordered(Vec<Value>),
    /// A set of these elements: in RESP2 an array, in any order.
    UnorderedSet(Vec<Value>),
    /// A flat array of these pairs, in any order.
    UnorderedPairs(Vec<(Bytes, Bytes)>),
    /// A map of these pairs: in RESP2 a flat array, in any order.
    UnorderedMap(Vec<(Bytes, Bytes)>),
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
        /// What the model itself answers where there was no reply to check; otherwise nil.
        instead: Value,
    },
    /// Several replies to one command, one after the other.
    Several(Vec<Expect>),
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
            Expect::UnorderedSet(values) => {
                values.iter_mut().for_each(|value| value.speak(resp3));
                if !resp3 {
                    *self = Expect::Unordered(std::mem::take(values));
                }
            }
            Expect::UnorderedMap(pairs) if !resp3 => *self = Expect::UnorderedPairs(std::mem::take(pairs)),
            Expect::Array(items) | Expect::Several(items) => items.iter_mut().for_each(|item| item.speak(resp3)),
            Expect::Map(rows) => {
                rows.iter_mut().for_each(|(key, value)| (key.speak(resp3), value.speak(resp3)).1);
                if !resp3 {
                    let rows = std::mem::take(rows).into_iter();
                    *self = Expect::Array(rows.flat_map(|(key, value)| [Expect::Exact(key), value]).collect());
                }
            }
            Expect::Checked { class, instead, .. } => {
                instead.speak(resp3);
                *class = match *class {
                    "set" | "map" if !resp3 => "array",
                    "double" | "verbatim" if !resp3 => "bulk",
                    same => same,
                }
            }
            _ => {}
        }
    }

    /// Whether this is for its receiver whatever it thinks of replies.
    pub(super) fn is_pushed(&self) -> bool {
        match self {
            Expect::Exact(value) => matches!(value, Value::Push(_)),
            Expect::Several(replies) => replies.iter().all(Expect::is_pushed),
            _ => false,
        }
    }

    /// What a server answers that has only the model to ask, where several replies would do.
    pub fn choose(self) -> Vec<Value> {
        let bulks = |pairs: Vec<(Bytes, Bytes)>| pairs.into_iter().map(|(a, b)| (Value::Bulk(a), Value::Bulk(b)));
        vec![match self {
            Expect::Exact(value) => value,
            Expect::Unordered(values) => Value::Array(values),
            Expect::UnorderedSet(values) => Value::Set(values),
            Expect::UnorderedPairs(pairs) => Value::Array(bulks(pairs).flat_map(<[Value; 2]>::from).collect()),
            Expect::UnorderedMap(pairs) => Value::Map(bulks(pairs).collect()),
            Expect::IntBetween(low, _) => Value::Int(low),
            Expect::Time { value, .. } | Expect::Idle(value) | Expect::Moment(value) => Value::Int(value),
            Expect::Map(rows) => {
                Value::Map(rows.into_iter().flat_map(|(key, value)| Some((key, value.choose().pop()?))).collect())
            }
            // Nothing waits inside EXEC.
            Expect::Array(items) => Value::Array(items.into_iter().flat_map(Expect::choose).collect()),
            Expect::Checked { instead, .. } => instead,
            Expect::Several(replies) => return replies.into_iter().flat_map(Expect::choose).collect(),
            Expect::Silent => return Vec::new(),
        }]
    }

    /// A reply that is looked at, not predicted; without one, what to answer `instead`.
    pub(super) fn checked(
        call: &Call,
        class: &'static str,
        rule: impl Into<String>,
        holds: impl FnOnce(&Value) -> bool,
        instead: impl FnOnce() -> Value,
    ) -> Expect {
        let (holds, instead) = match call.hint {
            Some(reply) => (holds(reply), Value::NullBulk),
            None => (true, instead()),
        };
        Expect::Checked { rule: rule.into(), holds, class, instead }
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

    /// A set of bulk strings.
    pub(super) fn set(items: impl IntoIterator<Item = Bytes>) -> Reply {
        Ok(Expect::UnorderedSet(items.into_iter().map(Value::Bulk).collect()))
    }

    /// The same prediction of a set instead of an array.
    pub(super) fn into_set(self) -> Expect {
        match self {
            Expect::Exact(Value::Array(items)) => Expect::Exact(Value::Set(items)),
            Expect::Unordered(items) => Expect::UnorderedSet(items),
            Expect::Checked { rule, holds, class: "array", instead } => {
                Expect::Checked { rule, holds, class: "set", instead }
            }
            same => same,
        }
    }

    /// An array of bulk strings in any order.
    pub(super) fn any_order(items: impl IntoIterator<Item = Bytes>) -> Reply {
        Ok(Expect::Unordered(items.into_iter().map(Value::Bulk).collect()))
    }
}
