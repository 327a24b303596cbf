//! `respfuzz simulate`: seeded random scenarios.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};

use super::console::bar;
use super::worker::own_worker;
use super::{CliError, TargetArgs, Verdict, find, parse_families, parse_seeds};
use crate::campaign::{Campaign, Row};
use crate::oracle::Fingerprint;
use crate::scenario::Families;
use crate::shrink::shrink;
use crate::target::{Registry, run_checked};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz simulate --seeds 10000
  respfuzz simulate crash_recovery --seeds 500..600 --ops 100
  respfuzz simulate --families lists,sets --subject tcp://127.0.0.1:6379")]
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
    let progress = bar(target.name(), args.seeds.end - args.seeds.start);
    let mut campaign = Campaign::default();
    let mut found: BTreeMap<Fingerprint, (u64, u64)> = BTreeMap::new();
    for seed in args.seeds.clone() {
        let data = target.generate(seed, usize::from(args.ops), args.families);
        let report = run_checked(target.as_ref(), &data, false);
        progress.inc(1);
        campaign.count(&report, |_| false);
        if let Some(violation) = report.violation {
            found.entry(violation.fingerprint).or_insert((seed, 0)).1 += 1;
            if args.stop_at_first {
                break;
            }
        }
    }
    progress.finish_and_clear();
    for (fingerprint, (seed, count)) in &found {
        show(args, &target_args, target.as_ref(), fingerprint, *seed, *count)?;
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
    Ok(if found.is_empty() { Verdict::Held } else { Verdict::Diverged })
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

fn show(
    args: &SimulateArgs,
    target_args: &TargetArgs,
    target: &dyn crate::target::Target,
    fingerprint: &Fingerprint,
    seed: u64,
    count: u64,
) -> Result<(), CliError> {
    let data = target.generate(seed, usize::from(args.ops), args.families);
    println!("\nFAIL [seed={seed}] {} ({count} of the seeds)", target_args.target);
    match shrink(&data, target.input(), &mut own_worker(target_args)?) {
        Some(shrunk) => {
            let target = target_args.shown();
            let again = format!("respfuzz simulate {target} --seeds {seed}..{} --ops {}", seed + 1, args.ops);
            find::print(&shrunk, &again);
        }
        None => println!("  {fingerprint}\n  did not show again in a worker process: the subject is not deterministic"),
    }
    Ok(())
}
