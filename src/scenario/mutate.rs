//! The custom mutator and crossover: they know records, and write dictionary tokens into literal arguments.
//!
//! Byte-blind mutation shifts records and turns most commands into no-ops; these keep an input well-formed (the
//! version pinned, records whole, tags assigned) and change one thing at a time.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::codec::{Lane, RECORD_BYTES, VERSION, encode};
use super::config::CONFIG_BYTES;
use super::generate::{random_record, tags};
use super::{Config, Offer, Scenario, Step, records};
use crate::command;
use crate::subject::ClientId;

/// What one mutation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Op {
    Insert,
    InsertTwin,
    Remove,
    Swap,
    Retag,
    Reclient,
    Selector,
    BytesOfRecord,
    Config,
    Token,
    Splice,
}

const OPS: [Op; 14] = [
    Op::Insert,
    Op::Insert,
    Op::InsertTwin,
    Op::Remove,
    Op::Swap,
    Op::Retag,
    Op::Reclient,
    Op::Selector,
    Op::Selector,
    Op::Selector,
    Op::BytesOfRecord,
    Op::Config,
    Op::Token,
    Op::Splice,
];

/// Changes `data[..size]` in place and returns the new size, at most `max_size` and `data.len()`.
///
/// Deterministic in its arguments. `offer` says what new records are drawn from. `bytes` is the driver's own
/// mutator, applied to the inside of one record.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    offer: &Offer,
    bytes: impl FnMut(&mut [u8]),
) -> usize {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(seed));
    let max_size = max_size.min(data.len());
    let mut input = Pieces::split(&data[..size.min(data.len())]);
    let rounds = 1 + rng.next_u32() % 3;
    let mut bytes = bytes;
    for _ in 0..rounds {
        let op = OPS[below(&mut rng, OPS.len())];
        input.apply(op, &mut rng, offer, &mut bytes);
    }
    input.join(&mut data[..max_size])
}

/// Writes a child of two inputs to `out` and returns its size: records of both, in order, config of one.
pub fn crossover(a: &[u8], b: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(seed));
    let (mut child, other) = (Pieces::split(a), Pieces::split(b));
    let cut = below(&mut rng, child.records.len() + 1);
    let from = below(&mut rng, other.records.len() + 1);
    let len = below(&mut rng, other.records.len() - from + 1);
    let tail = child.records.split_off(cut);
    child.records.extend_from_slice(&other.records[from..from + len]);
    if rng.next_u32().is_multiple_of(2) {
        child.records.extend(tail);
    }
    child.join(out)
}

fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    rng.next_u32() as usize % n.max(1)
}

/// An input taken apart.
struct Pieces {
    config: [u8; CONFIG_BYTES],
    records: Vec<[u8; RECORD_BYTES]>,
}

impl Pieces {
    fn split(data: &[u8]) -> Pieces {
        let mut config = [0; CONFIG_BYTES];
        let head = data.len().min(CONFIG_BYTES);
        config[..head].copy_from_slice(&data[..head]);
        config[0] = VERSION;
        let whole = |chunk: &[u8]| {
            let mut record = [0; RECORD_BYTES];
            record[..chunk.len()].copy_from_slice(chunk);
            record
        };
        Pieces { config, records: records(data).map(whole).collect() }
    }

    /// Writes as many whole records as fit.
    fn join(&self, out: &mut [u8]) -> usize {
        if out.len() < CONFIG_BYTES {
            return 0;
        }
        out[..CONFIG_BYTES].copy_from_slice(&self.config);
        let mut size = CONFIG_BYTES;
        for record in &self.records {
            let Some(place) = out.get_mut(size..size + RECORD_BYTES) else { break };
            place.copy_from_slice(record);
            size += RECORD_BYTES;
        }
        size
    }

    fn apply(&mut self, op: Op, rng: &mut ChaCha8Rng, offer: &Offer, bytes: &mut impl FnMut(&mut [u8])) {
        let tags = || tags(Config::decode(&self.config).families, offer);
        let count = self.records.len();
        let at = below(rng, count);
        match op {
            Op::Insert => {
                let place = below(rng, count + 1);
                self.records.insert(place, random_record(rng, &tags(), offer));
            }
            Op::Config => {
                let i = 1 + below(rng, 8);
                self.config[i] = rng.next_u32() as u8;
            }
            Op::Token => self.put_token(rng),
            _ if count == 0 => self.records.push(random_record(rng, &tags(), offer)),
            Op::InsertTwin => {
                let place = below(rng, count + 1);
                self.records.insert(place, self.records[at]);
            }
            Op::Remove => {
                let len = 1 + below(rng, 4.min(count - at));
                self.records.drain(at..at + len);
            }
            Op::Swap => {
                let other = below(rng, count);
                self.records.swap(at, other);
            }
            Op::Retag => {
                let fresh = random_record(rng, &tags(), offer);
                self.records[at][..2].copy_from_slice(&fresh[..2]);
            }
            Op::Reclient => self.records[at][2] = rng.next_u32() as u8,
            Op::Selector => {
                let i = 4 + 2 * below(rng, (RECORD_BYTES - 4) / 2);
                self.records[at][i..i + 2].copy_from_slice(&(rng.next_u32() as u16).to_le_bytes());
            }
            Op::BytesOfRecord => bytes(&mut self.records[at]),
            Op::Splice => {
                let len = 1 + below(rng, 8.min(count - at));
                let place = below(rng, count + 1);
                let run = self.records[at..at + len].to_vec();
                self.records.splice(place..place, run);
            }
        }
    }

    /// Writes a dictionary token into a literal argument, or, where there is none, appends a command made of tokens.
    fn put_token(&mut self, rng: &mut ChaCha8Rng) {
        let tokens = token_list();
        let mut token = || tokens[below(rng, tokens.len())].clone();
        let short = |t: &Vec<u8>| t.len() <= RECORD_BYTES - 2;
        let literals: Vec<usize> =
            (0..self.records.len()).filter(|&i| Lane::of(self.records[i][0]) == Lane::LiteralArg).collect();
        let word = token();
        if literals.is_empty() || !short(&word) {
            let argv = vec![word, token(), token()];
            let client = ClientId(below(rng, 4) as u64);
            let scenario = Scenario { config: Config::default(), steps: vec![Step::Command { client, argv }] };
            let place = below(rng, self.records.len() + 1);
            self.records.splice(place..place, Pieces::split(&encode(&scenario)).records);
            return;
        }
        let at = literals[below(rng, literals.len())];
        self.records[at][1] = word.len() as u8;
        self.records[at][2..2 + word.len()].copy_from_slice(&word);
    }
}

fn token_list() -> &'static [Vec<u8>] {
    static TOKENS: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(command::tokens);
    &TOKENS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{decode, generate};
    use super::*;

    fn mutated(data: &[u8], max_size: usize, seed: u32) -> Vec<u8> {
        let mut buffer = data.to_vec();
        buffer.resize(max_size.max(data.len()), 0);
        let size = mutate(&mut buffer, data.len(), max_size, seed, &Offer::COMMANDS, |record| record[5] ^= 1);
        buffer.truncate(size);
        buffer
    }

    #[test]
    fn stays_within_bounds_and_is_deterministic() {
        for seed in 0..2000 {
            let data = generate(u64::from(seed), seed as usize % 12, None);
            let max_size = seed as usize % 500;
            let out = mutated(&data, max_size, seed);
            assert!(out.len() <= max_size);
            assert_eq!(out, mutated(&data, max_size, seed));
            assert!(out.is_empty() || (out[0] == VERSION && (out.len() - CONFIG_BYTES).is_multiple_of(RECORD_BYTES)));
        }
    }

    /// Few steps change, and most mutants keep most steps: that is what makes coverage guidance work.
    #[test]
    fn mutants_differ_in_few_steps() {
        let data = generate(3, 30, None);
        let steps = decode(&data).steps;
        let mut kept = 0;
        for seed in 0..500 {
            let mutant = decode(&mutated(&data, 4096, seed)).steps;
            kept += usize::from(steps.iter().filter(|s| mutant.contains(s)).count() * 10 >= steps.len() * 7);
        }
        assert!(kept > 400, "{kept} of 500 mutants keep 70 % of the steps");
    }

    #[test]
    fn every_operation_is_reached_and_changes_something() {
        let data = generate(5, 10, None);
        for op in OPS {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let changed = (0..20).any(|_| {
                let mut pieces = Pieces::split(&data);
                pieces.apply(op, &mut rng, &Offer::COMMANDS, &mut |record: &mut [u8]| record[7] ^= 0xff);
                let mut out = vec![0; 8192];
                let size = pieces.join(&mut out);
                out[..size] != data
            });
            assert!(changed, "{op:?}");
        }
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let seen: BTreeSet<Op> = (0..1000).map(|_| OPS[below(&mut rng, OPS.len())]).collect();
        assert_eq!(seen.len(), 11);
    }

    #[test]
    fn tokens_reach_literal_arguments() {
        let step = Step::Command { client: ClientId(0), argv: vec![b"x".to_vec(), b"y".to_vec()] };
        let data = encode(&Scenario { config: Config::default(), steps: vec![step] });
        let tokens: BTreeSet<Vec<u8>> = command::tokens().into_iter().collect();
        let hit = (0..300).any(|seed| {
            decode(&mutated(&data, 4096, seed)).steps.iter().any(|step| match step {
                Step::Command { argv, .. } => argv.iter().any(|arg| tokens.contains(arg) && arg.len() > 4),
                _ => false,
            })
        });
        assert!(hit);
    }

    #[test]
    fn crossover_takes_from_both() {
        // The child has one config: only with equal ones are both parents' steps told apart by their text.
        let (a, mut b) = (generate(1, 10, None), generate(2, 10, None));
        b[..CONFIG_BYTES].copy_from_slice(&a[..CONFIG_BYTES]);
        let (steps_a, steps_b) = (decode(&a).steps, decode(&b).steps);
        let mut both = 0;
        for seed in 0..200 {
            let mut out = vec![0; 600];
            let size = crossover(&a, &b, &mut out, seed);
            assert!(size <= 600);
            let child = decode(&out[..size]).steps;
            both += usize::from(steps_a.iter().any(|s| child.contains(s)) && steps_b.iter().any(|s| child.contains(s)));
        }
        assert!(both > 80, "{both} of 200 children have steps of both");
    }
}
