//! Sorted sets, member by member. Ranges are in `zset_range`, set algebra in `zset_algebra`.

use super::blocking::{Want, parse_timeout};
use super::lists::{numkeys, parse_count};
use super::number::count;
use super::random::{self, Element};
use super::zset::{Scored, ZSet, shown, shown_for, shown_score};
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "ZADD" => |model, call| zadd(model, call, false),
        "ZINCRBY" => |model, call| zadd(model, call, true),
        "ZREM" => zrem,
        "ZSCORE" => |model, call| Ok(Expect::Exact(scores(model, call)?.remove(0))),
        "ZMSCORE" => |model, call| Ok(Expect::Exact(Value::Array(scores(model, call)?))),
        "ZCARD" => {
            |model, call| Expect::int(model.get::<ZSet>(call, &call.argv[1])?.map_or(0, |zset| zset.len()) as i64)
        }
        "ZRANK" => |model, call| rank(model, call, false),
        "ZREVRANK" => |model, call| rank(model, call, true),
        "ZPOPMIN" => |model, call| pop(model, call, true),
        "ZPOPMAX" => |model, call| pop(model, call, false),
        "ZMPOP" => zmpop,
        "BZPOPMIN" => |model, call| blocking_pop(model, call, true),
        "BZPOPMAX" => |model, call| blocking_pop(model, call, false),
        "BZMPOP" => bzmpop,
        "ZRANDMEMBER" => zrandmember,
        _ => return None,
    })
}

/// The sorted set of the first argument, empty if it isn't there.
pub(super) fn zset(model: &mut Model, call: &Call) -> Result<ZSet, Error> {
    model.get_or_empty::<ZSet>(call, &call.argv[1])
}

/// ZADD's options.
#[derive(Default)]
struct AddOptions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
    ch: bool,
    incr: bool,
}

impl AddOptions {
    /// Reads options until something else comes: pairs of scores and members.
    fn parse<'a>(&mut self, mut args: &'a [Bytes]) -> Result<Vec<(&'a Bytes, &'a Bytes)>, Error> {
        while let [word, rest @ ..] = args {
            match word.to_ascii_uppercase().as_slice() {
                b"NX" => self.nx = true,
                b"XX" => self.xx = true,
                b"GT" => self.gt = true,
                b"LT" => self.lt = true,
                b"CH" => self.ch = true,
                b"INCR" => self.incr = true,
                _ => break,
            }
            args = rest;
        }
        if args.is_empty() || args.len() % 2 == 1 {
            return Err(Error::Syntax);
        }
        Ok(args.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect())
    }

    fn check(&self, pairs: usize) -> Result<(), Error> {
        if self.nx && self.xx {
            return Err(Error::ZaddXxNx);
        }
        if [self.nx, self.gt, self.lt].into_iter().filter(|set| *set).count() > 1 {
            return Err(Error::ZaddGtLtNx);
        }
        if self.incr && pairs > 1 {
            return Err(Error::ZaddIncr);
        }
        Ok(())
    }
}

/// What became of one member.
enum Added {
    New(f64),
    Updated(f64),
    /// Allowed by the options, but the score is the same.
    Same(f64),
    Skipped,
}

fn add(zset: &mut ZSet, options: &AddOptions, member: &Bytes, score: f64) -> Result<Added, Error> {
    let Some(old) = zset.score(member) else {
        if options.xx {
            return Ok(Added::Skipped);
        }
        zset.insert(member.clone(), score);
        return Ok(Added::New(score));
    };
    if options.nx {
        return Ok(Added::Skipped);
    }
    let score = if options.incr { old + score } else { score };
    if score.is_nan() {
        return Err(Error::ScoreNan);
    }
    if (options.lt && score >= old) || (options.gt && score <= old) {
        return Ok(Added::Skipped);
    }
    if score == old {
        return Ok(Added::Same(score));
    }
    zset.insert(member.clone(), score);
    Ok(Added::Updated(score))
}

/// ZADD, and ZINCRBY, which is ZADD INCR.
pub(super) fn zadd(model: &mut Model, call: &Call, incr: bool) -> Reply {
    let [_, key, args @ ..] = call.argv else { return Err(Error::Syntax) };
    let mut options = AddOptions { incr, ..AddOptions::default() };
    let pairs = options.parse(args)?;
    options.check(pairs.len())?;
    let scores = pairs.iter().map(|(score, _)| model.profile.parse_double(score).ok_or(Error::NotFloat));
    let scores: Vec<f64> = scores.collect::<Result<_, _>>()?;
    let (mut new, mut updated, mut incremented) = (0, 0, None);
    let too_many = call.profile.sizes_by_arguments() && pairs.len() > model.encodings.zset.entries;
    model.edit(call, key, |zset: &mut ZSet| {
        if too_many {
            zset.convert_to_skiplist();
        }
        for ((_, member), score) in pairs.iter().zip(scores) {
            match add(zset, &options, member, score) {
                Ok(Added::New(score)) => (new, incremented) = (new + 1, Some(score)),
                Ok(Added::Updated(score)) => (updated, incremented) = (updated + 1, Some(score)),
                Ok(Added::Same(score)) => incremented = Some(score),
                Ok(Added::Skipped) => {}
                // Only INCR can fail, and it has one pair: nothing has changed.
                Err(error) => return (false, Err(error)),
            }
        }
        (new + updated > 0, Ok(()))
    })??;
    if options.incr {
        return Ok(Expect::Exact(incremented.map_or(Value::NullBulk, |score| shown_score(call, score))));
    }
    Expect::int(if options.ch { new + updated } else { new })
}

fn zrem(model: &mut Model, call: &Call) -> Reply {
    let [_, key, members @ ..] = call.argv else { return Err(Error::Syntax) };
    let removed = model.edit(call, key, |zset: &mut ZSet| {
        let removed = members.iter().filter(|member| zset.remove(member)).count();
        (removed > 0, removed)
    })?;
    Expect::int(removed as i64)
}

/// The score or nil for each argument after the key.
fn scores(model: &mut Model, call: &Call) -> Result<Vec<Value>, Error> {
    let zset = model.get::<ZSet>(call, &call.argv[1])?;
    let score = |member: &Bytes| zset.as_ref().and_then(|zset| zset.score(member));
    let shown = |score: Option<f64>| score.map_or(Value::NullBulk, |score| shown_score(call, score));
    Ok(call.argv[2..].iter().map(|member| shown(score(member))).collect())
}

/// WITHSCORE is newer than 7.0, where the number of arguments is checked before.
fn rank(model: &mut Model, call: &Call, reverse: bool) -> Reply {
    let with_score = match &call.argv[3..] {
        [] => false,
        [word] if word.eq_ignore_ascii_case(b"WITHSCORE") => true,
        [_] => return Err(Error::Syntax),
        _ => return Err(Error::Arity(if reverse { "ZREVRANK" } else { "ZRANK" })),
    };
    let place = model.get::<ZSet>(call, &call.argv[1])?.and_then(|zset| zset.place(&call.argv[2], reverse));
    match place {
        Some((rank, score)) if with_score => {
            Ok(Expect::Exact(Value::Array(vec![Value::Int(rank as i64), shown_score(call, score)])))
        }
        Some((rank, _)) => Expect::int(rank as i64),
        None if with_score => Expect::nil_array(),
        None => Expect::nil(),
    }
}

impl Model {
    /// Takes up to `count` members from one end, in the order in which they come off.
    fn pop_zset(&mut self, call: &Call, key: &[u8], min: bool, count: i64) -> Result<Vec<Scored>, Error> {
        self.edit(call, key, |zset: &mut ZSet| {
            let mut popped = if count == 1 { zset.end(min).into_iter().collect() } else { zset.ranked() };
            if !min {
                popped.reverse();
            }
            popped.truncate(usize::try_from(count).unwrap_or(usize::MAX));
            for (member, _) in &popped {
                zset.remove(member);
            }
            (!popped.is_empty(), popped)
        })
    }

    /// Pops from a key that holds a sorted set, and answers as BZPOPMIN and BZPOPMAX do, or with a count as ZMPOP and
    /// BZMPOP.
    pub(super) fn serve_zpop(&mut self, call: &Call, key: &Bytes, min: bool, count: Option<i64>) -> Reply {
        let popped = self.pop_zset(call, key, min, count.unwrap_or(1))?;
        let key = Value::bulk(key.clone());
        let shown_pair = |(member, score): &Scored| vec![Value::bulk(member.clone()), shown_score(call, *score)];
        let reply = match count {
            None => [key].into_iter().chain(popped.iter().flat_map(shown_pair)).collect(),
            Some(_) => vec![key, Value::Array(popped.iter().map(|pair| Value::Array(shown_pair(pair))).collect())],
        };
        Ok(Expect::Exact(Value::Array(reply)))
    }

    /// Serves the first of these keys that is there; another type before it is an error.
    fn serve_first_zset(&mut self, call: &Call, keys: &[Bytes], want: &Want) -> Result<Option<Expect>, Error> {
        for key in keys {
            if self.get::<ZSet>(call, key)?.is_some() {
                return self.serve(call, key, want).map(Some);
            }
        }
        Ok(None)
    }
}

fn pop(model: &mut Model, call: &Call, min: bool) -> Reply {
    let count = match call.argv {
        [_, _] => 1,
        [_, _, n] => count(n)?,
        _ => return Err(Error::Syntax),
    };
    let popped = model.pop_zset(call, &call.argv[1], min, count)?;
    // One without a count stays flat in RESP3.
    let reply = if call.argv.len() > 2 { shown_for(call, &popped, true) } else { shown(call, &popped, true) };
    Ok(Expect::Exact(reply))
}

/// `numkeys key [key ...] MIN|MAX [COUNT n]` at `at`.
fn parse_mpop(argv: &[Bytes], at: usize) -> Result<(&[Bytes], Want), Error> {
    let (keys, rest) = numkeys(argv, at)?;
    let (end, rest) = rest.split_first().ok_or(Error::Syntax)?;
    let min = match end.to_ascii_uppercase().as_slice() {
        b"MIN" => true,
        b"MAX" => false,
        _ => return Err(Error::Syntax),
    };
    Ok((keys, Want::ZPopMany { min, count: parse_count(rest)?.unwrap_or(1) }))
}

fn zmpop(model: &mut Model, call: &Call) -> Reply {
    let (keys, want) = parse_mpop(call.argv, 1)?;
    model.serve_first_zset(call, keys, &want)?.map_or_else(Expect::nil_array, Ok)
}

fn bzmpop(model: &mut Model, call: &Call) -> Reply {
    let (keys, want) = parse_mpop(call.argv, 2)?;
    serve_or_block(model, call, keys, &call.argv[1], want)
}

fn blocking_pop(model: &mut Model, call: &Call, min: bool) -> Reply {
    let (timeout, keys) = call.argv[1..].split_last().ok_or(Error::Syntax)?;
    serve_or_block(model, call, keys, timeout, Want::ZPop { min })
}

fn serve_or_block(model: &mut Model, call: &Call, keys: &[Bytes], timeout: &[u8], want: Want) -> Reply {
    let deadline_ms = parse_timeout(model, timeout)?;
    match model.serve_first_zset(call, keys, &want)? {
        Some(reply) => Ok(reply),
        None => model.block(call, keys, deadline_ms, want),
    }
}

fn zrandmember(model: &mut Model, call: &Call) -> Reply {
    let [_, _, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    if rest.is_empty() {
        let members = zset(model, call)?.ranked().into_iter().map(|(member, _)| member).collect();
        return random::draw_one(model, call, members);
    }
    let (count, with_scores) = random::parse_count_with(rest, b"WITHSCORES")?;
    let element = |(member, score): Scored| -> Element { (member, with_scores.then(|| shown_score(call, score))) };
    let elements = zset(model, call)?.ranked().into_iter().map(element).collect();
    random::draw(model, call, elements, count)
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn contradicting_options_are_refused_before_scores_are_read() {
        assert!(last(&["ZADD z NX XX foo a"]).contains("XX and NX"));
        assert!(last(&["ZADD z GT LT foo a"]).contains("GT, LT, and/or NX"));
        assert!(last(&["ZADD z NX GT 1"]).contains("syntax error"));
        assert!(last(&["ZADD z INCR 1 a 2 b"]).contains("single increment-element pair"));
    }

    #[test]
    fn a_bad_score_anywhere_adds_nothing() {
        assert_eq!(last(&["ZADD z 1 a nan b", "EXISTS z"]), "(integer) 0");
    }

    #[test]
    fn increments_answer_the_score_or_nil() {
        assert_eq!(last(&["ZADD z 1 a", "ZADD z LT INCR 0 a"]), "(nil)");
        assert_eq!(last(&["ZADD z 1 a", "ZINCRBY z 0 a"]), "\"1\"");
        assert!(last(&["ZADD z inf a", "ZINCRBY z -inf a"]).contains("not a number"));
    }

    #[test]
    fn the_same_score_again_is_no_change() {
        assert_eq!(last(&["ZADD z 1 a", "WATCH z", "ZADD z CH 1 a", "MULTI", "PING", "EXEC"]), "1) PONG");
    }

    #[test]
    fn many_are_popped_from_the_first_key_that_is_there() {
        let pop = "ZMPOP 2 nokey z MAX COUNT 2";
        assert_eq!(
            last(&["ZADD z 1 a 2 b 3 c", pop]),
            "1) \"z\" 2) 1) 1) \"c\"       2) \"3\"    2) 1) \"b\"       2) \"2\""
        );
        assert!(last(&["ZMPOP 1 nokey MIN COUNT 0 x"]).contains("count should be greater than 0"));
    }

    #[test]
    fn a_blocking_pop_reads_its_timeout_last() {
        assert!(last(&["BZMPOP abc 0 z MIN"]).contains("numkeys"));
        assert!(last(&["BZMPOP abc 1 z MIN COUNT 0"]).contains("count should"));
        assert!(last(&["SET s v", "BZPOPMIN s abc"]).contains("timeout is not a float"));
    }
}
