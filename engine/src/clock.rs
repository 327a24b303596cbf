//! Where the engine's time comes from.

/// A source of time. The engine reads it once per command and once per [`tick`](crate::Engine::tick).
pub trait Clock {
    /// Unix time in milliseconds.
    fn now_ms(&self) -> u64;
}
