//! An embedded Redis-compatible engine.
//!
//! [`Engine`] speaks the commands of Redis 7.0: give it a session's command with [`Engine::execute`], collect the
//! replies with [`Engine::poll`]. It owns no thread, socket or clock: time comes from the [`Clock`] it was made
//! with, randomness from [`Config::seed`], so equal calls give equal replies.
//!
//! ```
//! use respfuzz_engine::{Clock, Config, Engine, Reply};
//!
//! struct Stopped;
//! impl Clock for Stopped {
//!     fn now_ms(&self) -> u64 {
//!         1_700_000_000_000
//!     }
//! }
//!
//! let mut engine = Engine::new(Config::default(), Box::new(Stopped));
//! engine.execute(1, &[b"INCR".to_vec(), b"visits".to_vec()]);
//! let mut replies = Vec::new();
//! engine.poll(&mut replies);
//! assert_eq!(replies, [(1, Reply::Int(1))]);
//! ```
#![forbid(unsafe_code)]

/// The constant `false` without the feature `planted`; with it, whether `$config` (or the [`structure::Limits`] made
/// from it) asks for the bug `$plant`.
#[cfg(feature = "planted")]
macro_rules! planted {
    ($config:expr, $plant:ident) => {
        $crate::plant::Plant::$plant.is_chosen($config.plant)
    };
}
#[cfg(not(feature = "planted"))]
macro_rules! planted {
    ($config:expr, $plant:ident) => {{
        let _ = &$config;
        false
    }};
}

mod blocking;
mod clients;
mod clock;
mod command;
mod config;
mod db;
mod double;
mod engine;
#[cfg(unix)]
mod file_storage;
mod geohash;
mod glob;
mod index;
mod long_double;
mod number;
mod objects;
mod partial_sort;
#[cfg(feature = "planted")]
mod plant;
mod pubsub;
mod reply;
pub mod resp;
mod rng;
mod search;
mod serialize;
mod session;
mod settings;
mod storage;
mod store;
pub mod structure;
#[cfg(test)]
mod testing;
mod transaction;
mod value;
mod wal;
mod watch;

pub use clock::Clock;
pub use command::{CommandSpec, command_table};
pub use config::Config;
pub use engine::Engine;
#[cfg(unix)]
pub use file_storage::FileStorage;
#[cfg(feature = "object_store")]
pub use object_store;
#[cfg(feature = "object_store")]
pub use objects::RemoteObjects;
pub use objects::{
    MemoryObjects, ObjectCorruption, ObjectError, ObjectLog, ObjectOpenError, ObjectOptions, Objects, Recovered,
    Setback,
};
#[cfg(feature = "planted")]
pub use plant::Plant;
pub use reply::{Reply, Text};
pub use search::query::take_work as take_query_work;
pub use session::SessionId;
pub use storage::Storage;
pub use wal::{Corruption, CorruptionKind, Durability, Fsync, OpenError};
