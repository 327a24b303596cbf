//! FT.SEARCH as RediSearch 2.10 understands it: the reference that engines are compared with.
//!
//! Naive and literal rather than fast. A query becomes tokens (`lexer`); the grammar of its dialect (`grammar`) makes
//! a tree of them ([`parse()`], [`node`]); parameters are filled in, what is wrong is found, words get their stems.
//! [`schema`]: what an index is; [`explain()`]: FT.EXPLAIN's text; [`print()`]: a tree as a query; [`expression`]: APPLY and FILTER.

#[cfg(test)]
pub(crate) mod answers;
mod attributes;
mod check;
mod draft;
pub mod eval;
mod exact;
mod expand;
mod explain;
pub mod expression;
#[cfg(test)]
mod golden;
mod grammar;
mod lexer;
mod meaning;
pub mod node;
mod number;
mod params;
mod parse;
mod print;
#[cfg(test)]
mod round_trip;
pub mod schema;
pub mod text;

pub use explain::explain;
pub use node::{Node, NodeKind};
pub use params::Params;
pub use parse::{BEYOND, Query, Request, parse};
pub use print::{Printed, Style, print};
pub use schema::{Field, FieldKind, Schema};
