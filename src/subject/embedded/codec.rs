//! The decoders and the encoder of the embedded engine.
//!
//! They promise to be as strict as the reference, with limits of their own. Values are read by one decoder, whatever
//! the protocol; it parses doubles, and takes a plus sign before an integer, which the specification allows and no
//! server sends.

use crate::resp::{Bytes, Limits, Malformed, Value, encode_request};
use crate::subject::codec::{Codec, Decoder, Item, Mode, Promise, double, rebuild};
use respfuzz_engine::resp::{self as engine, Protocol, RequestDecoder, RespValue, ValueDecoder};

/// The codec of `respfuzz-engine`.
#[derive(Clone, Copy, Debug)]
pub struct Engine;

impl Codec for Engine {
    fn decoder(&self, mode: Mode) -> Option<Box<dyn Decoder>> {
        let limits = engine::Limits::default();
        Some(match mode {
            Mode::Requests => Box::new(Requests(RequestDecoder::new(limits))),
            Mode::Resp2 | Mode::Resp3 => Box::new(Values(ValueDecoder::new(limits))),
        })
    }

    fn encode(&self, mode: Mode, item: &Item) -> Option<Bytes> {
        let protocol = if mode == Mode::Resp3 { Protocol::Resp3 } else { Protocol::Resp2 };
        let mut out = Vec::new();
        match item {
            Item::Request(argv) => encode_request(argv, &mut out), // The engine sends no requests.
            Item::Value(value) => engine::encode_value(&to_engine(value)?, protocol, &mut out),
        }
        Some(out)
    }

    fn promise(&self, mode: Mode) -> Promise {
        let own = engine::Limits::default();
        let limits = Limits {
            max_depth: own.depth,
            max_bulk: own.bulk_bytes,
            max_elements: if mode == Mode::Requests { Limits::REDIS.max_elements } else { own.elements },
            max_line: own.line_bytes,
            max_inline: own.line_bytes,
            ..Limits::REDIS
        };
        match mode {
            Mode::Requests => Promise { limits, ..Promise::STRICT },
            Mode::Resp2 => Promise {
                limits,
                overlooks: &[Malformed::NonCanonical, Malformed::UnknownType],
                projection: Some(project),
            },
            Mode::Resp3 => Promise { limits, overlooks: &[Malformed::NonCanonical], projection: Some(project) },
        }
    }
}

/// Doubles are parsed; one with a dot and no digit after it, which no server sends, may be refused.
fn project(value: &Value) -> Option<Value> {
    rebuild(value, &|part| match part {
        Value::Double(text) => {
            let text = std::str::from_utf8(&text).ok()?;
            let digitless = text.split('.').nth(1).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
            if digitless { None } else { Some(double(text.parse().ok()?)) }
        }
        other => Some(other),
    })
}

/// A decoder of requests for an engine with this `proto-max-bulk-len`.
pub(super) fn requests(bulk_bytes: usize) -> Box<dyn Decoder> {
    Box::new(Requests(RequestDecoder::new(engine::Limits { bulk_bytes, ..engine::Limits::default() })))
}

struct Requests(RequestDecoder);

impl Decoder for Requests {
    fn feed(&mut self, bytes: &[u8]) {
        self.0.feed(bytes);
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        self.0.next().map(|argv| argv.map(Item::Request)).map_err(|error| {
            let mut line = Vec::new();
            engine::encode_reply(&error.reply(), Protocol::Resp2, &mut line);
            line.strip_prefix(b"-").and_then(|line| line.strip_suffix(b"\r\n")).map_or(line.clone(), <[u8]>::to_vec)
        })
    }
}

struct Values(ValueDecoder);

impl Decoder for Values {
    fn feed(&mut self, bytes: &[u8]) {
        self.0.feed(bytes);
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        let next = self.0.next().map_err(|error| error.to_string().into_bytes())?;
        Ok(next.map(|value| Item::Value(from_engine(value))))
    }

    fn consumed(&self) -> Option<usize> {
        usize::try_from(self.0.consumed()).ok()
    }
}

fn from_engine(value: RespValue) -> Value {
    let all = |items: Vec<RespValue>| items.into_iter().map(from_engine).collect();
    let all_pairs = |pairs: Vec<(RespValue, RespValue)>| {
        pairs.into_iter().map(|(key, value)| (from_engine(key), from_engine(value))).collect()
    };
    match value {
        RespValue::Simple(text) => Value::Status(text),
        RespValue::Error(text) => Value::Error(text),
        RespValue::Int(n) => Value::Int(n),
        RespValue::Bulk(bytes) => Value::Bulk(bytes),
        RespValue::NullBulk => Value::NullBulk,
        RespValue::Array(items) => Value::Array(all(items)),
        RespValue::NullArray => Value::NullArray,
        RespValue::Null => Value::Null,
        RespValue::Bool(is) => Value::Bool(is),
        RespValue::Double(number) => double(number),
        RespValue::BigNumber(digits) => Value::BigNumber(digits),
        RespValue::BulkError(text) => Value::BlobError(text),
        RespValue::Verbatim { format, text } => Value::Verbatim(format, text),
        RespValue::Map(pairs) => Value::Map(all_pairs(pairs)),
        RespValue::Set(items) => Value::Set(all(items)),
        RespValue::Push(items) => Value::Push(all(items)),
        RespValue::Attributed { attributes, value } => {
            Value::Attribute(all_pairs(attributes), Box::new(from_engine(*value)))
        }
    }
}

/// `None` for a double that is no number: the decoder never gives one.
fn to_engine(value: &Value) -> Option<RespValue> {
    let all = |items: &[Value]| -> Option<Vec<_>> { items.iter().map(to_engine).collect() };
    let all_pairs = |pairs: &[(Value, Value)]| -> Option<Vec<_>> {
        pairs.iter().map(|(key, value)| Some((to_engine(key)?, to_engine(value)?))).collect()
    };
    Some(match value {
        Value::Status(text) => RespValue::Simple(text.clone()),
        Value::Error(text) => RespValue::Error(text.clone()),
        Value::Int(n) => RespValue::Int(*n),
        Value::Bulk(bytes) => RespValue::Bulk(bytes.clone()),
        Value::NullBulk => RespValue::NullBulk,
        Value::Array(items) => RespValue::Array(all(items)?),
        Value::NullArray => RespValue::NullArray,
        Value::Null => RespValue::Null,
        Value::Bool(is) => RespValue::Bool(*is),
        Value::Double(text) => RespValue::Double(std::str::from_utf8(text).ok()?.parse().ok()?),
        Value::BigNumber(digits) => RespValue::BigNumber(digits.clone()),
        Value::BlobError(text) => RespValue::BulkError(text.clone()),
        Value::Verbatim(format, text) => RespValue::Verbatim { format: *format, text: text.clone() },
        Value::Map(pairs) => RespValue::Map(all_pairs(pairs)?),
        Value::Set(items) => RespValue::Set(all(items)?),
        Value::Push(items) => RespValue::Push(all(items)?),
        Value::Attribute(pairs, value) => {
            RespValue::Attributed { attributes: all_pairs(pairs)?, value: Box::new(to_engine(value)?) }
        }
    })
}
