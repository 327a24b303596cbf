//! A tree as a query: the canonical way to write it, with parentheses around everything.

use super::lexer::{self, Token};
use super::node::{FieldMask, Node, NodeKind, Options};
use super::params::Params;
use super::text::{is_space, is_stopword, normal, unescape, unescape_before};
use super::{Schema, check, exact, number};
use crate::resp::Bytes;

/// For whom a query is written.
#[derive(Clone, Copy, Debug)]
pub struct Style<'a> {
    /// The index.
    pub schema: &'a Schema,
    /// DIALECT.
    pub dialect: u8,
    /// Whether stop-words are left out.
    pub stopwords: bool,
}

/// A query and what goes with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Printed {
    /// The query.
    pub query: Bytes,
    /// PARAMS, for words that cannot be written (dialects 2 and 3).
    pub params: Params,
}

/// The query whose tree this is; `None` if there is none. Some trees of real queries have none: words that did not
/// survive being put in lower case, for one.
pub fn print(tree: &Node, style: &Style<'_>) -> Option<Printed> {
    let mut printer = Printer { style, out: Printed::default() };
    match tree.kind {
        NodeKind::Empty => {}
        NodeKind::All => printer.put("*"),
        _ => printer.node(tree, Options::ALL_FIELDS, false)?,
    }
    Some(printer.out)
}

struct Printer<'a> {
    style: &'a Style<'a>,
    out: Printed,
}

impl Printer<'_> {
    fn put(&mut self, text: impl AsRef<[u8]>) {
        self.out.query.extend_from_slice(text.as_ref());
    }

    fn is_first_dialect(&self) -> bool {
        self.style.dialect == 1
    }

    /// The node in parentheses, where `around` are the fields of what is around it. `closed`: its fields are named even
    /// if they are those around it.
    fn node(&mut self, node: &Node, around: FieldMask, closed: bool) -> Option<()> {
        let fields = node.options.fields;
        let is_scoped = fields != around || closed;
        let attributes = attributes(&node.options)?;
        self.put("(");
        if is_scoped {
            self.scope(fields)?;
        }
        let inner = is_scoped || !attributes.is_empty();
        self.put(if inner { "(" } else { "" });
        self.kind(node)?;
        self.put(if inner { ")" } else { "" });
        self.put(attributes);
        self.put(")");
        Some(())
    }

    /// `@a|b:`.
    fn scope(&mut self, fields: FieldMask) -> Option<()> {
        let names: Vec<Bytes> = check::fields(self.style.schema, fields).map(|field| field.name.clone()).collect();
        let (first, rest) = match names.split_first() {
            Some((first, rest)) => (first.clone(), rest.to_vec()),
            None => (self.no_field(), Vec::new()),
        };
        let mask = [&first].into_iter().chain(&rest).fold(0, |mask, name| mask | self.style.schema.text_bit(name));
        let plain = rest.iter().all(|name| escape(name) == *name && self.is_one_word(name));
        let first = field(&first)?;
        self.put(first);
        for name in rest {
            self.put("|");
            self.put(name);
        }
        self.put(":");
        (mask == fields && plain).then_some(())
    }

    /// A name that no field has.
    fn no_field(&self) -> Bytes {
        let mut name = b"none".to_vec();
        while self.style.schema.field(&name).is_some() {
            name.push(b'_');
        }
        name
    }

    fn kind(&mut self, node: &Node) -> Option<()> {
        match &node.kind {
            NodeKind::Phrase { exact: true } => self.exact(node),
            NodeKind::Phrase { exact: false } => self.operands(node, " "),
            NodeKind::Union => self.operands(node, "|"),
            NodeKind::Not | NodeKind::Optional => {
                self.put(if node.kind == NodeKind::Not { "-" } else { "~" });
                self.node(node.children.first()?, node.options.fields, false)
            }
            NodeKind::Token { text, .. } => self.word(text, node.options.verbatim),
            NodeKind::Affix { text, prefix, suffix } => self.affix(text, *prefix, *suffix),
            NodeKind::Fuzzy { text, distance } => self.fuzzy(text, *distance),
            NodeKind::Wildcard { pattern } => self.wildcard(pattern),
            NodeKind::Tag { field } => self.tags(node, field),
            NodeKind::Numeric { .. } | NodeKind::Geo { .. } => self.filter(&node.kind),
            NodeKind::Missing { field: name } if !self.is_first_dialect() => {
                let name = field(name)?;
                self.put([b"ismissing(", name.as_slice(), b")"].concat());
                Some(())
            }
            NodeKind::Missing { .. } | NodeKind::All | NodeKind::Empty => None,
        }
    }

    fn operands(&mut self, node: &Node, between: &str) -> Option<()> {
        let groups = self.groups(node);
        self.put("(".repeat(groups.iter().filter(|grouped| **grouped).count()));
        for (place, child) in node.children.iter().enumerate() {
            if place > 0 {
                self.put(if groups[place] { ")" } else { "" });
                self.put(between);
            }
            // Of the same kind and first, it would be one with the node.
            let merges = place == 0 && child.kind == node.kind;
            if merges && child.options.fields == Options::ALL_FIELDS {
                return None;
            }
            self.node(child, node.options.fields, merges)?;
        }
        (node.children.len() > 1).then_some(())
    }

    /// Before which children what stands before has to be a group: in dialects 2 and 3 texts side by side in a union are
    /// one before they are joined with anything else.
    fn groups(&self, node: &Node) -> Vec<bool> {
        let texts: Vec<bool> = node.children.iter().map(|child| is_text(child, node.options.fields)).collect();
        let is_mixed = node.kind == NodeKind::Union && !self.is_first_dialect() && texts.contains(&false);
        (0..texts.len()).map(|place| is_mixed && place > 1 && texts[place - 1]).collect()
    }

    fn exact(&mut self, node: &Node) -> Option<()> {
        let words: Option<Vec<&Bytes>> = node.children.iter().map(word_of).collect();
        let words = words?;
        self.put("\"");
        if self.is_first_dialect() {
            for (place, word) in words.iter().enumerate() {
                self.put(if place > 0 { " " } else { "" });
                self.plain_word(word, |kind| matches!(kind, "TERM" | "NUMBER"))?;
            }
            self.put("\"");
            return (words.len() > 1).then_some(());
        }
        let text = words.iter().map(|word| escape(word)).collect::<Vec<_>>().join(&b' ');
        let text = if text.is_empty() { b" ".to_vec() } else { text };
        let read: Vec<Bytes> = exact::words(&text).into_iter().map(normal).collect();
        let same = read.iter().eq(words) && self.is_quoted(&text);
        self.put(&text);
        self.put("\"");
        same.then_some(())
    }

    /// Whether the text in quotes is one token.
    fn is_quoted(&self, text: &[u8]) -> bool {
        let quoted = [b"\"", text, b"\""].concat();
        matches!(lexer::tokens(&quoted, self.style.dialect).as_slice(), [Token { kind: "EXACT", length, .. }] if *length == text.len())
    }

    fn is_one_word(&self, text: &[u8]) -> bool {
        matches!(lexer::tokens(text, self.style.dialect).as_slice(), [Token { kind: "TERM", length, .. }] if *length == text.len())
    }

    /// A word with escapes, if it is read as it should be.
    fn plain_word(&mut self, word: &[u8], fits: impl Fn(&str) -> bool) -> Option<()> {
        let text = escape(word);
        let tokens = lexer::tokens(&text, self.style.dialect);
        let [Token { kind, length, .. }] = tokens.as_slice() else { return None };
        if !fits(kind) || *length != text.len() || normal(&text) != word {
            return None;
        }
        self.put(text);
        Some(())
    }

    fn is_stopword(&self, word: &[u8]) -> bool {
        self.style.stopwords && is_stopword(self.style.schema, &escape(word))
    }

    fn word(&mut self, word: &[u8], verbatim: bool) -> Option<()> {
        if self.is_first_dialect() {
            let quote = if verbatim { "\"" } else { "" };
            self.put(quote);
            self.plain_word(word, |kind| matches!(kind, "TERM" | "NUMBER"))?;
            self.put(quote);
            return (!self.is_stopword(word)).then_some(());
        }
        if word.is_empty() && !verbatim {
            self.put("\"\"");
            return Some(());
        }
        if verbatim {
            return if is_number(word) {
                self.put(word);
                Some(())
            } else {
                self.parameter(word, normal, |value| number::whole(value).is_some())
            };
        }
        if !self.is_stopword(word) && self.plain_word(word, |kind| matches!(kind, "TERM" | "AS_T")).is_some() {
            return Some(());
        }
        self.parameter(word, normal, |value| number::whole(value).is_none())
    }

    /// `$p`, whose value `read` gives the text.
    fn parameter(&mut self, text: &[u8], read: fn(&[u8]) -> Bytes, fits: fn(&[u8]) -> bool) -> Option<()> {
        if self.is_first_dialect() || read(text) != text || !fits(text) {
            return None;
        }
        let name = format!("p{}", self.out.params.len());
        self.put(format!("${name}"));
        self.out.params.insert(name.into_bytes(), text.to_vec());
        Some(())
    }

    fn affix(&mut self, text: &[u8], prefix: bool, suffix: bool) -> Option<()> {
        let escaped = escape(text);
        let star = |on: bool| if on { "*" } else { "" };
        self.put(star(suffix));
        let plain = lexer::term(&escaped) == Some(escaped.len()) || is_number(&escaped);
        let next = if prefix { b'*' } else { b')' };
        if plain && unescape_before(&escaped, Some(next)) == text {
            self.put(escaped);
        } else {
            self.parameter(text, normal, |_| true)?;
        }
        self.put(star(prefix));
        Some(())
    }

    fn fuzzy(&mut self, text: &[u8], distance: u8) -> Option<()> {
        let marks = "%".repeat(usize::from(distance));
        self.put(&marks);
        if self.plain_word(text, |kind| matches!(kind, "TERM" | "NUMBER" | "SIZE" | "AS_T" | "ISMISSING")).is_none() {
            self.parameter(text, normal, |_| true)?;
        }
        self.put(&marks);
        (1..=3).contains(&distance).then_some(())
    }

    fn wildcard(&mut self, pattern: &[u8]) -> Option<()> {
        if self.is_first_dialect() {
            return None;
        }
        let text = [b"w'", pattern, b"'"].concat();
        let tokens = lexer::tokens(&text, 2);
        let is_one = matches!(tokens.as_slice(), [Token { kind: "WILDCARD", parameter: false, length, .. }] if *length == pattern.len());
        if is_one {
            self.put(text);
            return Some(());
        }
        self.put("w'");
        self.parameter(pattern, <[u8]>::to_vec, |_| true)?;
        self.put("'");
        Some(())
    }

    fn filter(&mut self, kind: &NodeKind) -> Option<()> {
        match kind {
            NodeKind::Numeric { field: name, min, max, min_inclusive, max_inclusive } => {
                let open = |inclusive: bool| if inclusive { "" } else { "(" };
                self.put(field(name)?);
                self.put(format!(":[{}{} ", open(*min_inclusive), plain_number(*min)?));
                self.put(format!("{}{}]", open(*max_inclusive), plain_number(*max)?));
            }
            NodeKind::Geo { field: name, longitude, latitude, radius, unit } => {
                self.put(field(name)?);
                let [longitude, latitude, radius] =
                    [plain_number(*longitude)?, plain_number(*latitude)?, plain_number(*radius)?];
                self.put(format!(":[{longitude} {latitude} {radius} {}]", unit.name()));
            }
            _ => {}
        }
        Some(())
    }

    fn tags(&mut self, node: &Node, name: &[u8]) -> Option<()> {
        let written = field(name)?;
        if unescape(name) != name {
            return None;
        }
        self.put(written);
        self.put(":{");
        for (place, child) in node.children.iter().enumerate() {
            self.put(if place > 0 { " | " } else { "" });
            match &child.kind {
                NodeKind::Token { text, .. } => self.tag(text)?,
                NodeKind::Affix { text, prefix, suffix } => self.affix(text, *prefix, *suffix)?,
                NodeKind::Wildcard { pattern } => self.wildcard(pattern)?,
                NodeKind::Phrase { exact: false } => {
                    for (place, word) in child.children.iter().enumerate() {
                        self.put(if place > 0 { " " } else { "" });
                        self.tag_word(word)?;
                    }
                }
                _ => return None,
            }
        }
        self.put("}");
        (!node.children.is_empty()).then_some(())
    }

    /// A tag, escapes and all.
    fn tag(&mut self, text: &[u8]) -> Option<()> {
        let tokens = lexer::tokens(text, self.style.dialect);
        let is_word = |kind: &str| matches!(kind, "TERM" | "NUMBER" | "SIZE" | "AS_T" | "ISMISSING");
        if matches!(tokens.as_slice(), [Token { kind, length, .. }] if is_word(kind) && *length == text.len()) {
            self.put(text);
        } else if !self.is_first_dialect() && self.is_quoted(text) {
            self.put([b"\"", text, b"\""].concat());
        } else {
            self.parameter(text, <[u8]>::to_vec, |_| true)?;
        }
        Some(())
    }

    /// A word of a tag of several.
    fn tag_word(&mut self, node: &Node) -> Option<()> {
        let NodeKind::Token { text, .. } = &node.kind else { return None };
        if self.is_first_dialect() {
            return self.plain_word(text, |kind| matches!(kind, "TERM" | "NUMBER"));
        }
        if node.options.verbatim {
            return self.word(text, true);
        }
        if self.plain_word(text, |kind| matches!(kind, "TERM" | "AS_T" | "ISMISSING")).is_some() {
            return Some(());
        }
        if self.is_quoted(&escape(text)) && normal(&escape(text)) == *text {
            self.put([b"\"", escape(text).as_slice(), b"\""].concat());
            return Some(());
        }
        self.parameter(text, normal, |value| number::whole(value).is_none())
    }
}

/// `=>{...}`, or nothing.
fn attributes(options: &Options) -> Option<String> {
    let mut list: Vec<String> = Vec::new();
    if options.weight != 1.0 {
        list.push(format!("$weight:{}", plain_number(options.weight)?));
    }
    if options.slop != -1 {
        // A slop is cut to 32 bits, and can turn negative so.
        list.push(format!("$slop:{}", options.slop.rem_euclid(1 << 32)));
    }
    if options.in_order_given {
        list.push(format!("$inorder:{}", options.in_order));
    }
    if let Some(phonetic) = options.phonetic {
        list.push(format!("$phonetic:{phonetic}"));
    }
    Some(if list.is_empty() { String::new() } else { format!("=>{{{}}}", list.join(";")) })
}

/// Whether dialects 2 and 3 take it for words alone, which a field's name may stand before.
fn is_text(node: &Node, around: FieldMask) -> bool {
    let is_filter = matches!(
        node.kind,
        NodeKind::Tag { .. } | NodeKind::Numeric { .. } | NodeKind::Geo { .. } | NodeKind::Missing { .. }
    );
    let fields = node.options.fields;
    fields == around && !is_filter && node.children.iter().all(|child| is_text(child, fields))
}

fn word_of(node: &Node) -> Option<&Bytes> {
    match &node.kind {
        NodeKind::Token { text, .. } => Some(text),
        _ => None,
    }
}

/// Whether dialects 2 and 3 read this as a number.
fn is_number(text: &[u8]) -> bool {
    matches!(lexer::tokens(text, 2).as_slice(), [Token { kind: "SIZE" | "NUMBER", length, .. }] if *length == text.len())
}

/// `@name`, if the name can be written.
fn field(name: &[u8]) -> Option<Bytes> {
    let escaped = escape(name);
    let plain = lexer::term(&escaped) == Some(escaped.len()) && unescape(&escaped) == name;
    plain.then(|| [b"@", escaped.as_slice()].concat())
}

/// With a backslash before what would end a word.
fn escape(text: &[u8]) -> Bytes {
    let mut escaped = Bytes::new();
    for &byte in text {
        if byte != b'_' && (byte.is_ascii_punctuation() || is_space(byte)) {
            escaped.push(b'\\');
        }
        escaped.push(byte);
    }
    escaped
}

/// All digits that matter, and no exponent. What is no number came from a parameter and cannot be written.
fn plain_number(value: f64) -> Option<String> {
    (!value.is_nan()).then(|| format!("{value}"))
}
