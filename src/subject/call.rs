//! The adapter from a plain function to the event-shaped [`Subject`].

use super::{ClientId, Subject, SubjectError};
use crate::resp::{Bytes, Value};

/// The smallest engine: one call, one reply.
pub trait Call {
    /// Executes one command for `client` and answers at once.
    fn call(&mut self, client: ClientId, argv: &[Bytes]) -> Value;

    /// Whether the engine can be asked this; see [`Subject::offers`].
    fn offers(&self, _argv: &[Bytes]) -> bool {
        true
    }
}

impl<F: FnMut(ClientId, &[Bytes]) -> Value> Call for F {
    fn call(&mut self, client: ClientId, argv: &[Bytes]) -> Value {
        self(client, argv)
    }
}

/// A [`Call`] as a [`Subject`]: no blocking commands, no simulated time.
pub struct Called<C> {
    engine: C,
    replies: Vec<(ClientId, Value)>,
}

impl<C: Call> Called<C> {
    /// Wraps an engine.
    pub fn new(engine: C) -> Self {
        Called { engine, replies: Vec::new() }
    }
}

impl<C: Call> Subject for Called<C> {
    fn send(&mut self, client: ClientId, argv: &[Bytes]) -> Result<(), SubjectError> {
        let reply = self.engine.call(client, argv);
        self.replies.push((client, reply));
        Ok(())
    }

    fn poll(&mut self, events: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError> {
        events.append(&mut self.replies);
        Ok(())
    }

    fn disconnect(&mut self, _client: ClientId) -> Result<(), SubjectError> {
        Ok(()) // A call-only engine keeps no connection state that could be closed.
    }

    fn can_block(&self) -> bool {
        false
    }

    fn offers(&self, argv: &[Bytes]) -> bool {
        self.engine.offers(argv)
    }
}
