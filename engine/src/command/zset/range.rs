//! Ranges of sorted sets: by rank, by score, by member bytes.

use std::ops::Range;

use super::{members, store};
use crate::command::{Context, Outcome, args};
use crate::double;
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::zset::ZSet;

/// What the ends of a range mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Lex,
}

/// The two ends of a range.
#[derive(Debug)]
enum Bounds {
    /// Positions, negative from the end.
    Rank(i64, i64),
    Score(ScoreEnd, ScoreEnd),
    Lex(LexEnd, LexEnd),
}

#[derive(Debug)]
struct ScoreEnd {
    score: f64,
    exclusive: bool,
}

impl ScoreEnd {
    fn parse(word: &[u8]) -> Result<Self, Error> {
        let (text, exclusive) = match word {
            [b'(', text @ ..] => (text, true),
            text => (text, false),
        };
        let score = double::parse_bound(text).ok_or(Error::new("ERR min or max is not a float"))?;
        Ok(Self { score, exclusive })
    }

    /// Whether a range that starts here holds the score.
    fn is_below(&self, score: f64) -> bool {
        if self.exclusive { score > self.score } else { score >= self.score }
    }

    /// Whether a range that ends here holds the score.
    fn is_above(&self, score: f64) -> bool {
        if self.exclusive { score < self.score } else { score <= self.score }
    }
}

/// An end of a range of member bytes.
#[derive(Debug)]
enum LexEnd {
    BeforeAll,
    AfterAll,
    At { member: Vec<u8>, exclusive: bool },
}

impl LexEnd {
    fn parse(word: &[u8]) -> Result<Self, Error> {
        match word {
            [b'-'] | [b'-', 0, ..] => Ok(Self::BeforeAll),
            [b'+'] | [b'+', 0, ..] => Ok(Self::AfterAll),
            [b'(', member @ ..] => Ok(Self::At { member: member.to_vec(), exclusive: true }),
            [b'[', member @ ..] => Ok(Self::At { member: member.to_vec(), exclusive: false }),
            _ => Err(Error::new("ERR min or max not valid string range item")),
        }
    }

    /// Whether a range that starts here holds the member.
    fn is_below(&self, other: &[u8]) -> bool {
        match self {
            Self::BeforeAll => true,
            Self::AfterAll => false,
            Self::At { member, exclusive } => {
                if *exclusive {
                    other > member.as_slice()
                } else {
                    other >= member.as_slice()
                }
            }
        }
    }

    /// Whether a range that ends here holds the member.
    fn is_above(&self, other: &[u8]) -> bool {
        match self {
            Self::BeforeAll => false,
            Self::AfterAll => true,
            Self::At { member, exclusive } => {
                if *exclusive {
                    other < member.as_slice()
                } else {
                    other <= member.as_slice()
                }
            }
        }
    }
}

impl Bounds {
    fn parse(by: By, min: &[u8], max: &[u8]) -> Result<Self, Error> {
        Ok(match by {
            By::Rank => Self::Rank(number::int(min)?, number::int(max)?),
            By::Score => Self::Score(ScoreEnd::parse(min)?, ScoreEnd::parse(max)?),
            By::Lex => Self::Lex(LexEnd::parse(min)?, LexEnd::parse(max)?),
        })
    }

    /// The ranks within, less the first `offset`. `reverse` starts from the highest member; ranks count from there.
    fn ranks(&self, zset: &ZSet, reverse: bool, offset: usize) -> Range<usize> {
        let all = match self {
            Self::Rank(start, end) => {
                let len = zset.len();
                let range = number::clamp_range(*start, *end, len).unwrap_or_default();
                if reverse { len - range.end..len - range.start } else { range }
            }
            Self::Score(min, max) => {
                let start = zset.partition_point(|(_, score)| !min.is_below(score));
                start..zset.partition_point(|(_, score)| max.is_above(score)).max(start)
            }
            Self::Lex(min, max) => {
                let above_min = |(member, _): (&[u8], f64)| min.is_below(member);
                let below_max = |(member, _): (&[u8], f64)| max.is_above(member);
                return zset.scan(above_min, below_max, reverse, offset);
            }
        };
        let skipped = offset.min(all.len());
        if reverse { all.start..all.end - skipped } else { all.start + skipped..all.end }
    }
}

/// What ZRANGE and its like ask for.
struct Query {
    bounds: Bounds,
    reverse: bool,
    offset: i64,
    /// Negative: all.
    limit: i64,
    with_scores: bool,
}

impl Query {
    /// Reads `min max [options]`. What the command's name says (`by`, `reverse`) isn't an option of it.
    fn parse(
        cx: &Context<'_>,
        words: &[Vec<u8>],
        by: Option<By>,
        reverse: Option<bool>,
        stores: bool,
    ) -> Result<Self, Error> {
        let [min, max, options @ ..] = words else {
            return Err(Error::SYNTAX);
        };
        let (mut chosen_by, mut chosen_reverse) = (by, reverse);
        let (mut offset, mut limit, mut with_scores) = (0, -1, false);
        let mut options = options.iter();
        while let Some(word) = options.next() {
            if !stores && args::is(word, "WITHSCORES") {
                with_scores = true;
            } else if args::is(word, "LIMIT") && options.len() >= 2 {
                let mut next = || number::int(options.next().map_or(&[], Vec::as_slice));
                (offset, limit) = (next()?, next()?);
            } else if chosen_reverse.is_none() && args::is(word, "REV") {
                chosen_reverse = Some(true);
            } else if chosen_by.is_none() && args::is(word, "BYLEX") {
                chosen_by = Some(By::Lex);
            } else if chosen_by.is_none() && args::is(word, "BYSCORE") {
                chosen_by = Some(By::Score);
            } else {
                return Err(Error::SYNTAX);
            }
        }
        let by = chosen_by.unwrap_or(By::Rank);
        if limit != -1 && by == By::Rank {
            return Err(Error::new(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if with_scores && by == By::Lex {
            return Err(Error::new("ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
        }
        let reverse = chosen_reverse.unwrap_or(false);
        // From high to low, the first end is the maximum.
        let swapped = reverse && by != By::Rank && !(planted!(cx.config(), ZrangeRevBylexKeepsEnds) && by == By::Lex);
        let (min, max) = if swapped { (max, min) } else { (min, max) };
        let mut bounds = Bounds::parse(by, min, max)?;
        if let Bounds::Score(_, max) = &mut bounds
            && planted!(cx.config(), ZrevrangebyscoreIncludesMax)
            && swapped
        {
            max.exclusive = false;
        }
        if by == By::Rank {
            (offset, limit) = (0, -1);
        }
        if planted!(cx.config(), ZrangeNegativeLimitIsNone) && limit < 0 && offset > 0 {
            limit = 0;
        }
        if planted!(cx.config(), ZrangeLimitDropsScores) && limit > 0 {
            with_scores = false;
        }
        Ok(Self { bounds, reverse, offset, limit, with_scores })
    }

    /// The members asked for, in their order.
    fn select<'a>(&self, zset: &'a ZSet) -> Vec<(&'a [u8], f64)> {
        // A negative offset skips everything, a negative limit is none.
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let ranks = self.bounds.ranks(zset, self.reverse, offset);
        let count = ranks.len().min(limit);
        if self.reverse {
            zset.range(ranks.end - count, count).rev().collect()
        } else {
            zset.range(ranks.start, count).collect()
        }
    }
}

fn show(cx: &mut Context<'_>, argv: &[Vec<u8>], by: Option<By>, reverse: Option<bool>) -> Outcome {
    let query = Query::parse(cx, &argv[2..], by, reverse, false)?;
    let resp3 = cx.session.resp3;
    let zset = cx.get::<ZSet>(&argv[1])?;
    let items = zset.map(|zset| query.select(zset)).unwrap_or_default();
    Ok(members(items, query.with_scores, resp3))
}

pub(super) fn zrange(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, None, None)
}

pub(super) fn zrevrange(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Some(By::Rank), Some(true))
}

pub(super) fn zrangebyscore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Some(By::Score), Some(false))
}

pub(super) fn zrevrangebyscore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Some(By::Score), Some(true))
}

pub(super) fn zrangebylex(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Some(By::Lex), Some(false))
}

pub(super) fn zrevrangebylex(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Some(By::Lex), Some(true))
}

pub(super) fn zrangestore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let query = Query::parse(cx, &argv[3..], None, None, true)?;
    let limits = cx.config().zset_limits();
    let zset = cx.get::<ZSet>(&argv[2])?;
    let items = zset.map(|zset| query.select(zset)).unwrap_or_default();
    // Only of ranks does the server know beforehand how many there will be.
    let expected = if matches!(query.bounds, Bounds::Rank(..)) { items.len() } else { 0 };
    let mut result = ZSet::for_members(expected, 0, &limits);
    for (member, score) in items {
        result.insert(member, score, &limits);
    }
    Ok(Reply::count(store(cx, &argv[1], result)))
}

pub(super) fn zcount(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let bounds = Bounds::parse(By::Score, &argv[2], &argv[3])?;
    let zset = cx.get::<ZSet>(&argv[1])?;
    Ok(Reply::count(zset.map_or(0, |zset| bounds.ranks(zset, false, 0).len())))
}

pub(super) fn zlexcount(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (mut min, max) = (LexEnd::parse(&argv[2])?, LexEnd::parse(&argv[3])?);
    if let LexEnd::At { exclusive, .. } = &mut min
        && planted!(cx.config(), ZlexcountIncludesMin)
    {
        *exclusive = false;
    }
    let zset = cx.get::<ZSet>(&argv[1])?;
    let count = |zset: &ZSet| zset.scan_count(|(member, _)| min.is_below(member), |(member, _)| max.is_above(member));
    Ok(Reply::Int(zset.map_or(0, count)))
}

fn remove(cx: &mut Context<'_>, argv: &[Vec<u8>], by: By) -> Outcome {
    let mut bounds = Bounds::parse(by, &argv[2], &argv[3])?;
    let clamp_to_first = planted!(cx.config(), ZremrangebyrankClampsToFirst);
    let Some(zset) = cx.get_mut::<ZSet>(&argv[1])? else {
        return Ok(Reply::Int(0));
    };
    if let Bounds::Rank(_, end) = &mut bounds
        && clamp_to_first
        && *end < 0
    {
        *end = (*end).max(-(zset.len() as i64));
    }
    let ranks = bounds.ranks(zset, false, 0);
    let doomed = zset.range(ranks.start, ranks.len()).map(|(member, _)| member.to_vec());
    let doomed: Vec<_> = doomed.collect();
    for member in &doomed {
        zset.remove(member);
    }
    if !doomed.is_empty() {
        cx.changed(&argv[1]);
    }
    Ok(Reply::count(doomed.len()))
}

pub(super) fn zremrangebyrank(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    remove(cx, argv, By::Rank)
}

pub(super) fn zremrangebyscore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    remove(cx, argv, By::Score)
}

pub(super) fn zremrangebylex(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    remove(cx, argv, By::Lex)
}
