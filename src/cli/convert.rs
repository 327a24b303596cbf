//! `respfuzz asm` and `respfuzz disasm`: bytes and text are two forms of one scenario.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::{CliError, Verdict, parse_scenario, write_file};
use crate::scenario::{decode, encode, text};

#[derive(Args)]
pub(super) struct ConvertArgs {
    /// The input
    file: PathBuf,
    /// Where to write; standard output otherwise
    #[arg(long, short)]
    output: Option<PathBuf>,
}

pub(super) fn asm(args: &ConvertArgs) -> Result<Verdict, CliError> {
    let data = read(args)?;
    write(args, &encode(&parse_scenario(&args.file, &data)?))
}

pub(super) fn disasm(args: &ConvertArgs) -> Result<Verdict, CliError> {
    write(args, text::print(&decode(&read(args)?)).as_bytes())
}

fn read(args: &ConvertArgs) -> Result<Vec<u8>, CliError> {
    std::fs::read(&args.file).map_err(|error| CliError::Usage(format!("{}: {error}", args.file.display())))
}

fn write(args: &ConvertArgs, data: &[u8]) -> Result<Verdict, CliError> {
    match &args.output {
        Some(path) => write_file(path, data)?,
        None => std::io::stdout()
            .write_all(data)
            .map_err(|error| CliError::CannotRun(format!("standard output: {error}")))?,
    }
    Ok(Verdict::Held)
}
