//! A document: what is known of a hash, and what was noted of it elsewhere.

use super::Number;

/// What a document is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortValue {
    Number(Number),
    Text(Vec<u8>),
}

/// One document of an index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    pub key: Vec<u8>,
    /// The frequency of the term that comes most often.
    pub highest_frequency: u32,
    /// The frequencies of its words, summed up.
    pub words: u32,
    /// By the position of the field in the definition: the values of sortable fields.
    pub sortable: Vec<Option<SortValue>>,
    /// The terms that it is posted under.
    pub terms: Vec<Vec<u8>>,
    /// Its tags, by field.
    pub tags: Vec<(usize, Vec<u8>)>,
    /// Its numbers and places, by field.
    pub numbers: Vec<(usize, Number)>,
    /// The fields that it misses, where that is kept.
    pub missing: Vec<usize>,
}
