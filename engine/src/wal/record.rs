//! Records: what the log is made of.
//!
//! `len u32, crc32 u32, seq u64, synced u64, payload`, all little-endian. The checksum covers everything but itself.

use crate::config::Config;

pub(super) const HEADER_BYTES: usize = 24;

/// One record of a log, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub seq: u64,
    /// The last record that was known to be durable when this one was written.
    pub synced: u64,
    pub payload: &'a [u8],
}

impl<'a> Record<'a> {
    /// How many bytes it takes.
    pub fn len(&self) -> usize {
        HEADER_BYTES + self.payload.len()
    }

    pub fn write(&self, out: &mut Vec<u8>, config: &Config) {
        let len = self.payload.len() as u32;
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&self.checksum(len, config).to_le_bytes());
        out.extend_from_slice(&self.seq.to_le_bytes());
        out.extend_from_slice(&self.synced.to_le_bytes());
        out.extend_from_slice(self.payload);
    }

    /// The record at the start of these bytes, if there is a whole and sound one.
    pub fn read(bytes: &'a [u8], config: &Config) -> Option<Record<'a>> {
        let (record, len, crc) = Record::read_unchecked(bytes, config)?;
        (crc == record.checksum(len, config) || planted!(config, WalCrcUnchecked)).then_some(record)
    }

    /// The record at the start of these bytes as its header describes it, with the length and the checksum told there.
    fn read_unchecked(bytes: &'a [u8], config: &Config) -> Option<(Record<'a>, u32, u32)> {
        let (header, rest) = bytes.split_at_checked(HEADER_BYTES)?;
        let (len, crc) = (u32_at(header, 0)?, u32_at(header, 4)?);
        let (seq, synced) = (u64_at(header, 8)?, u64_at(header, 16)?);
        let bytes_told = usize::try_from(len).ok()?;
        if planted!(config, WalLengthBelieved) {
            drop(Vec::<u8>::with_capacity(bytes_told));
        }
        let is_cut = planted!(config, WalCrcWithoutLength);
        let payload = rest.get(..bytes_told).or_else(|| is_cut.then_some(rest))?;
        Some((Record { seq, synced, payload }, len, crc))
    }

    /// Whether a sound record behind the start of these bytes says that the record `missing` was durable. The bytes at the
    /// start are not sound, so where the next record begins is unknown: every place is tried.
    pub fn vouches(bytes: &[u8], missing: u64, config: &Config) -> bool {
        // Each place costs a checksum of as many bytes as it says; so many times the whole is enough.
        let mut budget = bytes.len().saturating_mul(64);
        (1..bytes.len()).any(|at| {
            let rest = &bytes[at..];
            let Some((record, len, crc)) = Record::read_unchecked(rest, config) else {
                return false;
            };
            let plausible = record.seq > missing && record.synced >= missing && record.synced < record.seq;
            if !plausible || record.len() > budget {
                return false;
            }
            budget -= record.len();
            crc == record.checksum(len, config)
        })
    }

    fn checksum(&self, len: u32, config: &Config) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        if !planted!(config, WalCrcWithoutLength) {
            hasher.update(&len.to_le_bytes());
        }
        hasher.update(&self.seq.to_le_bytes());
        hasher.update(&self.synced.to_le_bytes());
        hasher.update(self.payload);
        hasher.finalize()
    }

    /// What the plants of a careless recovery take for a record although it isn't one: the rest of a torn record, zeros, or
    /// the next sound record behind a damaged one. With how many bytes to go on.
    #[cfg(feature = "planted")]
    pub fn misread(bytes: &'a [u8], next: u64, config: &Config) -> Option<(Record<'a>, usize)> {
        let (header, rest) = bytes.split_at_checked(HEADER_BYTES)?;
        if planted!(config, WalTornTailAccepted) && u64_at(header, 8) == Some(next) {
            return Some((Record { seq: next, synced: 0, payload: rest }, bytes.len()));
        }
        if planted!(config, WalZerosAccepted) && header.iter().all(|&byte| byte == 0) {
            return Some((Record { seq: next, synced: 0, payload: &rest[..rest.len().min(9)] }, HEADER_BYTES));
        }
        if planted!(config, WalHoleSkipped) {
            let found = (1..bytes.len()).find_map(|at| Some((Record::read(&bytes[at..], config)?, at)));
            return found.filter(|(record, _)| record.seq > next).map(|(record, at)| (record, at + record.len()));
        }
        None
    }
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}
