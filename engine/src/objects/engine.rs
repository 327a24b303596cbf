//! An engine whose log is in an object store.

use super::ObjectOptions;
use super::error::{ObjectCorruption, ObjectOpenError};
use super::log::{ObjectLog, Setback};
use super::recovery::Recovered;
use super::store::Objects;
use crate::config::Config;
use crate::store::Store;
use crate::wal::elsewhere;

/// The log of an engine, and what it needs of the engine.
pub(crate) struct Streamed {
    pub log: ObjectLog,
    /// What the last snapshot held, for the plant that brings it back.
    #[cfg(feature = "planted")]
    last_snapshot: Option<(u64, Vec<u8>)>,
}

/// Opens what the store holds.
pub(crate) fn open(
    config: Config,
    objects: Box<dyn Objects>,
    options: ObjectOptions,
    now: i64,
) -> Result<(Store, Streamed), ObjectOpenError> {
    let (log, recovered) = ObjectLog::open(objects, options, config.clone())?;
    let store = replay(&recovered, &config, now)?;
    let streamed = Streamed {
        log,
        #[cfg(feature = "planted")]
        last_snapshot: recovered.snapshot,
    };
    Ok((store, streamed))
}

/// The store that the records came to.
fn replay(recovered: &Recovered, config: &Config, now: i64) -> Result<Store, ObjectOpenError> {
    let unreadable = |seq| ObjectOpenError::Corrupt { name: "the log".into(), seq, what: ObjectCorruption::Content };
    let mut store = elsewhere::begin(config);
    if let Some((seq, bytes)) = &recovered.snapshot {
        elsewhere::load(&mut store, bytes, *seq).ok_or_else(|| unreadable(*seq))?;
    }
    for (seq, payload) in &recovered.records {
        elsewhere::replay(&mut store, payload, now).ok_or_else(|| unreadable(*seq))?;
    }
    elsewhere::settle(&mut store, config, now);
    Ok(store)
}

impl Streamed {
    /// Takes what was sealed, and flushes it or makes a snapshot if it is time. An object store that fails stops nobody;
    /// one that somebody else has opened does.
    pub fn commit(&mut self, store: &mut Store, now: i64) -> Result<(), Setback> {
        let now_ms = u64::try_from(now).unwrap_or_default();
        for payload in elsewhere::take_sealed(store) {
            self.log.append(payload, now_ms);
        }
        let mut outcome = self.log.flush_if_due(now_ms);
        let is_asked_for = store.wants_snapshot && self.log.may_try(now_ms);
        if outcome.is_ok() && (is_asked_for || self.log.wants_compaction(now_ms)) {
            let snapshot = self.snapshot(store);
            outcome = self.log.compact(&snapshot, now_ms);
            store.wants_snapshot &= outcome.is_err();
        }
        unless_later(outcome)
    }

    /// Makes everything durable that is not.
    pub fn flush(&mut self, store: &mut Store, now: i64) -> Result<(), Setback> {
        self.commit(store, now)?;
        unless_later(self.log.flush(u64::try_from(now).unwrap_or_default()))
    }

    fn snapshot(&mut self, store: &Store) -> Vec<u8> {
        let seq = self.log.last_seq();
        let bytes = elsewhere::snapshot(store, seq);
        #[cfg(feature = "planted")]
        if planted!(self.log.config, ObjectsDeletionsForgotten) {
            return self.merged(bytes, seq);
        }
        bytes
    }

    #[cfg(feature = "planted")]
    /// The plant: the last snapshot with what is new, so that nothing is ever missing in one.
    fn merged(&mut self, bytes: Vec<u8>, seq: u64) -> Vec<u8> {
        let last = self.last_snapshot.take();
        let merged = last.and_then(|(of, last)| elsewhere::merge((&last, of), (&bytes, seq), &self.log.config));
        let merged = merged.unwrap_or(bytes);
        self.last_snapshot = Some((seq, merged.clone()));
        merged
    }
}

fn unless_later(outcome: Result<(), Setback>) -> Result<(), Setback> {
    outcome.or_else(|setback| if setback == Setback::Fenced { Err(setback) } else { Ok(()) })
}
