//! Sets.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::Sets;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "SADD", tag: 70, family: FAMILY, arity: -3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Set), Many(&[Val(Member)], 4)] },
    Command { name: "SREM", tag: 71, family: FAMILY, arity: -3, flags: "fast write", keys: (1, 1, 1), args: &[Key(Set), Many(&[Val(Member)], 3)] },
    Command { name: "SISMEMBER", tag: 72, family: FAMILY, arity: 3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Set), Val(Member)] },
    Command { name: "SMISMEMBER", tag: 73, family: FAMILY, arity: -3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Set), Many(&[Val(Member)], 3)] },
    Command { name: "SCARD", tag: 74, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Set)] },
    Command { name: "SMEMBERS", tag: 75, family: FAMILY, arity: 2, flags: "readonly", keys: (1, 1, 1), args: &[Key(Set)] },
    Command { name: "SPOP", tag: 76, family: FAMILY, arity: -2, flags: "fast write", keys: (1, 1, 1), args: &[Key(Set), Options(&[&[Val(Count)]], 1)] },
    Command { name: "SRANDMEMBER", tag: 77, family: FAMILY, arity: -2, flags: "readonly", keys: (1, 1, 1), args: &[Key(Set), Options(&[&[Val(SignedCount)]], 1)] },
    Command { name: "SMOVE", tag: 78, family: FAMILY, arity: 4, flags: "fast write", keys: (1, 2, 1), args: &[Key(Set), Key(Set), Val(Member)] },
    Command { name: "SINTER", tag: 79, family: FAMILY, arity: -2, flags: "readonly", keys: (1, -1, 1), args: &[Many(&[Key(Set)], 3)] },
    Command { name: "SINTERSTORE", tag: 80, family: FAMILY, arity: -3, flags: "denyoom write", keys: (1, -1, 1), args: &[Key(Set), Many(&[Key(Set)], 3)] },
    Command { name: "SUNION", tag: 81, family: FAMILY, arity: -2, flags: "readonly", keys: (1, -1, 1), args: &[Many(&[Key(Set)], 3)] },
    Command { name: "SUNIONSTORE", tag: 82, family: FAMILY, arity: -3, flags: "denyoom write", keys: (1, -1, 1), args: &[Key(Set), Many(&[Key(Set)], 3)] },
    Command { name: "SDIFF", tag: 83, family: FAMILY, arity: -2, flags: "readonly", keys: (1, -1, 1), args: &[Many(&[Key(Set)], 3)] },
    Command { name: "SDIFFSTORE", tag: 84, family: FAMILY, arity: -3, flags: "denyoom write", keys: (1, -1, 1), args: &[Key(Set), Many(&[Key(Set)], 3)] },
    Command { name: "SINTERCARD", tag: 85, family: FAMILY, arity: -3, flags: "movablekeys readonly", keys: (0, 0, 0), args: &[NumKeys(Set, 3), Options(&[&[Tok("LIMIT"), Val(Count)]], 1)] },
];
