//! Channels and patterns.

use super::super::arg::Arg::*;
use super::super::arg::Subcommand;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::PubSub;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "SUBSCRIBE", tag: 229, family: FAMILY, arity: -2, flags: "loading noscript pubsub stale", keys: (0, 0, 0), args: &[Many(&[Val(Channel)], 3)] },
    Command { name: "UNSUBSCRIBE", tag: 230, family: FAMILY, arity: -1, flags: "loading noscript pubsub stale", keys: (0, 0, 0), args: &[Options(&[&[Val(Channel)], &[]], 2)] },
    Command { name: "PSUBSCRIBE", tag: 231, family: FAMILY, arity: -2, flags: "loading noscript pubsub stale", keys: (0, 0, 0), args: &[Many(&[Val(ChannelGlob)], 3)] },
    Command { name: "PUNSUBSCRIBE", tag: 232, family: FAMILY, arity: -1, flags: "loading noscript pubsub stale", keys: (0, 0, 0), args: &[Options(&[&[Val(ChannelGlob)], &[]], 2)] },
    Command { name: "PUBLISH", tag: 233, family: FAMILY, arity: 3, flags: "fast loading pubsub stale", keys: (0, 0, 0), args: &[Val(Channel), Val(Value)] },
    Command { name: "SSUBSCRIBE", tag: 234, family: FAMILY, arity: -2, flags: "loading noscript pubsub stale", keys: (1, -1, 1), args: &[Many(&[Val(Channel)], 2)] },
    Command { name: "SUNSUBSCRIBE", tag: 235, family: FAMILY, arity: -1, flags: "loading noscript pubsub stale", keys: (1, -1, 1), args: &[Options(&[&[Val(Channel)], &[]], 2)] },
    Command { name: "SPUBLISH", tag: 236, family: FAMILY, arity: 3, flags: "fast loading pubsub stale", keys: (1, 1, 1), args: &[Val(Channel), Val(Value)] },
    Command { name: "PUBSUB", tag: 237, family: FAMILY, arity: -2, flags: "", keys: (0, 0, 0), args: &[Subcommands(&[
        Subcommand { name: "CHANNELS", arity: -2, flags: "loading pubsub stale", keys: (0, 0, 0), args: &[Options(&[&[Val(ChannelGlob)]], 1)] },
        Subcommand { name: "NUMSUB", arity: -2, flags: "loading pubsub stale", keys: (0, 0, 0), args: &[Options(&[&[Val(Channel)]], 3)] },
        Subcommand { name: "NUMPAT", arity: 2, flags: "loading pubsub stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "SHARDCHANNELS", arity: -2, flags: "loading pubsub stale", keys: (0, 0, 0), args: &[Options(&[&[Val(ChannelGlob)]], 1)] },
        Subcommand { name: "SHARDNUMSUB", arity: -2, flags: "loading pubsub stale", keys: (0, 0, 0), args: &[Options(&[&[Val(Channel)]], 3)] },
        Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    ])] },
];
