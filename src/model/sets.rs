//! Sets.

use super::encoding::{Encoding, is_intset};
use super::keyspace::{Data, Set};
use super::number::{count, parse_int};
use super::random::{self, Element};
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "SADD" => sadd,
        "SREM" => srem,
        "SISMEMBER" => |model, call| Expect::int(membership(model, call)?[0]),
        "SMISMEMBER" => |model, call| {
            Ok(Expect::Exact(Value::Array(membership(model, call)?.into_iter().map(Value::Int).collect())))
        },
        "SCARD" => |model, call| Expect::int(model.get::<Set>(call, &call.argv[1])?.map_or(0, |set| set.len()) as i64),
        "SMEMBERS" => |model, call| Expect::set(model.get_or_empty::<Set>(call, &call.argv[1])?),
        "SPOP" => spop,
        "SRANDMEMBER" => srandmember,
        "SMOVE" => smove,
        "SINTER" => |model, call| Expect::set(intersection(&sets(model, call, &call.argv[1..])?)),
        "SUNION" => |model, call| Expect::set(union(&sets(model, call, &call.argv[1..])?)),
        "SDIFF" => |model, call| Expect::set(difference(&sets(model, call, &call.argv[1..])?)),
        "SINTERSTORE" => |model, call| store(model, call, intersection),
        "SUNIONSTORE" => |model, call| store(model, call, union),
        "SDIFFSTORE" => sdiffstore,
        "SINTERCARD" => sintercard,
        _ => return None,
    })
}

fn sadd(model: &mut Model, call: &Call) -> Reply {
    let [_, key, members @ ..] = call.argv else { return Err(Error::Syntax) };
    let too_many = is_sized_for_table(model, call, key, members);
    let added = model.edit(call, key, |set: &mut Set| {
        let before = set.len();
        set.extend(members.iter().cloned());
        (set.len() > before, set.len() - before)
    })?;
    if too_many {
        model.encode(call, key, Encoding::Hashtable);
    }
    Expect::int(added as i64)
}

/// Whether so many arguments make the set a hash table, even if many of them are the same.
fn is_sized_for_table(model: &mut Model, call: &Call, key: &[u8], members: &[Bytes]) -> bool {
    let limits = model.encodings;
    let entries_max = match model.peek(call.db, key).map(|entry| entry.encoding) {
        None if parse_int(&members[0]).is_some() => limits.intset_entries,
        Some(Encoding::Intset) => limits.intset_entries,
        _ => limits.set.entries,
    };
    call.profile.sizes_by_arguments() && members.len() > entries_max
}

fn srem(model: &mut Model, call: &Call) -> Reply {
    let removed = model.edit(call, &call.argv[1], |set: &mut Set| {
        let removed = call.argv[2..].iter().filter(|member| set.remove(*member)).count();
        (removed > 0, removed)
    })?;
    Expect::int(removed as i64)
}

/// 1 or 0 for each argument after the key.
fn membership(model: &mut Model, call: &Call) -> Result<Vec<i64>, Error> {
    let set = model.get::<Set>(call, &call.argv[1])?;
    let holds = |member| set.as_ref().is_some_and(|set| set.contains(member));
    Ok(call.argv[2..].iter().map(|member| i64::from(holds(member))).collect())
}

fn elements(set: &Set) -> Vec<Element> {
    set.iter().map(|member| (member.clone(), None)).collect()
}

fn spop(model: &mut Model, call: &Call) -> Reply {
    match call.argv {
        [_, key] => spop_one(model, call, key),
        [_, key, n] => spop_many(model, call, key, count(n)?),
        _ => Err(Error::Syntax),
    }
}

fn spop_one(model: &mut Model, call: &Call, key: &[u8]) -> Reply {
    if call.hint.is_none() {
        return spop_any(model, call, key);
    }
    let mut set = model.get_or_empty::<Set>(call, key)?;
    let reply = random::draw_one(model, call, set.iter().cloned().collect())?;
    let hinted = match call.hint {
        Some(Value::Bulk(member)) => set.take(member),
        _ => None,
    };
    if hinted.or_else(|| set.pop_first()).is_some() {
        model.update(call, key, set);
    }
    Ok(reply)
}

/// The member that the model itself draws.
fn spop_any(model: &mut Model, call: &Call, key: &[u8]) -> Reply {
    let len = model.get::<Set>(call, key)?.map_or(0, |set| set.len());
    let place = model.dice.below(len);
    let popped = model.edit(call, key, |set: &mut Set| {
        let popped = set.iter().nth(place).cloned().and_then(|member| set.take(&member));
        (popped.is_some(), popped)
    })?;
    Expect::bulk_or_nil(popped)
}

fn spop_many(model: &mut Model, call: &Call, key: &[u8], count: i64) -> Reply {
    let mut set = model.get_or_empty::<Set>(call, key)?;
    let elements = elements(&set);
    let reply = random::draw(model, call, elements.clone(), count)?;
    let popped: Set = match (call.hint, &reply) {
        (Some(shown @ Value::Array(items)), _) if random::is_draw(call, shown, &elements, count) => bulks(items),
        (None, Expect::Exact(Value::Array(items))) => bulks(items),
        _ => set.iter().take(usize::try_from(count).unwrap_or(usize::MAX)).cloned().collect(),
    };
    set.retain(|member| !popped.contains(member));
    if !popped.is_empty() {
        // Where few members stay, they move to a new set.
        let anew = set.len().saturating_mul(5) <= popped.len();
        let encoding = rebuilt(model, call, key, &set);
        model.update(call, key, set);
        if anew {
            model.encode(call, key, encoding);
        }
    }
    Ok(reply.into_set())
}

/// The encoding of the new set that takes the members which stay: 7.0 looks at them, newer servers at what they were in.
fn rebuilt(model: &mut Model, call: &Call, key: &[u8], rest: &Set) -> Encoding {
    let was_intset = model.peek(call.db, key).is_some_and(|entry| entry.encoding == Encoding::Intset);
    if is_intset(rest, &model.encodings) && (was_intset || !call.profile.sizes_by_arguments()) {
        return Encoding::Intset;
    }
    Encoding::of_texts(rest, &model.encodings)
}

fn bulks(items: &[Value]) -> Set {
    let bulk = |item: &Value| match item {
        Value::Bulk(member) => Some(member.clone()),
        _ => None,
    };
    items.iter().filter_map(bulk).collect()
}

fn srandmember(model: &mut Model, call: &Call) -> Reply {
    let [_, key, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    let count = match rest {
        [] => None,
        [count] => Some(random::parse_count(count)?),
        _ => return Err(Error::Syntax),
    };
    let set = model.get_or_empty::<Set>(call, key)?;
    match count {
        None => random::draw_one(model, call, set.into_iter().collect()),
        Some(count) => random::draw(model, call, elements(&set), count),
    }
}

fn smove(model: &mut Model, call: &Call) -> Reply {
    let [_, from, to, member] = call.argv else { return Err(Error::Syntax) };
    // What is not there is not moved, whatever the destination holds.
    let Some(source) = model.get::<Set>(call, from)? else { return Expect::int(0) };
    let is_there = source.contains(member);
    model.get::<Set>(call, to)?;
    if from != to && is_there {
        model.edit(call, from, |source: &mut Set| (source.remove(member), ()))?;
        model.edit(call, to, |destination: &mut Set| (destination.insert(member.clone()), ()))?;
    }
    Expect::int(is_there)
}

/// The sets of these keys, missing ones empty; any other type among them is an error.
fn sets(model: &mut Model, call: &Call, keys: &[Bytes]) -> Result<Vec<Set>, Error> {
    keys.iter().map(|key| model.get_or_empty::<Set>(call, key)).collect()
}

fn intersection(sets: &[Set]) -> Set {
    let [first, rest @ ..] = sets else { return Set::new() };
    first.iter().filter(|member| rest.iter().all(|set| set.contains(*member))).cloned().collect()
}

fn union(sets: &[Set]) -> Set {
    sets.iter().flatten().cloned().collect()
}

fn difference(sets: &[Set]) -> Set {
    let [first, rest @ ..] = sets else { return Set::new() };
    first.iter().filter(|member| !rest.iter().any(|set| set.contains(*member))).cloned().collect()
}

fn store(model: &mut Model, call: &Call, combine: fn(&[Set]) -> Set) -> Reply {
    let [_, destination, sources @ ..] = call.argv else { return Err(Error::Syntax) };
    let result = combine(&sets(model, call, sources)?);
    let len = result.len();
    model.store(call, destination, result);
    Expect::int(len as i64)
}

fn sdiffstore(model: &mut Model, call: &Call) -> Reply {
    let [_, destination, keys @ ..] = call.argv else { return Err(Error::Syntax) };
    let sets = sets(model, call, keys)?;
    let reply = store(model, call, difference)?;
    // With little to take away, the server begins with all of the first set, which may be larger than what is left.
    let sizes = sets.iter().map(Set::len).filter(|len| *len > 0);
    let by_removal = sizes.clone().count() * sets[0].len() / 2 > sizes.sum();
    if by_removal && !keys[1..].contains(&keys[0]) {
        let encoding = Encoding::fresh(&Data::Set(sets[0].clone()), &model.encodings);
        model.encode(call, destination, encoding);
    }
    Ok(reply)
}

fn sintercard(model: &mut Model, call: &Call) -> Reply {
    let [_, numkeys, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    let numkeys = parse_int(numkeys).filter(|n| *n > 0).ok_or(Error::NumkeysNotPositive)?;
    let numkeys = usize::try_from(numkeys).ok().filter(|n| *n <= rest.len()).ok_or(Error::NumkeysTooMany)?;
    let (keys, options) = rest.split_at(numkeys);
    let limit = parse_limit(options)?;
    let common = intersection(&sets(model, call, keys)?).len() as i64;
    Expect::int(if limit > 0 { common.min(limit) } else { common })
}

/// `LIMIT n`, any number of times, of which the last counts; 0 is no limit.
pub(super) fn parse_limit(options: &[Bytes]) -> Result<i64, Error> {
    let mut limit = 0;
    for option in options.chunks(2) {
        limit = match option {
            [name, n] if name.eq_ignore_ascii_case(b"LIMIT") => {
                parse_int(n).filter(|n| *n >= 0).ok_or(Error::LimitNegative)?
            }
            _ => return Err(Error::Syntax),
        };
    }
    Ok(limit)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{last, predict};
    use super::*;
    use crate::subject::ClientId;

    #[test]
    fn moving_a_member_onto_its_own_set_or_to_where_it_is_loses_nothing() {
        assert_eq!(last(&["SADD a x", "SMOVE a a x", "SCARD a"]), "(integer) 1");
        assert_eq!(last(&["SADD a x", "SADD b x", "SMOVE a b x", "EXISTS a b"]), "(integer) 1");
        assert_eq!(last(&["SET s v", "SMOVE nokey s x"]), "(integer) 0");
    }

    #[test]
    fn a_destination_that_had_the_member_is_not_touched() {
        let watched = |key: &str| {
            last(&["SADD a x y", "SADD b x", &format!("WATCH {key}"), "SMOVE a b x", "MULTI", "PING", "EXEC"])
        };
        assert_eq!(watched("a"), "(nil array)");
        assert_eq!(watched("b"), "1) PONG");
    }

    #[test]
    fn an_empty_result_deletes_the_destination_of_any_type() {
        assert_eq!(last(&["SET d v", "SADD a x", "SINTERSTORE d a nokey", "EXISTS d"]), "(integer) 0");
    }

    #[test]
    fn a_wrong_type_is_seen_behind_a_missing_key() {
        assert!(last(&["SET s v", "SINTER nokey s"]).contains("WRONGTYPE"));
    }

    #[test]
    fn options_are_read_one_after_the_other() {
        assert!(last(&["SINTERCARD 1 a LIMIT -1 x"]).contains("LIMIT can't be negative"));
        assert_eq!(last(&["SADD a x y", "SINTERCARD 1 a LIMIT 1 LIMIT 0"]), "(integer) 2");
    }

    #[test]
    fn popped_members_are_those_of_the_reply() {
        let mut model = Model::default();
        predict(&mut model, &["SADD a x y z"]);
        let (argv, mut out) = (["SPOP", "a", "2"].map(Bytes::from), Vec::new());
        let reply = Value::Array(vec![Value::bulk("z"), Value::bulk("x")]);
        model.send(ClientId(0), &argv, Some(&reply), &mut out);
        assert!(out[0].1.accepts(&reply, true));
        assert_eq!(predict(&mut model, &["SMEMBERS a"]), ["in any order: 1) \"y\""]);
    }
}
