//! A sorted set: member, score, member, score in an ordered listpack while small, then a hash table from member
//! to score beside a skip list. Every query is a range of ranks; see [`ZSet::partition_point`].

use std::cmp::Ordering;

use indexmap::IndexMap;

use super::listpack::Listpack;
use super::skiplist::{self, Skiplist, compare};
use super::{Encoding, Hasher, Limits};

/// Members ordered by score, then by bytes. The caller keeps NaN out.
#[derive(Clone, Debug)]
pub struct ZSet {
    repr: Repr,
}

#[derive(Clone, Debug)]
enum Repr {
    Listpack(Listpack),
    Skiplist { scores: IndexMap<Vec<u8>, f64, Hasher>, order: Skiplist },
}

impl Default for ZSet {
    fn default() -> Self {
        Self::new()
    }
}

impl ZSet {
    /// An empty sorted set.
    pub fn new() -> Self {
        Self { repr: Repr::Listpack(Listpack::new()) }
    }

    /// An empty sorted set in the encoding for `len` members of at most `longest` bytes.
    pub fn for_members(len: usize, longest: usize, limits: &Limits) -> Self {
        let mut zset = Self::new();
        if len > limits.entries || longest > limits.value_bytes {
            zset.convert();
        }
        zset
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        match &self.repr {
            Repr::Listpack(pack) => pack.len() / 2,
            Repr::Skiplist { order, .. } => order.len(),
        }
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The encoding in use.
    pub fn encoding(&self) -> Encoding {
        match &self.repr {
            Repr::Listpack(_) => Encoding::Listpack,
            Repr::Skiplist { .. } => Encoding::Skiplist,
        }
    }

    /// The score of a member.
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        match &self.repr {
            Repr::Listpack(pack) => Items::new(pack).find(|(other, _)| *other == member).map(|(_, score)| score),
            Repr::Skiplist { scores, .. } => scores.get(member).copied(),
        }
    }

    /// Whether `member` is present.
    pub fn contains(&self, member: &[u8]) -> bool {
        self.score(member).is_some()
    }

    /// Adds a member or moves it to another score; returns the score before. An equal score changes nothing,
    /// so a stored 0 stays 0 when -0 is given.
    pub fn insert(&mut self, member: &[u8], score: f64, limits: &Limits) -> Option<f64> {
        let before = self.score(member);
        if before == Some(score) {
            return before;
        }
        let len = self.len() + usize::from(before.is_none());
        if !limits.admit(len, member) {
            let highest = self.iter().next_back().map(|(member, _)| member.to_vec());
            let small = matches!(self.repr, Repr::Listpack(_));
            self.convert();
            if planted!(limits, ZsetConversionDropsLast) && small {
                highest.and_then(|highest| self.remove(&highest));
            }
        }
        match &mut self.repr {
            Repr::Listpack(pack) => {
                remove_item(pack, member);
                insert_item(pack, member, score);
            }
            Repr::Skiplist { scores, order } => {
                if let Some(before) = before
                    && !planted!(limits, ZsetUpdateLeavesOldPlace)
                {
                    order.remove(member, before);
                }
                order.insert(member, score);
                scores.insert(member.to_vec(), score);
            }
        }
        before
    }

    /// Removes a member and returns its score.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        match &mut self.repr {
            Repr::Listpack(pack) => remove_item(pack, member),
            Repr::Skiplist { scores, order } => {
                let score = scores.swap_remove(member)?;
                order.remove(member, score);
                Some(score)
            }
        }
    }

    /// How many members come before `member`.
    pub fn rank(&self, member: &[u8]) -> Option<usize> {
        match &self.repr {
            Repr::Listpack(pack) => Items::new(pack).position(|(other, _)| other == member),
            Repr::Skiplist { scores, order } => order.rank(member, *scores.get(member)?),
        }
    }

    /// The member and score at a rank.
    pub fn get_index(&self, rank: usize) -> Option<(&[u8], f64)> {
        self.range(rank, 1).next()
    }

    /// The member at a position of the hash table, or of the order while there is none. A removal moves the last
    /// member of the table into the gap, so a walk from the last position down meets every member that stays.
    pub fn get_unordered(&self, index: usize) -> Option<(&[u8], f64)> {
        match &self.repr {
            Repr::Listpack(_) => self.get_index(index),
            Repr::Skiplist { scores, .. } => scores.get_index(index).map(|(member, score)| (member.as_slice(), *score)),
        }
    }

    /// How many members at the start of the order satisfy `before`, which must hold for a prefix of it.
    pub fn partition_point(&self, before: impl Fn((&[u8], f64)) -> bool) -> usize {
        match &self.repr {
            Repr::Listpack(pack) => Items::new(pack).take_while(|item| before(*item)).count(),
            Repr::Skiplist { order, .. } => order.partition_point(before),
        }
    }

    /// The ranks of the members between two bounds that look at bytes, less the first `offset` (the last, if `from_end`).
    ///
    /// `above_min` holds for a suffix of members with equal scores, `below_max` for a prefix. Where scores differ, both
    /// may hold anywhere, and what is found shows the way of the server: it searches for the first member above the
    /// minimum, skips the offset, and walks on as long as the members are below the maximum. In the large encoding
    /// the search depends on the heights of nodes, so there the server itself may answer in several ways.
    pub fn scan(
        &self,
        above_min: impl Fn((&[u8], f64)) -> bool,
        below_max: impl Fn((&[u8], f64)) -> bool,
        from_end: bool,
        offset: usize,
    ) -> std::ops::Range<usize> {
        let (first, last) = (self.iter().next(), self.iter().next_back());
        if !(last.is_some_and(&above_min) && first.is_some_and(&below_max)) {
            return 0..0;
        }
        if from_end {
            let end = match &self.repr {
                Repr::Listpack(_) => self.len() - self.iter().rev().take_while(|item| !below_max(*item)).count(),
                Repr::Skiplist { order, .. } => order.partition_point(&below_max),
            };
            let found = self.range(0, end).next_back().is_some_and(&above_min);
            let end = if found { end.saturating_sub(offset) } else { 0 };
            let rest = self.range(0, end).rev().take_while(|item| above_min(*item));
            end - rest.count()..end
        } else {
            let start = self.partition_point(|item| !above_min(item));
            let found = self.get_index(start).is_some_and(&below_max);
            let start = if found { start.saturating_add(offset).min(self.len()) } else { self.len() };
            let rest = self.range(start, self.len()).take_while(|item| below_max(*item));
            start..start + rest.count()
        }
    }

    /// How many members there are between two bounds as in [`scan`](Self::scan).
    ///
    /// In the large encoding that is the distance between the first one and the last one that searches from either
    /// end find. Where scores differ the second search may find nothing, and then all from the first one on count.
    pub fn scan_count(
        &self,
        above_min: impl Fn((&[u8], f64)) -> bool,
        below_max: impl Fn((&[u8], f64)) -> bool,
    ) -> i64 {
        let found = self.scan(&above_min, &below_max, false, 0);
        match &self.repr {
            Repr::Skiplist { order, .. } if !found.is_empty() => {
                let end = order.partition_point(&below_max);
                let is_last = self.range(0, end).next_back().is_some_and(&above_min);
                let end = if is_last { end } else { self.len() };
                end as i64 - found.start as i64
            }
            _ => found.len() as i64,
        }
    }

    /// `count` members from rank `start` on, from either end.
    pub fn range(&self, start: usize, count: usize) -> Range<'_> {
        match &self.repr {
            Repr::Listpack(pack) => Range::Listpack(Items::new(pack).cut(start, count)),
            Repr::Skiplist { order, .. } => Range::Skiplist(order.range(start, count)),
        }
    }

    /// All members in order.
    pub fn iter(&self) -> Range<'_> {
        self.range(0, self.len())
    }

    /// Strict order, no NaN, table and order agree, the small encoding is within its thresholds.
    pub fn check(&self, limits: &Limits) -> Result<(), String> {
        match &self.repr {
            Repr::Listpack(pack) => {
                pack.check()?;
                if pack.len() % 2 == 1 {
                    return Err("zset: a member without a score".into());
                }
                let members = Items::new(pack).map(|(member, _)| member);
                limits.check(self.len(), members).map_err(|why| format!("zset: {why}"))?;
                let mut members: Vec<_> = Items::new(pack).map(|(member, _)| member).collect();
                members.sort_unstable();
                if members.windows(2).any(|pair| pair[0] == pair[1]) {
                    return Err("zset: a member is stored twice".into());
                }
            }
            Repr::Skiplist { scores, order } => {
                order.check()?;
                if scores.len() != order.len() {
                    return Err(format!("zset: {} scores, {} members in order", scores.len(), order.len()));
                }
                let agrees = |(member, score): (&[u8], f64)| scores.get(member) == Some(&score);
                if let Some(rank) = self.iter().position(|item| !agrees(item)) {
                    return Err(format!("zset: table and order disagree about rank {rank}"));
                }
            }
        }
        if self.iter().any(|(_, score)| score.is_nan()) {
            return Err("zset: a score is not a number".into());
        }
        if self.iter().zip(self.iter().skip(1)).any(|(a, b)| compare(a, b) != Ordering::Less) {
            return Err("zset: out of order".into());
        }
        Ok(())
    }

    /// What it takes to build an equal order in the large encoding: see [`Skiplist::shape`].
    pub(crate) fn shape(&self) -> Option<(u64, Vec<u8>)> {
        match &self.repr {
            Repr::Listpack(_) => None,
            Repr::Skiplist { order, .. } => Some(order.shape()),
        }
    }

    /// A sorted set in the large encoding, of members in the order of its hash table; `None` if there is none like that.
    pub(crate) fn with_shape(members: Vec<(Vec<u8>, f64)>, seed: u64, heights: &[u8]) -> Option<Self> {
        let mut sorted: Vec<(&[u8], f64)> = members.iter().map(|(member, score)| (member.as_slice(), *score)).collect();
        sorted.sort_by(|a, b| compare(*a, *b));
        let order = Skiplist::with_shape(sorted.into_iter(), seed, heights)?;
        let len = members.len();
        let scores: IndexMap<_, _, _> = members.into_iter().collect();
        (scores.len() == len).then_some(Self { repr: Repr::Skiplist { scores, order } })
    }

    /// Leaves the small encoding.
    pub fn convert(&mut self) {
        if let Repr::Listpack(pack) = &self.repr {
            let (mut scores, mut order) = (IndexMap::default(), Skiplist::new());
            for (member, score) in Items::new(pack) {
                scores.insert(member.to_vec(), score);
                order.insert(member, score);
            }
            self.repr = Repr::Skiplist { scores, order };
        }
    }
}

fn insert_item(pack: &mut Listpack, member: &[u8], score: f64) {
    // Redis stores integral scores of this encoding as integers, which have no -0.
    let score = if score == 0.0 { 0.0 } else { score };
    let rank = Items::new(pack).take_while(|item| compare(*item, (member, score)) == Ordering::Less).count();
    pack.insert(2 * rank, member);
    pack.insert(2 * rank + 1, &score.to_le_bytes());
}

fn remove_item(pack: &mut Listpack, member: &[u8]) -> Option<f64> {
    let (rank, (_, score)) = Items::new(pack).enumerate().find(|(_, (other, _))| *other == member)?;
    pack.remove(2 * rank);
    pack.remove(2 * rank);
    Some(score)
}

/// The members and scores of the small encoding.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    entries: super::listpack::Iter<'a>,
}

impl<'a> Items<'a> {
    fn new(pack: &'a Listpack) -> Self {
        Self { entries: pack.iter() }
    }

    /// Leaves `count` items from `start` on.
    fn cut(mut self, start: usize, count: usize) -> Self {
        let len = self.entries.len() / 2;
        let after = len.saturating_sub(start.saturating_add(count));
        for _ in 0..start.min(len) {
            self.next();
        }
        for _ in 0..after {
            self.next_back();
        }
        self
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = (&'a [u8], f64);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.entries.next()?, read_score(self.entries.next()?)))
    }
}

impl DoubleEndedIterator for Items<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let score = read_score(self.entries.next_back()?);
        Some((self.entries.next_back()?, score))
    }
}

fn read_score(bytes: &[u8]) -> f64 {
    bytes.try_into().map_or(f64::NAN, f64::from_le_bytes)
}

/// Members and scores in order; reverse it for the order of the REV commands.
#[derive(Clone, Debug)]
pub enum Range<'a> {
    /// Of the small encoding.
    Listpack(Items<'a>),
    /// Of the large encoding.
    Skiplist(skiplist::Iter<'a>),
}

impl<'a> Iterator for Range<'a> {
    type Item = (&'a [u8], f64);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Listpack(items) => items.next(),
            Self::Skiplist(items) => items.next(),
        }
    }
}

impl DoubleEndedIterator for Range<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Self::Listpack(items) => items.next_back(),
            Self::Skiplist(items) => items.next_back(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both encodings against a sorted vector, through the conversion.
    #[test]
    fn behaves_as_a_sorted_vector() {
        for entries in [0, 20, 1000] {
            let limits = Limits::new(entries, 8);
            let (mut zset, mut naive) = (ZSet::new(), Vec::<(Vec<u8>, f64)>::new());
            for step in 0..1500_u64 {
                let random = step.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
                let member = (random % 97).to_string().into_bytes();
                let score = (random / 97 % 7) as f64 - 3.0;
                let before = naive.iter().position(|(other, _)| *other == member).map(|at| naive.remove(at).1);
                if random / 1000 % 3 == 0 {
                    assert_eq!(zset.remove(&member), before);
                } else {
                    assert_eq!(zset.insert(&member, score, &limits), before);
                    naive.push((member.clone(), score));
                    naive.sort_by(|a, b| compare((&a.0, a.1), (&b.0, b.1)));
                }
                assert_eq!(zset.check(&limits), Ok(()));
                let rank = naive.iter().position(|(other, _)| *other == member);
                assert_eq!(zset.rank(&member), rank);
                let (start, count) = ((random % 40) as usize, (random / 40 % 20) as usize);
                let expected = naive.iter().skip(start).take(count).map(|(member, score)| (member.as_slice(), *score));
                assert!(zset.range(start, count).eq(expected.clone()));
                assert!(zset.range(start, count).rev().eq(expected.collect::<Vec<_>>().into_iter().rev()));
                let below = naive.iter().filter(|(_, other)| *other < score).count();
                assert_eq!(zset.partition_point(|(_, other)| other < score), below);
            }
        }
    }

    #[test]
    fn negative_zero_is_zero() {
        let limits = Limits::new(1, 8);
        let mut zset = ZSet::new();
        zset.insert(b"b", -0.0, &limits);
        assert!(zset.score(b"b").is_some_and(f64::is_sign_positive));
        zset.insert(b"a", 0.0, &limits);
        zset.insert(b"c", -0.0, &limits);
        assert!(zset.score(b"c").is_some_and(f64::is_sign_negative));
        assert!(zset.iter().map(|(member, _)| member).eq([b"a", b"b", b"c"]));
    }
}
