//! What the model says about a reply.

use std::fmt;

use super::Error;
use crate::oracle::reply_class;
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
    /// An array, each element predicted on its own: what EXEC answers.
    Array(Vec<Expect>),
    /// A random reply that the model has already checked and followed.
    Checked {
        /// What was asked of the reply.
        rule: String,
        /// Whether it held.
        holds: bool,
        /// The reply's class, as in [`reply_class`].
        class: &'static str,
    },
    /// No reply now: the client waits.
    Silent,
}

/// How late a subject without simulated time may answer.
const LOOSE_MS: i64 = 60_000;

impl Expect {
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

    /// An array of bulk strings.
    pub(super) fn bulks(items: impl IntoIterator<Item = Bytes>) -> Reply {
        Ok(Expect::Exact(Value::Array(items.into_iter().map(Value::Bulk).collect())))
    }

    /// An array of bulk strings in any order.
    pub(super) fn any_order(items: impl IntoIterator<Item = Bytes>) -> Reply {
        Ok(Expect::Unordered(items.into_iter().map(Value::Bulk).collect()))
    }

    /// Whether the observed reply is what was predicted. `exact_time` is false for subjects on a clock of their own.
    pub fn accepts(&self, observed: &Value, exact_time: bool) -> bool {
        match (self, observed) {
            (Expect::Exact(value), _) => value == observed,
            (Expect::Unordered(wanted), Value::Array(items)) => same_multiset(wanted, items),
            (Expect::UnorderedPairs(wanted), Value::Array(items)) => same_pairs(wanted, items),
            (Expect::IntBetween(low, high), Value::Int(n)) => low <= n && n <= high,
            (Expect::Time { value, unit_ms }, Value::Int(n)) => {
                n == value || (!exact_time && *value > 0 && (n - value).abs() <= LOOSE_MS / unit_ms)
            }
            (Expect::Array(wanted), Value::Array(items)) => {
                wanted.len() == items.len() && wanted.iter().zip(items).all(|(w, item)| w.accepts(item, exact_time))
            }
            (Expect::Checked { holds, .. }, _) => *holds,
            _ => false,
        }
    }

    /// Where two arrays differ first: the index, what was predicted there and what came.
    pub fn first_difference<'a>(
        &'a self,
        observed: &'a Value,
        exact_time: bool,
    ) -> Option<(usize, &'a Expect, &'a Value)> {
        let (Expect::Array(wanted), Value::Array(items)) = (self, observed) else { return None };
        let mut pairs = wanted.iter().zip(items).enumerate().map(|(i, (w, item))| (i, w, item));
        pairs.find(|(_, w, item)| !w.accepts(item, exact_time))
    }

    /// The class of the predicted reply, as in [`reply_class`].
    pub fn class(&self) -> String {
        match self {
            Expect::Exact(value) => reply_class(value),
            Expect::Unordered(_) | Expect::UnorderedPairs(_) | Expect::Array(_) => "array".into(),
            Expect::IntBetween(..) | Expect::Time { .. } => "int".into(),
            Expect::Checked { class, .. } => (*class).into(),
            Expect::Silent => "nothing".into(),
        }
    }
}

use super::Reply;

fn same_multiset(wanted: &[Value], items: &[Value]) -> bool {
    wanted.len() == items.len() && {
        let texts = |values: &[Value]| {
            let mut texts: Vec<_> = values.iter().map(|v| format!("{v:?}")).collect();
            texts.sort_unstable();
            texts
        };
        // Mostly the order is the model's own, and nothing needs sorting.
        wanted == items || texts(wanted) == texts(items)
    }
}

fn same_pairs(wanted: &[(Bytes, Bytes)], items: &[Value]) -> bool {
    let mut pairs = Vec::with_capacity(items.len() / 2);
    for pair in items.chunks(2) {
        let [Value::Bulk(a), Value::Bulk(b)] = pair else { return false };
        pairs.push((a, b));
    }
    let mut wanted: Vec<_> = wanted.iter().map(|(a, b)| (a, b)).collect();
    wanted.sort_unstable();
    pairs.sort_unstable();
    wanted == pairs
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expect::Exact(value) => value.fmt(f),
            Expect::Unordered(values) => write!(f, "in any order:\n{}", Value::Array(values.clone())),
            Expect::UnorderedPairs(pairs) => {
                let flat = pairs.iter().flat_map(|(a, b)| [a, b]).cloned().map(Value::Bulk).collect();
                write!(f, "pairs in any order:\n{}", Value::Array(flat))
            }
            Expect::IntBetween(low, high) => write!(f, "(integer) {low} to {high}"),
            Expect::Time { value, .. } => write!(f, "(integer) {value}"),
            Expect::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    let line = item.to_string().replace('\n', "\n   ");
                    write!(f, "{}{}) {line}", if i > 0 { "\n" } else { "" }, i + 1)?;
                }
                if items.is_empty() { write!(f, "(empty array)") } else { Ok(()) }
            }
            Expect::Checked { rule, .. } => f.write_str(rule),
            Expect::Silent => f.write_str("no reply: the client waits"),
        }
    }
}
