//! The order in which groups come.
//!
//! RediSearch keeps groups in a hash table and replies in the order of its buckets. What happens after a grouping (which row
//! is the first to fail, which ten are kept) depends on that order, so the table is rebuilt here.

/// Open addressing with growing steps, in the manner of khash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buckets {
    /// A key and where its group is.
    slots: Vec<Option<(u64, usize)>>,
    count: usize,
}

/// What part of the slots may be taken.
const LOAD: f64 = 0.77;

fn scramble(key: u64) -> usize {
    ((key >> 33) ^ key ^ (key << 11)) as u32 as usize
}

impl Buckets {
    /// Finds the group of a key.
    pub fn get(&self, key: u64) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let (mut at, mut step) = (scramble(key) & mask, 0);
        for _ in 0..=mask {
            match self.slots[at] {
                Some((held, group)) if held == key => return Some(group),
                None => return None,
                Some(_) => {}
            }
            step += 1;
            at = (at + step) & mask;
        }
        None
    }

    /// Adds a key that isn't there yet.
    pub fn insert(&mut self, key: u64, group: usize) {
        if self.count >= (self.slots.len() as f64 * LOAD + 0.5) as usize {
            self.grow();
        }
        let at = free_slot(&self.slots, key);
        self.slots[at] = Some((key, group));
        self.count += 1;
    }

    /// Doubles the table in place: what lies where a moved key belongs is moved next.
    fn grow(&mut self) {
        let old_len = self.slots.len();
        let mut old = std::mem::take(&mut self.slots);
        let mut new = vec![None; (old_len * 2).max(4)];
        for start in 0..old_len {
            let mut moving = old[start].take();
            while let Some(entry) = moving {
                let at = free_slot(&new, entry.0);
                new[at] = Some(entry);
                moving = old.get_mut(at).and_then(Option::take);
            }
        }
        self.slots = new;
    }

    /// The groups in the order of the buckets.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.slots.iter().flatten().map(|(_, group)| *group)
    }
}

fn free_slot(slots: &[Option<(u64, usize)>], key: u64) -> usize {
    let mask = slots.len() - 1;
    let (mut at, mut step) = (scramble(key) & mask, 0);
    while slots[at].is_some() {
        step += 1;
        at = (at + step) & mask;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_again() {
        let mut buckets = Buckets::default();
        for (group, key) in (0..1000).map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).enumerate() {
            assert_eq!(buckets.get(key), None);
            buckets.insert(key, group);
            assert_eq!(buckets.get(key), Some(group));
        }
        let mut all: Vec<usize> = buckets.iter().collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..1000));
    }
}
