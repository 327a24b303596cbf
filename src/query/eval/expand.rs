//! Patterns: which words they stand for.

use std::collections::BTreeSet;

use super::super::text::lower;
use super::collection::Collection;
use crate::resp::Bytes;

/// Shorter affixes match nothing.
pub const MIN_AFFIX: usize = 2;
/// No pattern stands for more words: the first of them, in order.
pub const MAX_EXPANSIONS: usize = 200;

/// What is asked of a word.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// `pre*`, `*suf`, `*inf*`: what is between the stars, one behind (`prefix`), one before (`suffix`).
    Affix {
        /// What is between.
        text: Bytes,
        /// A star behind.
        prefix: bool,
        /// A star before.
        suffix: bool,
    },
    /// `w'...'`: `?` is one character, `*` any number.
    Wildcard(Vec<Glyph>),
    /// At most so many characters added, left out or changed.
    Fuzzy {
        /// The word.
        text: Bytes,
        /// How many.
        distance: u8,
    },
}

/// An element of a wildcard pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Glyph {
    /// `?`
    Any,
    /// `*`
    Many,
    /// Itself.
    Char(char),
}

impl Pattern {
    /// The pattern between the quotes: a backslash takes the meaning of what follows.
    pub fn wildcard(pattern: &[u8]) -> Pattern {
        let mut glyphs = Vec::new();
        let mut chars = String::from_utf8_lossy(pattern).into_owned().chars().collect::<Vec<_>>().into_iter();
        while let Some(c) = chars.next() {
            glyphs.push(match c {
                '\\' => Glyph::Char(chars.next().unwrap_or('\\')),
                '?' => Glyph::Any,
                '*' => Glyph::Many,
                c => Glyph::Char(c),
            });
        }
        Pattern::Wildcard(glyphs)
    }

    /// Whether it is worth a search at all.
    pub fn is_long_enough(&self) -> bool {
        !matches!(self, Pattern::Affix { text, .. } if text.len() < MIN_AFFIX)
    }

    /// Whether the word is one of those.
    pub fn matches(&self, word: &[u8]) -> bool {
        match self {
            Pattern::Affix { text, prefix: true, suffix: false } => word.starts_with(text),
            Pattern::Affix { text, prefix: false, .. } => word.ends_with(text),
            Pattern::Affix { text, .. } => word.windows(text.len().max(1)).any(|window| window == text),
            Pattern::Wildcard(glyphs) => {
                matches_glyphs(glyphs, &String::from_utf8_lossy(word).chars().collect::<Vec<_>>())
            }
            Pattern::Fuzzy { text, distance } => is_near(text, word, usize::from(*distance)),
        }
    }

    fn may_use_suffixes(&self) -> bool {
        match self {
            Pattern::Affix { suffix, .. } => *suffix,
            // Only what lies between two stars, or at an end, can be looked up.
            Pattern::Wildcard(glyphs) => glyphs
                .split(|glyph| *glyph == Glyph::Many)
                .any(|part| !part.is_empty() && part.iter().all(|glyph| matches!(glyph, Glyph::Char(_)))),
            Pattern::Fuzzy { .. } => false,
        }
    }
}

/// The words of the TEXT fields the pattern stands for.
pub fn words<'a>(collection: &'a Collection<'_>, pattern: &Pattern) -> Vec<&'a [u8]> {
    if !pattern.is_long_enough() {
        return Vec::new();
    }
    let folded = match pattern.clone() {
        Pattern::Affix { text, prefix, suffix } => Pattern::Affix { text: lower(&text), prefix, suffix },
        Pattern::Wildcard(glyphs) => Pattern::Wildcard(glyphs.into_iter().map(fold).collect()),
        fuzzy => fuzzy,
    };
    let has_suffixes = collection.schema.fields.iter().any(|field| field.is_text() && field.suffix_trie);
    let by_suffix = has_suffixes && folded.may_use_suffixes();
    let candidates: BTreeSet<&[u8]> = if by_suffix {
        collection.suffix_vocabulary()
    } else {
        collection.vocabulary().into_keys().filter(|word| is_in_trie(word)).collect()
    };
    let mut found: Vec<&[u8]> = candidates.into_iter().filter(|word| folded.matches(word)).collect();
    if let (true, Pattern::Affix { text, .. }) = (by_suffix, &folded) {
        // A trie of suffixes has them in the order of what follows the match, and then in that of arrival.
        found.sort_by_key(|word| {
            let rest = (0..word.len()).map(|at| &word[at..]).filter(|rest| rest.starts_with(text)).min();
            (rest, collection.documents.iter().position(|document| document.words.contains_key(*word)))
        });
    }
    found.truncate(MAX_EXPANSIONS);
    // A short word is near to the empty one, which is no word of the trie.
    if let Pattern::Fuzzy { text, distance } = pattern
        && text.len() <= usize::from(*distance)
        && let Some(empty) = collection.vocabulary().into_keys().find(|word| word.is_empty())
    {
        found.push(empty);
    }
    found
}

fn fold(glyph: Glyph) -> Glyph {
    match glyph {
        Glyph::Char(c) => Glyph::Char(c.to_lowercase().next().unwrap_or(c)),
        other => other,
    }
}

/// The trie of words has characters of sixteen bits: what has others is not found again. And it has no empty word.
fn is_in_trie(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(|byte| *byte < 0xf0)
}

/// Greedy, with one place to go back to: linear in practice, and never worse than pattern times word.
fn matches_glyphs(glyphs: &[Glyph], word: &[char]) -> bool {
    let (mut g, mut w) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while w < word.len() {
        match glyphs.get(g) {
            Some(Glyph::Many) => {
                star = Some((g, w));
                g += 1;
            }
            Some(Glyph::Any) => (g, w) = (g + 1, w + 1),
            Some(Glyph::Char(c)) if *c == word[w] => (g, w) = (g + 1, w + 1),
            _ => match star {
                Some((at, from)) => {
                    (g, w) = (at + 1, from + 1);
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    glyphs[g..].iter().all(|glyph| *glyph == Glyph::Many)
}

/// Whether the edit distance (in characters) is small enough, or would be without the last character: what the server
/// tries is whether it has passed a match, and it may still hope for another one when the last character comes.
fn is_near(text: &[u8], word: &[u8], distance: usize) -> bool {
    let (text, word) = (runes(text), runes(word));
    let mut row: Vec<usize> = (0..=text.len()).collect();
    let mut was_near = false;
    for (i, c) in word.iter().enumerate() {
        was_near = row[text.len()] <= distance;
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, t) in text.iter().enumerate() {
            let changed = diagonal + usize::from(c != t);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
        if row.iter().all(|edits| *edits > distance) {
            return false;
        }
    }
    was_near || row[text.len()] <= distance
}

/// Characters of sixteen bits, read from the first byte's word for how many belong together.
fn runes(text: &[u8]) -> Vec<u16> {
    let mut runes = Vec::new();
    let mut rest = text;
    while let Some((&first, _)) = rest.split_first() {
        let (len, bits) = match first {
            0..=0x7f => (1, u32::from(first)),
            0x80..=0xdf => (2, u32::from(first & 0x1f)),
            0xe0..=0xef => (3, u32::from(first & 0x0f)),
            _ => (4, u32::from(first & 0x07)),
        };
        let more = (1..len).map(|i| u32::from(rest.get(i).copied().unwrap_or(0) & 0x3f));
        runes.push(more.fold(bits, |all, next| all << 6 | next) as u16);
        rest = rest.get(len..).unwrap_or_default();
    }
    runes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        let matches = |pattern: &str, word: &str| Pattern::wildcard(pattern.as_bytes()).matches(word.as_bytes());
        assert!(matches("h?l*o", "hello") && matches("*", "") && matches("é?é", "été") && matches("a\\*", "a*"));
        assert!(!matches("h?l*o", "hell") && !matches("?", "") && !matches("a\\*", "ab"));
    }

    #[test]
    fn nearness() {
        assert!(
            is_near(b"hello", b"hallo", 1) && is_near(b"hello", b"hell", 1) && is_near("été".as_bytes(), b"ete", 2)
        );
        assert!(!is_near(b"hello", b"hlelo", 1) && !is_near(b"abc", b"xyz", 2));
        let (near, far) = ("über".as_bytes(), b"blue");
        assert!(is_near(near, far, 3) && !is_near(near, far, 2), "four edits, but `blu` is near, and there was hope");
    }
}
