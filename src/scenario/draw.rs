//! Drawing arguments from the selectors of one record.

use std::sync::LazyLock;

use super::{Config, Step};
use crate::command::{self, Arg, Command, Domain, Kind, Tier};
use crate::resp::Bytes;
use crate::subject::ClientId;

/// A cumulative Zipf distribution over ranks, in 1/8192ths.
///
/// Integer weights computed once; skew 1.0 over 100 ranks gives the first ten 56 %.
#[derive(Clone, Debug)]
pub struct Zipf(Vec<u16>);

/// The resolution of [`Zipf`].
const ZIPF_PARTS: u32 = 8192;

impl Zipf {
    /// `skew_percent` 0 is uniform, 100 the classic distribution.
    pub fn new(ranks: u8, skew_percent: u8) -> Zipf {
        let skew = f64::from(skew_percent) / 100.0;
        let weights: Vec<f64> = (1..=ranks.max(1)).map(|rank| f64::from(rank).powf(-skew)).collect();
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let cumulative = weights.iter().map(|w| {
            sum += w;
            (sum / total * f64::from(ZIPF_PARTS)).round() as u16
        });
        Zipf(cumulative.collect())
    }

    /// The rank for a point; only its low 13 bits count.
    pub fn rank(&self, point: u16) -> usize {
        let point = point % ZIPF_PARTS as u16;
        self.0.partition_point(|&end| end <= point).min(self.0.len() - 1)
    }
}

/// How often a command is drawn: what has many options has more to show.
static WEIGHTS: LazyLock<Vec<(&'static Command, usize)>> =
    LazyLock::new(|| command::all().map(|command| (command, 1 + command.tokens().len() / 2)).collect());

/// The commands that pass a filter, each as often as it should be drawn.
pub(super) fn weighted(filter: impl Fn(&Command) -> bool) -> Vec<&'static Command> {
    let passing = WEIGHTS.iter().filter(|(command, _)| command.is_drawn() && filter(command));
    passing.flat_map(|(command, weight)| std::iter::repeat_n(*command, *weight)).collect()
}

/// Prefixes of keys whose type does not matter: mostly types that the table has commands for.
const ANY_PREFIXES: [u8; 13] = *b"slthzslthzxpg";

/// Keys of no home type, now and then: few, so that they meet.
const ODD_KEYS: [&[u8]; 4] = [b"\xff", b"", b"s0\0", b"s0\r\n"];

/// The selectors of one record, and beyond them a stream mixed from them: a record never reads its neighbours.
pub(super) struct Draw<'a> {
    config: &'a Config,
    zipf: &'a Zipf,
    selectors: &'a [u8],
    mix: u64,
    /// Keys of the last `numkeys`, for `WEIGHTS`.
    last_numkeys: usize,
    /// Motifs pin two keys so that a whole micro-scenario meets on them, mostly on the first.
    pub(super) pinned: Option<[Bytes; 2]>,
    /// The element that a micro-scenario is about: a place among the common members and fields.
    pub(super) pinned_element: Option<usize>,
    /// Keys that the command has so far.
    keys_drawn: usize,
}

impl<'a> Draw<'a> {
    pub(super) fn new(config: &'a Config, zipf: &'a Zipf, selectors: &'a [u8]) -> Self {
        let mix =
            selectors.iter().fold(0x9e37_79b9_7f4a_7c15, |h: u64, &b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        Draw { config, zipf, selectors, mix, last_numkeys: 1, pinned: None, pinned_element: None, keys_drawn: 0 }
    }

    /// The next selector.
    pub(super) fn next(&mut self) -> u16 {
        if let Some((pair, rest)) = self.selectors.split_first_chunk::<2>() {
            self.selectors = rest;
            return u16::from_le_bytes(*pair);
        }
        // SplitMix64's output function over a counter.
        self.mix = self.mix.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.mix;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 24) as u16
    }

    /// A number below `n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::from(self.next()) % n.max(1)
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// A client of the workload.
    pub(super) fn client(&mut self) -> ClientId {
        ClientId(self.below(usize::from(self.config.clients)) as u64)
    }

    /// A key slot: seven times out of eight of its home type, else of any.
    pub(super) fn key(&mut self, kind: Kind) -> Bytes {
        let selector = self.next();
        let stray = selector >> 13 == 7;
        self.keys_drawn += 1;
        if let (Some([first, second]), false) = (&self.pinned, stray) {
            let seconds = if self.keys_drawn == 1 { 1 } else { 2 };
            return if selector % 4 < seconds { second.clone() } else { first.clone() };
        }
        let rank = self.zipf.rank(selector);
        match kind.prefix() {
            Some(prefix) if !stray => slot(prefix, rank),
            _ if stray && selector.is_multiple_of(8) => self.pick(&ODD_KEYS).to_vec(),
            _ => slot(ANY_PREFIXES[usize::from(selector) % ANY_PREFIXES.len()], rank),
        }
    }

    /// A value from a domain: common, boundary or odd.
    pub(super) fn value(&mut self, domain: Domain) -> Bytes {
        let selector = self.next();
        if let (Some(i), Domain::Member | Domain::Field, 0..=95) = (self.pinned_element, domain, selector >> 8) {
            return domain.values(Tier::Common)[i].to_vec();
        }
        let tier = match selector >> 8 {
            0..=171 => Tier::Common,
            172..=206 => Tier::Edge,
            _ => Tier::Odd,
        };
        let values = domain.values(tier);
        values[usize::from(selector) % values.len()].to_vec()
    }

    /// A value that the domain's commands take.
    pub(super) fn common(&mut self, domain: Domain) -> Bytes {
        self.pick(domain.values(Tier::Common)).to_vec()
    }

    /// A value that parses, everyday or boundary.
    pub(super) fn legal(&mut self, domain: Domain) -> Bytes {
        let tier = self.pick(&[Tier::Common, Tier::Edge]);
        self.pick(domain.values(tier)).to_vec()
    }

    /// A whole command from the table.
    pub(super) fn command(&mut self, command: &Command) -> Vec<Bytes> {
        self.keys_drawn = 0;
        let mut argv = vec![command.name.as_bytes().to_vec()];
        self.args(command.args, &mut argv);
        argv
    }

    fn args(&mut self, args: &[Arg], out: &mut Vec<Bytes>) {
        for arg in args {
            match arg {
                Arg::Key(kind) => out.push(self.key(*kind)),
                Arg::Val(domain) => out.push(self.value(*domain)),
                Arg::Tok(token) => out.push(token.as_bytes().to_vec()),
                Arg::OneOf(forms) => {
                    let form = self.pick(forms);
                    self.args(form, out);
                }
                Arg::Options(options, max) => {
                    for _ in 0..self.below(usize::from(*max) + 1) {
                        let option = self.pick(options);
                        self.args(option, out);
                    }
                }
                Arg::Many(items, max) => {
                    for _ in 0..1 + self.below(usize::from(*max)) {
                        self.args(items, out);
                    }
                }
                Arg::NumKeys(kind, max) => self.numkeys(*kind, *max, out),
                Arg::Subcommands(subcommands) => {
                    let drawn: Vec<_> = subcommands.iter().filter(|subcommand| subcommand.is_drawn()).collect();
                    let subcommand = self.pick(&drawn);
                    out.push(subcommand.name.as_bytes().to_vec());
                    self.args(subcommand.args, out);
                }
                Arg::NotDrawn => {}
                Arg::Weights => {
                    out.push(b"WEIGHTS".to_vec());
                    for _ in 0..self.last_numkeys {
                        out.push(self.value(Domain::Score));
                    }
                }
            }
        }
    }

    fn numkeys(&mut self, kind: Kind, max: u8, out: &mut Vec<Bytes>) {
        let selector = self.next();
        let count = 1 + usize::from(selector & 0xff) % usize::from(max);
        self.last_numkeys = count;
        out.push(match selector >> 8 {
            0..=239 => count.to_string().into_bytes(),
            _ => self.value(Domain::Count),
        });
        for _ in 0..count {
            let key = self.key(kind);
            out.push(key);
        }
    }

    /// One command of a client; every second may be spoiled.
    pub(super) fn step(&mut self, client: ClientId, command: &Command) -> Step {
        let mut argv = self.command(command);
        if self.below(2) == 0 {
            let spoiler = self.next().to_le_bytes()[0];
            self.spoil(spoiler, &mut argv);
        }
        Step::Command { client, argv }
    }

    /// Breaks one thing about a command, now and then: what a client's bug or a user's typing error would send.
    pub(super) fn spoil(&mut self, spoiler: u8, argv: &mut Vec<Bytes>) {
        let last = argv.len() - 1;
        match spoiler {
            0..=189 => {}
            190..=203 => argv.iter_mut().for_each(|arg| arg.make_ascii_lowercase()),
            204..=217 => drop(argv.pop()),
            218..=226 => argv.push(self.value(Domain::Value)),
            227..=237 if last > 0 => {
                let i = 1 + self.below(last);
                argv[i] = self.value(Domain::Value);
            }
            238..=246 if last > 1 => {
                let i = 1 + self.below(last - 1);
                argv.swap(i, i + 1);
            }
            247..=251 if last > 0 => {
                let i = 1 + self.below(last);
                argv.insert(i, argv[i].clone());
            }
            252..=253 => argv[0].push(b'X'),
            _ => {}
        }
        if argv.is_empty() {
            argv.push(b"PING".to_vec()); // A name alone was dropped: nothing is left to send.
        }
    }
}

/// The name of a key slot.
pub(super) fn slot(prefix: u8, rank: usize) -> Bytes {
    let mut name = vec![prefix];
    name.extend(rank.to_string().bytes());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_one_over_a_hundred_keys_gives_the_top_ten_56_percent() {
        let zipf = Zipf::new(100, 100);
        let top = (0..8192).filter(|&point| zipf.rank(point) < 10).count();
        let percent = top as f64 / 81.92;
        assert!((55.5..57.0).contains(&percent), "{percent} %");
    }

    #[test]
    fn no_skew_is_uniform_and_one_key_is_always_it() {
        let zipf = Zipf::new(4, 0);
        for rank in 0..4 {
            assert_eq!((0..8192).filter(|&p| zipf.rank(p) == rank).count(), 2048);
        }
        assert!((0..8192).all(|p| Zipf::new(1, 200).rank(p) == 0));
    }
}
