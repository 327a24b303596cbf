//! Channels: who listens, and what is told them.

use super::{Command, Context, Outcome, Run, help, subcommand_syntax};
use crate::glob;
use crate::pubsub::Kind;
use crate::reply::{Error, Reply};

const NONE: (i64, i64, i64) = (0, 0, 0);
const ALL: (i64, i64, i64) = (1, -1, 1);
const LISTEN: &str = "pubsub noscript loading stale";
const PUBLISH: &str = "pubsub loading stale fast";
const ASK: &str = "pubsub loading stale";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("subscribe", -2, LISTEN, NONE, Run::Send(subscribe)),
    Command::new("unsubscribe", -1, LISTEN, NONE, Run::Send(unsubscribe)),
    Command::new("psubscribe", -2, LISTEN, NONE, Run::Send(psubscribe)),
    Command::new("punsubscribe", -1, LISTEN, NONE, Run::Send(punsubscribe)),
    Command::new("ssubscribe", -2, LISTEN, ALL, Run::Send(ssubscribe)),
    Command::new("sunsubscribe", -1, LISTEN, ALL, Run::Send(sunsubscribe)),
    Command::new("publish", 3, PUBLISH, NONE, Run::Now(publish)),
    Command::new("spublish", 3, PUBLISH, (1, 1, 1), Run::Now(spublish)),
    Command::new("pubsub", -2, "", NONE, Run::Container(PUBSUB)),
];

const PUBSUB: &[Command] = &[
    Command::new("pubsub|channels", -2, ASK, NONE, Run::Now(channels)),
    Command::new("pubsub|help", 2, "loading stale", NONE, Run::Now(pubsub_help)),
    Command::new("pubsub|numpat", 2, ASK, NONE, Run::Now(numpat)),
    Command::new("pubsub|numsub", -2, ASK, NONE, Run::Now(numsub)),
    Command::new("pubsub|shardchannels", -2, ASK, NONE, Run::Now(shardchannels)),
    Command::new("pubsub|shardnumsub", -2, ASK, NONE, Run::Now(shardnumsub)),
];

/// Confirms that a subscription has begun or ended, and tells how many are left.
fn confirm(cx: &mut Context<'_>, kind: Kind, word: &str, name: Option<&[u8]>) {
    let id = cx.session.id;
    let mut count = cx.store.clients.pubsub.count(kind, id);
    if planted!(cx.config(), SubscriptionsCountedByKind) {
        count = cx.store.clients.pubsub.of(kind).count(id);
    }
    let words = vec![Reply::bulk(word), Reply::bulk_or_null(name), Reply::count(count)];
    cx.send(id, Reply::Push(words));
}

fn listen(cx: &mut Context<'_>, argv: &[Vec<u8>], kind: Kind, word: &str) -> Result<(), Error> {
    for (at, name) in argv[1..].iter().enumerate() {
        cx.store.clients.pubsub.of_mut(kind).add(cx.session.id, name);
        if at == 0 || !planted!(cx.config(), SubscribeConfirmsOnce) {
            confirm(cx, kind, word, Some(name));
        }
    }
    Ok(())
}

fn ignore(cx: &mut Context<'_>, argv: &[Vec<u8>], kind: Kind, word: &str) -> Result<(), Error> {
    let id = cx.session.id;
    let all = cx.store.clients.pubsub.of(kind).names_of(id);
    let names = if argv.len() > 1 { &argv[1..] } else { &all };
    if names.is_empty() && !planted!(cx.config(), UnsubscribeFromNothingIsSilent) {
        confirm(cx, kind, word, None);
    }
    for name in names {
        cx.store.clients.pubsub.of_mut(kind).remove(id, name);
        confirm(cx, kind, word, Some(name));
    }
    Ok(())
}

fn subscribe(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<(), Error> {
    listen(cx, argv, Kind::Channel, "subscribe")
}

fn unsubscribe(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<(), Error> {
    ignore(cx, argv, Kind::Channel, "unsubscribe")
}

fn psubscribe(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<(), Error> {
    listen(cx, argv, Kind::Pattern, "psubscribe")
}

fn punsubscribe(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<(), Error> {
    ignore(cx, argv, Kind::Pattern, "punsubscribe")
}

fn ssubscribe(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<(), Error> {
    // Of the older two, the server allows this for the sake of old clients.
    if cx.session.in_exec {
        return Err(Error::new("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"));
    }
    listen(cx, argv, Kind::Shard, "ssubscribe")
}

fn sunsubscribe(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<(), Error> {
    ignore(cx, argv, Kind::Shard, "sunsubscribe")
}

/// Tells those who listen to the channel by its name; returns how many.
fn tell(cx: &mut Context<'_>, kind: Kind, word: &str, channel: &[u8], message: &[u8]) -> usize {
    let listeners = cx.store.clients.pubsub.of(kind).listeners(channel).to_vec();
    for &listener in &listeners {
        cx.send(listener, Reply::Push([word.as_bytes(), channel, message].map(Reply::bulk).into()));
    }
    listeners.len()
}

fn publish(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (channel, message) = (argv[1].as_slice(), argv[2].as_slice());
    let told = tell(cx, Kind::Channel, "message", channel, message);
    let by_pattern: Vec<_> = cx
        .store
        .clients
        .pubsub
        .of(Kind::Pattern)
        .iter()
        .filter(|(pattern, _)| glob::matches(pattern, channel))
        .flat_map(|(pattern, listeners)| listeners.iter().map(|&listener| (pattern.to_vec(), listener)))
        .collect();
    for (pattern, listener) in &by_pattern {
        let words = [b"pmessage".as_slice(), pattern, channel, message].map(Reply::bulk);
        cx.send(*listener, Reply::Push(words.into()));
    }
    let matched = if planted!(cx.config(), PublishCountsChannelsOnly) { 0 } else { by_pattern.len() };
    Ok(Reply::count(told + matched))
}

fn spublish(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(tell(cx, Kind::Shard, "smessage", &argv[1], &argv[2])))
}

/// The names that somebody listens to, those that match the pattern if there is one.
fn names(cx: &mut Context<'_>, argv: &[Vec<u8>], kind: Kind) -> Outcome {
    let pattern = match &argv[2..] {
        [] => None,
        [pattern] => Some(pattern),
        _ => return Err(subcommand_syntax(argv)),
    };
    let all = cx.store.clients.pubsub.of(kind).iter().map(|(name, _)| name);
    Ok(Reply::bulks(all.filter(|name| pattern.is_none_or(|pattern| glob::matches(pattern, name)))))
}

fn channels(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    names(cx, argv, Kind::Channel)
}

fn shardchannels(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    names(cx, argv, Kind::Shard)
}

fn counts(cx: &mut Context<'_>, argv: &[Vec<u8>], kind: Kind) -> Outcome {
    let topics = cx.store.clients.pubsub.of(kind);
    let count = |name: &Vec<u8>| (Reply::bulk(name.as_slice()), Reply::count(topics.listeners(name).len()));
    Ok(Reply::pairs(argv[2..].iter().map(count), false))
}

fn numsub(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    counts(cx, argv, Kind::Channel)
}

fn shardnumsub(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    counts(cx, argv, Kind::Shard)
}

fn numpat(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(cx.store.clients.pubsub.of(Kind::Pattern).len()))
}

fn pubsub_help(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    help(
        "PUBSUB",
        "CHANNELS [<pattern>]
    Return the currently active channels matching a <pattern> (default: '*').
NUMPAT
    Return number of subscriptions to patterns.
NUMSUB [<channel> ...]
    Return the number of subscribers for the specified channels, excluding
    pattern subscriptions(default: no channels).
SHARDCHANNELS [<pattern>]
    Return the currently active shard level channels matching a <pattern> (default: '*').
SHARDNUMSUB [<shardchannel> ...]
    Return the number of subscribers for the specified shard level channel(s)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    fn confirmed(word: &str, name: &str, count: i64) -> Reply {
        Reply::Array(vec![Reply::bulk(word), Reply::bulk(name), Reply::Int(count)])
    }

    #[test]
    fn every_name_has_its_confirmation_and_every_listener_its_message() {
        let mut rig = Rig::new();
        let confirmations = [(2, confirmed("subscribe", "a", 1)), (2, confirmed("subscribe", "b", 2))];
        assert_eq!(rig.replies(2, "SUBSCRIBE a b"), confirmations);
        rig.replies(2, "PSUBSCRIBE a*");
        let told = [
            (2, Reply::bulks(["message", "a", "x"])),
            (2, Reply::bulks(["pmessage", "a*", "a", "x"])),
            (1, Reply::Int(2)),
        ];
        assert_eq!(rig.replies(1, "PUBLISH a x"), told);
        assert!(matches!(&rig.replies(2, "GET k")[..], [(2, Reply::Error(_))]));
        rig.engine.disconnect(2);
        assert_eq!(rig.run("PUBLISH a x"), Reply::Int(0));
    }

    #[test]
    fn a_transaction_of_one_command_has_one_element_whatever_it_sends() {
        let mut rig = Rig::new();
        rig.run("MULTI");
        rig.run("SUBSCRIBE a b");
        let replies = [(1, Reply::Array(vec![confirmed("subscribe", "a", 1)])), (1, confirmed("subscribe", "b", 2))];
        assert_eq!(rig.replies(1, "EXEC"), replies);
    }

    #[test]
    fn in_resp3_messages_are_pushes_and_everything_may_run() {
        let mut rig = Rig::new();
        rig.run("HELLO 3");
        rig.run("SUBSCRIBE a");
        assert_eq!(rig.run("GET k"), Reply::Null);
        let message = ["message", "a", "x"].map(Reply::bulk);
        assert_eq!(rig.replies(1, "PUBLISH a x"), [(1, Reply::Push(message.into())), (1, Reply::Int(1))]);
    }
}
