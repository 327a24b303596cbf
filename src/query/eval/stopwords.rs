//! Words too common to be worth an entry.

use super::super::Schema;

/// The list an index has that was given none.
pub const DEFAULT: [&str; 33] = [
    "a", "is", "the", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "it", "no", "not",
    "of", "on", "or", "such", "that", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// Whether a lower-case word is left out of this index.
pub fn is_stopword(schema: &Schema, word: &[u8]) -> bool {
    match &schema.stopwords {
        None => DEFAULT.iter().any(|stop| stop.as_bytes() == word),
        Some(list) => list.iter().any(|stop| stop.eq_ignore_ascii_case(word)),
    }
}
