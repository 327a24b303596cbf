//! A list: one listpack while small, then a quicklist, a chain of listpacks.

use std::collections::VecDeque;

use super::listpack::{self, Listpack};
use super::{Encoding, Limits};

/// A node of a quicklist takes no more bytes than this unless one element alone is larger.
const NODE_BYTES: usize = 8192;

/// A list of byte strings. Redis 7.0 calls both encodings `quicklist` in OBJECT ENCODING.
#[derive(Clone, Debug)]
pub struct List {
    repr: Repr,
}

#[derive(Clone, Debug)]
enum Repr {
    Listpack(Listpack),
    Quicklist { nodes: VecDeque<Listpack>, len: usize },
}

impl Default for List {
    fn default() -> Self {
        Self::new()
    }
}

impl List {
    /// An empty list.
    pub fn new() -> Self {
        Self { repr: Repr::Listpack(Listpack::new()) }
    }

    /// An empty list in the large encoding.
    pub(crate) fn quicklist() -> Self {
        Self { repr: Repr::Quicklist { nodes: VecDeque::new(), len: 0 } }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        match &self.repr {
            Repr::Listpack(pack) => pack.len(),
            Repr::Quicklist { len, .. } => *len,
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The encoding in use.
    pub fn encoding(&self) -> Encoding {
        match &self.repr {
            Repr::Listpack(_) => Encoding::Listpack,
            Repr::Quicklist { .. } => Encoding::Quicklist,
        }
    }

    /// Adds an element at the head.
    pub fn push_front(&mut self, value: &[u8], limits: &Limits) {
        self.insert(0, value, limits);
    }

    /// Adds an element at the tail.
    pub fn push_back(&mut self, value: &[u8], limits: &Limits) {
        self.insert(self.len(), value, limits);
    }

    /// Removes and returns the first element.
    pub fn pop_front(&mut self) -> Option<Vec<u8>> {
        self.remove(0)
    }

    /// Removes and returns the last element.
    pub fn pop_back(&mut self) -> Option<Vec<u8>> {
        self.remove(self.len().checked_sub(1)?)
    }

    /// The element at `index`.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        match &self.repr {
            Repr::Listpack(pack) => pack.get(index),
            Repr::Quicklist { nodes, .. } => {
                let (node, at) = locate(nodes, index)?;
                nodes[node].get(at)
            }
        }
    }

    /// Replaces the element at `index`; says whether there was one.
    pub fn set(&mut self, index: usize, value: &[u8], limits: &Limits) -> bool {
        if index >= self.len() {
            return false;
        }
        if value.len() > limits.value_bytes {
            self.convert();
        }
        match &mut self.repr {
            Repr::Listpack(pack) => pack.set(index, value),
            Repr::Quicklist { nodes, .. } => locate(nodes, index).is_some_and(|(node, at)| nodes[node].set(at, value)),
        }
    }

    /// Inserts an element before `index`; an index past the end appends.
    pub fn insert(&mut self, index: usize, value: &[u8], limits: &Limits) {
        if !limits.admit(self.len() + 1, value) {
            self.convert();
        }
        match &mut self.repr {
            Repr::Listpack(pack) => pack.insert(index, value),
            Repr::Quicklist { nodes, len } => {
                insert_into_nodes(nodes, index, value, limits);
                *len += 1;
            }
        }
    }

    /// Removes and returns the element at `index`.
    pub fn remove(&mut self, index: usize) -> Option<Vec<u8>> {
        match &mut self.repr {
            Repr::Listpack(pack) => pack.remove(index),
            Repr::Quicklist { nodes, len } => {
                let (node, at) = locate(nodes, index)?;
                let value = nodes[node].remove(at)?;
                if nodes[node].is_empty() {
                    nodes.remove(node);
                }
                *len -= 1;
                Some(value)
            }
        }
    }

    /// The elements in order, from either end.
    pub fn iter(&self) -> Iter<'_> {
        match &self.repr {
            Repr::Listpack(pack) => Iter { front: pack.iter(), middle: Default::default(), back: EMPTY.iter() },
            Repr::Quicklist { nodes, .. } => Iter { front: EMPTY.iter(), middle: nodes.iter(), back: EMPTY.iter() },
        }
    }

    /// Counts agree, no node is empty, the small encoding is within its thresholds.
    pub fn check(&self, limits: &Limits) -> Result<(), String> {
        match &self.repr {
            Repr::Listpack(pack) => {
                pack.check()?;
                limits.check(pack.len(), pack.iter()).map_err(|why| format!("list: {why}"))
            }
            Repr::Quicklist { nodes, len } => {
                nodes.iter().try_for_each(Listpack::check)?;
                if nodes.iter().any(Listpack::is_empty) {
                    return Err("list: a quicklist node is empty".into());
                }
                let stored: usize = nodes.iter().map(Listpack::len).sum();
                if stored == *len { Ok(()) } else { Err(format!("list: {len} elements counted, {stored} stored")) }
            }
        }
    }

    fn convert(&mut self) {
        if let Repr::Listpack(pack) = &mut self.repr {
            let pack = std::mem::take(pack);
            let len = pack.len();
            let nodes = if pack.is_empty() { VecDeque::new() } else { VecDeque::from([pack]) };
            self.repr = Repr::Quicklist { nodes, len };
        }
    }
}

/// The node that holds `index` and the position inside it.
fn locate(nodes: &VecDeque<Listpack>, index: usize) -> Option<(usize, usize)> {
    let mut left = index;
    for (at, node) in nodes.iter().enumerate() {
        if left < node.len() {
            return Some((at, left));
        }
        left -= node.len();
    }
    None
}

/// Inserts before `index`, splitting a full node when the position is inside it.
fn insert_into_nodes(nodes: &mut VecDeque<Listpack>, index: usize, value: &[u8], limits: &Limits) {
    let entries = limits.entries.max(1);
    let full = |node: &Listpack| node.len() >= entries || node.byte_len() + value.len() > NODE_BYTES;
    let Some((node, at)) = locate(nodes, index) else {
        match nodes.back_mut() {
            Some(last) if !full(last) => last.push(value),
            _ => nodes.push_back(single(value)),
        }
        return;
    };
    if !full(&nodes[node]) {
        nodes[node].insert(at, value);
    } else if at == 0 && !planted!(limits, QuicklistEmptyNode) {
        match node.checked_sub(1).map(|before| &mut nodes[before]) {
            Some(before) if !full(before) => before.push(value),
            _ => nodes.insert(node, single(value)),
        }
    } else {
        let tail = nodes[node].split_off(at);
        nodes.insert(node + 1, tail);
        nodes.insert(node + 1, single(value));
    }
}

fn single(value: &[u8]) -> Listpack {
    let mut pack = Listpack::new();
    pack.push(value);
    pack
}

static EMPTY: Listpack = Listpack::EMPTY;

/// The elements of a [`List`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    front: listpack::Iter<'a>,
    middle: std::collections::vec_deque::Iter<'a, Listpack>,
    back: listpack::Iter<'a>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            if let Some(value) = self.front.next() {
                return Some(value);
            }
            match self.middle.next() {
                Some(node) => self.front = node.iter(),
                None => return self.back.next(),
            }
        }
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(value) = self.back.next_back() {
                return Some(value);
            }
            match self.middle.next_back() {
                Some(node) => self.back = node.iter(),
                None => return self.front.next_back(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behaves_as_a_vector_through_the_conversion() {
        let limits = Limits::new(4, 3);
        let (mut list, mut naive) = (List::new(), Vec::<Vec<u8>>::new());
        for step in 0..400_usize {
            let value = step.to_string().into_bytes();
            let at = step * 7 % (naive.len() + 1);
            if step % 5 == 4 {
                let expected = if at < naive.len() { Some(naive.remove(at)) } else { None };
                assert_eq!(list.remove(at), expected);
            } else if step % 11 == 3 && at < naive.len() {
                assert!(list.set(at, &value, &limits));
                naive[at] = value;
            } else {
                list.insert(at, &value, &limits);
                naive.insert(at, value);
            }
            assert_eq!(list.check(&limits), Ok(()));
            assert!(list.iter().eq(naive.iter().map(Vec::as_slice)));
            assert!(list.iter().rev().eq(naive.iter().rev().map(Vec::as_slice)));
            assert_eq!(list.get(at), naive.get(at).map(Vec::as_slice));
        }
        assert_eq!(list.encoding(), Encoding::Quicklist);
        while let Some(value) = list.pop_back() {
            assert_eq!(Some(value), naive.pop());
        }
        assert!(list.is_empty() && naive.is_empty());
    }
}
