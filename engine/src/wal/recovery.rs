//! Opening: what is still there after a crash, and nothing that was never written.
//!
//! The newest snapshot, then the records behind it in order. Where the sound records end before the files do, either the
//! log was torn by a crash, and the rest is cut off; or a record that was durable is damaged, and that is an error. Who
//! tells the two apart is what comes later: a record says up to where the log was durable when it was written, and a
//! segment begins only when all before it is durable.
//!
//! Recovery may itself be cut short anywhere: all that it changes is that it writes the last segment anew
//! ([`Files::install`]), and then removes what isn't needed.

use std::io;

use super::error::{CorruptionKind, OpenError};
use super::files::Files;
use super::journal::Mode;
use super::record::Record;
use super::replay::replay;
use super::{Durability, Wal, segment, snapshot};
use crate::config::Config;
use crate::storage::Storage;
use crate::store::{Stats, Store};

/// Opens what the storage holds.
pub(crate) fn recover(
    config: Config,
    storage: Box<dyn Storage>,
    durability: Durability,
    now: i64,
) -> Result<(Store, Wal), OpenError> {
    let mut files = Files { storage, config: config.clone() };
    files.storage.lock().map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => OpenError::InUse,
        _ => OpenError::io("", "lock")(error),
    })?;
    files.remove_unfinished()?;
    let names = files.storage.list().map_err(OpenError::io("", "list"))?;

    let mut store = Store::new(config.clone());
    store.journal.set_mode(Mode::Replaying);
    let snapshot = load_snapshot(&mut files, &names, &mut store)?;
    let mut log = Log { next: snapshot + 1, tail: None, bytes_before: 0, now, config: config.clone() };
    log.read(&mut files, &names, &mut store, snapshot)?;
    let tail = log.take_tail();
    renew(&mut files, &tail)?;
    files.remove_before(snapshot).map_err(OpenError::io("", "remove"))?;

    let is_reused = planted!(config, WalSequenceReused) && log.next > tail.first;
    let next = if is_reused { log.next - 1 } else { log.next };
    settle(&mut store, &config, now);
    let wal = Wal {
        files,
        durability,
        first: tail.first,
        segment_bytes: tail.bytes.len() as u64,
        log_bytes: log.bytes_before + tail.bytes.len() as u64,
        next,
        synced: next - 1,
        synced_at: now,
        snapshot,
    };
    Ok((store, wal))
}

/// Loads the newest snapshot; returns the last record that it holds, 0 if there is none.
fn load_snapshot(files: &mut Files, names: &[String], store: &mut Store) -> Result<u64, OpenError> {
    let mut snapshots: Vec<_> = names.iter().filter_map(|name| Some((snapshot::seq_of(name)?, name))).collect();
    let Some((seq, name)) = snapshots.pop() else {
        return Ok(0);
    };
    if planted!(files.config, SnapshotMergesOlder) {
        for (seq, name) in snapshots {
            let bytes = files.read(name).map_err(OpenError::io(name, "read"))?;
            snapshot::load(store, &bytes, seq);
        }
    }
    let bytes = files.read(name).map_err(OpenError::io(name, "read"))?;
    let loaded = snapshot::load(store, &bytes, seq);
    loaded.ok_or_else(|| OpenError::corrupt(name, 0, seq, CorruptionKind::Snapshot))?;
    Ok(seq)
}

/// What the segments tell, as far as they are read.
struct Log {
    /// The number of the next record.
    next: u64,
    /// The last segment, up to its torn end.
    tail: Option<Tail>,
    /// The size of the others.
    bytes_before: u64,
    /// When it is read, for a plant.
    now: i64,
    config: Config,
}

/// The segment that is to grow.
struct Tail {
    first: u64,
    bytes: Vec<u8>,
}

impl Log {
    /// Replays the segments behind the snapshot.
    fn read(&mut self, files: &mut Files, names: &[String], store: &mut Store, snapshot: u64) -> Result<(), OpenError> {
        let segments = self.segments(names, snapshot)?;
        for (at, &(first, name)) in segments.iter().enumerate() {
            let mut bytes = files.read(name).map_err(OpenError::io(name, "read"))?;
            self.check_first(name, first, segment::read_header(&bytes))?;
            let end = self.replay_segment(name, &bytes, store)?;
            let is_last = at + 1 == segments.len();
            // What is read of it is about to take its place: a glance that misses something must not do that.
            if is_last && files.read(name).map_err(OpenError::io(name, "read"))? != bytes {
                return Err(OpenError::io(name, "read")(io::Error::other("it reads otherwise a second time")));
            }
            if end < bytes.len() && !(is_last && self.is_torn(&bytes[end..])) {
                return Err(OpenError::corrupt(name, end, self.next, CorruptionKind::Record));
            }
            if !planted!(self.config, WalTornTailStays) {
                bytes.truncate(end);
            }
            self.push(Tail { first, bytes });
        }
        Ok(())
    }

    /// The segments behind the snapshot, of which the first one must be there.
    fn segments<'a>(&mut self, names: &'a [String], snapshot: u64) -> Result<Vec<(u64, &'a String)>, OpenError> {
        let segments = names.iter().filter_map(|name| Some((segment::first_of(name)?, name)));
        let keeps_old = planted!(self.config, SnapshotOverlapReplayed);
        let segments: Vec<_> = segments.filter(|&(first, _)| first > snapshot || keeps_old).collect();
        let first = segments.first().map(|&(first, _)| first);
        if keeps_old {
            self.next = first.unwrap_or(self.next);
        }
        let is_empty = first.is_none() && snapshot == 0;
        if first == Some(self.next) || is_empty {
            Ok(segments)
        } else {
            Err(OpenError::corrupt(&segment::name(self.next), 0, self.next, CorruptionKind::Missing))
        }
    }

    /// Whether a segment that begins with this record is the one that must follow.
    fn check_first(&self, name: &str, first: u64, header: Option<u64>) -> Result<(), OpenError> {
        let corrupt = |what| Err(OpenError::corrupt(name, 0, self.next, what));
        match &self.tail {
            _ if header != Some(first) => corrupt(CorruptionKind::Header),
            _ if first < self.next => corrupt(CorruptionKind::Overlap),
            Some(before) if first > self.next && !planted!(self.config, WalHoleSkipped) => {
                let (name, end) = (segment::name(before.first), before.bytes.len());
                Err(OpenError::corrupt(&name, end, self.next, CorruptionKind::Hole))
            }
            _ => Ok(()),
        }
    }

    /// Replays the records of a segment; returns where the first one begins that isn't sound.
    fn replay_segment(&mut self, name: &str, bytes: &[u8], store: &mut Store) -> Result<usize, OpenError> {
        let mut at = segment::HEADER_BYTES;
        let mut last = None;
        while let Some((record, len)) = self.read_record(&bytes[at..]) {
            let is_told = replay(store, record.payload, self.now).is_some()
                || planted!(self.config, WalTornTailAccepted) && at + len == bytes.len();
            if !is_told {
                return Err(OpenError::corrupt(name, at, self.next, CorruptionKind::Content));
            }
            at += len;
            self.next = record.seq + 1;
            last = Some(record);
        }
        if planted!(self.config, WalLastRecordTwice) {
            last.and_then(|record| replay(store, record.payload, self.now));
        }
        Ok(at)
    }

    /// The next record, if it is at the start of these bytes, and how many of them it takes.
    fn read_record<'a>(&self, bytes: &'a [u8]) -> Option<(Record<'a>, usize)> {
        let sound = Record::read(bytes, &self.config).filter(|record| record.seq == self.next);
        #[cfg(feature = "planted")]
        if sound.is_none() {
            return Record::misread(bytes, self.next, &self.config);
        }
        sound.map(|record| (record, record.len()))
    }

    /// Whether nothing in the rest of the last segment says that it was durable.
    fn is_torn(&self, rest: &[u8]) -> bool {
        !Record::vouches(rest, self.next, &self.config)
    }

    fn push(&mut self, tail: Tail) {
        if let Some(before) = self.tail.replace(tail) {
            self.bytes_before += before.bytes.len() as u64;
        }
    }

    /// The last segment, which may be still to make.
    fn take_tail(&mut self) -> Tail {
        let first = self.next;
        self.tail.take().unwrap_or_else(|| Tail { first, bytes: segment::header(first) })
    }
}

/// Writes the last segment anew, without a torn end. Nobody knows whether the old one is durable: a sync of it may have
/// failed before, and then one that succeeds says nothing.
fn renew(files: &mut Files, tail: &Tail) -> Result<(), OpenError> {
    let name = segment::name(tail.first);
    let renewed = if planted!(files.config, WalTailRewrittenInPlace) && files.storage.len(&name).is_ok() {
        files
            .storage
            .truncate(&name, 0)
            .and_then(|()| files.append(&name, &tail.bytes))
            .and_then(|()| files.sync(&name))
    } else {
        files.install(&name, &tail.bytes)
    };
    renewed.map_err(OpenError::io(&name, "rewrite"))
}

/// What was replayed becomes the present.
pub(super) fn settle(store: &mut Store, config: &Config, now: i64) {
    store.config = Config { databases: store.dbs.len(), ..config.clone() };
    store.widen();
    store.stats = Stats::default();
    store.now = now;
    store.dbs.iter_mut().for_each(|db| db.touch_all(now));
    store.journal.set_mode(Mode::Recording);
    if planted!(config, WalLosesIndexes) {
        store.search.clear();
    }
    // However the keys came back, each index reads them all, in their order.
    store.search.forget_contents();
    store.index_changes(&[]);
}
