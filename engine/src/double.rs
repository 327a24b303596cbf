//! Floating-point numbers as scores of sorted sets: how they are read and printed.

use rustc_apfloat::Float;
use rustc_apfloat::ieee::Double;

use crate::long_double::strtod;
use crate::reply::Error;

/// A number as a command takes it: no NaN, no blanks, nothing that overflows or vanishes.
pub(crate) fn parse(text: &[u8]) -> Option<f64> {
    let (value, lost) = strtod(text)?;
    (!lost).then_some(native(value))
}

/// A number argument.
pub(crate) fn argument(text: &[u8]) -> Result<f64, Error> {
    parse(text).ok_or(Error::NOT_A_FLOAT)
}

/// An end of a score range, which the server reads with less care: as a C string, after blanks, of any size, and
/// nothing at all is 0.
pub(crate) fn parse_bound(text: &[u8]) -> Option<f64> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Some(0.0);
    }
    let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x0b).count();
    strtod(&text[blanks..]).map(|(value, _)| native(value))
}

/// A weight of SORT: as a C string, after blanks, nothing at all is 0, but nothing that overflows, vanishes or loses
/// digits because it is almost nothing.
pub(crate) fn parse_weight(text: &[u8]) -> Option<f64> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x0b).count();
    if text.is_empty() {
        return Some(0.0);
    }
    let weight = parse(&text[blanks..])?;
    let is_exact = weight == 0.0 || weight.is_normal() || weight.is_infinite();
    is_exact.then_some(weight)
}

fn native(value: Double) -> f64 {
    f64::from_bits(value.to_bits() as u64)
}

/// Prints a floating-point number as C's `%.17g` does: every digit that matters and some that do not.
pub(crate) fn print(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.into();
    }
    let scientific = format!("{number:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..17).contains(&exponent) {
        let fixed = format!("{number:.*}", (16 - exponent) as usize);
        return drop_trailing_zeros(&fixed).into();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", drop_trailing_zeros(mantissa), exponent.abs())
}

/// Prints a finite number as C's `%.17f` does, without trailing zeros.
pub(crate) fn print_decimals(number: f64) -> String {
    let fixed = format!("{number:.17}");
    match drop_trailing_zeros(&fixed) {
        "-0" => "0".into(),
        text => text.into(),
    }
}

fn drop_trailing_zeros(fixed: &str) -> &str {
    if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.') } else { fixed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_seventeen_digits() {
        let texts = [0.1, -0.0, 1e16, 1e17, 123456789012345678.0, 1e-4, 1e-5, 1e300, 3.5, f64::NEG_INFINITY].map(print);
        let expected = [
            "0.10000000000000001",
            "-0",
            "10000000000000000",
            "1e+17",
            "1.2345678901234568e+17",
            "0.0001",
            "1.0000000000000001e-05",
            "1.0000000000000001e+300",
            "3.5",
            "-inf",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn bounds_are_read_with_less_care() {
        for (text, number, bound) in [
            ("", None, Some(0.0)),
            (" 1", None, Some(1.0)),
            ("1 ", None, None),
            ("1e400", None, Some(f64::INFINITY)),
            ("1e-400", None, Some(0.0)),
            ("5.\x005", None, Some(5.0)),
            ("0x1p3", Some(8.0), Some(8.0)),
            ("-Infinity", Some(f64::NEG_INFINITY), Some(f64::NEG_INFINITY)),
            ("nan", None, None),
            ("1e", None, None),
            ("1e-320", Some(1e-320), Some(1e-320)),
        ] {
            assert_eq!((parse(text.as_bytes()), parse_bound(text.as_bytes())), (number, bound), "{text}");
        }
    }
}
