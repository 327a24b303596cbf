//! Any server with RESP on a socket, as a subject.
//!
//! A socket says when a reply has come, never that none will come. Nothing here is concluded from waiting: whether a
//! client is blocked is asked of the server (`CLIENT LIST`, flag `b`) on a control connection of our own.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use super::connection::Connection;
use super::{Address, ClientId, Subject, SubjectError};
use crate::resp::{Bytes, Value};

/// How many requests of a pipeline are written before their replies are read: a server that stops reading until its
/// replies are taken must not end in a deadlock.
const PIPELINE_CHUNK: usize = 256;

/// How often a client that is neither blocked nor answered is asked about: the first rounds at once, then every
/// millisecond, so about ten seconds.
const SETTLE_ROUNDS: u32 = 10_000;

/// Why no subject could be made of an address.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens there.
    #[error("cannot connect to {address}: {source}; is the server running?")]
    Unreachable {
        /// Where.
        address: Address,
        /// Why not.
        source: io::Error,
    },
    /// Somebody listens, but does not speak RESP or does not let us in.
    #[error("{address} does not answer PING with PONG: {source}")]
    NotRedis {
        /// Where.
        address: Address,
        /// What it did.
        source: SubjectError,
    },
}

/// A server behind an [`Address`]: one connection per [`ClientId`], opened on first use.
///
/// Commands take effect in the order in which they are sent, whatever their connections: before a command of one
/// client goes out, every other client has its reply or is known to be blocked.
///
/// Every value from the server counts as the reply to one command; replies beyond what is owed are delivered too. Who
/// has ever subscribed to something may receive more than that, and at any time: after each step such clients are read
/// until nothing is left (see `listen`).
///
/// Not supported: commands that the server leaves unanswered on purpose (`CLIENT REPLY OFF`), `MONITOR`, tracking, and
/// `CLIENT PAUSE ... ALL`, which holds up the control connection.
pub struct SocketSubject {
    address: Address,
    control: Connection,
    clients: BTreeMap<ClientId, Client>,
    /// Whether the server knows `CLIENT ID` and `CLIENT LIST` with flags.
    can_block: bool,
    events: Vec<(ClientId, Value)>,
    /// Parameters that clients have set, with the values that they had before.
    before: BTreeMap<Bytes, Bytes>,
}

struct Client {
    connection: Connection,
    /// As in `CLIENT ID`; 0 where the server has no such thing.
    id: i64,
    /// Commands sent that have no reply yet.
    owed: usize,
    /// Whether it has sent a command that subscribes, also inside MULTI.
    listens: bool,
    /// Whether it has sent QUIT.
    quits: bool,
    /// Whether one of the owed commands may block. Otherwise the replies are certain, and simply read.
    may_block: bool,
}

impl SocketSubject {
    /// Connects and checks that a server answers. Leaves the server's data as it is; see [`SocketSubject::reset`].
    pub fn connect(address: &Address) -> Result<Self, ConnectError> {
        let control = Connection::open(address)
            .map_err(|source| ConnectError::Unreachable { address: address.clone(), source })?;
        let (clients, events) = (BTreeMap::new(), Vec::new());
        let mut subject = SocketSubject {
            address: address.clone(),
            control,
            clients,
            can_block: false,
            events,
            before: BTreeMap::new(),
        };
        subject.greet().map_err(|source| ConnectError::NotRedis { address: address.clone(), source })?;
        Ok(subject)
    }

    fn greet(&mut self) -> Result<(), SubjectError> {
        self.nudge()?;
        let own_id = call(&mut self.control, &["CLIENT", "ID"])?;
        let list = call(&mut self.control, &["CLIENT", "LIST"])?;
        self.can_block = match (own_id, list) {
            (Value::Int(own), Value::Bulk(list)) => listed(&list).any(|(id, _)| id == own),
            _ => false,
        };
        Ok(())
    }

    /// Where the server listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Makes the server fit for the next scenario: no workload connections (the next ones start in database 0),
    /// all databases empty, parameters as they were before clients set them. Scripts, functions and ACLs stay.
    pub fn reset(&mut self) -> Result<(), SubjectError> {
        if self.control.has_failed() {
            self.control = open(&self.address)?;
        }
        self.events.clear();
        close(&mut self.control, std::mem::take(&mut self.clients).into_values())?;
        self.restore_parameters()?;
        self.expect(&["FLUSHALL"], "OK")
    }

    /// Notes what the parameters of a CONFIG SET are now, so that [`SocketSubject::reset`] can give them back.
    fn note_parameters(&mut self, argv: &[Bytes]) -> Result<(), SubjectError> {
        let [name, word, pairs @ ..] = argv else { return Ok(()) };
        if !name.eq_ignore_ascii_case(b"CONFIG") || !word.eq_ignore_ascii_case(b"SET") {
            return Ok(());
        }
        for pair in pairs.chunks(2) {
            let parameter = pair[0].to_ascii_lowercase();
            if self.before.contains_key(&parameter) || parameter.iter().any(|byte| b"[*?".contains(byte)) {
                continue;
            }
            let get = [b"CONFIG".to_vec(), b"GET".to_vec(), parameter.clone()];
            self.control.send([get.as_slice()])?;
            if let Value::Array(items) = self.control.receive()?
                && let [_, Value::Bulk(value)] = items.as_slice()
            {
                self.before.insert(parameter, value.clone());
            }
        }
        Ok(())
    }

    /// What cannot be set was not changed, either: its error says nothing.
    fn restore_parameters(&mut self) -> Result<(), SubjectError> {
        for (parameter, value) in std::mem::take(&mut self.before) {
            let set = [b"CONFIG".to_vec(), b"SET".to_vec(), parameter, value];
            self.control.send([set.as_slice()])?;
            self.control.receive()?;
        }
        Ok(())
    }

    /// Whether any database has a key: before the first [`SocketSubject::reset`] of a server that somebody else
    /// started, ask.
    pub fn holds_data(&mut self) -> Result<bool, SubjectError> {
        match self.control(&["INFO", "keyspace"])? {
            Value::Bulk(info) => Ok(info.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"db"))),
            reply => Err(SubjectError::Refused(format!("INFO keyspace gave {reply}"))),
        }
    }

    /// Sends a batch that cannot block and returns its replies, one per command. Replies of other clients that the
    /// batch unblocks are left to [`Subject::poll`]. An error if the client is blocked.
    pub fn pipeline(&mut self, client: ClientId, batch: &[Vec<Bytes>]) -> Result<Vec<Value>, SubjectError> {
        self.settle()?;
        let connection = match self.client(client)? {
            Client { owed: 0, connection, .. } => connection,
            _ => return Err(SubjectError::Refused(format!("{client} is blocked: it cannot run a pipeline"))),
        };
        let mut replies = Vec::with_capacity(batch.len());
        for chunk in batch.chunks(PIPELINE_CHUNK) {
            connection.send(chunk.iter().map(Vec::as_slice))?;
            for _ in chunk {
                replies.push(connection.receive()?);
            }
        }
        Ok(replies)
    }

    /// Runs a command on the control connection, whose database is 0.
    pub(super) fn control(&mut self, argv: &[&str]) -> Result<Value, SubjectError> {
        call(&mut self.control, argv)
    }

    /// Runs a command on the control connection that must answer with this status.
    pub(super) fn expect(&mut self, argv: &[&str], status: &str) -> Result<(), SubjectError> {
        match call(&mut self.control, argv)? {
            Value::Status(text) if text == status.as_bytes() => Ok(()),
            reply => Err(SubjectError::Refused(format!("{} gave {reply}", argv.join(" ")))),
        }
    }

    /// One round of the server's event loop: when the answer is here, timeouts that were due have fired, because
    /// Redis looks for them before it writes replies.
    pub(super) fn nudge(&mut self) -> Result<(), SubjectError> {
        self.expect(&["PING"], "PONG")
    }

    /// The client's connection, opened if it has none.
    fn client(&mut self, client: ClientId) -> Result<&mut Client, SubjectError> {
        use std::collections::btree_map::Entry;
        match self.clients.entry(client) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let mut connection = open(&self.address)?;
                let id = match self.can_block.then(|| call(&mut connection, &["CLIENT", "ID"])).transpose()? {
                    Some(Value::Int(id)) => id,
                    Some(reply) => return Err(SubjectError::Refused(format!("CLIENT ID gave {reply}"))),
                    None => 0,
                };
                Ok(entry.insert(Client { connection, id, owed: 0, listens: false, quits: false, may_block: false }))
            }
        }
    }

    /// Collects replies until every client has all of its own or is blocked, and what else has come to listeners.
    fn settle(&mut self) -> Result<(), SubjectError> {
        self.settle_owed()?;
        self.close_quitters()?;
        self.listen()
    }

    /// A server closes the connection of who said QUIT after its answer: the next command opens a new one.
    fn close_quitters(&mut self) -> Result<(), SubjectError> {
        let quitters: Vec<ClientId> =
            self.clients.iter().filter(|(_, c)| c.quits && c.owed == 0).map(|(id, _)| *id).collect();
        let gone: Vec<Client> = quitters.iter().filter_map(|id| self.clients.remove(id)).collect();
        close(&mut self.control, gone)
    }

    /// Reads everything that has come to clients that listen.
    ///
    /// A server writes all that a command brought about before it waits for the next request: the reply to who sent
    /// it and the messages to others, in any order. So whoever has the reply, and then an answer to a request sent
    /// later, on whatever connection, knows that the messages have been written. On a unix socket what is written can
    /// be read at once; on loopback TCP both connections share one queue. Long messages take several turns of the
    /// server's loop, but each turn that answers us also writes what the reader has made room for: one without news
    /// is the last.
    fn listen(&mut self) -> Result<(), SubjectError> {
        /// A server writes more than this to one client in one turn, if it has more.
        const TURN_BYTES: usize = 16 << 10;
        while self.clients.values().any(|client| client.listens) {
            self.nudge()?;
            let mut more = false;
            for (id, client) in self.clients.iter_mut().filter(|(_, client)| client.listens) {
                let before = self.events.len();
                client.take_messages(*id, &mut self.events)?;
                let bytes: usize = self.events[before..].iter().map(|(_, value)| weight(value)).sum();
                more |= bytes > TURN_BYTES || client.connection.undecoded() > 0;
            }
            if !more {
                break;
            }
        }
        Ok(())
    }

    /// Collects the replies that are owed.
    fn settle_owed(&mut self) -> Result<(), SubjectError> {
        for (id, client) in &mut self.clients {
            if !client.may_block {
                client.take_owed(*id, &mut self.events)?;
            }
        }
        for round in 0..SETTLE_ROUNDS {
            if self.clients.values().all(|client| client.owed == 0) {
                return Ok(());
            }
            // A client that is blocked here has done all that it will do for now. One that is not may still be on
            // its way into the server (its bytes and ours took different sockets) or its reply out: ask again.
            let blocked = blocked_ids(&mut self.control)?;
            let mut unsettled = false;
            for (id, client) in self.clients.iter_mut().filter(|(_, client)| client.owed > 0) {
                client.take_arrived(*id, &mut self.events)?;
                unsettled |= client.owed > 0 && !blocked.contains(&client.id);
            }
            if !unsettled {
                return Ok(());
            }
            if round > 100 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        let silent = self.clients.iter().find(|(_, client)| client.owed > 0).map(|(id, _)| id.to_string());
        Err(SubjectError::TimedOut(format!("{} is neither blocked nor answered", silent.unwrap_or_default())))
    }
}

impl Client {
    /// Waits for all replies owed.
    fn take_owed(&mut self, id: ClientId, events: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError> {
        if self.owed == 0 {
            return Ok(());
        }
        while self.owed > 0 {
            let value = self.connection.receive()?;
            self.owed -= usize::from(!is_message(&value));
            events.push((id, value));
        }
        self.take_surplus(id, events)
    }

    /// Takes the replies that have arrived.
    fn take_arrived(&mut self, id: ClientId, events: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError> {
        while self.owed > 0 {
            let Some(reply) = self.connection.try_receive()? else { return Ok(()) };
            self.owed -= usize::from(!is_message(&reply));
            events.push((id, reply));
        }
        self.may_block = false;
        self.take_surplus(id, events)
    }

    /// Takes all that has arrived. What is neither message nor surplus may be the reply that a blocked client waits for.
    fn take_messages(&mut self, id: ClientId, events: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError> {
        while let Some(value) = self.connection.try_receive()? {
            self.owed -= usize::from(self.owed > 0 && !is_message(&value));
            self.may_block &= self.owed > 0;
            events.push((id, value));
        }
        Ok(())
    }

    /// Takes replies that nobody asked for: they are the server's mistake, and the oracle must see them.
    fn take_surplus(&mut self, id: ClientId, events: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError> {
        while let Some(reply) = self.connection.buffered()? {
            events.push((id, reply));
        }
        Ok(())
    }
}

impl Subject for SocketSubject {
    fn send(&mut self, client: ClientId, argv: &[Bytes]) -> Result<(), SubjectError> {
        if self.clients.iter().any(|(id, other)| other.owed > 0 && *id != client) {
            self.settle()?;
        }
        self.note_parameters(argv)?;
        let may_block = self.can_block && may_block(argv);
        let client = self.client(client)?;
        client.connection.send([argv])?;
        client.owed += 1;
        client.listens |= argv[0].len() >= 9 && argv[0][argv[0].len() - 9..].eq_ignore_ascii_case(b"SUBSCRIBE");
        client.quits |= argv[0].eq_ignore_ascii_case(b"QUIT");
        client.may_block |= may_block;
        Ok(())
    }

    fn poll(&mut self, events: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError> {
        let settled = self.settle();
        events.append(&mut self.events);
        settled
    }

    fn disconnect(&mut self, client: ClientId) -> Result<(), SubjectError> {
        self.settle()?;
        close(&mut self.control, self.clients.remove(&client))
    }

    fn can_block(&self) -> bool {
        self.can_block
    }
}

/// Whether this is a message in RESP3. In RESP2 it looks like a reply, but there nobody waits for one meanwhile.
fn is_message(value: &Value) -> bool {
    let Value::Push(items) = value else { return false };
    matches!(items.first(), Some(Value::Bulk(kind)) if kind.ends_with(b"message"))
}

/// About how many bytes the value took.
fn weight(value: &Value) -> usize {
    match value {
        Value::Bulk(text) => text.len() + 16,
        Value::Array(items) | Value::Push(items) => items.iter().map(weight).sum(),
        _ => 16,
    }
}

fn open(address: &Address) -> Result<Connection, SubjectError> {
    Connection::open(address)
        .map_err(|error| SubjectError::ConnectionLost(format!("cannot open a connection to {address}: {error}")))
}

/// Closes clients, and returns when the server has forgotten them: a closed connection that the server has not
/// looked at yet could still be served as a blocked client, and take an element from the next one.
fn close(control: &mut Connection, clients: impl IntoIterator<Item = Client>) -> Result<(), SubjectError> {
    let ids = clients.into_iter().map(|client| client.id).filter(|id| *id != 0); // Dropping a client closes it.
    let kills: Vec<_> = ids.map(|id| to_argv(&["CLIENT", "KILL", "ID", &id.to_string()])).collect();
    if kills.is_empty() {
        return Ok(());
    }
    control.send(kills.iter().map(Vec::as_slice))?;
    let replies = kills.iter().map(|_| control.receive()).collect::<Result<Vec<_>, _>>()?;
    // 1 if the kill closed it, 0 if the server had noticed already.
    match replies.iter().find(|reply| !matches!(reply, Value::Int(_))) {
        Some(reply) => Err(SubjectError::Refused(format!("CLIENT KILL gave {reply}"))),
        None => Ok(()),
    }
}

fn call(connection: &mut Connection, argv: &[&str]) -> Result<Value, SubjectError> {
    connection.send([to_argv(argv).as_slice()])?;
    connection.receive()
}

fn to_argv(args: &[&str]) -> Vec<Bytes> {
    args.iter().map(|arg| arg.as_bytes().to_vec()).collect()
}

fn blocked_ids(control: &mut Connection) -> Result<BTreeSet<i64>, SubjectError> {
    match call(control, &["CLIENT", "LIST"])? {
        Value::Bulk(list) => Ok(listed(&list).filter(|(_, blocked)| *blocked).map(|(id, _)| id).collect()),
        reply => Err(SubjectError::Refused(format!("CLIENT LIST gave {reply}"))),
    }
}

/// The clients of a `CLIENT LIST`: id, and whether it is blocked. Lines without either field are left out.
fn listed(list: &[u8]) -> impl Iterator<Item = (i64, bool)> {
    list.split(|byte| *byte == b'\n').filter_map(|line| {
        let field = |name: &[u8]| line.split(|byte| *byte == b' ').find_map(|field| field.strip_prefix(name));
        let id = std::str::from_utf8(field(b"id=")?).ok()?.parse().ok()?;
        Some((id, field(b"flags=")?.contains(&b'b')))
    })
}

/// Whether a command may leave its client without a reply for a while. A cheap rule, wrong only on the safe side:
/// inside MULTI, say, such a command doesn't block, and asking the server costs a round trip.
fn may_block(argv: &[Bytes]) -> bool {
    const ALWAYS: [&[u8]; 10] = [
        b"BLPOP",
        b"BRPOP",
        b"BLMOVE",
        b"BRPOPLPUSH",
        b"BLMPOP",
        b"BZPOPMIN",
        b"BZPOPMAX",
        b"BZMPOP",
        b"WAIT",
        b"WAITAOF",
    ];
    let Some((name, rest)) = argv.split_first() else { return false };
    ALWAYS.iter().any(|blocking| name.eq_ignore_ascii_case(blocking))
        || [b"XREAD".as_slice(), b"XREADGROUP"].iter().any(|blocking| name.eq_ignore_ascii_case(blocking))
            && rest.iter().any(|arg| arg.eq_ignore_ascii_case(b"BLOCK"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(line: &str) -> Vec<Bytes> {
        line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn knows_blocking_commands() {
        for line in ["BLPOP k 0", "blmove a b LEFT LEFT 1", "XREAD block 0 STREAMS s $", "WAIT 1 0"] {
            assert!(may_block(&argv(line)), "{line}");
        }
        for line in ["LPOP k", "XREAD STREAMS s 0", "SET BLPOP 1", "GET block"] {
            assert!(!may_block(&argv(line)), "{line}");
        }
        assert!(!may_block(&[]));
    }

    #[test]
    fn reads_client_lists() {
        let list = b"id=3 addr=/s:0 name= flags=U db=0\nid=7 addr=/s:0 flags=bU db=0\nid=x flags=b\n\n";
        assert_eq!(listed(list).collect::<Vec<_>>(), [(3, false), (7, true)]);
    }
}
