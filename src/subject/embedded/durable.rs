//! The embedded engine with its log on a simulated disk.

use respfuzz_engine as engine;

use super::medium::{EngineOn, Medium};
use super::storage::SimStorage;
use crate::fault::Faults;
use crate::scenario::{Config, Ending, Fsync};
use crate::sim::{Clock, Disk, End, Image};
use crate::subject::{CrashImages, OpenFailure};
use crate::target::MakeLasting;

/// The embedded engine on a simulated disk and clock.
pub type DurableEngine = EngineOn<LogDisk>;

/// A disk, and how the log on it is kept.
pub struct LogDisk {
    disk: Disk,
    durability: engine::Durability,
}

impl DurableEngine {
    /// An empty engine with the log that a scenario asks for.
    pub fn on_disk(config: engine::Config, scenario: &Config, faults: Faults) -> Self {
        let clock = Clock::new();
        let disk = Disk::new(faults.clone(), clock.clone());
        EngineOn::new(config, LogDisk { disk, durability: durability(scenario) }, clock, faults)
    }

    /// The disk.
    pub fn disk(&self) -> &Disk {
        &self.medium().disk
    }
}

/// Small segments make a log that is rotated, and with even numbers rewritten, within few commands.
fn durability(scenario: &Config) -> engine::Durability {
    let fsync = match scenario.fsync {
        Fsync::Always => engine::Fsync::Always,
        Fsync::EverySec => engine::Fsync::EverySec,
        Fsync::No => engine::Fsync::No,
    };
    let segment_bytes = match scenario.segments {
        0 => return engine::Durability { fsync, ..engine::Durability::default() },
        n => 8192 >> n,
    };
    let rewrite_bytes = if scenario.segments.is_multiple_of(2) { 4 * segment_bytes } else { 0 };
    engine::Durability { fsync, segment_bytes, rewrite_bytes }
}

impl Medium for LogDisk {
    fn open(&self, config: engine::Config, clock: Clock) -> Result<engine::Engine, OpenFailure> {
        let storage = Box::new(SimStorage::new(&self.disk));
        let opened = engine::Engine::open(config, Box::new(clock), storage, self.durability.clone());
        opened.map_err(|error| match error {
            _ if self.disk.is_dead() => OpenFailure::Ended,
            engine::OpenError::InUse => OpenFailure::InUse(error.to_string()),
            engine::OpenError::Io { .. } => OpenFailure::Io(error.to_string()),
            engine::OpenError::Corrupt(_) => OpenFailure::Corrupt(error.to_string()),
        })
    }

    fn close(&self, mut engine: engine::Engine) {
        engine.close().ok();
    }

    fn begin_life(&self, ending: Ending, operations: Option<u64>) {
        match ending {
            Ending::Closed | Ending::Killed => self.disk.kill(),
            Ending::PowerLoss { image } => {
                self.disk.power_loss(image.into());
            }
        }
        if let Some(operations) = operations {
            self.disk.power_off_after(operations);
        }
    }

    fn stay_on(&self) {
        self.disk.stay_on();
    }

    fn end(&self) -> Option<Ending> {
        self.disk.end().map(|end| match end {
            End::Killed => Ending::Killed,
            End::PowerLoss(image) => Ending::PowerLoss { image: image.unwrap_or(0) },
        })
    }

    fn operations(&self) -> u64 {
        self.disk.operations()
    }

    fn hash(&self) -> u64 {
        self.disk.contents().hash()
    }

    fn crash_images(engine: &mut DurableEngine) -> Option<&mut dyn CrashImages> {
        Some(engine)
    }
}

impl CrashImages for DurableEngine {
    fn record(&mut self) {
        self.disk().record();
    }

    fn images_at(&self, operation: u64) -> Vec<(String, Image)> {
        self.disk().images_at(operation).into_iter().map(|(choice, image)| (choice.to_string(), image)).collect()
    }

    fn images_now(&self) -> Vec<(String, Image)> {
        let disk = self.disk();
        disk.images().into_iter().map(|choice| (choice.to_string(), disk.image(choice))).collect()
    }

    fn open_on(&mut self, image: &Image, power_off_after: Option<u64>) -> Result<(), OpenFailure> {
        drop(self.take());
        self.disk().restore(image);
        if let Some(operations) = power_off_after {
            self.disk().power_off_after(operations);
        }
        self.open()?;
        self.disk().stay_on();
        Ok(())
    }
}

/// What `wal_replay` runs on: an engine with small collections, and maybe a planted bug.
pub(super) fn make(config: engine::Config) -> MakeLasting {
    Box::new(move |scenario, faults| Box::new(DurableEngine::on_disk(config.clone(), scenario, faults)))
}
