//! The shadow model: Redis as an executable specification, simple enough to be obviously right.
//!
//! It predicts every reply exactly, from naive ordered collections, and never reads the subject's state. Where Redis
//! is random (SPOP) or promises no order (SMEMBERS), it says what is allowed and follows the reply that came.
//!
//! Architecture invariant: one file per data type; the model shares no code with the engine, and its truth is a
//! real server (`respfuzz oracle`).

mod bitfield;
mod bits;
mod blocking;
mod clients;
mod error;
mod expect;
mod expiry;
mod geo;
mod geo_search;
mod geohash;
mod glob;
mod hashes;
mod hll;
mod hyperloglogs;
mod keys;
mod keyspace;
mod lcs;
mod lists;
mod long_double;
mod number;
mod partial_sort;
mod random;
mod sets;
mod strings;
#[cfg(test)]
mod testing;
mod transactions;
mod zset;
mod zset_algebra;
mod zset_range;
mod zsets;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use error::Error;
pub use expect::Expect;
pub use zset::ListpackLimits;

use crate::command::{self, Command};
use crate::resp::{Bytes, Value};
use crate::sim::EPOCH_MS;
use crate::subject::ClientId;
use blocking::Blocking;
use clients::Client;
use keyspace::Db;

/// How many databases there are, as in the server's default configuration.
pub const DATABASES: usize = 16;

/// The longest string, in bytes: `proto-max-bulk-len` of every server under test.
pub const STRING_BYTES_MAX: usize = 1 << 20;

/// One command as a handler sees it.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The name and its arguments.
    argv: &'a [Bytes],
    /// The reply that the subject gave, where the model may have to follow it.
    hint: Option<&'a Value>,
    client: ClientId,
    /// The client's database.
    db: usize,
    /// Inside EXEC nothing blocks.
    in_exec: bool,
    /// The client speaks RESP3. Only for replies of another *shape*: types are converted on their way out.
    resp3: bool,
}

/// A prediction, or the error that the server answers.
type Reply = Result<Expect, Error>;

type Handler = fn(&mut Model, &Call) -> Reply;

/// The handlers by the commands' tags.
static HANDLERS: LazyLock<Vec<Option<Handler>>> = LazyLock::new(|| {
    let find = |name: &str| {
        strings::handler(name)
            .or_else(|| keys::handler(name))
            .or_else(|| expiry::handler(name))
            .or_else(|| lists::handler(name))
            .or_else(|| sets::handler(name))
            .or_else(|| hashes::handler(name))
            .or_else(|| zsets::handler(name))
            .or_else(|| zset_range::handler(name))
            .or_else(|| zset_algebra::handler(name))
            .or_else(|| bits::handler(name))
            .or_else(|| bitfield::handler(name))
            .or_else(|| lcs::handler(name))
            .or_else(|| hyperloglogs::handler(name))
            .or_else(|| geo::handler(name))
            .or_else(|| geo_search::handler(name))
    };
    (0..=255).map(|tag| command::by_tag(tag).and_then(|c| find(c.name))).collect()
});

/// The model of one server.
#[derive(Clone)]
pub struct Model {
    dbs: Vec<Db>,
    now_ms: i64,
    clients: BTreeMap<ClientId, Client>,
    blocking: Blocking,
    /// Bytes written into strings and elements so far: what bounds the memory of a run.
    written_bytes: u64,
    /// See [`Model::has_lost_track`].
    lost_track: bool,
    zset_limits: ListpackLimits,
    /// Databases that a command has named.
    used: [bool; DATABASES],
}

impl Default for Model {
    fn default() -> Self {
        Self::new(ListpackLimits::default())
    }
}

impl Model {
    /// An empty server at [`EPOCH_MS`]. Clients can see which sorted sets are listpacks: a server under test must have
    /// these limits.
    pub fn new(zset_limits: ListpackLimits) -> Model {
        Model {
            dbs: vec![Db::default(); DATABASES],
            now_ms: EPOCH_MS as i64,
            clients: BTreeMap::new(),
            blocking: Blocking::default(),
            written_bytes: 0,
            lost_track: false,
            zset_limits,
            used: std::array::from_fn(|db| db == 0),
        }
    }

    /// Whether the model knows this command; only such commands are sent.
    pub fn knows(name: &[u8]) -> bool {
        command::by_name(name).is_some_and(|c| HANDLERS[c.tag as usize].is_some() || transactions::is_control(c.name))
    }

    /// A client sends a command. Appends what every client must now receive, in order.
    ///
    /// `hint` is the reply that the client got, if it got one: random commands follow it.
    pub fn send(&mut self, client: ClientId, argv: &[Bytes], hint: Option<&Value>, out: &mut Vec<(ClientId, Expect)>) {
        let expect = self.process(client, argv, hint);
        let from = out.len();
        if expect != Expect::Silent {
            out.push((client, expect));
        }
        self.serve_blocked(out);
        self.speak_protocols(&mut out[from..]);
    }

    /// Gives each prediction the types that its client's protocol has.
    fn speak_protocols(&self, out: &mut [(ClientId, Expect)]) {
        for (client, expect) in out {
            expect.speak(self.speaks_resp3(*client));
        }
    }

    /// Time moves forward to `to_ms`, in unix milliseconds: waiting clients time out, the one with the earliest
    /// deadline first.
    pub fn advance(&mut self, to_ms: u64, out: &mut Vec<(ClientId, Expect)>) {
        self.now_ms = self.now_ms.max(to_ms as i64);
        let from = out.len();
        self.time_out_blocked(out);
        self.speak_protocols(&mut out[from..]);
    }

    /// A client's connection is closed: its transaction, watches, database and waiting are gone.
    pub fn disconnect(&mut self, client: ClientId) {
        self.blocking.remove(client);
        self.clients.remove(&client);
    }

    /// Unix time in milliseconds.
    pub fn now_ms(&self) -> u64 {
        self.now_ms as u64
    }

    /// Whether the client waits for a blocking command to be served.
    pub fn is_blocked(&self, client: ClientId) -> bool {
        self.blocking.contains(client)
    }

    /// The client's selected database.
    pub fn selected(&self, client: ClientId) -> usize {
        self.clients.get(&client).map_or(0, |c| c.db)
    }

    /// Whether the client has switched to RESP3.
    pub fn speaks_resp3(&self, client: ClientId) -> bool {
        self.clients.get(&client).is_some_and(|c| c.resp3)
    }

    /// The commands that the client has queued since MULTI.
    pub fn queued(&self, client: ClientId) -> &[Vec<Bytes>] {
        self.clients.get(&client).and_then(|c| c.multi.as_ref()).map_or(&[], |multi| &multi.queue)
    }

    /// Databases that a command has named so far, in order; 0 always.
    pub fn databases_used(&self) -> Vec<usize> {
        (0..DATABASES).filter(|db| self.used[*db]).collect()
    }

    /// For every live key of a database, in order, the command that reads its whole value.
    pub fn readings(&self, db: usize) -> Vec<(Bytes, Vec<Bytes>)> {
        let live = self.dbs[db].live(self.now_ms);
        live.map(|(key, entry)| (key.clone(), entry.data.reading(key))).collect()
    }

    /// Bytes written into values so far.
    pub fn written_bytes(&self) -> u64 {
        self.written_bytes
    }

    /// Whether a reply of the subject fitted several states, so that later replies prove nothing: end the run, and
    /// count no finding. Rare: ZREMRANGEBYLEX or ZRANGESTORE BYLEX on a large sorted set with different scores; PFADD to a
    /// HyperLogLog whose last run was cut in two.
    pub fn has_lost_track(&self) -> bool {
        self.lost_track
    }

    /// The next moment at which a key expires or a waiting client times out, in unix milliseconds.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        let keys = self.dbs.iter().flat_map(Db::deadlines);
        keys.filter(|&at| at >= self.now_ms).chain(self.blocking.deadlines()).min().map(|at| at.max(0) as u64)
    }

    /// What the server's `processCommand` does before and around a command's own code.
    fn process(&mut self, client: ClientId, argv: &[Bytes], hint: Option<&Value>) -> Expect {
        let Some(command) = command::by_name(&argv[0]) else {
            return self.refuse(client, Error::UnknownCommand(argv.to_vec()));
        };
        if !command.takes(argv.len()) {
            if command.name == "EXEC" {
                self.end_transaction(client);
                return Expect::error(Error::ExecArity);
            }
            return self.refuse(client, Error::Arity(command.name));
        }
        if let Some(error) = subcommand_error(command, argv) {
            return self.refuse(client, error);
        }
        if let Some(reply) = self.transaction_control(client, command, argv, hint) {
            return reply;
        }
        self.execute(client, command, argv, hint, false)
    }

    /// Runs a command's own code.
    fn execute(
        &mut self,
        client: ClientId,
        command: &Command,
        argv: &[Bytes],
        hint: Option<&Value>,
        in_exec: bool,
    ) -> Expect {
        let call = Call { argv, hint, client, db: self.selected(client), in_exec, resp3: self.speaks_resp3(client) };
        match HANDLERS[command.tag as usize].map(|handler| handler(self, &call)) {
            Some(Ok(expect)) => expect,
            Some(Err(error)) => Expect::error(error),
            None => Expect::error(Error::UnknownCommand(argv.to_vec())),
        }
    }
}

/// What is wrong with the second word of a container command.
fn subcommand_error(command: &Command, argv: &[Bytes]) -> Option<Error> {
    let subcommands = command.subcommands()?;
    match subcommands.iter().find(|sub| argv[1].eq_ignore_ascii_case(sub.name.as_bytes())) {
        None => Some(Error::UnknownSubcommand(command.name, argv[1].clone())),
        Some(sub) if !sub.takes(argv.len()) => Some(Error::SubcommandArity(command.name, sub.name)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_table_has_a_handler() {
        let missing: Vec<_> = command::all().filter(|c| !Model::knows(c.name.as_bytes())).map(|c| c.name).collect();
        assert!(missing.is_empty(), "in the table but not in the model: {missing:?}");
    }
}
