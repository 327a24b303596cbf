//! What the rules of the grammars make of their parts.

use super::attribute::{Attribute, annotate};
use super::grammar::Action;
use super::lexer::Token;
use super::node::{Circle, Dialect, Node, NodeKind, Parameter, Part, Range, Unit};
use super::parameter::value_of;
use super::text::{normalize, unescape, unescape_before, until_nul, words};
use super::{Options, check, stop_words};
use crate::reply::Error;
use crate::search::analysis::{StopWords, fold};
use crate::search::schema::{ALL_FIELDS, Definition, FieldMask};

/// What a symbol on the parser's stack stands for.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Nothing,
    Token(Token),
    /// A clause; `None` if nothing is left of it but stop-words.
    Clause(Option<Node>),
    Word(Word),
    Attribute(Attribute),
    Attributes(Option<Vec<Attribute>>),
    Field(Vec<u8>),
    Fields(Vec<Vec<u8>>),
    Bound(Bound),
}

/// A term, and how it is to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    reading: Reading,
    token: Token,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Text,
    Number,
    Tag,
    Parameter,
    ParameterTag,
}

/// An end of a range, or a coordinate.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    value: f64,
    /// Whether the end belongs to the range, where it says so by itself.
    is_included: bool,
    /// The parameter that it is, and whether after a `-`.
    parameter: Option<(Vec<u8>, bool)>,
}

/// Makes a tree, or notes the first error.
pub(super) struct Builder<'a> {
    query: &'a [u8],
    /// The query as errors show it: names lose their backslashes in place.
    shown: Vec<u8>,
    index: &'a Definition,
    options: &'a Options,
    stop_words: Option<&'a StopWords>,
    root: Option<Node>,
    error: Option<Error>,
    /// There was something that this engine does not have.
    is_unsupported: bool,
}

type Clause = Option<Node>;

/// The parts of a rule, to be taken one by one.
struct Parts(Vec<Value>);

impl Parts {
    fn take(&mut self, at: usize) -> Value {
        self.0.get_mut(at).map_or(Value::Nothing, |value| std::mem::replace(value, Value::Nothing))
    }

    fn clause(&mut self, at: usize) -> Clause {
        if let Value::Clause(clause) = self.take(at) { clause } else { None }
    }

    fn word(&mut self, at: usize) -> Option<Word> {
        match self.take(at) {
            Value::Word(word) => Some(word),
            Value::Token(token) => Some(Word { reading: Reading::Text, token }),
            _ => None,
        }
    }

    fn token(&mut self, at: usize) -> Option<Token> {
        match self.take(at) {
            Value::Token(token) | Value::Word(Word { token, .. }) => Some(token),
            _ => None,
        }
    }

    fn field(&mut self, at: usize) -> Vec<u8> {
        if let Value::Field(name) = self.take(at) { name } else { Vec::new() }
    }

    fn fields(&mut self, at: usize) -> Vec<Vec<u8>> {
        match self.take(at) {
            Value::Fields(names) => names,
            Value::Field(name) => vec![name],
            _ => Vec::new(),
        }
    }

    fn bound(&mut self, at: usize) -> Bound {
        let nothing = Bound { value: 0.0, is_included: true, parameter: None };
        if let Value::Bound(bound) = self.take(at) { bound } else { nothing }
    }

    fn attributes(&mut self, at: usize) -> Option<Vec<Attribute>> {
        match self.take(at) {
            Value::Attributes(attributes) => attributes,
            Value::Attribute(attribute) => Some(vec![attribute]),
            _ => None,
        }
    }
}

impl<'a> Builder<'a> {
    pub fn new(query: &'a [u8], index: &'a Definition, options: &'a Options) -> Self {
        let stop_words = stop_words(index, options);
        Self {
            query,
            shown: query.to_vec(),
            index,
            options,
            stop_words,
            root: None,
            error: None,
            is_unsupported: false,
        }
    }

    pub fn dialect(&self) -> Dialect {
        self.options.dialect
    }

    pub fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// The tree, if there is no error.
    pub fn finish(self) -> Result<Option<Node>, Error> {
        match self.error {
            Some(error) => Err(error),
            None if self.is_unsupported => Err(Error::new("Vectors and shapes are not supported")),
            None => Ok(self.root),
        }
    }

    /// Too many symbols are open: in dialect 1 nobody hears of it.
    pub fn overflow(&mut self) {
        if self.dialect().is_later() {
            self.fail(Error::new("Parser stack overflow. Try moving nested parentheses more to the left"));
        }
    }

    /// The grammar has no place for the token.
    pub fn syntax_error(&mut self, token: &Token) {
        self.fail(Error::built(self.described("Syntax error", token, true)));
    }

    /// The first error counts.
    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }

    fn described(&self, what: &str, token: &Token, shows_text: bool) -> Vec<u8> {
        let mut text = format!("{what} at offset {}", token.position).into_bytes();
        if shows_text {
            let end = (token.start + token.length).min(self.shown.len());
            text.extend_from_slice(b" near ");
            text.extend_from_slice(until_nul(self.shown.get(token.start..end).unwrap_or_default()));
        }
        text
    }

    /// A byte of the query.
    pub fn byte(&self, at: usize) -> Option<u8> {
        self.query.get(at).copied()
    }

    fn bytes(&self, token: &Token) -> &'a [u8] {
        self.query.get(token.start..token.start + token.length).unwrap_or_default()
    }

    /// What the parts of a rule make.
    pub fn reduce(&mut self, action: Action, parts: Vec<Value>) -> Value {
        let mut parts = Parts(parts);
        match action {
            Action::Root => {
                self.root = parts.clause(0);
                Value::Nothing
            }
            Action::Everything => {
                self.root = Some(Node::new(NodeKind::All));
                Value::Nothing
            }
            Action::Empty | Action::Drop => Value::Nothing,
            Action::Keep(at) => parts.take(at),
            Action::AsBound => parts.take(0),
            Action::Attribute | Action::FirstAttribute | Action::NextAttribute | Action::NoAttributes => {
                self.attributes(action, parts)
            }
            Action::Field | Action::TwoFields | Action::NextField => self.fields(action, parts),
            Action::Number
            | Action::Negative
            | Action::Exclusive
            | Action::ParameterNumber
            | Action::NegativeParameter => self.bound(action, parts),
            Action::AsText => read_as(parts, Reading::Text),
            Action::AsNumber => read_as(parts, Reading::Number),
            Action::AsTag => read_as(parts, Reading::Tag),
            Action::ParameterText => read_as(parts, Reading::Parameter),
            Action::ParameterTag => read_as(parts, Reading::ParameterTag),
            _ => Value::Clause(self.clause(action, parts)),
        }
    }

    fn attributes(&mut self, action: Action, mut parts: Parts) -> Value {
        match action {
            Action::Attribute => {
                let name = parts.token(0).map_or(Vec::new(), |token| self.bytes(&token).to_vec());
                let word = parts.word(2);
                let value = word.map_or(Vec::new(), |word| self.attribute_value(word));
                Value::Attribute(Attribute { name, value })
            }
            Action::FirstAttribute => Value::Attributes(parts.attributes(0)),
            Action::NextAttribute => {
                let mut all = parts.attributes(0).unwrap_or_default();
                all.extend(parts.attributes(2).into_iter().flatten());
                Value::Attributes(Some(all))
            }
            _ => Value::Attributes(None),
        }
    }

    /// Parameters in attributes are filled in at once.
    fn attribute_value(&mut self, word: Word) -> Vec<u8> {
        let text = self.bytes(&word.token);
        if word.reading != Reading::Parameter {
            return text.to_vec();
        }
        match value_of(text, &self.options.parameters) {
            Ok(value) => value.to_vec(),
            Err(error) => {
                self.fail(error);
                text.to_vec()
            }
        }
    }

    fn fields(&mut self, action: Action, mut parts: Parts) -> Value {
        if action == Action::Field {
            let Some(token) = parts.token(0) else { return Value::Nothing };
            let name = unescape(self.bytes(&token));
            self.shown[token.start..token.start + name.len()].copy_from_slice(&name);
            return Value::Field(name);
        }
        let mut names = parts.fields(0);
        names.extend(parts.token(2).map(|token| self.bytes(&token).to_vec()));
        Value::Fields(names)
    }

    fn bound(&mut self, action: Action, mut parts: Parts) -> Value {
        let bound = match action {
            Action::Number => {
                let value = parts.token(0).map_or(0.0, |token| token.number);
                Bound { value, is_included: true, parameter: None }
            }
            Action::Negative => {
                let bound = parts.bound(1);
                Bound { value: -bound.value, ..bound }
            }
            Action::Exclusive => Bound { is_included: false, ..parts.bound(1) },
            // The name is the last part, with `(` or `-` or both in front of it.
            _ => {
                let name = parts.token(parts.0.len().saturating_sub(1)).map(|token| self.bytes(&token).to_vec());
                let is_negative = action == Action::NegativeParameter;
                Bound { value: 0.0, is_included: true, parameter: name.map(|name| (name, is_negative)) }
            }
        };
        Value::Bound(bound)
    }

    fn clause(&mut self, action: Action, mut parts: Parts) -> Clause {
        match action {
            Action::Intersect => self.join(parts.clause(0), parts.clause(1), NodeKind::Phrase { exact: false }),
            Action::Unite => self.join(parts.clause(0), parts.clause(2), NodeKind::Union),
            Action::InField | Action::InFields => {
                let mask = parts.fields(0).iter().fold(0, |mask, name| mask | self.index.mask_of(name));
                let mut clause = parts.clause(2)?;
                clause.narrow(mask);
                Some(clause)
            }
            Action::Annotate => {
                let mut clause = parts.clause(0)?;
                let result = annotate(&mut clause, &parts.attributes(3).unwrap_or_default());
                result.unwrap_or_else(|error| self.fail(error));
                Some(clause)
            }
            Action::Negate => Some(Node::with(NodeKind::Not, vec![parts.clause(1)?])),
            Action::Optional => Some(Node::with(NodeKind::Optional, vec![parts.clause(1)?])),
            Action::RangeIn | Action::CircleIn => {
                let field = parts.field(0);
                self.in_field(field, parts.clause(2)?)
            }
            Action::Missing => Some(Node::new(NodeKind::Missing { field: parts.field(2) })),
            Action::Tags => self.tags(&mut parts),
            Action::FirstTag | Action::FirstTagNode | Action::NextTag | Action::NextTagNode => self.tag(action, parts),
            Action::Range(..) | Action::RangeOfBounds | Action::Point => Some(range(action, parts)),
            Action::Circle => self.circle(parts),
            Action::Shape | Action::VectorCommand | Action::VectorRange => self.unsupported(action, parts),
            _ => self.words(action, parts),
        }
    }

    /// What consists of terms.
    fn words(&mut self, action: Action, mut parts: Parts) -> Clause {
        let middle = parts.0.len() / 2;
        match action {
            Action::Quoted => {
                let mut clause = parts.clause(1)?;
                clause.kind = NodeKind::Phrase { exact: true };
                clause.options.verbatim = true;
                Some(clause)
            }
            Action::QuotedWord => Some(verbatim(self.node(parts.word(1)?))),
            Action::QuotedName => {
                let name = [b"$", self.bytes(&parts.token(1)?)].concat();
                Some(verbatim(Node::token(normalize(&name))))
            }
            Action::Exact => Some(exact(self.bytes(&parts.token(0)?))),
            Action::Word => self.one_word(parts.word(0)?),
            Action::TwoWords => {
                let both = [parts.word(0)?, parts.word(1)?].map(|word| self.node(word));
                Some(Node::with(NodeKind::Phrase { exact: false }, both.into()))
            }
            Action::NextWord => {
                let (mut clause, word) = (parts.clause(0)?, parts.word(1)?);
                clause.children.push(self.node(word));
                Some(clause)
            }
            Action::Prefix => self.affix(&parts.token(0)?, true, false),
            Action::Suffix => self.affix(&parts.token(0)?, false, true),
            Action::Infix => self.affix(&parts.token(0)?, true, true),
            Action::Wildcard => self.wildcard(&parts.token(0)?),
            Action::Fuzzy(distance) => {
                let word = parts.word(middle)?;
                let is_plain = matches!(word.reading, Reading::Number | Reading::Tag);
                let node = self.node(word);
                let NodeKind::Token { text, .. } = node.kind else { return None };
                // A number that is not exact is a text.
                let text = if is_plain { normalize(&text) } else { text };
                Some(Node {
                    kind: NodeKind::Fuzzy { text, distance },
                    parameters: node.parameters,
                    ..Node::new(NodeKind::All)
                })
            }
            _ => None,
        }
    }

    /// Both, as children of one node of this kind: of one that is there already, if it holds for all fields. Dialect 1 looks
    /// only at the first for that.
    fn join(&self, one: Clause, other: Clause, kind: NodeKind) -> Clause {
        let (mut one, mut other) = match (one, other) {
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.or(other),
        };
        let is_open = |node: &Node| node.kind == kind && node.options.fields == ALL_FIELDS;
        if is_open(&one) {
            one.children.push(other);
            Some(one)
        } else if self.dialect().is_later() && is_open(&other) {
            other.children.push(one);
            Some(other)
        } else {
            Some(Node::with(kind, vec![one, other]))
        }
    }

    fn is_stop_word(&self, text: &[u8]) -> bool {
        self.stop_words.is_some_and(|words| words.contains(text))
    }

    /// A term by itself. In dialect 1 the lexer has taken stop-words out.
    fn one_word(&self, word: Word) -> Clause {
        let is_text = self.dialect().is_later() && word.reading == Reading::Text;
        if is_text && self.is_stop_word(self.bytes(&word.token)) {
            return None;
        }
        Some(self.node(word))
    }

    /// A term as a node, or the parameter that will be one.
    fn node(&self, word: Word) -> Node {
        let text = self.bytes(&word.token);
        match word.reading {
            Reading::Text if planted!(self.options, SearchEscapesStay) => Node::token(fold(text)),
            Reading::Text => Node::token(normalize(text)),
            Reading::Number => verbatim(Node::token(text.to_vec())),
            Reading::Tag => Node::token(text.to_vec()),
            Reading::Parameter => parameter(Node::token(Vec::new()), text, Part::Text),
            Reading::ParameterTag => parameter(Node::token(Vec::new()), text, Part::Verbatim),
        }
    }

    fn affix(&self, token: &Token, prefix: bool, suffix: bool) -> Clause {
        let name = self.bytes(token);
        // A backslash at the end takes the meaning of what comes next, star or not.
        let next = self.byte(token.start + token.length);
        let text = if token.is_parameter { Vec::new() } else { unescape_before(name, next) };
        let node = Node::new(NodeKind::Affix { text, prefix, suffix });
        Some(if token.is_parameter { parameter(node, name, Part::Text) } else { node })
    }

    fn wildcard(&self, token: &Token) -> Clause {
        let name = self.bytes(token);
        let pattern = if token.is_parameter { Vec::new() } else { name.to_vec() };
        let node = Node::new(NodeKind::Wildcard { pattern });
        Some(if token.is_parameter { parameter(node, name, Part::Verbatim) } else { node })
    }

    fn tags(&self, parts: &mut Parts) -> Clause {
        let at = if self.dialect().is_later() { 3 } else { 2 };
        let (field, tags) = (parts.field(0), parts.clause(at)?);
        let mut node = Node::with(NodeKind::Tag { field: unescape(&field) }, tags.children);
        // A tag's case matters, that of a parameter, too.
        for parameter in node.children.iter_mut().flat_map(|child| &mut child.parameters) {
            parameter.part = Part::Verbatim;
        }
        Some(node)
    }

    fn tag(&self, action: Action, mut parts: Parts) -> Clause {
        let (is_first, is_node) = match action {
            Action::FirstTag => (true, false),
            Action::FirstTagNode => (true, true),
            Action::NextTag => (false, false),
            _ => (false, true),
        };
        // In dialect 1 the opening brace is a part of the first tag.
        let at = if is_first { usize::from(!self.dialect().is_later()) } else { 2 };
        let tag = if is_node {
            parts.clause(at)?
        } else {
            let word = parts.word(at)?;
            let reading = if word.reading == Reading::ParameterTag { word.reading } else { Reading::Tag };
            self.node(Word { reading, ..word })
        };
        let mut all =
            if is_first { Node::with(NodeKind::Phrase { exact: false }, Vec::new()) } else { parts.clause(0)? };
        all.children.push(tag);
        Some(all)
    }

    fn in_field(&self, name: Vec<u8>, mut node: Node) -> Clause {
        match &mut node.kind {
            NodeKind::Numeric(range) => range.field = name,
            NodeKind::Geo(circle) => circle.field = name,
            _ => {}
        }
        Some(node)
    }

    fn circle(&mut self, mut parts: Parts) -> Clause {
        let (longitude, latitude, radius) = (parts.bound(1), parts.bound(2), parts.bound(3));
        let word = parts.word(4)?;
        let text = self.bytes(&word.token);
        let unit = if word.reading == Reading::Text { Unit::named(text) } else { Unit::Unknown };
        if word.reading == Reading::Number {
            self.fail(check::INVALID_UNIT);
        }
        let circle = Circle {
            field: Vec::new(),
            longitude: longitude.value,
            latitude: latitude.value,
            radius: radius.value,
            unit,
        };
        if !self.dialect().is_later() {
            check::circle(&circle).unwrap_or_else(|error| self.fail(error));
        }
        let mut node = Node::new(NodeKind::Geo(circle));
        for (bound, part) in [(longitude, Part::Longitude), (latitude, Part::Latitude), (radius, Part::Radius)] {
            add_parameter(&mut node, bound, part);
        }
        let is_parameter = word.reading == Reading::Parameter;
        Some(if is_parameter { parameter(node, text, Part::Unit) } else { node })
    }

    /// Shapes and vectors: what is wrong with them is said as the server says it; that there are none here, only if nothing
    /// else is wrong with the query.
    fn unsupported(&mut self, action: Action, mut parts: Parts) -> Clause {
        self.is_unsupported = true;
        if action == Action::Shape {
            let predicates: [&[u8]; 4] = [b"within", b"contains", b"disjoint", b"intersects"];
            let predicate = parts.token(1).map_or(&b""[..], |token| self.bytes(&token));
            if !predicates.iter().any(|known| predicate.eq_ignore_ascii_case(known)) {
                let text = self.described("Syntax error: Expecting a geoshape predicate", &parts.token(2)?, false);
                self.fail(Error::built(text));
            }
            return None;
        }
        let (known, text): (&[u8], _) = match action {
            Action::VectorCommand => (b"KNN", "Syntax error: Expecting Vector Similarity command"),
            _ => (b"VECTOR_RANGE", "Syntax error: expecting vector similarity range command"),
        };
        let command = parts.token(0)?;
        if !self.bytes(&command).eq_ignore_ascii_case(known) {
            let text = self.described(text, &command, true);
            self.fail(Error::built(text));
        }
        None
    }
}

fn read_as(mut parts: Parts, reading: Reading) -> Value {
    match parts.word(0) {
        Some(word) => Value::Word(Word { reading, ..word }),
        None => Value::Nothing,
    }
}

fn verbatim(mut node: Node) -> Node {
    node.options.verbatim = true;
    node
}

fn parameter(mut node: Node, name: &[u8], part: Part) -> Node {
    node.parameters.push(Parameter { name: name.to_vec(), part, is_negative: false });
    node
}

fn add_parameter(node: &mut Node, bound: Bound, part: Part) {
    let parameter = bound.parameter.map(|(name, is_negative)| Parameter { name, part, is_negative });
    node.parameters.extend(parameter);
}

/// A quoted text: a phrase of its words; an empty one is a word without letters.
fn exact(text: &[u8]) -> Node {
    if text.is_empty() {
        return verbatim(Node::token(Vec::new()));
    }
    let tokens = words(text).map(|word| Node::token(normalize(word))).collect();
    verbatim(Node::with(NodeKind::Phrase { exact: true }, tokens))
}

fn range(action: Action, mut parts: Parts) -> Node {
    let (min, max) = (parts.bound(1), parts.bound(2));
    let (max, part) = if action == Action::Point { (min.clone(), Part::Both) } else { (max, Part::Min) };
    let (includes_min, includes_max) = match action {
        Action::Range(min, max) => (min, max),
        _ => (min.is_included, max.is_included),
    };
    let (field, fields): (_, FieldMask) = (Vec::new(), ALL_FIELDS);
    let kind = NodeKind::Numeric(Range { field, min: min.value, max: max.value, includes_min, includes_max });
    let mut node = Node::new(kind);
    node.options.fields = fields;
    add_parameter(&mut node, min, part);
    if part == Part::Min {
        add_parameter(&mut node, max, Part::Max);
    }
    node
}
