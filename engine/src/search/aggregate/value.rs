//! The values that rows hold and expressions compute.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::double;

/// What is no number, as functions give it.
pub(crate) const NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0000);
/// What is no number, as an operation on x86 gives it that has no result. It is printed with a sign.
pub(crate) const INVALID: f64 = f64::from_bits(0xfff8_0000_0000_0000);

/// A value of a row. That a row has no value at all is the `None` around it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Number(f64),
    Text(Rc<[u8]>),
    Array(Rc<[Value]>),
}

impl Value {
    pub fn text(bytes: &[u8]) -> Value {
        Value::Text(bytes.into())
    }

    pub fn flag(yes: bool) -> Value {
        Value::Number(f64::from(u8::from(yes)))
    }

    /// The number that the value is, or reads as: text as C's `strtod` would, all of it; empty text is 0.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Text(text) => parse_number(text),
            Value::Null | Value::Array(_) => None,
        }
    }

    /// The bytes, if it is text already.
    pub fn as_text(&self) -> Option<&[u8]> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as text: numbers are printed; what cannot be text is empty.
    pub fn to_text(&self) -> Rc<[u8]> {
        match self {
            Value::Text(text) => Rc::clone(text),
            Value::Number(number) => print_number(*number).into_bytes().into(),
            Value::Null | Value::Array(_) => Rc::from(&b""[..]),
        }
    }

    /// What counts as true.
    pub fn truth(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Number(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
        }
    }

    /// The number by which messages name the type.
    pub fn type_code(&self) -> u8 {
        match self {
            Value::Number(_) => 1,
            Value::Text(_) => 3,
            Value::Null => 4,
            Value::Array(_) => 6,
        }
    }

    /// Which of two values comes first. If only one is a number, the other must read as one, or else it is the error.
    pub fn compare<'a>(&'a self, other: &'a Value) -> Result<Ordering, &'a Value> {
        match (self, other) {
            (Value::Number(left), Value::Number(right)) => Ok(compare_numbers(*left, *right)),
            (Value::Null, Value::Null) => Ok(Ordering::Equal),
            // The first items speak for all.
            (Value::Array(left), Value::Array(right)) => match (left.first(), right.first()) {
                (Some(left), Some(right)) => left.compare(right),
                _ => Ok(left.len().cmp(&right.len())),
            },
            (Value::Null, _) => Ok(Ordering::Less),
            (_, Value::Null) => Ok(Ordering::Greater),
            (Value::Number(left), right) => right.number().map(|right| compare_numbers(*left, right)).ok_or(right),
            (left, Value::Number(right)) => left.number().map(|left| compare_numbers(left, *right)).ok_or(left),
            (left, right) => Ok(compare_texts(&left.to_text(), &right.to_text())),
        }
    }

    /// Whether two values are the same; a number and what isn't one are not.
    pub fn equals(&self, other: &Value) -> bool {
        self.compare(other) == Ok(Ordering::Equal)
    }

    /// Goes on hashing with this value. Groups are told apart by nothing else, as in RediSearch: neighbouring texts run
    /// into one another.
    pub fn hash(&self, seed: u64) -> u64 {
        match self {
            Value::Null => seed.wrapping_add(1),
            Value::Number(number) => fnv(&number.to_le_bytes(), seed),
            Value::Text(text) => fnv(text, seed),
            Value::Array(items) => items.iter().fold(seed, |seed, item| item.hash(seed)),
        }
    }
}

/// FNV-1a in 64 bits.
fn fnv(bytes: &[u8], seed: u64) -> u64 {
    bytes.iter().fold(seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// NaN is equal to everything.
fn compare_numbers(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or(Ordering::Equal)
}

/// Byte by byte up to a NUL that both have, then by length.
fn compare_texts(left: &[u8], right: &[u8]) -> Ordering {
    for (a, b) in left.iter().zip(right) {
        match a.cmp(b) {
            Ordering::Equal if *a == 0 => break,
            Ordering::Equal => {}
            order => return order,
        }
    }
    left.len().cmp(&right.len())
}

/// What `strtod` makes of a C string; `None` unless it takes all of it without overflow or loss of everything.
pub(crate) fn parse_number(text: &[u8]) -> Option<f64> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Some(0.0);
    }
    let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x0b).count();
    let text = &text[blanks..];
    let unsigned = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    if unsigned.len() >= 3 && unsigned[..3].eq_ignore_ascii_case(b"nan") && is_nan_tail(&unsigned[3..]) {
        return Some(if text.starts_with(b"-") { INVALID } else { NAN });
    }
    double::parse(text)
}

fn is_nan_tail(tail: &[u8]) -> bool {
    let inner = tail.strip_prefix(b"(").and_then(|tail| tail.strip_suffix(b")"));
    tail.is_empty() || inner.is_some_and(|inner| inner.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'))
}

/// What a cast to `long long` gives on x86.
pub(crate) fn to_i64(number: f64) -> i64 {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if (-END..END).contains(&number) { number as i64 } else { i64::MIN }
}

/// A number as replies show it: whole ones in full, others in twelve digits.
pub(crate) fn print_number(number: f64) -> String {
    let whole = to_i64(number);
    if whole as f64 == number { whole.to_string() } else { print_general(number, 12) }
}

/// As C's `%.<digits>g`.
fn print_general(number: f64, digits: usize) -> String {
    if number.is_nan() {
        return if number.is_sign_negative() { "-nan" } else { "nan" }.into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.into();
    }
    let scientific = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..digits as i32).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        return without_trailing_zeros(&format!("{number:.decimals$}")).into();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_trailing_zeros(mantissa), exponent.abs())
}

fn without_trailing_zeros(fixed: &str) -> &str {
    if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.') } else { fixed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_in_twelve_digits() {
        let all = [0.1 + 0.2, -0.0, 1e300, 1e15 + 0.5, -2.5, 1e-5, NAN, f64::INFINITY, 9007199254740993.0];
        let texts = all.map(print_number);
        assert_eq!(texts, ["0.3", "0", "1e+300", "1e+15", "-2.5", "1e-05", "nan", "inf", "9007199254740992"]);
    }

    #[test]
    fn text_is_a_number_if_strtod_takes_all_of_it() {
        for (text, number) in
            [("", Some(0.0)), (" 0x10", Some(16.0)), ("1 ", None), ("1e400", None), ("-5", Some(-5.0))]
        {
            assert_eq!(parse_number(text.as_bytes()), number, "{text}");
        }
    }
}
