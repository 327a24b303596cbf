//! Reading ids and the options of streams.

use crate::command::args::{self, c_str};
use crate::config::Config;
use crate::number;
use crate::reply::Error;
use crate::structure::stream::{Keep, StreamId, Trim};

const INVALID_ID: Error = Error::new("ERR Invalid stream ID specified as stream command argument");

/// A longer word is no id.
const ID_MAX_BYTES: usize = 127;

/// An id for a new entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewId {
    /// `*`: made from the time.
    Auto,
    /// `ms-*`: the next in this millisecond.
    Within(u64),
    /// A whole one.
    Exact(StreamId),
}

impl NewId {
    fn parse(word: &[u8]) -> Result<NewId, Error> {
        let (ms, seq) = split(word)?;
        if seq == Some(b"*") {
            return Ok(NewId::Within(unsigned(ms).ok_or(INVALID_ID)?));
        }
        id(word, 0).map(NewId::Exact)
    }
}

/// The parts of an id before and after the first `-`.
fn split(word: &[u8]) -> Result<(&[u8], Option<&[u8]>), Error> {
    if word.len() > ID_MAX_BYTES {
        return Err(INVALID_ID);
    }
    let text = c_str(word);
    Ok(match text.iter().position(|&byte| byte == b'-') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    })
}

/// A number as the server reads the parts of an id: strictly, or else as C's `strtoull` does, with blanks, a sign and
/// leading zeros.
fn unsigned(text: &[u8]) -> Option<u64> {
    if let Some(n) = number::parse_i64(text) {
        return u64::try_from(n).ok();
    }
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let text = &text[text.iter().take_while(|byte| blank(byte)).count()..];
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let n: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(if negative { n.wrapping_neg() } else { n })
}

/// An id; `missing_seq` completes one that is only milliseconds.
fn id(word: &[u8], missing_seq: u64) -> Result<StreamId, Error> {
    let (ms, seq) = split(word)?;
    let read = |text: &[u8]| unsigned(text).ok_or(INVALID_ID);
    Ok(StreamId::new(read(ms)?, seq.map_or(Ok(missing_seq), read)?))
}

/// An id that must be one: neither `-` nor `+`.
pub(super) fn exact_id(word: &[u8]) -> Result<StreamId, Error> {
    id(word, 0)
}

/// All words as ids.
pub(super) fn exact_ids(words: &[Vec<u8>]) -> Result<Vec<StreamId>, Error> {
    words.iter().map(|word| exact_id(word)).collect()
}

/// An id, `-` for the first or `+` for the last of all.
pub(super) fn any_id(word: &[u8], missing_seq: u64) -> Result<StreamId, Error> {
    match c_str(word) {
        _ if word.len() > ID_MAX_BYTES => Err(INVALID_ID),
        b"-" => Ok(StreamId::MIN),
        b"+" => Ok(StreamId::MAX),
        _ => id(word, missing_seq),
    }
}

/// What follows the bracket of an open end.
fn open(word: &[u8]) -> Option<&[u8]> {
    word.strip_prefix(b"(").filter(|rest| !rest.is_empty())
}

/// Where a range starts; `(` leaves the id itself out.
pub(super) fn start(word: &[u8]) -> Result<StreamId, Error> {
    match open(word) {
        Some(rest) => id(rest, 0)?.next().ok_or(Error::new("ERR invalid start ID for the interval")),
        None => any_id(word, 0),
    }
}

/// Where a range ends; `(` leaves the id itself out.
pub(super) fn end(word: &[u8]) -> Result<StreamId, Error> {
    match open(word) {
        Some(rest) => id(rest, u64::MAX)?.previous().ok_or(Error::new("ERR invalid end ID for the interval")),
        None => any_id(word, u64::MAX),
    }
}

/// The options of XADD before the id, or those of XTRIM.
#[derive(Debug, Default)]
pub(super) struct TrimOptions {
    pub trim: Option<Trim>,
    pub no_make: bool,
    /// The id of XADD, and where it stands.
    pub id: Option<NewId>,
    pub id_at: usize,
}

#[derive(Default)]
struct Strategy {
    keep: Option<Keep>,
    approximate: bool,
    limit: Option<usize>,
}

impl TrimOptions {
    /// Reads the words behind the key; those of XADD end with the id.
    pub fn parse(argv: &[Vec<u8>], adds: bool, config: &Config) -> Result<Self, Error> {
        let mut options = Self { id_at: argv.len(), ..Self::default() };
        let mut strategy = Strategy::default();
        let mut at = 2;
        while at < argv.len() {
            let (word, more) = (&argv[at], argv.len() - 1 - at);
            if adds && c_str(word) == b"*" {
                (options.id, options.id_at) = (Some(NewId::Auto), at);
                break;
            } else if more > 0 && (args::is(word, "MAXLEN") || args::is(word, "MINID")) {
                at = strategy.read(argv, at)?;
            } else if more > 0 && args::is(word, "LIMIT") {
                strategy.limit = Some(limit(&argv[at + 1])?);
                at += 1;
            } else if adds && args::is(word, "NOMKSTREAM") {
                options.no_make = true;
            } else if adds {
                (options.id, options.id_at) = (Some(NewId::parse(word)?), at);
                break;
            } else {
                return Err(Error::SYNTAX);
            }
            at += 1;
        }
        options.trim = strategy.finish(adds, config)?;
        Ok(options)
    }
}

fn limit(word: &[u8]) -> Result<usize, Error> {
    usize::try_from(number::int(word)?).map_err(|_| Error::new("ERR The LIMIT argument must be >= 0."))
}

impl Strategy {
    /// Reads `MAXLEN [~|=] count` or `MINID [~|=] id`; returns the position of the last word.
    fn read(&mut self, argv: &[Vec<u8>], at: usize) -> Result<usize, Error> {
        if self.keep.is_some() {
            return Err(Error::new("ERR syntax error, MAXLEN and MINID options at the same time are not compatible"));
        }
        let sign = (at + 2 < argv.len()).then(|| c_str(&argv[at + 1]));
        self.approximate = sign == Some(b"~");
        let amount = at + 1 + usize::from(matches!(sign, Some(b"~" | b"=")));
        self.keep = Some(if args::is(&argv[at], "MAXLEN") {
            let count = usize::try_from(number::int(&argv[amount])?);
            Keep::Newest(count.map_err(|_| Error::new("ERR The MAXLEN argument must be >= 0."))?)
        } else {
            Keep::From(exact_id(&argv[amount])?)
        });
        Ok(amount)
    }

    fn finish(self, adds: bool, config: &Config) -> Result<Option<Trim>, Error> {
        let Some(keep) = self.keep else {
            return match self.limit {
                Some(1..) => {
                    Err(Error::new("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"))
                }
                _ if !adds => Err(Error::new("ERR syntax error, XTRIM must be called with a trimming strategy")),
                Some(0) => Err(Error::new("ERR syntax error, LIMIT cannot be used without the special ~ option")),
                None => Ok(None),
            };
        };
        let limit = match (self.limit, self.approximate) {
            (Some(_), false) => {
                return Err(Error::new("ERR syntax error, LIMIT cannot be used without the special ~ option"));
            }
            (Some(limit), true) => limit,
            (None, true) => default_limit(config),
            (None, false) => 0,
        };
        Ok(Some(Trim { keep, approximate: self.approximate, limit }))
    }
}

/// How many entries approximate trimming deletes at most, if nothing else is said.
fn default_limit(config: &Config) -> usize {
    match config.stream_node_max_entries.saturating_mul(100) {
        0 => 10_000,
        limit => limit.min(1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_ids_are_read_as_c_reads_them() {
        for (text, expected) in [
            ("5", Some((5, 0))),
            ("5-7", Some((5, 7))),
            ("007-+1", Some((7, 1))),
            (" 1-- 5", None),
            ("1- -5", Some((1, u64::MAX - 4))),
            ("1--0", Some((1, 0))),
            ("1--5", None),
            ("18446744073709551615-18446744073709551616", None),
            ("-5", None),
            ("1-", None),
            ("", None),
            ("1-\x005", None),
            ("5\x00x", Some((5, 0))),
        ] {
            let expected = expected.map(|(ms, seq)| StreamId::new(ms, seq));
            assert_eq!(exact_id(text.as_bytes()).ok(), expected, "{text:?}");
        }
    }
}
