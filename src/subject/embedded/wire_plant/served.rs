//! Sessions that are mixed up.

use std::collections::BTreeMap;

use super::WirePlant;
use super::decoder::{PlantedDecoder, SharedDecoder};
use crate::resp::Bytes;
use crate::serve::{Peer, Replies, Served};
use crate::subject::ClientId;
use crate::subject::codec::Decoder;
use crate::subject::embedded::ServedEngine;

/// The engine as a server with a planted bug.
pub(super) struct PlantedServer {
    plant: WirePlant,
    engine: ServedEngine,
    buffer: SharedDecoder,
    /// The session of each connection.
    sessions: BTreeMap<ClientId, ClientId>,
    /// Sessions that nobody has any more.
    orphans: Vec<ClientId>,
}

impl PlantedServer {
    pub(super) fn new(plant: WirePlant, engine: ServedEngine) -> Self {
        let (buffer, sessions, orphans) = (SharedDecoder::new(), BTreeMap::new(), Vec::new());
        PlantedServer { plant, engine, buffer, sessions, orphans }
    }

    fn session(&self, connection: ClientId) -> ClientId {
        self.sessions.get(&connection).copied().unwrap_or(connection)
    }

    /// Replies to sessions, as replies on connections; what orphans get is lost.
    fn pass_on(&self, from: Replies, to: &mut Replies) {
        for (session, bytes) in from {
            let owner = self.sessions.iter().find(|(_, of)| **of == session);
            to.extend(owner.map(|(connection, _)| (*connection, bytes)));
        }
    }
}

impl Served for PlantedServer {
    fn decoder(&self) -> Box<dyn Decoder> {
        match self.plant {
            WirePlant::SharedBuffer => Box::new(self.buffer.clone()),
            plant => Box::new(PlantedDecoder::new(plant)),
        }
    }

    fn execute(&mut self, client: ClientId, argv: &[Bytes], replies: &mut Replies) {
        let waiting: Vec<_> =
            self.sessions.values().copied().filter(|session| self.engine.is_blocked(*session)).collect();
        let (session, mut got) = (self.session(client), Replies::new());
        self.engine.execute(session, argv, &mut got);
        if self.plant == WirePlant::ReplyToWaker {
            got.iter_mut().filter(|(to, _)| waiting.contains(to)).for_each(|(to, _)| *to = session);
        }
        self.pass_on(got, replies);
    }

    fn advance(&mut self, now_ms: u64, replies: &mut Replies) {
        let mut got = Replies::new();
        self.engine.advance(now_ms, &mut got);
        self.pass_on(got, replies);
    }

    fn is_blocked(&self, client: ClientId) -> bool {
        self.engine.is_blocked(self.session(client))
    }

    fn connect(&mut self, client: ClientId, peer: Peer) {
        let session = self.orphans.pop().unwrap_or(client);
        self.sessions.insert(client, session);
        self.engine.connect(session, peer);
    }

    fn disconnect(&mut self, client: ClientId) {
        let session = self.session(client);
        self.sessions.remove(&client);
        match (self.plant, self.engine.is_blocked(session)) {
            (WirePlant::GhostWaits, true) => {}
            (WirePlant::SessionInherited, false) => self.orphans.push(session),
            _ => self.engine.disconnect(session),
        }
    }

    fn next_deadline_ms(&self) -> Option<u64> {
        self.engine.next_deadline_ms()
    }

    fn check(&mut self) -> Vec<String> {
        self.engine.check()
    }
}
