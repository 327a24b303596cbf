//! The minimizer: the smallest input that still shows the same divergence.
//!
//! A candidate is accepted only with the same [fingerprint](crate::oracle::Fingerprint), and in the end removing any
//! single step loses it. Candidates are judged by a [`Judge`]: in this process, or in a worker process that may hang,
//! abort or run out of memory.

mod bytes;
mod script;
mod steps;

pub use bytes::shrink_bytes;
pub use script::{redis_cli_script, rust_test, script};
pub use steps::{shrink_scenario, simplify_steps};

use crate::oracle::{Fingerprint, Oracle, Violation};
use crate::scenario::{Scenario, decode, encode};
use crate::target::{Input, Target, run_checked};

/// Says what an input breaks.
pub trait Judge {
    /// The first violation, if any.
    fn judge(&mut self, data: &[u8]) -> Option<Violation>;
}

/// Judges in this process: for subjects that at worst panic.
pub struct InProcess<'a>(pub &'a dyn Target);

impl Judge for InProcess<'_> {
    fn judge(&mut self, data: &[u8]) -> Option<Violation> {
        run_checked(self.0, data, true).violation
    }
}

/// A shrunk find.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The input.
    pub data: Vec<u8>,
    /// What it decodes to, for targets that take scenarios.
    pub scenario: Option<Scenario>,
    /// The violation as the shrunk input shows it.
    pub violation: Violation,
    /// Candidates that were tried.
    pub tried: u64,
}

/// What differs from run to run does not differ each time.
const HASH_ATTEMPTS: u32 = 16;

/// How much a shrink may cost.
pub const CANDIDATES_MAX: u64 = 20_000;

/// Shrinks an input that shows a violation; `None` if it does not (any more).
pub fn shrink(data: &[u8], input: Input, judge: &mut dyn Judge) -> Option<Shrunk> {
    let violation = (0..HASH_ATTEMPTS).find_map(|_| judge.judge(data))?;
    let mut search = Search::new(judge, violation);
    match input {
        Input::Scenario => {
            let scenario = shrink_scenario(&decode(data), &mut search);
            Some(search.finish(encode(&scenario), Some(scenario)))
        }
        Input::Bytes => {
            let data = shrink_bytes(data, &mut search);
            Some(search.finish(data, None))
        }
    }
}

/// The state of one shrink: what must be kept, and what it has cost.
pub struct Search<'a> {
    judge: &'a mut dyn Judge,
    fingerprint: Fingerprint,
    violation: Violation,
    tried: u64,
}

impl<'a> Search<'a> {
    fn new(judge: &'a mut dyn Judge, violation: Violation) -> Self {
        Search { judge, fingerprint: violation.fingerprint.clone(), violation, tried: 0 }
    }

    /// Whether a candidate still shows the same bug.
    pub fn accepts(&mut self, data: &[u8]) -> bool {
        if self.tried >= CANDIDATES_MAX {
            return false;
        }
        self.tried += 1;
        let attempts = if self.violation.oracle == Oracle::Hash { HASH_ATTEMPTS } else { 1 };
        let found = (0..attempts).find_map(|_| self.judge.judge(data).filter(|v| v.fingerprint == self.fingerprint));
        found.is_some_and(|violation| {
            self.violation = violation;
            true
        })
    }

    fn accepts_scenario(&mut self, scenario: &Scenario) -> bool {
        self.accepts(&encode(scenario))
    }

    fn finish(self, data: Vec<u8>, scenario: Option<Scenario>) -> Shrunk {
        Shrunk { data, scenario, violation: self.violation, tried: self.tried }
    }
}

/// Removes runs of items, long runs first, then single ones, until no single one can go. The classic `ddmin` without
/// its complement step: chunks from the end first, since what follows a divergence is never needed.
fn remove_chunks<T: Clone>(items: &mut Vec<T>, mut accepts: impl FnMut(&[T]) -> bool) {
    let mut chunk = (items.len() / 2).max(1);
    loop {
        let before = items.len();
        let mut end = items.len();
        while end > 0 {
            let start = end.saturating_sub(chunk);
            let candidate: Vec<T> = [&items[..start], &items[end..]].concat();
            if accepts(&candidate) {
                *items = candidate;
            }
            end = start;
        }
        if chunk > 1 {
            chunk = chunk.div_ceil(2).min(chunk - 1);
        } else if items.len() == before {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::remove_chunks;

    #[test]
    fn chunks_go_until_each_single_item_is_needed() {
        let mut items: Vec<u32> = (0..100).collect();
        let mut tried = 0;
        remove_chunks(&mut items, |candidate| {
            tried += 1;
            [3, 50, 97].iter().all(|needed| candidate.contains(needed))
        });
        assert_eq!(items, [3, 50, 97]);
        assert!(tried < 120, "{tried} candidates");
    }
}
