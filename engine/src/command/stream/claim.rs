//! XCLAIM and XAUTOCLAIM: pending entries get another owner.

use super::{Context, entry_reply, group_of, id_reply, words};
use crate::command::Outcome;
use crate::command::args::{self, c_str};
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::stream::{Entry, Group, StreamId};

/// What becomes of an entry that is claimed.
struct Claim<'a> {
    consumer: &'a [u8],
    min_idle: i64,
    delivered_at: i64,
    /// The new number of deliveries; one more than before, if `None`.
    deliveries: Option<i64>,
    /// Only ids are asked for.
    just_id: bool,
    /// It counts as a delivery, as it does unless only ids are asked for.
    counts: bool,
}

impl Claim<'_> {
    /// Hands an entry over, unless it has a consumer that has had it for too short a time.
    fn take(&self, group: &mut Group, entry: &Entry<'_>, now: i64, force: bool) -> Option<Reply> {
        let owned = group.pending().get(&entry.id).map(|pending| (pending.delivered_at, pending.deliveries));
        let deliveries = match owned {
            Some((at, _)) if self.min_idle > 0 && now.wrapping_sub(at) < self.min_idle => return None,
            Some((_, deliveries)) => deliveries,
            None if force => 1,
            None => return None,
        };
        let more = deliveries.wrapping_add(i64::from(self.counts));
        group.see_consumer(self.consumer, now);
        group.assign(entry.id, self.consumer, self.delivered_at, self.deliveries.unwrap_or(more));
        Some(if self.just_id { id_reply(entry.id) } else { entry_reply(entry) })
    }
}

fn min_idle(word: &[u8], command: &str) -> Result<i64, Error> {
    let wrong = || Error::built(format!("ERR Invalid min-idle-time argument for {command}"));
    Ok(number::parse_i64(word).ok_or_else(wrong)?.max(0))
}

/// The options of XCLAIM.
#[derive(Default)]
struct Options {
    delivered_at: Option<i64>,
    deliveries: Option<i64>,
    force: bool,
    just_id: bool,
    last_id: StreamId,
}

impl Options {
    fn parse(words: &[Vec<u8>], now: i64) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let integer = |value: &[u8], option: &str| {
                let wrong = || Error::built(format!("ERR Invalid {option} option argument for XCLAIM"));
                number::parse_i64(value).ok_or_else(wrong)
            };
            let value = words.as_slice().first();
            match value {
                _ if args::is(word, "FORCE") => options.force = true,
                _ if args::is(word, "JUSTID") => options.just_id = true,
                Some(ms) if args::is(word, "IDLE") => {
                    options.delivered_at = Some(now.wrapping_sub(integer(ms, "IDLE")?));
                }
                Some(ms) if args::is(word, "TIME") => options.delivered_at = Some(integer(ms, "TIME")?),
                Some(n) if args::is(word, "RETRYCOUNT") => options.deliveries = Some(integer(n, "RETRYCOUNT")?),
                Some(id) if args::is(word, "LASTID") => options.last_id = words::exact_id(id)?,
                _ => return Err(Error::built([b"ERR Unrecognized XCLAIM option '", c_str(word), b"'"].concat())),
            }
            if !args::is(word, "FORCE") && !args::is(word, "JUSTID") {
                words.next();
            }
        }
        // A time before all time or in the future is taken for now.
        options.delivered_at = options.delivered_at.filter(|at| (0..=now).contains(at));
        Ok(options)
    }
}

pub(super) fn xclaim(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let now = cx.now();
    let (counts, keeps) = (planted!(cx.config(), XclaimJustidCounts), planted!(cx.config(), XclaimKeepsDeleted));
    let (log, group) = group_of(cx, &argv[1], &argv[2])?;
    let min_idle = min_idle(&argv[4], "XCLAIM")?;
    let ids: Vec<StreamId> = argv[5..].iter().map_while(|word| words::exact_id(word).ok()).collect();
    let options = Options::parse(&argv[5 + ids.len()..], now)?;
    group.last_id = group.last_id.max(options.last_id);
    let claim = Claim {
        consumer: &argv[3],
        min_idle,
        delivered_at: options.delivered_at.unwrap_or(now),
        deliveries: options.deliveries.filter(|&count| count >= 0),
        just_id: options.just_id,
        counts: !options.just_id || counts,
    };
    let mut claimed = Vec::new();
    for id in ids {
        match log.get(id) {
            Some(entry) => claimed.extend(claim.take(group, &entry, now, options.force)),
            None if keeps => {}
            // What was deleted needs no owner.
            None => drop(group.acknowledge(id)),
        }
    }
    Ok(Reply::Array(claimed))
}

/// How many entries XAUTOCLAIM claims if nothing else is said.
const AUTOCLAIM_COUNT: usize = 100;
/// How many pending entries it looks at for each that it may claim.
const LOOKS_PER_CLAIM: usize = 10;
/// The server puts ids of 16 bytes into a buffer of that many.
const AUTOCLAIM_COUNT_MAX: i64 = i64::MAX / 16;

fn autoclaim_options(words: &[Vec<u8>]) -> Result<(usize, bool), Error> {
    let (mut count, mut just_id) = (AUTOCLAIM_COUNT, false);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if args::is(word, "JUSTID") {
            just_id = true;
            continue;
        }
        let value = words.next().filter(|_| args::is(word, "COUNT")).ok_or(Error::SYNTAX)?;
        let wrong = Error::new("ERR COUNT must be > 0");
        count = number::int_within(value, 1, AUTOCLAIM_COUNT_MAX, wrong)? as usize;
    }
    Ok((count, just_id))
}

pub(super) fn xautoclaim(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let now = cx.now();
    let min_idle = min_idle(&argv[4], "XAUTOCLAIM")?;
    let from = words::start(&argv[5])?;
    let (count, just_id) = autoclaim_options(&argv[6..])?;
    let repeats = planted!(cx.config(), XautoclaimCursorRepeats);
    let (log, group) = group_of(cx, &argv[1], &argv[2])?;
    if count > MEMORY_FOR_IDS {
        return Err(Error::new("ERR Insufficient memory, failed allocating transient memory, COUNT too high."));
    }
    let claim = Claim { consumer: &argv[3], min_idle, delivered_at: now, deliveries: None, just_id, counts: !just_id };
    let (mut claimed, mut deleted) = (Vec::new(), Vec::new());
    let mut looks = count.saturating_mul(LOOKS_PER_CLAIM);
    let mut cursor = next_pending(group, Some(from));
    while let Some(id) = cursor.filter(|_| looks > 0 && claimed.len() + deleted.len() < count) {
        looks -= 1;
        match log.get(id) {
            Some(entry) => claimed.extend(claim.take(group, &entry, now, false)),
            None => {
                group.acknowledge(id);
                deleted.push(id_reply(id));
            }
        }
        let again = repeats && claimed.len() == count;
        cursor = next_pending(group, if again { Some(id) } else { id.next() });
    }
    Ok(Reply::Array(vec![id_reply(cursor.unwrap_or_default()), Reply::Array(claimed), Reply::Array(deleted)]))
}

/// The most ids for which the server gets memory: what 47 bits can address.
const MEMORY_FOR_IDS: usize = (1 << 47) / 16;

fn next_pending(group: &Group, from: Option<StreamId>) -> Option<StreamId> {
    group.pending().range(from?..).next().map(|(&id, _)| id)
}
