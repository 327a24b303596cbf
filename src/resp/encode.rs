//! Values and requests as bytes on the wire.

use std::io::Write;

use super::{Bytes, Value};

/// Appends `value` as a server would send it.
///
/// The texts of lines (`+`, `-`, `,`, `(`) are written as they are: a value that the decoder made decodes to itself
/// again, one made by hand with CR or LF in a line doesn't.
pub fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Status(text) => line(b'+', text, out),
        Value::Error(text) => line(b'-', text, out),
        Value::Int(n) => line(b':', n.to_string().as_bytes(), out),
        Value::Bulk(bytes) => bulk(b'$', bytes, out),
        Value::NullBulk => line(b'$', b"-1", out),
        Value::Array(items) => all(b'*', items, out),
        Value::NullArray => line(b'*', b"-1", out),
        Value::Null => line(b'_', b"", out),
        Value::Bool(is) => line(b'#', if *is { b"t" } else { b"f" }, out),
        Value::Double(text) => line(b',', text, out),
        Value::BigNumber(text) => line(b'(', text, out),
        Value::BlobError(bytes) => bulk(b'!', bytes, out),
        Value::Verbatim(format, text) => bulk(b'=', &[format, b":".as_slice(), text].concat(), out),
        Value::Map(pairs) => all_pairs(b'%', pairs, out),
        Value::Set(items) => all(b'~', items, out),
        Value::Push(items) => all(b'>', items, out),
        Value::Attribute(pairs, described) => {
            all_pairs(b'|', pairs, out);
            encode(described, out);
        }
    }
}

/// Appends a request: an array of bulks, as clients send it.
pub fn encode_request(argv: &[Bytes], out: &mut Vec<u8>) {
    header(b'*', argv.len(), out);
    for argument in argv {
        bulk(b'$', argument, out);
    }
}

fn line(tag: u8, text: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

fn header(tag: u8, len: usize, out: &mut Vec<u8>) {
    out.push(tag);
    write!(out, "{len}\r\n").expect("writing to memory does not fail");
}

fn bulk(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    header(tag, bytes.len(), out);
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

fn all(tag: u8, items: &[Value], out: &mut Vec<u8>) {
    header(tag, items.len(), out);
    for item in items {
        encode(item, out);
    }
}

fn all_pairs(tag: u8, pairs: &[(Value, Value)], out: &mut Vec<u8>) {
    header(tag, pairs.len(), out);
    for (key, value) in pairs {
        encode(key, out);
        encode(value, out);
    }
}
