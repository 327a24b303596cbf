//! Seeded inputs: bytes drawn from one ChaCha8 seed, read by the same codec as a fuzzer's.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Families;
use super::codec::{Lane, RECORD_BYTES, VERSION};
use super::config::{CONFIG_BYTES, Config};
use super::draw::weighted;
use super::motif;
use crate::command::Command;

/// The bytes of the scenario with that seed: `records` records, all of them assigned and enabled.
///
/// `families` overrides the swarm choice.
pub fn generate(seed: u64, records: usize, families: Option<Families>) -> Vec<u8> {
    generate_of(seed, records, families, &|_| true)
}

/// [`generate`] for a subject that has only some commands: single commands are drawn from those that pass the filter.
pub fn generate_of(
    seed: u64,
    records: usize,
    families: Option<Families>,
    offered: &dyn Fn(&Command) -> bool,
) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut data = vec![0; CONFIG_BYTES];
    rng.fill_bytes(&mut data);
    data[0] = VERSION;
    let families = families.unwrap_or_else(|| swarm(rng.next_u32()));
    data[4..8].copy_from_slice(&families.bits().to_le_bytes());
    let tags = tags(Config::decode(&data).families, offered);
    for _ in 0..records {
        data.extend(random_record(&mut rng, &tags));
    }
    data
}

/// The tags of the enabled commands that are offered, each as often as it should be drawn; where none is both, of all.
pub(super) fn tags(families: Families, offered: &dyn Fn(&Command) -> bool) -> Vec<u8> {
    let enabled = weighted(|command| families.contains(command.family) && offered(command));
    let drawn = if enabled.is_empty() { weighted(offered) } else { enabled };
    let drawn = if drawn.is_empty() { weighted(|_| true) } else { drawn };
    drawn.iter().map(|command| command.tag).collect()
}

/// Half of all scenarios have every family, the others leave some out.
fn swarm(bits: u32) -> Families {
    if bits & 0x8000_0000 != 0 { Families::ALL } else { Families::from_bits(bits & 0xffff) }
}

/// One record of a lane that needs no other record, with an assigned tag.
pub(super) fn random_record(rng: &mut impl Rng, tags: &[u8]) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    rng.fill_bytes(&mut record);
    loop {
        match Lane::of(record[0]) {
            Lane::Command => record[1] = tags[usize::from(u16::from_le_bytes([record[1], record[4]])) % tags.len()],
            Lane::Motif => record[1] %= motif::COUNT,
            // A raw move would take the clock decades ahead.
            Lane::Advance => record[1] %= 192,
            Lane::Disconnect | Lane::Checkpoint => {}
            _ => {
                record[0] = rng.next_u32() as u8;
                continue;
            }
        }
        return record;
    }
}
