//! What a system under test implements.
//!
//! The smallest subject is a [`Call`]: a function from a client and its arguments to a reply. [`Subject`] is the
//! event-shaped trait that the runner speaks; [`Called`] adapts the one to the other. Everything else (simulated
//! time, white-box checks) is an optional capability in a trait of its own: the runner uses it where it is there.

mod call;
pub mod codec;
#[cfg(feature = "embedded")]
pub mod embedded;
pub mod log;

#[cfg(unix)]
mod address;
#[cfg(unix)]
mod connection;
#[cfg(all(unix, feature = "process"))]
mod cpu;
#[cfg(all(unix, feature = "process"))]
mod process;
#[cfg(all(unix, feature = "process"))]
mod restartable;
#[cfg(all(unix, feature = "process"))]
mod shim;
#[cfg(unix)]
mod tcp;
mod wire;
mod world;

#[cfg(unix)]
pub use address::{Address, AddressError};
pub use call::{Call, Called};
#[cfg(all(unix, feature = "process"))]
pub use cpu::share_cpu;
#[cfg(all(unix, feature = "process"))]
pub use process::{ProcessError, RedisServer, ServerOptions, have_redis_server};
#[cfg(all(unix, feature = "process"))]
pub use restartable::RestartableServer;
#[cfg(all(unix, feature = "process"))]
pub use shim::{Shim, ShimError};
#[cfg(unix)]
pub use tcp::{ConnectError, SocketSubject};
pub use wire::Wire;
pub use world::{Condition, CrashImages, OpenFailure, Told, World};

use crate::resp::{Bytes, Value};

/// A client connection. In a scenario, `0..=3` are the workload's, [`ClientId::OBSERVER`] reads the state back; a
/// server counts its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

impl ClientId {
    /// The connection through which the runner reads the whole state at checkpoints.
    pub const OBSERVER: ClientId = ClientId(9);

    /// One byte, which is enough for the connections of a scenario.
    pub(crate) fn byte(self) -> u8 {
        self.0.to_le_bytes()[0]
    }
}

impl From<u8> for ClientId {
    fn from(number: u8) -> Self {
        ClientId(number.into())
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// Why a subject could not go on. Under test this is a result, never something to swallow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// The connection was closed or reset while a reply was owed.
    #[error("connection lost: {0}")]
    ConnectionLost(String),
    /// The subject sent bytes that are not RESP.
    #[error("not RESP: {0}")]
    Garbage(String),
    /// The process under test is gone.
    #[error("the process under test died: {0}")]
    Died(String),
    /// No reply came within the (generous, wall clock) limit of a socket subject.
    #[error("no reply: {0}")]
    TimedOut(String),
    /// The subject refused what the toolkit itself needs (`FLUSHALL` between scenarios, say).
    #[error("refused: {0}")]
    Refused(String),
}

impl SubjectError {
    /// The kind in one word, as it stands in fingerprints.
    pub fn kind(&self) -> &'static str {
        match self {
            SubjectError::ConnectionLost(_) => "connection-lost",
            SubjectError::Garbage(_) => "garbage",
            SubjectError::Died(_) => "died",
            SubjectError::TimedOut(_) => "timed-out",
            SubjectError::Refused(_) => "refused",
        }
    }
}

/// A system under test, spoken to in events.
///
/// A blocking command gives no reply until it is served, SUBSCRIBE gives several, a push by one client may answer
/// another: so sending and receiving are apart. A subject starts empty, at [`crate::sim::EPOCH_MS`] if it has
/// [simulated time](Subject::time).
pub trait Subject {
    /// Sends one command on a client's connection, which is opened on first use.
    fn send(&mut self, client: ClientId, argv: &[Bytes]) -> Result<(), SubjectError>;

    /// Appends every reply that has become available, in the order of each client's connection. When this returns,
    /// all replies owed so far have been delivered: a client without one is blocked.
    fn poll(&mut self, events: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError>;

    /// Closes a client's connection; the next `send` opens a new one.
    fn disconnect(&mut self, client: ClientId) -> Result<(), SubjectError>;

    /// Simulated time, if the subject has it. Without it the runner skips clock moves and compares remaining times
    /// loosely.
    fn time(&mut self) -> Option<&mut dyn SimulatedTime> {
        None
    }

    /// The subject's checks of its own invariants, if it has any.
    fn white_box(&mut self) -> Option<&mut dyn WhiteBox> {
        None
    }

    /// The simulated world around the subject, if it lives in one.
    fn world(&mut self) -> Option<&mut dyn World> {
        None
    }

    /// Whether blocking commands may be sent: `false` for a subject that must answer at once.
    fn can_block(&self) -> bool {
        true
    }

    /// Whether the subject can be asked this. An engine behind typed methods has some commands, in some forms; what it
    /// does not promise is not sent, and no alarm.
    fn offers(&self, _argv: &[Bytes]) -> bool {
        true
    }
}

/// What the subject answers to one command of the observer.
pub fn ask(subject: &mut dyn Subject, words: &[&str]) -> Result<Option<Value>, SubjectError> {
    let argv: Vec<Bytes> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    let mut events = Vec::new();
    subject.send(ClientId::OBSERVER, &argv)?;
    subject.poll(&mut events)?;
    Ok(events.pop().map(|(_, value)| value))
}

/// A subject whose clock is moved by the scenario.
pub trait SimulatedTime {
    /// Moves the clock to `to_ms` (unix time in milliseconds, never backwards) and lets due timeouts fire.
    fn advance(&mut self, to_ms: u64) -> Result<(), SubjectError>;
}

/// A subject that can check its own invariants.
pub trait WhiteBox {
    /// Every invariant that does not hold, in words. Must not change anything.
    fn check(&mut self) -> Vec<String>;
}

/// Arguments as the command line of redis-cli: quoted where needed.
pub fn display_argv(argv: &[Bytes]) -> String {
    crate::scenario::text::quote_argv(argv)
}
