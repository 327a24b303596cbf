//! `respfuzz ledger`: each command of a server, and where the toolkit has it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::oracle::Server;
use super::{CliError, Verdict};
use crate::ledger::{Row, commands_of, rows, sent_by};
use crate::model::Profile;

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz ledger
  respfuzz ledger --redis 127.0.0.1:6379")]
pub(super) struct LedgerArgs {
    /// The server whose COMMAND reply is asked: HOST:PORT or unix:PATH. Without it, redis-server is started
    #[arg(long, value_name = "ADDRESS")]
    redis: Option<String>,
    /// The corpus of command_handler
    #[arg(long, value_name = "DIR", default_value = "corpus/command_handler")]
    corpus: PathBuf,
    /// Instead, what the embedded engine's indexes answer in every layout of the same documents
    #[arg(long, conflicts_with = "redis")]
    search: bool,
}

pub(super) fn run(args: &LedgerArgs) -> Result<Verdict, CliError> {
    if args.search {
        return layouts();
    }
    let mut server = match &args.redis {
        Some(address) => Server::look_at(address)?,
        None => Server::start(Profile::default())?,
    };
    let names = commands_of(server.subject()).map_err(|e| CliError::CannotRun(format!("{}: {e}", server.name)))?;
    let corpus = corpus(&args.corpus)?;
    #[cfg(feature = "embedded")]
    let engine: Option<&dyn Fn(&str) -> bool> = Some(&crate::subject::embedded::has_command);
    #[cfg(not(feature = "embedded"))]
    let engine = None;
    let rows = rows(&names, engine, corpus.as_ref());
    println!(
        "{:26} table  model  engine generator corpus  note",
        format!("of {}", server.name.split(" on ").next().unwrap_or(""))
    );
    rows.iter().for_each(print);
    let in_scope = rows.iter().filter(|row| row.table || row.note.is_none()).count();
    let holes: Vec<_> = rows.iter().filter(|row| !row.holes().is_empty()).collect();
    println!("\n{} commands, {in_scope} in scope, {} holes", rows.len(), holes.len());
    for row in &holes {
        println!("  {} is missing in {}", row.name, row.holes().join(", "));
    }
    if corpus.is_none() {
        println!("  no corpus was looked at: {} is not there", args.corpus.display());
    }
    Ok(if holes.is_empty() { Verdict::Held } else { Verdict::Diverged })
}

/// Every query in every layout.
#[cfg(feature = "embedded")]
fn layouts() -> Result<Verdict, CliError> {
    use crate::subject::embedded::make_indexed;
    use crate::target::search::layouts::matrix;
    let make = make_indexed(&Default::default())?;
    let matrix = matrix(make.as_ref()).map_err(|error| CliError::CannotRun(error.to_string()))?;
    println!("{matrix}");
    let differences = matrix.differences();
    println!("\n{} cells, {} differ from the first of their row", matrix.cells(), differences.len());
    differences.iter().for_each(|difference| println!("  {difference}"));
    Ok(if differences.is_empty() { Verdict::Held } else { Verdict::Diverged })
}

#[cfg(not(feature = "embedded"))]
fn layouts() -> Result<Verdict, CliError> {
    Err(CliError::CannotRun("this binary has no embedded engine".into()))
}

fn print(row: &Row) {
    let mark = |there: bool| if there { "yes" } else { "-" };
    let maybe = |there: Option<bool>| there.map_or("?", mark);
    println!(
        "{:26} {:6} {:6} {:6} {:9} {:7} {}",
        row.name,
        mark(row.table),
        mark(row.model),
        maybe(row.engine),
        mark(row.generator),
        maybe(row.corpus),
        row.note.unwrap_or("")
    );
}

/// What the inputs in a folder send; `None` if there is no such folder.
fn corpus(dir: &PathBuf) -> Result<Option<BTreeSet<String>>, CliError> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(None) };
    let cannot = |error| CliError::CannotRun(format!("{}: {error}", dir.display()));
    let inputs = entries.map(|entry| std::fs::read(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    Ok(Some(sent_by(inputs.iter().map(Vec::as_slice))))
}
