//! The query language: from a string to a tree.

pub(crate) mod node;
