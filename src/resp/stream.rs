//! The reference decoders over bytes that come in pieces.

use super::{Decoded, Limits, Protocol, Request, RequestError, Value, ValueError, decode_request, decode_value};

/// Bytes fed so far and not yet decoded.
#[derive(Clone, Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    consumed: usize,
}

impl Buffer {
    fn feed(&mut self, bytes: &[u8]) {
        // Dropping what was decoded here, rather than item by item, keeps a pipeline of many items linear.
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Takes a decoder's answer; an error stays at the front and comes again.
    fn take<T, E>(&mut self, decoded: Decoded<T, E>) -> Result<Option<T>, E> {
        match decoded {
            Decoded::Complete { value, consumed } => {
                self.start += consumed;
                self.consumed += consumed;
                Ok(Some(value))
            }
            Decoded::Incomplete => Ok(None),
            Decoded::Error(error) => Err(error),
        }
    }
}

/// Values from bytes that come in pieces.
#[derive(Clone, Debug)]
pub struct ValueStream {
    buffer: Buffer,
    protocol: Protocol,
    limits: Limits,
}

impl ValueStream {
    /// An empty one.
    pub fn new(protocol: Protocol, limits: Limits) -> Self {
        ValueStream { buffer: Buffer::default(), protocol, limits }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.feed(bytes);
    }

    /// The next value, `None` if it is not complete yet. After an error there is only that error: the connection
    /// cannot be used any more.
    #[expect(clippy::should_implement_trait, reason = "None means not yet, unlike an iterator's")]
    pub fn next(&mut self) -> Result<Option<Value>, ValueError> {
        let decoded = decode_value(self.buffer.rest(), self.protocol, &self.limits);
        self.buffer.take(decoded)
    }

    /// Bytes of the values given so far.
    pub fn consumed(&self) -> usize {
        self.buffer.consumed
    }

    /// Bytes fed and not yet part of a value given.
    pub fn pending(&self) -> usize {
        self.buffer.rest().len()
    }

    /// Bytes of memory reserved for the buffer.
    pub fn reserved(&self) -> usize {
        self.buffer.bytes.capacity()
    }
}

/// Requests from bytes that come in pieces.
#[derive(Clone, Debug)]
pub struct RequestStream {
    buffer: Buffer,
    limits: Limits,
}

impl RequestStream {
    /// An empty one.
    pub fn new(limits: Limits) -> Self {
        RequestStream { buffer: Buffer::default(), limits }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.feed(bytes);
    }

    /// The next request that asks for something, `None` if it is not complete yet. After an error there is only
    /// that error.
    #[expect(clippy::should_implement_trait, reason = "None means not yet, unlike an iterator's")]
    pub fn next(&mut self) -> Result<Option<Request>, RequestError> {
        loop {
            let decoded = decode_request(self.buffer.rest(), &self.limits);
            match self.buffer.take(decoded)? {
                Some(request) if request.is_empty() => continue,
                other => return Ok(other),
            }
        }
    }

    /// Bytes of the requests given so far, empty ones included.
    pub fn consumed(&self) -> usize {
        self.buffer.consumed
    }

    /// Bytes of memory reserved for the buffer.
    pub fn reserved(&self) -> usize {
        self.buffer.bytes.capacity()
    }
}
