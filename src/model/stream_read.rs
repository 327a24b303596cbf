//! XREAD and XREADGROUP, and how a client that waits for a stream is served.

use super::blocking::Want;
use super::number::int;
use super::stream::Stream;
use super::stream_group::Pending;
use super::stream_id::{Id, until_nul};
use super::streams::replies;
use super::{Call, Error, Expect, Handler, Model, Profile, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "XREAD" => |model, call| read(model, call, false),
        "XREADGROUP" => |model, call| read(model, call, true),
        _ => return None,
    })
}

/// Entries that a waiting client gets at most, unless it says otherwise.
const WAITING_COUNT: usize = 1000;

/// Who reads for a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reader {
    group: Bytes,
    consumer: Bytes,
    no_ack: bool,
}

/// What a waiting client wants of streams.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    reader: Option<Reader>,
    count: usize,
    /// For each key the id after which to read; a group's own last one counts instead.
    after: Vec<(Bytes, Id)>,
}

impl Reading {
    pub(super) fn is_of_group(&self) -> bool {
        self.reader.is_some()
    }
}

/// The arguments, before any key is looked at.
struct Options<'a> {
    /// `None` does not wait.
    block: Option<Option<i64>>,
    count: usize,
    reader: Option<Reader>,
    keys: &'a [Bytes],
    ids: &'a [Bytes],
}

/// Where to read.
#[derive(Clone, Copy, PartialEq)]
enum From {
    After(Id),
    /// `>`: what the group has not delivered yet.
    New,
}

fn parse<'a>(model: &Model, argv: &'a [Bytes], of_group: bool) -> Result<Options<'a>, Error> {
    let mut options = Options { block: None, count: usize::MAX, reader: None, keys: &[], ids: &[] };
    let (mut group, mut no_ack, mut args) = (None, false, &argv[1..]);
    while let [name, rest @ ..] = args {
        args = match (name.to_ascii_uppercase().as_slice(), rest) {
            (b"BLOCK", [ms, rest @ ..]) => {
                options.block = Some(parse_block(model, ms)?);
                rest
            }
            (b"COUNT", [n, rest @ ..]) => {
                options.count = usize::try_from(int(n)?).ok().filter(|n| *n > 0).unwrap_or(usize::MAX);
                rest
            }
            (b"STREAMS", streams @ [_, ..]) => {
                if streams.len() % 2 == 1 {
                    return Err(model.profile.unbalanced_streams(of_group));
                }
                (options.keys, options.ids) = streams.split_at(streams.len() / 2);
                &[]
            }
            (b"GROUP", [_, _, ..]) if !of_group => return Err(Error::XreadGroupOption),
            (b"GROUP", [name, consumer, rest @ ..]) => {
                group = Some((name.clone(), consumer.clone()));
                rest
            }
            (b"NOACK", _) if !of_group => return Err(Error::XreadNoackOption),
            (b"NOACK", rest) => {
                no_ack = true;
                rest
            }
            _ => return Err(Error::Syntax),
        };
    }
    if options.keys.is_empty() {
        return Err(Error::Syntax);
    }
    options.reader = group.map(|(group, consumer)| Reader { group, consumer, no_ack });
    if of_group && options.reader.is_none() { Err(Error::XreadgroupWithoutGroup) } else { Ok(options) }
}

/// Milliseconds, as a moment; 0 waits for ever.
fn parse_block(model: &Model, text: &[u8]) -> Result<Option<i64>, Error> {
    match int(text).map_err(|_| Error::TimeoutNotInt)? {
        ..0 => Err(Error::TimeoutNegative),
        0 => Ok(None),
        // A moment past the end of time is never reached.
        ms => Ok(model.now_ms.checked_add(ms)),
    }
}

fn read(model: &mut Model, call: &Call, of_group: bool) -> Reply {
    let options = parse(model, call.argv, of_group)?;
    let mut from = Vec::new();
    for (key, id) in options.keys.iter().zip(options.ids) {
        from.push((key.clone(), resolve(model, call, key, id, options.reader.as_ref())?));
    }
    let mut found = Vec::new();
    for (key, from) in &from {
        if let Some(entries) = read_now(model, call, key, *from, &options)? {
            found.push((key.clone(), entries));
        }
    }
    if !found.is_empty() {
        return Ok(by_stream(call, found));
    }
    let Some(deadline_ms) = options.block else { return Expect::nil_array() };
    let count = if options.count == usize::MAX { WAITING_COUNT } else { options.count };
    let after = from.into_iter().map(|(key, from)| match from {
        From::After(id) => (key, id),
        From::New => (key, Id::MAX),
    });
    let reading = Reading { reader: options.reader, count, after: after.collect() };
    model.block(call, options.keys, deadline_ms, Want::Read(reading))
}

/// RESP3 answers a map, RESP2 an array of pairs.
fn by_stream(call: &Call, found: Vec<(Bytes, Value)>) -> Expect {
    let pairs = found.into_iter().map(|(key, entries)| (Value::Bulk(key), entries));
    Expect::Exact(if call.resp3 {
        Value::Map(pairs.collect())
    } else {
        Value::Array(pairs.map(|(key, entries)| Value::Array(vec![key, entries])).collect())
    })
}

fn resolve(model: &mut Model, call: &Call, key: &Bytes, id: &[u8], reader: Option<&Reader>) -> Result<From, Error> {
    let stream = model.get::<Stream>(call, key)?;
    if let Some(reader) = reader
        && !stream.as_ref().is_some_and(|stream| stream.groups.contains_key(&reader.group))
    {
        return Err(Error::NoGroupToRead(key.clone(), reader.group.clone()));
    }
    match (until_nul(id), reader) {
        (b"$", Some(_)) => Err(Error::DollarForGroup),
        (b"$", None) => Ok(From::After(stream.map_or(Id::MIN, |stream| stream.last_id))),
        (b"+", Some(_)) if call.profile.reads_last_entry() => Err(Error::PlusForGroup),
        (b"+", None) if call.profile.reads_last_entry() => {
            let stream = stream.filter(|stream| stream.len() > 0);
            Ok(From::After(stream.and_then(|stream| stream.last_valid_id().previous()).unwrap_or(Id::MIN)))
        }
        (b">", Some(_)) => Ok(From::New),
        (b">", None) => Err(Error::NewWithoutGroup),
        (_, reader) => match Id::parse(id, 0)? {
            Id::MAX if reader.is_some() => Ok(From::New),
            id => Ok(From::After(id)),
        },
    }
}

/// The entries that one stream has for the client, if it has any; a consumer's own history is answered at once even
/// if it is empty.
fn read_now(model: &mut Model, call: &Call, key: &[u8], from: From, options: &Options) -> Result<Option<Value>, Error> {
    let now_ms = model.now_ms;
    let Some(stream) = model.get::<Stream>(call, key)? else { return Ok(None) };
    let Some(reader) = &options.reader else {
        let From::After(after) = from else { return Ok(None) };
        return Ok(stream.has_after(after).then(|| stream.read(after, options.count)));
    };
    if call.profile.sees_all_consumers()
        && let Some(group) = stream.groups.get_mut(&reader.group)
    {
        group.see(&reader.consumer, now_ms);
    }
    match from {
        From::After(id) => Ok(Some(stream.history(reader, id, options.count, now_ms))),
        From::New => {
            let after = stream.groups.get(&reader.group).map_or(Id::MAX, |group| group.last_id);
            Ok(stream.has_after(after).then(|| stream.deliver(call.profile, reader, options.count, now_ms)))
        }
    }
}

impl Stream {
    fn has_after(&self, id: Id) -> bool {
        self.entries().next().is_some() && self.last_valid_id() > id
    }

    fn read(&self, after: Id, count: usize) -> Value {
        replies(self.entries().filter(|entry| entry.id > after).take(count))
    }

    /// Delivers new entries to a consumer of a group.
    fn deliver(&mut self, profile: Profile, reader: &Reader, count: usize, now_ms: i64) -> Value {
        let mut group = self.groups.get(&reader.group).cloned().unwrap_or_default();
        group.see(&reader.consumer, now_ms);
        let new: Vec<_> = self.entries().filter(|entry| entry.id > group.last_id).take(count).collect();
        for entry in &new {
            group.entries_read = self.entries_read_after(profile, &group, entry.id);
            group.last_id = entry.id;
            if !reader.no_ack {
                group.serve(&reader.consumer, now_ms);
                let consumer = reader.consumer.clone();
                group.pending.insert(entry.id, Pending { consumer, delivered_ms: now_ms, deliveries: 1 });
            }
        }
        let reply = replies(new.into_iter());
        self.groups.insert(reader.group.clone(), group);
        reply
    }

    /// What a consumer has not acknowledged, once more.
    fn history(&mut self, reader: &Reader, after: Id, count: usize, now_ms: i64) -> Value {
        let mut group = self.groups.get(&reader.group).cloned().unwrap_or_default();
        group.see(&reader.consumer, now_ms);
        let own = group.pending.iter_mut().filter(|(id, p)| **id > after && p.consumer == reader.consumer);
        let mut history = Vec::new();
        for (id, pending) in own.take(count) {
            history.push(match self.entry(*id) {
                Some(entry) => {
                    pending.delivered_ms = now_ms;
                    pending.deliveries = pending.deliveries.wrapping_add(1);
                    entry.reply()
                }
                None => Value::Array(vec![id.reply(), Value::NullArray]),
            });
        }
        self.groups.insert(reader.group.clone(), group);
        Value::Array(history)
    }
}

impl Model {
    /// Serves a waiting client from a stream, if it has what the client waits for.
    pub(super) fn serve_reading(&mut self, call: &Call, key: &Bytes, reading: &Reading) -> Option<Reply> {
        let now_ms = self.now_ms;
        let stream = self.get::<Stream>(call, key).ok()??;
        let after = match &reading.reader {
            Some(reader) => match stream.groups.get(&reader.group) {
                Some(group) => group.last_id,
                None => return Some(Err(Error::GroupGone)),
            },
            None => reading.after.iter().find(|(k, _)| k == key)?.1,
        };
        // Unlike a client that comes now, a waiting one is served with nothing if what came was deleted at once.
        if stream.last_id <= after {
            return None;
        }
        let entries = match &reading.reader {
            Some(reader) => stream.deliver(call.profile, reader, reading.count, now_ms),
            None => stream.read(after, reading.count),
        };
        Some(Ok(by_stream(call, vec![(key.clone(), entries)])))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{last, predict};
    use super::*;
    use crate::subject::ClientId;

    fn send(model: &mut Model, client: u64, line: &str) -> Vec<(u64, String)> {
        let argv: Vec<Bytes> = line.split(' ').map(Into::into).collect();
        let mut out = Vec::new();
        model.send(ClientId(client), &argv, None, &mut out);
        out.into_iter().map(|(client, expect)| (client.0, expect.to_string().replace('\n', " "))).collect()
    }

    #[test]
    fn a_read_is_served_by_another_clients_entry_and_only_by_a_later_one() {
        let mut model = Model::default();
        predict(&mut model, &["XADD x 1-0 f v"]);
        assert!(send(&mut model, 1, "XREAD BLOCK 0 STREAMS x $").is_empty());
        assert_eq!(send(&mut model, 0, "XDEL x 1-0").len(), 1);
        let served = send(&mut model, 0, "XADD x 2-0 f v");
        assert_eq!(served[1].0, 1);
        assert!(served[1].1.contains("2-0"), "{served:?}");
    }

    #[test]
    fn who_reads_for_a_group_learns_that_the_stream_or_the_group_is_gone() {
        for (line, error) in [("DEL x", "UNBLOCKED"), ("SET x v", "UNBLOCKED"), ("XGROUP DESTROY x g", "NOGROUP")] {
            let mut model = Model::default();
            predict(&mut model, &["XGROUP CREATE x g $ MKSTREAM"]);
            assert!(send(&mut model, 1, "XREADGROUP GROUP g c BLOCK 0 STREAMS x >").is_empty());
            let told = send(&mut model, 0, line);
            assert!(told[1].0 == 1 && told[1].1.contains(error), "{line}: {told:?}");
        }
    }

    #[test]
    fn history_shows_deleted_entries_as_nil() {
        let lines = ["XADD x 1-0 f v", "XGROUP CREATE x g 0", "XREADGROUP GROUP g c STREAMS x >", "XDEL x 1-0"];
        let mut model = Model::default();
        predict(&mut model, &lines);
        let history = predict(&mut model, &["XREADGROUP GROUP g c STREAMS x 0"]).pop().unwrap_or_default();
        assert!(history.contains("(nil array)"), "{history}");
        assert_eq!(last(&["XGROUP CREATE x g 0 MKSTREAM", "XREADGROUP GROUP g c STREAMS x >"]), "(nil array)");
    }

    #[test]
    fn resp3_answers_maps() {
        let mut model = Model::default();
        predict(&mut model, &["XADD x 1-0 f v"]);
        model.client(ClientId(0)).resp3 = true;
        let mut out = Vec::new();
        for line in ["XREAD STREAMS x 0", "XINFO STREAM x"] {
            let argv: Vec<Bytes> = line.split(' ').map(Into::into).collect();
            model.send(ClientId(0), &argv, None, &mut out);
        }
        assert!(matches!(&out[0].1, Expect::Exact(Value::Map(rows)) if rows.len() == 1), "{:?}", out[0]);
        assert!(matches!(&out[1].1, Expect::Map(rows) if rows.len() == 10), "{:?}", out[1]);
    }
}
