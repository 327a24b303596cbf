//! What the engine remembers of a client.

use std::collections::VecDeque;

use crate::blocking::Wait;
use crate::reply::Reply;

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
    pub wait: Option<Wait>,
    /// The command that waits.
    pub waiting: Argv,
    /// A wait is replayed: what it waits for is not taken before it is served.
    pub resuming: bool,
    /// Commands that came while the session was blocked.
    pub backlog: VecDeque<Argv>,
    /// The session speaks RESP3, after HELLO 3.
    pub resp3: bool,
    /// The number of the connection, which CLIENT ID tells.
    pub connection: i64,
    /// What CLIENT SETNAME gave it.
    pub name: Vec<u8>,
    pub silence: Silence,
    /// What the running command has answered so far, in the form of the protocol.
    pub sent: Vec<Reply>,
    /// The session ends after this command.
    pub closing: bool,
    pub created_at: i64,
    /// When the last command came.
    pub active_at: i64,
    /// The name of the last command.
    pub last_command: &'static str,
}

/// Which replies CLIENT REPLY holds back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Silence {
    #[default]
    None,
    /// The reply to the next command.
    Next,
    /// The reply to this command.
    Now,
    /// All replies.
    Always,
}

/// A transaction that is being queued.
#[derive(Default)]
pub(crate) struct Multi {
    pub queue: Vec<Argv>,
    /// A command was refused at queue time: EXEC will refuse them all.
    pub broken: bool,
}

impl Session {
    pub fn new(id: SessionId, connection: i64, now: i64) -> Self {
        Self { id, connection, created_at: now, active_at: now, ..Self::default() }
    }

    /// Whether the reply of the running command is held back.
    pub fn is_silent(&self) -> bool {
        matches!(self.silence, Silence::Now | Silence::Always)
    }

    /// Sends something whatever CLIENT REPLY says, as confirmations and messages of channels are.
    pub fn send(&mut self, reply: Reply) {
        self.sent.push(reply.for_protocol(self.resp3));
    }

    /// Sends the reply to a command.
    pub fn answer(&mut self, reply: Reply) {
        if !self.is_silent() {
            self.send(reply);
        }
    }

    /// A command is over.
    pub fn next_silence(&mut self) {
        self.silence = match self.silence {
            Silence::Next => Silence::Now,
            Silence::Now => Silence::None,
            other => other,
        };
    }
}
