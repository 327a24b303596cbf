//! What the server remembers of a connection.

use std::collections::BTreeSet;

use super::service::CommandId;
use crate::resp::Bytes;

/// Where a connection comes from: what is known of clients of a model's own.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    pub(super) address: String,
    pub(super) local_address: String,
    /// When it was opened, in unix milliseconds.
    pub(super) since_ms: i64,
}

/// What CLIENT REPLY has said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Replies {
    #[default]
    On,
    Off,
    /// None to the next command.
    SkipNext,
    /// None to the command at hand.
    Skip,
}

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
    pub(super) replies: Replies,
    /// CLIENT NO-EVICT.
    pub(super) stays: bool,
    /// CLIENT TRACKING; nothing is ever invalidated.
    pub(super) tracks: bool,
    /// MONITOR.
    pub(super) monitors: bool,
    pub(super) origin: Origin,
    /// When it last sent a command, in unix milliseconds.
    pub(super) active_ms: i64,
    /// CLIENT PAUSE keeps its request back.
    pub(super) held_back: bool,
    /// The last command.
    pub(super) last: Option<CommandId>,
}

impl Client {
    /// The same connection as if it were new.
    pub(super) fn reset(&mut self) {
        let (origin, active_ms, last) = (std::mem::take(&mut self.origin), self.active_ms, self.last);
        *self = Client { origin, active_ms, last, ..Client::default() };
    }

    /// Whether replies to commands are kept back.
    pub(super) fn is_silenced(&self) -> bool {
        matches!(self.replies, Replies::Off | Replies::Skip)
    }

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
