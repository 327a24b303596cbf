//! The virtual clock.

use std::cell::Cell;
use std::rc::Rc;

use super::EPOCH_MS;

/// A clock that only a scenario moves. Clones share the time.
#[derive(Clone, Debug)]
pub struct Clock(Rc<Cell<u64>>);

impl Clock {
    /// Starts at [`EPOCH_MS`].
    pub fn new() -> Self {
        Clock(Rc::new(Cell::new(EPOCH_MS)))
    }

    /// Unix time in milliseconds.
    pub fn now_ms(&self) -> u64 {
        self.0.get()
    }

    /// Moves the clock to `to_ms`; not back.
    pub fn advance(&self, to_ms: u64) {
        self.0.set(self.0.get().max(to_ms));
    }

    /// Sets the clock, also back.
    pub fn set(&self, to_ms: u64) {
        self.0.set(to_ms);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
