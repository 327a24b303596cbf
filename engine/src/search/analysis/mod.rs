//! From text to terms: case folding, tokens, stop-words, stems.

mod fold;
mod stem;
mod stopwords;
mod tokenize;

pub(crate) use fold::fold;
pub(crate) use stem::{stem, stem_of};
pub(crate) use stopwords::StopWords;
pub(crate) use tokenize::tokenize;
