//! Who listens to which channel.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::FixedState;
use indexmap::IndexSet;

use crate::session::SessionId;

/// What a subscription names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Channel,
    Pattern,
    /// A channel of one shard of a cluster: a world of its own.
    Shard,
}

/// The subscriptions of all sessions.
#[derive(Debug, Default)]
pub(crate) struct PubSub {
    channels: Topics,
    patterns: Topics,
    shards: Topics,
}

impl PubSub {
    pub fn of(&self, kind: Kind) -> &Topics {
        match kind {
            Kind::Channel => &self.channels,
            Kind::Pattern => &self.patterns,
            Kind::Shard => &self.shards,
        }
    }

    pub fn of_mut(&mut self, kind: Kind) -> &mut Topics {
        match kind {
            Kind::Channel => &mut self.channels,
            Kind::Pattern => &mut self.patterns,
            Kind::Shard => &mut self.shards,
        }
    }

    /// How many subscriptions a confirmation of that kind counts: those to channels and patterns together.
    pub fn count(&self, kind: Kind, session: SessionId) -> usize {
        match kind {
            Kind::Shard => self.shards.count(session),
            Kind::Channel | Kind::Pattern => self.channels.count(session) + self.patterns.count(session),
        }
    }

    /// Whether the session has any subscription.
    pub fn listens(&self, session: SessionId) -> bool {
        self.count(Kind::Channel, session) + self.count(Kind::Shard, session) > 0
    }

    /// Ends all subscriptions of a session.
    pub fn forget(&mut self, session: SessionId) {
        for topics in [&mut self.channels, &mut self.patterns, &mut self.shards] {
            for name in topics.names_of(session) {
                topics.remove(session, &name);
            }
        }
    }

    /// What is wrong, given who is there.
    pub fn check(&self, is_alive: impl Fn(SessionId) -> bool) -> Option<String> {
        let sound = [&self.channels, &self.patterns, &self.shards].iter().all(|topics| topics.is_sound(&is_alive));
        (!sound).then(|| "pubsub: the subscriptions and the sessions disagree".to_string())
    }
}

/// The subscriptions of one kind, found by name and by session.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    /// The listeners of each name, in order of subscription.
    by_name: BTreeMap<Vec<u8>, Vec<SessionId>>,
    /// The names that each session listens to, in that order, too.
    by_session: BTreeMap<SessionId, IndexSet<Vec<u8>, FixedState>>,
}

impl Topics {
    /// Subscribes; says whether that is new.
    pub fn add(&mut self, session: SessionId, name: &[u8]) -> bool {
        let new = self.by_session.entry(session).or_default().insert(name.to_vec());
        if new {
            self.by_name.entry(name.to_vec()).or_default().push(session);
        }
        new
    }

    /// Unsubscribes; says whether there was a subscription.
    pub fn remove(&mut self, session: SessionId, name: &[u8]) -> bool {
        let Some(names) = self.by_session.get_mut(&session) else {
            return false;
        };
        let found = names.shift_remove(name);
        if names.is_empty() {
            self.by_session.remove(&session);
        }
        self.remove_listener(session, name);
        found
    }

    /// Removes one direction of a subscription.
    fn remove_listener(&mut self, session: SessionId, name: &[u8]) {
        if let Some(listeners) = self.by_name.get_mut(name) {
            listeners.retain(|&listener| listener != session);
            if listeners.is_empty() {
                self.by_name.remove(name);
            }
        }
    }

    /// Forgets a session but leaves it among the listeners, for a plant.
    pub fn leak(&mut self, session: SessionId) {
        self.by_session.remove(&session);
    }

    /// What a session listens to.
    pub fn names_of(&self, session: SessionId) -> Vec<Vec<u8>> {
        self.by_session.get(&session).into_iter().flatten().cloned().collect()
    }

    /// How many names a session listens to.
    pub fn count(&self, session: SessionId) -> usize {
        self.by_session.get(&session).map_or(0, IndexSet::len)
    }

    /// Who listens to a name, in order of subscription.
    pub fn listeners(&self, name: &[u8]) -> &[SessionId] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// All names that somebody listens to, with the listeners.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[SessionId])> {
        self.by_name.iter().map(|(name, listeners)| (name.as_slice(), listeners.as_slice()))
    }

    /// How many names somebody listens to.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    fn is_sound(&self, is_alive: impl Fn(SessionId) -> bool) -> bool {
        let forth: BTreeSet<_> =
            self.iter().flat_map(|(name, listeners)| listeners.iter().map(move |&session| (session, name))).collect();
        let back: BTreeSet<_> = self
            .by_session
            .iter()
            .flat_map(|(&session, names)| names.iter().map(move |name| (session, name.as_slice())))
            .collect();
        forth == back && self.by_session.keys().all(|&session| is_alive(session))
    }
}
