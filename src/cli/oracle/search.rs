//! `respfuzz oracle --search`: a server with the search module, asked about indexes.

use super::super::CliError;
use crate::command::{Command, Family};
use crate::resp::Value;
use crate::scenario::{Families, Offer, generate_of};
use crate::subject::{Subject, ask};

/// What changes documents, besides the records about FT.*.
const FAMILIES: [Family; 3] = [Family::Keys, Family::Hashes, Family::Transactions];

/// The scenario with that seed: indexes, documents and queries.
pub(super) fn scenario(seed: u64, records: usize) -> Vec<u8> {
    let command = |command: &Command| FAMILIES.contains(&command.family);
    let offer = Offer { command: &command, search: true, ..Offer::COMMANDS };
    generate_of(seed, records, Some(Families::only(&FAMILIES)), &offer)
}

/// Refuses a server that has no indexes to ask about.
pub(super) fn demand_module(subject: &mut dyn Subject, address: &str) -> Result<(), CliError> {
    let cannot = |why: String| CliError::CannotRun(format!("{address} has no search module: FT._LIST answers {why}"));
    match ask(subject, &["FT._LIST"]) {
        Ok(Some(Value::Array(_) | Value::Set(_))) => Ok(()),
        Ok(Some(other)) => Err(cannot(other.to_string())),
        Ok(None) => Err(cannot("nothing".into())),
        Err(error) => Err(cannot(error.to_string())),
    }
}
