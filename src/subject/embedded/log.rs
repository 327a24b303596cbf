//! The log of the embedded engine: how it is opened, and how its files are built.
//!
//! A segment `wal-<first record, 20 digits>.log` is a header and records; `snapshot-<last record>.rdb` is a header and
//! a body. All numbers are little-endian. This is written from the description of the format, apart from the engine.

use crc32fast::Hasher;
use respfuzz_engine as engine;

#[cfg(feature = "planted")]
use super::plant;
use super::{SimStorage, small_config};
use crate::resp::Bytes;
use crate::scenario::Fsync;
use crate::sim::{Clock, Content, Disk, Image};
use crate::subject::ClientId;
use crate::subject::log::{Log, LogPart, LogSettings, Logging, NotOpened, RawFile};
#[cfg(feature = "planted")]
use crate::target::SetupError;

const MAGIC: &[u8] = b"respwal\n";
const SNAPSHOT_MAGIC: &[u8] = b"respsnap";
const VERSION: u32 = 1;

/// Of a segment: magic, version u32, first u64, crc u32.
const HEADER_BYTES: usize = 24;
/// Of a record: length u32, crc u32, number u64, synced u64.
const RECORD_BYTES: usize = 24;
/// Of a snapshot: magic, version u32, number u64, length u64, crc u32.
const SNAPSHOT_BYTES: usize = 32;

/// The log of `respfuzz-engine`.
pub struct EngineLog {
    config: engine::Config,
}

impl EngineLog {
    /// Of a sound engine.
    pub fn new() -> Self {
        EngineLog { config: small_config() }
    }

    /// Of an engine with the planted bug of that name.
    #[cfg(feature = "planted")]
    pub fn planted(name: &str) -> Result<Self, SetupError> {
        Ok(EngineLog { config: engine::Config { plant: Some(plant(name)?), ..small_config() } })
    }

    /// Of an engine with this configuration.
    pub(super) fn with_config(config: engine::Config) -> Self {
        EngineLog { config }
    }
}

impl Default for EngineLog {
    fn default() -> Self {
        Self::new()
    }
}

impl Log for EngineLog {
    fn open(&self, disk: &Disk, clock: &Clock, settings: &LogSettings) -> Result<Box<dyn Logging>, NotOpened> {
        let durability = engine::Durability {
            fsync: match settings.fsync {
                Fsync::Always => engine::Fsync::Always,
                Fsync::EverySec => engine::Fsync::EverySec,
                Fsync::No => engine::Fsync::No,
            },
            segment_bytes: settings.segment_bytes,
            rewrite_bytes: settings.rewrite_bytes,
        };
        let storage = Box::new(SimStorage::new(disk));
        match engine::Engine::open(self.config.clone(), Box::new(clock.clone()), storage, durability) {
            Ok(engine) => Ok(Box::new(Running { engine, replies: Vec::new() })),
            Err(engine::OpenError::Corrupt(corruption)) => Err(NotOpened::Corrupt {
                file: corruption.file,
                offset: corruption.offset,
                what: format!("{:?} of record {}", corruption.what, corruption.seq),
            }),
            Err(other) => Err(NotOpened::Failed(other.to_string())),
        }
    }

    fn parts(&self, image: &Image) -> Vec<LogPart> {
        let parts = image.files.iter().flat_map(|(name, content)| match kind(name) {
            Some((RawFile::Segment, first)) => parts_of_segment(name, first, content),
            Some((RawFile::Snapshot, number)) if is_sound_snapshot(content) => {
                vec![LogPart { file: name.clone(), at: 0..content.len(), number, vouches: number }]
            }
            _ => Vec::new(),
        });
        parts.collect()
    }

    fn fix_checksums(&self, image: &mut Image) {
        for (name, content) in &mut image.files {
            match kind(name) {
                Some((RawFile::Segment, _)) => fix_segment(Content::make_mut(content)),
                Some((RawFile::Snapshot, _)) => fix_snapshot(Content::make_mut(content)),
                None => {}
            }
        }
    }

    fn kind(&self, name: &str) -> Option<RawFile> {
        kind(name).map(|(file, _)| file)
    }

    fn raw(&self, file: RawFile, bytes: &[u8]) -> Image {
        let content = Content::new(bytes.to_vec());
        let files = match file {
            RawFile::Segment => vec![(segment_name(1), content)],
            RawFile::Snapshot => {
                let last = if bytes.len() < SNAPSHOT_BYTES { 7 } else { u64_at(bytes, 12) };
                let first = last.saturating_add(1);
                vec![(snapshot_name(last), content), (segment_name(first), Content::new(header(first)))]
            }
        };
        Image { files: files.into_iter().collect() }
    }
}

struct Running {
    engine: engine::Engine,
    replies: Vec<(engine::SessionId, engine::Reply)>,
}

impl Running {
    fn commit(&mut self) {
        self.engine.poll(&mut self.replies);
        self.replies.clear();
    }
}

impl Logging for Running {
    fn send(&mut self, client: ClientId, argv: &[Bytes]) {
        self.engine.execute(client.0, argv);
        self.commit();
    }

    fn tick(&mut self) {
        self.engine.tick();
        self.commit();
    }

    fn disconnect(&mut self, client: ClientId) {
        self.engine.disconnect(client.0);
        self.commit();
    }

    fn state(&self) -> Vec<u8> {
        self.engine.image()
    }

    fn check(&self) -> Vec<String> {
        self.engine.check()
    }

    fn failure(&self) -> Option<String> {
        self.engine.failure()
    }
}

fn segment_name(first: u64) -> String {
    format!("wal-{first:020}.log")
}

fn snapshot_name(number: u64) -> String {
    format!("snapshot-{number:020}.rdb")
}

/// What a file is, and the number in its name.
fn kind(name: &str) -> Option<(RawFile, u64)> {
    let number = |before, after| name.strip_prefix(before)?.strip_suffix(after)?.parse().ok();
    let segment = number("wal-", ".log").map(|first| (RawFile::Segment, first));
    segment.or_else(|| number("snapshot-", ".rdb").map(|last| (RawFile::Snapshot, last)))
}

fn header(first: u64) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.extend(VERSION.to_le_bytes());
    header.extend(first.to_le_bytes());
    header.extend(crc(&[&header]).to_le_bytes());
    header
}

fn parts_of_segment(name: &str, first: u64, content: &[u8]) -> Vec<LogPart> {
    if !content.starts_with(&header(first)) {
        return Vec::new();
    }
    let before = first.saturating_sub(1);
    let part = |at, number, vouches| LogPart { file: name.to_owned(), at, number, vouches };
    let mut parts = vec![part(0..HEADER_BYTES, before, before)];
    let mut start = HEADER_BYTES;
    while let Some(end) = record_end(content, start) {
        let record = &content[start..end];
        let (number, synced) = (u64_at(record, 8), u64_at(record, 16));
        if number != first + (parts.len() as u64 - 1) {
            break;
        }
        parts.push(part(start..end, number, synced));
        start = end;
    }
    parts
}

/// Where the record ends that begins here, by its length.
fn record_end(content: &[u8], start: usize) -> Option<usize> {
    let header = content.get(start..start + RECORD_BYTES)?;
    let len = usize::try_from(u32_at(header, 0)).ok()?;
    let end = start.checked_add(RECORD_BYTES)?.checked_add(len)?;
    (end <= content.len()).then_some(end)
}

/// Covers all but itself.
fn record_crc(record: &[u8]) -> u32 {
    crc(&[&record[..4], &record[8..]])
}

fn fix_segment(content: &mut [u8]) {
    let Some(header) = content.get_mut(..HEADER_BYTES) else { return };
    let sum = crc(&[&header[..HEADER_BYTES - 4]]);
    header[HEADER_BYTES - 4..].copy_from_slice(&sum.to_le_bytes());
    let mut start = HEADER_BYTES;
    while let Some(end) = record_end(content, start) {
        let sum = record_crc(&content[start..end]);
        content[start + 4..start + 8].copy_from_slice(&sum.to_le_bytes());
        start = end;
    }
}

fn fix_snapshot(content: &mut [u8]) {
    let Some(len) = content.len().checked_sub(SNAPSHOT_BYTES) else { return };
    content[20..28].copy_from_slice(&(len as u64).to_le_bytes());
    let sum = snapshot_crc(content);
    content[28..32].copy_from_slice(&sum.to_le_bytes());
}

fn is_sound_snapshot(content: &[u8]) -> bool {
    content.len() >= SNAPSHOT_BYTES
        && content.starts_with(SNAPSHOT_MAGIC)
        && content[28..32] == snapshot_crc(content).to_le_bytes()
}

/// Covers all but itself.
fn snapshot_crc(content: &[u8]) -> u32 {
    crc(&[&content[..28], &content[SNAPSHOT_BYTES..]])
}

fn crc(pieces: &[&[u8]]) -> u32 {
    let mut hasher = Hasher::new();
    pieces.iter().for_each(|piece| hasher.update(piece));
    hasher.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
