//! The simulated disk as the engine's storage.

use std::io;

use respfuzz_engine as engine;

use crate::sim::{Disk, DiskLock};

/// A simulated disk in the hands of one process: when that has been killed or power was lost, nothing that it still
/// tries takes effect.
pub struct SimStorage {
    disk: Disk,
    life: u64,
    lock: Option<DiskLock>,
}

impl SimStorage {
    /// For a process that starts now.
    pub fn new(disk: &Disk) -> Self {
        SimStorage { disk: disk.clone(), life: disk.life(), lock: None }
    }

    fn disk(&self) -> io::Result<&Disk> {
        if self.disk.life() == self.life { Ok(&self.disk) } else { Err(io::Error::other("the process has ended")) }
    }
}

impl engine::Storage for SimStorage {
    fn lock(&mut self) -> io::Result<()> {
        if self.lock.is_none() {
            self.lock = Some(self.disk()?.lock()?);
        }
        Ok(())
    }

    fn list(&mut self) -> io::Result<Vec<String>> {
        self.disk()?.list()
    }

    fn len(&mut self, name: &str) -> io::Result<u64> {
        self.disk()?.len(name)
    }

    fn read(&mut self, name: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        self.disk()?.read(name, offset, len)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.disk()?.create(name)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<usize> {
        self.disk()?.append(name, bytes)
    }

    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()> {
        self.disk()?.truncate(name, len)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.disk()?.sync(name)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.disk()?.rename(from, to)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.disk()?.remove(name)
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        self.disk()?.sync_dir()
    }
}
