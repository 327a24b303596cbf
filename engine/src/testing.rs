//! An engine with a clock in the hand of a test.

use std::cell::Cell;
use std::rc::Rc;

use crate::{Clock, Config, Engine, Reply, SessionId};

struct Stopped(Rc<Cell<u64>>);

impl Clock for Stopped {
    fn now_ms(&self) -> u64 {
        self.0.get()
    }
}

pub(crate) struct Rig {
    pub engine: Engine,
    now_ms: Rc<Cell<u64>>,
}

impl Rig {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        let now_ms = Rc::new(Cell::new(1_700_000_000_000));
        Self { engine: Engine::new(config, Box::new(Stopped(now_ms.clone()))), now_ms }
    }

    /// Runs a command, words separated by blanks; returns all replies that came of it.
    pub fn replies(&mut self, session: SessionId, command: &str) -> Vec<(SessionId, Reply)> {
        let argv: Vec<Vec<u8>> = command.split(' ').map(Into::into).collect();
        self.engine.execute(session, &argv);
        self.poll()
    }

    /// Runs a command of session 1 that answers at once.
    pub fn run(&mut self, command: &str) -> Reply {
        self.replies(1, command).pop().expect("a reply").1
    }

    /// Moves the clock, without a tick.
    pub fn wait(&mut self, ms: u64) {
        self.now_ms.set(self.now_ms.get() + ms);
    }

    /// Moves the clock and ticks; returns what came of it.
    pub fn tick(&mut self, ms: u64) -> Vec<(SessionId, Reply)> {
        self.wait(ms);
        self.engine.tick();
        self.poll()
    }

    fn poll(&mut self) -> Vec<(SessionId, Reply)> {
        let mut replies = Vec::new();
        self.engine.poll(&mut replies);
        assert_eq!(self.engine.check(), [""; 0]);
        replies
    }
}
