//! XPENDING.

use super::{Context, group_of, id_reply, words};
use crate::command::{Outcome, args};
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::stream::{Group, Pending, StreamId};

/// Which deliveries to list.
struct Selection<'a> {
    from: StreamId,
    to: StreamId,
    count: usize,
    min_idle: i64,
    consumer: Option<&'a [u8]>,
}

impl<'a> Selection<'a> {
    /// Reads `[IDLE min-idle-time] start end count [consumer]`.
    fn parse(argv: &'a [Vec<u8>]) -> Result<Self, Error> {
        let mut words = &argv[3..];
        let mut min_idle = 0;
        if args::is(&words[0], "IDLE") {
            min_idle = number::int(&words[1])?;
            words = &words[2..];
        }
        // What follows the consumer is ignored.
        let [from, to, count, rest @ ..] = words else {
            return Err(Error::SYNTAX);
        };
        let consumer = rest.first().map(Vec::as_slice);
        let count = usize::try_from(number::int(count)?).unwrap_or(0);
        Ok(Self { from: words::start(from)?, to: words::end(to)?, count, min_idle, consumer })
    }

    /// The selected deliveries, in the order of their ids.
    fn list(&self, group: &Group, now: i64) -> Vec<Reply> {
        if self.from > self.to || self.consumer.is_some_and(|name| group.consumer(name).is_none()) {
            return Vec::new();
        }
        let ours = |pending: &Pending| self.consumer.is_none_or(|name| *pending.consumer == *name);
        let idle = |pending: &Pending| now.wrapping_sub(pending.delivered_at);
        let old = |pending: &Pending| self.min_idle == 0 || idle(pending) >= self.min_idle;
        let range = group.pending().range(self.from..=self.to);
        let hits = range.filter(|(_, pending)| ours(pending) && old(pending)).take(self.count);
        let row = |(&id, pending): (&StreamId, &Pending)| {
            let (idle, deliveries) = (Reply::Int(idle(pending).max(0)), Reply::Int(pending.deliveries));
            Reply::Array(vec![id_reply(id), Reply::bulk(&*pending.consumer), idle, deliveries])
        };
        hits.map(row).collect()
    }
}

pub(super) fn xpending(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let selection = match argv.len() {
        3 => None,
        6..=9 => Some(Selection::parse(argv)?),
        _ => return Err(Error::SYNTAX),
    };
    let now = cx.now();
    let (_, group) = group_of(cx, &argv[1], &argv[2])?;
    Ok(selection.map_or_else(|| summary(group), |selection| Reply::Array(selection.list(group, now))))
}

/// How much is pending, between which ids, and how much of it each consumer has.
fn summary(group: &Group) -> Reply {
    let pending = group.pending();
    let (Some((&first, _)), Some((&last, _))) = (pending.first_key_value(), pending.last_key_value()) else {
        return Reply::Array(vec![Reply::Int(0), Reply::NullBulk, Reply::NullBulk, Reply::NullArray]);
    };
    let busy = group.consumers().iter().filter(|(_, consumer)| !consumer.pending().is_empty());
    let consumers =
        busy.map(|(name, consumer)| Reply::bulks([name.to_vec(), consumer.pending().len().to_string().into_bytes()]));
    Reply::Array(vec![Reply::count(pending.len()), id_reply(first), id_reply(last), Reply::Array(consumers.collect())])
}
