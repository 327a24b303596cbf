//! From text to terms: case folding, tokens, stop-words, stems.

mod fold;
mod stem;
mod stopwords;
mod tokenize;

pub(crate) use fold::fold;
pub(crate) use stem::{MIN_STEM_BYTES, stem, stem_of};
pub(crate) use stopwords::{DEFAULT_STOP_WORDS, StopWords};
pub(crate) use tokenize::{Token, is_separator, tokenize};
