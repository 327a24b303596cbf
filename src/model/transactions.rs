//! MULTI, EXEC, DISCARD, WATCH and UNWATCH.

use super::arrived::Arrived;
use super::clients::{Multi, Watched};
use super::{Error, Expect, Model, Profile};
use crate::command::{self, Command};
use crate::resp::{Bytes, Value};
use crate::subject::ClientId;

/// Whether the command is one of this file's.
pub(super) fn is_control(name: &str) -> bool {
    matches!(name, "MULTI" | "EXEC" | "DISCARD" | "WATCH" | "UNWATCH")
}

impl Model {
    /// A command that is refused before it runs spoils an open transaction.
    pub(super) fn refuse(&mut self, client: ClientId, argv: &[Bytes], error: Error) -> Expect {
        if let Some(multi) = &mut self.client(client).multi {
            multi.refused = true;
        }
        let reply = Expect::error(error);
        self.record_refusal(argv, &reply);
        reply
    }

    /// Answers transaction commands, and queues others while a transaction is open.
    pub(super) fn transaction_control(
        &mut self,
        client: ClientId,
        command: &Command,
        argv: &[Bytes],
        arrived: Arrived,
    ) -> Option<Expect> {
        let in_multi = self.client(client).multi.is_some();
        let reply = match command.name {
            "QUIT" | "RESET" => return None, // Never queued.
            "MULTI" | "WATCH" if in_multi && self.profile == Profile::Valkey8 => {
                return Some(self.refuse(client, argv, Error::NotInMulti));
            }
            "MULTI" if in_multi => Err(Error::MultiNested),
            "MULTI" => {
                self.client(client).multi = Some(Multi::default());
                Expect::ok()
            }
            "WATCH" if in_multi => Err(Error::WatchInMulti),
            "WATCH" => {
                argv[1..].iter().for_each(|key| self.watch(client, key));
                Expect::ok()
            }
            "EXEC" => self.exec(client, arrived),
            "DISCARD" if !in_multi => Err(Error::DiscardWithoutMulti),
            "DISCARD" => {
                self.end_transaction(client);
                Expect::ok()
            }
            _ if in_multi => {
                self.client(client).multi.as_mut()?.queue.push(argv.to_vec());
                Ok(Expect::Exact(Value::Status(b"QUEUED".to_vec())))
            }
            "UNWATCH" => {
                self.unwatch(client);
                Expect::ok()
            }
            _ => return None,
        };
        Some(reply.unwrap_or_else(Expect::error))
    }

    fn exec(&mut self, client: ClientId, arrived: Arrived) -> Result<Expect, Error> {
        let now_ms = self.now_ms;
        let Some(multi) = self.client(client).multi.clone() else {
            return Err(Error::ExecWithoutMulti);
        };
        let state = self.client(client).clone();
        let expired = state.watched.iter().any(|w| !w.was_expired && self.dbs[w.db].is_expired(&w.key, now_ms));
        self.end_transaction(client);
        if multi.refused {
            return Err(Error::ExecAbort);
        }
        if state.dirty || expired {
            return Expect::nil_array();
        }
        for argv in &multi.queue {
            let reply = match command::by_name(&argv[0]) {
                // It may be queued; the watches are gone by then.
                Some(unwatch) if unwatch.name == "UNWATCH" => Expect::Exact(Value::ok()),
                Some(command) => self.execute(client, command, argv, arrived.inside_exec(client), true),
                None => Expect::error(Error::UnknownCommand(argv.clone())),
            };
            self.emit(client, reply);
        }
        self.close_array(client, multi.queue.len());
        Ok(Expect::Silent)
    }

    /// The server announces as many replies as there are commands. SUBSCRIBE of two channels gives two, and a message to
    /// oneself comes on top: what is too much follows the array.
    fn close_array(&mut self, client: ClientId, len: usize) {
        let (own, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.outbox).into_iter().partition(|(receiver, _)| *receiver == client);
        let mut own = own.into_iter().map(|(_, reply)| reply);
        // Each was given its types when it was made: a HELLO in between may have changed the protocol.
        let silenced = self.client(client).is_silenced();
        let array = (!silenced).then(|| Expect::Array(own.by_ref().take(len).collect()));
        self.outbox = others;
        self.outbox.extend(array.into_iter().chain(own).map(|reply| (client, reply)));
    }

    pub(super) fn end_transaction(&mut self, client: ClientId) {
        self.client(client).multi = None;
        self.unwatch(client);
    }

    fn watch(&mut self, client: ClientId, key: &[u8]) {
        let db = self.selected(client);
        let was_expired = self.dbs[db].is_expired(key, self.now_ms);
        let watched = &mut self.client(client).watched;
        if !watched.iter().any(|w| w.db == db && w.key == key) {
            watched.push(Watched { db, key: key.to_vec(), was_expired });
        }
    }

    fn unwatch(&mut self, client: ClientId) {
        let client = self.client(client);
        client.watched.clear();
        client.dirty = false;
    }

    /// A key was changed, also to the value it had.
    pub(super) fn touch(&mut self, db: usize, key: &[u8]) {
        if let Some(service) = &mut self.service {
            service.changes += 1;
        }
        for client in self.clients.values_mut() {
            if client.watched.iter().any(|w| w.db == db && w.key == key) {
                client.dirty = true;
            }
        }
        if db == 0 {
            self.indexes.note(key);
        }
        self.notify_changed(db, key);
    }

    /// A key is removed because its time ran out: no change to who watched it when it had already expired.
    pub(super) fn touch_expired(&mut self, db: usize, key: &[u8]) {
        for client in self.clients.values_mut() {
            if let Some(watched) = client.watched.iter_mut().find(|w| w.db == db && w.key == key) {
                if watched.was_expired {
                    watched.was_expired = false;
                } else {
                    client.dirty = true;
                }
            }
        }
    }

    /// A whole database is emptied or (`replacement`) exchanged: keys that are in neither are not touched.
    pub(super) fn touch_db(&mut self, db: usize, replacement: Option<usize>) {
        let (now_ms, dbs) = (self.now_ms, &self.dbs);
        for client in self.clients.values_mut() {
            for watched in client.watched.iter_mut().filter(|w| w.db == db) {
                let in_old = dbs[db].entries.contains_key(&watched.key);
                let in_new = replacement.is_some_and(|new| dbs[new].entries.contains_key(&watched.key));
                let expired_in_new = replacement.is_some_and(|new| dbs[new].is_expired(&watched.key, now_ms));
                if !in_old && !in_new {
                    continue;
                }
                match watched.was_expired {
                    true if !in_new => watched.was_expired = false,
                    true if expired_in_new => {}
                    false if !in_old && expired_in_new => watched.was_expired = true,
                    _ => client.dirty = true,
                }
            }
        }
    }

    /// What is remembered of a connection; made on first use.
    pub(super) fn client(&mut self, client: ClientId) -> &mut super::Client {
        self.clients.entry(client).or_default()
    }
}
