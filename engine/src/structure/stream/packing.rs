//! How many bytes things take in the server's listpacks, which decide where one node of a stream ends.

use crate::number;

/// The header and the end mark of a listpack.
pub(super) const FRAME: usize = 7;

/// An integer.
pub(super) fn integer(n: i64) -> usize {
    with_back_length(match n {
        0..=127 => 1,
        -4096..=4095 => 2,
        -32_768..=32_767 => 3,
        -8_388_608..=8_388_607 => 4,
        -2_147_483_648..=2_147_483_647 => 5,
        _ => 9,
    })
}

/// A string, which is stored as an integer if it looks like one.
pub(super) fn text(bytes: &[u8]) -> usize {
    match (number::parse_i64(bytes), bytes.len()) {
        (Some(n), _) => integer(n),
        (None, len @ ..=63) => with_back_length(1 + len),
        (None, len @ ..=4095) => with_back_length(2 + len),
        (None, len) => with_back_length(5 + len),
    }
}

/// Every element ends with its own length, for walks from the end.
fn with_back_length(len: usize) -> usize {
    len + match len {
        ..=127 => 1,
        128..16_383 => 2,
        16_383..2_097_151 => 3,
        2_097_151..268_435_455 => 4,
        _ => 5,
    }
}
