//! Sets.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::random::{self, Wanted};
use super::{Command, Context, Outcome, Run, args};
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::set::Set;

const ONE: (i64, i64, i64) = (1, 1, 1);
const ALL: (i64, i64, i64) = (1, -1, 1);
const READ: &str = "readonly";
const READ_FAST: &str = "readonly fast";
const WRITE: &str = "write denyoom";
const WRITE_FAST: &str = "write fast";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("sadd", -3, "write denyoom fast", ONE, Run::Now(sadd)),
    Command::new("srem", -3, WRITE_FAST, ONE, Run::Now(srem)),
    Command::new("sismember", 3, READ_FAST, ONE, Run::Now(sismember)),
    Command::new("smismember", -3, READ_FAST, ONE, Run::Now(smismember)),
    Command::new("scard", 2, READ_FAST, ONE, Run::Now(scard)),
    Command::new("smembers", 2, READ, ONE, Run::Now(smembers)),
    Command::new("spop", -2, WRITE_FAST, ONE, Run::Now(spop)),
    Command::new("srandmember", -2, READ, ONE, Run::Now(srandmember)),
    Command::new("smove", 4, WRITE_FAST, (1, 2, 1), Run::Now(smove)),
    Command::new("sinter", -2, READ, ALL, Run::Now(sinter)),
    Command::new("sinterstore", -3, WRITE, ALL, Run::Now(sinterstore)),
    Command::new("sunion", -2, READ, ALL, Run::Now(sunion)),
    Command::new("sunionstore", -3, WRITE, ALL, Run::Now(sunionstore)),
    Command::new("sdiff", -2, READ, ALL, Run::Now(sdiff)),
    Command::new("sdiffstore", -3, WRITE, ALL, Run::Now(sdiffstore)),
    Command::new("sintercard", -3, "readonly movablekeys", (0, 0, 0), Run::Now(sintercard)),
];

/// Adds members to a set, which is created if it is missing; returns how many are new.
fn add(cx: &mut Context<'_>, key: &[u8], members: &[Vec<u8>]) -> Result<usize, Error> {
    let limits = cx.config().set_limits();
    let set = cx.get_or_create::<Set>(key)?;
    let added = members.iter().filter(|member| set.insert(member, &limits)).count();
    if added > 0 {
        cx.changed(key);
    }
    Ok(added)
}

/// Removes members; returns how many were there.
fn remove(cx: &mut Context<'_>, key: &[u8], members: &[Vec<u8>]) -> Result<usize, Error> {
    let Some(set) = cx.get_mut::<Set>(key)? else {
        return Ok(0);
    };
    let removed = members.iter().filter(|member| set.remove(member)).count();
    if removed > 0 {
        cx.changed(key);
    }
    Ok(removed)
}

fn contains(cx: &mut Context<'_>, key: &[u8], member: &[u8]) -> Result<bool, Error> {
    Ok(cx.get::<Set>(key)?.is_some_and(|set| set.contains(member)))
}

fn sadd(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(add(cx, &argv[1], &argv[2..])?))
}

fn srem(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(remove(cx, &argv[1], &argv[2..])?))
}

fn sismember(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::flag(contains(cx, &argv[1], &argv[2])?))
}

fn smismember(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let set = cx.get::<Set>(&argv[1])?;
    let flags = argv[2..].iter().map(|member| set.is_some_and(|set| set.contains(member)));
    Ok(Reply::Array(flags.map(Reply::flag).collect()))
}

fn scard(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(cx.get::<Set>(&argv[1])?.map_or(0, Set::len)))
}

fn smembers(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let members = cx.get::<Set>(&argv[1])?.into_iter().flat_map(Set::iter);
    Ok(Reply::Set(members.map(Reply::bulk).collect()))
}

fn spop(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let count = match &argv[2..] {
        [] => None,
        [count] => Some(number::count(count, 0, Error::MUST_BE_POSITIVE)?),
        _ => return Err(Error::SYNTAX),
    };
    let key = &argv[1];
    let Some(len) = cx.get::<Set>(key)?.map(Set::len) else {
        return Ok(count.map_or(Reply::NullBulk, |_| Reply::Set(Vec::new())));
    };
    let taken = i64::try_from(count.unwrap_or(1)).unwrap_or(i64::MAX);
    let popped = pick(cx, key, len, taken)?;
    let mut gone = popped.as_slice();
    if planted!(cx.config(), SpopAllLeavesOne) && len > 1 && gone.len() == len {
        gone = &gone[1..];
    }
    remove(cx, key, gone)?;
    // The server builds a new set when few members stay: integers alone become an intset again.
    if len.saturating_sub(popped.len()) * 5 <= popped.len() && count.is_some() {
        rebuild(cx, key)?;
    }
    Ok(match count {
        None => Reply::bulk_or_null(popped.into_iter().next()),
        Some(_) => Reply::Set(popped.into_iter().map(Reply::bulk).collect()),
    })
}

/// Puts the members into a new set, in the encoding that they need.
fn rebuild(cx: &mut Context<'_>, key: &[u8]) -> Result<(), Error> {
    let limits = cx.config().set_limits();
    if let Some(set) = cx.get_mut::<Set>(key)? {
        let mut new = Set::new();
        for member in set.iter() {
            new.insert(&member, &limits);
        }
        *set = new;
    }
    Ok(())
}

/// Random members of a set of `len`; see [`random::positions`].
fn pick(cx: &mut Context<'_>, key: &[u8], len: usize, count: i64) -> Result<Vec<Vec<u8>>, Error> {
    let positions = random::positions(cx, len, count);
    let set = cx.get::<Set>(key)?;
    let members = positions.into_iter().filter_map(|at| set?.get_index(at));
    Ok(members.map(Cow::into_owned).collect())
}

fn srandmember(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() > 3 {
        return Err(Error::SYNTAX);
    }
    let wanted = Wanted::parse(&argv[2..], "")?;
    let len = cx.get::<Set>(&argv[1])?.map_or(0, Set::len);
    Ok(match wanted {
        Some(_) if len == 0 => Reply::Array(Vec::new()),
        Some(wanted) => Reply::bulks(pick(cx, &argv[1], len, wanted.count)?),
        None => Reply::bulk_or_null(pick(cx, &argv[1], len, 1)?.pop()),
    })
}

fn smove(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (source, target, member) = (&argv[1], &argv[2], &argv[3]);
    if cx.get::<Set>(source)?.is_none() {
        return Ok(Reply::Int(0));
    }
    // The target is looked at before the source is touched, or the member would be lost.
    let in_target = contains(cx, target, member)?;
    if source == target && !planted!(cx.config(), SmoveOntoItselfRemoves) {
        return Ok(Reply::flag(in_target));
    }
    if !contains(cx, source, member)? {
        return Ok(Reply::Int(0));
    }
    if in_target && planted!(cx.config(), SmoveKeepsCommonMember) {
        return Ok(Reply::Int(1));
    }
    if !in_target {
        add(cx, target, std::slice::from_ref(member))?;
    }
    remove(cx, source, std::slice::from_ref(member))?;
    Ok(Reply::Int(1))
}

/// How sets are combined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Intersection,
    Union,
    Difference,
}

impl Operation {
    /// The members of the combination; a missing set is empty.
    fn combine<'a>(self, sets: &[Option<&'a Set>]) -> Vec<Cow<'a, [u8]>> {
        let Some((first, others)) = sets.split_first() else {
            return Vec::new();
        };
        let holds = |set: &Option<&Set>, member: &[u8]| set.is_some_and(|set| set.contains(member));
        let members = first.iter().flat_map(|set| set.iter());
        match self {
            Operation::Intersection => members.filter(|member| others.iter().all(|set| holds(set, member))).collect(),
            Operation::Difference => members.filter(|member| !others.iter().any(|set| holds(set, member))).collect(),
            Operation::Union => {
                let all = sets.iter().flatten().flat_map(|set| set.iter());
                all.collect::<BTreeSet<_>>().into_iter().collect()
            }
        }
    }
}

/// The sets at the keys, all of which must be sets or missing.
fn sets<'a>(cx: &'a mut Context<'_>, keys: &[Vec<u8>]) -> Result<Vec<Option<&'a Set>>, Error> {
    for key in keys {
        cx.get::<Set>(key)?;
    }
    Ok(keys.iter().map(|key| cx.peek::<Set>(key)).collect())
}

fn show(cx: &mut Context<'_>, argv: &[Vec<u8>], operation: Operation) -> Outcome {
    let members = operation.combine(&sets(cx, &argv[1..])?);
    Ok(Reply::Set(members.into_iter().map(Reply::bulk).collect()))
}

/// Stores a combination; the target goes if there is nothing to store.
fn store(cx: &mut Context<'_>, argv: &[Vec<u8>], operation: Operation) -> Outcome {
    let limits = cx.config().set_limits();
    let target = &argv[1];
    let mut result = Set::new();
    for member in operation.combine(&sets(cx, &argv[2..])?) {
        result.insert(&member, &limits);
    }
    if planted!(cx.config(), SdiffstoreChecksTarget) && operation == Operation::Difference {
        cx.get::<Set>(target)?;
    }
    let len = result.len();
    if len == 0 {
        if !planted!(cx.config(), SstoreEmptyKeepsTarget) {
            cx.remove(target);
        }
    } else if planted!(cx.config(), SunionstoreKeepsTtl) && operation == Operation::Union {
        cx.set_keeping_ttl(target, result);
    } else {
        cx.set(target, result);
    }
    Ok(Reply::count(len))
}

fn sinter(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Operation::Intersection)
}

fn sunion(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Operation::Union)
}

fn sdiff(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    show(cx, argv, Operation::Difference)
}

fn sinterstore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    store(cx, argv, Operation::Intersection)
}

fn sunionstore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    store(cx, argv, Operation::Union)
}

fn sdiffstore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    store(cx, argv, Operation::Difference)
}

fn sintercard(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let numkeys = number::count(&argv[1], 1, Error::new("ERR numkeys should be greater than 0"))?;
    let Some((keys, options)) = argv[2..].split_at_checked(numkeys) else {
        return Err(Error::new("ERR Number of keys can't be greater than number of args"));
    };
    let mut limit = 0;
    let (pairs, rest) = options.as_chunks();
    for [keyword, value] in pairs {
        limit = args::card_limit(keyword, value)?;
    }
    if !rest.is_empty() {
        return Err(Error::SYNTAX);
    }
    let mut len = Operation::Intersection.combine(&sets(cx, keys)?).len();
    if limit > 0 && !(planted!(cx.config(), SintercardLimitOneKey) && numkeys == 1) {
        len = len.min(limit);
    }
    Ok(Reply::count(len))
}
