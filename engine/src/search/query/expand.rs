//! Words are looked for together with their stems.

use super::node::{Node, NodeKind, Phonetic};
use crate::reply::Error;
use crate::search::analysis::stem_of;
use crate::search::schema::{ALL_FIELDS, Definition, FieldMask, Text};

/// Makes unions of all words that may be expanded: the word, its stem as the index marks it (`+stem`), and the stem as a
/// word, if it is another.
pub(super) fn expand(node: &mut Node, index: &Definition) -> Result<(), Error> {
    let is_fixed = matches!(node.kind, NodeKind::Phrase { exact: true } | NodeKind::Tag { .. });
    if node.options.verbatim || is_fixed || !has_stems(node.options.fields, index) {
        return Ok(());
    }
    let text = match &node.kind {
        NodeKind::Token { text, .. } if !text.is_empty() => text.clone(),
        _ => return node.children.iter_mut().try_for_each(|child| expand(child, index)),
    };
    check_phonetics(node, index)?;
    let fields = stemmed(node.options.fields, index);
    let stem = stem_of(&text);
    let expanded = |text: Vec<u8>| {
        let mut token = Node::new(NodeKind::Token { text, expanded: true });
        token.options.fields = fields;
        token
    };
    let mut union = Node::new(NodeKind::Union);
    union.options.fields = node.options.fields;
    let marked = expanded([b"+", stem.as_slice()].concat());
    let other = (stem != text).then(|| expanded(stem));
    let word = std::mem::replace(node, union);
    node.children = [word, marked].into_iter().chain(other).collect();
    Ok(())
}

/// The fields among these that have stems; all fields stay all fields.
fn stemmed(fields: FieldMask, index: &Definition) -> FieldMask {
    if fields == ALL_FIELDS { fields } else { mask(fields, index, |text| !text.no_stem) }
}

fn has_stems(fields: FieldMask, index: &Definition) -> bool {
    stemmed(fields, index) != 0
}

fn mask(fields: FieldMask, index: &Definition, is_meant: impl Fn(&Text) -> bool) -> FieldMask {
    let meant = index.text_fields().filter(|(_, text)| is_meant(text));
    meant.fold(0, |mask, (_, text)| mask | text.mask() & fields)
}

/// Whoever says something of how a word sounds must mean a field that knows.
fn check_phonetics(node: &Node, index: &Definition) -> Result<(), Error> {
    let knows = mask(node.options.fields, index, |text| text.phonetic.is_some()) != 0;
    if node.options.phonetic == Phonetic::AsDefined || knows {
        return Ok(());
    }
    Err(Error::new("field does not support phonetics"))
}
