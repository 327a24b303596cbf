//! `streaming`: an engine that keeps its log in an object store, and nothing anywhere else.
//!
//! Guarantees, for any bytes: the process may end at any time, also while it flushes, compacts or recovers; after that it
//! opens, and its state is the one after a prefix of the commands: no shorter than what it said was durable, no longer
//! than what was sent; transactions are whole in it, and opening it once more changes nothing. Whatever the store does to
//! it, or leaves lying around: puts, reads, removals and renames that fail, come through without an answer, or only in
//! part; reads that come changed; listings that lack objects. While the store does nothing of the kind, everything is
//! durable a second later. In between, everything that `command_handler` guarantees.
//! Does not guarantee anything about a store that forgets or changes what it has confirmed.

use super::lasting::{Kind, Lasting, MakeLasting};
use crate::fault::Fault;
use crate::run::Options;
use crate::scenario::Fsync;

/// The target; `make` gives a new, empty subject with an object store for each run, which
/// [tells](crate::subject::Told) what is durable.
pub fn target(name: &str, make: MakeLasting, options: Options) -> Lasting {
    Lasting::new(name, make, options, &KIND)
}

const KIND: Kind = Kind {
    guarantee: "whatever the object store does, the state after a restart is that of a prefix of the commands, no shorter than what was said to be durable",
    faults: FAULTS,
    fsync: Some(Fsync::EverySec),
    has_disk: false,
};

/// What an object store does to those who use it.
pub const STORE_FAULTS: &[Fault] = &[
    Fault::PutFail,
    Fault::GetFail,
    Fault::GetCorrupt,
    Fault::Timeout,
    Fault::ObjectPartialWrite,
    Fault::DeleteFail,
    Fault::ListIncomplete,
    Fault::RenameFail,
    Fault::ObjectSlow,
];

/// What can go wrong around a subject with an object store and a clock.
pub const FAULTS: &[Fault] = &[
    Fault::PutFail,
    Fault::GetFail,
    Fault::GetCorrupt,
    Fault::Timeout,
    Fault::ObjectPartialWrite,
    Fault::DeleteFail,
    Fault::ListIncomplete,
    Fault::RenameFail,
    Fault::ObjectSlow,
    Fault::Crash,
    Fault::Pause,
    Fault::Slow,
    Fault::Oom,
    Fault::CpuStarvation,
    Fault::DriftFast,
    Fault::DriftSlow,
    Fault::TimerSkip,
    Fault::TimerDuplicate,
    Fault::JumpForward,
    Fault::JumpBackward,
];
