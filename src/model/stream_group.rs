//! A consumer group: how far it has read, who reads, and what nobody has acknowledged yet.

use std::collections::BTreeMap;

use super::stream::Stream;
use super::stream_id::Id;
use crate::resp::Bytes;

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pending {
    pub(super) consumer: Bytes,
    /// Unix milliseconds.
    pub(super) delivered_ms: i64,
    /// How often.
    pub(super) deliveries: i64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Group {
    /// The last entry that was delivered.
    pub(super) last_id: Id,
    /// How many entries the group has read; `None` where nobody can know.
    pub(super) entries_read: Option<i64>,
    pub(super) pending: BTreeMap<Id, Pending>,
    /// When each consumer was last seen, in unix milliseconds.
    pub(super) consumers: BTreeMap<Bytes, i64>,
}

impl Group {
    /// What one consumer has not acknowledged.
    pub(super) fn pending_of<'a>(&'a self, consumer: &'a [u8]) -> impl Iterator<Item = (&'a Id, &'a Pending)> {
        self.pending.iter().filter(move |(_, pending)| pending.consumer == consumer)
    }

    /// A consumer shows up, maybe for the first time.
    pub(super) fn see(&mut self, consumer: &Bytes, now_ms: i64) {
        self.consumers.insert(consumer.clone(), now_ms);
    }
}

impl Stream {
    /// Whether XDEL has removed entries from here on.
    fn has_holes_from(&self, id: Id) -> bool {
        let any_left = self.entries().next().is_some();
        any_left && self.first_id <= self.max_deleted_id && id <= self.max_deleted_id
    }

    /// How many entries were added up to this id, if that can be told.
    fn entries_up_to(&self, id: Id) -> Option<i64> {
        let (added, len) = (self.entries_added as i64, self.len() as i64);
        if added == 0 {
            return Some(0);
        }
        if (len == 0 && id < self.last_id) || id == self.last_id {
            return Some(added);
        }
        if id > self.last_id {
            return None;
        }
        let whole = self.max_deleted_id == Id::MIN || self.max_deleted_id < self.first_id;
        match id.cmp(&self.first_id) {
            std::cmp::Ordering::Less if whole => Some(added.wrapping_sub(len)),
            std::cmp::Ordering::Equal if whole => Some(added.wrapping_sub(len).wrapping_add(1)),
            _ => None,
        }
    }

    /// The group's counter once it has read the entry `id`, which it had not before.
    pub(super) fn entries_read_after(&self, group: &Group, id: Id) -> Option<i64> {
        match group.entries_read {
            Some(read) if !self.has_holes_from(id) => Some(read.wrapping_add(1)),
            _ if self.entries_added > 0 => self.entries_up_to(id),
            unchanged => unchanged,
        }
    }

    /// How many entries the group has yet to read, if that can be told.
    pub(super) fn lag(&self, group: &Group) -> Option<i64> {
        let added = self.entries_added as i64;
        match group.entries_read {
            _ if added == 0 => Some(0),
            Some(read) if !self.has_holes_from(group.last_id) => Some(added.wrapping_sub(read)),
            _ => self.entries_up_to(group.last_id).map(|read| added.wrapping_sub(read)),
        }
    }
}
