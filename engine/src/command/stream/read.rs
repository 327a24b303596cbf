//! XREAD and XREADGROUP: entries from several streams at once, and waiting for them.

use super::{Context, entry_reply, id_reply, no_such_group, words};
use crate::blocking::{Progress, Wait};
use crate::command::args::{self, c_str};
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::stream::{Stream, StreamId};
use crate::value::Kind;

/// How many entries a session that had to wait gets at most, if it doesn't say.
const COUNT_AFTER_WAIT: usize = 1000;

/// From where a stream is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    /// Behind this id; with a group, of what the consumer has pending.
    After(StreamId),
    /// `>`: what the group has not delivered to anybody.
    New,
}

/// Who reads, if a group does.
#[derive(Clone)]
struct Reader {
    group: Vec<u8>,
    consumer: Vec<u8>,
    no_ack: bool,
}

/// What the words ask for.
struct Request<'a> {
    count: usize,
    /// Until when to wait (forever, if `None`), if at all.
    block: Option<Option<i64>>,
    reader: Option<Reader>,
    keys: &'a [Vec<u8>],
    ids: &'a [Vec<u8>],
}

pub(super) fn xread(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Progress, Error> {
    read(cx, argv, false)
}

pub(super) fn xreadgroup(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Progress, Error> {
    read(cx, argv, true)
}

fn read(cx: &mut Context<'_>, argv: &[Vec<u8>], grouped: bool) -> Result<Progress, Error> {
    let mut request = Request::parse(argv, grouped, cx.now())?;
    if planted!(cx.config(), XreadgroupNoackPends)
        && let Some(reader) = &mut request.reader
    {
        reader.no_ack = false;
    }
    let mut from = Vec::with_capacity(request.keys.len());
    for (key, word) in request.keys.iter().zip(request.ids) {
        let at = resolve(cx, key, word, request.reader.as_ref());
        // Another stream than the one it is served from may be gone by then.
        from.push(if cx.session.resuming { at.unwrap_or(From::New) } else { at? });
    }
    let mut served = Vec::new();
    for (key, &from) in request.keys.iter().zip(&from) {
        if cx.session.resuming {
            break;
        }
        if let Some(entries) = take(cx, key, from, request.count, request.reader.as_ref())? {
            served.push((Reply::bulk(key.as_slice()), entries));
        }
    }
    if !served.is_empty() {
        return Ok(Progress::Done(by_stream(cx, served)));
    }
    Ok(match request.block {
        Some(deadline) => {
            let mut wait = wait(request, from, deadline);
            if planted!(cx.config(), XreadgroupOutlivesStream) {
                wait.gone = None;
            }
            Progress::Blocked(wait)
        }
        None => Progress::Done(Reply::NullArray),
    })
}

impl<'a> Request<'a> {
    fn parse(argv: &'a [Vec<u8>], grouped: bool, now: i64) -> Result<Self, Error> {
        let (mut count, mut block, mut group, mut no_ack) = (usize::MAX, None, None, false);
        let mut at = 1;
        let streams = loop {
            let (Some(word), rest) = (argv.get(at), argv.get(at + 1..).unwrap_or_default()) else {
                return Err(Error::SYNTAX);
            };
            match rest {
                [timeout, ..] if args::is(word, "BLOCK") => block = Some(deadline(timeout, now)?),
                [n, ..] if args::is(word, "COUNT") => count = read_count(n)?,
                [_, ..] if args::is(word, "STREAMS") => break rest,
                [name, consumer, ..] if args::is(word, "GROUP") => {
                    only_in_a_group(grouped, "GROUP")?;
                    group = Some((name, consumer));
                    at += 1;
                }
                _ if args::is(word, "NOACK") => {
                    only_in_a_group(grouped, "NOACK")?;
                    no_ack = true;
                    at -= 1;
                }
                _ => return Err(Error::SYNTAX),
            }
            at += 2;
        };
        if streams.len() % 2 == 1 {
            return Err(Error::new(
                "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
            ));
        }
        if grouped && group.is_none() {
            return Err(Error::new("ERR Missing GROUP option for XREADGROUP"));
        }
        let (keys, ids) = streams.split_at(streams.len() / 2);
        let reader = group.map(|(group, consumer)| Reader { group: group.clone(), consumer: consumer.clone(), no_ack });
        Ok(Self { count, block, reader, keys, ids })
    }
}

fn only_in_a_group(grouped: bool, option: &str) -> Result<(), Error> {
    let refused = || format!("ERR The {option} option is only supported by XREADGROUP. You called XREAD instead.");
    if grouped { Ok(()) } else { Err(Error::built(refused())) }
}

/// A count of entries; 0 and less are no limit.
fn read_count(word: &[u8]) -> Result<usize, Error> {
    Ok(usize::try_from(number::int(word)?).ok().filter(|&count| count > 0).unwrap_or(usize::MAX))
}

/// The timeout in milliseconds as a deadline; 0 waits forever, as does what ends after the end of time.
fn deadline(word: &[u8], now: i64) -> Result<Option<i64>, Error> {
    let timeout = number::parse_i64(word).ok_or(Error::new("ERR timeout is not an integer or out of range"))?;
    match timeout {
        ..0 => Err(Error::new("ERR timeout is negative")),
        0 => Ok(None),
        ms => Ok(ms.checked_add(now)),
    }
}

/// What the word for one stream means now.
fn resolve(cx: &mut Context<'_>, key: &[u8], word: &[u8], reader: Option<&Reader>) -> Result<From, Error> {
    let from_start = planted!(cx.config(), XreadDollarIsStart);
    let stream = cx.get::<Stream>(key)?;
    if let Some(reader) = reader
        && !stream.is_some_and(|stream| stream.groups.contains_key(&reader.group))
    {
        return Err(no_such_group(key, &reader.group, " in XREADGROUP with GROUP option"));
    }
    match c_str(word) {
        b"$" if reader.is_some() => Err(Error::new(
            "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer \
             by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty \
             result set.",
        )),
        b"$" if from_start => Ok(From::After(StreamId::MIN)),
        b"$" => Ok(From::After(stream.map_or(StreamId::MIN, |stream| stream.log.last_id))),
        b">" if reader.is_none() => Err(Error::new(
            "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
        )),
        b">" => Ok(From::New),
        _ => words::exact_id(word).map(|id| match (id, reader) {
            // The server uses this id as the mark for `>`.
            (StreamId::MAX, Some(_)) => From::New,
            _ => From::After(id),
        }),
    }
}

/// The entries of one stream that can be had without waiting; `None` if there are none.
fn take(
    cx: &mut Context<'_>,
    key: &[u8],
    from: From,
    count: usize,
    reader: Option<&Reader>,
) -> Result<Option<Reply>, Error> {
    let now = cx.now();
    let Some(stream) = cx.get_mut::<Stream>(key)? else {
        return Ok(None);
    };
    let newest = stream.log.last_entry_id();
    match (from, reader) {
        (From::After(id), None) => Ok(newest.filter(|&top| top > id).map(|_| plain(stream, id, count))),
        (From::After(id), Some(reader)) => Ok(Some(history(stream, reader, id, count, now))),
        (From::New, Some(reader)) => {
            let last = stream.groups.get(&reader.group).map(|group| group.last_id);
            let more = last.is_some_and(|last| newest.is_some_and(|top| top > last));
            Ok(more.then(|| deliver(stream, reader, count, now)))
        }
        (From::New, None) => Ok(None),
    }
}

fn plain(stream: &Stream, after: StreamId, count: usize) -> Reply {
    let from = after.next().unwrap_or_default();
    Reply::Array(stream.log.range(from, StreamId::MAX).take(count).map(|entry| entry_reply(&entry)).collect())
}

/// Delivers entries that the group has not had yet.
fn deliver(stream: &mut Stream, reader: &Reader, count: usize, now: i64) -> Reply {
    let Stream { log, groups } = stream;
    let Some(group) = groups.get_mut(&reader.group) else {
        return Reply::NullArray;
    };
    group.see_consumer(&reader.consumer, now);
    let from = group.last_id.next().unwrap_or_default();
    let mut replies = Vec::new();
    for entry in log.range(from, StreamId::MAX).take(count) {
        group.advance(log, entry.id);
        replies.push(entry_reply(&entry));
        if !reader.no_ack {
            group.assign(entry.id, &reader.consumer, now, 1);
        }
    }
    Reply::Array(replies)
}

/// Delivers again what the consumer has pending. Entries that were deleted have no fields any more.
fn history(stream: &mut Stream, reader: &Reader, after: StreamId, count: usize, now: i64) -> Reply {
    let Stream { log, groups } = stream;
    let Some(group) = groups.get_mut(&reader.group) else {
        return Reply::NullArray;
    };
    group.see_consumer(&reader.consumer, now);
    let from = after.next().unwrap_or_default();
    let pending = group.consumer(&reader.consumer).into_iter().flat_map(|consumer| consumer.pending().range(from..));
    let ids: Vec<StreamId> = pending.copied().take(count).collect();
    let mut replies = Vec::new();
    for id in ids {
        let Some(entry) = log.get(id) else {
            replies.push(Reply::Array(vec![id_reply(id), Reply::NullArray]));
            continue;
        };
        replies.push(entry_reply(&entry));
        if let Some(pending) = group.pending_mut(id) {
            pending.delivered_at = now;
            pending.deliveries = pending.deliveries.wrapping_add(1);
        }
    }
    Reply::Array(replies)
}

/// Streams with their entries: a map in RESP3, pairs in RESP2.
fn by_stream(cx: &Context<'_>, served: Vec<(Reply, Reply)>) -> Reply {
    if cx.session.resp3 {
        return Reply::Map(served);
    }
    Reply::Array(served.into_iter().map(|(key, entries)| Reply::Array(vec![key, entries])).collect())
}

fn wait(request: Request<'_>, from: Vec<From>, deadline: Option<i64>) -> Wait {
    let Request { keys, count, reader, .. } = request;
    let keys = keys.to_vec();
    let streams: Vec<(Vec<u8>, From)> = keys.iter().cloned().zip(from).collect();
    let count = if count == usize::MAX { COUNT_AFTER_WAIT } else { count };
    let gone = reader.as_ref().map(|_| Error::new("UNBLOCKED the stream key no longer exists"));
    let serve = move |cx: &mut Context<'_>, key: &[u8]| {
        let from = streams.iter().find(|(name, _)| name == key).map_or(From::New, |&(_, from)| from);
        let entries = take_after_wait(cx, key, from, count, reader.as_ref())?;
        Ok(entries.map(|entries| by_stream(cx, vec![(Reply::bulk(key), entries)])))
    };
    Wait { keys, kind: Kind::Stream, deadline, denied: Reply::NullArray, gone, serve: Box::new(serve) }
}

/// As [`take`], for a session that has waited: that an entry came is enough, even if it has been deleted since.
fn take_after_wait(
    cx: &mut Context<'_>,
    key: &[u8],
    from: From,
    count: usize,
    reader: Option<&Reader>,
) -> Result<Option<Reply>, Error> {
    let now = cx.now();
    let Some(stream) = cx.get_mut::<Stream>(key)? else {
        return Ok(None);
    };
    let last_id = stream.log.last_id;
    let Some(reader) = reader else {
        let after = if let From::After(id) = from { id } else { StreamId::MAX };
        return Ok((last_id > after).then(|| plain(stream, after, count)));
    };
    let Some(group) = stream.groups.get(&reader.group) else {
        return Err(Error::new("NOGROUP the consumer group this client was blocked on no longer exists"));
    };
    Ok((last_id > group.last_id).then(|| deliver(stream, reader, count, now)))
}
