//! Groups of rows, and the order in which they come.
//!
//! Groups live in the server's hash table (khash), and come in the order of its buckets. That is seen: it decides which row
//! fails first, and which ten are kept. So the table is here, too, as one of places only: what is in it is told apart by
//! hashes alone, in the server as here.

use super::super::value::Value;
use super::rows::Row;

/// The groups, each with its values and its rows.
#[derive(Debug, Default)]
pub struct Groups<'r, 'a> {
    groups: Vec<(Vec<Value>, Vec<&'r Row<'a>>)>,
    /// The hash of each group.
    hashes: Vec<u64>,
    /// Which group is in which bucket; their number is a power of two, or none.
    buckets: Vec<Option<usize>>,
}

/// The smallest table.
const BUCKETS_MIN: usize = 4;

impl<'r, 'a> Groups<'r, 'a> {
    /// Puts a row into the group of these values.
    pub fn add(&mut self, values: Vec<Value>, row: &'r Row<'a>) {
        let hash = values.iter().fold(0, |before, value| value.hash(before));
        let known = self.hashes.iter().position(|other| *other == hash);
        let group = known.unwrap_or_else(|| self.found(hash, values));
        self.groups[group].1.push(row);
    }

    fn found(&mut self, hash: u64, values: Vec<Value>) -> usize {
        let group = self.groups.len();
        let is_full = group >= (self.buckets.len() as f64 * 0.77 + 0.5) as usize;
        self.hashes.push(hash);
        self.groups.push((values, Vec::new()));
        if is_full || self.buckets.is_empty() {
            self.double();
        }
        let place = free(&self.buckets, hash);
        self.buckets[place] = Some(group);
        group
    }

    /// Twice as many buckets, in the same place: a group that moves to where another one still is sends that one on.
    fn double(&mut self) {
        let size = (self.buckets.len() * 2).max(BUCKETS_MIN);
        let mut waiting = std::mem::replace(&mut self.buckets, vec![None; size]);
        for bucket in 0..waiting.len() {
            let mut next = waiting[bucket].take();
            while let Some(group) = next {
                let place = free(&self.buckets, self.hashes[group]);
                self.buckets[place] = Some(group);
                next = waiting.get_mut(place).and_then(Option::take);
            }
        }
    }

    /// The groups in the order of their buckets.
    pub fn in_order(self) -> Vec<(Vec<Value>, Vec<&'r Row<'a>>)> {
        let mut groups: Vec<_> = self.groups.into_iter().map(Some).collect();
        self.buckets.into_iter().flatten().filter_map(|group| groups[group].take()).collect()
    }
}

/// The first free bucket, looked for in steps that grow by one.
fn free(buckets: &[Option<usize>], hash: u64) -> usize {
    let start = ((hash >> 33) ^ hash ^ (hash << 11)) as u32 as usize;
    let mut places = (0..).scan(start, |place, step| {
        *place += step;
        Some(*place % buckets.len())
    });
    places.find(|place| buckets[*place].is_none()).unwrap_or_default()
}

/// No row is in more groups.
const COMBINATIONS_MAX: usize = 1 << 16;

/// A row whose value is a list is in the group of each item; nothing stands for an empty one.
pub fn combinations(values: &[Value]) -> Vec<Vec<Value>> {
    values.iter().fold(vec![Vec::new()], |combinations, value| {
        let items = match value.items() {
            Some([]) => vec![Value::Null],
            Some(items) => items.to_vec(),
            None => vec![value.clone()],
        };
        let extended = combinations
            .iter()
            .flat_map(|before| items.iter().map(|item| before.iter().chain([item]).cloned().collect::<Vec<Value>>()));
        extended.take(COMBINATIONS_MAX).collect()
    })
}
