//! Strings.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::Strings;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "GET", tag: 0, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Str)] },
    Command { name: "SET", tag: 1, family: FAMILY, arity: -3, flags: "denyoom write", keys: (1, 1, 1), args: &[Key(Str), Val(Value), Options(&[&[Tok("EX"), Val(Seconds)], &[Tok("PX"), Val(Millis)], &[Tok("EXAT"), Val(UnixSeconds)], &[Tok("PXAT"), Val(UnixMillis)], &[Tok("KEEPTTL")], &[Tok("NX")], &[Tok("XX")], &[Tok("GET")]], 3)] },
    Command { name: "SETNX", tag: 2, family: FAMILY, arity: 3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Str), Val(Value)] },
    Command { name: "SETEX", tag: 3, family: FAMILY, arity: 4, flags: "denyoom write", keys: (1, 1, 1), args: &[Key(Str), Val(Seconds), Val(Value)] },
    Command { name: "PSETEX", tag: 4, family: FAMILY, arity: 4, flags: "denyoom write", keys: (1, 1, 1), args: &[Key(Str), Val(Millis), Val(Value)] },
    Command { name: "GETSET", tag: 5, family: FAMILY, arity: 3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Str), Val(Value)] },
    Command { name: "GETDEL", tag: 6, family: FAMILY, arity: 2, flags: "fast write", keys: (1, 1, 1), args: &[Key(Str)] },
    Command { name: "GETEX", tag: 7, family: FAMILY, arity: -2, flags: "fast write", keys: (1, 1, 1), args: &[Key(Str), Options(&[&[Tok("EX"), Val(Seconds)], &[Tok("PX"), Val(Millis)], &[Tok("EXAT"), Val(UnixSeconds)], &[Tok("PXAT"), Val(UnixMillis)], &[Tok("PERSIST")]], 2)] },
    Command { name: "APPEND", tag: 8, family: FAMILY, arity: 3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Str), Val(Value)] },
    Command { name: "STRLEN", tag: 9, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Str)] },
    Command { name: "GETRANGE", tag: 10, family: FAMILY, arity: 4, flags: "readonly", keys: (1, 1, 1), args: &[Key(Str), Val(Index), Val(Index)] },
    Command { name: "SUBSTR", tag: 11, family: FAMILY, arity: 4, flags: "readonly", keys: (1, 1, 1), args: &[Key(Str), Val(Index), Val(Index)] },
    Command { name: "SETRANGE", tag: 12, family: FAMILY, arity: 4, flags: "denyoom write", keys: (1, 1, 1), args: &[Key(Str), Val(Offset), Val(Value)] },
    Command { name: "INCR", tag: 13, family: FAMILY, arity: 2, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Str)] },
    Command { name: "DECR", tag: 14, family: FAMILY, arity: 2, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Str)] },
    Command { name: "INCRBY", tag: 15, family: FAMILY, arity: 3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Str), Val(Delta)] },
    Command { name: "DECRBY", tag: 16, family: FAMILY, arity: 3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Str), Val(Delta)] },
    Command { name: "INCRBYFLOAT", tag: 17, family: FAMILY, arity: 3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Str), Val(FloatDelta)] },
    Command { name: "MGET", tag: 18, family: FAMILY, arity: -2, flags: "fast readonly", keys: (1, -1, 1), args: &[Many(&[Key(Str)], 3)] },
    Command { name: "MSET", tag: 19, family: FAMILY, arity: -3, flags: "denyoom write", keys: (1, -1, 2), args: &[Many(&[Key(Str), Val(Value)], 3)] },
    Command { name: "MSETNX", tag: 20, family: FAMILY, arity: -3, flags: "denyoom write", keys: (1, -1, 2), args: &[Many(&[Key(Str), Val(Value)], 3)] },
    Command { name: "LCS", tag: 147, family: FAMILY, arity: -3, flags: "readonly", keys: (1, 2, 1), args: &[Key(Str), Key(Str), Options(&[&[Tok("LEN")], &[Tok("IDX")], &[Tok("IDX"), Tok("WITHMATCHLEN")], &[Tok("WITHMATCHLEN")], &[Tok("IDX"), Tok("MINMATCHLEN"), Val(Count)], &[Tok("MINMATCHLEN"), Val(Count)]], 2)] },
];
