//! Keys of any type, databases, and the two commands that answer what they are told.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::Keys;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "DEL", tag: 21, family: FAMILY, arity: -2, flags: "write", keys: (1, -1, 1), args: &[Many(&[Key(Any)], 3)] },
    Command { name: "UNLINK", tag: 22, family: FAMILY, arity: -2, flags: "fast write", keys: (1, -1, 1), args: &[Many(&[Key(Any)], 3)] },
    Command { name: "EXISTS", tag: 23, family: FAMILY, arity: -2, flags: "fast readonly", keys: (1, -1, 1), args: &[Many(&[Key(Any)], 3)] },
    Command { name: "TOUCH", tag: 24, family: FAMILY, arity: -2, flags: "fast readonly", keys: (1, -1, 1), args: &[Many(&[Key(Any)], 3)] },
    Command { name: "TYPE", tag: 25, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Any)] },
    Command { name: "KEYS", tag: 26, family: FAMILY, arity: 2, flags: "readonly", keys: (0, 0, 0), args: &[Val(Glob)] },
    Command { name: "RANDOMKEY", tag: 27, family: FAMILY, arity: 1, flags: "readonly", keys: (0, 0, 0), args: &[] },
    Command { name: "DBSIZE", tag: 28, family: FAMILY, arity: 1, flags: "fast readonly", keys: (0, 0, 0), args: &[] },
    Command { name: "RENAME", tag: 29, family: FAMILY, arity: 3, flags: "write", keys: (1, 2, 1), args: &[Key(Any), Key(Any)] },
    Command { name: "RENAMENX", tag: 30, family: FAMILY, arity: 3, flags: "fast write", keys: (1, 2, 1), args: &[Key(Any), Key(Any)] },
    Command { name: "COPY", tag: 31, family: FAMILY, arity: -3, flags: "denyoom write", keys: (1, 2, 1), args: &[Key(Any), Key(Any), Options(&[&[Tok("DB"), Val(Db)], &[Tok("REPLACE")]], 2)] },
    Command { name: "MOVE", tag: 32, family: FAMILY, arity: 3, flags: "fast write", keys: (1, 1, 1), args: &[Key(Any), Val(Db)] },
    Command { name: "SELECT", tag: 33, family: FAMILY, arity: 2, flags: "fast loading stale", keys: (0, 0, 0), args: &[Val(Db)] },
    Command { name: "SWAPDB", tag: 34, family: FAMILY, arity: 3, flags: "fast write", keys: (0, 0, 0), args: &[Val(Db), Val(Db)] },
    Command { name: "FLUSHDB", tag: 35, family: FAMILY, arity: -1, flags: "write", keys: (0, 0, 0), args: &[Options(&[&[Tok("ASYNC")], &[Tok("SYNC")]], 1)] },
    Command { name: "FLUSHALL", tag: 36, family: FAMILY, arity: -1, flags: "write", keys: (0, 0, 0), args: &[Options(&[&[Tok("ASYNC")], &[Tok("SYNC")]], 1)] },
    Command { name: "PING", tag: 37, family: FAMILY, arity: -1, flags: "fast", keys: (0, 0, 0), args: &[Options(&[&[Val(Value)]], 1)] },
    Command { name: "ECHO", tag: 38, family: FAMILY, arity: 2, flags: "fast loading stale", keys: (0, 0, 0), args: &[Val(Value)] },
];
