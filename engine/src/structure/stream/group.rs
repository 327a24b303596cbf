//! Consumer groups: what was delivered to whom, and what of it is not acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Log, StreamId};

/// The name of a consumer, shared by all that it has pending.
pub type Name = Rc<[u8]>;

/// A group of consumers.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The last id that was delivered to any consumer.
    pub last_id: StreamId,
    /// How many entries of the stream lie up to that id, if known.
    pub entries_read: Option<i64>,
    pending: BTreeMap<StreamId, Pending>,
    consumers: BTreeMap<Name, Consumer>,
}

/// A delivery that is not acknowledged.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Who has it.
    pub consumer: Name,
    /// When it was delivered last.
    pub delivered_at: i64,
    /// How often it was delivered.
    pub deliveries: i64,
}

/// A consumer.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// When it last did something.
    pub seen_at: i64,
    pending: BTreeSet<StreamId>,
}

impl Consumer {
    /// The ids of what it has pending, in order.
    pub fn pending(&self) -> &BTreeSet<StreamId> {
        &self.pending
    }
}

impl Group {
    /// A group that has read up to an id.
    pub fn new(last_id: StreamId, entries_read: Option<i64>) -> Self {
        Self { last_id, entries_read, ..Self::default() }
    }

    /// All consumers, by name.
    pub fn consumers(&self) -> &BTreeMap<Name, Consumer> {
        &self.consumers
    }

    /// The consumer of that name.
    pub fn consumer(&self, name: &[u8]) -> Option<&Consumer> {
        self.consumers.get(name)
    }

    /// Adds a consumer; says whether it is new.
    pub fn create_consumer(&mut self, name: &[u8], now: i64) -> bool {
        let missing = !self.consumers.contains_key(name);
        if missing {
            self.consumers.insert(name.into(), Consumer { seen_at: now, pending: BTreeSet::new() });
        }
        missing
    }

    /// Notes that a consumer is active; a new one is created.
    pub fn see_consumer(&mut self, name: &[u8], now: i64) {
        if let Some(consumer) = self.consumers.get_mut(name) {
            consumer.seen_at = now;
        } else {
            self.create_consumer(name, now);
        }
    }

    /// Removes a consumer with what it has pending; returns how much that was.
    pub fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let consumer = self.consumers.remove(name)?;
        consumer.pending.iter().for_each(|id| drop(self.pending.remove(id)));
        Some(consumer.pending.len())
    }

    /// All that is pending, in the order of the ids.
    pub fn pending(&self) -> &BTreeMap<StreamId, Pending> {
        &self.pending
    }

    /// The delivery of an entry, to change its time or its count.
    pub fn pending_mut(&mut self, id: StreamId) -> Option<&mut Pending> {
        self.pending.get_mut(&id)
    }

    /// Gives an entry to a consumer, which must exist, whoever had it before.
    pub fn assign(&mut self, id: StreamId, consumer: &[u8], delivered_at: i64, deliveries: i64) {
        self.acknowledge(id);
        let Some(name) = self.consumers.get_key_value(consumer).map(|(name, _)| name.clone()) else {
            return;
        };
        if let Some(consumer) = self.consumers.get_mut(&name) {
            consumer.pending.insert(id);
        }
        self.pending.insert(id, Pending { consumer: name, delivered_at, deliveries });
    }

    /// An entry is no longer pending; says whether it was.
    pub fn acknowledge(&mut self, id: StreamId) -> bool {
        let Some(pending) = self.pending.remove(&id) else {
            return false;
        };
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }

    /// Notes that an entry was delivered for the first time, and counts it if the count stays certain.
    pub fn advance(&mut self, log: &Log, id: StreamId) {
        if id <= self.last_id {
            return;
        }
        match self.entries_read {
            Some(read) if !log.has_gap_after(id) => self.entries_read = Some(read.wrapping_add(1)),
            _ if log.entries_added > 0 => self.entries_read = log.entries_up_to(id),
            _ => {}
        }
        self.last_id = id;
    }

    /// How many entries are still to be delivered, where that is certain.
    pub fn lag(&self, log: &Log) -> Option<i64> {
        let added = log.entries_added as i64;
        match self.entries_read {
            _ if added == 0 => Some(0),
            Some(read) if !log.has_gap_after(self.last_id) => Some(added.wrapping_sub(read)),
            _ => log.entries_up_to(self.last_id).map(|read| added.wrapping_sub(read)),
        }
    }

    /// What is wrong in the group.
    pub fn check(&self) -> Result<(), String> {
        let by_group: BTreeSet<(&Name, StreamId)> =
            self.pending.iter().map(|(&id, pending)| (&pending.consumer, id)).collect();
        let by_consumer: BTreeSet<(&Name, StreamId)> =
            self.consumers.iter().flat_map(|(name, c)| c.pending.iter().map(move |&id| (name, id))).collect();
        if by_group == by_consumer {
            Ok(())
        } else {
            Err("the group and its consumers disagree on what is pending".into())
        }
    }
}
