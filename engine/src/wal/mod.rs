//! Persistence: a log of what changed the store, in segments, and snapshots that let the log be short.
//!
//! - [`journal`]: what is to be logged; [`replay`]: doing it again.
//! - [`record`], [`segment`], [`snapshot`]: what the files hold.
//! - [`recovery`]: what is still there after a crash.
//!
//! A file under its own name is complete: it was written under another one and renamed ([`Files::install`]). Only the
//! newest segment grows, by whole batches of records; it is the only file that a crash can leave with a torn end.

pub(crate) mod elsewhere;
mod error;
mod files;
mod journal;
mod record;
mod recovery;
mod replay;
mod segment;
mod snapshot;

use std::io;

pub use error::{Corruption, CorruptionKind, OpenError};
pub(crate) use journal::{Journal, Limits};
pub(crate) use recovery::recover;

use crate::serialize::Writer;
use crate::store::Store;
use files::Files;
use record::Record;

/// How often [`Fsync::EverySec`] syncs.
const SYNC_EVERY_MS: i64 = 1000;

/// What an engine does for its keys to outlive it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Durability {
    /// When what was written is made durable.
    pub fsync: Fsync,
    /// The size in bytes at which a segment of the log is full.
    pub segment_bytes: u64,
    /// The size of the log in bytes at which the engine makes a snapshot by itself; 0 is never.
    pub rewrite_bytes: u64,
}

impl Default for Durability {
    fn default() -> Self {
        Durability { fsync: Fsync::Always, segment_bytes: 1 << 20, rewrite_bytes: 0 }
    }
}

/// When what was written is made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fsync {
    /// Before it is answered.
    Always,
    /// Every second: a crash may lose what was answered in the last one.
    EverySec,
    /// When the operating system likes to.
    No,
}

/// The log, to be written.
pub(crate) struct Wal {
    files: Files,
    durability: Durability,
    /// The first record of the segment that grows.
    first: u64,
    /// The size of that segment in bytes.
    segment_bytes: u64,
    /// The size of all segments in bytes.
    log_bytes: u64,
    /// The number of the next record.
    next: u64,
    /// The last record that is known to be durable.
    synced: u64,
    /// When that became so.
    synced_at: i64,
    /// The last record that a snapshot holds.
    snapshot: u64,
}

impl Wal {
    /// Writes what is sealed, makes it durable if it is time, and makes a snapshot if one is wanted.
    pub fn commit(&mut self, store: &mut Store, now: i64) -> io::Result<()> {
        let is_always = self.durability.fsync == Fsync::Always;
        let is_early = planted!(self.files.config, WalAcksBeforeSync);
        if is_always && is_early {
            self.sync(now)?;
        }
        self.write(store.journal.take_sealed(&self.files.config))?;
        if is_always && !is_early {
            self.sync(now)?;
        }
        self.sync_if_due(now)?;
        let limit = self.durability.rewrite_bytes;
        if std::mem::take(&mut store.wants_snapshot) || limit > 0 && self.log_bytes >= limit {
            self.rewrite(store, now)?;
        }
        Ok(())
    }

    /// Writes records, in as few pieces as there are segments for them.
    fn write(&mut self, payloads: Vec<Vec<u8>>) -> io::Result<()> {
        let mut piece = Vec::new();
        for payload in payloads {
            if u32::try_from(payload.len()).is_err() {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a record of more than 4 GiB"));
            }
            if self.segment_bytes + piece.len() as u64 >= self.durability.segment_bytes && self.next > self.first {
                self.append(&mut piece)?;
                self.rotate()?;
            }
            Record { seq: self.next, synced: self.synced, payload: &payload }.write(&mut piece, &self.files.config);
            self.next += 1;
        }
        self.append(&mut piece)
    }

    fn append(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        self.files.append(&segment::name(self.first), piece)?;
        self.segment_bytes += piece.len() as u64;
        self.log_bytes += piece.len() as u64;
        piece.clear();
        Ok(())
    }

    /// Begins another segment. All that was written before is durable then.
    fn rotate(&mut self) -> io::Result<()> {
        if !planted!(self.files.config, WalRotatesUnsynced) {
            self.sync_segment()?;
        }
        let header = segment::header(self.next);
        self.files.install(&segment::name(self.next), &header)?;
        self.first = self.next;
        self.segment_bytes = header.len() as u64;
        self.log_bytes += self.segment_bytes;
        Ok(())
    }

    /// Makes durable what is not, once a second, if that was asked for.
    pub fn sync_if_due(&mut self, now: i64) -> io::Result<()> {
        // A clock that has jumped back says nothing about how long ago it was.
        let is_due = !(0..SYNC_EVERY_MS).contains(&now.saturating_sub(self.synced_at));
        let is_due = is_due && !planted!(self.files.config, WalEverysecNever);
        if self.durability.fsync == Fsync::EverySec && is_due { self.sync(now) } else { Ok(()) }
    }

    fn sync(&mut self, now: i64) -> io::Result<()> {
        self.synced_at = now;
        if self.synced + 1 < self.next { self.sync_segment() } else { Ok(()) }
    }

    fn sync_segment(&mut self) -> io::Result<()> {
        self.files.sync(&segment::name(self.first))?;
        self.synced = self.next - 1;
        Ok(())
    }

    /// Makes everything that was written durable.
    pub fn close(&mut self) -> io::Result<()> {
        self.sync_segment()
    }

    /// Makes a snapshot, then removes the log before it. All of the store is written to the log.
    fn rewrite(&mut self, store: &Store, now: i64) -> io::Result<()> {
        let last = self.next - 1;
        if last == self.snapshot {
            return Ok(());
        }
        self.synced_at = now;
        self.rotate()?;
        if planted!(self.files.config, WalRemovedBeforeSnapshot) {
            self.files.remove_before(last)?;
        }
        self.files.install(&snapshot::name(last), &snapshot::write(store, last))?;
        self.snapshot = last;
        self.log_bytes = self.segment_bytes;
        self.files.remove_before(last)
    }
}

/// All keys with their values and deadlines, and what defines the indexes, as a snapshot holds them.
pub(crate) fn image(store: &Store) -> Vec<u8> {
    let mut out = Writer::default();
    snapshot::write_dbs(store, &mut out);
    snapshot::write_indexes(store, &mut out);
    out.bytes
}
