//! A hash index whose buckets are in the order of the hashes, so that a walk over it can stop and go on after any
//! change: growing splits each bucket in two neighbours, shrinking joins them, and no element changes its place in
//! the walk.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;

/// The fewest buckets, as a power of two.
const MIN_BITS: u32 = 2;

/// How many buckets a walk looks at for each key that is asked for: it stops in time where many are empty.
const BUCKETS_PER_KEY: usize = 10;

/// A map from byte strings to `V`.
#[derive(Clone, Debug)]
pub(crate) struct Index<V> {
    buckets: Vec<Vec<Slot<V>>>,
    bits: u32,
    len: usize,
}

#[derive(Clone, Debug)]
struct Slot<V> {
    key: Vec<u8>,
    value: V,
}

pub(crate) fn hash(key: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(key);
    hasher.finish()
}

fn empty_buckets<V>(bits: u32) -> Vec<Vec<Slot<V>>> {
    std::iter::repeat_with(Vec::new).take(1 << bits).collect()
}

impl<V> Index<V> {
    pub fn new() -> Self {
        Self { buckets: empty_buckets(MIN_BITS), bits: MIN_BITS, len: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Gets the count wrong, for a plant.
    pub fn miscount(&mut self, by: usize) {
        self.len += by;
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bucket of a hash: its leading bits.
    fn bucket_of(&self, hash: u64) -> usize {
        (hash >> (u64::BITS - self.bits)) as usize
    }

    fn find(&self, key: &[u8]) -> (usize, Option<usize>) {
        let bucket = self.bucket_of(hash(key));
        (bucket, self.buckets[bucket].iter().position(|slot| slot.key == key))
    }

    pub fn get(&self, key: &[u8]) -> Option<&V> {
        let (bucket, at) = self.find(key);
        Some(&self.buckets[bucket][at?].value)
    }

    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        let (bucket, at) = self.find(key);
        Some(&mut self.buckets[bucket][at?].value)
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        self.get(key).is_some()
    }

    /// Adds or replaces; returns the value replaced.
    pub fn insert(&mut self, key: Vec<u8>, value: V) -> Option<V> {
        if let Some(old) = self.get_mut(&key) {
            return Some(std::mem::replace(old, value));
        }
        if self.len >= self.buckets.len() {
            self.resize(self.bits + 1);
        }
        let bucket = self.bucket_of(hash(&key));
        self.buckets[bucket].push(Slot { key, value });
        self.len += 1;
        None
    }

    pub fn remove(&mut self, key: &[u8]) -> Option<V> {
        let (bucket, at) = self.find(key);
        let slot = self.buckets[bucket].remove(at?);
        self.len -= 1;
        if self.bits > MIN_BITS && self.len < self.buckets.len() / 8 {
            self.resize(self.bits - 1);
        }
        Some(slot.value)
    }

    fn resize(&mut self, bits: u32) {
        self.bits = bits;
        let slots = std::mem::replace(&mut self.buckets, empty_buckets(bits));
        for slot in slots.into_iter().flatten() {
            let bucket = self.bucket_of(hash(&slot.key));
            self.buckets[bucket].push(slot);
        }
    }

    /// All entries, in the order of the walk.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &V)> {
        self.buckets.iter().flatten().map(|slot| (slot.key.as_slice(), &slot.value))
    }

    /// About `count` keys from a cursor on, in the order of their hashes, and the cursor to go on with: the smallest hash
    /// that wasn't looked at, or 0 at the end. So no change of the index makes a walk miss what stays.
    pub fn scan(&self, cursor: u64, count: usize) -> (u64, Vec<&[u8]>) {
        let mut keys = Vec::new();
        let start = self.bucket_of(cursor);
        let end = start.saturating_add(count.saturating_mul(BUCKETS_PER_KEY)).min(self.buckets.len());
        for at in start..end {
            let slots = self.buckets[at].iter().filter(|slot| at > start || hash(&slot.key) >= cursor);
            keys.extend(slots.map(|slot| slot.key.as_slice()));
            if keys.len() >= count && at + 1 < self.buckets.len() {
                return (self.first_hash(at + 1), keys);
            }
        }
        (if end < self.buckets.len() { self.first_hash(end) } else { 0 }, keys)
    }

    /// The smallest hash of a bucket.
    fn first_hash(&self, bucket: usize) -> u64 {
        (bucket as u64) << (u64::BITS - self.bits)
    }

    /// One entry out of the non-empty index, chosen by `below(bound)`: a random bucket, then a random slot.
    pub fn choose(&self, mut below: impl FnMut(usize) -> usize) -> Option<&[u8]> {
        if self.is_empty() {
            return None;
        }
        loop {
            let bucket = &self.buckets[below(self.buckets.len())];
            if !bucket.is_empty() {
                return Some(&bucket[below(bucket.len())].key);
            }
        }
    }

    /// What is wrong with the structure, if anything.
    pub fn check(&self) -> Result<(), String> {
        if self.buckets.len() != 1 << self.bits {
            return Err(format!("index: {} buckets for {} bits", self.buckets.len(), self.bits));
        }
        let stored: usize = self.buckets.iter().map(Vec::len).sum();
        if stored != self.len {
            return Err(format!("index: {} entries counted, {stored} stored", self.len));
        }
        let misplaced =
            |(at, bucket): (usize, &Vec<Slot<V>>)| bucket.iter().any(|slot| self.bucket_of(hash(&slot.key)) != at);
        match self.buckets.iter().enumerate().any(misplaced) {
            true => Err("index: an entry is in the wrong bucket".into()),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_everything_through_growth_and_shrinking() {
        let mut index = Index::new();
        for n in 0..1000_u32 {
            assert_eq!(index.insert(n.to_string().into_bytes(), n), None);
        }
        let order: Vec<u32> = index.iter().map(|(_, &n)| n).collect();
        for n in (0..1000).filter(|n| n % 50 != 0) {
            assert_eq!(index.remove(n.to_string().as_bytes()), Some(n));
            assert_eq!(index.check(), Ok(()));
        }
        assert_eq!(index.len(), 20);
        assert!((0..1000).all(|n| index.contains(n.to_string().as_bytes()) == (n % 50 == 0)));
        let rest: Vec<u32> = order.into_iter().filter(|n| n % 50 == 0).collect();
        let mut after: Vec<u32> = index.iter().map(|(_, &n)| n).collect();
        let by_bucket = |n: &u32| hash(n.to_string().as_bytes()) >> (u64::BITS - index.bits);
        assert!(after.is_sorted_by_key(by_bucket));
        after.sort_unstable();
        let mut rest = rest;
        rest.sort_unstable();
        assert_eq!(after, rest);
    }
}
