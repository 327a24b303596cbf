//! A stream: entries in order of their ids, packed into nodes as the server packs them.
//!
//! Clients can see the packing: `MAXLEN ~` removes whole nodes only, and XINFO counts them.

use std::collections::BTreeMap;

use super::encoding::NodeLimits;
use super::number::parse_int;
use super::stream_group::Group;
use super::stream_id::Id;
use crate::resp::{Bytes, Value};

/// No node takes more bytes, whatever the configuration says.
const NODE_BYTES_MAX: usize = 1 << 30;

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) id: Id,
    /// Fields and values in turn.
    pub(super) pairs: Vec<Bytes>,
    /// It keeps its place in the node.
    deleted: bool,
}

impl Entry {
    /// As XRANGE answers it.
    pub(super) fn reply(&self) -> Value {
        let pairs = self.pairs.iter().cloned().map(Value::Bulk).collect();
        Value::Array(vec![self.id.reply(), Value::Array(pairs)])
    }

    fn fields(&self) -> impl Iterator<Item = &Bytes> {
        self.pairs.iter().step_by(2)
    }
}

/// Entries that are kept together. Deleted ones stay until the last of the others goes.
#[derive(Clone, Debug, PartialEq)]
struct Node {
    entries: Vec<Entry>,
    /// The fields of the first entry, which later ones don't repeat.
    fields: Vec<Bytes>,
    /// The size of the server's encoding.
    bytes: usize,
}

impl Node {
    fn new(entry: Entry) -> Node {
        let fields: Vec<Bytes> = entry.fields().cloned().collect();
        // Header and end, the counts of live and deleted entries, the number of fields, the fields, a zero.
        let bytes =
            7 + 2 * 2 + int_bytes(fields.len() as i64) + fields.iter().map(|f| item_bytes(f)).sum::<usize>() + 2;
        let mut node = Node { entries: Vec::new(), fields, bytes };
        node.push(entry, None);
        node
    }

    /// `first` is the node's first id, which the others are told relative to; the first entry itself has none.
    fn push(&mut self, entry: Entry, first: Option<Id>) {
        let first = first.unwrap_or(entry.id);
        let distance = |to: u64, from: u64| int_bytes(to.wrapping_sub(from) as i64);
        let items = |items: &mut dyn Iterator<Item = &Bytes>| items.map(|item| item_bytes(item)).sum::<usize>();
        let n = entry.pairs.len() as i64 / 2;
        let same_fields = entry.fields().eq(self.fields.iter());
        let flags = 2;
        self.bytes += flags + distance(entry.id.ms, first.ms) + distance(entry.id.seq, first.seq);
        self.bytes += if same_fields {
            items(&mut entry.pairs.iter().skip(1).step_by(2)) + int_bytes(n + 3)
        } else {
            int_bytes(n) + items(&mut entry.pairs.iter()) + int_bytes(2 * n + 4)
        };
        self.entries.push(entry);
    }

    fn takes(&self, entry: &Entry, limits: NodeLimits) -> bool {
        let added = entry.pairs.iter().map(Vec::len).sum::<usize>();
        let bytes = if limits.bytes == 0 { NODE_BYTES_MAX } else { limits.bytes.min(NODE_BYTES_MAX) };
        self.bytes + added < bytes && (limits.entries == 0 || self.entries.len() < limits.entries)
    }

    fn first_id(&self) -> Id {
        self.entries.first().map_or(Id::MIN, |entry| entry.id)
    }

    /// Also of a deleted entry.
    fn last_id(&self) -> Id {
        self.entries.last().map_or(Id::MAX, |entry| entry.id)
    }

    fn live(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.deleted)
    }
}

/// A text in a listpack: shorter where it is an integer.
fn item_bytes(text: &[u8]) -> usize {
    if let Some(n) = parse_int(text) {
        return int_bytes(n);
    }
    let head = match text.len() {
        0..64 => 1,
        64..4096 => 2,
        _ => 5,
    };
    with_length_behind(head + text.len())
}

/// An integer in a listpack.
fn int_bytes(n: i64) -> usize {
    with_length_behind(match n {
        0..=127 => 1,
        -4096..=4095 => 2,
        -32_768..=32_767 => 3,
        -8_388_608..=8_388_607 => 4,
        -2_147_483_648..=2_147_483_647 => 5,
        _ => 9,
    })
}

/// An item and its length, which stands behind it for reading backwards.
fn with_length_behind(bytes: usize) -> usize {
    bytes
        + match bytes {
            0..=127 => 1,
            128..16_383 => 2,
            16_383..2_097_151 => 3,
            _ => 4,
        }
}

/// What XTRIM and XADD cut off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trim {
    pub(super) to: TrimTo,
    /// `~`: whole nodes only.
    pub(super) approximate: bool,
    /// No more than so many entries; 0 is no limit.
    pub(super) limit: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TrimTo {
    MaxLen(i64),
    MinId(Id),
}

/// The value of a stream key.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stream {
    nodes: Vec<Node>,
    /// The largest id that ever was, or that XSETID set.
    pub(super) last_id: Id,
    /// The first entry; zero if there is none.
    pub(super) first_id: Id,
    /// The largest id that XDEL removed.
    pub(super) max_deleted_id: Id,
    /// Entries ever added.
    pub(super) entries_added: u64,
    pub(super) groups: BTreeMap<Bytes, Group>,
}

impl Stream {
    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.nodes.iter().flat_map(Node::live)
    }

    /// The entries between two ids, both included.
    pub(super) fn range(&self, from: Id, to: Id) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries().filter(move |entry| from <= entry.id && entry.id <= to)
    }

    pub(super) fn entry(&self, id: Id) -> Option<&Entry> {
        self.range(id, id).next()
    }

    pub(super) fn len(&self) -> usize {
        self.entries().count()
    }

    /// The id of the last entry that is there, or else the last that ever was.
    pub(super) fn last_valid_id(&self) -> Id {
        self.entries().next_back().map_or(self.last_id, |entry| entry.id)
    }

    /// The id must be larger than the last.
    pub(super) fn append(&mut self, id: Id, pairs: Vec<Bytes>, limits: NodeLimits) {
        let entry = Entry { id, pairs, deleted: false };
        match self.nodes.last_mut() {
            Some(node) if node.takes(&entry, limits) => {
                let first = node.first_id();
                node.push(entry, Some(first));
            }
            _ => {
                // XSETID may have gone back before a node that was trimmed empty.
                self.nodes.retain(|node| node.first_id() != id);
                self.nodes.push(Node::new(entry));
                self.nodes.sort_by_key(Node::first_id);
            }
        }
        self.last_id = id;
        self.entries_added = self.entries_added.wrapping_add(1);
        if self.entries().nth(1).is_none() {
            self.first_id = id;
        }
    }

    /// XDEL: answers how many there were.
    pub(super) fn delete(&mut self, ids: &[Id]) -> usize {
        let deleted: Vec<bool> = ids.iter().map(|id| self.delete_one(*id)).collect();
        self.find_first_id();
        deleted.into_iter().filter(|deleted| *deleted).count()
    }

    fn delete_one(&mut self, id: Id) -> bool {
        let is_it = |entry: &Entry| entry.id == id && !entry.deleted;
        let Some(at) = self.nodes.iter().position(|node| node.entries.iter().any(is_it)) else { return false };
        self.nodes[at].entries.iter_mut().filter(|entry| is_it(entry)).for_each(|entry| entry.deleted = true);
        if self.nodes[at].live().next().is_none() {
            self.nodes.remove(at);
        }
        self.max_deleted_id = self.max_deleted_id.max(id);
        true
    }

    fn find_first_id(&mut self) {
        let first = self.entries().next().map(|entry| entry.id);
        self.first_id = first.unwrap_or(Id::MIN);
    }

    /// Answers how many entries went. Their ids don't count as deleted.
    pub(super) fn trim(&mut self, trim: Trim) -> usize {
        let before = self.len();
        while let Some(node) = self.nodes.first() {
            let (len, entries) = (self.len(), node.live().count());
            let removed = before - len;
            if matches!(trim.to, TrimTo::MaxLen(max) if len as i64 <= max)
                || (trim.limit > 0 && (removed + entries) as i64 > trim.limit)
            {
                break;
            }
            let whole = match trim.to {
                TrimTo::MaxLen(max) => (len - entries) as i64 >= max,
                TrimTo::MinId(id) => node.last_id() < id,
            };
            if !whole {
                if !trim.approximate {
                    self.trim_first_node(trim.to, len);
                }
                break;
            }
            self.nodes.remove(0);
        }
        let trimmed = before - self.len();
        if trimmed > 0 {
            self.find_first_id();
        }
        trimmed
    }

    /// Marks entries as deleted: the node stays, even if none is left.
    fn trim_first_node(&mut self, to: TrimTo, mut len: usize) {
        for entry in self.nodes.iter_mut().take(1).flat_map(|node| &mut node.entries) {
            let enough = match to {
                TrimTo::MaxLen(max) => len as i64 <= max,
                TrimTo::MinId(id) => entry.id >= id,
            };
            if enough {
                break;
            }
            len -= usize::from(!entry.deleted);
            entry.deleted = true;
        }
    }

    /// How many nodes hold entries.
    pub(super) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many inner and outer nodes the server's radix tree has over the first ids of our nodes.
    pub(super) fn radix_tree_nodes(&self) -> usize {
        let keys: Vec<[u8; 16]> = self.nodes.iter().map(|node| node.first_id().big_endian()).collect();
        if keys.is_empty() { 1 } else { radix_nodes(&keys, 0) }
    }
}

/// Nodes of the radix tree below `depth` over sorted, different keys: a run of bytes without a fork is one node, a
/// fork is one, and so is the end of a key.
fn radix_nodes(keys: &[[u8; 16]], depth: usize) -> usize {
    let ([first, ..], [.., last]) = (keys, keys) else { return 0 };
    let shared = (depth..16).take_while(|&i| first[i] == last[i]).count();
    let fork = depth + shared;
    let run = usize::from(shared > 0);
    if fork == 16 {
        return run + 1;
    }
    let below: usize = keys.chunk_by(|a, b| a[fork] == b[fork]).map(|keys| radix_nodes(keys, fork + 1)).sum();
    run + 1 + below
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(ids: &[(u64, u64)], value: &[u8]) -> Stream {
        let mut stream = Stream::default();
        for (ms, seq) in ids {
            stream.append(Id { ms: *ms, seq: *seq }, vec![b"f".to_vec(), value.to_vec()], NodeLimits::default());
        }
        stream
    }

    #[test]
    fn a_node_takes_a_hundred_entries_deleted_ones_included() {
        let ids: Vec<_> = (1..=100).map(|ms| (ms, 0)).collect();
        let mut stream = stream(&ids, b"v");
        stream.delete(&[Id { ms: 7, seq: 0 }]);
        assert_eq!(stream.node_count(), 1);
        stream.append(Id { ms: 101, seq: 0 }, vec![b"f".to_vec(), b"v".to_vec()], NodeLimits::default());
        assert_eq!((stream.node_count(), stream.radix_tree_nodes()), (2, 6));
    }

    #[test]
    fn approximate_trimming_removes_whole_nodes() {
        let mut stream = stream(&[(1, 0), (2, 0), (3, 0), (4, 0), (5, 0)], &[b'x'; 1500]);
        assert_eq!(stream.node_count(), 3);
        let trim = |to| Trim { to, approximate: true, limit: 0 };
        assert_eq!(stream.trim(trim(TrimTo::MaxLen(4))), 0);
        assert_eq!(stream.trim(trim(TrimTo::MinId(Id { ms: 4, seq: 0 }))), 2);
        assert_eq!(stream.first_id, Id { ms: 3, seq: 0 });
    }

    #[test]
    fn a_node_that_was_trimmed_empty_stays() {
        let mut stream = stream(&[(1, 0), (2, 0)], b"v");
        stream.delete(&[Id { ms: 2, seq: 0 }]);
        let trim = Trim { to: TrimTo::MinId(Id { ms: 2, seq: 0 }), approximate: false, limit: 0 };
        assert_eq!(stream.trim(trim), 1);
        assert_eq!((stream.len(), stream.node_count()), (0, 1));
    }
}
