//! What the log does with files.

use std::io;

use super::error::OpenError;
use super::{segment, snapshot};
use crate::config::Config;
use crate::storage::Storage;

/// What a file is called before it is complete.
const UNFINISHED: &str = ".tmp";

/// How much is read at once.
const READ_BYTES: u64 = 1 << 20;

/// The storage.
pub(super) struct Files {
    pub storage: Box<dyn Storage>,
    /// What was configured at first, for plants.
    pub config: Config,
}

impl Files {
    /// Writes all of the bytes at the end of a file.
    pub fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = self.storage.append(name, rest)?;
            if planted!(self.config, WalShortWriteIgnored) {
                break;
            }
            rest = rest.get(written..).filter(|_| written > 0).ok_or(io::ErrorKind::WriteZero)?;
        }
        Ok(())
    }

    pub fn sync(&mut self, name: &str) -> io::Result<()> {
        let synced = self.storage.sync(name);
        if planted!(self.config, WalSyncErrorIgnored) {
            return Ok(());
        }
        if planted!(self.config, WalSyncRetried) {
            return synced.or_else(|_| self.storage.sync(name));
        }
        synced
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        if planted!(self.config, WalDirUnsynced) { Ok(()) } else { self.storage.sync_dir() }
    }

    /// Makes a file of that name with that content, in place of any other. After a crash there is the old one or the new
    /// one; when this has returned, the new one.
    pub fn install(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished = format!("{name}{UNFINISHED}");
        self.storage.create(&unfinished)?;
        self.append(&unfinished, bytes)?;
        if planted!(self.config, SnapshotRenamedUnsynced) && snapshot::seq_of(name).is_some() {
            self.storage.rename(&unfinished, name)?;
            self.sync_dir()?;
            return self.sync(name);
        }
        self.sync(&unfinished)?;
        self.storage.rename(&unfinished, name)?;
        self.sync_dir()
    }

    /// Removes the segments whose records a snapshot holds, and the snapshots before it.
    pub fn remove_before(&mut self, snapshot: u64) -> io::Result<()> {
        let names = self.storage.list()?;
        let is_old = |name: &&String| {
            segment::first_of(name).is_some_and(|first| first <= snapshot)
                || snapshot::seq_of(name).is_some_and(|seq| seq < snapshot)
        };
        let old: Vec<&String> = names.iter().filter(is_old).collect();
        if old.is_empty() {
            return Ok(());
        }
        for name in old {
            self.storage.remove(name)?;
        }
        self.sync_dir()
    }

    /// Removes what was never finished.
    pub fn remove_unfinished(&mut self) -> Result<(), OpenError> {
        let names = self.storage.list().map_err(OpenError::io("", "list"))?;
        for name in names.iter().filter(|name| name.ends_with(UNFINISHED)) {
            self.storage.remove(name).map_err(OpenError::io(name, "remove"))?;
        }
        Ok(())
    }

    /// All of a file.
    pub fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let (len, mut bytes) = (self.storage.len(name)?, Vec::new());
        while (bytes.len() as u64) < len {
            let at = bytes.len() as u64;
            let more = self.storage.read(name, at, READ_BYTES.min(len - at) as usize)?;
            if more.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes.extend_from_slice(&more);
        }
        Ok(bytes)
    }
}
