//! Connections without sockets: bytes in, bytes out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Replies, Served};
use crate::resp::{Request, Value, encode};
use crate::subject::ClientId;
use crate::subject::codec::{Decoder, Item};

/// A client that doesn't read gets no more than this: its requests wait until it does.
const OUTPUT_BYTES_MAX: usize = 16 << 20;

/// A client that doesn't read what others make the server send to it is disconnected.
const PUSHED_BYTES_MAX: usize = 2 * OUTPUT_BYTES_MAX;

/// What a client that waits may send ahead.
const AHEAD_BYTES_MAX: usize = 1 << 20;

/// The connections of a server, and what executes their requests.
pub struct Hub {
    served: Box<dyn Served>,
    now_ms: Box<dyn Fn() -> u64>,
    connections: BTreeMap<ClientId, Connection>,
    opened: u64,
    /// Clients with new output.
    stirred: BTreeSet<ClientId>,
}

struct Connection {
    decoder: Box<dyn Decoder>,
    output: Vec<u8>,
    /// Bytes of the output that the client has.
    sent: usize,
    /// Bytes that came while no request could be executed.
    ahead_bytes: usize,
    /// When the output is sent, the connection ends.
    closing: bool,
}

impl Connection {
    fn unsent_bytes(&self) -> usize {
        self.output.len() - self.sent
    }

    fn is_stuffed(&self) -> bool {
        self.unsent_bytes() > OUTPUT_BYTES_MAX
    }

    fn send(&mut self, bytes: &[u8]) {
        if self.sent == self.output.len() {
            self.output.clear();
            self.sent = 0;
        }
        self.output.extend_from_slice(bytes);
    }
}

impl Hub {
    /// A server without connections, and the clock by which it lives.
    pub fn new(served: Box<dyn Served>, now_ms: Box<dyn Fn() -> u64>) -> Self {
        Hub { served, now_ms, connections: BTreeMap::new(), opened: 0, stirred: BTreeSet::new() }
    }

    /// A new connection.
    pub fn open(&mut self) -> ClientId {
        self.opened += 1;
        let (client, decoder) = (ClientId(self.opened), self.served.decoder());
        let connection = Connection { decoder, output: Vec::new(), sent: 0, ahead_bytes: 0, closing: false };
        self.connections.insert(client, connection);
        client
    }

    /// Ends a connection.
    pub fn close(&mut self, client: ClientId) {
        if self.connections.remove(&client).is_some() {
            self.served.disconnect(client);
        }
    }

    /// Bytes came; the requests that they complete are executed.
    pub fn receive(&mut self, client: ClientId, bytes: &[u8]) {
        let blocked = self.served.is_blocked(client);
        let Some(connection) = self.connections.get_mut(&client) else { return };
        connection.decoder.feed(bytes);
        let waits = blocked || connection.is_stuffed();
        connection.ahead_bytes = if waits { connection.ahead_bytes + bytes.len() } else { 0 };
        self.run([client].into());
    }

    /// Whether the server should read from the client.
    pub fn wants_input(&self, client: ClientId) -> bool {
        self.connections.get(&client).is_some_and(|connection| {
            let waits = connection.is_stuffed() || self.served.is_blocked(client);
            !connection.closing && !(waits && connection.ahead_bytes > AHEAD_BYTES_MAX)
        })
    }

    /// What the client must get next.
    pub fn output(&self, client: ClientId) -> &[u8] {
        self.connections.get(&client).map_or(&[], |connection| &connection.output[connection.sent..])
    }

    /// The client has got so many bytes of its output.
    pub fn sent(&mut self, client: ClientId, bytes: usize) {
        let Some(connection) = self.connections.get_mut(&client) else { return };
        let was_stuffed = connection.is_stuffed();
        connection.sent = (connection.sent + bytes).min(connection.output.len());
        if connection.unsent_bytes() == 0 {
            // A large buffer is not kept for small replies.
            (connection.output, connection.sent) = (Vec::new(), 0);
        } else if connection.sent > OUTPUT_BYTES_MAX {
            connection.output.drain(..connection.sent);
            connection.sent = 0;
        }
        if was_stuffed && !connection.is_stuffed() {
            self.run([client].into());
        }
    }

    /// Whether the connection ends as soon as its output is sent, or has none.
    pub fn is_closing(&self, client: ClientId) -> bool {
        self.connections.get(&client).is_none_or(|connection| connection.closing)
    }

    /// Time has moved.
    pub fn advance(&mut self) {
        let mut replies = Replies::new();
        self.served.advance((self.now_ms)(), &mut replies);
        let woken = self.deliver(replies, None);
        self.run(woken);
    }

    /// Milliseconds until [`advance`](Hub::advance) is due at the latest.
    pub fn wait_ms(&self) -> Option<u64> {
        self.served.next_deadline_ms().map(|at| at.saturating_sub((self.now_ms)()))
    }

    /// The clients that got output since the last call.
    pub fn take_stirred(&mut self) -> BTreeSet<ClientId> {
        std::mem::take(&mut self.stirred)
    }

    /// Executes what these clients have sent, then what those have sent whom that has woken, and so on.
    fn run(&mut self, mut runnable: VecDeque<ClientId>) {
        while let Some(client) = runnable.pop_front() {
            while let Some(request) = self.next_request(client) {
                runnable.extend(self.execute(client, &request));
            }
        }
    }

    /// The client's next request, if it may be executed now.
    fn next_request(&mut self, client: ClientId) -> Option<Request> {
        if self.served.is_blocked(client) {
            return None;
        }
        let connection = self.connections.get_mut(&client)?;
        if connection.closing || connection.is_stuffed() {
            return None;
        }
        loop {
            match connection.decoder.next() {
                Ok(Some(Item::Request(request))) if request.is_empty() => {}
                Ok(Some(Item::Request(request))) => return Some(request),
                Ok(_) => return None,
                Err(line) => {
                    self.farewell(client, &Value::Error(line));
                    return None;
                }
            }
        }
    }

    /// Executes one request; gives the other clients that got replies.
    fn execute(&mut self, client: ClientId, argv: &Request) -> VecDeque<ClientId> {
        if argv[0].eq_ignore_ascii_case(b"QUIT") {
            self.farewell(client, &Value::ok());
            return VecDeque::new();
        }
        let mut replies = Replies::new();
        self.served.advance((self.now_ms)(), &mut replies);
        self.served.execute(client, argv, &mut replies);
        self.deliver(replies, Some(client))
    }

    /// A last reply.
    fn farewell(&mut self, client: ClientId, reply: &Value) {
        let Some(connection) = self.connections.get_mut(&client) else { return };
        let mut bytes = Vec::new();
        encode(reply, &mut bytes);
        connection.send(&bytes);
        connection.closing = true;
        self.stirred.insert(client);
    }

    /// Puts replies into the outputs; gives the clients other than the one that caused them.
    fn deliver(&mut self, replies: Replies, cause: Option<ClientId>) -> VecDeque<ClientId> {
        let mut woken = VecDeque::new();
        for (client, bytes) in replies {
            let Some(connection) = self.connections.get_mut(&client) else { continue };
            let pushed = cause != Some(client);
            connection.send(&bytes);
            self.stirred.insert(client);
            if pushed && connection.unsent_bytes() > PUSHED_BYTES_MAX {
                (connection.output, connection.sent, connection.closing) = (Vec::new(), 0, true);
            } else if pushed && woken.back() != Some(&client) {
                woken.push_back(client);
            }
        }
        woken
    }
}
