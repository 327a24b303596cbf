//! OBJECT: what is known of a key besides its value.

use super::{Command, Context, Outcome, Run, help};
use crate::db::Entry;
use crate::reply::{Error, Reply};
use crate::value::{Str, Value};

const KEY: (i64, i64, i64) = (2, 2, 1);
const READ: &str = "readonly";

pub(super) const COMMANDS: &[Command] = &[Command::new("object", -2, "", (0, 0, 0), Run::Container(OBJECT))];

const OBJECT: &[Command] = &[
    Command::new("object|encoding", 3, READ, KEY, Run::Now(encoding)),
    Command::new("object|freq", 3, READ, KEY, Run::Now(freq)),
    Command::new("object|help", 2, "loading stale", (0, 0, 0), Run::Now(object_help)),
    Command::new("object|idletime", 3, READ, KEY, Run::Now(idletime)),
    Command::new("object|refcount", 3, READ, KEY, Run::Now(refcount)),
];

/// Small numbers are shared: all keys that hold one refer to the same object, which is never counted.
const SHARED: std::ops::Range<i64> = 0..10_000;
const SHARED_REFERENCES: i64 = i32::MAX as i64;
/// What the server's logarithmic counter starts at.
const FIRST_FREQUENCY: i64 = 5;

fn encoding(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let name = cx.entry(&argv[2]).map(|entry| entry.value.encoding());
    if planted!(cx.config(), ObjectEncodingRawIsEmbstr) && name == Some("raw") {
        return Ok(Reply::bulk("embstr"));
    }
    Ok(Reply::bulk_or_null(name))
}

fn refcount(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let is_shared = |value: &Value| matches!(value, Value::Str(Str::Int(n)) if SHARED.contains(n));
    let references = |entry: &Entry| if is_shared(&entry.value) { SHARED_REFERENCES } else { 1 };
    Ok(cx.entry(&argv[2]).map_or(Reply::NullBulk, |entry| Reply::Int(references(entry))))
}

fn idletime(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let now = cx.now();
    let by_frequency = cx.store.settings.counts_frequency();
    let Some(used_at) = cx.entry(&argv[2]).map(|entry| entry.used_at) else {
        return Ok(Reply::NullBulk);
    };
    if by_frequency {
        return Err(Error::new(
            "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        ));
    }
    Ok(Reply::Int((now - used_at).max(0) / 1000))
}

fn freq(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let by_frequency = cx.store.settings.counts_frequency();
    if cx.entry(&argv[2]).is_none() {
        return Ok(Reply::NullBulk);
    }
    if !by_frequency {
        return Err(Error::new(
            "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        ));
    }
    Ok(Reply::Int(FIRST_FREQUENCY))
}

fn object_help(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    help(
        "OBJECT",
        "ENCODING <key>
    Return the kind of internal representation used in order to store the value
    associated with a <key>.
FREQ <key>
    Return the access frequency index of the <key>. The returned integer is
    proportional to the logarithm of the recent access frequency of the key.
IDLETIME <key>
    Return the idle time of the <key>, that is the approximated number of
    seconds elapsed since the last access to the key.
REFCOUNT <key>
    Return the number of references of the value associated with the specified
    <key>.",
    )
}

#[cfg(test)]
mod tests {
    use crate::reply::Reply;
    use crate::testing::Rig;

    #[test]
    fn looking_at_a_key_is_no_use_of_it() {
        let mut rig = Rig::new();
        rig.run("SET k v");
        rig.wait(7000);
        for command in ["TTL k", "TYPE k", "EXISTS k", "OBJECT ENCODING k", "SCAN 0"] {
            rig.run(command);
            assert_eq!(rig.run("OBJECT IDLETIME k"), Reply::Int(7), "{command}");
        }
        for command in ["GET k", "MGET k", "TOUCH k", "EXPIRE k 100", "DUMP k"] {
            rig.wait(7000);
            rig.run(command);
            assert_eq!(rig.run("OBJECT IDLETIME k"), Reply::Int(0), "{command}");
        }
    }

    #[test]
    fn encodings_have_the_names_of_redis_7_0() {
        let mut rig = Rig::new();
        let long = "x".repeat(45);
        for (command, name) in [
            ("SET k 12", "int"),
            ("APPEND k 3", "raw"),
            ("INCR k", "int"),
            ("SET k abc", "embstr"),
            (&*format!("SET k {long}"), "raw"),
            ("INCRBYFLOAT f 2", "embstr"),
            ("RPUSH l a", "quicklist"),
            ("SADD s 1", "intset"),
            ("SADD s a", "hashtable"),
            ("HSET h f v", "listpack"),
            ("ZADD z 1 a", "listpack"),
            ("SORT z BY nosort", "skiplist"),
        ] {
            rig.run(command);
            let key = command.split(' ').nth(1).unwrap_or_default();
            assert_eq!(rig.run(&format!("OBJECT ENCODING {key}")), Reply::bulk(name), "{command}");
        }
    }
}
