//! Lists and their blocking pops.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::Lists;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "LPUSH", tag: 48, family: FAMILY, arity: -3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(List), Many(&[Val(Member)], 3)] },
    Command { name: "RPUSH", tag: 49, family: FAMILY, arity: -3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(List), Many(&[Val(Member)], 3)] },
    Command { name: "LPUSHX", tag: 50, family: FAMILY, arity: -3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(List), Many(&[Val(Member)], 2)] },
    Command { name: "RPUSHX", tag: 51, family: FAMILY, arity: -3, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(List), Many(&[Val(Member)], 2)] },
    Command { name: "LPOP", tag: 52, family: FAMILY, arity: -2, flags: "fast write", keys: (1, 1, 1), args: &[Key(List), Options(&[&[Val(Count)]], 1)] },
    Command { name: "RPOP", tag: 53, family: FAMILY, arity: -2, flags: "fast write", keys: (1, 1, 1), args: &[Key(List), Options(&[&[Val(Count)]], 1)] },
    Command { name: "LLEN", tag: 54, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(List)] },
    Command { name: "LINDEX", tag: 55, family: FAMILY, arity: 3, flags: "readonly", keys: (1, 1, 1), args: &[Key(List), Val(Index)] },
    Command { name: "LSET", tag: 56, family: FAMILY, arity: 4, flags: "denyoom write", keys: (1, 1, 1), args: &[Key(List), Val(Index), Val(Member)] },
    Command { name: "LINSERT", tag: 57, family: FAMILY, arity: 5, flags: "denyoom write", keys: (1, 1, 1), args: &[Key(List), OneOf(&[&[Tok("BEFORE")], &[Tok("AFTER")]]), Val(Member), Val(Member)] },
    Command { name: "LRANGE", tag: 58, family: FAMILY, arity: 4, flags: "readonly", keys: (1, 1, 1), args: &[Key(List), Val(Index), Val(Index)] },
    Command { name: "LTRIM", tag: 59, family: FAMILY, arity: 4, flags: "write", keys: (1, 1, 1), args: &[Key(List), Val(Index), Val(Index)] },
    Command { name: "LREM", tag: 60, family: FAMILY, arity: 4, flags: "write", keys: (1, 1, 1), args: &[Key(List), Val(Index), Val(Member)] },
    Command { name: "LPOS", tag: 61, family: FAMILY, arity: -3, flags: "readonly", keys: (1, 1, 1), args: &[Key(List), Val(Member), Options(&[&[Tok("RANK"), Val(Index)], &[Tok("COUNT"), Val(Count)], &[Tok("MAXLEN"), Val(Count)]], 3)] },
    Command { name: "LMOVE", tag: 62, family: FAMILY, arity: 5, flags: "denyoom write", keys: (1, 2, 1), args: &[Key(List), Key(List), OneOf(&[&[Tok("LEFT")], &[Tok("RIGHT")]]), OneOf(&[&[Tok("LEFT")], &[Tok("RIGHT")]])] },
    Command { name: "RPOPLPUSH", tag: 63, family: FAMILY, arity: 3, flags: "denyoom write", keys: (1, 2, 1), args: &[Key(List), Key(List)] },
    Command { name: "LMPOP", tag: 64, family: FAMILY, arity: -4, flags: "movablekeys write", keys: (0, 0, 0), args: &[NumKeys(List, 3), OneOf(&[&[Tok("LEFT")], &[Tok("RIGHT")]]), Options(&[&[Tok("COUNT"), Val(Count)]], 1)] },
    Command { name: "BLPOP", tag: 65, family: FAMILY, arity: -3, flags: "blocking noscript write", keys: (1, -2, 1), args: &[Many(&[Key(List)], 2), Val(Timeout)] },
    Command { name: "BRPOP", tag: 66, family: FAMILY, arity: -3, flags: "blocking noscript write", keys: (1, -2, 1), args: &[Many(&[Key(List)], 2), Val(Timeout)] },
    Command { name: "BLMOVE", tag: 67, family: FAMILY, arity: 6, flags: "blocking denyoom noscript write", keys: (1, 2, 1), args: &[Key(List), Key(List), OneOf(&[&[Tok("LEFT")], &[Tok("RIGHT")]]), OneOf(&[&[Tok("LEFT")], &[Tok("RIGHT")]]), Val(Timeout)] },
    Command { name: "BRPOPLPUSH", tag: 68, family: FAMILY, arity: 4, flags: "blocking denyoom noscript write", keys: (1, 2, 1), args: &[Key(List), Key(List), Val(Timeout)] },
    Command { name: "BLMPOP", tag: 69, family: FAMILY, arity: -5, flags: "blocking movablekeys write", keys: (0, 0, 0), args: &[Val(Timeout), NumKeys(List, 2), OneOf(&[&[Tok("LEFT")], &[Tok("RIGHT")]]), Options(&[&[Tok("COUNT"), Val(Count)]], 1)] },
];
