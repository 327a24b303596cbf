//! The query language: from a string to a tree.
//!
//! [`read`] does it all: tokens ([`lexer`]), the grammar of the dialect ([`grammar`], whose tables [`lalr`] makes), the tree
//! ([`build`]), parameters filled in ([`parameter`]), what an index cannot do refused ([`check`]), words expanded to their
//! stems ([`expand`]).

mod attribute;
mod build;
mod check;
mod expand;
mod grammar;
mod lalr;
mod lexer;
pub(crate) mod node;
mod parameter;
mod parser;
mod text;

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::config::Config;
use crate::reply::Error;
use crate::search::analysis::StopWords;
use crate::search::schema::Definition;
use node::{Dialect, Node};

thread_local! {
    /// See [`take_work`].
    static WORK: Cell<u64> = const { Cell::new(0) };
}

/// How many steps reading queries has taken on this thread since it last asked: bytes looked at, and what was done with
/// tokens.
pub fn take_work() -> u64 {
    WORK.take()
}

fn note_work(steps: usize) {
    WORK.set(WORK.get().saturating_add(steps as u64));
}

/// The values of `$name`s.
pub(crate) type Parameters = BTreeMap<Vec<u8>, Vec<u8>>;

/// What a command says of its query.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub dialect: Dialect,
    pub parameters: Parameters,
    /// VERBATIM: no stems.
    pub verbatim: bool,
    /// NOSTOPWORDS: all words count.
    pub no_stop_words: bool,
    /// The query is explained, which lets an empty string pass that a search refuses.
    pub is_explained: bool,
    #[cfg(feature = "planted")]
    pub plant: Option<crate::Plant>,
}

impl Options {
    /// Those of a command that says nothing.
    pub fn new(config: &Config) -> Self {
        // Without planted bugs nothing is configured.
        let _ = config;
        Self {
            #[cfg(feature = "planted")]
            plant: config.plant,
            ..Self::default()
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            #[cfg(feature = "planted")]
            plant: None,
            dialect: Dialect::First,
            parameters: Parameters::new(),
            verbatim: false,
            no_stop_words: false,
            is_explained: false,
        }
    }
}

/// Reads a query on an index: parses it, fills in parameters, checks it, and expands words.
pub(crate) fn read(query: &[u8], index: &Definition, options: &Options) -> Result<Node, Error> {
    // The server reads a C string.
    let mut root = parser::parse(text::until_nul(query), index, options)?;
    parameter::fill_in(&mut root, &options.parameters)?;
    check::empty_strings(&root, index, options.is_explained)?;
    if !options.verbatim {
        expand::expand(&mut root, index)?;
    }
    check::abilities(&root, index)?;
    text::settle(&mut root, index);
    Ok(root)
}

/// The stop-words that count for a query.
fn stop_words<'a>(index: &'a Definition, options: &Options) -> Option<&'a StopWords> {
    if options.no_stop_words { None } else { Some(index.stop_words()) }
}
