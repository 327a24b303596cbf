//! `respfuzz properties`: laws that clients count on, without the model.

use std::path::PathBuf;

use clap::Args;

use super::console::{Console, ReportArgs};
use super::known::KnownArgs;
use super::subject::{SubjectArgs, shell_line};
use super::suite::{Suite, load};
use super::{CliError, Verdict, parse_seeds};
use crate::target::Registry;

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz properties
  respfuzz properties --filter sorted_set --seeds 10000
  respfuzz properties --subject tcp://127.0.0.1:6379
  respfuzz properties --subject 'process:redis-server' --filter crash
  respfuzz properties --format junit --output properties.xml")]
pub(super) struct PropertiesArgs {
    /// How many seeds, or a range A..B; what the spec says otherwise
    #[arg(long, value_parser = parse_seeds)]
    seeds: Option<std::ops::Range<u64>>,
    /// Only those whose name contains this
    #[arg(long, value_name = "TEXT", default_value = "")]
    filter: String,
    /// The spec whose invariants are checked; the built-in one otherwise
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    #[command(flatten)]
    on: SubjectArgs,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    report: ReportArgs,
}

pub(super) fn run(args: &PropertiesArgs, registry: Registry) -> Result<Verdict, CliError> {
    let mut spec = load(args.spec.as_deref())?;
    spec.invariants.retain(|invariant| invariant.name.name.contains(&args.filter));
    if spec.invariants.is_empty() {
        return Err(CliError::CannotRun(format!("no property's name contains `{}`: nothing was checked", args.filter)));
    }
    let mut suite = Suite::new(registry, &args.on, Console::new(&args.report, args.known.load()?), 1);
    suite.invariants(&spec, args.seeds.as_ref(), &|name, seed| {
        let seeds = format!("{seed}..{}", seed + 1);
        let mut words = ["respfuzz", "properties", "--filter", name, "--seeds", &seeds].map(str::to_owned).to_vec();
        words.extend(args.on.as_args());
        shell_line(&words)
    })?;
    suite.console.conclude()
}
