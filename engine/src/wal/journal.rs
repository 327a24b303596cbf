//! What has run and changed the store, as bytes: what a record of the log holds.
//!
//! A record tells what ran, not what it did: the words, the clock, the state of the random numbers and the database. On
//! equal stores equal commands do equal things, so nothing has to be said about what SPOP chose or when EXPIRE ends. What
//! the clock alone does, the end of a key's time, is told as such; so a replay needs no clock, and one that jumps back
//! brings nothing back.

use crate::config::Config;
use crate::serialize::Writer;
use crate::store::Store;

/// A command ran.
pub(super) const COMMAND: u8 = 1;
/// A command that had waited was served from a key.
pub(super) const SERVED: u8 = 2;
/// The time of a key was over.
pub(super) const EXPIRED: u8 = 3;
/// The limits by which the encodings of what follows were chosen.
pub(super) const LIMITS: u8 = 4;

/// What is to be logged and isn't yet.
#[derive(Default)]
pub(crate) struct Journal {
    mode: Mode,
    /// What is to become one record.
    unit: Writer,
    /// Whole records, oldest first.
    sealed: Vec<Vec<u8>>,
    /// The limits that the log told last.
    limits: Option<Limits>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nobody wants to know.
    #[default]
    Off,
    Recording,
    /// What runs comes from the log.
    Replaying,
}

impl Journal {
    pub(super) fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    pub fn is_recording(&self) -> bool {
        self.mode == Mode::Recording
    }

    /// Whether the log says which keys expire, and the clock doesn't.
    pub fn is_replaying(&self) -> bool {
        self.mode == Mode::Replaying
    }

    /// The time of a key is over.
    pub fn expired(&mut self, db: usize, key: &[u8]) {
        if self.is_recording() {
            self.unit.tag(EXPIRED);
            self.unit.count(db);
            self.unit.bytes(key);
        }
    }

    /// A command has changed something.
    pub fn command(&mut self, db: usize, rng: u64, argv: &[Vec<u8>], served_from: Option<&[u8]>) {
        self.unit.tag(if served_from.is_some() { SERVED } else { COMMAND });
        self.unit.count(db);
        self.unit.int(rng as i64);
        if let Some(key) = served_from {
            self.unit.bytes(key);
        }
        self.unit.count(argv.len());
        argv.iter().for_each(|word| self.unit.bytes(word));
    }

    /// What follows was done under these limits.
    pub fn limits(&mut self, limits: &Limits) {
        if self.limits.as_ref() != Some(limits) {
            self.unit.tag(LIMITS);
            limits.write(&mut self.unit);
            self.limits = Some(limits.clone());
        }
    }

    /// The limits that a replay of the log has here. A snapshot in place of the log must say the same: what comes next tells
    /// its own only if they are other ones.
    pub fn limits_told(&self, config: &Config) -> Limits {
        self.limits.clone().unwrap_or_else(|| Limits::of(config))
    }

    /// Makes one record of what came since the last one.
    pub fn seal(&mut self, now: i64) {
        if !self.unit.bytes.is_empty() {
            let mut record = Writer::default();
            record.int(now);
            record.bytes.append(&mut self.unit.bytes);
            self.sealed.push(record.bytes);
        }
    }

    /// The records that are whole.
    pub(super) fn take_sealed(&mut self, config: &Config) -> Vec<Vec<u8>> {
        let mut sealed = std::mem::take(&mut self.sealed);
        if planted!(config, WalAcksBeforeWrite) {
            self.sealed.extend(sealed.pop());
        }
        sealed
    }
}

/// The numbers of a configuration on which it depends what a command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limits([usize; LIMITS_LEN]);

const LIMITS_LEN: usize = 11;

/// A log that asks for more isn't believed.
const DATABASES_MAX: usize = 1 << 16;
/// The longest string that a log may allow, if the configuration doesn't.
const STRING_BYTES_MAX: usize = 512 << 20;

impl Limits {
    pub fn of(config: &Config) -> Limits {
        Limits([
            config.databases,
            config.proto_max_bulk_len,
            config.list_max_listpack_entries,
            config.hash_max_listpack_entries,
            config.hash_max_listpack_value,
            config.set_max_intset_entries,
            config.zset_max_listpack_entries,
            config.zset_max_listpack_value,
            config.hll_sparse_max_bytes,
            config.stream_node_max_bytes,
            config.stream_node_max_entries,
        ])
    }

    /// Puts the limits into a configuration, which has as many databases at least.
    fn put(&self, config: &mut Config) {
        let string_bytes_max = config.proto_max_bulk_len.max(STRING_BYTES_MAX);
        let databases = config.databases;
        [
            config.databases,
            config.proto_max_bulk_len,
            config.list_max_listpack_entries,
            config.hash_max_listpack_entries,
            config.hash_max_listpack_value,
            config.set_max_intset_entries,
            config.zset_max_listpack_entries,
            config.zset_max_listpack_value,
            config.hll_sparse_max_bytes,
            config.stream_node_max_bytes,
            config.stream_node_max_entries,
        ] = self.0;
        config.databases = config.databases.max(databases);
        config.proto_max_bulk_len = config.proto_max_bulk_len.min(string_bytes_max);
    }

    /// What is done from now on is done under these limits.
    pub(super) fn apply(&self, store: &mut Store) {
        self.put(&mut store.config);
        store.widen();
        store.journal.limits = Some(self.clone());
    }

    pub(super) fn write(&self, out: &mut Writer) {
        self.0.iter().for_each(|&n| out.int(n as i64));
    }

    pub(super) fn read(input: &mut crate::serialize::Reader<'_>) -> Option<Limits> {
        let mut limits = [0; LIMITS_LEN];
        for limit in &mut limits {
            *limit = input.int()? as u64 as usize;
        }
        (limits[0] <= DATABASES_MAX).then_some(Limits(limits))
    }
}
