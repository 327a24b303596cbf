//! Words that are not worth a posting.

use std::collections::BTreeSet;

use super::fold;

/// What an index leaves out that says nothing else.
const DEFAULT_STOP_WORDS: [&str; 33] = [
    "a", "is", "the", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "it", "no", "not",
    "of", "on", "or", "such", "that", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// The stop-words of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StopWords(BTreeSet<Vec<u8>>);

impl StopWords {
    /// These words, in any case.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a [u8]>) -> StopWords {
        StopWords(words.into_iter().map(fold).collect())
    }

    /// Whether it is one of them, in any case.
    pub fn contains(&self, word: &[u8]) -> bool {
        !self.0.is_empty() && self.0.contains(&fold(word))
    }

    /// The words in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }
}

impl Default for StopWords {
    fn default() -> StopWords {
        StopWords::new(DEFAULT_STOP_WORDS.iter().map(|word| word.as_bytes()))
    }
}
