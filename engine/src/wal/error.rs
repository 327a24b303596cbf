//! Why a log can't be opened.

use std::{fmt, io};

/// Why an engine couldn't be opened.
#[derive(Debug)]
pub enum OpenError {
    /// Another engine has the storage.
    InUse,
    /// The storage failed.
    Io {
        /// The file; empty for the directory.
        file: String,
        /// What was asked of it: the name of the method of [`Storage`](crate::Storage).
        operation: &'static str,
        /// What it answered.
        source: io::Error,
    },
    /// What is stored is not what was written, and no crash explains it.
    Corrupt(Corruption),
}

/// What is wrong with what is stored, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// The file.
    pub file: String,
    /// The place in it, in bytes.
    pub offset: u64,
    /// The number of the record that is expected there; of a snapshot, the last record that it covers.
    pub seq: u64,
    /// What is wrong.
    pub what: CorruptionKind,
}

/// What is wrong with what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorruptionKind {
    /// A segment doesn't begin as segments do.
    Header,
    /// A record is damaged or missing although later ones tell that it was durable.
    Record,
    /// Records are missing between two segments.
    Hole,
    /// A segment begins with records that the one before it has, too.
    Overlap,
    /// A record is undamaged but tells nothing that an engine writes.
    Content,
    /// A snapshot is damaged.
    Snapshot,
    /// The segment is missing that a snapshot or its name says is there.
    Missing,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::InUse => write!(f, "the storage is in use by another engine"),
            OpenError::Io { file, operation, source } if file.is_empty() => {
                write!(f, "{operation} of the directory failed: {source}")
            }
            OpenError::Io { file, operation, source } => write!(f, "{operation} of {file} failed: {source}"),
            OpenError::Corrupt(corruption) => corruption.fmt(f),
        }
    }
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Corruption { file, offset, seq, what } = self;
        let what = match what {
            CorruptionKind::Header => "the header of the segment is damaged",
            CorruptionKind::Record => "the record is damaged or missing, but later ones tell that it was durable",
            CorruptionKind::Hole => "records are missing before the next segment",
            CorruptionKind::Overlap => "the segment repeats records of the one before it",
            CorruptionKind::Content => "the record is undamaged but makes no sense",
            CorruptionKind::Snapshot => "the snapshot is damaged",
            CorruptionKind::Missing => "the segment is missing",
        };
        write!(f, "{file} is corrupt at byte {offset} (record {seq}): {what}")
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OpenError::Io { source, .. } => Some(source),
            OpenError::Corrupt(corruption) => Some(corruption),
            OpenError::InUse => None,
        }
    }
}

impl std::error::Error for Corruption {}

impl OpenError {
    /// Makes an error of the storage one of opening it.
    pub(super) fn io(file: &str, operation: &'static str) -> impl FnOnce(io::Error) -> OpenError {
        move |source| OpenError::Io { file: file.to_owned(), operation, source }
    }

    pub(super) fn corrupt(file: &str, offset: usize, seq: u64, what: CorruptionKind) -> OpenError {
        OpenError::Corrupt(Corruption { file: file.to_owned(), offset: offset as u64, seq, what })
    }
}
