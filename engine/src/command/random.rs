//! Random elements: what HRANDFIELD, SRANDMEMBER and ZRANDMEMBER are asked for, and the choice.

use super::{Context, args};
use crate::number;
use crate::reply::Error;

/// The `[count [WITH...]]` of a command.
pub(super) struct Wanted {
    /// Positive: different elements, at most all; negative: so many, each drawn from all.
    pub count: i64,
    /// With the values of fields, or the scores of members.
    pub with_values: bool,
}

impl Wanted {
    /// Reads the words after the key; `None` without a count, which asks for one element.
    pub fn parse(words: &[Vec<u8>], keyword: &str) -> Result<Option<Wanted>, Error> {
        let [count, options @ ..] = words else {
            return Ok(None);
        };
        let count = number::int_between(count, -i64::MAX, i64::MAX)?;
        let with_values = match options {
            [] => false,
            [word] if args::is(word, keyword) => true,
            _ => return Err(Error::SYNTAX),
        };
        if with_values && count.unsigned_abs() > i64::MAX as u64 / 2 {
            return Err(Error::new("ERR value is out of range"));
        }
        Ok(Some(Wanted { count, with_values }))
    }
}

/// Positions of `count` elements out of `len`, read as [`Wanted::count`].
pub(super) fn positions(cx: &mut Context<'_>, len: usize, count: i64) -> Vec<usize> {
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 {
        let draws = if planted!(cx.config(), RandomNegativeCountClamps) { wanted.min(len) } else { wanted };
        return (0..draws).map(|_| cx.random(len)).collect();
    }
    if planted!(cx.config(), RandomCountRepeats) && wanted < len {
        return (0..wanted).map(|_| cx.random(len)).collect();
    }
    let mut positions: Vec<usize> = (0..len).collect();
    if wanted < len {
        for at in 0..wanted {
            let other = at + cx.random(len - at);
            positions.swap(at, other);
        }
        positions.truncate(wanted);
    }
    positions
}
