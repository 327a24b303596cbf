//! A hash: field, value, field, value in a listpack while small, then a hash table.

use indexmap::IndexMap;

use super::listpack::Listpack;
use super::{Encoding, Hasher, Limits};

/// A map of byte strings. While it is small, iteration follows insertion.
#[derive(Clone, Debug)]
pub struct Hash {
    repr: Repr,
}

#[derive(Clone, Debug)]
enum Repr {
    Listpack(Listpack),
    Hashtable(IndexMap<Vec<u8>, Vec<u8>, Hasher>),
}

impl Default for Hash {
    fn default() -> Self {
        Self::new()
    }
}

impl Hash {
    /// An empty hash.
    pub fn new() -> Self {
        Self { repr: Repr::Listpack(Listpack::new()) }
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        match &self.repr {
            Repr::Listpack(pack) => pack.len() / 2,
            Repr::Hashtable(table) => table.len(),
        }
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The encoding in use.
    pub fn encoding(&self) -> Encoding {
        match &self.repr {
            Repr::Listpack(_) => Encoding::Listpack,
            Repr::Hashtable(_) => Encoding::Hashtable,
        }
    }

    /// The value of a field.
    pub fn get(&self, field: &[u8]) -> Option<&[u8]> {
        match &self.repr {
            Repr::Listpack(pack) => pairs(pack).find(|(name, _)| *name == field).map(|(_, value)| value),
            Repr::Hashtable(table) => table.get(field).map(Vec::as_slice),
        }
    }

    /// Whether the field exists.
    pub fn contains(&self, field: &[u8]) -> bool {
        self.get(field).is_some()
    }

    /// The pair at a position of the iteration order. A removal moves the last pair into the gap, so a walk
    /// from the last position down to the first meets every pair that stays.
    pub fn get_index(&self, index: usize) -> Option<(&[u8], &[u8])> {
        match &self.repr {
            Repr::Listpack(pack) => pairs(pack).nth(index),
            Repr::Hashtable(table) => table.get_index(index).map(|(field, value)| (field.as_slice(), value.as_slice())),
        }
    }

    /// Sets a field; says whether it is new.
    pub fn insert(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        let small = matches!(self.repr, Repr::Listpack(_));
        if small && !(limits.admit(1, field) && limits.admit(1, value)) {
            self.convert();
            if planted!(limits, HashConversionDropsLast)
                && let Repr::Hashtable(table) = &mut self.repr
                && value.len() > limits.value_bytes
            {
                table.pop();
            }
        }
        let added = match &mut self.repr {
            Repr::Listpack(pack) => match position(pack, field) {
                Some(at) => !pack.set(at + 1, value),
                None => {
                    pack.push(field);
                    pack.push(value);
                    true
                }
            },
            Repr::Hashtable(table) => table.insert(field.to_vec(), value.to_vec()).is_none(),
        };
        if self.len() > limits.entries {
            self.convert();
        }
        added
    }

    /// Removes a field; says whether it existed.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        match &mut self.repr {
            Repr::Listpack(pack) => match position(pack, field) {
                Some(at) => pack.remove(at).is_some() && pack.remove(at).is_some(),
                None => false,
            },
            Repr::Hashtable(table) => table.swap_remove(field).is_some(),
        }
    }

    /// The fields and values.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let (pack, table) = match &self.repr {
            Repr::Listpack(pack) => (Some(pack), None),
            Repr::Hashtable(table) => (None, Some(table)),
        };
        let large = table.into_iter().flatten().map(|(field, value)| (field.as_slice(), value.as_slice()));
        pack.into_iter().flat_map(pairs).chain(large)
    }

    /// No field twice, pairs complete, the small encoding is within its thresholds.
    pub fn check(&self, limits: &Limits) -> Result<(), String> {
        let Repr::Listpack(pack) = &self.repr else {
            return Ok(());
        };
        pack.check()?;
        if pack.len() % 2 == 1 {
            return Err("hash: a field without a value".into());
        }
        limits.check(self.len(), pack.iter()).map_err(|why| format!("hash: {why}"))?;
        let mut fields: Vec<_> = pairs(pack).map(|(field, _)| field).collect();
        fields.sort_unstable();
        if fields.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("hash: a field is stored twice".into());
        }
        Ok(())
    }

    fn convert(&mut self) {
        if let Repr::Listpack(pack) = &self.repr {
            let table = pairs(pack).map(|(field, value)| (field.to_vec(), value.to_vec())).collect();
            self.repr = Repr::Hashtable(table);
        }
    }
}

fn pairs(pack: &Listpack) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut entries = pack.iter();
    std::iter::from_fn(move || Some((entries.next()?, entries.next()?)))
}

/// The listpack index of a field.
fn position(pack: &Listpack, field: &[u8]) -> Option<usize> {
    pairs(pack).position(|(name, _)| name == field).map(|pair| pair * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversion_by_count_and_by_size_keeps_every_pair() {
        let limits = Limits::new(3, 4);
        let mut hash = Hash::new();
        for field in ["a", "b", "c"] {
            assert!(hash.insert(field.as_bytes(), b"1", &limits));
        }
        assert!(!hash.insert(b"b", b"22", &limits));
        assert!(hash.iter().map(|(field, _)| field).eq([b"a", b"b", b"c"]));
        let mut long = hash.clone();
        assert!(!long.insert(b"a", b"12345", &limits));
        assert!(hash.insert(b"d", b"4", &limits));
        for hash in [&hash, &long] {
            assert_eq!(hash.encoding(), Encoding::Hashtable);
            assert_eq!(hash.get(b"b"), Some(&b"22"[..]));
            assert_eq!(hash.check(&limits), Ok(()));
        }
        assert!(hash.remove(b"a") && !hash.remove(b"a"));
        assert_eq!(hash.len(), 3);
    }
}
