//! The shadow model as a server.

use std::time::Duration;

use super::{Peer, Replies, Served};
use crate::model::{EncodingLimits, Expect, Model, Profile};
use crate::resp::{Bytes, Limits, RequestReader, encode};
use crate::subject::ClientId;
use crate::subject::codec::{Decoder, Item};

/// A [`Model`] that answers clients.
pub struct ServedModel {
    model: Model,
    expects: Vec<(ClientId, Expect)>,
    /// Requests that CLIENT PAUSE holds back, first come first.
    held_back: Vec<(ClientId, Vec<Bytes>)>,
}

impl ServedModel {
    /// An empty server with the default configuration.
    pub fn new(profile: Profile) -> Self {
        let model = Model::new(EncodingLimits::of(profile));
        let model = model.with_profile(profile).with_string_limit(Limits::REDIS.max_bulk);
        ServedModel { model: model.served(), expects: Vec::new(), held_back: Vec::new() }
    }

    /// Executes what is no longer held back.
    fn release(&mut self, replies: &mut Replies) {
        if self.held_back.is_empty() {
            return;
        }
        for (client, argv) in std::mem::take(&mut self.held_back) {
            self.model.hold_back(client, false);
            self.execute(client, &argv, replies);
        }
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
        if self.model.is_held_back(client, argv) {
            self.model.hold_back(client, true);
            self.held_back.push((client, argv.to_vec()));
            return;
        }
        self.model.send(client, argv, None, &mut self.expects);
        self.answer(replies);
        if self.model.pause_ends_ms().is_none() {
            self.release(replies);
        }
    }

    fn advance(&mut self, now_ms: u64, replies: &mut Replies) {
        self.model.advance(now_ms, &mut self.expects);
        self.answer(replies);
        if self.model.pause_ends_ms().is_none() {
            self.release(replies);
        }
    }

    fn is_blocked(&self, client: ClientId) -> bool {
        self.model.is_blocked(client) || self.held_back.iter().any(|(held, _)| *held == client)
    }

    fn connect(&mut self, client: ClientId, peer: Peer) {
        self.model.connect(client, peer.address, peer.local_address);
    }

    fn take_closed(&mut self) -> Vec<ClientId> {
        self.model.take_closed()
    }

    fn take_sleep(&mut self) -> Duration {
        Duration::from_micros(self.model.take_sleep_us())
    }

    fn disconnect(&mut self, client: ClientId) {
        self.model.disconnect(client);
        self.held_back.retain(|(held, _)| *held != client);
    }

    fn next_deadline_ms(&self) -> Option<u64> {
        // In the millisecond of its deadline a client still waits.
        let timeout_ms = self.model.next_timeout_ms().map(|at| at.saturating_add(1));
        timeout_ms.into_iter().chain(self.model.pause_ends_ms()).min()
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
