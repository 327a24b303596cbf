//! Holding an observed reply against a prediction.

use std::fmt;

use super::reply_class;
use crate::model::Expect;
use crate::resp::{Bytes, Value};

/// How late a subject without simulated time may answer.
const LOOSE_MS: i64 = 60_000;

impl Expect {
    /// Whether the observed reply is what was predicted. `exact_time` is false for subjects on a clock of their own.
    pub fn accepts(&self, observed: &Value, exact_time: bool) -> bool {
        match (self, observed) {
            (Expect::Exact(value), _) => value == observed,
            (Expect::Unordered(wanted), Value::Array(items)) => same_multiset(wanted, items),
            (Expect::UnorderedSet(wanted), Value::Set(items)) => same_multiset(wanted, items),
            (Expect::UnorderedPairs(wanted), Value::Array(items)) => same_pairs(wanted, items),
            (Expect::UnorderedMap(wanted), Value::Map(pairs)) => {
                let flat: Vec<Value> = pairs.iter().cloned().flat_map(<[Value; 2]>::from).collect();
                same_pairs(wanted, &flat)
            }
            (Expect::IntBetween(low, high), Value::Int(n)) => low <= n && n <= high,
            (Expect::Time { value, unit_ms }, Value::Int(n)) => {
                n == value || (!exact_time && *value > 0 && (n - value).abs() <= LOOSE_MS / unit_ms)
            }
            (Expect::Array(wanted), Value::Array(items)) => {
                wanted.len() == items.len() && wanted.iter().zip(items).all(|(w, item)| w.accepts(item, exact_time))
            }
            (Expect::Idle(value), Value::Int(n)) => {
                n == value || (!exact_time && (*value..=value.saturating_add(LOOSE_MS)).contains(n))
            }
            (Expect::Moment(value), Value::Int(n)) => n == value || (!exact_time && *n > 0),
            (Expect::Map(wanted), Value::Map(rows)) => {
                let same = |((key, wanted), (name, value)): (&(Value, Expect), &(Value, Value))| {
                    key == name && wanted.accepts(value, exact_time)
                };
                wanted.len() == rows.len() && wanted.iter().zip(rows).all(same)
            }
            (Expect::Checked { holds, class, .. }, _) => *holds && !are_twins(class, &reply_class(observed)),
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
            Expect::UnorderedSet(_) => "set".into(),
            Expect::UnorderedMap(_) | Expect::Map(_) => "map".into(),
            Expect::Several(_) => "several".into(),
            Expect::IntBetween(..) | Expect::Time { .. } | Expect::Idle(_) | Expect::Moment(_) => "int".into(),
            Expect::Checked { class, .. } => (*class).into(),
            Expect::Silent => "nothing".into(),
        }
    }
}

/// Whether these are different types of the same content, such as a RESP3 set and the array that it is in RESP2.
fn are_twins(wanted: &str, observed: &str) -> bool {
    let are_both = |group: &[&str]| group.contains(&wanted) && group.contains(&observed);
    wanted != observed && (are_both(&["array", "set", "map", "push"]) || are_both(&["bulk", "double", "verbatim"]))
}

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

/// Numbers the items of an array.
fn write_lines(items: impl Iterator<Item = String>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, item) in items.enumerate() {
        let line = item.replace('\n', "\n   ");
        write!(f, "{}{}) {line}", if i > 0 { "\n" } else { "" }, i + 1)?;
    }
    Ok(())
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expect::Exact(value) => value.fmt(f),
            Expect::Unordered(values) => write!(f, "in any order:\n{}", Value::Array(values.clone())),
            Expect::UnorderedSet(values) => write!(f, "in any order:\n{}", Value::Set(values.clone())),
            Expect::UnorderedPairs(pairs) | Expect::UnorderedMap(pairs) => {
                let flat = pairs.iter().flat_map(|(a, b)| [a, b]).cloned().map(Value::Bulk).collect();
                write!(f, "pairs in any order:\n{}", Value::Array(flat))
            }
            Expect::IntBetween(low, high) => write!(f, "(integer) {low} to {high}"),
            Expect::Time { value, .. } | Expect::Idle(value) | Expect::Moment(value) => write!(f, "(integer) {value}"),
            Expect::Array(items) if items.is_empty() => f.write_str("(empty array)"),
            Expect::Array(items) => write_lines(items.iter().map(Expect::to_string), f),
            Expect::Map(rows) => write_lines(rows.iter().flat_map(|(k, v)| [k.to_string(), v.to_string()]), f),
            Expect::Checked { rule, .. } => f.write_str(rule),
            Expect::Several(replies) => {
                for (i, reply) in replies.iter().enumerate() {
                    write!(f, "{}{reply}", if i > 0 { "\n" } else { "" })?;
                }
                Ok(())
            }
            Expect::Silent => f.write_str("no reply: the client waits"),
        }
    }
}
