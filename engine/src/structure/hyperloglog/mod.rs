//! HyperLogLogs: estimates of how many different elements were added, kept in strings of exactly the server's bytes.
//!
//! A header of 16 bytes (`HYLL`, the encoding, three bytes unused, the cached count) is followed by 16384 registers: runs
//! of equal ones while there are few changes (see [`sparse`]), later six bits each.

mod estimate;
mod sparse;

pub(crate) use estimate::estimate;

use super::Limits;

/// The number of registers; 14 bits of a hash choose one.
const REGISTERS: usize = 1 << INDEX_BITS;
const INDEX_BITS: usize = 14;
const REGISTER_BITS: usize = 6;
/// The highest register there can be: one more than the bits of a hash that choose none.
const MAX_RANK: usize = 64 - INDEX_BITS + 1;

const MAGIC: &[u8] = b"HYLL";
const ENCODING: usize = 4;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;
const CACHE: std::ops::Range<usize> = 8..16;
/// The byte of the cached count whose highest bit says that the count is out of date.
const STALE: usize = 15;
const HEADER: usize = 16;
const DENSE_BYTES: usize = HEADER + REGISTERS * REGISTER_BITS / 8;

/// The runs of a sparse HyperLogLog don't add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupt;

/// Whether a string looks like a HyperLogLog. Its runs may still be corrupt.
pub(crate) fn is_valid(bytes: &[u8]) -> bool {
    bytes.len() >= HEADER
        && bytes.starts_with(MAGIC)
        && (bytes[ENCODING] == SPARSE || (bytes[ENCODING] == DENSE && bytes.len() == DENSE_BYTES))
}

/// One without elements.
pub(crate) fn empty() -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes[..MAGIC.len()].copy_from_slice(MAGIC);
    bytes[ENCODING] = SPARSE;
    sparse::push_zeros(&mut bytes, REGISTERS);
    bytes
}

/// Whether the registers are stored one by one.
pub(crate) fn is_dense(bytes: &[u8]) -> bool {
    bytes[ENCODING] == DENSE
}

/// The count that was computed last, unless registers have changed since.
pub(crate) fn cached(bytes: &[u8]) -> Option<u64> {
    let count = bytes[CACHE].iter().rev().fold(0, |count, byte| count << 8 | u64::from(*byte));
    (bytes[STALE] < 0x80).then_some(count)
}

/// Remembers a count.
pub(crate) fn cache(bytes: &mut [u8], count: u64) {
    bytes[CACHE].copy_from_slice(&count.to_le_bytes());
}

/// Says that the cached count is out of date.
pub(crate) fn invalidate(bytes: &mut [u8]) {
    bytes[STALE] |= 0x80;
}

/// All registers.
pub(crate) fn registers(bytes: &[u8]) -> Result<Vec<u8>, Corrupt> {
    if is_dense(bytes) {
        Ok((0..REGISTERS).map(|index| dense_get(bytes, index)).collect())
    } else {
        sparse::decode(bytes)
    }
}

/// Adds an element; says whether that changed a register. `limits` holds the most bytes of the sparse encoding.
pub(crate) fn add(bytes: &mut Vec<u8>, element: &[u8], limits: &Limits) -> Result<bool, Corrupt> {
    let hash = murmur64a(element, 0xadc8_3b19);
    let index = hash as usize % REGISTERS;
    let rank = (hash >> INDEX_BITS | 1 << (64 - INDEX_BITS)).trailing_zeros() as u8 + 1;
    raise(bytes, index, rank, limits)
}

/// Raises a register to `rank`, if it is lower.
pub(crate) fn raise(bytes: &mut Vec<u8>, index: usize, rank: u8, limits: &Limits) -> Result<bool, Corrupt> {
    if is_dense(bytes) {
        return Ok(dense_raise(bytes, index, rank));
    }
    if let Some(raised) = sparse::raise(bytes, index, rank, limits)? {
        return Ok(raised);
    }
    to_dense(bytes)?;
    Ok(planted!(limits, HllPromotionLosesRegister) || dense_raise(bytes, index, rank))
}

/// Changes to the dense encoding, for good.
pub(crate) fn to_dense(bytes: &mut Vec<u8>) -> Result<(), Corrupt> {
    if is_dense(bytes) {
        return Ok(());
    }
    let registers = sparse::decode(bytes)?;
    bytes.truncate(HEADER);
    bytes.resize(DENSE_BYTES, 0);
    bytes[ENCODING] = DENSE;
    for (index, rank) in registers.into_iter().enumerate() {
        dense_raise(bytes, index, rank);
    }
    Ok(())
}

/// A register's first byte and how far it is shifted in it and the next.
fn dense_place(index: usize) -> (usize, usize) {
    let bit = index * REGISTER_BITS;
    (HEADER + bit / 8, bit % 8)
}

fn dense_get(bytes: &[u8], index: usize) -> u8 {
    let (at, shift) = dense_place(index);
    let next = bytes.get(at + 1).copied().unwrap_or(0);
    (u16::from_le_bytes([bytes[at], next]) >> shift) as u8 & 0x3f
}

fn dense_raise(bytes: &mut [u8], index: usize, rank: u8) -> bool {
    if dense_get(bytes, index) >= rank {
        return false;
    }
    let (at, shift) = dense_place(index);
    let next = bytes.get(at + 1).copied().unwrap_or(0);
    let pair = u16::from_le_bytes([bytes[at], next]) & !(0x3f << shift) | u16::from(rank) << shift;
    let [low, high] = pair.to_le_bytes();
    bytes[at] = low;
    if let Some(next) = bytes.get_mut(at + 1) {
        *next = high;
    }
    true
}

/// MurmurHash64A.
fn murmur64a(key: &[u8], seed: u64) -> u64 {
    const FACTOR: u64 = 0xc6a4_a793_5bd1_e995;
    let mix = |word: u64| word ^ word >> 47;
    let (words, tail) = key.as_chunks::<8>();
    let mut hash = seed ^ (key.len() as u64).wrapping_mul(FACTOR);
    for word in words {
        let word = u64::from_le_bytes(*word).wrapping_mul(FACTOR);
        hash = (hash ^ mix(word).wrapping_mul(FACTOR)).wrapping_mul(FACTOR);
    }
    if !tail.is_empty() {
        let last = tail.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        hash = (hash ^ last).wrapping_mul(FACTOR);
    }
    mix(mix(hash).wrapping_mul(FACTOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_hold_the_same_registers() {
        let (mut sparse, mut dense) = (empty(), empty());
        to_dense(&mut dense).unwrap();
        let limits = Limits::new(usize::MAX, usize::MAX);
        for n in 0..2000 {
            let element = format!("element {n}");
            let raised = add(&mut sparse, element.as_bytes(), &limits);
            assert_eq!(raised, add(&mut dense, element.as_bytes(), &limits));
        }
        assert!(!is_dense(&sparse));
        assert_eq!(registers(&sparse), registers(&dense));
        assert_eq!(estimate(&registers(&dense).unwrap()), 1988);
    }

    #[test]
    fn a_sparse_one_grows_up_to_its_limit() {
        let mut bytes = empty();
        let limits = Limits::new(usize::MAX, 100);
        let mut longest = 0;
        for n in 0..1000 {
            add(&mut bytes, format!("{n}").as_bytes(), &limits).unwrap();
            if !is_dense(&bytes) {
                longest = longest.max(bytes.len());
            }
        }
        assert_eq!((longest, bytes.len()), (100, DENSE_BYTES));
    }

    #[test]
    fn runs_must_add_up() {
        for runs in [&[][..], &[0x7f], &[0x7f, 0xff, 0x00], &[0x7f, 0xfe], &[0xff, 0x7f, 0xff]] {
            let bytes = [&empty()[..HEADER], runs].concat();
            assert!(is_valid(&bytes));
            assert_eq!(registers(&bytes), Err(Corrupt), "{runs:x?}");
        }
    }
}
