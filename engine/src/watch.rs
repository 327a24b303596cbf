//! Who watches which key, and who saw one change.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::Db;
use crate::session::SessionId;

/// The watched keys of all sessions.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    by_key: BTreeMap<(usize, Vec<u8>), Vec<Watcher>>,
    by_session: BTreeMap<SessionId, Vec<(usize, Vec<u8>)>>,
    dirty: BTreeSet<SessionId>,
}

#[derive(Debug)]
struct Watcher {
    session: SessionId,
    /// The key was there but past its deadline when it was watched: its removal is not a change.
    expired: bool,
}

impl Watches {
    /// Starts to watch; a session that is dirty already can't get dirtier.
    pub fn watch(&mut self, session: SessionId, db: usize, key: &[u8], expired: bool) {
        let place = (db, key.to_vec());
        let watched = self.by_session.entry(session).or_default();
        if !watched.contains(&place) {
            watched.push(place.clone());
            self.by_key.entry(place).or_default().push(Watcher { session, expired });
        }
    }

    /// Forgets what a session watches, and that it saw a change.
    pub fn unwatch(&mut self, session: SessionId) {
        self.drop_watchers(session);
        self.dirty.remove(&session);
    }

    fn drop_watchers(&mut self, session: SessionId) {
        for place in self.by_session.remove(&session).into_iter().flatten() {
            if let Some(watchers) = self.by_key.get_mut(&place) {
                watchers.retain(|watcher| watcher.session != session);
                if watchers.is_empty() {
                    self.by_key.remove(&place);
                }
            }
        }
    }

    /// Forgets one direction alone, for a plant.
    pub fn forget_session(&mut self, session: SessionId) {
        self.by_session.remove(&session);
    }

    pub fn is_dirty(&self, session: SessionId) -> bool {
        self.dirty.contains(&session)
    }

    /// The keys that a session watches and that were alive, or missing, when it began.
    pub fn live_keys(&self, session: SessionId) -> impl Iterator<Item = (usize, &[u8])> {
        let places = self.by_session.get(&session).into_iter().flatten();
        places
            .filter(move |place| {
                let watchers = self.by_key.get(place).into_iter().flatten();
                watchers.into_iter().any(|watcher| watcher.session == session && !watcher.expired)
            })
            .map(|(db, key)| (*db, key.as_slice()))
    }

    /// A key was written, or removed (`exists` is what is left).
    pub fn touch(&mut self, db: usize, key: &[u8], exists: bool) {
        if self.by_key.is_empty() {
            return;
        }
        let Some(watchers) = self.by_key.get_mut(&(db, key.to_vec())) else {
            return;
        };
        let mut changed = Vec::new();
        for watcher in watchers {
            if !watcher.expired {
                changed.push(watcher.session);
            } else if !exists {
                watcher.expired = false;
            } else {
                break;
            }
        }
        self.mark(changed);
    }

    /// The database `db`, whose content is `before`, gets the content `after` (none: it is emptied).
    pub fn replace_db(&mut self, db: usize, before: &Db, after: Option<&Db>, now: i64) {
        let mut changed = Vec::new();
        for ((_, key), watchers) in self.by_key.range_mut((db, Vec::new())..(db + 1, Vec::new())) {
            let existed = before.contains(key);
            let exists = after.is_some_and(|after| after.contains(key));
            let expired = after.is_some_and(|after| after.is_expired(key, now));
            if !existed && !exists {
                continue;
            }
            for watcher in watchers {
                match watcher.expired {
                    true if !exists => watcher.expired = false,
                    true if expired => {}
                    false if !existed && expired => watcher.expired = true,
                    _ => changed.push(watcher.session),
                }
            }
        }
        self.mark(changed);
    }

    fn mark(&mut self, sessions: Vec<SessionId>) {
        for session in sessions {
            self.drop_watchers(session);
            self.dirty.insert(session);
        }
    }

    /// What is wrong between the two directions.
    pub fn check(&self) -> Option<String> {
        let forth: BTreeSet<_> =
            self.by_key.iter().flat_map(|(place, watchers)| watchers.iter().map(move |w| (w.session, place))).collect();
        let back: BTreeSet<_> = self
            .by_session
            .iter()
            .flat_map(|(session, places)| places.iter().map(move |place| (*session, place)))
            .collect();
        (forth != back).then(|| "watches: keys and sessions disagree".to_string())
    }
}
