//! The two grammars of queries: that of dialect 1, and that of dialect 2 and later ones.
//!
//! Rules come in the order that decides between reductions of equal precedence (see [`super::lalr`]).

use std::sync::OnceLock;

use super::lalr::{Grammar, Rule, Tables};
use super::lexer::Kind;
use super::node::Dialect;

/// What is made of the parts of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The whole query.
    Root,
    /// An empty query.
    Empty,
    /// The query `*`.
    Everything,
    /// The only part, or the part of that number.
    Keep(usize),
    /// Nothing that anybody needs.
    Drop,
    Intersect,
    Unite,
    /// A clause in one field.
    InField,
    /// A clause in several fields.
    InFields,
    Attribute,
    FirstAttribute,
    NextAttribute,
    NoAttributes,
    /// Attributes are said of a clause.
    Annotate,
    /// Words between quotation marks, in dialect 1.
    Quoted,
    /// One word between quotation marks.
    QuotedWord,
    /// A parameter's name between quotation marks: no parameter.
    QuotedName,
    /// A quoted text, in dialect 2.
    Exact,
    Word,
    StopWord,
    TwoWords,
    NextWord,
    Negate,
    Optional,
    Prefix,
    Suffix,
    Infix,
    Wildcard,
    Fuzzy(u8),
    Field,
    TwoFields,
    NextField,
    Missing,
    /// A field's tags.
    Tags,
    FirstTag,
    FirstTagNode,
    NextTag,
    NextTagNode,
    RangeIn,
    /// Which ends belong to the range.
    Range(bool, bool),
    /// Both ends by themselves say whether they belong to it.
    RangeOfBounds,
    Point,
    CircleIn,
    Circle,
    Shape,
    VectorCommand,
    VectorRange,
    Number,
    Negative,
    Exclusive,
    /// A term is a text.
    AsText,
    /// A number as a term.
    AsNumber,
    /// A parameter is a text.
    ParameterText,
    /// A text whose case matters.
    AsTag,
    ParameterTag,
    ParameterNumber,
    NegativeParameter,
    /// A literal number as the end of a range.
    AsBound,
}

use Action::*;

const fn rule(left: &'static str, right: &'static str, action: Action) -> Rule<Action> {
    Rule { left, right, level: "", action }
}

/// A rule of a certain precedence.
const fn at(level: &'static str, left: &'static str, right: &'static str, action: Action) -> Rule<Action> {
    Rule { left, right, level, action }
}

/// A grammar's tables, and the numbers of the tokens in them.
pub(super) struct Language {
    pub tables: Tables<Action>,
    /// By kind; `None` for tokens of which the grammar knows nothing.
    pub terminals: [Option<usize>; Kind::COUNT],
}

impl Language {
    fn new(grammar: &Grammar<Action>) -> Self {
        let tables = Tables::new(grammar);
        let mut terminals = [None; Kind::COUNT];
        for (kind, name) in Kind::TERMINALS {
            terminals[kind as usize] = tables.terminal(name);
        }
        Self { tables, terminals }
    }
}

/// Dialect 2, were `|` to bind stronger than words side by side.
#[cfg(feature = "planted")]
pub(super) fn with_strong_unions() -> &'static Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    LANGUAGE.get_or_init(|| {
        let mut levels = DIALECT_2.levels.to_vec();
        let place = |name: &str| DIALECT_2.levels.iter().position(|level| *level == name).unwrap_or(0);
        levels.swap(place("OR"), place("AND"));
        Language::new(&Grammar { levels: levels.leak(), ..DIALECT_2 })
    })
}

/// The language of a dialect.
pub(super) fn of(dialect: Dialect) -> &'static Language {
    static FIRST: OnceLock<Language> = OnceLock::new();
    static LATER: OnceLock<Language> = OnceLock::new();
    match dialect {
        Dialect::First => FIRST.get_or_init(|| Language::new(&DIALECT_1)),
        Dialect::Later => LATER.get_or_init(|| Language::new(&DIALECT_2)),
    }
}

const DIALECT_1: Grammar<Action> = Grammar {
    levels: &[
        "LOWEST",
        "TILDE",
        "TAGLIST",
        "QUOTE",
        "COLON",
        "MINUS",
        "NUMBER",
        "STOPWORD",
        "TERMLIST",
        "TERM",
        "PREFIX SUFFIX CONTAINS",
        "PERCENT",
        "ATTRIBUTE",
        "LP",
        "RP",
        "MODIFIER",
        "AND",
        "OR",
        "ORX",
        "ARROW",
    ],
    fallbacks: &[],
    rules: &[
        rule("query", "clause", Root),
        rule("query", "", Empty),
        rule("query", "STAR", Everything),
        at("AND", "clause", "clause clause", Intersect),
        at("ORX", "clause", "union", Keep(0)),
        at("OR", "union", "clause OR clause", Unite),
        at("ORX", "union", "union OR clause", Unite),
        at("MODIFIER", "clause", "field COLON clause", InField),
        at("MODIFIER", "clause", "fields COLON clause", InFields),
        rule("clause", "LP clause RP", Keep(1)),
        rule("attribute", "ATTRIBUTE COLON word", Attribute),
        rule("attributes", "attribute", FirstAttribute),
        rule("attributes", "attributes SEMICOLON attribute", NextAttribute),
        rule("attributes", "attributes SEMICOLON", Keep(0)),
        rule("attributes", "", NoAttributes),
        rule("clause", "clause ARROW LB attributes RB", Annotate),
        at("TERMLIST", "clause", "QUOTE words QUOTE", Quoted),
        at("TERMLIST", "clause", "QUOTE word QUOTE", QuotedWord),
        at("LOWEST", "clause", "word", Word),
        at("PREFIX", "clause", "affix", Keep(0)),
        at("TERMLIST", "clause", "words", Keep(0)),
        at("STOPWORD", "clause", "STOPWORD", StopWord),
        at("TERMLIST", "words", "word word", TwoWords),
        at("TERMLIST", "words", "words word", NextWord),
        at("TERMLIST", "words", "words STOPWORD", Keep(0)),
        rule("clause", "MINUS clause", Negate),
        rule("clause", "TILDE clause", Optional),
        at("PREFIX", "affix", "PREFIX", Prefix),
        at("PREFIX", "affix", "SUFFIX", Suffix),
        at("PREFIX", "affix", "CONTAINS", Infix),
        at("PREFIX", "clause", "PERCENT word PERCENT", Fuzzy(1)),
        at("PREFIX", "clause", "PERCENT PERCENT word PERCENT PERCENT", Fuzzy(2)),
        at("PREFIX", "clause", "PERCENT PERCENT PERCENT word PERCENT PERCENT PERCENT", Fuzzy(3)),
        at("PREFIX", "clause", "PERCENT STOPWORD PERCENT", Fuzzy(1)),
        at("PREFIX", "clause", "PERCENT PERCENT STOPWORD PERCENT PERCENT", Fuzzy(2)),
        at("PREFIX", "clause", "PERCENT PERCENT PERCENT STOPWORD PERCENT PERCENT PERCENT", Fuzzy(3)),
        rule("field", "MODIFIER", Field),
        rule("fields", "field OR word", TwoFields),
        rule("fields", "fields OR word", NextField),
        rule("clause", "field COLON tags", Tags),
        at("TAGLIST", "tags", "LB word", FirstTag),
        at("TAGLIST", "tags", "LB STOPWORD", FirstTag),
        at("TAGLIST", "tags", "LB affix", FirstTagNode),
        at("TAGLIST", "tags", "LB words", FirstTagNode),
        at("TAGLIST", "tags", "tags OR word", NextTag),
        at("TAGLIST", "tags", "tags OR STOPWORD", NextTag),
        at("TAGLIST", "tags", "tags OR affix", NextTagNode),
        at("TAGLIST", "tags", "tags OR words", NextTagNode),
        at("TAGLIST", "tags", "tags RB", Keep(0)),
        rule("clause", "field COLON range", RangeIn),
        at("NUMBER", "range", "LSQB number number RSQB", RangeOfBounds),
        rule("clause", "field COLON circle", CircleIn),
        at("NUMBER", "circle", "LSQB number number number TERM RSQB", Circle),
        rule("number", "NUMBER", Number),
        rule("number", "LP number", Exclusive),
        rule("number", "MINUS number", Negative),
        rule("word", "TERM", AsText),
        rule("word", "NUMBER", AsText),
    ],
};

const DIALECT_2: Grammar<Action> = Grammar {
    levels: &[
        "LOWEST",
        "TEXTEXPR",
        "ORX",
        "OR",
        "ISMISSING",
        "MODIFIER",
        "RP RB RSQB",
        "EXACT",
        "TERM",
        "QUOTE",
        "LP LB LSQB",
        "TILDE MINUS",
        "AND",
        "ARROW",
        "COLON",
        "NUMBER",
        "SIZE",
        "STAR",
        "TAGLIST",
        "TERMLIST",
        "PREFIX SUFFIX CONTAINS",
        "PERCENT",
        "ATTRIBUTE",
        "VERBATIM WILDCARD",
    ],
    fallbacks: &[("EXACT", "TERM"), ("AS", "TERM"), ("ISMISSING", "TERM")],
    rules: &[
        rule("query", "clause", Root),
        rule("query", "", Empty),
        rule("query", "star", Everything),
        rule("star", "STAR", Drop),
        rule("star", "LP star RP", Drop),
        at("TEXTEXPR", "clause", "text", Keep(0)),
        at("AND", "clause", "clause clause", Intersect),
        at("AND", "clause", "text clause", Intersect),
        at("AND", "clause", "clause text", Intersect),
        at("AND", "text", "text text", Intersect),
        at("ORX", "clause", "union", Keep(0)),
        at("OR", "union", "clause OR clause", Unite),
        at("OR", "union", "union OR clause", Unite),
        at("OR", "union", "text OR clause", Unite),
        at("OR", "union", "clause OR text", Unite),
        at("ORX", "text", "text_union", Keep(0)),
        at("OR", "text_union", "text OR text", Unite),
        at("OR", "text_union", "text_union OR text", Unite),
        rule("clause", "field COLON text", InField),
        rule("clause", "fields COLON text", InFields),
        rule("clause", "LP clause RP", Keep(1)),
        rule("text", "LP text RP", Keep(1)),
        rule("attribute", "ATTRIBUTE COLON term", Attribute),
        rule("attributes", "attribute", FirstAttribute),
        rule("attributes", "attributes SEMICOLON attribute", NextAttribute),
        rule("attributes", "attributes SEMICOLON", Keep(0)),
        rule("attributes", "", NoAttributes),
        rule("clause", "clause ARROW LB attributes RB", Annotate),
        rule("text", "text ARROW LB attributes RB", Annotate),
        at("TERMLIST", "text", "EXACT", Exact),
        at("TERMLIST", "text", "QUOTE ATTRIBUTE QUOTE", QuotedName),
        at("LOWEST", "text", "term", Word),
        at("PREFIX", "text", "affix", Keep(0)),
        at("VERBATIM", "text", "wildcard", Keep(0)),
        at("TERMLIST", "words", "term term", TwoWords),
        at("TERMLIST", "words", "words term", NextWord),
        rule("clause", "MINUS clause", Negate),
        rule("text", "MINUS text", Negate),
        rule("clause", "TILDE clause", Optional),
        rule("text", "TILDE text", Optional),
        rule("affix", "PREFIX", Prefix),
        rule("affix", "SUFFIX", Suffix),
        rule("affix", "CONTAINS", Infix),
        rule("wildcard", "WILDCARD", Wildcard),
        at("PREFIX", "text", "PERCENT term PERCENT", Fuzzy(1)),
        at("PREFIX", "text", "PERCENT PERCENT term PERCENT PERCENT", Fuzzy(2)),
        at("PREFIX", "text", "PERCENT PERCENT PERCENT term PERCENT PERCENT PERCENT", Fuzzy(3)),
        rule("field", "MODIFIER", Field),
        rule("fields", "field OR word", TwoFields),
        rule("fields", "fields OR word", NextField),
        rule("clause", "ISMISSING LP field RP", Missing),
        rule("clause", "field COLON LB tags RB", Tags),
        at("TAGLIST", "tags", "tag", FirstTag),
        at("TAGLIST", "tags", "affix", FirstTagNode),
        at("TAGLIST", "tags", "wildcard", FirstTagNode),
        at("TAGLIST", "tags", "words", FirstTagNode),
        at("TAGLIST", "tags", "tags OR tag", NextTag),
        at("TAGLIST", "tags", "tags OR affix", NextTagNode),
        at("TAGLIST", "tags", "tags OR wildcard", NextTagNode),
        at("TAGLIST", "tags", "tags OR words", NextTagNode),
        rule("clause", "field COLON range", RangeIn),
        at("NUMBER", "range", "LSQB bound bound RSQB", Range(true, true)),
        at("NUMBER", "range", "LSQB open_bound bound RSQB", Range(false, true)),
        at("NUMBER", "range", "LSQB bound open_bound RSQB", Range(true, false)),
        at("NUMBER", "range", "LSQB open_bound open_bound RSQB", Range(false, false)),
        at("NUMBER", "range", "LSQB bound RSQB", Point),
        rule("clause", "field COLON circle", CircleIn),
        at("NUMBER", "circle", "LSQB bound bound bound term RSQB", Circle),
        rule("clause", "field COLON shape", Drop),
        rule("shape", "LSQB TERM ATTRIBUTE RSQB", Shape),
        rule("query", "clause ARROW LSQB vector RSQB", Drop),
        rule("query", "text ARROW LSQB vector RSQB", Drop),
        rule("query", "star ARROW LSQB vector RSQB", Drop),
        rule("vector", "vector_command vector_attributes vector_score", Drop),
        rule("vector", "vector_command vector_score", Drop),
        rule("vector", "vector_command vector_attributes", Drop),
        rule("vector", "vector_command", Drop),
        rule("as", "AS", Drop),
        rule("vector_score", "as tag", Drop),
        rule("query", "clause ARROW LSQB vector RSQB ARROW LB attributes RB", Drop),
        rule("query", "text ARROW LSQB vector RSQB ARROW LB attributes RB", Drop),
        rule("query", "star ARROW LSQB vector RSQB ARROW LB attributes RB", Drop),
        rule("vector_command", "TERM size field ATTRIBUTE", VectorCommand),
        rule("vector_attribute", "TERM term", Drop),
        rule("vector_attributes", "vector_attributes vector_attribute", Drop),
        rule("vector_attributes", "vector_attribute", Drop),
        rule("clause", "field COLON LSQB vector_range RSQB", Drop),
        rule("vector_range", "TERM bound ATTRIBUTE", VectorRange),
        rule("number", "SIZE", Number),
        rule("number", "NUMBER", Number),
        rule("number", "MINUS number", Negative),
        rule("word", "TERM", AsText),
        rule("word", "NUMBER", AsNumber),
        rule("word", "SIZE", AsNumber),
        rule("term", "word", Keep(0)),
        rule("term", "ATTRIBUTE", ParameterText),
        rule("tag", "word", AsTag),
        rule("tag", "ATTRIBUTE", ParameterTag),
        rule("size", "SIZE", Drop),
        rule("size", "ATTRIBUTE", Drop),
        rule("bound", "ATTRIBUTE", ParameterNumber),
        rule("bound", "MINUS ATTRIBUTE", NegativeParameter),
        rule("bound", "number", AsBound),
        rule("open_bound", "LP number", Keep(1)),
        rule("open_bound", "LP ATTRIBUTE", ParameterNumber),
        rule("open_bound", "LP MINUS ATTRIBUTE", NegativeParameter),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_small() {
        for (dialect, limit) in [(Dialect::First, 200), (Dialect::Later, 400)] {
            let states = of(dialect).tables.states();
            assert!(states < limit, "{states}");
        }
    }
}
