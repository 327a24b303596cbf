//! Times to live.

use super::args::{self, Unit, invalid_expire};
use super::{Command, Context, Outcome, Run};
use crate::config::Config;
use crate::number;
use crate::reply::{Error, Reply};

const ONE: (i64, i64, i64) = (1, 1, 1);
const READ: &str = "readonly fast";
const WRITE: &str = "write fast";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("expire", -3, WRITE, ONE, Run::Now(expire)),
    Command::new("pexpire", -3, WRITE, ONE, Run::Now(pexpire)),
    Command::new("expireat", -3, WRITE, ONE, Run::Now(expireat)),
    Command::new("pexpireat", -3, WRITE, ONE, Run::Now(pexpireat)),
    Command::new("ttl", 2, READ, ONE, Run::Now(ttl)),
    Command::new("pttl", 2, READ, ONE, Run::Now(pttl)),
    Command::new("expiretime", 2, READ, ONE, Run::Now(expiretime)),
    Command::new("pexpiretime", 2, READ, ONE, Run::Now(pexpiretime)),
    Command::new("persist", 2, WRITE, ONE, Run::Now(persist)),
];

fn expire(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    set_expiry(cx, argv, cx.now(), Unit::Seconds, "expire")
}

fn pexpire(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    set_expiry(cx, argv, cx.now(), Unit::Milliseconds, "pexpire")
}

fn expireat(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    set_expiry(cx, argv, 0, Unit::Seconds, "expireat")
}

fn pexpireat(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    set_expiry(cx, argv, 0, Unit::Milliseconds, "pexpireat")
}

/// When EXPIRE and its like may replace a deadline.
#[derive(Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl Conditions {
    fn parse(words: &[Vec<u8>]) -> Result<Self, Error> {
        let mut conditions = Self::default();
        for word in words {
            let flag = match word {
                word if args::is(word, "NX") => &mut conditions.nx,
                word if args::is(word, "XX") => &mut conditions.xx,
                word if args::is(word, "GT") => &mut conditions.gt,
                word if args::is(word, "LT") => &mut conditions.lt,
                _ => {
                    return Err(Error::built([b"ERR Unsupported option ", args::c_str(word)].concat()));
                }
            };
            *flag = true;
        }
        let Self { nx, xx, gt, lt } = conditions;
        if nx && (xx || gt || lt) {
            return Err(Error::new("ERR NX and XX, GT or LT options at the same time are not compatible"));
        }
        if gt && lt {
            return Err(Error::new("ERR GT and LT options at the same time are not compatible"));
        }
        Ok(conditions)
    }

    /// Whether the deadline `new` may replace `old`; no deadline counts as the latest of all.
    fn allow(&self, config: &Config, old: Option<i64>, new: i64) -> bool {
        if planted!(config, ExpireGtOnPersistent) && self.gt && !self.xx && old.is_none() {
            return true;
        }
        !(self.nx && old.is_some()
            || self.xx && old.is_none()
            || self.gt && old.is_none_or(|old| new <= old)
            || self.lt && old.is_some_and(|old| new >= old))
    }
}

fn set_expiry(cx: &mut Context<'_>, argv: &[Vec<u8>], base: i64, unit: Unit, command: &str) -> Outcome {
    let key = &argv[1];
    if planted!(cx.config(), ExpireMissingKeyFirst) && !cx.exists(key) {
        return Ok(Reply::Int(0));
    }
    let conditions = Conditions::parse(&argv[3..])?;
    let amount = number::int(&argv[2])?;
    let deadline =
        amount.checked_mul(unit.ms()).and_then(|ms| ms.checked_add(base)).ok_or_else(|| invalid_expire(command))?;
    let old = cx.deadline(key);
    if !cx.finds(key) || !conditions.allow(cx.config(), old, deadline) {
        return Ok(Reply::Int(0));
    }
    let lives = planted!(cx.config(), ExpireZeroLives) && deadline == cx.now();
    if deadline <= cx.now() && !lives {
        cx.remove(key);
    } else {
        cx.set_deadline(key, Some(deadline));
        if !planted!(cx.config(), WatchMissesExpire) {
            cx.changed(key);
        }
    }
    Ok(Reply::Int(1))
}

fn ttl(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    tell(cx, &argv[1], Unit::Seconds, cx.now())
}

fn pttl(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    tell(cx, &argv[1], Unit::Milliseconds, cx.now())
}

fn expiretime(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    tell(cx, &argv[1], Unit::Seconds, 0)
}

fn pexpiretime(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    tell(cx, &argv[1], Unit::Milliseconds, 0)
}

/// The deadline of a key, counted from `since`; seconds are rounded to the nearest.
fn tell(cx: &mut Context<'_>, key: &[u8], unit: Unit, since: i64) -> Outcome {
    const MISSING: i64 = -2;
    const PERSISTENT: i64 = -1;
    if !cx.exists(key) {
        return Ok(Reply::Int(MISSING));
    }
    Ok(Reply::Int(match cx.deadline(key) {
        None => PERSISTENT,
        Some(at) => {
            let ms = at.saturating_sub(since).max(0);
            let half = if planted!(cx.config(), TtlRoundsDown) { 0 } else { unit.ms() / 2 };
            ((ms as u64 + half as u64) / unit.ms() as u64) as i64
        }
    }))
}

fn persist(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let volatile = cx.deadline(&argv[1]).is_some();
    cx.touch(&argv[1]);
    if volatile {
        cx.set_deadline(&argv[1], None);
        cx.changed(&argv[1]);
    }
    Ok(Reply::flag(volatile))
}
