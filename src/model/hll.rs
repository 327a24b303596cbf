//! A HyperLogLog as the server keeps it: a string with a header and 16384 registers, dense (six bits each) or sparse
//! (runs). Clients can read and write these bytes as any string's, so runs are split and merged exactly as there.

use super::Error;
use crate::resp::Bytes;

/// The lowest bits of an element's hash that choose its register.
const INDEX_BITS: u32 = 14;
pub(super) const REGISTERS: usize = 1 << INDEX_BITS;
/// What is left of the hash for counting zeros.
const COUNTED_BITS: usize = 64 - INDEX_BITS as usize;

const HEADER_BYTES: usize = 16;
const DENSE_BYTES: usize = HEADER_BYTES + REGISTERS * 6 / 8;

const DENSE: u8 = 0;
const SPARSE: u8 = 1;

/// Where the header says how the registers are kept.
const ENCODING_AT: usize = 4;
/// Where the header caches the cardinality, in eight bytes, the lowest first.
const CACHE_AT: usize = 8;
/// The bit of the cache's last byte that makes it invalid.
const STALE: u8 = 0x80;

/// The longest run of zeros that takes one byte.
const ZERO_RUN_MAX: usize = 64;
/// The longest run of another value.
const VALUE_RUN_MAX: usize = 4;
/// The largest value that runs can hold.
const RUN_VALUE_MAX: u8 = 32;

/// Registers of the same value, one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    value: u8,
    len: usize,
    /// One byte: `00llllll` zeros, `1vvvvvll` values; or two: `01llllll llllllll` zeros.
    bytes: usize,
}

impl Run {
    /// The run at the start of these bytes, which are not empty. The server reads on into the NUL after a string.
    fn read(bytes: &[u8]) -> Run {
        let first = bytes[0];
        let low = usize::from(first & 0x3f);
        match first >> 6 {
            0 => Run { value: 0, len: low + 1, bytes: 1 },
            1 => Run { value: 0, len: (low << 8 | usize::from(bytes.get(1).copied().unwrap_or(0))) + 1, bytes: 2 },
            _ => Run { value: (first >> 2 & 0x1f) + 1, len: usize::from(first & 3) + 1, bytes: 1 },
        }
    }

    /// Nothing, if there is nothing to write.
    fn write(value: u8, len: usize, out: &mut Bytes) {
        let Some(low) = len.checked_sub(1) else { return };
        match value {
            0 if len <= ZERO_RUN_MAX => out.push(low as u8),
            0 => out.extend([0x40 | (low >> 8) as u8, low as u8]),
            _ => out.push(0x80 | (value - 1) << 2 | low as u8),
        }
    }
}

/// The value of every register.
pub(super) type Registers = Vec<u8>;

/// A string that holds a HyperLogLog.
#[derive(Clone, Debug)]
pub(super) struct Hll {
    bytes: Bytes,
    overran: bool,
    /// The longest sparse one: the server's `hll-sparse-max-bytes`, header included.
    sparse_bytes: usize,
}

impl Hll {
    /// Sparse, all registers zero.
    pub(super) fn empty(sparse_bytes: usize) -> Hll {
        let mut bytes = b"HYLL\x01".to_vec();
        bytes.resize(HEADER_BYTES, 0);
        let mut registers = Bytes::new();
        Run::write(0, REGISTERS, &mut registers);
        bytes.extend(registers);
        Hll { bytes, overran: false, sparse_bytes }
    }

    /// Only the header and a dense one's length are looked at here.
    pub(super) fn parse(bytes: &Bytes, sparse_bytes: usize) -> Result<Hll, Error> {
        let valid = bytes.len() >= HEADER_BYTES
            && bytes.starts_with(b"HYLL")
            && match bytes[ENCODING_AT] {
                DENSE => bytes.len() == DENSE_BYTES,
                encoding => encoding == SPARSE,
            };
        if valid { Ok(Hll { bytes: bytes.clone(), overran: false, sparse_bytes }) } else { Err(Error::NotHll) }
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Whether corrupted runs made the server write past the string's end: what it reads there later, nobody knows.
    pub(super) fn has_overrun(&self) -> bool {
        self.overran
    }

    pub(super) fn is_dense(&self) -> bool {
        self.bytes[ENCODING_AT] == DENSE
    }

    /// The cardinality that was counted last, if nothing has been added since.
    pub(super) fn cached(&self) -> Option<u64> {
        let bytes: [u8; 8] = self.bytes[CACHE_AT..HEADER_BYTES].try_into().ok()?;
        (bytes[7] & STALE == 0).then(|| u64::from_le_bytes(bytes))
    }

    pub(super) fn cache(&mut self, cardinality: u64) {
        self.bytes[CACHE_AT..HEADER_BYTES].copy_from_slice(&cardinality.to_le_bytes());
    }

    pub(super) fn forget_cached(&mut self) {
        self.bytes[HEADER_BYTES - 1] |= STALE;
    }

    /// The runs of a sparse one, as far as the bytes go.
    fn runs(&self) -> Vec<Run> {
        let mut rest = &self.bytes[HEADER_BYTES..];
        let mut runs = Vec::new();
        while !rest.is_empty() {
            let run = Run::read(rest);
            rest = &rest[run.bytes.min(rest.len())..];
            runs.push(run);
        }
        runs
    }

    /// All registers; an error where the runs of a sparse one don't add up.
    pub(super) fn registers(&self) -> Result<Registers, Error> {
        if self.is_dense() {
            return Ok((0..REGISTERS).map(|i| self.dense(i)).collect());
        }
        let mut registers = vec![0; REGISTERS];
        let mut at = 0;
        for run in self.runs() {
            registers.get_mut(at..at + run.len).ok_or(Error::CorruptedHll)?.fill(run.value);
            at += run.len;
        }
        if at == REGISTERS { Ok(registers) } else { Err(Error::CorruptedHll) }
    }

    /// How many registers have each value; an error where the runs of a sparse one don't add up.
    pub(super) fn histogram(&self) -> Result<[usize; 64], Error> {
        if self.is_dense() {
            return Ok(histogram(&self.registers()?));
        }
        let mut counts = [0; 64];
        for run in self.runs() {
            counts[usize::from(run.value)] += run.len;
        }
        if counts.iter().sum::<usize>() == REGISTERS { Ok(counts) } else { Err(Error::CorruptedHll) }
    }

    /// The runs of a sparse one for people: `z:` and `Z:` zeros, `v:` a value and how many have it.
    pub(super) fn spell_runs(&self) -> String {
        let spell = |run: Run| match (run.value, run.bytes) {
            (0, 1) => format!("z:{}", run.len),
            (0, _) => format!("Z:{}", run.len),
            (value, _) => format!("v:{value},{}", run.len),
        };
        self.runs().into_iter().map(spell).collect::<Vec<_>>().join(" ")
    }

    /// Adds an element: whether a register changed.
    pub(super) fn add(&mut self, element: &[u8]) -> Result<bool, Error> {
        let (index, value) = place(element);
        self.raise(index, value)
    }

    /// Gives a register this value, if its own is smaller: whether it was.
    pub(super) fn raise(&mut self, index: usize, value: u8) -> Result<bool, Error> {
        if self.is_dense() { Ok(self.raise_dense(index, value)) } else { self.raise_sparse(index, value) }
    }

    fn raise_dense(&mut self, index: usize, value: u8) -> bool {
        let raises = value > self.dense(index);
        if raises {
            self.set_dense(index, value);
        }
        raises
    }

    /// Six bits that may lie in two bytes, the lower ones first.
    fn dense(&self, index: usize) -> u8 {
        let (byte, shift) = (HEADER_BYTES + index * 6 / 8, index * 6 % 8);
        let pair = u16::from_le_bytes([self.bytes[byte], self.bytes.get(byte + 1).copied().unwrap_or(0)]);
        (pair >> shift) as u8 & 0x3f
    }

    fn set_dense(&mut self, index: usize, value: u8) {
        let (byte, shift) = (HEADER_BYTES + index * 6 / 8, index * 6 % 8);
        let pair = u16::from_le_bytes([self.bytes[byte], self.bytes.get(byte + 1).copied().unwrap_or(0)]);
        let pair = (pair & !(0x3f << shift) | u16::from(value) << shift).to_le_bytes();
        self.bytes[byte] = pair[0];
        if let Some(next) = self.bytes.get_mut(byte + 1) {
            *next = pair[1];
        }
    }

    /// Makes a sparse one dense.
    pub(super) fn make_dense(&mut self) -> Result<(), Error> {
        if self.is_dense() {
            return Ok(());
        }
        let registers = self.registers()?;
        self.bytes[ENCODING_AT] = DENSE;
        self.bytes.truncate(HEADER_BYTES);
        self.bytes.resize(DENSE_BYTES, 0);
        registers.into_iter().enumerate().for_each(|(i, value)| self.set_dense(i, value));
        Ok(())
    }

    fn raise_sparse(&mut self, index: usize, value: u8) -> Result<bool, Error> {
        if value > RUN_VALUE_MAX {
            return self.promote(index, value);
        }
        let Found { previous_at, at, run, first } = self.find_run(index).ok_or(Error::CorruptedHll)?;
        if run.value >= value {
            return Ok(false);
        }
        let mut split = Bytes::new();
        Run::write(run.value, index - first, &mut split);
        Run::write(value, 1, &mut split);
        Run::write(run.value, first + run.len - 1 - index, &mut split);
        let grows = split.len() > run.bytes;
        if grows && self.bytes.len() + split.len() - run.bytes > self.sparse_bytes {
            return self.promote(index, value);
        }
        if at + run.bytes > self.bytes.len() {
            // The run's second byte was the NUL after the string: there its successor's last one goes.
            split.pop();
            self.overran = true;
        }
        let end = (at + run.bytes).min(self.bytes.len());
        self.bytes.splice(at..end, split);
        self.merge_values(previous_at);
        self.forget_cached();
        Ok(true)
    }

    fn promote(&mut self, index: usize, value: u8) -> Result<bool, Error> {
        self.make_dense()?;
        Ok(self.raise_dense(index, value))
    }

    /// The run that covers a register.
    fn find_run(&self, index: usize) -> Option<Found> {
        let (mut previous_at, mut at, mut first) = (HEADER_BYTES, HEADER_BYTES, 0);
        while at < self.bytes.len() {
            let run = Run::read(&self.bytes[at..]);
            if index < first + run.len {
                return Some(Found { previous_at, at, run, first });
            }
            (previous_at, at, first) = (at, at + run.bytes, first + run.len);
        }
        None
    }

    /// Joins neighbours of the same value, among five runs from here on: more cannot have changed. Runs of zeros are
    /// never joined.
    fn merge_values(&mut self, mut at: usize) {
        let mut left = 5;
        while at < self.bytes.len() && left > 0 {
            left -= 1;
            let run = Run::read(&self.bytes[at..]);
            if run.value > 0 && at + 1 < self.bytes.len() {
                let next = Run::read(&self.bytes[at + 1..]);
                let len = run.len + next.len;
                if next.value == run.value && len <= VALUE_RUN_MAX {
                    let mut joined = Bytes::new();
                    Run::write(run.value, len, &mut joined);
                    self.bytes.splice(at..at + 2, joined);
                    continue;
                }
            }
            at += run.bytes;
        }
    }
}

/// The run that covers a register.
struct Found {
    /// Where the run before it begins, or the first of all.
    previous_at: usize,
    at: usize,
    run: Run,
    /// The first register that it covers.
    first: usize,
}

/// How many of these registers have each value.
pub(super) fn histogram(registers: &[u8]) -> [usize; 64] {
    let mut counts = [0; 64];
    registers.iter().for_each(|&value| counts[usize::from(value)] += 1);
    counts
}

/// The estimator of Otmar Ertl's "New cardinality estimation algorithms for HyperLogLog sketches".
pub(super) fn estimate(counts: &[usize; 64]) -> u64 {
    const ALPHA_INF: f64 = 0.721_347_520_444_481_7;
    let m = REGISTERS as f64;
    let mut z = m * tau((m - counts[COUNTED_BITS + 1] as f64) / m);
    for value in (1..=COUNTED_BITS).rev() {
        z = (z + counts[value] as f64) * 0.5;
    }
    z += m * sigma(counts[0] as f64 / m);
    (ALPHA_INF * m * m / z).round() as u64
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let last = z;
        z += x * y;
        y += y;
        if z == last {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let last = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == last {
            return z / 3.0;
        }
    }
}

/// An element's register and the value that it asks for: one more than its hash has zeros before the first one.
fn place(element: &[u8]) -> (usize, u8) {
    let hash = murmur_hash_64a(element);
    let counted = hash >> INDEX_BITS | 1 << COUNTED_BITS;
    (hash as usize % REGISTERS, counted.trailing_zeros() as u8 + 1)
}

/// Austin Appleby's MurmurHash64A with the server's seed.
fn murmur_hash_64a(bytes: &[u8]) -> u64 {
    const SEED: u64 = 0xadc8_3b19;
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    const R: u32 = 47;
    let mut hash = SEED ^ (bytes.len() as u64).wrapping_mul(M);
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        let mut k = u64::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> R;
        hash = (hash ^ k.wrapping_mul(M)).wrapping_mul(M);
    }
    if !tail.is_empty() {
        let rest = tail.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
        hash = (hash ^ rest).wrapping_mul(M);
    }
    hash ^= hash >> R;
    hash = hash.wrapping_mul(M);
    hash ^ hash >> R
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPARSE_BYTES_MAX: usize = 3000;

    #[test]
    fn runs_are_split_and_joined_as_on_the_server() {
        let mut hll = Hll::empty(SPARSE_BYTES_MAX);
        assert_eq!(hll.add(b"a"), Ok(true));
        assert_eq!(hll.bytes[HEADER_BYTES..], *b"q\xa6\x84NW");
        assert_eq!(hll.add(b"a"), Ok(false));
        let mut hll = Hll::empty(SPARSE_BYTES_MAX);
        for index in [10, 12, 11, 13, 14] {
            assert_eq!(hll.raise(index, 3), Ok(true));
        }
        assert_eq!(hll.bytes[HEADER_BYTES..][..4], [9, 0x80 | 2 << 2 | 3, 0x80 | 2 << 2, 0x7f]);
    }

    #[test]
    fn a_value_too_large_for_runs_and_too_many_bytes_make_it_dense() {
        let mut hll = Hll::empty(SPARSE_BYTES_MAX);
        assert_eq!((hll.raise(5, 33), hll.is_dense(), hll.dense(5)), (Ok(true), true, 33));
        let mut hll = Hll::empty(SPARSE_BYTES_MAX);
        let mut longest = 0;
        for index in (0..REGISTERS).step_by(3) {
            longest = longest.max(if hll.is_dense() { 0 } else { hll.bytes.len() });
            assert_eq!(hll.raise(index, 1), Ok(true));
        }
        assert!(hll.is_dense() && hll.bytes.len() == DENSE_BYTES);
        assert!((SPARSE_BYTES_MAX - 2..=SPARSE_BYTES_MAX).contains(&longest), "{longest}");
    }

    #[test]
    fn registers_survive_the_change_of_their_encoding() {
        let mut sparse = Hll::empty(SPARSE_BYTES_MAX);
        for i in 0..500u32 {
            sparse.add(&i.to_le_bytes()).unwrap();
        }
        let mut dense = sparse.clone();
        dense.make_dense().unwrap();
        assert_eq!(sparse.registers(), dense.registers());
        assert_eq!(sparse.histogram(), dense.histogram());
    }
}
