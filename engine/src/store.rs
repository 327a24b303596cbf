//! All databases, and what must happen around every access: lazy expiry, WATCH, waking blocked sessions.

use crate::blocking::Blocked;
use crate::clients::Clients;
use crate::config::Config;
use crate::db::{Db, Entry};
use crate::pubsub;
use crate::reply::{Error, Reply};
use crate::rng::Rng;
use crate::search::Indexes;
use crate::session::{Session, SessionId};
use crate::settings::{self, Settings};
use crate::value::{Kind, Typed, Value};
use crate::wal::{Journal, Limits};
use crate::watch::Watches;

/// How many expired keys one tick removes from each database.
const EXPIRED_PER_TICK: usize = 20;

/// What INFO counts.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    pub commands: u64,
    pub errors: u64,
    pub hits: u64,
    pub misses: u64,
    pub expired_keys: u64,
}

/// The content of the engine.
pub(crate) struct Store {
    pub config: Config,
    /// The widest limits that were ever configured: what was stored under them stays as it is.
    pub widest: Config,
    pub dbs: Vec<Db>,
    pub watches: Watches,
    pub blocked: Blocked,
    pub clients: Clients,
    pub settings: Settings,
    pub rng: Rng,
    ticks: u64,
    /// When the engine was made.
    pub started_at: i64,
    pub stats: Stats,
    /// Whether ticks remove expired keys.
    pub active_expiry: bool,
    /// Deadlines of drained lists, for the plant that brings them back.
    #[cfg(feature = "planted")]
    ghosts: std::collections::BTreeMap<(usize, Vec<u8>), i64>,
    /// The time of the running command: it stands still until the command (or the transaction) is over.
    pub now: i64,
    pub journal: Journal,
    /// Changes that no database counts.
    other_changes: u64,
    /// A command asked for a snapshot.
    pub wants_snapshot: bool,
    /// The indexes of FT.*
    pub search: Indexes,
}

/// What was before a command, by which it is seen whether it has changed anything.
pub(crate) struct Mark {
    changes: u64,
    rng: u64,
    db: usize,
}

impl Store {
    pub fn new(config: Config) -> Self {
        Self {
            dbs: std::iter::repeat_with(Db::new).take(config.databases.max(1)).collect(),
            watches: Watches::default(),
            blocked: Blocked::default(),
            clients: Clients::default(),
            settings: Settings::default(),
            rng: Rng::new(config.seed),
            ticks: 0,
            started_at: 0,
            stats: Stats::default(),
            active_expiry: true,
            #[cfg(feature = "planted")]
            ghosts: Default::default(),
            now: 0,
            journal: Journal::default(),
            other_changes: 0,
            wants_snapshot: false,
            search: Indexes::default(),
            widest: config.clone(),
            config,
        }
    }

    /// The entry of a key that is alive. An expired one is removed on the way.
    pub fn entry(&mut self, db: usize, key: &[u8]) -> Option<&Entry> {
        self.expire_if_due(db, key);
        self.dbs[db].get(key)
    }

    /// Whether the key is alive.
    pub fn exists(&mut self, db: usize, key: &[u8]) -> bool {
        self.entry(db, key).is_some()
    }

    /// As [`Store::exists`], and looking counts as use: what a write does with the key that it may find.
    pub fn finds(&mut self, db: usize, key: &[u8]) -> bool {
        let now = self.now;
        self.dbs[db].touch(key, now);
        self.exists(db, key)
    }

    /// The value of a key, which must be of the type `T` if it exists.
    pub fn get<T: Typed>(&mut self, db: usize, key: &[u8]) -> Result<Option<&T>, Error> {
        self.expire_if_due(db, key);
        self.dbs[db].touch(key, self.now);
        let found = self.dbs[db].get(key);
        *(if found.is_some() { &mut self.stats.hits } else { &mut self.stats.misses }) += 1;
        match found {
            Some(entry) => T::of(&entry.value).map(Some).ok_or(Error::WRONG_TYPE),
            None => Ok(None),
        }
    }

    /// As [`Store::get`], to be changed; call [`Store::changed`] after a change.
    pub fn get_mut<T: Typed>(&mut self, db: usize, key: &[u8]) -> Result<Option<&mut T>, Error> {
        self.expire_if_due(db, key);
        self.dbs[db].touch(key, self.now);
        match self.dbs[db].value_mut(key) {
            Some(value) => T::of_mut(value).map(Some).ok_or(Error::WRONG_TYPE),
            None => Ok(None),
        }
    }

    /// As [`Store::get_mut`], of a key that is created if it is missing.
    pub fn get_or_create<T: Typed + Default>(&mut self, db: usize, key: &[u8]) -> Result<&mut T, Error> {
        if !self.exists(db, key) {
            self.add(db, key, T::default().into_value());
        }
        self.dbs[db].touch(key, self.now);
        self.dbs[db].value_mut(key).and_then(T::of_mut).ok_or(Error::WRONG_TYPE)
    }

    /// Adds a key that doesn't exist.
    fn add(&mut self, db: usize, key: &[u8], value: Value) {
        let kind = value.kind();
        self.dbs[db].insert(key, value);
        #[cfg(feature = "planted")]
        if let Some(at) = self.ghosts.remove(&(db, key.to_vec())) {
            self.dbs[db].set_deadline(key, Some(at));
        }
        self.wake(db, key, kind);
    }

    /// Something came to the key: whoever waits for it is served after the command.
    pub fn wake(&mut self, db: usize, key: &[u8], kind: Kind) {
        if kind.can_block() {
            self.blocked.signal(db, key);
        }
    }

    /// The value of a key goes, or another one takes its place.
    fn mourn(&mut self, db: usize, key: &[u8], old: &Entry) {
        if old.value.kind() == Kind::Stream {
            self.blocked.signal_gone(db, key);
        }
    }

    /// Gives a key a value and no deadline, whatever it was before.
    pub fn set(&mut self, db: usize, key: &[u8], value: Value) {
        if self.exists(db, key) {
            if let Some(old) = self.dbs[db].insert(key, value) {
                self.mourn(db, key, &old);
            }
        } else {
            self.add(db, key, value);
        }
        self.dbs[db].touch(key, self.now);
        self.changed(db, key);
    }

    /// As [`Store::set`], but the deadline stays.
    pub fn set_keeping_ttl(&mut self, db: usize, key: &[u8], value: Value) {
        let deadline = self.deadline(db, key);
        self.set(db, key, value);
        self.dbs[db].set_deadline(key, deadline);
    }

    /// Adds an entry with its deadline, in place of any other.
    pub fn put(&mut self, db: usize, key: &[u8], entry: Entry) {
        if let Some(old) = self.dbs[db].remove(key) {
            self.mourn(db, key, &old);
        }
        self.add(db, key, entry.value);
        self.dbs[db].set_deadline(key, entry.expires_at);
        self.dbs[db].touch(key, entry.used_at);
        self.changed(db, key);
    }

    /// Removes a key; returns what it held if it was alive.
    pub fn remove(&mut self, db: usize, key: &[u8]) -> Option<Entry> {
        self.expire_if_due(db, key);
        let old = self.dbs[db].remove(key)?;
        self.mourn(db, key, &old);
        self.changed(db, key);
        Some(old)
    }

    /// A key was written: its watchers learn of it, and an empty collection goes.
    pub fn changed(&mut self, db: usize, key: &[u8]) {
        if self.dbs[db].get(key).is_some_and(|entry| entry.value.is_empty_collection()) {
            let drained = self.dbs[db].remove(key);
            #[cfg(feature = "planted")]
            if planted!(self.config, DrainedListTtlReturns)
                && let Some(at) = drained.as_ref().and_then(|entry| entry.expires_at)
            {
                self.ghosts.insert((db, key.to_vec()), at);
            }
            drop(drained);
        }
        let exists = self.dbs[db].contains(key);
        self.watches.touch(db, key, exists);
        if db == 0 {
            self.search.touch(key);
        }
        if planted!(self.config, WatchCrossesDatabases) {
            for other in (0..self.dbs.len()).filter(|&other| other != db) {
                self.watches.touch(other, key, exists);
            }
        }
    }

    /// The deadline of a key that is alive.
    pub fn deadline(&mut self, db: usize, key: &[u8]) -> Option<i64> {
        self.entry(db, key)?.expires_at
    }

    /// Gives a key that is alive a deadline, or none.
    pub fn set_deadline(&mut self, db: usize, key: &[u8], at: Option<i64>) {
        self.dbs[db].set_deadline(key, at);
    }

    fn expire_if_due(&mut self, db: usize, key: &[u8]) {
        let now = self.now + i64::from(planted!(self.config, ExpiryEarly));
        if self.dbs[db].is_expired(key, now) && !self.journal.is_replaying() {
            if !planted!(self.config, WalExpiryUnlogged) {
                self.journal.expired(db, key);
            }
            if let Some(old) = self.dbs[db].expire(key) {
                self.mourn(db, key, &old);
            }
            self.stats.expired_keys += 1;
            if !planted!(self.config, WatchMissesExpiry) {
                self.changed(db, key);
            }
            if planted!(self.config, SearchExpiredStays) {
                self.search.untouch(key);
            } else if db == 0 {
                self.search.touch(key);
            }
        }
    }

    /// Removes up to `limit` keys whose deadline has passed; returns how many.
    fn expire_some(&mut self, db: usize, limit: usize) -> usize {
        for removed in 0..limit {
            let Some(key) = self.dbs[db].first_expired(self.now).map(<[u8]>::to_vec) else {
                return removed;
            };
            self.expire_if_due(db, &key);
        }
        limit
    }

    /// Removes all keys whose deadline has passed: the caller is about to show all keys or their number. A stream of
    /// whose end a session would be told stays until somebody looks at it.
    pub fn expire_all(&mut self, db: usize) {
        for key in self.dbs[db].expired(self.now) {
            if !self.blocked.is_mourned(db, &key) {
                self.expire_if_due(db, &key);
            }
        }
    }

    /// Active expiry: every second tick, which leaves the other half of the work to lazy expiry. It keeps out where a
    /// session would be told of the end of a stream: that comes when somebody looks at the stream.
    pub fn expire_cycle(&mut self) {
        self.ticks += 1;
        if !self.ticks.is_multiple_of(2) || !self.active_expiry {
            return;
        }
        for db in (0..self.dbs.len()).filter(|&db| !self.blocked.mourns_in(db)).collect::<Vec<_>>() {
            let removed = self.expire_some(db, EXPIRED_PER_TICK);
            if planted!(self.config, ActiveExpiryMiscounts) {
                self.dbs[db].miscount(removed);
            }
        }
    }

    /// Removes all keys of a database.
    pub fn flush(&mut self, db: usize) {
        let before = std::mem::replace(&mut self.dbs[db], Db::new());
        self.other_changes += before.changes() + 1;
        // Of whatever database: the server drops them all.
        self.search.clear();
        if !planted!(self.config, WatchMissesFlush) {
            self.watches.replace_db(db, &before, None, self.now);
        }
        self.mourn_replaced(db, &before);
    }

    /// The content of a database was `before`: whoever waits for a stream that isn't there any more learns of it.
    fn mourn_replaced(&mut self, db: usize, before: &Db) {
        for key in self.blocked.keys_of(db) {
            let is_stream = |db: &Db| db.get(&key).is_some_and(|entry| entry.value.kind() == Kind::Stream);
            if is_stream(before) && !is_stream(&self.dbs[db]) {
                self.blocked.signal_gone(db, &key);
            }
        }
    }

    /// Exchanges the content of two databases.
    pub fn swap(&mut self, a: usize, b: usize) {
        if a == b {
            return;
        }
        if !planted!(self.config, WatchMissesSwapdb) {
            self.watches.replace_db(a, &self.dbs[a], Some(&self.dbs[b]), self.now);
            self.watches.replace_db(b, &self.dbs[b], Some(&self.dbs[a]), self.now);
        }
        self.dbs.swap(a, b);
        self.other_changes += 1;
        if a == 0 || b == 0 {
            self.search.forget_contents();
        }
        if planted!(self.config, SwapdbWakesNobody) {
            return;
        }
        for (db, other) in [(a, b), (b, a)] {
            for key in self.blocked.keys_of(db) {
                let kind = |db: usize| self.dbs[db].get(&key).map(|entry| entry.value.kind());
                let (before, after) = (kind(other), kind(db));
                if before == Some(Kind::Stream) && after != before {
                    self.blocked.signal_gone(db, &key);
                }
                if let Some(kind) = after {
                    self.wake(db, &key, kind);
                }
            }
        }
    }

    /// A command of the session is over (or has blocked it): what it answered goes out, and the session joins the
    /// others again, or ends.
    pub fn settle(&mut self, mut session: Session, reply: Option<Reply>) {
        if let Some(reply) = reply {
            self.stats.errors += u64::from(matches!(reply, Reply::Error(_)));
            session.answer(reply);
        }
        if session.wait.is_none() {
            session.next_silence();
            if !session.sent.is_empty() {
                self.clients.owed.push(session.id);
            }
        }
        self.clients.flush(&mut session);
        if session.closing {
            self.close(session);
        } else {
            self.clients.put(session);
        }
    }

    /// Ends a session: what it queued, watched, waited for or listened to is forgotten.
    pub fn close(&mut self, session: Session) {
        self.watches.unwatch(session.id);
        if planted!(self.config, DisconnectLeaksSubscriptions) {
            self.clients.pubsub.of_mut(pubsub::Kind::Channel).leak(session.id);
        }
        self.clients.pubsub.forget(session.id);
        if let Some(wait) = session.wait {
            self.blocked.remove(session.id, session.db, &wait);
        }
    }

    /// Answers a session that is blocked, which can go on then. Without a reply, its time is over.
    pub fn unblock(&mut self, id: SessionId, reply: Option<Reply>) {
        let Some(mut session) = self.clients.take(id) else {
            return;
        };
        let mut reply = reply;
        if let Some(mut wait) = session.wait.take() {
            reply = reply.or_else(|| Some(wait.timed_out()));
            if planted!(self.config, BlockedStaysInOtherQueues) {
                wait.keys.truncate(1);
            }
            self.blocked.remove(id, session.db, &wait);
        }
        self.settle(session, reply);
    }

    /// The configuration has changed: what was stored under its limits stays as it is, and there may be more databases.
    pub fn widen(&mut self) {
        settings::widen(&mut self.widest, &self.config);
        let databases = self.config.databases.max(self.dbs.len());
        self.dbs.resize_with(databases, Db::new);
    }

    fn changes(&self) -> u64 {
        self.dbs.iter().map(Db::changes).sum::<u64>() + self.other_changes + self.search.changes()
    }

    /// The keys of the documents of an index, to be deleted with it.
    pub fn indexed_keys(&mut self, name: &[u8]) -> Vec<Vec<u8>> {
        self.settle_indexes();
        let contents = self.search.contents(name).map(|(_, contents)| contents);
        contents
            .into_iter()
            .flat_map(|contents| contents.documents.values())
            .map(|document| document.key.clone())
            .collect()
    }

    /// The indexes hold what is there now: what has expired is not.
    pub fn settle_indexes(&mut self) {
        if !self.search.is_empty() {
            self.expire_all(0);
            self.search.refresh(&self.dbs[0], &self.config);
        }
    }

    /// A command has run: the indexes learn of what it wrote.
    pub fn index_changes(&mut self, argv: &[Vec<u8>]) {
        self.search.note(argv);
        self.search.refresh(&self.dbs[0], &self.config);
    }

    /// Begins to watch what a command of a session in that database does, if anybody wants to know.
    pub fn mark(&self, db: usize) -> Option<Mark> {
        self.journal.is_recording().then(|| Mark { changes: self.changes(), rng: self.rng.state(), db })
    }

    /// Takes a command down that has changed something since the mark; one that was served late, with the key it was
    /// served from.
    pub fn note(&mut self, mark: Option<Mark>, argv: &[Vec<u8>], served_from: Option<&[u8]>) {
        if let Some(mark) = mark.filter(|mark| mark.changes != self.changes()) {
            if served_from.is_some() && planted!(self.config, WalServedUnlogged) {
                return;
            }
            self.journal.limits(&Limits::of(&self.config));
            self.journal.command(mark.db, mark.rng, argv, served_from);
            if planted!(self.config, WalMultiSplit) {
                self.seal();
            }
        }
    }

    /// What was taken down since the last time becomes one record: all of it will be there after a crash, or nothing.
    pub fn seal(&mut self) {
        self.journal.seal(self.now);
    }

    /// What is wrong in the store.
    pub fn check(&self) -> Vec<String> {
        let of_db =
            |(at, db): (usize, &Db)| db.check(&self.widest).into_iter().map(move |why| format!("db {at}: {why}"));
        let mut faults: Vec<String> = self.dbs.iter().enumerate().flat_map(of_db).chain(self.watches.check()).collect();
        let waiting =
            self.clients.iter().filter_map(|session| session.wait.as_ref().map(|wait| (session.id, session.db, wait)));
        faults.extend(self.blocked.check(waiting));
        faults.extend(self.clients.pubsub.check(|id| self.clients.iter().any(|session| session.id == id)));
        faults.extend(self.check_search());
        faults
    }

    /// What is wrong in the indexes.
    pub fn check_search(&self) -> Vec<String> {
        self.search.check(&self.dbs[0], &self.config)
    }
}

#[cfg(test)]
mod tests {
    use crate::reply::Reply;
    use crate::testing::Rig;

    #[test]
    fn a_key_lives_through_the_millisecond_of_its_deadline() {
        for (wait_ms, expected) in [(9, 1), (10, 0), (11, -2)] {
            let mut rig = Rig::new();
            rig.run("SET k v PX 10");
            rig.wait(wait_ms);
            assert_eq!(rig.run("PTTL k"), Reply::Int(expected));
            assert_eq!(rig.run("DBSIZE"), Reply::flag(expected >= 0));
        }
    }

    #[test]
    fn what_is_created_anew_has_no_deadline() {
        let mut rig = Rig::new();
        for command in ["RPUSH k a", "PEXPIRE k 100", "LPOP k", "RPUSH k b"] {
            rig.run(command);
        }
        assert_eq!(rig.run("PTTL k"), Reply::Int(-1));
    }

    #[test]
    fn active_expiry_removes_what_nobody_asks_for() {
        let mut rig = Rig::new();
        for n in 0..30 {
            rig.run(&format!("SET k{n} v PX {}", n + 1));
        }
        for _ in 0..6 {
            rig.tick(10);
        }
        assert_eq!(rig.engine.check(), [""; 0]);
        assert_eq!(rig.run("RANDOMKEY"), Reply::NullBulk);
    }

    #[test]
    fn a_swap_wakes_those_who_wait_for_what_it_brings() {
        let mut rig = Rig::new();
        rig.replies(2, "BLPOP k 0");
        for command in ["SELECT 1", "RPUSH k a"] {
            rig.run(command);
        }
        let expected = [(1, Reply::OK), (2, Reply::bulks(["k", "a"]))];
        assert_eq!(rig.replies(1, "SWAPDB 0 1"), expected);
    }
}
