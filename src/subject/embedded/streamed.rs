//! The embedded engine with its log in a simulated object store.

use respfuzz_engine as engine;

use super::value;
use crate::fault::{Fault, Faults};
use crate::resp::{Bytes, Value};
use crate::scenario::{Config, Ending, Fsync};
use crate::sim::{Clock, ObjectStore, StoreError};
use crate::subject::{ClientId, Condition, OpenFailure, SimulatedTime, Subject, SubjectError, Told, WhiteBox, World};
use crate::target::streaming::{MakeStreamed, STORE_FAULTS};

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
pub struct StreamedEngine {
    /// None while it cannot be opened.
    engine: Option<engine::Engine>,
    store: ObjectStore,
    clock: Clock,
    faults: Faults,
    config: engine::Config,
    options: engine::ObjectOptions,
    replies: Vec<(engine::SessionId, engine::Reply)>,
}

impl StreamedEngine {
    /// An empty engine that flushes as a scenario asks for.
    pub fn new(config: engine::Config, scenario: &Config, faults: Faults) -> Self {
        let clock = Clock::new();
        let store = ObjectStore::new(faults.clone(), clock.clone());
        let options = options(scenario);
        let mut subject = StreamedEngine { engine: None, store, clock, faults, config, options, replies: Vec::new() };
        subject.calmly(|subject| subject.open().ok());
        subject
    }

    /// The store.
    pub fn store(&self) -> &ObjectStore {
        &self.store
    }

    /// While nothing goes wrong.
    fn calmly<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        self.faults.hold(true);
        let done = act(self);
        self.faults.hold(false);
        done
    }

    fn open(&mut self) -> Result<(), OpenFailure> {
        let damaged_before = self.faults.delivered(Fault::GetCorrupt);
        let (clock, objects) = (Box::new(self.clock.clone()), Box::new(SimObjects(self.store.clone())));
        let opened = engine::Engine::open_objects(self.config.clone(), clock, objects, self.options.clone());
        let was_damaged = self.faults.delivered(Fault::GetCorrupt) > damaged_before;
        match opened {
            Ok(engine) => {
                self.engine = Some(engine);
                Ok(())
            }
            Err(_) if self.store.has_ended() => Err(OpenFailure::Ended),
            Err(error @ engine::ObjectOpenError::InUse) => Err(OpenFailure::InUse(error.to_string())),
            Err(error @ engine::ObjectOpenError::Store { .. }) => Err(OpenFailure::Io(error.to_string())),
            // What was read was changed on its way, each time.
            Err(error @ engine::ObjectOpenError::Corrupt { what: engine::ObjectCorruption::Damaged, .. })
                if was_damaged =>
            {
                Err(OpenFailure::Io(error.to_string()))
            }
            Err(error @ engine::ObjectOpenError::Corrupt { .. }) => Err(OpenFailure::Corrupt(error.to_string())),
        }
    }

    fn engine(&mut self) -> Result<&mut engine::Engine, SubjectError> {
        self.engine.as_mut().ok_or_else(|| SubjectError::Died("it could not be opened".into()))
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

impl Subject for StreamedEngine {
    fn send(&mut self, client: ClientId, argv: &[Bytes]) -> Result<(), SubjectError> {
        self.engine()?.execute(client.0, argv);
        Ok(())
    }

    fn poll(&mut self, events: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError> {
        let mut replies = std::mem::take(&mut self.replies);
        self.engine()?.poll(&mut replies);
        events.extend(replies.drain(..).map(|(session, reply)| (ClientId(session), value(reply))));
        self.replies = replies;
        Ok(())
    }

    fn disconnect(&mut self, client: ClientId) -> Result<(), SubjectError> {
        self.engine()?.disconnect(client.0);
        Ok(())
    }

    fn time(&mut self) -> Option<&mut dyn SimulatedTime> {
        Some(self)
    }

    fn white_box(&mut self) -> Option<&mut dyn WhiteBox> {
        Some(self)
    }

    fn world(&mut self) -> Option<&mut dyn World> {
        Some(self)
    }
}

impl SimulatedTime for StreamedEngine {
    fn advance(&mut self, to_ms: u64) -> Result<(), SubjectError> {
        self.clock.advance(to_ms);
        self.engine()?.tick();
        Ok(())
    }
}

impl WhiteBox for StreamedEngine {
    fn check(&mut self) -> Vec<String> {
        self.engine.as_ref().map_or(Vec::new(), engine::Engine::check)
    }
}

impl World for StreamedEngine {
    fn faults(&self) -> &Faults {
        &self.faults
    }

    fn operations(&self) -> u64 {
        self.store.operations()
    }

    fn condition(&self) -> Condition {
        if self.store.has_ended() {
            return Condition::Ended(Ending::Killed);
        }
        let failure = self.engine.as_ref().and_then(engine::Engine::failure);
        failure.map_or(Condition::Running, Condition::Stopped)
    }

    fn restart(&mut self, ending: Ending, power_off_after: Option<u8>) -> Result<(), OpenFailure> {
        let engine = self.engine.take();
        if ending == Ending::Closed
            && let Some(mut engine) = engine
        {
            // Of an orderly end it is expected that it ends in good order.
            self.calmly(|_| engine.close().ok());
        }
        self.store.begin_life();
        if let Some(operations) = power_off_after {
            self.store.end_after(operations.into());
        }
        self.open()?;
        self.store.begin_life();
        Ok(())
    }

    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    fn set_clock(&mut self, to_ms: u64, timers: u32) {
        self.clock.set(to_ms);
        if let Some(engine) = &mut self.engine {
            (0..timers).for_each(|_| engine.tick());
        }
    }

    fn disk_hash(&self) -> u64 {
        self.store.hash()
    }

    fn told(&self) -> Option<Told> {
        let log = self.engine.as_ref()?.object_log()?;
        let is_calm = STORE_FAULTS.iter().all(|fault| self.faults.delivered(*fault) == 0);
        Some(Told { logged: log.last_seq(), durable: log.flushed_seq(), is_calm })
    }
}

/// What `streaming` runs on: an engine with small collections, and maybe a planted bug.
pub(super) fn make(config: engine::Config) -> MakeStreamed {
    Box::new(move |scenario, faults| Box::new(StreamedEngine::new(config.clone(), scenario, faults)))
}
