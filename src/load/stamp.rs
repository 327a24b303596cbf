//! Values that say which write they are.
//!
//! A value begins with the number of its write, its own length and the place that it was written to, and goes on with
//! bytes that follow from the number: what was cut, damaged, mixed from two values or put elsewhere is told apart
//! from what was written.

use std::sync::LazyLock;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::resp::Bytes;

/// The longest value.
pub(super) const BYTES_MAX: usize = 100 << 10;

/// Where a value's bytes begin in [`NOISE`] is a number below this, a prime.
const OFFSETS: u64 = 65_521;

/// What values are cut out of.
static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut noise = vec![0; BYTES_MAX + OFFSETS as usize];
    ChaCha8Rng::seed_from_u64(0).fill_bytes(&mut noise);
    noise
});

/// Why a value is none that was written to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It was written to another place.
    Foreign,
    /// It is no value at all, or a part of one, or a damaged one.
    Damaged,
}

/// The value of a write.
pub(super) fn value(place: &str, number: u64, len: usize) -> Bytes {
    let mut value = head(place, number, len);
    let rest = len.saturating_sub(value.len());
    value.extend_from_slice(noise(number, rest));
    value
}

/// The number of the write that a value is of.
pub(super) fn read(place: &str, value: &[u8]) -> Result<u64, Flaw> {
    let mut parts = value.splitn(3, |byte| *byte == b' ');
    let mut number = || std::str::from_utf8(parts.next()?).ok()?.parse::<u64>().ok();
    let (Some(write), Some(len)) = (number(), number()) else { return Err(Flaw::Damaged) };
    let head = head(place, write, usize::try_from(len).unwrap_or(usize::MAX));
    let Some(rest) = value.strip_prefix(head.as_slice()) else { return Err(Flaw::Foreign) };
    let whole = len == value.len() as u64 && rest.len() <= BYTES_MAX && rest == noise(write, rest.len());
    if whole { Ok(write) } else { Err(Flaw::Damaged) }
}

fn head(place: &str, number: u64, len: usize) -> Bytes {
    format!("{number} {len} {place} ").into_bytes()
}

fn noise(number: u64, len: usize) -> &'static [u8] {
    let from = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % OFFSETS) as usize;
    &NOISE[from..from + len.min(BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_at_its_own_place_and_whole() {
        for len in [100, 1 << 10, BYTES_MAX] {
            let value = value("string:0", 7, len);
            assert_eq!((value.len(), read("string:0", &value)), (len, Ok(7)));
            assert_eq!(read("string:1", &value), Err(Flaw::Foreign));
            assert_eq!(read("string:0", &value[..len - 1]), Err(Flaw::Damaged));
            let mut flipped = value.clone();
            flipped[len - 1] ^= 1;
            assert_eq!(read("string:0", &flipped), Err(Flaw::Damaged));
        }
        for stranger in [&b""[..], b"7", b"7 x string:0 ", b"7 99999999999999999999 string:0 "] {
            assert_eq!(read("string:0", stranger), Err(Flaw::Damaged));
        }
        let mixed = [&value("string:0", 7, 200)[..100], &value("string:0", 8, 200)[100..]].concat();
        assert_eq!(read("string:0", &mixed), Err(Flaw::Damaged));
    }
}
