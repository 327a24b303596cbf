//! The embedded engine with a log, in a simulated world.

use respfuzz_engine as engine;

use super::storage::SimStorage;
use super::value;
use crate::fault::Faults;
use crate::resp::{Bytes, Value};
use crate::scenario::{Config, Ending, Fsync};
use crate::sim::{Clock, Disk, End, Image};
use crate::subject::{
    ClientId, Condition, CrashImages, OpenFailure, SimulatedTime, Subject, SubjectError, WhiteBox, World,
};

/// The embedded engine on a simulated disk and clock.
pub struct DurableEngine {
    /// None while it cannot be opened.
    engine: Option<engine::Engine>,
    disk: Disk,
    clock: Clock,
    faults: Faults,
    config: engine::Config,
    durability: engine::Durability,
    replies: Vec<(engine::SessionId, engine::Reply)>,
}

impl DurableEngine {
    /// An empty engine with the log that a scenario asks for. Nothing goes wrong while it is opened for the first time.
    pub fn new(config: engine::Config, scenario: &Config, faults: Faults) -> Result<Self, OpenFailure> {
        let clock = Clock::new();
        let disk = Disk::new(faults.clone(), clock.clone());
        let durability = durability(scenario);
        let mut subject = DurableEngine { engine: None, disk, clock, faults, config, durability, replies: Vec::new() };
        subject.faults.hold(true);
        let opened = subject.open();
        subject.faults.hold(false);
        opened.map(|()| subject)
    }

    /// The disk.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    fn open(&mut self) -> Result<(), OpenFailure> {
        let storage = Box::new(SimStorage::new(&self.disk));
        let clock = Box::new(self.clock.clone());
        match engine::Engine::open(self.config.clone(), clock, storage, self.durability.clone()) {
            Ok(engine) => {
                self.engine = Some(engine);
                Ok(())
            }
            Err(_) if self.disk.is_dead() => Err(OpenFailure::Ended),
            Err(error @ engine::OpenError::InUse) => Err(OpenFailure::InUse(error.to_string())),
            Err(error @ engine::OpenError::Io { .. }) => Err(OpenFailure::Io(error.to_string())),
            Err(error @ engine::OpenError::Corrupt(_)) => Err(OpenFailure::Corrupt(error.to_string())),
        }
    }

    fn engine(&mut self) -> Result<&mut engine::Engine, SubjectError> {
        self.engine.as_mut().ok_or_else(|| SubjectError::Died("it could not be opened".into()))
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

impl Subject for DurableEngine {
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

impl SimulatedTime for DurableEngine {
    fn advance(&mut self, to_ms: u64) -> Result<(), SubjectError> {
        self.clock.advance(to_ms);
        self.engine()?.tick();
        Ok(())
    }
}

impl WhiteBox for DurableEngine {
    fn check(&mut self) -> Vec<String> {
        self.engine.as_ref().map_or(Vec::new(), engine::Engine::check)
    }
}

impl World for DurableEngine {
    fn faults(&self) -> &Faults {
        &self.faults
    }

    fn operations(&self) -> u64 {
        self.disk.operations()
    }

    fn condition(&self) -> Condition {
        match self.disk.end() {
            Some(End::Killed) => return Condition::Ended(Ending::Killed),
            Some(End::PowerLoss(image)) => return Condition::Ended(Ending::PowerLoss { image: image.unwrap_or(0) }),
            None => {}
        }
        let failure = self.engine.as_ref().and_then(engine::Engine::failure);
        failure.map_or(Condition::Running, Condition::Stopped)
    }

    fn restart(&mut self, ending: Ending, power_off_after: Option<u8>) -> Result<(), OpenFailure> {
        if ending == Ending::Closed
            && let Some(mut engine) = self.engine.take()
        {
            // A shutdown that fails leaves what a kill leaves.
            engine.close().ok();
        }
        self.engine = None;
        match ending {
            Ending::Closed | Ending::Killed => self.disk.kill(),
            Ending::PowerLoss { image } => {
                self.disk.power_loss(image.into());
            }
        }
        if let Some(operations) = power_off_after {
            self.disk.power_off_after(operations.into());
        }
        let opened = self.open();
        self.disk.stay_on();
        opened
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
        self.disk.contents().hash()
    }

    fn crash_images(&mut self) -> Option<&mut dyn CrashImages> {
        Some(self)
    }
}

impl CrashImages for DurableEngine {
    fn record(&mut self) {
        self.disk.record();
    }

    fn images_at(&self, operation: u64) -> Vec<(String, Image)> {
        self.disk.images_at(operation).into_iter().map(|(choice, image)| (choice.to_string(), image)).collect()
    }

    fn images_now(&self) -> Vec<(String, Image)> {
        self.disk.images().into_iter().map(|choice| (choice.to_string(), self.disk.image(choice))).collect()
    }

    fn open_on(&mut self, image: &Image, power_off_after: Option<u64>) -> Result<(), OpenFailure> {
        self.engine = None;
        self.disk.restore(image);
        if let Some(operations) = power_off_after {
            self.disk.power_off_after(operations);
        }
        let opened = self.open();
        self.disk.stay_on();
        opened
    }
}

/// What `wal_replay` runs on: an engine with small collections, and maybe a planted bug.
pub(super) fn make(config: engine::Config) -> crate::target::wal_replay::MakeDurable {
    Box::new(move |scenario, faults| {
        match DurableEngine::new(config.clone(), scenario, faults) {
            Ok(subject) => Box::new(subject),
            // An empty disk on which nothing goes wrong: what keeps an engine from opening it?
            Err(failure) => Box::new(Unopened(failure)),
        }
    })
}

/// An engine that cannot be opened even on an empty disk.
struct Unopened(OpenFailure);

impl Subject for Unopened {
    fn send(&mut self, _: ClientId, _: &[Bytes]) -> Result<(), SubjectError> {
        Err(SubjectError::Died(self.0.to_string()))
    }

    fn poll(&mut self, _: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError> {
        Err(SubjectError::Died(self.0.to_string()))
    }

    fn disconnect(&mut self, _: ClientId) -> Result<(), SubjectError> {
        Err(SubjectError::Died(self.0.to_string()))
    }
}
