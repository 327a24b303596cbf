//! HyperLogLogs.

use super::super::arg::Arg::*;
use super::super::arg::Kind::*;
use super::super::domain::Domain::*;
use super::super::{Command, Family};

const FAMILY: Family = Family::HyperLogLog;

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "PFADD", tag: 150, family: FAMILY, arity: -2, flags: "denyoom fast write", keys: (1, 1, 1), args: &[Key(Hll), OneOf(&[&[], &[Many(&[Val(Member)], 4)], &[Many(&[Val(Member)], 4)], &[Many(&[Val(Value)], 3)]])] },
    Command { name: "PFCOUNT", tag: 151, family: FAMILY, arity: -2, flags: "readonly", keys: (1, -1, 1), args: &[OneOf(&[&[Key(Hll)], &[Many(&[Key(Hll)], 3)]])] },
    Command { name: "PFMERGE", tag: 152, family: FAMILY, arity: -2, flags: "denyoom write", keys: (1, -1, 1), args: &[Key(Hll), OneOf(&[&[], &[Many(&[Key(Hll)], 3)], &[Many(&[Key(Hll)], 3)]])] },
    Command { name: "PFDEBUG", tag: 153, family: FAMILY, arity: 3, flags: "admin denyoom write", keys: (2, 2, 1), args: &[NotDrawn] },
    Command { name: "PFSELFTEST", tag: 154, family: FAMILY, arity: 1, flags: "admin", keys: (0, 0, 0), args: &[NotDrawn] },
];
