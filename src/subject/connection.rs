//! One client connection to a server: requests out, replies in.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::{Address, SubjectError};
use crate::resp::{Bytes, Decoded, Limits, Protocol, Value, decode_value, encode_request};

/// How long a reply that is certainly owed may take. Only an error is ever concluded from it.
const LIMIT: Duration = Duration::from_secs(10);

/// What servers send: pushes may stand inside the array of an EXEC.
const LIMITS: Limits = Limits { nested_pushes: true, ..Limits::REDIS };

/// How much room a read offers: nearly every reply comes in one.
const READ_BYTES: usize = 64 << 10;

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A connection with its receive buffer.
pub(super) struct Connection {
    stream: Stream,
    /// RESP2 until the client asks for RESP3 (`HELLO 3`).
    protocol: Protocol,
    /// Bytes received and not yet decoded are `buffer[start..end]`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The request being written, kept for its capacity.
    request: Vec<u8>,
    failed: bool,
}

impl Connection {
    /// Connects, for at most [`LIMIT`] per address that the host has.
    pub(super) fn open(address: &Address) -> io::Result<Self> {
        let stream = match address {
            Address::Tcp(host, port) => Stream::Tcp(open_tcp(host, *port)?),
            Address::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(LIMIT))?;
                stream.set_write_timeout(Some(LIMIT))?;
                Stream::Unix(stream)
            }
        };
        let (protocol, buffer, request) = (Protocol::Resp2, Vec::new(), Vec::new());
        Ok(Connection { stream, protocol, buffer, start: 0, end: 0, request, failed: false })
    }

    /// Sends requests with one write.
    pub(super) fn send<'a>(&mut self, requests: impl IntoIterator<Item = &'a [Bytes]>) -> Result<(), SubjectError> {
        self.request.clear();
        for argv in requests {
            encode_request(argv, &mut self.request);
            if matches!(argv, [name, version, ..] if name.eq_ignore_ascii_case(b"HELLO") && version == b"3") {
                self.protocol = Protocol::Resp3; // A superset: a HELLO that fails costs only some strictness.
            }
        }
        match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(&self.request),
            Stream::Unix(stream) => stream.write_all(&self.request),
        }
        .map_err(|error| self.failed(error))
    }

    /// Waits for the next reply.
    pub(super) fn receive(&mut self) -> Result<Value, SubjectError> {
        loop {
            if let Some(value) = self.buffered()? {
                return Ok(value);
            }
            self.fill().map_err(|error| self.failed(error))?;
        }
    }

    /// The next reply if it has arrived.
    pub(super) fn try_receive(&mut self) -> Result<Option<Value>, SubjectError> {
        loop {
            if let Some(value) = self.buffered()? {
                return Ok(Some(value));
            }
            self.set_nonblocking(true).map_err(|error| self.failed(error))?;
            let filled = self.fill();
            self.set_nonblocking(false).map_err(|error| self.failed(error))?;
            match filled {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    /// How many bytes have been received and not yet decoded.
    pub(super) fn undecoded(&self) -> usize {
        self.end - self.start
    }

    /// The next reply if it is in the buffer already; asks nothing of the network.
    pub(super) fn buffered(&mut self) -> Result<Option<Value>, SubjectError> {
        if self.start == self.end {
            return Ok(None);
        }
        let received = &self.buffer[self.start..self.end];
        match decode_value(received, self.protocol, &LIMITS) {
            Decoded::Complete { value, consumed } => {
                self.start += consumed;
                Ok(Some(value))
            }
            Decoded::Incomplete => Ok(None),
            Decoded::Error(error) => {
                self.failed = true;
                let shown = &received[error.at.min(received.len())..];
                let shown = shown[..shown.len().min(40)].escape_ascii();
                Err(SubjectError::Garbage(format!("{error}: \"{shown}\"")))
            }
        }
    }

    /// Whether an error occurred: replies and requests may be out of step from there on.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Reads once into the buffer. End of file is an error.
    fn fill(&mut self) -> io::Result<()> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.start > 0 && self.buffer.len() - self.end < READ_BYTES {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.buffer.len() - self.end < READ_BYTES {
            // Doubling keeps the cost of a reply of many reads linear.
            self.buffer.resize((self.end + READ_BYTES).max(self.buffer.len() * 2), 0);
        }
        let room = &mut self.buffer[self.end..];
        let len = loop {
            let read = match &mut self.stream {
                Stream::Tcp(stream) => stream.read(room),
                Stream::Unix(stream) => stream.read(room),
            };
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += len;
        if len == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        match &self.stream {
            Stream::Tcp(stream) => stream.set_nonblocking(on),
            Stream::Unix(stream) => stream.set_nonblocking(on),
        }
    }

    fn failed(&mut self, error: io::Error) -> SubjectError {
        self.failed = true;
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                SubjectError::TimedOut(format!("nothing within {} s", LIMIT.as_secs()))
            }
            ErrorKind::UnexpectedEof if self.start < self.end => {
                SubjectError::ConnectionLost("closed by the server in the middle of a reply".to_owned())
            }
            ErrorKind::UnexpectedEof => SubjectError::ConnectionLost("closed by the server".to_owned()),
            _ => SubjectError::ConnectionLost(error.to_string()),
        }
    }
}

fn open_tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, LIMIT) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(LIMIT))?;
                stream.set_write_timeout(Some(LIMIT))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
