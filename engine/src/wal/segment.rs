//! Segments: the files of the log. Each has a header with the number of its first record, which is its name, too.

use super::record::{u32_at, u64_at};

const MAGIC: &[u8; 8] = b"respwal\n";
const VERSION: u32 = 1;
pub(super) const HEADER_BYTES: usize = 24;

/// No log comes that far: what is numbered so is no file of a log.
const SEQ_END: u64 = 1 << 62;

/// The name of the segment that begins with this record.
pub(super) fn name(first: u64) -> String {
    format!("wal-{first:020}.log")
}

/// The first record of the segment of that name.
pub(super) fn first_of(name: &str) -> Option<u64> {
    number(name, "wal-", ".log")
}

/// The number between these ends of a name, of 20 digits.
pub(super) fn number(name: &str, before: &str, after: &str) -> Option<u64> {
    let digits = name.strip_prefix(before)?.strip_suffix(after)?;
    let is_padded = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_padded && (1..SEQ_END).contains(number))
}

/// What a segment begins with.
pub(super) fn header(first: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&first.to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

/// The first record of a segment as its header tells it, if that is sound.
pub(super) fn read_header(bytes: &[u8]) -> Option<u64> {
    let crc = u32_at(bytes, HEADER_BYTES - 4)?;
    let covered = &bytes[..HEADER_BYTES - 4];
    let is_sound = crc32fast::hash(covered) == crc && covered.starts_with(MAGIC) && u32_at(covered, 8) == Some(VERSION);
    if is_sound { u64_at(covered, 12) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_headers_tell_the_first_record() {
        assert_eq!(first_of(&name(7)), Some(7));
        assert_eq!(read_header(&header(7)), Some(7));
        for wrong in ["wal-7.log", "wal-00000000000000000007.log.tmp", "wal-+0000000000000000007.log"] {
            assert_eq!(first_of(wrong), None);
        }
        assert_eq!(read_header(&header(7)[1..]), None);
    }
}
