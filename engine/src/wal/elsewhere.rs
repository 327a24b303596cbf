//! Records and snapshots for a log that is kept elsewhere than in files.

use super::{journal::Mode, recovery, replay as replaying, snapshot as snapshots};
use crate::config::Config;
use crate::store::Store;

/// An empty store, to be filled from a log.
pub(crate) fn begin(config: &Config) -> Store {
    let mut store = Store::new(config.clone());
    store.journal.set_mode(Mode::Replaying);
    store
}

/// Fills the store with what a snapshot holds that was made after that record.
pub(crate) fn load(store: &mut Store, bytes: &[u8], seq: u64) -> Option<()> {
    snapshots::load(store, bytes, seq)
}

/// Does what a record tells; `opened_at` is what the clock says meanwhile.
pub(crate) fn replay(store: &mut Store, payload: &[u8], opened_at: i64) -> Option<()> {
    replaying::replay(store, payload, opened_at)
}

/// All is replayed: from now on what changes the store is a record.
pub(crate) fn settle(store: &mut Store, config: &Config, now: i64) {
    recovery::settle(store, config, now);
}

/// The records since the last time.
pub(crate) fn take_sealed(store: &mut Store) -> Vec<Vec<u8>> {
    store.journal.take_sealed(&store.config)
}

/// The snapshot of a store after that record.
pub(crate) fn snapshot(store: &Store, seq: u64) -> Vec<u8> {
    snapshots::write(store, seq)
}

#[cfg(feature = "planted")]
/// The newer snapshot, with the keys of the older one that it lacks. Each comes with the last record that it holds.
pub(crate) fn merge(older: (&[u8], u64), newer: (&[u8], u64), config: &Config) -> Option<Vec<u8>> {
    let (mut old, mut new) = (begin(config), begin(config));
    load(&mut old, older.0, older.1)?;
    load(&mut new, newer.0, newer.1)?;
    for (db, keys) in old.dbs.iter().enumerate() {
        for (key, entry) in keys.iter() {
            if !new.dbs[db].contains(key) {
                new.dbs[db].insert(key, entry.value.clone());
                new.dbs[db].set_deadline(key, entry.expires_at);
            }
        }
    }
    Some(snapshot(&new, newer.1))
}
