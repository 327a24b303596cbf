//! Requests as Redis' networking code reads them, including what it does not check.

use super::{Buffer, Limits, ProtocolError};
use crate::number::parse_i64;

/// Decodes a client's commands.
#[derive(Clone, Debug)]
pub struct RequestDecoder {
    limits: Limits,
    buffer: Buffer,
    /// The multibulk request under way.
    pending: Option<Pending>,
    failed: Option<ProtocolError>,
}

#[derive(Clone, Debug)]
struct Pending {
    missing: usize,
    /// The declared length of the next argument.
    bulk_len: Option<usize>,
    args: Vec<Vec<u8>>,
}

impl RequestDecoder {
    /// A decoder of a new connection.
    pub fn new(limits: Limits) -> Self {
        Self { limits, buffer: Buffer::default(), pending: None, failed: None }
    }

    /// Takes bytes as they came.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.buffer.feed(bytes);
        }
    }

    /// The next complete command, which has at least one argument. After an error there is nothing but the error.
    #[expect(clippy::should_implement_trait, reason = "an iterator would end where this waits for more bytes")]
    pub fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>, ProtocolError> {
        match self.failed {
            Some(error) => Err(error),
            None => self.decode().inspect_err(|error| self.failed = Some(*error)),
        }
    }

    fn decode(&mut self) -> Result<Option<Vec<Vec<u8>>>, ProtocolError> {
        loop {
            if let Some(pending) = &mut self.pending {
                while pending.missing > 0 {
                    if !pending.read_arg(&mut self.buffer, &self.limits)? {
                        return Ok(None);
                    }
                }
                return Ok(self.pending.take().map(|pending| pending.args));
            }
            match self.buffer.rest().first() {
                None => return Ok(None),
                Some(b'*') => {
                    if !self.start_multibulk()? {
                        return Ok(None);
                    }
                }
                Some(_) => match self.read_inline()? {
                    Some(args) if args.is_empty() => {}
                    other => return Ok(other),
                },
            }
        }
    }

    /// Reads the number of arguments; zero and less is no command. Says whether the line was complete.
    fn start_multibulk(&mut self) -> Result<bool, ProtocolError> {
        let Some(line) = count_line(self.buffer.rest(), self.limits.line_bytes, ProtocolError::MultibulkCountTooBig)?
        else {
            return Ok(false);
        };
        let count = parse_i64(&line[1..]).and_then(|count| i32::try_from(count.max(0)).ok());
        let count = count.ok_or(ProtocolError::MultibulkLength)?;
        let end = line.len() + 2;
        self.buffer.consume(end);
        if count > 0 {
            self.pending = Some(Pending { missing: count as usize, bulk_len: None, args: Vec::new() });
        }
        Ok(true)
    }

    fn read_inline(&mut self) -> Result<Option<Vec<Vec<u8>>>, ProtocolError> {
        let rest = self.buffer.rest();
        let Some(end) = find_before_nul(rest, b'\n', self.limits.line_bytes) else {
            return if rest.len() > self.limits.line_bytes { Err(ProtocolError::InlineTooBig) } else { Ok(None) };
        };
        let line = &rest[..end];
        let args = split_args(line.strip_suffix(b"\r").unwrap_or(line)).ok_or(ProtocolError::UnbalancedQuotes)?;
        self.buffer.consume(end + 1);
        Ok(Some(args))
    }
}

impl Pending {
    /// Reads one argument; says whether it was complete.
    fn read_arg(&mut self, buffer: &mut Buffer, limits: &Limits) -> Result<bool, ProtocolError> {
        let len = match self.bulk_len {
            Some(len) => len,
            None => {
                let Some(line) = count_line(buffer.rest(), limits.line_bytes, ProtocolError::BulkCountTooBig)? else {
                    return Ok(false);
                };
                if line.first() != Some(&b'$') {
                    // An empty line is the CR that ends it.
                    return Err(ProtocolError::ExpectedBulk(line.first().copied().unwrap_or(b'\r')));
                }
                let len = parse_i64(&line[1..]).and_then(|len| usize::try_from(len).ok());
                let len = len.filter(|len| *len <= limits.bulk_bytes).ok_or(ProtocolError::BulkLength)?;
                let end = line.len() + 2;
                buffer.consume(end);
                *self.bulk_len.insert(len)
            }
        };
        let rest = buffer.rest();
        // The server skips two bytes after an argument, whatever they are.
        if rest.len() < len.saturating_add(2) {
            return Ok(false);
        }
        self.args.push(rest[..len].to_vec());
        buffer.consume(len + 2);
        self.bulk_len = None;
        self.missing -= 1;
        Ok(true)
    }
}

/// A line that ends with CR and any byte after it (the server does not look), if it is complete.
fn count_line(bytes: &[u8], limit: usize, too_big: ProtocolError) -> Result<Option<&[u8]>, ProtocolError> {
    match find_before_nul(bytes, b'\r', limit) {
        None if bytes.len() > limit => Err(too_big),
        Some(end) if end + 2 <= bytes.len() => Ok(Some(&bytes[..end])),
        _ => Ok(None),
    }
}

/// The server searches with `strchr`, so a NUL hides everything behind it: the line never ends.
fn find_before_nul(bytes: &[u8], needle: u8, limit: usize) -> Option<usize> {
    let window = &bytes[..bytes.len().min(limit + 1)];
    window.iter().position(|byte| *byte == needle || *byte == 0).filter(|&at| bytes[at] == needle)
}

/// Splits a line into arguments by the rules of `sdssplitargs`; `None` if quotes are unbalanced.
fn split_args(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut args = Vec::new();
    let mut rest = line;
    loop {
        let blanks = rest.iter().take_while(|byte| is_space(**byte)).count();
        rest = &rest[blanks..];
        if rest.is_empty() {
            return Some(args);
        }
        let (arg, after) = split_arg(rest)?;
        args.push(arg);
        rest = after;
    }
}

/// The first argument and what follows. Quotes may start in the middle of a word but must end one.
fn split_arg(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut arg = Vec::new();
    let mut quote = None;
    loop {
        let (byte, used) = match (quote, rest) {
            (None, [] | [b' ' | b'\n' | b'\r' | b'\t', ..]) => return Some((arg, rest)),
            (None, [opening @ (b'"' | b'\''), after @ ..]) => {
                quote = Some(*opening);
                rest = after;
                continue;
            }
            (Some(closing), [byte, after @ ..]) if *byte == closing => {
                let ends_word = after.first().is_none_or(|next| is_space(*next));
                return ends_word.then_some((arg, after));
            }
            (Some(_), []) => return None,
            (Some(b'"'), [b'\\', b'x', high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (hex_digit(*high) << 4 | hex_digit(*low), 4)
            }
            (Some(b'"'), [b'\\', escaped, ..]) => (unescape(*escaped), 2),
            (Some(b'\''), [b'\\', b'\'', ..]) => (b'\'', 2),
            (_, [byte, ..]) => (*byte, 1),
        };
        arg.push(byte);
        rest = &rest[used..];
    }
}

/// C's `isspace`, which knows the vertical tab.
fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

fn unescape(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        other => other,
    }
}

fn hex_digit(digit: u8) -> u8 {
    (digit as char).to_digit(16).map_or(0, |value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All commands of `input` and the error that ends them, which must not depend on how the input is cut.
    fn decode(input: &[u8]) -> (Vec<Vec<Vec<u8>>>, Option<ProtocolError>) {
        let run = |piece: usize| {
            let mut decoder = RequestDecoder::new(Limits { bulk_bytes: 1 << 20, ..Limits::default() });
            let mut commands = Vec::new();
            for bytes in input.chunks(piece) {
                decoder.feed(bytes);
                loop {
                    match decoder.next() {
                        Ok(Some(command)) => commands.push(command),
                        Ok(None) => break,
                        Err(error) => return (commands, Some(error)),
                    }
                }
            }
            (commands, None)
        };
        let whole = run(input.len());
        assert_eq!(run(1), whole);
        whole
    }

    #[test]
    fn takes_what_the_server_does_not_check() {
        let ping = vec![vec![b"PING".to_vec()]];
        for input in [
            &b"*0\r\n*-1\r\n*-5\r\n*1\r\n$4\r\nPING\r\n"[..],
            b"\r\n \n\tPING\n",
            b"*1\rx$4\rxPINGab",
            b"\"PI\\x4eG\"\r\n",
            b"PI'NG'\r\r\n",
            b"PING\r\nfoo\0\n*1\r\n$4\r\nPING\r\n",
        ] {
            assert_eq!(decode(input), (ping.clone(), None), "{}", input.escape_ascii());
        }
        assert_eq!(decode(b"a\x0bb '\\'' \"\\q\\t\" ''\n").0, [[&b"a\x0bb"[..], b"'", b"q\t", b""]]);
        assert_eq!(decode(b"*2147483647\r\n$1048576\r\n"), (vec![], None));
    }

    #[test]
    fn rejects_with_the_servers_words() {
        let long = vec![b'1'; 65_536];
        for (input, text) in [
            (&b"*2147483648\r\n"[..], &b"invalid multibulk length"[..]),
            (b"*01\r\n", b"invalid multibulk length"),
            (b"*1\r\n$-1\r\n", b"invalid bulk length"),
            (b"*1\r\n$1048577\r\n", b"invalid bulk length"),
            (b"*1\r\n\n\r\n", b"expected '$', got ' '"),
            (b"*1\r\n\xff\r\n", b"expected '$', got '\xff'"),
            (b"PING \"a\"b\r\n", b"unbalanced quotes in request"),
            (b"PING 'a\r\n", b"unbalanced quotes in request"),
            (&[b"x", &long[..]].concat(), b"too big inline request"),
            (&[b"*", &long[..]].concat(), b"too big mbulk count string"),
            (&[b"*1\r\n$", &long[..]].concat(), b"too big bulk count string"),
        ] {
            let mut decoder = RequestDecoder::new(Limits { bulk_bytes: 1 << 20, ..Limits::default() });
            decoder.feed(input);
            let reply = decoder.next().map_err(ProtocolError::reply);
            let expected = crate::Reply::Error([b"ERR Protocol error: ", text].concat().into());
            assert_eq!(reply, Err(expected));
            assert!(decoder.next().is_err());
        }
        assert_eq!(decode(&long), (vec![], None));
    }
}
