//! Values of documents, as they are sorted, shown and computed with.

use std::cmp::Ordering;

use super::super::text::lower;
use super::super::{Field, FieldKind, Schema};
use super::document::{Document, parse_number};
use crate::resp::Bytes;

/// A value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// Anything else.
    Text(Bytes),
    /// Several, as TOLIST collects them.
    List(Vec<Value>),
    /// Nothing.
    Null,
}

impl Value {
    /// What the document has under a name: that of a field of the index, or else that of a field of the hash.
    pub fn of(schema: &Schema, document: &Document, name: &[u8]) -> Option<Value> {
        match schema.field(name) {
            Some(field) => {
                let text = document.hash.get(&field.path)?;
                Some(match field.kind {
                    FieldKind::Numeric => parse_number(text).map_or(Value::Text(text.clone()), Value::Number),
                    _ => Value::Text(text.clone()),
                })
            }
            None => document.hash.get(name).cloned().map(Value::Text),
        }
    }

    /// The same, as results are sorted by it: SORTABLE fields (without UNF) are compared without case.
    pub fn sorting(schema: &Schema, document: &Document, name: &[u8]) -> Option<Value> {
        let is_folded = |field: &&Field| field.sortable && !field.unf;
        Some(match (Value::of(schema, document, name)?, schema.field(name).filter(is_folded)) {
            (Value::Text(text), Some(_)) => Value::Text(lower(&text)),
            (value, _) => value,
        })
    }

    /// As it is shown: numbers have twelve digits at most.
    pub fn shown(&self) -> Bytes {
        match self {
            Value::Number(number) => print_number(*number),
            Value::Text(text) => text.clone(),
            Value::List(_) | Value::Null => Bytes::new(),
        }
    }

    /// The number it is or says.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Text(text) => read_number(text),
            Value::List(_) | Value::Null => None,
        }
    }

    /// Whether it comes before the other: numbers by size, a text next to a number as the number it says, else bytes.
    pub fn compare(&self, other: &Value) -> Ordering {
        let as_numbers = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or(Ordering::Equal);
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => as_numbers(*a, *b),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (Value::Number(a), Value::Text(text)) => match parse_number(text) {
                Some(b) => as_numbers(*a, b),
                None => self.shown().cmp(text),
            },
            (Value::Text(_), Value::Number(_)) => other.compare(self).reverse(),
            (Value::Null, Value::Null) => Ordering::Equal,
            (Value::Null, _) => Ordering::Less,
            (_, Value::Null) => Ordering::Greater,
            (Value::List(a), Value::List(b)) => {
                let firsts = a.first().zip(b.first());
                firsts.map_or(a.len().cmp(&b.len()), |(a, b)| a.compare(b))
            }
            (Value::List(_), _) => Ordering::Equal,
            (_, Value::List(_)) => Ordering::Equal,
        }
    }
}

/// A text as a number: nothing at all is 0.
pub fn read_number(text: &[u8]) -> Option<f64> {
    if text.is_empty() { Some(0.0) } else { parse_number(text.trim_ascii_start()) }
}

/// Whole numbers as integers (there is no `-0`), others in at most twelve digits, as C's `%.12g`.
pub fn print_number(number: f64) -> Bytes {
    if number.is_nan() {
        return if number.is_sign_negative() { b"-nan".to_vec() } else { b"nan".to_vec() };
    }
    if number.fract() == 0.0 && number.abs() < 9e18 {
        return (number as i64).to_string().into();
    }
    if number.is_infinite() {
        return crate::model::number::print_double(number);
    }
    let scientific = format!("{number:.11e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let text = if (-4..12).contains(&exponent) {
        let decimals = (11 - exponent).max(0) as usize;
        without_zeros(&format!("{number:.decimals$}")).to_string()
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
    };
    text.into()
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}
