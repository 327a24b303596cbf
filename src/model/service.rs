//! What a model knows beyond its data when clients of its own ask it: who is connected, what was done how often, what
//! took long. A model that predicts a server's replies has none of this.

use std::collections::BTreeMap;

use super::encoding::Encoding;
use super::info::size_bytes;
use super::keyspace::{Data, Entry};
use super::{Call, DATABASES, Expect, Model};
use crate::command::{self, Command};
use crate::resp::{Bytes, Value};
use crate::subject::ClientId;

/// How often keys that have expired are removed although nobody looks at them, in milliseconds.
const SWEEP_MS: i64 = 100;

/// A value of more allocations is freed in another thread.
const LAZY_ALLOCATIONS: usize = 64;

/// The longest part of a slow command that is kept, as in the server.
const SLOWLOG_ARGS_MAX: usize = 32;
const SLOWLOG_ARG_BYTES_MAX: usize = 128;

/// A command, or one of a container's, by their places in the table.
pub(super) type CommandId = (u8, Option<usize>);

/// Which command this is.
pub(super) fn command_id(command: &Command, argv: &[Bytes]) -> CommandId {
    let place = command.subcommands().zip(argv.get(1)).and_then(|(subcommands, word)| {
        subcommands.iter().position(|sub| word.eq_ignore_ascii_case(sub.name.as_bytes()))
    });
    (command.tag, place)
}

/// As CLIENT LIST names it: `get`, `client|list`.
pub(super) fn command_name((tag, place): CommandId) -> String {
    let Some(command) = command::by_tag(tag) else { return "NULL".into() };
    let subcommand = place.and_then(|place| command.subcommands()?.get(place));
    match subcommand {
        Some(subcommand) => format!("{}|{}", command.name, subcommand.name).to_lowercase(),
        None => command.name.to_lowercase(),
    }
}

/// How often a command was called, and what came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calls {
    pub(super) calls: u64,
    pub(super) rejected: u64,
    pub(super) failed: u64,
    pub(super) us: u64,
}

/// What CONFIG RESETSTAT forgets.
#[derive(Clone, Debug, Default)]
pub(super) struct Stats {
    pub(super) commands: BTreeMap<CommandId, Calls>,
    /// By the errors' first words.
    pub(super) errors: BTreeMap<Bytes, u64>,
    pub(super) connections: u64,
    pub(super) expired: u64,
    /// Values that a server frees in another thread.
    pub(super) freed: u64,
}

impl Stats {
    fn count_error(&mut self, reply: &Expect) -> bool {
        let Expect::Exact(value) = reply else { return false };
        let Some(code) = value.error_code() else { return false };
        *self.errors.entry(code.to_vec()).or_default() += 1;
        true
    }
}

/// A command that took long.
#[derive(Clone, Debug)]
struct Slow {
    id: i64,
    at_s: i64,
    us: u64,
    argv: Vec<Bytes>,
    address: String,
    name: Bytes,
}

/// CLIENT PAUSE.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    pub(super) until_ms: i64,
    /// Commands that only read go on.
    pub(super) writes_only: bool,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Service {
    /// When it first looked at a clock.
    pub(super) started_ms: Option<i64>,
    pub(super) stats: Stats,
    /// The latest first.
    slowlog: Vec<Slow>,
    slow_ids: i64,
    /// Connections that a command has closed, and that are still open outside.
    pub(super) closed: Vec<ClientId>,
    /// What DEBUG SLEEP asked for and nobody has slept yet.
    pub(super) sleep_us: u64,
    /// What the command at hand has slept.
    slept_us: u64,
    pub(super) pause: Option<Pause>,
    /// Whether expired keys vanish by themselves.
    pub(super) active_expire: bool,
    swept_ms: i64,
    pub(super) saved_s: i64,
    /// How often a key has changed since then.
    pub(super) changes: u64,
    /// What clients wait for.
    waiting: BTreeMap<ClientId, Vec<Bytes>>,
    /// `notify-keyspace-events`.
    pub(super) events: Bytes,
    /// `slowlog-log-slower-than`.
    pub(super) slower_than_us: i64,
    /// `maxmemory`.
    pub(super) max_bytes: usize,
    /// `slowlog-max-len`.
    pub(super) slowlog_max: usize,
}

impl Default for Service {
    fn default() -> Service {
        Service {
            started_ms: None,
            stats: Stats::default(),
            slowlog: Vec::new(),
            slow_ids: 0,
            closed: Vec::new(),
            sleep_us: 0,
            slept_us: 0,
            pause: None,
            active_expire: true,
            swept_ms: 0,
            saved_s: 0,
            changes: 0,
            waiting: BTreeMap::new(),
            events: Bytes::new(),
            slower_than_us: 10_000,
            max_bytes: 0,
            slowlog_max: 128,
        }
    }
}

impl Service {
    /// The command at hand takes so long.
    pub(super) fn sleep(&mut self, us: u64) {
        self.sleep_us = self.sleep_us.saturating_add(us);
        self.slept_us = us;
    }

    pub(super) fn slow_commands(&self) -> usize {
        self.slowlog.len()
    }

    pub(super) fn forget_slow_commands(&mut self) {
        self.slowlog.clear();
    }

    /// As SLOWLOG GET shows them.
    pub(super) fn slowlog(&self, count: usize) -> Value {
        let shown = |slow: &Slow| {
            Value::Array(vec![
                Value::Int(slow.id),
                Value::Int(slow.at_s),
                Value::Int(slow.us as i64),
                Value::Array(slow.argv.iter().cloned().map(Value::Bulk).collect()),
                Value::bulk(slow.address.clone()),
                Value::Bulk(slow.name.clone()),
            ])
        };
        Value::Array(self.slowlog.iter().take(count).map(shown).collect())
    }
}

/// A command's words as the slow log keeps them.
fn abridged(argv: &[Bytes]) -> Vec<Bytes> {
    let cut = |arg: &Bytes| match arg.len().checked_sub(SLOWLOG_ARG_BYTES_MAX) {
        Some(more @ 1..) => [&arg[..SLOWLOG_ARG_BYTES_MAX], format!("... ({more} more bytes)").as_bytes()].concat(),
        _ => arg.clone(),
    };
    if argv.len() <= SLOWLOG_ARGS_MAX {
        return argv.iter().map(cut).collect();
    }
    let more = argv.len() - SLOWLOG_ARGS_MAX + 1;
    let last = format!("... ({more} more arguments)").into_bytes();
    argv[..SLOWLOG_ARGS_MAX - 1].iter().map(cut).chain([last]).collect()
}

impl Model {
    /// The same model as a server of its own clients, who may ask it what no scenario asks of a model.
    pub fn served(self) -> Model {
        Model { service: Some(Box::default()), ..self }
    }

    /// A client has connected, from and to these addresses.
    pub fn connect(&mut self, client: ClientId, address: String, local_address: String) {
        let now_ms = self.now_ms;
        let connection = self.client(client);
        connection.origin = super::clients::Origin { address, local_address, since_ms: now_ms };
        connection.active_ms = now_ms;
        if let Some(service) = &mut self.service {
            service.stats.connections += 1;
        }
    }

    /// The connections that commands have closed since the last call.
    pub fn take_closed(&mut self) -> Vec<ClientId> {
        self.service.as_mut().map(|service| std::mem::take(&mut service.closed)).unwrap_or_default()
    }

    /// Whether CLIENT PAUSE holds a request of the client back, for INFO to tell.
    pub fn hold_back(&mut self, client: ClientId, held_back: bool) {
        self.client(client).held_back = held_back;
    }

    /// For how many microseconds DEBUG SLEEP has asked the server to do nothing since the last call.
    pub fn take_sleep_us(&mut self) -> u64 {
        self.service.as_mut().map_or(0, |service| std::mem::take(&mut service.sleep_us))
    }

    /// Whether CLIENT PAUSE holds this command back now.
    pub fn is_held_back(&self, client: ClientId, argv: &[Bytes]) -> bool {
        let Some(pause) = self.pause() else { return false };
        let Some(command) = argv.first().and_then(|name| command::by_name(name)) else { return false };
        if !self.profile.takes(command, argv.len()) || super::subcommand_error(command, argv).is_some() {
            return false; // What is wrong is said at once.
        }
        let queues = self.clients.get(&client).is_some_and(|c| c.multi.is_some());
        let writes = |name: &Bytes| command::by_name(name).is_some_and(may_write);
        match command.name {
            "EXEC" => !pause.writes_only || self.queued(client).iter().any(|argv| writes(&argv[0])),
            _ if queues => false,
            "CLIENT" if argv.get(1).is_some_and(|word| word.eq_ignore_ascii_case(b"UNPAUSE")) => false,
            _ => !pause.writes_only || may_write(command),
        }
    }

    /// When the pause that CLIENT PAUSE has begun ends, in unix milliseconds.
    pub fn pause_ends_ms(&self) -> Option<u64> {
        self.pause().map(|pause| pause.until_ms.max(0) as u64)
    }

    pub(super) fn pause(&self) -> Option<Pause> {
        self.service.as_ref()?.pause.filter(|pause| pause.until_ms > self.now_ms)
    }

    /// Removes keys until what is left fits into `maxmemory`, if the policy allows it; whether it fits.
    pub(super) fn make_room(&mut self) -> bool {
        let max_bytes = self.service.as_ref().map_or(0, |service| service.max_bytes);
        if max_bytes == 0 {
            return true;
        }
        let mut used = self.used_bytes();
        let policy = self.parameter("maxmemory-policy");
        for db in 0..DATABASES {
            let entries = self.dbs[db].entries.iter();
            let may_go = entries.filter(|(_, entry)| match policy.as_str() {
                "noeviction" => false,
                policy => policy.starts_with("allkeys") || entry.expires_ms.is_some(),
            });
            let sizes: Vec<(Bytes, usize)> = may_go.map(|(key, entry)| (key.clone(), size_bytes(key, entry))).collect();
            for (key, size) in sizes {
                if used <= max_bytes {
                    return true;
                }
                self.running = "";
                self.remove(db, &key);
                self.touch_expired(db, &key);
                self.notify(db, &key, b'e', "evicted");
                used -= size;
            }
        }
        used <= max_bytes
    }

    /// Whether a command is refused because memory is full. Only what frees memory may be queued then.
    pub(super) fn is_out_of_memory(&mut self, client: ClientId, command: &Command) -> bool {
        if self.make_room() {
            return false;
        }
        let needs_memory = |name: &Bytes| command::by_name(name).is_some_and(|command| command.has_flag("denyoom"));
        match command.name {
            "EXEC" => self.queued(client).iter().any(|argv| needs_memory(&argv[0])),
            "DISCARD" | "QUIT" | "RESET" => false,
            _ => command.has_flag("denyoom") || self.clients.get(&client).is_some_and(|c| c.multi.is_some()),
        }
    }

    /// Counts a command that has run, tells the monitors, and keeps it if it took long.
    pub(super) fn record(&mut self, client: ClientId, command: &Command, argv: &[Bytes], reply: &Expect) {
        if self.service.is_none() {
            return;
        }
        self.tell_monitors(client, command, argv);
        let Some(service) = &mut self.service else { return };
        let us = std::mem::take(&mut service.slept_us) + 1;
        let failed = service.stats.count_error(reply);
        let calls = service.stats.commands.entry(command_id(command, argv)).or_default();
        calls.calls += 1;
        calls.failed += u64::from(failed);
        calls.us += us;
        let waits = matches!(reply, Expect::Silent) && command.has_flag("blocking");
        if waits {
            service.waiting.insert(client, argv.to_vec());
        }
        let secret = matches!(command.name, "AUTH" | "HELLO" | "EXEC");
        if !waits && !secret {
            self.keep_if_slow(client, argv, us);
        }
    }

    /// The command for which a client has waited is done; the time that it waited does not count.
    pub(super) fn record_served(&mut self, client: ClientId, reply: &Expect) {
        let argv = self.service.as_mut().and_then(|service| service.waiting.remove(&client));
        if let Some(argv) = argv {
            self.count_failure(&argv, reply);
            self.keep_if_slow(client, &argv, 1);
        }
    }

    /// Counts the error of a command that has run already, if this is one.
    fn count_failure(&mut self, argv: &[Bytes], reply: &Expect) {
        let Some(service) = &mut self.service else { return };
        let command = argv.first().and_then(|name| command::by_name(&name.to_ascii_uppercase()));
        if let Some(command) = command.filter(|_| service.stats.count_error(reply)) {
            service.stats.commands.entry(command_id(command, argv)).or_default().failed += 1;
        }
    }

    fn keep_if_slow(&mut self, client: ClientId, argv: &[Bytes], us: u64) {
        let Some(service) = &mut self.service else { return };
        if u64::try_from(service.slower_than_us).is_ok_and(|limit| us >= limit) {
            let connection = self.clients.get(&client);
            let address = connection.map(|connection| connection.origin.address.clone()).unwrap_or_default();
            let name = connection.map(|connection| connection.name.clone()).unwrap_or_default();
            let (id, at_s) = (service.slow_ids, self.now_ms / 1000);
            service.slowlog.insert(0, Slow { id, at_s, us, argv: abridged(argv), address, name });
            service.slow_ids += 1;
        }
        service.slowlog.truncate(service.slowlog_max);
    }

    /// Counts a command that was refused before it ran.
    pub(super) fn record_refusal(&mut self, argv: &[Bytes], reply: &Expect) {
        let Some(service) = &mut self.service else { return };
        service.stats.count_error(reply);
        if let Some(command) = argv.first().and_then(|name| command::by_name(name)) {
            service.stats.commands.entry(command_id(command, argv)).or_default().rejected += 1;
        }
    }

    /// MONITOR: a line for each command.
    fn tell_monitors(&mut self, client: ClientId, command: &Command, argv: &[Bytes]) {
        let monitors: Vec<ClientId> = self.clients.iter().filter(|(_, c)| c.monitors).map(|(id, _)| *id).collect();
        if monitors.is_empty() || command.has_flag("admin") || command.has_subcommand_flag(argv, "admin") {
            return;
        }
        let origin = self.client(client);
        let (db, address) = (origin.db, origin.origin.address.clone());
        let mut line = format!("{}.{:06} [{db} {address}]", self.now_ms / 1000, self.now_ms % 1000 * 1000).into_bytes();
        for arg in argv {
            line.extend(format!(" \"{}\"", arg.escape_ascii().to_string().replace("\\'", "'")).into_bytes());
        }
        for monitor in monitors {
            self.outbox.push((monitor, Expect::Exact(Value::Status(line.clone()))));
        }
    }

    /// UNLINK: counts the keys that are large enough for another thread to free them.
    pub(super) fn free_lazily(&mut self, call: &Call) {
        let large = |key: &&Bytes| {
            self.dbs[call.db].entries.get(*key).is_some_and(|entry| allocations(entry) > LAZY_ALLOCATIONS)
        };
        let freed = call.argv[1..].iter().filter(large).count() as u64;
        if let Some(service) = &mut self.service {
            service.stats.freed += freed;
        }
    }

    /// Removes keys whose time ran out, as the server's own rounds do.
    pub(super) fn sweep(&mut self) {
        let now_ms = self.now_ms;
        let Some(service) = &mut self.service else { return };
        if service.started_ms.is_none() {
            service.started_ms = Some(now_ms);
            service.saved_s = now_ms / 1000;
        }
        if !service.active_expire || now_ms < service.swept_ms + SWEEP_MS || self.pause().is_some() {
            return;
        }
        if let Some(service) = &mut self.service {
            service.swept_ms = now_ms;
        }
        for db in 0..DATABASES {
            let entries = self.dbs[db].entries.iter();
            let expired = entries.filter(|(_, entry)| entry.expires_ms.is_some_and(|at| at < now_ms));
            let expired: Vec<Bytes> = expired.map(|(key, _)| key.clone()).collect();
            for key in expired {
                self.peek(db, &key);
            }
        }
    }
}

/// How many allocations a server would have to free with this value, roughly.
fn allocations(entry: &Entry) -> usize {
    const LIST_NODE_BYTES: usize = 8 << 10;
    match (&entry.data, entry.encoding) {
        (Data::List(list), _) => 1 + list.iter().map(Vec::len).sum::<usize>() / LIST_NODE_BYTES,
        (Data::Set(set), Encoding::Hashtable) => set.len(),
        (Data::Hash(hash), Encoding::Hashtable) => hash.len(),
        (Data::ZSet(zset), Encoding::Skiplist) => zset.len(),
        (Data::Stream(stream), _) => {
            let pending = stream.groups.values().next().map_or(0, |group| 1 + group.pending.len());
            stream.radix_tree_nodes() + stream.groups.len() * pending
        }
        _ => 1,
    }
}

/// Or does something of which replicas are told: PFCOUNT keeps what it has counted.
fn may_write(command: &Command) -> bool {
    command.has_flag("write") || matches!(command.name, "PFCOUNT" | "PUBLISH" | "SPUBLISH")
}

#[cfg(test)]
mod tests {
    use super::super::testing::predict;
    use super::*;

    #[test]
    fn a_pause_of_writes_holds_back_what_replicas_are_told() {
        let mut model = Model::default().served();
        predict(&mut model, &["CLIENT PAUSE 1000 WRITE"]);
        let held = |words: &[&str]| {
            let argv: Vec<Bytes> = words.iter().map(|word| (*word).into()).collect();
            model.is_held_back(ClientId(1), &argv)
        };
        assert!(held(&["SET", "k", "v"]) && held(&["PFCOUNT", "k"]) && held(&["PUBLISH", "c", "m"]));
        assert!(!held(&["GET", "k"]) && !held(&["SET", "k"]));
    }
}
