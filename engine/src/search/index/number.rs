//! Numbers in order.

use std::cmp::Ordering;

/// A number that is compared with all others: no two zeros, NaN last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub f64);

impl Number {
    fn key(self) -> f64 {
        if self.0 == 0.0 { 0.0 } else { self.0 }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        self.key().total_cmp(&other.key())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}
