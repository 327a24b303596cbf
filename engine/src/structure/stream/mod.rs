//! Streams: a log of entries in nodes as the server packs them, and the groups that consume it.
//!
//! Where a node ends can be seen from outside, as approximate trimming removes whole nodes: so the nodes know how
//! many bytes the server would need for them.

mod group;
mod id;
mod log;
mod node;
mod packing;
mod radix;

use std::collections::BTreeMap;

pub use group::{Consumer, Group, Name, Pending};
pub use id::StreamId;
pub use log::{Keep, Log, Trim};
pub use node::{Entry, NodeLimits, Slot};

/// A stream.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// The entries.
    pub log: Log,
    /// The groups that consume them, by name.
    pub groups: BTreeMap<Vec<u8>, Group>,
}

impl Stream {
    /// What is wrong in the stream.
    pub fn check(&self, limits: &NodeLimits) -> Result<(), String> {
        self.log.check(limits)?;
        for (name, group) in &self.groups {
            group.check().map_err(|why| format!("group {}: {why}", name.escape_ascii()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: NodeLimits = NodeLimits { entries: 100, bytes: 4096 };

    fn stream(ids: impl IntoIterator<Item = u64>) -> Stream {
        let mut stream = Stream::default();
        for ms in ids {
            stream.log.append(StreamId::new(ms, 0), &[b"f".to_vec(), b"v".to_vec()], &LIMITS);
        }
        stream
    }

    #[test]
    fn nodes_end_at_their_limits_and_approximate_trims_between_them() {
        let mut stream = stream(1..=250);
        assert_eq!(stream.log.radix_size(), (3, 8));
        let trim = |keep, approximate| Trim { keep, approximate, limit: 0 };
        assert_eq!(stream.log.trim(&trim(Keep::Newest(60), true)), 100);
        assert_eq!(stream.log.trim(&trim(Keep::From(StreamId::new(200, 0)), true)), 0);
        assert_eq!(stream.log.trim(&trim(Keep::From(StreamId::new(201, 0)), true)), 100);
        assert_eq!(stream.log.trim(&trim(Keep::Newest(10), false)), 40);
        assert_eq!(stream.log.first_id(), StreamId::new(241, 0));
        assert_eq!(stream.check(&LIMITS), Ok(()));
    }

    #[test]
    fn ranges_leave_deleted_entries_out() {
        let mut stream = stream(1..=5);
        assert_eq!(stream.log.delete(&[StreamId::new(1, 0), StreamId::new(3, 0), StreamId::new(3, 0)]), 2);
        let ids: Vec<u64> = stream.log.range(StreamId::MIN, StreamId::new(4, 9)).map(|entry| entry.id.ms).collect();
        assert_eq!(ids, [2, 4]);
        assert!(stream.log.range(StreamId::MAX, StreamId::MIN).next().is_none());
        assert_eq!(stream.log.max_deleted_id, StreamId::new(3, 0));
        assert_eq!(stream.check(&LIMITS), Ok(()));
    }

    #[test]
    fn a_deleted_id_may_come_again() {
        for per_node in [1, 2, 100] {
            let limits = NodeLimits { entries: per_node, ..LIMITS };
            let mut log = Log::default();
            let append = |log: &mut Log, ms| log.append(StreamId::new(ms, 0), &[b"f".to_vec(), b"v".to_vec()], &limits);
            [1, 3, 5].into_iter().for_each(|ms| append(&mut log, ms));
            assert_eq!(log.delete(&[StreamId::new(3, 0), StreamId::new(5, 0)]), 2);
            log.last_id = StreamId::new(1, 0);
            [3, 4].into_iter().for_each(|ms| append(&mut log, ms));
            assert_eq!(log.check(&limits), Ok(()));
            assert_eq!(log.delete(&[StreamId::new(4, 0), StreamId::new(3, 0)]), 2);
            assert_eq!((log.len(), log.check(&limits)), (1, Ok(())));
        }
    }

    #[test]
    fn what_is_pending_has_one_owner() {
        let mut group = Group::default();
        group.create_consumer(b"a", 0);
        group.create_consumer(b"b", 0);
        let id = StreamId::new(1, 1);
        group.assign(id, b"a", 5, 1);
        group.assign(id, b"b", 6, 2);
        assert_eq!(group.check(), Ok(()));
        assert_eq!(group.remove_consumer(b"a"), Some(0));
        assert_eq!(group.remove_consumer(b"b"), Some(1));
        assert!(group.pending().is_empty());
    }
}
