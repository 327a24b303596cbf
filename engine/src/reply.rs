//! What a command answers.

use std::borrow::Cow;

use crate::double;

/// The bytes of a status or an error: constant for most.
pub type Text = Cow<'static, [u8]>;

/// A reply, before it is encoded for RESP2 or RESP3.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A short text such as `OK`.
    Status(Text),
    /// An error, starting with its code: `ERR syntax error`. Never holds a line break.
    Error(Text),
    /// An integer.
    Int(i64),
    /// A byte string.
    Bulk(Vec<u8>),
    /// No string: `$-1` in RESP2.
    NullBulk,
    /// No array: `*-1` in RESP2.
    NullArray,
    /// A sequence of replies.
    Array(Vec<Reply>),
    /// Pairs; a flat array in RESP2.
    Map(Vec<(Reply, Reply)>),
    /// A sequence without order; an array in RESP2.
    Set(Vec<Reply>),
    /// A floating-point number; a bulk string in RESP2.
    Double(f64),
    /// A floating-point number that is printed already, in another form than [`Reply::Double`]'s.
    Decimal(Vec<u8>),
    /// Something that isn't the reply to a command, such as a message of a channel; an array in RESP2.
    Push(Vec<Reply>),
    /// RESP3's only null.
    Null,
    /// Text for people, of the format `txt`; a bulk string in RESP2.
    Verbatim(Vec<u8>),
}

impl Reply {
    pub(crate) const OK: Reply = Reply::Status(Cow::Borrowed(b"OK"));
    pub(crate) const QUEUED: Reply = Reply::Status(Cow::Borrowed(b"QUEUED"));

    pub(crate) fn bulk(bytes: impl Into<Vec<u8>>) -> Reply {
        Reply::Bulk(bytes.into())
    }

    /// A string, or the null bulk.
    pub(crate) fn bulk_or_null(bytes: Option<impl Into<Vec<u8>>>) -> Reply {
        bytes.map_or(Reply::NullBulk, Reply::bulk)
    }

    /// A count of something in memory.
    pub(crate) fn count(n: usize) -> Reply {
        Reply::Int(n as i64)
    }

    /// 1 or 0.
    pub(crate) fn flag(yes: bool) -> Reply {
        Reply::Int(i64::from(yes))
    }

    /// The same in the types of a protocol: RESP2 has no maps, sets, pushes and numbers, RESP3 has only one null.
    pub fn for_protocol(self, resp3: bool) -> Reply {
        let all = |items: Vec<Reply>| items.into_iter().map(|item| item.for_protocol(resp3)).collect::<Vec<_>>();
        match self {
            Reply::Array(items) => Reply::Array(all(items)),
            Reply::Set(items) if resp3 => Reply::Set(all(items)),
            Reply::Push(items) if resp3 => Reply::Push(all(items)),
            Reply::Set(items) | Reply::Push(items) => Reply::Array(all(items)),
            Reply::Map(pairs) => {
                let pairs = pairs.into_iter().map(|(key, value)| (key.for_protocol(resp3), value.for_protocol(resp3)));
                if resp3 {
                    Reply::Map(pairs.collect())
                } else {
                    Reply::Array(pairs.flat_map(|(key, value)| [key, value]).collect())
                }
            }
            Reply::NullBulk | Reply::NullArray if resp3 => Reply::Null,
            Reply::Null if !resp3 => Reply::NullBulk,
            Reply::Double(number) if !resp3 => Reply::Bulk(double::print(number).into_bytes()),
            Reply::Decimal(text) | Reply::Verbatim(text) if !resp3 => Reply::Bulk(text),
            other => other,
        }
    }

    /// Pairs: an array of pairs in RESP3, where that is asked for, and one flat array else.
    pub(crate) fn pairs(pairs: impl IntoIterator<Item = (Reply, Reply)>, nested: bool) -> Reply {
        let pairs = pairs.into_iter();
        Reply::Array(if nested {
            pairs.map(|(first, second)| Reply::Array(vec![first, second])).collect()
        } else {
            pairs.flat_map(|(first, second)| [first, second]).collect()
        })
    }

    /// A constant status.
    pub(crate) fn status(text: &'static str) -> Reply {
        Reply::Status(text.as_bytes().into())
    }

    /// An array of bulk strings.
    pub(crate) fn bulks<B: Into<Vec<u8>>>(items: impl IntoIterator<Item = B>) -> Reply {
        Reply::Array(items.into_iter().map(Reply::bulk).collect())
    }
}

/// Why a command failed: the text of its error reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Error(pub Text);

impl Error {
    pub const SYNTAX: Error = Error::new("ERR syntax error");
    pub const WRONG_TYPE: Error = Error::new("WRONGTYPE Operation against a key holding the wrong kind of value");
    pub const NOT_AN_INTEGER: Error = Error::new("ERR value is not an integer or out of range");
    pub const NOT_A_FLOAT: Error = Error::new("ERR value is not a valid float");
    pub const OVERFLOW: Error = Error::new("ERR increment or decrement would overflow");
    pub const NOT_FINITE: Error = Error::new("ERR increment would produce NaN or Infinity");
    pub const NO_SUCH_KEY: Error = Error::new("ERR no such key");
    pub const OUT_OF_RANGE: Error = Error::new("ERR index out of range");
    pub const MUST_BE_POSITIVE: Error = Error::new("ERR value is out of range, must be positive");
    pub const SAME_OBJECT: Error = Error::new("ERR source and destination objects are the same");
    pub const TOO_LONG: Error = Error::new("ERR string exceeds maximum allowed size (proto-max-bulk-len)");

    /// An error with a constant text.
    pub const fn new(text: &'static str) -> Error {
        Error(Cow::Borrowed(text.as_bytes()))
    }

    /// An error with a text made up on the spot. The text may hold anything that a client sent: line breaks at
    /// the end go and others become spaces, or the reply would be read as two.
    pub fn built(text: impl Into<Vec<u8>>) -> Error {
        let text = text.into();
        let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let end = text.iter().rposition(|byte| !is_break(byte)).map_or(0, |last| last + 1);
        let mut text = text[..end].to_vec();
        for byte in &mut text {
            if is_break(byte) {
                *byte = b' ';
            }
        }
        Error(Cow::Owned(text))
    }

    /// The wrong number of arguments for `command`.
    pub fn arity(command: &str) -> Error {
        Error::built(format!("ERR wrong number of arguments for '{command}' command"))
    }
}

impl From<Error> for Reply {
    fn from(error: Error) -> Reply {
        Reply::Error(error.0)
    }
}
