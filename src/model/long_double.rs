//! The 80-bit long double that INCRBYFLOAT, HINCRBYFLOAT and timeouts are computed in, as exact arithmetic on
//! integers and one rounding: slow and plain.

use num_bigint::{BigInt, BigUint};

use super::number::{decimal_shape, split_hex_float, split_sign};
use crate::resp::Bytes;

/// Bits of the significand.
const SIGNIFICAND_BITS: i64 = 64;
/// Values from 2^16384 on are infinite.
const EXPONENT_MAX: i64 = 16384;
/// The smallest step, that of the denormal numbers.
const EXPONENT_MIN: i64 = -16445;
/// The server does not read longer texts.
const TEXT_BYTES_MAX: usize = 5 * 1024;

/// A number, or an infinity: `mantissa * 2^exponent`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LongDouble {
    Finite { negative: bool, mantissa: BigUint, exponent: i64 },
    Infinite { negative: bool },
}

impl LongDouble {
    /// As `strtold`: all of the text, no leading blank, not a number, neither too large nor too small.
    pub(super) fn parse(text: &[u8]) -> Option<LongDouble> {
        if text.len() >= TEXT_BYTES_MAX {
            return None;
        }
        let (negative, digits) = split_sign(text);
        match digits.to_ascii_lowercase().as_slice() {
            b"inf" | b"infinity" => Some(LongDouble::Infinite { negative }),
            [b'0', b'x', hex @ ..] => parse_hex(negative, hex),
            decimal if decimal_shape(decimal) => parse_decimal(negative, decimal),
            _ => None,
        }
    }

    /// The rounded sum; `None` if it is infinite or not a number.
    pub(super) fn checked_add(&self, other: &LongDouble) -> Option<LongDouble> {
        let (LongDouble::Finite { .. }, LongDouble::Finite { .. }) = (self, other) else { return None };
        let ((a, a_exp), (b, b_exp)) = (self.signed()?, other.signed()?);
        let exponent = a_exp.min(b_exp);
        let sum = (a << (a_exp - exponent)) + (b << (b_exp - exponent));
        let negative = sum.sign() == num_bigint::Sign::Minus;
        let rounded = round(negative, sum.magnitude(), exponent, false)?;
        matches!(rounded, LongDouble::Finite { .. }).then_some(rounded)
    }

    /// As `%.17Lf`, without trailing zeros and without a minus before zero.
    pub(super) fn print(&self) -> Bytes {
        let LongDouble::Finite { negative, mantissa, exponent } = self else { return b"inf".to_vec() };
        const DECIMALS: u32 = 17;
        let scaled = mantissa * BigUint::from(10u32).pow(DECIMALS);
        let scaled = if *exponent >= 0 { scaled << *exponent } else { divide_by_power_of_two(&scaled, -*exponent) };
        let digits = format!("{scaled:0>18}");
        let (whole, fraction) = digits.split_at(digits.len() - DECIMALS as usize);
        let text = super::number::trim_fraction(&format!("{whole}.{fraction}")).to_owned();
        if *negative && text != "0" { format!("-{text}").into() } else { text.into() }
    }

    /// A thousand times this, rounded as a long double, then up to an integer. Beyond 64 bits it is what the
    /// processor's conversion gives, on either side: the smallest integer.
    pub(super) fn thousandfold_ceil(&self) -> i64 {
        let LongDouble::Finite { negative, mantissa, exponent } = self else { return i64::MIN };
        let product = round(*negative, &(mantissa * 1000u32), *exponent, false);
        let Some(LongDouble::Finite { negative, mantissa, exponent }) = product else { return i64::MIN };
        let magnitude = if exponent >= 0 {
            mantissa << exponent
        } else {
            let shifted: BigUint = &mantissa >> -exponent;
            let exact = (&shifted << -exponent) == mantissa;
            if exact || negative { shifted } else { shifted + 1u32 }
        };
        let sign = if negative { num_bigint::Sign::Minus } else { num_bigint::Sign::Plus };
        i64::try_from(&BigInt::from_biguint(sign, magnitude)).unwrap_or(i64::MIN)
    }

    fn signed(&self) -> Option<(BigInt, i64)> {
        match self {
            LongDouble::Finite { negative, mantissa, exponent } => {
                let value = BigInt::from(mantissa.clone());
                Some((if *negative { -value } else { value }, *exponent))
            }
            LongDouble::Infinite { .. } => None,
        }
    }
}

fn parse_decimal(negative: bool, text: &[u8]) -> Option<LongDouble> {
    let text = std::str::from_utf8(text).ok()?;
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: BigUint = format!("0{whole}{fraction}").parse().ok()?;
    let zero = LongDouble::Finite { negative, mantissa: BigUint::ZERO, exponent: 0 };
    if digits == BigUint::ZERO {
        return Some(zero);
    }
    // An exponent past the range of the type is all the same.
    let (minus, exponent_digits) = split_sign(exponent.as_bytes());
    let exponent: i64 = std::str::from_utf8(exponent_digits).ok()?.parse().unwrap_or(1_000_000).min(1_000_000);
    let exponent = if minus { -exponent } else { exponent } - fraction.len() as i64;
    let magnitude = digits.to_string().len() as i64 + exponent;
    if !(-5000..=5000).contains(&magnitude) {
        return None;
    }
    let ten = |n: i64| BigUint::from(10u32).pow(n.unsigned_abs() as u32);
    let rounded = if exponent >= 0 {
        round(negative, &(digits * ten(exponent)), 0, false)?
    } else {
        // Enough quotient bits for one rounding, and whether anything is left over.
        let divisor = ten(exponent);
        let shift = (divisor.bits() as i64 - digits.bits() as i64 + SIGNIFICAND_BITS + 2).max(0);
        let (dividend, quotient) = (&digits << shift, (&digits << shift) / &divisor);
        let inexact = &quotient * &divisor != dividend;
        round(negative, &quotient, -shift, inexact)?
    };
    match &rounded {
        LongDouble::Infinite { .. } => None,
        LongDouble::Finite { mantissa, .. } if *mantissa == BigUint::ZERO => None,
        LongDouble::Finite { .. } => Some(rounded),
    }
}

fn parse_hex(negative: bool, hex: &[u8]) -> Option<LongDouble> {
    let (mantissa, exponent) = split_hex_float(hex)?;
    let text = std::str::from_utf8(mantissa).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = BigUint::parse_bytes(format!("0{whole}{fraction}").as_bytes(), 16)?;
    let exponent = i64::from(exponent) - 4 * fraction.len() as i64;
    if digits == BigUint::ZERO {
        return Some(LongDouble::Finite { negative, mantissa: digits, exponent: 0 });
    }
    match round(negative, &digits, exponent, false)? {
        LongDouble::Finite { mantissa, .. } if mantissa == BigUint::ZERO => None,
        LongDouble::Infinite { .. } => None,
        rounded => Some(rounded),
    }
}

/// Rounds `mantissa * 2^exponent` (and a little more, if `inexact`) to the nearest long double, ties to even.
fn round(negative: bool, mantissa: &BigUint, exponent: i64, inexact: bool) -> Option<LongDouble> {
    let bits = mantissa.bits() as i64;
    let drop = (bits - SIGNIFICAND_BITS).max(EXPONENT_MIN - exponent).max(0);
    if drop == 0 {
        if bits + exponent > EXPONENT_MAX {
            return Some(LongDouble::Infinite { negative });
        }
        return Some(LongDouble::Finite { negative, mantissa: mantissa.clone(), exponent });
    }
    let kept: BigUint = mantissa >> drop;
    let rest = mantissa - (&kept << drop);
    let half = BigUint::from(1u32) << (drop - 1);
    let up = match rest.cmp(&half) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => inexact || kept.bit(0),
        std::cmp::Ordering::Less => false,
    };
    let mantissa = if up { kept + 1u32 } else { kept };
    let exponent = exponent + drop;
    if mantissa.bits() as i64 + exponent > EXPONENT_MAX {
        return Some(LongDouble::Infinite { negative });
    }
    Some(LongDouble::Finite { negative, mantissa, exponent })
}

/// The nearest integer, ties to even.
fn divide_by_power_of_two(value: &BigUint, power: i64) -> BigUint {
    let quotient: BigUint = value >> power;
    let rest = value - (&quotient << power);
    let half = BigUint::from(1u32) << (power - 1);
    let up = rest > half || (rest == half && quotient.bit(0));
    if up { quotient + 1u32 } else { quotient }
}

#[cfg(test)]
mod tests {
    use super::LongDouble;

    fn add(a: &str, b: &str) -> String {
        let parse = |text: &str| LongDouble::parse(text.as_bytes()).unwrap();
        String::from_utf8(parse(a).checked_add(&parse(b)).unwrap().print()).unwrap()
    }

    #[test]
    fn sums_print_as_the_server_prints_them() {
        assert_eq!(add("0.1", "0.2"), "0.3");
        assert_eq!(add("3.0e3", "200"), "3200");
        assert_eq!(add("10.5", "0.1"), "10.6");
        assert_eq!(add("1e17", "1"), "100000000000000001");
        assert_eq!(add("-1", "1"), "0");
        assert_eq!(add("1e-17", "0"), "0.00000000000000001");
        assert_eq!(add("0x1p3", "0"), "8");
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for bad in ["", " 1", "1 ", "nan", "1e5000", "abc", "0x", "1e-6000"] {
            assert_eq!(LongDouble::parse(bad.as_bytes()), None, "{bad:?}");
        }
        let parse = |text: &str| LongDouble::parse(text.as_bytes()).unwrap();
        assert!(parse("inf").checked_add(&parse("1")).is_none());
    }

    #[test]
    fn timeouts_round_up_to_milliseconds() {
        let ms = |text: &str| LongDouble::parse(text.as_bytes()).unwrap().thousandfold_ceil();
        assert_eq!(ms("0.0005"), 1);
        assert_eq!(ms("1.5"), 1500);
        assert_eq!(ms("-1"), -1000);
        assert_eq!(ms("2.024"), 2025);
        assert_eq!(ms("1e300"), i64::MIN);
        assert_eq!(ms("-inf"), i64::MIN);
    }
}
