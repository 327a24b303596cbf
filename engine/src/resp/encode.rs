//! Replies as bytes.

use super::RespValue;
use crate::double;
use crate::reply::Reply;

/// The version of the protocol that a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Protocol {
    /// Strings, integers and arrays.
    #[default]
    Resp2,
    /// Maps, sets, numbers and more, after HELLO 3.
    Resp3,
}

/// Appends a reply. What RESP2 lacks is sent as the server does: maps flat, numbers as strings.
pub fn encode_reply(reply: &Reply, protocol: Protocol, out: &mut Vec<u8>) {
    encode_typed(&reply.clone().for_protocol(protocol == Protocol::Resp3), out);
}

/// Appends a reply that is in the types of its protocol already, as those that the engine gives out are.
pub fn encode_typed(reply: &Reply, out: &mut Vec<u8>) {
    match reply {
        Reply::Status(text) => line(b'+', text, out),
        Reply::Error(text) => line(b'-', text, out),
        Reply::Int(n) => line(b':', n.to_string().as_bytes(), out),
        Reply::Bulk(bytes) => bulk(b'$', bytes, out),
        Reply::NullBulk => line(b'$', b"-1", out),
        Reply::NullArray => line(b'*', b"-1", out),
        Reply::Null => null(b'$', Protocol::Resp3, out),
        Reply::Double(number) => float(*number, Protocol::Resp3, out),
        Reply::Decimal(text) => line(b',', text, out),
        Reply::Verbatim(text) => bulk(b'=', &[b"txt:", text.as_slice()].concat(), out),
        Reply::Array(items) => replies(b'*', items, out),
        Reply::Push(items) => replies(b'>', items, out),
        Reply::Set(items) => replies(b'~', items, out),
        Reply::Map(pairs) => {
            open(b'%', pairs.len(), Protocol::Resp3, out);
            for (key, value) in pairs {
                encode_typed(key, out);
                encode_typed(value, out);
            }
        }
    }
}

fn replies(tag: u8, items: &[Reply], out: &mut Vec<u8>) {
    open(tag, items.len(), Protocol::Resp3, out);
    items.iter().for_each(|item| encode_typed(item, out));
}

/// Appends a value. What RESP2 lacks is sent as the server does: maps flat, numbers as strings, attributes dropped.
pub fn encode_value(value: &RespValue, protocol: Protocol, out: &mut Vec<u8>) {
    let resp2 = protocol == Protocol::Resp2;
    match value {
        RespValue::Simple(text) => line(b'+', text, out),
        RespValue::Error(text) => line(b'-', text, out),
        RespValue::Int(n) => line(b':', n.to_string().as_bytes(), out),
        RespValue::Bulk(bytes) => bulk(b'$', bytes, out),
        RespValue::NullBulk => line(b'$', b"-1", out),
        RespValue::NullArray => line(b'*', b"-1", out),
        RespValue::Null => null(b'$', protocol, out),
        RespValue::Bool(yes) if resp2 => line(b':', if *yes { b"1" } else { b"0" }, out),
        RespValue::Bool(yes) => line(b'#', if *yes { b"t" } else { b"f" }, out),
        RespValue::Double(number) => float(*number, protocol, out),
        RespValue::BigNumber(digits) if resp2 => bulk(b'$', digits, out),
        RespValue::BigNumber(digits) => line(b'(', digits, out),
        RespValue::BulkError(text) if resp2 => line(b'-', text, out),
        RespValue::BulkError(text) => bulk(b'!', text, out),
        RespValue::Verbatim { text, .. } if resp2 => bulk(b'$', text, out),
        RespValue::Verbatim { format, text } => bulk(b'=', &[format, &b":"[..], text].concat(), out),
        RespValue::Array(items) => values(b'*', items, protocol, out),
        RespValue::Set(items) => values(b'~', items, protocol, out),
        RespValue::Push(items) => values(b'>', items, protocol, out),
        RespValue::Map(pairs) => value_pairs(b'%', pairs, protocol, out),
        RespValue::Attributed { attributes, value } => {
            if !resp2 {
                value_pairs(b'|', attributes, protocol, out);
            }
            encode_value(value, protocol, out);
        }
    }
}

fn values(tag: u8, items: &[RespValue], protocol: Protocol, out: &mut Vec<u8>) {
    open(tag, items.len(), protocol, out);
    items.iter().for_each(|item| encode_value(item, protocol, out));
}

fn value_pairs(tag: u8, pairs: &[(RespValue, RespValue)], protocol: Protocol, out: &mut Vec<u8>) {
    open(tag, pairs.len(), protocol, out);
    for (key, value) in pairs {
        encode_value(key, protocol, out);
        encode_value(value, protocol, out);
    }
}

/// A floating-point number as the server prints it: `%.17g`.
pub fn print_double(number: f64) -> String {
    double::print(number)
}

/// A line. A break inside would be read as the end of the reply, so it becomes a space.
fn line(tag: u8, text: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend(text.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }));
    out.extend_from_slice(b"\r\n");
}

fn bulk(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    line(tag, bytes.len().to_string().as_bytes(), out);
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

fn null(resp2_tag: u8, protocol: Protocol, out: &mut Vec<u8>) {
    match protocol {
        Protocol::Resp2 => line(resp2_tag, b"-1", out),
        Protocol::Resp3 => line(b'_', b"", out),
    }
}

fn float(number: f64, protocol: Protocol, out: &mut Vec<u8>) {
    let text = double::print(number);
    match protocol {
        Protocol::Resp2 => bulk(b'$', text.as_bytes(), out),
        Protocol::Resp3 => line(b',', text.as_bytes(), out),
    }
}

/// The head of an aggregate; RESP2 knows only arrays.
fn open(tag: u8, len: usize, protocol: Protocol, out: &mut Vec<u8>) {
    let (tag, len) = match (protocol, tag) {
        (Protocol::Resp2, b'%') => (b'*', len * 2),
        (Protocol::Resp2, _) => (b'*', len),
        (Protocol::Resp3, tag) => (tag, len),
    };
    line(tag, len.to_string().as_bytes(), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(reply: &Reply, protocol: Protocol) -> String {
        let mut out = Vec::new();
        encode_reply(reply, protocol, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn types_fall_back_in_resp2() {
        let reply = Reply::Array(vec![
            Reply::Map(vec![(Reply::bulk("k"), Reply::Double(0.1))]),
            Reply::Set(vec![Reply::NullBulk, Reply::NullArray]),
        ]);
        let resp2 = "*2\r\n*2\r\n$1\r\nk\r\n$19\r\n0.10000000000000001\r\n*2\r\n$-1\r\n*-1\r\n";
        let resp3 = "*2\r\n%1\r\n$1\r\nk\r\n,0.10000000000000001\r\n~2\r\n_\r\n_\r\n";
        assert_eq!(encode(&reply, Protocol::Resp2), resp2);
        assert_eq!(encode(&reply, Protocol::Resp3), resp3);
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(encode(&Reply::Status(b"a\r\n+b".into()), Protocol::Resp2), "+a  +b\r\n");
    }
}
