//! All documents of an index.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Schema;
use super::document::{Document, Hash};
use crate::resp::Bytes;

/// The documents of an index, in the order in which they were last written.
#[derive(Debug)]
pub struct Collection<'a> {
    /// The definition.
    pub schema: &'a Schema,
    /// What the index sees of each.
    pub documents: Vec<Document>,
}

impl<'a> Collection<'a> {
    /// Of these hashes, those the index is about.
    pub fn new<'h>(schema: &'a Schema, hashes: impl IntoIterator<Item = (&'h Bytes, &'h Hash)>) -> Collection<'a> {
        let ours = hashes.into_iter().filter(|(key, _)| schema.covers(key));
        let documents = ours.filter_map(|(key, hash)| Document::new(schema, key, hash));
        let placed = documents.enumerate().map(|(place, document)| Document { place, ..document });
        Collection { schema, documents: placed.collect() }
    }

    /// All words and stems, in order, with the number of documents they are in.
    pub fn vocabulary(&self) -> BTreeMap<&[u8], usize> {
        let mut vocabulary = BTreeMap::new();
        for word in self.documents.iter().flat_map(|document| document.words.keys()) {
            *vocabulary.entry(word.as_slice()).or_default() += 1;
        }
        vocabulary
    }

    /// The words of fields with WITHSUFFIXTRIE (without stems).
    pub fn suffix_vocabulary(&self) -> BTreeSet<&[u8]> {
        let words = self.documents.iter().flat_map(|document| &document.words);
        words.filter(|(_, occurrences)| occurrences.in_suffix_field).map(|(word, _)| word.as_slice()).collect()
    }

    /// The tags of a field.
    pub fn tags(&self, field: &[u8]) -> BTreeSet<&[u8]> {
        let tags = self.documents.iter().filter_map(|document| document.tags.get(field));
        tags.flatten().map(Vec::as_slice).collect()
    }

    /// In how many documents the word is.
    pub fn count_word(&self, word: &[u8]) -> usize {
        self.documents.iter().filter(|document| document.words.contains_key(word)).count()
    }

    /// In how many documents the tag is.
    pub fn count_tag(&self, field: &[u8], tag: &[u8]) -> usize {
        let has = |document: &&Document| document.tags.get(field).is_some_and(|tags| tags.contains(tag));
        self.documents.iter().filter(has).count()
    }

    /// How rare something is that `count` documents have: whole numbers only.
    pub fn idf(&self, count: usize) -> f64 {
        let ratio = 1.0 + (self.documents.len() as f64 + 1.0) / (count.max(1) as f64);
        f64::from(ilogb(ratio))
    }

    /// The average number of words in a document.
    pub fn average_length(&self) -> f64 {
        let total: u64 = self.documents.iter().map(|document| u64::from(document.length)).sum();
        if self.documents.is_empty() { 0.0 } else { total as f64 / self.documents.len() as f64 }
    }
}

/// The exponent of a positive double, as C's `logb`.
fn ilogb(value: f64) -> i32 {
    ((value.to_bits() >> 52) & 0x7ff) as i32 - 1023
}
