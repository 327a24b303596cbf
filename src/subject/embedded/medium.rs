//! The embedded engine in a simulated world, whatever it keeps its log on.

use respfuzz_engine as engine;

use super::value;
use crate::fault::Faults;
use crate::resp::{Bytes, Value};
use crate::scenario::Ending;
use crate::sim::Clock;
use crate::subject::{
    ClientId, Condition, CrashImages, OpenFailure, SimulatedTime, Subject, SubjectError, Told, WhiteBox, World,
};

/// What an engine keeps its log on.
pub trait Medium: Sized {
    /// Opens an engine on what is there.
    fn open(&self, config: engine::Config, clock: Clock) -> Result<engine::Engine, OpenFailure>;

    /// Ends an engine in good order. If that fails, what is left is what a kill leaves.
    fn close(&self, engine: engine::Engine);

    /// The engine has ended like this, and another life begins: for so many operations, or for good.
    fn begin_life(&self, ending: Ending, operations: Option<u64>);

    /// The life that has begun goes on for good.
    fn stay_on(&self);

    /// How life has ended in the middle of an operation, if it has.
    fn end(&self) -> Option<Ending>;

    /// How many operations there were that change something.
    fn operations(&self) -> u64;

    /// A number for what is there.
    fn hash(&self) -> u64;

    /// What the engine says of its log, if that is what counts.
    fn told(&self, _engine: &engine::Engine) -> Option<Told> {
        None
    }

    /// Every crash image, if they can be had.
    fn crash_images(_engine: &mut EngineOn<Self>) -> Option<&mut dyn CrashImages> {
        None
    }
}

/// The embedded engine on a simulated medium and clock.
pub struct EngineOn<M> {
    /// Or why it isn't open.
    engine: Result<engine::Engine, OpenFailure>,
    medium: M,
    clock: Clock,
    faults: Faults,
    config: engine::Config,
    replies: Vec<(engine::SessionId, engine::Reply)>,
}

impl<M: Medium> EngineOn<M> {
    /// An engine on what the medium holds. Nothing goes wrong while it is opened for the first time.
    pub(super) fn new(config: engine::Config, medium: M, clock: Clock, faults: Faults) -> Self {
        faults.hold(true);
        let engine = medium.open(config.clone(), clock.clone());
        faults.hold(false);
        EngineOn { engine, medium, clock, faults, config, replies: Vec::new() }
    }

    /// What it keeps its log on.
    pub fn medium(&self) -> &M {
        &self.medium
    }

    /// The process is gone; what it was is handed out.
    pub(super) fn take(&mut self) -> Result<engine::Engine, OpenFailure> {
        std::mem::replace(&mut self.engine, Err(OpenFailure::Ended))
    }

    pub(super) fn open(&mut self) -> Result<(), OpenFailure> {
        self.engine = self.medium.open(self.config.clone(), self.clock.clone());
        self.engine.as_ref().map(drop).map_err(Clone::clone)
    }

    fn engine(&mut self) -> Result<&mut engine::Engine, SubjectError> {
        self.engine.as_mut().map_err(|failure| SubjectError::Died(format!("it could not be opened: {failure}")))
    }
}

impl<M: Medium> Subject for EngineOn<M> {
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

impl<M: Medium> SimulatedTime for EngineOn<M> {
    fn advance(&mut self, to_ms: u64) -> Result<(), SubjectError> {
        self.clock.advance(to_ms);
        self.engine()?.tick();
        Ok(())
    }
}

impl<M: Medium> WhiteBox for EngineOn<M> {
    fn check(&mut self) -> Vec<String> {
        self.engine.as_ref().map_or(Vec::new(), engine::Engine::check)
    }
}

impl<M: Medium> World for EngineOn<M> {
    fn faults(&self) -> &Faults {
        &self.faults
    }

    fn operations(&self) -> u64 {
        self.medium.operations()
    }

    fn condition(&self) -> Condition {
        if let Some(ending) = self.medium.end() {
            return Condition::Ended(ending);
        }
        let failure = self.engine.as_ref().ok().and_then(engine::Engine::failure);
        failure.map_or(Condition::Running, Condition::Stopped)
    }

    fn restart(&mut self, ending: Ending, power_off_after: Option<u8>) -> Result<(), OpenFailure> {
        // Killed, it is gone before anything else happens.
        if let (Ok(engine), Ending::Closed) = (self.take(), ending) {
            self.medium.close(engine);
            if self.medium.end().is_some() {
                return Err(OpenFailure::NotClosed);
            }
        }
        self.medium.begin_life(ending, power_off_after.map(u64::from));
        self.open()?;
        self.medium.stay_on();
        Ok(())
    }

    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    fn set_clock(&mut self, to_ms: u64, timers: u32) {
        self.clock.set(to_ms);
        if let Ok(engine) = &mut self.engine {
            (0..timers).for_each(|_| engine.tick());
        }
    }

    fn disk_hash(&self) -> u64 {
        self.medium.hash()
    }

    fn told(&self) -> Option<Told> {
        self.medium.told(self.engine.as_ref().ok()?)
    }

    fn crash_images(&mut self) -> Option<&mut dyn CrashImages> {
        M::crash_images(self)
    }
}
