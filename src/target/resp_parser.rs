//! Target `resp_parser`: a RESP decoder (and its encoder, if it has one) against the strict reference.
//!
//! For any bytes, read as requests, RESP2 or RESP3, it guarantees:
//!
//! - **Decode**: the same items as the reference; an error where it has one, with Redis's text if they are requests;
//!   the same number of bytes consumed; nothing after an error. An error may be seen early (as soon as no
//!   continuation is valid) or late (when the line that it is in has ended).
//! - **Chunking**: where the bytes are cut changes nothing. Inputs up to 256 bytes are cut at every place, longer
//!   ones at 64; and all are fed byte by byte (beyond 2 KiB, in about a thousand pieces).
//! - **RoundTrip**: what the encoder makes of the items decodes to the same items.
//! - **Bounds**: memory follows the bytes that are there, not the lengths that they declare; nesting ends in an error
//!   rather than in a stack overflow; no more items than bytes.
//! - **Panic**: it doesn't.
//! - **Hash**: the same bytes give the same again (looked at when they seem to depend on the cut).
//!
//! What it does not guarantee: that `next` returns (a worker process notices), or anything about input on which the
//! codec's [`Promise`] is silent.

mod compare;
mod drive;
mod mutator;
mod seeds;
#[cfg(test)]
mod tests;
mod tokens;

use std::cell::Cell;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use twox_hash::XxHash3_64;

pub use mutator::{Operation, crossover, mutate};
pub use seeds::{Seed, Shows, seeds};
pub use tokens::{TOKENS, dictionary};

use super::{ByteMutator, Input, RunReport, Target};
use crate::oracle::{Fingerprint, Oracle, Violation};
use crate::panics::{Panic, caught};
use crate::resp::{encode, encode_request};
use crate::scenario::Families;
use crate::subject::codec::{Codec, Item, Mode, Promise};
use drive::{End, Outcome};

/// A divergence that is known and waits for its fix elsewhere: it is not reported, everything else still is.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The [`Fingerprint`] that it has.
    pub fingerprint: &'static str,
    /// A smallest input that shows it, mode byte included.
    pub input: &'static [u8],
    /// Why it is a bug, and whose.
    pub reason: &'static str,
}

/// A counting allocator's two functions, for codecs that cannot tell what they reserve.
///
/// It must be the process's global allocator and nothing else may run meanwhile, so this is for fuzzers and for test
/// binaries of their own. `peakmem-alloc` is one that needs no unsafe code here.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// Starts counting.
    pub reset: fn(),
    /// The most bytes that were allocated at once since then.
    pub peak: fn() -> usize,
}

/// The target. See the [module](self) for what it guarantees.
pub struct RespParser<C> {
    name: String,
    codec: C,
    known: &'static [Known],
    meter: Option<Meter>,
}

impl<C: Codec> RespParser<C> {
    /// Holds `codec` against the reference, under the given name.
    pub fn new(name: impl Into<String>, codec: C) -> Self {
        RespParser { name: name.into(), codec, known: &[], meter: None }
    }

    /// Leaves out what is known.
    pub fn known(mut self, known: &'static [Known]) -> Self {
        self.known = known;
        self
    }

    /// Also measures memory by the process's allocator.
    pub fn metered(mut self, meter: Meter) -> Self {
        self.meter = Some(meter);
        self
    }

    /// The first byte selects what the rest is read as: `q`, `2` or `3`, any other byte by its value. A mode that
    /// the codec doesn't read is replaced by the first that it does.
    fn mode(&self, selector: u8) -> Option<Mode> {
        let asked = match selector {
            b'q' => Mode::Requests,
            b'2' => Mode::Resp2,
            b'3' => Mode::Resp3,
            other => Mode::ALL[usize::from(other) % Mode::ALL.len()],
        };
        let read = |mode: &Mode| self.codec.decoder(*mode).is_some();
        Some(asked).filter(read).or_else(|| Mode::ALL.into_iter().find(read))
    }
}

impl<C: Codec> Target for RespParser<C> {
    fn name(&self) -> &str {
        &self.name
    }

    fn guarantee(&self) -> &str {
        "any bytes decode as the strict reference decodes them, however they are cut, in bounded memory"
    }

    fn input(&self) -> Input {
        Input::Bytes
    }

    fn run(&self, data: &[u8]) -> RunReport {
        let Some((&selector, bytes)) = data.split_first() else { return RunReport::default() };
        let phase = Cell::new(Phase::Whole);
        let run = || self.mode(selector).map(|mode| self.check(mode, bytes, &phase));
        match caught(run) {
            Ok(report) => report.unwrap_or_default(),
            Err(panic) => {
                let violation = self.unknown(panicked(phase.get(), panic));
                RunReport { violation, checks: 1, hash: XxHash3_64::oneshot(bytes), ..RunReport::default() }
            }
        }
    }

    /// A seed input after some rounds of the mutator: uniformly random bytes are hardly ever RESP.
    fn generate(&self, seed: u64, size: usize, _families: Option<Families>) -> Vec<u8> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let seeds = seeds();
        let mut data = seeds[rng.next_u32() as usize % seeds.len()].bytes.clone();
        data.truncate(size);
        let mut len = data.len();
        data.resize(size, 0);
        for _ in 0..1 + rng.next_u32() % 4 {
            len = mutator::mutate(&mut data, len, size, rng.next_u32(), |bytes, len, _| {
                rng.fill_bytes(&mut bytes[..len.min(4)]);
                len
            });
        }
        data.truncate(len);
        data
    }

    fn mutate(&self, data: &mut [u8], size: usize, max_size: usize, seed: u32, bytes: ByteMutator) -> usize {
        mutator::mutate(data, size, max_size, seed, bytes)
    }

    fn crossover(&self, a: &[u8], b: &[u8], out: &mut [u8], seed: u32) -> usize {
        mutator::crossover(a, b, out, seed)
    }
}

/// What is being done, for the report of a panic.
#[derive(Clone, Copy)]
enum Phase {
    Whole,
    Reference,
    Cut,
    RoundTrip,
}

impl<C: Codec> RespParser<C> {
    /// Runs every oracle; the first violation that is not known is the report's.
    fn check(&self, mode: Mode, bytes: &[u8], phase: &Cell<Phase>) -> RunReport {
        let mut case =
            Case { codec: &self.codec, mode, promise: self.codec.promise(mode), bytes, checks: 0, confirmed: 0 };
        let whole = case.whole(self.meter);
        let mut report = RunReport {
            hash: hash(&whole),
            steps: whole.items.len() as u64,
            errors: u64::from(matches!(whole.end, End::Error(_))),
            ..RunReport::default()
        };
        // One oracle after the other, until one sees something that is not known.
        for next in [Phase::Whole, Phase::Reference, Phase::Cut, Phase::RoundTrip] {
            phase.set(next);
            let found = match next {
                Phase::Whole => case.bounds(&whole),
                Phase::Reference => case.against_reference(&whole),
                Phase::Cut => case.cut(&whole),
                Phase::RoundTrip => case.round_trip(&whole),
            };
            let Some(violation) = found else { continue };
            // What is known may be that it differs by chance: then only the bytes are the same each time.
            report.hash = XxHash3_64::oneshot(bytes);
            report.violation = self.unknown(violation);
            if report.violation.is_some() {
                break;
            }
        }
        report.checks = case.checks;
        report
    }

    fn unknown(&self, violation: Violation) -> Option<Violation> {
        let known = self.known.iter().any(|known| known.fingerprint == violation.fingerprint.as_str());
        (!known).then_some(violation)
    }
}

/// One input in one mode.
struct Case<'a, C> {
    codec: &'a C,
    mode: Mode,
    promise: Promise,
    bytes: &'a [u8],
    /// Comparisons made so far.
    checks: u64,
    /// How many of the items, from the first, are as the reference has them: beyond these nothing is promised.
    confirmed: usize,
}

impl<C: Codec> Case<'_, C> {
    fn violation(&self, oracle: Oracle, step: usize, what: Difference) -> Violation {
        Violation {
            oracle,
            step,
            command: what.place,
            observed: what.observed,
            expected: what.expected,
            fingerprint: Fingerprint::new(oracle, self.mode.name(), &what.expected_class, &what.observed_class),
            as_sent: Default::default(),
            dispute: None,
        }
    }
}

/// Two things that should have been equal: their classes (for the fingerprint) and what they are.
struct Difference {
    expected_class: String,
    observed_class: String,
    expected: String,
    observed: String,
    /// Where it showed, in words.
    place: String,
}

fn panicked(phase: Phase, panic: Panic) -> Violation {
    let phase = match phase {
        Phase::Whole => "in one piece",
        Phase::Reference => "in one piece and a line end",
        Phase::Cut => "in pieces",
        Phase::RoundTrip => "encoding and decoding again",
    };
    Violation {
        oracle: Oracle::Panic,
        step: 0,
        command: phase.to_owned(),
        observed: panic.to_string(),
        expected: "an item, an error or a request for more bytes".to_owned(),
        fingerprint: Fingerprint::new(Oracle::Panic, "codec", "returns", &panic.place),
        as_sent: Default::default(),
        dispute: None,
    }
}

/// A chain over the items and the end of a run.
fn hash(outcome: &Outcome) -> u64 {
    let mut hash = 0;
    let mut buffer = Vec::new();
    for item in &outcome.items {
        buffer.clear();
        match item {
            Item::Request(argv) => encode_request(argv, &mut buffer),
            Item::Value(value) => encode(value, &mut buffer),
        }
        hash = XxHash3_64::oneshot_with_seed(hash, &buffer);
    }
    match &outcome.end {
        End::Error(error) => XxHash3_64::oneshot_with_seed(hash, error),
        _ => hash,
    }
}
