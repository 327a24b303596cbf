//! REDUCE: what is made of the rows of a group.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::super::value::Value;
use super::names::Property;

/// A reducer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reducer {
    /// COUNT
    Count,
    /// COUNT_DISTINCT
    CountDistinct(Property),
    /// SUM
    Sum(Property),
    /// MIN
    Min(Property),
    /// MAX
    Max(Property),
    /// AVG: of all rows, those without a number count as 0.
    Avg(Property),
    /// STDDEV
    Stddev(Property),
    /// TOLIST
    ToList(Property),
    /// FIRST_VALUE: the value of one property, of the row that comes first by another.
    FirstValue(Property, Option<(Property, bool)>),
}

impl Reducer {
    /// The result; `get` reads a property of a row.
    pub fn reduce<Row>(&self, rows: &[Row], get: impl Fn(&Row, &Property) -> Option<Value>) -> Value {
        let values = |name: &Property| rows.iter().filter_map(|row| get(row, name)).collect::<Vec<_>>();
        let numbers = |name: &Property| values(name).iter().filter_map(Value::number).collect::<Vec<_>>();
        match self {
            Reducer::Count => Value::Number(rows.len() as f64),
            Reducer::CountDistinct(name) => {
                let is_there = |value: &&Value| **value != Value::Null;
                let distinct: BTreeSet<u64> = values(name).iter().filter(is_there).map(|value| value.hash(0)).collect();
                Value::Number(distinct.len() as f64)
            }
            Reducer::Sum(name) => Value::Number(numbers(name).iter().fold(0.0, |sum, n| sum + n)),
            Reducer::Min(name) => extreme(&numbers(name), |n, best| n < best),
            Reducer::Max(name) => extreme(&numbers(name), |n, best| n > best),
            Reducer::Avg(name) => Value::Number(numbers(name).iter().fold(0.0, |sum, n| sum + n) / rows.len() as f64),
            Reducer::Stddev(name) => {
                let all = unfolded(values(name));
                Value::Number(deviation(&all.iter().filter_map(Value::number).collect::<Vec<_>>()))
            }
            Reducer::ToList(name) => Value::Bag(distinct(unfolded(values(name)))),
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

/// The items of lists, and what is none.
fn unfolded(values: Vec<Value>) -> Vec<Value> {
    values.into_iter().flat_map(|value| value.items().map_or(vec![value.clone()], <[Value]>::to_vec)).collect()
}

/// Each once.
fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    values.into_iter().filter(|value| seen.insert(value.hash(0))).collect()
}

fn first_value<Row>(
    rows: &[Row],
    get: &impl Fn(&Row, &Property) -> Option<Value>,
    name: &Property,
    by: Option<&(Property, bool)>,
) -> Value {
    let value = |row: &Row| get(row, name).unwrap_or(Value::Null);
    let Some((first, rest)) = rows.split_first() else { return Value::Null };
    let Some((property, descending)) = by else { return value(first) };
    let wanted = if *descending { Ordering::Greater } else { Ordering::Less };
    let key = |row: &Row| get(row, property).unwrap_or(Value::Null);
    let (mut best, mut best_key) = (value(first), key(first));
    for row in rest {
        match (key(row), &best_key) {
            (Value::Null, _) => {}
            // The first row without a key has lent it its value for as long as no better one comes.
            (new, Value::Null) => best_key = new,
            (new, old) if compare_leniently(&new, old) == wanted => (best, best_key) = (value(row), new),
            _ => {}
        }
    }
    best
}

/// Where one of two is no number, both are texts; a number has six decimals then.
fn compare_leniently(a: &Value, b: &Value) -> Ordering {
    let text = |value: &Value| match value {
        Value::Number(number) => Value::Text(format!("{number:.6}").into()),
        other => other.clone(),
    };
    a.compare(b).or_else(|_| text(a).compare(&text(b))).unwrap_or(Ordering::Equal)
}
