//! What motifs are made of: clients, pinned keys, and steps that depend on them.

use crate::command::{Command, Domain, Family, Kind, Tier};
use crate::resp::Bytes;
use crate::scenario::draw::{Draw, slot, weighted};
use crate::scenario::{Config, Step};
use crate::subject::ClientId;

/// A motif's clients and where its steps go.
pub(super) struct Stage<'d, 'a> {
    pub(super) draw: &'d mut Draw<'a>,
    pub(super) config: &'d Config,
    /// Who plays the lead.
    pub(super) me: ClientId,
    /// Somebody else, where there is more than one client.
    pub(super) other: ClientId,
    steps: &'d mut Vec<Step>,
    /// The last write that made a key: said once more, it changes nothing, or does it?
    last_fill: Vec<Bytes>,
}

/// The home types, with the family that fills them.
const TYPES: [(Kind, Family); 8] = [
    (Kind::Str, Family::Strings),
    (Kind::List, Family::Lists),
    (Kind::Set, Family::Sets),
    (Kind::Hash, Family::Hashes),
    (Kind::ZSet, Family::ZSets),
    (Kind::Stream, Family::Streams),
    (Kind::Hll, Family::HyperLogLog),
    (Kind::Geo, Family::Geo),
];

impl<'d, 'a> Stage<'d, 'a> {
    pub(super) fn new(draw: &'d mut Draw<'a>, config: &'d Config, me: ClientId, steps: &'d mut Vec<Step>) -> Self {
        let other = ClientId::from((me.byte() + 1) % config.clients);
        Stage { draw, config, me, other, steps, last_fill: Vec::new() }
    }

    pub(super) fn send(&mut self, client: ClientId, argv: Vec<Bytes>) {
        self.steps.push(Step::Command { client, argv });
    }

    /// Sends words and keys as they are.
    pub(super) fn say(&mut self, client: ClientId, words: &[&[u8]]) {
        self.send(client, words.iter().map(|w| w.to_vec()).collect());
    }

    pub(super) fn advance(&mut self, ms: u64) {
        self.steps.push(Step::Advance { ms });
    }

    pub(super) fn disconnect(&mut self, client: ClientId) {
        self.steps.push(Step::Disconnect { client });
    }

    /// An enabled type.
    pub(super) fn kind(&mut self) -> (Kind, Family) {
        let enabled: Vec<_> = TYPES.iter().filter(|(_, f)| self.config.families.contains(*f)).copied().collect();
        if enabled.is_empty() { TYPES[0] } else { self.draw.pick(&enabled) }
    }

    /// An enabled type and one of its keys, which all drawn commands then (mostly) use.
    pub(super) fn pin(&mut self) -> (Kind, Family, Bytes) {
        let (kind, family) = self.kind();
        let [key, _] = self.pin_two(kind);
        (kind, family, key)
    }

    /// Two keys of a type, different but for stray ones; drawn commands then (mostly) use these, and one element.
    pub(super) fn pin_two(&mut self, kind: Kind) -> [Bytes; 2] {
        let (first, second) = (self.draw.key(kind), self.draw.key(kind));
        let second = match kind.prefix() {
            Some(prefix) if second == first => slot(prefix, usize::from(first == slot(prefix, 0))),
            _ => second,
        };
        self.draw.pinned = Some([first.clone(), second.clone()]);
        self.draw.pinned_element = Some(self.draw.below(3));
        [first, second]
    }

    /// Any command of the family that passes a filter.
    pub(super) fn any_of(&mut self, client: ClientId, family: Family, filter: impl Fn(&Command) -> bool) {
        let commands = weighted(|c| c.family == family && filter(c));
        if commands.is_empty() {
            return; // Not every family has a command of every sort.
        }
        let command = self.draw.pick(&commands);
        let step = self.draw.step(client, command);
        self.steps.push(step);
    }

    pub(super) fn write(&mut self, client: ClientId, family: Family) {
        self.any_of(client, family, |c| c.has_flag("write") && !c.has_flag("blocking"));
    }

    pub(super) fn read(&mut self, client: ClientId, family: Family) {
        self.any_of(client, family, |c| c.has_flag("readonly"));
    }

    /// Makes the key hold `n` elements (or a string) of its type, with a command that cannot fail on that type.
    ///
    /// The elements are those that commands name most often.
    pub(super) fn fill(&mut self, client: ClientId, kind: Kind, key: &[u8], n: usize) {
        if kind == Kind::Stream {
            return self.fill_stream(client, key, n);
        }
        let style = self.draw.below(4);
        let mut argv: Vec<Bytes> = match kind {
            Kind::List => vec![b"RPUSH".to_vec(), key.to_vec()],
            Kind::Set => vec![b"SADD".to_vec(), key.to_vec()],
            Kind::Hash => vec![b"HSET".to_vec(), key.to_vec()],
            Kind::ZSet => vec![b"ZADD".to_vec(), key.to_vec()],
            Kind::Hll => vec![b"PFADD".to_vec(), key.to_vec()],
            Kind::Geo => vec![b"GEOADD".to_vec(), key.to_vec()],
            Kind::Str | Kind::Any | Kind::Stream => vec![b"SET".to_vec(), key.to_vec(), self.draw.value(Domain::Value)],
        };
        for i in 0..n {
            match kind {
                Kind::Str | Kind::Any | Kind::Stream => break,
                Kind::List if style == 0 => argv.push(element(Domain::Member, i % 2)),
                Kind::Set if style < 2 => argv.push(i.to_string().into_bytes()),
                Kind::List | Kind::Set | Kind::Hll => argv.push(element(Domain::Member, i)),
                Kind::Geo => {
                    let place = [self.draw.legal(Domain::Longitude), self.draw.legal(Domain::Latitude)];
                    argv.extend(place.into_iter().chain([element(Domain::Member, i)]));
                }
                Kind::Hash => {
                    let value = if style == 0 { self.draw.value(Domain::Value) } else { i.to_string().into_bytes() };
                    argv.extend([element(Domain::Field, i), value]);
                }
                Kind::ZSet => {
                    let score = match style {
                        0 => b"0".to_vec(),
                        1 => (i / 2).to_string().into_bytes(),
                        2 => i.to_string().into_bytes(),
                        _ => self.draw.legal(Domain::Score),
                    };
                    argv.extend([score, element(Domain::Member, i)]);
                }
            }
        }
        self.last_fill = argv.clone();
        self.send(client, argv);
    }

    /// Entries with the ids 1-0, 2-0 and so on.
    fn fill_stream(&mut self, client: ClientId, key: &[u8], n: usize) {
        for i in 1..=n {
            let id = format!("{i}-0").into_bytes();
            self.send(client, vec![b"XADD".to_vec(), key.to_vec(), id, b"f".to_vec(), element(Domain::Member, i)]);
        }
        self.last_fill = vec![b"XADD".to_vec(), key.to_vec(), b"*".to_vec(), b"f".to_vec(), b"v".to_vec()];
    }

    /// Another write that touches a key: by its own type's commands or by one that works on any type.
    pub(super) fn touch(&mut self, client: ClientId, family: Family, key: &[u8]) {
        match self.draw.below(12) {
            0 => self.say(client, &[b"DEL", key]),
            1 => self.say(client, &[b"PEXPIRE", key, b"1000"]),
            2 => self.say(client, &[b"FLUSHALL"]),
            3 => self.say(client, &[b"PERSIST", key]),
            4 => self.say(client, &[b"FLUSHDB"]),
            5 | 6 if !self.last_fill.is_empty() => self.send(client, self.last_fill.clone()),
            7 => {
                self.say(client, &[b"SELECT", b"1"]);
                self.write(client, family);
                self.say(client, &[b"SELECT", b"0"]);
            }
            _ => self.write(client, family),
        }
    }
}

/// The `i`th of the elements that commands name most often.
pub(super) fn element(domain: Domain, i: usize) -> Bytes {
    domain.values(Tier::Common).get(i).map_or_else(|| format!("m{i}").into_bytes(), |value| value.to_vec())
}
