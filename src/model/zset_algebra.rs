//! Unions, intersections and differences of sorted sets; plain sets take part with a score of one.

use std::collections::BTreeMap;

use super::keyspace::Data;
use super::number::int;
use super::sets::parse_limit;
use super::zset::{ZSet, ranked, shown_for};
use super::{Call, Error, Expect, Handler, Model, Profile, Reply};
use crate::resp::Bytes;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "ZUNION" => |model, call| reply(model, call, "ZUNION", Operation::Union),
        "ZINTER" => |model, call| reply(model, call, "ZINTER", Operation::Intersection),
        "ZDIFF" => |model, call| reply(model, call, "ZDIFF", Operation::Difference),
        "ZUNIONSTORE" => |model, call| store(model, call, "ZUNIONSTORE", Operation::Union),
        "ZINTERSTORE" => |model, call| store(model, call, "ZINTERSTORE", Operation::Intersection),
        "ZDIFFSTORE" => |model, call| store(model, call, "ZDIFFSTORE", Operation::Difference),
        "ZINTERCARD" => zintercard,
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

type Scores = BTreeMap<Bytes, f64>;

/// One input and its weight.
struct Source {
    scores: Scores,
    weight: f64,
}

/// How scores of the same member are put together.
#[derive(Clone, Copy)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn parse(text: &[u8]) -> Result<Aggregate, Error> {
        match text.to_ascii_uppercase().as_slice() {
            b"SUM" => Ok(Aggregate::Sum),
            b"MIN" => Ok(Aggregate::Min),
            b"MAX" => Ok(Aggregate::Max),
            _ => Err(Error::Syntax),
        }
    }

    /// Of not-a-number there is none in a result: a sum becomes zero, and comparisons leave it out.
    fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Aggregate::Sum => zero_if_nan(a + b),
            Aggregate::Min if b < a => b,
            Aggregate::Max if b > a => b,
            Aggregate::Min | Aggregate::Max => a,
        }
    }
}

fn zero_if_nan(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// `numkeys key [key ...]` at `at`: the inputs, which are looked up before options are read, and the options.
fn sources<'a>(
    model: &mut Model,
    call: &Call<'a>,
    at: usize,
    name: &'static str,
) -> Result<(Vec<Source>, &'a [Bytes]), Error> {
    let n = int(&call.argv[at])?;
    let rest = &call.argv[at + 1..];
    if n < 1 {
        return Err(Error::NeedsInputKey(name));
    }
    let n = usize::try_from(n).ok().filter(|n| *n <= rest.len()).ok_or(Error::Syntax)?;
    let (keys, options) = rest.split_at(n);
    let sources = keys.iter().map(|key| source(model, call, key)).collect::<Result<_, _>>()?;
    Ok((sources, options))
}

fn source(model: &mut Model, call: &Call, key: &[u8]) -> Result<Source, Error> {
    let scores = match model.entry(call.db, key).map(|entry| &entry.data) {
        None => Scores::new(),
        Some(Data::ZSet(zset)) => zset.scores().clone(),
        Some(Data::Set(set)) => set.iter().map(|member| (member.clone(), 1.0)).collect(),
        Some(_) => return Err(Error::WrongType),
    };
    Ok(Source { scores, weight: 1.0 })
}

/// What follows the keys.
struct Options {
    aggregate: Aggregate,
    with_scores: bool,
}

/// Reads the options, and gives the sources their weights.
fn parse_options(
    mut args: &[Bytes],
    sources: &mut [Source],
    operation: Operation,
    is_store: bool,
    profile: Profile,
) -> Result<Options, Error> {
    let mut options = Options { aggregate: Aggregate::Sum, with_scores: false };
    let has_scores = operation != Operation::Difference;
    while let [word, rest @ ..] = args {
        args = match word.to_ascii_uppercase().as_slice() {
            b"WEIGHTS" if has_scores && rest.len() >= sources.len() => {
                let (weights, rest) = rest.split_at(sources.len());
                for (source, weight) in sources.iter_mut().zip(weights) {
                    source.weight = profile.parse_double(weight).ok_or(Error::WeightNotFloat)?;
                }
                rest
            }
            b"AGGREGATE" if has_scores && !rest.is_empty() => {
                options.aggregate = Aggregate::parse(&rest[0])?;
                &rest[1..]
            }
            b"WITHSCORES" if !is_store => {
                options.with_scores = true;
                rest
            }
            _ => return Err(Error::Syntax),
        };
    }
    Ok(options)
}

/// The server goes from the smallest input to the largest, equal ones as they were named; with infinities or
/// rounding the sum of a member's scores depends on that order.
fn combine(operation: Operation, mut sources: Vec<Source>, aggregate: Aggregate) -> Scores {
    if operation != Operation::Difference {
        sources.sort_by_key(|source| source.scores.len());
    }
    let Some((first, rest)) = sources.split_first() else { return Scores::new() };
    match operation {
        Operation::Union => union(&sources, aggregate),
        Operation::Intersection => intersection(first, rest, aggregate),
        Operation::Difference => {
            let only_here = |member: &Bytes| !rest.iter().any(|source| source.scores.contains_key(member));
            first.scores.iter().filter(|(member, _)| only_here(member)).map(|(m, s)| (m.clone(), *s)).collect()
        }
    }
}

fn union(sources: &[Source], aggregate: Aggregate) -> Scores {
    let mut result = Scores::new();
    for source in sources {
        for (member, score) in &source.scores {
            let score = zero_if_nan(score * source.weight);
            let score = result.get(member).map_or(score, |so_far| aggregate.of(*so_far, score));
            result.insert(member.clone(), score);
        }
    }
    result
}

fn intersection(first: &Source, rest: &[Source], aggregate: Aggregate) -> Scores {
    let mut result = Scores::new();
    for (member, score) in &first.scores {
        // Infinity times zero is zero in the first input, but not a number in the others.
        let others = rest.iter().map(|source| Some(source.scores.get(member)? * source.weight));
        if let Some(others) = others.collect::<Option<Vec<f64>>>() {
            let start = zero_if_nan(score * first.weight);
            result.insert(member.clone(), others.into_iter().fold(start, |a, b| aggregate.of(a, b)));
        }
    }
    result
}

fn reply(model: &mut Model, call: &Call, name: &'static str, operation: Operation) -> Reply {
    let (mut sources, args) = sources(model, call, 1, name)?;
    let options = parse_options(args, &mut sources, operation, false, model.profile)?;
    let result = combine(operation, sources, options.aggregate);
    Ok(Expect::Exact(shown_for(call, &ranked(&result), options.with_scores)))
}

fn store(model: &mut Model, call: &Call, name: &'static str, operation: Operation) -> Reply {
    let (mut sources, args) = sources(model, call, 2, name)?;
    let options = parse_options(args, &mut sources, operation, true, model.profile)?;
    let result = ZSet::from_result(ranked(&combine(operation, sources, options.aggregate)), model.encodings.zset);
    let len = result.len();
    model.store(call, &call.argv[1], result);
    Expect::int(len as i64)
}

fn zintercard(model: &mut Model, call: &Call) -> Reply {
    let (sources, args) = sources(model, call, 1, "ZINTERCARD")?;
    let limit = parse_limit(args)?;
    let common = combine(Operation::Intersection, sources, Aggregate::Sum).len() as i64;
    Expect::int(if limit > 0 { common.min(limit) } else { common })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(scores: &[(&str, f64)], weight: f64) -> Source {
        Source { scores: scores.iter().map(|(member, score)| (Bytes::from(*member), *score)).collect(), weight }
    }

    #[test]
    fn infinity_times_zero_is_zero_only_in_the_smallest_input() {
        let min_of = |first_weight, second_weight| {
            let (first, second) =
                (source(&[("a", f64::INFINITY)], first_weight), source(&[("a", f64::INFINITY)], second_weight));
            combine(Operation::Intersection, vec![first, second], Aggregate::Min)[b"a".as_slice()]
        };
        assert_eq!(min_of(0.0, 1.0), 0.0);
        assert_eq!(min_of(1.0, 0.0), f64::INFINITY);
    }

    #[test]
    fn sums_begin_with_the_smallest_input() {
        let large = source(&[("a", f64::NEG_INFINITY), ("b", 1.0)], 1.0);
        let (small, other) = (source(&[("a", f64::INFINITY)], 1.0), source(&[("a", 7.0)], 1.0));
        // inf + 7 - inf = 0, where -inf + inf + 7 would be 7.
        assert_eq!(combine(Operation::Union, vec![large, small, other], Aggregate::Sum)[b"a".as_slice()], 0.0);
    }
}
