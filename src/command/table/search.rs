//! The search module's commands: served where it is, and not drawn.

use super::super::arg::Arg::NotDrawn;
use super::super::{Command, Family};

const FAMILY: Family = Family::Keys;
const WRITE: &str = "denyoom module write";
const READ: &str = "module readonly";

#[rustfmt::skip]
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "FT.CREATE", tag: 238, family: FAMILY, arity: -1, flags: WRITE, keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "FT.ALTER", tag: 239, family: FAMILY, arity: -1, flags: WRITE, keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "FT.DROPINDEX", tag: 240, family: FAMILY, arity: -1, flags: "module write", keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "FT._LIST", tag: 241, family: FAMILY, arity: -1, flags: READ, keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "FT.INFO", tag: 242, family: FAMILY, arity: -1, flags: READ, keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "FT.SEARCH", tag: 243, family: FAMILY, arity: -1, flags: READ, keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "FT.AGGREGATE", tag: 244, family: FAMILY, arity: -1, flags: READ, keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "FT.EXPLAIN", tag: 245, family: FAMILY, arity: -1, flags: READ, keys: (0, 0, 0), args: &[NotDrawn] },
    Command { name: "FT.TAGVALS", tag: 246, family: FAMILY, arity: -1, flags: READ, keys: (0, 0, 0), args: &[NotDrawn] },
];
