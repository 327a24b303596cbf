//! FT.SEARCH as RediSearch 2.10 understands it: the reference that engines are compared with.
//!
//! Naive and literal rather than fast. [`schema`]: what an index is; [`node`]: the tree of a query.

#[cfg(test)]
pub(crate) mod answers;
pub mod eval;
pub mod node;
pub mod schema;

pub use node::{Node, NodeKind};
pub use schema::{Field, FieldKind, Schema};
