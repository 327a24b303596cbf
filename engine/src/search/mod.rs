//! FT.*: definitions of indexes, the query language, and the search behind it.
//!
//! A command's path: `create` reads FT.CREATE into a [`schema::Definition`]; `query` reads a query string into a tree of
//! [`query::node::Node`]s; whoever evaluates the tree needs nothing but the tree and the definition.

#![allow(dead_code, reason = "what uses it comes next")]

pub(crate) mod aggregate;
pub(crate) mod analysis;
pub(crate) mod create;
pub(crate) mod explain;
pub(crate) mod info;
pub(crate) mod query;
pub(crate) mod schema;

use std::collections::BTreeMap;

use schema::Definition;

/// The indexes of a store, by name.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    by_name: BTreeMap<Vec<u8>, Definition>,
}

impl Indexes {
    /// Whether there is no index at all, so that writes need no look at them.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub fn get(&self, name: &[u8]) -> Option<&Definition> {
        self.by_name.get(name)
    }

    pub fn get_mut(&mut self, name: &[u8]) -> Option<&mut Definition> {
        self.by_name.get_mut(name)
    }

    /// Adds an index, or replaces the one of that name.
    pub fn insert(&mut self, definition: Definition) {
        self.by_name.insert(definition.name.clone(), definition);
    }

    pub fn remove(&mut self, name: &[u8]) -> Option<Definition> {
        self.by_name.remove(name)
    }

    /// All definitions, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.by_name.values()
    }

    pub fn clear(&mut self) {
        self.by_name.clear();
    }
}
