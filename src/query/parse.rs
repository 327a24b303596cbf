//! From the bytes of a query to its tree.

use std::sync::LazyLock;

use super::draft::Draft;
use super::grammar::{Machine, Outcome, Table, search1, search2};
use super::lexer::{Token, Tokens};
use super::meaning::{Action, Builder, Value};
use super::node::{Node, NodeKind};
use super::params::{self, Params};
use super::{Schema, check, expand, explain};
use crate::resp::Bytes;

static DIALECT_1: LazyLock<Table<Action>> = LazyLock::new(|| Table::new(&search1::GRAMMAR));
static DIALECT_2: LazyLock<Table<Action>> = LazyLock::new(|| Table::new(&search2::GRAMMAR));

/// What is said of a query that is right, as far as it was read, and asks for what no tree here has. The embedded engine
/// says so, too, and RediSearch does not.
pub const BEYOND: &[u8] = b"Vectors and shapes are not supported";

/// What the tree of a query depends on besides its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The index.
    pub schema: &'a Schema,
    /// DIALECT: 1, 2 or 3.
    pub dialect: u8,
    /// PARAMS.
    pub params: &'a Params,
    /// VERBATIM: no stems.
    pub verbatim: bool,
    /// Whether stop-words are left out (NOSTOPWORDS was not given).
    pub stopwords: bool,
    /// FT.EXPLAIN asks, which takes some queries with empty words that FT.SEARCH does not.
    pub explaining: bool,
}

/// A query that is right.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// As written, with the values of parameters.
    pub tree: Node,
    /// With stems: what is looked for.
    pub plan: Node,
}

impl Query {
    /// What FT.EXPLAIN answers.
    pub fn explain(&self, schema: &Schema) -> Bytes {
        explain::explain(&self.plan, schema)
    }
}

/// Reads a query; the error is RediSearch's text.
pub fn parse(query: &[u8], request: &Request<'_>) -> Result<Query, Bytes> {
    let mut draft = read(query, request)?;
    params::fill(&mut draft, request.params)?;
    check::check(&draft, request)?;
    let tree = draft.into_node();
    let plan = if request.verbatim { tree.clone() } else { expand::expand(tree.clone(), request.schema) };
    Ok(Query { tree, plan })
}

/// The query up to its first NUL, as a tree without the values of parameters.
fn read(query: &[u8], request: &Request<'_>) -> Result<Draft, Bytes> {
    let end = query.iter().position(|&b| b == 0).unwrap_or(query.len());
    let query = &query[..end];
    let table = if request.dialect == 1 { &DIALECT_1 } else { &DIALECT_2 };
    let mut builder = Builder { request, query: query.to_vec(), root: None, error: None, beyond: false };
    let mut machine = Machine::new(table);
    let mut last = Token::default();
    for token in Tokens::new(query, request.dialect) {
        last = stopword(token, &builder);
        take(&mut machine, &mut builder, table.terminal(last.kind), last)?;
    }
    take(&mut machine, &mut builder, 0, last)?;
    if builder.beyond {
        return Err(BEYOND.to_vec());
    }
    Ok(builder.root.map_or_else(|| Draft::leaf(NodeKind::Empty), |root| *root))
}

/// In dialect 1 stop-words are tokens of their own.
fn stopword(token: Token, builder: &Builder<'_>) -> Token {
    let text = builder.query.get(token.start..token.start + token.length).unwrap_or_default();
    let request = builder.request;
    let is_word = request.dialect == 1 && token.kind == "TERM" && request.stopwords;
    let kind = if is_word && super::text::is_stopword(request.schema, text) { "STOPWORD" } else { token.kind };
    Token { kind, ..token }
}

fn take(
    machine: &mut Machine<'_, Action, Value>,
    builder: &mut Builder<'_>,
    terminal: usize,
    token: Token,
) -> Result<(), Bytes> {
    if machine.push(terminal, Value::Token(token), builder) == Outcome::Refused {
        builder.fail_near("Syntax error", token);
    }
    builder.error.take().map_or(Ok(()), Err)
}
