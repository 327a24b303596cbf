//! SORTBY: the best rows in their order.
//!
//! Which of two rows is better is no order (a text that says a number is equal to texts that differ from each other), and
//! groups that are equal have no order at all. What comes out is then a matter of the server's min-max heap.

use std::cmp::Ordering;

use super::super::super::Schema;
use super::names::Property;
use super::rows::Row;
use crate::resp::Bytes;

/// The first `most` rows; the error is that of the first two that cannot be compared.
pub fn sorted<'a>(
    schema: &Schema,
    rows: Vec<Row<'a>>,
    keys: &[(Property, bool)],
    most: usize,
) -> Result<Vec<Row<'a>>, Bytes> {
    let mut trouble = None;
    let better = |a: &Row, b: &Row| {
        let (order, error) = compare(schema, keys, a, b);
        if trouble.is_none() {
            trouble = error;
        }
        order
    };
    let mut heap = MinMax { nodes: Vec::new(), better };
    for row in rows {
        heap.offer(row, most);
    }
    let best = std::iter::from_fn(|| heap.pop_max()).collect();
    trouble.map_or(Ok(best), Err)
}

/// Greater is better. What is missing comes last; among equals, what was written first comes first, or last if the last
/// property is in descending order.
fn compare(schema: &Schema, keys: &[(Property, bool)], a: &Row, b: &Row) -> (Ordering, Option<Bytes>) {
    let (mut descends, mut trouble) = (true, None);
    for (property, descending) in keys {
        descends = *descending;
        let order = match (a.get(schema, property), b.get(schema, property)) {
            (None, None) => continue,
            (Some(_), None) => return (Ordering::Greater, trouble),
            (None, Some(_)) => return (Ordering::Less, trouble),
            (Some(x), Some(y)) => x.compare(&y).unwrap_or_else(|error| {
                trouble.get_or_insert(error);
                Ordering::Equal
            }),
        };
        if order.is_ne() {
            return (if descends { order } else { order.reverse() }, trouble);
        }
    }
    let place = |row: &Row| row.document.map(|document| document.place);
    let is_before = place(a) < place(b);
    (if is_before != descends { Ordering::Greater } else { Ordering::Less }, trouble)
}

/// A min-max heap: in every other row of the tree a node is the least of all below it, in the rows between the greatest.
/// Nodes are counted from 1.
struct MinMax<T, F> {
    nodes: Vec<T>,
    better: F,
}

impl<T, F: FnMut(&T, &T) -> Ordering> MinMax<T, F> {
    /// Takes it in while there is room; then in place of the least, if it is better.
    fn offer(&mut self, item: T, most: usize) {
        if self.nodes.len() < most {
            self.nodes.push(item);
            self.settle(self.nodes.len());
        } else if most > 0 && (self.better)(&item, &self.nodes[0]).is_gt() {
            self.nodes[0] = item;
            self.sink(1, Ordering::Less);
        }
    }

    fn pop_max(&mut self) -> Option<T> {
        let greatest = match self.nodes.len() {
            0 => return None,
            1 => 1,
            2 => 2,
            _ if self.is(2, Ordering::Less, 3) => 3,
            _ => 2,
        };
        let item = self.nodes.swap_remove(greatest - 1);
        if greatest <= self.nodes.len() {
            self.sink(greatest, Ordering::Greater);
        }
        Some(item)
    }

    fn is(&mut self, a: usize, order: Ordering, b: usize) -> bool {
        (self.better)(&self.nodes[a - 1], &self.nodes[b - 1]) == order
    }

    /// Brings a new node to its place: first among the rows of its own kind or the others, then upwards.
    fn settle(&mut self, node: usize) {
        if node == 1 {
            return;
        }
        let own = if node.ilog2().is_multiple_of(2) { Ordering::Less } else { Ordering::Greater };
        if self.is(node, own.reverse(), node / 2) {
            self.nodes.swap(node - 1, node / 2 - 1);
            self.rise(node / 2, own.reverse());
        } else {
            self.rise(node, own);
        }
    }

    fn rise(&mut self, mut node: usize, order: Ordering) {
        while node / 4 > 0 && self.is(node, order, node / 4) {
            self.nodes.swap(node - 1, node / 4 - 1);
            node /= 4;
        }
    }

    fn sink(&mut self, mut node: usize, order: Ordering) {
        while let Some(below) = self.first_below(node, order) {
            if !self.is(below, order, node) {
                return;
            }
            self.nodes.swap(below - 1, node - 1);
            if below / 2 == node {
                return;
            }
            if self.is(below, order.reverse(), below / 2) {
                self.nodes.swap(below - 1, below / 2 - 1);
            }
            node = below;
        }
    }

    /// Of the nodes below, the one that would come up: a child only where it has no children of its own.
    fn first_below(&mut self, node: usize, order: Ordering) -> Option<usize> {
        let grandchildren = (node * 4..node * 4 + 4).filter(|below| *below <= self.nodes.len());
        let is_leaf = |child: &usize| *child <= self.nodes.len() && child * 2 > self.nodes.len();
        let leaves = (node * 2..node * 2 + 2).filter(is_leaf);
        let candidates: Vec<usize> = leaves.chain(grandchildren).collect();
        candidates.into_iter().reduce(|first, next| if self.is(first, order, next) { first } else { next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first() {
        let mut heap = MinMax { nodes: Vec::new(), better: |a: &u32, b: &u32| a.cmp(b) };
        (0..500).for_each(|n| heap.offer(n * 7919 % 500, 60));
        let best: Vec<u32> = std::iter::from_fn(|| heap.pop_max()).collect();
        assert_eq!(best, (440..500).rev().collect::<Vec<_>>());
    }
}
