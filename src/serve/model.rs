//! The shadow model as a server.

use super::{Replies, Served};
use crate::model::{EncodingLimits, Expect, Model, Profile};
use crate::resp::{Bytes, Limits, RequestReader, encode};
use crate::subject::ClientId;
use crate::subject::codec::{Decoder, Item};

/// A [`Model`] that answers clients.
pub struct ServedModel {
    model: Model,
    expects: Vec<(ClientId, Expect)>,
}

impl ServedModel {
    /// An empty server with the default configuration.
    pub fn new(profile: Profile) -> Self {
        let model = Model::new(EncodingLimits::of(profile));
        let model = model.with_profile(profile).with_string_limit(Limits::REDIS.max_bulk);
        ServedModel { model, expects: Vec::new() }
    }

    fn answer(&mut self, replies: &mut Replies) {
        for (client, expect) in self.expects.drain(..) {
            for value in expect.choose() {
                let mut bytes = Bytes::new();
                encode(&value, &mut bytes);
                replies.push((client, bytes));
            }
        }
    }
}

impl Served for ServedModel {
    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(Requests(RequestReader::new(Limits::REDIS)))
    }

    fn execute(&mut self, client: ClientId, argv: &[Bytes], replies: &mut Replies) {
        self.model.send(client, argv, None, &mut self.expects);
        self.answer(replies);
    }

    fn advance(&mut self, now_ms: u64, replies: &mut Replies) {
        self.model.advance(now_ms, &mut self.expects);
        self.answer(replies);
    }

    fn is_blocked(&self, client: ClientId) -> bool {
        self.model.is_blocked(client)
    }

    fn disconnect(&mut self, client: ClientId) {
        self.model.disconnect(client);
    }

    fn next_deadline_ms(&self) -> Option<u64> {
        // In the millisecond of its deadline a client still waits.
        self.model.next_timeout_ms().map(|at| at.saturating_add(1))
    }
}

struct Requests(RequestReader);

impl Decoder for Requests {
    fn feed(&mut self, bytes: &[u8]) {
        self.0.feed(bytes);
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        self.0.next().map(|request| request.map(Item::Request)).map_err(|error| error.line())
    }
}
