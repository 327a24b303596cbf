//! HIGHLIGHT: the words that made a document a result, marked in its fields.

use super::super::text::is_stopword;
use super::super::{Field, Schema};
use super::document::Document;
use super::evidence::Evidence;
use super::words::{Word, is_separator, words};
use crate::resp::Bytes;

/// The text of a TEXT field with each word that was found between these two.
pub fn highlighted(
    schema: &Schema,
    document: &Document,
    found: &Evidence,
    field: &Field,
    tags: (&[u8], &[u8]),
) -> Bytes {
    let Some(text) = document.hash.get(&field.path) else { return Bytes::new() };
    let places = found.places();
    let before: usize = fields_before(schema, field).map(|field| counted(schema, document, field).len()).sum();
    let mut out = Bytes::new();
    let mut at = 0;
    for (place, word) in counted(schema, document, field).into_iter().enumerate() {
        if !places.contains(&((before + place + 1) as u32)) {
            continue;
        }
        let end = (word.start..text.len()).find(|at| is_separator(text[*at])).unwrap_or(text.len());
        out.extend([&text[at..word.start], tags.0, &text[word.start..end], tags.1].concat());
        at = end;
    }
    out.extend(&text[at..]);
    out
}

/// The TEXT fields whose words are counted first.
fn fields_before<'a>(schema: &'a Schema, field: &'a Field) -> impl Iterator<Item = &'a Field> {
    schema.text_fields().take_while(move |before| before.name != field.name)
}

/// The words of a field that have places.
fn counted(schema: &Schema, document: &Document, field: &Field) -> Vec<Word> {
    let Some(text) = document.hash.get(&field.path).filter(|_| !field.noindex) else { return Vec::new() };
    if text.is_empty() && field.index_empty {
        return vec![Word { text: Bytes::new(), start: 0, len: 0 }];
    }
    words(text).into_iter().filter(|word| !is_stopword(schema, &word.text)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::{FieldKind, Schema};
    use super::super::{Collection, Hash, Plan, Scope};
    use super::*;
    use crate::query::{Node, NodeKind};

    #[test]
    fn words_are_marked_where_they_were_found() {
        let fields = vec![Field::new(b"a", FieldKind::TEXT), Field::new(b"b", FieldKind::TEXT)];
        let schema = Schema { prefixes: vec![Bytes::new()], fields, ..Schema::default() };
        let hash: Hash = [(b"a".to_vec(), b"the Red, fox".to_vec()), (b"b".to_vec(), b"a red-red dog".to_vec())].into();
        let collection = Collection::new(&schema, [(&b"k".to_vec(), &hash)]);
        let tree = Node::leaf(NodeKind::Token { text: b"red".to_vec(), expanded: false });
        let document = &collection.documents[0];
        let found = Plan::new(&collection, &tree, &Scope::default()).evidence(document).expect("it is there");
        let marked = |field: usize| {
            String::from_utf8(highlighted(&schema, document, &found, &schema.fields[field], (b"<", b">")))
                .expect("text")
        };
        assert_eq!((marked(0).as_str(), marked(1).as_str()), ("the <Red>, fox", "a <red>-<red> dog"));
    }
}
