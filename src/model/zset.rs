//! A sorted set as a value, and as much of its representation as clients can see.
//!
//! The server keeps small sorted sets in a listpack and others in a skiplist. Two things show which one it is:
//! minus zero becomes zero in a listpack, and lexicographical ranges over members with different scores begin
//! somewhere else (see [`zset_range`](super::zset_range)).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Call;
use super::encoding::ListpackLimits;
use crate::resp::{Bytes, Value};

/// A member and its score.
pub(super) type Scored = (Bytes, f64);

/// Scores by member.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ZSet {
    scores: BTreeMap<Bytes, f64>,
    /// Once too large for a listpack, a sorted set never goes back.
    is_skiplist: bool,
    limits: ListpackLimits,
}

impl ZSet {
    pub(super) fn new(limits: ListpackLimits) -> ZSet {
        ZSet { scores: BTreeMap::new(), is_skiplist: false, limits }
    }

    /// The result of ZUNIONSTORE and its kin: the representation is chosen in the end.
    pub(super) fn from_result(members: Vec<Scored>, limits: ListpackLimits) -> ZSet {
        let too_long = members.iter().any(|(member, _)| member.len() > limits.value_bytes);
        let mut zset = ZSet { is_skiplist: too_long || members.len() > limits.entries, ..ZSet::new(limits) };
        zset.extend(members);
        zset
    }

    /// An empty skiplist, as ZRANGESTORE by rank prepares it for that many members.
    pub(super) fn for_members(count: usize, limits: ListpackLimits) -> ZSet {
        ZSet { is_skiplist: count > limits.entries, ..ZSet::new(limits) }
    }

    pub(super) fn extend(&mut self, members: Vec<Scored>) {
        members.into_iter().for_each(|(member, score)| self.insert(member, score));
    }

    /// A new member, or a new score for one that is there.
    pub(super) fn insert(&mut self, member: Bytes, score: f64) {
        if !self.scores.contains_key(&member) {
            let too_many = self.scores.len() + 1 > self.limits.entries;
            self.is_skiplist |= too_many || member.len() > self.limits.value_bytes;
        }
        // Listpacks keep whole numbers as integers, which know no minus zero.
        let score = if score == 0.0 && !self.is_skiplist { 0.0 } else { score };
        self.scores.insert(member, score);
    }

    /// Answers whether it was there.
    pub(super) fn remove(&mut self, member: &[u8]) -> bool {
        self.scores.remove(member).is_some()
    }

    pub(super) fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(member).copied()
    }

    pub(super) fn scores(&self) -> &BTreeMap<Bytes, f64> {
        &self.scores
    }

    pub(super) fn len(&self) -> usize {
        self.scores.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    pub(super) fn is_skiplist(&self) -> bool {
        self.is_skiplist
    }

    /// SORT takes no listpack, and leaves the set converted.
    pub(super) fn convert_to_skiplist(&mut self) {
        self.is_skiplist = true;
    }

    /// Built anew, in as small a representation as it fits.
    pub(super) fn rebuilt(&self) -> ZSet {
        ZSet::from_result(self.ranked(), self.limits)
    }

    /// The lowest member, or the highest.
    pub(super) fn end(&self, lowest: bool) -> Option<Scored> {
        let by_score = |a: &(&Bytes, &f64), b: &(&Bytes, &f64)| a.1.partial_cmp(b.1).unwrap_or(Ordering::Equal);
        // Of equal scores, `min_by` gives the first and `max_by` the last in the order of the bytes.
        let end = if lowest { self.scores.iter().min_by(by_score) } else { self.scores.iter().max_by(by_score) };
        end.map(|(member, score)| (member.clone(), *score))
    }

    /// How many members are before this one, and its score.
    pub(super) fn place(&self, member: &[u8], reverse: bool) -> Option<(usize, f64)> {
        let score = self.score(member)?;
        let is_lower = |(other, its): &(&Bytes, &f64)| (**its, other.as_slice()) < (score, member);
        let rank = self.scores.iter().filter(is_lower).count();
        Some((if reverse { self.len() - 1 - rank } else { rank }, score))
    }

    /// All members, the lowest first.
    pub(super) fn ranked(&self) -> Vec<Scored> {
        ranked(&self.scores)
    }
}

/// By score, members with equal scores by their bytes.
pub(super) fn ranked(scores: &BTreeMap<Bytes, f64>) -> Vec<Scored> {
    let mut members: Vec<Scored> = scores.iter().map(|(member, score)| (member.clone(), *score)).collect();
    // The sort is stable, and the map's order is that of the bytes.
    members.sort_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    members
}

/// Members as a reply shows them, with their scores or without.
pub(super) fn shown(call: &Call, members: &[Scored], with_scores: bool) -> Value {
    let mut items = Vec::new();
    for (member, score) in members {
        items.push(Value::bulk(member.clone()));
        if with_scores {
            items.push(shown_score(call, *score));
        }
    }
    Value::Array(items)
}

/// Members as ranges show them: with scores, RESP3 has an array for each.
pub(super) fn shown_for(call: &Call, members: &[Scored], with_scores: bool) -> Value {
    if !(call.resp3 && with_scores) {
        return shown(call, members, with_scores);
    }
    let pair = |(member, score): &Scored| Value::Array(vec![Value::bulk(member.clone()), shown_score(call, *score)]);
    Value::Array(members.iter().map(pair).collect())
}

pub(super) fn shown_score(call: &Call, score: f64) -> Value {
    Value::Double(call.profile.score_text(score))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ListpackLimits = ListpackLimits { entries: 128, value_bytes: 64 };

    #[test]
    fn equal_scores_are_ordered_by_bytes_and_zeros_are_equal() {
        let mut zset = ZSet::new(LIMITS);
        for (member, score) in [("b", 0.0), ("a", -0.0), ("\u{e9}", 0.0), ("", 0.0), ("z", f64::NEG_INFINITY)] {
            zset.insert(member.into(), score);
        }
        let members: Vec<Bytes> = zset.ranked().into_iter().map(|(member, _)| member).collect();
        assert_eq!(members, ["z", "", "a", "b", "\u{e9}"].map(Bytes::from));
    }

    #[test]
    fn minus_zero_survives_only_in_a_skiplist() {
        let is_minus_zero =
            |zset: &ZSet, member: &str| zset.score(member.as_bytes()).is_some_and(f64::is_sign_negative);
        let mut zset = ZSet::new(LIMITS);
        zset.insert("a".into(), -0.0);
        zset.insert("l".repeat(65).into(), 1.0);
        zset.insert("b".into(), -0.0);
        assert!(!is_minus_zero(&zset, "a") && is_minus_zero(&zset, "b"));
        assert!(!is_minus_zero(&ZSet::from_result(vec![("a".into(), -0.0)], LIMITS), "a"));
        let long = ZSet::from_result(vec![("a".into(), -0.0), ("l".repeat(65).into(), 1.0)], LIMITS);
        assert!(is_minus_zero(&long, "a"));
    }
}
