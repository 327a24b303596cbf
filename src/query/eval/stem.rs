//! Stems of words: the English snowball stemmer.

use rust_stemmers::{Algorithm, Stemmer};

use crate::resp::Bytes;

/// Shorter words have no stem of their own in the index.
const MIN_BYTES: usize = 4;

/// The stem of a lower-case word; what is no text is its own stem.
pub fn stem(word: &[u8]) -> Bytes {
    match std::str::from_utf8(word) {
        Ok(text) => Stemmer::create(Algorithm::English).stem(text).into_owned().into_bytes(),
        Err(_) => word.to_vec(),
    }
}

/// What the index keeps next to the word itself, after a `+`; nothing if that is the word again.
pub fn indexed_stem(word: &[u8]) -> Option<Bytes> {
    let stem = if word.len() >= MIN_BYTES { stem(word) } else { return None };
    (!stem.eq_ignore_ascii_case(word)).then(|| [b"+", stem.as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_stems() {
        assert_eq!(indexed_stem(b"running").as_deref(), Some(b"+run".as_slice()));
        assert_eq!(indexed_stem(b"happiness").as_deref(), Some(b"+happi".as_slice()));
        assert_eq!(indexed_stem(b"dog"), None);
        assert_eq!(indexed_stem(b"hello"), None);
    }
}
