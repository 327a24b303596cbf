//! A consumer group: how far it has read, who reads, and what nobody has acknowledged yet.

use std::collections::BTreeMap;

use super::Profile;
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

/// Who reads for a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Consumer {
    /// When it last asked for something, in unix milliseconds; in 7.0, when it last got something.
    pub(super) seen_ms: i64,
    /// When it last got something new.
    pub(super) active_ms: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Group {
    /// The last entry that was delivered.
    pub(super) last_id: Id,
    /// How many entries the group has read; `None` where nobody can know.
    pub(super) entries_read: Option<i64>,
    pub(super) pending: BTreeMap<Id, Pending>,
    pub(super) consumers: BTreeMap<Bytes, Consumer>,
}

impl Group {
    /// What one consumer has not acknowledged.
    pub(super) fn pending_of<'a>(&'a self, consumer: &'a [u8]) -> impl Iterator<Item = (&'a Id, &'a Pending)> {
        self.pending.iter().filter(move |(_, pending)| pending.consumer == consumer)
    }

    /// A consumer shows up, maybe for the first time.
    pub(super) fn see(&mut self, consumer: &Bytes, now_ms: i64) {
        let active_ms = self.consumers.get(consumer).and_then(|consumer| consumer.active_ms);
        self.consumers.insert(consumer.clone(), Consumer { seen_ms: now_ms, active_ms });
    }

    /// A consumer shows up, and gets something.
    pub(super) fn serve(&mut self, consumer: &Bytes, now_ms: i64) {
        self.consumers.insert(consumer.clone(), Consumer { seen_ms: now_ms, active_ms: Some(now_ms) });
    }
}

impl Stream {
    /// Whether XDEL has removed entries from here on.
    fn has_holes_from(&self, profile: Profile, id: Id) -> bool {
        let any_left = self.entries().next().is_some();
        // Of what lies before the first entry, 7.0 takes no notice.
        let counts = profile.counts_lag_after_trims() || self.first_id <= self.max_deleted_id;
        any_left && self.max_deleted_id != Id::MIN && counts && id <= self.max_deleted_id
    }

    /// How many entries were added up to this id, if that can be told.
    fn entries_up_to(&self, profile: Profile, id: Id) -> Option<i64> {
        let (added, len) = (self.entries_added as i64, self.len() as i64);
        if len == 0 && id < self.last_id {
            return Some(added);
        }
        if profile.counts_lag_after_trims() && len > 0 && id != Id::MIN && id < self.max_deleted_id {
            return None;
        }
        if id == self.last_id {
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
    pub(super) fn entries_read_after(&self, profile: Profile, group: &Group, id: Id) -> Option<i64> {
        let goes_on = match profile.counts_lag_after_trims() {
            true => group.last_id >= self.first_id && !self.has_holes_from(profile, group.last_id),
            false => !self.has_holes_from(profile, id),
        };
        match group.entries_read {
            Some(read) if goes_on => Some(read.wrapping_add(1)),
            _ => self.entries_up_to(profile, id),
        }
    }

    /// How many entries the group has yet to read, if that can be told.
    pub(super) fn lag(&self, profile: Profile, group: &Group) -> Option<i64> {
        let added = self.entries_added as i64;
        if profile.counts_lag_after_trims() {
            let all_is_ahead = group.last_id < self.first_id && self.max_deleted_id < self.first_id;
            if self.len() == 0 || all_is_ahead {
                return Some(self.len() as i64);
            }
        }
        match group.entries_read {
            _ if added == 0 => Some(0),
            Some(read) if !self.has_holes_from(profile, group.last_id) => Some(added.wrapping_sub(read)),
            _ => self.entries_up_to(profile, group.last_id).map(|read| added.wrapping_sub(read)),
        }
    }
}
