//! A server without sockets on a simulated clock.

use super::{Hub, Served};
use crate::sim::Clock;
use crate::subject::{ClientId, Wire};

/// A [`Hub`] whose time somebody moves: whatever is [`Served`] as a subject of the target `connection`.
pub struct Wired {
    hub: Hub,
    clock: Clock,
}

impl Wired {
    /// A server that lives by the clock that it is given.
    pub fn new(serve: impl FnOnce(Clock) -> Box<dyn Served>) -> Self {
        let clock = Clock::new();
        let now = clock.clone();
        Wired { hub: Hub::new(serve(clock.clone()), Box::new(move || now.now_ms())), clock }
    }
}

impl Wire for Wired {
    fn connect(&mut self) -> ClientId {
        self.hub.open()
    }

    fn receive(&mut self, connection: ClientId, bytes: &[u8]) {
        self.hub.receive(connection, bytes);
    }

    fn take_output(&mut self, connection: ClientId) -> Vec<u8> {
        let output = self.hub.output(connection).to_vec();
        self.hub.sent(connection, output.len());
        output
    }

    fn is_closed(&self, connection: ClientId) -> bool {
        self.hub.is_closing(connection)
    }

    fn hang_up(&mut self, connection: ClientId) {
        self.hub.close(connection);
    }

    fn advance(&mut self, to_ms: u64) {
        self.clock.advance(to_ms);
        self.hub.advance();
    }

    fn check(&mut self) -> Vec<String> {
        self.hub.check()
    }
}
