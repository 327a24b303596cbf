//! LCS: the longest common subsequence of two strings.

use super::{Command, Context, Outcome, Run, args};
use crate::number;
use crate::reply::{Error, Reply};
use crate::value::{Kind, Str};

pub(super) const COMMANDS: &[Command] = &[Command::new("lcs", -3, "readonly", (1, 2, 1), Run::Now(lcs))];

#[derive(Default)]
struct Options {
    len: bool,
    ranges: bool,
    match_lens: bool,
    shortest: i64,
}

impl Options {
    fn parse(words: &[Vec<u8>]) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word {
                word if args::is(word, "IDX") => options.ranges = true,
                word if args::is(word, "LEN") => options.len = true,
                word if args::is(word, "WITHMATCHLEN") => options.match_lens = true,
                word if args::is(word, "MINMATCHLEN") => {
                    options.shortest = number::int(words.next().ok_or(Error::SYNTAX)?)?;
                }
                _ => return Err(Error::SYNTAX),
            }
        }
        if options.len && options.ranges {
            return Err(Error::new("ERR If you want both the length and indexes, please just use IDX."));
        }
        Ok(options)
    }
}

/// The lengths of the longest common subsequences of all pairs of prefixes.
struct Table<'a> {
    a: &'a [u8],
    b: &'a [u8],
    lengths: Vec<u32>,
}

impl<'a> Table<'a> {
    fn new(a: &'a [u8], b: &'a [u8]) -> Self {
        let mut table = Self { a, b, lengths: vec![0; (a.len() + 1) * (b.len() + 1)] };
        for i in 1..=a.len() {
            for j in 1..=b.len() {
                let longest = if a[i - 1] == b[j - 1] {
                    table.get(i - 1, j - 1) + 1
                } else {
                    table.get(i - 1, j).max(table.get(i, j - 1))
                };
                let at = table.at(i, j);
                table.lengths[at] = longest;
            }
        }
        table
    }

    fn at(&self, i: usize, j: usize) -> usize {
        i * (self.b.len() + 1) + j
    }

    fn get(&self, i: usize, j: usize) -> u32 {
        self.lengths[self.at(i, j)]
    }

    fn len(&self) -> i64 {
        i64::from(self.get(self.a.len(), self.b.len()))
    }

    /// The runs of common bytes, the last one first: where they start in either string, and their length.
    fn matches(&self, ties_left: bool) -> Vec<Match> {
        let (mut i, mut j) = (self.a.len(), self.b.len());
        let (mut matches, mut open) = (Vec::<Match>::new(), false);
        while i > 0 && j > 0 {
            if self.a[i - 1] == self.b[j - 1] {
                (i, j) = (i - 1, j - 1);
                match matches.last_mut().filter(|_| open) {
                    Some(run) => *run = Match { a: i, b: j, len: run.len + 1 },
                    None => matches.push(Match { a: i, b: j, len: 1 }),
                }
                open = true;
                continue;
            }
            open = false;
            let (up, left) = (self.get(i - 1, j), self.get(i, j - 1));
            if up > left || (ties_left && up == left) {
                i -= 1;
            } else {
                j -= 1;
            }
        }
        matches
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Match {
    a: usize,
    b: usize,
    len: usize,
}

impl Match {
    fn reply(self, with_len: bool) -> Reply {
        let range = |start: usize| Reply::Array(vec![Reply::count(start), Reply::count(start + self.len - 1)]);
        let mut parts = vec![range(self.a), range(self.b)];
        if with_len {
            parts.push(Reply::count(self.len));
        }
        Reply::Array(parts)
    }
}

/// The string at a key; empty if there is none.
fn string(cx: &Context<'_>, key: &[u8]) -> Vec<u8> {
    cx.peek::<Str>(key).map(|string| string.bytes().into_owned()).unwrap_or_default()
}

fn lcs(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let keys = &argv[1..3];
    let mut strings = true;
    for key in keys {
        strings &= cx.value(key).is_none_or(|value| value.kind() == Kind::Str);
    }
    if !strings {
        return Err(Error::new("ERR The specified keys must contain string values"));
    }
    let (a, b) = (string(cx, &keys[0]), string(cx, &keys[1]));
    let options = Options::parse(&argv[3..])?;
    let table_bytes = (a.len() as u128 + 1) * (b.len() as u128 + 1) * 4;
    if table_bytes > cx.config().proto_max_bulk_len as u128 {
        return Err(Error::new("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"));
    }
    let table = Table::new(&a, &b);
    if options.len {
        return Ok(Reply::Int(table.len()));
    }
    let matches = table.matches(planted!(cx.config(), LcsTieTurnsTheOtherWay));
    if options.ranges {
        return Ok(ranges(cx, &options, matches, table.len()));
    }
    let parts: Vec<&[u8]> = matches.iter().rev().map(|run| &a[run.a..run.a + run.len]).collect();
    Ok(Reply::bulk(parts.concat()))
}

fn ranges(cx: &Context<'_>, options: &Options, mut matches: Vec<Match>, len: i64) -> Reply {
    if planted!(cx.config(), LcsIdxFromTheStart) {
        matches.reverse();
    }
    let longer = i64::from(planted!(cx.config(), LcsMinmatchlenExclusive) && options.shortest > 0);
    let shown = matches.into_iter().filter(|run| run.len as i64 >= options.shortest.saturating_add(longer));
    let shown = shown.map(|run| run.reply(options.match_lens)).collect();
    let total = if planted!(cx.config(), LcsIdxLenOfShownOnly) && options.shortest > 1 { 0 } else { len };
    Reply::Map(vec![(Reply::bulk("matches"), Reply::Array(shown)), (Reply::bulk("len"), Reply::Int(total))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    #[test]
    fn ranges_come_from_the_end() {
        let table = Table::new(b"ohmytext", b"mynewtext");
        let expected = [Match { a: 4, b: 5, len: 4 }, Match { a: 2, b: 0, len: 2 }];
        assert_eq!((table.len(), table.matches(false)), (6, expected.to_vec()));
    }

    #[test]
    fn a_missing_key_is_an_empty_string() {
        let mut rig = Rig::new();
        rig.run("SET k 12");
        assert_eq!(rig.run("LCS k missing"), Reply::bulk(""));
        assert_eq!(rig.run("LCS k k"), Reply::bulk("12"));
        assert_eq!(rig.run("LCS k k LEN"), Reply::Int(2));
    }
}
