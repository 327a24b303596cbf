//! The capability of a subject that lives in a simulated world: it has a disk, can end and be opened again, and things
//! go wrong around it.

use crate::fault::Faults;
use crate::scenario::Ending;
use crate::sim::Image;

/// How a subject is after the last exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It runs.
    Running,
    /// It has ended in the middle of an operation: nobody received what it answered.
    Ended(Ending),
    /// It has stopped taking commands, because its disk failed; the reason, in its own words.
    Stopped(String),
}

/// Why a subject could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenFailure {
    /// It ended in another way before it was closed.
    #[error("it ended before it was closed")]
    NotClosed,
    /// It ended again while it recovered.
    #[error("it ended while it recovered")]
    Ended,
    /// It says that what the disk holds is damaged.
    #[error("corruption: {0}")]
    Corrupt(String),
    /// It says that somebody else has its directory.
    #[error("in use: {0}")]
    InUse(String),
    /// The disk failed while it recovered.
    #[error("input or output failed: {0}")]
    Io(String),
    /// It panicked.
    #[error("it panicked: {0}")]
    Panic(String),
}

impl OpenFailure {
    /// The kind in one word, as it stands in fingerprints.
    pub fn kind(&self) -> &'static str {
        match self {
            OpenFailure::NotClosed => "not-closed",
            OpenFailure::Ended => "ended",
            OpenFailure::Corrupt(_) => "corrupt",
            OpenFailure::InUse(_) => "in-use",
            OpenFailure::Io(_) => "io",
            OpenFailure::Panic(_) => "panic",
        }
    }
}

/// What a subject says of its log, of which it doesn't promise that it is durable at a certain time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// How many records it has.
    pub logged: u64,
    /// How many of them are durable.
    pub durable: u64,
    /// Nothing has gone wrong so far that could keep them from becoming so in time.
    pub is_calm: bool,
}

/// The world around a subject.
pub trait World {
    /// What goes wrong in it.
    fn faults(&self) -> &Faults;

    /// How many operations that change something the disk has seen so far.
    fn operations(&self) -> u64;

    /// How the subject is.
    fn condition(&self) -> Condition;

    /// Ends the subject in that way, and opens it again on what its disk then holds. With `power_off_after`, power is
    /// lost after so many more operations of the disk, which gives [`OpenFailure::Ended`] if recovery needs more.
    fn restart(&mut self, ending: Ending, power_off_after: Option<u8>) -> Result<(), OpenFailure>;

    /// What the subject's clock shows, in unix milliseconds.
    fn now_ms(&self) -> u64;

    /// Sets the clock, also backwards, and lets the subject's timer fire so many times.
    fn set_clock(&mut self, to_ms: u64, timers: u32);

    /// A number for what the disk holds: equal contents, equal numbers.
    fn disk_hash(&self) -> u64;

    /// What the subject says of its log, if that is what decides what must be found after a crash. While all is calm, its
    /// fsync policy must be kept, too.
    fn told(&self) -> Option<Told> {
        None
    }

    /// Every crash image, if they can be had.
    fn crash_images(&mut self) -> Option<&mut dyn CrashImages> {
        None
    }
}

/// A disk that tells what each crash may leave.
pub trait CrashImages {
    /// From now on, keeps what [`CrashImages::images_at`] needs.
    fn record(&mut self);

    /// Every different image that a crash may leave when the disk had seen so many operations, with words for what
    /// was lost.
    fn images_at(&self, operation: u64) -> Vec<(String, Image)>;

    /// The images of a crash now.
    fn images_now(&self) -> Vec<(String, Image)>;

    /// The disk becomes this image, and the subject is opened on it, with power for so many operations or for good.
    fn open_on(&mut self, image: &Image, power_off_after: Option<u64>) -> Result<(), OpenFailure>;
}
