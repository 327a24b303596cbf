//! SCAN, SSCAN, HSCAN and ZSCAN.
//!
//! Cursors are the subject's own, so the model follows the replies and holds them against what is promised: what is
//! there from the beginning of an iteration to its end is returned, and what never was there is not.

use std::collections::{BTreeMap, BTreeSet};

use super::keyspace::{Data, Entry};
use super::number::{int, parse_int};
use super::zset::ZSet;
use super::{Call, Error, Expect, Handler, Model, Profile, Reply, glob};
use crate::resp::{Bytes, Value};
use crate::subject::ClientId;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "SCAN" => scan_keys,
        "SSCAN" => |model, call| scan_elements(model, call, "set"),
        "HSCAN" => |model, call| scan_elements(model, call, "hash"),
        "ZSCAN" => |model, call| scan_elements(model, call, "zset"),
        _ => return None,
    })
}

/// What is gone through: the keys of a database, or the elements of one key.
type Target = (usize, Option<Bytes>);

/// A name and what belongs to it: a key and its type, a field and its value, a member and its score.
type Element = (Bytes, Bytes);

/// The iterations that are not over yet: the last of each client over each target.
pub(super) type Scans = BTreeMap<(ClientId, Target), Iteration>;

/// One way from cursor 0 back to cursor 0.
#[derive(Clone, Debug)]
pub(super) struct Iteration {
    /// Where it goes on.
    cursor: u64,
    /// What has been there since it began.
    constant: BTreeSet<Element>,
    /// What has been there at any time since it began.
    seen: BTreeSet<Element>,
    returned: BTreeSet<Bytes>,
    /// Of every call so far.
    filters: Vec<Filter>,
}

impl Iteration {
    fn begin(elements: Vec<Element>, of_keys: bool) -> Iteration {
        let seen: BTreeSet<Element> = elements.into_iter().collect();
        let constant = seen.iter().filter(|(_, kind)| !of_keys || kind != EXPIRED).cloned().collect();
        Iteration { cursor: 0, constant, seen, returned: BTreeSet::new(), filters: Vec::new() }
    }

    /// A command has changed the elements to these. A key of another type is another key; a field with another value is the same.
    fn observe(&mut self, elements: Vec<Element>, of_keys: bool) {
        let now: BTreeMap<Bytes, Bytes> = elements.into_iter().collect();
        self.constant.retain(|(name, kind)| now.get(name).is_some_and(|other| !of_keys || other == kind));
        self.seen.extend(now);
    }

    /// What should have been returned by the end, and was not.
    fn missed(&self) -> Option<&Bytes> {
        let wanted = |element: &&Element| self.filters.iter().all(|filter| filter.passes(element));
        let mut names = self.constant.iter().filter(wanted).map(|(name, _)| name);
        names.find(|name| !self.returned.contains(*name))
    }
}

/// COUNT where nobody gives one.
const COUNT_DEFAULT: usize = 10;

/// The type of a key that has expired and may still be in the server's table: who asks for that type gets it.
const EXPIRED: &[u8] = b"none";

/// MATCH, TYPE and NOVALUES, and how much to go through at once.
#[derive(Clone, Debug, Default)]
struct Filter {
    of_keys: bool,
    count: usize,
    pattern: Option<Bytes>,
    type_name: Option<Bytes>,
    no_values: bool,
}

impl Filter {
    /// `of` is the type of what is scanned; keys have none.
    fn parse(profile: Profile, mut args: &[Bytes], of: Option<&str>) -> Result<Filter, Error> {
        let of_keys = of.is_none();
        let mut filter = Filter { of_keys, count: COUNT_DEFAULT, ..Filter::default() };
        while let [name, rest @ ..] = args {
            args = match (name.to_ascii_uppercase().as_slice(), rest) {
                (b"MATCH", [pattern, rest @ ..]) => {
                    filter.pattern = Some(pattern.clone()).filter(|pattern| pattern != b"*");
                    rest
                }
                (b"COUNT", [count, rest @ ..]) => {
                    let count = int(count)?;
                    if count < 1 {
                        return Err(Error::Syntax);
                    }
                    filter.count = usize::try_from(count).unwrap_or(usize::MAX);
                    rest
                }
                (b"TYPE", [word, rest @ ..]) if of_keys => {
                    let word = word.split(|&b| b == 0).next().unwrap_or_default();
                    profile.check_type_name(word)?;
                    filter.type_name = Some(word.to_vec());
                    rest
                }
                (b"NOVALUES", _) if profile != Profile::Redis70 => {
                    if of != Some("hash") {
                        return Err(Error::NovaluesOfHash);
                    }
                    filter.no_values = true;
                    rest
                }
                _ => return Err(Error::Syntax),
            };
        }
        Ok(filter)
    }

    fn passes(&self, (name, kind): &Element) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| glob::matches(pattern, name))
            && match &self.type_name {
                Some(wanted) => wanted.eq_ignore_ascii_case(kind),
                None => !self.of_keys || kind != EXPIRED,
            }
    }
}

/// As `strtoul` reads it, but without leading blanks: signs are fine, and so is nothing at all.
fn parse_cursor(profile: Profile, text: &[u8]) -> Result<u64, Error> {
    let text = text.split(|&b| b == 0).next().unwrap_or_default();
    if profile != Profile::Redis70 {
        return parse_new_cursor(text);
    }
    let (negative, digits) = super::number::split_sign(text);
    let value = match std::str::from_utf8(digits) {
        Ok("") if text.is_empty() => Some(0),
        Ok(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse::<u64>().ok(),
        _ => None,
    };
    value.map(|n| if negative { n.wrapping_neg() } else { n }).ok_or(Error::InvalidCursor)
}

/// Newer servers refuse what is empty and plain negative numbers, but skip blanks; what is no canonical number is still
/// read as `strtoull` does.
fn parse_new_cursor(text: &[u8]) -> Result<u64, Error> {
    if let Some(n) = parse_int(text) {
        return u64::try_from(n).map_err(|_| Error::InvalidCursor);
    }
    let blanks = text.iter().take_while(|&&b| b == b' ' || (b'\t'..=b'\r').contains(&b)).count();
    match &text[blanks..] {
        [] => Err(Error::InvalidCursor),
        digits => parse_cursor(Profile::Redis70, digits),
    }
}

fn scan_keys(model: &mut Model, call: &Call) -> Reply {
    let cursor = parse_cursor(call.profile, &call.argv[1])?;
    let filter = Filter::parse(call.profile, &call.argv[2..], None)?;
    Ok(go_on(model, call, (call.db, None), cursor, filter))
}

fn scan_elements(model: &mut Model, call: &Call, type_name: &str) -> Reply {
    let [_, key, cursor, options @ ..] = call.argv else { return Err(Error::Syntax) };
    let cursor = parse_cursor(call.profile, cursor)?;
    let Some(entry) = model.entry(call.db, key) else { return Ok(complete(Vec::new(), false)) };
    if entry.data.type_name() != type_name {
        return Err(Error::WrongType);
    }
    let (is_small, elements) = (entry.encoding.is_small(), elements_of(entry, call.profile));
    let filter = Filter::parse(call.profile, options, Some(type_name))?;
    if is_small {
        let passing = elements.into_iter().filter(|element| filter.passes(element));
        return Ok(complete(passing.collect(), type_name != "set" && !filter.no_values));
    }
    Ok(go_on(model, call, (call.db, Some(key.clone())), cursor, filter))
}

fn elements_of(entry: &Entry, profile: Profile) -> Vec<Element> {
    match &entry.data {
        Data::Set(set) => set.iter().map(|member| (member.clone(), Bytes::new())).collect(),
        Data::Hash(hash) => hash.iter().map(|(field, value)| (field.clone(), value.clone())).collect(),
        Data::ZSet(zset) => {
            zset.ranked().into_iter().map(|(member, score)| (member, scanned_score(zset, score, profile))).collect()
        }
        _ => Vec::new(),
    }
}

/// Listpacks hold whole numbers as integers, and ZSCAN shows them so.
fn scanned_score(zset: &ZSet, score: f64, profile: Profile) -> Bytes {
    const WHOLE_MAX: f64 = (1u64 << 62) as f64;
    if !zset.is_skiplist() && score.fract() == 0.0 && score.abs() <= WHOLE_MAX {
        return (score as i64).to_string().into_bytes();
    }
    profile.score_text(score)
}

/// One step of an iteration of the model's own. Elements come in the order of their hashes, and the cursor is the hash
/// of the next one: whatever comes and goes in between, what stays is met.
fn one_step(elements: Vec<Element>, cursor: u64, filter: &Filter, with_values: bool) -> Expect {
    let hashed = elements.into_iter().map(|element| (place(&element.0), element));
    let mut rest: Vec<(u64, Element)> = hashed.filter(|(hash, _)| *hash >= cursor).collect();
    if filter.count < rest.len() {
        rest.select_nth_unstable(filter.count);
    }
    // Those with the same hash go together.
    let end = rest.get(filter.count).map(|(hash, _)| *hash);
    rest.retain(|(hash, _)| end.is_none_or(|end| *hash < end || *hash == cursor));
    let next = if end == Some(cursor) { cursor + 1 } else { end.unwrap_or(0) };
    rest.sort_unstable();
    let passing = rest.into_iter().map(|(_, element)| element).filter(|element| filter.passes(element));
    reached(next, passing.collect(), with_values)
}

/// Where an element stands in an iteration: never 0, and small enough for clients that read cursors as doubles.
fn place(name: &[u8]) -> u64 {
    (twox_hash::XxHash3_64::oneshot(name) >> 12) | 1
}

/// The answer that has everything and ends the iteration.
fn complete(elements: Vec<Element>, with_values: bool) -> Expect {
    reached(0, elements, with_values)
}

fn reached(cursor: u64, elements: Vec<Element>, with_values: bool) -> Expect {
    let shown = if with_values {
        Expect::UnorderedPairs(elements)
    } else {
        Expect::Unordered(elements.into_iter().map(|(name, _)| Value::Bulk(name)).collect())
    };
    Expect::Array(vec![Expect::Exact(Value::bulk(cursor.to_string())), shown])
}

/// One step of an iteration whose cursors are the subject's.
fn go_on(model: &mut Model, call: &Call, target: Target, cursor: u64, filter: Filter) -> Expect {
    let now = model.scanned(&target);
    let with_values = model.holds_pairs(&target) && !filter.no_values;
    let of_keys = target.1.is_none();
    let place = (call.client, target);
    let Some(reply) = call.hint else {
        return one_step(now, cursor, &filter, with_values);
    };
    // Somebody may go on from a cursor of which nobody knows where it came from: then the end proves nothing.
    let known = model.scans.remove(&place).filter(|iteration| iteration.cursor == cursor);
    let is_known = cursor == 0 || known.is_some();
    let mut iteration = known.filter(|_| cursor != 0).unwrap_or_else(|| Iteration::begin(now, of_keys));
    let pattern = filter.pattern.clone();
    iteration.filters.push(filter);
    let followed = follow(&mut iteration, reply, with_values);
    if of_keys {
        let all = cursor == 0 && iteration.cursor == 0;
        let met = |key: &Bytes| pattern.as_ref().is_none_or(|pattern| glob::matches(pattern, key));
        model.remove_expired(call.db, all, met);
    }
    let (rule, holds) = match followed {
        Err(rule) => (rule, false),
        Ok(()) if iteration.cursor > 0 => {
            if is_known {
                model.scans.insert(place, iteration);
            }
            (String::new(), true)
        }
        Ok(()) => match iteration.missed().filter(|_| is_known) {
            Some(name) => (format!("\"{}\" was there all the time and was not returned", name.escape_ascii()), false),
            None => (String::new(), true),
        },
    };
    Expect::checked(call, "array", rule, |_| holds, || Value::NullArray)
}

/// Takes in what one call returned.
fn follow(iteration: &mut Iteration, reply: &Value, with_values: bool) -> Result<(), String> {
    let parts = match reply {
        Value::Array(parts) => parts.as_slice(),
        _ => &[],
    };
    let [Value::Bulk(cursor), Value::Array(items)] = parts else {
        return Err("a cursor and an array".into());
    };
    let cursor = std::str::from_utf8(cursor).ok().and_then(|text| text.parse().ok());
    iteration.cursor = cursor.ok_or("a cursor that is a number")?;
    let filter = iteration.filters.last().cloned().unwrap_or_default();
    for item in items.chunks(if with_values { 2 } else { 1 }) {
        let (name, value) = match item {
            [Value::Bulk(name)] if !with_values => (name, None),
            [Value::Bulk(name), Value::Bulk(value)] => (name, Some(value)),
            _ => return Err("names, with their values where they have some".into()),
        };
        let is_it = |element: &&Element| element.0 == *name && value.is_none_or(|value| *value == element.1);
        let mut elements = iteration.seen.range((name.clone(), Bytes::new())..).take_while(|(n, _)| n == name);
        let mut matching = elements.by_ref().filter(is_it).peekable();
        if matching.peek().is_none() {
            return Err(format!("nothing that was not there: \"{}\"", name.escape_ascii()));
        }
        if !matching.any(|element| filter.passes(element)) {
            return Err(format!("only what MATCH and TYPE let pass, not \"{}\"", name.escape_ascii()));
        }
        iteration.returned.insert(name.clone());
    }
    Ok(())
}

impl Model {
    /// What a scan of the target can return now.
    fn scanned(&self, (db, key): &Target) -> Vec<Element> {
        let db = &self.dbs[*db];
        let type_of = |key: &Bytes, entry: &Entry| -> Bytes {
            if db.is_expired(key, self.now_ms) { EXPIRED.into() } else { entry.data.type_name().into() }
        };
        match key {
            None => db.entries.iter().map(|(key, entry)| (key.clone(), type_of(key, entry))).collect(),
            Some(key) if db.is_expired(key, self.now_ms) => Vec::new(),
            Some(key) => db.entries.get(key).map(|entry| elements_of(entry, self.profile)).unwrap_or_default(),
        }
    }

    /// Whether a scan of the target shows values.
    fn holds_pairs(&self, (db, key): &Target) -> bool {
        let entry = key.as_ref().and_then(|key| self.dbs[*db].entries.get(key));
        entry.is_some_and(|entry| matches!(entry.data, Data::Hash(_) | Data::ZSet(_)))
    }

    /// Tells open iterations what is there after a command or a move of the clock.
    pub(super) fn observe_scans(&mut self) {
        let mut scans = std::mem::take(&mut self.scans);
        for ((_, target), iteration) in &mut scans {
            iteration.observe(self.scanned(target), target.1.is_none());
        }
        self.scans = scans;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{last, predict};
    use super::*;

    fn scan(model: &mut Model, line: &str, cursor: &str, items: &[&str]) -> bool {
        let items = items.iter().map(|item| Value::bulk(*item)).collect();
        let reply = Value::Array(vec![Value::bulk(cursor), Value::Array(items)]);
        let argv: Vec<Bytes> = line.split(' ').map(Bytes::from).collect();
        let mut out = Vec::new();
        model.send(ClientId(0), &argv, Some(&reply), &mut out);
        out[0].1.accepts(&reply, true)
    }

    fn three_keys() -> Model {
        let mut model = Model::default();
        predict(&mut model, &["SET a 1", "SET b 1", "RPUSH l x"]);
        model
    }

    #[test]
    fn keys_that_have_expired_are_removed_where_a_scan_meets_them() {
        for (line, served) in
            [("SCAN 0", true), ("SCAN 0 MATCH x*", true), ("SCAN 0 MATCH y*", false), ("KEYS *", false)]
        {
            let mut model = Model::default();
            predict(&mut model, &["XADD x 1-1 f v", "XGROUP CREATE x g $", "PEXPIRE x 1"]);
            let waits = "XREADGROUP GROUP g c BLOCK 0 STREAMS x >".split(' ').map(Bytes::from).collect::<Vec<_>>();
            let mut out = Vec::new();
            model.send(ClientId(1), &waits, None, &mut out);
            model.advance(model.now_ms as u64 + 2, &mut out);
            assert!(!model.has_lost_track());
            match line {
                "KEYS *" => drop(predict(&mut model, &[line])),
                line => assert!(scan(&mut model, line, "0", &[])),
            }
            assert_eq!(!model.is_blocked(ClientId(1)), served, "{line}");
        }
    }

    #[test]
    fn what_is_there_all_the_time_must_come() {
        let model = &mut three_keys();
        assert!(scan(model, "SCAN 0", "5", &["b"]));
        predict(model, &["DEL l", "SET c 1", "RPUSH l y"]);
        assert!(scan(&mut model.clone(), "SCAN 5", "0", &["a"]));
        assert!(scan(&mut model.clone(), "SCAN 5", "0", &["a", "b", "c", "l"]));
        assert!(!scan(&mut model.clone(), "SCAN 5", "0", &["c"]));
        assert!(scan(&mut model.clone(), "SCAN 5 MATCH x", "0", &[]), "a was not asked for at the end");
    }

    #[test]
    fn nothing_comes_that_was_never_there_or_not_asked_for() {
        let model = &mut three_keys();
        assert!(!scan(&mut model.clone(), "SCAN 7", "0", &["x"]));
        assert!(scan(&mut model.clone(), "SCAN 7", "0", &["a"]), "where 7 came from nobody knows");
        assert!(!scan(&mut model.clone(), "SCAN 0 TYPE list", "0", &["l", "a"]));
        assert!(!scan(&mut model.clone(), "SCAN 0 MATCH ?", "0", &["l", "a"]));
        assert!(scan(&mut model.clone(), "SCAN 0 TYPE LIST", "0", &["l"]));
    }

    #[test]
    fn who_asks_for_keys_of_no_type_may_get_expired_ones() {
        let mut model = three_keys();
        predict(&mut model, &["PEXPIRE a 1"]);
        model.advance(model.now_ms() + 2, &mut Vec::new());
        assert!(scan(&mut model.clone(), "SCAN 0 TYPE none", "0", &["a"]));
        assert!(scan(&mut model.clone(), "SCAN 0 TYPE none", "0", &[]));
        assert!(!scan(&mut model.clone(), "SCAN 0", "0", &["a", "b", "l"]));
    }

    #[test]
    fn small_collections_come_at_once_whatever_the_cursor() {
        assert_eq!(last(&["SADD s 1 2", "SSCAN s 77 MATCH 2"]), "1) \"0\" 2) in any order:    1) \"2\"");
        assert!(last(&["SADD s 1", "SSCAN s x"]).contains("invalid cursor"));
        assert!(last(&["SADD s 1", "SSCAN s 0 TYPE set"]).contains("syntax error"));
        assert!(!last(&["SSCAN nokey 0 FOO"]).contains("error"));
    }

    #[test]
    fn cursors_are_read_as_strtoul_does() {
        for (text, cursor) in [("", 0), ("+7", 7), ("-1", u64::MAX), ("18446744073709551615", u64::MAX), ("1\0x", 1)] {
            assert_eq!(parse_cursor(Profile::Redis70, text.as_bytes()), Ok(cursor), "{text:?}");
        }
        for bad in [" 1", "1 ", "x", "-", "18446744073709551616", "0x1"] {
            assert_eq!(parse_cursor(Profile::Redis70, bad.as_bytes()), Err(Error::InvalidCursor), "{bad:?}");
        }
    }
}
