//! HyperLogLogs, which are strings of a certain form.

use super::{Command, Context, Outcome, Run};
use crate::reply::{Error, Reply};
use crate::structure::hyperloglog::{self as hll, Corrupt};
use crate::value::Str;

const WRITE_FAST: &str = "write denyoom fast";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("pfadd", -2, WRITE_FAST, (1, 1, 1), Run::Now(pfadd)),
    Command::new("pfcount", -2, "readonly", (1, -1, 1), Run::Now(pfcount)),
    Command::new("pfmerge", -2, "write denyoom", (1, -1, 1), Run::Now(pfmerge)),
];

impl From<Corrupt> for Error {
    fn from(_: Corrupt) -> Error {
        Error::new("INVALIDOBJ Corrupted HLL object detected")
    }
}

/// The HyperLogLog at a key.
fn get<'a>(cx: &'a mut Context<'_>, key: &[u8]) -> Result<Option<&'a [u8]>, Error> {
    match cx.get::<Str>(key)? {
        None => Ok(None),
        Some(Str::Raw(bytes) | Str::Edited(bytes)) if hll::is_valid(bytes) => Ok(Some(bytes)),
        Some(_) => Err(Error::new("WRONGTYPE Key is not a valid HyperLogLog string value.")),
    }
}

/// Changes the HyperLogLog at a key, which is created if it is missing. The caller has looked at it before.
fn edit<T>(cx: &mut Context<'_>, key: &[u8], change: impl FnOnce(&mut Vec<u8>) -> T) -> Result<Option<T>, Error> {
    let mut result = None;
    cx.get_or_create::<Str>(key)?.edit(|bytes| {
        if bytes.is_empty() {
            *bytes = hll::empty();
        }
        result = Some(change(bytes));
    });
    Ok(result)
}

fn pfadd(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (key, elements) = (&argv[1], &argv[2..]);
    let created = get(cx, key)?.is_none();
    if planted!(cx.config(), PfaddNothingCreatesNothing) && elements.is_empty() {
        return Ok(Reply::Int(0));
    }
    let limits = cx.config().hll_limits();
    let keeps_cache = planted!(cx.config(), PfaddKeepsCachedCount);
    // What was added before a corruption shows stays, though nobody learns of it.
    let updated = edit(cx, key, |bytes| {
        let cached = hll::cached(bytes);
        let mut updated = created;
        for element in elements {
            updated |= hll::add(bytes, element, &limits)?;
        }
        if updated {
            hll::invalidate(bytes);
        }
        if let Some(count) = cached.filter(|_| keeps_cache) {
            hll::cache(bytes, count);
        }
        Ok::<bool, Error>(updated)
    })?;
    let updated = updated.transpose()?.unwrap_or(false);
    if updated {
        cx.changed(key);
    }
    Ok(Reply::flag(updated || planted!(cx.config(), PfaddAlwaysUpdates)))
}

/// The highest of each register over the keys, and whether any of them is in the dense encoding.
fn union(cx: &mut Context<'_>, keys: &[Vec<u8>]) -> Result<(Vec<u8>, bool), Error> {
    let (mut highest, mut dense) = (Vec::new(), false);
    for key in keys {
        let Some(bytes) = get(cx, key)? else {
            continue;
        };
        dense |= hll::is_dense(bytes);
        let registers = hll::registers(bytes)?;
        highest.resize(registers.len(), 0);
        for (high, register) in highest.iter_mut().zip(registers) {
            *high = register.max(*high);
        }
    }
    Ok((highest, dense))
}

fn pfcount(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let [_, key] = argv else {
        return count_union(cx, &argv[1..]);
    };
    if planted!(cx.config(), PfcountOfAnyString) && get(cx, key).is_err() {
        return Ok(Reply::Int(0));
    }
    if get(cx, key)?.is_none() {
        return Ok(Reply::Int(0));
    }
    // The string is made ready for the count to be cached even if it is.
    if let Some(count) = edit(cx, key, |bytes| hll::cached(bytes))?.flatten() {
        return Ok(Reply::Int(count as i64));
    }
    let count =
        get(cx, key)?.map_or(Ok(0), |bytes| hll::registers(bytes).map(|registers| hll::estimate(&registers)))?;
    edit(cx, key, |bytes| hll::cache(bytes, count))?;
    // The bytes are other ones now, which those who watch the key get to know.
    cx.changed(key);
    Ok(Reply::Int(count as i64))
}

fn count_union(cx: &mut Context<'_>, keys: &[Vec<u8>]) -> Outcome {
    if planted!(cx.config(), PfcountAddsUp) {
        let mut sum = 0;
        for key in keys {
            let (registers, _) = union(cx, std::slice::from_ref(key))?;
            sum += if registers.is_empty() { 0 } else { hll::estimate(&registers) };
        }
        return Ok(Reply::Int(sum as i64));
    }
    let (registers, _) = union(cx, keys)?;
    Ok(Reply::Int(if registers.is_empty() { 0 } else { hll::estimate(&registers) as i64 }))
}

fn pfmerge(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let target = &argv[1];
    let forgets = planted!(cx.config(), PfmergeForgetsTarget) && argv.len() > 2;
    // The target takes part.
    let (highest, dense) = union(cx, if forgets { &argv[2..] } else { &argv[1..] })?;
    if forgets {
        cx.remove(target);
    }
    let limits = cx.config().hll_limits();
    edit(cx, target, |bytes| {
        if dense {
            hll::to_dense(bytes)?;
        }
        for (index, rank) in highest.into_iter().enumerate().filter(|(_, rank)| *rank > 0) {
            hll::raise(bytes, index, rank, &limits)?;
        }
        hll::invalidate(bytes);
        Ok::<(), Error>(())
    })?
    .transpose()?;
    if planted!(cx.config(), PfmergeDropsTtl) {
        cx.set_deadline(target, None);
    }
    cx.changed(target);
    Ok(Reply::OK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    #[test]
    fn counts_what_was_added() {
        let mut rig = Rig::new();
        assert_eq!(rig.run("PFADD k"), Reply::Int(1));
        assert_eq!(rig.run("PFADD k a b c d e f g"), Reply::Int(1));
        assert_eq!(rig.run("PFADD k a b"), Reply::Int(0));
        assert_eq!(rig.run("PFADD j g h"), Reply::Int(1));
        assert_eq!(rig.run("PFCOUNT k"), Reply::Int(7));
        assert_eq!(rig.run("PFCOUNT k j missing"), Reply::Int(8));
        assert_eq!(rig.run("PFMERGE j k"), Reply::OK);
        assert_eq!(rig.run("PFCOUNT j"), Reply::Int(8));
    }

    #[test]
    fn a_count_that_is_not_cached_is_a_change() {
        let mut rig = Rig::new();
        for (command, reply) in [("PFCOUNT k", Reply::NullArray), ("PING", Reply::Array(vec![Reply::Int(1)]))] {
            for step in ["DEL k", "PFADD k a", "WATCH k", command, "MULTI", "PFCOUNT k"] {
                rig.run(step);
            }
            assert_eq!(rig.run("EXEC"), reply, "{command}");
        }
    }

    #[test]
    fn other_strings_are_refused() {
        let mut rig = Rig::new();
        for text in ["", "12", "HYLL", "HYLL567890123456"] {
            rig.engine.execute(1, &[b"SET".to_vec(), b"k".to_vec(), text.into()]);
            rig.run("PING");
            for command in ["PFADD k a", "PFCOUNT k", "PFCOUNT k k", "PFMERGE j k"] {
                let refused = Error::new("WRONGTYPE Key is not a valid HyperLogLog string value.");
                assert_eq!(rig.run(command), refused.into(), "{command} {text}");
            }
        }
    }
}
