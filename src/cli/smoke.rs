//! `respfuzz smoke`, `respfuzz full` and `respfuzz scenarios`: what a spec asks for.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::console::{Console, ReportArgs};
use super::known::KnownArgs;
use super::subject::SubjectArgs;
use super::suite::{Suite, load};
use super::{CliError, Verdict, parse_seeds};
use crate::target::Registry;

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz smoke
  respfuzz smoke --subject tcp://127.0.0.1:6379
  respfuzz smoke --spec mine.yaml --format markdown --output smoke.md")]
pub(super) struct SmokeArgs {
    #[command(flatten)]
    what: WhatArgs,
}

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz full --quick
  respfuzz full --format junit --output full.xml")]
pub(super) struct FullArgs {
    /// An eighth of it: a few minutes
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    what: WhatArgs,
}

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz scenarios
  respfuzz scenarios --spec mine.yaml --filter counters --seeds 10000")]
pub(super) struct ScenariosArgs {
    /// Only those whose name contains this
    #[arg(long, value_name = "TEXT", default_value = "")]
    filter: String,
    /// How many seeds, or a range A..B; what the spec says otherwise
    #[arg(long, value_parser = parse_seeds)]
    seeds: Option<std::ops::Range<u64>>,
    #[command(flatten)]
    what: WhatArgs,
}

#[derive(Args)]
struct WhatArgs {
    /// The spec that is run; the built-in one (spec/respfuzz.yaml) otherwise
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// The bank of regressions, which is run too if it is there
    #[arg(long, value_name = "DIR", default_value = "regressions")]
    bank: PathBuf,
    #[command(flatten)]
    on: SubjectArgs,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    report: ReportArgs,
}

impl WhatArgs {
    fn suite(&self, registry: Registry, share: u64) -> Result<Suite<'_>, CliError> {
        Ok(Suite::new(registry, &self.on, Console::new(&self.report, self.known.load()?), share))
    }
}

/// A thirtieth of what a spec asks for.
pub(super) fn smoke(args: &SmokeArgs, registry: Registry) -> Result<Verdict, CliError> {
    everything(&args.what, registry, 30, None)
}

pub(super) fn full(args: &FullArgs, registry: Registry) -> Result<Verdict, CliError> {
    let (share, load) = if args.quick { (8, Duration::from_secs(5)) } else { (1, Duration::from_secs(60)) };
    everything(&args.what, registry, share, Some(load))
}

/// One of so many iterations of all that a spec asks for, the bank, and a load for so long.
fn everything(
    args: &WhatArgs,
    registry: Registry,
    share: u64,
    load_for: Option<Duration>,
) -> Result<Verdict, CliError> {
    let spec = load(args.spec.as_deref())?;
    let mut suite = args.suite(registry, share)?;
    suite.all_invariants(&spec)?;
    suite.scenarios(&spec, None, args.spec.as_deref())?;
    suite.faults(&spec)?;
    suite.bank(&args.bank)?;
    #[cfg(unix)]
    if let Some(duration) = load_for {
        suite.load(duration)?;
    }
    suite.console.conclude()
}

pub(super) fn scenarios(args: &ScenariosArgs, registry: Registry) -> Result<Verdict, CliError> {
    let mut spec = load(args.what.spec.as_deref())?;
    let is_name = spec.scenarios.iter().any(|scenario| scenario.name == args.filter);
    spec.scenarios.retain(|item| if is_name { item.name == args.filter } else { item.name.contains(&args.filter) });
    if spec.scenarios.is_empty() {
        return Err(CliError::CannotRun(format!("no scenario's name contains `{}`: nothing was checked", args.filter)));
    }
    let mut suite = args.what.suite(registry, 1)?;
    suite.scenarios(&spec, args.seeds.as_ref(), args.what.spec.as_deref())?;
    suite.console.conclude()
}
