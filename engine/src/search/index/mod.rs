//! What an index holds of its documents, so that queries need not look at the hashes.
//!
//! A document has a number that no other one ever had: a hash that is written anew is another document. Whatever was
//! noted of a document is written down in it, and so can be taken back.

mod check;
mod document;
mod number;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) use document::{Document, SortValue};
pub(crate) use number::Number;

use super::analysis::StopWords;
use super::schema::{Definition, FieldKind, FieldMask};
use crate::config::Config;
use crate::structure::hash::Hash;

/// The number of a document: 1 for the first one of an index.
pub(crate) type DocId = u64;

/// A term in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Posting {
    /// How often, weighted by the fields.
    pub frequency: u32,
    /// In which fields.
    pub fields: FieldMask,
    /// Where, in ascending order; the fields of a document stand one after the other.
    pub positions: Vec<u32>,
}

/// The documents that have a term.
pub(crate) type Postings = BTreeMap<DocId, Posting>;

/// What is kept of a field that isn't text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Column {
    /// The documents that have a tag.
    pub tags: BTreeMap<Vec<u8>, BTreeSet<DocId>>,
    /// Numbers, or places as the scores of their cells.
    pub numbers: BTreeSet<(Number, DocId)>,
    /// Documents without the field, if they are to be found.
    pub missing: BTreeSet<DocId>,
}

/// The content of an index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    pub documents: BTreeMap<DocId, Arc<Document>>,
    by_key: BTreeMap<Vec<u8>, DocId>,
    pub terms: BTreeMap<Vec<u8>, Postings>,
    /// By the position of the field in the definition.
    columns: Vec<Column>,
    last: DocId,
    /// How many words all documents have.
    words: u64,
    /// How many hashes could not be indexed.
    pub failures: u64,
    stop_words: StopWords,
    /// Keys from before it was defined are not in it.
    pub is_partial: bool,
}

impl Contents {
    /// Of no document yet.
    pub fn new(definition: &Definition) -> Contents {
        let stop_words = match &definition.stop_words {
            Some(words) => words.clone(),
            None => StopWords::default(),
        };
        Contents { stop_words, ..Contents::default() }
    }

    /// The number of the last document, living or not.
    pub fn last(&self) -> DocId {
        self.last
    }

    /// How many words a document has on average.
    pub fn mean_words(&self) -> f64 {
        if self.documents.is_empty() { 0.0 } else { self.words as f64 / self.documents.len() as f64 }
    }

    /// The document of a key.
    pub fn id_of(&self, key: &[u8]) -> Option<DocId> {
        self.by_key.get(key).copied()
    }

    /// What is kept of the field at that position of the definition.
    pub fn column(&self, field: usize) -> Option<&Column> {
        self.columns.get(field)
    }

    /// The hash of a key is now this one, or there is none.
    pub fn update(&mut self, definition: &Definition, key: &[u8], hash: Option<&Hash>, config: &Config) {
        if planted!(config, SearchStalePosting) && hash.is_some() {
            self.by_key.remove(key);
        }
        self.remove(key);
        let Some(hash) = hash.filter(|_| definition.covers(key)) else {
            return;
        };
        match read::document(definition, &self.stop_words, key, hash, config) {
            Some((document, terms)) => self.add(definition, document, terms),
            None => self.failures += 1,
        }
    }

    fn add(&mut self, definition: &Definition, document: Document, terms: BTreeMap<Vec<u8>, Posting>) {
        self.last += 1;
        let id = self.last;
        self.columns.resize_with(definition.fields.len().max(self.columns.len()), Column::default);
        for (term, posting) in terms {
            self.terms.entry(term).or_default().insert(id, posting);
        }
        for (field, tag) in &document.tags {
            self.columns[*field].tags.entry(tag.clone()).or_default().insert(id);
        }
        for &(field, number) in &document.numbers {
            self.columns[field].numbers.insert((number, id));
        }
        for &field in &document.missing {
            self.columns[field].missing.insert(id);
        }
        self.words += u64::from(document.words);
        self.by_key.insert(document.key.clone(), id);
        self.documents.insert(id, Arc::new(document));
    }

    /// The document of a key is that of another one now, in place of whatever that was; if there is one.
    pub fn rename(&mut self, from: &[u8], to: &[u8]) -> bool {
        let Some(id) = self.id_of(from) else {
            return false;
        };
        self.remove(to);
        self.by_key.remove(from);
        self.by_key.insert(to.to_vec(), id);
        if let Some(document) = self.documents.get_mut(&id) {
            Arc::make_mut(document).key = to.to_vec();
        }
        true
    }

    /// Forgets the document of a key.
    pub fn remove(&mut self, key: &[u8]) {
        let Some(id) = self.by_key.remove(key) else {
            return;
        };
        let Some(document) = self.documents.remove(&id) else {
            return;
        };
        for term in &document.terms {
            if let Some(postings) = self.terms.get_mut(term) {
                postings.remove(&id);
                if postings.is_empty() {
                    self.terms.remove(term);
                }
            }
        }
        for (field, tag) in &document.tags {
            let tags = &mut self.columns[*field].tags;
            if let Some(documents) = tags.get_mut(tag) {
                documents.remove(&id);
                if documents.is_empty() {
                    tags.remove(tag);
                }
            }
        }
        for &(field, number) in &document.numbers {
            self.columns[field].numbers.remove(&(number, id));
        }
        for &field in &document.missing {
            self.columns[field].missing.remove(&id);
        }
        self.words -= u64::from(document.words);
    }

    /// Whether terms of these fields can be found by their ends: the mask of the fields that say so.
    pub fn suffix_fields(definition: &Definition) -> FieldMask {
        let with_trie = definition.text_fields().filter(|(_, text)| text.with_suffix_trie);
        with_trie.fold(0, |mask, (_, text)| mask | text.mask())
    }
}

/// The position of a field in the definition, if it is of that type.
pub(crate) fn position_of(definition: &Definition, name: &[u8], is_of_type: fn(&FieldKind) -> bool) -> Option<usize> {
    definition.fields.iter().position(|field| field.name == name && is_of_type(&field.kind))
}
