//! Trees, queries and expressions drawn from bytes.
//!
//! Names and words come from the index and a small domain, so that queries meet small documents. Trees are made as the
//! parser makes them: each is the tree of some query.

use arbitrary::{Result, Unstructured};

use super::expression::{Expression, FUNCTIONS, Operator};
use super::node::{FieldMask, GeoUnit, Node, NodeKind, Options};
use super::text::{is_stopword, normal};
use super::{FieldKind, Printed, Schema, Style};
use crate::resp::Bytes;

/// Words of queries and documents: stems and stop-words among them, punctuation, other scripts.
pub const WORDS: [&str; 24] = [
    "hello",
    "world",
    "foo",
    "bar",
    "run",
    "running",
    "runs",
    "jump",
    "jumped",
    "happy",
    "happiness",
    "the",
    "and",
    "42",
    "007",
    "a",
    "foo-bar",
    "c++",
    "über",
    "ß",
    "москва",
    "日本",
    "x_y",
    "quick",
];

/// Numbers of ranges.
const NUMBERS: [f64; 12] = [0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 10.0, 42.0, 1e6, -3.5, f64::INFINITY, f64::NEG_INFINITY];

/// Places on earth.
const PLACES: [(f64, f64); 4] = [(13.405, 52.52), (-122.27, 37.8), (0.0, 0.0), (179.9, 10.0)];

/// How deep a tree grows.
const DEPTH: usize = 5;

/// The tree of some query.
pub fn tree(bytes: &mut Unstructured<'_>, style: &Style<'_>) -> Result<Node> {
    match bytes.int_in_range(0..=31u8)? {
        0 => Ok(Node::leaf(NodeKind::All)),
        1 => Ok(Node::leaf(NodeKind::Empty)),
        _ => Generator { bytes, style }.node(DEPTH, true),
    }
}

/// A query near one that is right: bytes are dropped, doubled, swapped, put in.
pub fn spoil(bytes: &mut Unstructured<'_>, query: &mut Bytes) -> Result<()> {
    const MARKS: &[u8] = b"()[]{}|-~*%@:;\"'$\\=> \0,.#";
    for _ in 0..bytes.int_in_range(1..=3u8)? {
        let place = bytes.int_in_range(0..=query.len())?;
        match bytes.int_in_range(0..=4u8)? {
            0 => query.insert(place, *bytes.choose(MARKS)?),
            1 => query.insert(place, bytes.arbitrary()?),
            _ if place == query.len() => query.push(*bytes.choose(MARKS)?),
            2 => drop(query.remove(place)),
            3 => query.insert(place, query[place]),
            _ => query.swap(place, place / 2),
        }
    }
    Ok(())
}

/// A query as people write them, with few parentheses: what stands beside what is for the grammar to say. Now and then
/// it is wrong.
pub fn query(bytes: &mut Unstructured<'_>, style: &Style<'_>) -> Result<Printed> {
    let mut writer = Writer { bytes, style, out: Printed::default() };
    writer.expression(3)?;
    Ok(writer.out)
}

struct Writer<'g, 'b> {
    bytes: &'g mut Unstructured<'b>,
    style: &'g Style<'g>,
    out: Printed,
}

impl Writer<'_, '_> {
    fn put(&mut self, text: impl AsRef<[u8]>) {
        self.out.query.extend_from_slice(text.as_ref());
    }

    fn pick(&mut self, texts: &[&str]) -> Result<()> {
        let text = *self.bytes.choose(texts)?;
        self.put(text);
        Ok(())
    }

    fn expression(&mut self, depth: usize) -> Result<()> {
        self.item(depth)?;
        for _ in 0..self.bytes.int_in_range(0..=3u8)? {
            self.pick(&[" ", " ", "|", " | ", "  ", ""])?;
            self.item(depth)?;
        }
        Ok(())
    }

    fn item(&mut self, depth: usize) -> Result<()> {
        self.pick(&["", "", "", "", "-", "~", "--", "-~"])?;
        self.atom(depth)?;
        if self.bytes.ratio(1, 8)? {
            self.pick(&["=>{", " => { "])?;
            self.pick(&["$weight:2", "$slop:1", "$inorder: true", "$weight:0.5;$slop:0;", "", "$weight:x", "$foo:1"])?;
            self.pick(&["}", " }", ";}"])?;
        }
        Ok(())
    }

    fn atom(&mut self, depth: usize) -> Result<()> {
        match self.bytes.int_in_range(0..=14u8)? {
            0 | 1 if depth > 0 => {
                self.put("(");
                self.expression(depth - 1)?;
                self.put(")");
            }
            2..=4 if depth > 0 => self.scoped(depth)?,
            5 => {
                self.put("\"");
                for _ in 0..self.bytes.int_in_range(0..=3u8)? {
                    self.word()?;
                    self.put(" ");
                }
                self.put("\"");
            }
            6 => self.affix()?,
            7 => {
                let marks = *self.bytes.choose(&["%", "%", "%%", "%%%"])?;
                self.put(marks);
                self.word()?;
                self.put(marks);
            }
            8 if self.style.dialect > 1 => self.pick(&["w'h*'", "w'?o'", "w'r*n'", "w''"])?,
            9 if self.style.dialect > 1 => self.parameter(&["hello", "the", "42", "RUN", "foo-bar"])?,
            _ => self.word()?,
        }
        Ok(())
    }

    fn word(&mut self) -> Result<()> {
        self.pick(&WORDS)
    }

    fn affix(&mut self) -> Result<()> {
        let (before, behind) = *self.bytes.choose(&[("", "*"), ("*", ""), ("*", "*")])?;
        self.put(before);
        self.pick(&["he", "run", "a", "ll", "JU", "42"])?;
        self.put(behind);
        Ok(())
    }

    fn parameter(&mut self, values: &[&str]) -> Result<()> {
        let name = format!("p{}", self.out.params.len());
        self.put(format!("${name}"));
        let value = self.bytes.choose(values)?;
        self.out.params.insert(name.into_bytes(), value.as_bytes().to_vec());
        Ok(())
    }

    /// A field of the index, or none, and mostly what fits its type.
    fn scoped(&mut self, depth: usize) -> Result<()> {
        let place = self.bytes.int_in_range(0..=self.style.schema.fields.len())?;
        let field = self.style.schema.fields.get(place);
        let name = field.map_or_else(|| b"none".to_vec(), |field| field.name.clone());
        if self.style.dialect > 1 && self.bytes.ratio(1, 12)? {
            self.put([b"ismissing(@", name.as_slice(), b")"].concat());
            return Ok(());
        }
        self.put([b"@", name.as_slice()].concat());
        let stray = self.bytes.ratio(1, 12)?;
        match field.map(|field| &field.kind) {
            Some(FieldKind::Tag { .. }) if !stray => self.tags(),
            Some(FieldKind::Numeric) if !stray => self.range(),
            Some(FieldKind::Geo) if !stray => {
                self.pick(&[":[13.4 52.5 ", ":[-122.27 37.8 ", ":[0 0 ", ":[200 0 "])?;
                self.pick(&["1", "500", "-1"])?;
                self.pick(&[" km]", " m]", " FT]", " k]"])
            }
            _ => {
                if self.bytes.ratio(1, 5)? {
                    self.put([b"|", name.as_slice()].concat());
                }
                self.put(":");
                self.item(depth - 1)
            }
        }
    }

    fn tags(&mut self) -> Result<()> {
        self.pick(&[":{", ": { "])?;
        for place in 0..=self.bytes.int_in_range(0..=2u8)? {
            self.put(if place > 0 { "|" } else { "" });
            match self.bytes.int_in_range(0..=4u8)? {
                0 => self.affix()?,
                1 if self.style.dialect > 1 => self.parameter(&["foo", "Bar", "hello world", ""])?,
                _ => self.pick(&["foo", "Bar", "hello world", "hello\\ world", "a\\-b", "the", "42", "\"foo\""])?,
            }
        }
        self.pick(&["}", " }"])
    }

    fn range(&mut self) -> Result<()> {
        const NUMBERS: [&str; 12] = ["0", "1", "-1", "0.5", "(2", "(-3.5", "inf", "+inf", "-inf", "1e3", "10", "42"];
        self.put(":[");
        self.pick(&NUMBERS)?;
        self.pick(&[" ", " ", ","])?;
        if self.style.dialect > 1 && self.bytes.ratio(1, 5)? {
            self.parameter(&["3", "-inf", "x", ""])?;
        } else {
            self.pick(&NUMBERS)?;
        }
        self.put("]");
        Ok(())
    }
}

struct Generator<'g, 'b> {
    bytes: &'g mut Unstructured<'b>,
    style: &'g Style<'g>,
}

impl Generator<'_, '_> {
    fn below(&mut self, n: usize) -> Result<usize> {
        self.bytes.int_in_range(0..=n.saturating_sub(1))
    }

    /// `free`: fields can be named here.
    fn node(&mut self, depth: usize, free: bool) -> Result<Node> {
        if depth == 0 || self.bytes.is_empty() {
            return self.leaf(free);
        }
        let first_dialect = self.style.dialect == 1;
        let mut node = match self.below(10)? {
            0 | 1 => {
                let (first, second) = (self.node(depth - 1, free)?, self.node(depth - 1, free)?);
                self.join(NodeKind::Phrase { exact: false }, first, second)
            }
            2 | 3 => {
                let (first, second) = (self.node(depth - 1, free)?, self.node(depth - 1, free)?);
                self.join(NodeKind::Union, first, second)
            }
            4 => Node::new(NodeKind::Not, vec![self.node(depth - 1, free)?]),
            5 => Node::new(NodeKind::Optional, vec![self.node(depth - 1, free)?]),
            6 if free => {
                let mut node = self.node(depth - 1, first_dialect)?;
                node.restrict(self.fields()?);
                node
            }
            _ => self.leaf(free)?,
        };
        if self.below(6)? == 0 {
            self.attributes(&mut node.options)?;
        }
        Ok(node)
    }

    /// Two operands. The first, and from dialect 2 on the second, takes up the other if it is such a node itself.
    fn join(&self, kind: NodeKind, mut first: Node, mut second: Node) -> Node {
        let open = |node: &Node| node.kind == kind && node.options.fields == Options::ALL_FIELDS;
        if open(&first) {
            first.children.push(second);
            first
        } else if self.style.dialect > 1 && open(&second) {
            second.children.push(first);
            second
        } else {
            Node::new(kind, vec![first, second])
        }
    }

    fn fields(&mut self) -> Result<FieldMask> {
        let bits = u32::try_from(self.style.schema.text_fields().count().min(127)).unwrap_or(127);
        let all: FieldMask = (1 << bits) - 1;
        Ok(match self.below(8)? {
            0 => 0,
            1 => all,
            _ if bits > 0 => 1 << self.below(bits as usize)?,
            _ => 0,
        })
    }

    fn attributes(&mut self, options: &mut Options) -> Result<()> {
        match self.below(3)? {
            0 => options.weight = *self.bytes.choose(&[0.0, 0.5, 2.0, 10.0])?,
            1 => options.slop = *self.bytes.choose(&[0, 1, 2, 100])?,
            _ => {
                options.in_order = self.bytes.arbitrary()?;
                options.in_order_given = true;
            }
        }
        Ok(())
    }

    fn leaf(&mut self, free: bool) -> Result<Node> {
        let schema = self.style.schema;
        if free && !schema.fields.is_empty() && self.below(3)? == 0 {
            let field = &schema.fields[self.below(schema.fields.len())?];
            let name = field.name.clone();
            match field.kind {
                FieldKind::Tag { .. } => return self.tags(name),
                FieldKind::Numeric => return self.range(name),
                FieldKind::Geo => return self.circle(name),
                FieldKind::Text { .. } => {}
            }
            if self.style.dialect > 1 && field.index_missing && self.below(2)? == 0 {
                return Ok(Node::leaf(NodeKind::Missing { field: name }));
            }
        }
        match self.below(8)? {
            0 => self.phrase(),
            1 => self.affix(),
            2 => {
                let distance = *self.bytes.choose(&[1, 1, 2, 3])?;
                Ok(Node::leaf(NodeKind::Fuzzy { text: self.word()?, distance }))
            }
            3 if self.style.dialect > 1 => {
                let pattern = *self.bytes.choose(&["h*", "*o", "h?llo", "*an*", "?", "ru*s"])?;
                Ok(Node::leaf(NodeKind::Wildcard { pattern: pattern.into() }))
            }
            _ => self.plain(),
        }
    }

    /// A word of the domain, as the index keeps it; never a stop-word.
    fn word(&mut self) -> Result<Bytes> {
        let word = normal(self.bytes.choose(&WORDS)?.as_bytes());
        let skipped = self.style.stopwords && is_stopword(self.style.schema, &word);
        Ok(if skipped { b"hello".to_vec() } else { word })
    }

    /// A word alone. Numbers are never stemmed from dialect 2 on.
    fn plain(&mut self) -> Result<Node> {
        let text = self.word()?;
        let verbatim = self.style.dialect > 1 && text.iter().all(u8::is_ascii_digit);
        let mut word = Node::token(text);
        word.options.verbatim = verbatim;
        Ok(word)
    }

    fn phrase(&mut self) -> Result<Node> {
        let mut words = vec![Node::token(self.word()?)];
        for _ in 0..1 + self.below(2)? {
            words.push(Node::token(self.word()?));
        }
        let mut phrase = Node::new(NodeKind::Phrase { exact: true }, words);
        phrase.options.verbatim = true;
        Ok(phrase)
    }

    fn affix(&mut self) -> Result<Node> {
        let text = self.bytes.choose(&["he", "run", "a", "ll", "JU", "42", "мос"])?;
        let (prefix, suffix) = *self.bytes.choose(&[(true, false), (true, false), (false, true), (true, true)])?;
        Ok(Node::leaf(NodeKind::Affix { text: text.as_bytes().to_vec(), prefix, suffix }))
    }

    fn tags(&mut self, field: Bytes) -> Result<Node> {
        let mut tags = Vec::new();
        for _ in 0..=self.below(3)? {
            tags.push(match self.below(6)? {
                0 => self.affix()?,
                1 => Node::new(NodeKind::Phrase { exact: false }, vec![self.plain()?, self.plain()?]),
                _ => {
                    let tag = self.bytes.choose(&["foo", "Bar", "hello\\ world", "a\\-b", "the", "42", "日本"])?;
                    Node::token(tag.as_bytes().to_vec())
                }
            });
        }
        Ok(Node::new(NodeKind::Tag { field }, tags))
    }

    fn range(&mut self, field: Bytes) -> Result<Node> {
        let [min, max] = [*self.bytes.choose(&NUMBERS)?, *self.bytes.choose(&NUMBERS)?];
        let [min_inclusive, max_inclusive] = [self.below(3)? > 0, self.below(3)? > 0];
        Ok(Node::leaf(NodeKind::Numeric { field, min, max, min_inclusive, max_inclusive }))
    }

    fn circle(&mut self, field: Bytes) -> Result<Node> {
        let (longitude, latitude) = *self.bytes.choose(&PLACES)?;
        let radius = *self.bytes.choose(&[1.0, 10.0, 500.0, 5000.0])?;
        let unit = *self.bytes.choose(&[GeoUnit::Km, GeoUnit::M, GeoUnit::Mi, GeoUnit::Ft])?;
        Ok(Node::leaf(NodeKind::Geo { field, longitude, latitude, radius, unit }))
    }
}

/// Some expression over these properties.
pub fn expression(bytes: &mut Unstructured<'_>, properties: &[Bytes]) -> Result<Expression> {
    grow(bytes, properties, DEPTH)
}

fn grow(bytes: &mut Unstructured<'_>, properties: &[Bytes], depth: usize) -> Result<Expression> {
    if depth == 0 || bytes.is_empty() || bytes.ratio(1, 4)? {
        return Ok(match bytes.int_in_range(0..=3u8)? {
            0 => Expression::Number(*bytes.choose(&[0.0, 1.0, -1.0, 0.5, 3.0, 1e3, -3.25])?),
            1 => Expression::Text(bytes.choose(&["", "a", "%s", "hello world", "it's", "1"])?.as_bytes().to_vec()),
            _ if properties.is_empty() => Expression::Null,
            _ => Expression::Property(bytes.choose(properties)?.clone()),
        });
    }
    Ok(match bytes.int_in_range(0..=3u8)? {
        0 => {
            let name = bytes.choose(&FUNCTIONS)?.as_bytes().to_vec();
            let count = bytes.int_in_range(0..=3u8)?;
            let arguments: Result<_> = (0..count).map(|_| grow(bytes, properties, depth - 1)).collect();
            Expression::Call { name, arguments: arguments? }
        }
        1 => Expression::Not(Box::new(grow(bytes, properties, depth - 1)?)),
        _ => {
            let operator = *bytes.choose(&Operator::ALL)?;
            let left = Box::new(grow(bytes, properties, depth - 1)?);
            Expression::Binary { operator, left, right: Box::new(grow(bytes, properties, depth - 1)?) }
        }
    })
}

/// What a document of the index could be: values for some of its fields.
pub fn document(bytes: &mut Unstructured<'_>, schema: &Schema) -> Result<Vec<(Bytes, Bytes)>> {
    let mut fields = Vec::new();
    for field in &schema.fields {
        if bytes.ratio(1, 5)? {
            continue;
        }
        let value = match &field.kind {
            FieldKind::Text { .. } => words(bytes, " ")?,
            FieldKind::Tag { separator, .. } => words(bytes, &char::from(*separator).to_string())?,
            FieldKind::Numeric => format!("{}", bytes.choose(&NUMBERS)?),
            FieldKind::Geo => {
                let (longitude, latitude) = bytes.choose(&PLACES)?;
                format!("{longitude},{latitude}")
            }
        };
        fields.push((field.path.clone(), value.into_bytes()));
    }
    Ok(fields)
}

fn words(bytes: &mut Unstructured<'_>, between: &str) -> Result<String> {
    let count = bytes.int_in_range(0..=4u8)?;
    let words: Result<Vec<&str>> = (0..count).map(|_| bytes.choose(&WORDS).copied()).collect();
    Ok(words?.join(between))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::super::answers::{Fixture, fixture};
    use super::super::{Params, Request, expression as expressions, parse, print};
    use super::*;

    static FIXTURE: LazyLock<Fixture> = LazyLock::new(fixture);

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn generated_trees_are_read_back(bytes in prop::collection::vec(any::<u8>(), 0..400), dialect in 1u8..=3) {
            for schema in FIXTURE.schemas.values() {
                let style = Style { schema, dialect, stopwords: true };
                let mut source = Unstructured::new(&bytes);
                let tree = tree(&mut source, &style).expect("any bytes will do");
                let text = print(&tree, &style).expect("it can be written");
                let request =
                    Request { schema, dialect, params: &text.params, verbatim: true, stopwords: true, explaining: true };
                match parse(&text.query, &request) {
                    Ok(read) => prop_assert_eq!(read.tree, tree, "{}", text.query.escape_ascii()),
                    // What suffixes are indexed for is not the generator's to know.
                    Err(error) => prop_assert!(error.starts_with(b"Contains query"), "{} {}", text.query.escape_ascii(), error.escape_ascii()),
                }
            }
        }

        #[test]
        fn written_queries_are_read_back(bytes in prop::collection::vec(any::<u8>(), 0..200), dialect in 1u8..=3) {
            let schema = &FIXTURE.schemas["basic"];
            let style = Style { schema, dialect, stopwords: true };
            let written = query(&mut Unstructured::new(&bytes), &style).expect("any bytes will do");
            let request =
                Request { schema, dialect, params: &written.params, verbatim: true, stopwords: true, explaining: false };
            let Ok(read) = parse(&written.query, &request) else { return Ok(()) };
            let Some(text) = print(&read.tree, &style) else { return Ok(()) };
            let again = parse(&text.query, &Request { params: &text.params, ..request });
            prop_assert_eq!(again.map(|query| query.tree), Ok(read.tree), "{}", written.query.escape_ascii());
        }

        #[test]
        fn generated_expressions_are_read_back(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let properties = [b"a".to_vec(), b"num".to_vec()];
            let tree = expression(&mut Unstructured::new(&bytes), &properties).expect("any bytes will do");
            let text = expressions::print(&tree).expect("it can be written");
            prop_assert_eq!(expressions::parse(&text), Ok(tree), "{}", text.escape_ascii());
        }

        #[test]
        fn any_expression_gets_an_answer(
            text in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"()+-*/%^!=<>&|,@'\"\\ a1N"[..])], 0..40),
        ) {
            let Ok(tree) = expressions::parse(&text) else { return Ok(()) };
            let Some(printed) = expressions::print(&tree) else { return Ok(()) };
            prop_assert_eq!(expressions::parse(&printed), Ok(tree), "{} {}", text.escape_ascii(), printed.escape_ascii());
        }

        #[test]
        fn any_bytes_get_an_answer_and_what_is_read_can_be_read_again(
            mut query in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"()[]{}|-~*%@:;\"'$\\=> ab1ft"[..])], 0..60),
            mutations in prop::collection::vec(any::<u8>(), 0..20),
            dialect in 1u8..=3,
        ) {
            spoil(&mut Unstructured::new(&mutations), &mut query).expect("any bytes will do");
            let (schema, params) = (&FIXTURE.schemas["mixed"], Params::new());
            let request = Request { schema, dialect, params: &params, verbatim: false, stopwords: true, explaining: false };
            let Ok(read) = parse(&query, &request) else { return Ok(()) };
            let Some(text) = print(&read.tree, &Style { schema, dialect, stopwords: true }) else { return Ok(()) };
            let again = parse(&text.query, &Request { params: &text.params, ..request });
            prop_assert_eq!(again.map(|query| query.tree), Ok(read.tree), "{} {}", query.escape_ascii(), text.query.escape_ascii());
        }
    }

    #[test]
    fn deep_queries_end() {
        let (schema, params) = (&FIXTURE.schemas["basic"], Params::new());
        for dialect in 1..=3 {
            let request =
                Request { schema, dialect, params: &params, verbatim: false, stopwords: true, explaining: false };
            let ask = |query: String| parse(query.as_bytes(), &request);
            for mark in ["(", "-", "~", "@title:(", "\"", "%", "a|", "w'", "*"] {
                let bytes = if matches!(mark, "(" | "-") { 1 << 20 } else { 1 << 16 };
                drop(ask(mark.repeat(bytes / mark.len())));
            }
            // The limits are the depths of the parsers' stacks.
            let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
            let deepest = if dialect == 1 { 97 } else { 253 };
            assert!(ask(nested(deepest)).is_ok(), "dialect {dialect}");
            let error = ask(nested(deepest + 1)).expect_err("too deep");
            let text: &[u8] = if dialect == 1 { b"Syntax error at offset" } else { b"Parser stack overflow" };
            assert!(error.starts_with(text), "{}", error.escape_ascii());
        }
    }
}
