//! Seeded inputs: bytes drawn from one ChaCha8 seed, read by the same codec as a fuzzer's.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Families;
use super::codec::{Lane, RECORD_BYTES, VERSION};
use super::config::{CONFIG_BYTES, Config};
use super::draw::weighted;
use super::motif;
use crate::command::Command;
use crate::fault::Fault;

/// The bytes of the scenario with that seed: `records` records, all of them assigned and enabled.
///
/// `families` overrides the swarm choice.
pub fn generate(seed: u64, records: usize, families: Option<Families>) -> Vec<u8> {
    generate_of(seed, records, families, &Offer::COMMANDS)
}

/// What there is to draw from, for a subject.
#[derive(Clone, Copy)]
pub struct Offer<'a> {
    /// Whether the subject has a command.
    pub command: &'a dyn Fn(&Command) -> bool,
    /// The faults that its world can deliver.
    pub faults: &'a [Fault],
    /// Whether it can be ended and opened again.
    pub restarts: bool,
    /// Whether it has FT.*, and is drawn for that.
    pub search: bool,
}

impl Offer<'static> {
    /// All commands, and a world where nothing goes wrong.
    pub const COMMANDS: Offer<'static> = Offer { command: &|_| true, faults: &[], restarts: false, search: false };

    /// Everything that a scenario can have.
    pub const ALL: Offer<'static> = Offer { command: &|_| true, faults: Fault::ALL, restarts: true, search: false };
}

/// [`generate`] for a subject that has only some commands, or whose world has faults.
pub fn generate_of(seed: u64, records: usize, families: Option<Families>, offer: &Offer) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut data = vec![0; CONFIG_BYTES];
    rng.fill_bytes(&mut data);
    data[0] = VERSION;
    let families = families.unwrap_or_else(|| swarm(rng.next_u32()));
    data[4..8].copy_from_slice(&families.bits().to_le_bytes());
    let tags = tags(Config::decode(&data).families, offer);
    for _ in 0..records {
        data.extend(random_record(&mut rng, &tags, offer));
    }
    data
}

/// Changes the configuration at the head of a scenario's bytes: what its records are drawn from, and the world around.
pub fn reconfigure(data: &mut [u8], change: impl FnOnce(&mut Config)) {
    let Some(block) = data.get_mut(..CONFIG_BYTES) else { return };
    let mut config = Config::decode(block);
    change(&mut config);
    block.copy_from_slice(&config.encode(VERSION));
}

/// The tags of the enabled commands that are offered, each as often as it should be drawn; where none is both, of all.
pub(super) fn tags(families: Families, offer: &Offer) -> Vec<u8> {
    let offered = offer.command;
    let enabled = weighted(|command| families.contains(command.family) && offered(command));
    let drawn = if enabled.is_empty() { weighted(offered) } else { enabled };
    let drawn = if drawn.is_empty() { weighted(|_| true) } else { drawn };
    drawn.iter().map(|command| command.tag).collect()
}

/// Half of all scenarios have every family, the others leave some out.
fn swarm(bits: u32) -> Families {
    if bits & 0x8000_0000 != 0 { Families::ALL } else { Families::from_bits(bits & 0xffff) }
}

/// A drawn fault comes within so many opportunities.
const FAULT_AFTER: u8 = 12;

/// One record of a lane that needs no other record, with an assigned tag.
pub(super) fn random_record(rng: &mut impl Rng, tags: &[u8], offer: &Offer) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    rng.fill_bytes(&mut record);
    if offer.search && !record[3].is_multiple_of(4) {
        record[0] = Lane::Search.kind();
    }
    loop {
        match Lane::of(record[0]) {
            Lane::Command => record[1] = tags[usize::from(u16::from_le_bytes([record[1], record[4]])) % tags.len()],
            Lane::Motif => record[1] %= motif::COUNT,
            // A raw move would take the clock decades ahead.
            Lane::Advance => record[1] %= 192,
            Lane::Disconnect | Lane::Checkpoint => {}
            Lane::Restart if offer.restarts => {}
            Lane::Search if offer.search => {}
            Lane::Fault if !offer.faults.is_empty() => {
                record[1] = offer.faults[usize::from(record[1]) % offer.faults.len()].index();
                record[2] %= FAULT_AFTER;
            }
            _ => {
                record[0] = rng.next_u32() as u8;
                continue;
            }
        }
        return record;
    }
}
