//! What clients need to connect, and what they ask of a server.

use super::super::arg::Arg::*;
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
        Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    ])] },
];
