//! A run of neighbouring entries, which share the names of their fields.

use super::StreamId;
use super::packing;
use crate::structure::listpack::Listpack;

/// How large a node may get; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeLimits {
    /// The most entries, deleted ones included.
    pub entries: usize,
    /// The size in bytes at which a node is full.
    pub bytes: usize,
}

/// A node, as the server packs it: deleted entries stay as tombstones until the whole node goes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The first id, from which the others are told.
    pub master: StreamId,
    /// The fields of the first entry.
    fields: Listpack,
    slots: Vec<Packed>,
    live: usize,
    /// The size of the server's listpack for this node.
    bytes: usize,
}

/// An entry in a node, deleted or not.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its id.
    pub id: StreamId,
    /// Only the place is left.
    pub deleted: bool,
    /// Fields and values, in turn.
    pub words: Vec<Vec<u8>>,
}

#[derive(Clone, Debug)]
struct Packed {
    id: StreamId,
    deleted: bool,
    /// Only the values are stored, the fields are the node's.
    same_fields: bool,
    words: Listpack,
}

/// An entry of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its id.
    pub id: StreamId,
    fields: Option<&'a Listpack>,
    words: &'a Listpack,
}

impl<'a> Entry<'a> {
    /// Fields and values, in turn.
    pub fn words(&self) -> Vec<&'a [u8]> {
        match self.fields {
            Some(fields) => fields.iter().zip(self.words.iter()).flat_map(|(field, value)| [field, value]).collect(),
            None => self.words.iter().collect(),
        }
    }
}

impl Packed {
    /// What the slot takes in the server's listpack.
    fn packed(&self, master: StreamId) -> usize {
        const FLAGS: i64 = 3;
        let words = self.words.len() as i64;
        let ms = self.id.ms.wrapping_sub(master.ms) as i64;
        let seq = self.id.seq.wrapping_sub(master.seq) as i64;
        let pieces = if self.same_fields { words + 3 } else { words + 4 };
        let field_count = if self.same_fields { 0 } else { packing::integer(words / 2) };
        let head = packing::integer(FLAGS) + packing::integer(ms) + packing::integer(seq) + field_count;
        head + self.words.iter().map(packing::text).sum::<usize>() + packing::integer(pieces)
    }
}

impl Node {
    /// A node without entries, for fields such as those of `words`.
    pub fn new(master: StreamId, words: &[Vec<u8>]) -> Self {
        let mut fields = Listpack::new();
        words.iter().step_by(2).for_each(|field| fields.push(field));
        let mut node = Self { master, fields, slots: Vec::new(), live: 0, bytes: 0 };
        node.bytes = node.frame_bytes();
        node
    }

    /// The frame, the counts of live and deleted entries, and the fields.
    fn frame_bytes(&self) -> usize {
        const COUNTS_AND_END: usize = 3;
        let fields: usize = self.fields.iter().map(packing::text).sum();
        packing::FRAME + COUNTS_AND_END * packing::integer(0) + packing::integer(self.fields.len() as i64) + fields
    }

    /// Whether an entry with so many bytes of fields and values still goes into this node.
    pub fn admits(&self, payload: usize, limits: &NodeLimits) -> bool {
        let full = limits.entries > 0 && self.slots.len() >= limits.entries;
        let large = limits.bytes > 0 && self.bytes + payload >= limits.bytes;
        !full && !large
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, id: StreamId, words: &[Vec<u8>]) {
        let same_fields = words.len() == 2 * self.fields.len()
            && self.fields.iter().zip(words.iter().step_by(2)).all(|(ours, field)| ours == field.as_slice());
        let mut stored = Listpack::new();
        let skipped = usize::from(same_fields);
        words.iter().skip(skipped).step_by(1 + skipped).for_each(|word| stored.push(word));
        let slot = Packed { id, deleted: false, same_fields, words: stored };
        self.bytes += slot.packed(self.master);
        self.live += 1;
        self.slots.push(slot);
    }

    /// The number of entries that are not deleted.
    pub fn live(&self) -> usize {
        self.live
    }

    /// The last id, though its entry may be deleted.
    pub fn last_id(&self) -> StreamId {
        self.slots.last().map_or(self.master, |slot| slot.id)
    }

    /// The entries that are not deleted.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        self.slots.iter().filter(|slot| !slot.deleted).map(|slot| self.entry(slot))
    }

    fn entry<'a>(&'a self, slot: &'a Packed) -> Entry<'a> {
        Entry { id: slot.id, fields: slot.same_fields.then_some(&self.fields), words: &slot.words }
    }

    /// All that the node holds.
    pub fn slots(&self) -> Vec<Slot> {
        let words = |slot| self.entry(slot).words().into_iter().map(<[u8]>::to_vec).collect();
        self.slots.iter().map(|slot| Slot { id: slot.id, deleted: slot.deleted, words: words(slot) }).collect()
    }

    /// Deletes an entry; says whether it was there.
    pub fn delete(&mut self, id: StreamId) -> bool {
        // Where XSETID has lowered the last id, ids come again after the places of deleted entries.
        let Some(slot) = self.slots.iter_mut().rfind(|slot| !slot.deleted && slot.id == id) else {
            return false;
        };
        slot.deleted = true;
        self.live -= 1;
        true
    }

    /// Deletes entries from the front as long as `go_on` says so, given the id; returns how many.
    pub fn delete_front(&mut self, mut go_on: impl FnMut(StreamId, usize) -> bool) -> usize {
        let mut deleted = 0;
        for slot in &mut self.slots {
            if !go_on(slot.id, deleted) {
                break;
            }
            deleted += usize::from(!slot.deleted);
            slot.deleted = true;
        }
        self.live -= deleted;
        deleted
    }

    /// What is wrong in the node.
    pub fn check(&self, limits: &NodeLimits) -> Result<(), String> {
        let live = self.slots.iter().filter(|slot| !slot.deleted).count();
        let bytes = self.frame_bytes() + self.slots.iter().map(|slot| slot.packed(self.master)).sum::<usize>();
        let wrong = if live != self.live {
            format!("{} entries counted, {live} live", self.live)
        } else if !self.entries().is_sorted_by(|a, b| a.id < b.id) {
            "the ids are not in order".into()
        } else if self.slots.iter().map(|slot| slot.id).min() != Some(self.master) {
            "the first id is not the node's".into()
        } else if limits.entries > 0 && self.slots.len() > limits.entries {
            format!("{} entries, at most {} allowed", self.slots.len(), limits.entries)
        } else if bytes != self.bytes {
            format!("{} bytes counted, {bytes} packed", self.bytes)
        } else {
            return self.slots.iter().try_for_each(|slot| slot.words.check());
        };
        Err(format!("stream node {}: {wrong}", self.master))
    }
}
