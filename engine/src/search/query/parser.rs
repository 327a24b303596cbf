//! Runs the tables of a grammar over a query's tokens.

use super::build::{Builder, Value};
use super::grammar;
use super::lalr::Step;
use super::lexer::{Kind, Lexer};
use super::node::{Dialect, Node, NodeKind};
use super::{Options, stop_words};
use crate::reply::Error;
use crate::search::schema::Definition;

/// How many symbols may be open at once. Dialect 1 forgets what it has read beyond that, and goes on as at the beginning;
/// later ones refuse the query.
const OPEN_AT_MOST: [usize; 2] = [99, 255];

/// The tree of a query, parameters not yet filled in.
pub(super) fn parse(query: &[u8], index: &Definition, options: &Options) -> Result<Node, Error> {
    let lexer = Lexer::new(query, options.dialect, stop_words(index, options));
    let parser = Parser::new(lexer, Builder::new(query, index, options));
    #[cfg(feature = "planted")]
    let parser = parser.planted(options);
    let (root, _) = parser.run();
    Ok(root?.unwrap_or_else(|| Node::new(NodeKind::Nothing)))
}

struct Parser<'a> {
    language: &'static grammar::Language,
    lexer: Lexer<'a>,
    builder: Builder<'a>,
    /// The states that were passed, with what led there.
    stack: Vec<(u16, Value)>,
    limit: usize,
    /// How many steps were made.
    steps: usize,
    /// Whether `()` is taken for nothing.
    takes_empty_groups: bool,
}

impl<'a> Parser<'a> {
    fn new(lexer: Lexer<'a>, builder: Builder<'a>) -> Self {
        let dialect = builder.dialect();
        Self {
            language: grammar::of(dialect),
            lexer,
            builder,
            stack: vec![(0, Value::Nothing)],
            limit: OPEN_AT_MOST[usize::from(dialect == Dialect::Later)],
            steps: 0,
            takes_empty_groups: false,
        }
    }

    #[cfg(feature = "planted")]
    fn planted(mut self, options: &Options) -> Self {
        if planted!(options, SearchUnionBindsStronger) && options.dialect.is_later() {
            self.language = grammar::with_strong_unions();
        }
        if planted!(options, SearchUnboundedDepth) {
            self.limit = usize::MAX;
        }
        self.takes_empty_groups = planted!(options, SearchEmptyGroup);
        self.lexer.begins_anew = planted!(options, SearchQuadratic);
        self
    }

    /// The tree, or the first error; and how many steps it took.
    fn run(mut self) -> (Result<Option<Node>, Error>, usize) {
        loop {
            let (kind, token) = self.lexer.next();
            self.take(kind, token);
            if kind == Kind::End || self.builder.has_failed() {
                super::note_work(self.steps + self.lexer.looks.get());
                return (self.builder.finish(), self.steps);
            }
        }
    }

    /// Reduces as long as the token asks for it, then shifts it.
    fn take(&mut self, kind: Kind, token: super::lexer::Token) {
        let terminal = self.language.terminals[kind as usize];
        loop {
            self.steps += 1;
            let state = self.stack.last().map_or(0, |(state, _)| *state);
            match terminal.and_then(|terminal| self.language.tables.step(state, terminal)) {
                None if self.takes_empty_groups && self.closes_nothing(kind) => {
                    self.stack.pop();
                    return;
                }
                None => return self.builder.syntax_error(&token),
                Some(Step::Shift(next)) => {
                    self.push(next, Value::Token(token));
                    return;
                }
                Some(Step::Reduce(rule)) => {
                    let reduction = self.language.tables.reductions[usize::from(rule)];
                    let parts = self.stack.split_off(self.stack.len().saturating_sub(reduction.length).max(1));
                    let parts = parts.into_iter().map(|(_, value)| value).collect();
                    let value = self.builder.reduce(reduction.action, parts);
                    let state = self.stack.last().map_or(0, |(state, _)| *state);
                    let goto = self.language.tables.goto(state, reduction.left);
                    if !goto.is_some_and(|next| self.push(next, value)) {
                        return;
                    }
                }
            }
        }
    }

    /// Whether the token closes a parenthesis that was opened right before.
    fn closes_nothing(&self, kind: Kind) -> bool {
        let last = self.stack.last().map(|(_, value)| value);
        kind == Kind::CloseParenthesis
            && matches!(last, Some(Value::Token(token)) if self.builder.byte(token.position) == Some(b'('))
    }

    /// Whether there was room.
    fn push(&mut self, state: u16, value: Value) -> bool {
        let has_room = self.stack.len() <= self.limit;
        if has_room {
            self.stack.push((state, value));
        } else {
            self.stack.truncate(1);
            self.builder.overflow();
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::search::schema::{Field, FieldKind, Text};

    fn index() -> Definition {
        let text = Text { weight: 1.0, no_stem: false, phonetic: None, with_suffix_trie: false, bit: 0 };
        let field = Field {
            name: b"a".to_vec(),
            path: b"a".to_vec(),
            kind: FieldKind::Text(text),
            sortable: false,
            unnormalized: false,
            no_index: false,
            index_missing: false,
            index_empty: false,
        };
        Definition { fields: vec![field], ..Definition::new(b"i") }
    }

    fn steps(query: &[u8], dialect: Dialect) -> (bool, usize) {
        let (index, options) = (index(), Options { dialect, ..Options::default() });
        let lexer = Lexer::new(query, dialect, stop_words(&index, &options));
        let (root, steps) = Parser::new(lexer, Builder::new(query, &index, &options)).run();
        (root.is_ok(), steps)
    }

    const DIALECTS: [Dialect; 2] = [Dialect::First, Dialect::Later];

    #[test]
    fn depth_is_an_error_and_no_overflow() {
        for unit in
            ["(", "-", "~", "\"", "@a:(", "-(", "a|(", "(a ", "@a:{", "@a:", "~-", "%", "[", "=>{$weight:", "(-a|"]
        {
            // An odd number of marks leaves one alone.
            let query = unit.as_bytes().repeat(((1 << 20) / unit.len()) | 1);
            for dialect in DIALECTS {
                let options = Options { dialect, ..Options::default() };
                assert!(read(&query, &index(), &options).is_err(), "{unit} {dialect:?}");
            }
        }
    }

    #[test]
    fn steps_grow_with_the_query_only() {
        for unit in [
            "a ",
            "a|",
            "-a ",
            "(a) ",
            "(a|b) ",
            "@a:b ",
            "@a:(b c)|",
            "a=>{$weight:1} ",
            "\"a b\" ",
            "%a% ",
            "*a ",
            "a* ",
        ] {
            let query = [unit.repeat(20_000).as_bytes(), b"a"].concat();
            for dialect in DIALECTS {
                let (_, steps) = steps(&query, dialect);
                assert!(steps < 8 * query.len(), "{unit} {dialect:?}: {steps} steps");
            }
        }
    }

    #[test]
    fn the_deepest_query_that_is_accepted_can_be_used() {
        let query = [b"(".repeat(200).as_slice(), b"a", b")".repeat(200).as_slice()].concat();
        let options = Options { dialect: Dialect::Later, ..Options::default() };
        assert!(read(&query, &index(), &options).is_ok());
        let query = [b"-".repeat(200).as_slice(), b"a"].concat();
        assert!(read(&query, &index(), &options).is_ok());
    }
}
