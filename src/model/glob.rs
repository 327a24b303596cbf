//! Glob patterns, as `stringmatchlen` reads them.

/// Whether a pattern matches the whole text.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|skip| matches(rest, &text[skip..])),
        [b'?', rest @ ..] => !text.is_empty() && matches(rest, &text[1..]),
        [b'[', class @ ..] => {
            let Some((&byte, text)) = text.split_first() else { return false };
            let (hit, rest) = match_class(class, byte);
            hit && matches(rest, text)
        }
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => {
            text.first() == Some(literal) && matches(rest, &text[1..])
        }
    }
}

/// Whether a byte is in a class, and the pattern after it. A class that is never closed ends with the pattern.
fn match_class(class: &[u8], byte: u8) -> (bool, &[u8]) {
    let (negated, mut class) = match class {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, class),
    };
    let mut hit = false;
    loop {
        class = match class {
            [] => break,
            [b']', rest @ ..] => {
                class = rest;
                break;
            }
            [b'\\', literal, rest @ ..] => {
                hit |= *literal == byte;
                rest
            }
            [low, b'-', high, rest @ ..] => {
                let (low, high) = (low.min(high), low.max(high));
                hit |= (*low..=*high).contains(&byte);
                rest
            }
            [literal, rest @ ..] => {
                hit |= *literal == byte;
                rest
            }
        };
    }
    (hit != negated, class)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs() {
        assert!(matches(b"*", b"") && matches(b"a*b", b"axxb") && !matches(b"a*b", b"axx"));
        assert!(matches(b"[z-a]", b"m") && !matches(b"[^x]", b"x") && matches(b"[abc", b"a"));
        assert!(matches(br"\*", b"*") && !matches(br"\*", b"x") && matches(b"?", b"\xff"));
    }
}
