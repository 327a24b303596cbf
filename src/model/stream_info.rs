//! XINFO.

use super::number::int;
use super::stream::Stream;
use super::stream_group::{Consumer, Group};
use super::streams::replies;
use super::{Call, Error, Expect, Handler, Model, Profile, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    (name == "XINFO").then_some(xinfo)
}

const XINFO_HELP: &[&str] = &[
    "CONSUMERS <key> <groupname>",
    "    Show consumers of <groupname>.",
    "GROUPS <key>",
    "    Show the stream consumer groups.",
    "STREAM <key> [FULL [COUNT <count>]",
    "    Show information about the stream.",
];

fn xinfo(model: &mut Model, call: &Call) -> Reply {
    let [_, subcommand, key, rest @ ..] = call.argv else { return Expect::help("XINFO", XINFO_HELP) };
    let now_ms = model.now_ms;
    let Some(stream) = model.get::<Stream>(call, key)? else { return Err(Error::NoSuchKey) };
    match (subcommand.to_ascii_uppercase().as_slice(), rest) {
        (b"GROUPS", _) => {
            Ok(Expect::Array(stream.groups.iter().map(|(name, g)| group_info(call.profile, stream, name, g)).collect()))
        }
        (b"CONSUMERS", [name, ..]) => match stream.groups.get(name) {
            Some(group) => Ok(consumers_info(call.profile, group, now_ms)),
            None => Err(Error::NoGroupOfKey(name.clone(), key.clone())),
        },
        (_, options) => stream_info(call, stream, options),
    }
}

/// A row of a map.
fn row(name: &str, value: Value) -> (Value, Expect) {
    (Value::bulk(name), Expect::Exact(value))
}

fn int_or_nil(n: Option<i64>) -> Value {
    n.map_or(Value::NullBulk, Value::Int)
}

fn group_info(profile: Profile, stream: &Stream, name: &Bytes, group: &Group) -> Expect {
    Expect::Map(vec![
        row("name", Value::Bulk(name.clone())),
        row("consumers", Value::Int(group.consumers.len() as i64)),
        row("pending", Value::Int(group.pending.len() as i64)),
        row("last-delivered-id", group.last_id.reply()),
        row("entries-read", int_or_nil(group.entries_read)),
        row("lag", int_or_nil(stream.lag(profile, group))),
    ])
}

fn consumers_info(profile: Profile, group: &Group, now_ms: i64) -> Expect {
    let since = |at: i64| Expect::Idle((now_ms - at).max(0));
    let consumers = group.consumers.iter().map(|(name, consumer)| {
        let mut rows = vec![
            row("name", Value::Bulk(name.clone())),
            row("pending", Value::Int(group.pending_of(name).count() as i64)),
            (Value::bulk("idle"), since(consumer.seen_ms)),
        ];
        if profile.tells_activity() {
            let inactive = consumer.active_ms.map_or(Expect::Exact(Value::Int(-1)), since);
            rows.push((Value::bulk("inactive"), inactive));
        }
        Expect::Map(rows)
    });
    Expect::Array(consumers.collect())
}

fn stream_info(call: &Call, stream: &Stream, options: &[Bytes]) -> Reply {
    let mut rows = vec![
        row("length", Value::Int(stream.len() as i64)),
        row("radix-tree-keys", Value::Int(stream.node_count() as i64)),
        row("radix-tree-nodes", Value::Int(stream.radix_tree_nodes() as i64)),
        row("last-generated-id", stream.last_id.reply()),
        row("max-deleted-entry-id", stream.max_deleted_id.reply()),
        row("entries-added", Value::Int(stream.entries_added as i64)),
        row("recorded-first-entry-id", stream.first_id.reply()),
    ];
    match parse_full(call, options)? {
        None => {
            let end = |entry: Option<&super::stream::Entry>| entry.map_or(Value::NullBulk, |entry| entry.reply());
            rows.push(row("groups", Value::Int(stream.groups.len() as i64)));
            rows.push(row("first-entry", end(stream.entries().next())));
            rows.push(row("last-entry", end(stream.entries().next_back())));
        }
        Some(count) => {
            let groups = stream.groups.iter().map(|(name, group)| full_group(call.profile, stream, name, group, count));
            rows.push(row("entries", replies(stream.entries().take(count))));
            rows.push((Value::bulk("groups"), Expect::Array(groups.collect())));
        }
    }
    Ok(Expect::Map(rows))
}

/// FULL, and how much of it.
fn parse_full(call: &Call, options: &[Bytes]) -> Result<Option<usize>, Error> {
    match options {
        [] => Ok(None),
        [full] if full.eq_ignore_ascii_case(b"FULL") => Ok(Some(10)),
        [full, name, n] if full.eq_ignore_ascii_case(b"FULL") && name.eq_ignore_ascii_case(b"COUNT") => {
            Ok(Some(match int(n)? {
                ..0 => 10,
                0 => usize::MAX,
                n => usize::try_from(n).unwrap_or(usize::MAX),
            }))
        }
        _ => Err(Error::subcommand_syntax("XINFO", call)),
    }
}

fn full_group(profile: Profile, stream: &Stream, name: &Bytes, group: &Group, count: usize) -> Expect {
    let pending = group.pending.iter().take(count).map(|(id, pending)| {
        Expect::Array(vec![
            Expect::Exact(id.reply()),
            Expect::Exact(Value::Bulk(pending.consumer.clone())),
            Expect::Moment(pending.delivered_ms),
            Expect::Exact(Value::Int(pending.deliveries)),
        ])
    });
    let consumers =
        group.consumers.iter().map(|(name, consumer)| full_consumer(profile, group, name, *consumer, count));
    Expect::Map(vec![
        row("name", Value::Bulk(name.clone())),
        row("last-delivered-id", group.last_id.reply()),
        row("entries-read", int_or_nil(group.entries_read)),
        row("lag", int_or_nil(stream.lag(profile, group))),
        row("pel-count", Value::Int(group.pending.len() as i64)),
        (Value::bulk("pending"), Expect::Array(pending.collect())),
        (Value::bulk("consumers"), Expect::Array(consumers.collect())),
    ])
}

fn full_consumer(profile: Profile, group: &Group, name: &Bytes, consumer: Consumer, count: usize) -> Expect {
    let pending = group.pending_of(name).take(count).map(|(id, pending)| {
        Expect::Array(vec![
            Expect::Exact(id.reply()),
            Expect::Moment(pending.delivered_ms),
            Expect::Exact(Value::Int(pending.deliveries)),
        ])
    });
    let mut rows =
        vec![row("name", Value::Bulk(name.clone())), (Value::bulk("seen-time"), Expect::Moment(consumer.seen_ms))];
    if profile.tells_activity() {
        let active = consumer.active_ms.map_or(Expect::Exact(Value::Int(-1)), Expect::Moment);
        rows.push((Value::bulk("active-time"), active));
    }
    rows.push(row("pel-count", Value::Int(group.pending_of(name).count() as i64)));
    rows.push((Value::bulk("pending"), Expect::Array(pending.collect())));
    Expect::Map(rows)
}
