//! Bits of strings.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::Bitmaps;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "SETBIT", tag: 140, family: FAMILY, arity: 4, flags: "denyoom write", keys: (1, 1, 1), args: &[Key(Str), Val(BitOffset), Val(Bit)] },
    Command { name: "GETBIT", tag: 141, family: FAMILY, arity: 3, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Str), Val(BitOffset)] },
    Command { name: "BITCOUNT", tag: 142, family: FAMILY, arity: -2, flags: "readonly", keys: (1, 1, 1), args: &[Key(Str), OneOf(&[&[], &[], &[Val(Index), Val(Index)], &[Val(Index), Val(Index), Tok("BIT")], &[Val(Index), Val(Index), Tok("BYTE")], &[Val(BitIndex), Val(BitIndex), Tok("BIT")]])] },
    Command { name: "BITPOS", tag: 143, family: FAMILY, arity: -3, flags: "readonly", keys: (1, 1, 1), args: &[Key(Str), Val(Bit), OneOf(&[&[], &[Val(Index)], &[Val(Index), Val(Index)], &[Val(Index), Val(Index), Tok("BIT")], &[Val(Index), Val(Index), Tok("BYTE")], &[Val(BitIndex), Val(BitIndex), Tok("BIT")]])] },
    Command { name: "BITOP", tag: 144, family: FAMILY, arity: -4, flags: "denyoom write", keys: (2, -1, 1), args: &[OneOf(&[&[OneOf(&[&[Tok("AND")], &[Tok("OR")], &[Tok("XOR")]]), Key(Str), Many(&[Key(Str)], 3)], &[Tok("NOT"), Key(Str), Key(Str)], &[Tok("NOT"), Key(Str), Many(&[Key(Str)], 2)]])] },
    Command { name: "BITFIELD", tag: 145, family: FAMILY, arity: -2, flags: "denyoom write", keys: (1, 1, 1), args: &[Key(Str), Options(&[&[Tok("GET"), Val(BitType), Val(FieldOffset)], &[Tok("SET"), Val(BitType), Val(FieldOffset), Val(FieldValue)], &[Tok("INCRBY"), Val(BitType), Val(FieldOffset), Val(FieldValue)], &[Tok("OVERFLOW"), OneOf(&[&[Tok("WRAP")], &[Tok("SAT")], &[Tok("FAIL")]])]], 4)] },
    Command { name: "BITFIELD_RO", tag: 146, family: FAMILY, arity: -2, flags: "fast readonly", keys: (1, 1, 1), args: &[Key(Str), Options(&[&[Tok("GET"), Val(BitType), Val(FieldOffset)], &[Tok("GET"), Val(BitType), Val(FieldOffset)], &[Tok("GET"), Val(BitType), Val(FieldOffset)], &[Tok("SET"), Val(BitType), Val(FieldOffset), Val(FieldValue)], &[Tok("INCRBY"), Val(BitType), Val(FieldOffset), Val(FieldValue)], &[Tok("OVERFLOW"), OneOf(&[&[Tok("WRAP")], &[Tok("SAT")], &[Tok("FAIL")]])]], 3)] },
];
