//! REDUCE: what is made of the rows of a group.

use std::collections::BTreeSet;

use super::super::value::Value;
use crate::resp::Bytes;

/// A reducer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reducer {
    /// COUNT
    Count,
    /// COUNT_DISTINCT
    CountDistinct(Bytes),
    /// SUM
    Sum(Bytes),
    /// MIN
    Min(Bytes),
    /// MAX
    Max(Bytes),
    /// AVG: of all rows, those without a number count as 0.
    Avg(Bytes),
    /// STDDEV
    Stddev(Bytes),
    /// TOLIST
    ToList(Bytes),
    /// FIRST_VALUE: the value of one property, of the row that comes first by another.
    FirstValue(Bytes, Option<(Bytes, bool)>),
}

impl Reducer {
    /// The result; `get` reads a property of a row.
    pub fn reduce<Row>(&self, rows: &[Row], get: impl Fn(&Row, &[u8]) -> Option<Value>) -> Value {
        let values = |name: &Bytes| rows.iter().filter_map(|row| get(row, name)).collect::<Vec<_>>();
        let numbers = |name: &Bytes| values(name).iter().filter_map(Value::number).collect::<Vec<_>>();
        match self {
            Reducer::Count => Value::Number(rows.len() as f64),
            Reducer::CountDistinct(name) => {
                let distinct: BTreeSet<Bytes> = values(name).iter().map(Value::shown).collect();
                Value::Number(distinct.len() as f64)
            }
            Reducer::Sum(name) => Value::Number(numbers(name).iter().fold(0.0, |sum, n| sum + n)),
            Reducer::Min(name) => extreme(&numbers(name), |n, best| n < best),
            Reducer::Max(name) => extreme(&numbers(name), |n, best| n > best),
            Reducer::Avg(name) => Value::Number(numbers(name).iter().fold(0.0, |sum, n| sum + n) / rows.len() as f64),
            Reducer::Stddev(name) => Value::Number(deviation(&numbers(name))),
            Reducer::ToList(name) => Value::List(distinct(values(name))),
            Reducer::FirstValue(name, by) => first_value(rows, &get, name, by.as_ref()),
        }
    }
}

/// 0 if there are no numbers.
fn extreme(numbers: &[f64], is_better: impl Fn(f64, f64) -> bool) -> Value {
    let best = numbers.iter().copied().reduce(|best, n| if is_better(n, best) { n } else { best });
    Value::Number(best.unwrap_or(0.0))
}

/// Of a sample, as Knuth computes it.
fn deviation(numbers: &[f64]) -> f64 {
    let (mut mean, mut squares) = (0.0, 0.0);
    for (count, number) in numbers.iter().enumerate() {
        let before = mean;
        mean += (number - mean) / (count as f64 + 1.0);
        squares += (number - before) * (number - mean);
    }
    if numbers.len() > 1 { (squares / (numbers.len() as f64 - 1.0)).sqrt() } else { 0.0 }
}

/// Each once, in the order they came.
fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

fn first_value<Row>(
    rows: &[Row],
    get: &impl Fn(&Row, &[u8]) -> Option<Value>,
    name: &Bytes,
    by: Option<&(Bytes, bool)>,
) -> Value {
    let first = match by {
        None => rows.first(),
        Some((property, descending)) => {
            let key = |row: &&Row| get(row, property).unwrap_or(Value::Null);
            let is_better = |a: &&Row, b: &&Row| {
                let order = key(a).compare(&key(b));
                if *descending { order.is_gt() } else { order.is_lt() }
            };
            rows.iter().reduce(|best, row| if is_better(&row, &best) { row } else { best })
        }
    };
    first.and_then(|row| get(row, name)).unwrap_or(Value::Null)
}
