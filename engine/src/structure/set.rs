//! A set: a sorted array while all members are integers and few, then a hash table.

use std::borrow::Cow;

use indexmap::IndexSet;

use super::{Encoding, Hasher, Limits};
use crate::number::parse_i64;

/// A set of byte strings.
#[derive(Clone, Debug)]
pub struct Set {
    repr: Repr,
}

#[derive(Clone, Debug)]
enum Repr {
    Intset(Vec<i64>),
    Hashtable(IndexSet<Vec<u8>, Hasher>),
}

impl Default for Set {
    fn default() -> Self {
        Self::new()
    }
}

impl Set {
    /// An empty set.
    pub fn new() -> Self {
        Self { repr: Repr::Intset(Vec::new()) }
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        match &self.repr {
            Repr::Intset(ints) => ints.len(),
            Repr::Hashtable(table) => table.len(),
        }
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The encoding in use.
    pub fn encoding(&self) -> Encoding {
        match &self.repr {
            Repr::Intset(_) => Encoding::Intset,
            Repr::Hashtable(_) => Encoding::Hashtable,
        }
    }

    /// Whether `member` is in the set.
    pub fn contains(&self, member: &[u8]) -> bool {
        match &self.repr {
            Repr::Intset(ints) => parse_i64(member).is_some_and(|int| ints.binary_search(&int).is_ok()),
            Repr::Hashtable(table) => table.contains(member),
        }
    }

    /// The member at a position of the iteration order. A removal from a hash table moves the last member into
    /// the gap, so a walk from the last position down to the first meets every member that stays.
    pub fn get_index(&self, index: usize) -> Option<Cow<'_, [u8]>> {
        match &self.repr {
            Repr::Intset(ints) => ints.get(index).map(print),
            Repr::Hashtable(table) => table.get_index(index).map(|member| Cow::Borrowed(member.as_slice())),
        }
    }

    /// Adds a member; says whether it is new.
    pub fn insert(&mut self, member: &[u8], limits: &Limits) -> bool {
        if let Repr::Intset(ints) = &mut self.repr {
            let lenient = planted!(limits, IntsetMergesLeadingZeros);
            let trimmed = if lenient { trim_zeros(member) } else { member };
            if let Some(int) = parse_i64(trimmed) {
                let Err(at) = ints.binary_search(&int) else {
                    return false;
                };
                ints.insert(at, int);
                if ints.len() > limits.entries {
                    self.convert();
                }
                return true;
            }
            if planted!(limits, IntsetConversionDropsFirst) && ints.len() > 1 {
                ints.remove(0);
            }
            self.convert();
        }
        match &mut self.repr {
            Repr::Intset(_) => false,
            Repr::Hashtable(table) => table.insert(member.to_vec()),
        }
    }

    /// Removes a member; says whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match &mut self.repr {
            Repr::Intset(ints) => match parse_i64(member).map(|int| ints.binary_search(&int)) {
                Some(Ok(at)) => {
                    ints.remove(at);
                    true
                }
                _ => false,
            },
            Repr::Hashtable(table) => table.swap_remove(member),
        }
    }

    /// The members; integers of the small encoding in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let (ints, table) = match &self.repr {
            Repr::Intset(ints) => (Some(ints), None),
            Repr::Hashtable(table) => (None, Some(table)),
        };
        let large = table.into_iter().flatten().map(|member| Cow::Borrowed(member.as_slice()));
        ints.into_iter().flatten().map(print).chain(large)
    }

    /// The integer encoding is strictly ascending and within its threshold.
    pub fn check(&self, limits: &Limits) -> Result<(), String> {
        let Repr::Intset(ints) = &self.repr else {
            return Ok(());
        };
        if ints.len() > limits.entries {
            return Err(format!("set: {} integers in the intset, at most {} allowed", ints.len(), limits.entries));
        }
        if ints.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err("set: the intset is not ascending".into());
        }
        Ok(())
    }

    fn convert(&mut self) {
        if let Repr::Intset(ints) = &self.repr {
            self.repr = Repr::Hashtable(ints.iter().map(|int| print(int).into_owned()).collect());
        }
    }
}

/// The mistake of the plant `IntsetMergesLeadingZeros`.
fn trim_zeros(member: &[u8]) -> &[u8] {
    let zeros = member.iter().take_while(|byte| **byte == b'0').count();
    &member[zeros.min(member.len().saturating_sub(1))..]
}

fn print(int: &i64) -> Cow<'_, [u8]> {
    Cow::Owned(int.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_integers_stay_in_the_intset() {
        let limits = Limits::new(3, 0);
        let mut set = Set::new();
        for member in ["5", "-9223372036854775808", "5", "0"] {
            set.insert(member.as_bytes(), &limits);
        }
        assert_eq!((set.len(), set.encoding()), (3, Encoding::Intset));
        assert!(set.iter().eq([&b"-9223372036854775808"[..], b"0", b"5"]));
        assert!(!set.contains(b"05") && !set.remove(b"+5"));
        let mut full = set.clone();
        assert!(full.insert(b"7", &limits));
        assert!(set.insert(b"05", &limits));
        for set in [full, set] {
            assert_eq!((set.len(), set.encoding()), (4, Encoding::Hashtable));
            assert!(set.contains(b"5") && set.contains(b"-9223372036854775808"));
            assert_eq!(set.check(&limits), Ok(()));
        }
    }
}
