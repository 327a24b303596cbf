//! The crate `redis-protocol` 6.0: its decoders from a slice and its encoders, for RESP2 and RESP3.
//!
//! It is lenient by construction: lines end at the first CRLF and may hold CR or LF, numbers are what Rust parses,
//! the two bytes after a bulk are skipped unseen. Its types put the two nulls of RESP2 together, errors are UTF-8, maps
//! and sets are unordered and without duplicates, their keys are no aggregates, verbatim formats are `txt` and `mkd`,
//! attributes stand alone and not before a null. In RESP3 it reads streamed types (`$-1` and `*-1` are such to it)
//! and `HELLO`.

use redis_protocol::error::RedisProtocolErrorKind;
use redis_protocol::{resp2, resp3};
use respfuzz::resp::{Bytes, Decoded, Limits, Malformed, Protocol, Value, decode_value, encode};
use respfuzz::subject::codec::{Codec, Decoder, Item, Mode, Promise, double, rebuild};
use respfuzz::target::resp_parser::Known;

/// What is known to be broken. Seen in 6.0.0.
pub const KNOWN: &[Known] = &[
    Known {
        fingerprint: "bounds/resp2/too-deep/goes-on",
        input: include_bytes!("../../../corpus/resp_parser_redis_protocol/resp2-nests-on"),
        reason: "nesting has no bound: some KiB of `*1` overflow the stack and end the process",
    },
    Known {
        fingerprint: "bounds/resp3/too-deep/goes-on",
        input: include_bytes!("../../../corpus/resp_parser_redis_protocol/resp3-nests-on"),
        reason: "as in RESP2",
    },
    Known {
        fingerprint: "bounds/resp2/memory-by-data/memory-by-length",
        input: include_bytes!("../../../corpus/resp_parser_redis_protocol/resp2-claims-reserve-64-kib-each"),
        reason: "every header of an aggregate reserves up to 64 KiB for elements that are not there",
    },
    Known {
        fingerprint: "bounds/resp3/memory-by-data/memory-by-length",
        input: include_bytes!("../../../corpus/resp_parser_redis_protocol/resp3-claims-reserve-64-kib-each"),
        reason: "as in RESP2",
    },
    Known {
        fingerprint: "hash/resp3/same/different",
        input: include_bytes!("../../../corpus/resp_parser_redis_protocol/resp3-map-keys-repeat"),
        reason: "of a key that comes twice, the iteration order of a HashMap decides which value stays",
    },
];

/// Levels beyond which the adapter doesn't let the decoder look: it would overflow the stack (a test shows it), and
/// that ends the process. That it goes on up to here is reported as what it is.
pub const GUARDED_LEVELS: usize = 256;

/// The codec of `redis-protocol`.
#[derive(Clone, Copy, Debug)]
pub struct RedisProtocol;

impl Codec for RedisProtocol {
    fn decoder(&self, mode: Mode) -> Option<Box<dyn Decoder>> {
        let protocol = match mode {
            Mode::Requests => return None,
            Mode::Resp2 => Protocol::Resp2,
            Mode::Resp3 => Protocol::Resp3,
        };
        Some(Box::new(Buffered { protocol, buffer: Vec::new(), consumed: 0 }))
    }

    fn encode(&self, mode: Mode, item: &Item) -> Option<Bytes> {
        let Item::Value(value) = item else { return None };
        if mode == Mode::Resp3 {
            use resp3::types::Resp3Frame;
            let frame = to_resp3(value)?;
            let mut out = vec![0; frame.encode_len(false)];
            let len = resp3::encode::complete::encode(&mut out, &frame, false).ok()?;
            out.truncate(len);
            Some(out)
        } else {
            use resp2::types::Resp2Frame;
            let frame = to_resp2(value)?;
            let mut out = vec![0; frame.encode_len(false)];
            let len = resp2::encode::encode(&mut out, &frame, false).ok()?;
            out.truncate(len);
            Some(out)
        }
    }

    fn promise(&self, mode: Mode) -> Promise {
        let most = isize::MAX as usize;
        let limits = Limits { max_bulk: most, max_elements: most, ..Limits::REDIS };
        if mode != Mode::Resp3 {
            let overlooks = &[Malformed::BareNewline, Malformed::NonCanonical, Malformed::MissingTerminator];
            return Promise { limits, overlooks, projection: Some(project_resp2) };
        }
        let overlooks = &[
            Malformed::BareNewline,
            Malformed::NonCanonical,
            Malformed::MissingTerminator,
            Malformed::InvalidDouble,
            Malformed::InvalidNull,
            Malformed::InvalidBigNumber,
            Malformed::InvalidVerbatim,
            Malformed::NestedPush,
            Malformed::InvalidLength, // `?` and `-1` start a streamed type.
            Malformed::UnknownType,   // `;`, `.` and `HELLO`.
        ];
        Promise { limits, overlooks, projection: Some(project_resp3) }
    }
}

fn project_resp2(value: &Value) -> Option<Value> {
    rebuild(value, &|part| match part {
        Value::NullArray => Some(Value::NullBulk),
        Value::Error(text) if std::str::from_utf8(&text).is_err() => None,
        other => Some(other),
    })
}

fn project_resp3(value: &Value) -> Option<Value> {
    rebuild(value, &|part| match part {
        Value::NullBulk | Value::NullArray => None,
        Value::Error(text) if std::str::from_utf8(&text).is_err() => None,
        Value::Double(text) => Some(double(std::str::from_utf8(&text).ok()?.parse().ok()?)),
        Value::Verbatim(format, _) if !matches!(&format, b"txt" | b"mkd") => None,
        Value::Map(pairs) => unordered_map(pairs).map(Value::Map),
        Value::Set(items) => unordered_set(items).map(Value::Set),
        Value::Attribute(_, described) if matches!(*described, Value::Null | Value::Attribute(..)) => None,
        Value::Attribute(pairs, described) => Some(Value::Attribute(unordered_map(pairs)?, described)),
        other => Some(other),
    })
}

/// In an order of its own; `None` if a key is an aggregate, carries attributes or comes twice.
fn unordered_map(mut pairs: Vec<(Value, Value)>) -> Option<Vec<(Value, Value)>> {
    pairs.sort_by_cached_key(|(key, _)| wire(key));
    let distinct = pairs.windows(2).all(|two| two[0].0 != two[1].0);
    (distinct && pairs.iter().all(|(key, _)| is_key(key))).then_some(pairs)
}

/// In an order of its own, duplicates left out; `None` if an item is an aggregate or carries attributes.
fn unordered_set(mut items: Vec<Value>) -> Option<Vec<Value>> {
    items.sort_by_cached_key(wire);
    items.dedup();
    items.iter().all(is_key).then_some(items)
}

fn is_key(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Map(_) | Value::Set(_) | Value::Push(_) | Value::Attribute(..))
}

fn wire(value: &Value) -> Bytes {
    let mut out = Vec::new();
    encode(value, &mut out);
    out
}

/// It decodes from a slice; the buffer before it is ours.
struct Buffered {
    protocol: Protocol,
    buffer: Vec<u8>,
    consumed: usize,
}

impl Buffered {
    /// Whether the decoder would recurse too deep to come back.
    fn would_overflow(&self, rest: &[u8]) -> bool {
        let opens = rest.iter().filter(|byte| matches!(byte, b'*' | b'~' | b'%' | b'>' | b'|')).count();
        let limits = Limits { max_depth: GUARDED_LEVELS, ..RedisProtocol.promise(Mode::Resp3).limits };
        let too_deep = |decoded| matches!(decoded, Decoded::Error(error) if is_too_deep(error));
        opens > GUARDED_LEVELS && too_deep(decode_value(rest, self.protocol, &limits))
    }
}

fn is_too_deep(error: respfuzz::resp::ValueError) -> bool {
    error.kind == Malformed::TooDeep
}

impl Decoder for Buffered {
    fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        let rest = &self.buffer[self.consumed..];
        if rest.is_empty() {
            return Ok(None);
        }
        if self.would_overflow(rest) {
            return Err(format!("{:?}", RedisProtocolErrorKind::DecodeError).into_bytes());
        }
        let decoded = match self.protocol {
            Protocol::Resp2 => {
                resp2::decode::decode(rest).map(|found| found.map(|(frame, len)| (from_resp2(frame), len)))
            }
            Protocol::Resp3 => {
                resp3::decode::complete::decode(rest).map(|found| found.map(|(frame, len)| (from_resp3(frame), len)))
            }
        };
        match decoded {
            Ok(Some((value, len))) => {
                self.consumed += len;
                Ok(Some(Item::Value(value)))
            }
            Ok(None) => Ok(None),
            // Its text quotes the rest of the buffer.
            Err(error) => Err(format!("{:?}", error.kind()).into_bytes()),
        }
    }

    fn consumed(&self) -> Option<usize> {
        Some(self.consumed)
    }
}

fn from_resp2(frame: resp2::types::OwnedFrame) -> Value {
    use resp2::types::OwnedFrame as Frame;
    match frame {
        Frame::SimpleString(text) => Value::Status(text),
        Frame::Error(text) => Value::Error(text.into_bytes()),
        Frame::Integer(n) => Value::Int(n),
        Frame::BulkString(bytes) => Value::Bulk(bytes),
        Frame::Array(items) => Value::Array(items.into_iter().map(from_resp2).collect()),
        Frame::Null => Value::NullBulk,
    }
}

fn to_resp2(value: &Value) -> Option<resp2::types::OwnedFrame> {
    use resp2::types::OwnedFrame as Frame;
    Some(match value {
        Value::Status(text) => Frame::SimpleString(text.clone()),
        Value::Error(text) => Frame::Error(String::from_utf8(text.clone()).ok()?),
        Value::Int(n) => Frame::Integer(*n),
        Value::Bulk(bytes) => Frame::BulkString(bytes.clone()),
        Value::Array(items) => Frame::Array(items.iter().map(to_resp2).collect::<Option<_>>()?),
        Value::NullBulk => Frame::Null,
        _ => return None,
    })
}

type Attributes = Option<resp3::types::OwnedAttributes>;

fn from_map(pairs: resp3::types::FrameMap<resp3::types::OwnedFrame, resp3::types::OwnedFrame>) -> Vec<(Value, Value)> {
    let mut pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (from_resp3(key), from_resp3(value))).collect();
    pairs.sort_by_cached_key(|(key, _)| wire(key));
    pairs
}

/// Streamed strings and `HELLO` have no value of ours; the comparison has ended before one of them.
fn from_resp3(frame: resp3::types::OwnedFrame) -> Value {
    use resp3::types::{OwnedFrame as Frame, VerbatimStringFormat};
    let all = |items: Vec<Frame>| items.into_iter().map(from_resp3).collect();
    let (value, attributes): (Value, Attributes) = match frame {
        Frame::BlobString { data, attributes } => (Value::Bulk(data), attributes),
        Frame::BlobError { data, attributes } => (Value::BlobError(data), attributes),
        Frame::SimpleString { data, attributes } => (Value::Status(data), attributes),
        Frame::SimpleError { data, attributes } => (Value::Error(data.into_bytes()), attributes),
        Frame::Boolean { data, attributes } => (Value::Bool(data), attributes),
        Frame::Null => (Value::Null, None),
        Frame::Number { data, attributes } => (Value::Int(data), attributes),
        Frame::Double { data, attributes } => (double(data), attributes),
        Frame::BigNumber { data, attributes } => (Value::BigNumber(data), attributes),
        Frame::VerbatimString { data, format, attributes } => {
            let format = match format {
                VerbatimStringFormat::Text => *b"txt",
                VerbatimStringFormat::Markdown => *b"mkd",
            };
            (Value::Verbatim(format, data), attributes)
        }
        Frame::Array { data, attributes } => (Value::Array(all(data)), attributes),
        Frame::Push { data, attributes } => (Value::Push(all(data)), attributes),
        Frame::Map { data, attributes } => (Value::Map(from_map(data)), attributes),
        Frame::Set { data, attributes } => {
            let mut items: Vec<Value> = data.into_iter().map(from_resp3).collect();
            items.sort_by_cached_key(wire);
            (Value::Set(items), attributes)
        }
        Frame::ChunkedString(data) => (Value::Error([b"redis-protocol ".as_slice(), &data].concat()), None),
        Frame::Hello { .. } => (Value::Error(b"redis-protocol HELLO".to_vec()), None),
    };
    match attributes {
        Some(pairs) => Value::Attribute(from_map(pairs), Box::new(value)),
        None => value,
    }
}

/// `None` for streamed strings, `HELLO` and what carries attributes.
fn to_resp3(value: &Value) -> Option<resp3::types::OwnedFrame> {
    use resp3::types::{OwnedFrame as Frame, VerbatimStringFormat};
    let attributes = None;
    let all = |items: &[Value]| -> Option<Vec<Frame>> { items.iter().map(to_resp3).collect() };
    Some(match value {
        Value::Status(text) => Frame::SimpleString { data: text.clone(), attributes },
        Value::Error(text) if text.starts_with(b"redis-protocol ") => return None,
        Value::Error(text) => Frame::SimpleError { data: String::from_utf8(text.clone()).ok()?, attributes },
        Value::Int(n) => Frame::Number { data: *n, attributes },
        Value::Bulk(bytes) => Frame::BlobString { data: bytes.clone(), attributes },
        Value::Null => Frame::Null,
        Value::Bool(is) => Frame::Boolean { data: *is, attributes },
        Value::Double(text) => Frame::Double { data: std::str::from_utf8(text).ok()?.parse().ok()?, attributes },
        Value::BigNumber(digits) => Frame::BigNumber { data: digits.clone(), attributes },
        Value::BlobError(text) => Frame::BlobError { data: text.clone(), attributes },
        Value::Verbatim(format, text) => Frame::VerbatimString {
            data: text.clone(),
            format: if format == b"txt" { VerbatimStringFormat::Text } else { VerbatimStringFormat::Markdown },
            attributes,
        },
        Value::Array(items) => Frame::Array { data: all(items)?, attributes },
        Value::Push(items) => Frame::Push { data: all(items)?, attributes },
        Value::Set(items) => Frame::Set { data: all(items)?.into_iter().collect(), attributes },
        Value::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| Some((to_resp3(key)?, to_resp3(value)?)));
            Frame::Map { data: pairs.collect::<Option<_>>()?, attributes }
        }
        Value::NullBulk | Value::NullArray | Value::Attribute(..) => return None,
    })
}
