//! Lists.

use super::args;
use super::{Command, Context, Outcome, Run};
use crate::blocking::Wait;
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::list::List;
use crate::value::Kind;

const ONE: (i64, i64, i64) = (1, 1, 1);
const READ: &str = "readonly";
const WRITE: &str = "write denyoom";
const WRITE_FAST: &str = "write denyoom fast";
const POP: &str = "write noscript blocking";
const MOVE: &str = "write denyoom noscript blocking";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("lpush", -3, WRITE_FAST, ONE, Run::Now(lpush)),
    Command::new("rpush", -3, WRITE_FAST, ONE, Run::Now(rpush)),
    Command::new("lpushx", -3, WRITE_FAST, ONE, Run::Now(lpushx)),
    Command::new("rpushx", -3, WRITE_FAST, ONE, Run::Now(rpushx)),
    Command::new("lpop", -2, "write fast", ONE, Run::Now(lpop)),
    Command::new("rpop", -2, "write fast", ONE, Run::Now(rpop)),
    Command::new("llen", 2, "readonly fast", ONE, Run::Now(llen)),
    Command::new("lindex", 3, READ, ONE, Run::Now(lindex)),
    Command::new("lset", 4, WRITE, ONE, Run::Now(lset)),
    Command::new("linsert", 5, WRITE, ONE, Run::Now(linsert)),
    Command::new("lrange", 4, READ, ONE, Run::Now(lrange)),
    Command::new("ltrim", 4, "write", ONE, Run::Now(ltrim)),
    Command::new("lrem", 4, "write", ONE, Run::Now(lrem)),
    Command::new("lpos", -3, READ, ONE, Run::Now(lpos)),
    Command::new("lmove", 5, WRITE, (1, 2, 1), Run::Now(lmove)),
    Command::new("rpoplpush", 3, WRITE, (1, 2, 1), Run::Now(rpoplpush)),
    Command::new("lmpop", -4, "write movablekeys", (0, 0, 0), Run::Now(lmpop)),
    Command::new("blpop", -3, POP, (1, -2, 1), Run::Wait(blpop)),
    Command::new("brpop", -3, POP, (1, -2, 1), Run::Wait(brpop)),
    Command::new("blmove", 6, MOVE, (1, 2, 1), Run::Wait(blmove)),
    Command::new("brpoplpush", 4, MOVE, (1, 2, 1), Run::Wait(brpoplpush)),
    Command::new("blmpop", -5, "write blocking movablekeys", (0, 0, 0), Run::Wait(blmpop)),
];

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Left,
    Right,
}

impl End {
    fn parse(word: &[u8]) -> Result<End, Error> {
        if args::is(word, "LEFT") {
            Ok(End::Left)
        } else if args::is(word, "RIGHT") {
            Ok(End::Right)
        } else {
            Err(Error::SYNTAX)
        }
    }

    fn pop(self, list: &mut List) -> Option<Vec<u8>> {
        match self {
            End::Left => list.pop_front(),
            End::Right => list.pop_back(),
        }
    }
}

/// Pushes onto a list, which is created if it is missing; returns its new length.
fn push(cx: &mut Context<'_>, key: &[u8], end: End, values: &[Vec<u8>]) -> Result<usize, Error> {
    let limits = cx.config().list_limits();
    let misplaces = planted!(cx.config(), ListConversionMisplaces);
    let list = cx.get_or_create::<List>(key)?;
    for value in values {
        let converts = list.len() == limits.entries;
        match if misplaces && converts { End::Right } else { end } {
            End::Left => list.push_front(value, &limits),
            End::Right => list.push_back(value, &limits),
        }
    }
    let len = list.len();
    cx.changed(key);
    Ok(len)
}

/// Pops up to `count` elements; `None` if there is no list.
fn pop(cx: &mut Context<'_>, key: &[u8], end: End, count: usize) -> Result<Option<Vec<Vec<u8>>>, Error> {
    let Some(list) = cx.get_mut::<List>(key)? else {
        return Ok(None);
    };
    let popped: Vec<_> = std::iter::from_fn(|| end.pop(list)).take(count).collect();
    if !popped.is_empty() {
        cx.changed(key);
    }
    Ok(Some(popped))
}

fn pop_one(cx: &mut Context<'_>, key: &[u8], end: End) -> Result<Option<Vec<u8>>, Error> {
    Ok(pop(cx, key, end, 1)?.and_then(|mut popped| popped.pop()))
}

fn lpush(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(push(cx, &argv[1], End::Left, &argv[2..])?))
}

fn rpush(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(push(cx, &argv[1], End::Right, &argv[2..])?))
}

fn may_pushx(cx: &mut Context<'_>, key: &[u8]) -> bool {
    cx.exists(key) || planted!(cx.config(), LpushxCreates)
}

fn lpushx(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if may_pushx(cx, &argv[1]) { lpush(cx, argv) } else { Ok(Reply::Int(0)) }
}

fn rpushx(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if may_pushx(cx, &argv[1]) { rpush(cx, argv) } else { Ok(Reply::Int(0)) }
}

fn lpop(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    pop_command(cx, argv, End::Left, "lpop")
}

fn rpop(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    pop_command(cx, argv, End::Right, "rpop")
}

fn pop_command(cx: &mut Context<'_>, argv: &[Vec<u8>], end: End, name: &str) -> Outcome {
    let [_, key, count @ ..] = argv else {
        return Err(Error::arity(name));
    };
    match count {
        [] => Ok(Reply::bulk_or_null(pop_one(cx, key, end)?)),
        [count] => {
            let mut count = number::count(count, 0, Error::MUST_BE_POSITIVE)?;
            if planted!(cx.config(), LpopZeroPopsOne) {
                count = count.max(1);
            }
            Ok(pop(cx, key, end, count)?.map_or(Reply::NullArray, Reply::bulks))
        }
        _ => Err(Error::arity(name)),
    }
}

fn llen(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(cx.get::<List>(&argv[1])?.map_or(0, List::len)))
}

fn lindex(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let Some(list) = cx.get::<List>(&argv[1])? else {
        return Ok(Reply::NullBulk);
    };
    let at = number::position(number::int(&argv[2])?, list.len());
    Ok(Reply::bulk_or_null(at.and_then(|at| list.get(at))))
}

fn lset(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let limits = cx.config().list_limits();
    let clamps = planted!(cx.config(), LsetClampsIndex);
    let list = cx.get_mut::<List>(&argv[1])?.ok_or(Error::NO_SUCH_KEY)?;
    let index = number::int(&argv[2])?;
    let at = number::position(index, list.len()).or((clamps && index < 0).then_some(0));
    list.set(at.ok_or(Error::OUT_OF_RANGE)?, &argv[3], &limits);
    cx.changed(&argv[1]);
    Ok(Reply::OK)
}

fn linsert(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (key, pivot, value) = (&argv[1], &argv[3], &argv[4]);
    if planted!(cx.config(), LinsertCaseSensitive) && argv[2].iter().any(u8::is_ascii_lowercase) {
        return Err(Error::SYNTAX);
    }
    let after = match &argv[2] {
        word if args::is(word, "AFTER") => 1,
        word if args::is(word, "BEFORE") => 0,
        _ => return Err(Error::SYNTAX),
    };
    let mut limits = cx.config().list_limits();
    if planted!(cx.config(), LinsertIgnoresLimit) {
        limits.entries = usize::MAX;
    }
    let Some(list) = cx.get_mut::<List>(key)? else {
        return Ok(Reply::Int(0));
    };
    let Some(at) = list.iter().position(|element| element == pivot) else {
        return Ok(Reply::Int(-1));
    };
    list.insert(at + after, value, &limits);
    let len = list.len();
    cx.changed(key);
    Ok(Reply::count(len))
}

fn lrange(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (start, end) = (number::int(&argv[2])?, number::int(&argv[3])?);
    let unclamped = planted!(cx.config(), LrangeStartTooLow);
    let Some(list) = cx.get::<List>(&argv[1])? else {
        return Ok(Reply::Array(Vec::new()));
    };
    if unclamped && start < -(list.len() as i64) {
        return Ok(Reply::Array(Vec::new()));
    }
    let range = number::clamp_range(start, end, list.len()).unwrap_or_default();
    Ok(Reply::bulks(list.iter().skip(range.start).take(range.len())))
}

fn ltrim(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (start, end) = (number::int(&argv[2])?, number::int(&argv[3])?);
    let Some(list) = cx.get_mut::<List>(&argv[1])? else {
        return Ok(Reply::OK);
    };
    let keep = number::clamp_range(start, end, list.len()).unwrap_or_default();
    while list.len() > keep.end {
        list.pop_back();
    }
    for _ in 0..keep.start {
        list.pop_front();
    }
    if !planted!(cx.config(), LtrimLeavesEmpty) {
        cx.changed(&argv[1]);
    }
    Ok(Reply::OK)
}

/// The positions of the elements equal to `value`, from the head or from the tail.
fn matches<'a>(list: &'a List, value: &'a [u8], from_tail: bool) -> Box<dyn Iterator<Item = usize> + 'a> {
    let len = list.len();
    if from_tail {
        let hits = list.iter().rev().enumerate().filter(move |(_, element)| *element == value);
        Box::new(hits.map(move |(at, _)| len - 1 - at))
    } else {
        let hits = list.iter().enumerate().filter(move |(_, element)| *element == value);
        Box::new(hits.map(|(at, _)| at))
    }
}

fn lrem(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (key, value) = (&argv[1], &argv[3]);
    let count = number::int(&argv[2])?;
    let from_tail = count < 0 && !planted!(cx.config(), LremNegativeFromHead);
    let Some(list) = cx.get_mut::<List>(key)? else {
        return Ok(Reply::Int(0));
    };
    let limit = if count == 0 { u64::MAX } else { count.unsigned_abs() };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut hits: Vec<usize> = matches(list, value, from_tail).take(limit).collect();
    hits.sort_unstable();
    for &at in hits.iter().rev() {
        list.remove(at);
    }
    if !hits.is_empty() {
        cx.changed(key);
    }
    Ok(Reply::count(hits.len()))
}

struct PosOptions {
    rank: i64,
    /// How many matches to tell, 0 for all; `None` tells the first one alone.
    count: Option<usize>,
    /// How many elements to look at, 0 for all.
    max_len: usize,
}

impl PosOptions {
    fn parse(words: &[Vec<u8>]) -> Result<Self, Error> {
        let mut options = Self { rank: 1, count: None, max_len: 0 };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words.next().ok_or(Error::SYNTAX)?;
            if args::is(word, "RANK") {
                options.rank = number::int(value)?;
                if options.rank == 0 {
                    return Err(RANK_ZERO);
                }
            } else if args::is(word, "COUNT") {
                options.count = Some(number::count(value, 0, COUNT_NEGATIVE)?);
            } else if args::is(word, "MAXLEN") {
                options.max_len = number::count(value, 0, MAXLEN_NEGATIVE)?;
            } else {
                return Err(Error::SYNTAX);
            }
        }
        Ok(options)
    }
}

const RANK_ZERO: Error = Error::new(
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
);
const COUNT_NEGATIVE: Error = Error::new("ERR COUNT can't be negative");
const MAXLEN_NEGATIVE: Error = Error::new("ERR MAXLEN can't be negative");

fn lpos(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let options = PosOptions::parse(&argv[3..])?;
    let limit_from_head = planted!(cx.config(), LposMaxlenFromHead);
    let Some(list) = cx.get::<List>(&argv[1])? else {
        return Ok(options.count.map_or(Reply::NullBulk, |_| Reply::Array(Vec::new())));
    };
    let unlimited = |n: usize| if n == 0 { usize::MAX } else { n };
    let from_tail = options.rank < 0;
    let len = list.len();
    let within = |at: &usize| {
        let distance = if from_tail && !limit_from_head { len - 1 - at } else { *at };
        distance < unlimited(options.max_len)
    };
    // The server negates -2^63 to itself: it skips nothing then, and never has counted enough.
    let skipped = options.rank.checked_abs().map_or(0, |rank| rank as usize - 1);
    let count = options.count.map(|count| if options.rank == i64::MIN { 0 } else { count });
    let mut hits = matches(list, &argv[2], from_tail).take_while(within).skip(skipped);
    Ok(match count {
        None => hits.next().map_or(Reply::NullBulk, Reply::count),
        Some(count) => Reply::Array(hits.take(unlimited(count)).map(Reply::count).collect()),
    })
}

fn lmove(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (from, to) = (End::parse(&argv[3])?, End::parse(&argv[4])?);
    Ok(transfer(cx, &argv[1], &argv[2], from, to)?.unwrap_or(Reply::NullBulk))
}

fn rpoplpush(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(transfer(cx, &argv[1], &argv[2], End::Right, End::Left)?.unwrap_or(Reply::NullBulk))
}

/// Moves one element; `None` if there is no source.
fn transfer(cx: &mut Context<'_>, source: &[u8], target: &[u8], from: End, to: End) -> Result<Option<Reply>, Error> {
    if cx.get::<List>(source)?.is_none() {
        return Ok(None);
    }
    if planted!(cx.config(), LmoveLosesElement) && cx.get::<List>(target).is_err() {
        pop_one(cx, source, from)?;
    }
    // The target is looked at before the source is touched, or the element would be lost.
    cx.get::<List>(target)?;
    if source == target && !planted!(cx.config(), LmoveSameListLosesTtl) {
        return rotate(cx, source, from, to).map(Some);
    }
    let Some(element) = pop_one(cx, source, from)? else {
        return Ok(None);
    };
    push(cx, target, to, std::slice::from_ref(&element))?;
    Ok(Some(Reply::Bulk(element)))
}

/// Moves an element within a list, which must not vanish in between: it would lose its time to live.
fn rotate(cx: &mut Context<'_>, key: &[u8], from: End, to: End) -> Outcome {
    let limits = cx.config().list_limits();
    let list = cx.get_or_create::<List>(key)?;
    let element = from.pop(list).unwrap_or_default();
    match to {
        End::Left => list.push_front(&element, &limits),
        End::Right => list.push_back(&element, &limits),
    }
    cx.changed(key);
    Ok(Reply::Bulk(element))
}

/// What LMPOP and BLMPOP take, and from where.
struct MultiPop {
    keys: Vec<Vec<u8>>,
    end: End,
    count: usize,
}

impl MultiPop {
    /// Reads `numkeys key... LEFT|RIGHT [COUNT count]`.
    fn parse(words: &[Vec<u8>]) -> Result<Self, Error> {
        let (keys, rest) = args::numbered_keys(words)?;
        let [end, rest @ ..] = rest else {
            return Err(Error::SYNTAX);
        };
        let end = End::parse(end)?;
        let count = args::pop_count(rest)?;
        Ok(Self { keys: keys.to_vec(), end, count })
    }
}

/// Pops from a key and tells the key with the elements; `None` if there is no list.
fn pop_with_key(cx: &mut Context<'_>, key: &[u8], end: End, count: usize) -> Result<Option<Reply>, Error> {
    let popped = pop(cx, key, end, count)?;
    Ok(popped.map(|popped| Reply::Array(vec![Reply::bulk(key), Reply::bulks(popped)])))
}

fn lmpop(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let what = MultiPop::parse(&argv[1..])?;
    for key in &what.keys {
        if let Some(reply) = pop_with_key(cx, key, what.end, what.count)? {
            return Ok(reply);
        }
    }
    Ok(Reply::NullArray)
}

fn blpop(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Wait, Error> {
    wait_to_pop(cx, argv, End::Left)
}

fn brpop(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Wait, Error> {
    wait_to_pop(cx, argv, End::Right)
}

fn wait_to_pop(cx: &mut Context<'_>, argv: &[Vec<u8>], end: End) -> Result<Wait, Error> {
    let (keys, timeout) = (&argv[1..argv.len() - 1], &argv[argv.len() - 1]);
    Ok(Wait {
        keys: keys.to_vec(),
        kind: Kind::List,
        deadline: args::timeout(timeout, cx.now())?,
        denied: Reply::NullArray,
        gone: None,
        serve: Box::new(move |cx, key| {
            let popped = pop_one(cx, key, end)?;
            Ok(popped.map(|element| Reply::bulks([key.to_vec(), element])))
        }),
    })
}

fn blmove(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Wait, Error> {
    let (from, to) = (End::parse(&argv[3])?, End::parse(&argv[4])?);
    wait_to_move(cx, argv, from, to, &argv[5])
}

fn brpoplpush(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Wait, Error> {
    wait_to_move(cx, argv, End::Right, End::Left, &argv[3])
}

fn wait_to_move(cx: &mut Context<'_>, argv: &[Vec<u8>], from: End, to: End, timeout: &[u8]) -> Result<Wait, Error> {
    let target = argv[2].clone();
    Ok(Wait {
        keys: vec![argv[1].clone()],
        kind: Kind::List,
        deadline: args::timeout(timeout, cx.now())?,
        denied: Reply::NullBulk,
        gone: None,
        serve: Box::new(move |cx, key| transfer(cx, key, &target, from, to)),
    })
}

fn blmpop(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Wait, Error> {
    let MultiPop { keys, end, count } = MultiPop::parse(&argv[2..])?;
    let deadline = args::timeout(&argv[1], cx.now())?;
    Ok(Wait {
        keys,
        kind: Kind::List,
        deadline,
        denied: Reply::NullArray,
        gone: None,
        serve: Box::new(move |cx, key| pop_with_key(cx, key, end, count)),
    })
}
