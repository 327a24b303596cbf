//! Taking members from the ends of sorted sets.

use super::members;
use crate::blocking::Wait;
use crate::command::{Context, Outcome, args};
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::zset::ZSet;
use crate::value::Kind;

/// An end of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Min,
    Max,
}

impl End {
    fn parse(word: &[u8]) -> Result<End, Error> {
        if args::is(word, "MIN") {
            Ok(End::Min)
        } else if args::is(word, "MAX") {
            Ok(End::Max)
        } else {
            Err(Error::SYNTAX)
        }
    }
}

type Items = Vec<(Vec<u8>, f64)>;

/// The first `count` members from an end; `None` if the key is missing.
fn peek(cx: &mut Context<'_>, key: &[u8], end: End, count: usize) -> Result<Option<Items>, Error> {
    let ties_forward = planted!(cx.config(), ZpopmaxTakesFirstOfTies);
    let Some(zset) = cx.get::<ZSet>(key)? else {
        return Ok(None);
    };
    let own = |(member, score): (&[u8], f64)| (member.to_vec(), score);
    let mut items: Items = match end {
        End::Min => zset.iter().take(count).map(own).collect(),
        End::Max => zset.iter().rev().take(count).map(own).collect(),
    };
    if ties_forward && end == End::Max && count == 1 {
        let best = items.first().map(|(_, score)| *score);
        items = zset.iter().filter(|(_, score)| Some(*score) == best).take(1).map(own).collect();
    }
    Ok(Some(items))
}

/// Takes up to `count` members from an end; `None` if the key is missing.
fn pop(cx: &mut Context<'_>, key: &[u8], end: End, count: usize) -> Result<Option<Items>, Error> {
    let Some(items) = peek(cx, key, end, count)? else {
        return Ok(None);
    };
    if let Some(zset) = cx.get_mut::<ZSet>(key)? {
        for (member, _) in &items {
            zset.remove(member);
        }
    }
    if !items.is_empty() {
        cx.changed(key);
    }
    Ok(Some(items))
}

fn pop_command(cx: &mut Context<'_>, argv: &[Vec<u8>], end: End) -> Outcome {
    let count = match &argv[2..] {
        [] => 1,
        [count] => number::count(count, 0, Error::MUST_BE_POSITIVE)?,
        _ => return Err(Error::SYNTAX),
    };
    let nested = cx.session.resp3 && argv.len() > 2;
    Ok(members(pop(cx, &argv[1], end, count)?.unwrap_or_default(), true, nested))
}

pub(super) fn zpopmin(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    pop_command(cx, argv, End::Min)
}

pub(super) fn zpopmax(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    pop_command(cx, argv, End::Max)
}

/// What ZMPOP and BZMPOP take, and from where.
struct MultiPop {
    keys: Vec<Vec<u8>>,
    end: End,
    count: usize,
}

impl MultiPop {
    /// Reads `numkeys key... MIN|MAX [COUNT count]`.
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

/// Pops from a key and tells the key with the members in pairs; `None` if the key is missing.
fn pop_with_key(cx: &mut Context<'_>, key: &[u8], end: End, count: usize) -> Result<Option<Reply>, Error> {
    let popped = pop(cx, key, end, count)?;
    Ok(popped.map(|items| Reply::Array(vec![Reply::bulk(key), members(items, true, true)])))
}

pub(super) fn zmpop(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let what = MultiPop::parse(&argv[1..])?;
    for key in &what.keys {
        if let Some(reply) = pop_with_key(cx, key, what.end, what.count)? {
            return Ok(reply);
        }
    }
    Ok(Reply::NullArray)
}

pub(super) fn bzpopmin(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Wait, Error> {
    wait_to_pop(cx, argv, End::Min)
}

pub(super) fn bzpopmax(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Wait, Error> {
    wait_to_pop(cx, argv, End::Max)
}

fn wait_to_pop(cx: &mut Context<'_>, argv: &[Vec<u8>], end: End) -> Result<Wait, Error> {
    let (keys, timeout) = (&argv[1..argv.len() - 1], &argv[argv.len() - 1]);
    Ok(Wait {
        keys: keys.to_vec(),
        kind: Kind::ZSet,
        deadline: args::timeout(timeout, cx.now())?,
        denied: Reply::NullArray,
        gone: None,
        serve: Box::new(move |cx, key| {
            let shared = planted!(cx.config(), BzpopServesOneMemberTwice) && two_wait(cx, key);
            let popped = if shared { peek(cx, key, end, 1)? } else { pop(cx, key, end, 1)? };
            let item = popped.and_then(|mut items| items.pop());
            Ok(item
                .map(|(member, score)| Reply::Array(vec![Reply::bulk(key), Reply::Bulk(member), Reply::Double(score)])))
        }),
    })
}

/// Whether more than one session waits for the key.
fn two_wait(cx: &Context<'_>, key: &[u8]) -> bool {
    cx.store.blocked.waiting(cx.session.db, key).len() > 1
}

pub(super) fn bzmpop(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Wait, Error> {
    let MultiPop { keys, end, count } = MultiPop::parse(&argv[2..])?;
    Ok(Wait {
        keys,
        kind: Kind::ZSet,
        deadline: args::timeout(&argv[1], cx.now())?,
        denied: Reply::NullArray,
        gone: None,
        serve: Box::new(move |cx, key| pop_with_key(cx, key, end, count)),
    })
}
