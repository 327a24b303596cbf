//! Opening: what is still there after a crash, and nothing that was never written.
//!
//! The newest snapshot, then the records behind it in order. Where the records end, either the log was torn by a crash,
//! and the rest of the file is cut off; or a durable record is damaged, and that is said. Who tells the two apart is what
//! comes later: a record says up to where the log was durable when it was written, and a segment begins only when those
//! before it are durable.
//!
//! Recovery may itself be cut short anywhere: it changes nothing but by [`Files::install`] and by removing what isn't
//! needed.

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
    let mut files = Files(storage);
    files.0.lock().map_err(|error| match error.kind() {
        std::io::ErrorKind::WouldBlock => OpenError::InUse,
        _ => OpenError::io("", "lock")(error),
    })?;
    files.remove_unfinished().map_err(OpenError::io("", "remove"))?;
    let names = files.0.list().map_err(OpenError::io("", "list"))?;

    let mut store = Store::new(config.clone());
    store.journal.set_mode(Mode::Replaying);
    let snapshot = load_snapshot(&mut files, &names, &mut store)?;
    let mut log = read_log(&mut files, &names, &mut store, snapshot)?;
    let tail = log.take_tail();
    // Perhaps nobody knows whether the last segment is durable, not even who syncs it again: a sync of it may have failed.
    // A new file leaves no doubt, and has no torn end.
    files
        .install(&segment::name(tail.first), &tail.bytes)
        .map_err(OpenError::io(&segment::name(tail.first), "install"))?;
    files.remove_before(snapshot).map_err(OpenError::io("", "remove"))?;

    settle(&mut store, &config, now);
    let wal = Wal {
        files,
        durability,
        first: tail.first,
        segment_bytes: tail.bytes.len() as u64,
        log_bytes: log.bytes_before + tail.bytes.len() as u64,
        next: log.next,
        synced: log.next - 1,
        synced_at: now,
        snapshot,
        config,
    };
    Ok((store, wal))
}

/// Loads the newest snapshot; returns the last record that it holds, 0 if there is none.
fn load_snapshot(files: &mut Files, names: &[String], store: &mut Store) -> Result<u64, OpenError> {
    let Some((seq, name)) = names.iter().filter_map(|name| Some((snapshot::seq_of(name)?, name))).max() else {
        return Ok(0);
    };
    let bytes = files.read(name).map_err(OpenError::io(name, "read"))?;
    let loaded = snapshot::load(store, &bytes, seq);
    loaded.ok_or_else(|| OpenError::corrupt(name, 0, seq, CorruptionKind::Snapshot))?;
    Ok(seq)
}

/// What was found in the segments.
struct Log {
    /// The number of the next record.
    next: u64,
    /// The last segment, which is to grow, up to its torn end.
    tail: Option<Tail>,
    /// The size of the others.
    bytes_before: u64,
}

struct Tail {
    first: u64,
    bytes: Vec<u8>,
}

impl Log {
    /// The last segment, which may be still to make.
    fn take_tail(&mut self) -> Tail {
        let first = self.next;
        self.tail.take().unwrap_or_else(|| Tail { first, bytes: segment::header(first) })
    }

    fn push(&mut self, tail: Tail) {
        if let Some(before) = self.tail.replace(tail) {
            self.bytes_before += before.bytes.len() as u64;
        }
    }

    /// Whether a segment that begins with this record is the one that must follow.
    fn check_first(&self, name: &str, first: u64, header: Option<u64>) -> Result<(), OpenError> {
        let corrupt = |what| Err(OpenError::corrupt(name, 0, self.next, what));
        match &self.tail {
            _ if header != Some(first) => corrupt(CorruptionKind::Header),
            _ if first < self.next => corrupt(CorruptionKind::Overlap),
            Some(before) if first > self.next => {
                let before_name = segment::name(before.first);
                Err(OpenError::corrupt(&before_name, before.bytes.len(), self.next, CorruptionKind::Hole))
            }
            _ => Ok(()),
        }
    }

    /// Replays the records of a segment; returns where the first one begins that isn't sound.
    fn read_records(&mut self, name: &str, bytes: &[u8], store: &mut Store) -> Result<usize, OpenError> {
        let mut at = segment::HEADER_BYTES;
        while let Some(record) = Record::read(&bytes[at..]).filter(|record| record.seq == self.next) {
            let told = replay(store, record.payload);
            told.ok_or_else(|| OpenError::corrupt(name, at, self.next, CorruptionKind::Content))?;
            at += record.len();
            self.next += 1;
        }
        Ok(at)
    }
}

/// Replays the segments behind the snapshot.
fn read_log(files: &mut Files, names: &[String], store: &mut Store, snapshot: u64) -> Result<Log, OpenError> {
    let mut log = Log { next: snapshot + 1, tail: None, bytes_before: 0 };
    let segments = names.iter().filter_map(|name| Some((segment::first_of(name)?, name)));
    let segments: Vec<(u64, &String)> = segments.filter(|&(first, _)| first > snapshot).collect();
    let is_new = segments.is_empty() && snapshot == 0;
    if !is_new && segments.first().is_none_or(|&(first, _)| first != log.next) {
        return Err(OpenError::corrupt(&segment::name(log.next), 0, log.next, CorruptionKind::Missing));
    }
    for (at, &(first, name)) in segments.iter().enumerate() {
        let mut bytes = files.read(name).map_err(OpenError::io(name, "read"))?;
        log.check_first(name, first, segment::read_header(&bytes))?;
        let end = log.read_records(name, &bytes, store)?;
        if end < bytes.len() && (at + 1 < segments.len() || Record::vouches(&bytes[end..], log.next)) {
            return Err(OpenError::corrupt(name, end, log.next, CorruptionKind::Record));
        }
        bytes.truncate(end);
        log.push(Tail { first, bytes });
    }
    Ok(log)
}

/// What was replayed becomes the present.
pub(super) fn settle(store: &mut Store, config: &Config, now: i64) {
    store.config = Config { databases: store.dbs.len(), ..config.clone() };
    store.widen();
    store.stats = Stats::default();
    store.now = now;
    store.dbs.iter_mut().for_each(|db| db.touch_all(now));
    store.journal.set_mode(Mode::Recording);
}
