//! The keys that one connection has for itself: nobody else writes them, so the model predicts each reply.
//!
//! A lane goes in rounds: a seeded scenario's commands with the connection's name before each key, and strings of up to
//! [`BYTES_MAX`](super::stamp::BYTES_MAX) bytes among them; then all keys are deleted, and the next round begins.

use std::collections::{BTreeSet, VecDeque};

use super::dice::Dice;
use super::stamp;
use super::{Finding, Terms};
use crate::command::{self, Command, Family};
use crate::model::{Expect, Model, keys_of};
use crate::oracle::{Fingerprint, Oracle, Violation, reply_class};
use crate::resp::{Bytes, Value};
use crate::run::{asks_for_endless_reply, asks_for_idle_time, may_wait};
use crate::scenario::text::quote;
use crate::scenario::{Families, Offer, decode, generate_of};
use crate::subject::ClientId;

/// Records of one round's scenario.
const RECORDS: usize = 100;

/// Every so many commands one is about a long string.
const LONG_EVERY: usize = 6;

/// Long strings grow no longer than this.
const LONG_BYTES_MAX: usize = 2 * stamp::BYTES_MAX;

/// What chooses databases or keys by what it finds, tells of the server's own affairs, or lives by its clock.
const LEFT_OUT: [&str; 16] = [
    "COPY",
    "MOVE",
    "SORT",
    "SORT_RO",
    "GEORADIUS",
    "GEORADIUSBYMEMBER",
    "DUMP",
    "RESTORE",
    "OBJECT",
    "MEMORY",
    "DEBUG",
    "SETEX",
    "PSETEX",
    "GETEX",
    "XINFO",
    "XPENDING",
];

/// Words with which keys end by themselves, or that ask for the time.
const TIMES: [&[u8]; 7] = [b"EX", b"PX", b"EXAT", b"PXAT", b"KEEPTTL", b"IDLE", b"*"];

const FAMILIES: [Family; 9] = [
    Family::Strings,
    Family::Keys,
    Family::Lists,
    Family::Sets,
    Family::Hashes,
    Family::ZSets,
    Family::Bitmaps,
    Family::Streams,
    Family::HyperLogLog,
];

/// A command of a lane that is on its way.
pub(super) struct Own {
    pub(super) argv: Vec<Bytes>,
    /// It ends a round.
    is_last: bool,
}

/// A connection's own keys.
pub(super) struct Lane {
    /// Stands before each key.
    prefix: Bytes,
    terms: Terms,
    model: Model,
    /// What is left of the round.
    script: VecDeque<Vec<Bytes>>,
    /// The keys of the round.
    keys: BTreeSet<Bytes>,
    /// What was answered in this round.
    answered: Vec<Vec<Bytes>>,
    /// How long the long string is, as far as is known without a reply.
    long_bytes: usize,
    drawn: usize,
}

impl Lane {
    pub(super) fn new(connection: usize, terms: Terms) -> Lane {
        let prefix = format!("own{connection}:").into_bytes();
        let (script, keys, answered) = (VecDeque::new(), BTreeSet::new(), Vec::new());
        Lane { prefix, model: model(&terms), terms, script, keys, answered, long_bytes: 0, drawn: 0 }
    }

    /// The next command.
    pub(super) fn draw(&mut self, dice: &mut Dice) -> Own {
        self.drawn += 1;
        let is_last = self.script.is_empty() && !self.keys.is_empty();
        let argv = if is_last {
            self.long_bytes = 0;
            let keys = std::mem::take(&mut self.keys);
            [b"DEL".to_vec()].into_iter().chain(keys).collect()
        } else if self.drawn.is_multiple_of(LONG_EVERY) {
            self.long(dice)
        } else {
            self.short(dice)
        };
        Own { argv, is_last }
    }

    /// A command of the scenario.
    fn short(&mut self, dice: &mut Dice) -> Vec<Bytes> {
        let offer = Offer { command: &is_offered, ..Offer::COMMANDS };
        while self.script.is_empty() {
            let data = generate_of(dice.seed(), RECORDS, Some(Families::only(&FAMILIES)), &offer);
            let steps = decode(&data).steps;
            self.script.extend(steps.iter().filter_map(|step| own(step.argv()?, &self.prefix)));
        }
        let argv = self.script.pop_front().unwrap_or_default();
        self.keys.extend(keys_of(&argv).unwrap_or_default());
        argv
    }

    /// A command about the long string.
    fn long(&mut self, dice: &mut Dice) -> Vec<Bytes> {
        let key = [self.prefix.as_slice(), b"long"].concat();
        self.keys.insert(key.clone());
        let len = dice.length(1 << 10, stamp::BYTES_MAX);
        let value = stamp::value("long", self.drawn as u64, len);
        let (from, to) = (dice.below(LONG_BYTES_MAX), dice.below(4096));
        let number = |n: usize| n.to_string().into_bytes();
        match dice.below(8) {
            0 | 1 if self.long_bytes + len <= LONG_BYTES_MAX => {
                self.long_bytes += len;
                vec![b"APPEND".to_vec(), key, value]
            }
            2 => vec![b"STRLEN".to_vec(), key],
            3 => vec![b"GETRANGE".to_vec(), key, number(from), number(from + to)],
            4 | 5 => vec![b"GET".to_vec(), key],
            _ => {
                self.long_bytes = len;
                vec![b"SET".to_vec(), key, value]
            }
        }
    }

    /// Holds a reply against the model; gives how many checks that was.
    pub(super) fn answer(&mut self, own: Own, reply: &Value) -> Result<u64, Box<Finding>> {
        let checks = if self.model.has_lost_track() { 0 } else { self.check(&own.argv, reply)? };
        if is_long(&own.argv) && own.argv[0] == b"SET" {
            // What was there before has no part in what follows, and is large.
            self.answered.retain(|argv| !is_long(argv));
        }
        self.answered.push(own.argv);
        if own.is_last {
            self.answered.clear();
            self.model = model(&self.terms);
        }
        Ok(checks)
    }

    fn check(&mut self, argv: &[Bytes], reply: &Value) -> Result<u64, Box<Finding>> {
        let mut expects = Vec::new();
        self.model.send(CLIENT, argv, Some(reply), &mut expects);
        match expects.as_slice() {
            _ if self.model.has_lost_track() => Ok(0),
            [(_, expect)] if expect.accepts(reply, false) => Ok(1),
            [(_, expect), ..] => Err(Box::new(self.finding(argv, expect, reply))),
            [] => Ok(0),
        }
    }

    fn finding(&self, argv: &[Bytes], expect: &Expect, reply: &Value) -> Finding {
        let fingerprint =
            Fingerprint::new(Oracle::Reply, &command::signature(argv), &expect.class(), &reply_class(reply));
        let alone = self.related(argv);
        Finding {
            violation: Violation {
                oracle: Oracle::Reply,
                step: self.answered.len(),
                command: abridged(argv),
                observed: reply.to_string(),
                expected: expect.to_string(),
                fingerprint,
                as_sent: alone.iter().map(|argv| abridged(argv)).enumerate().collect(),
                dispute: None,
            },
            alone,
        }
    }

    /// The commands of the round that can have to do with a command, which is the last of them: those on its keys, on the
    /// keys of those, and so on.
    fn related(&self, argv: &[Bytes]) -> Vec<Vec<Bytes>> {
        let mut keys: BTreeSet<Bytes> = keys_of(argv).unwrap_or_default().into_iter().collect();
        let mut related = vec![argv.to_vec()];
        for earlier in self.answered.iter().rev() {
            let others = keys_of(earlier).unwrap_or_default();
            if others.iter().any(|key| keys.contains(key)) {
                keys.extend(others);
                related.push(earlier.clone());
            }
        }
        related.reverse();
        related
    }
}

const CLIENT: ClientId = ClientId(0);

fn model(terms: &Terms) -> Model {
    let model = Model::new(terms.encodings).with_string_limit(terms.string_bytes_max);
    let mut model = model.with_foreign_clock();
    model.set_clock((terms.now_ms)());
    model
}

/// A command without what long arguments say.
fn abridged(argv: &[Bytes]) -> String {
    const SHOWN: usize = 200;
    let short = |arg: &Bytes| if arg.len() > SHOWN { format!("<{} bytes>", arg.len()) } else { quote(arg) };
    argv.iter().map(short).collect::<Vec<_>>().join(" ")
}

fn is_offered(command: &Command) -> bool {
    FAMILIES.contains(&command.family) && !LEFT_OUT.contains(&command.name) && !command.has_flag("blocking")
}

/// Whether the command is about a long string, which no other commands use.
fn is_long(argv: &[Bytes]) -> bool {
    argv.get(1).is_some_and(|key| key.ends_with(b":long"))
}

/// The same command on keys of that prefix; `None` if it may do more than that, or not be answered at once.
fn own(argv: &[Bytes], prefix: &[u8]) -> Option<Vec<Bytes>> {
    let command = command::by_name(&argv[0])?;
    let has_time = |arg: &Bytes| TIMES.iter().any(|word| arg.eq_ignore_ascii_case(word)) || arg.starts_with(b"@");
    if !is_offered(command) || may_wait(argv) || asks_for_idle_time(argv) || argv.iter().any(has_time) {
        return None;
    }
    let keys = keys_of(argv).ok()?;
    let renamed = |arg: &Bytes| if keys.contains(arg) { [prefix, arg.as_slice()].concat() } else { arg.clone() };
    let argv: Vec<Bytes> = argv[..1].iter().cloned().chain(argv[1..].iter().map(renamed)).collect();
    let keys = keys_of(&argv).ok()?;
    let is_own = !keys.is_empty() && keys.iter().all(|key| key.starts_with(prefix));
    (is_own && !asks_for_endless_reply(&argv)).then_some(argv)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Bytes> {
        line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn commands_are_confined_to_keys_of_their_connection() {
        for (line, confined) in [
            ("SET s0 v", Some("SET own1:s0 v")),
            ("ZUNIONSTORE z0 2 z1 z2", Some("ZUNIONSTORE own1:z0 2 own1:z1 own1:z2")),
            ("MSET s0 1 s1 s0", Some("MSET own1:s0 1 own1:s1 own1:s0")),
            ("SET s0 v EX 10", None),
            ("PEXPIRE s0 5", None),
            ("WATCH s0", None),
            ("KEYS *", None),
            ("FLUSHALL", None),
            ("BLPOP l0 0", None),
            ("XADD x0 * f v", None),
            ("SORT l0 BY w*", None),
        ] {
            assert_eq!(own(&words(line), b"own1:"), confined.map(words), "{line}");
        }
    }

    #[test]
    fn a_round_ends_with_nothing_left() {
        let (mut dice, mut lane) = (Dice::new(3, 0), Lane::new(0, Terms::default()));
        let mut server = model(&Terms::default());
        let (mut rounds, mut checks) = (0, 0);
        while rounds < 3 {
            let own = lane.draw(&mut dice);
            let mut expects = Vec::new();
            server.send(CLIENT, &own.argv, None, &mut expects);
            let reply = expects.remove(0).1.choose().remove(0);
            rounds += usize::from(own.is_last);
            if own.is_last {
                assert!(server.readings(0).is_empty());
            }
            checks += lane.answer(own, &reply).unwrap_or_else(|finding| panic!("{}", finding.violation));
        }
        assert!(checks > 150, "{checks}");
        // The first lie is told.
        let own = loop {
            let own = lane.draw(&mut dice);
            if own.argv[0] == b"STRLEN" {
                break own;
            }
            let mut expects = Vec::new();
            server.send(CLIENT, &own.argv, None, &mut expects);
            let reply = expects.remove(0).1.choose().remove(0);
            lane.answer(own, &reply).unwrap_or_else(|finding| panic!("{}", finding.violation));
        };
        let finding = lane.answer(own, &Value::Int(-1)).unwrap_err();
        assert_eq!(finding.violation.fingerprint.as_str(), "reply/STRLEN/int/int");
        assert!(!finding.alone.is_empty());
    }
}
