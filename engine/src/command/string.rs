//! Strings.

use super::args::{self, Expiry, Unit};
use super::{Command, Context, Outcome, Run};
use crate::long_double::LongDouble;
use crate::number;
use crate::reply::{Error, Reply};
use crate::value::{Str, Typed};

const ONE: (i64, i64, i64) = (1, 1, 1);
const READ_FAST: &str = "readonly fast";
const WRITE: &str = "write denyoom";
const WRITE_FAST: &str = "write denyoom fast";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("get", 2, READ_FAST, ONE, Run::Now(get)),
    Command::new("set", -3, WRITE, ONE, Run::Now(set)),
    Command::new("setnx", 3, WRITE_FAST, ONE, Run::Now(setnx)),
    Command::new("setex", 4, WRITE, ONE, Run::Now(setex)),
    Command::new("psetex", 4, WRITE, ONE, Run::Now(psetex)),
    Command::new("getset", 3, WRITE_FAST, ONE, Run::Now(getset)),
    Command::new("getdel", 2, "write fast", ONE, Run::Now(getdel)),
    Command::new("getex", -2, "write fast", ONE, Run::Now(getex)),
    Command::new("append", 3, WRITE_FAST, ONE, Run::Now(append)),
    Command::new("strlen", 2, READ_FAST, ONE, Run::Now(strlen)),
    Command::new("getrange", 4, "readonly", ONE, Run::Now(getrange)),
    Command::new("substr", 4, "readonly", ONE, Run::Now(getrange)),
    Command::new("setrange", 4, WRITE, ONE, Run::Now(setrange)),
    Command::new("incr", 2, WRITE_FAST, ONE, Run::Now(incr)),
    Command::new("decr", 2, WRITE_FAST, ONE, Run::Now(decr)),
    Command::new("incrby", 3, WRITE_FAST, ONE, Run::Now(incrby)),
    Command::new("decrby", 3, WRITE_FAST, ONE, Run::Now(decrby)),
    Command::new("incrbyfloat", 3, WRITE_FAST, ONE, Run::Now(incrbyfloat)),
    Command::new("mget", -2, READ_FAST, (1, -1, 1), Run::Now(mget)),
    Command::new("mset", -3, WRITE, (1, -1, 2), Run::Now(mset)),
    Command::new("msetnx", -3, WRITE, (1, -1, 2), Run::Now(msetnx)),
];

/// The string at the key, as a reply.
fn read(cx: &mut Context<'_>, key: &[u8]) -> Outcome {
    Ok(Reply::bulk_or_null(cx.get::<Str>(key)?.map(Str::bytes)))
}

fn get(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    read(cx, &argv[1])
}

/// On which condition SET writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    Missing,
    Exists,
}

#[derive(Default)]
struct SetOptions<'a> {
    condition: Option<Condition>,
    get: bool,
    keep_ttl: bool,
    expiry: Option<Expiry<'a>>,
}

impl<'a> SetOptions<'a> {
    fn parse(words: &'a [Vec<u8>]) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if args::is(word, "NX") && options.condition != Some(Condition::Exists) {
                options.condition = Some(Condition::Missing);
            } else if args::is(word, "XX") && options.condition != Some(Condition::Missing) {
                options.condition = Some(Condition::Exists);
            } else if args::is(word, "GET") {
                options.get = true;
            } else if args::is(word, "KEEPTTL") && options.expiry.is_none() {
                options.keep_ttl = true;
            } else if options.keep_ttl {
                return Err(Error::SYNTAX);
            } else {
                options.expiry = Some(expiry_option(word, words.next(), options.expiry)?);
            }
        }
        Ok(options)
    }
}

/// Reads `EX` and its like. The same option may come again, another one may not.
fn expiry_option<'a>(
    keyword: &[u8],
    amount: Option<&'a Vec<u8>>,
    before: Option<Expiry<'_>>,
) -> Result<Expiry<'a>, Error> {
    let expiry = amount.and_then(|amount| Expiry::option(keyword, amount)).ok_or(Error::SYNTAX)?;
    match before {
        Some(before) if (before.unit, before.absolute) != (expiry.unit, expiry.absolute) => Err(Error::SYNTAX),
        _ => Ok(expiry),
    }
}

fn set(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let mut options = SetOptions::parse(&argv[3..])?;
    let key = &argv[1];
    let deadline = match options.expiry {
        Some(expiry) => Some(expiry.deadline(cx.now(), "set")?),
        None => None,
    };
    let old = if options.get { Some(read(cx, key)) } else { None };
    if planted!(cx.config(), SetGetWritesOverOtherType) && matches!(old, Some(Err(_))) {
        cx.set(key, Str::new(argv[2].as_slice()));
    }
    let old = old.transpose()?;
    let exists = cx.finds(key);
    if planted!(cx.config(), SetNxGetWrites) && options.get {
        options.condition = options.condition.filter(|&condition| condition == Condition::Exists);
    }
    if options.condition.is_some_and(|condition| (condition == Condition::Exists) != exists) {
        return Ok(old.unwrap_or(Reply::NullBulk));
    }
    if planted!(cx.config(), WatchMissesSameValue) && has_value(cx, key, &argv[2]) {
        let kept = cx.deadline(key).filter(|_| options.keep_ttl);
        cx.set_deadline(key, kept.or(deadline));
    } else if options.keep_ttl && !planted!(cx.config(), SetKeepttlLosesTtl) {
        cx.set_keeping_ttl(key, Str::new(argv[2].as_slice()));
    } else {
        cx.set(key, Str::new(argv[2].as_slice()));
        cx.set_deadline(key, deadline);
    }
    Ok(old.unwrap_or(Reply::OK))
}

/// Whether the key holds exactly this string.
fn has_value(cx: &mut Context<'_>, key: &[u8], bytes: &[u8]) -> bool {
    cx.value(key).and_then(Str::of).is_some_and(|string| *string.bytes() == *bytes)
}

fn setnx(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let missing = !cx.finds(&argv[1]);
    if missing {
        cx.set(&argv[1], Str::new(argv[2].as_slice()));
    }
    Ok(Reply::flag(missing))
}

fn setex(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    set_with_ttl(cx, argv, Unit::Seconds, "setex")
}

fn psetex(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    set_with_ttl(cx, argv, Unit::Milliseconds, "psetex")
}

fn set_with_ttl(cx: &mut Context<'_>, argv: &[Vec<u8>], unit: Unit, command: &str) -> Outcome {
    let expiry = Expiry { amount: &argv[2], unit, absolute: false };
    let deadline = expiry.deadline(cx.now(), command)?;
    cx.set(&argv[1], Str::new(argv[3].as_slice()));
    cx.set_deadline(&argv[1], Some(deadline));
    Ok(Reply::OK)
}

fn getset(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let old = read(cx, &argv[1])?;
    if planted!(cx.config(), GetsetKeepsTtl) {
        cx.set_keeping_ttl(&argv[1], Str::new(argv[2].as_slice()));
    } else {
        cx.set(&argv[1], Str::new(argv[2].as_slice()));
    }
    Ok(old)
}

fn getdel(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let old = read(cx, &argv[1])?;
    cx.remove(&argv[1]);
    Ok(old)
}

fn getex(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let key = &argv[1];
    let (mut persist, mut expiry) = (false, None);
    let mut words = argv[2..].iter();
    while let Some(word) = words.next() {
        if args::is(word, "PERSIST") && expiry.is_none() {
            persist = true;
        } else if persist {
            return Err(Error::SYNTAX);
        } else {
            expiry = Some(expiry_option(word, words.next(), expiry)?);
        }
    }
    let reply = read(cx, key)?;
    if reply == Reply::NullBulk {
        return Ok(reply);
    }
    if let Some(expiry) = expiry {
        let deadline = expiry.deadline(cx.now(), "getex")?;
        if expiry.absolute && deadline <= cx.now() {
            cx.remove(key);
        } else {
            cx.set_deadline(key, Some(deadline));
            cx.changed(key);
        }
    } else if persist && cx.deadline(key).is_some() && !planted!(cx.config(), GetexPersistIgnored) {
        cx.set_deadline(key, None);
        cx.changed(key);
    }
    Ok(reply)
}

/// Refuses a string of `len + more` bytes if that is too long.
fn check_length(cx: &Context<'_>, len: usize, more: usize) -> Result<(), Error> {
    match len.checked_add(more) {
        Some(total) if total <= cx.config().proto_max_bulk_len => Ok(()),
        _ => Err(Error::TOO_LONG),
    }
}

fn append(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (key, tail) = (&argv[1], &argv[2]);
    let Some(old) = cx.get::<Str>(key)?.map(Str::len) else {
        cx.set(key, Str::new(tail.as_slice()));
        return Ok(Reply::count(tail.len()));
    };
    check_length(cx, old, tail.len())?;
    cx.get_or_create::<Str>(key)?.edit(|bytes| bytes.extend_from_slice(tail));
    if planted!(cx.config(), AppendDropsTtl) {
        cx.set_deadline(key, None);
    }
    cx.changed(key);
    Ok(Reply::count(old + tail.len()))
}

fn strlen(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(cx.get::<Str>(&argv[1])?.map_or(0, Str::len)))
}

fn getrange(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (start, end) = (number::int(&argv[2])?, number::int(&argv[3])?);
    let reversed_is_fine = planted!(cx.config(), GetrangeBeforeStart);
    let Some(string) = cx.get::<Str>(&argv[1])? else {
        return Ok(Reply::bulk([]));
    };
    if start < 0 && end < 0 && start > end && !reversed_is_fine {
        return Ok(Reply::bulk([]));
    }
    let bytes = string.bytes();
    // Unlike that of a list, an end before the first byte means the first byte.
    let end = if end < 0 { end.saturating_add(bytes.len() as i64).max(0) } else { end };
    let range = number::clamp_range(start, end, bytes.len()).unwrap_or_default();
    Ok(Reply::bulk(&bytes[range]))
}

fn setrange(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (key, patch) = (&argv[1], &argv[3]);
    let offset = usize::try_from(number::int(&argv[2])?).map_err(|_| Error::new("ERR offset is out of range"))?;
    let old = cx.get::<Str>(key)?.map_or(0, Str::len);
    if patch.is_empty() {
        if planted!(cx.config(), SetrangeEmptyCreates) && !cx.exists(key) {
            cx.set(key, Str::default());
        }
        return Ok(Reply::count(old));
    }
    check_length(cx, offset, patch.len())?;
    let end = offset + patch.len();
    let truncates = planted!(cx.config(), SetrangeTruncates);
    cx.get_or_create::<Str>(key)?.edit(|bytes| {
        bytes.resize(if truncates { end } else { bytes.len().max(end) }, 0);
        bytes[offset..end].copy_from_slice(patch);
    });
    cx.changed(key);
    Ok(Reply::count(old.max(end)))
}

fn incr(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    add(cx, &argv[1], 1)
}

fn decr(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    add(cx, &argv[1], -1)
}

fn incrby(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    add(cx, &argv[1], number::int(&argv[2])?)
}

fn decrby(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let amount = number::int(&argv[2])?;
    if planted!(cx.config(), DecrbyMinWraps) {
        return add(cx, &argv[1], amount.wrapping_neg());
    }
    add(cx, &argv[1], amount.checked_neg().ok_or(Error::new("ERR decrement would overflow"))?)
}

fn add(cx: &mut Context<'_>, key: &[u8], amount: i64) -> Outcome {
    let lenient = planted!(cx.config(), IncrAcceptsLeadingZeros);
    let old = match cx.get::<Str>(key)? {
        Some(Str::Int(n) | Str::Copied(n)) => *n,
        Some(Str::Raw(bytes) | Str::Edited(bytes)) if lenient => {
            let text = std::str::from_utf8(bytes).ok();
            text.and_then(|text| text.parse().ok()).ok_or(Error::NOT_AN_INTEGER)?
        }
        Some(Str::Raw(bytes) | Str::Edited(bytes)) => number::int(bytes)?,
        None => 0,
    };
    let new = match old.checked_add(amount) {
        None if planted!(cx.config(), IncrWraps) => old.wrapping_add(amount),
        sum => sum.ok_or(Error::OVERFLOW)?,
    };
    cx.set_keeping_ttl(key, Str::Int(new));
    Ok(Reply::Int(new))
}

fn incrbyfloat(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let key = &argv[1];
    let old = match cx.get::<Str>(key)? {
        Some(string) => LongDouble::parse(&string.bytes()).ok_or(Error::NOT_A_FLOAT)?,
        None => LongDouble::ZERO,
    };
    let amount = LongDouble::parse(&argv[2]).ok_or(Error::NOT_A_FLOAT)?;
    let mut new = old.add(amount).ok_or(Error::NOT_FINITE)?.to_text();
    if planted!(cx.config(), IncrbyfloatInDouble) {
        let double = |number: LongDouble| number.to_text().parse().unwrap_or(0.0);
        new = format!("{}", double(old) + double(amount));
    }
    cx.set_keeping_ttl(key, Str::Raw(new.clone().into_bytes()));
    Ok(Reply::bulk(new))
}

fn mget(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let replies = argv[1..].iter().map(|key| Reply::bulk_or_null(cx.value(key).and_then(Str::of).map(Str::bytes)));
    Ok(Reply::Array(replies.collect()))
}

/// The pairs of MSET and MSETNX.
fn pairs<'a>(argv: &'a [Vec<u8>], command: &str) -> Result<&'a [[Vec<u8>; 2]], Error> {
    match argv[1..].as_chunks() {
        (pairs, []) => Ok(pairs),
        _ => Err(Error::arity(command)),
    }
}

fn set_all(cx: &mut Context<'_>, pairs: &[[Vec<u8>; 2]]) {
    for [key, value] in pairs {
        if planted!(cx.config(), MsetKeepsTtl) {
            cx.set_keeping_ttl(key, Str::new(value.as_slice()));
        } else {
            cx.set(key, Str::new(value.as_slice()));
        }
    }
}

fn mset(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let odd = planted!(cx.config(), MsetIgnoresOddArgument) && argv.len().is_multiple_of(2);
    set_all(cx, pairs(&argv[..argv.len() - usize::from(odd)], "mset")?);
    Ok(Reply::OK)
}

fn msetnx(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let pairs = pairs(argv, "msetnx")?;
    let free = !pairs.iter().any(|[key, _]| cx.finds(key));
    if planted!(cx.config(), MsetnxPartial) && !free {
        let taken = pairs.iter().position(|[key, _]| cx.exists(key)).unwrap_or(0);
        set_all(cx, &pairs[..taken]);
    }
    if free {
        set_all(cx, pairs);
    }
    Ok(Reply::flag(free))
}
