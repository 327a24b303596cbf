//! What the server remembers of a connection.

use std::collections::BTreeSet;

use crate::resp::Bytes;

/// One connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    /// The selected database.
    pub(super) db: usize,
    /// It has said HELLO 3.
    pub(super) resp3: bool,
    /// The open transaction.
    pub(super) multi: Option<Multi>,
    /// Watched keys.
    pub(super) watched: Vec<Watched>,
    /// A watched key was touched: EXEC will answer nil.
    pub(super) dirty: bool,
    /// What CLIENT SETNAME gave it.
    pub(super) name: Bytes,
    /// SUBSCRIBE.
    pub(super) channels: BTreeSet<Bytes>,
    /// PSUBSCRIBE, in the order of subscription.
    pub(super) patterns: Vec<Bytes>,
    /// SSUBSCRIBE.
    pub(super) shard_channels: BTreeSet<Bytes>,
}

impl Client {
    /// Whether it has subscribed to anything.
    pub(super) fn is_subscribed(&self) -> bool {
        !(self.channels.is_empty() && self.patterns.is_empty() && self.shard_channels.is_empty())
    }
}

/// Commands queued since MULTI.
#[derive(Clone, Debug, Default)]
pub(super) struct Multi {
    pub(super) queue: Vec<Vec<Bytes>>,
    /// A command was refused while queueing: EXEC will abort.
    pub(super) refused: bool,
}

/// A key under WATCH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Watched {
    pub(super) db: usize,
    pub(super) key: Bytes,
    /// It had already expired when WATCH was called, so that its removal is no change.
    pub(super) was_expired: bool,
}
