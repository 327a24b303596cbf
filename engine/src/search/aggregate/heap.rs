//! The best of many, in order.
//!
//! SORTBY keeps its rows in a min-max heap, as RediSearch does: which of several equal rows are kept, and in which order they
//! come, is a matter of that heap. Also, comparing rows is no order: text that reads as a number is equal to others that are
//! not equal to each other.

use std::cmp::Ordering;

/// At even depths a node is the least of those below it, at odd depths the greatest.
pub(crate) struct Heap<T, F> {
    nodes: Vec<T>,
    compare: F,
}

impl<T, F: FnMut(&T, &T) -> Ordering> Heap<T, F> {
    /// `compare` says which of two is better.
    pub fn new(compare: F) -> Self {
        Self { nodes: Vec::new(), compare }
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn insert(&mut self, item: T) {
        self.nodes.push(item);
        let at = self.nodes.len();
        let Some(parent) = parent(at) else {
            return;
        };
        let wanted = if is_min(at) { Ordering::Greater } else { Ordering::Less };
        if self.is(wanted, at, parent) {
            self.swap(at, parent);
            self.rise(parent, wanted);
        } else {
            self.rise(at, wanted.reverse());
        }
    }

    /// Puts the item in the place of the worst one, if it is better.
    pub fn replace_worst(&mut self, item: T) {
        if let Some(worst) = self.nodes.first()
            && (self.compare)(&item, worst) == Ordering::Greater
        {
            self.nodes[0] = item;
            self.sink(1, Ordering::Less);
        }
    }

    /// Takes the best one.
    pub fn pop_best(&mut self) -> Option<T> {
        let at = match self.nodes.len() {
            0..=2 => return self.nodes.pop(),
            _ if self.is(Ordering::Less, 2, 3) => 3,
            _ => 2,
        };
        let best = self.nodes.swap_remove(at - 1);
        self.sink(at, Ordering::Greater);
        Some(best)
    }

    /// Whether the first of two nodes, which are counted from 1, is so to the second.
    fn is(&mut self, wanted: Ordering, left: usize, right: usize) -> bool {
        (self.compare)(&self.nodes[left - 1], &self.nodes[right - 1]) == wanted
    }

    fn swap(&mut self, left: usize, right: usize) {
        self.nodes.swap(left - 1, right - 1);
    }

    /// Moves a node up among those of its kind.
    fn rise(&mut self, mut at: usize, wanted: Ordering) {
        while let Some(above) = parent(at).and_then(parent) {
            if !self.is(wanted, at, above) {
                return;
            }
            self.swap(at, above);
            at = above;
        }
    }

    /// Moves a node down among those of its kind.
    fn sink(&mut self, mut at: usize, wanted: Ordering) {
        while let Some(below) = self.best_below(at, wanted) {
            if !self.is(wanted, below, at) {
                return;
            }
            self.swap(below, at);
            let parent = below / 2;
            if parent == at {
                return;
            }
            if self.is(wanted.reverse(), below, parent) {
                self.swap(below, parent);
            }
            at = below;
        }
    }

    /// Of the children and grandchildren the one to go up. Where all grandchildren are there, no child can be it.
    fn best_below(&mut self, at: usize, wanted: Ordering) -> Option<usize> {
        let (a, b) = (at * 2, at * 2 + 1);
        let (c, d, e, f) = (a * 2, a * 2 + 1, b * 2, b * 2 + 1);
        let count = self.nodes.len();
        let candidates: &[usize] = match count {
            _ if f <= count => &[c, d, e, f],
            _ if e <= count => &[c, d, e],
            _ if d <= count => &[b, c, d],
            _ if c <= count => &[b, c],
            _ if b <= count => &[a, b],
            _ if a <= count => &[a],
            _ => return None,
        };
        candidates.iter().copied().reduce(|best, next| if self.is(wanted, best, next) { best } else { next })
    }
}

fn parent(at: usize) -> Option<usize> {
    (at > 1).then_some(at / 2)
}

fn is_min(at: usize) -> bool {
    at.ilog2().is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_in_order() {
        let mut heap = Heap::new(|left: &u32, right: &u32| left.cmp(right));
        for item in (0..1000).map(|n| n * 7919 % 1000) {
            if heap.len() < 100 { heap.insert(item) } else { heap.replace_worst(item) }
        }
        let all: Vec<u32> = std::iter::from_fn(|| heap.pop_best()).collect();
        assert!(all.into_iter().eq((900..1000).rev()));
    }
}
