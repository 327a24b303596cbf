//! An expression as a text.

use super::Expression;
use super::lexer::tokens;
use crate::query::text::unescape;
use crate::resp::Bytes;

/// The expression with parentheses around every operation; `None` if some text or name cannot be written.
pub fn print(expression: &Expression) -> Option<Bytes> {
    let mut out = Bytes::new();
    put(expression, &mut out)?;
    Some(out)
}

fn put(expression: &Expression, out: &mut Bytes) -> Option<()> {
    match expression {
        Expression::Text(text) => out.extend(quoted(text)?),
        Expression::Number(number) => out.extend(written(*number)?.bytes()),
        Expression::Null => out.extend(b"NULL"),
        Expression::Hole => return None,
        Expression::Property(name) => {
            let text = [b"@", name.as_slice()].concat();
            is_one(&text, "PROPERTY").then_some(())?;
            out.extend(text);
        }
        Expression::Call { name, arguments } => {
            is_one(name, "SYMBOL").then_some(())?;
            out.extend(name);
            out.push(b'(');
            for (place, argument) in arguments.iter().enumerate() {
                out.extend(if place > 0 { b", ".as_slice() } else { b"" });
                put(argument, out)?;
            }
            out.push(b')');
        }
        Expression::Not(inner) => {
            out.extend(b"(!");
            put(inner, out)?;
            out.push(b')');
        }
        Expression::Chain { first, rest } => {
            out.extend(std::iter::repeat_n(b'(', rest.len()));
            put(first, out)?;
            for (operator, right) in rest {
                // With blanks a sign is an operator and not a number's.
                out.extend(format!(" {} ", operator.sign()).bytes());
                put(right, out)?;
                out.push(b')');
            }
        }
    }
    Some(())
}

fn is_one(text: &[u8], kind: &str) -> bool {
    matches!(tokens(text).as_slice(), [token] if token.kind == kind && token.start + token.length == text.len())
}

fn written(number: f64) -> Option<String> {
    match number {
        f64::INFINITY => Some("+inf".into()),
        number => (!number.is_nan()).then(|| format!("{number}")),
    }
}

/// In quotes that it does not have, or with a backslash before them and before line ends. A text with backslashes could
/// be read on beyond its end.
fn quoted(text: &[u8]) -> Option<Bytes> {
    let quote = if text.contains(&b'\'') { b'"' } else { b'\'' };
    let mut out = vec![quote];
    for &byte in text {
        if byte == quote || byte == b'\n' {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(quote);
    let plain = !text.contains(&b'\\') && unescape(&out[1..out.len() - 1]) == text;
    plain.then_some(out)
}
