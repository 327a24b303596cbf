//! Streams as such: XADD, XLEN, XRANGE, XDEL, XTRIM, XSETID.

use super::number::int;
use super::stream::{Stream, Trim, TrimTo};
use super::stream_id::{Id, NewId, ids, interval_end, interval_start, until_nul};
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "XADD" => xadd,
        "XLEN" => |model, call| Expect::int(model.get::<Stream>(call, &call.argv[1])?.map_or(0, |s| s.len() as i64)),
        "XRANGE" => |model, call| xrange(model, call, &call.argv[2], &call.argv[3], false),
        "XREVRANGE" => |model, call| xrange(model, call, &call.argv[3], &call.argv[2], true),
        "XDEL" => xdel,
        "XTRIM" => xtrim,
        "XSETID" => xsetid,
        _ => return None,
    })
}

/// The options of XADD and XTRIM.
#[derive(Default)]
struct Options {
    to: Option<TrimTo>,
    approximate: bool,
    limit: Option<i64>,
    no_mkstream: bool,
}

/// How many entries approximate trimming removes at once: a hundred nodes.
fn trim_limit(node_entries: usize) -> i64 {
    match i64::try_from(node_entries).map_or(i64::MAX, |n| n.saturating_mul(100)) {
        0 => 10_000,
        n => n.min(1_000_000),
    }
}

/// A count of entries that must not be negative.
fn entries(text: &[u8], negative: Error) -> Result<i64, Error> {
    int(text).and_then(|n| if n < 0 { Err(negative) } else { Ok(n) })
}

impl Options {
    /// Reads one option off the front of `args`; answers whether there was one.
    fn read(&mut self, args: &mut &[Bytes], xadd: bool) -> Result<bool, Error> {
        let [name, values @ ..] = *args else { return Ok(false) };
        let taken = match name.to_ascii_uppercase().as_slice() {
            option @ (b"MAXLEN" | b"MINID") if !values.is_empty() => {
                if self.to.is_some() {
                    return Err(Error::MaxlenAndMinid);
                }
                let sign = values.len() >= 2 && matches!(values[0].as_slice(), b"~" | b"=");
                self.approximate = sign && values[0] == b"~";
                let value = &values[usize::from(sign)];
                self.to = Some(if option == b"MAXLEN" {
                    TrimTo::MaxLen(entries(value, Error::TrimMaxlenNegative)?)
                } else {
                    TrimTo::MinId(Id::parse(value, 0)?)
                });
                2 + usize::from(sign)
            }
            b"LIMIT" if !values.is_empty() => {
                self.limit = Some(entries(&values[0], Error::TrimLimitNegative)?);
                2
            }
            b"NOMKSTREAM" if xadd => {
                self.no_mkstream = true;
                1
            }
            _ => return Ok(false),
        };
        *args = &args[taken..];
        Ok(true)
    }

    fn trim(&self, model: &Model) -> Result<Option<Trim>, Error> {
        if self.to.is_none() && self.limit.is_some_and(|limit| limit > 0) {
            return Err(Error::TrimLimitWithoutStrategy);
        }
        Ok(self.to.map(|to| Trim {
            to,
            approximate: self.approximate,
            limit: match self.limit {
                Some(limit) => limit,
                None if self.approximate => trim_limit(model.encodings.stream_node.entries),
                None => 0,
            },
        }))
    }

    /// LIMIT needs `~`; looked at last.
    fn check_limit(&self) -> Result<(), Error> {
        if self.limit.is_some() && !self.approximate { Err(Error::TrimLimitWithoutTilde) } else { Ok(()) }
    }
}

fn xadd(model: &mut Model, call: &Call) -> Reply {
    let [_, key, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    let (mut options, mut args) = (Options::default(), rest);
    while args.first().is_some_and(|arg| until_nul(arg) != b"*") && options.read(&mut args, true)? {}
    let new_id = match args.first().map(|arg| until_nul(arg)) {
        None => None,
        Some(b"*") => Some(NewId::Auto),
        Some(_) => Some(NewId::parse(&args[0])?),
    };
    let trim = options.trim(model)?;
    options.check_limit()?;
    let (Some(new_id), Some((_, pairs))) = (new_id, args.split_first()) else { return Err(Error::Arity("XADD")) };
    if pairs.is_empty() || pairs.len() % 2 == 1 {
        return Err(Error::Arity("XADD"));
    }
    if new_id == NewId::Given(Id::MIN) {
        return Err(Error::XaddZero);
    }
    match model.get::<Stream>(call, key)? {
        None if options.no_mkstream => return Expect::nil(),
        None => model.put(call, key, Stream::default()),
        Some(_) => {}
    }
    let Some(stream) = model.get::<Stream>(call, key)? else { return Err(Error::NoSuchKey) };
    if stream.last_id != Id::MAX && stream.last_id.seq == u64::MAX && new_id == NewId::AutoSeq(stream.last_id.ms) {
        return Ok(no_id_left(call));
    }
    let (id, expect) = choose_id(model, call, key, new_id)?;
    let limits = model.encodings.stream_node;
    let Some(stream) = model.get::<Stream>(call, key)? else { return Err(Error::NoSuchKey) };
    stream.append(id, pairs.to_vec(), limits);
    if let Some(trim) = trim {
        stream.trim(trim);
    }
    model.touch(call.db, key);
    model.signal_ready(call.db, key);
    Ok(expect)
}

/// The id of the new entry, and what to answer.
fn choose_id(model: &mut Model, call: &Call, key: &[u8], new_id: NewId) -> Result<(Id, Expect), Error> {
    let (now_ms, exact_time) = (model.now_ms, model.exact_time);
    let last = model.get::<Stream>(call, key)?.map_or(Id::MIN, |stream| stream.last_id);
    if last == Id::MAX {
        return Err(Error::StreamExhausted);
    }
    let id = match (new_id, call.hint) {
        // The server's clock is not ours: any later id will do.
        (NewId::Auto, Some(reply)) if !exact_time => return Ok(follow_id(last, reply)),
        (NewId::Auto, _) => match now_ms.max(0) as u64 {
            ms if ms > last.ms => Id { ms, seq: 0 },
            _ => last.next().ok_or(Error::XaddTopItem)?,
        },
        (NewId::AutoSeq(ms), _) if ms == last.ms => Id { ms, seq: last.seq.checked_add(1).ok_or(Error::XaddTopItem)? },
        (NewId::AutoSeq(ms), _) => Id { ms, seq: 0 },
        (NewId::Given(id), _) => id,
    };
    if id <= last {
        return Err(Error::XaddTopItem);
    }
    Ok((id, Expect::Exact(id.reply())))
}

/// The millisecond has no id left. 7.0 forgets to say why, and answers whatever the last system call failed with.
fn no_id_left(call: &Call) -> Expect {
    let texts = [Error::XaddTopItem, Error::XaddTooLarge].map(|error| Value::Error(error.text()));
    let rule = format!("{}, or {}", texts[0], texts[1]);
    Expect::checked(call, "error:ERR", rule, |reply| texts.contains(reply), || texts[0].clone())
}

fn follow_id(last: Id, reply: &Value) -> (Id, Expect) {
    let next = last.next().unwrap_or(Id::MAX);
    let id = match reply {
        Value::Bulk(text) => Id::parse(text, 0).ok().filter(|id| *id > last && id.reply() == *reply),
        _ => None,
    };
    let rule = "an id after the last, by the server's clock".into();
    let instead = Value::NullBulk;
    (id.unwrap_or(next), Expect::Checked { rule, holds: id.is_some(), class: "bulk", instead })
}

/// Entries as XRANGE answers them.
pub(super) fn replies<'a>(entries: impl Iterator<Item = &'a super::stream::Entry>) -> Value {
    Value::Array(entries.map(|entry| entry.reply()).collect())
}

fn xrange(model: &mut Model, call: &Call, start: &[u8], end: &[u8], reverse: bool) -> Reply {
    let (start, end) = (interval_start(start)?, interval_end(end)?);
    let mut count = -1;
    for option in call.argv[4..].chunks(2) {
        count = match option {
            [name, n] if name.eq_ignore_ascii_case(b"COUNT") => int(n)?.max(0),
            _ => return Err(Error::Syntax),
        };
    }
    let Some(stream) = model.get::<Stream>(call, &call.argv[1])? else { return Expect::bulks([]) };
    let entries = stream.range(start, end);
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    match (limit, reverse) {
        (0, _) => Expect::nil_array(),
        (limit, false) => Ok(Expect::Exact(replies(entries.take(limit)))),
        (limit, true) => Ok(Expect::Exact(replies(entries.rev().take(limit)))),
    }
}

fn xdel(model: &mut Model, call: &Call) -> Reply {
    let [_, key, args @ ..] = call.argv else { return Err(Error::Syntax) };
    let Some(stream) = model.get::<Stream>(call, key)? else { return Expect::int(0) };
    let deleted = stream.delete(&ids(args)?);
    if deleted > 0 {
        model.touch(call.db, key);
    }
    Expect::int(deleted as i64)
}

fn xtrim(model: &mut Model, call: &Call) -> Reply {
    let [_, key, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    let (mut options, mut args) = (Options::default(), rest);
    while options.read(&mut args, false)? {}
    if !args.is_empty() {
        return Err(Error::Syntax);
    }
    let trim = options.trim(model)?.ok_or(Error::XtrimStrategy)?;
    options.check_limit()?;
    let Some(stream) = model.get::<Stream>(call, key)? else { return Expect::int(0) };
    let trimmed = stream.trim(trim);
    if trimmed > 0 {
        model.touch(call.db, key);
    }
    Expect::int(trimmed as i64)
}

fn xsetid(model: &mut Model, call: &Call) -> Reply {
    let [_, key, id, options @ ..] = call.argv else { return Err(Error::Syntax) };
    let id = Id::parse(id, 0)?;
    let (mut added, mut max_deleted) = (None, Id::MIN);
    for option in options.chunks(2) {
        let [name, value] = option else { return Err(Error::Syntax) };
        match name.to_ascii_uppercase().as_slice() {
            b"ENTRIESADDED" => added = Some(entries(value, Error::EntriesAddedNegative)?),
            b"MAXDELETEDID" => {
                max_deleted = Id::parse(value, 0)?;
                if id < max_deleted {
                    return Err(Error::XsetidMaxDeletedGiven);
                }
            }
            _ => return Err(Error::Syntax),
        }
    }
    let Some(stream) = model.get::<Stream>(call, key)? else { return Err(Error::NoSuchKey) };
    if call.profile.refuses_ids_before_deleted_ones() && id < stream.max_deleted_id {
        return Err(Error::XsetidMaxDeleted);
    }
    if stream.len() > 0 && id < stream.last_valid_id() {
        return Err(Error::XsetidTopItem);
    }
    if added.is_some_and(|added| stream.len() as i64 > added) {
        return Err(Error::XsetidEntriesAdded);
    }
    stream.last_id = id;
    stream.entries_added = added.map_or(stream.entries_added, |added| added as u64);
    if max_deleted != Id::MIN {
        stream.max_deleted_id = max_deleted;
    }
    Expect::ok()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{last, predict};
    use super::*;
    use crate::subject::ClientId;

    #[test]
    fn ids_made_by_the_server_never_go_back() {
        assert_eq!(last(&["XADD x 5-3 f v", "XADD x 5-* f v"]), "\"5-4\"");
        assert_eq!(last(&["XADD x 0-* f v"]), "\"0-1\"");
        assert_eq!(last(&["XADD x 99999999999999-7 f v", "XADD x * f v"]), "\"99999999999999-8\"");
        assert!(last(&["XADD x 5-3 f v", "XADD x 4-* f v"]).contains("equal or smaller"));
        assert!(last(&["XADD x 5-18446744073709551615 f v", "XADD x 5-* f v"]).contains("equal or smaller"));
    }

    #[test]
    fn on_a_clock_of_its_own_the_server_chooses_the_id() {
        let mut model = Model::default().with_foreign_clock();
        let argv: Vec<Bytes> = ["XADD", "x", "*", "f", "v"].map(Into::into).to_vec();
        let mut out = Vec::new();
        model.send(ClientId(0), &argv, Some(&Value::bulk("1700000000000-0")), &mut out);
        model.send(ClientId(0), &argv, Some(&Value::bulk("1700000000000-0")), &mut out);
        assert!(out[0].1.accepts(&Value::bulk("1700000000000-0"), false));
        assert!(!out[1].1.accepts(&Value::bulk("1700000000000-0"), false), "the same id twice");
    }

    #[test]
    fn an_emptied_stream_is_still_there() {
        let mut model = Model::default();
        let lines = ["XADD x 1-0 f v", "XDEL x 1-0", "EXISTS x", "XADD x 1-0 f v", "XRANGE x - + COUNT 0"];
        let replies = predict(&mut model, &lines);
        assert_eq!(replies[2], "(integer) 1");
        assert!(replies[3].contains("equal or smaller"));
        assert_eq!(replies[4], "(nil array)");
    }
}
