//! Channels and patterns.
//!
//! Messages go into the same stream as replies, wherever it stands: a client that publishes to itself gets the message
//! before the number of receivers, and inside EXEC both stand in its array.

use std::collections::BTreeSet;

use super::help;
use super::{Call, Error, Expect, Handler, Model, Reply, glob};
use crate::resp::{Bytes, Value};
use crate::subject::ClientId;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "SUBSCRIBE" => |model, call| Ok(subscribe(model, call, Kind::Channel)),
        "UNSUBSCRIBE" => |model, call| Ok(unsubscribe(model, call, Kind::Channel)),
        "PSUBSCRIBE" => |model, call| Ok(subscribe(model, call, Kind::Pattern)),
        "PUNSUBSCRIBE" => |model, call| Ok(unsubscribe(model, call, Kind::Pattern)),
        // The others may be queued for the sake of old clients.
        "SSUBSCRIBE" => |model, call| match call.in_exec {
            true => Err(Error::DenyBlocking("SSUBSCRIBE")),
            false => Ok(subscribe(model, call, Kind::Shard)),
        },
        "SUNSUBSCRIBE" => |model, call| Ok(unsubscribe(model, call, Kind::Shard)),
        "PUBLISH" => publish,
        "SPUBLISH" => spublish,
        "PUBSUB" => pubsub,
        _ => return None,
    })
}

/// What a RESP2 client may still send once it has subscribed to something.
pub(super) fn is_allowed_to_subscribers(name: &str) -> bool {
    name == "PING" || name == "QUIT" || name == "RESET" || (name.ends_with("SUBSCRIBE"))
}

/// What one can subscribe to.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Channel,
    Pattern,
    Shard,
}

impl Kind {
    fn word(self, verb: &str) -> Value {
        let prefix = match self {
            Kind::Channel => "",
            Kind::Pattern => "p",
            Kind::Shard => "s",
        };
        Value::bulk(format!("{prefix}{verb}"))
    }
}

impl Model {
    /// Whether the client is in the mode that RESP2 has for subscribers.
    pub(super) fn is_confined(&self, client: ClientId) -> bool {
        self.clients.get(&client).is_some_and(|c| !c.resp3 && c.is_subscribed())
    }

    fn subscribe_to(&mut self, client: ClientId, kind: Kind, name: &Bytes) {
        let client = self.client(client);
        match kind {
            Kind::Channel => drop(client.channels.insert(name.clone())),
            Kind::Shard => drop(client.shard_channels.insert(name.clone())),
            Kind::Pattern if client.patterns.contains(name) => {}
            Kind::Pattern => client.patterns.push(name.clone()),
        }
    }

    fn unsubscribe_from(&mut self, client: ClientId, kind: Kind, name: &Bytes) {
        let client = self.client(client);
        match kind {
            Kind::Channel => drop(client.channels.remove(name)),
            Kind::Shard => drop(client.shard_channels.remove(name)),
            Kind::Pattern => client.patterns.retain(|pattern| pattern != name),
        }
    }

    /// The client's subscriptions of one kind.
    fn subscriptions(&mut self, client: ClientId, kind: Kind) -> Vec<Bytes> {
        let client = self.client(client);
        match kind {
            Kind::Channel => client.channels.iter().cloned().collect(),
            Kind::Shard => client.shard_channels.iter().cloned().collect(),
            Kind::Pattern => client.patterns.clone(),
        }
    }

    /// `subscribe`, the channel, and how many subscriptions the client has now: channels and patterns together.
    fn confirmation(&mut self, client: ClientId, kind: Kind, verb: &str, name: Value) -> Expect {
        let client = self.client(client);
        let count = match kind {
            Kind::Channel | Kind::Pattern => client.channels.len() + client.patterns.len(),
            Kind::Shard => client.shard_channels.len(),
        };
        Expect::Exact(Value::Push(vec![kind.word(verb), name, Value::Int(count as i64)]))
    }
}

fn subscribe(model: &mut Model, call: &Call, kind: Kind) -> Expect {
    let replies = call.argv[1..].iter().map(|name| {
        model.subscribe_to(call.client, kind, name);
        model.confirmation(call.client, kind, "subscribe", Value::bulk(name.clone()))
    });
    Expect::Several(replies.collect())
}

fn unsubscribe(model: &mut Model, call: &Call, kind: Kind) -> Expect {
    let mut names = call.argv[1..].to_vec();
    if names.is_empty() {
        names = model.subscriptions(call.client, kind);
        if kind != Kind::Pattern {
            // The server keeps channels in a hash table with a random seed.
            names = in_order_of_arrival(model, call, names);
        }
    }
    if names.is_empty() {
        return model.confirmation(call.client, kind, "unsubscribe", Value::NullBulk);
    }
    let replies = names.into_iter().map(|name| {
        model.unsubscribe_from(call.client, kind, &name);
        model.confirmation(call.client, kind, "unsubscribe", Value::Bulk(name))
    });
    Expect::Several(replies.collect())
}

/// The names in the order in which the client was told about them, if all of them were told.
fn in_order_of_arrival(model: &Model, call: &Call, names: Vec<Bytes>) -> Vec<Bytes> {
    let place = model.received(call.client);
    let told: Vec<Bytes> =
        (place..place + names.len()).filter_map(|i| second(call.arrived.get(call.client, i)?)).collect();
    if told.iter().collect::<BTreeSet<_>>() == names.iter().collect() { told } else { names }
}

/// The channel or pattern that a confirmation or message is about.
fn second(event: &Value) -> Option<Bytes> {
    match event {
        Value::Array(items) | Value::Push(items) => match items.get(1) {
            Some(Value::Bulk(name)) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn publish(model: &mut Model, call: &Call) -> Reply {
    let [_, channel, message] = call.argv else { return Err(Error::Syntax) };
    let clients: Vec<ClientId> = model.clients.keys().copied().collect();
    let mut receivers = 0;
    for client in clients {
        if model.client(client).channels.contains(channel) {
            receivers += 1;
            model.deliver(client, &[b"message", channel, message]);
        }
        let mut patterns = model.subscriptions(client, Kind::Pattern);
        patterns.retain(|pattern| glob::matches(pattern, channel));
        receivers += patterns.len();
        if patterns.len() > 1 {
            // Patterns, too, are in a hash table.
            let place = model.received(client);
            let heard = |pattern: &Bytes| {
                let events = (place..place + patterns.len()).filter_map(|i| call.arrived.get(client, i));
                events.filter_map(second).position(|told| told == *pattern)
            };
            let mut places: Vec<_> = patterns.iter().map(|pattern| (heard(pattern), pattern.clone())).collect();
            places.sort();
            patterns = places.into_iter().map(|(_, pattern)| pattern).collect();
        }
        for pattern in patterns {
            model.deliver(client, &[b"pmessage", &pattern, channel, message]);
        }
    }
    Expect::int(receivers as i64)
}

fn spublish(model: &mut Model, call: &Call) -> Reply {
    let [_, channel, message] = call.argv else { return Err(Error::Syntax) };
    let subscribed = model.clients.iter().filter(|(_, client)| client.shard_channels.contains(channel));
    let receivers: Vec<ClientId> = subscribed.map(|(id, _)| *id).collect();
    for receiver in &receivers {
        model.deliver(*receiver, &[b"smessage", channel, message]);
    }
    Expect::int(receivers.len() as i64)
}

impl Model {
    /// At this very place in the client's stream; later versions (7.2, Valkey 8) hold messages to the sender back until
    /// its whole reply, that of EXEC too, is out.
    fn deliver(&mut self, client: ClientId, words: &[&[u8]]) {
        let items = words.iter().map(|word| Value::bulk(*word)).collect();
        self.emit(client, Expect::Exact(Value::Push(items)));
    }

    /// How many different channels, patterns and shard channels somebody has subscribed to.
    pub(super) fn subscription_counts(&self) -> (usize, usize, usize) {
        let clients = || self.clients.values();
        let channels: BTreeSet<&Bytes> = clients().flat_map(|client| &client.channels).collect();
        let patterns: BTreeSet<&Bytes> = clients().flat_map(|client| &client.patterns).collect();
        let shards: BTreeSet<&Bytes> = clients().flat_map(|client| &client.shard_channels).collect();
        (channels.len(), patterns.len(), shards.len())
    }

    /// All channels with subscribers, each as often as it has some.
    fn all_subscriptions(&mut self, kind: Kind) -> Vec<Bytes> {
        let clients: Vec<ClientId> = self.clients.keys().copied().collect();
        clients.into_iter().flat_map(|client| self.subscriptions(client, kind)).collect()
    }
}

fn pubsub(model: &mut Model, call: &Call) -> Reply {
    let args = &call.argv[2..];
    match call.argv[1].to_ascii_uppercase().as_slice() {
        b"HELP" => Ok(help::reply("PUBSUB")),
        b"CHANNELS" => channels(model, call, Kind::Channel),
        b"SHARDCHANNELS" => channels(model, call, Kind::Shard),
        b"NUMSUB" => Ok(numbers(model, args, Kind::Channel)),
        b"SHARDNUMSUB" => Ok(numbers(model, args, Kind::Shard)),
        _ => {
            let patterns: BTreeSet<Bytes> = model.all_subscriptions(Kind::Pattern).into_iter().collect();
            Expect::int(patterns.len() as i64)
        }
    }
}

fn channels(model: &mut Model, call: &Call, kind: Kind) -> Reply {
    let mut channels: BTreeSet<Bytes> = model.all_subscriptions(kind).into_iter().collect();
    match &call.argv[2..] {
        [] => {}
        [pattern] => channels.retain(|channel| glob::matches(pattern, channel)),
        _ => return Err(Error::SubcommandSyntax("PUBSUB", call.argv[1].clone())),
    }
    Expect::any_order(channels)
}

/// How many subscribers each of these channels has.
fn numbers(model: &mut Model, channels: &[Bytes], kind: Kind) -> Expect {
    let all = model.all_subscriptions(kind);
    let count = |channel: &Bytes| Value::Int(all.iter().filter(|name| *name == channel).count() as i64);
    Expect::Exact(Value::Array(channels.iter().flat_map(|name| [Value::bulk(name.clone()), count(name)]).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{last, predict};
    use super::*;

    #[test]
    fn a_subscriber_of_resp2_is_confined_until_it_leaves_its_last_channel() {
        let mut model = Model::default();
        let replies =
            predict(&mut model, &["SUBSCRIBE a b", "GET k", "PING", "UNSUBSCRIBE a", "UNSUBSCRIBE b", "PING"]);
        assert_eq!(replies[1], "1) \"subscribe\" 2) \"b\" 3) (integer) 2");
        assert!(replies[2].contains("Can't execute 'get'"));
        assert_eq!(replies[3], "1) \"pong\" 2) \"\"");
        assert_eq!(replies[6], "PONG");
    }

    #[test]
    fn replies_beyond_the_number_of_commands_follow_the_array() {
        let mut model = Model::default();
        let replies = predict(&mut model, &["MULTI", "SUBSCRIBE a b", "PUBLISH a x", "EXEC"]);
        let tail: Vec<&str> = replies[4..].iter().map(String::as_str).collect();
        assert_eq!(tail, ["1) \"message\" 2) \"a\" 3) \"x\"", "(integer) 1"]);
    }

    #[test]
    fn everyone_gets_what_matches() {
        let (mut model, mut out) = (Model::default(), Vec::new());
        let words = |line: &str| line.split(' ').map(Bytes::from).collect::<Vec<_>>();
        model.send(ClientId(1), &words("PSUBSCRIBE a* x*"), None, &mut Vec::new());
        model.send(ClientId(2), &words("SUBSCRIBE ab"), None, &mut Vec::new());
        model.send(ClientId(0), &words("PUBLISH ab m"), None, &mut out);
        assert_eq!(out.iter().map(|(client, _)| client.0).collect::<Vec<_>>(), [1, 2, 0]);
        assert!(
            last(&["PUBSUB CHANNELS a b"]).contains("unknown subcommand or wrong number of arguments for 'CHANNELS'")
        );
    }
}
