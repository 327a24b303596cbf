//! The small encoding that lists, hashes and sorted sets share: elements one after another in one buffer.
//!
//! An entry is its length, its bytes and its length again, so a walk can start at either end. Every operation
//! is linear, which is why the owners convert to a larger encoding at a threshold.

use std::iter::FusedIterator;

/// Bytes of one length field.
const LEN_BYTES: usize = size_of::<u32>();

/// A sequence of byte strings in one contiguous buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listpack {
    bytes: Vec<u8>,
    count: usize,
}

impl Listpack {
    pub(crate) const EMPTY: Self = Self { bytes: Vec::new(), count: 0 };

    /// An empty listpack.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The size of the buffer, length fields included.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The element at `index`.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        self.iter().nth(index)
    }

    /// Adds an element at the end.
    pub fn push(&mut self, value: &[u8]) {
        let len = (value.len() as u32).to_le_bytes();
        self.bytes.extend_from_slice(&len);
        self.bytes.extend_from_slice(value);
        self.bytes.extend_from_slice(&len);
        self.count += 1;
    }

    /// Inserts an element before `index`; an index past the end appends.
    pub fn insert(&mut self, index: usize, value: &[u8]) {
        let at = self.offset(index);
        let tail = self.bytes.split_off(at);
        self.push(value);
        self.bytes.extend_from_slice(&tail);
    }

    /// Replaces the element at `index`; says whether there was one.
    pub fn set(&mut self, index: usize, value: &[u8]) -> bool {
        let found = self.remove(index).is_some();
        if found {
            self.insert(index, value);
        }
        found
    }

    /// Removes and returns the element at `index`.
    pub fn remove(&mut self, index: usize) -> Option<Vec<u8>> {
        let start = self.offset(index);
        let end = self.end_of(start)?;
        let value = self.bytes[start + LEN_BYTES..end - LEN_BYTES].to_vec();
        self.bytes.drain(start..end);
        self.count -= 1;
        Some(value)
    }

    /// Moves the elements from `index` on into a new listpack.
    pub fn split_off(&mut self, index: usize) -> Self {
        let at = self.offset(index);
        let tail = Self { bytes: self.bytes.split_off(at), count: self.count.saturating_sub(index) };
        self.count -= tail.count;
        tail
    }

    /// The elements in order, from either end.
    pub fn iter(&self) -> Iter<'_> {
        Iter { bytes: &self.bytes, left: self.count }
    }

    /// Both length fields of every entry agree and the entries fill the buffer exactly.
    pub fn check(&self) -> Result<(), String> {
        let (mut at, mut seen) = (0, 0);
        while at < self.bytes.len() {
            let end = self.end_of(at).ok_or_else(|| format!("listpack: entry {seen} runs past the buffer"))?;
            if read_len(&self.bytes, at) != read_len(&self.bytes, end - LEN_BYTES) {
                return Err(format!("listpack: the lengths of entry {seen} differ"));
            }
            (at, seen) = (end, seen + 1);
        }
        if seen == self.count {
            Ok(())
        } else {
            Err(format!("listpack: {} elements counted, {seen} stored", self.count))
        }
    }

    /// Where the entry at `index` starts; the end of the buffer if there is none.
    fn offset(&self, index: usize) -> usize {
        let mut at = 0;
        for _ in 0..index {
            match self.end_of(at) {
                Some(end) => at = end,
                None => break,
            }
        }
        at
    }

    /// Where the entry that starts at `start` ends, if there is a whole one.
    fn end_of(&self, start: usize) -> Option<usize> {
        let end = start + 2 * LEN_BYTES + read_len(&self.bytes, start)?;
        (end <= self.bytes.len()).then_some(end)
    }
}

fn read_len(bytes: &[u8], at: usize) -> Option<usize> {
    let field = bytes.get(at..at + LEN_BYTES)?;
    field.try_into().ok().map(|field| u32::from_le_bytes(field) as usize)
}

/// The elements of a [`Listpack`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    bytes: &'a [u8],
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let end = LEN_BYTES + read_len(self.bytes, 0)?;
        let value = self.bytes.get(LEN_BYTES..end)?;
        self.bytes = &self.bytes[end + LEN_BYTES..];
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let end = self.bytes.len().checked_sub(LEN_BYTES)?;
        let start = end.checked_sub(read_len(self.bytes, end)?)?;
        let value = self.bytes.get(start..end)?;
        self.bytes = &self.bytes[..start - LEN_BYTES];
        Some(value)
    }
}

impl ExactSizeIterator for Iter<'_> {}
impl FusedIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_keep_order_from_both_ends() {
        let mut pack = Listpack::new();
        for value in [&b"b"[..], b"", b"dd"] {
            pack.push(value);
        }
        pack.insert(0, b"a");
        pack.insert(9, b"z");
        assert!(pack.set(2, b"ccc"));
        assert!(!pack.set(5, b"x"));
        let forward: Vec<_> = pack.iter().collect();
        assert_eq!(forward, [&b"a"[..], b"b", b"ccc", b"dd", b"z"]);
        assert!(pack.iter().rev().eq(forward.into_iter().rev()));
        assert_eq!(pack.remove(1).as_deref(), Some(&b"b"[..]));
        assert_eq!(pack.remove(4), None);
        let tail = pack.split_off(3);
        assert_eq!((pack.len(), tail.len()), (3, 1));
        assert_eq!((pack.check(), tail.check()), (Ok(()), Ok(())));
    }
}
