//! The strict reference decoder for requests: what clients send, read as Redis 7.0 reads it.
//!
//! The rules are those of `processInlineBuffer` and `processMultibulkBuffer`, oddities included: the two bytes after
//! a bulk are skipped unseen, a line's CR may be followed by any byte, a NUL hides the end of a line, `*0` and `*-1`
//! ask for nothing. One thing is tightened: Redis measures a line when a read (16 KiB) has ended without its end in
//! sight, so the exact length at which it is too big depends on how the bytes came in; here it never does.

use super::decode::{Decoded, Limits, canonical};
use super::{Bytes, Value};

/// The arguments of a request. Empty if it asks for nothing (`*0`, a blank line): then there is no reply.
pub type Request = Vec<Bytes>;

/// Why bytes are not a request. Its text is what Redis answers (after `ERR`) before it closes the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// `*` without a canonical decimal up to 2^31-1.
    #[error("Protocol error: invalid multibulk length")]
    InvalidMultibulkLength,
    /// `$` without a canonical decimal, a negative one, or one beyond the limit.
    #[error("Protocol error: invalid bulk length")]
    InvalidBulkLength,
    /// An argument that starts with something else than `$`.
    #[error("Protocol error: expected '$', got '{}'", char::from(*.0))]
    ExpectedBulk(u8),
    /// An inline request with a quote that is not closed, or closed inside a word.
    #[error("Protocol error: unbalanced quotes in request")]
    UnbalancedQuotes,
    /// An inline request longer than the limit.
    #[error("Protocol error: too big inline request")]
    TooBigInline,
    /// A line with the number of arguments longer than the limit.
    #[error("Protocol error: too big mbulk count string")]
    TooBigMultibulkCount,
    /// A line with the length of an argument longer than the limit.
    #[error("Protocol error: too big bulk count string")]
    TooBigBulkCount,
}

impl RequestError {
    /// All kinds; the byte of [`RequestError::ExpectedBulk`] is an example.
    pub const ALL: [RequestError; 7] = [
        RequestError::InvalidMultibulkLength,
        RequestError::InvalidBulkLength,
        RequestError::ExpectedBulk(b'?'),
        RequestError::UnbalancedQuotes,
        RequestError::TooBigInline,
        RequestError::TooBigMultibulkCount,
        RequestError::TooBigBulkCount,
    ];

    /// Its name in fingerprints.
    pub fn name(self) -> &'static str {
        match self {
            RequestError::InvalidMultibulkLength => "invalid-multibulk-length",
            RequestError::InvalidBulkLength => "invalid-bulk-length",
            RequestError::ExpectedBulk(_) => "expected-bulk",
            RequestError::UnbalancedQuotes => "unbalanced-quotes",
            RequestError::TooBigInline => "too-big-inline",
            RequestError::TooBigMultibulkCount => "too-big-multibulk-count",
            RequestError::TooBigBulkCount => "too-big-bulk-count",
        }
    }

    /// The bytes of the error line, code word included, without `-` and CRLF. Redis quotes the offending byte as it
    /// is (CR and LF as a space), so this need not be text.
    pub fn line(self) -> Bytes {
        match self {
            RequestError::ExpectedBulk(byte) => {
                let shown = if matches!(byte, b'\r' | b'\n') { b' ' } else { byte };
                [b"ERR Protocol error: expected '$', got '".as_slice(), &[shown], b"'"].concat()
            }
            other => format!("ERR {other}").into_bytes(),
        }
    }

    /// The reply that Redis sends before it closes the connection.
    pub fn reply(self) -> Value {
        Value::Error(self.line())
    }
}

/// Decodes the request at the front of `bytes`.
///
/// Memory grows with the bytes that are there, never with a length that they declare.
pub fn decode_request(bytes: &[u8], limits: &Limits) -> Decoded<Request, RequestError> {
    let read = match bytes.first() {
        None => Err(Stop::Incomplete),
        Some(b'*') => multibulk(bytes, limits),
        Some(_) => inline(bytes, limits),
    };
    match read {
        Ok((value, consumed)) => Decoded::Complete { value, consumed },
        Err(Stop::Incomplete) => Decoded::Incomplete,
        Err(Stop::Error(error)) => Decoded::Error(error),
    }
}

enum Stop {
    Incomplete,
    Error(RequestError),
}

/// `*2`, then for each argument `$4`, the bytes, and two bytes that nobody looks at.
fn multibulk(bytes: &[u8], limits: &Limits) -> Result<(Request, usize), Stop> {
    let line = count_line(bytes, limits, RequestError::TooBigMultibulkCount)?;
    let most = i64::try_from(limits.max_elements).unwrap_or(i64::MAX);
    let count = match canonical(&line[1..]) {
        Some(count) if count <= most => count,
        _ => return Err(Stop::Error(RequestError::InvalidMultibulkLength)),
    };
    let mut pos = line.len() + 2;
    let mut argv = Vec::new(); // No capacity: the count is only a claim.
    for _ in 0..count {
        let line = count_line(&bytes[pos..], limits, RequestError::TooBigBulkCount)?;
        match line.first() {
            Some(b'$') => {}
            // An empty line: what Redis sees there is the CR itself.
            other => return Err(Stop::Error(RequestError::ExpectedBulk(*other.unwrap_or(&b'\r')))),
        }
        let len = match canonical(&line[1..]).map(usize::try_from) {
            Some(Ok(len)) if len <= limits.max_bulk => len,
            _ => return Err(Stop::Error(RequestError::InvalidBulkLength)),
        };
        pos += line.len() + 2;
        let rest = &bytes[pos..];
        if rest.len() < len.saturating_add(2) {
            return Err(Stop::Incomplete);
        }
        argv.push(rest[..len].to_vec());
        pos += len + 2;
    }
    Ok((argv, pos))
}

/// A line up to its CR; one more byte, whatever it is, must be there.
fn count_line<'a>(bytes: &'a [u8], limits: &Limits, too_big: RequestError) -> Result<&'a [u8], Stop> {
    let end = line_end(bytes, b'\r', limits, too_big)?;
    if end + 1 < bytes.len() { Ok(&bytes[..end]) } else { Err(Stop::Incomplete) }
}

/// A line up to LF, with or without a CR before it, split into words.
fn inline(bytes: &[u8], limits: &Limits) -> Result<(Request, usize), Stop> {
    let end = line_end(bytes, b'\n', limits, RequestError::TooBigInline)?;
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    let argv = split_args(line).ok_or(Stop::Error(RequestError::UnbalancedQuotes))?;
    Ok((argv, end + 1))
}

/// Where a line ends.
fn line_end(bytes: &[u8], mark: u8, limits: &Limits, too_big: RequestError) -> Result<usize, Stop> {
    let hides = |byte: u8| limits.nul_hides_line_end && byte == 0;
    let end = bytes.iter().position(|byte| *byte == mark || hides(*byte)).filter(|at| bytes[*at] == mark);
    if end.unwrap_or(bytes.len()) > limits.max_inline {
        return Err(Stop::Error(too_big));
    }
    end.ok_or(Stop::Incomplete)
}

/// Splits an inline request into words as `sdssplitargs` does; `None` if its quotes are unbalanced.
///
/// Words are separated by white space. In double quotes `\n \r \t \b \a` and `\xHH` are escapes and any other
/// escaped byte stands for itself; in single quotes only `\'` is one. A closing quote must end the word; an opening
/// one may stand inside it.
pub fn split_args(line: &[u8]) -> Option<Request> {
    // As in C, the line ends at a NUL, and reading past its end gives NUL.
    let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let at = |i: usize| line.get(i).copied().unwrap_or(0);
    let mut words = Vec::new();
    let mut i = 0;
    loop {
        while is_space(at(i)) {
            i += 1;
        }
        if i >= line.len() {
            return Some(words);
        }
        let mut word = Vec::new();
        loop {
            match at(i) {
                0 | b' ' | b'\n' | b'\r' | b'\t' => break,
                quote @ (b'"' | b'\'') => {
                    i = quoted(&at, i + 1, quote, &mut word)?;
                    break;
                }
                byte => word.push(byte),
            }
            i += 1;
        }
        words.push(word);
    }
}

/// Reads up to and including the closing quote; gives the index after it.
fn quoted(at: &impl Fn(usize) -> u8, mut i: usize, quote: u8, word: &mut Bytes) -> Option<usize> {
    loop {
        match (at(i), at(i + 1)) {
            (0, _) => return None,
            (byte, next) if byte == quote => return (next == 0 || is_space(next)).then_some(i + 1),
            (b'\\', b'\'') if quote == b'\'' => {
                word.push(b'\'');
                i += 2;
            }
            (b'\\', b'x') if quote == b'"' && at(i + 2).is_ascii_hexdigit() && at(i + 3).is_ascii_hexdigit() => {
                word.push(hex(at(i + 2)) * 16 + hex(at(i + 3)));
                i += 4;
            }
            (b'\\', next) if quote == b'"' && next != 0 => {
                word.push(match next {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => other,
                });
                i += 2;
            }
            (byte, _) => {
                word.push(byte);
                i += 1;
            }
        }
    }
}

/// `isspace` of the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// The value of a hexadecimal digit.
fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}
