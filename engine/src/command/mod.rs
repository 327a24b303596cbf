//! The commands: their table, and what each of them may use.

mod aggregate;
pub(crate) mod args;
mod bitfield;
mod bitmap;
mod client;
mod config;
mod connection;
mod dump;
mod expiry;
mod geo;
mod hash;
mod hyperloglog;
mod info;
mod introspect;
mod key_flags;
mod keyspace;
mod lcs;
mod list;
mod monitor;
mod object;
mod pubsub;
mod random;
mod scan;
mod search;
mod search_query;
mod server;
mod set;
mod sort;
mod stream;
mod string;
mod zset;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::blocking::{Progress, Wait};
use crate::config::Config;
use crate::db::Entry;
use crate::reply::{Error, Reply};
use crate::session::{Session, SessionId};
use crate::store::Store;
use crate::value::{Kind, Typed, Value};

/// What every command returns: a reply, or the error to reply.
pub(crate) type Outcome = Result<Reply, Error>;

/// What COMMAND tells of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandSpec {
    /// The name in lower case.
    pub name: &'static str,
    /// The number of words, name included; negative: at least so many.
    pub arity: i64,
    /// The flags, separated by blanks, in the order of COMMAND.
    pub flags: &'static str,
    /// The position of the first key, or 0.
    pub first_key: i64,
    /// The position of the last key; negative from the end.
    pub last_key: i64,
    /// The distance from key to key.
    pub step: i64,
}

/// A command: what is known of it, and what it does.
pub(crate) struct Command {
    pub spec: CommandSpec,
    pub run: Run,
}

/// How a command runs. `argv` has passed the arity check, `argv[0]` is the name.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// It answers at once.
    Now(fn(&mut Context<'_>, &[Vec<u8>]) -> Outcome),
    /// It says what it needs; if no key has it, the session blocks.
    Wait(fn(&mut Context<'_>, &[Vec<u8>]) -> Result<Wait, Error>),
    /// It controls the transaction that the session is in, and is never queued.
    Transaction(fn(&mut Context<'_>, &[Vec<u8>]) -> Outcome),
    /// EXEC, which runs other commands.
    Exec,
    /// It answers, or says what it waits for.
    Try(fn(&mut Context<'_>, &[Vec<u8>]) -> Result<Progress, Error>),
    /// It sends its replies itself, with [`Context::send`]: any number of them.
    Send(fn(&mut Context<'_>, &[Vec<u8>]) -> Result<(), Error>),
    /// Only a name before those of its subcommands, which are called `container|subcommand`. One that is called like
    /// the container itself runs where no subcommand is given.
    Container(&'static [Command]),
}

impl Command {
    /// `keys` are the first key, the last key and the step.
    pub const fn new(name: &'static str, arity: i64, flags: &'static str, keys: (i64, i64, i64), run: Run) -> Self {
        let (first_key, last_key, step) = keys;
        Self { spec: CommandSpec { name, arity, flags, first_key, last_key, step }, run }
    }

    /// The subcommand of a container that these words name, in any case; any other command is itself.
    pub fn resolve(&'static self, argv: &[Vec<u8>]) -> Option<&'static Command> {
        match (self.run, argv.get(1)) {
            (Run::Container(_), Some(word)) => self.subcommand(word),
            (Run::Container(all), None) => {
                Some(all.iter().find(|alone| alone.spec.name == self.spec.name).unwrap_or(self))
            }
            _ => Some(self),
        }
    }

    /// What can follow the name of a container.
    pub fn subcommands(&self) -> impl Iterator<Item = &'static Command> + use<> {
        let all = if let Run::Container(all) = self.run { all } else { &[] };
        all.iter().filter(|command| command.spec.name.contains('|'))
    }

    /// The subcommand of that name, in any case.
    pub fn subcommand(&self, word: &[u8]) -> Option<&'static Command> {
        let own_name = |command: &Command| command.spec.name.split_once('|').map_or("", |(_, own)| own);
        self.subcommands().find(|command| word.eq_ignore_ascii_case(own_name(command).as_bytes()))
    }

    /// Whether a command of so many words is well-formed.
    pub fn takes(&self, words: usize) -> bool {
        let words = words as i64;
        if self.spec.arity >= 0 { words == self.spec.arity } else { words >= -self.spec.arity }
    }
}

/// Every command, by family.
const FAMILIES: &[&[Command]] = &[
    string::COMMANDS,
    aggregate::COMMANDS,
    keyspace::COMMANDS,
    expiry::COMMANDS,
    list::COMMANDS,
    set::COMMANDS,
    hash::COMMANDS,
    zset::COMMANDS,
    crate::transaction::COMMANDS,
    bitmap::COMMANDS,
    lcs::COMMANDS,
    hyperloglog::COMMANDS,
    geo::COMMANDS,
    stream::COMMANDS,
    scan::COMMANDS,
    sort::COMMANDS,
    object::COMMANDS,
    dump::COMMANDS,
    connection::COMMANDS,
    client::COMMANDS,
    config::COMMANDS,
    info::COMMANDS,
    introspect::COMMANDS,
    server::COMMANDS,
    monitor::COMMANDS,
    pubsub::COMMANDS,
    search::COMMANDS,
    search_query::COMMANDS,
];

fn table() -> &'static BTreeMap<&'static str, &'static Command> {
    static TABLE: OnceLock<BTreeMap<&'static str, &'static Command>> = OnceLock::new();
    TABLE.get_or_init(|| FAMILIES.iter().copied().flatten().map(|command| (command.spec.name, command)).collect())
}

/// The command of that name, in any case.
pub(crate) fn find(name: &[u8]) -> Option<&'static Command> {
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    table().get(name.as_str()).copied()
}

/// What HELP answers for a container.
pub(crate) fn help(container: &str, lines: &str) -> Outcome {
    let title = format!("{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    let lines = lines.lines().chain(["HELP", "    Prints this help."]);
    let all = std::iter::once(title.as_str()).chain(lines);
    Ok(Reply::Array(all.map(|line| Reply::Status(line.as_bytes().to_vec().into())).collect()))
}

/// All commands by name, as COMMAND tells them.
pub fn command_table() -> impl Iterator<Item = CommandSpec> {
    table().values().map(|command| command.spec)
}

/// The words after a subcommand's name make no sense.
pub(crate) fn subcommand_syntax(argv: &[Vec<u8>]) -> Error {
    let mut text = b"ERR unknown subcommand or wrong number of arguments for '".to_vec();
    text.extend_from_slice(args::c_prefix(&argv[1], args::QUOTED_BYTES));
    text.extend_from_slice(b"'. Try ");
    text.extend_from_slice(&args::c_str(&argv[0]).to_ascii_uppercase());
    text.extend_from_slice(b" HELP.");
    Error::built(text)
}

/// What a running command sees: the store, through the eyes of a session. The methods work on the selected database.
pub(crate) struct Context<'a> {
    pub store: &'a mut Store,
    pub session: &'a mut Session,
}

impl Context<'_> {
    pub fn config(&self) -> &Config {
        &self.store.config
    }

    /// The time in milliseconds, the same all through a command.
    pub fn now(&self) -> i64 {
        self.store.now
    }

    /// Sends something besides the command's reply, to this session or to another.
    pub fn send(&mut self, to: SessionId, reply: Reply) {
        if to == self.session.id {
            self.session.send(reply);
        } else {
            self.store.clients.push(to, reply);
        }
    }

    /// Whether the session has subscriptions and speaks RESP2: messages could come between replies.
    pub fn is_subscribed_resp2(&self) -> bool {
        !self.session.resp3 && self.store.clients.pubsub.listens(self.session.id)
    }

    /// A random number below `bound`.
    pub fn random(&mut self, bound: usize) -> usize {
        self.store.rng.below(bound)
    }

    /// Whether the key is alive.
    pub fn exists(&mut self, key: &[u8]) -> bool {
        self.store.exists(self.session.db, key)
    }

    /// As [`Context::exists`], and looking counts as use.
    pub fn finds(&mut self, key: &[u8]) -> bool {
        self.store.finds(self.session.db, key)
    }

    /// What the key holds, of any type.
    pub fn value(&mut self, key: &[u8]) -> Option<&Value> {
        self.touch(key);
        self.entry(key).map(|entry| &entry.value)
    }

    /// The key's entry, looked at without counting as use.
    pub fn entry(&mut self, key: &[u8]) -> Option<&Entry> {
        self.store.entry(self.session.db, key)
    }

    /// Counts as use of the key, for its idle time.
    pub fn touch(&mut self, key: &[u8]) {
        self.store.dbs[self.session.db].touch(key, self.store.now);
    }

    /// What the key holds, seen without touching it: an expired key shows unless another method has met it
    /// before. For commands that look at several keys at once.
    pub fn peek_value(&self, key: &[u8]) -> Option<&Value> {
        self.store.dbs[self.session.db].get(key).map(|entry| &entry.value)
    }

    /// As [`Context::peek_value`], of the type `T`.
    pub fn peek<T: Typed>(&self, key: &[u8]) -> Option<&T> {
        self.peek_value(key).and_then(T::of)
    }

    /// What the key holds; an error if it is of another type than `T`.
    pub fn get<T: Typed>(&mut self, key: &[u8]) -> Result<Option<&T>, Error> {
        self.store.get(self.session.db, key)
    }

    /// As [`Context::get`], to be changed; call [`Context::changed`] after a change.
    pub fn get_mut<T: Typed>(&mut self, key: &[u8]) -> Result<Option<&mut T>, Error> {
        self.store.get_mut(self.session.db, key)
    }

    /// As [`Context::get_mut`], of a key that is created if it is missing. Call [`Context::changed`] in any case, it
    /// removes a collection that stayed empty.
    pub fn get_or_create<T: Typed + Default>(&mut self, key: &[u8]) -> Result<&mut T, Error> {
        self.store.get_or_create(self.session.db, key)
    }

    /// Tells that the key was written.
    pub fn changed(&mut self, key: &[u8]) {
        self.store.changed(self.session.db, key);
    }

    /// Tells that something came to the key for which sessions may wait.
    pub fn wake(&mut self, key: &[u8], kind: Kind) {
        self.store.wake(self.session.db, key, kind);
    }

    /// Gives the key a value and no deadline, whatever it was before.
    pub fn set(&mut self, key: &[u8], value: impl Typed) {
        self.store.set(self.session.db, key, value.into_value());
    }

    /// As [`Context::set`], but the deadline stays.
    pub fn set_keeping_ttl(&mut self, key: &[u8], value: impl Typed) {
        self.store.set_keeping_ttl(self.session.db, key, value.into_value());
    }

    /// Removes the key; says whether it was alive.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        self.store.remove(self.session.db, key).is_some()
    }

    /// The deadline of the key.
    pub fn deadline(&mut self, key: &[u8]) -> Option<i64> {
        self.store.deadline(self.session.db, key)
    }

    /// Whether the key is still there though its deadline has passed.
    pub fn is_expired(&self, key: &[u8]) -> bool {
        self.store.dbs[self.session.db].is_expired(key, self.store.now)
    }

    /// Gives the key, which must be alive, a deadline, or none.
    pub fn set_deadline(&mut self, key: &[u8], at: Option<i64>) {
        self.store.set_deadline(self.session.db, key, at);
    }
}
