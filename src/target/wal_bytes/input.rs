//! How bytes are read: a file as it is, or how a log is made and what is done to it then.
//!
//! Any bytes mean something. The first one is the mode: `s` and `p` say that the rest is a segment or a snapshot, `S`
//! and `P` that its checksums are made right, `g` that a log is generated; any other is taken modulo these. In mode
//! `g` follow the settings of the log, the number of changes (modulo 9), the changes of 8 bytes each, and a scenario.

use super::change::{CHANGE_BYTES, Change};
use crate::scenario::Fsync;
use crate::subject::log::{LogSettings, RawFile};

const MODES: &[u8; 5] = b"gsSpP";
const HEAD_BYTES: usize = 3;
pub(super) const CHANGES_MAX: usize = 8;

/// Small, so that short logs have several segments; the last one is as good as none.
const SEGMENT_BYTES: [u64; 4] = [1, 160, 600, 1 << 20];
const REWRITE_BYTES: [u64; 4] = [0, 400, 1500, 0];

/// What the bytes say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Raw { file: RawFile, is_fixed: bool, bytes: Vec<u8> },
    Generated { settings: u8, changes: Vec<Change>, scenario: Vec<u8> },
}

impl Input {
    pub(super) fn decode(data: &[u8]) -> Input {
        let Some((&mode, rest)) = data.split_first() else { return Input::decode(b"g") };
        let mode = if MODES.contains(&mode) { mode } else { MODES[usize::from(mode) % MODES.len()] };
        let raw = |file, is_fixed| Input::Raw { file, is_fixed, bytes: rest.to_vec() };
        match mode {
            b's' => raw(RawFile::Segment, false),
            b'S' => raw(RawFile::Segment, true),
            b'p' => raw(RawFile::Snapshot, false),
            b'P' => raw(RawFile::Snapshot, true),
            _ => {
                let byte = |at: usize| rest.get(at).copied().unwrap_or(0);
                let count = usize::from(byte(1)) % (CHANGES_MAX + 1);
                let (changes, scenario) =
                    rest.get(2..).unwrap_or_default().split_at_checked(count * CHANGE_BYTES).unwrap_or_default();
                let changes = changes.chunks_exact(CHANGE_BYTES).map(Change::decode).collect();
                Input::Generated { settings: byte(0), changes, scenario: scenario.to_vec() }
            }
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Input::Raw { file, is_fixed, bytes } => {
                let mode = match (file, is_fixed) {
                    (RawFile::Segment, false) => b's',
                    (RawFile::Segment, true) => b'S',
                    (RawFile::Snapshot, false) => b'p',
                    (RawFile::Snapshot, true) => b'P',
                };
                [&[mode], &bytes[..]].concat()
            }
            Input::Generated { settings, changes, scenario } => {
                let mut data = Vec::with_capacity(HEAD_BYTES + changes.len() * CHANGE_BYTES + scenario.len());
                let changes = &changes[..changes.len().min(CHANGES_MAX)];
                data.extend([b'g', *settings, changes.len() as u8]);
                changes.iter().for_each(|change| data.extend(change.encode()));
                data.extend(scenario);
                data
            }
        }
    }
}

/// The settings that a byte stands for.
pub(super) fn settings(byte: u8) -> LogSettings {
    let bits = |at: u8, of: usize| usize::from(byte >> at) % of;
    LogSettings {
        segment_bytes: SEGMENT_BYTES[bits(0, 4)],
        rewrite_bytes: REWRITE_BYTES[bits(2, 4)],
        fsync: Fsync::ALL[bits(4, 3)],
    }
}
