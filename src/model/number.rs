//! Numbers as the server reads and prints them.

use super::Error;

/// A canonical 64-bit integer: no blanks, no plus sign, no leading zeros, no `-0`.
pub(super) fn parse_int(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse::<i64>().ok().filter(|n| n.to_string() == text)
}

/// [`parse_int`] or the usual error.
pub(super) fn int(text: &[u8]) -> Result<i64, Error> {
    parse_int(text).ok_or(Error::NotInt)
}

/// A count of elements, not negative.
pub(super) fn count(text: &[u8]) -> Result<i64, Error> {
    parse_int(text).filter(|n| *n >= 0).ok_or(Error::MustBePositive)
}

/// A double as `strtod` reads it: all of the text, no leading blank, not a number, and neither too large nor so
/// small that it becomes zero.
pub(crate) fn parse_double(text: &[u8]) -> Option<f64> {
    match strtod(text)? {
        Strtod { out_of_range: true, .. } => None,
        Strtod { value, .. } => Some(value),
    }
}

/// A double as Redis 8 reads it: no hexadecimal digits, and what is too large is infinite.
pub(super) fn parse_decimal_double(text: &[u8]) -> Option<f64> {
    let (_, digits) = split_sign(text);
    if digits.to_ascii_lowercase().starts_with(b"0x") { None } else { strtod(text).map(|read| read.value) }
}

/// An end of a score range, which the server reads with a bare `strtod`: blanks before it, nothing at all, what
/// follows a NUL, and numbers out of range are all fine.
pub(super) fn parse_score_end(text: &[u8]) -> Option<f64> {
    let text = text.split(|&b| b == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Some(0.0);
    }
    let blanks = text.iter().take_while(|&&b| b == b' ' || (b'\t'..=b'\r').contains(&b)).count();
    strtod(&text[blanks..]).map(|read| read.value)
}

/// [`parse_score_end`] as Redis 8 reads it: neither blanks nor hexadecimal digits.
pub(super) fn parse_decimal_score_end(text: &[u8]) -> Option<f64> {
    match text.split(|&b| b == 0).next().unwrap_or_default() {
        [] => Some(0.0),
        text => parse_decimal_double(text),
    }
}

/// Whether C's parsers of numbers find it out of range (`ERANGE`): doubles too large, too small or with fewer digits than
/// most, and integers of more than 64 bits.
/// Also in one part of a stream's id, and behind the parenthesis that excludes the end of a range.
pub(super) fn is_out_of_range(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"(").unwrap_or(text);
    [text].into_iter().chain(text.split(|&b| b == b'-')).any(is_number_out_of_range)
}

fn is_number_out_of_range(text: &[u8]) -> bool {
    let text = text.split(|&b| b == 0).next().unwrap_or_default().trim_ascii();
    // Stream ids are two integers.
    let mut integers = text.split(|b| !b.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let is_too_long = |digits: &[u8]| str::from_utf8(digits).is_ok_and(|n| n.parse::<u64>().is_err());
    integers.any(is_too_long) || (starts_like_a_number(text) && is_double_out_of_range(text))
}

fn starts_like_a_number(text: &[u8]) -> bool {
    split_sign(text).1.first().is_some_and(|b| b.is_ascii_digit() || *b == b'.')
}

/// Whether it is a double too large, too small or with fewer digits than most.
pub(super) fn is_double_out_of_range(text: &[u8]) -> bool {
    let text = text.split(|&b| b == 0).next().unwrap_or_default().trim_ascii();
    strtod(text).is_some_and(|read| read.out_of_range || read.value.is_subnormal())
}

/// What C's `strtod` answers.
struct Strtod {
    value: f64,
    /// Too large, or so small that nothing is left.
    out_of_range: bool,
}

/// Reads all of the text, without leading blanks; `None` also for not-a-number.
fn strtod(text: &[u8]) -> Option<Strtod> {
    let (negative, digits) = split_sign(text);
    let (magnitude, out_of_range) = match digits.to_ascii_lowercase().as_slice() {
        b"inf" | b"infinity" => (f64::INFINITY, false),
        [b'0', b'x', hex @ ..] => {
            let value = parse_hex_float(hex)?;
            (value, overflows(value, hex, b'p'))
        }
        decimal => {
            let text = decimal_shape(decimal).then(|| std::str::from_utf8(decimal).ok())??;
            let value = text.parse().ok()?;
            (value, overflows(value, decimal, b'e'))
        }
    };
    Some(Strtod { value: if negative { -magnitude } else { magnitude }, out_of_range })
}

/// Whether a finite number other than zero was read as infinity or zero.
fn overflows(value: f64, digits: &[u8], exponent_mark: u8) -> bool {
    let mut mantissa = digits.iter().take_while(|&&b| b != exponent_mark);
    value.is_infinite() || (value == 0.0 && mantissa.any(|b| !matches!(b, b'0' | b'.')))
}

/// The sign of a number and what follows it.
pub(super) fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// `12`, `1.`, `.5`, `1.5e-3`, in lower case and without a sign.
pub(super) fn decimal_shape(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |&b| b == b'e');
    let mantissa = parts.next().unwrap_or_default();
    let digits = mantissa.iter().filter(|b| b.is_ascii_digit()).count();
    let dots = mantissa.iter().filter(|&&b| b == b'.').count();
    let exponent_ok = parts.next().is_none_or(|exponent| {
        let (_, digits) = split_sign(exponent);
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    });
    digits > 0 && dots <= 1 && digits + dots == mantissa.len() && exponent_ok
}

/// `1p3`, `a.8`, `f`: what follows `0x`, in lower case.
fn parse_hex_float(hex: &[u8]) -> Option<f64> {
    let (mantissa, exponent) = split_hex_float(hex)?;
    let mut value = 0.0;
    let mut scale = 0i32;
    let mut after_dot = false;
    for &b in mantissa {
        match b {
            b'.' => after_dot = true,
            _ => {
                value = value * 16.0 + f64::from((b as char).to_digit(16)?);
                scale -= if after_dot { 4 } else { 0 };
            }
        }
    }
    Some(value * f64::from(scale.saturating_add(exponent)).exp2()).filter(|value| !value.is_nan())
}

/// The mantissa and the binary exponent of what follows `0x`.
pub(super) fn split_hex_float(hex: &[u8]) -> Option<(&[u8], i32)> {
    let mut parts = hex.splitn(2, |&b| b == b'p');
    let mantissa = parts.next()?;
    let digits = mantissa.iter().filter(|b| b.is_ascii_hexdigit()).count();
    let dots = mantissa.iter().filter(|&&b| b == b'.').count();
    let exponent = match parts.next() {
        None => 0,
        Some(text) => {
            let (negative, digits) = split_sign(text);
            let n: i32 =
                digits.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(digits).ok()?.parse().ok())??;
            if negative { -n } else { n }
        }
    };
    (digits > 0 && dots <= 1 && digits + dots == mantissa.len()).then_some((mantissa, exponent))
}

/// A double as C's `%.17g` prints it, which is what 7.0 answers for scores.
pub(crate) fn print_double(value: f64) -> Vec<u8> {
    if value.is_infinite() {
        return if value > 0.0 { b"inf".to_vec() } else { b"-inf".to_vec() };
    }
    if value == 0.0 {
        return if value.is_sign_negative() { b"-0".to_vec() } else { b"0".to_vec() };
    }
    let scientific = format!("{value:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..17).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim_fraction(mantissa), exponent.abs()).into();
    }
    let decimals = (16 - exponent).max(0) as usize;
    trim_fraction(&format!("{value:.decimals$}")).into()
}

/// A double in the fewest digits that read back as it: what servers after 7.0 answer for scores. Whole numbers up to
/// 2^62 are integers; the rest follows the `fpconv` library.
pub(crate) fn print_shortest(value: f64) -> Vec<u8> {
    if !value.is_finite() || value == 0.0 {
        return print_double(value);
    }
    if value.fract() == 0.0 && value.abs() <= (i64::MAX / 2) as f64 {
        return (value as i64).to_string().into();
    }
    let scientific = format!("{:e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let count = digits.len() as i32;
    let zeros_after = exponent + 1 - count;
    let sign = if value < 0.0 { "-" } else { "" };
    let text = if zeros_after >= 0 && exponent < count + 7 {
        format!("{digits}{}", "0".repeat(zeros_after as usize))
    } else if zeros_after < 0 && (zeros_after > -7 || exponent.abs() < 4) {
        if exponent < 0 {
            format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize))
        } else {
            format!("{}.{}", &digits[..=exponent as usize], &digits[exponent as usize + 1..])
        }
    } else {
        format!("{mantissa}e{}{}", if exponent < 0 { "-" } else { "+" }, exponent.abs())
    };
    format!("{sign}{text}").into()
}

/// Without trailing zeros after the point, nor a point that nothing follows.
pub(super) fn trim_fraction(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_digits_are_those_of_newer_servers() {
        for (value, text) in [
            (0.1, "0.1"),
            (-2.41, "-2.41"),
            (9_223_372_036_854_775_807.0, "9223372036854776000"),
            (0.00001, "0.00001"),
            (2.682209014892578e-6, "2.682209014892578e-6"),
            (1.2673605809254695e-6, "1.2673605809254695e-6"),
            (1e17, "100000000000000000"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (0.30000000000000004, "0.30000000000000004"),
            (123456.789, "123456.789"),
            (-0.0, "-0"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(print_shortest(value), text.as_bytes(), "{value}");
        }
    }

    #[test]
    fn integers_are_canonical() {
        assert_eq!(parse_int(b"-9223372036854775808"), Some(i64::MIN));
        for bad in ["", "+5", "007", "-0", " 5", "5 ", "9223372036854775808", "1.0", "-"] {
            assert_eq!(parse_int(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn doubles_read_as_strtod_does() {
        assert_eq!(parse_double(b"0x1p3"), Some(8.0));
        assert_eq!(parse_double(b"+.5"), Some(0.5));
        assert_eq!(parse_double(b"-inf"), Some(f64::NEG_INFINITY));
        for bad in ["", " 1", "1 ", "nan", "1e400", "1e-400", "1_0", "1e", ".", "0x", "e5", "0x1p9999", "0x1p-9999"] {
            assert_eq!(parse_double(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn ends_of_score_ranges_are_read_kindly() {
        let cases = [
            ("", 0.0),
            (" 1", 1.0),
            ("1e400", f64::INFINITY),
            ("-1e-400", 0.0),
            ("1\0x", 1.0),
            ("0x1p9999", f64::INFINITY),
        ];
        for (text, value) in cases {
            assert_eq!(parse_score_end(text.as_bytes()), Some(value), "{text:?}");
        }
        for bad in [" ", "1 ", "nan", "0x", "abc"] {
            assert_eq!(parse_score_end(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn doubles_print_with_seventeen_digits() {
        let cases = [
            (0.1, "0.10000000000000001"),
            (3.0, "3"),
            (1e17, "1e+17"),
            (12345678.5, "12345678.5"),
            (5e-324, "4.9406564584124654e-324"),
            (-1.5, "-1.5"),
            (0.0001, "0.0001"),
            (1e16, "10000000000000000"),
        ];
        for (value, text) in cases {
            assert_eq!(print_double(value), text.as_bytes(), "{value}");
        }
    }
}
