//! Rows, and the steps they go through.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::super::value::Value;
use super::functions::is_true;
use super::reduce::Reducer;
use crate::resp::Bytes;

/// A row: values by name. What a group was made without is [`Value::Null`].
pub type Row = BTreeMap<Bytes, Value>;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// A property is missing: `exists` does not mind.
    Missing(Bytes),
    /// Anything else.
    Failed(Bytes),
}

impl Trouble {
    /// The text of the error.
    pub fn text(self) -> Bytes {
        match self {
            Trouble::Missing(text) | Trouble::Failed(text) => text,
        }
    }
}

/// A step of the pipeline; `E` is an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<E> {
    /// APPLY ... AS name.
    Apply(E, Bytes),
    /// FILTER.
    Filter(E),
    /// GROUPBY, and the reducers with the names of their results.
    Group(Vec<Bytes>, Vec<(Reducer, Bytes)>),
    /// SORTBY (property, descending) and LIMIT.
    Arrange {
        /// The properties, each with whether it is in descending order.
        keys: Vec<(Bytes, bool)>,
        /// How many rows are left out first.
        offset: usize,
        /// How many are kept; all if nothing is said.
        count: Option<usize>,
    },
}

/// The rows that come out, as far as they come.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The rows.
    pub rows: Vec<Row>,
    /// What stopped the next one.
    pub trouble: Option<Bytes>,
}

/// Sorted rows are at most so many where no limit was given.
const SORTED_MAX: usize = 10;

/// Sends rows through the steps. A step that needs all rows fails if one of them does; others stop there.
pub fn run<E>(rows: Vec<Row>, steps: &[Step<E>], eval: &impl Fn(&E, &Row) -> Result<Value, Trouble>) -> Rows {
    steps.iter().fold(Rows { rows, trouble: None }, |rows, step| take(rows, step, eval))
}

fn take<E>(mut input: Rows, step: &Step<E>, eval: &impl Fn(&E, &Row) -> Result<Value, Trouble>) -> Rows {
    match step {
        Step::Apply(expression, name) => {
            let mut out = Rows { rows: Vec::new(), trouble: input.trouble };
            for mut row in input.rows {
                match eval(expression, &row) {
                    Ok(value) => {
                        row.insert(name.clone(), value);
                        out.rows.push(row);
                    }
                    Err(trouble) => return Rows { trouble: Some(trouble.text()), ..out },
                }
            }
            out
        }
        Step::Filter(expression) => {
            let mut out = Rows { rows: Vec::new(), trouble: input.trouble };
            for row in input.rows {
                match eval(expression, &row) {
                    Ok(value) if is_true(&value) => out.rows.push(row),
                    Ok(_) => {}
                    Err(trouble) => return Rows { trouble: Some(trouble.text()), ..out },
                }
            }
            out
        }
        Step::Group(..) | Step::Arrange { .. } if input.trouble.is_some() && needs_all(step) => {
            Rows { rows: Vec::new(), trouble: input.trouble }
        }
        Step::Group(names, reducers) => Rows { rows: group(&input.rows, names, reducers), trouble: None },
        Step::Arrange { keys, offset, count } => {
            if !keys.is_empty() {
                sort(&mut input.rows, keys);
            }
            let count = count.unwrap_or(if keys.is_empty() { usize::MAX } else { SORTED_MAX });
            // What is skipped must be there; and enough rows hide the trouble behind them.
            let end = offset.saturating_add(count);
            let trouble = input.trouble.filter(|_| input.rows.len() < end);
            Rows { rows: input.rows.into_iter().skip(*offset).take(count).collect(), trouble }
        }
    }
}

fn needs_all<E>(step: &Step<E>) -> bool {
    match step {
        Step::Group(..) => true,
        Step::Arrange { keys, .. } => !keys.is_empty(),
        _ => false,
    }
}

/// The groups, in the order in which they came to be. Rows belong together if the hashes of their values are equal.
fn group(rows: &[Row], names: &[Bytes], reducers: &[(Reducer, Bytes)]) -> Vec<Row> {
    let mut groups: Vec<(Vec<Value>, Vec<&Row>)> = Vec::new();
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    for row in rows {
        let values: Vec<Value> = names.iter().map(|name| row.get(name).cloned().unwrap_or(Value::Null)).collect();
        let place = *places.entry(values.iter().fold(0, hash)).or_insert(groups.len());
        if place == groups.len() {
            groups.push((values, Vec::new()));
        }
        groups[place].1.push(row);
    }
    let finish = |(values, rows): (Vec<Value>, Vec<&Row>)| {
        let mut row: Row = names.iter().cloned().zip(values).collect();
        for (reducer, name) in reducers {
            row.insert(name.clone(), reducer.reduce(&rows, |row, name| row.get(name).cloned()));
        }
        row
    };
    groups.into_iter().map(finish).collect()
}

/// FNV-1a, going on from the hash of the values before: so different values can have one hash, and `null, 0` and `"", 1` do.
fn hash(before: u64, value: &Value) -> u64 {
    let bytes =
        |bytes: &[u8]| bytes.iter().fold(before, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    match value {
        Value::Text(text) => bytes(text),
        Value::Number(number) => bytes(&number.to_le_bytes()),
        Value::List(items) => items.iter().fold(before, hash),
        Value::Null => before.wrapping_add(1),
    }
}

/// Rows without a value come last; ties are in the order of writing, or the other way round.
fn sort(rows: &mut [Row], keys: &[(Bytes, bool)]) {
    let last_descends = keys.last().is_some_and(|(_, descending)| *descending);
    if last_descends {
        rows.reverse();
    }
    rows.sort_by(|a, b| {
        let orders = keys.iter().map(|(name, descending)| match (a.get(name), b.get(name)) {
            (Some(x), Some(y)) if *descending => y.compare(x),
            (Some(x), Some(y)) => x.compare(y),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
        orders.fold(Ordering::Equal, Ordering::then)
    });
}
