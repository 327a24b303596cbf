//! The definition of an index.

use crate::resp::Bytes;

/// What FT.CREATE said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The name of the index.
    pub name: Bytes,
    /// Keys with one of these prefixes are its documents; none given is one empty prefix.
    pub prefixes: Vec<Bytes>,
    /// The stop-words; `None` is the default list.
    pub stopwords: Option<Vec<Bytes>>,
    /// The fields, in the order they were defined.
    pub fields: Vec<Field>,
}

/// A field of an index.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name queries use (`AS`).
    pub name: Bytes,
    /// The field of the hash.
    pub path: Bytes,
    /// The type and what goes with it.
    pub kind: FieldKind,
    /// SORTABLE: results can be sorted by it without loading the document.
    pub sortable: bool,
    /// UNF: the sorting value keeps its case.
    pub unf: bool,
    /// NOINDEX: only sortable, never found.
    pub noindex: bool,
    /// INDEXMISSING: `ismissing(@f)` is allowed.
    pub index_missing: bool,
    /// INDEXEMPTY: the empty string is a value.
    pub index_empty: bool,
    /// WITHSUFFIXTRIE: suffix and infix searches have an index of their own.
    pub suffix_trie: bool,
}

/// The types of fields.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    /// Words.
    Text {
        /// WEIGHT.
        weight: f64,
        /// NOSTEM.
        nostem: bool,
        /// PHONETIC.
        phonetic: bool,
    },
    /// A list of exact values.
    Tag {
        /// SEPARATOR.
        separator: u8,
        /// CASESENSITIVE.
        case_sensitive: bool,
    },
    /// A number.
    Numeric,
    /// `longitude,latitude`.
    Geo,
}

impl FieldKind {
    /// TEXT with nothing said about it.
    pub const TEXT: FieldKind = FieldKind::Text { weight: 1.0, nostem: false, phonetic: false };
    /// TAG with nothing said about it.
    pub const TAG: FieldKind = FieldKind::Tag { separator: b',', case_sensitive: false };
}

impl Field {
    /// A field of this name in hash and queries.
    pub fn new(name: &[u8], kind: FieldKind) -> Field {
        Field {
            name: name.to_vec(),
            path: name.to_vec(),
            kind,
            sortable: false,
            unf: false,
            noindex: false,
            index_missing: false,
            index_empty: false,
            suffix_trie: false,
        }
    }

    /// Whether it is a TEXT field.
    pub fn is_text(&self) -> bool {
        matches!(self.kind, FieldKind::Text { .. })
    }

    /// Whether it is a TAG field.
    pub fn is_tag(&self) -> bool {
        matches!(self.kind, FieldKind::Tag { .. })
    }
}

impl Schema {
    /// Whether a key is one of its documents.
    pub fn covers(&self, key: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| key.starts_with(prefix))
    }

    /// The field that queries call so; names are compared byte for byte.
    pub fn field(&self, name: &[u8]) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The TEXT fields that are indexed, in the order they were defined: the places of their bits in a [`FieldMask`](super::node::FieldMask).
    pub fn text_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_text() && !field.noindex)
    }

    /// The bit of a TEXT field; none for other fields and names nobody knows.
    pub fn text_bit(&self, name: &[u8]) -> u128 {
        self.text_fields()
            .position(|field| field.name == name)
            .map_or(0, |place| 1u128.checked_shl(place as u32).unwrap_or(0))
    }

    /// What a well-formed FT.CREATE defines. The words that do not matter to queries are skipped.
    pub fn from_create(argv: &[Bytes]) -> Option<Schema> {
        let mut schema = Schema { name: argv.get(1)?.clone(), prefixes: vec![Bytes::new()], ..Schema::default() };
        let mut args = argv.get(2..)?.iter();
        while let Some(arg) = args.next() {
            match arg.to_ascii_uppercase().as_slice() {
                b"ON" => drop(args.next()?),
                b"PREFIX" => schema.prefixes = counted(&mut args)?,
                b"STOPWORDS" => schema.stopwords = Some(counted(&mut args)?),
                b"SCHEMA" => {
                    schema.fields = fields(args.as_slice())?;
                    return Some(schema);
                }
                _ => {}
            }
        }
        None
    }
}

/// A count and so many words.
fn counted(args: &mut std::slice::Iter<'_, Bytes>) -> Option<Vec<Bytes>> {
    let count: usize = std::str::from_utf8(args.next()?).ok()?.parse().ok()?;
    let words = args.as_slice().get(..count)?.to_vec();
    *args = args.as_slice()[count..].iter();
    Some(words)
}

/// `path [AS name] type options...`, again and again.
fn fields(mut args: &[Bytes]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while let Some((path, rest)) = args.split_first() {
        let mut field = Field::new(path, FieldKind::Numeric);
        args = rest;
        if word(args).as_deref() == Some(b"AS") {
            field.name = args.get(1)?.clone();
            args = args.get(2..)?;
        }
        field.kind = match word(args)?.as_slice() {
            b"TEXT" => FieldKind::TEXT,
            b"TAG" => FieldKind::TAG,
            b"NUMERIC" => FieldKind::Numeric,
            b"GEO" => FieldKind::Geo,
            _ => return None,
        };
        args = options(&mut field, &args[1..])?;
        fields.push(field);
    }
    Some(fields)
}

fn word(args: &[Bytes]) -> Option<Bytes> {
    args.first().map(|arg| arg.to_ascii_uppercase())
}

/// The options of one field; what is left begins with the next field.
fn options<'a>(field: &mut Field, mut args: &'a [Bytes]) -> Option<&'a [Bytes]> {
    while let Some(option) = word(args) {
        let value = args.get(1);
        let taken = match (option.as_slice(), &mut field.kind) {
            (b"WEIGHT", FieldKind::Text { weight, .. }) => {
                *weight = std::str::from_utf8(value?).ok()?.parse().ok()?;
                2
            }
            (b"PHONETIC", FieldKind::Text { phonetic, .. }) => {
                *phonetic = true;
                2
            }
            (b"NOSTEM", FieldKind::Text { nostem, .. }) => {
                *nostem = true;
                1
            }
            (b"SEPARATOR", FieldKind::Tag { separator, .. }) => {
                *separator = *value?.first()?;
                2
            }
            (b"CASESENSITIVE", FieldKind::Tag { case_sensitive, .. }) => {
                *case_sensitive = true;
                1
            }
            (b"SORTABLE", _) => set(&mut field.sortable),
            (b"UNF", _) => set(&mut field.unf),
            (b"NOINDEX", _) => set(&mut field.noindex),
            (b"INDEXMISSING", _) => set(&mut field.index_missing),
            (b"INDEXEMPTY", _) => set(&mut field.index_empty),
            (b"WITHSUFFIXTRIE", _) => set(&mut field.suffix_trie),
            _ => break,
        };
        args = args.get(taken..)?;
    }
    Some(args)
}

fn set(flag: &mut bool) -> usize {
    *flag = true;
    1
}
