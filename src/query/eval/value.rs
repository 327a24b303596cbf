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
    /// Several, in order.
    List(Vec<Value>),
    /// Several, in no order: what TOLIST collects comes in that of a hash table's buckets.
    Bag(Vec<Value>),
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
            Value::List(_) | Value::Bag(_) | Value::Null => Bytes::new(),
        }
    }

    /// The number it is or says.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Text(text) => read_number(text),
            Value::List(_) | Value::Bag(_) | Value::Null => None,
        }
    }

    /// The items, if it is several.
    pub fn items(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) | Value::Bag(items) => Some(items),
            _ => None,
        }
    }

    /// Whether it comes before the other: numbers by size, several by the first, texts by bytes. What stands next to a
    /// number must say one: else the error is RediSearch's text.
    pub fn compare(&self, other: &Value) -> Result<Ordering, Bytes> {
        let as_numbers = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or(Ordering::Equal);
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => Ok(as_numbers(*a, *b)),
            (Value::Null, _) | (_, Value::Null) => Ok((*self != Value::Null).cmp(&(*other != Value::Null))),
            (Value::Number(a), b) => b.number().map(|b| as_numbers(*a, b)).ok_or_else(|| b.is_no_number()),
            (a, Value::Number(b)) => a.number().map(|a| as_numbers(a, *b)).ok_or_else(|| a.is_no_number()),
            _ => match (self.items(), other.items()) {
                (Some([a, ..]), Some([b, ..])) => a.compare(b),
                (Some(a), Some(b)) => Ok(a.len().cmp(&b.len())),
                _ => Ok(compare_texts(&self.shown(), &other.shown())),
            },
        }
    }

    fn is_no_number(&self) -> Bytes {
        let text = if let Value::Text(text) = self { text } else { b"(null)".as_slice() };
        [b"Error converting string '", text, b"' to number"].concat()
    }

    /// `==`: what is no number is not equal to one.
    pub fn equals(&self, other: &Value) -> bool {
        self.compare(other).is_ok_and(Ordering::is_eq)
    }

    /// FNV-1a, going on from the hash of the values before: so different values can have one hash, and `null, 0` and
    /// `"", 1` do.
    pub fn hash(&self, before: u64) -> u64 {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        match self {
            Value::Text(text) => text.iter().fold(before, step),
            Value::Number(number) => number.to_le_bytes().iter().fold(before, step),
            Value::List(items) | Value::Bag(items) => items.iter().fold(before, |hash, item| item.hash(hash)),
            Value::Null => before.wrapping_add(1),
        }
    }
}

/// As C's `strncmp`, which ends at a NUL; then by length.
fn compare_texts(a: &[u8], b: &[u8]) -> Ordering {
    let common = a.len().min(b.len());
    let end = a.iter().zip(b).position(|(a, b)| *a == 0 && *b == 0).unwrap_or(common);
    a[..end].cmp(&b[..end]).then(a.len().cmp(&b.len()))
}

/// A text as a number, all of it up to a NUL: nothing at all is 0.
pub fn read_number(text: &[u8]) -> Option<f64> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let written = text.trim_ascii_start();
    let unsigned = written.strip_prefix(b"-").or(written.strip_prefix(b"+")).unwrap_or(written);
    match () {
        () if text.is_empty() => Some(0.0),
        () if unsigned.eq_ignore_ascii_case(b"nan") => {
            Some(f64::NAN.copysign(if written[0] == b'-' { -1.0 } else { 1.0 }))
        }
        () => parse_number(written),
    }
}

/// Whole numbers as integers (there is no `-0`), others in at most twelve digits, as C's `%.12g`.
pub fn print_number(number: f64) -> Bytes {
    if number.is_nan() {
        return if number.is_sign_negative() { b"-nan".to_vec() } else { b"nan".to_vec() };
    }
    if number.fract() == 0.0 && (-(2f64.powi(63))..2f64.powi(63)).contains(&number) {
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
