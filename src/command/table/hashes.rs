//! Hashes.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::Hashes;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "HSET", tag: 86, family: FAMILY, arity: -4, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Hash), Many(&[Val(Field), Val(Value)], 3)] },
    Command { name: "HMSET", tag: 87, family: FAMILY, arity: -4, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Hash), Many(&[Val(Field), Val(Value)], 3)] },
    Command { name: "HSETNX", tag: 88, family: FAMILY, arity: 4, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Hash), Val(Field), Val(Value)] },
    Command { name: "HGET", tag: 89, family: FAMILY, arity: 3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Hash), Val(Field)] },
    Command { name: "HMGET", tag: 90, family: FAMILY, arity: -3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Hash), Many(&[Val(Field)], 3)] },
    Command { name: "HGETALL", tag: 91, family: FAMILY, arity: 2, flags: "readonly", keys: (1, 1, 1), args: &[Key(Hash)] },
    Command { name: "HDEL", tag: 92, family: FAMILY, arity: -3, flags: "fast write", keys: (1, 1, 1), args: &[Key(Hash), Many(&[Val(Field)], 3)] },
    Command { name: "HLEN", tag: 93, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Hash)] },
    Command { name: "HEXISTS", tag: 94, family: FAMILY, arity: 3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Hash), Val(Field)] },
    Command { name: "HKEYS", tag: 95, family: FAMILY, arity: 2, flags: "readonly", keys: (1, 1, 1), args: &[Key(Hash)] },
    Command { name: "HVALS", tag: 96, family: FAMILY, arity: 2, flags: "readonly", keys: (1, 1, 1), args: &[Key(Hash)] },
    Command { name: "HSTRLEN", tag: 97, family: FAMILY, arity: 3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Hash), Val(Field)] },
    Command { name: "HINCRBY", tag: 98, family: FAMILY, arity: 4, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Hash), Val(Field), Val(Delta)] },
    Command { name: "HINCRBYFLOAT", tag: 99, family: FAMILY, arity: 4, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Hash), Val(Field), Val(FloatDelta)] },
    Command { name: "HRANDFIELD", tag: 100, family: FAMILY, arity: -2, flags: "readonly", keys: (1, 1, 1), args: &[Key(Hash), Options(&[&[Val(SignedCount)], &[Val(SignedCount), Tok("WITHVALUES")]], 1)] },
];
