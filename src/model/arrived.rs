//! What clients have received since a command was sent: where the server is random, the model follows it.

use crate::resp::{Bytes, Value};
use crate::subject::ClientId;

/// All that arrived, in the order of each client's connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived<'a> {
    events: &'a [(ClientId, Value)],
    /// Whose EXEC runs: the items of its array count one by one, and what its commands sent beyond them follows.
    exec: Option<ClientId>,
}

impl<'a> Arrived<'a> {
    /// Nothing has come.
    pub(super) const NOTHING: Arrived<'static> = Arrived { events: &[], exec: None };

    pub(super) fn new(events: &'a [(ClientId, Value)]) -> Self {
        Arrived { events, exec: None }
    }

    /// The same for the commands inside a client's EXEC.
    pub(super) fn inside_exec(self, client: ClientId) -> Self {
        Arrived { exec: Some(client), ..self }
    }

    /// What the client received at this place.
    pub(super) fn get(self, client: ClientId, place: usize) -> Option<&'a Value> {
        self.of(client).nth(place)
    }

    /// Everything that the client received.
    pub(super) fn of(self, client: ClientId) -> impl Iterator<Item = &'a Value> {
        let mut replies = self.events.iter().filter(move |(c, _)| *c == client).map(|(_, value)| value);
        let items: &[Value] = match replies.clone().next() {
            Some(Value::Array(items)) if self.exec == Some(client) => {
                replies.next();
                items
            }
            _ => &[],
        };
        items.iter().chain(replies)
    }
}

/// A RESP3 reply in the forms that RESP2 has, so that handlers find one form only; doubles stay, and nested pairs.
pub(super) fn plain(value: &Value) -> Value {
    let all = |items: &[Value]| items.iter().map(plain).collect();
    match value {
        Value::Null => Value::NullBulk,
        Value::Verbatim(_, text) => Value::Bulk(Bytes::clone(text)),
        Value::Array(items) | Value::Set(items) | Value::Push(items) => Value::Array(all(items)),
        Value::Map(pairs) => Value::Array(pairs.iter().flat_map(|(k, v)| [plain(k), plain(v)]).collect()),
        other => other.clone(),
    }
}
