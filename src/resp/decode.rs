//! The strict reference decoder for values: what servers send.
//!
//! It accepts what the published RESP specification allows and a server may send, and nothing else. Integers and
//! lengths are canonical decimals (as Redis's own `string2ll`: no plus sign, no leading zeros), lines end in exactly
//! CRLF and hold neither of the two, a bulk is followed by CRLF, pushes stand at the top level only. `$-1` and `*-1`
//! are read in RESP3 too, which is a superset of RESP2. Streamed types (`$?`, `*?`) were never part of a server and
//! are refused.

use super::{Bytes, Value};

/// Which types are on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `+ - : $ *`.
    Resp2,
    /// Those, and `_ # , ( ! = % ~ > |`.
    Resp3,
}

/// What a decoder accepts at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Arrays, sets, maps, pushes and attributes that may stand inside each other, the outermost included; empty ones
    /// hold nothing and don't count. A value counts as inside its attribute.
    pub max_depth: usize,
    /// Longest bulk in bytes (`proto-max-bulk-len`).
    pub max_bulk: usize,
    /// Most elements of an array, set or push, most arguments of a request, most pairs of a map.
    pub max_elements: usize,
    /// Longest line of a value in bytes, type byte and CRLF not counted.
    pub max_line: usize,
    /// Longest line of a request in bytes (`PROTO_INLINE_MAX_SIZE`): more without a line end is an error.
    pub max_inline: usize,
    /// Whether a NUL byte hides the end of a request's line, as it does from Redis's `strchr`: such a request is
    /// never answered, until it is too big.
    pub nul_hides_line_end: bool,
    /// Whether a push may stand inside an array: Redis 7.0 puts those there that commands inside EXEC bring about.
    pub nested_pushes: bool,
}

impl Limits {
    /// Those of Redis 7.0, and a nesting that no reply of it reaches.
    pub const REDIS: Limits = Limits {
        max_depth: 128,
        max_bulk: 512 << 20,
        max_elements: i32::MAX as usize,
        max_line: usize::MAX,
        max_inline: 64 << 10,
        nul_hides_line_end: true,
        nested_pushes: false,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Limits::REDIS
    }
}

/// What the front of a buffer holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded<T, E> {
    /// A whole item, and the number of bytes that it took.
    Complete {
        /// The item.
        value: T,
        /// Its length on the wire.
        consumed: usize,
    },
    /// The beginning of one; more bytes are needed.
    Incomplete,
    /// Bytes that no continuation could make valid.
    Error(E),
}

/// What is wrong with the bytes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Malformed {
    /// No type of this protocol starts with this byte.
    #[error("unknown type byte")]
    UnknownType,
    /// CR or LF inside a line.
    #[error("CR or LF alone")]
    BareNewline,
    /// A line longer than [`Limits::max_line`].
    #[error("line too long")]
    LineTooLong,
    /// `:` without a signed 64-bit decimal.
    #[error("invalid integer")]
    InvalidInteger,
    /// A length that is no decimal, is negative, or beyond its limit.
    #[error("invalid length")]
    InvalidLength,
    /// An integer or length with a plus sign, leading zeros or minus zero: the specification allows some of them for
    /// integers, no server sends any.
    #[error("number in another form than the shortest")]
    NonCanonical,
    /// A bulk that is not followed by CRLF.
    #[error("bulk without CRLF")]
    MissingTerminator,
    /// `_` with anything in its line.
    #[error("invalid null")]
    InvalidNull,
    /// `#` without `t` or `f`.
    #[error("invalid boolean")]
    InvalidBoolean,
    /// `,` without a decimal, `inf`, `-inf` or `nan`.
    #[error("invalid double")]
    InvalidDouble,
    /// `(` without an optional sign and digits.
    #[error("invalid big number")]
    InvalidBigNumber,
    /// `=` without three letters and a colon.
    #[error("invalid verbatim string")]
    InvalidVerbatim,
    /// More aggregates inside each other than [`Limits::max_depth`].
    #[error("nested too deep")]
    TooDeep,
    /// A push inside another value.
    #[error("push inside another value")]
    NestedPush,
}

impl Malformed {
    /// Its name in fingerprints.
    pub fn name(self) -> &'static str {
        match self {
            Malformed::UnknownType => "unknown-type",
            Malformed::BareNewline => "bare-newline",
            Malformed::LineTooLong => "line-too-long",
            Malformed::InvalidInteger => "invalid-integer",
            Malformed::InvalidLength => "invalid-length",
            Malformed::NonCanonical => "non-canonical",
            Malformed::MissingTerminator => "missing-terminator",
            Malformed::InvalidNull => "invalid-null",
            Malformed::InvalidBoolean => "invalid-boolean",
            Malformed::InvalidDouble => "invalid-double",
            Malformed::InvalidBigNumber => "invalid-big-number",
            Malformed::InvalidVerbatim => "invalid-verbatim",
            Malformed::TooDeep => "too-deep",
            Malformed::NestedPush => "nested-push",
        }
    }
}

/// Why bytes are not a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {at}")]
pub struct ValueError {
    /// What is wrong.
    pub kind: Malformed,
    /// Where it was found, counted from the start of the (outermost) value.
    pub at: usize,
}

/// Decodes the value at the front of `bytes`.
///
/// Memory grows with the bytes that are there, never with a length that they declare.
pub fn decode_value(bytes: &[u8], protocol: Protocol, limits: &Limits) -> Decoded<Value, ValueError> {
    let mut reader = Reader { bytes, pos: 0, protocol, limits };
    match reader.value(1) {
        Ok(value) => Decoded::Complete { value, consumed: reader.pos },
        Err(Stop::Incomplete) => Decoded::Incomplete,
        Err(Stop::Error(error)) => Decoded::Error(error),
    }
}

/// Why reading stopped short of a value.
enum Stop {
    Incomplete,
    Error(ValueError),
}

struct Reader<'a> {
    bytes: &'a [u8],
    pos: usize,
    protocol: Protocol,
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    /// Reads one value; `depth` is 1 at the top level.
    fn value(&mut self, depth: usize) -> Result<Value, Stop> {
        let start = self.pos;
        let Some(&tag) = self.bytes.get(start) else { return Err(Stop::Incomplete) };
        let resp2 = matches!(tag, b'+' | b'-' | b':' | b'$' | b'*');
        let resp3 = matches!(tag, b'_' | b'#' | b',' | b'(' | b'!' | b'=' | b'%' | b'~' | b'>' | b'|');
        if !(resp2 || resp3 && self.protocol == Protocol::Resp3) {
            return Err(error(Malformed::UnknownType, start));
        }
        self.pos += 1;
        let line = self.line()?;
        let valid = |ok: bool, kind| if ok { Ok(()) } else { Err(error(kind, start + 1)) };
        Ok(match tag {
            b'+' => Value::Status(line.to_vec()),
            b'-' => Value::Error(line.to_vec()),
            b':' => {
                Value::Int(number(line).map_err(|kind| error(kind.unwrap_or(Malformed::InvalidInteger), start + 1))?)
            }
            b'$' if line == b"-1" => Value::NullBulk,
            b'$' => Value::Bulk(self.bulk(line, start)?),
            b'!' => Value::BlobError(self.bulk(line, start)?),
            b'=' => {
                let bytes = self.bulk(line, start)?;
                match bytes.as_slice() {
                    [a, b, c, b':', text @ ..] => Value::Verbatim([*a, *b, *c], text.to_vec()),
                    _ => return Err(error(Malformed::InvalidVerbatim, start + 1)),
                }
            }
            b'_' => {
                valid(line.is_empty(), Malformed::InvalidNull)?;
                Value::Null
            }
            b'#' => {
                valid(matches!(line, b"t" | b"f"), Malformed::InvalidBoolean)?;
                Value::Bool(line == b"t")
            }
            b',' => {
                valid(is_double(line), Malformed::InvalidDouble)?;
                Value::Double(line.to_vec())
            }
            b'(' => {
                valid(is_digits(unsigned(line)), Malformed::InvalidBigNumber)?;
                Value::BigNumber(line.to_vec())
            }
            b'*' if line == b"-1" => Value::NullArray,
            b'*' => Value::Array(self.items(line, start, depth)?),
            b'~' => Value::Set(self.items(line, start, depth)?),
            b'>' => {
                valid(depth == 1 || self.limits.nested_pushes, Malformed::NestedPush)?;
                Value::Push(self.items(line, start, depth)?)
            }
            b'%' => Value::Map(self.pairs(line, start, depth)?),
            _ => {
                self.nest(start, depth)?;
                let pairs = self.pairs(line, start, depth)?;
                Value::Attribute(pairs, Box::new(self.value(depth + 1)?))
            }
        })
    }

    /// The bytes up to CRLF, which is skipped.
    fn line(&mut self) -> Result<&'a [u8], Stop> {
        let rest = &self.bytes[self.pos..];
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        if end.unwrap_or(rest.len()) > self.limits.max_line {
            return Err(error(Malformed::LineTooLong, self.pos));
        }
        let Some(end) = end else { return Err(Stop::Incomplete) };
        match &rest[end..] {
            [b'\r', b'\n', ..] => {
                self.pos += end + 2;
                Ok(&rest[..end])
            }
            [b'\r'] => Err(Stop::Incomplete),
            _ => Err(error(Malformed::BareNewline, self.pos + end)),
        }
    }

    /// As many bytes as `line` declares, and the CRLF after them.
    fn bulk(&mut self, line: &[u8], start: usize) -> Result<Bytes, Stop> {
        let len = self.length(line, start, self.limits.max_bulk)?;
        let rest = &self.bytes[self.pos..];
        if rest.len() < len.saturating_add(2) {
            return Err(Stop::Incomplete);
        }
        if &rest[len..len + 2] != b"\r\n" {
            return Err(error(Malformed::MissingTerminator, self.pos + len));
        }
        self.pos += len + 2;
        Ok(rest[..len].to_vec())
    }

    /// As many values as `line` declares.
    fn items(&mut self, line: &[u8], start: usize, depth: usize) -> Result<Vec<Value>, Stop> {
        let count = self.length(line, start, self.limits.max_elements)?;
        if count > 0 {
            self.nest(start, depth)?;
        }
        let mut items = Vec::new(); // No capacity: the count is only a claim.
        for _ in 0..count {
            items.push(self.value(depth + 1)?);
        }
        Ok(items)
    }

    /// As many pairs of values as `line` declares.
    fn pairs(&mut self, line: &[u8], start: usize, depth: usize) -> Result<Vec<(Value, Value)>, Stop> {
        let count = self.length(line, start, self.limits.max_elements)?;
        if count > 0 {
            self.nest(start, depth)?;
        }
        let mut pairs = Vec::new();
        for _ in 0..count {
            pairs.push((self.value(depth + 1)?, self.value(depth + 1)?));
        }
        Ok(pairs)
    }

    fn nest(&self, start: usize, depth: usize) -> Result<(), Stop> {
        if depth > self.limits.max_depth { Err(error(Malformed::TooDeep, start)) } else { Ok(()) }
    }

    fn length(&self, line: &[u8], start: usize, max: usize) -> Result<usize, Stop> {
        let invalid = |kind: Option<Malformed>| error(kind.unwrap_or(Malformed::InvalidLength), start + 1);
        let length = usize::try_from(number(line).map_err(invalid)?).map_err(|_| invalid(None))?;
        if length <= max { Ok(length) } else { Err(invalid(None)) }
    }
}

fn error(kind: Malformed, at: usize) -> Stop {
    Stop::Error(ValueError { kind, at })
}

/// A decimal as Redis prints it. The error is that it has another form, or none if it is no decimal at all.
fn number(text: &[u8]) -> Result<i64, Option<Malformed>> {
    let number: i64 = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(None)?;
    if number.to_string().as_bytes() == text { Ok(number) } else { Err(Some(Malformed::NonCanonical)) }
}

/// A decimal as Redis prints it: no plus sign, no leading zeros, no minus zero.
pub(super) fn canonical(text: &[u8]) -> Option<i64> {
    number(text).ok()
}

fn unsigned(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text)
}

fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// `[sign]digits[.[digits]][(e|E)[sign]digits]`, `inf`, `-inf` or `nan`.
fn is_double(text: &[u8]) -> bool {
    if matches!(text, b"inf" | b"-inf" | b"nan") {
        return true;
    }
    let mut parts = unsigned(text).splitn(2, |byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = (parts.next().unwrap_or_default(), parts.next());
    let mut parts = mantissa.splitn(2, |byte| *byte == b'.');
    let (whole, fraction) = (parts.next().unwrap_or_default(), parts.next());
    is_digits(whole)
        && fraction.is_none_or(|digits| digits.is_empty() || is_digits(digits))
        && exponent.is_none_or(|digits| is_digits(unsigned(digits)))
}
