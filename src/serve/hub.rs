//! Connections without sockets: bytes in, bytes out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use std::time::Duration;

use super::{Peer, Replies, Served};
use crate::resp::{Request, Value, encode};
use crate::subject::ClientId;
use crate::subject::codec::{Decoder, Item};

/// A client that doesn't read gets no more than this: its requests wait until it does.
const OUTPUT_BYTES_MAX: usize = 16 << 20;

/// A client that doesn't read what others make the server send to it is disconnected.
const PUSHED_BYTES_MAX: usize = 2 * OUTPUT_BYTES_MAX;

/// What a client that waits may send ahead.
const AHEAD_BYTES_MAX: usize = 1 << 20;

/// So many requests share one commit at most: until then nobody knows how long their replies are.
const COMMIT_REQUESTS_MAX: usize = 64;

/// The connections of a server, and what executes their requests.
pub struct Hub {
    served: Box<dyn Served>,
    now_ms: Box<dyn Fn() -> u64>,
    connections: BTreeMap<ClientId, Connection>,
    opened: u64,
    /// Clients with new output.
    stirred: BTreeSet<ClientId>,
    /// Who has made the requests since the last commit.
    asking: Vec<ClientId>,
    /// Clients that the last commits have answered: they may have sent more.
    answered: VecDeque<ClientId>,
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
        Hub {
            served,
            now_ms,
            connections: BTreeMap::new(),
            opened: 0,
            stirred: BTreeSet::new(),
            asking: Vec::new(),
            answered: VecDeque::new(),
        }
    }

    /// A new connection.
    pub fn open(&mut self) -> ClientId {
        self.open_from(Peer::default())
    }

    /// A new connection from somewhere.
    pub fn open_from(&mut self, peer: Peer) -> ClientId {
        self.opened += 1;
        let (client, decoder) = (ClientId(self.opened), self.served.decoder());
        let connection = Connection { decoder, output: Vec::new(), sent: 0, ahead_bytes: 0, closing: false };
        self.connections.insert(client, connection);
        self.served.connect(client, peer);
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
            let is_full = waits && connection.ahead_bytes > AHEAD_BYTES_MAX;
            !(connection.closing || is_full)
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

    /// For how long commands have asked the server to do nothing since the last call.
    pub fn take_sleep(&mut self) -> Duration {
        self.served.take_sleep()
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

    /// An orderly end: what was answered outlives it, if what executes the requests keeps anything at all.
    pub fn shut_down(&mut self) -> Result<(), String> {
        self.served.close()
    }

    /// Every invariant of what executes the requests that does not hold.
    pub fn check(&mut self) -> Vec<String> {
        self.served.check()
    }

    /// Executes what these clients have sent, then what those have sent whom that has woken, and so on.
    fn run(&mut self, mut runnable: VecDeque<ClientId>) {
        loop {
            while let Some(client) = runnable.pop_front() {
                while let Some(request) = self.next_request(client) {
                    runnable.extend(self.execute(client, &request));
                    if self.asking.len() >= COMMIT_REQUESTS_MAX {
                        self.commit();
                    }
                }
            }
            self.commit();
            if self.answered.is_empty() {
                return;
            }
            runnable.append(&mut self.answered);
        }
    }

    /// Puts the replies into the outputs that have waited for a commit.
    fn commit(&mut self) {
        let mut replies = Replies::new();
        self.served.commit(&mut replies);
        let asking = std::mem::take(&mut self.asking);
        for (client, bytes) in replies {
            let cause = asking.contains(&client).then_some(client);
            self.deliver(vec![(client, bytes)], cause);
            self.answered.push_back(client);
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
        self.asking.push(client);
        self.served.advance((self.now_ms)(), &mut replies);
        self.served.execute(client, argv, &mut replies);
        let woken = self.deliver(replies, Some(client));
        for closed in self.served.take_closed() {
            if let Some(connection) = self.connections.get_mut(&closed) {
                connection.closing = true;
                self.stirred.insert(closed);
            }
        }
        woken
    }

    /// A last reply.
    fn farewell(&mut self, client: ClientId, reply: &Value) {
        self.commit();
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

#[cfg(test)]
mod tests {
    use super::super::ServedModel;
    use super::*;
    use crate::model::Profile;
    use crate::sim::Clock;

    struct Rig {
        hub: Hub,
        clock: Clock,
    }

    impl Rig {
        fn new() -> Rig {
            let clock = Clock::new();
            let now_ms = clock.clone();
            let served = Box::new(ServedModel::new(Profile::default()));
            Rig { hub: Hub::new(served, Box::new(move || now_ms.now_ms())), clock }
        }

        /// What a client has got since it was last asked.
        fn got(&mut self, client: ClientId) -> String {
            let output = self.hub.output(client).to_vec();
            self.hub.sent(client, output.len());
            String::from_utf8_lossy(&output).replace("\r\n", " ")
        }

        fn say(&mut self, client: ClientId, text: &str) -> String {
            self.hub.receive(client, text.as_bytes());
            self.got(client)
        }
    }

    #[test]
    fn requests_come_in_any_pieces() {
        let mut rig = Rig::new();
        let client = rig.hub.open();
        assert_eq!(rig.say(client, "PING\r\nSET a 1\r\n*2\r\n$4\r\nIN"), "+PONG +OK ");
        assert_eq!(rig.say(client, "CR\r\n$1\r\na\r"), "");
        assert_eq!(rig.say(client, "\nget a\n"), ":2 $1 2 ");
    }

    #[test]
    fn nothing_is_answered_after_a_protocol_error_or_quit() {
        for (last, reply) in
            [("*x\r\n", "-ERR Protocol error: invalid multibulk length "), ("multi\r\nquit now\r\n", "+OK +OK ")]
        {
            let mut rig = Rig::new();
            let client = rig.hub.open();
            assert_eq!(rig.say(client, &format!("PING\r\n{last}PING\r\n")), format!("+PONG {reply}"));
            assert!(rig.hub.is_closing(client) && !rig.hub.wants_input(client));
            assert_eq!(rig.say(client, "PING\r\n"), "");
        }
    }

    #[test]
    fn requests_of_a_client_that_waits_wait_with_it() {
        let mut rig = Rig::new();
        let (a, b) = (rig.hub.open(), rig.hub.open());
        assert_eq!(rig.say(a, "BLPOP k 0\r\nPING\r\nBLPOP k 1\r\nECHO x\r\n"), "");
        assert_eq!(rig.say(b, "RPUSH k v\r\nLLEN k\r\n"), ":1 :0 ");
        assert_eq!(rig.got(a), "*2 $1 k $1 v +PONG ");
        assert_eq!(rig.hub.wait_ms(), Some(1001));
        rig.clock.advance(rig.clock.now_ms() + 1001);
        rig.hub.advance();
        assert_eq!(rig.got(a), "*-1 $1 x ");
    }

    #[test]
    fn a_connection_that_ends_waits_no_more() {
        let mut rig = Rig::new();
        let (a, b) = (rig.hub.open(), rig.hub.open());
        rig.say(a, "BLPOP k 0\r\n");
        rig.hub.close(a);
        assert_eq!(rig.say(b, "RPUSH k v\r\nLLEN k\r\n"), ":1 :1 ");
        assert!(rig.hub.output(a).is_empty() && rig.hub.is_closing(a));
    }

    #[test]
    fn a_client_that_does_not_read_gets_no_more_than_so_much() {
        const VALUE_BYTES: usize = 20_000;
        let mut rig = Rig::new();
        let client = rig.hub.open();
        rig.say(client, &format!("SET big {}\r\n", "x".repeat(VALUE_BYTES)));
        let many = "GET big\r\n".repeat(1_000);
        let mut asked = 0;
        while rig.hub.wants_input(client) {
            rig.hub.receive(client, many.as_bytes());
            asked += 1_000;
            let held = rig.hub.output(client).len();
            assert!(held < OUTPUT_BYTES_MAX + 2 * VALUE_BYTES, "{held}");
        }
        assert!(asked < 200_000, "it may send {asked} requests ahead");
        // Once it reads, it gets all that it has asked for.
        let mut read = 0;
        while !rig.hub.output(client).is_empty() {
            let bytes = rig.hub.output(client).len().min(1 << 20);
            rig.hub.sent(client, bytes);
            read += bytes;
        }
        assert_eq!(read, asked * (VALUE_BYTES + "$20000\r\n\r\n".len()));
        assert!(rig.hub.wants_input(client));
    }
}
