//! DUMP and RESTORE.

use super::{Command, Context, Outcome, Run, args};
use crate::db::Entry;
use crate::number;
use crate::reply::{Error, Reply};
use crate::serialize::{self, Corrupt};

const ONE: (i64, i64, i64) = (1, 1, 1);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("dump", 2, "readonly", ONE, Run::Now(dump)),
    Command::new("restore", -4, "write denyoom", ONE, Run::Now(restore)),
    Command::new("restore-asking", -4, "write denyoom asking", ONE, Run::Now(restore)),
];

fn dump(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::bulk_or_null(cx.value(&argv[1]).map(serialize::dump)))
}

#[derive(Default)]
struct Options {
    replace: bool,
    /// The time to live is a point in time.
    absolute: bool,
    idle_seconds: Option<i64>,
    frequency: Option<i64>,
}

impl Options {
    fn parse(words: &[Vec<u8>]) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if args::is(word, "REPLACE") {
                options.replace = true;
            } else if args::is(word, "ABSTTL") {
                options.absolute = true;
            } else if args::is(word, "IDLETIME") && words.len() >= 1 && options.frequency.is_none() {
                let seconds = number::int(words.next().map_or(&[], Vec::as_slice))?;
                if seconds < 0 {
                    return Err(Error::new("ERR Invalid IDLETIME value, must be >= 0"));
                }
                options.idle_seconds = Some(seconds);
            } else if args::is(word, "FREQ") && words.len() >= 1 && options.idle_seconds.is_none() {
                let frequency = number::int(words.next().map_or(&[], Vec::as_slice))?;
                if !(0..=255).contains(&frequency) {
                    return Err(Error::new("ERR Invalid FREQ value, must be >= 0 and <= 255"));
                }
                options.frequency = Some(frequency);
            } else {
                return Err(Error::SYNTAX);
            }
        }
        Ok(options)
    }
}

fn restore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (key, payload) = (&argv[1], &argv[3]);
    let options = Options::parse(&argv[4..])?;
    if !options.replace && cx.value(key).is_some() {
        return Err(Error::new("BUSYKEY Target key name already exists."));
    }
    let ttl = number::int(&argv[2])?;
    if ttl < 0 {
        return Err(Error::new("ERR Invalid TTL value, must be >= 0"));
    }
    let value = serialize::restore(payload, cx.config(), &cx.store.widest).map_err(|corrupt| match corrupt {
        Corrupt::Trailer => Error::new("ERR DUMP payload version or checksum are wrong"),
        Corrupt::Content => Error::new("ERR Bad data format"),
    })?;
    let base = if options.absolute && !planted!(cx.config(), RestoreAbsttlIsRelative) { 0 } else { cx.now() };
    // What overflows is in the past.
    let mut expires_at = (ttl > 0).then(|| ttl.wrapping_add(base));
    if planted!(cx.config(), RestoreReplaceKeepsTtl) {
        expires_at = expires_at.or(cx.deadline(key));
    }
    if expires_at.is_some_and(|at| at <= cx.now()) {
        cx.remove(key);
        return Ok(Reply::OK);
    }
    let idle_ms = options.idle_seconds.unwrap_or(0).saturating_mul(1000);
    let used_at = cx.now().saturating_sub(idle_ms);
    cx.store.put(cx.session.db, key, Entry { value, expires_at, used_at });
    Ok(Reply::OK)
}

#[cfg(test)]
mod tests {
    use crate::reply::Reply;
    use crate::testing::Rig;

    #[test]
    fn a_dumped_value_is_restored_with_the_time_to_live_that_is_asked_for() {
        let mut rig = Rig::new();
        rig.run("ZADD z 1.5 a -inf b");
        let Reply::Bulk(payload) = rig.run("DUMP z") else {
            panic!("no payload");
        };
        let mut restore = |words: &[&[u8]]| {
            let argv: Vec<Vec<u8>> = words.iter().map(|word| word.to_vec()).collect();
            rig.engine.execute(1, &argv);
            let mut replies = Vec::new();
            rig.engine.poll(&mut replies);
            replies.remove(0).1
        };
        assert!(
            matches!(restore(&[b"RESTORE", b"z", b"0", &payload]), Reply::Error(text) if text.starts_with(b"BUSYKEY"))
        );
        assert_eq!(restore(&[b"RESTORE", b"z", b"100", &payload, b"REPLACE", b"IDLETIME", b"7"]), Reply::OK);
        assert_eq!(restore(&[b"RESTORE", b"y", b"1", &payload, b"ABSTTL"]), Reply::OK);
        assert_eq!(rig.run("EXISTS y"), Reply::Int(0));
        assert_eq!(rig.run("OBJECT IDLETIME z"), Reply::Int(7));
        assert_eq!(rig.run("PTTL z"), Reply::Int(100));
        assert_eq!(rig.run("ZRANGE z 0 -1 WITHSCORES"), Reply::bulks(["b", "-inf", "a", "1.5"]));
    }
}
