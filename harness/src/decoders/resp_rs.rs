//! The crate `resp-rs` 0.3: its incremental `Parser` and its serializer, for RESP2 and RESP3.
//!
//! Its documentation promises limits on depth, lines, counts and bulks. It is lenient where it says so (spellings of
//! doubles, signs and zeros of numbers), reads streamed types as values of their own, gives an attribute at the top
//! level as a value of its own (the adapter puts it before the value that follows) and drops those inside an aggregate.

use bytes::Bytes as Shared;
use resp_rs::{resp2, resp3};
use respfuzz::resp::{Bytes, Limits, Malformed, Value};
use respfuzz::subject::codec::{Codec, Decoder, Item, Mode, Promise, double, rebuild};
use respfuzz::target::resp_parser::Known;

const REASON: &str = "a line of exactly the longest length is refused if its CR comes without its LF";

/// What is known to be broken. Seen in 0.3.0.
pub const KNOWN: &[Known] = &[
    Known {
        fingerprint: "chunking/resp2/status/error",
        input: include_bytes!("../../../corpus/resp_parser_resp_rs/resp2-status-of-64-kib"),
        reason: REASON,
    },
    Known {
        fingerprint: "chunking/resp3/status/error",
        input: include_bytes!("../../../corpus/resp_parser_resp_rs/resp3-status-of-64-kib"),
        reason: REASON,
    },
    Known {
        fingerprint: "chunking/resp3/double/error",
        input: include_bytes!("../../../corpus/resp_parser_resp_rs/resp3-double-of-64-kib"),
        reason: REASON,
    },
    Known {
        fingerprint: "chunking/resp3/big-number/error",
        input: include_bytes!("../../../corpus/resp_parser_resp_rs/resp3-big-number-of-64-kib"),
        reason: REASON,
    },
];

/// The codec of `resp-rs`.
#[derive(Clone, Copy, Debug)]
pub struct RespRs;

impl Codec for RespRs {
    fn decoder(&self, mode: Mode) -> Option<Box<dyn Decoder>> {
        match mode {
            Mode::Requests => None,
            Mode::Resp2 => Some(Box::new(Resp2 { parser: resp2::Parser::new(), fed: 0, consumed: 0 })),
            Mode::Resp3 => {
                Some(Box::new(Resp3 { parser: resp3::Parser::new(), attributes: Vec::new(), fed: 0, consumed: 0 }))
            }
        }
    }

    fn encode(&self, mode: Mode, item: &Item) -> Option<Bytes> {
        let Item::Value(value) = item else { return None };
        Some(match mode {
            Mode::Resp3 => resp3::frame_to_bytes(&to_resp3(value)?).to_vec(),
            Mode::Requests | Mode::Resp2 => resp2::frame_to_bytes(&to_resp2(value)?).to_vec(),
        })
    }

    fn promise(&self, mode: Mode) -> Promise {
        let limits = Limits {
            max_depth: resp3::MAX_DEPTH as usize,
            max_elements: 10_000_000,
            max_line: resp3::MAX_LINE_LENGTH,
            ..Limits::REDIS
        };
        if mode != Mode::Resp3 {
            let overlooks = &[Malformed::BareNewline, Malformed::NonCanonical, Malformed::TooDeep];
            return Promise { limits, overlooks, projection: None };
        }
        let overlooks = &[
            Malformed::BareNewline,
            Malformed::NonCanonical,
            Malformed::TooDeep,
            Malformed::NestedPush,
            Malformed::InvalidDouble,
            Malformed::InvalidLength, // `?` starts a streamed type.
            Malformed::UnknownType,   // `;` and `.` go on with and end one.
        ];
        Promise { limits, overlooks, projection: Some(project) }
    }
}

fn project(value: &Value) -> Option<Value> {
    if let Value::Attribute(pairs, described) = value {
        let pairs = pairs.iter().map(|(key, value)| Some((inside(key)?, inside(value)?))).collect::<Option<_>>()?;
        return Some(Value::Attribute(pairs, Box::new(project(described)?)));
    }
    inside(value)
}

/// What it gives for a value inside another.
fn inside(value: &Value) -> Option<Value> {
    rebuild(value, &|part| match part {
        Value::Attribute(_, described) => Some(*described),
        Value::Double(text) => Some(double(std::str::from_utf8(&text).ok()?.parse().ok()?)),
        // It looks for the first colon, which must be the one after the format.
        Value::Verbatim(format, _) if format.contains(&b':') => None,
        other => Some(other),
    })
}

struct Resp2 {
    parser: resp2::Parser,
    fed: usize,
    consumed: usize,
}

impl Decoder for Resp2 {
    fn feed(&mut self, bytes: &[u8]) {
        self.fed += bytes.len();
        self.parser.feed(Shared::copy_from_slice(bytes));
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        let frame = self.parser.next_frame().map_err(|error| error.to_string().into_bytes())?;
        Ok(frame.map(|frame| {
            self.consumed = self.fed - self.parser.buffered_bytes();
            Item::Value(from_resp2(frame))
        }))
    }

    fn consumed(&self) -> Option<usize> {
        Some(self.consumed)
    }
}

struct Resp3 {
    parser: resp3::Parser,
    /// Attributes that wait for their value.
    attributes: Vec<Vec<(resp3::Frame, resp3::Frame)>>,
    fed: usize,
    consumed: usize,
}

impl Decoder for Resp3 {
    fn feed(&mut self, bytes: &[u8]) {
        self.fed += bytes.len();
        self.parser.feed(Shared::copy_from_slice(bytes));
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        loop {
            match self.parser.next_frame().map_err(|error| error.to_string().into_bytes())? {
                None => return Ok(None),
                Some(resp3::Frame::Attribute(pairs)) => self.attributes.push(pairs),
                Some(frame) => {
                    self.consumed = self.fed - self.parser.buffered_bytes();
                    let described = |value, pairs| Value::Attribute(from_pairs(pairs), Box::new(value));
                    let value = self.attributes.drain(..).rev().fold(from_resp3(frame), described);
                    return Ok(Some(Item::Value(value)));
                }
            }
        }
    }

    fn consumed(&self) -> Option<usize> {
        Some(self.consumed)
    }
}

fn from_resp2(frame: resp2::Frame) -> Value {
    match frame {
        resp2::Frame::SimpleString(text) => Value::Status(text.to_vec()),
        resp2::Frame::Error(text) => Value::Error(text.to_vec()),
        resp2::Frame::Integer(n) => Value::Int(n),
        resp2::Frame::BulkString(Some(bytes)) => Value::Bulk(bytes.to_vec()),
        resp2::Frame::BulkString(None) => Value::NullBulk,
        resp2::Frame::Array(Some(items)) => Value::Array(items.into_iter().map(from_resp2).collect()),
        resp2::Frame::Array(None) => Value::NullArray,
    }
}

/// `None` for what RESP2 doesn't have.
fn to_resp2(value: &Value) -> Option<resp2::Frame> {
    let shared = |bytes: &Bytes| Shared::copy_from_slice(bytes);
    Some(match value {
        Value::Status(text) => resp2::Frame::SimpleString(shared(text)),
        Value::Error(text) => resp2::Frame::Error(shared(text)),
        Value::Int(n) => resp2::Frame::Integer(*n),
        Value::Bulk(bytes) => resp2::Frame::BulkString(Some(shared(bytes))),
        Value::NullBulk => resp2::Frame::BulkString(None),
        Value::Array(items) => resp2::Frame::Array(Some(items.iter().map(to_resp2).collect::<Option<_>>()?)),
        Value::NullArray => resp2::Frame::Array(None),
        _ => return None,
    })
}

fn from_pairs(pairs: Vec<(resp3::Frame, resp3::Frame)>) -> Vec<(Value, Value)> {
    pairs.into_iter().map(|(key, value)| (from_resp3(key), from_resp3(value))).collect()
}

/// Streamed types have no value of ours: the comparison has ended before one of them, and for the rest it is enough
/// that they are told apart, so they become errors with their wire form.
fn from_resp3(frame: resp3::Frame) -> Value {
    use resp3::Frame;
    let all = |items: Vec<Frame>| items.into_iter().map(from_resp3).collect();
    match frame {
        Frame::SimpleString(text) => Value::Status(text.to_vec()),
        Frame::Error(text) => Value::Error(text.to_vec()),
        Frame::Integer(n) => Value::Int(n),
        Frame::BulkString(Some(bytes)) => Value::Bulk(bytes.to_vec()),
        Frame::BulkString(None) => Value::NullBulk,
        Frame::BlobError(text) => Value::BlobError(text.to_vec()),
        Frame::Null => Value::Null,
        Frame::Double(number) => double(number),
        Frame::SpecialFloat(text) => Value::Double(text.to_vec()),
        Frame::Boolean(is) => Value::Bool(is),
        Frame::BigNumber(digits) => Value::BigNumber(digits.to_vec()),
        Frame::VerbatimString { payload } => match payload.as_ref() {
            [a, b, c, b':', text @ ..] => Value::Verbatim([*a, *b, *c], text.to_vec()),
            other => Value::Error(other.to_vec()),
        },
        Frame::Array(Some(items)) => Value::Array(all(items)),
        Frame::Array(None) => Value::NullArray,
        Frame::Set(items) => Value::Set(all(items)),
        Frame::Push(items) => Value::Push(all(items)),
        Frame::Map(pairs) => Value::Map(from_pairs(pairs)),
        streamed => Value::Error([b"resp-rs ", resp3::frame_to_bytes(&streamed).as_ref()].concat()),
    }
}

/// `None` for what came from a streamed type or an attribute.
fn to_resp3(value: &Value) -> Option<resp3::Frame> {
    use resp3::Frame;
    let shared = |bytes: &Bytes| Shared::copy_from_slice(bytes);
    let all = |items: &[Value]| -> Option<Vec<Frame>> { items.iter().map(to_resp3).collect() };
    Some(match value {
        Value::Error(text) if text.starts_with(b"resp-rs ") => return None,
        Value::Status(text) => Frame::SimpleString(shared(text)),
        Value::Error(text) => Frame::Error(shared(text)),
        Value::Int(n) => Frame::Integer(*n),
        Value::Bulk(bytes) => Frame::BulkString(Some(shared(bytes))),
        Value::NullBulk => Frame::BulkString(None),
        Value::Array(items) => Frame::Array(Some(all(items)?)),
        Value::NullArray => Frame::Array(None),
        Value::Null => Frame::Null,
        Value::Bool(is) => Frame::Boolean(*is),
        Value::Double(text) if matches!(text.as_slice(), b"inf" | b"-inf" | b"nan") => {
            Frame::SpecialFloat(shared(text))
        }
        Value::Double(text) => Frame::Double(std::str::from_utf8(text).ok()?.parse().ok()?),
        Value::BigNumber(digits) => Frame::BigNumber(shared(digits)),
        Value::BlobError(text) => Frame::BlobError(shared(text)),
        Value::Verbatim(format, text) => {
            Frame::VerbatimString { payload: Shared::from([format, b":".as_slice(), text].concat()) }
        }
        Value::Map(pairs) => Frame::Map(
            pairs.iter().map(|(key, value)| Some((to_resp3(key)?, to_resp3(value)?))).collect::<Option<_>>()?,
        ),
        Value::Set(items) => Frame::Set(all(items)?),
        Value::Push(items) => Frame::Push(all(items)?),
        Value::Attribute(..) => return None,
    })
}
