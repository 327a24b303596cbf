//! Who answers when a transcript is replayed.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::resp::{Bytes, Limits, Protocol, Value, ValueStream, encode_request};
use crate::serve::{Hub, Served};
use crate::sim::Clock;
use crate::subject::{Address, ClientId};

/// When in-process replays take place, in unix milliseconds: a moment that the recorded commands name must be in the past
/// or the future here as it was there. 2026-09-21.
const REPLAYED_MS: u64 = 1_790_000_000_000;

/// The read size of a server.
const PIECE_BYTES: usize = 16 << 10;

/// How long a live server may think.
const PATIENCE: Duration = Duration::from_secs(20);

/// After this silence a live server has answered all bytes of an exchange.
const SILENCE: Duration = Duration::from_millis(200);

/// Why a peer cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The connection failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// What it sent is not RESP.
    #[error("not a reply: {0}")]
    Garbage(String),
    /// The command waits for something that nobody will do.
    #[error("no reply to `{0}`")]
    Silent(String),
}

/// Someone who answers on one connection at a time.
pub trait Peer {
    /// Opens a new connection in place of the old one.
    fn connect(&mut self) -> Result<(), PeerError>;

    /// Sends a command and waits for its reply.
    fn call(&mut self, argv: &[Bytes]) -> Result<Value, PeerError>;

    /// Sends bytes; gives all that comes back, and whether the peer closed the connection by itself.
    fn exchange(&mut self, input: &[u8]) -> Result<(Bytes, bool), PeerError>;
}

/// A server without sockets, on a simulated clock that moves only while a command waits.
pub struct InProcess {
    hub: Hub,
    clock: Clock,
    client: ClientId,
}

impl InProcess {
    /// A server that lives by the clock that it is given.
    pub fn new(serve: impl FnOnce(Clock) -> Box<dyn Served>) -> Self {
        let clock = Clock::new();
        clock.advance(REPLAYED_MS);
        let now_ms = {
            let clock = clock.clone();
            move || clock.now_ms()
        };
        let mut hub = Hub::new(serve(clock.clone()), Box::new(now_ms));
        let client = hub.open();
        InProcess { hub, clock, client }
    }

    fn take_output(&mut self) -> Bytes {
        let output = self.hub.output(self.client).to_vec();
        self.hub.sent(self.client, output.len());
        output
    }
}

impl Peer for InProcess {
    fn connect(&mut self) -> Result<(), PeerError> {
        self.hub.close(self.client);
        self.client = self.hub.open();
        Ok(())
    }

    fn call(&mut self, argv: &[Bytes]) -> Result<Value, PeerError> {
        let mut request = Bytes::new();
        encode_request(argv, &mut request);
        self.hub.receive(self.client, &request);
        let mut replies = ValueStream::new(Protocol::Resp3, Limits::REDIS);
        loop {
            replies.feed(&self.take_output());
            if let Some(value) = next_value(&mut replies)? {
                return Ok(value);
            }
            let silent = || PeerError::Silent(crate::subject::display_argv(argv));
            let wait_ms = self.hub.wait_ms().ok_or_else(silent)?;
            self.clock.advance(self.clock.now_ms().saturating_add(wait_ms));
            self.hub.advance();
        }
    }

    fn exchange(&mut self, input: &[u8]) -> Result<(Bytes, bool), PeerError> {
        let mut output = Bytes::new();
        for piece in input.chunks(PIECE_BYTES) {
            self.hub.receive(self.client, piece);
            output.extend(self.take_output());
        }
        Ok((output, self.hub.is_closing(self.client)))
    }
}

/// A server that listens.
pub struct Live {
    address: Address,
    socket: Socket,
    replies: ValueStream,
}

enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Live {
    /// Connects.
    pub fn connect(address: Address) -> io::Result<Self> {
        let socket = Socket::connect(&address)?;
        Ok(Live { address, socket, replies: ValueStream::new(Protocol::Resp3, Limits::REDIS) })
    }

    /// Reads once. `None` if there was nothing in time, nothing at all at the end.
    fn read(&mut self, patience: Duration) -> Result<Option<Bytes>, PeerError> {
        let mut buffer = vec![0; PIECE_BYTES];
        match self.socket.read(&mut buffer, patience) {
            // A signal ends a read that has a time limit.
            Err(error) if error.kind() == ErrorKind::Interrupted => self.read(patience),
            Ok(len) => {
                buffer.truncate(len);
                Ok(Some(buffer))
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(None),
            // A server that closes with unread input.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(Some(Bytes::new())),
            Err(error) => Err(error.into()),
        }
    }
}

impl Peer for Live {
    fn connect(&mut self) -> Result<(), PeerError> {
        self.socket = Socket::connect(&self.address)?;
        self.replies = ValueStream::new(Protocol::Resp3, Limits::REDIS);
        Ok(())
    }

    fn call(&mut self, argv: &[Bytes]) -> Result<Value, PeerError> {
        let mut request = Bytes::new();
        encode_request(argv, &mut request);
        self.socket.write_all(&request)?;
        loop {
            if let Some(value) = next_value(&mut self.replies)? {
                return Ok(value);
            }
            match self.read(PATIENCE)? {
                Some(bytes) if bytes.is_empty() => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
                Some(bytes) => self.replies.feed(&bytes),
                None => return Err(PeerError::Silent(crate::subject::display_argv(argv))),
            }
        }
    }

    fn exchange(&mut self, input: &[u8]) -> Result<(Bytes, bool), PeerError> {
        match self.socket.write_all(input) {
            // It has closed before it read all.
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {}
            other => other?,
        }
        let mut output = Bytes::new();
        let closed = loop {
            match self.read(SILENCE)? {
                Some(bytes) if bytes.is_empty() => break true,
                Some(bytes) => output.extend(bytes),
                None => break false,
            }
        };
        if !closed {
            self.socket.end_input()?;
            while let Some(bytes) = self.read(PATIENCE)?.filter(|bytes| !bytes.is_empty()) {
                output.extend(bytes);
            }
        }
        Ok((output, closed))
    }
}

fn next_value(replies: &mut ValueStream) -> Result<Option<Value>, PeerError> {
    replies.next().map_err(|error| PeerError::Garbage(error.to_string()))
}

impl Socket {
    fn connect(address: &Address) -> io::Result<Socket> {
        match address {
            Address::Tcp(host, port) => TcpStream::connect((host.as_str(), *port)).map(Socket::Tcp),
            Address::Unix(path) => UnixStream::connect(path).map(Socket::Unix),
        }
    }

    fn read(&mut self, buffer: &mut [u8], patience: Duration) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => {
                stream.set_read_timeout(Some(patience))?;
                stream.read(buffer)
            }
            Socket::Unix(stream) => {
                stream.set_read_timeout(Some(patience))?;
                stream.read(buffer)
            }
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.write_all(bytes),
            Socket::Unix(stream) => stream.write_all(bytes),
        }
    }

    fn end_input(&mut self) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Socket::Unix(stream) => stream.shutdown(Shutdown::Write),
        }
    }
}
