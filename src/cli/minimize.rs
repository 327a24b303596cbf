//! `respfuzz minimize FILE`: the smallest input with the same fingerprint.

use std::path::PathBuf;

use clap::Args;

use super::console::{millis_since, now};
use super::worker::own_worker;
use super::{CliError, TargetArgs, Verdict, find, read_input};
use crate::report::Failure;
use crate::shrink::shrink;
use crate::target::Registry;

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz minimize crash-1234.bin --target wal_replay --output small")]
pub(super) struct MinimizeArgs {
    /// An input that shows a divergence
    file: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    /// Where to write, without extension; next to the input otherwise
    #[arg(long, short)]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &MinimizeArgs, registry: Registry) -> Result<Verdict, CliError> {
    let begun = now();
    let target = args.target.find(registry)?;
    let data = read_input(&args.file)?;
    let Some(shrunk) = shrink(&data, target.input(), &mut own_worker(&args.target)?) else {
        println!("PASS {}: nothing to minimize, the input shows no divergence", args.file.display());
        return Ok(Verdict::Held);
    };
    let stem = args.output.clone().unwrap_or_else(|| args.file.with_extension("min"));
    let path = find::write(&stem, &shrunk)?;
    let replay = format!("respfuzz replay {} {}", path.display(), args.target.shown());
    find::print(&Failure::of(&shrunk, None, replay), &args.file.display().to_string(), millis_since(begun));
    Ok(Verdict::Diverged)
}
