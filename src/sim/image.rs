//! Crash images: what a disk may hold when power comes back.

use std::collections::BTreeMap;
use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use twox_hash::XxHash3_64;

use super::platter::{Change, Content, FileId, Platter};
use crate::digest;

/// Disks write sectors, page caches pages, whole or not at all.
const SECTOR: usize = 512;
const PAGE: usize = 4096;

/// A write is torn at no more places than this, of each kind.
const TEARS_MAX: usize = 8;

/// The files of a disk after a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Image {
    /// Their names and contents.
    pub files: BTreeMap<String, Content>,
}

impl Image {
    /// Equal for equal images: what has been recovered once need not be again.
    pub fn hash(&self) -> u64 {
        self.files.iter().fold(self.files.len() as u64, |hash, (name, content)| {
            let mut sizes = Vec::new();
            digest::bytes(name.as_bytes(), &mut sizes);
            sizes.extend(content.len().to_le_bytes());
            XxHash3_64::oneshot_with_seed(XxHash3_64::oneshot_with_seed(hash, &sizes), content)
        })
    }

    /// How many bytes its files have together.
    pub fn len(&self) -> usize {
        self.files.values().map(|content| content.len()).sum()
    }

    /// Whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// What a crash makes of the operations that were not durable, which are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageChoice {
    /// The first so many were carried out, the others were not: from nothing to everything.
    Prefix(usize),
    /// All but this one.
    Without(usize),
    /// All that were done to files, but only those before this one of what was done to the directory.
    NamesUntil(usize),
    /// All that were done to the directory, but only those before this one of what was done to files.
    ContentsUntil(usize),
    /// All but those that changed the content of this file.
    WithoutFile(FileId),
    /// A write was carried out in part; those before it, and perhaps those after it, were carried out whole.
    Torn {
        /// Which.
        operation: usize,
        /// Where it was torn: so many bytes after its beginning.
        at: usize,
        /// What became of it.
        tear: Tear,
        /// Whether the operations after it were carried out.
        later_kept: bool,
    },
}

/// What a torn write leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    /// What comes before the tear.
    Prefix,
    /// What comes after it.
    Suffix,
    /// What comes before it, and then zeros: the file has grown before its bytes came.
    Zeros,
    /// What comes before it, and then anything.
    Garbage,
    /// What comes before it, and then the bytes that had been written last: blocks that are used again.
    Stale,
}

impl Tear {
    const ALL: [Tear; 5] = [Tear::Prefix, Tear::Suffix, Tear::Zeros, Tear::Garbage, Tear::Stale];
}

impl fmt::Display for ImageChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageChoice::Prefix(0) => write!(f, "nothing that was not synced"),
            ImageChoice::Prefix(kept) => write!(f, "the first {kept} unsynced operations"),
            ImageChoice::Without(lost) => write!(f, "all unsynced operations but number {lost}"),
            ImageChoice::NamesUntil(end) => write!(f, "all contents, and names as they were before operation {end}"),
            ImageChoice::ContentsUntil(end) => write!(f, "all names, and contents as they were before operation {end}"),
            ImageChoice::WithoutFile(file) => write!(f, "all unsynced operations but the writes to file {file}"),
            ImageChoice::Torn { operation, at, tear, later_kept } => {
                let left = match tear {
                    Tear::Prefix => "what comes before is kept",
                    Tear::Suffix => "what comes after is kept",
                    Tear::Zeros => "zeros follow",
                    Tear::Garbage => "garbage follows",
                    Tear::Stale => "old bytes follow",
                };
                let later = if *later_kept { "kept" } else { "lost" };
                write!(f, "operation {operation} torn at byte {at}, {left}; later operations {later}")
            }
        }
    }
}

impl Platter {
    /// Every way in which power can be lost now.
    pub(super) fn choices(&self) -> Vec<ImageChoice> {
        let pending = &self.pending;
        let last = pending.len().saturating_sub(1);
        let mut choices = vec![ImageChoice::Prefix(0)];
        choices.extend((1..=pending.len()).rev().map(ImageChoice::Prefix));
        choices.extend((0..last).map(ImageChoice::Without));
        if pending.iter().any(|change| change.content_of().is_none()) {
            choices.extend(pending.iter().enumerate().map(|(i, change)| match change.content_of() {
                None => ImageChoice::NamesUntil(i),
                Some(_) => ImageChoice::ContentsUntil(i),
            }));
        }
        choices.extend(self.pending_files().into_iter().map(ImageChoice::WithoutFile));
        for (operation, change) in pending.iter().enumerate() {
            let Change::Write { offset, bytes, .. } = change else { continue };
            for later_kept in [false, true].into_iter().take(if operation == last { 1 } else { 2 }) {
                choices.extend(tears(*offset, bytes.len()).map(|(at, tear)| ImageChoice::Torn {
                    operation,
                    at,
                    tear,
                    later_kept,
                }));
            }
        }
        choices
    }

    /// The files that have pending content, if there are several.
    fn pending_files(&self) -> Vec<FileId> {
        let mut files: Vec<FileId> = self.pending.iter().filter_map(Change::content_of).collect();
        files.sort_unstable();
        files.dedup();
        if files.len() > 1 { files } else { Vec::new() }
    }

    /// What the disk holds after that crash.
    pub(super) fn image(&self, choice: ImageChoice) -> Image {
        let mut tree = self.durable.clone();
        for (i, change) in self.pending.iter().enumerate() {
            let is_kept = match choice {
                ImageChoice::Prefix(kept) => i < kept,
                ImageChoice::Without(lost) => i != lost,
                ImageChoice::NamesUntil(end) => change.content_of().is_some() || i < end,
                ImageChoice::ContentsUntil(end) => change.content_of().is_none() || i < end,
                ImageChoice::WithoutFile(file) => change.content_of() != Some(file),
                ImageChoice::Torn { operation, later_kept, .. } => i < operation || (i > operation && later_kept),
            };
            match (choice, change) {
                (ImageChoice::Torn { operation, at, tear, .. }, Change::Write { file, offset, bytes })
                    if operation == i =>
                {
                    tree.apply(&torn(*file, *offset, bytes, at, tear, tree.content(*file)));
                }
                _ if is_kept => tree.apply(change),
                _ => {}
            }
        }
        tree.image()
    }
}

/// Where a write of `len` bytes at `offset` can be torn, and how.
fn tears(offset: usize, len: usize) -> impl Iterator<Item = (usize, Tear)> {
    let mut places: Vec<usize> = boundaries(offset, len, SECTOR).chain(boundaries(offset, len, PAGE)).collect();
    places.extend([0, 1, len / 2, len - 1]);
    places.sort_unstable();
    places.dedup();
    let parts = move |at: usize| Tear::ALL.into_iter().filter(move |tear| at > 0 || tear.fills()).map(move |t| (at, t));
    places.into_iter().filter(move |at| *at < len).flat_map(parts)
}

impl Tear {
    /// Whether the file becomes as long as it should.
    fn fills(self) -> bool {
        matches!(self, Tear::Zeros | Tear::Garbage | Tear::Stale)
    }
}

/// The places inside a write where one block ends and another begins: the first ones and the last one.
fn boundaries(offset: usize, len: usize, block: usize) -> impl Iterator<Item = usize> {
    let first = block - offset % block;
    let last = (offset + len - 1) / block * block;
    (first..len).step_by(block).take(TEARS_MAX).chain(last.checked_sub(offset))
}

/// What is left of a write of `bytes`; `before` is the content of its file so far.
fn torn(file: FileId, offset: usize, bytes: &[u8], at: usize, tear: Tear, before: &[u8]) -> Change {
    if tear == Tear::Suffix {
        return Change::Write { file, offset: offset + at, bytes: bytes[at..].to_vec() };
    }
    let mut left = bytes[..at].to_vec();
    let rest = bytes.len() - at;
    match tear {
        Tear::Prefix | Tear::Suffix => {}
        Tear::Zeros => left.resize(bytes.len(), 0),
        Tear::Garbage => {
            left.resize(bytes.len(), 0);
            ChaCha8Rng::seed_from_u64(offset as u64).fill_bytes(&mut left[at..]);
        }
        Tear::Stale => {
            let old = &before[before.len().saturating_sub(rest)..];
            left.extend(old);
            left.resize(bytes.len(), 0);
        }
    }
    Change::Write { file, offset, bytes: left }
}
