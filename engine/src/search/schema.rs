//! What FT.CREATE defines.

use std::sync::OnceLock;

use super::analysis::StopWords;

/// A set of TEXT fields, one bit each ([`Text::bit`]).
pub(crate) type FieldMask = u128;

/// Every TEXT field, those to come as well.
pub(crate) const ALL_FIELDS: FieldMask = FieldMask::MAX;

/// An index: which hashes it holds, and what of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Definition {
    pub name: Vec<u8>,
    /// Keys that begin with one of these are indexed; the empty prefix stands for all keys.
    pub prefixes: Vec<Vec<u8>>,
    /// The index's own stop-words; `None` means the default ones.
    pub stop_words: Option<StopWords>,
    pub fields: Vec<Field>,
    /// FILTER, as it was written.
    pub filter: Option<Vec<u8>>,
    /// SCORE: what a document counts if it doesn't say.
    pub score: f64,
    /// LANGUAGE, in lower case.
    pub language: Option<Vec<u8>>,
    pub language_field: Option<Vec<u8>>,
    pub score_field: Option<Vec<u8>>,
    pub payload_field: Option<Vec<u8>>,
    /// NOOFFSETS: no positions, hence no exact phrases.
    pub no_offsets: bool,
    /// NOHL: nothing for highlighting.
    pub no_highlight: bool,
    /// NOFIELDS: which field a term is in is not kept.
    pub no_fields: bool,
    /// NOFREQS: how often a term is in a document is not kept.
    pub no_frequencies: bool,
    /// MAXTEXTFIELDS: more than 32 TEXT fields may come.
    pub max_text_fields: bool,
    /// SKIPINITIALSCAN: keys that are there at creation are not indexed.
    pub skip_initial_scan: bool,
    /// TEMPORARY: in how many seconds of idleness the index would end.
    pub temporary: Option<i64>,
}

/// A field of an index.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// What queries call it: its AS, or else the hash's field.
    pub name: Vec<u8>,
    /// The field of the hash.
    pub path: Vec<u8>,
    pub kind: FieldKind,
    pub sortable: bool,
    /// UNF: what is sorted by keeps its case.
    pub unnormalized: bool,
    /// NOINDEX: cannot be queried, only sorted by.
    pub no_index: bool,
    pub index_missing: bool,
    pub index_empty: bool,
}

/// The type of a field, and the options of that type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FieldKind {
    Text(Text),
    Tag(Tag),
    Numeric,
    Geo,
}

/// Options of a TEXT field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pub weight: f64,
    pub no_stem: bool,
    /// PHONETIC's matcher, as `dm:en`.
    pub phonetic: Option<Vec<u8>>,
    pub with_suffix_trie: bool,
    /// Which bit of a [`FieldMask`] the field is: TEXT fields are numbered as they come.
    pub bit: u32,
}

/// Options of a TAG field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tag {
    pub separator: u8,
    pub case_sensitive: bool,
    pub with_suffix_trie: bool,
}

impl Definition {
    /// An index without fields, with everything at its default.
    pub fn new(name: &[u8]) -> Self {
        Self {
            name: name.to_vec(),
            prefixes: vec![Vec::new()],
            stop_words: None,
            fields: Vec::new(),
            filter: None,
            score: 1.0,
            language: None,
            language_field: None,
            score_field: None,
            payload_field: None,
            no_offsets: false,
            no_highlight: false,
            no_fields: false,
            no_frequencies: false,
            max_text_fields: false,
            skip_initial_scan: false,
            temporary: None,
        }
    }

    /// The stop-words that count for the index.
    pub fn stop_words(&self) -> &StopWords {
        static DEFAULT: OnceLock<StopWords> = OnceLock::new();
        self.stop_words.as_ref().unwrap_or_else(|| DEFAULT.get_or_init(StopWords::default))
    }

    /// Whether the key is one of the index's.
    pub fn covers(&self, key: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| key.starts_with(prefix))
    }

    /// The field that queries call so.
    pub fn field(&self, name: &[u8]) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The TEXT fields, in the order of their bits.
    pub fn text_fields(&self) -> impl Iterator<Item = (&Field, &Text)> {
        self.fields.iter().filter_map(|field| field.text().map(|text| (field, text)))
    }

    /// The mask of these fields together.
    pub fn mask_of_all(&self, names: &[Vec<u8>]) -> FieldMask {
        names.iter().fold(0, |mask, name| mask | self.mask_of(name))
    }

    /// The mask of one field: empty if it is unknown, or of another type.
    pub fn mask_of(&self, name: &[u8]) -> FieldMask {
        self.field(name).and_then(Field::text).map_or(0, Text::mask)
    }
}

impl Field {
    /// The field's options, if it is a TEXT field.
    pub fn text(&self) -> Option<&Text> {
        match &self.kind {
            FieldKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The field's options, if it is a TAG field.
    pub fn tag(&self) -> Option<&Tag> {
        match &self.kind {
            FieldKind::Tag(tag) => Some(tag),
            _ => None,
        }
    }

    /// The type's name, as FT.CREATE and FT.INFO write it.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            FieldKind::Text(_) => "TEXT",
            FieldKind::Tag(_) => "TAG",
            FieldKind::Numeric => "NUMERIC",
            FieldKind::Geo => "GEO",
        }
    }
}

impl Text {
    /// The bit of a field that is not indexed: none of any mask.
    pub const NO_BIT: u32 = u32::MAX;

    /// The mask of this field alone.
    pub fn mask(&self) -> FieldMask {
        1u128.checked_shl(self.bit).unwrap_or(0)
    }
}
