//! Segments: records of the log, as many as were there when it was flushed.

use super::envelope::{self, Broken};
use crate::config::Config;
use crate::serialize::{Reader, Writer};

const MAGIC: &[u8; 8] = b"respobjs";

/// A record: its number and what it tells.
pub(super) type Record = (u64, Vec<u8>);

pub(super) fn write(records: &[Record]) -> Vec<u8> {
    let mut body = Writer::default();
    body.count(records.len());
    for (seq, payload) in records {
        body.int(*seq as i64);
        body.bytes(payload);
    }
    envelope::seal(MAGIC, &body.bytes)
}

pub(super) fn read(bytes: &[u8], config: &Config) -> Result<Vec<Record>, Broken> {
    let mut input = Reader { rest: envelope::open(MAGIC, bytes, config)? };
    let records = records(&mut input).ok_or(Broken::Damaged)?;
    if input.rest.is_empty() { Ok(records) } else { Err(Broken::Damaged) }
}

fn records(input: &mut Reader<'_>) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    for _ in 0..input.count()? {
        records.push((input.int()? as u64, input.bytes()?.to_vec()));
    }
    Some(records)
}
