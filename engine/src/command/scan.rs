//! SCAN, HSCAN, SSCAN, ZSCAN: walks that may be interrupted.
//!
//! What is there from the first call to the last is told at least once, however the rest changes in between. The keys
//! of a database are walked in the order of their hashes, which no growth changes; the cursor is the hash to go on
//! from. The tables of collections move their last element into a gap, so they are walked from the end, and the cursor
//! is the number of elements that are left.

use super::{Command, Context, Outcome, Run, args};
use crate::double;
use crate::glob;
use crate::index;
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::Encoding;
use crate::structure::hash::Hash;
use crate::structure::set::Set;
use crate::structure::zset::ZSet;

const ONE: (i64, i64, i64) = (1, 1, 1);
const READ: &str = "readonly";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("scan", -2, READ, (0, 0, 0), Run::Now(scan)),
    Command::new("hscan", -3, READ, ONE, Run::Now(hscan)),
    Command::new("sscan", -3, READ, ONE, Run::Now(sscan)),
    Command::new("zscan", -3, READ, ONE, Run::Now(zscan)),
];

/// Reads a cursor as C's `strtoul` does, but refuses leading blanks.
fn cursor(word: &[u8]) -> Result<u64, Error> {
    const INVALID: Error = Error::new("ERR invalid cursor");
    let text = std::str::from_utf8(args::c_str(word)).map_err(|_| INVALID)?;
    if text.is_empty() {
        return Ok(0);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(INVALID);
    }
    let cursor: u64 = digits.parse().map_err(|_| INVALID)?;
    Ok(if negative { cursor.wrapping_neg() } else { cursor })
}

/// What may follow the cursor.
struct Options<'a> {
    count: usize,
    pattern: Option<&'a [u8]>,
    /// SCAN alone: the name of a type.
    kind: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    fn parse(words: &'a [Vec<u8>], of_keys: bool) -> Result<Self, Error> {
        let mut options = Self { count: 10, pattern: None, kind: None };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words.next().ok_or(Error::SYNTAX)?;
            if args::is(word, "COUNT") {
                let count = number::int(value)?;
                options.count = usize::try_from(count).ok().filter(|&count| count > 0).ok_or(Error::SYNTAX)?;
            } else if args::is(word, "MATCH") {
                options.pattern = Some(value);
            } else if args::is(word, "TYPE") && of_keys {
                options.kind = Some(value);
            } else {
                return Err(Error::SYNTAX);
            }
        }
        Ok(options)
    }

    fn admits(&self, name: &[u8]) -> bool {
        // The lone star matches the empty name too, other patterns of stars don't.
        self.pattern.is_none_or(|pattern| pattern == b"*" || glob::matches(pattern, name))
    }
}

fn answer(next: u64, items: Vec<Reply>) -> Outcome {
    Ok(Reply::Array(vec![Reply::bulk(next.to_string()), Reply::Array(items)]))
}

fn scan(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let from = cursor(&argv[1])?;
    let options = Options::parse(&argv[2..], true)?;
    let by_position = planted!(cx.config(), ScanCursorIsPosition);
    let db = &cx.store.dbs[cx.session.db];
    let (next, keys) =
        if by_position { db.scan_by_position(from, options.count) } else { db.scan(from, options.count) };
    let mut items = Vec::new();
    for key in keys.into_iter().filter(|key| options.admits(key)) {
        let shows_expired = planted!(cx.config(), ScanShowsExpired) && cx.is_expired(&key);
        if shows_expired || is_of_kind(cx, &key, options.kind) {
            items.push(Reply::Bulk(key));
        }
    }
    answer(next, items)
}

/// Whether the key is alive, and of the type if one is asked for.
fn is_of_kind(cx: &mut Context<'_>, key: &[u8], kind: Option<&[u8]>) -> bool {
    let ignores_type = planted!(cx.config(), ScanIgnoresType);
    let entry = cx.entry(key);
    entry.is_some_and(|entry| kind.is_none_or(|kind| ignores_type || args::is(kind, entry.value.kind().name())))
}

/// A step on the way through a collection.
struct Walk {
    from: u64,
    count: usize,
    /// By position instead of by hash, for a plant.
    forward: bool,
}

impl Walk {
    /// The positions to tell in a collection of `len`, and the next cursor. Only a table is told in parts.
    ///
    /// A table is told in the order of the hashes, which is the same whatever comes and goes, and even if another table
    /// with the same elements takes its place.
    fn window(&self, len: usize, is_table: bool, hash_at: impl Fn(usize) -> u64) -> (u64, Vec<usize>) {
        if !is_table {
            return (0, (0..len).collect());
        }
        if self.forward {
            let from = usize::try_from(self.from).unwrap_or(usize::MAX);
            let end = from.saturating_add(self.count).min(len);
            return (if end == len { 0 } else { end as u64 }, (from.min(end)..end).collect());
        }
        let mut left: Vec<(u64, usize)> = (0..len).map(|at| (hash_at(at).max(1), at)).collect();
        left.retain(|(hash, _)| *hash >= self.from);
        left.sort_unstable();
        // What has the same hash is told together.
        let last = left.get(self.count - 1).map_or(u64::MAX, |(hash, _)| *hash);
        let told = left.partition_point(|(hash, _)| *hash <= last);
        (left.get(told).map_or(0, |(hash, _)| *hash), left[..told].iter().map(|(_, at)| *at).collect())
    }
}

fn hscan(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (from, forward) = (cursor(&argv[2])?, planted!(cx.config(), HscanWalksForward));
    let Some(hash) = cx.get::<Hash>(&argv[1])? else {
        return answer(0, Vec::new());
    };
    let options = Options::parse(&argv[3..], false)?;
    let walk = Walk { from, count: options.count, forward };
    let is_table = hash.encoding() == Encoding::Hashtable;
    let hash_at = |at| hash.get_index(at).map_or(0, |(field, _)| index::hash(field));
    let (next, window) = walk.window(hash.len(), is_table, hash_at);
    let pairs = window.into_iter().filter_map(|at| hash.get_index(at)).filter(|(field, _)| options.admits(field));
    answer(next, pairs.flat_map(|(field, value)| [field, value]).map(Reply::bulk).collect())
}

fn sscan(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (from, forward) = (cursor(&argv[2])?, planted!(cx.config(), HscanWalksForward));
    let Some(set) = cx.get::<Set>(&argv[1])? else {
        return answer(0, Vec::new());
    };
    let options = Options::parse(&argv[3..], false)?;
    let walk = Walk { from, count: options.count, forward };
    let is_table = set.encoding() == Encoding::Hashtable;
    let hash_at = |at| set.get_index(at).map_or(0, |member| index::hash(&member));
    let (next, window) = walk.window(set.len(), is_table, hash_at);
    let members = window.into_iter().filter_map(|at| set.get_index(at)).filter(|member| options.admits(member));
    answer(next, members.map(Reply::bulk).collect())
}

fn zscan(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (from, forward) = (cursor(&argv[2])?, planted!(cx.config(), HscanWalksForward));
    let Some(zset) = cx.get::<ZSet>(&argv[1])? else {
        return answer(0, Vec::new());
    };
    let options = Options::parse(&argv[3..], false)?;
    let walk = Walk { from, count: options.count, forward };
    let is_table = zset.encoding() == Encoding::Skiplist;
    let hash_at = |at| zset.get_unordered(at).map_or(0, |(member, _)| index::hash(member));
    let (next, window) = walk.window(zset.len(), is_table, hash_at);
    let items = window.into_iter().filter_map(|at| zset.get_unordered(at));
    let items = items.filter(|(member, _)| options.admits(member));
    let text = |score| if is_table { double::print(score) } else { print_stored(score) };
    answer(next, items.flat_map(|(member, score)| [Reply::bulk(member), Reply::bulk(text(score))]).collect())
}

/// A score as the small encoding stores it: whole numbers in all their digits.
fn print_stored(score: f64) -> String {
    const WHOLE: f64 = (1_u64 << 62) as f64;
    if score.fract() == 0.0 && score.abs() <= WHOLE { format!("{}", score as i64) } else { double::print(score) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing::Rig;

    /// Walks to the end, with a command before each step; returns what was told.
    fn walk(
        rig: &mut Rig,
        command: &str,
        options: &str,
        mut between: impl FnMut(&mut Rig, usize),
    ) -> BTreeSet<Vec<u8>> {
        let (mut cursor, mut told) = ("0".to_string(), BTreeSet::new());
        for step in 0.. {
            let Reply::Array(reply) = rig.run(&format!("{command} {cursor} {options}")) else {
                panic!("{command}: no array");
            };
            let [Reply::Bulk(next), Reply::Array(items)] = &reply[..] else {
                panic!("{reply:?}");
            };
            told.extend(items.iter().map(|item| match item {
                Reply::Bulk(name) => name.clone(),
                other => panic!("{other:?}"),
            }));
            cursor = String::from_utf8_lossy(next).into_owned();
            if cursor == "0" {
                break;
            }
            between(rig, step);
        }
        told
    }

    #[test]
    fn what_stays_is_told_though_the_rest_changes() {
        let mut rig = Rig::new();
        for n in 0..300 {
            rig.run(&format!("SET k{n} v"));
            rig.run(&format!("SADD s m{n}"));
        }
        let stays = |told: &BTreeSet<Vec<u8>>, prefix: char| {
            (0..300).step_by(3).all(|n| told.contains(format!("{prefix}{n}").as_bytes()))
        };
        let told = walk(&mut rig, "SCAN", "COUNT 7", |rig, step| {
            for n in (0..300).filter(|n| n % 3 != 0 && n % 11 == step % 11) {
                rig.run(&format!("DEL k{n}"));
            }
            (0..9).for_each(|n| drop(rig.run(&format!("SET new{step}-{n} v"))));
        });
        assert!(stays(&told, 'k'));
        let told = walk(&mut rig, "SSCAN s", "COUNT 7", |rig, step| {
            for n in (0..300).filter(|n| n % 3 != 0 && n % 11 == step % 11) {
                rig.run(&format!("SREM s m{n}"));
            }
        });
        assert!(stays(&told, 'm'));
    }

    #[test]
    fn cursors_are_read_as_c_reads_numbers() {
        for (text, expected) in [("", Some(0)), ("+1", Some(1)), ("-1", Some(u64::MAX)), (" 1", None), ("1x", None)] {
            assert_eq!(cursor(text.as_bytes()).ok(), expected, "{text}");
        }
        assert_eq!(cursor(b"18446744073709551616").ok(), None);
    }
}
