//! Glob patterns, as KEYS and SCAN match them.

/// Whether `text` matches `pattern`: `*`, `?`, `[a-z]`, `[^a]`, and `\` before a character that is meant literally.
///
/// A class that isn't closed ends with the pattern; the ends of a range may come in either order and compare as signed
/// bytes. An empty text is matched by the empty pattern alone, not by a star.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() {
        return pattern.is_empty();
    }
    let (mut rest, mut at) = (pattern, 0);
    // Where to go on when what follows the last star doesn't fit: only the last star can be moved with effect.
    let mut star: Option<(&[u8], usize)> = None;
    loop {
        if let Some(after) = rest.strip_prefix(b"*") {
            star = Some((after, at));
            rest = after;
            continue;
        }
        let step = match text.get(at) {
            None if rest.is_empty() => return true,
            None => return false,
            Some(&byte) => one(rest, byte),
        };
        match (step, &mut star) {
            (Some(after), _) => {
                rest = after;
                at += 1;
            }
            (None, Some((after, from))) => {
                *from += 1;
                (rest, at) = (after, *from);
            }
            (None, None) => return false,
        }
    }
}

/// Matches the first element of the pattern, no star, with one byte; returns the rest of the pattern.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern {
        [] => None,
        [b'?', rest @ ..] => Some(rest),
        [b'[', rest @ ..] => class(rest, byte),
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => (*literal == byte).then_some(rest),
    }
}

/// Matches a class, after its opening bracket.
fn class(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (negated, mut rest) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut found = false;
    loop {
        rest = match rest {
            [b'\\', literal, rest @ ..] => {
                found |= *literal == byte;
                rest
            }
            [b']', rest @ ..] => return (found != negated).then_some(rest),
            [] => return (found != negated).then_some(rest),
            [start, b'-', end, rest @ ..] => {
                let (start, end, byte) = (*start as i8, *end as i8, byte as i8);
                found |= (start.min(end)..=start.max(end)).contains(&byte);
                rest
            }
            [literal, rest @ ..] => {
                found |= *literal == byte;
                rest
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn odd_patterns() {
        for (pattern, text, expected) in [
            ("*", "", false),
            ("a**", "a", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("h[^x]llo", "hello", true),
            ("h[^x]llo", "hxllo", false),
            ("[z-a]", "k", true),
            ("[abc", "b", true),
            ("[", "[", false),
            ("a\\*", "a*", true),
            ("a\\", "a\\", true),
            ("[]a]", "]", false),
            ("[\\]]", "]", true),
            ("[a-]", "_", true),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_cost_little() {
        assert!(!matches(&b"*a".repeat(50_000), &b"a".repeat(49_999)));
    }
}
