//! Planted bugs that show under load only: what `stress` and `soak` must see.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use crate::resp::Bytes;
use crate::serve::{Peer, Replies, Served};
use crate::subject::ClientId;
use crate::subject::codec::Decoder;

/// One mistake of a server under load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServePlant {
    /// Requests are kept for ever.
    Leaks,
    /// Writes of two clients to one key get in each other's way.
    LosesUpdate,
}

/// Of so many writes to a key that another client has written last, one is lost.
const LOST_EVERY: u64 = 20;

impl ServePlant {
    /// All of them.
    pub const ALL: [ServePlant; 2] = [ServePlant::Leaks, ServePlant::LosesUpdate];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            ServePlant::Leaks => "serve-leaks",
            ServePlant::LosesUpdate => "serve-loses-update",
        }
    }

    /// What is wrong.
    pub fn summary(self) -> &'static str {
        match self {
            ServePlant::Leaks => "a server keeps each request for ever",
            ServePlant::LosesUpdate => "now and then a server forgets a SET of a key that another client has set last",
        }
    }
}

impl FromStr for ServePlant {
    type Err = ();

    fn from_str(name: &str) -> Result<ServePlant, ()> {
        ServePlant::ALL.into_iter().find(|plant| plant.name() == name).ok_or(())
    }
}

/// A server with that bug.
pub(super) struct PlantedServe {
    plant: ServePlant,
    served: Box<dyn Served>,
    kept: Vec<Vec<Bytes>>,
    /// Who has set each key last.
    writers: BTreeMap<Bytes, ClientId>,
    overwritten: u64,
}

impl PlantedServe {
    pub(super) fn new(plant: ServePlant, served: Box<dyn Served>) -> Self {
        PlantedServe { plant, served, kept: Vec::new(), writers: BTreeMap::new(), overwritten: 0 }
    }

    /// Whether this SET is the one that is lost.
    fn loses(&mut self, client: ClientId, argv: &[Bytes]) -> bool {
        let [name, key, _] = argv else { return false };
        if self.plant != ServePlant::LosesUpdate || !name.eq_ignore_ascii_case(b"SET") {
            return false;
        }
        let is_overwritten = self.writers.insert(key.clone(), client).is_some_and(|last| last != client);
        self.overwritten += u64::from(is_overwritten);
        is_overwritten && self.overwritten.is_multiple_of(LOST_EVERY)
    }
}

impl Served for PlantedServe {
    fn decoder(&self) -> Box<dyn Decoder> {
        self.served.decoder()
    }

    fn execute(&mut self, client: ClientId, argv: &[Bytes], replies: &mut Replies) {
        if self.loses(client, argv) {
            replies.push((client, b"+OK\r\n".to_vec()));
            return;
        }
        if self.plant == ServePlant::Leaks {
            self.kept.push(argv.to_vec());
        }
        self.served.execute(client, argv, replies);
    }

    fn commit(&mut self, replies: &mut Replies) {
        self.served.commit(replies);
    }

    fn advance(&mut self, now_ms: u64, replies: &mut Replies) {
        self.served.advance(now_ms, replies);
    }

    fn is_blocked(&self, client: ClientId) -> bool {
        self.served.is_blocked(client)
    }

    fn connect(&mut self, client: ClientId, peer: Peer) {
        self.served.connect(client, peer);
    }

    fn take_closed(&mut self) -> Vec<ClientId> {
        self.served.take_closed()
    }

    fn take_sleep(&mut self) -> Duration {
        self.served.take_sleep()
    }

    fn disconnect(&mut self, client: ClientId) {
        self.served.disconnect(client);
    }

    fn next_deadline_ms(&self) -> Option<u64> {
        self.served.next_deadline_ms()
    }

    fn close(&mut self) -> Result<(), String> {
        self.served.close()
    }

    fn check(&mut self) -> Vec<String> {
        self.served.check()
    }
}
