//! `wal_replay`: whatever happens, what a client was told is there after a restart.
//!
//! Guarantees, for any bytes, of a subject with a log: after each restart, crash and crash inside recovery it opens,
//! and its state is the one after a prefix of the commands, no shorter than what its fsync policy promises, no longer
//! than what was sent; transactions are whole in it; opening it once more changes nothing. In between, everything that
//! `command_handler` guarantees. Damage that a disk does behind the subject's back may be reported as corruption, or
//! cost the end of the log, but never makes a state that there never was.
//! Does not guarantee anything about a disk that loses what it said was synced.

use super::lasting::{Kind, Lasting, MakeLasting};
use crate::fault::Fault;
use crate::run::Options;

/// The target; `make` gives a new, empty subject with a disk for each run.
pub fn target(name: &str, make: MakeLasting, options: Options) -> Lasting {
    Lasting::new(name, make, options, &KIND)
}

const KIND: Kind = Kind {
    guarantee: "after any crash the state is that of a prefix of the commands, no shorter than what was durable",
    faults: FAULTS,
    fsync: None,
    has_disk: true,
};

/// What can go wrong around a subject with a disk and a clock.
pub const FAULTS: &[Fault] = &[
    Fault::DriftFast,
    Fault::DriftSlow,
    Fault::TimerSkip,
    Fault::TimerDuplicate,
    Fault::JumpForward,
    Fault::JumpBackward,
    Fault::Crash,
    Fault::Pause,
    Fault::Slow,
    Fault::Oom,
    Fault::CpuStarvation,
    Fault::WriteFail,
    Fault::DiskPartialWrite,
    Fault::Corruption,
    Fault::DiskSlow,
    Fault::FsyncFail,
    Fault::StaleRead,
    Fault::DiskFull,
];
