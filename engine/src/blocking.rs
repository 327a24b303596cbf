//! Sessions that wait for a key.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::command::Context;
use crate::reply::{Error, Reply};
use crate::session::SessionId;
use crate::value::Kind;

/// What a blocking command waits for.
pub(crate) struct Wait {
    /// Where something may be to take, in order of preference.
    pub keys: Vec<Vec<u8>>,
    /// What must be there for the wait to end.
    pub kind: Kind,
    /// When to give up, in milliseconds; `None` waits forever.
    pub deadline: Option<i64>,
    /// The answer where blocking isn't allowed.
    pub denied: Reply,
    /// The answer when the value goes that was there, or another type takes its place; `None` waits on.
    pub gone: Option<Error>,
    /// Takes from the key; `None` if it is missing.
    pub serve: Serve,
}

impl Wait {
    /// The answer when the time is over: a wait that isn't for keys ends as if it weren't allowed to begin.
    pub fn timed_out(&self) -> Reply {
        if self.keys.is_empty() { self.denied.clone() } else { Reply::NullArray }
    }
}

/// How far a command came that may block.
pub(crate) enum Progress {
    /// It has its answer.
    Done(Reply),
    /// It waits.
    Blocked(Wait),
}

/// Takes something from the key and answers, or `None` if the key is missing.
pub(crate) type Serve = Box<dyn Fn(&mut Context<'_>, &[u8]) -> Result<Option<Reply>, Error>>;

/// Who is blocked on what.
#[derive(Debug, Default)]
pub(crate) struct Blocked {
    /// First come, first served.
    queues: BTreeMap<(usize, Vec<u8>), VecDeque<SessionId>>,
    /// Who has an answer ready for the case that the value goes.
    mourners: BTreeSet<(usize, Vec<u8>, SessionId)>,
    timeouts: BTreeSet<(i64, SessionId)>,
    /// Keys that came into being and that somebody waits for.
    ready: VecDeque<(usize, Vec<u8>)>,
}

impl Blocked {
    pub fn add(&mut self, session: SessionId, db: usize, wait: &Wait) {
        for key in &wait.keys {
            let queue = self.queues.entry((db, key.clone())).or_default();
            if !queue.contains(&session) {
                queue.push_back(session);
            }
            if wait.gone.is_some() {
                self.mourners.insert((db, key.clone(), session));
            }
        }
        if let Some(at) = wait.deadline {
            self.timeouts.insert((at, session));
        }
    }

    pub fn remove(&mut self, session: SessionId, db: usize, wait: &Wait) {
        for key in &wait.keys {
            self.mourners.remove(&(db, key.clone(), session));
            let place = (db, key.clone());
            if let Some(queue) = self.queues.get_mut(&place) {
                queue.retain(|&waiting| waiting != session);
                if queue.is_empty() {
                    self.queues.remove(&place);
                }
            }
        }
        if let Some(at) = wait.deadline {
            self.timeouts.remove(&(at, session));
        }
    }

    /// A key was added: whoever waits for it may be served after the command.
    pub fn signal(&mut self, db: usize, key: &[u8]) {
        if self.queues.is_empty() {
            return;
        }
        let place = (db, key.to_vec());
        if self.queues.contains_key(&place) && !self.ready.contains(&place) {
            self.ready.push_back(place);
        }
    }

    /// The value of a key goes: whoever has an answer for that is served after the command.
    pub fn signal_gone(&mut self, db: usize, key: &[u8]) {
        if self.is_mourned(db, key) {
            self.signal(db, key);
        }
    }

    /// Whether somebody has an answer ready for the case that the value of a key goes.
    pub fn is_mourned(&self, db: usize, key: &[u8]) -> bool {
        let from = (db, key.to_vec(), SessionId::MIN);
        let to = (db, key.to_vec(), SessionId::MAX);
        self.mourners.range(from..=to).next().is_some()
    }

    /// Whether somebody has an answer ready for the case that a value of this database goes.
    pub fn mourns_in(&self, db: usize) -> bool {
        let places = (db, Vec::new(), SessionId::MIN)..(db + 1, Vec::new(), SessionId::MIN);
        self.mourners.range(places).next().is_some()
    }

    pub fn next_ready(&mut self) -> Option<(usize, Vec<u8>)> {
        self.ready.pop_front()
    }

    /// Forgets the keys still to serve, for a plant.
    pub fn forget_ready(&mut self) {
        self.ready.clear();
    }

    /// Who waits for the key, in order of arrival.
    pub fn waiting(&self, db: usize, key: &[u8]) -> Vec<SessionId> {
        self.queues.get(&(db, key.to_vec())).into_iter().flatten().copied().collect()
    }

    /// The keys of a database that somebody waits for.
    pub fn keys_of(&self, db: usize) -> Vec<Vec<u8>> {
        let places = self.queues.range((db, Vec::new())..(db + 1, Vec::new()));
        places.map(|((_, key), _)| key.clone()).collect()
    }

    /// What is wrong, given the sessions that wait, with their databases.
    pub fn check<'a>(&self, waiting: impl Iterator<Item = (SessionId, usize, &'a Wait)>) -> Option<String> {
        let (mut queued, mut timeouts, mut mourners) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (session, db, wait) in waiting {
            queued.extend(wait.keys.iter().map(|key| (db, key.clone(), session)));
            let keys = wait.gone.iter().flat_map(|_| &wait.keys);
            mourners.extend(keys.map(|key| (db, key.clone(), session)));
            timeouts.extend(wait.deadline.map(|at| (at, session)));
        }
        let found: BTreeSet<_> =
            self.queues.iter().flat_map(|((db, key), queue)| queue.iter().map(|&id| (*db, key.clone(), id))).collect();
        let indexed = self.timeouts == timeouts && self.mourners == mourners;
        let sound = found == queued && indexed && self.ready.is_empty();
        (!sound).then(|| "blocking: the queues and the waiting sessions disagree".to_string())
    }

    /// The session whose deadline has passed first.
    pub fn first_timed_out(&self, now: i64) -> Option<SessionId> {
        self.timeouts.first().filter(|(at, _)| *at < now).map(|&(_, session)| session)
    }
}
