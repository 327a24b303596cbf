//! What the engine remembers of a client.

use std::collections::VecDeque;

use crate::blocking::Wait;

/// Names a client of the engine.
pub type SessionId = u64;

/// The words of one command.
pub(crate) type Argv = Vec<Vec<u8>>;

/// One client.
#[derive(Default)]
pub(crate) struct Session {
    pub id: SessionId,
    /// The selected database.
    pub db: usize,
    pub multi: Option<Multi>,
    /// Inside EXEC, where a blocking command must not block.
    pub in_exec: bool,
    /// The session speaks RESP3.
    pub resp3: bool,
    pub wait: Option<Wait>,
    /// Commands that came while the session was blocked.
    pub backlog: VecDeque<Argv>,
}

/// A transaction that is being queued.
#[derive(Default)]
pub(crate) struct Multi {
    pub queue: Vec<Argv>,
    /// A command was refused at queue time: EXEC will refuse them all.
    pub broken: bool,
}

impl Session {
    pub fn new(id: SessionId) -> Self {
        Self { id, ..Self::default() }
    }
}
