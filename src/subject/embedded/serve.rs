//! The embedded engine as a server.

use std::path::Path;

use respfuzz_engine as engine;
use respfuzz_engine::Fsync;
use respfuzz_engine::resp::encode_typed;

use super::codec;
use crate::resp::Bytes;
use crate::serve::{Replies, Served};
use crate::subject::ClientId;
use crate::subject::codec::Decoder;
#[cfg(feature = "planted")]
use crate::target::SetupError;

/// How often blocked clients are looked at.
const TICK_MS: u64 = 5;

/// The size of the log at which a snapshot takes its place.
const REWRITE_BYTES: u64 = 64 << 20;

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
    /// Replies wait for [`Served::commit`]: the engine writes what they depend on first.
    commits: bool,
    replies: Vec<(engine::SessionId, engine::Reply)>,
}

impl ServedEngine {
    /// An empty engine with the default configuration, on this clock.
    pub fn new(now_ms: impl Fn() -> u64 + 'static) -> Self {
        Self::with_config(engine::Config::default(), now_ms)
    }

    /// An engine that keeps its keys in a directory, and begins with what is there.
    pub fn open(dir: &Path, fsync: Fsync, now_ms: impl Fn() -> u64 + 'static) -> Result<Self, engine::OpenError> {
        Self::open_with(engine::Config::default(), dir, fsync, now_ms)
    }

    /// The same of an engine with the planted bug of that name.
    #[cfg(feature = "planted")]
    pub fn open_planted(
        name: &str,
        dir: &Path,
        fsync: Fsync,
        now_ms: impl Fn() -> u64 + 'static,
    ) -> Result<Result<Self, engine::OpenError>, SetupError> {
        let config = engine::Config { plant: Some(super::plant(name)?), ..engine::Config::default() };
        Ok(Self::open_with(config, dir, fsync, now_ms))
    }

    fn open_with(
        config: engine::Config,
        dir: &Path,
        fsync: Fsync,
        now_ms: impl Fn() -> u64 + 'static,
    ) -> Result<Self, engine::OpenError> {
        let failed = |source| engine::OpenError::Io { file: String::new(), operation: "open", source };
        let storage = Box::new(engine::FileStorage::open(dir).map_err(failed)?);
        let durability = engine::Durability { fsync, rewrite_bytes: REWRITE_BYTES, ..engine::Durability::default() };
        let bulk_bytes = config.proto_max_bulk_len;
        let engine = engine::Engine::open(config, Box::new(ClockFn(now_ms)), storage, durability)?;
        Ok(ServedEngine { commits: true, ..ServedEngine::with(engine, bulk_bytes) })
    }

    pub(super) fn with_config(config: engine::Config, now_ms: impl Fn() -> u64 + 'static) -> Self {
        let bulk_bytes = config.proto_max_bulk_len;
        ServedEngine::with(engine::Engine::new(config, Box::new(ClockFn(now_ms))), bulk_bytes)
    }

    fn with(engine: engine::Engine, bulk_bytes: usize) -> Self {
        ServedEngine { engine, bulk_bytes, now_ms: 0, commits: false, replies: Vec::new() }
    }

    fn answer(&mut self, replies: &mut Replies) {
        self.engine.poll(&mut self.replies);
        for (session, reply) in self.replies.drain(..) {
            let mut bytes = Bytes::new();
            encode_typed(&reply, &mut bytes);
            replies.push((ClientId(session), bytes));
        }
    }
}

impl Served for ServedEngine {
    fn decoder(&self) -> Box<dyn Decoder> {
        codec::requests(self.bulk_bytes)
    }

    fn execute(&mut self, client: ClientId, argv: &[Bytes], replies: &mut Replies) {
        self.engine.execute(client.0, argv);
        if !self.commits {
            self.answer(replies);
        }
    }

    fn commit(&mut self, replies: &mut Replies) {
        if self.commits {
            self.answer(replies);
        }
    }

    fn advance(&mut self, now_ms: u64, replies: &mut Replies) {
        if now_ms != self.now_ms {
            self.now_ms = now_ms;
            self.engine.tick();
            if !self.commits {
                self.answer(replies);
            }
        }
    }

    fn is_blocked(&self, client: ClientId) -> bool {
        self.engine.is_waiting(client.0)
    }

    fn disconnect(&mut self, client: ClientId) {
        self.engine.disconnect(client.0);
    }

    fn close(&mut self) -> Result<(), String> {
        self.engine.close().map_err(|error| error.to_string())
    }

    fn check(&mut self) -> Vec<String> {
        self.engine.check()
    }

    fn next_deadline_ms(&self) -> Option<u64> {
        self.engine.is_anybody_waiting().then_some(self.now_ms + TICK_MS)
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
