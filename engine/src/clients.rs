//! The clients of the engine, and what is on its way to them.

use std::collections::{BTreeMap, VecDeque};

use crate::pubsub::PubSub;
use crate::reply::Reply;
use crate::session::{Session, SessionId};

/// All sessions but the one whose command is running: that one is in the hands of the command.
#[derive(Default)]
pub(crate) struct Clients {
    sessions: BTreeMap<SessionId, Session>,
    /// Replies nobody has collected yet, oldest first, each in the form of its session's protocol.
    pub outbox: VecDeque<(SessionId, Reply)>,
    /// For each command that was answered since: who is owed the answer.
    pub owed: Vec<SessionId>,
    /// Sessions that a command has unblocked, and whose backlog is to be run.
    pub unblocked: VecDeque<SessionId>,
    pub pubsub: PubSub,
    /// How many connections there were so far.
    connections: i64,
}

impl Clients {
    /// The session of that name, which begins now if there is none.
    pub fn meet(&mut self, id: SessionId, now: i64) -> &mut Session {
        let connections = &mut self.connections;
        self.sessions.entry(id).or_insert_with(|| {
            *connections += 1;
            Session::new(id, *connections, now)
        })
    }

    pub fn get(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    pub fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(&id)
    }

    /// Hands a session out, to run a command or to end.
    pub fn take(&mut self, id: SessionId) -> Option<Session> {
        self.sessions.remove(&id)
    }

    /// Puts a session back.
    pub fn put(&mut self, session: Session) {
        self.sessions.insert(session.id, session);
    }

    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    pub fn connections(&self) -> i64 {
        self.connections
    }

    /// Moves what a session was sent to the outbox.
    pub fn flush(&mut self, session: &mut Session) {
        self.outbox.extend(session.sent.drain(..).map(|reply| (session.id, reply)));
    }

    /// Sends what a session didn't ask for.
    pub fn push(&mut self, to: SessionId, reply: Reply) {
        if let Some(mut session) = self.take(to) {
            session.send(reply);
            self.flush(&mut session);
            self.put(session);
        }
    }
}
