//! Streams.

mod claim;
mod groups;
mod info;
mod pending;
mod read;
mod words;

use super::{Command, Context, Outcome, Run, args};
use crate::config::Config;
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::stream::{Entry, Group, Log, Stream, StreamId};
use crate::value::Kind;
use words::{NewId, TrimOptions};

const ONE: (i64, i64, i64) = (1, 1, 1);
const NONE: (i64, i64, i64) = (0, 0, 0);
const WRITE_FAST: &str = "write fast";
const ADD: &str = "write denyoom fast";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("xadd", -5, ADD, ONE, Run::Now(xadd)),
    Command::new("xlen", 2, "readonly fast", ONE, Run::Now(xlen)),
    Command::new("xrange", -4, "readonly", ONE, Run::Now(xrange)),
    Command::new("xrevrange", -4, "readonly", ONE, Run::Now(xrevrange)),
    Command::new("xdel", -3, WRITE_FAST, ONE, Run::Now(xdel)),
    Command::new("xtrim", -4, "write", ONE, Run::Now(xtrim)),
    Command::new("xsetid", -3, ADD, ONE, Run::Now(xsetid)),
    Command::new("xread", -4, "readonly blocking movablekeys", NONE, Run::Try(read::xread)),
    Command::new("xreadgroup", -7, "write blocking movablekeys", NONE, Run::Try(read::xreadgroup)),
    Command::new("xack", -4, WRITE_FAST, ONE, Run::Now(groups::xack)),
    Command::new("xpending", -3, "readonly", ONE, Run::Now(pending::xpending)),
    Command::new("xclaim", -6, WRITE_FAST, ONE, Run::Now(claim::xclaim)),
    Command::new("xautoclaim", -6, WRITE_FAST, ONE, Run::Now(claim::xautoclaim)),
    Command::new("xgroup", -2, "", NONE, Run::Container(groups::XGROUP)),
    Command::new("xinfo", -2, "", NONE, Run::Container(info::XINFO)),
];

fn id_reply(id: StreamId) -> Reply {
    Reply::bulk(id.to_string())
}

fn entry_reply(entry: &Entry<'_>) -> Reply {
    Reply::Array(vec![id_reply(entry.id), Reply::bulks(entry.words())])
}

/// The error of most commands that need a group; `rest` follows.
fn no_such_group(key: &[u8], group: &[u8], rest: &str) -> Error {
    let parts = [b"NOGROUP No such key '", args::c_str(key), b"' or consumer group '", args::c_str(group), b"'"];
    Error::built([&parts.concat(), rest.as_bytes()].concat())
}

/// The group and the log that it consumes, or the error that one of them is missing.
fn group_of<'a>(cx: &'a mut Context<'_>, key: &[u8], name: &[u8]) -> Result<(&'a Log, &'a mut Group), Error> {
    let stream = cx.get_mut::<Stream>(key)?;
    let found = stream.and_then(|Stream { log, groups }| groups.get_mut(name).map(|group| (&*log, group)));
    found.ok_or_else(|| no_such_group(key, name, ""))
}

fn xadd(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let options = TrimOptions::parse(argv, true, cx.config())?;
    let words = argv.get(options.id_at + 1..).unwrap_or_default();
    let (Some(wanted), false) = (options.id, words.is_empty() || words.len() % 2 == 1) else {
        return Err(Error::arity("xadd"));
    };
    if wanted == NewId::Exact(StreamId::MIN) {
        return Err(Error::new("ERR The ID specified in XADD must be greater than 0-0"));
    }
    let (key, now, mut limits) = (&argv[1], cx.now(), cx.config().stream_limits());
    if planted!(cx.config(), StreamNodeOutgrows) {
        limits.entries += 1;
    }
    let creates = !options.no_make || planted!(cx.config(), XaddNomkstreamCreates);
    if !creates && cx.get::<Stream>(key)?.is_none() {
        return Ok(Reply::NullBulk);
    }
    let last = cx.get_or_create::<Stream>(key)?.log.last_id;
    if last == StreamId::MAX {
        return Err(Error::new("ERR The stream has exhausted the last possible ID, unable to add more items"));
    }
    let id = new_id(cx.config(), last, wanted, now)
        .ok_or(Error::new("ERR The ID specified in XADD is equal or smaller than the target stream top item"))?;
    let log = &mut cx.get_or_create::<Stream>(key)?.log;
    log.append(id, words, &limits);
    if let Some(trim) = options.trim {
        log.trim(&trim);
    }
    cx.changed(key);
    cx.wake(key, Kind::Stream);
    Ok(id_reply(id))
}

/// The id of an entry that follows `last`; `None` if the wanted one doesn't.
fn new_id(config: &Config, last: StreamId, wanted: NewId, now: i64) -> Option<StreamId> {
    let id = match wanted {
        NewId::Auto => match u64::try_from(now) {
            Ok(ms) if ms > last.ms || planted!(config, XaddAutoFromClockAlone) => StreamId::new(ms, 0),
            _ => last.next()?,
        },
        NewId::Within(ms) if ms == last.ms => StreamId::new(ms, last.seq.checked_add(1)?),
        NewId::Within(ms) => StreamId::new(ms, 0),
        NewId::Exact(id) => id,
    };
    let repeats = planted!(config, XaddTakesEqualId) && id == last;
    (id > last || repeats).then_some(id)
}

fn xlen(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(cx.get::<Stream>(&argv[1])?.map_or(0, |stream| stream.log.len())))
}

fn xrange(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (from, to) = (words::start(&argv[2])?, words::end(&argv[3])?);
    let count = range_count(&argv[4..])?;
    range_reply(cx, &argv[1], count, |log, count| log.range(from, to).take(count).map(|e| entry_reply(&e)).collect())
}

fn xrevrange(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let swapped = !planted!(cx.config(), XrevrangeKeepsEnds);
    let (first, last) = if swapped { (&argv[3], &argv[2]) } else { (&argv[2], &argv[3]) };
    let (from, to) = (words::start(first)?, words::end(last)?);
    let count = range_count(&argv[4..])?;
    let newest_first = |log: &Log, count| log.range(from, to).rev().take(count).map(|e| entry_reply(&e)).collect();
    range_reply(cx, &argv[1], count, newest_first)
}

/// Reads `[COUNT count]`, which may come again; no count is no limit, a negative one is 0.
fn range_count(words: &[Vec<u8>]) -> Result<usize, Error> {
    let mut count = usize::MAX;
    for option in words.chunks(2) {
        match option {
            [word, n] if args::is(word, "COUNT") => count = usize::try_from(number::int(n)?).unwrap_or(0),
            _ => return Err(Error::SYNTAX),
        }
    }
    Ok(count)
}

fn range_reply(
    cx: &mut Context<'_>,
    key: &[u8],
    count: usize,
    entries: impl FnOnce(&Log, usize) -> Vec<Reply>,
) -> Outcome {
    Ok(match cx.get::<Stream>(key)? {
        None => Reply::Array(Vec::new()),
        Some(_) if count == 0 => Reply::NullArray,
        Some(stream) => Reply::Array(entries(&stream.log, count)),
    })
}

fn xdel(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let Some(stream) = cx.get_mut::<Stream>(&argv[1])? else {
        return Ok(Reply::Int(0));
    };
    let deleted = stream.log.delete(&words::exact_ids(&argv[2..])?);
    if deleted > 0 && !planted!(cx.config(), WatchMissesXdel) {
        cx.changed(&argv[1]);
    }
    forget_too_much(cx, &argv[1])?;
    Ok(Reply::count(deleted))
}

/// What the plants of XDEL forget.
fn forget_too_much(cx: &mut Context<'_>, key: &[u8]) -> Result<(), Error> {
    let (lowers, removes) = (planted!(cx.config(), XdelLowersLastId), planted!(cx.config(), XdelRemovesDrainedStream));
    let Some(stream) = cx.get_mut::<Stream>(key)?.filter(|_| lowers || removes) else {
        return Ok(());
    };
    if lowers {
        stream.log.last_id = stream.log.last_entry_id().unwrap_or_default();
    }
    if removes && stream.log.is_empty() {
        cx.remove(key);
    }
    Ok(())
}

fn xtrim(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let options = TrimOptions::parse(argv, false, cx.config())?;
    let (exact, unlimited) = (planted!(cx.config(), XtrimApproximateIsExact), planted!(cx.config(), XtrimIgnoresLimit));
    let (Some(stream), Some(mut trim)) = (cx.get_mut::<Stream>(&argv[1])?, options.trim) else {
        return Ok(Reply::Int(0));
    };
    trim.approximate &= !exact;
    trim.limit *= usize::from(!unlimited);
    let deleted = stream.log.trim(&trim);
    if deleted > 0 {
        cx.changed(&argv[1]);
    }
    Ok(Reply::count(deleted))
}

fn xsetid(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let id = words::exact_id(&argv[2])?;
    let (entries_added, max_deleted_id) = setid_options(id, &argv[3..])?;
    let log = &mut cx.get_mut::<Stream>(&argv[1])?.ok_or(Error::NO_SUCH_KEY)?.log;
    if let Some(top) = log.last_entry_id() {
        if id < top {
            return Err(Error::new("ERR The ID specified in XSETID is smaller than the target stream top item"));
        }
        if entries_added.is_some_and(|added| added < log.len() as u64) {
            return Err(Error::new(
                "ERR The entries_added specified in XSETID is smaller than the target stream length",
            ));
        }
    }
    log.last_id = id;
    log.entries_added = entries_added.unwrap_or(log.entries_added);
    if max_deleted_id != StreamId::MIN {
        log.max_deleted_id = max_deleted_id;
    }
    Ok(Reply::OK)
}

/// Reads `[ENTRIESADDED count] [MAXDELETEDID id]`; the latter must not be past `id`.
fn setid_options(id: StreamId, words: &[Vec<u8>]) -> Result<(Option<u64>, StreamId), Error> {
    let (mut entries_added, mut max_deleted_id) = (None, StreamId::MIN);
    for option in words.chunks(2) {
        match option {
            [word, count] if args::is(word, "ENTRIESADDED") => {
                let count = u64::try_from(number::int(count)?);
                entries_added = Some(count.map_err(|_| Error::new("ERR entries_added must be positive"))?);
            }
            [word, deleted] if args::is(word, "MAXDELETEDID") => {
                max_deleted_id = words::exact_id(deleted)?;
                if id < max_deleted_id {
                    return Err(Error::new(
                        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
                    ));
                }
            }
            _ => return Err(Error::SYNTAX),
        }
    }
    Ok((entries_added, max_deleted_id))
}
