//! The sparse encoding: runs of equal registers.
//!
//! `00nnnnnn` is a run of n + 1 zeros, `01nnnnnn nnnnnnnn` a longer one, `1vvvvvnn` a run of n + 1 registers of value v + 1.

use super::{Corrupt, HEADER, Limits, REGISTERS, invalidate};

const MAX_VALUE: u8 = 32;
const MAX_VALUES: usize = 4;
const MAX_SHORT_ZEROS: usize = 64;
/// How many runs are looked at for neighbours that have become equal.
const MERGE_REACH: usize = 5;

/// A run of equal registers.
#[derive(Clone, Copy, Debug)]
struct Run {
    value: u8,
    len: usize,
    /// Its length in bytes.
    bytes: usize,
}

/// The run at a position within the bytes. A second byte that is missing reads as 0.
fn run_at(bytes: &[u8], at: usize) -> Run {
    let first = bytes[at];
    let low = usize::from(first & 0x3f);
    match first >> 6 {
        0 => Run { value: 0, len: low + 1, bytes: 1 },
        1 => {
            let next = bytes.get(at + 1).copied().unwrap_or(0);
            Run { value: 0, len: (low << 8 | usize::from(next)) + 1, bytes: 2 }
        }
        _ => Run { value: (first >> 2 & 0x1f) + 1, len: usize::from(first & 3) + 1, bytes: 1 },
    }
}

/// Appends a run of zeros, if it isn't empty.
pub(super) fn push_zeros(bytes: &mut Vec<u8>, len: usize) {
    let Some(rest) = len.checked_sub(1) else {
        return;
    };
    if len > MAX_SHORT_ZEROS {
        bytes.push(0x40 | (rest >> 8) as u8);
    }
    bytes.push(rest as u8);
}

/// A run of equal values other than zero.
fn values(value: u8, len: usize) -> u8 {
    0x80 | (value - 1) << 2 | (len - 1) as u8
}

/// Appends a run of any value, if it isn't empty.
fn push(bytes: &mut Vec<u8>, value: u8, len: usize) {
    match (value, len) {
        (_, 0) => (),
        (0, _) => push_zeros(bytes, len),
        _ => bytes.push(values(value, len)),
    }
}

/// All registers.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let mut registers = Vec::with_capacity(REGISTERS);
    let mut at = HEADER;
    while at < bytes.len() {
        let run = run_at(bytes, at);
        if registers.len() + run.len > REGISTERS {
            return Err(Corrupt);
        }
        registers.resize(registers.len() + run.len, run.value);
        at += run.bytes;
    }
    if registers.len() == REGISTERS { Ok(registers) } else { Err(Corrupt) }
}

/// Raises a register, if it is lower; `None` if this encoding can't hold the result.
pub(super) fn raise(bytes: &mut Vec<u8>, index: usize, rank: u8, limits: &Limits) -> Result<Option<bool>, Corrupt> {
    if rank > MAX_VALUE {
        return Ok(None);
    }
    let (mut at, mut first, mut before) = (HEADER, 0, HEADER);
    let run = loop {
        if at >= bytes.len() {
            return Err(Corrupt);
        }
        let run = run_at(bytes, at);
        if index < first + run.len {
            break run;
        }
        before = at;
        at += run.bytes;
        first += run.len;
    };
    if run.value >= rank {
        return Ok(Some(false));
    }
    let mut split = Vec::with_capacity(5);
    push(&mut split, run.value, index - first);
    push(&mut split, rank, 1);
    push(&mut split, run.value, first + run.len - index - 1);
    let len = bytes.len() + split.len() - run.bytes;
    if len > bytes.len() && len > limits.value_bytes {
        return Ok(None);
    }
    bytes.splice(at..bytes.len().min(at + run.bytes), split);
    // A run of two bytes whose second was missing counts in full.
    bytes.truncate(len);
    merge(bytes, before);
    invalidate(bytes);
    Ok(Some(true))
}

/// Joins runs of equal values from a position on, as far as a change can have made neighbours equal.
fn merge(bytes: &mut Vec<u8>, mut at: usize) {
    for _ in 0..MERGE_REACH {
        if at >= bytes.len() {
            return;
        }
        let run = run_at(bytes, at);
        let next = (at + 1 < bytes.len()).then(|| run_at(bytes, at + 1));
        match next.filter(|next| run.value > 0 && next.value == run.value) {
            Some(next) if run.len + next.len <= MAX_VALUES => {
                bytes.remove(at);
                bytes[at] = values(run.value, run.len + next.len);
            }
            _ => at += run.bytes,
        }
    }
}
