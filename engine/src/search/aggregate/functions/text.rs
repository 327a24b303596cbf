//! Functions of text, and conversions.

use super::{Answer, Caller, Function, number_argument, text_argument};
use crate::search::aggregate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("lower", "lower", (1, 1), |_, all| change_case(&all[0], <[u8]>::to_ascii_lowercase)),
    Function::new("upper", "upper", (1, 1), |_, all| change_case(&all[0], <[u8]>::to_ascii_uppercase)),
    Function::new("substr", "substr", (3, 3), |_, all| substr(all)),
    Function::new("format", "format", (1, usize::MAX), format),
    Function::new("split", "split", (1, 3), |_, all| split(all)),
    Function::new("matched_terms", "matched_terms", (0, 1), matched_terms),
    Function::new("to_number", "to_number", (1, 1), |_, all| to_number(&all[0])),
    Function::new("to_str", "to_str", (1, 1), |_, all| Ok(Value::Text(all[0].to_text()))),
    Function::new("exists", "exists", (1, 1), |_, _| Ok(Value::flag(true))),
    Function::new("startswith", "startswith", (2, 2), |_, all| starts_with(all)),
    Function::new("contains", "contains", (2, 2), |_, all| contains(all)),
    Function::new("strlen", "strlen", (1, 1), |_, all| {
        Ok(Value::Number(text_argument("strlen", all, 0)?.len() as f64))
    }),
];

/// What is no text becomes null.
fn change_case(value: &Value, change: fn(&[u8]) -> Vec<u8>) -> Answer {
    Ok(value.as_text().map_or(Value::Null, |text| Value::text(&change(text))))
}

/// What a cast to `int` gives on x86.
fn to_i32(number: f64) -> i32 {
    let whole = number.trunc();
    if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&whole) { whole as i32 } else { i32::MIN }
}

/// A negative offset counts from the end; if it is before the beginning, nothing is left. A negative length leaves out so
/// many bytes at the end.
fn substr(arguments: &[Value]) -> Answer {
    let offset = i64::from(to_i32(number_argument("substr", arguments, 1)?));
    let length = i64::from(to_i32(number_argument("substr", arguments, 2)?));
    let text = arguments[0].as_text().ok_or(b"Invalid type for substr. Expected string".to_vec())?;
    let size = text.len() as i64;
    let start = match if offset < 0 { offset + size } else { offset } {
        before if before < 0 => size,
        start => start.min(size),
    };
    let length = if length < 0 { (size - start + length).max(0) } else { length.min(size - start) };
    let (start, end) = (start as usize, (start + length) as usize);
    Ok(Value::text(text.get(start..end).unwrap_or_default()))
}

fn format(caller: Caller<'_>, arguments: &[Value]) -> Answer {
    let mut rest = text_argument("format", arguments, 0)?;
    let mut values = arguments[1..].iter();
    let mut out = Vec::new();
    while let Some(mark) = rest.iter().position(|byte| *byte == b'%') {
        out.extend_from_slice(&rest[..mark]);
        let Some(kind) = rest.get(mark + 1) else {
            return Err(b"Bad format string!".to_vec());
        };
        rest = &rest[mark + 2..];
        if *kind == b'%' {
            out.push(b'%');
            continue;
        }
        let value = values.next().ok_or(b"Not enough arguments for format".to_vec())?;
        match (kind, value) {
            (b's', Value::Null) => out.extend_from_slice(b"(null)"),
            (b's', value) => out.extend_from_slice(&value.to_text()),
            _ => return Err(b"Unknown format specifier passed".to_vec()),
        }
        if out.len() > caller.scope.config.proto_max_bulk_len {
            return Err(b"ERR string exceeds maximum allowed size (proto-max-bulk-len)".to_vec());
        }
    }
    out.extend_from_slice(rest);
    Ok(Value::text(&out))
}

/// The most parts that `split` gives.
const PARTS_MAX: usize = 1024;

/// Cuts at any of the separators, and strips any of the other bytes off both ends. Empty parts go.
fn split(arguments: &[Value]) -> Answer {
    let text = text_argument("split", arguments, 0)?;
    let set = |index: usize, default: &'static [u8]| {
        if arguments.len() > index { text_argument("split", arguments, index) } else { Ok(default) }
    };
    let (separators, stripped) = (set(1, b",")?, set(2, b" ")?);
    let parts = text.split(|byte| separators.contains(byte)).map(|part| {
        let start = part.iter().position(|byte| !stripped.contains(byte)).unwrap_or(part.len());
        let end = part.iter().rposition(|byte| !stripped.contains(byte)).map_or(start, |last| last + 1);
        &part[start..end]
    });
    Ok(Value::Array(parts.filter(|part| !part.is_empty()).take(PARTS_MAX).map(Value::text).collect()))
}

/// The terms of the query that the document has; null if it has none.
fn matched_terms(caller: Caller<'_>, arguments: &[Value]) -> Answer {
    let most = arguments.first().and_then(Value::number).filter(|most| (1.0..=100.0).contains(most));
    let terms = caller.row.document().map(|document| caller.scope.documents.matched_terms(document));
    let terms = terms.unwrap_or_default();
    if terms.is_empty() {
        return Ok(Value::Null);
    }
    let most = most.map_or(100, |most| most as usize);
    Ok(Value::Array(terms.iter().take(most).map(|term| Value::text(term)).collect()))
}

fn to_number(value: &Value) -> Answer {
    let failure = || {
        let text = value.as_text().unwrap_or(b"(null)");
        [b"to_number: cannot convert string '", text, b"'"].concat()
    };
    value.number().map(Value::Number).ok_or_else(failure)
}

/// The C string that the text is.
fn c_string(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn starts_with(arguments: &[Value]) -> Answer {
    let text = c_string(text_argument("startswith", arguments, 0)?);
    let prefix = c_string(text_argument("startswith", arguments, 1)?);
    Ok(Value::flag(text.starts_with(prefix)))
}

/// How often the text has the part; the empty part is everywhere.
fn contains(arguments: &[Value]) -> Answer {
    let text = text_argument("contains", arguments, 0)?;
    let part = text_argument("contains", arguments, 1)?;
    if part.is_empty() {
        return Ok(Value::Number((text.len() + 1) as f64));
    }
    let (text, part) = (c_string(text), c_string(part));
    Ok(Value::Number(count(text, part) as f64))
}

/// How often the part occurs, overlapping ones too, in linear time (Knuth, Morris and Pratt).
fn count(text: &[u8], part: &[u8]) -> usize {
    if part.is_empty() {
        return text.len() + 1;
    }
    let mut borders = vec![0; part.len()];
    for at in 1..part.len() {
        let border = advance(&borders, part, borders[at - 1], part[at]);
        borders[at] = border;
    }
    let (mut matched, mut found) = (0, 0);
    for byte in text {
        if matched == part.len() {
            matched = borders[matched - 1];
        }
        matched = advance(&borders, part, matched, *byte);
        found += usize::from(matched == part.len());
    }
    found
}

/// How much of the part matches after one more byte.
fn advance(borders: &[usize], part: &[u8], mut matched: usize, byte: u8) -> usize {
    while matched > 0 && part[matched] != byte {
        matched = borders[matched - 1];
    }
    matched + usize::from(part[matched] == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substr_counts_as_c_does() {
        let part = |offset: f64, length: f64| {
            let answer = substr(&[Value::text(b"old town"), Value::Number(offset), Value::Number(length)]);
            answer.map(|value| String::from_utf8_lossy(&value.to_text()).into_owned())
        };
        assert_eq!(part(-2.0, 1.0), Ok("w".into()));
        assert_eq!(part(-9.0, 5.0), Ok(String::new()));
        assert_eq!(part(1.0, -1.0), Ok("ld tow".into()));
        assert_eq!(part(1e10, 1e10), Ok(String::new()));
    }

    #[test]
    fn contains_counts_overlaps() {
        assert_eq!((count(b"aaaa", b"aa"), count(b"abcabcab", b"abcab"), count(b"a", b"b")), (3, 2, 0));
    }
}
