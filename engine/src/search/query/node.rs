//! The tree of a query.

use crate::search::schema::{ALL_FIELDS, FieldMask};

/// The versions of the query language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Dialect 1.
    First,
    /// Dialects 2, 3 and 4, which differ only in results.
    Later,
}

impl Dialect {
    /// The language of a `DIALECT`.
    pub fn of(version: i64) -> Self {
        if version >= 2 { Dialect::Later } else { Dialect::First }
    }

    pub fn is_later(self) -> bool {
        self == Dialect::Later
    }
}

/// A node with what was said about it and what is below it. The depth of a tree is bounded by the parser's stack.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub kind: NodeKind,
    pub options: NodeOptions,
    pub children: Vec<Node>,
    /// What is still to be filled in; empty in a finished tree.
    pub parameters: Vec<Parameter>,
}

/// A part of a node that is a parameter of the command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub name: Vec<u8>,
    pub part: Part,
    /// It stands after a `-`.
    pub is_negative: bool,
}

/// Which part of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The text of a term, in lower case.
    Text,
    /// The text as it is.
    Verbatim,
    Min,
    Max,
    /// Both ends of a range.
    Both,
    Longitude,
    Latitude,
    Radius,
    Unit,
}

/// What a node matches.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeKind {
    /// Nothing at all: the query was empty, or stop-words alone.
    Nothing,
    /// Every document: `*`.
    All,
    /// One term. A stem has a `+` in front; `expanded` if the query had another word.
    Token { text: Vec<u8>, expanded: bool },
    /// All children, which stand in order and side by side if `exact`.
    Phrase { exact: bool },
    /// Any of the children.
    Union,
    /// What the only child doesn't match.
    Not,
    /// Everything; what the only child matches has a higher score.
    Optional,
    /// Terms that begin with the text (`prefix` alone), end with it (`suffix` alone), or have it anywhere.
    Affix { text: Vec<u8>, prefix: bool, suffix: bool },
    /// Terms that match a pattern of `?` and `*`.
    Wildcard { pattern: Vec<u8> },
    /// Terms within an edit distance.
    Fuzzy { text: Vec<u8>, distance: u8 },
    /// A range of a NUMERIC field.
    Numeric(Range),
    /// A circle around a point of a GEO field.
    Geo(Circle),
    /// Any of the children is a tag of the field: tokens, affixes and wildcards; a phrase's tokens are joined by blanks.
    Tag { field: Vec<u8> },
    /// Documents without the field.
    Missing { field: Vec<u8> },
    /// These keys (INKEYS).
    Ids { keys: Vec<Vec<u8>> },
}

/// A range of numbers. The field is what the query calls it, and may be unknown or of another type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Range {
    pub field: Vec<u8>,
    pub min: f64,
    pub max: f64,
    pub includes_min: bool,
    pub includes_max: bool,
}

/// A circle on the earth.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Circle {
    pub field: Vec<u8>,
    pub longitude: f64,
    pub latitude: f64,
    pub radius: f64,
    pub unit: Unit,
}

/// The unit of a radius.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Meters,
    Kilometers,
    Feet,
    Miles,
    /// No unit: never in a tree that has passed the checks.
    Unknown,
}

/// What holds for a node beside its kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NodeOptions {
    /// In which TEXT fields; 0 if the query names fields that are none.
    pub fields: FieldMask,
    /// How many words may be in between; `None` is any number, unless the command says otherwise.
    pub slop: Option<i64>,
    pub in_order: bool,
    /// The query says whether in order, whatever the command says.
    pub in_order_is_said: bool,
    pub weight: f64,
    pub phonetic: Phonetic,
    /// Is not expanded.
    pub verbatim: bool,
}

/// Whether to match what sounds alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phonetic {
    /// As the field was defined.
    #[default]
    AsDefined,
    Enabled,
    Disabled,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            fields: ALL_FIELDS,
            slop: None,
            in_order: false,
            in_order_is_said: false,
            weight: 1.0,
            phonetic: Phonetic::AsDefined,
            verbatim: false,
        }
    }
}

impl Node {
    /// A node without children.
    pub fn new(kind: NodeKind) -> Self {
        Self::with(kind, Vec::new())
    }

    pub fn with(kind: NodeKind, children: Vec<Node>) -> Self {
        Self { kind, options: NodeOptions::default(), children, parameters: Vec::new() }
    }

    /// A term as the query has it.
    pub fn token(text: Vec<u8>) -> Self {
        Self::new(NodeKind::Token { text, expanded: false })
    }

    /// Narrows the fields of the node and of all below to these.
    pub fn narrow(&mut self, mask: FieldMask) {
        self.options.fields &= mask;
        for child in &mut self.children {
            child.narrow(mask);
        }
    }
}

impl Unit {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Meters => "m",
            Unit::Kilometers => "km",
            Unit::Feet => "ft",
            Unit::Miles => "mi",
            Unit::Unknown => "<badunit>",
        }
    }

    /// The unit of that name, in any case.
    pub fn named(name: &[u8]) -> Self {
        let all = [Unit::Meters, Unit::Kilometers, Unit::Feet, Unit::Miles];
        let is = |unit: &Unit| name.eq_ignore_ascii_case(unit.name().as_bytes());
        all.into_iter().find(is).unwrap_or(Unit::Unknown)
    }
}
