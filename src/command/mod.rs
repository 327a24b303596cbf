//! The command table: one source for the generator, the printer, the dictionaries and the coverage ledger.
//!
//! Architecture invariant: tags are frozen. A new command takes a free tag; a change of an existing command's
//! arguments or of a [domain](Domain) changes what committed inputs decode to and needs a new codec version.

mod arg;
mod dictionary;
mod domain;
mod scope;
mod sent;
mod table;

pub use arg::{Arg, Kind, Subcommand};
pub use dictionary::{dictionary, tokens};
pub use domain::{Domain, Tier};
pub use scope::reason_left_out;
pub use sent::Sent;

use crate::resp::Bytes;

/// One command of the table.
#[derive(Debug)]
pub struct Command {
    /// Upper case.
    pub name: &'static str,
    /// Its byte in version 1 of the codec.
    pub tag: u8,
    /// The group that a scenario's config switches on and off.
    pub family: Family,
    /// As in the server's `COMMAND`: the name counts, negative means "at least".
    pub arity: i32,
    /// The server's flags, sorted, separated by spaces.
    pub flags: &'static str,
    /// First key, last key, step, as in the server's `COMMAND`.
    pub keys: (i32, i32, i32),
    /// What follows the name.
    pub args: &'static [Arg],
}

impl Command {
    /// Whether the server lists this flag (`write`, `blocking`, ...).
    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.split(' ').any(|f| f == flag)
    }

    /// Whether the server lists this flag for the command of a container that these words name.
    pub fn has_subcommand_flag(&self, argv: &[Bytes], flag: &str) -> bool {
        let found = self.subcommands().zip(argv.get(1)).and_then(|(subcommands, word)| {
            subcommands.iter().find(|sub| word.eq_ignore_ascii_case(sub.name.as_bytes()))
        });
        found.is_some_and(|sub| sub.flags.split(' ').any(|f| f == flag))
    }

    /// Whether this many arguments, the name included, pass the arity check.
    pub fn takes(&self, argc: usize) -> bool {
        arg::takes(self.arity, argc)
    }

    /// The subcommands, if this is a container such as OBJECT.
    pub fn subcommands(&self) -> Option<&'static [Subcommand]> {
        match self.args {
            [Arg::Subcommands(subcommands)] => Some(subcommands),
            _ => None,
        }
    }

    /// Whether the generator sends it: what is only served (DEBUG, SAVE) would disturb a server under test.
    pub fn is_drawn(&self) -> bool {
        match self.args {
            [Arg::NotDrawn] => false,
            [Arg::Subcommands(subcommands)] => subcommands.iter().any(Subcommand::is_drawn),
            _ => true,
        }
    }

    /// Every keyword that the grammar of this command can produce.
    pub fn tokens(&self) -> Vec<&'static str> {
        let mut tokens = Vec::new();
        self.args.iter().for_each(|arg| arg.tokens(&mut tokens));
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }
}

/// A group of commands, switched on and off together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Family {
    /// Strings.
    Strings = 0,
    /// Keys of any type, databases.
    Keys = 1,
    /// Times to live.
    Expiry = 2,
    /// Lists.
    Lists = 3,
    /// Sets.
    Sets = 4,
    /// Hashes.
    Hashes = 5,
    /// Sorted sets.
    ZSets = 6,
    /// MULTI, EXEC, WATCH.
    Transactions = 7,
    /// Bits of strings.
    Bitmaps = 8,
    /// Streams and consumer groups.
    Streams = 9,
    /// HyperLogLogs.
    HyperLogLog = 10,
    /// Places on earth, in sorted sets.
    Geo = 11,
    /// Channels and patterns.
    PubSub = 12,
    /// What clients need to connect: HELLO, CLIENT, CONFIG, INFO, COMMAND.
    Connection = 13,
}

impl Family {
    /// All families, in the order of their bits.
    pub const ALL: [Family; 14] = [
        Family::Strings,
        Family::Keys,
        Family::Expiry,
        Family::Lists,
        Family::Sets,
        Family::Hashes,
        Family::ZSets,
        Family::Transactions,
        Family::Bitmaps,
        Family::Streams,
        Family::HyperLogLog,
        Family::Geo,
        Family::PubSub,
        Family::Connection,
    ];

    /// Its bit in a scenario's family mask.
    pub const fn bit(self) -> u32 {
        1 << self as u8
    }

    /// Its name in text scenarios and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Family::Strings => "strings",
            Family::Keys => "keys",
            Family::Expiry => "expiry",
            Family::Lists => "lists",
            Family::Sets => "sets",
            Family::Hashes => "hashes",
            Family::ZSets => "zsets",
            Family::Transactions => "transactions",
            Family::Bitmaps => "bitmaps",
            Family::Streams => "streams",
            Family::HyperLogLog => "hyperloglog",
            Family::Geo => "geo",
            Family::PubSub => "pubsub",
            Family::Connection => "connection",
        }
    }

    /// The family of that name.
    pub fn parse(name: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|f| f.name() == name)
    }
}

/// All commands, in the order of their tags.
pub fn all() -> impl Iterator<Item = &'static Command> {
    table::ALL.iter().copied()
}

/// The command with that tag, if it is assigned.
pub fn by_tag(tag: u8) -> Option<&'static Command> {
    table::BY_TAG[tag as usize]
}

/// The command of that name, in any case.
pub fn by_name(name: &[u8]) -> Option<&'static Command> {
    let mut upper = [0; 24];
    let upper = upper.get_mut(..name.len())?;
    upper.copy_from_slice(name);
    upper.make_ascii_uppercase();
    table::by_name(upper)
}

/// The command and the options that occur in it, as they stand in fingerprints: `SET+EX+NX`. Values never do.
///
/// A word that the command does not know is not an option; a name that the table does not know is `?`.
pub fn signature(argv: &[Bytes]) -> String {
    let Some(command) = argv.first().and_then(|name| by_name(name)) else {
        return "?".into();
    };
    let mut tokens = command.tokens();
    tokens.retain(|token| argv[1..].iter().any(|arg| arg.eq_ignore_ascii_case(token.as_bytes())));
    let mut out = command.name.to_owned();
    for token in tokens {
        out.push('+');
        out.push_str(token);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_names_are_unique() {
        let commands: Vec<_> = all().collect();
        for (i, a) in commands.iter().enumerate() {
            for b in &commands[i + 1..] {
                assert!(a.tag != b.tag && a.name != b.name, "{} and {}", a.name, b.name);
            }
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(by_name(b"gEt").map(|c| c.name), Some("GET"));
        assert!(by_name(b"GETX").is_none());
        assert!(by_name(&[b'a'; 100]).is_none());
    }

    #[test]
    fn signatures_name_options_but_no_values() {
        let argv = |s: &str| s.split(' ').map(|w| w.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(signature(&argv("set k v px 10 nx")), "SET+NX+PX");
        assert_eq!(signature(&argv("nosuch k")), "?");
    }
}
