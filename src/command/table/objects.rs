//! Values of any type from outside: OBJECT, scans, SORT, DUMP and RESTORE.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::arg::Subcommand;
use super::super::domain::Domain::*;
use super::super::{Arg, Command, Family};

const FAMILY: Family = Family::Keys;

#[rustfmt::skip]
const OBJECT: &[Subcommand] = &[
    Subcommand { name: "ENCODING", arity: 3, flags: "readonly", keys: (2, 2, 1), args: &[Key(Any)] },
    Subcommand { name: "FREQ", arity: 3, flags: "readonly", keys: (2, 2, 1), args: &[Key(Any)] },
    Subcommand { name: "HELP", arity: 2, flags: "loading stale", keys: (0, 0, 0), args: &[] },
    Subcommand { name: "IDLETIME", arity: 3, flags: "readonly", keys: (2, 2, 1), args: &[Key(Any)] },
    Subcommand { name: "REFCOUNT", arity: 3, flags: "readonly", keys: (2, 2, 1), args: &[Key(Any)] },
];

const SCAN_OPTIONS: Arg =
    Options(&[&[Tok("MATCH"), Val(Glob)], &[Tok("COUNT"), Val(Count)], &[Tok("COUNT"), Tok("1")]], 2);

const SORT_OPTIONS: Arg = Options(
    &[
        &[Tok("BY"), Val(SortPattern)],
        &[Tok("GET"), Val(SortPattern)],
        &[Tok("GET"), Tok("#")],
        &[Tok("LIMIT"), Val(Index), Val(Index)],
        &[Tok("ALPHA")],
        &[Tok("ASC")],
        &[Tok("DESC")],
    ],
    3,
);

const SORTED: Arg = OneOf(&[&[Key(List)], &[Key(Set)], &[Key(ZSet)], &[Key(Any)]]);

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "OBJECT", tag: 190, family: FAMILY, arity: -2, flags: "", keys: (0, 0, 0), args: &[Subcommands(OBJECT)] },
    Command { name: "SCAN", tag: 191, family: FAMILY, arity: -2, flags: "readonly", keys: (0, 0, 0), args: &[Val(Cursor), Options(&[&[Tok("MATCH"), Val(Glob)], &[Tok("COUNT"), Val(Count)], &[Tok("TYPE"), Val(TypeName)]], 2)] },
    Command { name: "SSCAN", tag: 192, family: FAMILY, arity: -3, flags: "readonly", keys: (1, 1, 1), args: &[Key(Set), Val(Cursor), SCAN_OPTIONS] },
    Command { name: "HSCAN", tag: 193, family: FAMILY, arity: -3, flags: "readonly", keys: (1, 1, 1), args: &[Key(Hash), Val(Cursor), SCAN_OPTIONS] },
    Command { name: "ZSCAN", tag: 194, family: FAMILY, arity: -3, flags: "readonly", keys: (1, 1, 1), args: &[Key(ZSet), Val(Cursor), SCAN_OPTIONS] },
    Command { name: "SORT", tag: 195, family: FAMILY, arity: -2, flags: "denyoom movablekeys write", keys: (1, 1, 1), args: &[SORTED, SORT_OPTIONS, OneOf(&[&[], &[Tok("STORE"), Key(Any)]])] },
    Command { name: "SORT_RO", tag: 196, family: FAMILY, arity: -2, flags: "movablekeys readonly", keys: (1, 1, 1), args: &[SORTED, SORT_OPTIONS] },
    Command { name: "DUMP", tag: 197, family: FAMILY, arity: 2, flags: "readonly", keys: (1, 1, 1), args: &[Key(Any)] },
    Command { name: "RESTORE", tag: 198, family: FAMILY, arity: -4, flags: "denyoom write", keys: (1, 1, 1), args: &[Key(Any), Val(RestoreTtl), Val(Payload), Options(&[&[Tok("REPLACE")], &[Tok("REPLACE")], &[Tok("ABSTTL")], &[Tok("IDLETIME"), Val(IdleSeconds)], &[Tok("FREQ"), Val(Frequency)]], 3)] },
];
