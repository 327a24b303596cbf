//! The capability of a RESP codec: a decoder under test, and an encoder if there is one.
//!
//! ```
//! use respfuzz::resp::{Protocol, ValueStream};
//! use respfuzz::subject::codec::{Codec, Decoder, Item, Mode, Promise};
//!
//! struct Mine;
//!
//! impl Codec for Mine {
//!     fn decoder(&self, mode: Mode) -> Option<Box<dyn Decoder>> {
//!         (mode == Mode::Resp2).then(|| Box::new(MyDecoder(ValueStream::new(Protocol::Resp2, Promise::STRICT.limits))) as _)
//!     }
//! }
//!
//! struct MyDecoder(ValueStream); // Your decoder goes here.
//!
//! impl Decoder for MyDecoder {
//!     fn feed(&mut self, bytes: &[u8]) {
//!         self.0.feed(bytes);
//!     }
//!     fn next(&mut self) -> Result<Option<Item>, Vec<u8>> {
//!         self.0.next().map(|value| value.map(Item::Value)).map_err(|error| error.to_string().into())
//!     }
//! }
//! ```

use crate::resp::{
    Bytes, Limits, Malformed, Protocol, Request, RequestError, RequestStream, Value, ValueError, ValueStream, encode,
    encode_request,
};

/// What a decoder reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// What clients send: multibulk and inline requests.
    Requests,
    /// What servers send before `HELLO 3`.
    Resp2,
    /// What servers send after it.
    Resp3,
}

impl Mode {
    /// All of them.
    pub const ALL: [Mode; 3] = [Mode::Requests, Mode::Resp2, Mode::Resp3];

    /// Its name in fingerprints.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Requests => "requests",
            Mode::Resp2 => "resp2",
            Mode::Resp3 => "resp3",
        }
    }
}

/// What a decoder gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A request. One without arguments may be given or skipped.
    Request(Request),
    /// A value.
    Value(Value),
}

/// A decoder under test, for one connection.
pub trait Decoder {
    /// Takes the next bytes, cut anywhere.
    fn feed(&mut self, bytes: &[u8]);

    /// The next item; `None` if it is not complete yet. After an error there must be no item any more.
    ///
    /// The error of a request is the line that the server answers, without `-` and CRLF
    /// (`ERR Protocol error: invalid bulk length`); that of a value may be any bytes.
    fn next(&mut self) -> Result<Option<Item>, Bytes>;

    /// Bytes of the items given so far, skipped requests without arguments included; `None` if it doesn't count.
    fn consumed(&self) -> Option<usize> {
        None
    }

    /// Bytes of memory that it has reserved for what is still to come; `None` if it cannot tell.
    fn reserved(&self) -> Option<usize> {
        None
    }
}

/// A codec under test: makes decoders, and encodes if it can.
pub trait Codec {
    /// A decoder for a new connection; `None` if it doesn't read this.
    fn decoder(&self, mode: Mode) -> Option<Box<dyn Decoder>>;

    /// The bytes of an item that its decoder gave; `None` if there is no encoder.
    fn encode(&self, _mode: Mode, _item: &Item) -> Option<Bytes> {
        None
    }

    /// What it promises; [`Promise::STRICT`] unless told.
    fn promise(&self, _mode: Mode) -> Promise {
        Promise::STRICT
    }
}

/// What a codec promises: it is held to this and to nothing more.
///
/// Whatever the promise, cutting the bytes must not matter, memory must follow the data, what it encodes must decode
/// to the same, and it must not panic.
#[derive(Clone, Copy)]
pub struct Promise {
    /// What it accepts at most. The reference is run with the same limits.
    pub limits: Limits,
    /// Faults that it doesn't look for. Where the reference meets one, the rest of the input says nothing.
    pub overlooks: &'static [Malformed],
    /// What its types can tell of a value: the value that it gives instead, or `None` if it may refuse this one.
    pub projection: Option<fn(&Value) -> Option<Value>>,
}

impl Promise {
    /// As the reference, with the limits of Redis 7.0.
    pub const STRICT: Promise = Promise { limits: Limits::REDIS, overlooks: &[], projection: None };

    /// What it should give for `value`; `None` if it may refuse it.
    pub fn project(&self, value: &Value) -> Option<Value> {
        match self.projection {
            None => Some(value.clone()),
            Some(projection) => projection(value),
        }
    }
}

/// A double as decoders that parse it should give it: the shortest text that reads back the same.
pub fn double(number: f64) -> Value {
    let text = if number.is_nan() { "nan".to_owned() } else { number.to_string() };
    Value::Double(text.into_bytes())
}

/// Changes a value from the inside out: `change` sees each part after the parts in it. For writing projections.
pub fn rebuild(value: &Value, change: &dyn Fn(Value) -> Option<Value>) -> Option<Value> {
    let all = |items: &[Value]| -> Option<Vec<Value>> { items.iter().map(|item| rebuild(item, change)).collect() };
    let all_pairs = |pairs: &[(Value, Value)]| -> Option<Vec<(Value, Value)>> {
        pairs.iter().map(|(key, value)| Some((rebuild(key, change)?, rebuild(value, change)?))).collect()
    };
    change(match value {
        Value::Array(items) => Value::Array(all(items)?),
        Value::Set(items) => Value::Set(all(items)?),
        Value::Push(items) => Value::Push(all(items)?),
        Value::Map(pairs) => Value::Map(all_pairs(pairs)?),
        Value::Attribute(pairs, described) => {
            Value::Attribute(all_pairs(pairs)?, Box::new(rebuild(described, change)?))
        }
        other => other.clone(),
    })
}

/// The projection of decoders that parse doubles: each becomes what [`double`] makes of it.
pub fn parsed_doubles(value: &Value) -> Option<Value> {
    rebuild(value, &|part| match part {
        Value::Double(text) => Some(double(std::str::from_utf8(&text).ok()?.parse().ok()?)),
        other => Some(other),
    })
}

/// Our own decoder and encoder as a codec.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference {
    /// What it accepts at most.
    pub limits: Limits,
}

impl Codec for Reference {
    fn decoder(&self, mode: Mode) -> Option<Box<dyn Decoder>> {
        Some(match mode {
            Mode::Requests => Box::new(RequestStream::new(self.limits)),
            Mode::Resp2 => Box::new(ValueStream::new(Protocol::Resp2, self.limits)),
            Mode::Resp3 => Box::new(ValueStream::new(Protocol::Resp3, self.limits)),
        })
    }

    fn encode(&self, _mode: Mode, item: &Item) -> Option<Bytes> {
        let mut out = Vec::new();
        match item {
            Item::Request(argv) => encode_request(argv, &mut out),
            Item::Value(value) => encode(value, &mut out),
        }
        Some(out)
    }

    fn promise(&self, _mode: Mode) -> Promise {
        Promise { limits: self.limits, ..Promise::STRICT }
    }
}

impl Decoder for ValueStream {
    fn feed(&mut self, bytes: &[u8]) {
        ValueStream::feed(self, bytes);
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        let next = ValueStream::next(self).map_err(|error: ValueError| error.to_string().into_bytes())?;
        Ok(next.map(Item::Value))
    }

    fn consumed(&self) -> Option<usize> {
        Some(ValueStream::consumed(self))
    }

    fn reserved(&self) -> Option<usize> {
        Some(ValueStream::reserved(self))
    }
}

impl Decoder for RequestStream {
    fn feed(&mut self, bytes: &[u8]) {
        RequestStream::feed(self, bytes);
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        let next = RequestStream::next(self).map_err(RequestError::line)?;
        Ok(next.map(Item::Request))
    }

    fn consumed(&self) -> Option<usize> {
        Some(RequestStream::consumed(self))
    }

    fn reserved(&self) -> Option<usize> {
        Some(RequestStream::reserved(self))
    }
}
