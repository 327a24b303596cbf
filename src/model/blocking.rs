//! Clients that wait: BLPOP and its kin.

use std::collections::BTreeMap;

use super::arrived::Arrived;
use super::keyspace::{Data, List};
use super::long_double::LongDouble;
use super::stream_read::Reading;
use super::{Call, Error, Expect, Model, Reply};
use crate::resp::{Bytes, Value};
use crate::subject::ClientId;

/// What a waiting client wants of a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Want {
    /// BLPOP, BRPOP: one element, from the left or the right.
    Pop { left: bool },
    /// BLMPOP: up to so many.
    PopMany { left: bool, count: i64 },
    /// BLMOVE, BRPOPLPUSH.
    Move { to: Bytes, from_left: bool, to_left: bool },
    /// BZPOPMIN, BZPOPMAX.
    ZPop { min: bool },
    /// BZMPOP.
    ZPopMany { min: bool, count: i64 },
    /// XREAD, XREADGROUP.
    Read(Reading),
}

impl Want {
    /// The command that would do the same at once.
    fn command(&self) -> &'static str {
        match self {
            Want::Pop { left: true } | Want::PopMany { left: true, .. } | Want::Move { from_left: true, .. } => "LPOP",
            Want::Pop { .. } | Want::PopMany { .. } | Want::Move { .. } => "RPOP",
            Want::ZPop { min: true } | Want::ZPopMany { min: true, .. } => "ZPOPMIN",
            Want::ZPop { .. } | Want::ZPopMany { .. } => "ZPOPMAX",
            Want::Read(_) => "XREADGROUP",
        }
    }

    /// Whether a value of this type is what it waits for.
    fn fits(&self, data: &Data) -> bool {
        match self {
            Want::ZPop { .. } | Want::ZPopMany { .. } => matches!(data, Data::ZSet(_)),
            Want::Read(_) => matches!(data, Data::Stream(_)),
            _ => matches!(data, Data::List(_)),
        }
    }
}

#[derive(Clone, Debug)]
struct Waiting {
    want: Want,
    /// Unix milliseconds; `None` waits for ever.
    deadline_ms: Option<i64>,
    /// Serves as the tie-breaker between equal deadlines.
    since: u64,
}

/// All waiting clients, and for each key who waits, first come first.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocking {
    waiting: BTreeMap<ClientId, Waiting>,
    queues: BTreeMap<(usize, Bytes), Vec<ClientId>>,
    /// Keys that came into being while somebody waited on them, in that order.
    ready: Vec<(usize, Bytes)>,
    since: u64,
}

impl Blocking {
    pub(super) fn contains(&self, client: ClientId) -> bool {
        self.waiting.contains_key(&client)
    }

    /// All who wait, first come first.
    pub(super) fn clients(&self) -> Vec<ClientId> {
        let mut clients: Vec<_> = self.waiting.iter().map(|(client, waiting)| (waiting.since, *client)).collect();
        clients.sort();
        clients.into_iter().map(|(_, client)| client).collect()
    }

    pub(super) fn remove(&mut self, client: ClientId) {
        self.waiting.remove(&client);
        self.queues.values_mut().for_each(|queue| queue.retain(|c| *c != client));
        self.queues.retain(|_, queue| !queue.is_empty());
    }

    /// How many keys somebody is about to be served from.
    pub(super) fn ready_keys(&self) -> usize {
        self.ready.len()
    }

    pub(super) fn deadlines(&self) -> impl Iterator<Item = i64> {
        self.waiting.values().filter_map(|w| w.deadline_ms)
    }
}

/// A timeout in seconds, as a moment in unix milliseconds; 0 waits for ever.
pub(super) fn parse_timeout(model: &Model, text: &[u8]) -> Result<Option<i64>, Error> {
    let seconds = LongDouble::parse(text).ok_or(Error::TimeoutNotFloat)?;
    match seconds.thousandfold_ceil() {
        ..0 => Err(Error::TimeoutNegative),
        0 => Ok(None),
        // A moment past the end of time wraps around in the server, and is never reached.
        ms => Ok(model.now_ms.checked_add(ms)),
    }
}

impl Model {
    /// The client waits on these keys, unless a transaction forbids it.
    pub(super) fn block(&mut self, call: &Call, keys: &[Bytes], deadline_ms: Option<i64>, want: Want) -> Reply {
        if call.in_exec {
            return match want {
                Want::Move { .. } => Expect::nil(),
                _ => Expect::nil_array(),
            };
        }
        self.blocking.since += 1;
        let since = self.blocking.since;
        self.blocking.waiting.insert(call.client, Waiting { want, deadline_ms, since });
        for key in keys {
            let queue = self.blocking.queues.entry((call.db, key.clone())).or_default();
            if !queue.contains(&call.client) {
                queue.push(call.client);
            }
        }
        Ok(Expect::Silent)
    }

    /// A key came into being, or a stream got more: whoever waits on it is served after the command. Types that
    /// nobody waits for anywhere are passed over.
    pub(super) fn signal_ready(&mut self, db: usize, key: &[u8]) {
        let Some(entry) = self.dbs[db].entries.get(key) else { return };
        if self.blocking.waiting.values().any(|waiting| waiting.want.fits(&entry.data)) {
            self.signal(db, key);
        }
    }

    /// A stream is gone: who waits for what one of its groups would get must know.
    pub(super) fn signal_stream_gone(&mut self, db: usize, key: &[u8]) {
        if self.blocking.waiting.values().any(|waiting| matches!(waiting.want, Want::Read(_))) {
            self.signal(db, key);
        }
    }

    /// Whether a client waits for something to happen to this key.
    pub(super) fn is_awaited(&self, db: usize, key: &[u8]) -> bool {
        self.blocking.queues.contains_key(&(db, key.to_vec()))
    }

    fn signal(&mut self, db: usize, key: &[u8]) {
        let place = (db, key.to_vec());
        if self.blocking.queues.contains_key(&place) && !self.blocking.ready.contains(&place) {
            self.blocking.ready.push(place);
        }
    }

    /// Serves waiting clients until no key is ready any more: a BLMOVE that is served may make another key ready.
    pub(super) fn serve_blocked(&mut self, out: &mut Vec<(ClientId, Expect)>) {
        while !self.blocking.ready.is_empty() {
            for (db, key) in std::mem::take(&mut self.blocking.ready) {
                self.serve_key(db, &key, out);
            }
        }
    }

    fn serve_key(&mut self, db: usize, key: &Bytes, out: &mut Vec<(ClientId, Expect)>) {
        if let Some(Data::Stream(_)) = self.entry(db, key).map(|entry| &entry.data) {
            return self.serve_readers(db, key, out);
        }
        self.serve_poppers(db, key, out);
        for (client, reading) in self.readers(db, key) {
            if reading.is_of_group() {
                self.answer_waiting(client, Expect::error(Error::StreamGone), out);
            }
        }
    }

    /// Who waits for this stream, first come first.
    fn readers(&self, db: usize, key: &Bytes) -> Vec<(ClientId, Reading)> {
        let queue = self.blocking.queues.get(&(db, key.clone())).into_iter().flatten();
        let readers = queue.filter_map(|client| match &self.blocking.waiting.get(client)?.want {
            Want::Read(reading) => Some((*client, reading.clone())),
            _ => None,
        });
        readers.collect()
    }

    fn serve_readers(&mut self, db: usize, key: &Bytes, out: &mut Vec<(ClientId, Expect)>) {
        for (client, reading) in self.readers(db, key) {
            let call = Call {
                argv: &[],
                hint: None,
                arrived: Arrived::NOTHING,
                client,
                db,
                in_exec: false,
                resp3: self.speaks_resp3(client),
                profile: self.profile,
            };
            if let Some(reply) = self.serve_reading(&call, key, &reading) {
                self.answer_waiting(client, reply.unwrap_or_else(Expect::error), out);
            }
        }
    }

    /// A client waits no more.
    fn answer_waiting(&mut self, client: ClientId, reply: Expect, out: &mut Vec<(ClientId, Expect)>) {
        self.blocking.remove(client);
        self.record_served(client, &reply);
        out.push((client, reply));
    }

    /// Lists and sorted sets: whoever is served takes something away.
    fn serve_poppers(&mut self, db: usize, key: &Bytes, out: &mut Vec<(ClientId, Expect)>) {
        let waiting = self.blocking.queues.get(&(db, key.clone())).map_or(0, Vec::len);
        for _ in 0..waiting {
            let place = (db, key.clone());
            let Some(client) = self.blocking.queues.get(&place).map(|queue| queue[0]) else { return };
            let want = self.blocking.waiting[&client].want.clone();
            let Some(data) = self.entry(db, key).map(|entry| &entry.data) else { return };
            if !matches!(data, Data::List(_) | Data::ZSet(_)) {
                return;
            }
            if !want.fits(data) {
                let queue = self.blocking.queues.entry(place).or_default();
                queue.rotate_left(1); // Whoever wants the other type goes to the end of the queue.
                continue;
            }
            self.blocking.remove(client);
            let (arrived, resp3) = (Arrived::NOTHING, self.speaks_resp3(client));
            let profile = self.profile;
            let call = Call { argv: &[], hint: None, arrived, client, db, in_exec: false, resp3, profile };
            self.running = want.command();
            let reply = self.serve(&call, key, &want).unwrap_or_else(Expect::error);
            self.record_served(client, &reply);
            out.push((client, reply));
        }
    }

    /// Gives a client what it wants from a key that has it: also the fast path of a command that need not wait.
    pub(super) fn serve(&mut self, call: &Call, key: &Bytes, want: &Want) -> Reply {
        match want {
            Want::Pop { left } => {
                let popped = self.pop_list(call, key, *left, 1)?;
                Expect::bulks([key.clone()].into_iter().chain(popped))
            }
            Want::PopMany { left, count } => {
                let popped = self.pop_list(call, key, *left, *count)?;
                Ok(Expect::Exact(Value::Array(vec![
                    Value::Bulk(key.clone()),
                    Value::Array(popped.into_iter().map(Value::Bulk).collect()),
                ])))
            }
            Want::Move { to, from_left, to_left } => self.move_element(call, key, to, *from_left, *to_left),
            Want::ZPop { min } => self.serve_zpop(call, key, *min, None),
            Want::ZPopMany { min, count } => self.serve_zpop(call, key, *min, Some(*count)),
            Want::Read(reading) => self.serve_reading(call, key, reading).unwrap_or_else(Expect::nil_array),
        }
    }

    /// Whether a key holds a list that a client could be served from; another type is an error.
    pub(super) fn has_list(&mut self, call: &Call, key: &[u8]) -> Result<bool, Error> {
        Ok(self.get::<List>(call, key)?.is_some())
    }

    /// Answers nil to everyone whose time is up, in the order of their deadlines; in the millisecond of the deadline a
    /// client still waits.
    pub(super) fn time_out_blocked(&mut self, out: &mut Vec<(ClientId, Expect)>) {
        loop {
            let due = self.blocking.waiting.iter().filter_map(|(client, w)| Some((w.deadline_ms?, w.since, *client)));
            let Some((_, _, client)) = due.filter(|(at, ..)| *at < self.now_ms).min() else { return };
            self.blocking.remove(client);
            out.push((client, Expect::Exact(Value::NullArray)));
        }
    }
}
