//! FT.EXPLAIN's text.

use super::node::{Node, NodeKind, Options};
use super::text::{plain_pattern, plain_tag};
use super::{FieldKind, Schema, number};
use crate::resp::Bytes;

/// The tree, two blanks a level.
pub fn explain(node: &Node, schema: &Schema) -> Bytes {
    let mut out = Writer { schema, out: Bytes::new() };
    out.node(node, 0, Place::Words);
    out.out
}

struct Writer<'a> {
    schema: &'a Schema,
    out: Bytes,
}

/// What is around a node: what is asked is looked at only where there is something to ask.
#[derive(Clone, Copy)]
enum Place {
    /// No list of tags.
    Words,
    /// The tags of a field, in which case may matter.
    Tags { case_sensitive: bool },
    /// Tags of a field that has none.
    NoTags,
}

impl Place {
    fn text(self, text: &[u8]) -> Bytes {
        match self {
            Place::Tags { case_sensitive } => plain_tag(text, case_sensitive),
            Place::Words | Place::NoTags => text.to_vec(),
        }
    }

    fn pattern(self, pattern: &[u8]) -> Bytes {
        match self {
            Place::NoTags => pattern.to_vec(),
            place => plain_pattern(&place.text(pattern)),
        }
    }
}

impl Writer<'_> {
    fn put(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    fn pad(&mut self, depth: usize) {
        self.put("  ".repeat(depth));
    }

    fn node(&mut self, node: &Node, depth: usize, place: Place) {
        self.pad(depth);
        self.fields(node);
        match &node.kind {
            NodeKind::Token { text, expanded } => return self.token(node, text, *expanded, place),
            NodeKind::Phrase { exact } => {
                self.block(if *exact { "EXACT {" } else { "INTERSECT {" }, node, depth, place)
            }
            NodeKind::Union => self.block("UNION {", node, depth, place),
            NodeKind::Not => self.block("NOT{", node, depth, place),
            NodeKind::Optional => self.block("OPTIONAL{", node, depth, place),
            NodeKind::Tag { field } => {
                self.put(b"TAG:@");
                self.put(field);
                let place = match self.schema.field(field).map(|field| &field.kind) {
                    Some(FieldKind::Tag { case_sensitive, .. }) => Place::Tags { case_sensitive: *case_sensitive },
                    _ => Place::NoTags,
                };
                self.block(" {", node, depth, place);
            }
            leaf => self.leaf(leaf, place),
        }
        self.attributes(&node.options);
        self.put("\n");
    }

    /// `@a|b:`, where the node is not about all fields.
    fn fields(&mut self, node: &Node) {
        let mask = node.options.fields;
        let is_filter = matches!(node.kind, NodeKind::Numeric { .. } | NodeKind::Geo { .. });
        if mask == 0 {
            self.put("@NULL:");
        } else if mask != Options::ALL_FIELDS && !is_filter {
            let names: Vec<&[u8]> =
                super::check::fields(self.schema, mask).map(|field| field.name.as_slice()).collect();
            self.put("@");
            self.put(names.join(&b'|'));
            self.put(":");
        }
    }

    fn block(&mut self, head: &str, node: &Node, depth: usize, place: Place) {
        self.put(head);
        self.put("\n");
        for child in &node.children {
            self.node(child, depth + 1, place);
        }
        self.pad(depth);
        self.put("}");
    }

    fn token(&mut self, node: &Node, text: &[u8], expanded: bool, place: Place) {
        let text = place.text(text);
        self.put(if text.is_empty() { b"\"\"" } else { text.as_slice() });
        self.put(if expanded { "(expanded)" } else { "" });
        if node.options.weight != 1.0 {
            self.put(format!(" => {{$weight: {};}}", number::general(node.options.weight)));
        }
        self.put("\n");
    }

    fn leaf(&mut self, kind: &NodeKind, place: Place) {
        match kind {
            NodeKind::Affix { text, prefix, suffix } => {
                let name = match (prefix, suffix) {
                    (true, true) => "INFIX{*",
                    (true, false) => "PREFIX{",
                    (false, _) => "SUFFIX{*",
                };
                self.put(name);
                self.put(place.text(text));
                self.put(if *prefix { "*}" } else { "}" });
            }
            NodeKind::Fuzzy { text, .. } => self.put([b"FUZZY{", text.as_slice(), b"}"].concat()),
            NodeKind::Wildcard { pattern } => {
                self.put("WILDCARD{");
                self.put(place.pattern(pattern));
                self.put("}");
            }
            NodeKind::Numeric { field, min, max, min_inclusive, max_inclusive } => {
                let sign = |inclusive: &bool| if *inclusive { "<=" } else { "<" };
                self.put(format!("NUMERIC {{{} {} @", number::fixed(*min), sign(min_inclusive)));
                self.put(field);
                self.put(format!(" {} {}}}", sign(max_inclusive), number::fixed(*max)));
            }
            NodeKind::Geo { field, longitude, latitude, radius, unit } => {
                self.put([b"GEO ", field.as_slice()].concat());
                let [longitude, latitude, radius] = [longitude, latitude, radius].map(|n| number::fixed(*n));
                self.put(format!(":{{{longitude},{latitude} --> {radius} {}}}", unit.name()));
            }
            NodeKind::Missing { field } => self.put([b"ISMISSING{", field.as_slice(), b"}"].concat()),
            NodeKind::All => self.put("<WILDCARD>"),
            _ => self.put("<empty>"),
        }
    }

    fn attributes(&mut self, options: &Options) {
        if options.weight == 1.0 && options.slop == -1 && !options.in_order {
            return;
        }
        self.put(" => {");
        if options.weight != 1.0 {
            self.put(format!(" $weight: {};", number::general(options.weight)));
        }
        if options.slop != -1 {
            self.put(format!(" $slop: {};", options.slop));
        }
        if options.in_order || options.slop != -1 {
            self.put(format!(" $inorder: {};", options.in_order));
        }
        self.put(" }");
    }
}
