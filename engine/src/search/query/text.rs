//! How the texts of a query are read: escapes, case, numbers, wildcards.

use super::lexer::{is_punctuation, is_space};
use super::node::{Node, NodeKind};
use crate::search::analysis::fold;
use crate::search::schema::{Definition, Tag};

/// The text without the backslashes in front of punctuation and blanks: of several in a row, none stays.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    unescape_before(text, None)
}

/// The same, where `next` stands after the text.
pub(super) fn unescape_before(text: &[u8], next: Option<u8>) -> Vec<u8> {
    let after = |at: usize| text.get(at + 1).copied().or(next);
    let is_dropped = |at: usize| text[at] == b'\\' && after(at).is_some_and(is_escapable);
    (0..text.len()).filter(|&at| !is_dropped(at)).map(|at| text[at]).collect()
}

/// A tag without these backslashes: of two in a row, one stays.
fn unescape_tag(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after.split_first()) {
            (b'\\', Some((&next, after))) if is_escapable(next) => {
                plain.push(next);
                rest = after;
            }
            _ => plain.push(byte),
        }
    }
    plain
}

fn is_escapable(byte: u8) -> bool {
    is_punctuation(byte) || is_space(byte)
}

/// A term as it is looked for: without escapes, in lower case.
pub(super) fn normalize(text: &[u8]) -> Vec<u8> {
    fold(&unescape(until_nul(text)))
}

/// What C takes for the text.
pub(super) fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// A pattern without its backslashes: they protect nothing.
fn unescape_pattern(pattern: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(pattern.len());
    let mut bytes = until_nul(pattern).iter();
    while let Some(&byte) = bytes.next() {
        plain.extend(if byte == b'\\' { bytes.next().copied() } else { Some(byte) });
    }
    plain
}

/// The words between separators; escaped separators don't separate.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut is_escaped = false;
    let parts = until_nul(text).split(move |&byte| {
        let separates = is_separator(byte) && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        separates
    });
    parts.filter(|word| !word.is_empty())
}

/// Blanks and punctuation but `$`, `_` and the backslash.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t') || is_punctuation(byte) && !matches!(byte, b'$' | b'_' | b'\\')
}

/// A number as C's `strtod` reads it, if that reads all of it; nothing at all is zero.
pub(super) fn number(text: &[u8]) -> Option<f64> {
    if text.is_empty() { Some(0.0) } else { without_blanks(text)?.parse().ok() }
}

/// The same, if it is neither too large nor too small.
pub(super) fn double(text: &[u8]) -> Option<f64> {
    let number = number(text)?;
    let digits = text.split(|byte| matches!(byte, b'e' | b'E')).next().unwrap_or_default();
    let is_zero = !digits.iter().any(|byte| matches!(byte, b'1'..=b'9'));
    let is_word = text.iter().any(|byte| matches!(byte, b'n' | b'N'));
    let is_in_range = number.is_finite() && (number != 0.0 || is_zero);
    (is_in_range || is_word).then_some(number)
}

/// An integer as C's `strtoll` reads it, if that reads all of it.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    without_blanks(text)?.parse().ok()
}

fn without_blanks(text: &[u8]) -> Option<&str> {
    let blanks = text.iter().take_while(|&&byte| is_space(byte)).count();
    std::str::from_utf8(&text[blanks..]).ok()
}

/// What the server does to texts only when it runs the query. Tags are looked for without escapes, and in lower case if
/// the field says so: as the words of a tag that has blanks are nodes by themselves, they are treated one by one. What is
/// asked of a field that has no tags stays as it was written. Patterns lose their backslashes.
pub(super) fn settle(node: &mut Node, index: &Definition) {
    match &mut node.kind {
        NodeKind::Tag { field } => {
            if let Some(tag) = index.field(field).and_then(|field| field.tag()) {
                node.children.iter_mut().for_each(|child| settle_tag(child, tag));
            }
        }
        NodeKind::Wildcard { pattern } => *pattern = unescape_pattern(pattern),
        _ => node.children.iter_mut().for_each(|child| settle(child, index)),
    }
}

fn settle_tag(node: &mut Node, tag: &Tag) {
    let settled = |text: &[u8]| {
        let plain = unescape_tag(until_nul(text));
        if tag.case_sensitive { plain } else { fold(&plain) }
    };
    match &mut node.kind {
        NodeKind::Token { text, .. } | NodeKind::Affix { text, .. } => *text = settled(text),
        NodeKind::Wildcard { pattern } => *pattern = unescape_pattern(&settled(pattern)),
        _ => node.children.iter_mut().for_each(|child| settle_tag(child, tag)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes_go_where_they_mean_something() {
        assert_eq!(unescape(br"a\-b\\\a\"), br"a-b\a\");
        assert_eq!((unescape(br"a\\-b\c"), unescape(br"\\\\")), (br"a-b\c".to_vec(), br"\".to_vec()));
        assert_eq!(
            (unescape_before(br"\\", Some(b'*')), unescape_before(br"\\", Some(b'a'))),
            (vec![], br"\".to_vec())
        );
        assert_eq!((unescape_tag(br"a\\\-b"), unescape_tag(br"\\\\")), (br"a\-b".to_vec(), br"\\".to_vec()));
        assert_eq!((unescape_pattern(br"a\'b\\"), unescape_pattern(br"a\")), (br"a'b\".to_vec(), b"a".to_vec()));
        let all: Vec<&[u8]> = words(br"a-b\-c, $d_e").collect();
        assert_eq!(all, [&b"a"[..], br"b\-c", b"$d_e"]);
    }

    #[test]
    fn numbers_are_read_whole() {
        assert_eq!(double(b"1e3"), Some(1000.0));
        assert_eq!(double(b"-inf"), Some(f64::NEG_INFINITY));
        assert_eq!(double(b"1e999"), None);
        assert_eq!(double(b"1e-999"), None);
        assert_eq!((double(b"0e5"), double(b"\x0b-.5"), double(b"")), (Some(0.0), Some(-0.5), Some(0.0)));
        assert_eq!((double(b"1x"), double(b" ")), (None, None));
        assert_eq!(integer(b"-1"), Some(-1));
        assert_eq!(integer(b"0.5"), None);
    }
}
