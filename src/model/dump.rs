//! DUMP and RESTORE.
//!
//! A payload is the subject's own business: the model remembers what each stood for.

use super::keyspace::Data;
use super::number::int;
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "DUMP" => dump,
        "RESTORE" => restore,
        _ => return None,
    })
}

fn dump(model: &mut Model, call: &Call) -> Reply {
    let Some(entry) = model.entry(call.db, &call.argv[1]) else { return Expect::nil() };
    let data = rebuilt(&entry.data);
    model.count_written(&data);
    let payload = match call.hint {
        None => made_up(&data),
        Some(Value::Bulk(payload)) => payload.clone(),
        Some(_) => return Ok(Expect::checked(call, "bulk", "a payload", |_| false, || Value::NullBulk)),
    };
    let holds = model.dumps.get(&payload).is_none_or(|other| *other == data);
    let instead = || Value::Bulk(payload.clone());
    let expect = Expect::checked(call, "bulk", "a payload of this value alone", |_| holds, instead);
    model.dumps.insert(payload, data);
    Ok(expect)
}

/// As RESTORE makes it: nothing is left of how it came to be.
pub(super) fn rebuilt(data: &Data) -> Data {
    match data {
        Data::ZSet(zset) => Data::ZSet(zset.rebuilt()),
        other => other.clone(),
    }
}

/// A payload for a model that nobody answers for.
fn made_up(data: &Data) -> Bytes {
    let text = format!("{data:?}").into_bytes();
    let digest = twox_hash::XxHash3_64::oneshot(&text);
    [text, digest.to_le_bytes().to_vec()].concat()
}

#[derive(Default)]
struct Options {
    replace: bool,
    absolute: bool,
    idle_s: Option<i64>,
    frequency: Option<i64>,
}

impl Options {
    fn parse(args: &[Bytes]) -> Result<Options, Error> {
        let mut options = Options::default();
        let mut rest = args;
        while let [word, after @ ..] = rest {
            rest = match (word.to_ascii_uppercase().as_slice(), after) {
                (b"REPLACE", _) => {
                    options.replace = true;
                    after
                }
                (b"ABSTTL", _) => {
                    options.absolute = true;
                    after
                }
                (b"IDLETIME", [seconds, after @ ..]) if options.frequency.is_none() => {
                    options.idle_s = Some(Some(int(seconds)?).filter(|n| *n >= 0).ok_or(Error::InvalidIdleTime)?);
                    after
                }
                (b"FREQ", [frequency, after @ ..]) if options.idle_s.is_none() => {
                    let frequency = Some(int(frequency)?).filter(|n| (0..=255).contains(n));
                    options.frequency = Some(frequency.ok_or(Error::InvalidFreq)?);
                    after
                }
                _ => return Err(Error::Syntax),
            };
        }
        Ok(options)
    }
}

fn restore(model: &mut Model, call: &Call) -> Reply {
    let [_, key, ttl, payload, args @ ..] = call.argv else { return Err(Error::Syntax) };
    let options = Options::parse(args)?;
    if !options.replace && model.entry(call.db, key).is_some() {
        return Err(Error::BusyKey);
    }
    let ttl = Some(int(ttl)?).filter(|n| *n >= 0).ok_or(Error::InvalidTtl)?;
    let data = model.dumps.get(payload).cloned().ok_or(Error::DumpPayload)?;
    // A moment past the end of time wraps around, and has passed long ago.
    let at = if options.absolute { ttl } else { ttl.wrapping_add(model.now_ms) };
    let expires_ms = (ttl > 0).then_some(at);
    if expires_ms.is_some_and(|at| at <= model.now_ms) {
        model.delete(call.db, key);
        return Expect::ok();
    }
    model.count_written(&data);
    // The old one goes first, so that whoever waits on the name sees a key come into being.
    model.exists(call.db, key);
    model.dbs[call.db].entries.remove(key);
    let mut entry = model.new_entry(data);
    entry.expires_ms = expires_ms;
    if let Some(idle_s) = options.idle_s {
        entry.accessed_ms = accessed(model.now_ms, idle_s);
    }
    entry.frequency = options.frequency.unwrap_or(entry.frequency);
    model.insert(call.db, key, entry);
    Expect::ok()
}

/// When it was accessed last, if it has been idle for so long: as far back as the server's clock of accesses goes.
fn accessed(now_ms: i64, idle_s: i64) -> Option<i64> {
    let clock_s = (now_ms / 1000) % (1 << 24);
    (idle_s < clock_s).then(|| now_ms - idle_s * 1000)
}

#[cfg(test)]
mod tests {
    use super::super::testing::predict;
    use super::*;
    use crate::subject::ClientId;

    /// DUMPs a key, answers `payload`, and says what the lines then predict.
    fn after_dump(lines: &[&str], key: &str, payload: &str, then: &[&str]) -> String {
        let mut model = Model::default();
        predict(&mut model, lines);
        let argv = ["DUMP", key].map(Bytes::from);
        model.send(ClientId(0), &argv, Some(&Value::bulk(payload)), &mut Vec::new());
        predict(&mut model, then).pop().unwrap_or_default()
    }

    #[test]
    fn what_was_dumped_comes_back_rebuilt_and_without_its_time_to_live() {
        let lines = ["SADD s 1 a", "SREM s a", "EXPIRE s 100"];
        assert_eq!(after_dump(&lines, "s", "P", &["RESTORE t 0 P", "SMEMBERS t"]), "in any order: 1) \"1\"");
        assert_eq!(after_dump(&lines, "s", "P", &["RESTORE t 0 P", "OBJECT ENCODING t"]), "\"intset\"");
        assert_eq!(after_dump(&lines, "s", "P", &["RESTORE t 0 P", "TTL t"]), "(integer) -1");
        assert_eq!(after_dump(&lines, "s", "P", &["RESTORE s 1 P ABSTTL REPLACE", "EXISTS s"]), "(integer) 0");
    }

    #[test]
    fn errors_come_in_the_servers_order() {
        let fails = |line: &str| after_dump(&["SET s v"], "s", "P", &[line]);
        assert!(fails("RESTORE s -1 x FOO").contains("syntax error"));
        assert!(fails("RESTORE s -1 x").contains("BUSYKEY"));
        assert!(fails("RESTORE t -1 x").contains("Invalid TTL"));
        assert!(fails("RESTORE t 0 x").contains("version or checksum"));
        assert!(fails("RESTORE t 0 P FREQ 1 IDLETIME 1").contains("syntax error"));
    }

    #[test]
    fn one_payload_is_one_value() {
        let mut model = Model::default();
        predict(&mut model, &["SET a 1", "SET b 2"]);
        let mut out = Vec::new();
        for key in ["a", "b"] {
            model.send(ClientId(0), &["DUMP", key].map(Bytes::from), Some(&Value::bulk("P")), &mut out);
        }
        let accepted: Vec<bool> = out.iter().map(|(_, expect)| expect.accepts(&Value::bulk("P"), true)).collect();
        assert_eq!(accepted, [true, false]);
    }

    #[test]
    fn a_model_on_its_own_restores_what_it_dumped() {
        let mut model = Model::default();
        let mut out = Vec::new();
        for argv in [vec!["SET", "a", "1"], vec!["DUMP", "a"]] {
            model.send(ClientId(0), &argv.into_iter().map(Bytes::from).collect::<Vec<_>>(), None, &mut out);
        }
        let reply = out.pop().and_then(|(_, expect)| expect.choose().pop());
        let Some(Value::Bulk(payload)) = reply else { panic!("DUMP answers a payload") };
        model.send(ClientId(0), &[b"RESTORE".to_vec(), b"b".to_vec(), b"0".to_vec(), payload], None, &mut out);
        assert_eq!(predict(&mut model, &["GET b"]), ["\"1\""]);
    }
}
