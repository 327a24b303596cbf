//! What a restart and a clock that doesn't run evenly make of a server.

use std::collections::BTreeMap;

use super::blocking::Blocking;
use super::configuration::Configuration;
use super::scan::Scans;
use super::{DATABASES, Model};
use crate::resp::Bytes;

impl Model {
    /// The server has been started anew, with the keys that it has here, at the time of `latest`, what it was in the
    /// end. Connections and parameters are gone, and when a key was last used is forgotten.
    pub fn restart(&mut self, latest: &Model) {
        self.now_ms = latest.now_ms;
        self.used = latest.used;
        self.written_bytes = latest.written_bytes;
        self.clients = BTreeMap::new();
        self.blocking = Blocking::default();
        self.configuration = Configuration::default();
        self.scans = Scans::new();
        self.outbox.clear();
        self.indexes.scan();
        for entry in self.dbs.iter_mut().flat_map(|db| db.entries.values_mut()) {
            entry.accessed_ms = None;
        }
    }

    /// The clock shows another time, maybe an earlier one, and no timer has fired.
    pub fn set_clock(&mut self, to_ms: u64) {
        self.now_ms = to_ms as i64;
        // How long ago was what is to come?
        for entry in self.dbs.iter_mut().flat_map(|db| db.entries.values_mut()) {
            entry.accessed_ms = entry.accessed_ms.filter(|at| *at <= self.now_ms);
        }
    }

    /// Keys whose time ran out and that nothing has looked at since, with their databases.
    pub fn expired_keys(&self) -> Vec<(usize, Bytes)> {
        let of = |db: usize| self.dbs[db].entries.keys().filter(move |key| self.dbs[db].is_expired(key, self.now_ms));
        (0..DATABASES).flat_map(|db| of(db).map(move |key| (db, key.clone()))).collect()
    }

    /// Keys whose time is not over, but was when the clock showed this.
    pub fn keys_expired_by(&self, at_ms: u64) -> Vec<(usize, Bytes)> {
        let at_ms = at_ms as i64;
        let of = |db: usize| {
            let keys = self.dbs[db].live(self.now_ms).map(|(key, _)| key);
            keys.filter(move |key| self.dbs[db].is_expired(key, at_ms))
        };
        (0..DATABASES).flat_map(|db| of(db).map(move |key| (db, key.clone()))).collect()
    }

    /// The server has removed this key when its time was over.
    pub fn forget(&mut self, db: usize, key: &[u8]) {
        self.dbs[db].entries.remove(key);
    }
}
