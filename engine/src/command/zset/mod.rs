//! Sorted sets: members and scores. Ranges, pops and combinations have files of their own.

mod combine;
mod pop;
mod range;

use super::random::{self, Wanted};
use super::{Command, Context, Outcome, Run, args};
use crate::double;
use crate::reply::{Error, Reply};
use crate::structure::Limits;
use crate::structure::zset::ZSet;

const ONE: (i64, i64, i64) = (1, 1, 1);
const NONE: (i64, i64, i64) = (0, 0, 0);
const READ: &str = "readonly";
const READ_FAST: &str = "readonly fast";
const READ_MANY: &str = "readonly movablekeys";
const WRITE: &str = "write";
const WRITE_FAST: &str = "write fast";
const ADD: &str = "write denyoom fast";
const STORE: &str = "write denyoom movablekeys";
const WAIT: &str = "write noscript blocking fast";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("zadd", -4, ADD, ONE, Run::Now(zadd)),
    Command::new("zincrby", 4, ADD, ONE, Run::Now(zincrby)),
    Command::new("zrem", -3, WRITE_FAST, ONE, Run::Now(zrem)),
    Command::new("zscore", 3, READ_FAST, ONE, Run::Now(zscore)),
    Command::new("zmscore", -3, READ_FAST, ONE, Run::Now(zmscore)),
    Command::new("zcard", 2, READ_FAST, ONE, Run::Now(zcard)),
    Command::new("zrank", 3, READ_FAST, ONE, Run::Now(zrank)),
    Command::new("zrevrank", 3, READ_FAST, ONE, Run::Now(zrevrank)),
    Command::new("zrandmember", -2, READ, ONE, Run::Now(zrandmember)),
    Command::new("zcount", 4, READ_FAST, ONE, Run::Now(range::zcount)),
    Command::new("zlexcount", 4, READ_FAST, ONE, Run::Now(range::zlexcount)),
    Command::new("zrange", -4, READ, ONE, Run::Now(range::zrange)),
    Command::new("zrevrange", -4, READ, ONE, Run::Now(range::zrevrange)),
    Command::new("zrangebyscore", -4, READ, ONE, Run::Now(range::zrangebyscore)),
    Command::new("zrevrangebyscore", -4, READ, ONE, Run::Now(range::zrevrangebyscore)),
    Command::new("zrangebylex", -4, READ, ONE, Run::Now(range::zrangebylex)),
    Command::new("zrevrangebylex", -4, READ, ONE, Run::Now(range::zrevrangebylex)),
    Command::new("zrangestore", -5, "write denyoom", (1, 2, 1), Run::Now(range::zrangestore)),
    Command::new("zremrangebyrank", 4, WRITE, ONE, Run::Now(range::zremrangebyrank)),
    Command::new("zremrangebyscore", 4, WRITE, ONE, Run::Now(range::zremrangebyscore)),
    Command::new("zremrangebylex", 4, WRITE, ONE, Run::Now(range::zremrangebylex)),
    Command::new("zpopmin", -2, WRITE_FAST, ONE, Run::Now(pop::zpopmin)),
    Command::new("zpopmax", -2, WRITE_FAST, ONE, Run::Now(pop::zpopmax)),
    Command::new("zmpop", -4, "write movablekeys", NONE, Run::Now(pop::zmpop)),
    Command::new("bzpopmin", -3, WAIT, (1, -2, 1), Run::Wait(pop::bzpopmin)),
    Command::new("bzpopmax", -3, WAIT, (1, -2, 1), Run::Wait(pop::bzpopmax)),
    Command::new("bzmpop", -5, "write blocking movablekeys", NONE, Run::Wait(pop::bzmpop)),
    Command::new("zunion", -3, READ_MANY, NONE, Run::Now(combine::zunion)),
    Command::new("zinter", -3, READ_MANY, NONE, Run::Now(combine::zinter)),
    Command::new("zdiff", -3, READ_MANY, NONE, Run::Now(combine::zdiff)),
    Command::new("zintercard", -3, READ_MANY, NONE, Run::Now(combine::zintercard)),
    Command::new("zunionstore", -4, STORE, ONE, Run::Now(combine::zunionstore)),
    Command::new("zinterstore", -4, STORE, ONE, Run::Now(combine::zinterstore)),
    Command::new("zdiffstore", -4, STORE, ONE, Run::Now(combine::zdiffstore)),
];

/// Members, each with its score if that was asked for: in one flat array, or as pairs in RESP3.
fn members<B: Into<Vec<u8>>>(items: impl IntoIterator<Item = (B, f64)>, with_scores: bool, resp3: bool) -> Reply {
    let items = items.into_iter();
    if with_scores {
        Reply::pairs(items.map(|(member, score)| (Reply::bulk(member), Reply::Double(score))), resp3)
    } else {
        Reply::bulks(items.map(|(member, _)| member))
    }
}

/// Puts a sorted set at the key; the key goes if there is nothing to put. Returns the size.
pub(super) fn store(cx: &mut Context<'_>, target: &[u8], zset: ZSet) -> usize {
    let len = zset.len();
    if len > 0 {
        cx.set(target, zset);
    } else if !planted!(cx.config(), ZstoreEmptyKeepsTarget) {
        cx.remove(target);
    }
    len
}

/// The options of ZADD.
#[derive(Default)]
struct AddOptions {
    only_new: bool,
    only_existing: bool,
    only_greater: bool,
    only_less: bool,
    count_changed: bool,
    increment: bool,
}

impl AddOptions {
    /// Reads options up to the first word that is none; returns the rest.
    fn parse<'a>(&mut self, mut words: &'a [Vec<u8>]) -> &'a [Vec<u8>] {
        while let [word, rest @ ..] = words {
            let flag = match word {
                word if args::is(word, "NX") => &mut self.only_new,
                word if args::is(word, "XX") => &mut self.only_existing,
                word if args::is(word, "GT") => &mut self.only_greater,
                word if args::is(word, "LT") => &mut self.only_less,
                word if args::is(word, "CH") => &mut self.count_changed,
                word if args::is(word, "INCR") => &mut self.increment,
                _ => break,
            };
            *flag = true;
            words = rest;
        }
        words
    }

    fn check(&self, pairs: usize) -> Result<(), Error> {
        let (nx, gt, lt) = (self.only_new, self.only_greater, self.only_less);
        if nx && self.only_existing {
            return Err(Error::new("ERR XX and NX options at the same time are not compatible"));
        }
        if [nx, gt, lt].into_iter().filter(|option| *option).count() > 1 {
            return Err(Error::new("ERR GT, LT, and/or NX options at the same time are not compatible"));
        }
        if self.increment && pairs > 1 {
            return Err(Error::new("ERR INCR option supports a single increment-element pair"));
        }
        Ok(())
    }
}

/// What ZADD did to one member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Added,
    Updated,
    /// The score was set to what it is.
    Same,
    /// An option forbade it.
    Refused,
}

/// Adds or updates one member; returns what happened and the score it has now.
fn add_one(
    zset: &mut ZSet,
    member: &[u8],
    score: f64,
    options: &AddOptions,
    limits: &Limits,
) -> Result<(Change, f64), Error> {
    let Some(current) = zset.score(member) else {
        let creates = planted!(limits, ZaddXxCreatesKey) && zset.is_empty();
        if options.only_existing && !creates {
            return Ok((Change::Refused, score));
        }
        zset.insert(member, score, limits);
        return Ok((Change::Added, score));
    };
    if options.only_new {
        return Ok((Change::Refused, current));
    }
    let mut score = if options.increment { current + score } else { score };
    if score.is_nan() {
        if !planted!(limits, ZincrbyNanIsZero) {
            return Err(Error::new("ERR resulting score is not a number (NaN)"));
        }
        score = 0.0;
    }
    if planted!(limits, ZaddGtCountsEqual) && options.only_greater && score == current {
        return Ok((Change::Updated, score));
    }
    if (options.only_less && score >= current) || (options.only_greater && score <= current) {
        return Ok((Change::Refused, current));
    }
    zset.insert(member, score, limits);
    Ok((if score == current { Change::Same } else { Change::Updated }, score))
}

pub(super) fn zadd(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    add(cx, argv, AddOptions::default())
}

fn zincrby(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    add(cx, argv, AddOptions { increment: true, ..AddOptions::default() })
}

fn add(cx: &mut Context<'_>, argv: &[Vec<u8>], mut options: AddOptions) -> Outcome {
    let words = options.parse(&argv[2..]);
    let (pairs, []) = words.as_chunks::<2>() else {
        return Err(Error::SYNTAX);
    };
    if pairs.is_empty() {
        return Err(Error::SYNTAX);
    }
    options.check(pairs.len())?;
    let scores: Result<Vec<f64>, Error> = pairs.iter().map(|[score, _]| double::argument(score)).collect();
    if planted!(cx.config(), ZaddAppliesBeforeBadScore) && scores.is_err() {
        let good = pairs.iter().map_while(|[score, _]| double::parse(score));
        let good: Vec<f64> = good.collect();
        add_all(cx, &argv[1], pairs, &good, &options)?;
    }
    add_all(cx, &argv[1], pairs, &scores?, &options)
}

fn add_all(cx: &mut Context<'_>, key: &[u8], pairs: &[[Vec<u8>; 2]], scores: &[f64], options: &AddOptions) -> Outcome {
    let limits = cx.config().zset_limits();
    let refused = if options.increment { Reply::NullBulk } else { Reply::Int(0) };
    let exists = cx.get::<ZSet>(key)?.is_some();
    let creates = !options.only_existing || planted!(cx.config(), ZaddXxCreatesKey);
    if !exists && (!creates || scores.is_empty()) {
        return Ok(refused);
    }
    let zset = cx.get_or_create::<ZSet>(key)?;
    let (mut added, mut updated, mut result) = (0, 0, refused);
    for ([_, member], score) in pairs.iter().zip(scores) {
        let (change, score) = add_one(zset, member, *score, options, &limits)?;
        added += usize::from(change == Change::Added);
        updated += usize::from(change == Change::Updated);
        if options.increment && change != Change::Refused {
            result = Reply::Double(score);
        }
    }
    if added + updated > 0 {
        cx.changed(key);
    }
    if options.increment {
        return Ok(result);
    }
    Ok(Reply::count(if options.count_changed { added + updated } else { added }))
}

fn zrem(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let Some(zset) = cx.get_mut::<ZSet>(&argv[1])? else {
        return Ok(Reply::Int(0));
    };
    let removed = argv[2..].iter().filter(|member| zset.remove(member).is_some()).count();
    if removed > 0 {
        cx.changed(&argv[1]);
    }
    Ok(Reply::count(removed))
}

fn score_or_null(score: Option<f64>) -> Reply {
    score.map_or(Reply::NullBulk, Reply::Double)
}

fn zscore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(score_or_null(cx.get::<ZSet>(&argv[1])?.and_then(|zset| zset.score(&argv[2]))))
}

fn zmscore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let zset = cx.get::<ZSet>(&argv[1])?;
    let scores = argv[2..].iter().map(|member| zset.and_then(|zset| zset.score(member)));
    Ok(Reply::Array(scores.map(score_or_null).collect()))
}

fn zcard(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(cx.get::<ZSet>(&argv[1])?.map_or(0, ZSet::len)))
}

fn zrank(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let rank = cx.get::<ZSet>(&argv[1])?.and_then(|zset| zset.rank(&argv[2]));
    Ok(rank.map_or(Reply::NullBulk, Reply::count))
}

fn zrevrank(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let past_the_end = planted!(cx.config(), ZrevrankMissingIsLast);
    let Some(zset) = cx.get::<ZSet>(&argv[1])? else {
        return Ok(Reply::NullBulk);
    };
    Ok(match zset.rank(&argv[2]) {
        Some(rank) => Reply::count(zset.len() - 1 - rank),
        None if past_the_end => Reply::count(zset.len()),
        None => Reply::NullBulk,
    })
}

fn zrandmember(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let wanted = Wanted::parse(&argv[2..], "WITHSCORES")?;
    let Some(len) = cx.get::<ZSet>(&argv[1])?.map(ZSet::len) else {
        return Ok(wanted.map_or(Reply::NullBulk, |_| Reply::Array(Vec::new())));
    };
    let positions = random::positions(cx, len, wanted.as_ref().map_or(1, |wanted| wanted.count));
    let resp3 = cx.session.resp3;
    let zset = cx.get::<ZSet>(&argv[1])?;
    let mut items = positions.into_iter().filter_map(|rank| zset?.get_index(rank));
    Ok(match wanted {
        None => Reply::bulk_or_null(items.next().map(|(member, _)| member)),
        Some(wanted) => members(items, wanted.with_values, resp3),
    })
}
