//! One RESP value, as a client sees it.

use std::fmt;

/// A byte string: keys, values and arguments are bytes, never text.
pub type Bytes = Vec<u8>;

/// A RESP2 or RESP3 value.
///
/// RESP2 knows two nulls (`$-1` and `*-1`) that clients can tell apart, so they are two variants here.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `+OK`: a status line.
    Status(Bytes),
    /// `-ERR ...`: an error line, code word included.
    Error(Bytes),
    /// `:1`: a signed 64-bit integer.
    Int(i64),
    /// `$3`: a length-prefixed byte string.
    Bulk(Bytes),
    /// `$-1`: RESP2's null bulk string.
    NullBulk,
    /// `*2`: an array.
    Array(Vec<Value>),
    /// `*-1`: RESP2's null array.
    NullArray,
    /// `_`: RESP3's null.
    Null,
    /// `#t` or `#f`.
    Bool(bool),
    /// `,3.14`: a double, kept as the text on the wire so that formatting is compared too.
    Double(Bytes),
    /// `(123`: a big number, as digits.
    BigNumber(Bytes),
    /// `!21`: a length-prefixed error.
    BlobError(Bytes),
    /// `=15`: a byte string with a three-letter format (`txt`, `mkd`).
    Verbatim([u8; 3], Bytes),
    /// `%1`: key-value pairs in the order sent.
    Map(Vec<(Value, Value)>),
    /// `~2`: a set, in the order sent.
    Set(Vec<Value>),
    /// `>2`: out-of-band data.
    Push(Vec<Value>),
    /// `|1`: attributes followed by the value that they describe.
    Attribute(Vec<(Value, Value)>, Box<Value>),
}

impl Value {
    /// `+OK`.
    pub fn ok() -> Value {
        Value::Status(b"OK".to_vec())
    }

    /// A status line.
    pub fn status(text: &str) -> Value {
        Value::Status(text.into())
    }

    /// A bulk string.
    pub fn bulk(bytes: impl Into<Bytes>) -> Value {
        Value::Bulk(bytes.into())
    }

    /// An error line, code word included.
    pub fn error(text: impl Into<Bytes>) -> Value {
        Value::Error(text.into())
    }

    /// Gives the value the types of the protocol. In RESP2, maps and sets are flat arrays and doubles bulk strings; in RESP3
    /// both nulls are one.
    pub fn speak(&mut self, resp3: bool) {
        match self {
            Value::NullBulk | Value::NullArray if resp3 => *self = Value::Null,
            Value::Array(items) => items.iter_mut().for_each(|item| item.speak(resp3)),
            Value::Set(items) | Value::Push(items) => {
                items.iter_mut().for_each(|item| item.speak(resp3));
                if !resp3 {
                    *self = Value::Array(std::mem::take(items));
                }
            }
            Value::Map(pairs) => {
                pairs.iter_mut().for_each(|(key, value)| (key.speak(resp3), value.speak(resp3)).1);
                if !resp3 {
                    *self = Value::Array(std::mem::take(pairs).into_iter().flat_map(<[Value; 2]>::from).collect());
                }
            }
            Value::Double(text) | Value::BigNumber(text) | Value::Verbatim(_, text) if !resp3 => {
                *self = Value::Bulk(std::mem::take(text));
            }
            Value::Bool(yes) if !resp3 => *self = Value::Int(i64::from(*yes)),
            Value::Null if !resp3 => *self = Value::NullBulk,
            _ => {}
        }
    }

    /// The code word of an error (`ERR`, `WRONGTYPE`), if this is one.
    pub fn error_code(&self) -> Option<&[u8]> {
        match self {
            Value::Error(text) | Value::BlobError(text) => text.split(|b| *b == b' ').next(),
            _ => None,
        }
    }
}

/// As redis-cli prints it, bytes escaped.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_indented(self, f, 0)
    }
}

/// A status or an error on one line: quotes stay as they are.
fn line(text: &[u8]) -> String {
    text.escape_ascii().to_string().replace("\\'", "'").replace("\\\"", "\"")
}

fn write_indented(value: &Value, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
    match value {
        Value::Status(text) => f.write_str(&line(text)),
        Value::Error(text) | Value::BlobError(text) => write!(f, "(error) {}", line(text)),
        Value::Int(n) => write!(f, "(integer) {n}"),
        Value::Bulk(bytes) | Value::Verbatim(_, bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
        Value::NullBulk | Value::Null => write!(f, "(nil)"),
        Value::NullArray => write!(f, "(nil array)"),
        Value::Bool(b) => write!(f, "({b})"),
        Value::Double(text) => write!(f, "(double) {}", text.escape_ascii()),
        Value::BigNumber(text) => write!(f, "(big number) {}", text.escape_ascii()),
        Value::Array(items) => write_items("array", items.iter(), f, indent),
        Value::Set(items) => write_items("set", items.iter(), f, indent),
        Value::Push(items) => write_items("push", items.iter(), f, indent),
        Value::Map(pairs) => write_items("map", pairs.iter().flat_map(|(k, v)| [k, v]), f, indent),
        Value::Attribute(_, inner) => write_indented(inner, f, indent),
    }
}

fn write_items<'a>(
    kind: &str,
    items: impl Iterator<Item = &'a Value>,
    f: &mut fmt::Formatter<'_>,
    indent: usize,
) -> fmt::Result {
    let mut count = 0;
    for (i, item) in items.enumerate() {
        if i > 0 {
            write!(f, "\n{:indent$}", "")?;
        }
        let label = format!("{}) ", i + 1);
        write!(f, "{label}")?;
        write_indented(item, f, indent + label.len())?;
        count += 1;
    }
    if count == 0 { write!(f, "(empty {kind})") } else { Ok(()) }
}
