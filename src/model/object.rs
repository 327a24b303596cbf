//! OBJECT: what the server tells of a value besides its content.

use super::encoding::Encoding;
use super::keyspace::{Data, Entry};
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::Value;

pub(super) fn handler(name: &str) -> Option<Handler> {
    (name == "OBJECT").then_some(object as Handler)
}

/// What a shared integer answers: nobody counts who has it.
const SHARED_REFCOUNT: i64 = i32::MAX as i64;

/// How often a new key counts as used, where that is counted; it is not, here.
pub(super) const LFU_INITIAL: i64 = 5;

/// The server's clock of accesses has 24 bits of seconds; longer idle times begin anew.
const IDLE_SECONDS_MAX: i64 = (1 << 24) - 1;

const HELP: [&str; 15] = [
    "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "ENCODING <key>",
    "    Return the kind of internal representation used in order to store the value",
    "    associated with a <key>.",
    "FREQ <key>",
    "    Return the access frequency index of the <key>. The returned integer is",
    "    proportional to the logarithm of the recent access frequency of the key.",
    "IDLETIME <key>",
    "    Return the idle time of the <key>, that is the approximated number of",
    "    seconds elapsed since the last access to the key.",
    "REFCOUNT <key>",
    "    Return the number of references of the value associated with the specified",
    "    <key>.",
    "HELP",
    "    Prints this help.",
];

fn object(model: &mut Model, call: &Call) -> Reply {
    let [_, subcommand, rest @ ..] = call.argv else { return Err(Error::Syntax) };
    let [key] = rest else {
        let lines = HELP.iter().map(|line| Value::Status(line.as_bytes().to_vec()));
        return Ok(Expect::Exact(Value::Array(lines.collect())));
    };
    let (now_ms, is_served) = (model.now_ms, model.service.is_some());
    let is_lfu = is_served && model.parameter("maxmemory-policy").ends_with("-lfu");
    let Some(entry) = model.peek(call.db, key) else { return Expect::nil() };
    match subcommand.to_ascii_uppercase().as_slice() {
        b"ENCODING" => Expect::bulk(entry.encoding.name()),
        b"FREQ" if is_lfu => Expect::int(entry.frequency),
        b"FREQ" => Err(Error::LfuNotSelected),
        b"IDLETIME" if is_lfu => Err(Error::LfuSelected),
        b"IDLETIME" if is_served => {
            let at_ms = entry.accessed_ms.unwrap_or(now_ms);
            Expect::int((now_ms - at_ms).max(0) / 1000)
        }
        b"IDLETIME" => Ok(idle_time(entry, now_ms)),
        _ => Ok(refcount(entry, call.in_exec)),
    }
}

/// Both the clock and the moment of the access are whole seconds of a timer that is up to a tenth of a second late.
fn idle_time(entry: &Entry, now_ms: i64) -> Expect {
    // Shared integers are accessed through any of their keys.
    let known = entry.accessed_ms.filter(|_| entry.encoding != Encoding::SharedInt);
    let idle_s = known.map(|at| (now_ms - at) / 1000).filter(|idle_s| *idle_s < IDLE_SECONDS_MAX);
    match idle_s {
        Some(idle_s) => Expect::IntBetween((idle_s - 1).max(0), idle_s + 1),
        None => Expect::IntBetween(0, IDLE_SECONDS_MAX),
    }
}

/// Inside EXEC the commands that were queued still hold the strings that they brought.
fn refcount(entry: &Entry, in_exec: bool) -> Expect {
    match (&entry.data, entry.encoding) {
        (_, Encoding::SharedInt) => Expect::Exact(Value::Int(SHARED_REFCOUNT)),
        (Data::Str(_), _) if in_exec => Expect::IntBetween(1, 2),
        _ => Expect::Exact(Value::Int(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn small_integers_are_shared_until_they_are_copied() {
        assert_eq!(last(&["SET s 9999", "OBJECT REFCOUNT s"]), "(integer) 2147483647");
        assert_eq!(last(&["SET s 10000", "OBJECT REFCOUNT s"]), "(integer) 1");
        assert_eq!(last(&["SET s 1", "COPY s t", "OBJECT REFCOUNT t"]), "(integer) 1");
    }

    #[test]
    fn a_missing_key_is_nil_for_every_question() {
        for question in ["ENCODING", "FREQ", "IDLETIME", "REFCOUNT"] {
            assert_eq!(last(&[&format!("OBJECT {question} nokey")]), "(nil)");
        }
        assert!(last(&["SET s v", "OBJECT FREQ s"]).contains("An LFU maxmemory policy is not selected"));
    }
}
