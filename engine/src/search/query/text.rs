//! How the texts of a query are read: escapes, case, numbers, wildcards.

use super::lexer::{is_punctuation, is_space};
use super::node::{Node, NodeKind};
use crate::search::analysis::fold;
use crate::search::schema::{Definition, Tag};

/// The text without the backslashes in front of punctuation and blanks.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after.split_first()) {
            (b'\\', Some((&next, after))) if is_punctuation(next) || is_space(next) => {
                plain.push(next);
                rest = after;
            }
            _ => plain.push(byte),
        }
    }
    plain
}

/// A field's name without its backslashes: of several in a row, none stays.
pub(super) fn unescape_name(name: &[u8]) -> Vec<u8> {
    let is_dropped = |(at, &byte): (usize, &u8)| {
        byte == b'\\' && name.get(at + 1).is_some_and(|&next| is_punctuation(next) || is_space(next))
    };
    name.iter().enumerate().filter(|&item| !is_dropped(item)).map(|(_, &byte)| byte).collect()
}

/// A term as it is looked for: without escapes, in lower case.
pub(super) fn normalize(text: &[u8]) -> Vec<u8> {
    fold(&unescape(until_nul(text)))
}

/// What C takes for the text.
pub(super) fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// A pattern without its backslashes.
pub(super) fn unescape_pattern(pattern: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(pattern.len());
    let mut bytes = pattern.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(if byte == b'\\' { bytes.next().copied().unwrap_or(byte) } else { byte });
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

/// A number as C's `strtod` reads it, if that reads all of it.
pub(super) fn double(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?.trim_ascii_start();
    if text.is_empty() {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    let is_zero = !text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let is_literal = text.trim_start_matches(['+', '-']).starts_with(['i', 'I', 'n', 'N']);
    let is_in_range = number.is_finite() && (number != 0.0 || is_zero);
    (is_in_range || is_literal).then_some(number)
}

/// An integer as C's `strtoll` reads it, if that reads all of it.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.trim_ascii_start().parse().ok()
}

/// Tags are looked for without escapes, and in lower case if the field says so. As the words of a tag that has blanks are
/// nodes by themselves, they are treated one by one.
pub(super) fn settle_tags(node: &mut Node, index: &Definition) {
    let NodeKind::Tag { field } = &node.kind else {
        return node.children.iter_mut().for_each(|child| settle_tags(child, index));
    };
    if let Some(tag) = index.field(field).and_then(|field| field.tag()) {
        node.children.iter_mut().for_each(|child| settle(child, tag));
    }
}

fn settle(node: &mut Node, tag: &Tag) {
    match &mut node.kind {
        NodeKind::Token { text, .. } | NodeKind::Affix { text, .. } | NodeKind::Wildcard { pattern: text } => {
            let plain = unescape(until_nul(text));
            *text = if tag.case_sensitive { plain } else { fold(&plain) };
        }
        _ => node.children.iter_mut().for_each(|child| settle(child, tag)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes_go_where_they_mean_something() {
        assert_eq!(unescape(br"a\-b\\\a\"), br"a-b\\a\");
        assert_eq!(unescape_name(br"a\\-b\c"), br"a-b\c");
        assert_eq!(unescape_pattern(br"a\'b\\"), br"a'b\");
        let all: Vec<&[u8]> = words(br"a-b\-c, $d_e").collect();
        assert_eq!(all, [&b"a"[..], br"b\-c", b"$d_e"]);
    }

    #[test]
    fn numbers_are_read_whole() {
        assert_eq!(double(b"1e3"), Some(1000.0));
        assert_eq!(double(b"-inf"), Some(f64::NEG_INFINITY));
        assert_eq!(double(b"1e999"), None);
        assert_eq!(double(b"1e-999"), None);
        assert_eq!(double(b"1x"), None);
        assert_eq!(integer(b"-1"), Some(-1));
        assert_eq!(integer(b"0.5"), None);
    }
}
