//! Keyspace notifications: what `notify-keyspace-events` makes the server publish about changed keys.
//!
//! The event follows from the command that runs and the key that it touches, which is right for nearly all commands;
//! those that touch two keys in two ways (RENAME, SMOVE) are told apart by whether the key is still there.

use std::collections::BTreeMap;

use super::keyspace::Data;
use super::{Call, Expect, Model, glob};
use crate::resp::{Bytes, Value};
use crate::subject::ClientId;

/// The classes of events in the order in which CONFIG GET shows them, and the first ones for which `A` stands.
const CLASSES: &[u8] = b"g$lshzxetdn";
const ALL: usize = 10;

/// The parameter as CONFIG GET shows it, if it has no unknown letters.
pub(super) fn canonical(text: &[u8]) -> Option<Bytes> {
    let has = |class: &u8| text.contains(class) || (text.contains(&b'A') && CLASSES[..ALL].contains(class));
    if text.iter().any(|letter| !CLASSES.contains(letter) && !b"AKEm".contains(letter)) {
        return None;
    }
    let mut shown = if CLASSES[..ALL].iter().all(has) {
        vec![b'A']
    } else {
        CLASSES.iter().copied().filter(|class| has(class)).collect()
    };
    shown.extend(b"KEm".iter().filter(|letter| text.contains(letter)));
    Some(shown)
}

/// What a command's change of a key is called, and its class.
fn event(command: &str) -> Option<(u8, String)> {
    let name = |class: u8, name: &str| Some((class, name.to_owned()));
    match command {
        "SET" | "SETNX" | "SETEX" | "PSETEX" | "MSET" | "MSETNX" | "GETSET" | "BITOP" => name(b'$', "set"),
        "INCR" | "DECR" | "INCRBY" => name(b'$', "incrby"),
        "DECRBY" => name(b'$', "decrby"),
        "BITFIELD" => name(b'$', "setbit"),
        "PFMERGE" => name(b'$', "pfadd"),
        "APPEND" | "SETRANGE" | "INCRBYFLOAT" | "SETBIT" | "PFADD" => name(b'$', &command.to_lowercase()),
        "EXPIRE" | "PEXPIRE" | "EXPIREAT" | "PEXPIREAT" | "GETEX" => name(b'g', "expire"),
        "PERSIST" | "RESTORE" => name(b'g', &command.to_lowercase()),
        "COPY" => name(b'g', "copy_to"),
        "RENAME" | "RENAMENX" => name(b'g', "rename_to"),
        "MOVE" => name(b'g', "move_to"),
        "LPUSHX" => name(b'l', "lpush"),
        "RPUSHX" => name(b'l', "rpush"),
        "LPUSH" | "RPUSH" | "LPOP" | "RPOP" | "LINSERT" | "LSET" | "LTRIM" | "LREM" => {
            name(b'l', &command.to_lowercase())
        }
        "BLPOP" => name(b'l', "lpop"),
        "BRPOP" => name(b'l', "rpop"),
        "SORT" => name(b'l', "sortstore"),
        "SMOVE" => name(b's', "sadd"),
        "HMSET" | "HSETNX" => name(b'h', "hset"),
        "ZINCRBY" => name(b'z', "zincr"),
        "BZPOPMIN" => name(b'z', "zpopmin"),
        "BZPOPMAX" => name(b'z', "zpopmax"),
        "XADD" | "XDEL" | "XTRIM" | "XSETID" => name(b't', &command.to_lowercase()),
        _ if command.starts_with('S') => name(b's', &command.to_lowercase()),
        _ if command.starts_with('H') => name(b'h', &command.to_lowercase()),
        _ if command.starts_with('Z') || command.starts_with("GEO") => name(b'z', &command.to_lowercase()),
        _ => None,
    }
}

impl Model {
    /// Whether anybody may hear of events of this class.
    fn announces(&self, class: u8) -> bool {
        self.service.as_ref().is_some_and(|service| {
            let events = &service.events;
            events.contains(&class) || (events.contains(&b'A') && CLASSES[..ALL].contains(&class))
        })
    }

    /// The command that runs has changed this key.
    pub(super) fn notify_changed(&mut self, db: usize, key: &[u8]) {
        if self.service.as_ref().is_none_or(|service| service.events.is_empty()) {
            return;
        }
        let is_there = self.dbs[db].entries.contains_key(key);
        let stores = self.running.ends_with("STORE") || self.running == "SORT";
        let deletes = matches!(self.running, "DEL" | "UNLINK" | "GETDEL" | "GETEX") || self.running.contains("EXPIRE");
        match (event(self.running), self.running) {
            (_, "RENAME" | "RENAMENX") if !is_there => return self.notify(db, key, b'g', "rename_from"),
            (_, "MOVE") if !is_there => return self.notify(db, key, b'g', "move_from"),
            (_, "SMOVE") if !is_there => self.notify(db, key, b's', "srem"),
            (Some((class, name)), _) if is_there || !(stores || deletes) => self.notify(db, key, class, &name),
            _ => {}
        }
        let expires = self.dbs[db].entries.get(key).is_some_and(|entry| entry.expires_ms.is_some());
        if expires && matches!(self.running, "SET" | "SETEX" | "PSETEX") {
            self.notify(db, key, b'g', "expire");
        }
        if !is_there && !matches!(self.running, "FLUSHDB" | "FLUSHALL") {
            self.notify(db, key, b'g', "del");
        }
    }

    /// Publishes an event, if its class is switched on.
    pub(super) fn notify(&mut self, db: usize, key: &[u8], class: u8, name: &str) {
        if !self.announces(class) {
            return;
        }
        let wants = |letter: u8| self.service.as_ref().is_some_and(|service| service.events.contains(&letter));
        let (by_key, by_event) = (wants(b'K'), wants(b'E'));
        if by_key {
            self.broadcast(&[format!("__keyspace@{db}__:").as_bytes(), key].concat(), name.as_bytes());
        }
        if by_event {
            self.broadcast(format!("__keyevent@{db}__:{name}").as_bytes(), key);
        }
    }

    /// Sends a message to everyone who has subscribed to the channel or to a pattern that it fits.
    fn broadcast(&mut self, channel: &[u8], message: &[u8]) {
        let mut sent: Vec<(ClientId, Vec<Value>)> = Vec::new();
        for (id, client) in &self.clients {
            if client.channels.contains(channel) {
                sent.push((*id, [b"message".as_slice(), channel, message].map(Value::bulk).into()));
            }
            for pattern in client.patterns.iter().filter(|pattern| glob::matches(pattern, channel)) {
                sent.push((*id, [b"pmessage".as_slice(), pattern, channel, message].map(Value::bulk).into()));
            }
        }
        for (client, items) in sent {
            self.emit(client, Expect::Exact(Value::Push(items)));
        }
    }

    /// How many consumers each stream has, if anybody may hear of it.
    pub(super) fn consumers(&self, db: usize) -> BTreeMap<Bytes, usize> {
        if !self.announces(b't') {
            return BTreeMap::new();
        }
        let streams = self.dbs[db].entries.iter().filter_map(|(key, entry)| match &entry.data {
            Data::Stream(stream) => Some((key.clone(), stream.groups.values().map(|g| g.consumers.len()).sum())),
            _ => None,
        });
        streams.collect()
    }

    /// Many commands make consumers on their way.
    pub(super) fn notify_consumers(&mut self, db: usize, before: &BTreeMap<Bytes, usize>) {
        for (key, now) in self.consumers(db) {
            match before.get(&key).copied().unwrap_or(0) {
                old if old < now => self.notify(db, &key, b't', "xgroup-createconsumer"),
                old if old > now && self.running == "XGROUP" => self.notify(db, &key, b't', "xgroup-delconsumer"),
                _ => {}
            }
        }
    }

    /// XGROUP tells what it did by its second word.
    pub(super) fn notify_group(&mut self, call: &Call, key: &[u8], what: &str) {
        self.notify(call.db, key, b't', &format!("xgroup-{what}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_shown_in_their_order() {
        for (set, shown) in [("KEA", "AKE"), ("mnEKg", "gnKEm"), ("dtexzhsl$gKE", "AKE"), ("AKEn", "AKE"), ("", "")] {
            assert_eq!(canonical(set.as_bytes()), Some(shown.into()), "{set}");
        }
        assert_eq!(canonical(b"Kq"), None);
    }

    #[test]
    fn changes_are_told_to_those_who_listen() {
        let mut model = Model::default().served();
        let mut out = Vec::new();
        for (client, line) in [
            (1, "CONFIG SET notify-keyspace-events KEA"),
            (2, "PSUBSCRIBE *"),
            (1, "SET a 1"),
            (1, "LPUSH l x"),
            (1, "LPOP l"),
            (1, "RENAME a b"),
        ] {
            let argv: Vec<Bytes> = line.split(' ').map(Bytes::from).collect();
            model.send(ClientId(client), &argv, None, &mut out);
        }
        let heard = out.iter().filter(|(client, _)| client.0 == 2).skip(1).map(|(_, expect)| match expect {
            Expect::Exact(Value::Array(items)) => {
                items[2..].iter().map(|item| item.to_string().replace('"', "")).collect()
            }
            other => vec![format!("{other:?}")],
        });
        let heard: Vec<String> = heard.map(|words| words.join(" ")).filter(|text| text.contains("space")).collect();
        let told = ["a set", "l lpush", "l lpop", "l del", "b rename_to", "a rename_from"];
        assert_eq!(heard, told.map(|text| format!("__keyspace@0__:{text}")));
    }
}
