//! What an index sees in one document.

use std::collections::{BTreeMap, BTreeSet};

use super::super::node::FieldMask;
use super::super::text::{is_stopword, lower, stem};
use super::super::{Field, FieldKind, Schema};
use super::words::words;
use crate::model::geohash::{self, Place};
use crate::resp::Bytes;

/// Shorter words have no stem of their own in the index.
const MIN_STEMMED_BYTES: usize = 4;

/// A stem counts for a fifth of its word.
const STEM_SHARE: f32 = 0.2;

/// The fields of a hash.
pub type Hash = BTreeMap<Bytes, Bytes>;

/// Where a word (or a stem, with a `+` before it) stands in a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Occurrences {
    /// How often, each time counted with the weight of the field.
    pub frequency: u32,
    /// The TEXT fields it is in.
    pub fields: FieldMask,
    /// Whether one of the fields has WITHSUFFIXTRIE.
    pub in_suffix_field: bool,
    /// The places, counted over all fields and without stop-words.
    pub positions: Vec<u32>,
}

/// A document as its index sees it.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where it stands in the order of writing.
    pub place: usize,
    /// The key.
    pub key: Bytes,
    /// Its hash.
    pub hash: Hash,
    /// The words and stems.
    pub words: BTreeMap<Bytes, Occurrences>,
    /// The largest frequency of a word.
    pub max_frequency: u32,
    /// The number of words, each counted with the weight of its field.
    pub length: u32,
    /// The tags of each TAG field.
    pub tags: BTreeMap<Bytes, BTreeSet<Bytes>>,
    /// The numbers of NUMERIC fields.
    pub numbers: BTreeMap<Bytes, f64>,
    /// The places of GEO fields, as precise as the index keeps them.
    pub(crate) places: BTreeMap<Bytes, Place>,
    /// The fields with INDEXMISSING that are not there.
    pub missing: BTreeSet<Bytes>,
}

impl Document {
    /// `None` if a number is none or a place is nowhere: such a document is left out as a whole.
    pub fn new(schema: &Schema, key: &[u8], hash: &Hash) -> Option<Document> {
        let mut document = Document {
            place: 0,
            key: key.to_vec(),
            hash: hash.clone(),
            words: BTreeMap::new(),
            max_frequency: 0,
            length: 0,
            tags: BTreeMap::new(),
            numbers: BTreeMap::new(),
            places: BTreeMap::new(),
            missing: BTreeSet::new(),
        };
        let mut position = 0;
        for field in &schema.fields {
            match hash.get(&field.path) {
                Some(value) => document.add(schema, field, value, &mut position)?,
                None if field.index_missing => drop(document.missing.insert(field.name.clone())),
                None => {}
            }
        }
        Some(document)
    }

    fn add(&mut self, schema: &Schema, field: &Field, value: &[u8], position: &mut u32) -> Option<()> {
        let name = field.name.clone();
        match field.kind {
            FieldKind::Numeric => {
                let number = parse_number(value)?;
                (!field.noindex).then(|| self.numbers.insert(name, number));
            }
            FieldKind::Geo => {
                let place = parse_place(value)?;
                (!field.noindex).then(|| self.places.insert(name, place));
            }
            _ if field.noindex => {}
            FieldKind::Tag { separator, case_sensitive } => {
                let tags = tags(value, separator, case_sensitive, field.index_empty);
                self.tags.insert(name, tags);
            }
            FieldKind::Text { weight, nostem, .. } => {
                self.add_text(schema, field, weight as f32, nostem, value, position)
            }
        }
        Some(())
    }

    fn add_text(&mut self, schema: &Schema, field: &Field, weight: f32, nostem: bool, text: &[u8], position: &mut u32) {
        let bit = schema.text_bit(&field.name);
        if text.is_empty() && field.index_empty {
            *position += 1;
            self.add_word(Bytes::new(), *position, weight, bit, field.suffix_trie);
            self.length += (weight as u32).max(1);
        }
        for word in words(text) {
            if is_stopword(schema, &word.text) {
                continue;
            }
            *position += 1;
            let stem = if nostem { None } else { indexed_stem(&word.text) };
            self.add_word(word.text, *position, weight, bit, field.suffix_trie);
            self.length += (weight as u32).max(1);
            if let Some(stem) = stem {
                self.add_word(stem, *position, weight * STEM_SHARE, bit, false);
            }
        }
    }

    fn add_word(&mut self, word: Bytes, position: u32, weight: f32, bit: FieldMask, in_suffix_field: bool) {
        let occurrences = self.words.entry(word).or_default();
        occurrences.frequency += (weight as u32).max(1);
        occurrences.fields |= bit;
        occurrences.in_suffix_field |= in_suffix_field;
        occurrences.positions.push(position);
        self.max_frequency = self.max_frequency.max(occurrences.frequency);
    }
}

/// As `RedisModule_StringToDouble`: all of the text is a number, and not NaN.
pub fn parse_number(text: &[u8]) -> Option<f64> {
    crate::model::number::parse_double(text).filter(|number| !number.is_nan())
}

/// `longitude,latitude` or with a blank between them.
pub(crate) fn parse_place(text: &[u8]) -> Option<Place> {
    let comma = text.iter().position(|&b| b == b' ' || b == b',')?;
    let place = Place { longitude: parse_number(&text[..comma])?, latitude: parse_number(&text[comma + 1..])? };
    geohash::is_on_map(place).then(|| geohash::place_of(geohash::score_of(place) as f64))
}

/// The parts between separators, without the blanks around them; empty ones count only if the field says so.
pub fn tags(text: &[u8], separator: u8, case_sensitive: bool, index_empty: bool) -> BTreeSet<Bytes> {
    let end = text.iter().position(|&b| b == 0).unwrap_or(text.len());
    let part = |part: &[u8]| {
        let trimmed = part.trim_ascii();
        if case_sensitive { trimmed.to_vec() } else { lower(trimmed) }
    };
    let tags = text[..end].split(|&b| b == separator).map(part);
    tags.filter(|tag| index_empty || !tag.is_empty()).collect()
}

/// What the index keeps next to a word, after a `+`; nothing if that is the word again.
fn indexed_stem(word: &[u8]) -> Option<Bytes> {
    let stem = if word.len() >= MIN_STEMMED_BYTES { stem(word) } else { return None };
    (!stem.eq_ignore_ascii_case(word)).then(|| [b"+", stem.as_slice()].concat())
}
