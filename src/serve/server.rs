//! The event loop: sockets on one side, the [`Hub`] on the other.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mio::{Events, Interest, Poll, Token};

use super::Hub;
pub use super::socket::Place;
use super::socket::{Listener, Stream};
use crate::subject::ClientId;

/// One read, as Redis does it: a line that is too long is noticed after such a piece.
const READ_BYTES: usize = 16 << 10;

/// What one client gets before it is the others' turn.
const WRITE_BYTES: usize = 256 << 10;

/// Redis' `maxclients`.
const CLIENTS_MAX: usize = 10_000;

/// The loop looks up at least so often: for a signal that came just before it fell asleep, and for clients that could
/// not be accepted.
const NAP_MS: u64 = 100;

/// The listener's; clients have their own numbers, from 1.
const LISTENER: Token = Token(0);

/// Why a server cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {place}: {error}")]
pub struct ListenError {
    place: Place,
    error: io::Error,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Tcp(address) => address.fmt(f),
            Place::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A server that listens.
pub struct Server {
    poll: Poll,
    listener: Listener,
    hub: Hub,
    clients: BTreeMap<ClientId, Client>,
    /// Clients for which something can be done without waiting, first come first.
    ready: Vec<ClientId>,
    ending: Arc<AtomicBool>,
}

struct Client {
    stream: Stream,
    /// The socket may have bytes; `false` after it had none.
    readable: bool,
    /// The socket may take bytes; `false` after it took none.
    writable: bool,
    /// The client will send no more.
    hung_up: bool,
    /// It is among those for which something can be done.
    ready: bool,
}

impl Server {
    /// Listens; clients are served by [`run`](Server::run).
    pub fn listen(place: &Place, hub: Hub) -> Result<Server, ListenError> {
        let listen = || {
            let (poll, mut listener) = (Poll::new()?, Listener::bind(place)?);
            poll.registry().register(listener.source(), LISTENER, Interest::READABLE)?;
            Ok((poll, listener))
        };
        let (poll, listener) = listen().map_err(|error| ListenError { place: place.clone(), error })?;
        let ending = Arc::new(AtomicBool::new(false));
        Ok(Server { poll, listener, hub, clients: BTreeMap::new(), ready: Vec::new(), ending })
    }

    /// Where the server listens, with the port that it got.
    pub fn place(&self) -> io::Result<Place> {
        self.listener.place()
    }

    /// Setting this ends [`run`](Server::run) soon.
    pub fn ending(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.ending)
    }

    /// An orderly end, when [`run`](Server::run) has come to one.
    pub fn close(&mut self) -> Result<(), String> {
        self.hub.shut_down()
    }

    /// Serves clients until it is told to end.
    pub fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        while !self.ending.load(Ordering::Relaxed) {
            let wait_ms = if self.ready.is_empty() { self.hub.wait_ms().unwrap_or(NAP_MS).min(NAP_MS) } else { 0 };
            match self.poll.poll(&mut events, Some(Duration::from_millis(wait_ms))) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            }
            // Whoever wrote first is read first: so goes the order of the events, and what is left of the last round follows.
            let left = self.take_ready();
            for event in events.iter().filter(|event| event.token() != LISTENER) {
                let id = ClientId(event.token().0 as u64);
                let Some(client) = self.clients.get_mut(&id) else { continue };
                client.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
                client.writable |= event.is_writable() || event.is_write_closed();
                self.make_ready([id]);
            }
            self.make_ready(left);
            self.accept()?;
            self.hub.advance();
            self.stir();
            self.take_turns();
        }
        Ok(())
    }

    fn make_ready(&mut self, ids: impl IntoIterator<Item = ClientId>) {
        for id in ids {
            if let Some(client) = self.clients.get_mut(&id).filter(|client| !client.ready) {
                client.ready = true;
                self.ready.push(id);
            }
        }
    }

    fn take_ready(&mut self) -> Vec<ClientId> {
        let ready = std::mem::take(&mut self.ready);
        for id in &ready {
            if let Some(client) = self.clients.get_mut(id) {
                client.ready = false;
            }
        }
        ready
    }

    /// Those with new output are ready.
    fn stir(&mut self) {
        let stirred = self.hub.take_stirred();
        self.make_ready(stirred);
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok(stream) => stream,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // Nobody is there, has given up, or can be served for want of file descriptors: later, perhaps.
                Err(_) => return Ok(()),
            };
            if self.clients.len() >= CLIENTS_MAX {
                drop(stream.write(b"-ERR max number of clients reached\r\n")); // It may have gone.
                continue;
            }
            let id = self.hub.open_from(stream.peer());
            let token = Token(usize::try_from(id.0).map_err(io::Error::other)?);
            self.poll.registry().register(stream.source(), token, Interest::READABLE | Interest::WRITABLE)?;
            self.clients.insert(id, Client { stream, readable: true, writable: true, hung_up: false, ready: false });
            self.make_ready([id]);
        }
    }

    /// Does for the clients what can be done without waiting, up to a fair share. All that some requests bring about, for
    /// whomever, is written before others are read, as Redis does it: who has an answer may count on that.
    fn take_turns(&mut self) {
        let readers = self.take_ready();
        for id in &readers {
            let Some(client) = self.clients.get_mut(id) else { continue };
            if client.read(*id, &mut self.hub).is_err() {
                self.forget(*id);
            }
        }
        std::thread::sleep(self.hub.take_sleep());
        self.make_ready(readers);
        self.stir();
        for id in self.take_ready() {
            self.write(id);
        }
        self.stir();
    }

    fn write(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let written = client.write(id, &mut self.hub);
        let done = (client.hung_up || self.hub.is_closing(id)) && self.hub.output(id).is_empty();
        if written.is_err() || done {
            self.forget(id);
            return;
        }
        let can_read = client.readable && self.hub.wants_input(id);
        let can_write = client.writable && !self.hub.output(id).is_empty();
        if can_read || can_write {
            self.make_ready([id]);
        }
    }

    fn forget(&mut self, id: ClientId) {
        self.hub.close(id);
        self.clients.remove(&id);
    }
}

impl Client {
    /// Reads once.
    fn read(&mut self, id: ClientId, hub: &mut Hub) -> io::Result<()> {
        if !self.readable || !hub.wants_input(id) {
            return Ok(());
        }
        let mut buffer = [0; READ_BYTES];
        match self.stream.read(&mut buffer) {
            Ok(0) => {
                self.hung_up = true;
                self.readable = false;
            }
            Ok(len) => hub.receive(id, &buffer[..len]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Writes what the socket takes, up to a fair share.
    fn write(&mut self, id: ClientId, hub: &mut Hub) -> io::Result<()> {
        let mut room = WRITE_BYTES;
        while self.writable && room > 0 && !hub.output(id).is_empty() {
            let output = hub.output(id);
            let len = output.len().min(room);
            match self.stream.write(&output[..len]) {
                Ok(written) => {
                    hub.sent(id, written);
                    room -= written;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
