//! The keys that all connections use, the first ones far more often than the last.
//!
//! A key's number says what it is: a string, a hash, a sorted set (whose scores are the numbers of writes), a counter or
//! a queue. [`order`](super::order) says which replies are possible.

use std::collections::{BTreeMap, VecDeque};

use super::dice::{Dice, Ranks};
use super::order::{Content, Counter, Queue, Register, Wrong};
use super::stamp::{self, Flaw};
use crate::oracle::{Fingerprint, Oracle, Violation, reply_class};
use crate::resp::{Bytes, Value};

/// Cells of a hash or a sorted set.
const CELLS: usize = 8;

/// A queue that is longer is only taken from.
const QUEUE_MAX: usize = 20;

/// The longest value of a hash or a queue; strings have up to [`stamp::BYTES_MAX`].
const SMALL_BYTES_MAX: usize = 4 << 10;

/// How many of the last commands of a key are told when something is wrong.
const TRAIL: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    String,
    Hash,
    Board,
    Counter,
    Queue,
}

fn kind(key: usize) -> Kind {
    match key % 10 {
        3 => Kind::Hash,
        5 => Kind::Board,
        7 => Kind::Counter,
        9 => Kind::Queue,
        _ => Kind::String,
    }
}

/// A key's name.
pub(super) fn name(key: usize) -> String {
    let kind = match kind(key) {
        Kind::String => "string",
        Kind::Hash => "hash",
        Kind::Board => "board",
        Kind::Counter => "counter",
        Kind::Queue => "queue",
    };
    format!("{kind}:{key}")
}

/// A cell: a key, and which of its fields or members.
type Place = (usize, usize);

/// As values of the place say it.
fn label((key, cell): Place) -> String {
    if kind(key) == Kind::Hash { format!("{}/f{cell}", name(key)) } else { name(key) }
}

/// A cell that is read, with what [`Register::end_read`] is to be told.
type Read = (Place, u64);

/// A command about shared keys that is on its way.
pub(super) struct Ask {
    key: usize,
    begun: u64,
    what: What,
    /// As it is told.
    shown: String,
}

enum What {
    Cells {
        reads: Vec<Read>,
        writes: Vec<(Place, Content)>,
        shape: Shape,
    },
    Increment(u64),
    Count(u64),
    Push(u64),
    /// With what [`Queue::end_pop`] is told; `last` if nobody else uses the queue any more.
    Pop {
        front: u64,
        last: bool,
    },
}

/// What a reply about cells looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Ok,
    Number,
    /// The one cell that is read.
    One,
    /// Each cell that is read, in order.
    Each,
    /// Members with their scores, the highest first.
    Ranking,
}

/// What is wrong with a reply.
struct Fault {
    expected: String,
    /// In one word each.
    classes: (&'static str, String),
}

/// All shared keys.
pub(super) struct Shared {
    ranks: Ranks,
    cells: BTreeMap<Place, Register>,
    counters: BTreeMap<usize, Counter>,
    queues: BTreeMap<usize, Queue>,
    /// The last number of a write.
    written: u64,
    /// How often each key was used.
    pub(super) uses: Vec<u64>,
    trails: Vec<VecDeque<String>>,
}

impl Shared {
    pub(super) fn new(keys: usize) -> Shared {
        let (cells, counters, queues) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let trails = vec![VecDeque::new(); keys];
        Shared { ranks: Ranks::new(keys), cells, counters, queues, written: 0, uses: vec![0; keys], trails }
    }

    /// Any command about a key that is drawn.
    pub(super) fn draw(&mut self, dice: &mut Dice, now: u64) -> (Vec<Bytes>, Ask) {
        let key = self.ranks.draw(dice);
        self.uses[key] += 1;
        let name = name(key);
        let place = (key, if kind(key) == Kind::String { 0 } else { dice.below(CELLS) });
        match (kind(key), dice.below(10)) {
            (Kind::String, 0..=4) => self.read(key, now, &["GET", &name], vec![place], Shape::One),
            (Kind::String, 5) => self.read_many(key, now, dice),
            (Kind::String, 6..=8) => self.write_string(place, now, dice),
            (Kind::String, _) => self.rewrite_string(place, now, dice),
            (Kind::Hash, 0..=4) => {
                self.read(key, now, &["HGET", &name, &format!("f{}", place.1)], vec![place], Shape::One)
            }
            (Kind::Hash, 5..=8) => self.write_field(place, now, dice),
            (Kind::Hash, _) => self.delete(place, now, &["HDEL", &name, &format!("f{}", place.1)]),
            (Kind::Board, 0..=2) => {
                self.read(key, now, &["ZSCORE", &name, &format!("m{}", place.1)], vec![place], Shape::One)
            }
            (Kind::Board, 3..=4) => {
                let all = (0..CELLS).map(|cell| (key, cell)).collect();
                self.read(key, now, &["ZREVRANGE", &name, "0", "-1", "WITHSCORES"], all, Shape::Ranking)
            }
            (Kind::Board, 5..=8) => self.write_score(place, now),
            (Kind::Board, _) => self.delete(place, now, &["ZREM", &name, &format!("m{}", place.1)]),
            (Kind::Counter, 0..=2) => self.count(key, now),
            (Kind::Counter, _) => {
                let floor = self.counters.entry(key).or_default().begin_increment();
                ask(key, now, words(&["INCR", &name]), What::Increment(floor))
            }
            (Kind::Queue, 0..=4) if self.queues.get(&key).is_none_or(|queue| queue.len() < QUEUE_MAX) => {
                self.push(key, now, dice)
            }
            (Kind::Queue, _) => self.pop(key, now, false),
        }
    }

    /// The first write to a key: before anything is measured.
    pub(super) fn fill(&mut self, key: usize, dice: &mut Dice, now: u64) -> (Vec<Bytes>, Ask) {
        match kind(key) {
            Kind::String => self.write_string((key, 0), now, dice),
            Kind::Hash => self.write_field((key, 0), now, dice),
            Kind::Board => self.write_score((key, 0), now),
            Kind::Counter => self.count(key, now),
            Kind::Queue => self.push(key, now, dice),
        }
    }

    /// A look at what a key has in the end: the next one, until there is nothing more to look at.
    pub(super) fn sweep(&mut self, key: usize, now: u64) -> Vec<(Vec<Bytes>, Ask)> {
        let name = name(key);
        let all: Vec<Place> = (0..CELLS).map(|cell| (key, cell)).collect();
        match kind(key) {
            Kind::String => vec![self.read(key, now, &["GET", &name], vec![(key, 0)], Shape::One)],
            Kind::Hash => {
                let fields: Vec<String> = (0..CELLS).map(|cell| format!("f{cell}")).collect();
                let argv: Vec<&str> = ["HMGET", &name].into_iter().chain(fields.iter().map(String::as_str)).collect();
                vec![self.read(key, now, &argv, all, Shape::Each)]
            }
            Kind::Board => {
                let argv = ["ZREVRANGE", &name, "0", "-1", "WITHSCORES"];
                vec![self.read(key, now, &argv, all, Shape::Ranking)]
            }
            Kind::Counter => vec![self.count(key, now)],
            Kind::Queue => {
                let left = self.queues.get(&key).map_or(0, Queue::len);
                (0..=left).map(|i| self.pop(key, now, i == left)).collect()
            }
        }
    }

    fn read(&mut self, key: usize, now: u64, argv: &[&str], places: Vec<Place>, shape: Shape) -> (Vec<Bytes>, Ask) {
        let reads = places.into_iter().map(|place| (place, self.cell(place).begin_read())).collect();
        ask(key, now, words(argv), What::Cells { reads, writes: Vec::new(), shape })
    }

    /// Strings next to each other.
    fn read_many(&mut self, key: usize, now: u64, dice: &mut Dice) -> (Vec<Bytes>, Ask) {
        let last = self.uses.len() - 1;
        let keys: Vec<usize> = (key..=last).filter(|key| kind(*key) == Kind::String).take(2 + dice.below(3)).collect();
        let names: Vec<String> = keys.iter().map(|key| name(*key)).collect();
        let argv: Vec<&str> = ["MGET"].into_iter().chain(names.iter().map(String::as_str)).collect();
        self.read(key, now, &argv, keys.iter().map(|key| (*key, 0)).collect(), Shape::Each)
    }

    fn write_string(&mut self, place: Place, now: u64, dice: &mut Dice) -> (Vec<Bytes>, Ask) {
        let (number, value) = self.value(place, dice.length(1 << 10, stamp::BYTES_MAX));
        let argv = vec![b"SET".to_vec(), name(place.0).into_bytes(), value];
        self.write(place, now, argv, Some(number), false, Shape::Ok)
    }

    /// A write that tells what was there.
    fn rewrite_string(&mut self, place: Place, now: u64, dice: &mut Dice) -> (Vec<Bytes>, Ask) {
        let name = name(place.0);
        match dice.below(3) {
            0 => self.write(place, now, words(&["GETDEL", &name]), None, true, Shape::One),
            1 => self.delete(place, now, &["DEL", &name]),
            _ => {
                let (number, value) = self.value(place, dice.length(1 << 10, stamp::BYTES_MAX));
                let argv = vec![b"SET".to_vec(), name.into_bytes(), value, b"GET".to_vec()];
                self.write(place, now, argv, Some(number), true, Shape::One)
            }
        }
    }

    fn write_field(&mut self, place: Place, now: u64, dice: &mut Dice) -> (Vec<Bytes>, Ask) {
        let (number, value) = self.value(place, dice.length(1 << 10, SMALL_BYTES_MAX));
        let field = format!("f{}", place.1).into_bytes();
        let argv = vec![b"HSET".to_vec(), name(place.0).into_bytes(), field, value];
        self.write(place, now, argv, Some(number), false, Shape::Number)
    }

    fn write_score(&mut self, place: Place, now: u64) -> (Vec<Bytes>, Ask) {
        self.written += 1;
        let number = self.written;
        let argv = words(&["ZADD", &name(place.0), &number.to_string(), &format!("m{}", place.1)]);
        self.write(place, now, argv, Some(number), false, Shape::Number)
    }

    fn delete(&mut self, place: Place, now: u64, argv: &[&str]) -> (Vec<Bytes>, Ask) {
        self.write(place, now, words(argv), None, false, Shape::Number)
    }

    fn write(
        &mut self,
        place: Place,
        now: u64,
        argv: Vec<Bytes>,
        content: Content,
        reads: bool,
        shape: Shape,
    ) -> (Vec<Bytes>, Ask) {
        let cell = self.cell(place);
        let reads = if reads { vec![(place, cell.begin_read())] } else { Vec::new() };
        cell.begin_write(content);
        ask(place.0, now, argv, What::Cells { reads, writes: vec![(place, content)], shape })
    }

    fn count(&mut self, key: usize, now: u64) -> (Vec<Bytes>, Ask) {
        let floor = self.counters.entry(key).or_default().begin_read();
        ask(key, now, words(&["GET", &name(key)]), What::Count(floor))
    }

    fn push(&mut self, key: usize, now: u64, dice: &mut Dice) -> (Vec<Bytes>, Ask) {
        let (number, value) = self.value((key, 0), dice.length(1 << 10, SMALL_BYTES_MAX));
        self.queues.entry(key).or_default().begin_push(number, now);
        ask(key, now, vec![b"RPUSH".to_vec(), name(key).into_bytes(), value], What::Push(number))
    }

    fn pop(&mut self, key: usize, now: u64, last: bool) -> (Vec<Bytes>, Ask) {
        let front = self.queues.entry(key).or_default().begin_pop();
        ask(key, now, words(&["LPOP", &name(key)]), What::Pop { front, last })
    }

    fn value(&mut self, place: Place, len: usize) -> (u64, Bytes) {
        self.written += 1;
        (self.written, stamp::value(&label(place), self.written, len))
    }

    fn cell(&mut self, place: Place) -> &mut Register {
        self.cells.entry(place).or_insert_with(Register::new)
    }

    /// Holds a reply against what is possible; gives how many checks that was.
    pub(super) fn answer(
        &mut self,
        ask: Ask,
        connection: usize,
        reply: &Value,
        now: u64,
    ) -> Result<u64, Box<Violation>> {
        let Ask { key, begun, what, shown } = ask;
        let line = format!("c{connection}> {shown}  # sent at {begun}, answered at {now}: {}", abridged(reply));
        let trail = &mut self.trails[key];
        trail.push_back(line);
        if trail.len() > TRAIL {
            trail.pop_front();
        }
        self.judge(key, begun, what, reply, now).map_err(|fault| {
            let verb = shown.split(' ').next().unwrap_or_default();
            Box::new(Violation {
                oracle: Oracle::Order,
                step: 0,
                command: shown.clone(),
                observed: abridged(reply),
                expected: fault.expected,
                fingerprint: Fingerprint::new(Oracle::Order, verb, fault.classes.0, &fault.classes.1),
                as_sent: self.trails[key].iter().cloned().enumerate().collect(),
                dispute: None,
            })
        })
    }

    fn judge(&mut self, key: usize, begun: u64, what: What, reply: &Value, now: u64) -> Result<u64, Fault> {
        match what {
            What::Cells { reads, writes, shape } => self.judge_cells(&reads, &writes, shape, begun, reply, now),
            What::Increment(floor) => {
                let seen = number(reply)?;
                let counter = self.counters.entry(key).or_default();
                counter
                    .end_increment(floor, seen)
                    .map_err(|wrong| Fault::of(wrong, "a number that nobody else has"))?;
                Ok(1)
            }
            What::Count(floor) => {
                let seen = match reply {
                    Value::NullBulk => 0,
                    Value::Bulk(text) => parsed(text).ok_or_else(|| Fault::class("a number", "number", reply))?,
                    _ => return Err(Fault::class("a number", "number", reply)),
                };
                let counter = self.counters.entry(key).or_default();
                let expected = format!("a number of increments from {floor} on");
                counter.end_read(floor, seen).map_err(|wrong| Fault::of(wrong, &expected))?;
                Ok(1)
            }
            What::Push(pushed) => {
                number(reply)?;
                self.queues.entry(key).or_default().end_push(pushed, now);
                Ok(1)
            }
            What::Pop { front, last } => self.judge_pop(key, front, last, reply),
        }
    }

    fn judge_pop(&mut self, key: usize, front: u64, last: bool, reply: &Value) -> Result<u64, Fault> {
        let queue = self.queues.entry(key).or_default();
        match reply {
            Value::NullBulk if last => {
                let expected = format!("{} elements more, which were pushed and never popped", queue.len());
                queue.end().map_err(|wrong| Fault::of(wrong, &expected))?;
            }
            Value::NullBulk => {}
            Value::Bulk(value) => {
                let number = stamp::read(&name(key), value).map_err(Fault::flawed)?;
                let expected = "an element that is in the queue, the first one";
                queue.end_pop(front, number).map_err(|wrong| Fault::of(wrong, expected))?;
            }
            _ => return Err(Fault::class("an element or nothing", "bulk", reply)),
        }
        Ok(1)
    }

    fn judge_cells(
        &mut self,
        reads: &[Read],
        writes: &[(Place, Content)],
        shape: Shape,
        begun: u64,
        reply: &Value,
        now: u64,
    ) -> Result<u64, Fault> {
        let seen = match (shape, reply) {
            (Shape::Ok, Value::Status(text)) if text == b"OK" => Vec::new(),
            (Shape::Ok, _) => return Err(Fault::class("OK", "status", reply)),
            (Shape::Number, _) => number(reply).map(|_| Vec::new())?,
            (Shape::One, reply) => vec![(reads[0], content(reads[0].0, reply)?)],
            (Shape::Each, Value::Array(items)) if items.len() == reads.len() => {
                let each = reads.iter().zip(items);
                each.map(|(read, item)| Ok((*read, content(read.0, item)?))).collect::<Result<_, Fault>>()?
            }
            (Shape::Ranking, Value::Array(items)) => ranking(reads, items)?,
            (Shape::Each | Shape::Ranking, _) => return Err(Fault::class("one for each", "array", reply)),
        };
        let checks = seen.len().max(1) as u64;
        for ((place, floor), content) in seen {
            let expected = "what was written last, or meanwhile";
            self.cell(place).end_read(floor, content).map_err(|wrong| Fault::of(wrong, expected))?;
        }
        for (place, content) in writes {
            self.cell(*place).end_write(*content, begun, now);
        }
        Ok(checks)
    }
}

impl Fault {
    fn of(wrong: Wrong, expected: &str) -> Fault {
        Fault { expected: expected.to_owned(), classes: ("current", wrong.name().to_owned()) }
    }

    fn class(expected: &str, class: &'static str, reply: &Value) -> Fault {
        Fault { expected: expected.to_owned(), classes: (class, reply_class(reply)) }
    }

    fn flawed(flaw: Flaw) -> Fault {
        let class = match flaw {
            Flaw::Foreign => "foreign",
            Flaw::Damaged => "damaged",
        };
        Fault { expected: "a value that was written here".into(), classes: ("current", class.into()) }
    }
}

fn ask(key: usize, begun: u64, argv: Vec<Bytes>, what: What) -> (Vec<Bytes>, Ask) {
    let shown = argv.iter().map(|arg| short(arg)).collect::<Vec<_>>().join(" ");
    (argv, Ask { key, begun, what, shown })
}

/// What a reply about one cell says.
fn content((key, cell): Place, reply: &Value) -> Result<Content, Fault> {
    match reply {
        Value::NullBulk | Value::Null => Ok(None),
        Value::Bulk(text) if kind(key) == Kind::Board => match parsed(text) {
            Some(score) => Ok(Some(score)),
            None => Err(Fault::flawed(Flaw::Damaged)),
        },
        Value::Bulk(value) => stamp::read(&label((key, cell)), value).map(Some).map_err(Fault::flawed),
        _ => Err(Fault::class("a value or nothing", "bulk", reply)),
    }
}

/// What a ranking says about each member; the scores must fall.
fn ranking(reads: &[Read], items: &[Value]) -> Result<Vec<(Read, Content)>, Fault> {
    let mut seen: Vec<_> = reads.iter().map(|read| (*read, None)).collect();
    let mut above = u64::MAX;
    for pair in items.chunks(2) {
        let [Value::Bulk(member), Value::Bulk(score)] = pair else { return Err(Fault::flawed(Flaw::Damaged)) };
        let cell = member.strip_prefix(b"m").and_then(parsed).and_then(|cell| usize::try_from(cell).ok());
        let found = seen.iter_mut().find(|((place, _), content)| Some(place.1) == cell && content.is_none());
        let (Some(found), Some(score)) = (found, parsed(score)) else { return Err(Fault::flawed(Flaw::Damaged)) };
        if score >= above {
            return Err(Fault { expected: "falling scores".into(), classes: ("sorted", "unsorted".into()) });
        }
        (above, found.1) = (score, Some(score));
    }
    Ok(seen)
}

fn number(reply: &Value) -> Result<u64, Fault> {
    match reply {
        Value::Int(n) => u64::try_from(*n).map_err(|_| Fault::class("a number from 0 on", "count", reply)),
        _ => Err(Fault::class("a number", "int", reply)),
    }
}

fn parsed(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn words(words: &[&str]) -> Vec<Bytes> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// An argument or a value as it is told: its beginning says which write it is of.
fn short(bytes: &[u8]) -> String {
    const SHOWN: usize = 40;
    match bytes.len() {
        0..=SHOWN => bytes.escape_ascii().to_string(),
        len => {
            let head: Vec<&[u8]> = bytes.splitn(4, |byte| *byte == b' ').take(1).collect();
            format!("<{len} bytes, write {}>", head[0][..head[0].len().min(20)].escape_ascii())
        }
    }
}

fn abridged(reply: &Value) -> String {
    match reply {
        Value::Bulk(bytes) if bytes.len() > 40 => short(bytes),
        Value::Array(items) => format!("[{}]", items.iter().map(abridged).collect::<Vec<_>>().join(", ")),
        reply => reply.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(shared: &mut Shared, (_, ask): (Vec<Bytes>, Ask), reply: Value, now: u64) -> Result<u64, String> {
        shared.answer(ask, 0, &reply, now).map_err(|violation| violation.fingerprint.to_string())
    }

    /// A string that was written once: its value.
    fn written(shared: &mut Shared) -> Bytes {
        let write = shared.fill(0, &mut Dice::new(0, 0), 1);
        let value = write.0[2].clone();
        answer(shared, write, Value::ok(), 2).unwrap();
        value
    }

    #[test]
    fn what_was_never_written_there_is_told() {
        let get = |shared: &mut Shared| shared.sweep(0, 3).remove(0);
        let mut shared = Shared::new(10);
        let value = written(&mut shared);
        let ask = get(&mut shared);
        assert_eq!(answer(&mut shared, ask, Value::Bulk(value.clone()), 4), Ok(1));
        let foreign = stamp::value("string:1", 1, 2000);
        for (reply, fingerprint) in [
            (Value::NullBulk, "order/GET/current/lost"),
            (Value::Bulk(value[..value.len() - 1].to_vec()), "order/GET/current/damaged"),
            (Value::Bulk(foreign), "order/GET/current/foreign"),
            (Value::Bulk(stamp::value("string:0", 9, 2000)), "order/GET/current/stale"),
            (Value::Int(1), "order/GET/bulk/int"),
            (Value::error("ERR no"), "order/GET/bulk/error:ERR"),
        ] {
            let ask = get(&mut shared);
            assert_eq!(answer(&mut shared, ask, reply, 5), Err(fingerprint.to_owned()));
        }
    }

    #[test]
    fn rankings_fall_and_have_each_member_once() {
        let mut shared = Shared::new(10);
        let write = shared.fill(5, &mut Dice::new(0, 0), 1);
        answer(&mut shared, write, Value::Int(1), 2).unwrap();
        let pair = |member: &str, score: &str| [Value::bulk(member), Value::bulk(score)];
        for (pairs, outcome) in [
            (vec![pair("m0", "1")], Ok(CELLS as u64)),
            (vec![pair("m1", "1"), pair("m0", "1")], Err("order/ZREVRANGE/sorted/unsorted")),
            (vec![pair("m0", "2"), pair("m0", "1")], Err("order/ZREVRANGE/current/damaged")),
            (vec![], Err("order/ZREVRANGE/current/lost")),
        ] {
            let ask = shared.sweep(5, 3).remove(0);
            let reply = Value::Array(pairs.into_iter().flatten().collect());
            assert_eq!(answer(&mut shared, ask, reply, 4), outcome.map_err(str::to_owned));
        }
    }

    #[test]
    fn a_lost_increment_and_a_lost_element_are_told_in_the_end() {
        let mut shared = Shared::new(10);
        let floor = shared.counters.entry(7).or_default().begin_increment();
        answer(&mut shared, ask(7, 1, words(&["INCR", "counter:7"]), What::Increment(floor)), Value::Int(1), 2)
            .unwrap();
        let count = shared.sweep(7, 3).remove(0);
        assert_eq!(answer(&mut shared, count, Value::NullBulk, 4), Err("order/GET/current/stale".to_owned()));
        let push = shared.fill(9, &mut Dice::new(0, 0), 5);
        answer(&mut shared, push, Value::Int(1), 6).unwrap();
        let pops = shared.sweep(9, 7);
        assert_eq!(pops.len(), 2);
        let outcomes: Vec<_> = pops.into_iter().map(|pop| answer(&mut shared, pop, Value::NullBulk, 8)).collect();
        assert_eq!(outcomes, [Ok(1), Err("order/LPOP/current/lost".to_owned())]);
    }
}
