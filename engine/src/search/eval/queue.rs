//! Which term of many a document is found by.
//!
//! An expansion counts one of its terms in each document. RediSearch asks a few terms in their order, and keeps more than
//! that in a priority queue of readers, by the document that each has come to. Then it is the reader in front that
//! counts, and among equals that is a matter of how the queue was filled and moved.

use std::collections::BTreeMap;

use crate::search::index::DocId;

/// The most terms that are asked in their order.
pub(super) const ASKED_IN_ORDER_MAX: usize = 20;

/// A term's documents that are yet to come.
struct Reader<'a> {
    term: usize,
    /// 0 before the first document.
    at: DocId,
    rest: &'a [DocId],
}

impl Reader<'_> {
    /// Goes to the first document from this one on; says whether there is any.
    fn skip_to(&mut self, id: DocId) -> bool {
        let skipped = self.rest.partition_point(|&next| next < id);
        let Some((&at, rest)) = self.rest[skipped..].split_first() else {
            return false;
        };
        (self.at, self.rest) = (at, rest);
        true
    }
}

/// For each document, the place of the term that it is found by. The documents of each term are in ascending order.
pub(super) fn found_by(terms: &[Vec<DocId>]) -> BTreeMap<DocId, usize> {
    let mut queue = Queue { readers: Vec::with_capacity(terms.len()) };
    for (term, documents) in terms.iter().enumerate() {
        queue.enter(Reader { term, at: 0, rest: documents });
    }
    let mut found = BTreeMap::new();
    let mut next = 1;
    while let Some((id, term)) = queue.first_from(next) {
        found.insert(id, term);
        next = id + 1;
    }
    found
}

/// A binary heap, the reader that is furthest behind in front.
struct Queue<'a> {
    readers: Vec<Reader<'a>>,
}

impl<'a> Queue<'a> {
    /// Who comes later goes before its equals.
    fn enter(&mut self, reader: Reader<'a>) {
        let mut place = self.readers.len();
        self.readers.push(reader);
        while let Some(above) = place.checked_sub(1).map(|place| place / 2) {
            if self.readers[place].at > self.readers[above].at {
                return;
            }
            self.readers.swap(place, above);
            place = above;
        }
    }

    /// The one in front has moved: others may be behind it now.
    fn settle(&mut self) {
        let mut place = 0;
        while let Some(left) = self.readers.get(2 * place + 1) {
            let below = match self.readers.get(2 * place + 2) {
                Some(right) if right.at < left.at => 2 * place + 2,
                _ => 2 * place + 1,
            };
            if self.readers[place].at <= self.readers[below].at {
                return;
            }
            self.readers.swap(place, below);
            place = below;
        }
    }

    /// The next document from this one on, and the term it is found by.
    fn first_from(&mut self, id: DocId) -> Option<(DocId, usize)> {
        loop {
            let front = self.readers.first_mut()?;
            if front.at >= id {
                return Some((front.at, front.term));
            }
            if !front.skip_to(id) {
                self.readers.swap_remove(0);
                self.settle();
                continue;
            }
            let come_to = (front.at, front.term);
            self.settle();
            // No other can have a document before this one.
            if come_to.0 == id {
                return Some(come_to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_is_found_by_a_term_that_it_has() {
        let terms: Vec<Vec<DocId>> = (1..40).map(|step| (1..100).filter(|id| id % step == 0).collect()).collect();
        let found = found_by(&terms);
        assert_eq!(found.len(), 99);
        assert!(found.iter().all(|(id, term)| terms[*term].contains(id)));
        assert!(found.values().any(|term| *term > 0));
    }
}
