//! FT.*: definitions of indexes, the query language, and the search behind it.
//!
//! A command's path: `create` reads FT.CREATE into a [`schema::Definition`]; `query` reads a query string into a tree of
//! [`query::node::Node`]s; whoever evaluates the tree needs nothing but the tree and the definition.

pub(crate) mod aggregate;
pub(crate) mod analysis;
pub(crate) mod answer;
pub(crate) mod create;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod index;
pub(crate) mod info;
mod keep;
pub(crate) mod query;
pub(crate) mod request;
pub(crate) mod schema;

use std::collections::BTreeMap;

use index::Contents;
use keep::Kept;
use schema::Definition;

/// The indexes of a store, by name.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    by_name: BTreeMap<Vec<u8>, Definition>,
    /// What they hold.
    kept: Kept,
}

impl Indexes {
    /// Whether there is no index at all, so that writes need no look at them.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub fn get(&self, name: &[u8]) -> Option<&Definition> {
        self.by_name.get(name)
    }

    /// Adds an index, or replaces the one of that name.
    pub fn insert(&mut self, definition: Definition) {
        let name = definition.name.clone();
        match self.by_name.contains_key(&name) {
            true => self.kept.altered(&name),
            false => self.kept.defined(&name, definition.skip_initial_scan),
        }
        self.by_name.insert(name, definition);
    }

    pub fn remove(&mut self, name: &[u8]) -> Option<Definition> {
        self.kept.removed(name);
        self.by_name.remove(name)
    }

    /// All definitions, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.by_name.values()
    }

    pub fn clear(&mut self) {
        if !self.is_empty() {
            self.kept.cleared();
        }
        self.by_name.clear();
    }

    /// What an index holds, up to the last command.
    pub fn contents(&self, name: &[u8]) -> Option<(&Definition, &Contents)> {
        Some((self.by_name.get(name)?, self.kept.contents(name)?))
    }
}
