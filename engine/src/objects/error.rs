//! Why a log in an object store can't be opened.

use std::fmt;

use super::store::ObjectError;

/// Why an engine couldn't be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectOpenError {
    /// The store failed, again and again.
    Store {
        /// The object.
        name: String,
        /// What was asked of it: the name of the method of [`Objects`](crate::Objects).
        operation: &'static str,
        /// What it answered last.
        source: ObjectError,
    },
    /// What is stored is not what was written, and nothing explains it that was cut short.
    Corrupt {
        /// The object.
        name: String,
        /// The number of the record that is expected there; of a manifest, its number.
        seq: u64,
        /// What is wrong.
        what: ObjectCorruption,
    },
    /// Another engine is opening the store, or has just written to it.
    InUse,
}

/// What is wrong with what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectCorruption {
    /// An object is needed and isn't there.
    Missing,
    /// The content isn't what the checksum says, however often it is read.
    Damaged,
    /// It begins later than what comes before it ends.
    Hole,
    /// It begins with records that are also elsewhere.
    Overlap,
    /// It is undamaged but tells nothing that an engine writes.
    Content,
}

impl fmt::Display for ObjectOpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectOpenError::Store { name, operation, source } => write!(f, "{operation} of {name} failed: {source}"),
            ObjectOpenError::Corrupt { name, seq, what } => write!(f, "{name} is corrupt (number {seq}): {what}"),
            ObjectOpenError::InUse => f.write_str("another engine has the object store"),
        }
    }
}

impl fmt::Display for ObjectCorruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ObjectCorruption::Missing => "it is missing",
            ObjectCorruption::Damaged => "it is damaged",
            ObjectCorruption::Hole => "records are missing before it",
            ObjectCorruption::Overlap => "it repeats records of what comes before it",
            ObjectCorruption::Content => "it is undamaged but makes no sense",
        })
    }
}

impl std::error::Error for ObjectOpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ObjectOpenError::Store { source, .. } => Some(source),
            _ => None,
        }
    }
}
