//! What clients need to connect, and what they ask of a server.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::arg::Subcommand;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::Connection;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "HELLO", tag: 210, family: FAMILY, arity: -1, flags: "allow_busy fast loading no_auth noscript stale", keys: (0, 0, 0), args: &[Options(&[&[Val(ProtocolVersion)], &[Val(ProtocolVersion), Options(&[&[Tok("AUTH"), Val(User), Val(Value)], &[Tok("SETNAME"), Val(ClientName)]], 2)]], 1)] },
    Command { name: "RESET", tag: 211, family: FAMILY, arity: 1, flags: "allow_busy fast loading no_auth noscript stale", keys: (0, 0, 0), args: &[] },
    Command { name: "QUIT", tag: 212, family: FAMILY, arity: -1, flags: "allow_busy fast loading no_auth noscript stale", keys: (0, 0, 0), args: &[] },
    Command { name: "AUTH", tag: 213, family: FAMILY, arity: -2, flags: "allow_busy fast loading no_auth noscript stale", keys: (0, 0, 0), args: &[Options(&[&[Val(User)]], 1), Val(Value)] },
    Command { name: "CLIENT", tag: 214, family: FAMILY, arity: -2, flags: "", keys: (0, 0, 0), args: &[Subcommands(&[
        Subcommand { name: "ID", arity: 2, flags: "loading noscript stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "GETNAME", arity: 2, flags: "loading noscript stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "SETNAME", arity: 3, flags: "loading noscript stale", keys: (0, 0, 0), args: &[Val(ClientName)] },
        Subcommand { name: "INFO", arity: 2, flags: "loading noscript stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "LIST", arity: -2, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[Options(&[&[Tok("TYPE"), Val(ClientType)], &[Tok("ID"), Many(&[Val(ClientNumber)], 2)]], 1)] },
        Subcommand { name: "NO-EVICT", arity: 3, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[OneOf(&[&[Tok("ON")], &[Tok("OFF")]])] },
        Subcommand { name: "UNBLOCK", arity: -3, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[Val(ClientNumber), Options(&[&[Tok("TIMEOUT")], &[Tok("ERROR")], &[Val(Value)]], 1)] },
        Subcommand { name: "KILL", arity: -3, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[OneOf(&[&[Val(Value)], &[Tok("ID"), Val(ClientNumber), Options(&[&[Tok("TYPE"), Val(ClientType)], &[Tok("USER"), Val(User)], &[Tok("ADDR"), Val(Value)], &[Tok("LADDR"), Val(Value)], &[Tok("SKIPME"), OneOf(&[&[Tok("YES")], &[Tok("NO")], &[Val(Value)]])]], 3)]])] },
        Subcommand { name: "GETREDIR", arity: 2, flags: "loading noscript stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "TRACKINGINFO", arity: 2, flags: "loading noscript stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "REPLY", arity: 3, flags: "loading noscript stale", keys: (0, 0, 0), args: &[Tok("ON")] },
        Subcommand { name: "TRACKING", arity: -3, flags: "loading noscript stale", keys: (0, 0, 0), args: &[NotDrawn] },
        Subcommand { name: "PAUSE", arity: -3, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[NotDrawn] },
        Subcommand { name: "UNPAUSE", arity: 2, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[NotDrawn] },
        Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    ])] },
    Command { name: "CONFIG", tag: 215, family: FAMILY, arity: -2, flags: "", keys: (0, 0, 0), args: &[Subcommands(&[
        Subcommand { name: "GET", arity: -3, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[Many(&[Val(ConfigGlob)], 3)] },
        Subcommand { name: "SET", arity: -4, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[Many(&[OneOf(&[&[Val(ConfigNumberName), Val(ConfigNumber)], &[Val(ConfigWordName), Val(ConfigWord)], &[Tok("maxmemory"), Val(ConfigMemory)]])], 2)] },
        Subcommand { name: "RESETSTAT", arity: 2, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "REWRITE", arity: 2, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    ])] },
    Command { name: "INFO", tag: 216, family: FAMILY, arity: -1, flags: "loading stale", keys: (0, 0, 0), args: &[Options(&[&[Val(InfoSection)]], 2)] },
    Command { name: "COMMAND", tag: 217, family: FAMILY, arity: -1, flags: "loading stale", keys: (0, 0, 0), args: &[Subcommands(&[
        Subcommand { name: "COUNT", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "INFO", arity: -2, flags: "loading stale", keys: (0, 0, 0), args: &[Many(&[Val(CommandName)], 3)] },
        Subcommand { name: "LIST", arity: -2, flags: "loading stale", keys: (0, 0, 0), args: &[Options(&[&[Tok("FILTERBY"), OneOf(&[&[Tok("MODULE"), Val(Value)], &[Tok("ACLCAT"), Val(Value)], &[Tok("PATTERN"), Val(Glob)]])]], 1)] },
        Subcommand { name: "GETKEYS", arity: -4, flags: "loading stale", keys: (0, 0, 0), args: &[Val(CommandName), Many(&[Key(Any)], 3)] },
        Subcommand { name: "GETKEYSANDFLAGS", arity: -4, flags: "loading stale", keys: (0, 0, 0), args: &[Val(CommandName), Many(&[Key(Any)], 3)] },
        Subcommand { name: "DOCS", arity: -2, flags: "loading stale", keys: (0, 0, 0), args: &[Many(&[Val(CommandName)], 2)] },
        Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    ])] },
    Command { name: "TIME", tag: 218, family: FAMILY, arity: 1, flags: "fast loading stale", keys: (0, 0, 0), args: &[] },
    Command { name: "LASTSAVE", tag: 219, family: FAMILY, arity: 1, flags: "fast loading stale", keys: (0, 0, 0), args: &[] },
    Command { name: "WAIT", tag: 220, family: FAMILY, arity: 3, flags: "noscript", keys: (0, 0, 0), args: &[Val(Replicas), Val(WaitMillis)] },
    Command { name: "DEBUG", tag: 221, family: FAMILY, arity: -2, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "MEMORY", tag: 222, family: FAMILY, arity: -2, flags: "", keys: (0, 0, 0), args: &[Subcommands(&[
        Subcommand { name: "USAGE", arity: -3, flags: "readonly", keys: (2, 2, 1), args: &[Key(Any), Options(&[&[Tok("SAMPLES"), Val(Count)]], 1)] },
        Subcommand { name: "DOCTOR", arity: 2, flags: "", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "PURGE", arity: 2, flags: "", keys: (0, 0, 0), args: &[NotDrawn] },
        Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    ])] },
    Command { name: "LATENCY", tag: 223, family: FAMILY, arity: -2, flags: "", keys: (0, 0, 0), args: &[Subcommands(&[
        Subcommand { name: "RESET", arity: -2, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[Options(&[&[Val(Value)]], 2)] },
        Subcommand { name: "LATEST", arity: 2, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    ])] },
    Command { name: "SLOWLOG", tag: 224, family: FAMILY, arity: -2, flags: "", keys: (0, 0, 0), args: &[Subcommands(&[
        Subcommand { name: "GET", arity: -2, flags: "admin loading stale", keys: (0, 0, 0), args: &[Options(&[&[Val(Count)]], 1)] },
        Subcommand { name: "LEN", arity: 2, flags: "admin loading stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "RESET", arity: 2, flags: "admin loading stale", keys: (0, 0, 0), args: &[] },
        Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    ])] },
    Command { name: "SAVE", tag: 225, family: FAMILY, arity: 1, flags: "admin no_async_loading no_multi noscript", keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "BGSAVE", tag: 226, family: FAMILY, arity: -1, flags: "admin no_async_loading noscript", keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "BGREWRITEAOF", tag: 227, family: FAMILY, arity: 1, flags: "admin no_async_loading noscript", keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "ROLE", tag: 228, family: FAMILY, arity: 1, flags: "fast loading noscript stale", keys: (0, 0, 0), args: &[] },
    Command { name: "FUNCTION", tag: 254, family: FAMILY, arity: -2, flags: "", keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "MONITOR", tag: 255, family: FAMILY, arity: 1, flags: "admin loading noscript stale", keys: (0, 0, 0), args: &[NotDrawn] },
];
