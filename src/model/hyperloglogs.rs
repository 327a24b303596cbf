//! The commands of HyperLogLogs, which are strings: any other command on strings can read and corrupt them.

use super::encoding::Encoding;
use super::hll::{Hll, REGISTERS, Registers, estimate, histogram};
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "PFADD" => pfadd,
        "PFCOUNT" => pfcount,
        "PFMERGE" => pfmerge,
        "PFDEBUG" => pfdebug,
        "PFSELFTEST" => |_, _| Expect::ok(),
        _ => return None,
    })
}

fn get(model: &mut Model, call: &Call, key: &[u8]) -> Result<Option<Hll>, Error> {
    let sparse_bytes = model.encodings.sparse_bytes;
    model.get::<Bytes>(call, key)?.map(|bytes| Hll::parse(bytes, sparse_bytes)).transpose()
}

/// For writing: the server first gives the string a buffer of its own, whatever comes of it.
fn open(model: &mut Model, call: &Call, key: &[u8]) -> Result<Option<Hll>, Error> {
    let hll = get(model, call, key)?;
    model.encode(call, key, Encoding::Raw);
    Ok(hll)
}

fn pfadd(model: &mut Model, call: &Call) -> Reply {
    let [_, key, elements @ ..] = call.argv else { return Err(Error::Syntax) };
    let old = open(model, call, key)?;
    let mut changed = old.is_none();
    let mut hll = old.unwrap_or_else(|| Hll::empty(model.encodings.sparse_bytes));
    for element in elements {
        match hll.add(element) {
            Ok(raised) => changed |= raised,
            Err(error) => {
                // What was added before stays, but no watcher hears of it.
                model.lost_track |= hll.has_overrun();
                model.put(call, key, hll.into_bytes());
                return Err(error);
            }
        }
    }
    if changed {
        model.lost_track |= hll.has_overrun();
        hll.forget_cached();
        model.update(call, key, hll.into_bytes());
    }
    Expect::int(i64::from(changed))
}

/// Of each register the largest value that it has in any of these keys, and whether one of those is dense.
fn union(model: &mut Model, call: &Call) -> Result<(Registers, bool), Error> {
    let mut largest = vec![0; REGISTERS];
    let mut any_dense = false;
    for key in &call.argv[1..] {
        let Some(hll) = get(model, call, key)? else { continue };
        any_dense |= hll.is_dense();
        for (max, value) in largest.iter_mut().zip(hll.registers()?) {
            *max = value.max(*max);
        }
    }
    Ok((largest, any_dense))
}

fn pfcount(model: &mut Model, call: &Call) -> Reply {
    let [_, key] = call.argv else {
        let (registers, _) = union(model, call)?;
        return Expect::int(estimate(&histogram(&registers)) as i64);
    };
    let Some(mut hll) = open(model, call, key)? else { return Expect::int(0) };
    if let Some(cardinality) = hll.cached() {
        return Expect::int(cardinality as i64);
    }
    let cardinality = estimate(&hll.histogram()?);
    hll.cache(cardinality);
    model.update(call, key, hll.into_bytes());
    Expect::int(cardinality as i64)
}

fn pfmerge(model: &mut Model, call: &Call) -> Reply {
    let to = &call.argv[1];
    let (registers, any_dense) = union(model, call)?;
    let mut hll = open(model, call, to)?.unwrap_or_else(|| Hll::empty(model.encodings.sparse_bytes));
    if any_dense {
        hll.make_dense()?;
    }
    for (index, value) in registers.into_iter().enumerate().filter(|(_, value)| *value > 0) {
        hll.raise(index, value)?;
    }
    hll.forget_cached();
    model.update(call, to, hll.into_bytes());
    Expect::ok()
}

fn pfdebug(model: &mut Model, call: &Call) -> Reply {
    let [_, word, key] = call.argv else { return Err(Error::Arity("PFDEBUG")) };
    let mut hll = open(model, call, key)?.ok_or(Error::NoSuchHll)?;
    let was_dense = hll.is_dense();
    let make_dense = |model: &mut Model, hll: &mut Hll| {
        if !was_dense {
            hll.make_dense()?;
            model.put(call, key, hll.clone().into_bytes());
        }
        Ok(())
    };
    match word.to_ascii_uppercase().as_slice() {
        b"GETREG" => {
            make_dense(model, &mut hll)?;
            let registers = hll.registers()?.into_iter().map(|value| Value::Int(i64::from(value)));
            Ok(Expect::Exact(Value::Array(registers.collect())))
        }
        b"DECODE" if was_dense => Err(Error::HllNotSparse),
        b"DECODE" => Expect::bulk(hll.spell_runs()),
        b"ENCODING" => Ok(Expect::Exact(Value::status(if was_dense { "dense" } else { "sparse" }))),
        b"TODENSE" => {
            make_dense(model, &mut hll)?;
            Expect::int(i64::from(!was_dense))
        }
        _ => Err(Error::PfdebugSubcommand(word.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn counts_are_exact_for_few_elements_and_cached() {
        assert_eq!(last(&["PFADD p a b c a", "PFCOUNT p"]), "(integer) 3");
        assert_eq!(last(&["PFADD p a b", "PFADD q b c", "PFCOUNT p q nokey"]), "(integer) 3");
        assert_eq!(last(&["PFADD p a", "PFCOUNT p", "SETRANGE p 8 \u{7}", "PFCOUNT p"]), "(integer) 7");
        // Counting writes the cache: watchers hear of it.
        assert_eq!(last(&["PFADD p a", "WATCH p", "PFCOUNT p", "MULTI", "PING", "EXEC"]), "(nil array)");
    }

    #[test]
    fn strings_that_are_none_and_broken_ones_differ() {
        assert!(last(&["SET p HYLL", "PFADD p a"]).contains("WRONGTYPE Key is not a valid HyperLogLog"));
        assert!(last(&["RPUSH p HYLL", "PFADD p a"]).contains("WRONGTYPE Operation"));
        assert!(last(&["PFADD p a", "APPEND p a", "PFCOUNT p"]).contains("INVALIDOBJ"));
        assert!(last(&["PFADD p a", "APPEND p a", "PFMERGE q p"]).contains("INVALIDOBJ"));
    }

    #[test]
    fn what_might_be_written_to_is_raw() {
        let zero = &format!("SET p HYLL\u{1}{}", "\0".repeat(11));
        assert_eq!(last(&[zero, "PFCOUNT p p", "OBJECT ENCODING p"]), "\"embstr\"");
        assert_eq!(last(&[zero, "PFCOUNT p", "OBJECT ENCODING p"]), "\"raw\"");
    }

    #[test]
    fn runs_are_shown_until_it_is_dense() {
        assert_eq!(last(&["PFADD p a", "PFDEBUG DECODE p"]), "\"Z:12711 v:2,1 Z:3672\"");
        assert_eq!(last(&["PFADD p a", "PFDEBUG TODENSE p", "PFDEBUG ENCODING p"]), "dense");
        assert_eq!(last(&["CONFIG SET hll-sparse-max-bytes 20", "PFADD p a b c", "PFDEBUG ENCODING p"]), "dense");
        assert!(last(&["PFDEBUG NOSUCH p"]).contains("The specified key does not exist"));
    }
}
