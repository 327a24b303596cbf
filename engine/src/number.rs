//! Numbers as Redis reads them in arguments and values.

use crate::reply::Error;

/// Reads a 64-bit integer as strictly as Redis does: no sign but `-`, no leading zeros or blanks, no `-0`.
pub(crate) fn parse_i64(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        [b'0'] if digits.len() == text.len() => Some(0),
        [b'1'..=b'9', ..] if text.len() <= 20 && digits.iter().all(u8::is_ascii_digit) => {
            std::str::from_utf8(text).ok()?.parse().ok()
        }
        _ => None,
    }
}

/// An integer argument.
pub(crate) fn int(text: &[u8]) -> Result<i64, Error> {
    parse_i64(text).ok_or(Error::NOT_AN_INTEGER)
}

/// An integer argument within `min..=max`; `error` for anything else.
pub(crate) fn int_within(text: &[u8], min: i64, max: i64, error: Error) -> Result<i64, Error> {
    parse_i64(text).filter(|n| (min..=max).contains(n)).ok_or(error)
}

/// An integer argument within `min..=max`, with the error that names the bounds.
pub(crate) fn int_between(text: &[u8], min: i64, max: i64) -> Result<i64, Error> {
    let n = int(text)?;
    let refused = || format!("ERR value is out of range, value must between {min} and {max}");
    if (min..=max).contains(&n) { Ok(n) } else { Err(Error::built(refused())) }
}

/// A count of at least `min`; `error` if it is less, or no integer at all.
pub(crate) fn count(text: &[u8], min: i64, error: Error) -> Result<usize, Error> {
    let n = int_within(text, min, i64::MAX, error)?;
    Ok(usize::try_from(n).unwrap_or(usize::MAX))
}

/// Turns a range of positions as commands take it (inclusive, negative from the end) into one that lies within
/// `len` elements; `None` if it holds nothing.
pub(crate) fn clamp_range(start: i64, end: i64, len: usize) -> Option<std::ops::Range<usize>> {
    let len = len as i64;
    let from_end = |at: i64| {
        if at < 0 { at.saturating_add(len).max(-1) } else { at }
    };
    let start = from_end(start).max(0);
    let end = from_end(end).min(len - 1);
    (start <= end && start < len).then(|| start as usize..end as usize + 1)
}

/// The position that an index names, negative from the end.
pub(crate) fn position(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(len as i64)? } else { index };
    usize::try_from(index).ok().filter(|&at| at < len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_clamped_at_both_ends() {
        for (start, end, expected) in [
            (0, -1, Some(0..3)),
            (-100, 100, Some(0..3)),
            (1, 1, Some(1..2)),
            (2, 1, None),
            (3, 5, None),
            (0, -4, None),
            (i64::MIN, i64::MAX, Some(0..3)),
            (i64::MAX, i64::MIN, None),
        ] {
            assert_eq!(clamp_range(start, end, 3), expected, "{start} {end}");
        }
        assert_eq!(clamp_range(0, -1, 0), None);
    }

    #[test]
    fn positions_count_from_either_end() {
        assert_eq!(position(-3, 3), Some(0));
        assert_eq!(position(-4, 3), None);
        assert_eq!(position(3, 3), None);
        assert_eq!(position(i64::MIN, 3), None);
    }
}
