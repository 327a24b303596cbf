//! The wire protocol: requests as the server reads them, replies of RESP2 and RESP3 in both directions.
//!
//! Both decoders are incremental: feed them bytes as they come, ask for what is complete. How the bytes were
//! cut never changes the outcome, and memory grows with the bytes received, not with the lengths they declare.

use std::fmt;

use crate::reply::{Error, Reply};

mod encode;
mod request;
mod value;

pub use encode::{Protocol, encode_reply, encode_typed, encode_value, print_double};
pub use request::RequestDecoder;
pub use value::{RespValue, ValueDecoder};

/// How much a peer may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest bulk string, Redis' `proto-max-bulk-len`.
    pub bulk_bytes: usize,
    /// The longest line without its end: an inline command, a length, a simple string.
    pub line_bytes: usize,
    /// The most elements that one array, map or the like may declare; requests have the server's own limit.
    pub elements: usize,
    /// How deep replies may nest.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bulk_bytes: 512 << 20, line_bytes: 64 << 10, elements: 1 << 20, depth: 128 }
    }
}

/// Why the bytes are not RESP. Nothing after it can be understood: the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// A request declares a number of arguments that is no number or too large.
    MultibulkLength,
    /// A bulk string declares a length that is no number, negative or too large.
    BulkLength,
    /// An argument starts with this byte instead of `$`.
    ExpectedBulk(u8),
    /// A quote of an inline command never ends, or more than a blank follows its end.
    UnbalancedQuotes,
    /// An inline command does not end.
    InlineTooBig,
    /// The number of arguments does not end.
    MultibulkCountTooBig,
    /// The length of an argument does not end.
    BulkCountTooBig,
    /// A reply starts with a byte that no type has.
    UnknownType(u8),
    /// A streamed string or aggregate, which RESP3 reserves and Redis never sends.
    Streamed,
    /// A reply's line is longer than allowed.
    LineTooLong,
    /// A line break is missing, or a lone CR or LF is inside a line.
    LineBreak,
    /// An aggregate declares a length that is no number, negative or too large.
    AggregateLength,
    /// An integer is not in canonical decimal form or does not fit 64 bits.
    Integer,
    /// A floating-point number, big number, boolean or null is malformed.
    Scalar,
    /// A verbatim string has no three-letter format.
    Verbatim,
    /// A push is inside another reply.
    NestedPush,
    /// Replies nest deeper than allowed.
    TooDeep,
}

impl ProtocolError {
    /// The error reply that the server sends before it closes the connection.
    pub fn reply(self) -> Reply {
        let mut text = b"ERR Protocol error: ".to_vec();
        match self {
            // The byte is sent as it came, not as text.
            Self::ExpectedBulk(byte) => {
                text.extend_from_slice(b"expected '$', got '");
                text.extend_from_slice(&[byte, b'\'']);
            }
            other => text.extend_from_slice(other.to_string().as_bytes()),
        }
        Error::built(text).into()
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::ExpectedBulk(byte) => {
                return write!(f, "expected '$', got '{}'", byte.escape_ascii());
            }
            Self::UnknownType(byte) => {
                return write!(f, "unknown reply type '{}'", byte.escape_ascii());
            }
            Self::MultibulkLength => "invalid multibulk length",
            Self::BulkLength => "invalid bulk length",
            Self::UnbalancedQuotes => "unbalanced quotes in request",
            Self::InlineTooBig => "too big inline request",
            Self::MultibulkCountTooBig => "too big mbulk count string",
            Self::BulkCountTooBig => "too big bulk count string",
            Self::Streamed => "streamed types are not supported",
            Self::LineTooLong => "line too long",
            Self::LineBreak => "missing or misplaced line break",
            Self::AggregateLength => "invalid aggregate length",
            Self::Integer => "invalid integer",
            Self::Scalar => "malformed scalar",
            Self::Verbatim => "malformed verbatim string",
            Self::NestedPush => "push inside another reply",
            Self::TooDeep => "nested too deeply",
        };
        f.write_str(text)
    }
}

impl std::error::Error for ProtocolError {}

/// Bytes that have come but are not decoded yet.
#[derive(Clone, Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    start: usize,
}

impl Buffer {
    fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Drops decoded bytes, at most all.
    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.bytes.len());
    }
}
