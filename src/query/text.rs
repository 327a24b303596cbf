//! Words as queries and the index write them.

use rust_stemmers::{Algorithm, Stemmer};

use super::Schema;
use crate::resp::Bytes;

/// The list of an index that was given none.
const STOPWORDS: &str = "a is the an and are as at be but by for if in into it no not of on or such that their then there \
                         these they this to was will with";

/// C's `isspace`.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Whether a backslash before this byte is only an escape.
fn is_escaped(byte: Option<&u8>) -> bool {
    byte.is_some_and(|&b| b.is_ascii_punctuation() || is_space(b))
}

/// Without escapes. Of two backslashes the first goes, and the second too if it stands before something to escape.
pub fn unescape(text: &[u8]) -> Bytes {
    unescape_before(text, None)
}

/// Without escapes, where `next` stands behind the text.
pub fn unescape_before(text: &[u8], next: Option<u8>) -> Bytes {
    let behind = |at: usize| text.get(at + 1).or(next.as_ref());
    let kept = text.iter().enumerate().filter(|(at, byte)| **byte != b'\\' || !is_escaped(behind(*at)));
    kept.map(|(_, byte)| *byte).collect()
}

/// A tag as it is looked for: without escapes (of two backslashes one stays), and in lower case unless case matters.
pub fn plain_tag(text: &[u8], case_sensitive: bool) -> Bytes {
    let mut plain = Bytes::new();
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        let is_escape = *byte == b'\\' && is_escaped(after.first());
        rest = if is_escape { &after[1..] } else { after };
        plain.push(if is_escape { after[0] } else { *byte });
    }
    if case_sensitive { plain } else { lower(&plain) }
}

/// A pattern as it is looked for: a backslash goes, what follows it stays, whatever it is.
pub fn plain_pattern(pattern: &[u8]) -> Bytes {
    let mut plain = Bytes::new();
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        plain.extend(if *byte == b'\\' { bytes.next() } else { Some(byte) });
    }
    plain
}

/// As the index keeps a word: without escapes, in lower case.
pub fn normal(text: &[u8]) -> Bytes {
    lower(&unescape(text))
}

/// In lower case as RediSearch's Unicode library does it, slips included: what would become longer stays as it is, and
/// characters of four bytes are written back with bit 12 in the wrong place.
pub fn lower(text: &[u8]) -> Bytes {
    let mut lowered = Bytes::new();
    let mut at = 0;
    while at < text.len() {
        let (code, length) = decode(&text[at..]);
        if code == 0 {
            break;
        }
        match char::from_u32(code) {
            Some(c) => c.to_lowercase().for_each(|c| encode(u32::from(c), &mut lowered)),
            None => encode(code, &mut lowered),
        }
        at += length;
    }
    if lowered.is_empty() || lowered.len() > text.len() { text.to_vec() } else { lowered }
}

/// The code point that the first byte announces, whatever follows; what is missing is 0.
fn decode(text: &[u8]) -> (u32, usize) {
    let byte = |at: usize| u32::from(text.get(at).copied().unwrap_or(0));
    let tail = |at: usize| byte(at) & 0x3f;
    match byte(0) {
        first @ 0..0x80 => (first, 1),
        first @ 0x80..0xe0 => ((first & 0x1f) << 6 | tail(1), 2),
        first @ 0xe0..0xf0 => ((first & 0x0f) << 12 | tail(1) << 6 | tail(2), 3),
        first => ((first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4),
    }
}

fn encode(code: u32, out: &mut Bytes) {
    let byte = |bits: u32| bits.to_le_bytes()[0];
    let tail = |shift: u32| byte(0x80 | (code >> shift & 0x3f));
    match code {
        0..0x80 => out.push(byte(code)),
        0x80..0x800 => out.extend([byte(0xc0 | code >> 6), tail(0)]),
        0x800..0x10000 => out.extend([byte(0xe0 | code >> 12), tail(6), tail(0)]),
        _ => {
            let second = 0x80 | (code & 0x03_e000) >> 12;
            let third = 0x80 | (code & 0x1fc0) >> 6;
            out.extend([byte(0xf0 | code >> 18 & 7), byte(second), byte(third), tail(0)]);
        }
    }
}

/// Whether a word, in any case, is left out of this index.
pub fn is_stopword(schema: &Schema, word: &[u8]) -> bool {
    let word = lower(word);
    match &schema.stopwords {
        None => STOPWORDS.split(' ').any(|stop| stop.as_bytes() == word),
        Some(list) => list.iter().any(|stop| lower(stop) == word),
    }
}

/// The stem of a lower-case English word; bytes that are no text are letters like any other.
pub fn stem(word: &[u8]) -> Bytes {
    let stemmer = Stemmer::create(Algorithm::English);
    match std::str::from_utf8(word) {
        Ok(text) => stemmer.stem(text).as_bytes().to_vec(),
        Err(_) => {
            let letters: String = word.iter().map(|&b| char::from(b)).collect();
            stemmer.stem(&letters).chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_has_the_slips_of_the_library() {
        assert_eq!(lower("ÜBER ΣΊΣΥΦΟΣ".as_bytes()), "über σίσυφοσ".as_bytes());
        assert_eq!(lower("🚀".as_bytes()), b"\xf0\x9e\xda\x80");
        assert_eq!(lower(b"A\xc3"), b"A\xc3");
    }

    #[test]
    fn escapes_go() {
        assert_eq!(unescape(b"foo\\-bar\\x"), b"foo-bar\\x");
        assert_eq!((unescape(b"\\\\"), unescape(b"\\\\\\-")), (b"\\".to_vec(), b"-".to_vec()));
        assert_eq!(unescape_before(b"\\\\", Some(b'*')), b"");
        assert_eq!(
            (plain_tag(b"A\\\\\\-B", true), plain_tag(b"\\\\\\\\A", false)),
            (b"A\\-B".to_vec(), b"\\\\a".to_vec())
        );
        assert_eq!((plain_pattern(b"a\\*\\\\"), plain_pattern(b"a\\")), (b"a*\\".to_vec(), b"a".to_vec()));
    }
}
