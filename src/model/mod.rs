//! The shadow model: Redis as an executable specification, simple enough to be obviously right.
//!
//! It predicts every reply exactly, from naive ordered collections, and never reads the subject's state. Where Redis
//! is random (SPOP) or promises no order (SMEMBERS), it says what is allowed and follows the reply that came.
//!
//! Architecture invariant: one file per data type; the model shares no code with the engine, and its truth is a
//! real server (`respfuzz oracle`).

mod arrived;
mod bitfield;
mod bits;
mod blocking;
mod client_list;
mod clients;
mod configuration;
mod connection;
mod debug;
mod dump;
mod encoding;
mod error;
mod expect;
mod expiry;
mod geo;
mod geo_search;
pub(crate) mod geohash;
mod glob;
mod hash;
mod hashes;
mod help;
mod hll;
mod hyperloglogs;
mod info;
mod introspection;
mod keys;
mod keyspace;
mod lcs;
mod lists;
mod long_double;
mod notify;
pub(crate) mod number;
mod object;
mod parameters;
mod partial_sort;
mod profile;
mod pubsub;
mod random;
mod restart;
mod scan;
mod search;
mod search_aggregate;
mod search_query;
mod search_reply;
mod server;
mod service;
mod sets;
mod sort;
mod stream;
mod stream_group;
mod stream_groups;
mod stream_id;
mod stream_info;
mod stream_read;
mod streams;
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

pub use encoding::{EncodingLimits, ListLimits, ListpackLimits};
pub use error::Error;
pub(crate) use error::on_one_line;
pub use expect::Expect;
#[cfg(all(unix, feature = "cli"))]
pub(crate) use introspection::keys_of;
pub use profile::Profile;

use crate::command::{self, Command};
use crate::resp::{Bytes, Value};
use crate::sim::EPOCH_MS;
use crate::subject::ClientId;
use arrived::Arrived;
use blocking::Blocking;
use clients::Client;
use configuration::Configuration;
use keyspace::{Data, Db};
use scan::Scans;
use service::Service;

/// How many databases there are, as in the server's default configuration.
pub const DATABASES: usize = 16;

/// The longest string of a run, in bytes: `proto-max-bulk-len` of every server under test.
pub const STRING_BYTES_MAX: usize = 1 << 20;

/// One command as a handler sees it.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The name and its arguments.
    argv: &'a [Bytes],
    /// The reply that the subject gave, where the model may have to follow it; sets and maps are arrays here.
    hint: Option<&'a Value>,
    /// Everything that clients have received since the command was sent.
    arrived: Arrived<'a>,
    client: ClientId,
    /// The client's database.
    db: usize,
    /// Inside EXEC nothing blocks.
    in_exec: bool,
    /// The client speaks RESP3. Only for replies of another *shape*: types are converted on their way out.
    resp3: bool,
    profile: Profile,
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
            .or_else(|| object::handler(name))
            .or_else(|| scan::handler(name))
            .or_else(|| sort::handler(name))
            .or_else(|| dump::handler(name))
            .or_else(|| lists::handler(name))
            .or_else(|| sets::handler(name))
            .or_else(|| hashes::handler(name))
            .or_else(|| zsets::handler(name))
            .or_else(|| zset_range::handler(name))
            .or_else(|| zset_algebra::handler(name))
            .or_else(|| pubsub::handler(name))
            .or_else(|| connection::handler(name))
            .or_else(|| client_list::handler(name))
            .or_else(|| debug::handler(name))
            .or_else(|| info::handler(name))
            .or_else(|| configuration::handler(name))
            .or_else(|| introspection::handler(name))
            .or_else(|| server::handler(name))
            .or_else(|| streams::handler(name))
            .or_else(|| stream_read::handler(name))
            .or_else(|| stream_groups::handler(name))
            .or_else(|| stream_info::handler(name))
            .or_else(|| bits::handler(name))
            .or_else(|| bitfield::handler(name))
            .or_else(|| lcs::handler(name))
            .or_else(|| hyperloglogs::handler(name))
            .or_else(|| geo::handler(name))
            .or_else(|| geo_search::handler(name))
            .or_else(|| search::handler(name))
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
    /// What the command at hand has made clients receive so far, in order.
    outbox: Vec<(ClientId, Expect)>,
    configuration: Configuration,
    scans: Scans,
    /// What each payload that DUMP has answered stands for.
    dumps: BTreeMap<Bytes, Data>,
    /// Some argument was a number outside of the range of doubles or cursors: see `sort`.
    out_of_range_seen: bool,
    /// Bytes written into strings and elements so far: what bounds the memory of a run.
    written_bytes: u64,
    /// See [`Model::has_lost_track`].
    lost_track: bool,
    encodings: EncodingLimits,
    /// The longest string that a command may build.
    string_bytes_max: usize,
    profile: Profile,
    dice: random::Dice,
    /// The server's clock is ours, so that the ids it makes can be told.
    exact_time: bool,
    /// Databases that a command has named.
    used: [bool; DATABASES],
    /// Where it has clients of its own.
    service: Option<Box<Service>>,
    /// The command that runs.
    running: &'static str,
    indexes: search::Indexes,
}

impl Default for Model {
    fn default() -> Self {
        Self::new(EncodingLimits::default())
    }
}

impl Model {
    /// An empty server at [`EPOCH_MS`] that changes its encodings at these limits.
    pub fn new(encodings: EncodingLimits) -> Model {
        Model {
            dbs: vec![Db::default(); DATABASES],
            now_ms: EPOCH_MS as i64,
            clients: BTreeMap::new(),
            blocking: Blocking::default(),
            outbox: Vec::new(),
            configuration: Configuration::default(),
            scans: Scans::new(),
            dumps: BTreeMap::new(),
            out_of_range_seen: false,
            written_bytes: 0,
            lost_track: false,
            encodings,
            string_bytes_max: STRING_BYTES_MAX,
            profile: Profile::default(),
            dice: random::Dice::default(),
            exact_time: true,
            used: std::array::from_fn(|db| db == 0),
            service: None,
            running: "",
            indexes: search::Indexes::default(),
        }
    }

    /// The same model of another server.
    pub fn with_profile(self, profile: Profile) -> Model {
        Model { profile, ..self }
    }

    /// The same model with another `proto-max-bulk-len`; at first it is [`STRING_BYTES_MAX`].
    pub fn with_string_limit(self, bytes: usize) -> Model {
        Model { string_bytes_max: bytes, ..self }
    }

    /// The server under test has a clock of its own: the model follows the ids that XADD makes of it.
    pub fn with_foreign_clock(self) -> Model {
        Model { exact_time: false, ..self }
    }

    /// Whether the model knows this command; only such commands are sent.
    pub fn knows(name: &[u8]) -> bool {
        command::by_name(name).is_some_and(|c| HANDLERS[c.tag as usize].is_some() || transactions::is_control(c.name))
    }

    /// Whether this sets a parameter that the toolkit or other clients would feel.
    pub fn is_disturbing_config(argv: &[Bytes]) -> bool {
        configuration::is_disturbing(argv)
    }

    /// A client sends a command. Appends what every client must now receive, in order.
    ///
    /// `hint` is the reply that the client got, if it got one: random commands follow it.
    pub fn send(&mut self, client: ClientId, argv: &[Bytes], hint: Option<&Value>, out: &mut Vec<(ClientId, Expect)>) {
        let arrived: Vec<_> = hint.into_iter().map(|value| (client, value.clone())).collect();
        self.follow(client, argv, &arrived, out);
    }

    /// As [`send`](Self::send), given all that clients have received since: where several replies come, or other
    /// clients receive something, the model may have to follow more than one reply.
    pub fn follow(
        &mut self,
        client: ClientId,
        argv: &[Bytes],
        arrived: &[(ClientId, Value)],
        out: &mut Vec<(ClientId, Expect)>,
    ) {
        self.out_of_range_seen = self.out_of_range_seen || argv.iter().any(|arg| number::is_out_of_range(arg));
        self.outbox.clear();
        let expect = self.process(client, argv, Arrived::new(arrived));
        self.emit(client, expect);
        out.append(&mut self.outbox);
        let from = out.len();
        self.serve_blocked(out);
        out.append(&mut self.outbox);
        self.observe_scans();
        self.speak_protocols(&mut out[from..]);
    }

    /// The client receives something now, in the types of the protocol that it has at this moment.
    fn emit(&mut self, client: ClientId, mut expect: Expect) {
        let silenced = self.clients.get(&client).is_some_and(Client::is_silenced);
        if silenced && !expect.is_pushed() {
            return;
        }
        expect.speak(self.speaks_resp3(client));
        match expect {
            Expect::Silent => {}
            Expect::Several(replies) => self.outbox.extend(replies.into_iter().map(|reply| (client, reply))),
            reply => self.outbox.push((client, reply)),
        }
    }

    /// How much the client has received so far from the command at hand.
    fn received(&self, client: ClientId) -> usize {
        self.outbox.iter().filter(|(receiver, _)| *receiver == client).count()
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
        self.sweep();
        out.append(&mut self.outbox);
        self.observe_scans();
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

    /// All clients that wait, first come first.
    pub fn blocked_clients(&self) -> Vec<ClientId> {
        self.blocking.clients()
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

    /// For every live key of a database, in order, the commands that read its whole value.
    pub fn readings(&self, db: usize) -> Vec<(Bytes, Vec<Vec<Bytes>>)> {
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

    /// The next moment at which a waiting client times out, in unix milliseconds.
    pub fn next_timeout_ms(&self) -> Option<u64> {
        self.blocking.deadlines().min().map(|at| at.max(0) as u64)
    }

    /// Keeps what CLIENT LIST tells of the client; then the command runs.
    fn process(&mut self, client: ClientId, argv: &[Bytes], arrived: Arrived) -> Expect {
        if self.service.is_none() {
            return self.admit(client, argv, arrived);
        }
        let now_ms = self.now_ms;
        let connection = self.client(client);
        connection.replies = match connection.replies {
            clients::Replies::SkipNext => clients::Replies::Skip,
            clients::Replies::Skip => clients::Replies::On,
            same => same,
        };
        connection.active_ms = now_ms;
        if let Some(command) = command::by_name(&argv[0]) {
            connection.last = Some(service::command_id(command, argv));
        }
        self.admit(client, argv, arrived)
    }

    /// What the server's `processCommand` does before and around a command's own code.
    fn admit(&mut self, client: ClientId, argv: &[Bytes], arrived: Arrived) -> Expect {
        let Some(command) = command::by_name(&argv[0]) else {
            return self.refuse(client, argv, Error::UnknownCommand(argv.to_vec()));
        };
        if !self.profile.takes(command, argv.len()) {
            if command.name == "EXEC" {
                self.end_transaction(client);
                return Expect::error(Error::ExecArity);
            }
            return self.refuse(client, argv, Error::Arity(command.name));
        }
        if let Some(error) = subcommand_error(command, argv) {
            return self.refuse(client, argv, error);
        }
        if self.client(client).multi.is_some() && command.has_flag("no_multi") {
            return self.refuse(client, argv, Error::NotInMulti);
        }
        if self.is_out_of_memory(client, command) {
            if command.name == "EXEC" {
                self.end_transaction(client);
                return Expect::error(Error::ExecRefused(Box::new(Error::OutOfMemory)));
            }
            return self.refuse(client, argv, Error::OutOfMemory);
        }
        if self.is_confined(client) && !pubsub::is_allowed_to_subscribers(command.name) {
            let error = Error::Subscribed(full_name(command, argv));
            if command.name == "EXEC" {
                self.end_transaction(client);
                return Expect::error(Error::ExecRefused(Box::new(error)));
            }
            return self.refuse(client, argv, error);
        }
        if let Some(reply) = self.transaction_control(client, command, argv, arrived) {
            if !matches!(&reply, Expect::Exact(Value::Status(text)) if text == b"QUEUED") {
                self.record(client, command, argv, &reply);
            }
            return reply;
        }
        self.execute(client, command, argv, arrived, false)
    }

    /// Runs a command's own code.
    fn execute(
        &mut self,
        client: ClientId,
        command: &Command,
        argv: &[Bytes],
        arrived: Arrived,
        in_exec: bool,
    ) -> Expect {
        let resp3 = self.speaks_resp3(client);
        let hint = arrived.get(client, self.received(client));
        // HELLO's own reply is the first in the new protocol.
        let plain = hint.filter(|reply| resp3 || matches!(reply, Value::Map(_))).map(arrived::plain);
        let hint = plain.as_ref().or(hint);
        let (db, profile) = (self.selected(client), self.profile);
        let call = Call { argv, hint, arrived, client, db, in_exec, resp3, profile };
        self.running = command.name;
        let consumers = self.consumers(call.db);
        let reply = match HANDLERS[command.tag as usize].map(|handler| handler(self, &call)) {
            Some(Ok(expect)) => expect,
            Some(Err(error)) => Expect::error(error),
            None => Expect::error(Error::UnknownCommand(argv.to_vec())),
        };
        self.notify_consumers(call.db, &consumers);
        self.record(client, command, argv, &reply);
        reply
    }
}

/// What is wrong with the second word of a container command.
fn subcommand_error(command: &Command, argv: &[Bytes]) -> Option<Error> {
    let subcommands = command.subcommands().filter(|_| argv.len() > 1)?; // COMMAND does without.
    match subcommands.iter().find(|sub| argv[1].eq_ignore_ascii_case(sub.name.as_bytes())) {
        None => Some(Error::UnknownSubcommand(command.name, argv[1].clone())),
        Some(sub) if !sub.takes(argv.len()) => Some(Error::SubcommandArity(command.name, sub.name)),
        Some(_) => None,
    }
}

/// As the server's errors name a command: `get`, `client|id`.
fn full_name(command: &Command, argv: &[Bytes]) -> String {
    match command.subcommands().zip(argv.get(1)) {
        Some((_, word)) => format!("{}|{}", command.name, String::from_utf8_lossy(word)).to_lowercase(),
        None => command.name.to_lowercase(),
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
