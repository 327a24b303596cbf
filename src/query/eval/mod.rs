//! Who answers a query: every document is looked at afresh, without an index.

pub mod aggregate;
pub mod collection;
pub mod document;
pub mod evidence;
pub mod expand;
mod first;
#[cfg(test)]
mod golden;
pub mod highlight;
pub mod matching;
pub mod order;
pub mod score;
pub mod value;
pub mod words;

pub use collection::Collection;
pub use document::{Document, Hash};
pub use evidence::Evidence;
pub use highlight::highlighted;
pub use matching::{Plan, Scope};
pub use order::SortBy;
pub use score::Scorer;
pub use value::Value;

use super::Node;

/// A result of a query.
#[derive(Clone, Debug)]
pub struct Hit<'a> {
    /// The document.
    pub document: &'a Document,
    /// How good it is.
    pub score: f64,
    /// Why it is a result.
    pub evidence: Evidence,
}

/// The results, the best first; among equals, what was written first.
pub fn search<'a>(collection: &'a Collection<'_>, root: &Node, scope: &Scope, scorer: Scorer) -> Vec<Hit<'a>> {
    let plan = Plan::new(collection, root, scope);
    let average_length = collection.average_length();
    let found = collection.documents.iter().filter_map(|document| {
        let evidence = plan.evidence(document)?;
        Some(Hit { document, score: scorer.score(&evidence, document, average_length), evidence })
    });
    let mut hits: Vec<_> = found.collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.document.place.cmp(&b.document.place)));
    hits
}
