//! Inputs and their mutation: the head, the changes and the scenario each in their own way.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::change::{CHANGE_BYTES, Change, Operation};
use super::history::History;
use super::input::{CHANGES_MAX, Input, settings};
use crate::command::Command;
use crate::panics::caught;
use crate::scenario::{self, Families, Offer, decode};
use crate::subject::log::{Log, RawFile};
use crate::target::ByteMutator;

/// About as many bytes as a record of a scenario takes.
const RECORD_BYTES: usize = 24;

/// Most inputs make a log and change it; some are a file of one, as it is or changed.
pub(super) fn generate(log: &dyn Log, seed: u64, size: usize, families: Option<Families>) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let records = (size / RECORD_BYTES).clamp(4, 40);
    let scenario = scenario::generate_of(u64::from(rng.next_u32()), records, families, &OFFER);
    let changes = (0..rng.next_u32() % 3).map(|_| change(&mut rng)).collect();
    let input = Input::Generated { settings: rng.next_u32().to_le_bytes()[0], changes, scenario };
    if !rng.next_u32().is_multiple_of(4) {
        return input.encode();
    }
    raw(log, &input, &mut rng).unwrap_or(input).encode()
}

const OFFER: Offer<'static> = Offer { command: &|_: &Command| true, faults: &[], restarts: false, search: false };

/// One file of the log that the input makes.
fn raw(log: &dyn Log, input: &Input, rng: &mut ChaCha8Rng) -> Option<Input> {
    let Input::Generated { settings: byte, changes, scenario } = input else { return None };
    let history = caught(|| History::write(log, &settings(*byte), &decode(scenario)).ok()).ok()??;
    let mut image = history.image;
    changes.iter().for_each(|change| change.apply(log, &mut image));
    // The newest snapshot, if there is one, else the first segment: what needs no other file.
    let of = |file| image.files.iter().filter(move |(name, _)| log.kind(name) == Some(file));
    let snapshot = of(RawFile::Snapshot).next_back().map(|(_, content)| (RawFile::Snapshot, content));
    let (file, content) =
        snapshot.or_else(|| of(RawFile::Segment).next().map(|(_, content)| (RawFile::Segment, content)))?;
    Some(Input::Raw { file, is_fixed: rng.next_u32().is_multiple_of(2), bytes: content.to_vec() })
}

/// Mostly by parts of the log and without right checksums, as that gets furthest.
fn change(rng: &mut ChaCha8Rng) -> Change {
    let mut bytes = [0; CHANGE_BYTES];
    rng.fill_bytes(&mut bytes);
    let dice = rng.next_u32();
    Change {
        operation: Operation::ALL[dice as usize % Operation::ALL.len()],
        by_parts: !(dice >> 8).is_multiple_of(4),
        fixes: (dice >> 16).is_multiple_of(4),
        ..Change::decode(&bytes)
    }
}

pub(super) fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, bytes: ByteMutator) -> usize {
    let mut rng = ChaCha8Rng::seed_from_u64(seed.into());
    let mut input = Input::decode(&data[..size]);
    match &mut input {
        Input::Raw { .. } if size > 0 && !rng.next_u32().is_multiple_of(8) => return bytes(data, size, max_size),
        Input::Raw { is_fixed, .. } => *is_fixed = !*is_fixed,
        Input::Generated { settings, changes, scenario } => match rng.next_u32() % 10 {
            0 => *settings = rng.next_u32().to_le_bytes()[0],
            1..=3 => changes.push(change(&mut rng)),
            4 if !changes.is_empty() => drop(changes.remove(rng.next_u32() as usize % changes.len())),
            5..=6 if !changes.is_empty() => {
                let at = rng.next_u32() as usize % changes.len();
                let fresh = change(&mut rng);
                let old = changes[at];
                changes[at] = match rng.next_u32() % 4 {
                    0 => Change { file: fresh.file, ..old },
                    1 => Change { at: fresh.at, extent: fresh.extent, ..old },
                    2 => Change { operation: fresh.operation, fixes: fresh.fixes, ..old },
                    _ => Change { value: fresh.value, ..old },
                };
            }
            _ => mutate_scenario(scenario, max_size, rng.next_u32(), bytes),
        },
    }
    if let Input::Generated { changes, .. } = &mut input {
        let surplus = changes.len().saturating_sub(CHANGES_MAX);
        changes.drain(..surplus);
    }
    let child = input.encode();
    let size = child.len().min(max_size).min(data.len());
    data[..size].copy_from_slice(&child[..size]);
    size
}

fn mutate_scenario(scenario: &mut Vec<u8>, max_size: usize, seed: u32, bytes: ByteMutator) {
    let size = scenario.len();
    scenario.resize(max_size.max(size), 0);
    let size = scenario::mutate::mutate(scenario, size, max_size.max(size), seed, &OFFER, |record| {
        let len = record.len();
        bytes(record, len, len);
    });
    scenario.truncate(size);
}
