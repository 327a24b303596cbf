//! Replies, decoded strictly: what a correct server never sends is an error.

use super::{Buffer, Limits, ProtocolError};
use crate::number::parse_i64;

/// A reply of RESP2 or RESP3.
#[derive(Clone, Debug, PartialEq)]
pub enum RespValue {
    /// `+`
    Simple(Vec<u8>),
    /// `-`
    Error(Vec<u8>),
    /// `:`
    Int(i64),
    /// `$`
    Bulk(Vec<u8>),
    /// `$-1`
    NullBulk,
    /// `*`
    Array(Vec<RespValue>),
    /// `*-1`
    NullArray,
    /// `_`
    Null,
    /// `#`
    Bool(bool),
    /// `,`
    Double(f64),
    /// `(`, in decimal.
    BigNumber(Vec<u8>),
    /// `!`
    BulkError(Vec<u8>),
    /// `=`
    Verbatim {
        /// Three letters: `txt`, `mkd`.
        format: [u8; 3],
        /// The text without its format.
        text: Vec<u8>,
    },
    /// `%`
    Map(Vec<(RespValue, RespValue)>),
    /// `~`
    Set(Vec<RespValue>),
    /// `>`
    Push(Vec<RespValue>),
    /// `|`, and the value it is about.
    Attributed {
        /// What is said about the value.
        attributes: Vec<(RespValue, RespValue)>,
        /// The value itself.
        value: Box<RespValue>,
    },
}

/// Decodes a server's replies.
#[derive(Clone, Debug)]
pub struct ValueDecoder {
    limits: Limits,
    buffer: Buffer,
    /// The aggregates that are not complete, from the outermost.
    open: Vec<Aggregate>,
    /// Bytes decoded, and how many of them belong to values that were returned.
    decoded: u64,
    consumed: u64,
    failed: Option<ProtocolError>,
}

/// An aggregate that still misses elements.
#[derive(Clone, Debug)]
struct Aggregate {
    kind: Kind,
    missing: usize,
    items: Vec<RespValue>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Array,
    Map,
    Set,
    Push,
    Attribute,
}

/// What one line, with the bulk that it announces, says.
enum Token {
    Value(RespValue),
    Open(Kind, usize),
}

impl ValueDecoder {
    /// A decoder of a new connection.
    pub fn new(limits: Limits) -> Self {
        Self { limits, buffer: Buffer::default(), open: Vec::new(), decoded: 0, consumed: 0, failed: None }
    }

    /// Takes bytes as they came.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.buffer.feed(bytes);
        }
    }

    /// How many bytes the returned values took.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// The next complete value. After an error there is nothing but the error.
    #[expect(clippy::should_implement_trait, reason = "an iterator would end where this waits for more bytes")]
    pub fn next(&mut self) -> Result<Option<RespValue>, ProtocolError> {
        match self.failed {
            Some(error) => Err(error),
            None => self.decode().inspect_err(|error| self.failed = Some(*error)),
        }
    }

    fn decode(&mut self) -> Result<Option<RespValue>, ProtocolError> {
        while let Some((token, used)) = read_token(self.buffer.rest(), &self.limits)? {
            if matches!(token, Token::Open(Kind::Push, _)) && !self.open.is_empty() {
                return Err(ProtocolError::NestedPush);
            }
            self.buffer.consume(used);
            self.decoded += used as u64;
            let value = match token {
                Token::Open(kind, missing) if missing > 0 => {
                    if self.open.len() >= self.limits.depth {
                        return Err(ProtocolError::TooDeep);
                    }
                    self.open.push(Aggregate { kind, missing, items: Vec::new() });
                    continue;
                }
                Token::Open(kind, _) => close(kind, Vec::new()),
                Token::Value(value) => value,
            };
            if let Some(value) = self.place(value) {
                self.consumed = self.decoded;
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Puts a value into the innermost open aggregate and closes those that it completes; returns a value
    /// that belongs to none.
    fn place(&mut self, mut value: RespValue) -> Option<RespValue> {
        while let Some(mut innermost) = self.open.pop() {
            innermost.items.push(value);
            innermost.missing -= 1;
            if innermost.missing > 0 {
                self.open.push(innermost);
                return None;
            }
            value = close(innermost.kind, innermost.items);
        }
        Some(value)
    }
}

/// Makes an aggregate of its elements.
fn close(kind: Kind, mut items: Vec<RespValue>) -> RespValue {
    match kind {
        Kind::Array => RespValue::Array(items),
        Kind::Set => RespValue::Set(items),
        Kind::Push => RespValue::Push(items),
        Kind::Map => RespValue::Map(pairs(items)),
        Kind::Attribute => {
            let value = Box::new(items.pop().unwrap_or(RespValue::Null));
            RespValue::Attributed { attributes: pairs(items), value }
        }
    }
}

fn pairs(items: Vec<RespValue>) -> Vec<(RespValue, RespValue)> {
    let mut items = items.into_iter();
    std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect()
}

/// The token at the start of `bytes` and its size, if it is complete.
fn read_token(bytes: &[u8], limits: &Limits) -> Result<Option<(Token, usize)>, ProtocolError> {
    let Some((&tag, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    if !b"+-:$*_#,(!=%~>|;.".contains(&tag) {
        return Err(ProtocolError::UnknownType(tag));
    }
    let Some(line) = read_line(rest, limits.line_bytes)? else {
        return Ok(None);
    };
    let used = 1 + line.len() + 2;
    if matches!(tag, b';' | b'.') || (line == b"?" && b"$!=*%~>|".contains(&tag)) {
        return Err(ProtocolError::Streamed);
    }
    let value = match tag {
        b'+' => RespValue::Simple(line.to_vec()),
        b'-' => RespValue::Error(line.to_vec()),
        b':' => RespValue::Int(parse_i64(unsigned(line)).ok_or(ProtocolError::Integer)?),
        b'_' if line.is_empty() => RespValue::Null,
        b'#' if line == b"t" => RespValue::Bool(true),
        b'#' if line == b"f" => RespValue::Bool(false),
        b',' => RespValue::Double(parse_double(line).ok_or(ProtocolError::Scalar)?),
        b'(' if is_big_number(line) => RespValue::BigNumber(line.to_vec()),
        b'_' | b'#' | b'(' => return Err(ProtocolError::Scalar),
        b'$' if line == b"-1" => RespValue::NullBulk,
        b'*' if line == b"-1" => RespValue::NullArray,
        b'$' | b'!' | b'=' => {
            let len = length(line, limits.bulk_bytes).ok_or(ProtocolError::BulkLength)?;
            return match read_body(&bytes[used..], len)? {
                Some(body) => Ok(Some((Token::Value(bulk(tag, body)?), used + len + 2))),
                None => Ok(None),
            };
        }
        _ => {
            let count = length(line, limits.elements).ok_or(ProtocolError::AggregateLength)?;
            return Ok(Some((open(tag, count), used)));
        }
    };
    Ok(Some((Token::Value(value), used)))
}

fn open(tag: u8, count: usize) -> Token {
    match tag {
        b'%' => Token::Open(Kind::Map, count.saturating_mul(2)),
        // The value that the attributes are about comes last.
        b'|' => Token::Open(Kind::Attribute, count.saturating_mul(2).saturating_add(1)),
        b'~' => Token::Open(Kind::Set, count),
        b'>' => Token::Open(Kind::Push, count),
        _ => Token::Open(Kind::Array, count),
    }
}

fn bulk(tag: u8, body: &[u8]) -> Result<RespValue, ProtocolError> {
    match (tag, body) {
        (b'!', body) => Ok(RespValue::BulkError(body.to_vec())),
        (b'=', [a, b, c, b':', text @ ..]) => Ok(RespValue::Verbatim { format: [*a, *b, *c], text: text.to_vec() }),
        (b'=', _) => Err(ProtocolError::Verbatim),
        (_, body) => Ok(RespValue::Bulk(body.to_vec())),
    }
}

/// A line without its CRLF, if it is complete. A CR or LF of its own is an error as soon as it is seen.
fn read_line(bytes: &[u8], limit: usize) -> Result<Option<&[u8]>, ProtocolError> {
    let window = &bytes[..bytes.len().min(limit + 1)];
    match window.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        Some(end) if bytes[end] == b'\n' => Err(ProtocolError::LineBreak),
        Some(end) => match bytes.get(end + 1) {
            None => Ok(None),
            Some(b'\n') => Ok(Some(&bytes[..end])),
            Some(_) => Err(ProtocolError::LineBreak),
        },
        None if bytes.len() > limit => Err(ProtocolError::LineTooLong),
        None => Ok(None),
    }
}

/// The body of a bulk and its CRLF, if both are complete.
fn read_body(bytes: &[u8], len: usize) -> Result<Option<&[u8]>, ProtocolError> {
    let Some(end) = bytes.get(len..) else {
        return Ok(None);
    };
    match end {
        [b'\r', b'\n', ..] => Ok(Some(&bytes[..len])),
        [] | [b'\r'] => Ok(None),
        _ => Err(ProtocolError::LineBreak),
    }
}

/// A length in canonical digits, at most `limit`.
fn length(line: &[u8], limit: usize) -> Option<usize> {
    parse_i64(line).and_then(|len| usize::try_from(len).ok()).filter(|len| *len <= limit)
}

/// Drops the `+` that RESP allows before a number.
fn unsigned(line: &[u8]) -> &[u8] {
    match line {
        [b'+', digits @ ..] if digits.first() != Some(&b'-') => digits,
        other => other,
    }
}

fn parse_double(line: &[u8]) -> Option<f64> {
    match line {
        b"inf" => return Some(f64::INFINITY),
        b"-inf" => return Some(f64::NEG_INFINITY),
        b"nan" => return Some(f64::NAN),
        _ => {}
    }
    // Rust's parser would take names such as "infinity", and a point without digits.
    let digits = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
    let point_is_inside = match line.iter().position(|byte| *byte == b'.') {
        Some(at) => digits(at.checked_sub(1).and_then(|before| line.get(before))) && digits(line.get(at + 1)),
        None => true,
    };
    let allowed = line.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
    (allowed && point_is_inside).then(|| std::str::from_utf8(line).ok()?.parse().ok()).flatten()
}

fn is_big_number(line: &[u8]) -> bool {
    let digits = line.strip_prefix(b"-").unwrap_or_else(|| unsigned(line));
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::{Protocol, encode_value};

    fn decode(input: &[u8]) -> Result<Option<RespValue>, ProtocolError> {
        let run = |piece: usize| {
            let limits = Limits { elements: 1000, line_bytes: 1000, ..Limits::default() };
            let mut decoder = ValueDecoder::new(limits);
            let mut result = Ok(None);
            for bytes in input.chunks(piece) {
                decoder.feed(bytes);
                result = decoder.next();
                if result != Ok(None) {
                    break;
                }
            }
            result
        };
        let whole = run(input.len());
        // NaN is unequal to itself.
        assert_eq!(format!("{:?}", run(1)), format!("{whole:?}"));
        whole
    }

    #[test]
    fn every_type_comes_back() {
        let all: &[u8] = b"*12\r\n+ok\r\n-ERR no\r\n:-7\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n_\r\n#t\r\n,-1.5\r\n(-12345678901234567890\r\n\
            %1\r\n!3\r\nbad\r\n=5\r\ntxt:x\r\n|1\r\n+k\r\n~1\r\n#f\r\n~0\r\n";
        let value = decode(all).expect("valid").expect("complete");
        let mut encoded = Vec::new();
        encode_value(&value, Protocol::Resp3, &mut encoded);
        assert_eq!(encoded, all);
        assert!(
            matches!(decode(b">2\r\n+message\r\n:+5\r\n"), Ok(Some(RespValue::Push(items))) if items[1] == RespValue::Int(5))
        );
    }

    #[test]
    fn rejects_what_no_server_sends() {
        use ProtocolError as E;
        let deep = [b"*1\r\n".repeat(129), b":1\r\n".to_vec()].concat();
        for (input, error) in [
            (&b"x\r\n"[..], E::UnknownType(b'x')),
            (b"+a\nb\r\n", E::LineBreak),
            (b"+a\rb\r\n", E::LineBreak),
            (b"$1\r\nabc", E::LineBreak),
            (b":007\r\n", E::Integer),
            (b":-0\r\n", E::Integer),
            (b":+-1\r\n", E::Integer),
            (b":9223372036854775808\r\n", E::Integer),
            (b"$01\r\n", E::BulkLength),
            (b"$-2\r\n", E::BulkLength),
            (b"*-2\r\n", E::AggregateLength),
            (b"%-1\r\n", E::AggregateLength),
            (b"*1001\r\n", E::AggregateLength),
            (b"$?\r\n", E::Streamed),
            (b"~?\r\n", E::Streamed),
            (b";4\r\n", E::Streamed),
            (b"=2\r\nab\r\n", E::Verbatim),
            (b"#x\r\n", E::Scalar),
            (b",infinity\r\n", E::Scalar),
            (b",1.\r\n", E::Scalar),
            (b"*1\r\n>0\r\n", E::NestedPush),
            (&deep, E::TooDeep),
            (&[b'+'; 1002], E::LineTooLong),
        ] {
            assert_eq!(decode(input), Err(error), "{}", input[..input.len().min(40)].escape_ascii());
        }
        assert_eq!(decode(&deep[4..]).map(|value| value.is_some()), Ok(true));
    }

    #[test]
    fn counts_only_what_was_returned() {
        let mut decoder = ValueDecoder::new(Limits::default());
        decoder.feed(b":1\r\n*2\r\n:2\r\n");
        assert_eq!((decoder.next(), decoder.next()), (Ok(Some(RespValue::Int(1))), Ok(None)));
        assert_eq!(decoder.consumed(), 4);
        decoder.feed(b":3\r\n+");
        assert!(matches!(decoder.next(), Ok(Some(RespValue::Array(_)))));
        assert_eq!(decoder.consumed(), 16);
    }
}
