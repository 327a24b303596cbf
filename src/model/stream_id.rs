//! The ids of stream entries: a moment in milliseconds and a number within it.

use super::Error;
use crate::resp::{Bytes, Value};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) ms: u64,
    pub(super) seq: u64,
}

impl Id {
    pub(super) const MIN: Id = Id { ms: 0, seq: 0 };
    pub(super) const MAX: Id = Id { ms: u64::MAX, seq: u64::MAX };

    pub(super) fn next(self) -> Option<Id> {
        match self {
            Id { seq: u64::MAX, ms } => Some(Id { ms: ms.checked_add(1)?, seq: 0 }),
            Id { ms, seq } => Some(Id { ms, seq: seq + 1 }),
        }
    }

    pub(super) fn previous(self) -> Option<Id> {
        match self {
            Id { seq: 0, ms } => Some(Id { ms: ms.checked_sub(1)?, seq: u64::MAX }),
            Id { ms, seq } => Some(Id { ms, seq: seq - 1 }),
        }
    }

    pub(super) fn reply(self) -> Value {
        Value::bulk(format!("{}-{}", self.ms, self.seq))
    }

    pub(super) fn big_endian(self) -> [u8; 16] {
        ((u128::from(self.ms) << 64) | u128::from(self.seq)).to_be_bytes()
    }

    /// `ms-seq`, or `ms` alone: what is missing is given.
    pub(super) fn parse(text: &[u8], missing_seq: u64) -> Result<Id, Error> {
        match split(text)? {
            (ms, None) => Ok(Id { ms: unsigned(ms)?, seq: missing_seq }),
            (ms, Some(seq)) => Ok(Id { ms: unsigned(ms)?, seq: unsigned(seq)? }),
        }
    }

    /// [`parse`](Self::parse), and `-` and `+` for the smallest and the largest.
    pub(super) fn parse_or_end(text: &[u8], missing_seq: u64) -> Result<Id, Error> {
        match until_nul(text) {
            _ if text.len() > TEXT_BYTES_MAX => Err(Error::StreamId),
            b"-" => Ok(Id::MIN),
            b"+" => Ok(Id::MAX),
            _ => Id::parse(text, missing_seq),
        }
    }
}

/// The id of a new entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NewId {
    /// `*`
    Auto,
    /// `ms-*`
    AutoSeq(u64),
    Given(Id),
}

impl NewId {
    pub(super) fn parse(text: &[u8]) -> Result<NewId, Error> {
        match split(text)? {
            (ms, Some(b"*")) => Ok(NewId::AutoSeq(unsigned(ms)?)),
            _ => Ok(NewId::Given(Id::parse(text, 0)?)),
        }
    }
}

/// An end of an interval: `(id` leaves the id itself out.
pub(super) fn interval_start(text: &[u8]) -> Result<Id, Error> {
    match text {
        [b'(', id @ ..] if !id.is_empty() => Id::parse(id, 0)?.next().ok_or(Error::IntervalStart),
        _ => Id::parse_or_end(text, 0),
    }
}

/// See [`interval_start`].
pub(super) fn interval_end(text: &[u8]) -> Result<Id, Error> {
    match text {
        [b'(', id @ ..] if !id.is_empty() => Id::parse(id, u64::MAX)?.previous().ok_or(Error::IntervalEnd),
        _ => Id::parse_or_end(text, u64::MAX),
    }
}

/// The ids of several arguments; one that is none is an error.
pub(super) fn ids(args: &[Bytes]) -> Result<Vec<Id>, Error> {
    args.iter().map(|arg| Id::parse(arg, 0)).collect()
}

/// Longer texts are no ids.
const TEXT_BYTES_MAX: usize = 127;

/// The server reads a C string.
pub(super) fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&b| b == 0).next().unwrap_or_default()
}

fn split(text: &[u8]) -> Result<(&[u8], Option<&[u8]>), Error> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Error::StreamId);
    }
    let text = until_nul(text);
    Ok(match text.iter().position(|&b| b == b'-') {
        None => (text, None),
        Some(dash) => (&text[..dash], Some(&text[dash + 1..])),
    })
}

/// A canonical number, or whatever else C's `strtoull` reads to the end: blanks before it, a sign, leading zeros. A
/// negative number that is not canonical wraps around.
fn unsigned(text: &[u8]) -> Result<u64, Error> {
    if super::number::parse_int(text).is_some_and(|n| n < 0) {
        return Err(Error::StreamId);
    }
    let blanks = text.iter().take_while(|&&b| b == b' ' || (b'\t'..=b'\r').contains(&b)).count();
    let (negative, digits) = super::number::split_sign(&text[blanks..]);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Error::StreamId);
    }
    let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
    let number = number.ok_or(Error::StreamId)?;
    Ok(if negative { number.wrapping_neg() } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_kindly_as_the_server_does() {
        let cases = [("1-2", 1, 2), ("7", 7, 0), ("+01- 5", 1, 5), ("1--05", 1, u64::MAX - 4), ("3\0x", 3, 0)];
        for (text, ms, seq) in cases {
            assert_eq!(Id::parse(text.as_bytes(), 0), Ok(Id { ms, seq }), "{text:?}");
        }
        for bad in ["", "-", "+", "1-", "-1", "1--5", "5 ", "18446744073709551616", "1-*", "1-2-3"] {
            assert_eq!(Id::parse(bad.as_bytes(), 0), Err(Error::StreamId), "{bad:?}");
        }
    }

    #[test]
    fn excluding_an_end_steps_over_the_millisecond() {
        assert_eq!(interval_start(b"(1-18446744073709551615"), Ok(Id { ms: 2, seq: 0 }));
        assert_eq!(interval_end(b"(1-0"), Ok(Id { ms: 0, seq: u64::MAX }));
        assert_eq!(interval_end(b"(0-0"), Err(Error::IntervalEnd));
        assert_eq!(interval_start(b"("), Err(Error::StreamId));
    }
}
