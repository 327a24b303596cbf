//! Tokens of a text.

use std::ops::Range;

use super::{StopWords, fold};

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// In lower case, without escapes.
    pub text: Vec<u8>,
    /// Where it stands among the tokens of the text that are left, from 1 on.
    pub position: u32,
    /// Where it stands in the text, in bytes.
    pub span: Range<usize>,
}

/// Whether the byte ends a token.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t') || byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'\\')
}

/// The tokens of a text without its stop-words. A text ends at its first zero byte; control characters vanish.
pub(crate) fn tokenize(text: &[u8], stop_words: &StopWords) -> Vec<Token> {
    let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    let text = &text[..end];
    let mut tokens = Vec::new();
    let mut position = 0;
    for span in spans(text) {
        let word = normalize(&text[span.clone()]);
        if !word.is_empty() && !stop_words.contains(&word) {
            position += 1;
            tokens.push(Token { text: word, position, span });
        }
    }
    tokens
}

/// What lies between separators. One behind a backslash separates nothing, unless it is the first byte of its span.
fn spans(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        (start < text.len()).then(|| {
            let ends = |at: usize| is_separator(text[at]) && (at == start || text[at - 1] != b'\\');
            let end = (start..text.len()).find(|&at| ends(at)).unwrap_or(text.len());
            let span = start..end;
            start = end + 1;
            span
        })
    })
}

/// A word without escapes and control characters, in lower case.
fn normalize(raw: &[u8]) -> Vec<u8> {
    let mut word = Vec::with_capacity(raw.len());
    let mut escaped = false;
    for &byte in raw {
        let is_escape = byte == b'\\' && !escaped;
        let is_dropped = byte.is_ascii_control() || byte == b' ' && !escaped;
        if !is_escape && !is_dropped {
            word.push(byte);
        }
        escaped = is_escape;
    }
    fold(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let tokens = tokenize(text.as_bytes(), &StopWords::default());
        tokens.into_iter().map(|token| String::from_utf8(token.text).unwrap()).collect()
    }

    #[test]
    fn punctuation_separates_unless_it_is_escaped() {
        assert_eq!(words("it's FOO_BAR foo-bar, a.b.c!"), ["s", "foo_bar", "foo", "bar", "b", "c"]);
        assert_eq!(words(r"foo\-bar a\ b \\"), ["foo-bar", "a b", "\\"]);
        assert_eq!(words("one\ntwo three\0four"), ["onetwo", "three"]);
    }

    #[test]
    fn positions_count_what_is_left() {
        let tokens = tokenize(b"the quick, and brown", &StopWords::default());
        let placed: Vec<_> = tokens.iter().map(|token| (token.position, token.span.clone())).collect();
        assert_eq!(placed, [(1, 4..9), (2, 15..20)]);
    }
}
