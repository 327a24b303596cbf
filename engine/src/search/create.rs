//! FT.CREATE and FT.ALTER: from words to a definition.

use super::analysis::StopWords;
use super::schema::{Definition, Field, FieldKind, Tag, Text};
use crate::reply::Error;

/// How many fields an index has at most, and how many of them can be TEXT.
const MAX_FIELDS: usize = 1024;
const MAX_TEXT_FIELDS: u32 = 128;
/// With more TEXT fields than this an index must have been made for it.
const NARROW_TEXT_FIELDS: u32 = 32;

/// The words of a command that are left.
pub(crate) struct Words<'a> {
    left: &'a [Vec<u8>],
}

impl<'a> Words<'a> {
    pub fn new(words: &'a [Vec<u8>]) -> Self {
        Self { left: words }
    }

    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    pub fn next(&mut self) -> Option<&'a [u8]> {
        let (first, left) = self.left.split_first()?;
        self.left = left;
        Some(first)
    }

    /// Goes past the word if it is this keyword.
    pub fn skip(&mut self, keyword: &str) -> bool {
        let is_next = self.left.first().is_some_and(|word| word.eq_ignore_ascii_case(keyword.as_bytes()));
        self.left = &self.left[usize::from(is_next)..];
        is_next
    }

    /// What follows an option.
    fn argument(&mut self, option: &str) -> Result<&'a [u8], Error> {
        self.next().ok_or_else(|| bad(option, "Expected an argument, but none provided"))
    }

    /// A number that follows an option.
    fn number<T: std::str::FromStr>(&mut self, option: &str) -> Result<T, Error> {
        let word = self.argument(option)?;
        let number = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
        number.ok_or_else(|| bad(option, "Could not convert argument to expected type"))
    }

    /// A count and so many words.
    pub fn list(&mut self, option: &str) -> Result<&'a [Vec<u8>], Error> {
        let count: i64 = self.number(option)?;
        let count = usize::try_from(count).map_err(|_| bad(option, "Value is outside acceptable bounds"))?;
        let list = self.left.get(..count).ok_or_else(|| bad(option, "Expected an argument, but none provided"))?;
        self.left = &self.left[count..];
        Ok(list)
    }
}

fn bad(option: &str, why: &str) -> Error {
    Error::built(format!("Bad arguments for {option}: {why}"))
}

fn quoting(before: &str, word: &[u8], after: &str) -> Error {
    Error::built([before.as_bytes(), word, after.as_bytes()].concat())
}

/// Reads what follows the name in FT.CREATE.
pub(crate) fn create(name: &[u8], words: &[Vec<u8>]) -> Result<Definition, Error> {
    let mut words = Words::new(words);
    let mut definition = Definition::new(name);
    while option(&mut definition, &mut words)? {}
    if !words.skip("SCHEMA") {
        return Err(match words.next() {
            Some(word) => quoting("Unknown argument `", word, "`"),
            None => Error::new("No schema found"),
        });
    }
    add_fields(&mut definition, &mut words, true)?;
    Ok(definition)
}

/// Reads one option. Whether there was one.
fn option(definition: &mut Definition, words: &mut Words<'_>) -> Result<bool, Error> {
    if words.skip("ON") {
        let kind = words.argument("ON")?;
        if !kind.eq_ignore_ascii_case(b"HASH") {
            return Err(quoting("Invalid rule type: ", kind, ""));
        }
    } else if words.skip("PREFIX") {
        let prefixes = words.list("PREFIX")?;
        if !prefixes.is_empty() {
            definition.prefixes = prefixes.to_vec();
        }
    } else if words.skip("FILTER") {
        definition.filter = Some(words.argument("FILTER")?.to_vec());
    } else if words.skip("LANGUAGE") {
        let language = words.argument("LANGUAGE")?;
        if !is_language(language) {
            return Err(Error::new("Invalid language"));
        }
        definition.language = Some(language.to_ascii_lowercase());
    } else if words.skip("LANGUAGE_FIELD") {
        definition.language_field = Some(words.argument("LANGUAGE_FIELD")?.to_vec());
    } else if words.skip("SCORE") {
        let score: f64 = words.number("SCORE")?;
        if !(0.0..=1.0).contains(&score) {
            return Err(Error::new("Invalid score"));
        }
        definition.score = score;
    } else if words.skip("SCORE_FIELD") {
        definition.score_field = Some(words.argument("SCORE_FIELD")?.to_vec());
    } else if words.skip("PAYLOAD_FIELD") {
        definition.payload_field = Some(words.argument("PAYLOAD_FIELD")?.to_vec());
    } else if words.skip("TEMPORARY") {
        definition.temporary = Some(words.number("TEMPORARY")?);
    } else if words.skip("STOPWORDS") {
        let list = words.list("STOPWORDS")?;
        definition.stop_words = Some(StopWords::new(list.iter().map(Vec::as_slice)));
    } else {
        return Ok(flag(definition, words));
    }
    Ok(true)
}

/// Reads one option without an argument.
fn flag(definition: &mut Definition, words: &mut Words<'_>) -> bool {
    if words.skip("NOOFFSETS") {
        definition.no_offsets = true;
        definition.no_highlight = true;
    } else if words.skip("NOHL") {
        definition.no_highlight = true;
    } else if words.skip("NOFIELDS") {
        definition.no_fields = true;
    } else if words.skip("NOFREQS") {
        definition.no_frequencies = true;
    } else if words.skip("MAXTEXTFIELDS") {
        definition.max_text_fields = true;
    } else if words.skip("SKIPINITIALSCAN") {
        definition.skip_initial_scan = true;
    } else {
        // ASYNC is of no consequence.
        return words.skip("ASYNC");
    }
    true
}

fn is_language(word: &[u8]) -> bool {
    const LANGUAGES: [&str; 28] = [
        "arabic",
        "armenian",
        "basque",
        "catalan",
        "chinese",
        "danish",
        "dutch",
        "english",
        "finnish",
        "french",
        "german",
        "greek",
        "hindi",
        "hungarian",
        "indonesian",
        "irish",
        "italian",
        "lithuanian",
        "nepali",
        "norwegian",
        "portuguese",
        "romanian",
        "russian",
        "serbian",
        "spanish",
        "swedish",
        "tamil",
        "turkish",
    ];
    let is = |language: &str| word.eq_ignore_ascii_case(language.as_bytes());
    LANGUAGES.into_iter().any(is) || is("yiddish")
}

/// Reads what follows the name in FT.ALTER, and whether keys that are there already are to be left alone.
pub(crate) fn alter(definition: &Definition, words: &[Vec<u8>]) -> Result<(Definition, bool), Error> {
    let mut words = Words::new(words);
    let skips_scan = words.skip("SKIPINITIALSCAN");
    if !words.skip("SCHEMA") {
        return Err(Error::new("ALTER must be followed by SCHEMA"));
    }
    if !words.skip("ADD") {
        return Err(Error::new("Unknown action passed to ALTER SCHEMA"));
    }
    if words.is_empty() {
        return Err(Error::new("No fields provided"));
    }
    let mut altered = definition.clone();
    add_fields(&mut altered, &mut words, false)?;
    Ok((altered, skips_scan))
}

fn add_fields(definition: &mut Definition, words: &mut Words<'_>, is_new: bool) -> Result<(), Error> {
    if words.is_empty() {
        return Err(Error::new("Fields arguments are missing"));
    }
    while let Some(path) = words.next() {
        if definition.fields.len() >= MAX_FIELDS {
            return Err(Error::built(format!("Schema is limited to {MAX_FIELDS} fields")));
        }
        let name = if words.skip("AS") { words.next().ok_or(Error::new("AS requires an argument"))? } else { path };
        if definition.field(name).is_some() {
            return Err(quoting("Duplicate field in schema - ", name, ""));
        }
        let mut field = field(path, name, words)?;
        number_text(definition, &mut field, is_new)?;
        let is_wide = field.text().is_some_and(|text| (NARROW_TEXT_FIELDS..MAX_TEXT_FIELDS).contains(&text.bit));
        definition.max_text_fields |= is_wide && !definition.no_fields;
        definition.fields.push(field);
    }
    Ok(())
}

/// Gives a TEXT field its bit. One that is not indexed has none.
fn number_text(definition: &Definition, field: &mut Field, is_new: bool) -> Result<(), Error> {
    let used = definition.text_fields().filter(|(field, _)| !field.no_index).count() as u32;
    let FieldKind::Text(text) = &mut field.kind else { return Ok(()) };
    if field.no_index {
        text.bit = Text::NO_BIT;
        return Ok(());
    }
    if used >= MAX_TEXT_FIELDS {
        return Err(Error::built(format!("Schema is limited to {MAX_TEXT_FIELDS} TEXT fields")));
    }
    if used >= NARROW_TEXT_FIELDS && !is_new && !definition.max_text_fields && !definition.no_fields {
        return Err(Error::new(
            "Cannot add more fields. Declare index with wide fields to allow adding unlimited fields",
        ));
    }
    text.bit = used;
    Ok(())
}

fn field(path: &[u8], name: &[u8], words: &mut Words<'_>) -> Result<Field, Error> {
    let mut field = Field {
        name: name.to_vec(),
        path: path.to_vec(),
        kind: FieldKind::Numeric,
        sortable: false,
        unnormalized: false,
        no_index: false,
        index_missing: false,
        index_empty: false,
    };
    if words.is_empty() {
        return Err(quoting("Field `", name, "` does not have a type"));
    }
    if words.skip("TEXT") {
        let text = Text { weight: 1.0, no_stem: false, phonetic: None, with_suffix_trie: false, bit: 0 };
        text_options(&mut field, text, words)?;
    } else if words.skip("TAG") {
        tag_options(&mut field, Tag { separator: b',', case_sensitive: false, with_suffix_trie: false }, words)?;
    } else if words.skip("GEO") {
        field.kind = FieldKind::Geo;
        field.index_missing = words.skip("INDEXMISSING");
    } else if words.skip("NUMERIC") {
        field.index_missing = words.skip("INDEXMISSING");
    } else {
        return Err(quoting("Invalid field type for field `", name, "`"));
    }
    general_options(&mut field, words);
    if field.no_index && field.index_missing {
        return Err(quoting("'Field cannot be defined with both `NOINDEX` and `INDEXMISSING` `", name, "` '"));
    }
    Ok(field)
}

fn text_options(field: &mut Field, mut text: Text, words: &mut Words<'_>) -> Result<(), Error> {
    loop {
        if words.skip("NOSTEM") {
            text.no_stem = true;
        } else if words.skip("WEIGHT") {
            text.weight = words.number("weight")?;
        } else if words.skip("PHONETIC") {
            let matcher = words.next().ok_or(Error::new("PHONETIC requires an argument"))?;
            if ![b"dm:en", b"dm:pt", b"dm:fr", b"dm:es"].contains(&matcher.try_into().unwrap_or(b"     ")) {
                return Err(Error::new(
                    "Matcher Format: <2 chars algorithm>:<2 chars language>. Support algorithms: double metaphone (dm). \
                     Supported languages: English (en), French (fr), Portuguese (pt) and Spanish (es)",
                ));
            }
            text.phonetic = Some(matcher.to_vec());
        } else if words.skip("WITHSUFFIXTRIE") {
            text.with_suffix_trie = true;
        } else if !existence(field, words) {
            break;
        }
    }
    field.kind = FieldKind::Text(text);
    Ok(())
}

fn tag_options(field: &mut Field, mut tag: Tag, words: &mut Words<'_>) -> Result<(), Error> {
    loop {
        if words.skip("SEPARATOR") {
            let separator = words.next().ok_or(Error::new("SEPARATOR requires an argument"))?;
            let &[byte] = separator else {
                return Err(quoting("Tag separator must be a single character. Got `", separator, "`"));
            };
            tag.separator = byte;
        } else if words.skip("CASESENSITIVE") {
            tag.case_sensitive = true;
        } else if words.skip("WITHSUFFIXTRIE") {
            tag.with_suffix_trie = true;
        } else if !existence(field, words) {
            break;
        }
    }
    field.kind = FieldKind::Tag(tag);
    Ok(())
}

/// What is said of fields that are empty or not there.
fn existence(field: &mut Field, words: &mut Words<'_>) -> bool {
    if words.skip("INDEXEMPTY") {
        field.index_empty = true;
    } else if words.skip("INDEXMISSING") {
        field.index_missing = true;
    } else {
        return false;
    }
    true
}

/// Options of all types, which come after those of the type.
fn general_options(field: &mut Field, words: &mut Words<'_>) {
    loop {
        if words.skip("SORTABLE") {
            field.sortable = true;
            // Numbers have no other form, and tags whose case matters don't want one.
            let has_one_form = match &field.kind {
                FieldKind::Numeric => true,
                FieldKind::Tag(tag) => tag.case_sensitive,
                FieldKind::Text(_) | FieldKind::Geo => false,
            };
            field.unnormalized |= words.skip("UNF") || has_one_form;
        } else if words.skip("NOINDEX") {
            field.no_index = true;
        } else {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn created(line: &str) -> Result<Definition, String> {
        let words: Vec<Vec<u8>> = line.split_whitespace().map(|word| word.as_bytes().to_vec()).collect();
        create(b"i", &words).map_err(|error| format!("{:?}", crate::reply::Reply::from(error)))
    }

    #[test]
    fn options_are_kept() {
        let index = created(
            "ON HASH PREFIX 2 a: b: STOPWORDS 1 The NOHL SCHEMA t AS x TEXT WEIGHT 2 NOSTEM SORTABLE UNF u TEXT \
             NOINDEX v TEXT g TAG SEPARATOR ; CASESENSITIVE",
        )
        .expect("a definition");
        assert!(index.covers(b"b:1") && !index.covers(b"c"));
        assert!(index.stop_words().contains(b"THE") && !index.stop_words().contains(b"a"));
        assert_eq!([index.mask_of(b"x"), index.mask_of(b"u"), index.mask_of(b"v"), index.mask_of(b"g")], [1, 0, 2, 0]);
        assert_eq!(index.field(b"g").and_then(Field::tag).map(|tag| tag.separator), Some(b';'));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = [
            ("", "No schema found"),
            ("FOO", "Unknown argument `FOO`"),
            ("SCHEMA", "Fields arguments are missing"),
            ("SCHEMA a", "Field `a` does not have a type"),
            ("SCHEMA a B", "Invalid field type for field `a`"),
            ("SCHEMA a TEXT a TAG", "Duplicate field in schema - a"),
            ("SCHEMA a TAG SEPARATOR xx", "Tag separator must be a single character. Got `xx`"),
            ("SCHEMA a TEXT WEIGHT x", "Bad arguments for weight: Could not convert argument to expected type"),
            (
                "SCHEMA a TEXT INDEXMISSING NOINDEX",
                "'Field cannot be defined with both `NOINDEX` and `INDEXMISSING` `a` '",
            ),
            ("PREFIX 2 a", "Bad arguments for PREFIX: Expected an argument, but none provided"),
        ];
        for (line, error) in wrong {
            let reply = crate::reply::Reply::Error(error.as_bytes().to_vec().into());
            assert_eq!(created(line).err(), Some(format!("{reply:?}")), "{line}");
        }
    }
}
