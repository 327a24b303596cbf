//! Requests as a server reads them: piece by piece, each byte once.
//!
//! The rules are those of [`decode_request`](super::decode_request), with Redis' own idea of a line that is too long:
//! it is measured when a read has ended without its end in sight, so that a longer one may pass if its end came with it.

use super::Bytes;
use super::decode::{Limits, canonical};
use super::request::{Request, RequestError, split_args};

/// A buffer that is empty gives its memory back if it is larger than this.
const KEPT_BYTES: usize = 64 << 10;

/// What a connection has sent and nobody has executed yet.
#[derive(Debug)]
pub struct RequestReader {
    limits: Limits,
    bytes: Vec<u8>,
    start: usize,
    pending: Option<Multibulk>,
    failed: Option<RequestError>,
}

/// A request of which something is missing.
#[derive(Debug)]
struct Multibulk {
    missing: usize,
    /// The length of the argument that comes next, if its line has been read.
    len: Option<usize>,
    argv: Request,
}

impl RequestReader {
    /// A new connection's.
    pub fn new(limits: Limits) -> Self {
        RequestReader { limits, bytes: Vec::new(), start: 0, pending: None, failed: None }
    }

    /// Takes what one read gave.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        self.bytes.drain(..self.start);
        self.start = 0;
        if self.bytes.is_empty() && self.bytes.capacity() > KEPT_BYTES {
            self.bytes = Vec::new();
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next request that asks for something; `None` if it is not complete yet. After an error there is only that
    /// error.
    #[expect(clippy::should_implement_trait, reason = "None means not yet, unlike an iterator's")]
    pub fn next(&mut self) -> Result<Option<Request>, RequestError> {
        match self.failed {
            Some(error) => Err(error),
            None => self.read().inspect_err(|error| self.failed = Some(*error)),
        }
    }

    fn read(&mut self) -> Result<Option<Request>, RequestError> {
        loop {
            if let Some(pending) = &mut self.pending {
                while pending.missing > 0 {
                    match pending.read_argument(&self.bytes[self.start..], &self.limits)? {
                        0 => return Ok(None),
                        used => self.start += used,
                    }
                }
                return Ok(self.pending.take().map(|pending| pending.argv));
            }
            let progress = match self.bytes.get(self.start) {
                None => None,
                Some(b'*') => self.read_count()?.map(|()| Request::new()),
                Some(_) => self.read_inline()?,
            };
            match progress {
                None => return Ok(None),
                Some(request) if request.is_empty() => {}
                request => return Ok(request),
            }
        }
    }

    /// `*2`: zero and less ask for nothing.
    fn read_count(&mut self) -> Result<Option<()>, RequestError> {
        let rest = &self.bytes[self.start..];
        let Some(line) = count_line(rest, &self.limits, RequestError::TooBigMultibulkCount)? else { return Ok(None) };
        let count = canonical(&line[1..]).map(|count| usize::try_from(count).unwrap_or(0));
        let count = count.filter(|count| *count <= self.limits.max_elements);
        let missing = count.ok_or(RequestError::InvalidMultibulkLength)?;
        self.start += line.len() + 2;
        if missing > 0 {
            self.pending = Some(Multibulk { missing, len: None, argv: Vec::new() });
        }
        Ok(Some(()))
    }

    fn read_inline(&mut self) -> Result<Option<Request>, RequestError> {
        let rest = &self.bytes[self.start..];
        let Some(end) = line_end(rest, b'\n', &self.limits, RequestError::TooBigInline)? else { return Ok(None) };
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        let argv = split_args(line).ok_or(RequestError::UnbalancedQuotes)?;
        self.start += end + 1;
        Ok(Some(argv))
    }
}

impl Multibulk {
    /// Reads the length or the bytes of the next argument; says how many bytes that took, 0 if they are not all there.
    fn read_argument(&mut self, rest: &[u8], limits: &Limits) -> Result<usize, RequestError> {
        let Some(len) = self.len else {
            let Some(line) = count_line(rest, limits, RequestError::TooBigBulkCount)? else { return Ok(0) };
            // In an empty line the server sees the CR that ends it.
            let first = line.first().copied().unwrap_or(b'\r');
            if first != b'$' {
                return Err(RequestError::ExpectedBulk(first));
            }
            let len = canonical(&line[1..]).and_then(|len| usize::try_from(len).ok());
            self.len = Some(len.filter(|len| *len <= limits.max_bulk).ok_or(RequestError::InvalidBulkLength)?);
            return Ok(line.len() + 2);
        };
        // Two bytes behind the argument are skipped, whatever they are.
        if rest.len() < len.saturating_add(2) {
            return Ok(0);
        }
        self.argv.push(Bytes::from(&rest[..len]));
        self.missing -= 1;
        self.len = None;
        Ok(len + 2)
    }
}

/// A line up to its CR, if that and one more byte, whatever it is, are there.
fn count_line<'a>(bytes: &'a [u8], limits: &Limits, too_big: RequestError) -> Result<Option<&'a [u8]>, RequestError> {
    let end = line_end(bytes, b'\r', limits, too_big)?;
    Ok(end.filter(|end| end + 1 < bytes.len()).map(|end| &bytes[..end]))
}

/// Where a line ends, if that has come; a NUL may hide it.
fn line_end(bytes: &[u8], mark: u8, limits: &Limits, too_big: RequestError) -> Result<Option<usize>, RequestError> {
    let hides = |byte: u8| limits.nul_hides_line_end && byte == 0;
    let end = bytes.iter().position(|byte| *byte == mark || hides(*byte)).filter(|at| bytes[*at] == mark);
    if end.is_none() && bytes.len() > limits.max_inline { Err(too_big) } else { Ok(end) }
}

#[cfg(test)]
mod tests {
    use super::super::{Decoded, decode_request};
    use super::*;

    /// What comes of bytes that arrive in pieces of this size.
    fn read(bytes: &[u8], piece: usize) -> (Vec<Request>, Option<RequestError>) {
        let mut reader = RequestReader::new(Limits::REDIS);
        let mut requests = Vec::new();
        for bytes in bytes.chunks(piece) {
            reader.feed(bytes);
            loop {
                match reader.next() {
                    Ok(Some(request)) => requests.push(request),
                    Ok(None) => break,
                    Err(error) => return (requests, Some(error)),
                }
            }
        }
        (requests, None)
    }

    fn decoded(mut bytes: &[u8]) -> (Vec<Request>, Option<RequestError>) {
        let mut requests = Vec::new();
        loop {
            match decode_request(bytes, &Limits::REDIS) {
                Decoded::Complete { value, consumed } => {
                    bytes = &bytes[consumed..];
                    requests.extend((!value.is_empty()).then_some(value));
                }
                Decoded::Incomplete => return (requests, None),
                Decoded::Error(error) => return (requests, Some(error)),
            }
        }
    }

    #[test]
    fn reads_what_the_reference_decodes_however_it_is_cut() {
        for bytes in [
            &b"*2\r\n$4\r\nECHO\r\n$3\r\na\0b\r\nPING\r\n*0\r\n*-1\r\n\r\n*1\r\n$4\r\nPINGxx"[..],
            b"SET a 'x y'\r\n*1x$4y\rPING\r\n",
            b"*2\r\n$4\r\nECHO\r\n+1\r\n",
            b"*1\r\n\r\n",
            b"*01\r\n",
            b"*1\r\n$-1\r\n",
            b"PING\r\nECHO \"a\r\nPING\r\n",
            b"PI\0NG\r\nPING\r\n",
            b"*2\r\n$536870912\r\nPING\r\n",
            b"*2\r\n$536870913\r\nPING\r\n",
        ] {
            let wanted = decoded(bytes);
            for piece in [1, 2, 7, 1000] {
                assert_eq!(read(bytes, piece), wanted, "{} in pieces of {piece}", bytes.escape_ascii());
            }
        }
    }

    #[test]
    fn a_line_is_measured_when_a_read_has_ended_without_its_end() {
        let line = |len: usize| [b"PING ".as_slice(), &vec![b'x'; len], b"\r\n"].concat();
        assert_eq!(read(&line(70_000), 16 << 10).0.len(), 1);
        assert_eq!(read(&line(90_000), 16 << 10), (vec![], Some(RequestError::TooBigInline)));
        assert_eq!(read(&[b'*'; 70_000], 16 << 10), (vec![], Some(RequestError::TooBigMultibulkCount)));
    }
}
