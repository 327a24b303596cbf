//! Ranges of sorted sets: by rank, by score, and by the members' bytes.
//!
//! A lexicographical range is meant for members with equal scores. With different ones the server answers what its
//! search happens to find: in a listpack, the run that begins with the first member past the near end of the range;
//! in a skiplist, a run that begins with *any* member past the near end whose predecessor is not, depending on the
//! nodes' random heights. So the model predicts the one run of a listpack, and for a skiplist follows the reply.

use super::lists::range;
use super::number::int;
use super::zset::{Scored, ZSet, shown_for};
use super::zsets::zset;
use super::{Call, Error, Expect, Handler, Model, Profile, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "ZRANGE" => |model, call| reply(model, call, None, None),
        "ZREVRANGE" => |model, call| reply(model, call, Some(By::Rank), Some(true)),
        "ZRANGEBYSCORE" => |model, call| reply(model, call, Some(By::Score), Some(false)),
        "ZREVRANGEBYSCORE" => |model, call| reply(model, call, Some(By::Score), Some(true)),
        "ZRANGEBYLEX" => |model, call| reply(model, call, Some(By::Lex), Some(false)),
        "ZREVRANGEBYLEX" => |model, call| reply(model, call, Some(By::Lex), Some(true)),
        "ZRANGESTORE" => store,
        "ZREMRANGEBYRANK" => |model, call| remove(model, call, By::Rank),
        "ZREMRANGEBYSCORE" => |model, call| remove(model, call, By::Score),
        "ZREMRANGEBYLEX" => |model, call| remove(model, call, By::Lex),
        "ZCOUNT" => zcount,
        "ZLEXCOUNT" => zlexcount,
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum By {
    Rank,
    Score,
    Lex,
}

/// The members between two ends.
#[derive(Clone, Debug)]
enum Range {
    Rank(i64, i64),
    Score(ScoreEnd, ScoreEnd),
    Lex(LexEnd, LexEnd),
}

#[derive(Clone, Debug)]
struct ScoreEnd {
    score: f64,
    exclusive: bool,
}

#[derive(Clone, Debug)]
enum LexEnd {
    Lowest,
    Highest,
    Included(Bytes),
    Excluded(Bytes),
}

impl ScoreEnd {
    fn parse(profile: Profile, text: &[u8]) -> Result<ScoreEnd, Error> {
        let (exclusive, number) = match text {
            [b'(', number @ ..] => (true, number),
            number => (false, number),
        };
        Ok(ScoreEnd { score: profile.parse_score_end(number).ok_or(Error::MinMaxNotFloat)?, exclusive })
    }

    fn is_min_of(&self, score: f64) -> bool {
        if self.exclusive { score > self.score } else { score >= self.score }
    }

    fn is_max_of(&self, score: f64) -> bool {
        if self.exclusive { score < self.score } else { score <= self.score }
    }
}

impl LexEnd {
    fn parse(text: &[u8]) -> Result<LexEnd, Error> {
        match text {
            // The server sees a C string here.
            [b'-'] | [b'-', 0, ..] => Ok(LexEnd::Lowest),
            [b'+'] | [b'+', 0, ..] => Ok(LexEnd::Highest),
            [b'[', member @ ..] => Ok(LexEnd::Included(member.to_vec())),
            [b'(', member @ ..] => Ok(LexEnd::Excluded(member.to_vec())),
            _ => Err(Error::MinMaxNotLex),
        }
    }

    fn is_min_of(&self, member: &Bytes) -> bool {
        match self {
            LexEnd::Lowest => true,
            LexEnd::Highest => false,
            LexEnd::Included(end) => member >= end,
            LexEnd::Excluded(end) => member > end,
        }
    }

    fn is_max_of(&self, member: &Bytes) -> bool {
        match self {
            LexEnd::Lowest => false,
            LexEnd::Highest => true,
            LexEnd::Included(end) => member <= end,
            LexEnd::Excluded(end) => member < end,
        }
    }
}

impl Range {
    fn parse(profile: Profile, by: By, low: &[u8], high: &[u8]) -> Result<Range, Error> {
        Ok(match by {
            By::Rank => Range::Rank(int(low)?, int(high)?),
            By::Score => Range::Score(ScoreEnd::parse(profile, low)?, ScoreEnd::parse(profile, high)?),
            By::Lex => Range::Lex(LexEnd::parse(low)?, LexEnd::parse(high)?),
        })
    }
}

/// What ZRANGE and its kin ask for.
struct Query {
    range: Range,
    reverse: bool,
    with_scores: bool,
    /// Members to skip; a negative number skips them all.
    offset: i64,
    /// Members to answer at most; a negative number is no limit.
    limit: i64,
}

impl Query {
    /// Reads `min max [options]`. The older commands fix what ZRANGE takes as an option.
    fn parse(
        profile: Profile,
        args: &[Bytes],
        by: Option<By>,
        reverse: Option<bool>,
        is_store: bool,
    ) -> Result<Query, Error> {
        let [low, high, rest @ ..] = args else { return Err(Error::Syntax) };
        let (mut chosen_by, mut chosen_reverse) = (by, reverse);
        let (mut with_scores, mut offset, mut limit) = (false, 0, -1);
        let mut rest = rest.iter();
        while let Some(word) = rest.next() {
            match word.to_ascii_uppercase().as_slice() {
                b"WITHSCORES" if !is_store => with_scores = true,
                b"LIMIT" if rest.len() >= 2 => {
                    offset = rest.next().map_or(Ok(0), |text| int(text))?;
                    limit = rest.next().map_or(Ok(0), |text| int(text))?;
                }
                // Once only: a second one is not expected any more.
                b"REV" if chosen_reverse.is_none() => chosen_reverse = Some(true),
                b"BYSCORE" if chosen_by.is_none() => chosen_by = Some(By::Score),
                b"BYLEX" if chosen_by.is_none() => chosen_by = Some(By::Lex),
                _ => return Err(Error::Syntax),
            }
        }
        let (by, reverse) = (chosen_by.unwrap_or(By::Rank), chosen_reverse.unwrap_or(false));
        // A limit of -1 passes for none at all.
        if by == By::Rank && limit != -1 {
            return Err(Error::ZrangeLimit);
        }
        if by == By::Lex && with_scores {
            return Err(Error::ZrangeWithscores);
        }
        let (low, high) = if reverse && by != By::Rank { (high, low) } else { (low, high) };
        Ok(Query { range: Range::parse(profile, by, low, high)?, reverse, with_scores, offset, limit })
    }

    /// The possible answers: one, but for lexicographical ranges over a skiplist.
    fn answers(&self, zset: &ZSet) -> Vec<Vec<Scored>> {
        let mut members = zset.ranked();
        if self.reverse {
            members.reverse();
        }
        match &self.range {
            Range::Rank(start, stop) => vec![members[range(*start, *stop, members.len())].to_vec()],
            Range::Score(min, max) => {
                members.retain(|(_, score)| min.is_min_of(*score) && max.is_max_of(*score));
                vec![self.limited(&members).to_vec()]
            }
            Range::Lex(min, max) => {
                let ends = Ends { min, max, reverse: self.reverse };
                let starts = if ends.may_meet(&members) { ends.starts(&members, zset.is_skiplist()) } else { vec![] };
                // LIMIT's offset is skipped before the far end is looked for.
                let answer = |start: usize| match members.get(start) {
                    Some(first) if ends.within_far(first) => ends.run(self.limited(&members[start..])),
                    _ => Vec::new(),
                };
                distinct(starts.into_iter().map(answer).collect())
            }
        }
    }

    fn limited<'a>(&self, members: &'a [Scored]) -> &'a [Scored] {
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX).min(members.len());
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX).min(members.len() - offset);
        &members[offset..offset + limit]
    }
}

/// A lexicographical range as a search meets it: first the near end, then the far one.
struct Ends<'a> {
    min: &'a LexEnd,
    max: &'a LexEnd,
    reverse: bool,
}

impl Ends<'_> {
    fn within_near(&self, (member, _): &Scored) -> bool {
        if self.reverse { self.max.is_max_of(member) } else { self.min.is_min_of(member) }
    }

    fn within_far(&self, (member, _): &Scored) -> bool {
        if self.reverse { self.min.is_min_of(member) } else { self.max.is_max_of(member) }
    }

    /// The server's first look, at the first and last member only.
    fn may_meet(&self, members: &[Scored]) -> bool {
        members.first().is_some_and(|first| self.within_far(first))
            && members.last().is_some_and(|last| self.within_near(last))
    }

    /// Where the search may stop: the index of a member, or the number of members. Never empty.
    fn starts(&self, members: &[Scored], is_skiplist: bool) -> Vec<usize> {
        let past_near: Vec<bool> = members.iter().map(|member| self.within_near(member)).collect();
        let mut starts: Vec<usize> =
            (0..members.len()).filter(|&i| past_near[i] && (i == 0 || !past_near[i - 1])).collect();
        if past_near.last() != Some(&true) {
            starts.push(members.len());
        }
        if !is_skiplist {
            starts.truncate(1);
        }
        starts
    }

    /// Up to the first member past the far end.
    fn run(&self, members: &[Scored]) -> Vec<Scored> {
        members.iter().take_while(|member| self.within_far(member)).cloned().collect()
    }
}

/// Without repetition; nothing at all is one empty answer.
fn distinct(mut answers: Vec<Vec<Scored>>) -> Vec<Vec<Scored>> {
    answers.sort_by_key(Vec::len);
    answers.dedup();
    if answers.is_empty() { vec![Vec::new()] } else { answers }
}

/// One of several replies, all of the same class.
fn one_of(call: &Call, mut replies: Vec<Value>, class: &'static str) -> Reply {
    replies.iter_mut().for_each(|reply| reply.speak(call.resp3));
    replies.dedup();
    match replies.as_slice() {
        [reply] => Ok(Expect::Exact(reply.clone())),
        [first, ..] => {
            let n = replies.len();
            let rule = format!("one of {n} answers: scores differ, and the server's search depends on chance");
            Ok(Expect::checked(call, class, rule, |reply| replies.contains(reply), || first.clone()))
        }
        [] => Err(Error::Syntax),
    }
}

/// ZRANGE and the older commands that it replaces.
fn reply(model: &mut Model, call: &Call, by: Option<By>, reverse: Option<bool>) -> Reply {
    let query = Query::parse(call.profile, &call.argv[2..], by, reverse, false)?;
    let answers = query.answers(&zset(model, call)?);
    let replies: Vec<Value> = answers.iter().map(|answer| shown_for(call, answer, query.with_scores)).collect();
    one_of(call, replies, "array")
}

/// The answer that fits the number that the subject gave, for a command that answers no more than that.
fn chosen(model: &mut Model, call: &Call, answers: Vec<Vec<Scored>>) -> (Vec<Scored>, Reply) {
    let int = |answer: &Vec<Scored>| Value::Int(answer.len() as i64);
    let expect = one_of(call, answers.iter().map(int).collect(), "int");
    let mut fitting: Vec<_> = answers.iter().filter(|answer| call.hint == Some(&int(answer))).collect();
    if fitting.is_empty() {
        fitting.extend(answers.first());
    }
    // Which members they were can't be told from their number, and not at all where no answer came.
    model.lost_track |= fitting.len() > 1 || call.hint.is_none() && answers.len() > 1;
    (fitting.first().copied().cloned().unwrap_or_default(), expect)
}

/// ZRANGESTORE.
fn store(model: &mut Model, call: &Call) -> Reply {
    let [_, destination, source, args @ ..] = call.argv else { return Err(Error::Syntax) };
    let query = Query::parse(call.profile, args, None, None, true)?;
    let answers = query.answers(&model.get_or_empty::<ZSet>(call, source)?);
    let (members, expect) = chosen(model, call, answers);
    let mut result = match query.range {
        Range::Rank(..) => ZSet::for_members(members.len(), model.encodings.zset),
        // How many there will be is not known when the server begins.
        Range::Score(..) | Range::Lex(..) => ZSet::new(model.encodings.zset),
    };
    result.extend(members);
    model.store(call, destination, result);
    expect
}

fn remove(model: &mut Model, call: &Call, by: By) -> Reply {
    let range = Range::parse(call.profile, by, &call.argv[2], &call.argv[3])?;
    let mut zset = zset(model, call)?;
    let answers = match &range {
        Range::Lex(min, max) if zset.is_skiplist() => {
            // Here the server goes without the first look.
            let (members, ends) = (zset.ranked(), Ends { min, max, reverse: false });
            distinct(ends.starts(&members, true).into_iter().map(|start| ends.run(&members[start..])).collect())
        }
        _ => Query { range, reverse: false, with_scores: false, offset: 0, limit: -1 }.answers(&zset),
    };
    let (members, expect) = chosen(model, call, answers);
    for (member, _) in &members {
        zset.remove(member);
    }
    if !members.is_empty() {
        model.update(call, &call.argv[1], zset);
    }
    expect
}

fn zcount(model: &mut Model, call: &Call) -> Reply {
    let query = Query::parse(call.profile, &call.argv[2..], Some(By::Score), Some(false), false)?;
    Expect::int(query.answers(&zset(model, call)?)[0].len() as i64)
}

fn zlexcount(model: &mut Model, call: &Call) -> Reply {
    let query = Query::parse(call.profile, &call.argv[2..], Some(By::Lex), Some(false), false)?;
    let zset = zset(model, call)?;
    if zset.is_skiplist() {
        skiplist_lexcount(call, &query, &zset)
    } else {
        Expect::int(query.answers(&zset)[0].len() as i64)
    }
}

/// In a skiplist the server looks for both ends and subtracts their ranks, which may even give a negative number.
fn skiplist_lexcount(call: &Call, query: &Query, zset: &ZSet) -> Reply {
    let Range::Lex(min, max) = &query.range else { return Err(Error::MinMaxNotLex) };
    let mut members = zset.ranked();
    let forward = Ends { min, max, reverse: false };
    if !forward.may_meet(&members) {
        return Expect::int(0);
    }
    let len = members.len() as i64;
    let firsts = found(&forward, &members);
    members.reverse();
    let lasts = found(&Ends { min, max, reverse: true }, &members);
    let mut counts = Vec::new();
    for first in &firsts {
        // Both are counted from their own end; a search that finds nothing leaves the count as it was.
        let count = |last: &Option<i64>| first.map_or(0, |first| len - first - last.unwrap_or(0));
        counts.extend(lasts.iter().map(count));
    }
    counts.sort_unstable();
    one_of(call, counts.into_iter().map(Value::Int).collect(), "int")
}

/// What a search over a skiplist may find: an index, or nothing.
fn found(ends: &Ends, members: &[Scored]) -> Vec<Option<i64>> {
    let is_within = |start: usize| members.get(start).is_some_and(|member| ends.within_far(member));
    ends.starts(members, true).into_iter().map(|start| is_within(start).then_some(start as i64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zset(members: &[(&str, f64)]) -> ZSet {
        let mut zset = ZSet::new(crate::model::EncodingLimits::default().zset);
        members.iter().for_each(|(member, score)| zset.insert(Bytes::from(*member), *score));
        zset
    }

    fn answers(zset: &ZSet, args: &str) -> Vec<String> {
        let args: Vec<Bytes> = args.split(' ').map(Bytes::from).collect();
        let answers = Query::parse(Profile::Redis70, &args, None, None, false).unwrap().answers(zset);
        let names = |answer: Vec<Scored>| answer.into_iter().map(|(member, _)| String::from_utf8(member).unwrap());
        answers.into_iter().map(|answer| names(answer).collect::<Vec<_>>().join("")).collect()
    }

    #[test]
    fn ends_may_be_exclusive_and_reversed() {
        let zset = zset(&[("a", 1.0), ("b", 2.0), ("c", 3.0)]);
        for (args, members) in [
            ("(1 3 BYSCORE", "bc"),
            ("3 (1 BYSCORE REV", "cb"),
            ("-inf +inf BYSCORE LIMIT 1 -1", "bc"),
            ("-inf +inf BYSCORE LIMIT -1 5", ""),
            ("-2 -1", "bc"),
            ("0 0 REV", "c"),
            ("0 -1 LIMIT 5 -1", "abc"),
        ] {
            assert_eq!(answers(&zset, args), [members], "{args}");
        }
    }

    #[test]
    fn contradictions_are_refused() {
        let error = |args: &str| {
            let args: Vec<Bytes> = args.split(' ').map(Bytes::from).collect();
            Query::parse(Profile::Redis70, &args, None, None, false).err()
        };
        assert_eq!(error("0 1 LIMIT 0 1"), Some(Error::ZrangeLimit));
        assert_eq!(error("- + BYLEX WITHSCORES"), Some(Error::ZrangeWithscores));
        assert_eq!(error("0 1 REV REV"), Some(Error::Syntax));
        assert_eq!(error("0 1 BYSCORE LIMIT x"), Some(Error::Syntax));
        assert_eq!(error("x y BYSCORE LIMIT a b"), Some(Error::NotInt));
    }

    #[test]
    fn different_scores_make_a_lexicographical_range_one_run_of_a_listpack_and_any_of_a_skiplist() {
        let members = [("b", 1.0), ("a", 2.0), ("c", 3.0)];
        assert_eq!(answers(&zset(&members), "[b + BYLEX"), ["bac"]);
        let long = "d".repeat(65);
        let skiplist = zset(&[members[0], members[1], members[2], (&long, 4.0)]);
        assert_eq!(answers(&skiplist, "[b (cc BYLEX"), ["c", "bac"]);
    }
}
