//! The byte codec: a version byte, a config block, then fixed-width records until the bytes end.
//!
//! One flipped or inserted record changes one step and nothing after it. Any bytes decode; unassigned kinds and tags
//! are no-ops, so that appending to the tables does not change what committed inputs mean. Free bytes (shrunk and
//! hand-written scenarios) travel in literal records: argument chunks, then a record that sends them.

use super::config::CONFIG_BYTES;
use super::draw::{Draw, Zipf};
use super::{ADVANCE_MS_MAX, Again, Config, Ending, Restart, Scenario, Step, motif, search};
use crate::command::{self, Command};
use crate::fault::{Fault, Scheduled};
use crate::resp::Bytes;
use crate::subject::ClientId;

/// The version that [`encode`] writes; [`decode`] takes any first byte for it.
pub const VERSION: u8 = 1;

/// The width of a record: kind, tag, client, spoiler, ten selectors of two bytes.
pub const RECORD_BYTES: usize = 24;

/// How many bytes of an argument one literal record carries.
const LITERAL_BYTES: usize = RECORD_BYTES - 2;

/// The lanes: what a record's first byte says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Command,
    Motif,
    Advance,
    LiteralArg,
    LiteralMore,
    LiteralSend,
    Disconnect,
    Checkpoint,
    Restart,
    Fault,
    Search,
}

impl Lane {
    pub(super) fn of(kind: u8) -> Lane {
        match kind {
            0..=135 => Lane::Command,
            136..=207 => Lane::Motif,
            208..=221 => Lane::Advance,
            222..=227 => Lane::LiteralArg,
            228..=231 => Lane::LiteralMore,
            232..=237 => Lane::LiteralSend,
            238..=239 => Lane::Disconnect,
            240..=241 => Lane::Checkpoint,
            242..=247 => Lane::Restart,
            248..=253 => Lane::Fault,
            254..=255 => Lane::Search,
        }
    }

    /// The first kind byte of the lane.
    pub(super) fn kind(self) -> u8 {
        (0..=255).find(|&kind| Lane::of(kind) == self).unwrap_or(255)
    }
}

/// The tag's command, unless it is unassigned or only served.
fn drawn(tag: u8) -> Option<&'static Command> {
    command::by_tag(tag).filter(|command| command.is_drawn())
}

/// The whole records of an input, after its config block.
pub fn records(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.get(CONFIG_BYTES..).unwrap_or_default().chunks(RECORD_BYTES)
}

/// What a record means, by the frozen tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The micro-scenario of that name.
    Motif(&'static str),
    /// A command, a clock move, a piece of a literal command, or another step.
    Step,
    /// Nothing yet: committed inputs may not contain it, as a later table may give it a meaning.
    Unassigned,
}

/// What a record of an input means.
pub fn meaning(record: &[u8]) -> Meaning {
    let [kind, tag, ..] = record else { return Meaning::Unassigned };
    match Lane::of(*kind) {
        Lane::Command if drawn(*tag).is_none() => Meaning::Unassigned,
        Lane::Motif => motif::name(*tag).map_or(Meaning::Unassigned, Meaning::Motif),
        Lane::Fault if Fault::at(*tag).is_none() => Meaning::Unassigned,
        _ => Meaning::Step,
    }
}

/// The names of the motifs, in the order of their tags.
pub fn motifs() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<&str> = (0..motif::COUNT).filter_map(motif::name).collect();
    names.dedup();
    names.into_iter()
}

/// Makes a scenario of any bytes.
pub fn decode(data: &[u8]) -> Scenario {
    let config = Config::decode(data);
    let mut decoder =
        Decoder { zipf: Zipf::new(config.keys, config.skew_percent), config, literal: Vec::new(), steps: Vec::new() };
    for chunk in records(data) {
        let mut record = [0; RECORD_BYTES];
        record[..chunk.len()].copy_from_slice(chunk);
        decoder.record(&record);
    }
    Scenario { config: decoder.config, steps: decoder.steps }
}

struct Decoder {
    config: Config,
    zipf: Zipf,
    /// Arguments of a literal command that has not been sent yet. Other records in between do not disturb it.
    literal: Vec<Bytes>,
    steps: Vec<Step>,
}

impl Decoder {
    fn record(&mut self, record: &[u8; RECORD_BYTES]) {
        let [kind, tag, who, spoiler, selectors @ ..] = record;
        let client = ClientId::from(who % self.config.clients);
        match Lane::of(*kind) {
            Lane::Command => {
                if let Some(command) = self.enabled(*tag) {
                    let mut draw = Draw::new(&self.config, &self.zipf, selectors);
                    let mut argv = draw.command(command);
                    draw.spoil(*spoiler, &mut argv);
                    self.steps.push(Step::Command { client, argv });
                }
            }
            Lane::Motif => {
                let mut draw = Draw::new(&self.config, &self.zipf, selectors);
                motif::expand(*tag, client, &mut draw, &self.config, &mut self.steps);
            }
            Lane::Advance => self.steps.push(Step::Advance { ms: advance_ms(*tag, selectors) }),
            Lane::LiteralArg => self.literal.push(literal_chunk(record)),
            Lane::LiteralMore => {
                if let Some(last) = self.literal.last_mut() {
                    last.extend(literal_chunk(record));
                }
            }
            Lane::LiteralSend => {
                let argv = std::mem::take(&mut self.literal);
                if !argv.is_empty() {
                    // Written-out steps may use any of the four clients, whatever the config draws.
                    self.steps.push(Step::Command { client: ClientId::from(who % 4), argv });
                }
            }
            Lane::Disconnect => self.steps.push(Step::Disconnect { client: ClientId::from(who % 4) }),
            Lane::Checkpoint => self.steps.push(Step::Checkpoint),
            Lane::Restart => self.steps.push(Step::Restart(restart(*tag, selectors))),
            Lane::Search => {
                let mut draw = Draw::new(&self.config, &self.zipf, selectors);
                search::expand(*tag, client, &mut draw, &mut self.steps);
            }
            Lane::Fault => self.steps.extend(fault(*tag, *who, selectors).map(Step::Fault)),
        }
    }

    /// The tag's command, unless it is unassigned or its family is off.
    fn enabled(&self, tag: u8) -> Option<&'static Command> {
        drawn(tag).filter(|command| self.config.families.contains(command.family))
    }
}

/// Clock moves that tags below 128 stand for, in milliseconds: around the times to live of the domains.
const ADVANCE_MS: [u64; 16] =
    [1, 1, 9, 10, 11, 100, 101, 1000, 1001, 500, 1500, 10_000, 10_001, 100_001, 1_000_001, 3_600_000];

/// The tag that says: the selectors hold the milliseconds themselves.
const ADVANCE_RAW: u8 = 255;

fn advance_ms(tag: u8, selectors: &[u8]) -> u64 {
    let raw = selectors.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    match tag {
        ADVANCE_RAW => raw % (ADVANCE_MS_MAX + 1),
        small @ 0..=127 => ADVANCE_MS[usize::from(small) % ADVANCE_MS.len()],
        _ => raw % 2_000,
    }
}

/// The bit of a restart's tag that says: power is lost again in recovery.
const AGAIN: u8 = 8;

fn restart(tag: u8, selectors: &[u8]) -> Restart {
    let word = |at: usize| u16::from_le_bytes([selectors[at], selectors[at + 1]]);
    let ending = match tag % AGAIN {
        0 => Ending::Closed,
        1 => Ending::Killed,
        _ => Ending::PowerLoss { image: word(0) },
    };
    let again = (tag & AGAIN != 0).then(|| Again { after: selectors[4], image: word(2) });
    Restart { ending, again }
}

fn encode_restart(restart: &Restart, out: &mut Vec<u8>) {
    let (tag, image) = match restart.ending {
        Ending::Closed => (0, 0),
        Ending::Killed => (1, 0),
        Ending::PowerLoss { image } => (2, image),
    };
    let [low, high] = image.to_le_bytes();
    let mut payload = vec![0, 0, low, high];
    if let Some(again) = restart.again {
        payload.extend(again.image.to_le_bytes());
        payload.push(again.after);
    }
    push_record(Lane::Restart, tag | if restart.again.is_some() { AGAIN } else { 0 }, &payload, out);
}

fn fault(tag: u8, after: u8, selectors: &[u8]) -> Option<Scheduled> {
    Fault::at(tag).map(|fault| Scheduled { fault, after, arg: u16::from_le_bytes([selectors[0], selectors[1]]) })
}

fn literal_chunk(record: &[u8; RECORD_BYTES]) -> Bytes {
    let len = usize::from(record[1]) % (LITERAL_BYTES + 1);
    record[2..2 + len].to_vec()
}

/// Writes a scenario as literal records: `decode(&encode(s)) == s`.
pub fn encode(scenario: &Scenario) -> Vec<u8> {
    let mut out = scenario.config.encode(VERSION).to_vec();
    for step in &scenario.steps {
        match step {
            Step::Command { client, argv } => {
                for arg in argv {
                    encode_arg(arg, &mut out);
                }
                push_record(Lane::LiteralSend, 0, &[client.byte()], &mut out);
            }
            Step::Advance { ms } => {
                let mut payload = vec![0, 0];
                payload.extend(ms.to_le_bytes());
                push_record(Lane::Advance, ADVANCE_RAW, &payload, &mut out);
            }
            Step::Disconnect { client } => push_record(Lane::Disconnect, 0, &[client.byte()], &mut out),
            Step::Checkpoint => push_record(Lane::Checkpoint, 0, &[], &mut out),
            Step::Restart(restart) => encode_restart(restart, &mut out),
            Step::Fault(Scheduled { fault, after, arg }) => {
                let [low, high] = arg.to_le_bytes();
                push_record(Lane::Fault, fault.index(), &[*after, 0, low, high], &mut out);
            }
        }
    }
    out
}

fn encode_arg(arg: &[u8], out: &mut Vec<u8>) {
    let (first, rest) = arg.split_at(arg.len().min(LITERAL_BYTES));
    push_record(Lane::LiteralArg, first.len() as u8, first, out);
    for chunk in rest.chunks(LITERAL_BYTES) {
        push_record(Lane::LiteralMore, chunk.len() as u8, chunk, out);
    }
}

fn push_record(lane: Lane, tag: u8, payload: &[u8], out: &mut Vec<u8>) {
    let mut record = [0; RECORD_BYTES];
    record[0] = lane.kind();
    record[1] = tag;
    record[2..2 + payload.len()].copy_from_slice(payload);
    out.extend(record);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Offer, generate, generate_of};
    use super::*;

    proptest! {
        #[test]
        fn any_bytes_decode_and_round_trip(data in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let scenario = decode(&data);
            prop_assert_eq!(decode(&encode(&scenario)), scenario);
        }
    }

    #[test]
    fn generated_inputs_round_trip() {
        for seed in 0..50 {
            let scenario = decode(&generate_of(seed, 40, None, &Offer::ALL));
            assert!(scenario.steps.len() >= 20, "seed {seed}: {} steps", scenario.steps.len());
            assert_eq!(decode(&encode(&scenario)), scenario, "seed {seed}");
        }
    }

    /// A changed or inserted record changes the steps of that record alone.
    #[test]
    fn records_are_local() {
        let mut data = generate(7, 20, None);
        let steps_of = |data: &[u8]| {
            let config = data[..CONFIG_BYTES].to_vec();
            let one = |record: &[u8]| decode(&[config.as_slice(), record].concat()).steps;
            records(data).map(one).collect::<Vec<_>>()
        };
        let before = steps_of(&data);
        assert_eq!(before.concat(), decode(&data).steps);
        let at = CONFIG_BYTES + 5 * RECORD_BYTES;
        data[at + 1] ^= 0x55;
        data.splice(at..at, [3u8; RECORD_BYTES]);
        let after = steps_of(&data);
        assert_eq!(after.concat(), decode(&data).steps);
        assert_eq!(before[..5], after[..5]);
        assert_eq!(before[6..], after[7..]);
    }

    #[test]
    fn a_record_inside_a_literal_command_does_not_break_it() {
        let step = Step::Command { client: ClientId(2), argv: vec![b"SET".to_vec(), vec![b'x'; 50], b"".to_vec()] };
        let data = encode(&Scenario { config: Config::default(), steps: vec![step.clone()] });
        for i in 0..=records(&data).count() {
            let mut data = data.clone();
            let at = CONFIG_BYTES + i * RECORD_BYTES;
            let mut ping = [0; RECORD_BYTES];
            ping[0] = Lane::Checkpoint.kind();
            data.splice(at..at, ping);
            assert!(decode(&data).steps.contains(&step), "inserted before record {i}");
        }
    }
}
