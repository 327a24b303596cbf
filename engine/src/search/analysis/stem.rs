//! Stems of English words.

use rust_stemmers::{Algorithm, Stemmer};

/// Shorter words have no stem.
const MIN_STEM_BYTES: usize = 4;

/// The stem of a word in lower case, perhaps the word itself; `None` if the word is too short to have one.
pub(crate) fn stem(word: &[u8]) -> Option<Vec<u8>> {
    (word.len() >= MIN_STEM_BYTES).then(|| stem_of(word))
}

/// The stem of a word in lower case, however short it is: queries look for it, too. In what is no text each byte is a
/// letter, and none beyond ASCII is a vowel.
pub(crate) fn stem_of(word: &[u8]) -> Vec<u8> {
    let stemmer = Stemmer::create(Algorithm::English);
    if let Ok(word) = std::str::from_utf8(word) {
        return stemmer.stem(word).into_owned().into_bytes();
    }
    let letters: String = word.iter().copied().map(char::from).collect();
    stemmer.stem(&letters).chars().filter_map(|letter| u8::try_from(letter).ok()).collect()
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
        assert_eq!((stem(b"runs\xff"), stem(b"\xffruns")), (Some(b"runs\xff".to_vec()), Some(b"\xffrun".to_vec())));
    }
}
