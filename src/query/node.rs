//! The tree of a query.

use crate::resp::Bytes;

/// Which TEXT fields a node is about, a bit each in the order of definition; all ones is every field.
pub type FieldMask = u128;

/// A node, what was said about it, and what is below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it asks for.
    pub kind: NodeKind,
    /// Attributes and flags.
    pub options: Options,
    /// The operands, in the order in which FT.EXPLAIN names them.
    pub children: Vec<Node>,
}

/// What a node asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// All children; `exact`: one after the other and nothing between them (a quoted phrase).
    Phrase {
        /// Quoted.
        exact: bool,
    },
    /// Any child.
    Union,
    /// Not the child (of which there is one).
    Not,
    /// The child, or anything else.
    Optional,
    /// A word as the index keeps it: lower case, no escapes. Below a tag, with the case and escapes it was written with.
    Token {
        /// The word.
        text: Bytes,
        /// Added by the stemmer.
        expanded: bool,
    },
    /// `pre*`, `*suf`, `*inf*`.
    Affix {
        /// What is written without the stars, its case as written, escapes removed.
        text: Bytes,
        /// A star behind.
        prefix: bool,
        /// A star before.
        suffix: bool,
    },
    /// `%word%`.
    Fuzzy {
        /// The word, lower case.
        text: Bytes,
        /// The largest edit distance.
        distance: u8,
    },
    /// `w'pattern'`.
    Wildcard {
        /// The pattern as written.
        pattern: Bytes,
    },
    /// `@field:{...}`: any child, each of which is a token, an affix, a wildcard or a phrase of tokens.
    Tag {
        /// The field.
        field: Bytes,
    },
    /// `@field:[min max]`.
    Numeric {
        /// The field.
        field: Bytes,
        /// From.
        min: f64,
        /// To.
        max: f64,
        /// Whether `min` itself is in.
        min_inclusive: bool,
        /// Whether `max` itself is in.
        max_inclusive: bool,
    },
    /// `@field:[longitude latitude radius unit]`.
    Geo {
        /// The field.
        field: Bytes,
        /// The longitude of the centre.
        longitude: f64,
        /// The latitude of the centre.
        latitude: f64,
        /// The radius, in the unit.
        radius: f64,
        /// The unit.
        unit: GeoUnit,
    },
    /// `ismissing(@field)`.
    Missing {
        /// The field.
        field: Bytes,
    },
    /// `*`: every document.
    All,
    /// Nothing is left of the query (stop-words only, or empty): no document.
    Empty,
}

/// Units of a radius.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeoUnit {
    /// Metres.
    M,
    /// Kilometres.
    Km,
    /// Miles.
    Mi,
    /// Feet.
    Ft,
}

impl GeoUnit {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            GeoUnit::M => "m",
            GeoUnit::Km => "km",
            GeoUnit::Mi => "mi",
            GeoUnit::Ft => "ft",
        }
    }
}

/// Attributes (`=> {$weight: 2}`) and flags of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The TEXT fields it is restricted to.
    pub fields: FieldMask,
    /// `$slop`; -1 is none.
    pub slop: i64,
    /// `$inorder`.
    pub in_order: bool,
    /// Whether `$inorder` was given; INORDER of the command holds all the same.
    pub in_order_given: bool,
    /// `$weight`.
    pub weight: f64,
    /// `$phonetic`, if given.
    pub phonetic: Option<bool>,
    /// No stems for this node and those below.
    pub verbatim: bool,
}

impl Options {
    /// Every TEXT field.
    pub const ALL_FIELDS: FieldMask = FieldMask::MAX;
}

impl Default for Options {
    fn default() -> Options {
        Options {
            fields: Options::ALL_FIELDS,
            slop: -1,
            in_order: false,
            in_order_given: false,
            weight: 1.0,
            phonetic: None,
            verbatim: false,
        }
    }
}

impl Node {
    /// A node with the usual options.
    pub fn new(kind: NodeKind, children: Vec<Node>) -> Node {
        Node { kind, options: Options::default(), children }
    }

    /// A leaf.
    pub fn leaf(kind: NodeKind) -> Node {
        Node::new(kind, Vec::new())
    }

    /// A word.
    pub fn token(text: Bytes) -> Node {
        Node::leaf(NodeKind::Token { text, expanded: false })
    }

    /// Restricts the node and all below to these fields, too.
    pub fn restrict(&mut self, fields: FieldMask) {
        self.options.fields &= fields;
        self.children.iter_mut().for_each(|child| child.restrict(fields));
    }
}
