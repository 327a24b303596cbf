//! What the server remembers of a connection.

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
