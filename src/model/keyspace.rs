//! Databases, entries and how commands reach them.

use std::collections::{BTreeMap, BTreeSet};

use super::encoding::Encoding;
use super::hash::Hash;
use super::object::LFU_INITIAL;
use super::stream::Stream;
use super::zset::ZSet;
use super::{Call, Error, Model};
use crate::resp::Bytes;

/// A list.
pub(super) type List = Vec<Bytes>;
/// A set.
pub(super) type Set = BTreeSet<Bytes>;

/// What a key holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Str(Bytes),
    List(List),
    Set(Set),
    Hash(Hash),
    ZSet(ZSet),
    Stream(Stream),
}

impl Data {
    /// As TYPE answers.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Data::Str(_) => "string",
            Data::List(_) => "list",
            Data::Set(_) => "set",
            Data::Hash(_) => "hash",
            Data::ZSet(_) => "zset",
            Data::Stream(_) => "stream",
        }
    }

    /// The commands that read the whole value.
    pub(super) fn reading(&self, key: &Bytes) -> Vec<Vec<Bytes>> {
        let commands: &[&[&[u8]]] = match self {
            Data::Str(_) => &[&[b"GET", key]],
            Data::List(_) => &[&[b"LRANGE", key, b"0", b"-1"]],
            Data::Set(_) => &[&[b"SMEMBERS", key]],
            Data::Hash(_) => &[&[b"HGETALL", key]],
            Data::ZSet(_) => &[&[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"]],
            Data::Stream(_) => &[&[b"XRANGE", key, b"-", b"+"], &[b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"]],
        };
        commands.iter().map(|words| words.iter().map(|word| word.to_vec()).collect()).collect()
    }

    fn is_empty_collection(&self) -> bool {
        match self {
            // A stream keeps its last id and its groups.
            Data::Str(_) | Data::Stream(_) => false,
            Data::List(list) => list.is_empty(),
            Data::Set(set) => set.is_empty(),
            Data::Hash(hash) => hash.is_empty(),
            Data::ZSet(zset) => zset.is_empty(),
        }
    }
}

/// A Rust type that holds one Redis type.
pub(super) trait Typed {
    fn empty(model: &Model) -> Self;
    fn of(data: &mut Data) -> Option<&mut Self>;
    fn wrap(self) -> Data;
}

macro_rules! typed {
    ($type:ty, $variant:ident, $empty:expr) => {
        impl Typed for $type {
            fn empty(model: &Model) -> Self {
                $empty(model)
            }
            fn of(data: &mut Data) -> Option<&mut Self> {
                match data {
                    Data::$variant(inner) => Some(inner),
                    _ => None,
                }
            }
            fn wrap(self) -> Data {
                Data::$variant(self)
            }
        }
    };
}

typed!(Bytes, Str, |_| Bytes::new());
typed!(List, List, |_| List::new());
typed!(Set, Set, |_| Set::new());
typed!(Hash, Hash, |_| Hash::default());
typed!(ZSet, ZSet, |model: &Model| ZSet::new(model.encodings.zset));
typed!(Stream, Stream, |_| Stream::default());

/// A value, its time to live and what OBJECT tells of it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) data: Data,
    pub(super) encoding: Encoding,
    /// Unix milliseconds: the last one in which the key is there.
    pub(super) expires_ms: Option<i64>,
    /// When a command last looked at it, in unix milliseconds, if that is known.
    pub(super) accessed_ms: Option<i64>,
    /// How often it was used, as OBJECT FREQ tells; only RESTORE sets it.
    pub(super) frequency: i64,
}

impl Entry {
    /// A key still lives in the millisecond in which it expires, with 0 left.
    fn is_expired(&self, now_ms: i64) -> bool {
        self.expires_ms.is_some_and(|at| at < now_ms)
    }
}

/// One database. Expired entries stay until something looks at them: DBSIZE may still count those.
#[derive(Clone, Debug, Default)]
pub(super) struct Db {
    pub(super) entries: BTreeMap<Bytes, Entry>,
}

impl Db {
    /// Entries that have not expired.
    pub(super) fn live(&self, now_ms: i64) -> impl Iterator<Item = (&Bytes, &Entry)> {
        self.entries.iter().filter(move |(_, entry)| !entry.is_expired(now_ms))
    }

    pub(super) fn is_expired(&self, key: &[u8], now_ms: i64) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.is_expired(now_ms))
    }

    pub(super) fn deadlines(&self) -> impl Iterator<Item = i64> {
        self.entries.values().filter_map(|entry| entry.expires_ms)
    }
}

impl Model {
    /// The entry of a key, which is thereby no longer idle.
    pub(super) fn entry(&mut self, db: usize, key: &[u8]) -> Option<&mut Entry> {
        let now_ms = self.now_ms;
        let entry = self.peek(db, key)?;
        entry.accessed_ms = Some(now_ms);
        Some(entry)
    }

    /// The entry of a key; one that has expired is removed first, as any access does.
    pub(super) fn peek(&mut self, db: usize, key: &[u8]) -> Option<&mut Entry> {
        if self.dbs[db].is_expired(key, self.now_ms) {
            if self.pause().is_some() {
                return None; // It is not there, and yet nothing changes.
            }
            self.touch_expired(db, key);
            self.remove(db, key);
            self.notify(db, key, b'x', "expired");
            if let Some(service) = &mut self.service {
                service.stats.expired += 1;
            }
        }
        self.dbs[db].entries.get_mut(key)
    }

    /// A command has gone over keys and removed those that had expired: all for which `met` holds, or some of them, and
    /// then nobody knows whether a client that waits for one of these has been told.
    pub(super) fn remove_expired(&mut self, db: usize, all: bool, met: impl Fn(&Bytes) -> bool) {
        let expired = self.dbs[db].entries.iter().filter(|(key, entry)| entry.is_expired(self.now_ms) && met(key));
        let expired: Vec<Bytes> = expired.map(|(key, _)| key.clone()).collect();
        for key in &expired {
            if all {
                self.peek(db, key);
            } else {
                self.lost_track |= self.is_awaited(db, key);
            }
        }
        // In which order the server met them, nobody knows.
        self.lost_track |= all && expired.len() > 1 && self.blocking.ready_keys() > 1;
    }

    /// Takes an entry out, and says so to whoever waits for what a group of this stream would get.
    pub(super) fn remove(&mut self, db: usize, key: &[u8]) {
        if let Some(Entry { data: Data::Stream(_), .. }) = self.dbs[db].entries.remove(key) {
            self.signal_stream_gone(db, key);
        }
    }

    pub(super) fn exists(&mut self, db: usize, key: &[u8]) -> bool {
        self.peek(db, key).is_some()
    }

    /// As [`Model::exists`], and looking counts as use: what a write does with the key that it may find.
    pub(super) fn finds(&mut self, db: usize, key: &[u8]) -> bool {
        self.entry(db, key).is_some()
    }

    /// The value of a key, if it is there and of this type.
    pub(super) fn get<T: Typed>(&mut self, call: &Call, key: &[u8]) -> Result<Option<&mut T>, Error> {
        match self.entry(call.db, key) {
            None => Ok(None),
            Some(entry) => T::of(&mut entry.data).map(Some).ok_or(Error::WrongType),
        }
    }

    /// A copy of the value, or an empty one.
    pub(super) fn get_or_empty<T: Typed + Clone>(&mut self, call: &Call, key: &[u8]) -> Result<T, Error> {
        let value = self.get::<T>(call, key)?.cloned();
        Ok(value.unwrap_or_else(|| T::empty(self)))
    }

    /// Puts a value where the old one was, keeping its time to live; an empty collection deletes the key.
    ///
    /// Does not touch watchers: the caller knows whether anything changed.
    pub(super) fn put<T: Typed>(&mut self, call: &Call, key: &[u8], value: T) {
        let data = value.wrap();
        if data.is_empty_collection() {
            self.dbs[call.db].entries.remove(key);
            return;
        }
        self.count_written(&data);
        match self.dbs[call.db].entries.get_mut(key) {
            Some(entry) => {
                entry.encoding = Encoding::edited(Some(entry.encoding), &data, &self.encodings);
                entry.data = data;
            }
            None => {
                let encoding = Encoding::edited(None, &data, &self.encodings);
                let entry =
                    Entry { data, encoding, expires_ms: None, accessed_ms: Some(self.now_ms), frequency: LFU_INITIAL };
                self.dbs[call.db].entries.insert(key.to_vec(), entry);
                self.notify(call.db, key, b'n', "new");
                self.signal_ready(call.db, key);
            }
        }
    }

    /// The value has another representation than most that came to be in the same way.
    pub(super) fn encode(&mut self, call: &Call, key: &[u8], encoding: Encoding) {
        if let Some(entry) = self.dbs[call.db].entries.get_mut(key) {
            entry.encoding = encoding;
        }
    }

    /// Changes the value of a key where it is, or an empty one that becomes its value: what [`update`](Self::update) does
    /// with a copy, for the commands that make collections large. `edit` answers whether anything changed, and a result.
    pub(super) fn edit<T: Typed, R>(
        &mut self,
        call: &Call,
        key: &[u8],
        edit: impl FnOnce(&mut T) -> (bool, R),
    ) -> Result<R, Error> {
        let Some(value) = self.get::<T>(call, key)? else {
            let mut value = T::empty(self);
            let (changed, result) = edit(&mut value);
            if changed {
                self.update(call, key, value);
            }
            return Ok(result);
        };
        let (changed, result) = edit(value);
        if changed {
            let entry = self.dbs[call.db].entries.get_mut(key);
            match entry.filter(|entry| !entry.data.is_empty_collection()) {
                Some(entry) => entry.encoding = Encoding::edited(Some(entry.encoding), &entry.data, &self.encodings),
                None => {
                    self.remove(call.db, key);
                }
            }
            self.touch(call.db, key);
        }
        Ok(result)
    }

    /// [`put`](Self::put), and tell the watchers.
    pub(super) fn update<T: Typed>(&mut self, call: &Call, key: &[u8], value: T) {
        self.put(call, key, value);
        self.touch(call.db, key);
    }

    /// A new value of any type over whatever was there: the time to live is gone. An empty one deletes.
    /// Answers whether a key is there now.
    pub(super) fn store<T: Typed>(&mut self, call: &Call, key: &[u8], value: T) -> bool {
        let data = value.wrap();
        if data.is_empty_collection() {
            self.delete(call.db, key);
            return false;
        }
        self.count_written(&data);
        let mut entry = self.new_entry(data);
        if call.in_exec {
            entry.accessed_ms = None; // A queued string counts as accessed when it was queued.
        }
        self.insert(call.db, key, entry);
        true
    }

    /// A value that was built at once.
    pub(super) fn new_entry(&self, data: Data) -> Entry {
        let encoding = Encoding::fresh(&data, &self.encodings);
        Entry { data, encoding, expires_ms: None, accessed_ms: Some(self.now_ms), frequency: LFU_INITIAL }
    }

    /// Replaces the whole entry.
    pub(super) fn insert(&mut self, db: usize, key: &[u8], entry: Entry) {
        let existed = self.exists(db, key);
        self.remove(db, key);
        self.dbs[db].entries.insert(key.to_vec(), entry);
        if !existed {
            self.notify(db, key, b'n', "new");
            self.signal_ready(db, key);
        }
        self.touch(db, key);
    }

    /// Removes a key; answers whether it was there.
    pub(super) fn delete(&mut self, db: usize, key: &[u8]) -> bool {
        let existed = self.exists(db, key);
        if existed {
            self.remove(db, key);
            self.touch(db, key);
        }
        existed
    }

    pub(super) fn count_written(&mut self, data: &Data) {
        // Only strings grow large from small commands; elements are bounded by the arguments that brought them.
        if let Data::Str(bytes) = data {
            self.written_bytes += bytes.len() as u64;
        }
    }
}
