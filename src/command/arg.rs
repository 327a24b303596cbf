//! The grammar of a command's arguments.

use super::Domain;

/// The home type of a key slot; its name is the slot's prefix (`l0` is a slot for lists).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `s`: strings.
    Str,
    /// `l`: lists.
    List,
    /// `t`: sets.
    Set,
    /// `h`: hashes.
    Hash,
    /// `z`: sorted sets.
    ZSet,
    /// `x`: streams.
    Stream,
    /// `p`: HyperLogLogs.
    Hll,
    /// `g`: sorted sets of places.
    Geo,
    /// Any slot of any type.
    Any,
}

impl Kind {
    /// The slot prefixes of version 1.
    pub const PREFIXES: [u8; 8] = *b"slthzxpg";

    /// Where its prefix stands in [`Kind::PREFIXES`]; `None` for [`Kind::Any`].
    pub fn prefix(self) -> Option<u8> {
        match self {
            Kind::Str => Some(b's'),
            Kind::List => Some(b'l'),
            Kind::Set => Some(b't'),
            Kind::Hash => Some(b'h'),
            Kind::ZSet => Some(b'z'),
            Kind::Stream => Some(b'x'),
            Kind::Hll => Some(b'p'),
            Kind::Geo => Some(b'g'),
            Kind::Any => None,
        }
    }
}

/// One command of a container: `ENCODING` of `OBJECT`.
#[derive(Debug)]
pub struct Subcommand {
    /// Upper case, without the container's name.
    pub name: &'static str,
    /// As in the server's `COMMAND`: both names count, negative means "at least".
    pub arity: i32,
    /// The server's flags, sorted, separated by spaces.
    pub flags: &'static str,
    /// First key, last key, step, as in the server's `COMMAND`.
    pub keys: (i32, i32, i32),
    /// What follows both names.
    pub args: &'static [Arg],
}

impl Subcommand {
    /// Whether this many arguments, both names included, pass the arity check.
    pub fn takes(&self, argc: usize) -> bool {
        takes(self.arity, argc)
    }

    /// Whether the generator sends it.
    pub fn is_drawn(&self) -> bool {
        !matches!(self.args, [Arg::NotDrawn])
    }
}

/// Whether so many words pass the check of an arity.
pub(super) fn takes(arity: i32, argc: usize) -> bool {
    let wanted = arity.unsigned_abs() as usize;
    if arity < 0 { argc >= wanted } else { argc == wanted }
}

/// One node of a command's grammar.
#[derive(Debug)]
pub enum Arg {
    /// A key slot, mostly of that home type.
    Key(Kind),
    /// A value from a domain.
    Val(Domain),
    /// A keyword.
    Tok(&'static str),
    /// One of several forms.
    OneOf(&'static [&'static [Arg]]),
    /// Up to so many of these, each any of the alternatives: contradictions and repetitions come by themselves.
    Options(&'static [&'static [Arg]], u8),
    /// The same once or more, up to so many times.
    Many(&'static [Arg], u8),
    /// `numkeys key [key ...]`: up to so many keys of that home type; now and then the number lies.
    NumKeys(Kind, u8),
    /// One of a container's commands; stands alone.
    Subcommands(&'static [Subcommand]),
    /// Served, but never drawn. Stands alone.
    NotDrawn,
    /// `WEIGHTS w [w ...]`, as many as the last `numkeys` had keys.
    Weights,
}

impl Arg {
    /// Adds every keyword below this node.
    pub(super) fn tokens(&self, out: &mut Vec<&'static str>) {
        match self {
            Arg::Key(_) | Arg::Val(_) | Arg::NumKeys(..) | Arg::NotDrawn => {}
            Arg::Tok(token) => out.push(token),
            Arg::Weights => out.push("WEIGHTS"),
            Arg::Subcommands(subcommands) => {
                for subcommand in subcommands.iter().filter(|subcommand| subcommand.is_drawn()) {
                    out.push(subcommand.name);
                    subcommand.args.iter().for_each(|arg| arg.tokens(out));
                }
            }
            Arg::OneOf(alternatives) | Arg::Options(alternatives, _) => {
                alternatives.iter().flat_map(|a| a.iter()).for_each(|arg| arg.tokens(out));
            }
            Arg::Many(items, _) => items.iter().for_each(|arg| arg.tokens(out)),
        }
    }
}
