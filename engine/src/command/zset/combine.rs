//! Unions, intersections and differences of sorted sets; sets take part with a score of 1 for each member.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{members, store};
use crate::command::{Context, Outcome, args};
use crate::double;
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::set::Set;
use crate::structure::skiplist::compare;
use crate::structure::zset::ZSet;
use crate::value::Value;

/// How sorted sets are combined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

/// How the scores of one member become one.
#[derive(Clone, Copy)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn parse(word: &[u8]) -> Result<Self, Error> {
        match word {
            word if args::is(word, "SUM") => Ok(Self::Sum),
            word if args::is(word, "MIN") => Ok(Self::Min),
            word if args::is(word, "MAX") => Ok(Self::Max),
            _ => Err(Error::SYNTAX),
        }
    }

    fn apply(self, total: f64, score: f64) -> f64 {
        match self {
            Self::Sum => zero_if_nan(total + score),
            Self::Min => {
                if score < total {
                    score
                } else {
                    total
                }
            }
            Self::Max => {
                if score > total {
                    score
                } else {
                    total
                }
            }
        }
    }
}

/// inf * 0 and inf - inf are 0 here.
fn zero_if_nan(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// A source of members.
#[derive(Clone, Copy)]
enum Input<'a> {
    Missing,
    Set(&'a Set),
    ZSet(&'a ZSet),
}

impl<'a> Input<'a> {
    fn new(value: Option<&'a Value>) -> Result<Self, Error> {
        match value {
            None => Ok(Self::Missing),
            Some(Value::Set(set)) => Ok(Self::Set(set)),
            Some(Value::ZSet(zset)) => Ok(Self::ZSet(zset)),
            Some(_) => Err(Error::WRONG_TYPE),
        }
    }

    fn len(self) -> usize {
        match self {
            Self::Missing => 0,
            Self::Set(set) => set.len(),
            Self::ZSet(zset) => zset.len(),
        }
    }

    fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            Self::Missing => None,
            Self::Set(set) => set.contains(member).then_some(1.0),
            Self::ZSet(zset) => zset.score(member),
        }
    }

    fn iter(self) -> Box<dyn Iterator<Item = Item<'a>> + 'a> {
        match self {
            Self::Missing => Box::new(std::iter::empty()),
            Self::Set(set) => Box::new(set.iter().map(|member| (member, 1.0))),
            Self::ZSet(zset) => Box::new(zset.iter().map(|(member, score)| (Cow::Borrowed(member), score))),
        }
    }
}

type Item<'a> = (Cow<'a, [u8]>, f64);

/// A combination that was asked for.
struct Request<'a> {
    keys: &'a [Vec<u8>],
    operation: Operation,
    /// One for each key.
    weights: Vec<f64>,
    aggregate: Aggregate,
    with_scores: bool,
    /// Of ZINTERCARD; 0 is none.
    limit: usize,
}

/// What is done with the result, which decides the options.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Show,
    Store,
    Count,
}

impl<'a> Request<'a> {
    /// Reads `numkeys key... [options]`; the keys are checked before the options.
    fn parse(
        cx: &mut Context<'_>,
        words: &'a [Vec<u8>],
        operation: Operation,
        usage: Use,
        name: &str,
    ) -> Result<Self, Error> {
        let numkeys = number::int(&words[0])?;
        if numkeys < 1 {
            let text = format!("ERR at least 1 input key is needed for '{name}' command");
            return Err(Error::built(text));
        }
        let numkeys = usize::try_from(numkeys).unwrap_or(usize::MAX);
        let (keys, options) = words[1..].split_at_checked(numkeys).ok_or(Error::SYNTAX)?;
        for key in keys {
            let reads_expired = planted!(cx.config(), ZcombineReadsExpired);
            Input::new(if reads_expired { cx.peek_value(key) } else { cx.value(key) })?;
        }
        let mut request = Self {
            keys,
            operation,
            weights: vec![1.0; numkeys],
            aggregate: Aggregate::Sum,
            with_scores: false,
            limit: 0,
        };
        request.parse_options(options, usage)?;
        Ok(request)
    }

    fn parse_options(&mut self, mut words: &[Vec<u8>], usage: Use) -> Result<(), Error> {
        let scored = self.operation != Operation::Difference && usage != Use::Count;
        while let [word, rest @ ..] = words {
            words = if scored && rest.len() >= self.keys.len() && args::is(word, "WEIGHTS") {
                let (weights, rest) = rest.split_at(self.keys.len());
                for (weight, word) in self.weights.iter_mut().zip(weights) {
                    *weight = double::parse(word).ok_or(Error::new("ERR weight value is not a float"))?;
                }
                rest
            } else if let ([how, rest @ ..], true) = (rest, scored && args::is(word, "AGGREGATE")) {
                self.aggregate = Aggregate::parse(how)?;
                rest
            } else if usage == Use::Show && args::is(word, "WITHSCORES") {
                self.with_scores = true;
                rest
            } else if let ([limit, rest @ ..], Use::Count) = (rest, usage) {
                self.limit = args::card_limit(word, limit)?;
                rest
            } else {
                return Err(Error::SYNTAX);
            };
        }
        Ok(())
    }

    /// The inputs with their weights, the smallest first: the order in which the server adds scores.
    fn inputs<'b>(&self, cx: &'b Context<'_>) -> Vec<(Input<'b>, f64)> {
        let input = |key: &Vec<u8>| Input::new(cx.peek_value(key)).unwrap_or(Input::Missing);
        let mut inputs: Vec<_> = self.keys.iter().map(input).zip(self.weights.iter().copied()).collect();
        if self.operation != Operation::Difference {
            inputs.sort_by_key(|(input, _)| input.len());
        }
        if planted!(cx.config(), ZcombineWeightsMisplaced) {
            for ((_, weight), given) in inputs.iter_mut().zip(&self.weights) {
                *weight = *given;
            }
        }
        inputs
    }

    /// The result in the order of a sorted set.
    fn run<'b>(&self, cx: &'b Context<'_>) -> Vec<Item<'b>> {
        let inputs = self.inputs(cx);
        let keep_nan = planted!(cx.config(), ZunionKeepsNan);
        let mut items = match self.operation {
            Operation::Union => self.union(&inputs, keep_nan),
            Operation::Intersection => self.intersection(&inputs),
            Operation::Difference => difference(&inputs),
        };
        items.sort_by(|a, b| compare((&a.0, a.1), (&b.0, b.1)));
        items
    }

    fn union<'b>(&self, inputs: &[(Input<'b>, f64)], keep_nan: bool) -> Vec<Item<'b>> {
        let mut scores = BTreeMap::new();
        for (input, weight) in inputs {
            for (member, score) in input.iter() {
                let product = weight * score;
                let score = if keep_nan { product } else { zero_if_nan(product) };
                let total = scores.entry(member);
                total.and_modify(|total| *total = self.aggregate.apply(*total, score)).or_insert(score);
            }
        }
        scores.into_iter().collect()
    }

    fn intersection<'b>(&self, inputs: &[(Input<'b>, f64)]) -> Vec<Item<'b>> {
        let Some(((smallest, weight), others)) = inputs.split_first() else {
            return Vec::new();
        };
        let in_all = |(member, score): Item<'b>| {
            let mut total = zero_if_nan(weight * score);
            for (input, weight) in others {
                total = self.aggregate.apply(total, weight * input.score(&member)?);
            }
            Some((member, total))
        };
        smallest.iter().filter_map(in_all).collect()
    }
}

/// The members of the first input that no other has.
fn difference<'b>(inputs: &[(Input<'b>, f64)]) -> Vec<Item<'b>> {
    let Some(((first, _), others)) = inputs.split_first() else {
        return Vec::new();
    };
    let only_there = |item: &Item<'b>| others.iter().all(|(input, _)| input.score(&item.0).is_none());
    first.iter().filter(only_there).collect()
}

fn show(cx: &mut Context<'_>, argv: &[Vec<u8>], operation: Operation, name: &str) -> Outcome {
    let request = Request::parse(cx, &argv[1..], operation, Use::Show, name)?;
    Ok(members(request.run(cx), request.with_scores, cx.session.resp3))
}

fn keep(cx: &mut Context<'_>, argv: &[Vec<u8>], operation: Operation, name: &str) -> Outcome {
    let request = Request::parse(cx, &argv[2..], operation, Use::Store, name)?;
    let limits = cx.config().zset_limits();
    let items = request.run(cx);
    let longest = items.iter().map(|(member, _)| member.len()).max().unwrap_or(0);
    let mut result = ZSet::for_members(items.len(), longest, &limits);
    for (member, score) in items {
        result.insert(&member, score, &limits);
    }
    Ok(Reply::count(store(cx, &argv[1], result)))
}

pub(super) fn zunion(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Operation::Union, "zunion")
}

pub(super) fn zinter(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Operation::Intersection, "zinter")
}

pub(super) fn zdiff(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Operation::Difference, "zdiff")
}

pub(super) fn zunionstore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    keep(cx, argv, Operation::Union, "zunionstore")
}

pub(super) fn zinterstore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    keep(cx, argv, Operation::Intersection, "zinterstore")
}

pub(super) fn zdiffstore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    keep(cx, argv, Operation::Difference, "zdiffstore")
}

pub(super) fn zintercard(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let request = Request::parse(cx, &argv[1..], Operation::Intersection, Use::Count, "zintercard")?;
    let len = request.run(cx).len();
    Ok(Reply::count(if request.limit > 0 { len.min(request.limit) } else { len }))
}
