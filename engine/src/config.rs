//! What can be configured, with Redis' defaults.

use crate::structure::Limits;
use crate::structure::stream::NodeLimits;

/// The configuration of an engine.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many databases `SELECT` can reach.
    pub databases: usize,
    /// The longest string that a command may build.
    pub proto_max_bulk_len: usize,
    /// Decides RANDOMKEY, SPOP and the like.
    pub seed: u64,
    /// The most elements of a list in one listpack.
    pub list_max_listpack_entries: usize,
    /// The most fields of a hash in one listpack.
    pub hash_max_listpack_entries: usize,
    /// The longest field or value of a hash in one listpack.
    pub hash_max_listpack_value: usize,
    /// The most members of a set of integers in one sorted array.
    pub set_max_intset_entries: usize,
    /// The most members of a sorted set in one listpack.
    pub zset_max_listpack_entries: usize,
    /// The longest member of a sorted set in one listpack.
    pub zset_max_listpack_value: usize,
    /// The most bytes of a HyperLogLog in runs of equal registers.
    pub hll_sparse_max_bytes: usize,
    /// The size in bytes at which a node of a stream is full.
    pub stream_node_max_bytes: usize,
    /// The most entries in one node of a stream.
    pub stream_node_max_entries: usize,
    /// The bug to have, if any.
    #[cfg(feature = "planted")]
    pub plant: Option<crate::Plant>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            databases: 16,
            proto_max_bulk_len: 512 << 20,
            seed: 0,
            list_max_listpack_entries: 128,
            hash_max_listpack_entries: 128,
            hash_max_listpack_value: 64,
            set_max_intset_entries: 512,
            zset_max_listpack_entries: 128,
            zset_max_listpack_value: 64,
            hll_sparse_max_bytes: 3000,
            stream_node_max_bytes: 4096,
            stream_node_max_entries: 100,
            #[cfg(feature = "planted")]
            plant: None,
        }
    }
}

/// A list leaves its listpack on an element longer than this, whatever the configuration.
const LIST_MAX_LISTPACK_VALUE: usize = 8192;

impl Config {
    pub(crate) fn list_limits(&self) -> Limits {
        self.limits(self.list_max_listpack_entries, LIST_MAX_LISTPACK_VALUE)
    }

    pub(crate) fn hash_limits(&self) -> Limits {
        self.limits(self.hash_max_listpack_entries, self.hash_max_listpack_value)
    }

    pub(crate) fn set_limits(&self) -> Limits {
        self.limits(self.set_max_intset_entries, usize::MAX)
    }

    pub(crate) fn zset_limits(&self) -> Limits {
        self.limits(self.zset_max_listpack_entries, self.zset_max_listpack_value)
    }

    pub(crate) fn hll_limits(&self) -> Limits {
        self.limits(usize::MAX, self.hll_sparse_max_bytes)
    }

    pub(crate) fn stream_limits(&self) -> NodeLimits {
        NodeLimits { entries: self.stream_node_max_entries, bytes: self.stream_node_max_bytes }
    }

    fn limits(&self, entries: usize, value_bytes: usize) -> Limits {
        Limits {
            #[cfg(feature = "planted")]
            plant: self.plant,
            ..Limits::new(entries, value_bytes)
        }
    }
}
