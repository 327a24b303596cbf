//! XINFO.

use super::{NONE, entry_reply, id_reply};
use crate::command::args::{self, c_str};
use crate::command::{Command, Context, Outcome, Run, help, subcommand_syntax};
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::stream::{Consumer, Group, Log, Name, Pending, Stream, StreamId};

const KEY: (i64, i64, i64) = (2, 2, 1);
const READ: &str = "readonly";

pub(super) const XINFO: &[Command] = &[
    Command::new("xinfo|stream", -3, READ, KEY, Run::Now(stream)),
    Command::new("xinfo|groups", 3, READ, KEY, Run::Now(groups)),
    Command::new("xinfo|consumers", 4, READ, KEY, Run::Now(consumers)),
    Command::new("xinfo|help", 2, "loading stale", NONE, Run::Now(xinfo_help)),
];

/// How much of everything FULL shows if nothing else is said.
const FULL_COUNT: usize = 10;

fn map(pairs: Vec<(&'static str, Reply)>) -> Reply {
    Reply::Map(pairs.into_iter().map(|(name, value)| (Reply::bulk(name), value)).collect())
}

fn number_or_null(n: Option<i64>) -> Reply {
    n.map_or(Reply::NullBulk, Reply::Int)
}

fn stream(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let stream = cx.get::<Stream>(&argv[2])?.ok_or(Error::NO_SUCH_KEY)?;
    let full = match &argv[3..] {
        [] => None,
        [word] if args::is(word, "FULL") => Some(FULL_COUNT),
        [word, keyword, count] if args::is(word, "FULL") && args::is(keyword, "COUNT") => Some(full_count(count)?),
        _ => return Err(subcommand_syntax(argv)),
    };
    let mut pairs = summary(&stream.log);
    match full {
        None => pairs.extend(edges(stream)),
        Some(count) => pairs.extend(everything(stream, count)),
    }
    Ok(map(pairs))
}

/// 0 is no limit, and what is less the usual one.
fn full_count(word: &[u8]) -> Result<usize, Error> {
    Ok(match number::int(word)? {
        0 => usize::MAX,
        count => usize::try_from(count).unwrap_or(FULL_COUNT),
    })
}

fn summary(log: &Log) -> Vec<(&'static str, Reply)> {
    let (keys, nodes) = log.radix_size();
    vec![
        ("length", Reply::count(log.len())),
        ("radix-tree-keys", Reply::count(keys)),
        ("radix-tree-nodes", Reply::count(nodes)),
        ("last-generated-id", id_reply(log.last_id)),
        ("max-deleted-entry-id", id_reply(log.max_deleted_id)),
        ("entries-added", Reply::Int(log.entries_added as i64)),
        ("recorded-first-entry-id", id_reply(log.first_id())),
    ]
}

/// The first and the last entry.
fn edges(stream: &Stream) -> [(&'static str, Reply); 3] {
    let mut all = stream.log.range(StreamId::MIN, StreamId::MAX);
    let first = all.next().map(|entry| entry_reply(&entry));
    let last = all.next_back().map(|entry| entry_reply(&entry)).or_else(|| first.clone());
    [
        ("groups", Reply::count(stream.groups.len())),
        ("first-entry", first.unwrap_or(Reply::NullBulk)),
        ("last-entry", last.unwrap_or(Reply::NullBulk)),
    ]
}

/// Entries, groups and consumers, up to `count` of what can be many.
fn everything(stream: &Stream, count: usize) -> [(&'static str, Reply); 2] {
    let entries = stream.log.range(StreamId::MIN, StreamId::MAX).take(count);
    let groups = stream.groups.iter().map(|(name, group)| full_group(&stream.log, name, group, count));
    [
        ("entries", Reply::Array(entries.map(|entry| entry_reply(&entry)).collect())),
        ("groups", Reply::Array(groups.collect())),
    ]
}

fn full_group(log: &Log, name: &[u8], group: &Group, count: usize) -> Reply {
    let pending = group.pending().iter().take(count).map(|(&id, pending)| {
        let (at, deliveries) = (Reply::Int(pending.delivered_at), Reply::Int(pending.deliveries));
        Reply::Array(vec![id_reply(id), Reply::bulk(&*pending.consumer), at, deliveries])
    });
    let consumers = group.consumers().iter().map(|(name, consumer)| full_consumer(group, name, consumer, count));
    map(vec![
        ("name", Reply::bulk(name)),
        ("last-delivered-id", id_reply(group.last_id)),
        ("entries-read", number_or_null(group.entries_read)),
        ("lag", number_or_null(group.lag(log))),
        ("pel-count", Reply::count(group.pending().len())),
        ("pending", Reply::Array(pending.collect())),
        ("consumers", Reply::Array(consumers.collect())),
    ])
}

fn full_consumer(group: &Group, name: &Name, consumer: &Consumer, count: usize) -> Reply {
    let of = |id: StreamId| group.pending().get(&id).map(|pending| (id, pending));
    let row = |(id, pending): (StreamId, &Pending)| {
        Reply::Array(vec![id_reply(id), Reply::Int(pending.delivered_at), Reply::Int(pending.deliveries)])
    };
    let pending = consumer.pending().iter().take(count).filter_map(|&id| of(id)).map(row);
    map(vec![
        ("name", Reply::bulk(&**name)),
        ("seen-time", Reply::Int(consumer.seen_at)),
        ("pel-count", Reply::count(consumer.pending().len())),
        ("pending", Reply::Array(pending.collect())),
    ])
}

fn groups(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let guesses = planted!(cx.config(), XinfoLagIgnoresDeleted);
    let stream = cx.get::<Stream>(&argv[2])?.ok_or(Error::NO_SUCH_KEY)?;
    let lag = |group: &Group| match group.entries_read {
        Some(read) if guesses => Some((stream.log.entries_added as i64).wrapping_sub(read)),
        _ => group.lag(&stream.log),
    };
    let row = |(name, group): (&Vec<u8>, &Group)| {
        map(vec![
            ("name", Reply::bulk(name.as_slice())),
            ("consumers", Reply::count(group.consumers().len())),
            ("pending", Reply::count(group.pending().len())),
            ("last-delivered-id", id_reply(group.last_id)),
            ("entries-read", number_or_null(group.entries_read)),
            ("lag", number_or_null(lag(group))),
        ])
    };
    Ok(Reply::Array(stream.groups.iter().map(row).collect()))
}

fn consumers(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let now = cx.now();
    let stream = cx.get::<Stream>(&argv[2])?.ok_or(Error::NO_SUCH_KEY)?;
    let Some(group) = stream.groups.get(&argv[3]) else {
        let parts = [b"NOGROUP No such consumer group '", c_str(&argv[3]), b"' for key name '", c_str(&argv[2]), b"'"];
        return Err(Error::built(parts.concat()));
    };
    let row = |(name, consumer): (&Name, &Consumer)| {
        map(vec![
            ("name", Reply::bulk(&**name)),
            ("pending", Reply::count(consumer.pending().len())),
            ("idle", Reply::Int(now.wrapping_sub(consumer.seen_at).max(0))),
        ])
    };
    Ok(Reply::Array(group.consumers().iter().map(row).collect()))
}

fn xinfo_help(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    help(
        "XINFO",
        "CONSUMERS <key> <groupname>
    Show consumers of <groupname>.
GROUPS <key>
    Show the stream consumer groups.
STREAM <key> [FULL [COUNT <count>]
    Show information about the stream.",
    )
}
