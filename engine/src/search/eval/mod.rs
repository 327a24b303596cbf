//! From the tree of a query to the documents that match it.
//!
//! [`plan`] turns the tree into a [`plan::Plan`]: what is looked up is looked up, terms are expanded. A plan says which
//! documents may match ([`Plan::candidates`]) and, of one document, whether and how it does ([`Plan::hit`]); [`slop`] and
//! [`score`] read that.

mod expand;
mod hit;
mod pattern;
mod plan;
mod queue;
mod score;
mod slop;

pub(crate) use hit::Hit;
pub(crate) use plan::Plan;
pub(crate) use score::Scorer;

use super::index::{Contents, DocId};
use super::query::node::Node;
use super::schema::{ALL_FIELDS, Definition, FieldMask};
use crate::config::Config;
use crate::reply::Error;

/// What a command says about its query as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Frame<'a> {
    pub definition: &'a Definition,
    pub contents: &'a Contents,
    pub config: &'a Config,
    /// INFIELDS.
    pub fields: FieldMask,
    /// SLOP.
    pub slop: Option<i64>,
    /// INORDER.
    pub in_order: bool,
    pub dialect: u8,
}

impl<'a> Frame<'a> {
    /// Of a command that says nothing.
    pub fn new(definition: &'a Definition, contents: &'a Contents, config: &'a Config) -> Frame<'a> {
        Frame { definition, contents, config, fields: ALL_FIELDS, slop: None, in_order: false, dialect: 1 }
    }

    /// Shows each document that matches, in the order of their numbers, and how it does.
    pub fn each(&self, root: &Node, mut seen: impl FnMut(DocId, &Hit<'_>)) -> Result<(), Error> {
        let Some(plan) = Plan::of(self, root)? else {
            return Ok(());
        };
        for id in plan.candidates(self.contents) {
            if let Some(hit) = plan.hit(id) {
                seen(id, &hit);
            }
        }
        Ok(())
    }
}
