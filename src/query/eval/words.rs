//! How a text falls into words.

use super::super::text::lower;
use crate::resp::Bytes;

/// A longer word is cut.
const MAX_BYTES: usize = 128;

/// A word as it stands in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Lower case, without escapes, blanks and control characters.
    pub text: Bytes,
    /// Where it begins in the text.
    pub start: usize,
    /// How many bytes it has there.
    pub len: usize,
}

/// Whether the byte ends a word, unless a backslash stands before it. Line ends do not; `_` and `\` are letters.
pub fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t') || (byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'\\'))
}

/// The words of a text, in order. It ends at the first NUL, as C's strings do.
pub fn words(text: &[u8]) -> Vec<Word> {
    let end = text.iter().position(|&b| b == 0).unwrap_or(text.len());
    let mut words = Vec::new();
    let mut start = 0;
    while start < end {
        let is_end = |at: usize| is_separator(text[at]) && (at == start || text[at - 1] != b'\\');
        let stop = (start..end).find(|&at| is_end(at)).unwrap_or(end);
        let word = normal(&text[start..stop]);
        if !word.is_empty() {
            words.push(Word { text: word, start, len: stop - start });
        }
        start = stop + 1;
    }
    words
}

/// Without escapes, blanks and control characters, in lower case.
fn normal(raw: &[u8]) -> Bytes {
    let mut kept = Bytes::new();
    let mut escaped = false;
    for &byte in &raw[..raw.len().min(MAX_BYTES)] {
        match byte {
            b'\\' if !escaped => {
                escaped = true;
                continue;
            }
            b' ' | b'\t' if !escaped => {}
            _ if byte.is_ascii_control() => {}
            _ => kept.push(byte),
        }
        escaped = false;
    }
    lower(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text.as_bytes()).into_iter().map(|word| String::from_utf8(word.text).expect("text")).collect()
    }

    #[test]
    fn punctuation_separates_unless_escaped() {
        assert_eq!(texts("Foo-bar, foo_bar  foo\\-bar"), ["foo", "bar", "foo_bar", "foo-bar"]);
        assert_eq!(texts("ÜBER ΣΊΣΥΦΟΣ two\nlines"), ["über", "σίσυφοσ", "twolines"]);
        assert!(texts(" ;; -").is_empty());
    }
}
