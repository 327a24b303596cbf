//! Streams and consumer groups.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::arg::{Arg, Subcommand};
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::Streams;

/// Trimming of XADD and XTRIM.
const TRIM: &[Arg] = &[OneOf(&[
    &[Tok("MAXLEN"), Val(StreamLength)],
    &[Tok("MAXLEN"), Tok("="), Val(StreamLength)],
    &[Tok("MAXLEN"), Tok("~"), Val(StreamLength)],
    &[Tok("MAXLEN"), Tok("~"), Val(StreamLength), Tok("LIMIT"), Val(StreamLength)],
    &[Tok("MINID"), Val(StreamId)],
    &[Tok("MINID"), Tok("="), Val(StreamId)],
    &[Tok("MINID"), Tok("~"), Val(StreamId)],
    &[Tok("MINID"), Tok("~"), Val(StreamId), Tok("LIMIT"), Val(StreamLength)],
])];

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "XADD", tag: 170, family: FAMILY, arity: -5, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Stream), Options(&[&[Tok("NOMKSTREAM")], TRIM, TRIM, &[Tok("LIMIT"), Val(StreamLength)]], 2), Val(NewStreamId), Many(&[Val(Field), Val(EntryValue)], 3)] },
    Command { name: "XLEN", tag: 171, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Stream)] },
    Command { name: "XRANGE", tag: 172, family: FAMILY, arity: -4, flags: "readonly", keys: (1, 1, 1), args: &[Key(Stream), Val(StreamBound), Val(StreamBound), Options(&[&[Tok("COUNT"), Val(Count)]], 1)] },
    Command { name: "XREVRANGE", tag: 173, family: FAMILY, arity: -4, flags: "readonly", keys: (1, 1, 1), args: &[Key(Stream), Val(StreamBound), Val(StreamBound), Options(&[&[Tok("COUNT"), Val(Count)]], 1)] },
    Command { name: "XREAD", tag: 174, family: FAMILY, arity: -4, flags: "blocking movablekeys readonly", keys: (0, 0, 0), args: &[Options(&[&[Tok("COUNT"), Val(Count)], &[Tok("BLOCK"), Val(BlockMillis)], &[Tok("COUNT"), Val(Count)], &[Tok("BLOCK"), Val(BlockMillis)], &[Options(&[&[Tok("NOACK")], &[Tok("GROUP"), Val(Group), Val(Consumer)]], 1)]], 2), Tok("STREAMS"), OneOf(&[&[Key(Stream), Val(ReadAfter)], &[Key(Stream), Key(Stream), Val(ReadAfter), Val(ReadAfter)]])] },
    Command { name: "XREADGROUP", tag: 175, family: FAMILY, arity: -7, flags: "blocking movablekeys write", keys: (0, 0, 0), args: &[OneOf(&[&[Tok("GROUP"), Val(Group), Val(Consumer)], &[Tok("GROUP"), Val(Group), Val(Consumer)], &[Tok("GROUP"), Val(Group), Val(Consumer)], &[Tok("GROUP"), Val(Group), Val(Consumer)], &[Tok("GROUP"), Val(Group), Val(Consumer)], &[Tok("GROUP"), Val(Group), Val(Consumer)], &[Tok("GROUP"), Val(Group), Val(Consumer)], &[Tok("COUNT"), Val(Count), Tok("NOACK")]]), Options(&[&[Tok("COUNT"), Val(Count)], &[Tok("BLOCK"), Val(BlockMillis)], &[Tok("NOACK")]], 2), Tok("STREAMS"), OneOf(&[&[Key(Stream), Val(GroupReadAfter)], &[Key(Stream), Val(GroupReadAfter)], &[Key(Stream), Key(Stream), Val(GroupReadAfter), Val(GroupReadAfter)]])] },
    Command { name: "XDEL", tag: 176, family: FAMILY, arity: -3, flags: "fast write", keys: (1, 1, 1), args: &[Key(Stream), Many(&[Val(StreamId)], 3)] },
    Command { name: "XTRIM", tag: 177, family: FAMILY, arity: -4, flags: "write", keys: (1, 1, 1), args: &[Key(Stream), OneOf(&[TRIM, TRIM, TRIM, &[Tok("LIMIT"), Val(StreamLength)], &[Tok("MAXLEN"), Val(StreamLength), Tok("LIMIT"), Val(StreamLength)]])] },
    Command { name: "XSETID", tag: 178, family: FAMILY, arity: -3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Stream), OneOf(&[&[Val(StreamId)], &[Val(NewStreamId)]]), Options(&[&[Tok("ENTRIESADDED"), Val(Count)], &[Tok("MAXDELETEDID"), Val(StreamId)]], 2)] },
    Command { name: "XGROUP", tag: 179, family: FAMILY, arity: -2, flags: "", keys: (0, 0, 0), args: &[Subcommands(&[
        Subcommand { name: "CREATE", arity: -5, flags: "denyoom write", keys: (2, 2, 1), args: &[Key(Stream), Val(Group), Val(GroupStart), Options(&[&[Tok("MKSTREAM")], &[Tok("MKSTREAM")], &[Tok("ENTRIESREAD"), Val(Count)]], 2)] },
        Subcommand { name: "SETID", arity: -5, flags: "write", keys: (2, 2, 1), args: &[Key(Stream), Val(Group), Val(GroupStart), Options(&[&[Tok("ENTRIESREAD"), Val(Count)]], 1)] },
        Subcommand { name: "DESTROY", arity: 4, flags: "write", keys: (2, 2, 1), args: &[Key(Stream), Val(Group)] },
        Subcommand { name: "CREATECONSUMER", arity: 5, flags: "denyoom write", keys: (2, 2, 1), args: &[Key(Stream), Val(Group), Val(Consumer)] },
        Subcommand { name: "DELCONSUMER", arity: 5, flags: "write", keys: (2, 2, 1), args: &[Key(Stream), Val(Group), Val(Consumer)] },
        Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    ])] },
    Command { name: "XACK", tag: 180, family: FAMILY, arity: -4, flags: "fast write", keys: (1, 1, 1), args: &[Key(Stream), Val(Group), Many(&[Val(StreamId)], 3)] },
    Command { name: "XPENDING", tag: 181, family: FAMILY, arity: -3, flags: "readonly", keys: (1, 1, 1), args: &[Key(Stream), Val(Group), Options(&[&[Options(&[&[Tok("IDLE"), Val(IdleMillis)]], 1), Val(StreamBound), Val(StreamBound), Val(Count), Options(&[&[Val(Consumer)]], 1)]], 1)] },
    Command { name: "XCLAIM", tag: 182, family: FAMILY, arity: -6, flags: "fast write", keys: (1, 1, 1), args: &[Key(Stream), Val(Group), Val(Consumer), Val(IdleMillis), Many(&[Val(StreamId)], 3), Options(&[&[Tok("IDLE"), Val(IdleMillis)], &[Tok("TIME"), Val(UnixMillis)], &[Tok("RETRYCOUNT"), Val(Count)], &[Tok("FORCE")], &[Tok("JUSTID")], &[Tok("LASTID"), Val(StreamId)]], 3)] },
    Command { name: "XAUTOCLAIM", tag: 183, family: FAMILY, arity: -6, flags: "fast write", keys: (1, 1, 1), args: &[Key(Stream), Val(Group), Val(Consumer), Val(IdleMillis), Val(StreamBound), Options(&[&[Tok("COUNT"), Val(ClaimCount)], &[Tok("JUSTID")]], 2)] },
    Command { name: "XINFO", tag: 184, family: FAMILY, arity: -2, flags: "", keys: (0, 0, 0), args: &[Subcommands(&[
        Subcommand { name: "STREAM", arity: -3, flags: "readonly", keys: (2, 2, 1), args: &[Key(Stream), Options(&[&[Tok("FULL"), Options(&[&[Tok("COUNT"), Val(Count)]], 1)]], 1)] },
        Subcommand { name: "GROUPS", arity: 3, flags: "readonly", keys: (2, 2, 1), args: &[Key(Stream)] },
        Subcommand { name: "CONSUMERS", arity: 4, flags: "readonly", keys: (2, 2, 1), args: &[Key(Stream), Val(Group)] },
        Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    ])] },
];
