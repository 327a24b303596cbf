//! The order of results.

use std::cmp::Ordering;

use super::value::Value;
use super::{Collection, Hit};
use crate::resp::Bytes;

/// SORTBY.
#[derive(Clone, Debug, PartialEq)]
pub struct SortBy {
    /// The field.
    pub name: Bytes,
    /// DESC.
    pub descending: bool,
}

impl SortBy {
    /// Puts the hits in order; those without a value come last, in any case.
    pub fn sort<'a>(&self, collection: &Collection<'_>, hits: Vec<Hit<'a>>) -> Vec<Hit<'a>> {
        let value = |hit: &Hit<'_>| Value::sorting(collection.schema, hit.document, &self.name);
        let mut keyed: Vec<_> = hits.into_iter().map(|hit| (value(&hit), hit)).collect();
        keyed.sort_by(|(a, x), (b, y)| {
            let by_value = match (a, b) {
                (Some(a), Some(b)) if self.descending => b.compare(a).unwrap_or(Ordering::Equal),
                // All of one field are of one type.
                (Some(a), Some(b)) => a.compare(b).unwrap_or(Ordering::Equal),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            };
            let by_place = x.document.place.cmp(&y.document.place);
            by_value.then(if self.descending { by_place.reverse() } else { by_place })
        });
        keyed.into_iter().map(|(_, hit)| hit).collect()
    }
}
