//! From a hash to what an index keeps of it.

use std::collections::BTreeMap;

use super::{Document, Number, Posting, SortValue};
use crate::config::Config;
use crate::double;
use crate::geohash::{Cell, FINEST, MAX_LATITUDE, Point};
use crate::search::analysis::{StopWords, fold, stem, tokenize};
use crate::search::schema::{Definition, Field, FieldKind, Tag, Text};
use crate::structure::hash::Hash;

/// Longer tags are cut.
const TAG_BYTES: usize = 4096;
/// What stands before a stem among the terms.
pub(crate) const STEM_MARK: u8 = b'+';
/// How much less a stem weighs than its word.
const STEM_FACTOR: f32 = 0.2;

type Terms = BTreeMap<Vec<u8>, Posting>;

/// The document that a hash is, with its terms; `None` if one of its fields is not what it must be.
pub(super) fn document(
    definition: &Definition,
    stop_words: &StopWords,
    key: &[u8],
    hash: &Hash,
    config: &Config,
) -> Option<(Document, Terms)> {
    let mut reader = Reader { document: Document::default(), terms: Terms::new(), position: 0, stop_words, config };
    reader.document.key = key.to_vec();
    reader.document.sortable = vec![None; definition.fields.len()];
    for (at, field) in definition.fields.iter().enumerate() {
        match hash.get(&field.path) {
            Some(value) => reader.field(at, field, value)?,
            None if field.index_missing => reader.document.missing.push(at),
            None => {}
        }
    }
    let Reader { mut document, terms, .. } = reader;
    document.terms = terms.keys().cloned().collect();
    document.highest_frequency = terms.values().map(|posting| posting.frequency).max().unwrap_or(0);
    Some((document, terms))
}

struct Reader<'a> {
    document: Document,
    terms: Terms,
    /// The position of the last word.
    position: u32,
    stop_words: &'a StopWords,
    config: &'a Config,
}

impl Reader<'_> {
    fn field(&mut self, at: usize, field: &Field, value: &[u8]) -> Option<()> {
        let is_indexed = !field.no_index || planted!(self.config, SearchNoindexIgnored);
        let sort_value = match &field.kind {
            FieldKind::Text(text) => {
                if is_indexed {
                    self.text(text, field.index_empty, value);
                }
                Some(sort_text(field, value))
            }
            FieldKind::Tag(tag) => {
                if is_indexed {
                    let tags = tags(tag, field.index_empty, value, self.config);
                    self.document.tags.extend(tags.into_iter().map(|tag| (at, tag)));
                }
                Some(sort_text(field, value))
            }
            FieldKind::Numeric => {
                let number = Number(double::parse(value)?);
                if is_indexed {
                    self.document.numbers.push((at, number));
                }
                Some(SortValue::Number(number))
            }
            FieldKind::Geo => {
                let score = place_score(value)?;
                if is_indexed {
                    self.document.numbers.push((at, Number(score)));
                }
                Some(sort_text(field, value))
            }
        };
        if field.sortable {
            self.document.sortable[at] = sort_value;
        }
        Some(())
    }

    fn text(&mut self, text: &Text, with_empty: bool, value: &[u8]) {
        if value.is_empty() && with_empty {
            self.position += 1;
            self.word(text, Vec::new(), self.position, text.weight as f32, true);
        }
        let before = self.position;
        let leaves_gaps = planted!(self.config, SearchStopWordInPhrase);
        let none = StopWords::new([]);
        for token in tokenize(value, if leaves_gaps { &none } else { self.stop_words }) {
            if leaves_gaps && self.stop_words.contains(&token.text) {
                continue;
            }
            self.position = before + token.position;
            let stem = (!text.no_stem).then(|| stem(&token.text)).flatten();
            let stem = stem.filter(|stem| *stem != token.text);
            self.word(text, token.text, self.position, text.weight as f32, true);
            if let Some(stem) = stem {
                let term = [&[STEM_MARK], &stem[..]].concat();
                self.word(text, term, self.position, text.weight as f32 * STEM_FACTOR, false);
            }
        }
    }

    fn word(&mut self, text: &Text, term: Vec<u8>, position: u32, weight: f32, counts: bool) {
        let weight = (weight as u32).max(1);
        let posting = self.terms.entry(term).or_default();
        posting.frequency = posting.frequency.saturating_add(weight);
        posting.fields |= text.mask();
        posting.positions.push(position);
        if counts {
            self.document.words = self.document.words.saturating_add(weight);
        }
    }
}

/// What a document is sorted by for that value of a field.
pub(crate) fn sort_text(field: &Field, value: &[u8]) -> SortValue {
    let end = value.iter().position(|&byte| byte == 0).unwrap_or(value.len());
    SortValue::Text(if field.unnormalized { value[..end].to_vec() } else { sort_key(&value[..end]) })
}

/// A text as it is sorted by: in lower case, a sharp s as two.
fn sort_key(text: &[u8]) -> Vec<u8> {
    let folded = fold(text);
    match String::from_utf8(folded) {
        Ok(text) => text.replace('ß', "ss").replace('ς', "σ").into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// The tags of a value, each once.
pub(crate) fn tags(tag: &Tag, with_empty: bool, value: &[u8], config: &Config) -> Vec<Vec<u8>> {
    let end = value.iter().position(|&byte| byte == 0).unwrap_or(value.len());
    let separator = if planted!(config, SearchTagSeparator) { b',' } else { tag.separator };
    let folds = !tag.case_sensitive && !planted!(config, SearchTagCase);
    let mut tags: Vec<Vec<u8>> = Vec::new();
    for part in value[..end].split(|&byte| byte == separator) {
        let part = trim(part);
        if part.is_empty() && !with_empty {
            continue;
        }
        let mut text = if folds { fold(part) } else { part.to_vec() };
        text.truncate(TAG_BYTES);
        tags.push(text);
    }
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// Without the white space that C knows at both ends.
fn trim(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

/// The score of the cell of a place that is written as `longitude,latitude`.
fn place_score(value: &[u8]) -> Option<f64> {
    let at = value.iter().position(|&byte| byte == b',' || byte == b' ')?;
    let point = Point { longitude: coordinate(&value[..at])?, latitude: coordinate(&value[at + 1..])? };
    point.is_valid().then(|| Cell::of(point, MAX_LATITUDE, FINEST).bits as f64)
}

fn coordinate(text: &[u8]) -> Option<f64> {
    double::parse_bound(text).filter(|_| !text.is_empty())
}
