//! One database: the keys, their values and their deadlines. It knows neither sessions nor the time.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::index::Index;
use crate::value::Value;

/// A value and, if it is volatile, the last millisecond of its life.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub value: Value,
    pub expires_at: Option<i64>,
    /// When a command last used the value, in milliseconds.
    pub used_at: i64,
}

impl Entry {
    /// Whether the deadline has passed. A key lives through the millisecond of its deadline.
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| now > at)
    }
}

/// One database.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    keys: Index<Entry>,
    /// The deadlines in order; exactly those of the entries.
    deadlines: BTreeSet<(i64, Vec<u8>)>,
    /// Moved by whatever may have changed a key, its value or its deadline, but for expiry.
    changes: u64,
}

impl Db {
    pub fn new() -> Self {
        Self { keys: Index::new(), deadlines: BTreeSet::new(), changes: 0 }
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// A count that moves with every change that isn't the end of a key's time, and perhaps without one.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// How many keys have a deadline.
    pub fn volatile_len(&self) -> usize {
        self.deadlines.len()
    }

    /// Gets the count wrong, for a plant.
    pub fn miscount(&mut self, by: usize) {
        self.keys.miscount(by);
    }

    pub fn get(&self, key: &[u8]) -> Option<&Entry> {
        self.keys.get(key)
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        self.keys.contains(key)
    }

    pub fn value_mut(&mut self, key: &[u8]) -> Option<&mut Value> {
        self.changes += 1;
        self.keys.get_mut(key).map(|entry| &mut entry.value)
    }

    /// Adds or replaces a persistent value; returns the entry replaced.
    pub fn insert(&mut self, key: &[u8], value: Value) -> Option<Entry> {
        self.changes += 1;
        let old = self.keys.insert(key.to_vec(), Entry { value, expires_at: None, used_at: 0 });
        self.forget_deadline(key, old.as_ref());
        old
    }

    pub fn remove(&mut self, key: &[u8]) -> Option<Entry> {
        self.changes += 1;
        self.expire(key)
    }

    /// Removes a key whose time is over.
    pub fn expire(&mut self, key: &[u8]) -> Option<Entry> {
        let old = self.keys.remove(key);
        self.forget_deadline(key, old.as_ref());
        old
    }

    fn forget_deadline(&mut self, key: &[u8], old: Option<&Entry>) {
        if let Some(at) = old.and_then(|entry| entry.expires_at) {
            self.deadlines.remove(&(at, key.to_vec()));
        }
    }

    /// Gives a key a deadline, another deadline, or none; returns the old one.
    pub fn set_deadline(&mut self, key: &[u8], at: Option<i64>) -> Option<i64> {
        self.changes += 1;
        let entry = self.keys.get_mut(key)?;
        let old = std::mem::replace(&mut entry.expires_at, at);
        if let Some(old) = old {
            self.deadlines.remove(&(old, key.to_vec()));
        }
        if let Some(at) = at {
            self.deadlines.insert((at, key.to_vec()));
        }
        old
    }

    /// Whether the key is there but past its deadline.
    pub fn is_expired(&self, key: &[u8], now: i64) -> bool {
        self.get(key).is_some_and(|entry| entry.is_expired(now))
    }

    /// The keys whose deadlines have passed, in that order.
    pub fn expired(&self, now: i64) -> Vec<Vec<u8>> {
        self.deadlines.iter().take_while(|(at, _)| now > *at).map(|(_, key)| key.clone()).collect()
    }

    /// The key whose deadline has passed first.
    pub fn first_expired(&self, now: i64) -> Option<&[u8]> {
        let (at, key) = self.deadlines.first()?;
        (now > *at).then_some(key)
    }

    /// All entries, in the order of the index.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Entry)> {
        self.keys.iter()
    }

    /// About `count` keys from a cursor on, and the next cursor; see [`Index::scan`].
    pub fn scan(&self, cursor: u64, count: usize) -> (u64, Vec<Vec<u8>>) {
        let (next, keys) = self.keys.scan(cursor, count);
        (next, keys.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// As [`Db::scan`], with the mistake of a plant: the cursor counts the keys told so far.
    pub fn scan_by_position(&self, cursor: u64, count: usize) -> (u64, Vec<Vec<u8>>) {
        let start = usize::try_from(cursor).unwrap_or(usize::MAX);
        let keys: Vec<_> = self.iter().skip(start).take(count).map(|(key, _)| key.to_vec()).collect();
        let end = start.saturating_add(keys.len());
        (if end < self.len() { end as u64 } else { 0 }, keys)
    }

    /// Notes that a command has used the key.
    pub fn touch(&mut self, key: &[u8], now: i64) {
        if let Some(entry) = self.keys.get_mut(key) {
            entry.used_at = now;
        }
    }

    /// Lets the idle time of all keys begin now.
    pub fn touch_all(&mut self, now: i64) {
        let keys: Vec<Vec<u8>> = self.iter().map(|(key, _)| key.to_vec()).collect();
        for key in keys {
            self.touch(&key, now);
        }
    }

    /// A random key.
    pub fn choose(&self, below: impl FnMut(usize) -> usize) -> Option<&[u8]> {
        self.keys.choose(below)
    }

    /// What is wrong in the database.
    pub fn check(&self, config: &Config) -> Vec<String> {
        let mut faults: Vec<String> = self.keys.check().err().into_iter().collect();
        let volatile: BTreeSet<(i64, Vec<u8>)> =
            self.iter().filter_map(|(key, entry)| Some((entry.expires_at?, key.to_vec()))).collect();
        if volatile != self.deadlines {
            faults.push(format!("deadlines: {} indexed, {} keys are volatile", self.deadlines.len(), volatile.len()));
        }
        for (key, entry) in self.iter() {
            let name = key.escape_ascii();
            if entry.value.is_empty_collection() {
                faults.push(format!("key {name}: an empty {}", entry.value.kind().name()));
            }
            if let Err(why) = entry.value.check(config) {
                faults.push(format!("key {name}: {why}"));
            }
        }
        faults
    }
}
