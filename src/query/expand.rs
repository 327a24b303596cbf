//! Stems: a word becomes a union of itself and its stems.

use super::check::{has_stems, is_left_alone, stemmed};
use super::node::{Node, NodeKind, Options};
use super::{Schema, text};
use crate::resp::Bytes;

/// The tree with stems.
pub fn expand(mut node: Node, schema: &Schema) -> Node {
    if is_left_alone(&node.kind, node.options.verbatim) || !has_stems(schema, node.options.fields) {
        return node;
    }
    match &node.kind {
        NodeKind::Token { text, .. } if !text.is_empty() => {
            let stem = text::stem(text);
            let text = text.clone();
            union(node, schema, stem, &text)
        }
        _ => {
            node.children = node.children.into_iter().map(|child| expand(child, schema)).collect();
            node
        }
    }
}

/// The word, `+` and its stem (which finds words of that stem), and the stem itself if it is another word.
fn union(word: Node, schema: &Schema, stem: Bytes, text: &[u8]) -> Node {
    let fields = word.options.fields;
    let mut union = Node::new(NodeKind::Union, Vec::new());
    union.options.fields = fields;
    let marked = [b"+", stem.as_slice()].concat();
    let is_other = stem != text;
    union.children.push(word);
    for text in std::iter::once(marked).chain(is_other.then_some(stem)) {
        let mut expanded = Node::leaf(NodeKind::Token { text, expanded: true });
        expanded.options.fields = if fields == Options::ALL_FIELDS { fields } else { fields & stemmed(schema) };
        union.children.push(expanded);
    }
    union
}
