//! Snapshots: the whole content of an engine in one file, after which the log before it can go.
//!
//! `magic, version u32, seq u64, len u64, crc32 u32, body`. The checksum covers everything but itself.

use super::journal::Limits;
use super::record::{u32_at, u64_at};
use super::replay;
use super::segment::number;
use crate::db::Entry;
use crate::rng::Rng;
use crate::serialize::{self, Reader, Writer, read_exact, write_exact};
use crate::store::Store;

const MAGIC: &[u8; 8] = b"respsnap";
const VERSION: u32 = 2;
const COVERED_BYTES: usize = 28;
const HEADER_BYTES: usize = COVERED_BYTES + 4;

const PERSISTENT: u8 = 0;
const VOLATILE: u8 = 1;

/// The name of the snapshot that holds what the records up to this one tell.
pub(super) fn name(seq: u64) -> String {
    format!("snapshot-{seq:020}.rdb")
}

/// The last record that the snapshot of that name holds.
pub(super) fn seq_of(name: &str) -> Option<u64> {
    number(name, "snapshot-", ".rdb")
}

/// The snapshot of a store after that record.
pub(super) fn write(store: &Store, seq: u64) -> Vec<u8> {
    let mut body = Writer::default();
    body.int(store.rng.state() as i64);
    store.journal.limits_told(&store.config).write(&mut body);
    Limits::of(&store.widest).write(&mut body);
    write_dbs(store, &mut body);
    write_indexes(store, &mut body);
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&seq.to_le_bytes());
    bytes.extend_from_slice(&(body.bytes.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&checksum(&bytes, &body.bytes).to_le_bytes());
    bytes.append(&mut body.bytes);
    bytes
}

fn checksum(header: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(body);
    hasher.finalize()
}

/// All keys in their order, with their values and deadlines.
pub(super) fn write_dbs(store: &Store, out: &mut Writer) {
    out.count(store.dbs.len());
    for db in &store.dbs {
        let mut entries: Vec<(&[u8], &Entry)> = db.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        out.count(entries.len());
        for (key, entry) in entries {
            out.bytes(key);
            out.tag(if entry.expires_at.is_some() { VOLATILE } else { PERSISTENT });
            out.int(entry.expires_at.unwrap_or_default());
            write_exact(&entry.value, out);
        }
    }
}

/// The commands that define the indexes of FT.*; what these hold is read from the keys.
pub(super) fn write_indexes(store: &Store, out: &mut Writer) {
    let history = store.search.history();
    out.count(history.len());
    for argv in history {
        out.count(argv.len());
        argv.iter().for_each(|word| out.bytes(word));
    }
}

/// Fills an empty store; `None` if the snapshot is damaged or of another record. The limits that the log told last are
/// those of the configuration then.
pub(super) fn load(store: &mut Store, bytes: &[u8], seq: u64) -> Option<()> {
    let (header, body) = bytes.split_at_checked(HEADER_BYTES)?;
    let covered = &header[..COVERED_BYTES];
    let is_sound = covered.starts_with(MAGIC)
        && u32_at(covered, 8) == Some(VERSION)
        && u64_at(covered, 12) == Some(seq)
        && u64_at(covered, 20) == Some(body.len() as u64)
        && u32_at(header, COVERED_BYTES) == Some(checksum(covered, body));
    is_sound.then_some(())?;
    read_body(store, &mut Reader { rest: body })
}

fn read_body(store: &mut Store, input: &mut Reader<'_>) -> Option<()> {
    store.rng = Rng::new(input.int()? as u64);
    let (limits, widest) = (Limits::read(input)?, Limits::read(input)?);
    widest.apply(store);
    limits.apply(store);
    let dbs = input.count()?;
    for db in 0..dbs {
        (db < store.dbs.len()).then_some(())?;
        for _ in 0..input.count()? {
            read_entry(store, db, input)?;
        }
    }
    for _ in 0..input.count()? {
        replay::define(store, input)?;
    }
    input.rest.is_empty().then_some(())
}

fn read_entry(store: &mut Store, db: usize, input: &mut Reader<'_>) -> Option<()> {
    let key = input.bytes()?;
    let (tag, at) = (input.tag()?, input.int()?);
    let mut value = read_exact(input)?;
    if planted!(store.config, SnapshotForgetsEncodings) {
        value = serialize::restore(&serialize::dump(&value), &store.config, &store.widest).ok()?;
    }
    let is_sound = tag <= VOLATILE && !value.is_empty_collection() && value.check(&store.widest).is_ok();
    is_sound.then_some(())?;
    let old = store.dbs[db].insert(key, value);
    let is_volatile = tag == VOLATILE && !planted!(store.config, SnapshotDropsDeadlines);
    store.dbs[db].set_deadline(key, is_volatile.then_some(at));
    (old.is_none() || planted!(store.config, SnapshotMergesOlder)).then_some(())
}
