//! Keys of any type, databases, and the two commands that answer what they are told.

use super::keyspace::{Data, Entry};
use super::number::{int, parse_int};
use super::{Call, DATABASES, Error, Expect, Handler, Model, Reply, glob, random};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "DEL" => del,
        "UNLINK" => |model, call| {
            model.free_lazily(call);
            del(model, call)
        },
        "EXISTS" => {
            |model, call| Expect::int(call.argv[1..].iter().filter(|key| model.exists(call.db, key)).count() as i64)
        }
        "TOUCH" => |model, call| {
            Expect::int(call.argv[1..].iter().filter(|key| model.entry(call.db, key).is_some()).count() as i64)
        },
        "TYPE" => type_of,
        "KEYS" => keys,
        "RANDOMKEY" => randomkey,
        "DBSIZE" => dbsize,
        "RENAME" => |model, call| rename(model, call, false),
        "RENAMENX" => |model, call| rename(model, call, true),
        "COPY" => copy,
        "MOVE" => move_key,
        "SELECT" => select,
        "SWAPDB" => swapdb,
        "FLUSHDB" => |model, call| flush(model, call, call.db..call.db + 1),
        "FLUSHALL" => |model, call| flush(model, call, 0..DATABASES),
        "PING" => ping,
        "ECHO" => |_, call| Expect::bulk(call.argv[1].clone()),
        _ => return None,
    })
}

fn del(model: &mut Model, call: &Call) -> Reply {
    let mut deleted = 0;
    for key in &call.argv[1..] {
        deleted += i64::from(model.delete(call.db, key));
    }
    Expect::int(deleted)
}

fn type_of(model: &mut Model, call: &Call) -> Reply {
    let name = model.peek(call.db, &call.argv[1]).map_or("none", |entry| entry.data.type_name());
    Ok(Expect::Exact(Value::Status(name.into())))
}

fn keys(model: &mut Model, call: &Call) -> Reply {
    let pattern = call.argv[1].as_slice();
    let live = model.dbs[call.db].live(model.now_ms).map(|(key, _)| key);
    Expect::any_order(live.filter(|key| pattern == b"*" || glob::matches(pattern, key)).cloned())
}

fn randomkey(model: &mut Model, call: &Call) -> Reply {
    let none_is_left = model.dbs[call.db].live(model.now_ms).next().is_none();
    model.remove_expired(call.db, none_is_left, |_| true); // Those that it happens to draw.
    if none_is_left {
        return Expect::nil();
    }
    let db = &model.dbs[call.db];
    let Some(hint) = call.hint else {
        let keys = db.live(model.now_ms).map(|(key, _)| key.clone()).collect();
        return random::draw_one(model, call, keys);
    };
    let holds = match hint {
        Value::Bulk(key) => db.live(model.now_ms).any(|(live, _)| live == key),
        _ => false,
    };
    Ok(Expect::checked(call, "bulk", "one of the keys that are there", |_| holds, || Value::NullBulk))
}

/// Expired keys that nothing has looked at since may or may not have been removed.
fn dbsize(model: &mut Model, call: &Call) -> Reply {
    let db = &model.dbs[call.db];
    let live = db.live(model.now_ms).count() as i64;
    let all = db.entries.len() as i64;
    if live == all || model.service.is_some() { Expect::int(all) } else { Ok(Expect::IntBetween(live, all)) }
}

fn rename(model: &mut Model, call: &Call, only_if_new: bool) -> Reply {
    let [_, from, to] = call.argv else { return Err(Error::Syntax) };
    let done = || if only_if_new { Expect::int(1) } else { Expect::ok() };
    let Some(entry) = model.entry(call.db, from).cloned() else { return Err(Error::NoSuchKey) };
    if from == to {
        return if only_if_new { Expect::int(0) } else { Expect::ok() };
    }
    if model.finds(call.db, to) {
        if only_if_new {
            return Expect::int(0);
        }
        // The old one goes first, so that whoever waits on the name sees a key come into being.
        model.remove(call.db, to);
    }
    let rename = |model: &mut Model| {
        model.insert(call.db, to, entry);
        model.delete(call.db, from);
    };
    if call.db == 0 {
        model.renaming(from, to, rename)
    } else {
        rename(model)
    }
    done()
}

/// A database index in an argument that is checked before it is used.
fn db_index(model: &mut Model, text: &[u8]) -> Result<usize, Error> {
    let n = int(text)?;
    i32::try_from(n).map_err(|_| Error::IntOutOfRange)?;
    database(model, n)
}

fn database(model: &mut Model, n: i64) -> Result<usize, Error> {
    let db = usize::try_from(n).ok().filter(|db| *db < DATABASES).ok_or(Error::DbOutOfRange)?;
    model.used[db] = true;
    Ok(db)
}

fn copy(model: &mut Model, call: &Call) -> Reply {
    let [_, from, to, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    let (mut db, mut replace) = (call.db, false);
    let mut args = rest.iter();
    while let Some(arg) = args.next() {
        match arg.to_ascii_uppercase().as_slice() {
            b"REPLACE" => replace = true,
            b"DB" => db = db_index(model, args.next().ok_or(Error::Syntax)?)?,
            _ => return Err(Error::Syntax),
        }
    }
    if db == call.db && from == to {
        return Err(Error::SameObject);
    }
    let Some(mut entry) = model.entry(call.db, from).cloned() else { return Expect::int(0) };
    entry.encoding = entry.encoding.unshared();
    if model.finds(db, to) {
        if !replace {
            return Expect::int(0);
        }
        model.remove(db, to);
    }
    model.insert(db, to, entry);
    Expect::int(1)
}

fn move_key(model: &mut Model, call: &Call) -> Reply {
    let [_, key, db] = call.argv else { return Err(Error::Syntax) };
    let db = db_index(model, db)?;
    if db == call.db {
        return Err(Error::SameObject);
    }
    let Some(entry): Option<Entry> = model.entry(call.db, key).cloned() else { return Expect::int(0) };
    if model.finds(db, key) {
        return Expect::int(0);
    }
    model.insert(db, key, entry);
    model.delete(call.db, key);
    Expect::int(1)
}

fn select(model: &mut Model, call: &Call) -> Reply {
    let db = db_index(model, &call.argv[1])?;
    model.client(call.client).db = db;
    Expect::ok()
}

fn swapdb(model: &mut Model, call: &Call) -> Reply {
    // An index must also fit the server's int.
    let index = |text: &Bytes| parse_int(text).filter(|n| i32::try_from(*n).is_ok());
    let a = index(&call.argv[1]).ok_or(Error::InvalidFirstDb)?;
    let b = index(&call.argv[2]).ok_or(Error::InvalidSecondDb)?;
    let (a, b) = (database(model, a)?, database(model, b)?);
    if a == b {
        return Expect::ok();
    }
    model.touch_db(a, Some(b));
    model.touch_db(b, Some(a));
    let streams: Vec<_> = [a, b].into_iter().flat_map(|db| model.streams(db)).collect();
    model.dbs.swap(a, b);
    if a.min(b) == 0 {
        model.indexes.scan();
    }
    streams.iter().for_each(|(db, key)| model.signal_stream_gone(*db, key));
    for db in [a, b] {
        let keys: Vec<Bytes> = model.dbs[db].entries.keys().cloned().collect();
        keys.iter().for_each(|key| model.signal_ready(db, key));
    }
    // The server meets several ready keys in the order of its hash table, which has a random seed.
    model.lost_track |= model.blocking.ready_keys() > 1;
    Expect::ok()
}

impl Model {
    /// The streams of a database.
    fn streams(&self, db: usize) -> Vec<(usize, Bytes)> {
        let entries = self.dbs[db].entries.iter();
        entries.filter(|(_, e)| matches!(e.data, Data::Stream(_))).map(|(key, _)| (db, key.clone())).collect()
    }
}

fn flush(model: &mut Model, call: &Call, dbs: std::ops::Range<usize>) -> Reply {
    match call.argv {
        [_] => {}
        [_, mode] if mode.eq_ignore_ascii_case(b"SYNC") || mode.eq_ignore_ascii_case(b"ASYNC") => {}
        _ => return Err(Error::Syntax),
    }
    for db in dbs {
        model.touch_db(db, None);
        let streams = model.streams(db);
        model.dbs[db].entries.clear();
        streams.iter().for_each(|(db, key)| model.signal_stream_gone(*db, key));
    }
    model.indexes.clear();
    Expect::ok()
}

fn ping(model: &mut Model, call: &Call) -> Reply {
    match call.argv {
        [_] | [_, _] if model.is_confined(call.client) => {
            let text = call.argv.get(1).cloned().unwrap_or_default();
            Expect::bulks([b"pong".to_vec(), text])
        }
        [_] => Ok(Expect::Exact(Value::Status(b"PONG".to_vec()))),
        [_, text] => Expect::bulk(text.clone()),
        _ => Err(Error::Arity("PING")),
    }
}
