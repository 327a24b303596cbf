//! The entries of a stream, and what it remembers of those that are gone.

use std::collections::BTreeMap;

use super::node::{Entry, Node, NodeLimits, Slot};
use super::{StreamId, radix};

/// The entries, in nodes; and the ids and counts that outlive them.
#[derive(Clone, Debug, Default)]
pub struct Log {
    nodes: BTreeMap<StreamId, Node>,
    len: usize,
    first_id: StreamId,
    /// The id that new ones must exceed.
    pub last_id: StreamId,
    /// The largest id that XDEL has deleted.
    pub max_deleted_id: StreamId,
    /// How many entries there have ever been.
    pub entries_added: u64,
}

/// What a trim leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// So many of the newest entries.
    Newest(usize),
    /// The entries from this id on.
    From(StreamId),
}

/// How to trim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trim {
    /// What is to be left.
    pub keep: Keep,
    /// Only whole nodes go.
    pub approximate: bool,
    /// The most entries to delete; 0 is no limit.
    pub limit: usize,
}

impl Log {
    /// The number of entries.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first id; `0-0` without entries.
    pub fn first_id(&self) -> StreamId {
        self.first_id
    }

    /// The id of the last entry that is still there.
    pub fn last_entry_id(&self) -> Option<StreamId> {
        self.range(StreamId::MIN, StreamId::MAX).next_back().map(|entry| entry.id)
    }

    /// Adds an entry, given as fields and values in turn. The id must exceed [`Log::last_id`].
    pub fn append(&mut self, id: StreamId, words: &[Vec<u8>], limits: &NodeLimits) {
        let payload = words.iter().map(Vec::len).sum();
        match self.nodes.last_entry() {
            Some(mut tail) if tail.get().admits(payload, limits) => tail.get_mut().push(id, words),
            _ => {
                let mut node = Node::new(id, words);
                node.push(id, words);
                self.nodes.insert(id, node);
            }
        }
        self.len += 1;
        self.entries_added = self.entries_added.wrapping_add(1);
        self.last_id = id;
        if self.len == 1 {
            self.first_id = id;
        }
    }

    /// All that the nodes hold, node by node.
    pub fn slots(&self) -> impl Iterator<Item = Vec<Slot>> {
        self.nodes.values().map(Node::slots)
    }

    /// Adds a node as [`Log::slots`] tells it. What doesn't fit the other nodes shows in [`Log::check`].
    pub fn push_node(&mut self, slots: &[Slot]) {
        let Some(first) = slots.first() else {
            return;
        };
        let mut node = Node::new(first.id, &first.words);
        for slot in slots {
            node.push(slot.id, &slot.words);
            if slot.deleted {
                node.delete(slot.id);
            }
        }
        self.len += node.live();
        self.nodes.insert(first.id, node);
        self.find_first_id();
    }

    /// The entries between two ids, these included.
    pub fn range(&self, from: StreamId, to: StreamId) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        let first = self.nodes.range(..=from).next_back().map_or(from, |(&master, _)| master);
        let nodes = (from <= to).then(|| self.nodes.range(first..=to));
        let entries = nodes.into_iter().flatten().flat_map(|(_, node)| node.entries());
        entries.filter(move |entry| (from..=to).contains(&entry.id))
    }

    /// The entry of that id.
    pub fn get(&self, id: StreamId) -> Option<Entry<'_>> {
        self.range(id, id).next()
    }

    /// Deletes entries, and remembers the largest id; returns how many were there.
    pub fn delete(&mut self, ids: &[StreamId]) -> usize {
        let mut deleted = 0;
        for &id in ids {
            if self.delete_one(id) {
                self.max_deleted_id = self.max_deleted_id.max(id);
                deleted += 1;
            }
        }
        if deleted > 0 {
            self.find_first_id();
        }
        deleted
    }

    fn delete_one(&mut self, id: StreamId) -> bool {
        let Some((&master, node)) = self.nodes.range_mut(..=id).next_back() else {
            return false;
        };
        if !node.delete(id) {
            return false;
        }
        if node.live() == 0 {
            self.nodes.remove(&master);
        }
        self.len -= 1;
        true
    }

    fn find_first_id(&mut self) {
        let first = self.range(StreamId::MIN, StreamId::MAX).next();
        self.first_id = first.map_or(StreamId::MIN, |entry| entry.id);
    }

    /// Deletes from the front; returns how many entries went.
    pub fn trim(&mut self, trim: &Trim) -> usize {
        let mut deleted = 0;
        while let Some(mut first) = self.nodes.first_entry() {
            let node = first.get_mut();
            let live = node.live();
            let (enough, whole) = match trim.keep {
                Keep::Newest(count) => (self.len <= count, self.len - live >= count),
                Keep::From(id) => (false, node.last_id() < id),
            };
            if enough || trim.limit > 0 && deleted + live > trim.limit {
                break;
            }
            if whole {
                first.remove();
                self.len -= live;
                deleted += live;
                continue;
            }
            if !trim.approximate {
                let len = self.len;
                let gone = node.delete_front(|id, gone| match trim.keep {
                    Keep::Newest(count) => len - gone > count,
                    Keep::From(least) => id < least,
                });
                self.len -= gone;
                deleted += gone;
            }
            break;
        }
        if self.len == 0 || deleted > 0 {
            self.find_first_id();
        }
        deleted
    }

    /// Whether an entry behind `id` has been deleted, as far as the log remembers.
    pub fn has_gap_after(&self, id: StreamId) -> bool {
        let remembers = !self.is_empty() && self.max_deleted_id != StreamId::MIN;
        remembers && self.first_id <= self.max_deleted_id && id <= self.max_deleted_id
    }

    /// How many entries there have ever been up to `id`, where that is certain.
    pub fn entries_up_to(&self, id: StreamId) -> Option<i64> {
        let added = self.entries_added as i64;
        if added == 0 {
            return Some(0);
        }
        if id == self.last_id || self.is_empty() && id < self.last_id {
            return Some(added);
        }
        let whole = self.max_deleted_id == StreamId::MIN || self.max_deleted_id < self.first_id;
        if id > self.last_id || id > self.first_id || !whole {
            return None;
        }
        let before = added.wrapping_sub(self.len as i64);
        Some(before.wrapping_add(i64::from(id == self.first_id)))
    }

    /// The keys and the nodes of the server's radix tree.
    pub fn radix_size(&self) -> (usize, usize) {
        let masters: Vec<StreamId> = self.nodes.keys().copied().collect();
        (masters.len(), radix::nodes(&masters))
    }

    /// What is wrong in the log.
    pub fn check(&self, limits: &NodeLimits) -> Result<(), String> {
        self.nodes.values().try_for_each(|node| node.check(limits))?;
        let ends_before = |node: &Node, id| node.entries().next_back().is_none_or(|entry| entry.id < id);
        let in_order = self.nodes.values().is_sorted_by(|a, b| ends_before(a, b.master));
        let live: usize = self.nodes.values().map(Node::live).sum();
        let first = self.range(StreamId::MIN, StreamId::MAX).next().map_or(StreamId::MIN, |entry| entry.id);
        if !in_order || self.nodes.iter().any(|(&key, node)| key != node.master) {
            Err("stream: the nodes are not in order".into())
        } else if live != self.len {
            Err(format!("stream: {} entries counted, {live} live", self.len))
        } else if first != self.first_id {
            Err(format!("stream: the first id is {first}, not {}", self.first_id))
        } else if self.last_entry_id().is_some_and(|id| id > self.last_id) {
            Err(format!("stream: an entry is newer than the last id {}", self.last_id))
        } else {
            Ok(())
        }
    }
}
