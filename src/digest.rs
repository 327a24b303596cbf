//! What goes into an event hash: unambiguous bytes for commands and replies, cheaper than RESP.

use crate::resp::Value;

/// A byte string: its length, then its bytes.
pub fn bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

/// A value: its type, then its content; equal digests mean equal values.
pub fn value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Status(text) => tagged(b'+', text, out),
        Value::Error(text) => tagged(b'-', text, out),
        Value::Int(n) => {
            out.push(b':');
            out.extend(n.to_le_bytes());
        }
        Value::Bulk(text) => tagged(b'$', text, out),
        Value::NullBulk => out.push(b'n'),
        Value::NullArray => out.push(b'N'),
        Value::Null => out.push(b'_'),
        Value::Bool(b) => out.extend([b'#', u8::from(*b)]),
        Value::Double(text) => tagged(b',', text, out),
        Value::BigNumber(text) => tagged(b'(', text, out),
        Value::BlobError(text) => tagged(b'!', text, out),
        Value::Verbatim(format, text) => {
            out.push(b'=');
            out.extend(format);
            bytes(text, out);
        }
        Value::Array(items) => all(b'*', items.iter(), out),
        Value::Set(items) => all(b'~', items.iter(), out),
        Value::Push(items) => all(b'>', items.iter(), out),
        Value::Map(pairs) => all(b'%', pairs.iter().flat_map(|(k, v)| [k, v]), out),
        Value::Attribute(pairs, inner) => {
            all(b'|', pairs.iter().flat_map(|(k, v)| [k, v]), out);
            self::value(inner, out);
        }
    }
}

fn tagged(tag: u8, text: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    bytes(text, out);
}

fn all<'a>(tag: u8, items: impl Iterator<Item = &'a Value>, out: &mut Vec<u8>) {
    out.push(tag);
    items.for_each(|item| value(item, out));
    out.push(b'.');
}
