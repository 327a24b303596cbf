//! The documents that a query on an index found.

use super::documents::{Documents, FieldInfo};
use super::value::Value;
use crate::reply::Error;
use crate::search::eval::Frame;
use crate::search::index::{Contents, DocId, Number, SortValue};
use crate::search::query::node::Node;
use crate::search::schema::{Definition, FieldKind};
use crate::structure::hash::Hash;

/// A document: its number, its hash, and the terms of the query that it has.
struct FoundDocument<'a> {
    id: DocId,
    key: &'a [u8],
    hash: Option<&'a Hash>,
    terms: Vec<Vec<u8>>,
}

/// What a query found.
pub(crate) struct FoundDocuments<'a> {
    schema: Vec<FieldInfo>,
    contents: &'a Contents,
    found: Vec<FoundDocument<'a>>,
}

impl<'a> FoundDocuments<'a> {
    /// Evaluates a query. `hash` finds the hash of a key; `in_keys` leaves out other keys.
    pub fn search(
        frame: &Frame<'a>,
        root: &Node,
        in_keys: Option<&[Vec<u8>]>,
        hash: impl Fn(&[u8]) -> Option<&'a Hash>,
    ) -> Result<Self, Error> {
        let contents: &'a Contents = frame.contents;
        let mut found = Vec::new();
        frame.each(root, |id, hit| {
            let Some(document) = contents.documents.get(&id) else {
                return;
            };
            let key = document.key.as_slice();
            if in_keys.is_none_or(|keys| keys.iter().any(|wanted| wanted == key)) {
                let terms = hit.terms().into_iter().map(<[u8]>::to_vec).collect();
                found.push(FoundDocument { id, key, hash: hash(key), terms });
            }
        })?;
        Ok(Self { schema: schema(frame.definition), contents, found })
    }
}

fn schema(definition: &Definition) -> Vec<FieldInfo> {
    let info = |field: &crate::search::schema::Field| FieldInfo {
        name: field.name.clone(),
        path: field.path.clone(),
        sortable: field.sortable,
        exact: field.unnormalized || matches!(field.kind, FieldKind::Numeric),
        numeric: matches!(field.kind, FieldKind::Numeric),
    };
    definition.fields.iter().map(info).collect()
}

impl Documents for FoundDocuments<'_> {
    fn schema(&self) -> &[FieldInfo] {
        &self.schema
    }

    fn count(&self) -> usize {
        self.found.len()
    }

    fn key(&self, document: usize) -> &[u8] {
        self.found[document].key
    }

    fn field(&self, document: usize, path: &[u8]) -> Option<Vec<u8>> {
        self.found[document].hash?.get(path).map(<[u8]>::to_vec)
    }

    fn fields(&self, document: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        let hash = self.found[document].hash;
        hash.into_iter().flat_map(Hash::iter).map(|(field, value)| (field.to_vec(), value.to_vec())).collect()
    }

    fn sort_value(&self, document: usize, field: usize) -> Option<Value> {
        let document = self.contents.documents.get(&self.found[document].id)?;
        match document.sortable.get(field)?.as_ref()? {
            SortValue::Number(Number(number)) => Some(Value::Number(*number)),
            SortValue::Text(text) => Some(Value::text(text)),
        }
    }

    fn matched_terms(&self, document: usize) -> Vec<Vec<u8>> {
        self.found[document].terms.clone()
    }
}
