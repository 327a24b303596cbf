//! A violation: one broken promise, as data.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Dispute, Fingerprint};

/// The judge that a violation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Oracle {
    /// A reply differs from what the model predicts.
    Reply,
    /// Reading the whole state back at a checkpoint differs from the model's state.
    State,
    /// The subject's own invariants do not hold.
    Check,
    /// The same bytes gave two different event hashes.
    Hash,
    /// The subject panicked.
    Panic,
    /// The process died: abort, stack overflow, out of memory, a signal.
    Abort,
    /// The run did not end within the (generous) limit of the worker process.
    Hang,
    /// The subject lost a connection, sent garbage or died while a reply was owed.
    Subject,
    /// What was left after a crash is not what may be left.
    Durability,
    /// Two RESP decoders disagree.
    Decode,
    /// The way the bytes were cut into pieces changed what a decoder made of them.
    Chunking,
    /// Encoding and decoding a value does not give it back.
    RoundTrip,
    /// A decoder allocated or nested beyond what the data warrants, or made no progress.
    Bounds,
    /// The answers to two related queries contradict each other.
    Law,
    /// A law that clients count on, said without the model, does not hold.
    Property,
    /// What several clients saw at once fits no order of their commands.
    Order,
    /// Subjects that were asked the same and said the same hold different states.
    Lockstep,
}

impl Oracle {
    /// All of them.
    pub const ALL: [Oracle; 17] = [
        Oracle::Reply,
        Oracle::State,
        Oracle::Check,
        Oracle::Hash,
        Oracle::Panic,
        Oracle::Abort,
        Oracle::Hang,
        Oracle::Subject,
        Oracle::Durability,
        Oracle::Decode,
        Oracle::Chunking,
        Oracle::RoundTrip,
        Oracle::Bounds,
        Oracle::Law,
        Oracle::Property,
        Oracle::Order,
        Oracle::Lockstep,
    ];

    /// Its name in fingerprints and reports.
    pub fn name(self) -> &'static str {
        match self {
            Oracle::Reply => "reply",
            Oracle::State => "state",
            Oracle::Check => "check",
            Oracle::Hash => "hash",
            Oracle::Panic => "panic",
            Oracle::Abort => "abort",
            Oracle::Hang => "hang",
            Oracle::Subject => "subject",
            Oracle::Durability => "durability",
            Oracle::Decode => "decode",
            Oracle::Chunking => "chunking",
            Oracle::RoundTrip => "round-trip",
            Oracle::Bounds => "bounds",
            Oracle::Law => "law",
            Oracle::Property => "property",
            Oracle::Order => "order",
            Oracle::Lockstep => "lockstep",
        }
    }

    /// What has happened when it speaks up.
    pub fn summary(self) -> &'static str {
        match self {
            Oracle::Reply => "a reply is not the one that Redis gives",
            Oracle::State => "the state read back is not the one that Redis has",
            Oracle::Check => "an invariant of the engine's own does not hold",
            Oracle::Hash => "the same bytes gave two different runs",
            Oracle::Panic => "the engine panicked",
            Oracle::Abort => "the process died",
            Oracle::Hang => "the run did not end",
            Oracle::Subject => "the subject lost a connection, sent garbage or died",
            Oracle::Durability => "what is there after an end is not what must be there",
            Oracle::Decode => "two decoders disagree",
            Oracle::Chunking => "how the bytes were cut made a difference",
            Oracle::RoundTrip => "what was encoded does not decode to the same",
            Oracle::Bounds => "memory, nesting or progress are out of bounds",
            Oracle::Law => "the answers to two related queries contradict each other",
            Oracle::Property => "a law that clients count on does not hold",
            Oracle::Order => "what several clients saw fits no order of their commands",
            Oracle::Lockstep => "the same commands with the same replies led to different states",
        }
    }
}

impl fmt::Display for Oracle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One broken promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Which oracle saw it.
    pub oracle: Oracle,
    /// The step at which it showed, counted from 0 in the decoded scenario; for raw bytes, the offset.
    pub step: usize,
    /// The command that gave the wrong reply, as redis-cli would take it; empty where there is none.
    pub command: String,
    /// What the subject did, as redis-cli prints it.
    pub observed: String,
    /// What it should have done.
    pub expected: String,
    /// What makes two violations the same bug.
    pub fingerprint: Fingerprint,
    /// By step, the commands of which an argument stood for something seen earlier (`@cursor`), as they were sent.
    #[serde(default)]
    pub as_sent: BTreeMap<usize, String>,
    /// Who disagrees with whom, where several subjects were asked the same.
    #[serde(default)]
    pub dispute: Option<Dispute>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.fingerprint)?;
        if !self.command.is_empty() {
            writeln!(f, "at step {}: {}", self.step, self.command)?;
        }
        if let Some(dispute) = &self.dispute {
            writeln!(f, "{dispute}")?;
        }
        writeln!(f, "expected: {}", self.expected.replace('\n', "\n          "))?;
        write!(f, "observed: {}", self.observed.replace('\n', "\n          "))
    }
}
