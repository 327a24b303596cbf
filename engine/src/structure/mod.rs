//! The collections themselves: pure data structures that know nothing of keys, expiry or commands.
//!
//! Each has a compact encoding for small collections and one that scales; it converts at thresholds which the
//! caller passes in, and never back, as in Redis.

pub mod hash;
pub(crate) mod hyperloglog;
pub mod list;
pub mod listpack;
pub mod set;
pub mod skiplist;
pub mod stream;
pub mod zset;

/// Hashing without a seed: a walk over a table is the same in every process.
type Hasher = foldhash::fast::FixedState;

/// When a collection leaves its compact encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most elements (pairs for hashes and sorted sets).
    pub entries: usize,
    /// The longest element in bytes; sets of integers do not ask.
    pub value_bytes: usize,
    /// The bug to have, if any.
    #[cfg(feature = "planted")]
    pub plant: Option<crate::Plant>,
}

impl Limits {
    /// Limits without a planted bug.
    pub const fn new(entries: usize, value_bytes: usize) -> Self {
        Self {
            entries,
            value_bytes,
            #[cfg(feature = "planted")]
            plant: None,
        }
    }

    /// Whether the compact encoding may hold `len` elements of which `value` is one.
    pub fn admit(&self, len: usize, value: &[u8]) -> bool {
        len <= self.entries && value.len() <= self.value_bytes
    }

    /// Reports a compact encoding that has outgrown these limits.
    pub(crate) fn check<'a>(&self, len: usize, mut values: impl Iterator<Item = &'a [u8]>) -> Result<(), String> {
        if len > self.entries {
            Err(format!("{len} entries in the compact encoding, at most {} allowed", self.entries))
        } else if values.any(|value| value.len() > self.value_bytes) {
            Err(format!("the compact encoding holds a value longer than {} bytes", self.value_bytes))
        } else {
            Ok(())
        }
    }
}

/// How a collection is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// One contiguous buffer.
    Listpack,
    /// A chain of listpacks.
    Quicklist,
    /// A sorted array of integers.
    Intset,
    /// A hash table.
    Hashtable,
    /// A hash table and an ordered index.
    Skiplist,
}

impl Encoding {
    /// The name that OBJECT ENCODING gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Listpack => "listpack",
            Self::Quicklist => "quicklist",
            Self::Intset => "intset",
            Self::Hashtable => "hashtable",
            Self::Skiplist => "skiplist",
        }
    }
}
