//! Times as people write them: `1500ms`, `20s`, `5m`, `1h`.

use std::time::Duration;

/// What each unit is in milliseconds; longer names first, as `m` ends no `ms`.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// The longest time that a command line may ask for: a year.
const MAX: Duration = Duration::from_secs(31_536_000);

/// Milliseconds from a whole number with its unit; `None` if it is none, or beyond 64 bits.
pub fn parse_ms(text: &str) -> Option<u64> {
    let (digits, unit) = UNITS.iter().find_map(|(name, ms)| Some((text.strip_suffix(name)?, ms)))?;
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok().and_then(|n: u64| n.checked_mul(*unit))).flatten()
}

/// The duration of a run: as [`parse_ms`], or seconds without a unit; not 0, and not longer than a year.
pub fn parse(text: &str) -> Result<Duration, String> {
    let seconds = || parse_ms(&format!("{text}s"));
    let parsed = parse_ms(text).or_else(seconds).map(Duration::from_millis);
    parsed
        .filter(|duration| !duration.is_zero() && *duration <= MAX)
        .ok_or_else(|| "a time such as 60, 60s, 10m or 1h, at most a year".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_and_without_units() {
        for (text, ms) in [("60", 60_000), ("60s", 60_000), ("5m", 300_000), ("1h", 3_600_000), ("1500ms", 1_500)] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "0", "0s", "s", "-1s", "+1s", "1.5h", "1d", "60 s", "1ss", "99999999999999999999", "9000h"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!((parse_ms("20s"), parse_ms("0ms"), parse_ms("20")), (Some(20_000), Some(0), None));
        assert_eq!(parse_ms("18446744073709551615h"), None);
    }
}
