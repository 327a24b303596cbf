//! Stems of English words.

use rust_stemmers::{Algorithm, Stemmer};

/// Shorter words have no stem.
pub(crate) const MIN_STEM_BYTES: usize = 4;

/// The stem of a word in lower case, perhaps the word itself; `None` if the word is too short to have one, or no text.
pub(crate) fn stem(word: &[u8]) -> Option<Vec<u8>> {
    if word.len() < MIN_STEM_BYTES {
        return None;
    }
    let word = std::str::from_utf8(word).ok()?;
    Some(stem_of(word.as_bytes()))
}

/// The stem of a word in lower case, however short it is: queries look for it, too. What is no text is its own stem.
pub(crate) fn stem_of(word: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(word) {
        Ok(word) => Stemmer::create(Algorithm::English).stem(word).into_owned().into_bytes(),
        Err(_) => word.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_go() {
        let stems = ["flies", "running", "cities", "happiness", "engine", "über"].map(|word| stem(word.as_bytes()));
        let expected = ["fli", "run", "citi", "happi", "engin", "über"].map(|stem| Some(stem.as_bytes().to_vec()));
        assert_eq!(stems, expected);
        assert_eq!(stem(b"run"), None);
        assert_eq!(stem(b"runs\xff"), None);
    }
}
