//! Numbers as C reads and writes them.

/// `strtod`: the number at the beginning; 0 if there is none.
pub fn leading(text: &[u8]) -> f64 {
    prefix(text).0
}

/// `strtod` over the whole of a text; the empty text is 0.
pub fn all(text: &[u8]) -> Option<f64> {
    let body = without_blanks(text);
    let (number, length) = prefix(body);
    (text.is_empty() || length > 0 && length == body.len()).then_some(number)
}

/// The same, unless C says that it is too large or too small.
pub fn whole(text: &[u8]) -> Option<f64> {
    let is_word = text.iter().any(|b| b.eq_ignore_ascii_case(&b'n'));
    let mut digits = text.iter().take_while(|b| !b.eq_ignore_ascii_case(&b'e'));
    let has_digits = digits.any(|b| matches!(b, b'1'..=b'9'));
    all(text).filter(|number| is_word || number.is_finite() && (*number != 0.0 || !has_digits))
}

/// `strtoll` over the whole of a text; the empty text is 0.
pub fn integer(text: &[u8]) -> Option<i64> {
    if text.is_empty() { Some(0) } else { std::str::from_utf8(without_blanks(text)).ok()?.parse().ok() }
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|b| super::text::is_space(**b)).count();
    &text[blanks..]
}

/// The number at the beginning and how many bytes it has.
fn prefix(text: &[u8]) -> (f64, usize) {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let negative = text.first() == Some(&b'-');
    let signed = |value: f64| if negative { -value } else { value };
    let body = &text[sign..];
    for (word, value) in [(&b"infinity"[..], f64::INFINITY), (b"inf", f64::INFINITY), (b"nan", f64::NAN)] {
        if body.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            return (signed(value), sign + word.len());
        }
    }
    let digits = |at: usize| body[at.min(body.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(0);
    let mut length = whole;
    if body.get(whole) == Some(&b'.') {
        let fraction = digits(whole + 1);
        if whole + fraction > 0 {
            length = whole + 1 + fraction;
        }
    }
    if length == 0 {
        return (0.0, 0);
    }
    if let Some(b'e' | b'E') = body.get(length) {
        let exponent_sign = usize::from(matches!(body.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + exponent_sign);
        if exponent > 0 {
            length += 1 + exponent_sign + exponent;
        }
    }
    let value = std::str::from_utf8(&body[..length]).ok().and_then(|text| text.parse().ok());
    (signed(value.unwrap_or(0.0)), sign + length)
}

/// `%f`.
pub fn fixed(value: f64) -> String {
    if value.is_nan() {
        return if value.is_sign_negative() { "-nan".into() } else { "nan".into() };
    }
    format!("{value:.6}")
}

/// `%g`.
pub fn general(value: f64) -> String {
    if !value.is_finite() {
        return fixed(value);
    }
    let scientific = format!("{value:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        return trimmed(&format!("{value:.decimals$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
}

fn trimmed(digits: &str) -> String {
    if !digits.contains('.') {
        return digits.to_string();
    }
    digits.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_c_does() {
        let texts: Vec<_> = [0.5, 10.0, 1e6, 1.0 / 3.0, 1e-5, -0.0, 123_456.7, f64::INFINITY].map(general).into();
        assert_eq!(texts, ["0.5", "10", "1e+06", "0.333333", "1e-05", "-0", "123457", "inf"]);
        assert_eq!(fixed(-0.1276), "-0.127600");
    }

    #[test]
    fn numbers_are_read_as_c_does() {
        assert_eq!((leading(b"2.e5 x"), leading(b"1e+3]"), leading(b"-x")), (200_000.0, 1000.0, 0.0));
        assert_eq!((whole(b"1e3"), whole(b"abc"), whole(b"+inf")), (Some(1000.0), None, Some(f64::INFINITY)));
        assert_eq!((whole(b"1e-999"), whole(b"0e5"), whole(b"1e999"), whole(b" ")), (None, Some(0.0), None, None));
        assert_eq!((all(b"1e-999"), all(b"1e999"), all(b"")), (Some(0.0), Some(f64::INFINITY), Some(0.0)));
        assert_eq!((integer(b"-1"), integer(b"0.5"), integer(b" ")), (Some(-1), None, None));
    }
}
