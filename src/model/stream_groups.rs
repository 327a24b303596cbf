//! Consumer groups: XGROUP, XACK, XPENDING, XCLAIM, XAUTOCLAIM.

use super::number::{int, parse_int};
use super::stream::Stream;
use super::stream_group::{Group, Pending};
use super::stream_id::{Id, ids, interval_end, interval_start, until_nul};
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "XGROUP" => xgroup,
        "XACK" => xack,
        "XPENDING" => xpending,
        "XCLAIM" => xclaim,
        "XAUTOCLAIM" => xautoclaim,
        _ => return None,
    })
}

const XGROUP_HELP: &[&str] = &[
    "CREATE <key> <groupname> <id|$> [option]",
    "    Create a new consumer group. Options are:",
    "    * MKSTREAM",
    "      Create the empty stream if it does not exist.",
    "    * ENTRIESREAD entries_read",
    "      Set the group's entries_read counter (internal use).",
    "CREATECONSUMER <key> <groupname> <consumer>",
    "    Create a new consumer in the specified group.",
    "DELCONSUMER <key> <groupname> <consumer>",
    "    Remove the specified consumer.",
    "DESTROY <key> <groupname>",
    "    Remove the specified group.",
    "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
    "    Set the current group ID and entries_read counter.",
];

/// The group of a key, if both are there.
fn group<'m>(model: &'m mut Model, call: &Call, key: &[u8], name: &[u8]) -> Result<Option<&'m mut Group>, Error> {
    Ok(model.get::<Stream>(call, key)?.and_then(|stream| stream.groups.get_mut(name)))
}

/// The group of a key; it must be there.
fn existing_group<'m>(model: &'m mut Model, call: &Call, key: &Bytes, name: &Bytes) -> Result<&'m mut Group, Error> {
    group(model, call, key, name)?.ok_or_else(|| Error::NoGroup(key.clone(), name.clone()))
}

fn xgroup(model: &mut Model, call: &Call) -> Reply {
    let subcommand = call.argv[1].to_ascii_uppercase();
    let [_, _, key, name, rest @ ..] = call.argv else { return Expect::help("XGROUP", XGROUP_HELP) };
    let (options, mkstream) = match subcommand.as_slice() {
        b"CREATE" | b"SETID" => parse_group_options(call, &rest[1..], subcommand == b"CREATE")?,
        _ => (None, false),
    };
    let stream = model.get::<Stream>(call, key)?;
    let group_exists = stream.as_ref().is_some_and(|stream| stream.groups.contains_key(name));
    if stream.is_none() && !mkstream {
        return Err(Error::XgroupNeedsKey);
    }
    if !group_exists && matches!(subcommand.as_slice(), b"SETID" | b"CREATECONSUMER" | b"DELCONSUMER") {
        return Err(Error::NoGroupOfKey(name.clone(), key.clone()));
    }
    match subcommand.as_slice() {
        b"CREATE" => create(model, call, options).inspect(|_| model.notify_group(call, key, "create")),
        b"SETID" => set_id(model, call, options).inspect(|_| model.notify_group(call, key, "setid")),
        b"DESTROY" => destroy(model, call).inspect(|_| {
            if group_exists {
                model.notify_group(call, key, "destroy");
            }
        }),
        b"CREATECONSUMER" => create_consumer(model, call),
        _ => delete_consumer(model, call),
    }
}

/// ENTRIESREAD and MKSTREAM, of which only CREATE knows the second.
fn parse_group_options(call: &Call, options: &[Bytes], create: bool) -> Result<(Option<i64>, bool), Error> {
    let (mut entries_read, mut mkstream, mut args) = (-1, false, options);
    loop {
        args = match args {
            [] => break,
            [name, rest @ ..] if create && name.eq_ignore_ascii_case(b"MKSTREAM") => {
                mkstream = true;
                rest
            }
            [name, n, rest @ ..] if name.eq_ignore_ascii_case(b"ENTRIESREAD") => {
                entries_read = int(n)?;
                if entries_read < -1 {
                    return Err(Error::EntriesReadNegative);
                }
                rest
            }
            _ => return Err(Error::subcommand_syntax("XGROUP", call)),
        };
    }
    Ok((Some(entries_read).filter(|n| *n >= 0), mkstream))
}

/// SETID takes an option once; CREATE three words of them.
fn check_words(call: &Call, max: usize) -> Result<(), Error> {
    if call.argv.len() > max { Err(Error::subcommand_syntax("XGROUP", call)) } else { Ok(()) }
}

fn create(model: &mut Model, call: &Call, entries_read: Option<i64>) -> Reply {
    check_words(call, 8)?;
    let [_, _, key, name, id, ..] = call.argv else { return Err(Error::Syntax) };
    let stream = model.get::<Stream>(call, key)?;
    let last_id = match until_nul(id) {
        b"$" => stream.as_ref().map_or(Id::MIN, |stream| stream.last_id),
        _ => Id::parse(id, 0)?,
    };
    if stream.is_none() {
        model.update(call, key, Stream::default());
    }
    let Some(stream) = model.get::<Stream>(call, key)? else { return Err(Error::NoSuchKey) };
    if stream.groups.contains_key(name) {
        return Err(Error::BusyGroup);
    }
    stream.groups.insert(name.clone(), Group { last_id, entries_read, ..Group::default() });
    Expect::ok()
}

fn set_id(model: &mut Model, call: &Call, entries_read: Option<i64>) -> Reply {
    check_words(call, 7)?;
    let [_, _, key, name, id, ..] = call.argv else { return Err(Error::Syntax) };
    let Some(stream) = model.get::<Stream>(call, key)? else { return Err(Error::XgroupNeedsKey) };
    let last_id = if until_nul(id) == b"$" { stream.last_id } else { Id::parse_or_end(id, 0)? };
    if let Some(group) = stream.groups.get_mut(name) {
        (group.last_id, group.entries_read) = (last_id, entries_read);
    }
    Expect::ok()
}

fn destroy(model: &mut Model, call: &Call) -> Reply {
    let (key, name) = (&call.argv[2], &call.argv[3]);
    let gone = model.get::<Stream>(call, key)?.and_then(|stream| stream.groups.remove(name));
    if gone.is_some() {
        model.signal_ready(call.db, key);
    }
    Expect::int(gone.is_some())
}

fn create_consumer(model: &mut Model, call: &Call) -> Reply {
    let [_, _, key, name, consumer] = call.argv else { return Err(Error::Syntax) };
    let now_ms = model.now_ms;
    let group = existing_group(model, call, key, name)?;
    let new = !group.consumers.contains_key(consumer);
    if new {
        group.see(consumer, now_ms);
    }
    Expect::int(new)
}

fn delete_consumer(model: &mut Model, call: &Call) -> Reply {
    let [_, _, key, name, consumer] = call.argv else { return Err(Error::Syntax) };
    let group = existing_group(model, call, key, name)?;
    let pending = group.pending_of(consumer).count();
    group.pending.retain(|_, pending| pending.consumer != *consumer);
    group.consumers.remove(consumer);
    Expect::int(pending as i64)
}

fn xack(model: &mut Model, call: &Call) -> Reply {
    let [_, key, name, args @ ..] = call.argv else { return Err(Error::Syntax) };
    let Some(group) = group(model, call, key, name)? else { return Expect::int(0) };
    let acknowledged = ids(args)?.iter().filter(|id| group.pending.remove(id).is_some()).count();
    Expect::int(acknowledged as i64)
}

/// A range of XPENDING.
struct PendingRange<'a> {
    min_idle_ms: i64,
    start: Id,
    end: Id,
    count: usize,
    consumer: Option<&'a Bytes>,
}

fn xpending(model: &mut Model, call: &Call) -> Reply {
    let [_, key, name, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    let range = match rest.len() {
        0 => None,
        3..=6 => Some(parse_pending_range(rest)?),
        _ => return Err(Error::Syntax),
    };
    let now_ms = model.now_ms;
    let group = existing_group(model, call, key, name)?;
    match range {
        None => Ok(Expect::Exact(pending_summary(group))),
        Some(range) => Ok(pending_details(group, &range, now_ms)),
    }
}

fn parse_pending_range(args: &[Bytes]) -> Result<PendingRange<'_>, Error> {
    let (min_idle_ms, args) = match args {
        [idle, ms, rest @ ..] if idle.eq_ignore_ascii_case(b"IDLE") => {
            let min_idle_ms = int(ms)?;
            (min_idle_ms, if rest.len() < 3 { return Err(Error::Syntax) } else { rest })
        }
        _ => (0, args),
    };
    let [start, end, count, rest @ ..] = args else { return Err(Error::Syntax) };
    let count = usize::try_from(int(count)?).unwrap_or(0);
    let (start, end) = (interval_start(start)?, interval_end(end)?);
    Ok(PendingRange { min_idle_ms, start, end, count, consumer: rest.first() })
}

fn pending_summary(group: &Group) -> Value {
    let ends = group.pending.keys().next().zip(group.pending.keys().next_back());
    let Some((first, last)) = ends else {
        return Value::Array(vec![Value::Int(0), Value::NullBulk, Value::NullBulk, Value::NullArray]);
    };
    let counts = group.consumers.keys().map(|consumer| (consumer, group.pending_of(consumer).count()));
    let consumers = counts
        .filter(|(_, count)| *count > 0)
        .map(|(consumer, count)| Value::Array(vec![Value::Bulk(consumer.clone()), Value::bulk(count.to_string())]));
    let total = Value::Int(group.pending.len() as i64);
    Value::Array(vec![total, first.reply(), last.reply(), Value::Array(consumers.collect())])
}

fn pending_details(group: &Group, range: &PendingRange, now_ms: i64) -> Expect {
    let matching = group.pending.iter().filter(|(id, pending)| {
        (range.start..=range.end).contains(*id)
            && range.consumer.is_none_or(|consumer| pending.consumer == *consumer)
            && (range.min_idle_ms == 0 || now_ms.wrapping_sub(pending.delivered_ms) >= range.min_idle_ms)
    });
    let details = matching.take(range.count).map(|(id, pending)| {
        Expect::Array(vec![
            Expect::Exact(id.reply()),
            Expect::Exact(Value::Bulk(pending.consumer.clone())),
            Expect::Idle((now_ms - pending.delivered_ms).max(0)),
            Expect::Exact(Value::Int(pending.deliveries)),
        ])
    });
    Expect::Array(details.collect())
}

/// What follows the ids of XCLAIM.
#[derive(Default)]
struct ClaimOptions {
    force: bool,
    just_id: bool,
    delivered_ms: Option<i64>,
    retry_count: Option<i64>,
    last_id: Id,
}

fn parse_claim_options(args: &[Bytes], now_ms: i64) -> Result<ClaimOptions, Error> {
    let (mut options, mut args) = (ClaimOptions::default(), args);
    while let [name, rest @ ..] = args {
        args = match (name.to_ascii_uppercase().as_slice(), rest) {
            (b"FORCE", rest) => {
                options.force = true;
                rest
            }
            (b"JUSTID", rest) => {
                options.just_id = true;
                rest
            }
            (b"IDLE", [ms, rest @ ..]) => {
                options.delivered_ms = Some(now_ms.wrapping_sub(int(ms).map_err(|_| Error::XclaimIdle)?));
                rest
            }
            (b"TIME", [ms, rest @ ..]) => {
                options.delivered_ms = Some(int(ms).map_err(|_| Error::XclaimTime)?);
                rest
            }
            (b"RETRYCOUNT", [n, rest @ ..]) => {
                options.retry_count = Some(int(n).map_err(|_| Error::XclaimRetryCount)?).filter(|n| *n >= 0);
                rest
            }
            (b"LASTID", [id, rest @ ..]) => {
                options.last_id = Id::parse(id, 0)?;
                rest
            }
            _ => return Err(Error::XclaimOption(name.clone())),
        };
    }
    Ok(options)
}

fn xclaim(model: &mut Model, call: &Call) -> Reply {
    let [_, key, name, consumer, min_idle, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    let now_ms = model.now_ms;
    existing_group(model, call, key, name)?;
    let min_idle_ms = int(min_idle).map_err(|_| Error::XclaimMinIdle)?.max(0);
    // The first word that is no id ends the ids.
    let ids: Vec<Id> = rest.iter().map_while(|arg| Id::parse(arg, 0).ok()).collect();
    let options = parse_claim_options(&rest[ids.len()..], now_ms)?;
    // A moment that cannot be becomes now.
    let delivered_ms = options.delivered_ms.filter(|at| (0..=now_ms).contains(at)).unwrap_or(now_ms);
    let Some(stream) = model.get::<Stream>(call, key)? else { return Err(Error::NoSuchKey) };
    let mut group = stream.groups.get(name).cloned().unwrap_or_default();
    group.last_id = group.last_id.max(options.last_id);
    if call.profile.sees_all_consumers() {
        group.see(consumer, now_ms);
    }
    let mut claimed = Vec::new();
    for id in ids {
        let Some(entry) = stream.entry(id) else {
            group.pending.remove(&id); // It can never be read any more.
            continue;
        };
        let (old_deliveries, idle_ms) = match group.pending.get(&id) {
            Some(pending) => (pending.deliveries, now_ms.wrapping_sub(pending.delivered_ms)),
            None if options.force => (1, i64::MAX),
            None => continue,
        };
        if idle_ms < min_idle_ms {
            continue;
        }
        group.serve(consumer, now_ms);
        let deliveries = match options.retry_count {
            Some(n) => n,
            None if options.just_id => old_deliveries,
            None => old_deliveries.wrapping_add(1),
        };
        group.pending.insert(id, Pending { consumer: consumer.clone(), delivered_ms, deliveries });
        claimed.push(if options.just_id { id.reply() } else { entry.reply() });
    }
    stream.groups.insert(name.clone(), group);
    Ok(Expect::Exact(Value::Array(claimed)))
}

/// XAUTOCLAIM's COUNT must leave room for its sums.
const AUTOCLAIM_COUNT_MAX: i64 = i64::MAX / 16;

/// More than so many ids may or may not find memory, of which the server asks for 16 bytes each in advance.
const AUTOCLAIM_COUNT_SURE: i64 = 1 << 24;

fn parse_autoclaim_options(args: &[Bytes]) -> Result<(i64, bool), Error> {
    let (mut count, mut just_id, mut args) = (100, false, args);
    while let [name, rest @ ..] = args {
        args = match (name.to_ascii_uppercase().as_slice(), rest) {
            (b"COUNT", [n, rest @ ..]) => {
                let fits = |n: &i64| (1..=AUTOCLAIM_COUNT_MAX).contains(n);
                count = parse_int(n).filter(fits).ok_or(Error::CountAboveZero)?;
                rest
            }
            (b"JUSTID", rest) => {
                just_id = true;
                rest
            }
            _ => return Err(Error::Syntax),
        };
    }
    Ok((count, just_id))
}

fn xautoclaim(model: &mut Model, call: &Call) -> Reply {
    let [_, key, name, consumer, min_idle, start, options @ ..] = call.argv else { return Err(Error::Syntax) };
    let now_ms = model.now_ms;
    model.entry(call.db, key); // Whatever is wrong, the key is looked at.
    let min_idle_ms = int(min_idle).map_err(|_| Error::AutoclaimMinIdle)?.max(0);
    let start = interval_start(start)?;
    let (count, just_id) = parse_autoclaim_options(options)?;
    existing_group(model, call, key, name)?;
    let refused = Value::Error(Error::AutoclaimMemory.text());
    if count > 1 << 48 || (count > AUTOCLAIM_COUNT_SURE && call.hint == Some(&refused)) {
        return Err(Error::AutoclaimMemory);
    }
    let Some(stream) = model.get::<Stream>(call, key)? else { return Err(Error::NoSuchKey) };
    let mut group = stream.groups.get(name).cloned().unwrap_or_default();
    if call.profile.sees_all_consumers() {
        group.see(consumer, now_ms);
    }
    let (mut claimed, mut deleted) = (Vec::new(), Vec::new());
    let (mut left, mut attempts) = (count, count.saturating_mul(10));
    let candidates: Vec<Id> = group.pending.range(start..).map(|(id, _)| *id).collect();
    let mut candidates = candidates.into_iter();
    while left > 0 && attempts > 0 {
        let Some(id) = candidates.next() else { break };
        attempts -= 1;
        let Some(entry) = stream.entry(id) else {
            group.pending.remove(&id);
            deleted.push(id.reply());
            left -= 1;
            continue;
        };
        let Some(pending) = group.pending.get_mut(&id) else { continue };
        if now_ms.wrapping_sub(pending.delivered_ms) < min_idle_ms {
            continue;
        }
        let deliveries = pending.deliveries.wrapping_add(i64::from(!just_id));
        *pending = Pending { consumer: consumer.clone(), delivered_ms: now_ms, deliveries };
        group.serve(consumer, now_ms);
        claimed.push(if just_id { id.reply() } else { entry.reply() });
        left -= 1;
    }
    stream.groups.insert(name.clone(), group);
    let cursor = candidates.next().unwrap_or(Id::MIN).reply();
    Ok(Expect::Exact(Value::Array(vec![cursor, Value::Array(claimed), Value::Array(deleted)])))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{last, predict};
    use super::*;

    fn with_pending(lines: &[&str]) -> String {
        let mut model = Model::default();
        let read = "XREADGROUP GROUP g c STREAMS x >";
        predict(&mut model, &["XADD x 1-0 f v", "XADD x 2-0 f v", "XGROUP CREATE x g 0", read]);
        predict(&mut model, lines).pop().unwrap_or_default()
    }

    #[test]
    fn only_the_first_acknowledgement_counts() {
        assert_eq!(with_pending(&["XACK x g 1-0 1-0 9-0"]), "(integer) 1");
        assert_eq!(last(&["XACK x g nonsense"]), "(integer) 0");
    }

    #[test]
    fn claiming_a_deleted_entry_forgets_it() {
        assert_eq!(with_pending(&["XDEL x 1-0", "XCLAIM x g d 0 1-0", "XPENDING x g d - + 1"]).find("1-0"), None);
        let auto = with_pending(&["XDEL x 1-0", "XAUTOCLAIM x g d 0 0 COUNT 1 JUSTID"]);
        assert_eq!(auto, "1) \"2-0\" 2) (empty array) 3) 1) \"1-0\"");
    }

    #[test]
    fn a_consumer_that_claims_nothing_is_not_made() {
        assert_eq!(with_pending(&["XCLAIM x g d 1000 1-0", "XGROUP CREATECONSUMER x g d"]), "(integer) 1");
        assert_eq!(with_pending(&["XCLAIM x g d 0 1-0", "XGROUP CREATECONSUMER x g d"]), "(integer) 0");
    }
}
