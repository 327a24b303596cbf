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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Faults;
    use crate::scenario::Fsync;
    use crate::sim::{Clock, EPOCH_MS};
    use crate::subject::ClientId;
    use crate::subject::embedded::EngineLog;
    use crate::subject::log::{Log, LogSettings, Logging};

    const SETTINGS: LogSettings = LogSettings { fsync: Fsync::Always, segment_bytes: 300, rewrite_bytes: 1000 };

    fn open(disk: &Disk) -> Box<dyn Logging> {
        let engine = EngineLog::new().open(disk, &Clock::new(), &SETTINGS);
        engine.unwrap_or_else(|error| panic!("no corruption: {error}"))
    }

    fn send(engine: &mut dyn Logging, words: &[&str]) {
        engine.send(ClientId(0), &words.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>());
    }

    #[test]
    fn a_killed_process_writes_no_more() {
        let disk = Disk::new(Faults::default(), Clock::new());
        let mut killed = open(&disk);
        send(killed.as_mut(), &["SET", "s0", "a"]);
        disk.kill();
        let engine = open(&disk);
        assert_eq!(engine.state(), killed.state());
        send(killed.as_mut(), &["SET", "s0", "b"]);
        assert!(killed.failure().is_some());
        drop(engine);
        assert_ne!(open(&disk).state(), killed.state());
    }

    /// Of a log that is synced always, every crash image holds all that was answered, and at most one command more.
    #[test]
    fn every_crash_image_is_the_state_before_or_after_the_command() {
        let disk = Disk::new(Faults::default(), Clock::new());
        disk.record();
        let mut engine = open(&disk);
        let mut states = vec![(disk.operations(), engine.state())];
        for i in 0..24 {
            let (key, value) = (format!("l{}", i % 3), i.to_string());
            send(engine.as_mut(), &["RPUSH", &key, &value]);
            states.push((disk.operations(), engine.state()));
        }
        let mut images = 0;
        for pair in states.windows(2) {
            for operation in pair[0].0..=pair[1].0 {
                for (choice, image) in disk.images_at(operation) {
                    images += 1;
                    let clock = Clock::new();
                    clock.advance(EPOCH_MS + images);
                    let state = open(&Disk::of_image(&image, Faults::default(), clock)).state();
                    let is_after = state == pair[1].1;
                    let may_be_before = operation < pair[1].0 && state == pair[0].1;
                    assert!(is_after || may_be_before, "after {operation} operations: {choice}");
                }
            }
        }
        assert!(images > 500, "{images} images");
    }
}
