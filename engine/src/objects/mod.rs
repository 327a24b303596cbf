//! Streaming persistence: the log of what changed the store, in an object store.
//!
//! Objects are immutable and each attempt to store one has a name of its own, so that nothing that failed, was cut short
//! or came late is ever mistaken for something else:
//!
//! - `segments/<first>-<last>-<epoch>-<attempt>`: records of the log, in order;
//! - `snapshots/<last>-<epoch>-<attempt>`: what all records up to the last one came to, put under `staging/` at first;
//! - `manifest/<number>`: which snapshot and which segments are the log. Numbers are taken one after the other and each
//!   only once ([`Objects::put_new`]): the newest valid manifest is what counts, and whatever it doesn't name is as if it
//!   weren't there;
//! - `anchor/a` and `anchor/b`, the exceptions, which are overwritten in turn: no manifest before the number in them is
//!   needed. So the newest one can be found by asking for one number after the other, whatever listings leave out.
//!
//! What is durable is what a manifest names that is known to be stored: [`ObjectLog::flushed_seq`]. Replies do not wait
//! for that. Who opens a store writes a manifest first; an engine that had it before then finds the next number taken by a
//! later [epoch](Manifest::epoch), and stops.

mod compaction;
mod engine;
mod envelope;
mod error;
mod log;
mod manifest;
mod memory;
mod recovery;
#[cfg(feature = "object_store")]
mod remote;
mod segment;
mod store;

pub use error::{ObjectCorruption, ObjectOpenError};
pub use log::{ObjectLog, Setback};
pub use memory::MemoryObjects;
pub use recovery::Recovered;
#[cfg(feature = "object_store")]
pub use remote::RemoteObjects;
pub use store::{ObjectError, Objects};

pub(crate) use engine::{Streamed, open};

/// When records go to the object store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectOptions {
    /// As soon as there are so many.
    pub flush_records: usize,
    /// As soon as they are of so many bytes.
    pub flush_bytes: usize,
    /// As soon as the oldest is so old, in milliseconds.
    pub flush_ms: u64,
    /// The engine makes a snapshot by itself when the log has so many segments; 0 is never.
    pub compact_segments: usize,
    /// How often in a row something is tried.
    pub attempts: u32,
    /// After how many milliseconds it is tried again.
    pub retry_ms: u64,
}

impl Default for ObjectOptions {
    fn default() -> Self {
        ObjectOptions {
            flush_records: 1000,
            flush_bytes: 1 << 20,
            flush_ms: 1000,
            compact_segments: 100,
            attempts: 3,
            retry_ms: 200,
        }
    }
}
