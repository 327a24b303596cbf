//! A hash: its fields, and the order in which they came.

use std::collections::BTreeMap;

use crate::resp::Bytes;

/// Nobody is promised an order, and yet small hashes are answered in that of arrival: so a model that is served does.
#[derive(Clone, Debug, Default)]
pub(super) struct Hash {
    /// Each with its place in that order.
    fields: BTreeMap<Bytes, (u64, Bytes)>,
    arrivals: u64,
}

/// Hashes are equal whatever their order.
impl PartialEq for Hash {
    fn eq(&self, other: &Hash) -> bool {
        self.len() == other.len() && self.fields.iter().all(|(field, (_, value))| other.get(field) == Some(value))
    }
}

impl Hash {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub(super) fn get(&self, field: &[u8]) -> Option<&Bytes> {
        self.fields.get(field).map(|(_, value)| value)
    }

    /// A field that is there keeps its place.
    pub(super) fn insert(&mut self, field: Bytes, value: Bytes) {
        self.arrivals += 1;
        self.fields.entry(field).or_insert((self.arrivals, Bytes::new())).1 = value;
    }

    /// Answers whether it was there.
    pub(super) fn remove(&mut self, field: &[u8]) -> bool {
        self.fields.remove(field).is_some()
    }

    /// In the order of arrival.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Bytes, &Bytes)> {
        let mut rows: Vec<_> = self.fields.iter().collect();
        rows.sort_by_key(|(_, (place, _))| *place);
        rows.into_iter().map(|(field, (_, value))| (field, value))
    }
}

#[cfg(test)]
mod tests {
    use super::Hash;

    fn hash(fields: &[&str]) -> Hash {
        let mut hash = Hash::default();
        fields.iter().for_each(|field| hash.insert((*field).into(), b"v".to_vec()));
        hash
    }

    #[test]
    fn a_field_stays_where_it_came_and_comes_back_at_the_end() {
        let mut hash = hash(&["c", "a", "b", "c"]);
        let order = |hash: &Hash| hash.iter().map(|(field, _)| field[0] as char).collect::<String>();
        assert_eq!(order(&hash), "cab");
        assert!(hash.remove(b"c") && !hash.remove(b"c"));
        hash.insert(b"c".to_vec(), b"v".to_vec());
        assert_eq!(order(&hash), "abc");
    }

    #[test]
    fn order_makes_no_difference() {
        assert_eq!(hash(&["a", "b"]), hash(&["b", "a"]));
        assert_ne!(hash(&["a", "b"]), hash(&["a", "c"]));
    }
}
