//! The 80-bit floating-point numbers in which INCRBYFLOAT and HINCRBYFLOAT compute.

use num_bigint::BigUint;
use rustc_apfloat::ieee::X87DoubleExtended;
use rustc_apfloat::{Float, Round, Status};

/// Longer texts are refused, as the server copies them to a buffer of fixed size.
const MAX_TEXT: usize = 5 * 1024;
/// Decimals that are printed.
const DECIMALS: usize = 17;

/// A `long double` of x86.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LongDouble(X87DoubleExtended);

impl LongDouble {
    pub const ZERO: LongDouble = LongDouble(X87DoubleExtended::ZERO);

    /// Reads what `strtold` reads to the end: decimal, hexadecimal or infinity, but no NaN, no leading blank, and
    /// nothing that overflows or vanishes.
    pub fn parse(text: &[u8]) -> Option<LongDouble> {
        let (value, lost) = strtod(text)?;
        (!lost).then_some(LongDouble(value))
    }

    pub fn is_finite(self) -> bool {
        self.0.is_finite()
    }

    /// The sum, if it is finite.
    pub fn add(self, other: LongDouble) -> Option<LongDouble> {
        let sum = (self.0 + other.0).value;
        sum.is_finite().then_some(LongDouble(sum))
    }

    /// As seconds, in whole milliseconds rounded up; `None` if that is more than 64 bits hold.
    pub fn to_ms_ceil(self) -> Option<i64> {
        let thousand = X87DoubleExtended::from_u128(1000).value;
        let ms = (self.0 * thousand).value;
        if ms.is_nan() {
            return None;
        }
        let whole = ms.to_i128_r(64, Round::TowardPositive, &mut false);
        (!whole.status.intersects(Status::INVALID_OP)).then(|| i64::try_from(whole.value).ok())?
    }

    /// As C's `%.17Lf`, without trailing zeros.
    pub fn to_text(self) -> String {
        let bits = self.0.to_bits();
        let exponent = (bits >> 64) as i32 & 0x7fff;
        let mantissa = BigUint::from(bits as u64);
        // The value is mantissa * 2^shift; subnormals share the smallest exponent.
        let shift = exponent.max(1) - 16383 - 63;
        let scaled = mantissa * BigUint::from(10_u32).pow(DECIMALS as u32);
        let digits =
            if shift >= 0 { scaled << shift as u32 } else { shift_right_to_even(&scaled, shift.unsigned_abs()) };
        let digits = format!("{digits:0>width$}", width = DECIMALS + 1);
        let (whole, decimals) = digits.split_at(digits.len() - DECIMALS);
        let decimals = decimals.trim_end_matches('0');
        let sign = if self.0.is_negative() { "-" } else { "" };
        match (whole, decimals) {
            ("0", "") => "0".into(),
            (_, "") => format!("{sign}{whole}"),
            _ => format!("{sign}{whole}.{decimals}"),
        }
    }
}

/// Reads what C's `strtod` reads to the end, but no NaN and no leading blank. Says also whether the number
/// overflowed to infinity or vanished to zero.
pub(crate) fn strtod<F: Float>(text: &[u8]) -> Option<(F, bool)> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() < MAX_TEXT)?;
    let (negative, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = magnitude.to_ascii_lowercase();
    let (value, lost) = match lower.as_str() {
        "inf" | "infinity" => (F::INFINITY, false),
        number => unsigned(number)?,
    };
    Some((if negative { -value } else { value }, lost))
}

fn unsigned<F: Float>(text: &str) -> Option<(F, bool)> {
    let (digits, radix, exponent_mark) = match text.strip_prefix("0x") {
        Some(hex) => (hex, 16, 'p'),
        None => (text, 10, 'e'),
    };
    let (significand, exponent) = match digits.split_once(exponent_mark) {
        Some((significand, exponent)) => (significand, parse_exponent(exponent)?),
        None => (digits, 0),
    };
    let (whole, fraction) = significand.split_once('.').unwrap_or((significand, ""));
    let all = || whole.chars().chain(fraction.chars());
    if all().next().is_none() || !all().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    if all().all(|digit| digit == '0') {
        return Some((F::ZERO, false));
    }
    let prefix = if radix == 16 { "0x" } else { "" };
    let normal = format!("{prefix}0{whole}.{fraction}0{exponent_mark}{exponent}");
    let value = F::from_str_r(&normal, Round::NearestTiesToEven).ok()?.value;
    Some((value, !value.is_finite() || value.is_zero()))
}

/// Reads an exponent; one that no significand of [`MAX_TEXT`] digits can make up for is cut.
fn parse_exponent(text: &str) -> Option<i32> {
    const LIMIT: i32 = 100_000;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse().unwrap_or(LIMIT).min(LIMIT);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// Divides by a power of two, rounding to the nearest, halves to the even neighbour.
fn shift_right_to_even(n: &BigUint, bits: u32) -> BigUint {
    let quotient = n >> bits;
    let rest = n - (&quotient << bits);
    let half = BigUint::from(1_u32) << (bits - 1);
    let up = rest > half || (rest == half && quotient.bit(0));
    quotient + u32::from(up)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(a: &str, b: &str) -> Option<String> {
        Some(LongDouble::parse(a.as_bytes())?.add(LongDouble::parse(b.as_bytes())?)?.to_text())
    }

    #[test]
    fn prints_as_the_server_does() {
        assert_eq!(sum("0.1", "0.2").as_deref(), Some("0.3"));
        assert_eq!(sum("3.0e3", "200").as_deref(), Some("3200"));
        assert_eq!(sum("-5", "5").as_deref(), Some("0"));
        assert_eq!(sum("0x1p3", "0").as_deref(), Some("8"));
        assert_eq!(sum("1e20", "1e-18").as_deref(), Some("100000000000000000000"));
        assert_eq!(sum("-0.0", "-1e-30").as_deref(), Some("0"));
    }

    #[test]
    fn refuses_what_is_no_finite_number() {
        for text in ["", " 1", "1 ", "nan", "1e", "0x", ".", "1e5000", "1e-5000", "1_0", "--1"] {
            assert!(LongDouble::parse(text.as_bytes()).is_none(), "{text}");
        }
        assert_eq!(sum("inf", "1"), None);
        assert_eq!(sum("inf", "-inf"), None);
    }
}
