//! What FT.AGGREGATE needs of an index and of the documents that a query found.

use super::value::Value;

/// A field of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldInfo {
    /// What queries call it.
    pub name: Vec<u8>,
    /// The field of the hash.
    pub path: Vec<u8>,
    pub sortable: bool,
    /// What is sorted by is what the hash holds (UNF).
    pub exact: bool,
    pub numeric: bool,
}

/// The documents that a query found, in the order in which they were indexed, and the fields of their index.
pub(crate) trait Documents {
    /// The fields of the index.
    fn schema(&self) -> &[FieldInfo];

    /// How many documents there are; they are numbered from 0.
    fn count(&self) -> usize;

    /// The key of a document.
    fn key(&self, document: usize) -> &[u8];

    /// A field of a document's hash.
    fn field(&self, document: usize, path: &[u8]) -> Option<Vec<u8>>;

    /// All fields of a document's hash.
    fn fields(&self, document: usize) -> Vec<(Vec<u8>, Vec<u8>)>;

    /// What a document is sorted by in a sortable field of the schema: a number, or text that is normalized unless the
    /// field is exact.
    fn sort_value(&self, document: usize, field: usize) -> Option<Value>;

    /// The terms of the query that a document has.
    fn matched_terms(&self, document: usize) -> Vec<Vec<u8>> {
        let _ = document;
        Vec::new()
    }
}
