//! The model or an engine as a server: what redis-cli, clients and test suites connect to.
//!
//! [`Served`] is what executes commands, [`Hub`] its connections without sockets (bytes in, bytes out), [`Wired`] these
//! on a simulated clock, and `Server` the sockets.
//!
//! Architecture invariant: one thread; only `Server` does input and output, and only `wall` reads the clock.

mod hub;
mod model;
#[cfg(all(unix, feature = "serve"))]
mod server;
#[cfg(all(unix, feature = "serve"))]
mod socket;
#[cfg(all(unix, feature = "serve"))]
mod wall;
mod wired;

pub use hub::Hub;
pub use model::ServedModel;
#[cfg(all(unix, feature = "serve"))]
pub use server::{ListenError, Place, Server};
#[cfg(all(unix, feature = "cli"))]
pub(crate) use socket::Stream;
#[cfg(all(unix, feature = "serve"))]
pub use wall::now_ms;
pub use wired::Wired;

use std::time::Duration;

use crate::resp::Bytes;
use crate::subject::ClientId;
use crate::subject::codec::Decoder;

/// Replies on the wire, each for a client, in order.
pub type Replies = Vec<(ClientId, Bytes)>;

/// The two ends of a connection, as clients are shown them.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// The client's end.
    pub address: String,
    /// The server's end.
    pub local_address: String,
}

/// What executes the commands of a server's clients.
pub trait Served {
    /// What reads a new connection's requests.
    fn decoder(&self) -> Box<dyn Decoder>;

    /// Executes a request of a client that is not [blocked](Served::is_blocked). Appends the replies that it causes.
    fn execute(&mut self, client: ClientId, argv: &[Bytes], replies: &mut Replies);

    /// Appends the replies that wait until what they depend on is durable. Called when nothing more is to be executed now, so
    /// that many requests may share one sync.
    fn commit(&mut self, replies: &mut Replies) {
        let _ = replies; // Most answer at once.
    }

    /// It is now this moment, in unix milliseconds: who has waited long enough gets an answer.
    fn advance(&mut self, now_ms: u64, replies: &mut Replies);

    /// Whether the client's next request has to wait.
    fn is_blocked(&self, client: ClientId) -> bool;

    /// A connection is opened, from and to these addresses.
    fn connect(&mut self, client: ClientId, peer: Peer) {
        let _ = (client, peer); // Not everybody tells clients of each other.
    }

    /// The clients whose connections commands have ended since the last call.
    fn take_closed(&mut self) -> Vec<ClientId> {
        Vec::new()
    }

    /// For how long commands have asked the whole server to do nothing since the last call.
    fn take_sleep(&mut self) -> Duration {
        Duration::ZERO
    }

    /// The client's connection is closed.
    fn disconnect(&mut self, client: ClientId);

    /// When [`advance`](Served::advance) will have something to do at the latest.
    fn next_deadline_ms(&self) -> Option<u64>;

    /// The server is told to end. Fails if what was answered cannot be made to outlive it; the reason, in words.
    fn close(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// Every invariant of its own that does not hold, in words; see [`WhiteBox`](crate::subject::WhiteBox).
    fn check(&mut self) -> Vec<String> {
        Vec::new()
    }
}
