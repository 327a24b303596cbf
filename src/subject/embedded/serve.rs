//! The embedded engine as a server.

use std::collections::BTreeSet;

use respfuzz_engine as engine;
use respfuzz_engine::resp::encode_typed;

use super::codec;
use crate::resp::Bytes;
use crate::serve::{Replies, Served};
use crate::subject::ClientId;
use crate::subject::codec::Decoder;

/// How often blocked clients are looked at.
const TICK_MS: u64 = 5;

struct ClockFn<F>(F);

impl<F: Fn() -> u64> engine::Clock for ClockFn<F> {
    fn now_ms(&self) -> u64 {
        (self.0)()
    }
}

/// An engine that answers clients.
pub struct ServedEngine {
    engine: engine::Engine,
    /// The longest argument, in bytes.
    bulk_bytes: usize,
    now_ms: u64,
    /// Clients that have had no reply to their last command.
    blocked: BTreeSet<ClientId>,
    replies: Vec<(engine::SessionId, engine::Reply)>,
}

impl ServedEngine {
    /// An empty engine with the default configuration, on this clock.
    pub fn new(now_ms: impl Fn() -> u64 + 'static) -> Self {
        Self::with_config(engine::Config::default(), now_ms)
    }

    pub(super) fn with_config(config: engine::Config, now_ms: impl Fn() -> u64 + 'static) -> Self {
        let bulk_bytes = config.proto_max_bulk_len;
        let engine = engine::Engine::new(config, Box::new(ClockFn(now_ms)));
        ServedEngine { engine, bulk_bytes, now_ms: 0, blocked: BTreeSet::new(), replies: Vec::new() }
    }

    /// Takes the replies that a client's command, or time, has caused. A message of others ends no waiting.
    fn answer(&mut self, cause: Option<ClientId>, replies: &mut Replies) {
        self.engine.poll(&mut self.replies);
        for (session, reply) in self.replies.drain(..) {
            let client = ClientId(session);
            if cause == Some(client) || !matches!(reply, engine::Reply::Push(_)) {
                self.blocked.remove(&client);
            }
            let mut bytes = Bytes::new();
            encode_typed(&reply, &mut bytes);
            replies.push((client, bytes));
        }
    }
}

impl Served for ServedEngine {
    fn decoder(&self) -> Box<dyn Decoder> {
        codec::requests(self.bulk_bytes)
    }

    fn execute(&mut self, client: ClientId, argv: &[Bytes], replies: &mut Replies) {
        self.blocked.insert(client);
        self.engine.execute(client.0, argv);
        self.answer(Some(client), replies);
    }

    fn advance(&mut self, now_ms: u64, replies: &mut Replies) {
        if now_ms != self.now_ms {
            self.now_ms = now_ms;
            self.engine.tick();
            self.answer(None, replies);
        }
    }

    fn is_blocked(&self, client: ClientId) -> bool {
        self.blocked.contains(&client)
    }

    fn disconnect(&mut self, client: ClientId) {
        self.blocked.remove(&client);
        self.engine.disconnect(client.0);
    }

    fn check(&mut self) -> Vec<String> {
        self.engine.check()
    }

    fn next_deadline_ms(&self) -> Option<u64> {
        (!self.blocked.is_empty()).then_some(self.now_ms + TICK_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::Wired;
    use crate::subject::Wire;

    #[test]
    fn a_message_does_not_end_the_waiting_of_its_receiver() {
        let mut server =
            Wired::new(|clock| Box::new(ServedEngine::with_config(engine::Config::default(), move || clock.now_ms())));
        let (a, b) = (server.connect(), server.connect());
        server.receive(a, b"HELLO 3\r\nSUBSCRIBE c\r\nBLPOP k 0\r\nPING\r\n");
        server.take_output(a);
        server.receive(b, b"PUBLISH c m\r\n");
        assert_eq!(server.take_output(a), b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n");
        server.receive(b, b"RPUSH k v\r\n");
        assert_eq!(server.take_output(a), b"*2\r\n$1\r\nk\r\n$1\r\nv\r\n+PONG\r\n");
    }
}
