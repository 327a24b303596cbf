//! The embedded engine as a server.

use std::collections::BTreeSet;
use std::path::Path;

use respfuzz_engine as engine;
use respfuzz_engine::Fsync;
use respfuzz_engine::resp::encode_typed;

use super::EngineCodec;
use crate::resp::Bytes;
use crate::serve::{Replies, Served};
use crate::subject::ClientId;
use crate::subject::codec::{Codec, Decoder, Mode};
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
        let engine = engine::Engine::open(config, Box::new(ClockFn(now_ms)), storage, durability)?;
        Ok(ServedEngine::with(engine))
    }

    pub(super) fn with_config(config: engine::Config, now_ms: impl Fn() -> u64 + 'static) -> Self {
        ServedEngine::with(engine::Engine::new(config, Box::new(ClockFn(now_ms))))
    }

    fn with(engine: engine::Engine) -> Self {
        ServedEngine { engine, now_ms: 0, blocked: BTreeSet::new(), replies: Vec::new() }
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
        EngineCodec.decoder(Mode::Requests).expect("the engine reads requests")
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
