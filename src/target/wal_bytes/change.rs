//! What is done to the files of a log.

use std::ops::Range;

use crate::sim::{Content, Image};
use crate::subject::log::{Log, LogPart};

pub(super) const CHANGE_BYTES: usize = 8;

/// Parts from here on are counted from the last one backwards.
pub(super) const FROM_THE_END: u16 = 0x8000;

/// A number that a length or a count must not be believed to be.
const EDGES: [u32; 8] = [0, 1, 23, 0x00ff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffe8, 0xffff_ffff];

/// What one change does to a range of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Flips a bit at its point.
    Flip,
    /// Sets the byte at its point.
    Set,
    /// Ends the file at its point.
    Cut,
    /// Makes zeros of it.
    Zero,
    /// Takes it out.
    Remove,
    /// Puts it in a second time.
    Duplicate,
    /// Exchanges it with as much that follows.
    Swap,
    /// Puts bytes in at its point.
    Insert,
    /// Writes an edge of the numbers at its point.
    Number,
    /// Removes the file.
    RemoveFile,
    /// Puts the content of another file in its place.
    CopyFile,
    /// Puts bytes at the end of the file.
    Extend,
}

impl Operation {
    pub(super) const ALL: [Operation; 12] = [
        Operation::Flip,
        Operation::Set,
        Operation::Cut,
        Operation::Zero,
        Operation::Remove,
        Operation::Duplicate,
        Operation::Swap,
        Operation::Insert,
        Operation::Number,
        Operation::RemoveFile,
        Operation::CopyFile,
        Operation::Extend,
    ];
}

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub operation: Operation,
    /// Whether its place is counted in parts of the log, not in bytes.
    pub by_parts: bool,
    /// Whether all checksums are made right after it.
    pub fixes: bool,
    /// Which file, by its place among the names.
    pub file: u8,
    /// Where.
    pub at: u16,
    /// How much, and how far into it its point is.
    pub extent: u16,
    /// Which byte, bit or number.
    pub value: u16,
}

impl Change {
    pub(super) fn decode(bytes: &[u8]) -> Change {
        let number = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        Change {
            operation: Operation::ALL[usize::from(bytes[0] & 0x3f) % Operation::ALL.len()],
            by_parts: bytes[0] & 0x80 != 0,
            fixes: bytes[0] & 0x40 != 0,
            file: bytes[1],
            at: number(2),
            extent: number(4),
            value: number(6),
        }
    }

    pub(super) fn encode(&self) -> [u8; CHANGE_BYTES] {
        let operation = Operation::ALL.iter().position(|operation| *operation == self.operation).unwrap_or(0) as u8;
        let head = operation | if self.by_parts { 0x80 } else { 0 } | if self.fixes { 0x40 } else { 0 };
        let mut bytes = [head, self.file, 0, 0, 0, 0, 0, 0];
        bytes[2..4].copy_from_slice(&self.at.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.extent.to_le_bytes());
        bytes[6..8].copy_from_slice(&self.value.to_le_bytes());
        bytes
    }

    /// Changes a file; checksums are somebody else's.
    pub(super) fn apply(&self, log: &dyn Log, image: &mut Image) {
        let names: Vec<String> = image.files.keys().cloned().collect();
        if names.is_empty() {
            return;
        }
        let name = &names[usize::from(self.file) % names.len()];
        let parts = if self.by_parts { log.parts(image) } else { Vec::new() };
        let other = image.files[&names[usize::from(self.at) % names.len()]].clone();
        let Some(content) = image.files.get_mut(name) else { return };
        match self.operation {
            Operation::RemoveFile => drop(image.files.remove(name)),
            Operation::CopyFile => *content = other,
            _ => {
                let parts: Vec<_> = parts.iter().filter(|part| part.file == *name).collect();
                let place = self.place(content.len(), &parts);
                self.edit(Content::make_mut(content), place);
            }
        }
    }

    fn place(&self, len: usize, parts: &[&LogPart]) -> Range<usize> {
        let (at, extent) = (usize::from(self.at), usize::from(self.extent));
        if parts.is_empty() {
            let start = at % (len + 1);
            return start..(start + 1 + extent % 64).min(len);
        }
        let first = match self.at.checked_sub(FROM_THE_END) {
            Some(back) => parts.len() - 1 - usize::from(back) % parts.len(),
            None => at % parts.len(),
        };
        let last = (first + extent % 3).min(parts.len() - 1);
        parts[first].at.start..parts[last].at.end
    }

    fn edit(&self, content: &mut Vec<u8>, place: Range<usize>) {
        let far = if self.by_parts { usize::from(self.extent / 4) % place.len().max(1) } else { 0 };
        let point = place.start + far;
        let [byte, more] = self.value.to_le_bytes();
        match self.operation {
            Operation::Flip => content.iter_mut().skip(point).take(1).for_each(|b| *b ^= 1 << (byte % 8)),
            Operation::Set => content.iter_mut().skip(point).take(1).for_each(|b| *b = byte),
            Operation::Cut => content.truncate(point),
            Operation::Zero => content[place].fill(0),
            Operation::Remove => drop(content.drain(place)),
            Operation::Duplicate => {
                let copy = content[place.clone()].to_vec();
                content.splice(place.end..place.end, copy);
            }
            Operation::Swap => {
                let end = (place.end + place.len()).min(content.len());
                content[place.start..end].rotate_left(place.len());
            }
            Operation::Insert => drop(content.splice(point..point, vec![byte; 1 + usize::from(more % 32)])),
            Operation::Number => {
                let edge = EDGES[usize::from(byte) % EDGES.len()].to_le_bytes();
                content.iter_mut().skip(point).zip(edge).for_each(|(b, new)| *b = new);
            }
            Operation::Extend => content.resize(content.len() + 1 + usize::from(more % 64), byte),
            Operation::RemoveFile | Operation::CopyFile => {}
        }
    }
}
