//! The functions of APPLY and FILTER.

use super::super::value::Value;
use crate::resp::Bytes;

/// What a function makes of its arguments; the error is RediSearch's text.
pub fn call(name: &[u8], args: &[Value]) -> Result<Value, Bytes> {
    let (least, most) = arity(name).ok_or_else(|| [b"Unknown function name '", name, b"'"].concat())?;
    if !(least..=most).contains(&args.len()) {
        return Err(match name {
            b"format" => b"Need at least one argument for format".to_vec(),
            // The library's function that does it.
            b"abs" => b"Invalid arguments for function 'fabs'".to_vec(),
            _ => [b"Invalid arguments for function '", name, b"'"].concat(),
        });
    }
    let math = |f: fn(f64) -> f64| Ok(Value::Number(args.first().and_then(Value::number).map_or(f64::NAN, f)));
    match name {
        b"log" => math(|n| if n < 0.0 { INVALID } else { n.ln() }),
        b"log2" => math(|n| if n < 0.0 { INVALID } else { n.log2() }),
        b"exp" => math(f64::exp),
        b"sqrt" => math(|n| if n < 0.0 { INVALID } else { n.sqrt() }),
        b"abs" => math(f64::abs),
        b"floor" => math(f64::floor),
        b"ceil" => math(f64::ceil),
        b"lower" => Ok(mapped(args, u8::to_ascii_lowercase)),
        b"upper" => Ok(mapped(args, u8::to_ascii_uppercase)),
        b"substr" => substr(args),
        b"format" => format(args),
        b"split" => split(args),
        b"strlen" => Ok(Value::Number(text(args, 0, "strlen")?.len() as f64)),
        b"startswith" => {
            let (whole, start) = (text(args, 0, "startswith")?, text(args, 1, "startswith")?);
            Ok(truth(c_string(whole).starts_with(c_string(start))))
        }
        b"contains" => contains(args),
        b"to_number" => {
            let written = if let Value::Text(text) = &args[0] { text } else { b"(null)".as_slice() };
            let refusal = || [b"to_number: cannot convert string '", written, b"'"].concat();
            args[0].number().map(Value::Number).ok_or_else(refusal)
        }
        b"to_str" => Ok(Value::Text(args[0].shown())),
        // `exists`: a value that is missing never comes here.
        _ => Ok(truth(true)),
    }
}

/// How many arguments a function takes; `None` for those that are beyond this evaluator (time, distances, matched terms).
fn arity(name: &[u8]) -> Option<(usize, usize)> {
    Some(match name {
        b"log" | b"log2" | b"exp" | b"sqrt" | b"abs" | b"floor" | b"ceil" => (1, 1),
        b"lower" | b"upper" | b"strlen" | b"to_number" | b"to_str" | b"exists" => (1, 1),
        b"startswith" | b"contains" => (2, 2),
        b"substr" => (3, 3),
        b"split" => (1, 3),
        b"format" => (1, usize::MAX),
        _ => return None,
    })
}

/// Whether this evaluator has the function.
pub fn is_known(name: &[u8]) -> bool {
    arity(name).is_some()
}

/// 1 or 0.
pub fn truth(holds: bool) -> Value {
    Value::Number(f64::from(u8::from(holds)))
}

/// What has no result, as a processor of the x86 family says it: with a sign, which is printed.
const INVALID: f64 = f64::from_bits(0xfff8_0000_0000_0000);

/// Both sides must be numbers, or say one.
pub fn arithmetic(operator: u8, left: &Value, right: &Value) -> Result<Value, Bytes> {
    let (Some(a), Some(b)) = (left.number(), right.number()) else {
        return Err(b"Could not convert value to a number".to_vec());
    };
    let result = match operator {
        b'+' => a + b,
        b'-' => a - b,
        b'*' => a * b,
        b'/' if b == 0.0 => return Ok(Value::Number(f64::NAN)),
        b'/' => a / b,
        // The server dies of a division by 0.
        b'%' => match (whole(a), whole(b)) {
            (_, 0) => return Ok(Value::Number(f64::NAN)),
            (a, b) => a.wrapping_rem(b) as f64,
        },
        _ => a.powf(b),
    };
    let undefined = || [a, b].into_iter().find(|side| side.is_nan()).unwrap_or(INVALID);
    Ok(Value::Number(if result.is_nan() { undefined() } else { result }))
}

/// C's cast to `long long`: what doesn't fit is the least of them.
fn whole(number: f64) -> i64 {
    let fits = (-(2f64.powi(63))..2f64.powi(63)).contains(&number);
    if fits { number as i64 } else { i64::MIN }
}

/// C's cast to `int`.
fn small(number: f64) -> i64 {
    i64::from(i32::try_from(whole(number)).unwrap_or(i32::MIN))
}

/// A C string ends at the first NUL.
fn c_string(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Whether a condition counts as met.
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Number(number) => *number != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::List(items) | Value::Bag(items) => !items.is_empty(),
        Value::Null => false,
    }
}

/// A type that was not expected, as C's enumeration counts it.
fn type_number(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 1,
        Value::Text(_) => 3,
        Value::Null => 4,
        Value::List(_) | Value::Bag(_) => 6,
    }
}

fn text<'a>(args: &'a [Value], at: usize, name: &str) -> Result<&'a [u8], Bytes> {
    match &args[at] {
        Value::Text(text) => Ok(text),
        other => Err(format!(
            "Invalid type ({}) for argument {at} in function '{name}'. VALIDATE_ARG__STRING(v, 0) was false.",
            type_number(other)
        )
        .into()),
    }
}

fn integer(args: &[Value], at: usize, name: &str) -> Result<i64, Bytes> {
    match &args[at] {
        Value::Number(number) => Ok(small(*number)),
        other => Err(format!(
            "Invalid type ({}) for argument {at} in function '{name}'. VALIDATE_ARG__TYPE(v, RSValue_Number) was false.",
            type_number(other)
        )
        .into()),
    }
}

fn mapped(args: &[Value], map: fn(&u8) -> u8) -> Value {
    match args {
        [Value::Text(text), ..] => Value::Text(text.iter().map(map).collect()),
        _ => Value::Null,
    }
}

/// A negative offset counts from the end, and there is nothing at one beyond the beginning; a negative length leaves so
/// much out at the end.
fn substr(args: &[Value]) -> Result<Value, Bytes> {
    let (offset, len) = (integer(args, 1, "substr")?, integer(args, 2, "substr")?);
    let Value::Text(text) = &args[0] else { return Err(b"Invalid type for substr. Expected string".to_vec()) };
    let size = text.len() as i64;
    let from = if offset < 0 { size + offset } else { offset };
    let from = if (0..size).contains(&from) { from } else { size };
    let len = if len < 0 { (size - from + len).max(0) } else { len }.min(size - from);
    Ok(Value::Text(text[from as usize..(from + len) as usize].to_vec()))
}

/// How often the part is there, overlaps and all; the empty one is everywhere.
fn contains(args: &[Value]) -> Result<Value, Bytes> {
    let (whole, part) = (text(args, 0, "contains")?, text(args, 1, "contains")?);
    if part.is_empty() {
        return Ok(Value::Number(whole.len() as f64 + 1.0));
    }
    let (whole, part) = (c_string(whole), c_string(part));
    let starts = (0..=whole.len()).filter(|start| whole[*start..].starts_with(part));
    Ok(Value::Number(if part.is_empty() { whole.len() as f64 + 1.0 } else { starts.count() as f64 }))
}

fn format(args: &[Value]) -> Result<Value, Bytes> {
    let pattern = text(args, 0, "format")?;
    let mut rest = args[1..].iter();
    let mut out = Bytes::new();
    let mut bytes = pattern.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            None => return Err(b"Bad format string!".to_vec()),
            Some(b'%') => out.push(b'%'),
            Some(specifier) => match (rest.next(), specifier) {
                (None, _) => return Err(b"Not enough arguments for format".to_vec()),
                (Some(Value::Null), b's') => out.extend(b"(null)"),
                (Some(value), b's') => out.extend(value.shown()),
                _ => return Err(b"Unknown format specifier passed".to_vec()),
            },
        }
    }
    Ok(Value::Text(out))
}

fn split(args: &[Value]) -> Result<Value, Bytes> {
    let whole = text(args, 0, "split")?;
    let separators = if args.len() > 1 { text(args, 1, "split")? } else { b"," };
    let stripped = if args.len() > 2 { text(args, 2, "split")? } else { b" " };
    let is_kept = |byte: &u8| !stripped.contains(byte);
    let parts = whole.split(|byte| separators.contains(byte)).filter_map(|part| {
        let start = part.iter().position(is_kept)?;
        let end = part.iter().rposition(is_kept)?;
        Some(Value::Text(part[start..=end].to_vec()))
    });
    Ok(Value::List(parts.take(1024).collect()))
}
