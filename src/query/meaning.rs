//! What the rules of the grammars mean: reductions build the tree.

use super::attributes::{self, Attribute};
use super::draft::{Draft, Place};
use super::grammar::Reducer;
use super::lexer::Token;
use super::node::{GeoUnit, NodeKind, Options};
use super::text::{is_stopword, normal, unescape, unescape_before};
use super::{Request, exact};
use crate::resp::Bytes;

/// What a rule means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The query is its only symbol.
    Root,
    /// There is no query.
    NoQuery,
    /// `*`.
    Everything,
    /// The first symbol's value.
    Same,
    /// The second symbol's value: parentheses.
    Middle,
    /// Nothing: a stop-word.
    Nothing,
    /// Two expressions side by side.
    Both,
    /// `a | b`.
    Either,
    /// `-a`.
    Without,
    /// `~a`.
    Maybe,
    /// `@a:`.
    Scope,
    /// `@a|b:`.
    Scopes,
    Modifier,
    TwoModifiers,
    MoreModifiers,
    AttributeIs,
    FirstAttribute,
    NextAttribute,
    NoAttributes,
    /// `a => {...}`.
    Attributed,
    /// `"a b"` of dialect 1.
    QuotedWords,
    QuotedWord,
    /// `"..."` of dialect 2.
    Exact,
    QuotedParameter,
    /// A word alone.
    Word,
    TwoWords,
    MoreWords,
    Prefix,
    Suffix,
    Infix,
    Wildcard,
    Fuzzy(u8),
    Missing,
    /// `@a:{...}`.
    TagScope,
    /// The first tag, behind the brace.
    FirstTag,
    /// The first tag, where the brace belongs to another rule.
    OnlyTag,
    NextTag,
    NumericScope,
    Range,
    Point,
    GeoScope,
    Circle,
    OtherScope,
    /// `[WITHIN $shape]`.
    Shape,
    /// `[KNN n @f $vector]`.
    Nearest,
    /// `[VECTOR_RANGE r $vector]`.
    Near,
    Number,
    Negative,
    Exclusive,
    /// A word; whether it is a number.
    TermIs(bool),
    Parameter,
    CaseTerm,
    CaseParameter,
    /// A parameter as a bound, of this sign.
    ParameterBound(i8),
    /// `($a`, of this sign.
    OpenParameterBound(i8),
}

/// What a word is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// A word.
    #[default]
    Plain,
    /// Digits: never stemmed in dialect 2.
    Number,
    /// Its case matters.
    Case,
    Parameter,
    CaseParameter,
}

/// A number of a range: a value, or the name of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    value: f64,
    inclusive: bool,
    parameter: Option<Bytes>,
    negative: bool,
}

/// A value on the parser's stack.
#[derive(Debug, Default)]
pub enum Value {
    #[default]
    None,
    Token(Token),
    Term(Token, Sort),
    Node(Option<Box<Draft>>),
    Names(Vec<Bytes>),
    Attribute(Attribute),
    Attributes(Option<Vec<Attribute>>),
    Bound(Bound),
}

type Tree = Option<Box<Draft>>;

/// The state of building.
pub(super) struct Builder<'a> {
    pub request: &'a Request<'a>,
    /// The query. Escapes of field names are removed in place, which error messages show.
    pub query: Bytes,
    pub root: Tree,
    /// The first thing that was wrong.
    pub error: Option<Bytes>,
    /// It asks for shapes or vectors, which the tree does not have.
    pub beyond: bool,
}

impl Builder<'_> {
    /// Only the first error counts.
    pub fn fail(&mut self, error: impl Into<Bytes>) {
        if self.error.is_none() {
            self.error = Some(error.into());
        }
    }

    /// `message at offset n near text`.
    pub fn fail_near(&mut self, message: &str, token: Token) {
        let mut error = format!("{message} at offset {} near ", token.position).into_bytes();
        error.extend(self.text(token));
        self.fail(error);
    }

    fn text(&self, token: Token) -> Bytes {
        let end = (token.start + token.length).min(self.query.len());
        self.query.get(token.start..end).unwrap_or_default().to_vec()
    }

    fn is_first_dialect(&self) -> bool {
        self.request.dialect == 1
    }

    fn mask(&self, name: &[u8]) -> u128 {
        self.request.schema.text_bit(name)
    }

    /// A word as a node.
    fn word(&self, token: Token, sort: Sort) -> Draft {
        let text = self.text(token);
        match sort {
            Sort::Plain => Draft::token(normal(&text)),
            Sort::Case => Draft::token(text),
            Sort::Number => {
                let mut word = Draft::token(text);
                word.options.verbatim = true;
                word
            }
            Sort::Parameter | Sort::CaseParameter => {
                let mut word = Draft::token(Bytes::new());
                let place = if sort == Sort::Parameter { Place::Text } else { Place::CaseText };
                word.hole(text, place, false);
                word
            }
        }
    }

    /// `pre*`, `*suf`, `*inf*`.
    fn affix(&self, token: Token, prefix: bool, suffix: bool) -> Draft {
        let text = self.text(token);
        let next = self.query.get(token.start + token.length).copied();
        let parameter = token.parameter && !self.is_first_dialect();
        let plain = if parameter { Bytes::new() } else { unescape_before(&text, next) };
        let mut affix = Draft::leaf(NodeKind::Affix { text: plain, prefix, suffix });
        if parameter {
            affix.hole(text, Place::Text, false);
        }
        affix
    }

    fn wildcard(&self, token: Token) -> Draft {
        let text = self.text(token);
        if !token.parameter {
            return Draft::leaf(NodeKind::Wildcard { pattern: text });
        }
        let mut wildcard = Draft::leaf(NodeKind::Wildcard { pattern: Bytes::new() });
        wildcard.hole(text, Place::Pattern, false);
        wildcard
    }

    fn fuzzy(&self, token: Token, sort: Sort, distance: u8) -> Draft {
        let text = self.text(token);
        if !matches!(sort, Sort::Parameter | Sort::CaseParameter) {
            return Draft::leaf(NodeKind::Fuzzy { text: normal(&text), distance });
        }
        let mut fuzzy = Draft::leaf(NodeKind::Fuzzy { text: Bytes::new(), distance });
        fuzzy.hole(text, Place::Text, false);
        fuzzy
    }

    /// Two expressions side by side; what is nothing falls away, and an intersection takes up what stands beside it.
    fn both(&self, first: Tree, second: Tree) -> Tree {
        let open = |node: &Draft| {
            node.kind == (NodeKind::Phrase { exact: false }) && node.options.fields == Options::ALL_FIELDS
        };
        self.join(first, second, open, Draft::phrase)
    }

    fn either(&self, first: Tree, second: Tree) -> Tree {
        let open = |node: &Draft| node.kind == NodeKind::Union && node.options.fields == Options::ALL_FIELDS;
        self.join(first, second, open, |children| Draft::new(NodeKind::Union, children))
    }

    /// In dialect 2 the second takes up the first, too, which then comes last.
    fn join(&self, first: Tree, second: Tree, open: impl Fn(&Draft) -> bool, make: fn(Vec<Draft>) -> Draft) -> Tree {
        let (mut first, mut second) = match (first, second) {
            (Some(first), Some(second)) => (first, second),
            (first, second) => return first.or(second),
        };
        if open(&first) {
            first.children.push(*second);
            Some(first)
        } else if !self.is_first_dialect() && open(&second) {
            second.children.push(*first);
            Some(second)
        } else {
            Some(Box::new(make(vec![*first, *second])))
        }
    }

    /// The name of a field; escapes are removed where it stands.
    fn modifier(&mut self, mut token: Token) -> Token {
        let name = unescape(&self.text(token));
        if let Some(place) = self.query.get_mut(token.start..token.start + name.len()) {
            place.copy_from_slice(&name);
        }
        token.length = name.len();
        token
    }

    fn attribute(&mut self, name: Token, value: Token, sort: Sort) -> Attribute {
        let (name, text) = (self.text(name), self.text(value));
        let mut attribute = Attribute { name, value: text.clone() };
        if sort == Sort::Parameter {
            match self.request.params.get(&text) {
                Some(value) => attribute.value.clone_from(value),
                None => self.fail([&b"No such parameter `"[..], &text, b"`"].concat()),
            }
        }
        attribute
    }

    /// `"..."` of dialect 2.
    fn exact(&self, token: Token) -> Draft {
        let text = self.text(token);
        if text.is_empty() {
            return Draft::token(Bytes::new());
        }
        let words = exact::words(&text).into_iter().map(|word| Draft::token(normal(word)));
        let mut phrase = Draft::new(NodeKind::Phrase { exact: true }, words.collect());
        phrase.options.verbatim = true;
        phrase
    }

    fn range(&self, bounds: Vec<Bound>) -> Draft {
        let (first, last) = (&bounds[0], &bounds[bounds.len() - 1]);
        let mut range = Draft::leaf(NodeKind::Numeric {
            field: Bytes::new(),
            min: first.value,
            max: last.value,
            min_inclusive: first.inclusive,
            max_inclusive: last.inclusive,
        });
        fill(&mut range, first, if bounds.len() == 1 { Place::Radius } else { Place::Min });
        fill(&mut range, last, if bounds.len() == 1 { Place::Radius } else { Place::Max });
        range
    }

    fn circle(&mut self, bounds: Vec<Bound>, unit: Token, sort: Sort) -> Draft {
        let [longitude, latitude, radius] = [0, 1, 2].map(|i| bounds[i].clone());
        let mut circle = Draft::leaf(NodeKind::Geo {
            field: Bytes::new(),
            longitude: longitude.value,
            latitude: latitude.value,
            radius: radius.value,
            unit: GeoUnit::M,
        });
        fill(&mut circle, &longitude, Place::Longitude);
        fill(&mut circle, &latitude, Place::Latitude);
        fill(&mut circle, &radius, Place::Radius);
        match sort {
            Sort::Parameter => circle.hole(self.text(unit), Place::Unit, false),
            Sort::Number => self.fail("Invalid GeoFilter unit"),
            _ => circle.set_unit(&self.text(unit)),
        }
        if self.is_first_dialect()
            && let Err(error) = super::check::circle(&circle)
        {
            self.fail(error);
        }
        circle
    }

    /// The field of a range, a circle, a list of tags.
    fn name(&self, token: Token, tree: Tree) -> Tree {
        let name = self.text(token);
        let mut node = tree?;
        match &mut node.kind {
            NodeKind::Numeric { field, .. } | NodeKind::Geo { field, .. } => *field = name,
            _ => {
                let children = std::mem::take(&mut node.children);
                *node = Draft::new(NodeKind::Tag { field: unescape(&name) }, children);
                for hole in node.children.iter_mut().flat_map(|child| &mut child.holes) {
                    hole.place = if hole.place == Place::Pattern { Place::Pattern } else { Place::CaseText };
                }
            }
        }
        Some(node)
    }

    fn vector(&mut self, command: Token, name: &str, message: &str) {
        self.beyond = true;
        if !self.text(command).eq_ignore_ascii_case(name.as_bytes()) {
            self.fail_near(message, command);
        }
    }
}

fn fill(node: &mut Draft, bound: &Bound, place: Place) {
    if let Some(name) = &bound.parameter {
        node.hole(name.clone(), place, bound.negative);
    }
}

/// The symbols of a rule's right side.
struct Right(std::vec::IntoIter<Value>);

impl Right {
    fn skip(&mut self, count: usize) -> &mut Self {
        self.0.by_ref().take(count).for_each(drop);
        self
    }

    fn value(&mut self) -> Value {
        self.0.next().unwrap_or_default()
    }

    fn tree(&mut self) -> Tree {
        match self.value() {
            Value::Node(tree) => tree,
            _ => None,
        }
    }

    fn term(&mut self) -> (Token, Sort) {
        match self.value() {
            Value::Term(token, sort) => (token, sort),
            Value::Token(token) => (token, Sort::Plain),
            _ => (Token::default(), Sort::Plain),
        }
    }

    fn token(&mut self) -> Token {
        self.term().0
    }

    fn names(&mut self) -> Vec<Bytes> {
        match self.value() {
            Value::Names(names) => names,
            _ => Vec::new(),
        }
    }

    fn attributes(&mut self) -> Option<Vec<Attribute>> {
        match self.value() {
            Value::Attributes(attributes) => attributes,
            Value::Attribute(attribute) => Some(vec![attribute]),
            _ => None,
        }
    }

    fn bounds(&mut self, count: usize) -> Vec<Bound> {
        let bound = |value| match value {
            Value::Bound(limit) => limit,
            _ => Bound { value: 0.0, inclusive: true, parameter: None, negative: false },
        };
        (0..count).map(|_| bound(self.value())).collect()
    }
}

fn node(draft: Draft) -> Value {
    Value::Node(Some(Box::new(draft)))
}

fn wrap(kind: NodeKind, child: Tree) -> Value {
    Value::Node(child.map(|child| Box::new(Draft::new(kind, vec![*child]))))
}

impl Reducer<Action> for Builder<'_> {
    type Value = Value;

    fn overflow(&mut self) {
        if !self.is_first_dialect() {
            self.fail("Parser stack overflow. Try moving nested parentheses more to the left");
        }
    }

    fn reduce(&mut self, action: &Action, right: Vec<Value>) -> Value {
        let mut right = Right(right.into_iter());
        match *action {
            Action::Root => {
                self.root = right.tree();
                Value::None
            }
            Action::NoQuery => Value::None,
            Action::Everything => {
                self.root = Some(Box::new(Draft::leaf(NodeKind::All)));
                Value::None
            }
            Action::Nothing => Value::Node(None),
            Action::Same => right.value(),
            Action::Middle => right.skip(1).value(),
            Action::Both => {
                let (first, second) = (right.tree(), right.tree());
                Value::Node(self.both(first, second))
            }
            Action::Either => {
                let (first, second) = (right.tree(), right.skip(1).tree());
                Value::Node(self.either(first, second))
            }
            Action::Without => wrap(NodeKind::Not, right.skip(1).tree()),
            Action::Maybe => wrap(NodeKind::Optional, right.skip(1).tree()),
            Action::Attributed => {
                let mut tree = right.tree();
                if let (Some(node), Some(attributes)) = (&mut tree, right.skip(2).attributes())
                    && let Err(error) = attributes::apply(node, &attributes)
                {
                    self.fail(error);
                }
                Value::Node(tree)
            }
            _ => self.reduce_leaf(*action, right),
        }
    }
}

impl Builder<'_> {
    /// Words and what is made of them.
    fn reduce_leaf(&mut self, action: Action, mut right: Right) -> Value {
        match action {
            Action::TermIs(number) => Value::Term(right.token(), if number { Sort::Number } else { Sort::Plain }),
            Action::Parameter => Value::Term(right.token(), Sort::Parameter),
            Action::CaseTerm => Value::Term(right.token(), Sort::Case),
            Action::CaseParameter => Value::Term(right.token(), Sort::CaseParameter),
            Action::Word => {
                let (token, sort) = right.term();
                let words = self.request.stopwords && !self.is_first_dialect() && sort == Sort::Plain;
                let skipped = words && is_stopword(self.request.schema, &self.text(token));
                Value::Node((!skipped).then(|| Box::new(self.word(token, sort))))
            }
            Action::QuotedWord => {
                let mut word = self.word(right.skip(1).token(), Sort::Plain);
                word.options.verbatim = true;
                node(word)
            }
            Action::QuotedWords => {
                let mut tree = right.skip(1).tree();
                if let Some(phrase) = &mut tree {
                    phrase.kind = NodeKind::Phrase { exact: true };
                    phrase.options.verbatim = true;
                }
                Value::Node(tree)
            }
            Action::QuotedParameter => {
                let name = self.text(right.skip(1).token());
                let mut word = Draft::token(normal(&[&b"$"[..], &name].concat()));
                word.options.verbatim = true;
                node(word)
            }
            Action::Exact => node(self.exact(right.token())),
            Action::TwoWords => {
                let words = [right.term(), right.term()];
                node(Draft::phrase(words.into_iter().map(|(token, sort)| self.word(token, sort)).collect()))
            }
            Action::MoreWords => {
                let mut tree = right.tree();
                let (token, sort) = right.term();
                if let Some(phrase) = &mut tree {
                    phrase.children.push(self.word(token, sort));
                }
                Value::Node(tree)
            }
            Action::Prefix => node(self.affix(right.token(), true, false)),
            Action::Suffix => node(self.affix(right.token(), false, true)),
            Action::Infix => node(self.affix(right.token(), true, true)),
            Action::Wildcard => node(self.wildcard(right.token())),
            Action::Fuzzy(distance) => {
                let (token, sort) = right.skip(usize::from(distance)).term();
                node(self.fuzzy(token, sort, distance))
            }
            _ => self.reduce_scope(action, right),
        }
    }

    /// Fields and what is asked of them.
    fn reduce_scope(&mut self, action: Action, mut right: Right) -> Value {
        match action {
            Action::Modifier => Value::Token(self.modifier(right.token())),
            Action::TwoModifiers => {
                let first = right.token();
                Value::Names(vec![self.text(first), self.text(right.skip(1).token())])
            }
            Action::MoreModifiers => {
                let mut names = right.names();
                names.push(self.text(right.skip(1).token()));
                Value::Names(names)
            }
            Action::Scope => {
                let field = right.token();
                let mut tree = right.skip(1).tree();
                if let Some(node) = &mut tree {
                    node.restrict(self.mask(&self.text(field)));
                }
                Value::Node(tree)
            }
            Action::Scopes => {
                let mask = right.names().iter().fold(0, |mask, name| mask | self.mask(name));
                let mut tree = right.skip(1).tree();
                if let Some(node) = &mut tree {
                    node.restrict(mask);
                }
                Value::Node(tree)
            }
            Action::Missing => node(Draft::leaf(NodeKind::Missing { field: self.text(right.skip(2).token()) })),
            Action::TagScope => {
                let field = right.token();
                // In dialect 2 a brace stands between.
                let tags = right.skip(if self.is_first_dialect() { 1 } else { 2 }).tree();
                Value::Node(self.name(field, tags))
            }
            Action::NumericScope | Action::GeoScope => {
                let field = right.token();
                let tree = right.skip(1).tree();
                Value::Node(self.name(field, tree))
            }
            Action::FirstTag => {
                let tag = self.tag(right.skip(1));
                node(Draft::phrase(tag.into_iter().collect()))
            }
            Action::OnlyTag => {
                let tag = self.tag(&mut right);
                node(Draft::phrase(tag.into_iter().collect()))
            }
            Action::NextTag => {
                let mut tags = right.tree();
                let tag = self.tag(right.skip(1));
                if let Some(tags) = &mut tags {
                    tags.children.extend(tag);
                }
                Value::Node(tags)
            }
            _ => self.reduce_rest(action, right),
        }
    }

    fn tag(&mut self, right: &mut Right) -> Option<Draft> {
        match right.value() {
            Value::Node(tree) => tree.map(|tree| *tree),
            Value::Term(token, sort) if sort == Sort::CaseParameter => Some(self.word(token, sort)),
            Value::Term(token, _) | Value::Token(token) => Some(self.word(token, Sort::Case)),
            _ => None,
        }
    }

    /// Attributes, numbers, and what only gets an answer that it is out of place.
    fn reduce_rest(&mut self, action: Action, mut right: Right) -> Value {
        match action {
            Action::AttributeIs => {
                let name = right.token();
                let (value, sort) = right.skip(1).term();
                Value::Attribute(self.attribute(name, value, sort))
            }
            Action::FirstAttribute => Value::Attributes(right.attributes()),
            Action::NextAttribute => {
                let mut attributes = right.attributes().unwrap_or_default();
                attributes.extend(right.skip(1).attributes().unwrap_or_default());
                Value::Attributes(Some(attributes))
            }
            Action::NoAttributes => Value::Attributes(None),
            Action::Number => bound(right.token().number, None, true, false),
            Action::Negative | Action::Exclusive => {
                let mut limit = right.skip(1).bounds(1).remove(0);
                if action == Action::Negative {
                    limit.value = -limit.value;
                } else {
                    limit.inclusive = false;
                }
                Value::Bound(limit)
            }
            Action::ParameterBound(sign) | Action::OpenParameterBound(sign) => {
                let open = matches!(action, Action::OpenParameterBound(_));
                let before = usize::from(open) + usize::from(sign < 0);
                let name = self.text(right.skip(before).token());
                bound(0.0, Some(name), !open, sign < 0)
            }
            Action::Range => node(self.range(right.skip(1).bounds(2))),
            Action::Point => node(self.range(right.skip(1).bounds(1))),
            Action::Circle => {
                let bounds = right.skip(1).bounds(3);
                let (unit, sort) = right.term();
                node(self.circle(bounds, unit, sort))
            }
            Action::Shape => {
                let predicate = self.text(right.skip(1).token()).to_ascii_uppercase();
                let known: [&[u8]; 4] = [b"WITHIN", b"CONTAINS", b"DISJOINT", b"INTERSECTS"];
                if !known.contains(&predicate.as_slice()) {
                    let position = right.token().position;
                    self.fail(format!("Syntax error: Expecting a geoshape predicate at offset {position}"));
                }
                self.beyond = true;
                Value::Node(None)
            }
            Action::Nearest => {
                self.vector(right.token(), "KNN", "Syntax error: Expecting Vector Similarity command");
                Value::Node(None)
            }
            Action::Near => {
                let message = "Syntax error: expecting vector similarity range command";
                self.vector(right.token(), "VECTOR_RANGE", message);
                Value::Node(None)
            }
            _ => Value::Node(None),
        }
    }
}

fn bound(value: f64, parameter: Option<Bytes>, inclusive: bool, negative: bool) -> Value {
    Value::Bound(Bound { value, inclusive, parameter, negative })
}
