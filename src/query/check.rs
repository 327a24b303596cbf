//! What is found wrong with a query after it was read.

use super::draft::Draft;
use super::node::{FieldMask, NodeKind, Options};
use super::{Field, FieldKind, Request, Schema};
use crate::resp::Bytes;

/// An affix shorter than this finds nothing, and nothing else is asked about it.
const MIN_AFFIX: usize = 2;

/// The first complaint, in the order in which RediSearch comes upon them.
pub fn check(tree: &Draft, request: &Request<'_>) -> Result<(), Bytes> {
    empty_words(tree, request.schema, request.explaining)?;
    if !request.verbatim {
        phonetics(tree, request.schema)?;
    }
    running(tree, request.schema)
}

/// Empty words only where the empty string is indexed.
fn empty_words(tree: &Draft, schema: &Schema, explaining: bool) -> Result<(), Bytes> {
    if schema.fields.iter().all(|field| field.index_empty || !(field.is_text() || field.is_tag())) {
        return Ok(());
    }
    // What a list of tags says stays said for all that comes behind it. Where there are no scores, it says that all is well:
    // RediSearch keeps two things in one bit.
    let mut tags: Option<bool> = None;
    tree.visit(&mut |node| {
        match &node.kind {
            NodeKind::Tag { field } => {
                let indexed = explaining || schema.field(field).is_some_and(|field| field.index_empty);
                tags = Some(indexed || tags == Some(true));
            }
            NodeKind::Token { text, .. } if text.is_empty() => {
                let mut fields = fields(schema, node.options.fields).peekable();
                let everywhere = node.options.fields == Options::ALL_FIELDS || fields.peek().is_none();
                if !tags.unwrap_or_else(|| everywhere || fields.any(|field| field.index_empty)) {
                    return Err(
                        b"Use `INDEXEMPTY` in field creation in order to index and query for empty strings".to_vec()
                    );
                }
            }
            _ => {}
        }
        Ok(())
    })
}

/// The TEXT fields of a mask.
pub fn fields(schema: &Schema, mask: FieldMask) -> impl Iterator<Item = &Field> {
    schema.text_fields().enumerate().filter(move |(bit, _)| *bit < 128 && mask >> bit & 1 == 1).map(|(_, field)| field)
}

/// Words that would be stemmed may ask for sounds only where some field has them.
fn phonetics(node: &Draft, schema: &Schema) -> Result<(), Bytes> {
    let mask = node.options.fields;
    if is_left_alone(&node.kind, node.options.verbatim) || !has_stems(schema, mask) {
        return Ok(());
    }
    if let NodeKind::Token { text, .. } = &node.kind {
        let sounds = |field: &Field| matches!(field.kind, FieldKind::Text { phonetic: true, .. });
        if !text.is_empty() && node.options.phonetic.is_some() && !fields(schema, mask).any(sounds) {
            return Err(b"field does not support phonetics".to_vec());
        }
    }
    node.children.iter().try_for_each(|child| phonetics(child, schema))
}

/// Whether stemming passes over a node and all below it.
pub fn is_left_alone(kind: &NodeKind, verbatim: bool) -> bool {
    verbatim || matches!(kind, NodeKind::Phrase { exact: true } | NodeKind::Tag { .. })
}

/// Whether stems make sense for these fields.
pub fn has_stems(schema: &Schema, mask: FieldMask) -> bool {
    mask == Options::ALL_FIELDS || mask & stemmed(schema) != 0
}

/// The fields whose words have stems.
pub fn stemmed(schema: &Schema) -> FieldMask {
    let stems = |field: &Field| matches!(field.kind, FieldKind::Text { nostem: false, .. });
    let bits = schema.text_fields().enumerate().filter(|(bit, field)| *bit < 128 && stems(field));
    bits.fold(0, |mask, (bit, _)| mask | 1 << bit)
}

/// What is noticed when the query is about to run.
fn running(node: &Draft, schema: &Schema) -> Result<(), Bytes> {
    match &node.kind {
        NodeKind::Tag { .. } => return Ok(()),
        NodeKind::Geo { .. } => circle(node)?,
        NodeKind::Affix { text, suffix: true, .. } if text.len() >= MIN_AFFIX => suffixes(node, schema)?,
        NodeKind::Wildcard { .. } => suffixes(node, schema)?,
        NodeKind::Missing { field } => missing(field, schema)?,
        _ => {}
    }
    node.children.iter().try_for_each(|child| running(child, schema))
}

/// Where some fields have suffixes indexed, fields without cannot be asked.
fn suffixes(node: &Draft, schema: &Schema) -> Result<(), Bytes> {
    let mask = node.options.fields;
    let known = schema.text_fields().any(|field| field.suffix_trie);
    if known && mask != Options::ALL_FIELDS && !fields(schema, mask).all(|field| field.suffix_trie) {
        return Err(b"Contains query on fields without WITHSUFFIXTRIE support".to_vec());
    }
    Ok(())
}

/// A field that does not exist is never missed.
fn missing(name: &[u8], schema: &Schema) -> Result<(), Bytes> {
    if schema.field(name).is_none_or(|field| field.index_missing) {
        return Ok(());
    }
    Err([b"'ismissing' requires field to be defined with 'INDEXMISSING', field: '", name, b"'"].concat())
}

/// The unit, the centre and the radius of a circle.
pub fn circle(node: &Draft) -> Result<(), Bytes> {
    let NodeKind::Geo { longitude, latitude, radius, .. } = &node.kind else { return Ok(()) };
    let wrong = |what: &str| Err(format!("Invalid GeoFilter {what}").into_bytes());
    if node.bad_unit {
        return wrong("unit");
    }
    if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
        return wrong("lat/lon");
    }
    if *radius <= 0.0 {
        return wrong("radius");
    }
    Ok(())
}
