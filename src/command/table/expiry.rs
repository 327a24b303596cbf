//! Times to live.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::Expiry;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "EXPIRE", tag: 39, family: FAMILY, arity: -3, flags: "fast write", keys: (1, 1, 1), args: &[Key(Any), Val(Seconds), Options(&[&[Tok("NX")], &[Tok("XX")], &[Tok("GT")], &[Tok("LT")]], 2)] },
    Command { name: "PEXPIRE", tag: 40, family: FAMILY, arity: -3, flags: "fast write", keys: (1, 1, 1), args: &[Key(Any), Val(Millis), Options(&[&[Tok("NX")], &[Tok("XX")], &[Tok("GT")], &[Tok("LT")]], 2)] },
    Command { name: "EXPIREAT", tag: 41, family: FAMILY, arity: -3, flags: "fast write", keys: (1, 1, 1), args: &[Key(Any), Val(UnixSeconds), Options(&[&[Tok("NX")], &[Tok("XX")], &[Tok("GT")], &[Tok("LT")]], 2)] },
    Command { name: "PEXPIREAT", tag: 42, family: FAMILY, arity: -3, flags: "fast write", keys: (1, 1, 1), args: &[Key(Any), Val(UnixMillis), Options(&[&[Tok("NX")], &[Tok("XX")], &[Tok("GT")], &[Tok("LT")]], 2)] },
    Command { name: "TTL", tag: 43, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Any)] },
    Command { name: "PTTL", tag: 44, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Any)] },
    Command { name: "EXPIRETIME", tag: 45, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Any)] },
    Command { name: "PEXPIRETIME", tag: 46, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Any)] },
    Command { name: "PERSIST", tag: 47, family: FAMILY, arity: 2, flags: "fast write", keys: (1, 1, 1), args: &[Key(Any)] },
];
