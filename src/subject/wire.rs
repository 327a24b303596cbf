//! A server under test without sockets.

use super::ClientId;

/// Connections as a server has them: bytes in, bytes out. A subject of the target
/// [`connection`](crate::target::Connection), which decides what arrives and when; it begins empty, at
/// [`EPOCH_MS`](crate::sim::EPOCH_MS).
///
/// [`Wired`](crate::serve::Wired) implements it for everything that is [`Served`](crate::serve::Served).
pub trait Wire {
    /// Accepts a connection, and gives it a number that none had before.
    fn connect(&mut self) -> ClientId;

    /// These bytes have come, in one read; what they ask for is done before this returns, unless its client waits.
    fn receive(&mut self, connection: ClientId, bytes: &[u8]);

    /// What the server has written to the connection since the last call.
    fn take_output(&mut self, connection: ClientId) -> Vec<u8>;

    /// Whether the server wants to end the connection, after the output that it has.
    fn is_closed(&self, connection: ClientId) -> bool;

    /// The connection has ended, whoever wanted it.
    fn hang_up(&mut self, connection: ClientId);

    /// It is now this moment, in unix milliseconds: never an earlier one.
    fn advance(&mut self, to_ms: u64);

    /// Every invariant of its own that does not hold, in words; see [`WhiteBox`](super::WhiteBox).
    fn check(&mut self) -> Vec<String> {
        Vec::new()
    }
}
