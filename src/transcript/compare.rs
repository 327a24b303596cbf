//! Holding an observed reply against a recorded one.

use serde::Deserialize;

use crate::resp::{Bytes, Value};

/// Parts of a reply that may differ. A path leads from the reply through its arrays by their indexes; the empty path is
/// the reply itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Annotations {
    /// Arrays without an order.
    pub unordered: Vec<Path>,
    /// Arrays of pairs without an order.
    pub pairs: Vec<Path>,
    /// Integers that depend on how much time has passed.
    pub tol: Vec<Path>,
    /// Moments, of which only the sign can be compared.
    pub abstime: Vec<Path>,
    /// Parts that say nothing.
    pub unstable: Vec<Path>,
}

type Path = Vec<usize>;

/// How far a number of milliseconds that depends on time may be off.
const SLACK_MS: i64 = 5_000;

/// Whether the observed reply to a command is what was recorded.
pub fn same(recorded: &Value, observed: &Value, argv: &[Bytes], annotations: &Annotations) -> bool {
    let in_seconds = argv.first().is_some_and(|name| name.eq_ignore_ascii_case(b"TTL"));
    Comparison { annotations, slack: if in_seconds { 1 } else { SLACK_MS } }.same(recorded, observed, &mut Path::new())
}

struct Comparison<'a> {
    annotations: &'a Annotations,
    slack: i64,
}

impl Comparison<'_> {
    fn same(&self, recorded: &Value, observed: &Value, path: &mut Path) -> bool {
        let Annotations { unordered, pairs, tol, abstime, unstable } = self.annotations;
        if unstable.contains(path) {
            return true;
        }
        match (recorded, observed) {
            (Value::Int(a), Value::Int(b)) if tol.contains(path) && *a >= 0 => {
                *b >= 0 && a.abs_diff(*b) <= self.slack.unsigned_abs()
            }
            (Value::Int(_), Value::Int(b)) if abstime.contains(path) => *b > 0,
            (Value::Array(a), Value::Array(b)) if unordered.contains(path) => same_multiset(a, b, 1),
            (Value::Array(a), Value::Array(b)) if pairs.contains(path) => same_multiset(a, b, 2),
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                a.iter().zip(b).enumerate().all(|(i, (a, b))| {
                    path.push(i);
                    let same = self.same(a, b, path);
                    path.pop();
                    same
                })
            }
            _ => recorded == observed,
        }
    }
}

/// Whether two arrays hold the same groups of items, in any order.
fn same_multiset(a: &[Value], b: &[Value], width: usize) -> bool {
    let sorted = |items: &[Value]| {
        let mut groups: Vec<String> = items.chunks(width).map(|group| format!("{group:?}")).collect();
        groups.sort_unstable();
        groups
    };
    a.len() == b.len() && sorted(a) == sorted(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(ann: &str, recorded: Value, observed: Value) -> bool {
        same(&recorded, &observed, &[b"TTL".to_vec()], &serde_json::from_str(ann).unwrap())
    }

    fn array(items: &[&str]) -> Value {
        Value::Array(items.iter().map(|item| Value::bulk(*item)).collect())
    }

    #[test]
    fn annotations_allow_what_they_say_and_no_more() {
        let (abcd, cdab, badc) =
            (array(&["a", "b", "c", "d"]), array(&["c", "d", "a", "b"]), array(&["b", "a", "d", "c"]));
        for (ann, observed, holds) in [
            ("{}", &cdab, false),
            (r#"{"unordered":[[]]}"#, &cdab, true),
            (r#"{"unordered":[[]]}"#, &badc, true),
            (r#"{"unordered":[[0]]}"#, &cdab, false),
            (r#"{"pairs":[[]]}"#, &cdab, true),
            (r#"{"pairs":[[]]}"#, &badc, false),
            (r#"{"unstable":[[]]}"#, &Value::NullBulk, true),
            (r#"{"unstable":[[0],[2]]}"#, &array(&["x", "b", "y", "d"]), true),
        ] {
            assert_eq!(compare(ann, abcd.clone(), observed.clone()), holds, "{ann} {observed}");
        }
    }

    #[test]
    fn numbers_of_time_may_be_a_little_off() {
        let nested = |n| Value::Array(vec![Value::Int(n)]);
        assert!(compare(r#"{"tol":[[0]]}"#, nested(100), nested(99)));
        assert!(!compare(r#"{"tol":[[0]]}"#, nested(100), nested(90)));
        assert!(!compare(r#"{"tol":[[0]]}"#, nested(1), nested(-1)));
        assert!(!compare(r#"{"tol":[[0]]}"#, nested(-1), nested(-2)));
        assert!(compare(r#"{"abstime":[[0]]}"#, nested(100), nested(1)));
        assert!(!compare(r#"{"abstime":[[0]]}"#, nested(100), nested(-1)));
    }
}
