//! `respfuzz simulate`: seeded random scenarios.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

use super::console::{millis_since, now};
use super::known::KnownArgs;
use super::worker::own_worker;
use super::{CliError, TargetArgs, Verdict, families_option, find, parse_families, parse_seeds};
use crate::campaign::{Campaign, Row};
use crate::oracle::{Fingerprint, Violation};
use crate::report::Failure;
use crate::scenario::Families;
use crate::shrink::shrink;
use crate::target::{Registry, Target, run_checked};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz simulate --seeds 10000
  respfuzz simulate crash_recovery --seeds 500..600 --ops 100
  respfuzz simulate --families lists,sets --subject tcp://127.0.0.1:6379
  respfuzz simulate --subjects embedded,process:redis-server --seeds 300
  respfuzz simulate --known known.toml --today 2026-11-21")]
pub(super) struct SimulateArgs {
    /// What is simulated, instead of `--target`
    #[arg(conflicts_with = "target")]
    workload: Option<Workload>,
    #[command(flatten)]
    target: TargetArgs,
    /// How many seeds, or a range A..B
    #[arg(long, default_value = "1000", value_parser = parse_seeds)]
    seeds: std::ops::Range<u64>,
    /// Records of each scenario (for targets of raw bytes: bytes)
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=2700))]
    ops: u16,
    /// Only these command families, separated by commas
    #[arg(long, value_parser = parse_families)]
    families: Option<Families>,
    /// End at the first divergence
    #[arg(long)]
    stop_at_first: bool,
    #[command(flatten)]
    known: KnownArgs,
}

/// Targets, by what goes on in them.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Workload {
    /// Several clients at once, interleaved as the seed says (command_handler)
    ConcurrentOperations,
    /// Crashes, restarts and disk faults (wal_replay)
    CrashRecovery,
    /// Connections that come, go and break (connection)
    ConnectionStorm,
}

impl SimulateArgs {
    fn target_args(&self) -> TargetArgs {
        let name = match self.workload {
            None => return self.target.clone(),
            Some(Workload::ConcurrentOperations) => "command_handler",
            Some(Workload::CrashRecovery) => "wal_replay",
            Some(Workload::ConnectionStorm) => "connection",
        };
        TargetArgs { target: name.to_owned(), ..self.target.clone() }
    }
}

pub(super) fn run(args: &SimulateArgs, registry: Registry) -> Result<Verdict, CliError> {
    let target_args = args.target_args();
    let target = target_args.find(registry)?;
    let mut known = args.known.load()?;
    let progress = ProgressBar::new(args.seeds.end - args.seeds.start);
    let mut campaign = Campaign::default();
    let mut found: BTreeMap<Fingerprint, Found> = BTreeMap::new();
    for seed in args.seeds.clone() {
        let data = target.generate(seed, usize::from(args.ops), args.families);
        let report = run_checked(target.as_ref(), &data, false);
        progress.inc(1);
        campaign.count(&report, |_| false);
        if let Some(violation) = report.violation.filter(|violation| !known.has(violation, &target_args)) {
            found.entry(violation.fingerprint.clone()).or_insert(Found { seed, count: 0, violation }).count += 1;
            if args.stop_at_first {
                break;
            }
        }
    }
    progress.finish_and_clear();
    for Found { seed, count, violation } in found.values() {
        let begun = now();
        let failure = fail(args, &target_args, target.as_ref(), *seed, violation)?;
        find::print(&failure, "simulate", millis_since(begun));
        println!("  {count} of the seeds show it");
    }
    print_faults(&campaign);
    println!(
        "\n{} seeds from {}, {} steps, {} checks, {} error replies, {} out of budget, {} distinct divergences, hash {:016x}",
        campaign.runs,
        args.seeds.start,
        campaign.steps,
        campaign.checks,
        campaign.errors,
        campaign.out_of_budget,
        found.len(),
        campaign.hash
    );
    if campaign.steps == 0 || campaign.checks == 0 {
        return Err(CliError::CannotRun("no step was executed or no check evaluated: this run says nothing".into()));
    }
    if target_args.subjects.is_some() {
        println!("{} states compared among the subjects", campaign.states);
    }
    let verdict = known.conclude(campaign.steps, if found.is_empty() { Verdict::Held } else { Verdict::Diverged });
    if target_args.subjects.is_some() && campaign.states == 0 && verdict == Verdict::Held {
        return Err(CliError::CannotRun("no states were compared: legally random replies came before each".into()));
    }
    Ok(verdict)
}

/// A divergence while the run goes on.
struct Found {
    /// The first that showed it.
    seed: u64,
    /// How many did.
    count: u64,
    violation: Violation,
}

/// What went wrong in the worlds of the subjects, if they have any.
fn print_faults(campaign: &Campaign) {
    for (fault, Row { counts, runs, .. }) in &campaign.faults {
        println!("{:28} scheduled {}, delivered {} in {runs} runs", fault.name(), counts.scheduled, counts.delivered);
    }
    if campaign.recoveries > 0 {
        println!("{} recoveries", campaign.recoveries);
    }
}

/// Shrinks what a seed shows. Several subjects have dice of their own: there the scenario is written down, as the seed
/// alone may not show it again.
fn fail(
    args: &SimulateArgs,
    target_args: &TargetArgs,
    target: &dyn Target,
    seed: u64,
    violation: &Violation,
) -> Result<Failure, CliError> {
    let data = target.generate(seed, usize::from(args.ops), args.families);
    let shown = target_args.shown();
    let families = families_option(args.families);
    let again = format!("respfuzz simulate {shown} --seeds {seed}..{} --ops {}{families}", seed + 1, args.ops);
    let worker = &mut own_worker(target_args)?;
    if target_args.subjects.is_none() {
        return Ok(find::shrunk(&data, target.input(), worker, (violation, Some(seed), again)));
    }
    let Some(shrunk) = shrink(&data, target.input(), worker) else {
        return Ok(Failure::unshrunk(violation, Some(seed), again));
    };
    let path = PathBuf::from(format!("lockstep-{seed}.scenario"));
    find::write_scenario(&path, &shrunk)?;
    Ok(Failure::of(&shrunk, Some(seed), format!("respfuzz replay {} {shown}", path.display())))
}
