//! Keys as such, and whole databases.

use super::args;
use super::{Command, Context, Outcome, Run};
use crate::glob;
use crate::number;
use crate::reply::{Error, Reply};
use crate::value::Value;

const ONE: (i64, i64, i64) = (1, 1, 1);
const TWO: (i64, i64, i64) = (1, 2, 1);
const ALL: (i64, i64, i64) = (1, -1, 1);
const NONE: (i64, i64, i64) = (0, 0, 0);
const READ_FAST: &str = "readonly fast";
const WRITE_FAST: &str = "write fast";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("del", -2, "write", ALL, Run::Now(del)),
    Command::new("unlink", -2, WRITE_FAST, ALL, Run::Now(del)),
    Command::new("exists", -2, READ_FAST, ALL, Run::Now(exists)),
    Command::new("touch", -2, READ_FAST, ALL, Run::Now(touch)),
    Command::new("type", 2, READ_FAST, ONE, Run::Now(kind)),
    Command::new("keys", 2, "readonly", NONE, Run::Now(keys)),
    Command::new("randomkey", 1, "readonly", NONE, Run::Now(randomkey)),
    Command::new("dbsize", 1, READ_FAST, NONE, Run::Now(dbsize)),
    Command::new("rename", 3, "write", TWO, Run::Now(rename)),
    Command::new("renamenx", 3, WRITE_FAST, TWO, Run::Now(renamenx)),
    Command::new("copy", -3, "write denyoom", TWO, Run::Now(copy)),
    Command::new("move", 3, WRITE_FAST, ONE, Run::Now(move_)),
    Command::new("select", 2, "loading stale fast", NONE, Run::Now(select)),
    Command::new("swapdb", 3, WRITE_FAST, NONE, Run::Now(swapdb)),
    Command::new("flushdb", -1, "write", NONE, Run::Now(flushdb)),
    Command::new("flushall", -1, "write", NONE, Run::Now(flushall)),
    Command::new("ping", -1, "fast", NONE, Run::Now(ping)),
    Command::new("echo", 2, "loading stale fast", NONE, Run::Now(echo)),
];

const DB_RANGE: Error = Error::new("ERR DB index is out of range");

fn del(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let expired = match planted!(cx.config(), DelCountsExpired) {
        true => argv[1..].iter().filter(|key| cx.is_expired(key)).count(),
        false => 0,
    };
    let removed = argv[1..].iter().filter(|key| cx.remove(key)).count();
    Ok(Reply::count(removed + expired))
}

fn exists(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let mut keys: Vec<&Vec<u8>> = argv[1..].iter().collect();
    if planted!(cx.config(), ExistsCountsOnce) {
        keys.sort();
        keys.dedup();
    }
    Ok(Reply::count(keys.into_iter().filter(|key| cx.exists(key)).count()))
}

fn touch(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    argv[1..].iter().for_each(|key| cx.touch(key));
    exists(cx, argv)
}

fn kind(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if planted!(cx.config(), TypeSeesExpired) && cx.is_expired(&argv[1]) {
        let stale = cx.store.dbs[cx.session.db].get(&argv[1]);
        let name = stale.map_or("none", |entry| entry.value.kind().name());
        return Ok(Reply::Status(name.as_bytes().into()));
    }
    let name = cx.entry(&argv[1]).map_or("none", |entry| entry.value.kind().name());
    Ok(Reply::Status(name.as_bytes().into()))
}

fn keys(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let pattern = argv[1].as_slice();
    let db = cx.session.db;
    cx.store.expire_all(db);
    // What has expired may still be there.
    let (all, now) = (cx.store.dbs[db].iter(), cx.now());
    let all = all.filter(|(_, entry)| !entry.is_expired(now)).map(|(key, _)| key);
    let lossless = |key: &&[u8]| !planted!(cx.config(), KeysSkipsNonUtf8) || std::str::from_utf8(key).is_ok();
    // The lone star matches the empty key too, other patterns of stars don't.
    let hits = all.filter(|key| pattern == b"*" || glob::matches(pattern, key)).filter(lossless);
    #[cfg(feature = "planted")]
    let hits = crate::plant::disorder(cx.config(), hits.collect());
    Ok(Reply::bulks(hits))
}

fn randomkey(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    let (db, store) = (cx.session.db, &mut *cx.store);
    store.expire_all(db);
    loop {
        let rng = &mut store.rng;
        let key = store.dbs[db].choose(|bound| rng.below(bound)).map(<[u8]>::to_vec);
        // What has expired may still be there: it goes as it is met.
        if key.as_ref().is_none_or(|key| store.exists(db, key)) {
            return Ok(Reply::bulk_or_null(key));
        }
    }
}

fn dbsize(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    cx.store.expire_all(cx.session.db);
    Ok(Reply::count(cx.store.dbs[cx.session.db].len()))
}

fn rename(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    rename_if(cx, &argv[1], &argv[2], true)?;
    Ok(Reply::OK)
}

fn renamenx(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::flag(rename_if(cx, &argv[1], &argv[2], false)?))
}

/// Renames a key, over another one if it may; says whether it did.
fn rename_if(cx: &mut Context<'_>, from: &[u8], to: &[u8], replace: bool) -> Result<bool, Error> {
    if !cx.finds(from) {
        return Err(Error::NO_SUCH_KEY);
    }
    if planted!(cx.config(), RenameOntoItselfDeletes) && from == to && replace {
        cx.remove(from);
    }
    let blocked = planted!(cx.config(), RenamenxSeesExpired) && cx.is_expired(to) || cx.finds(to);
    if from == to || blocked && !replace {
        return Ok(false);
    }
    let db = cx.session.db;
    let old_deadline = cx.deadline(to);
    let touches = cx.store.search.touches();
    if let Some(mut entry) = cx.store.remove(db, from) {
        if planted!(cx.config(), RenameKeepsTargetTtl) {
            entry.expires_at = entry.expires_at.or(old_deadline);
        }
        cx.store.put(db, to, entry);
        if db == 0 {
            cx.store.search.renamed(touches, from, to);
        }
    }
    Ok(true)
}

/// The number of a database, which must exist.
fn database(cx: &Context<'_>, word: &[u8]) -> Result<usize, Error> {
    let range = (i64::from(i32::MIN), i64::from(i32::MAX));
    database_at(cx, number::int_between(word, range.0, range.1)?)
}

fn database_at(cx: &Context<'_>, at: i64) -> Result<usize, Error> {
    usize::try_from(at).ok().filter(|&at| at < cx.store.dbs.len()).ok_or(DB_RANGE)
}

fn copy(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (from, to) = (&argv[1], &argv[2]);
    let (mut target, mut replace) = (cx.session.db, false);
    let mut words = argv[3..].iter();
    while let Some(word) = words.next() {
        if args::is(word, "REPLACE") {
            replace = true;
        } else if args::is(word, "DB") {
            let number = words.next();
            if planted!(cx.config(), CopyDanglingDbPanics) {
                assert!(number.is_some(), "DB wants a number");
            }
            target = database(cx, number.ok_or(Error::SYNTAX)?)?;
        } else {
            return Err(Error::SYNTAX);
        }
    }
    let source = cx.session.db;
    if source == target && from == to {
        return Err(Error::SAME_OBJECT);
    }
    cx.touch(from);
    let Some(mut entry) = cx.store.entry(source, from).cloned() else {
        return Ok(Reply::Int(0));
    };
    if let Value::Str(string) = &mut entry.value {
        string.unshare();
    }
    if planted!(cx.config(), CopyLosesTtl) {
        entry.expires_at = None;
    }
    if cx.store.finds(target, to) && !replace {
        return Ok(Reply::Int(0));
    }
    if planted!(cx.config(), CopyReplaceKeepsTargetTtl) {
        entry.expires_at = entry.expires_at.or(cx.store.deadline(target, to));
    }
    cx.store.put(target, to, entry);
    Ok(Reply::Int(1))
}

fn move_(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (key, source) = (&argv[1], cx.session.db);
    let target = database(cx, &argv[2])?;
    if source == target {
        return Err(Error::SAME_OBJECT);
    }
    if !cx.finds(key) || cx.store.finds(target, key) {
        return Ok(Reply::Int(0));
    }
    if let Some(mut entry) = cx.store.remove(source, key) {
        if planted!(cx.config(), MoveLosesTtl) {
            entry.expires_at = None;
        }
        cx.store.put(target, key, entry);
    }
    Ok(Reply::Int(1))
}

fn select(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    cx.session.db = database(cx, &argv[1])?;
    Ok(Reply::OK)
}

fn swapdb(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let index = |word: &[u8], error| number::int_within(word, i64::from(i32::MIN), i64::from(i32::MAX), error);
    let a = index(&argv[1], Error::new("ERR invalid first DB index"))?;
    let b = index(&argv[2], Error::new("ERR invalid second DB index"))?;
    let (a, b) = (database_at(cx, a)?, database_at(cx, b)?);
    cx.store.swap(a, b);
    Ok(Reply::OK)
}

/// FLUSHDB and FLUSHALL take `SYNC` or `ASYNC`, which make no difference here.
fn check_flush_mode(argv: &[Vec<u8>]) -> Result<(), Error> {
    match &argv[1..] {
        [] => Ok(()),
        [mode] if args::is(mode, "SYNC") || args::is(mode, "ASYNC") => Ok(()),
        _ => Err(Error::SYNTAX),
    }
}

fn flushdb(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    check_flush_mode(argv)?;
    let db = if planted!(cx.config(), FlushdbFlushesZero) { 0 } else { cx.session.db };
    cx.store.flush(db);
    Ok(Reply::OK)
}

fn flushall(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    check_flush_mode(argv)?;
    for db in 0..cx.store.dbs.len() {
        cx.store.flush(db);
    }
    Ok(Reply::OK)
}

fn ping(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let message = match &argv[1..] {
        [] => None,
        [message] => Some(message.as_slice()),
        _ => return Err(Error::arity("ping")),
    };
    if cx.is_subscribed_resp2() {
        return Ok(Reply::bulks([b"pong".as_slice(), message.unwrap_or_default()]));
    }
    Ok(message.map_or(Reply::status("PONG"), Reply::bulk))
}

fn echo(_: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::bulk(argv[1].as_slice()))
}
