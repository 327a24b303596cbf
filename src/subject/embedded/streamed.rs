//! The embedded engine with its log in a simulated object store.

use respfuzz_engine as engine;

use super::medium::{EngineOn, Medium};
use crate::fault::{Fault, Faults};
use crate::scenario::{Config, Ending, Fsync};
use crate::sim::{Clock, ObjectStore, StoreError};
use crate::subject::{OpenFailure, Told};
use crate::target::MakeLasting;
use crate::target::streaming::STORE_FAULTS;

/// The simulated store as the engine's.
struct SimObjects(ObjectStore);

impl engine::Objects for SimObjects {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), engine::ObjectError> {
        self.0.put(name, bytes).map_err(error)
    }

    fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<(), engine::ObjectError> {
        self.0.put_new(name, bytes).map_err(error)
    }

    fn get(&mut self, name: &str) -> Result<Vec<u8>, engine::ObjectError> {
        self.0.get(name).map_err(error)
    }

    fn list(&mut self, prefix: &str) -> Result<Vec<String>, engine::ObjectError> {
        self.0.list(prefix).map_err(error)
    }

    fn delete(&mut self, name: &str) -> Result<(), engine::ObjectError> {
        self.0.delete(name).map_err(error)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), engine::ObjectError> {
        self.0.rename(from, to).map_err(error)
    }
}

fn error(error: StoreError) -> engine::ObjectError {
    match error {
        StoreError::NotFound => engine::ObjectError::NotFound,
        StoreError::AlreadyExists => engine::ObjectError::AlreadyExists,
        StoreError::TimedOut => engine::ObjectError::TimedOut,
        StoreError::Failed(_) | StoreError::Ended => engine::ObjectError::Failed(error.to_string()),
    }
}

/// The embedded engine on a simulated object store and clock; it keeps nothing else.
pub type StreamedEngine = EngineOn<LogStore>;

/// An object store, and how the log in it is kept.
pub struct LogStore {
    store: ObjectStore,
    faults: Faults,
    options: engine::ObjectOptions,
}

impl StreamedEngine {
    /// An empty engine that flushes as a scenario asks for.
    pub fn on_store(config: engine::Config, scenario: &Config, faults: Faults) -> Self {
        let clock = Clock::new();
        let store = ObjectStore::new(faults.clone(), clock.clone());
        let medium = LogStore { store, faults: faults.clone(), options: options(scenario) };
        EngineOn::new(config, medium, clock, faults)
    }

    /// The store.
    pub fn store(&self) -> &ObjectStore {
        &self.medium().store
    }
}

/// Small segments make a log that is compacted within few commands.
fn options(scenario: &Config) -> engine::ObjectOptions {
    let segments = usize::from(scenario.segments);
    engine::ObjectOptions {
        flush_records: if scenario.fsync == Fsync::Always { 1 } else { (32 >> segments).max(2) },
        flush_ms: 1000,
        compact_segments: if segments == 0 { 0 } else { 2 + segments % 4 },
        attempts: 2,
        retry_ms: 100,
        ..engine::ObjectOptions::default()
    }
}

impl Medium for LogStore {
    fn open(&self, config: engine::Config, clock: Clock) -> Result<engine::Engine, OpenFailure> {
        use engine::{ObjectCorruption, ObjectOpenError};

        let damaged_before = self.faults.delivered(Fault::GetCorrupt);
        let objects = Box::new(SimObjects(self.store.clone()));
        let opened = engine::Engine::open_objects(config, Box::new(clock), objects, self.options.clone());
        let was_damaged = self.faults.delivered(Fault::GetCorrupt) > damaged_before;
        opened.map_err(|error| match error {
            _ if self.store.has_ended() => OpenFailure::Ended,
            ObjectOpenError::InUse => OpenFailure::InUse(error.to_string()),
            ObjectOpenError::Store { .. } => OpenFailure::Io(error.to_string()),
            // What was read was changed on its way, each time.
            ObjectOpenError::Corrupt { what: ObjectCorruption::Damaged, .. } if was_damaged => {
                OpenFailure::Io(error.to_string())
            }
            ObjectOpenError::Corrupt { .. } => OpenFailure::Corrupt(error.to_string()),
        })
    }

    /// Of an orderly end it is expected that it ends in good order: nothing goes wrong meanwhile.
    fn close(&self, mut engine: engine::Engine) {
        self.faults.hold(true);
        engine.close().ok();
        self.faults.hold(false);
    }

    fn begin_life(&self, _ending: Ending, operations: Option<u64>) {
        self.store.begin_life();
        if let Some(operations) = operations {
            self.store.end_after(operations);
        }
    }

    fn stay_on(&self) {
        self.store.begin_life();
    }

    fn end(&self) -> Option<Ending> {
        self.store.has_ended().then_some(Ending::Killed)
    }

    fn operations(&self) -> u64 {
        self.store.operations()
    }

    fn hash(&self) -> u64 {
        self.store.hash()
    }

    fn told(&self, engine: &engine::Engine) -> Option<Told> {
        let log = engine.object_log()?;
        let is_calm = STORE_FAULTS.iter().all(|fault| self.faults.delivered(*fault) == 0);
        Some(Told { logged: log.last_seq(), durable: log.flushed_seq(), is_calm })
    }
}

/// What `streaming` runs on: an engine with small collections, and maybe a planted bug.
pub(super) fn make(config: engine::Config) -> MakeLasting {
    Box::new(move |scenario, faults| Box::new(StreamedEngine::on_store(config.clone(), scenario, faults)))
}
