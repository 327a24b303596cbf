//! Reading the words of a command.

use crate::long_double::LongDouble;
use crate::number;
use crate::reply::Error;

/// The bytes that C takes for the string: up to the first NUL.
pub(crate) fn c_str(word: &[u8]) -> &[u8] {
    word.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// The longest part of a command that an error repeats.
pub(crate) const QUOTED_BYTES: usize = 128;

/// What C's `%.*s` prints of the bytes.
pub(crate) fn c_prefix(word: &[u8], max: usize) -> &[u8] {
    c_str(&word[..word.len().min(max)])
}

/// Whether the word is this keyword, in any case. As the server compares C strings, a NUL ends the word.
pub(crate) fn is(word: &[u8], keyword: &str) -> bool {
    c_str(word).eq_ignore_ascii_case(keyword.as_bytes())
}

/// A time to live or a deadline as a command states it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expiry<'a> {
    pub amount: &'a [u8],
    pub unit: Unit,
    /// The amount is a point in time instead of a distance from now.
    pub absolute: bool,
}

/// The unit of an amount of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
}

impl Unit {
    /// How many milliseconds the unit has.
    pub fn ms(self) -> i64 {
        match self {
            Unit::Seconds => 1000,
            Unit::Milliseconds => 1,
        }
    }
}

impl<'a> Expiry<'a> {
    /// The expiry that `EX`, `PX`, `EXAT` or `PXAT` announces.
    pub fn option(keyword: &[u8], amount: &'a [u8]) -> Option<Self> {
        let (unit, absolute) = match keyword {
            word if is(word, "EX") => (Unit::Seconds, false),
            word if is(word, "PX") => (Unit::Milliseconds, false),
            word if is(word, "EXAT") => (Unit::Seconds, true),
            word if is(word, "PXAT") => (Unit::Milliseconds, true),
            _ => return None,
        };
        Some(Self { amount, unit, absolute })
    }

    /// The deadline in milliseconds. `command` is for the error message.
    pub fn deadline(&self, now: i64, command: &str) -> Result<i64, Error> {
        let amount = number::int(self.amount)?;
        let base = if self.absolute { 0 } else { now };
        let deadline = (amount > 0)
            .then_some(amount)
            .and_then(|amount| amount.checked_mul(self.unit.ms()))
            .and_then(|ms| ms.checked_add(base));
        deadline.ok_or_else(|| invalid_expire(command))
    }
}

/// The expire time is not positive, or overflows.
pub(crate) fn invalid_expire(command: &str) -> Error {
    Error::built(format!("ERR invalid expire time in '{command}' command"))
}

/// Some words of a command.
pub(crate) type Words<'a> = &'a [Vec<u8>];

/// Splits `numkeys key... rest`; at least one word must follow the keys.
pub(crate) fn numbered_keys(words: &[Vec<u8>]) -> Result<(Words<'_>, Words<'_>), Error> {
    let [numkeys, words @ ..] = words else {
        return Err(Error::SYNTAX);
    };
    let numkeys = number::count(numkeys, 1, Error::new("ERR numkeys should be greater than 0"))?;
    if numkeys >= words.len() { Err(Error::SYNTAX) } else { Ok(words.split_at(numkeys)) }
}

/// Reads the `[COUNT count]` that ends LMPOP and its like; 1 without it.
pub(crate) fn pop_count(words: &[Vec<u8>]) -> Result<usize, Error> {
    match words {
        [] => Ok(1),
        [keyword, count, rest @ ..] if is(keyword, "COUNT") => {
            let count = number::count(count, 1, Error::new("ERR count should be greater than 0"))?;
            if rest.is_empty() { Ok(count) } else { Err(Error::SYNTAX) }
        }
        _ => Err(Error::SYNTAX),
    }
}

/// The timeout of a blocking command in seconds, as a deadline in milliseconds; 0 waits forever.
pub(crate) fn timeout(text: &[u8], now: i64) -> Result<Option<i64>, Error> {
    let seconds = LongDouble::parse(text).ok_or(Error::new("ERR timeout is not a float or out of range"))?;
    // What overflows counts as negative, as a conversion to 64 bits makes it on x86. A deadline past the end of
    // time is none.
    match seconds.to_ms_ceil() {
        None | Some(..0) => Err(Error::new("ERR timeout is negative")),
        Some(0) => Ok(None),
        Some(ms) => Ok(ms.checked_add(now)),
    }
}

/// Reads the `LIMIT count` of SINTERCARD and ZINTERCARD; 0 is no limit.
pub(crate) fn card_limit(keyword: &[u8], value: &[u8]) -> Result<usize, Error> {
    if !is(keyword, "LIMIT") {
        return Err(Error::SYNTAX);
    }
    number::count(value, 0, Error::new("ERR LIMIT can't be negative"))
}
