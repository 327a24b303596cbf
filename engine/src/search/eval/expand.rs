//! Terms that a part of a query stands for.

use super::pattern;
use super::{Contents, Definition};
use crate::search::analysis::fold;
use crate::search::index::Postings;
use crate::search::schema::FieldMask;

/// How many terms an affix, a pattern or a misspelt word stands for at most.
pub(super) const EXPANSIONS_MAX: usize = 200;
/// Shorter affixes stand for nothing.
pub(super) const AFFIX_BYTES_MIN: usize = 2;
/// Longer words are not looked for among the misspelt.
const FUZZY_CHARS_MAX: usize = 100;
/// Longer terms are not in the dictionary: they are found by themselves alone.
const TERM_CHARS_MAX: usize = 255;
const TERM_BYTES_MAX: usize = 512;

/// A character. The server's dictionary knows those of 16 bits.
type Rune = u32;

const RUNE_MAX: Rune = 0xffff;

/// The terms of an index that may be expanded to.
pub(super) struct Terms<'a> {
    pub contents: &'a Contents,
    /// Only terms of these fields, if they can be found by their ends.
    pub with_suffixes: Option<FieldMask>,
}

pub(super) type Found<'a> = Vec<(&'a [u8], &'a Postings)>;

impl<'a> Terms<'a> {
    /// Of an index as a whole.
    pub fn all(contents: &'a Contents) -> Terms<'a> {
        Terms { contents, with_suffixes: None }
    }

    /// Terms that can be found by their ends, or all if there is no field of which terms can.
    pub fn by_suffix(contents: &'a Contents, definition: &Definition) -> Terms<'a> {
        let mask = Contents::suffix_fields(definition);
        Terms { contents, with_suffixes: (mask != 0).then_some(mask) }
    }

    fn filter(&self, is_match: impl Fn(&[Rune]) -> bool) -> Found<'a> {
        let mut runes = Vec::new();
        let found = self.contents.terms.iter().filter(|(term, postings)| {
            if term.len() > TERM_BYTES_MAX {
                return false;
            }
            let Some(text) = std::str::from_utf8(term).ok().filter(|text| !text.is_empty()) else {
                return false;
            };
            runes.clear();
            runes.extend(text.chars().map(Rune::from));
            runes.len() <= TERM_CHARS_MAX && self.is_known(term, postings, &runes) && is_match(&runes)
        });
        found.map(|(term, postings)| (term.as_slice(), postings)).collect()
    }

    /// Whether a dictionary of 16-bit characters would know the term.
    fn is_known(&self, term: &[u8], postings: &Postings, runes: &[Rune]) -> bool {
        match self.with_suffixes {
            None => runes.iter().all(|&rune| rune <= RUNE_MAX),
            Some(mask) => term[0] != b'+' && postings.values().any(|posting| posting.fields & mask != 0),
        }
    }

    /// Terms that begin with, end with or contain a text.
    pub fn affix(&self, text: &[u8], prefix: bool, suffix: bool) -> Found<'a> {
        let text = runes(text);
        let mut found = match (prefix, suffix) {
            (true, false) => self.filter(|term| term.starts_with(&text)),
            (false, _) => self.filter(|term| term.ends_with(&text)),
            (true, true) => self.filter(|term| text.is_empty() || term.windows(text.len()).any(|part| part == text)),
        };
        if suffix && self.with_suffixes.is_some() {
            // The suffixes from the match on are in their order, and the terms of a suffix in that of their coming.
            found.sort_by_cached_key(|(term, postings)| {
                let term = runes(term);
                let suffixes = (0..term.len()).map(|at| term[at..].to_vec()).filter(|rest| rest.starts_with(&text));
                (suffixes.min(), postings.keys().next().copied())
            });
        }
        found
    }

    /// Terms that match a pattern.
    pub fn wildcard(&self, pattern: &[u8]) -> Found<'a> {
        let pattern = runes(pattern);
        self.filter(|term| pattern::matches(term, &pattern, Rune::from('*'), Rune::from('?')))
    }

    /// Terms within an edit distance.
    pub fn fuzzy(&self, text: &[u8], distance: u8) -> Found<'a> {
        let text = runes(text);
        if text.len() > FUZZY_CHARS_MAX {
            return Vec::new();
        }
        self.filter(|term| pattern::is_near(term, &text, usize::from(distance)))
    }
}

/// The characters of a text in lower case. Where a sequence of bytes is none, its first byte says how many belong to it.
fn runes(text: &[u8]) -> Vec<Rune> {
    let folded = fold(text);
    if let Ok(text) = std::str::from_utf8(&folded) {
        return text.chars().map(Rune::from).collect();
    }
    let mut runes = Vec::new();
    let mut rest = &folded[..];
    while let Some(&first) = rest.first() {
        let (len, bits) = match first {
            0xf0.. => (4, first & 0x07),
            0xe0.. => (3, first & 0x0f),
            0xc0.. => (2, first & 0x1f),
            _ => (1, first),
        };
        let (char, after) = rest.split_at(len.min(rest.len()));
        let add = |rune: Rune, &byte: &u8| rune << 6 | Rune::from(byte & 0x3f);
        runes.push(char[1..].iter().fold(Rune::from(bits), add) & RUNE_MAX);
        rest = after;
    }
    runes
}
