//! How often each command was sent: what a campaign exercised, and what it left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Command, all, by_name};
use crate::resp::Bytes;

/// Counts, by command. As data they are a map from names to numbers; what no table knows is `?`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, u64>", into = "BTreeMap<String, u64>")]
pub struct Sent {
    /// Empty until something is counted: most runs are short.
    by_tag: Vec<u64>,
    unknown: u64,
}

/// What stands for a name that the table does not know.
const UNKNOWN: &str = "?";

impl Sent {
    /// A command was sent.
    pub fn count(&mut self, argv: &[Bytes]) {
        self.increase(argv.first().and_then(|name| by_name(name)), 1);
    }

    /// What others counted comes on top.
    pub fn add(&mut self, other: &Sent) {
        self.unknown += other.unknown;
        all().for_each(|command| self.increase(Some(command), other.of(command)));
    }

    fn increase(&mut self, command: Option<&Command>, by: u64) {
        match command {
            None => self.unknown += by,
            Some(_) if by == 0 => {}
            Some(command) => {
                let at = usize::from(command.tag);
                if self.by_tag.is_empty() {
                    self.by_tag = vec![0; usize::from(u8::MAX) + 1];
                }
                self.by_tag[at] += by;
            }
        }
    }

    /// How often this one was sent.
    pub fn of(&self, command: &Command) -> u64 {
        self.by_tag.get(usize::from(command.tag)).copied().unwrap_or(0)
    }

    /// Commands sent in all, those that no table knows included.
    pub fn total(&self) -> u64 {
        self.unknown + self.by_tag.iter().sum::<u64>()
    }

    /// What may be drawn, or was sent anyway, and how often; in the order of the table.
    pub fn rows(&self) -> impl Iterator<Item = (&'static Command, u64)> {
        all().map(|command| (command, self.of(command))).filter(|(command, sent)| command.is_drawn() || *sent > 0)
    }
}

impl From<BTreeMap<String, u64>> for Sent {
    fn from(counts: BTreeMap<String, u64>) -> Self {
        let mut sent = Sent::default();
        counts.iter().for_each(|(name, count)| sent.increase(by_name(name.as_bytes()), *count));
        sent
    }
}

impl From<Sent> for BTreeMap<String, u64> {
    fn from(sent: Sent) -> Self {
        let known = all().map(|command| (command.name.to_owned(), sent.of(command)));
        let unknown = (UNKNOWN.to_owned(), sent.unknown);
        known.chain([unknown]).filter(|(_, count)| *count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_kept_by_name_and_added() {
        let mut sent = Sent::default();
        for name in ["set", "GET", "get", "nosuch"] {
            sent.count(&[name.into()]);
        }
        let mut twice = Sent::from(BTreeMap::from(sent.clone()));
        assert_eq!(twice, sent);
        twice.add(&sent);
        let counts = BTreeMap::from(twice.clone());
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("?".into(), 2), ("GET".into(), 4), ("SET".into(), 2)]);
        assert_eq!(twice.total(), 8);
        assert!(twice.rows().any(|(command, sent)| command.name == "LPUSH" && sent == 0));
    }
}
