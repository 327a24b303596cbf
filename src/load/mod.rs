//! Many connections at once, in real time: how fast a server answers, and whether what it answers can be right.
//!
//! One thread drives all connections (`crowd`), so that it is known what was sent and answered, in which
//! order. Two kinds of keys are used. A connection's own (`lane`) are touched by nobody else, so the model predicts each
//! reply. Those that all use (`shared`) hold values that say which write they are of (`stamp`), so that a
//! reply can be held against every order in which the commands may have run (`order`).
//!
//! Architecture invariant: the seed decides what a connection draws; how the connections interleave is the scheduler's
//! affair, and no finding depends on how long anything took, but for a server that is silent for [`SILENCE`].

mod crowd;
mod dice;
mod lane;
mod latency;
mod order;
mod shared;
mod stamp;
mod verdict;

use std::time::Duration;

pub use latency::{Latencies, Latency};
pub use verdict::{Limits, Sample, Warning, judge};

use crate::model::{EncodingLimits, STRING_BYTES_MAX};
use crate::oracle::Violation;
use crate::resp::Bytes;
use crate::sim::EPOCH_MS;
use crate::subject::Address;

/// A server that owes replies and sends nothing for so long does not answer.
pub const SILENCE: Duration = Duration::from_secs(20);

/// How many keys are shown as the ones most used.
const HOT_KEYS: usize = 5;

/// What the model must know of a server.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Where it changes its encodings.
    pub encodings: EncodingLimits,
    /// Its longest string.
    pub string_bytes_max: usize,
    /// Its clock, about.
    pub now_ms: fn() -> u64,
}

impl Default for Terms {
    fn default() -> Self {
        Terms { encodings: EncodingLimits::default(), string_bytes_max: STRING_BYTES_MAX, now_ms: || EPOCH_MS }
    }
}

/// How much of what.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Connections, each used all the time.
    pub connections: usize,
    /// Keys that all connections use.
    pub keys: usize,
    /// What is drawn.
    pub seed: u64,
    /// For how long commands are sent.
    pub duration: Duration,
    /// The model's knowledge of the server.
    pub terms: Terms,
}

/// What is known while it runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Since the keys were filled.
    pub elapsed: Duration,
    /// Commands answered since then.
    pub commands: u64,
    /// Checks of all replies.
    pub checks: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Load {
    /// At the end of the measured time.
    pub progress: Progress,
    /// Replies on a connection's own keys that were held against the model.
    pub own_checks: u64,
    /// Replies on shared keys that were held against all orders.
    pub shared_checks: u64,
    /// Bytes sent to the server, and received from it.
    pub sent_bytes: u64,
    /// Bytes received from the server.
    pub received_bytes: u64,
    /// How long replies took.
    pub latencies: Latencies,
    /// The shared keys used most, and how often.
    pub hot_keys: Vec<(String, u64)>,
    /// What broke, and ended the run.
    pub finding: Option<Finding>,
}

/// What broke.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The broken promise.
    pub violation: Violation,
    /// Commands that should show it on a server of their own, without any other client; empty if there are none.
    pub alone: Vec<Vec<Bytes>>,
}

/// Why a load could not be put on a server.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not as many connections as wanted.
    #[error("cannot open connection {number} to {address}: {source}")]
    Connect {
        /// Which one, from 1.
        number: usize,
        /// To where.
        address: Address,
        /// Why not.
        source: std::io::Error,
    },
    /// The system refuses to tell when sockets are ready.
    #[error("cannot wait for sockets: {0}")]
    Poll(#[from] std::io::Error),
}

/// Puts a load on an empty server, until the time is over or something breaks.
///
/// `clock` tells the time since any moment; `watch` is told how far things are, many times a second.
pub fn run(
    options: &Options,
    address: &Address,
    clock: &dyn Fn() -> Duration,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Load, LoadError> {
    crowd::Crowd::connect(options, address, clock)?.run(watch)
}
