//! Engines that keep a log: what the target `wal_bytes` needs of one.

use std::ops::Range;

use super::ClientId;
use crate::resp::Bytes;
use crate::scenario::Fsync;
use crate::sim::{Clock, Disk, Image};

/// The format and the recovery of a log.
pub trait Log {
    /// Opens what the disk holds. Must give the same for the same files, whatever the clock says.
    fn open(&self, disk: &Disk, clock: &Clock, settings: &LogSettings) -> Result<Box<dyn Logging>, NotOpened>;

    /// The parts of a log as far as its structure can be followed, in order; whether checksums are right doesn't matter.
    fn parts(&self, image: &Image) -> Vec<LogPart>;

    /// Makes the checksums of all files those of their content, as far as its structure can be followed.
    fn fix_checksums(&self, image: &mut Image);

    /// What a file of that name is.
    fn kind(&self, name: &str) -> Option<RawFile>;

    /// A disk that holds these bytes as that file, and what else there must be for it to be read.
    fn raw(&self, file: RawFile, bytes: &[u8]) -> Image;
}

/// An engine that runs on a simulated disk, until it is dropped.
pub trait Logging {
    /// Runs a command, and writes what it changed.
    fn send(&mut self, client: ClientId, argv: &[Bytes]);

    /// Lets time that has passed take effect, and writes what that changed.
    fn tick(&mut self);

    /// Ends a client's connection.
    fn disconnect(&mut self, client: ClientId);

    /// All that must survive, as bytes: equal for equal states.
    fn state(&self) -> Vec<u8>;

    /// Its invariants that do not hold, in words.
    fn check(&self) -> Vec<String>;

    /// Why it takes no more commands, if it doesn't.
    fn failure(&self) -> Option<String>;
}

/// How an engine keeps its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// When it syncs.
    pub fsync: Fsync,
    /// The size of a segment.
    pub segment_bytes: u64,
    /// The size of the log at which it is rewritten; 0 is never.
    pub rewrite_bytes: u64,
}

/// A header, a record or a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPart {
    /// Its file.
    pub file: String,
    /// Its place there.
    pub at: Range<usize>,
    /// The number of the record; of anything else, that of the last record before it.
    pub number: u64,
    /// While this part is whole, no record up to this number may be missing: all were durable when it was written.
    pub vouches: u64,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawFile {
    /// A part of the log.
    Segment,
    /// All keys as they were once.
    Snapshot,
}

/// Why a log could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// What is there is not what was written, and no crash explains it.
    #[error("{file} is corrupt at byte {offset}: {what}")]
    Corrupt {
        /// Where.
        file: String,
        /// The place in that file.
        offset: u64,
        /// What is wrong, in the engine's words.
        what: String,
    },
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}
