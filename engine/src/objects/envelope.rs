//! What every object is wrapped in, by which it is seen whether it is whole and undamaged.
//!
//! `magic, len u64, crc32 u32 of these, crc32 u32 of the body, body`, all little-endian. The header has a checksum of its
//! own so that an object that was cut short can be told from a damaged one: no change of one byte makes a whole one look
//! cut.

use super::store::{ObjectError, Objects};
use crate::config::Config;

const HEADER_BYTES: usize = 24;

/// Of snapshots.
pub(super) const SNAPSHOT: &[u8; 8] = b"respobjp";

/// Why an object isn't what was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Only the first bytes of it were ever stored.
    Cut,
    /// It was changed.
    Damaged,
}

/// Why an object could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Store(ObjectError),
    Broken(Broken),
}

/// Wraps a body up.
pub(super) fn seal(magic: &[u8; 8], body: &[u8]) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// The body of an object.
pub(super) fn open<'a>(magic: &[u8; 8], bytes: &'a [u8], config: &Config) -> Result<&'a [u8], Broken> {
    let (header, body) = bytes.split_at_checked(HEADER_BYTES).ok_or(Broken::Cut)?;
    if planted!(config, ObjectsChecksumIgnored) {
        return Ok(body);
    }
    let is_sound = header.starts_with(magic) && u32_at(header, 16) == crc32fast::hash(&header[..16]);
    let declared = u64::from_le_bytes(header[8..16].try_into().unwrap_or_default());
    match (body.len() as u64).cmp(&declared) {
        _ if !is_sound => Err(Broken::Damaged),
        std::cmp::Ordering::Less => Err(Broken::Cut),
        std::cmp::Ordering::Equal if u32_at(header, 20) == crc32fast::hash(body) => Ok(body),
        _ => Err(Broken::Damaged),
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap_or_default())
}

/// Reads an object until what comes is sound: what is damaged may only have been so on its way.
pub(super) fn read<T>(
    objects: &mut dyn Objects,
    name: &str,
    attempts: u32,
    parse: impl Fn(&[u8]) -> Result<T, Broken>,
) -> Result<T, Unread> {
    let mut unread = Unread::Store(ObjectError::TimedOut);
    for _ in 0..attempts {
        match objects.get(name) {
            Ok(bytes) => match parse(&bytes) {
                Ok(parsed) => return Ok(parsed),
                Err(Broken::Cut) => return Err(Unread::Broken(Broken::Cut)),
                Err(Broken::Damaged) => unread = Unread::Broken(Broken::Damaged),
            },
            Err(ObjectError::NotFound) => return Err(Unread::Store(ObjectError::NotFound)),
            Err(error) => unread = Unread::Store(error),
        }
    }
    Err(unread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_told_from_what_is_damaged() {
        let magic = b"respobj\n";
        let config = Config::default();
        let whole = seal(magic, b"the body");
        assert_eq!(open(magic, &whole, &config), Ok(&b"the body"[..]));
        for len in 0..whole.len() {
            assert_eq!(open(magic, &whole[..len], &config), Err(Broken::Cut));
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[at] ^= 1 << bit;
                assert_eq!(open(magic, &damaged, &config), Err(Broken::Damaged), "byte {at}");
            }
        }
    }
}
