//! Output that gets lost, and connections that end with others.

use std::collections::BTreeMap;

use super::{LIMITS, WirePlant};
use crate::resp::RequestStream;
use crate::serve::Wired;
use crate::subject::{ClientId, Wire};

/// What a socket takes at once.
const WRITE_BYTES: usize = 1024;

/// A server's connections with a planted bug.
pub(super) struct PlantedWire {
    plant: WirePlant,
    server: Wired,
    /// What was read of each connection.
    requests: BTreeMap<ClientId, (RequestStream, usize)>,
}

impl PlantedWire {
    pub(super) fn new(plant: WirePlant, server: Wired) -> Self {
        PlantedWire { plant, server, requests: BTreeMap::new() }
    }

    /// Whether the connection's last request is not all there yet.
    fn is_in_request(&self, connection: ClientId) -> bool {
        self.requests.get(&connection).is_some_and(|(requests, fed)| requests.consumed() < *fed)
    }
}

impl Wire for PlantedWire {
    fn connect(&mut self) -> ClientId {
        let connection = self.server.connect();
        self.requests.insert(connection, (RequestStream::new(LIMITS), 0));
        connection
    }

    fn receive(&mut self, connection: ClientId, bytes: &[u8]) {
        if let Some((requests, fed)) = self.requests.get_mut(&connection) {
            requests.feed(bytes);
            *fed += bytes.len();
            while let Ok(Some(_)) = requests.next() {}
        }
        self.server.receive(connection, bytes);
    }

    fn take_output(&mut self, connection: ClientId) -> Vec<u8> {
        if self.plant == WirePlant::FlushWaits && self.is_in_request(connection) {
            return Vec::new();
        }
        let mut output = self.server.take_output(connection);
        if self.plant == WirePlant::ShortWrite {
            output.truncate(WRITE_BYTES);
        }
        if self.plant == WirePlant::CloseLosesReply && self.server.is_closed(connection) {
            output.clear();
        }
        output
    }

    fn is_closed(&self, connection: ClientId) -> bool {
        self.server.is_closed(connection)
    }

    fn hang_up(&mut self, connection: ClientId) {
        self.server.hang_up(connection);
        self.requests.remove(&connection);
        if self.plant == WirePlant::CloseTakesNeighbour
            && let Some(&neighbour) = self.requests.range(connection..).map(|(neighbour, _)| neighbour).next()
        {
            self.server.hang_up(neighbour);
        }
    }

    fn advance(&mut self, to_ms: u64) {
        self.server.advance(to_ms);
    }

    fn check(&mut self) -> Vec<String> {
        self.server.check()
    }
}
