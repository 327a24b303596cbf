//! Sorted sets.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::ZSets;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "ZADD", tag: 101, family: FAMILY, arity: -4, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(ZSet), Options(&[&[Tok("NX")], &[Tok("XX")], &[Tok("GT")], &[Tok("LT")], &[Tok("CH")], &[Tok("INCR")]], 3), Many(&[Val(Score), Val(Member)], 3)] },
    Command { name: "ZREM", tag: 102, family: FAMILY, arity: -3, flags: "fast write", keys: (1, 1, 1), args: &[Key(ZSet), Many(&[Val(Member)], 3)] },
    Command { name: "ZSCORE", tag: 103, family: FAMILY, arity: 3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(Member)] },
    Command { name: "ZMSCORE", tag: 104, family: FAMILY, arity: -3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(ZSet), Many(&[Val(Member)], 3)] },
    Command { name: "ZINCRBY", tag: 105, family: FAMILY, arity: 4, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(ZSet), Val(Score), Val(Member)] },
    Command { name: "ZCARD", tag: 106, family: FAMILY, arity: 2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(ZSet)] },
    Command { name: "ZCOUNT", tag: 107, family: FAMILY, arity: 4, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(ScoreBound), Val(ScoreBound)] },
    Command { name: "ZLEXCOUNT", tag: 108, family: FAMILY, arity: 4, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(LexBound), Val(LexBound)] },
    Command { name: "ZRANK", tag: 109, family: FAMILY, arity: 3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(Member)] },
    Command { name: "ZREVRANK", tag: 110, family: FAMILY, arity: 3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(Member)] },
    Command { name: "ZRANGE", tag: 111, family: FAMILY, arity: -4, flags: "readonly", keys: (1, 1, 1), args: &[Key(ZSet), OneOf(&[&[Val(Index), Val(Index), Options(&[&[Tok("REV")], &[Tok("WITHSCORES")]], 2)], &[Val(ScoreBound), Val(ScoreBound), Tok("BYSCORE"), Options(&[&[Tok("REV")], &[Tok("LIMIT"), Val(Index), OneOf(&[&[Val(Count)], &[Val(Index)]])], &[Tok("WITHSCORES")]], 3)], &[Val(LexBound), Val(LexBound), Tok("BYLEX"), Options(&[&[Tok("REV")], &[Tok("LIMIT"), Val(Index), OneOf(&[&[Val(Count)], &[Val(Index)]])]], 2)], &[OneOf(&[&[Val(Index), Val(Index)], &[Val(ScoreBound), Val(ScoreBound)], &[Val(LexBound), Val(LexBound)]]), Options(&[&[Tok("BYSCORE")], &[Tok("BYLEX")], &[Tok("REV")], &[Tok("LIMIT"), Val(Index), OneOf(&[&[Val(Count)], &[Val(Index)]])], &[Tok("WITHSCORES")]], 4)]])] },
    Command { name: "ZREVRANGE", tag: 112, family: FAMILY, arity: -4, flags: "readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(Index), Val(Index), Options(&[&[Tok("WITHSCORES")]], 1)] },
    Command { name: "ZRANGEBYSCORE", tag: 113, family: FAMILY, arity: -4, flags: "readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(ScoreBound), Val(ScoreBound), Options(&[&[Tok("WITHSCORES")], &[Tok("LIMIT"), Val(Index), OneOf(&[&[Val(Count)], &[Val(Index)]])]], 2)] },
    Command { name: "ZREVRANGEBYSCORE", tag: 114, family: FAMILY, arity: -4, flags: "readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(ScoreBound), Val(ScoreBound), Options(&[&[Tok("WITHSCORES")], &[Tok("LIMIT"), Val(Index), OneOf(&[&[Val(Count)], &[Val(Index)]])]], 2)] },
    Command { name: "ZRANGEBYLEX", tag: 115, family: FAMILY, arity: -4, flags: "readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(LexBound), Val(LexBound), Options(&[&[Tok("LIMIT"), Val(Index), OneOf(&[&[Val(Count)], &[Val(Index)]])]], 1)] },
    Command { name: "ZREVRANGEBYLEX", tag: 116, family: FAMILY, arity: -4, flags: "readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(LexBound), Val(LexBound), Options(&[&[Tok("LIMIT"), Val(Index), OneOf(&[&[Val(Count)], &[Val(Index)]])]], 1)] },
    Command { name: "ZRANGESTORE", tag: 117, family: FAMILY, arity: -5, flags: "denyoom write", keys: (1, 2, 1), args: &[Key(ZSet), Key(ZSet), OneOf(&[&[Val(Index), Val(Index), Options(&[&[Tok("REV")]], 1)], &[Val(ScoreBound), Val(ScoreBound), Tok("BYSCORE"), Options(&[&[Tok("REV")], &[Tok("LIMIT"), Val(Index), OneOf(&[&[Val(Count)], &[Val(Index)]])]], 2)], &[Val(LexBound), Val(LexBound), Tok("BYLEX"), Options(&[&[Tok("REV")], &[Tok("LIMIT"), Val(Index), OneOf(&[&[Val(Count)], &[Val(Index)]])]], 2)], &[OneOf(&[&[Val(Index), Val(Index)], &[Val(ScoreBound), Val(ScoreBound)], &[Val(LexBound), Val(LexBound)]]), Options(&[&[Tok("BYSCORE")], &[Tok("BYLEX")], &[Tok("REV")], &[Tok("LIMIT"), Val(Index), OneOf(&[&[Val(Count)], &[Val(Index)]])]], 3)]])] },
    Command { name: "ZREMRANGEBYRANK", tag: 118, family: FAMILY, arity: 4, flags: "write", keys: (1, 1, 1), args: &[Key(ZSet), Val(Index), Val(Index)] },
    Command { name: "ZREMRANGEBYSCORE", tag: 119, family: FAMILY, arity: 4, flags: "write", keys: (1, 1, 1), args: &[Key(ZSet), Val(ScoreBound), Val(ScoreBound)] },
    Command { name: "ZREMRANGEBYLEX", tag: 120, family: FAMILY, arity: 4, flags: "write", keys: (1, 1, 1), args: &[Key(ZSet), Val(LexBound), Val(LexBound)] },
    Command { name: "ZPOPMIN", tag: 121, family: FAMILY, arity: -2, flags: "fast write", keys: (1, 1, 1), args: &[Key(ZSet), Options(&[&[Val(Count)]], 1)] },
    Command { name: "ZPOPMAX", tag: 122, family: FAMILY, arity: -2, flags: "fast write", keys: (1, 1, 1), args: &[Key(ZSet), Options(&[&[Val(Count)]], 1)] },
    Command { name: "ZMPOP", tag: 123, family: FAMILY, arity: -4, flags: "movablekeys write", keys: (0, 0, 0), args: &[NumKeys(ZSet, 3), OneOf(&[&[Tok("MIN")], &[Tok("MAX")]]), Options(&[&[Tok("COUNT"), Val(Count)]], 1)] },
    Command { name: "BZPOPMIN", tag: 124, family: FAMILY, arity: -3, flags: "blocking fast noscript write", keys: (1, -2, 1), args: &[Many(&[Key(ZSet)], 2), Val(Timeout)] },
    Command { name: "BZPOPMAX", tag: 125, family: FAMILY, arity: -3, flags: "blocking fast noscript write", keys: (1, -2, 1), args: &[Many(&[Key(ZSet)], 2), Val(Timeout)] },
    Command { name: "BZMPOP", tag: 126, family: FAMILY, arity: -5, flags: "blocking movablekeys write", keys: (0, 0, 0), args: &[Val(Timeout), NumKeys(ZSet, 2), OneOf(&[&[Tok("MIN")], &[Tok("MAX")]]), Options(&[&[Tok("COUNT"), Val(Count)]], 1)] },
    Command { name: "ZRANDMEMBER", tag: 127, family: FAMILY, arity: -2, flags: "readonly", keys: (1, 1, 1), args: &[Key(ZSet), Options(&[&[Val(SignedCount)], &[Val(SignedCount), Tok("WITHSCORES")]], 1)] },
    Command { name: "ZUNION", tag: 128, family: FAMILY, arity: -3, flags: "movablekeys readonly", keys: (0, 0, 0), args: &[NumKeys(ZSet, 3), Options(&[&[Weights], &[Tok("AGGREGATE"), OneOf(&[&[Tok("SUM")], &[Tok("MIN")], &[Tok("MAX")]])], &[Tok("WITHSCORES")]], 3)] },
    Command { name: "ZUNIONSTORE", tag: 129, family: FAMILY, arity: -4, flags: "denyoom movablekeys write", keys: (1, 1, 1), args: &[Key(ZSet), NumKeys(ZSet, 3), Options(&[&[Weights], &[Tok("AGGREGATE"), OneOf(&[&[Tok("SUM")], &[Tok("MIN")], &[Tok("MAX")]])]], 2)] },
    Command { name: "ZINTER", tag: 130, family: FAMILY, arity: -3, flags: "movablekeys readonly", keys: (0, 0, 0), args: &[NumKeys(ZSet, 3), Options(&[&[Weights], &[Tok("AGGREGATE"), OneOf(&[&[Tok("SUM")], &[Tok("MIN")], &[Tok("MAX")]])], &[Tok("WITHSCORES")]], 3)] },
    Command { name: "ZINTERSTORE", tag: 131, family: FAMILY, arity: -4, flags: "denyoom movablekeys write", keys: (1, 1, 1), args: &[Key(ZSet), NumKeys(ZSet, 3), Options(&[&[Weights], &[Tok("AGGREGATE"), OneOf(&[&[Tok("SUM")], &[Tok("MIN")], &[Tok("MAX")]])]], 2)] },
    Command { name: "ZINTERCARD", tag: 132, family: FAMILY, arity: -3, flags: "movablekeys readonly", keys: (0, 0, 0), args: &[NumKeys(ZSet, 3), Options(&[&[Tok("LIMIT"), Val(Count)]], 1)] },
    Command { name: "ZDIFF", tag: 133, family: FAMILY, arity: -3, flags: "movablekeys readonly", keys: (0, 0, 0), args: &[NumKeys(ZSet, 3), Options(&[&[Tok("WITHSCORES")]], 1)] },
    Command { name: "ZDIFFSTORE", tag: 134, family: FAMILY, arity: -4, flags: "denyoom movablekeys write", keys: (1, 1, 1), args: &[Key(ZSet), NumKeys(ZSet, 3)] },
];
