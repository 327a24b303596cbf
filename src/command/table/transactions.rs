//! Transactions.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::Transactions;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "MULTI", tag: 135, family: FAMILY, arity: 1, flags: "allow_busy fast loading noscript stale", keys: (0, 0, 0), args: &[] },
    Command { name: "EXEC", tag: 136, family: FAMILY, arity: 1, flags: "loading noscript skip_slowlog stale", keys: (0, 0, 0), args: &[] },
    Command { name: "DISCARD", tag: 137, family: FAMILY, arity: 1, flags: "allow_busy fast loading noscript stale", keys: (0, 0, 0), args: &[] },
    Command { name: "WATCH", tag: 138, family: FAMILY, arity: -2, flags: "allow_busy fast loading noscript stale", keys: (1, -1, 1), args: &[Many(&[Key(Any)], 2)] },
    Command { name: "UNWATCH", tag: 139, family: FAMILY, arity: 1, flags: "allow_busy fast loading noscript stale", keys: (0, 0, 0), args: &[] },
];
