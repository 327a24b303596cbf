//! What the log does with files.

use std::io;

use super::{segment, snapshot};
use crate::storage::Storage;

/// What a file is called before it is complete.
const UNFINISHED: &str = ".tmp";

/// How much is read at once.
const READ_BYTES: u64 = 1 << 20;

/// The storage.
pub(super) struct Files(pub Box<dyn Storage>);

impl Files {
    /// Writes all of the bytes at the end of a file.
    pub fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = self.0.append(name, rest)?;
            rest = rest.get(written..).filter(|_| written > 0).ok_or(io::ErrorKind::WriteZero)?;
        }
        Ok(())
    }

    pub fn sync(&mut self, name: &str) -> io::Result<()> {
        self.0.sync(name)
    }

    /// Makes a file of that name with that content, in place of any other. After a crash there is the old one or the new
    /// one; when this has returned, the new one.
    pub fn install(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished = format!("{name}{UNFINISHED}");
        self.0.create(&unfinished)?;
        self.append(&unfinished, bytes)?;
        self.0.sync(&unfinished)?;
        self.0.rename(&unfinished, name)?;
        self.0.sync_dir()
    }

    /// Removes the segments whose records a snapshot holds, and the snapshots before it.
    pub fn remove_before(&mut self, snapshot: u64) -> io::Result<()> {
        let names = self.0.list()?;
        let is_old = |name: &&String| {
            segment::first_of(name).is_some_and(|first| first <= snapshot)
                || snapshot::seq_of(name).is_some_and(|seq| seq < snapshot)
        };
        let old: Vec<&String> = names.iter().filter(is_old).collect();
        if old.is_empty() {
            return Ok(());
        }
        for name in old {
            self.0.remove(name)?;
        }
        self.0.sync_dir()
    }

    /// Removes what was never finished.
    pub fn remove_unfinished(&mut self) -> io::Result<()> {
        for name in self.0.list()? {
            if name.ends_with(UNFINISHED) {
                self.0.remove(&name)?;
            }
        }
        Ok(())
    }

    /// All of a file.
    pub fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let (len, mut bytes) = (self.0.len(name)?, Vec::new());
        while (bytes.len() as u64) < len {
            let at = bytes.len() as u64;
            let more = self.0.read(name, at, READ_BYTES.min(len - at) as usize)?;
            if more.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes.extend_from_slice(&more);
        }
        Ok(bytes)
    }
}
