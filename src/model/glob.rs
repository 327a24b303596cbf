//! Glob patterns, as `stringmatchlen` reads them.

/// One piece of a pattern.
enum Token<'a> {
    /// `*`: any bytes.
    Any,
    /// `?`: one byte.
    One,
    /// `[...]`: one byte that this class holds.
    Class(&'a [u8]),
    /// This byte.
    Literal(u8),
}

/// Whether a pattern matches the whole text. Nothing but the empty pattern matches an empty text: KEYS knows `*` as a
/// word of its own.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() {
        return pattern.is_empty();
    }
    // Which prefixes of the text the pattern so far can match.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for token in tokens(pattern) {
        let next = |end: usize| match &token {
            Token::Any => reached[..=end].contains(&true),
            Token::One => end > 0 && reached[end - 1],
            Token::Class(class) => end > 0 && reached[end - 1] && class_holds(class, text[end - 1]),
            Token::Literal(byte) => end > 0 && reached[end - 1] && text[end - 1] == *byte,
        };
        reached = (0..=text.len()).map(next).collect();
    }
    reached[text.len()]
}

fn tokens(pattern: &[u8]) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let Some((&first, after)) = rest.split_first() {
        (tokens, rest) = match (first, after) {
            (b'*', _) => (pushed(tokens, Token::Any), after),
            (b'?', _) => (pushed(tokens, Token::One), after),
            (b'[', _) => {
                let end = class_end(after);
                (pushed(tokens, Token::Class(&after[..end])), after.get(end + 1..).unwrap_or_default())
            }
            (b'\\', [escaped, after @ ..]) => (pushed(tokens, Token::Literal(*escaped)), after),
            _ => (pushed(tokens, Token::Literal(first)), after),
        };
    }
    tokens
}

fn pushed<'a>(mut tokens: Vec<Token<'a>>, token: Token<'a>) -> Vec<Token<'a>> {
    // Stars in a row are one.
    if !(matches!(token, Token::Any) && matches!(tokens.last(), Some(Token::Any))) {
        tokens.push(token);
    }
    tokens
}

/// Where a class ends: at its bracket, or with the pattern. An escaped bracket and the end of a range don't close it.
fn class_end(class: &[u8]) -> usize {
    let mut at = usize::from(class.first() == Some(&b'^'));
    loop {
        at += match &class[at.min(class.len())..] {
            [] => return class.len(),
            [b'\\', _, ..] => 2,
            [b']', ..] => return at,
            [_, b'-', _, ..] => 3,
            [_, ..] => 1,
        };
    }
}

/// Whether a class holds a byte. Ranges compare signed characters, and may be written backwards.
fn class_holds(class: &[u8], byte: u8) -> bool {
    let (negated, mut rest) = match class {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, class),
    };
    let mut holds = false;
    while !rest.is_empty() {
        rest = match rest {
            [b'\\', literal, after @ ..] | [literal, after @ ..] if rest[0] == b'\\' || !is_range(rest) => {
                holds |= *literal == byte;
                after
            }
            [low, _, high, after @ ..] => {
                let (low, high) = (low.cast_signed(), high.cast_signed());
                holds |= (low.min(high)..=low.max(high)).contains(&byte.cast_signed());
                after
            }
            _ => &[],
        };
    }
    holds != negated
}

fn is_range(rest: &[u8]) -> bool {
    matches!(rest, [_, b'-', _, ..])
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs() {
        assert!(matches(b"a*b", b"axxb") && !matches(b"a*b", b"axx") && matches(b"a*", b"a"));
        assert!(matches(b"[z-a]", b"m") && !matches(b"[^x]", b"x") && matches(b"[abc", b"a"));
        assert!(matches(br"\*", b"*") && !matches(br"\*", b"x") && matches(b"?", b"\xff"));
        assert!(matches(br"[\]]", b"]") && matches(b"[a-", b"-") && matches(b"\\", b"\\") && matches(br"[\", br"\"));
        assert!(!matches(b"*", b"") && matches(b"", b""));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        assert!(!matches(&b"*a".repeat(500), &[b'a'; 499]));
        assert!(matches(&b"*a".repeat(500), &[b'a'; 500]));
    }
}
