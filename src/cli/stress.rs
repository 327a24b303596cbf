//! `respfuzz stress`: many connections at once.

use std::time::Duration;

use clap::Args;

use super::console::Console;
use super::load::{Bench, LoadArgs};
use super::{CliError, Verdict};
use crate::duration;

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz stress --connections 1000 --keys 10000 --duration 60s
  respfuzz stress --subject 'process:redis-server' --format json --output stress.json")]
pub(super) struct StressArgs {
    /// For how long commands are sent
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration::parse)]
    duration: Duration,
    #[command(flatten)]
    load: LoadArgs,
}

pub(super) fn run(args: &StressArgs) -> Result<Verdict, CliError> {
    let known = args.load.known.load()?;
    let bench = Bench::open(&args.load.on, args.load.connections)?;
    let mut console = Console::new(&args.load.report, known);
    console.load("stress", &args.load, bench, args.duration)?;
    console.conclude()
}
