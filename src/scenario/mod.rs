//! A scenario as plain data: what clients send, how the clock moves, and when the state is compared.
//!
//! [`decode`] makes a scenario of any bytes, [`encode`] bytes of any scenario, [`text`] is the form that people
//! read and write, [`generate`] draws bytes from a seed.
//!
//! Architecture invariant: decoding never looks at model state, and every driver decodes here (see `docs/architecture.md`).

mod codec;
mod config;
mod draw;
mod generate;
mod motif;
pub mod mutate;
pub mod search;
pub mod text;

pub use codec::{Meaning, RECORD_BYTES, VERSION, decode, encode, meaning, motifs, records};
pub use config::{Chance, Config, Families, Fsync};
pub use draw::Zipf;
pub use generate::{Offer, generate, generate_of, reconfigure};

use crate::fault::Scheduled;
use crate::resp::Bytes;
use crate::subject::ClientId;

/// The longest single clock move: 2^40 ms, about 35 years.
pub const ADVANCE_MS_MAX: u64 = 1 << 40;

/// One step of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A client sends a command; `argv` is never empty.
    Command {
        /// Who.
        client: ClientId,
        /// The command's name and arguments.
        argv: Vec<Bytes>,
    },
    /// The clock moves forward by so many milliseconds, at most [`ADVANCE_MS_MAX`].
    Advance {
        /// How far.
        ms: u64,
    },
    /// A client's connection is closed; its next command opens a new one.
    Disconnect {
        /// Whose.
        client: ClientId,
    },
    /// The whole state is read back and compared.
    Checkpoint,
    /// The subject ends and is opened again on what its disk holds.
    Restart(Restart),
    /// A fault will come.
    Fault(Scheduled),
}

/// How a subject ends before it is opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is closed, as at a shutdown.
    Closed,
    /// Its process is killed; what it has written stays, synced or not.
    Killed,
    /// Power is lost: of what was not synced, anything may be lost. The number chooses the crash image.
    PowerLoss {
        /// Which image; there are as many as the unsynced operations allow.
        image: u16,
    },
}

/// An end and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// How it ends.
    pub ending: Ending,
    /// Power is lost once more, while it recovers.
    pub again: Option<Again>,
}

/// A crash inside recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// How many disk operations recovery gets to do.
    pub after: u8,
    /// Which crash image.
    pub image: u16,
}

impl Step {
    /// The command, if it is one.
    pub fn argv(&self) -> Option<&[Bytes]> {
        match self {
            Step::Command { argv, .. } => Some(argv),
            _ => None,
        }
    }
}

/// A configuration and its steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// How table records are drawn; written-out steps don't depend on it.
    pub config: Config,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

impl<'a> arbitrary::Arbitrary<'a> for Scenario {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let len = u.len();
        Ok(decode(u.bytes(len)?))
    }

    fn arbitrary_take_rest(u: arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(decode(u.take_rest()))
    }
}
