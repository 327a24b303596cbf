//! The words of a quoted phrase.

/// The words between separators, empty ones left out; a backslash takes a separator its meaning.
pub fn words(text: &[u8]) -> Vec<&[u8]> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate() {
        if is_separator(byte) && !escaped {
            words.push(&text[start..at]);
            start = at + 1;
            escaped = false;
        } else {
            escaped = !escaped && byte == b'\\';
        }
    }
    words.push(&text[start..]);
    words.retain(|word| !word.is_empty());
    words
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t') || byte.is_ascii_punctuation() && !matches!(byte, b'$' | b'_' | b'\\')
}
