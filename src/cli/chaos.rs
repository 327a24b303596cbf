//! `respfuzz chaos`: seeded scenarios in which chosen faults come all the time.

use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;

use super::console::{Console, ReportArgs, millis_since, now};
use super::known::KnownArgs;
use super::suite::{Suite, load};
use super::worker::own_worker;
use super::{CliError, TargetArgs, Verdict, find, parse_seeds};
use crate::campaign::{Campaign, with_faults};
use crate::fault::Fault;
use crate::oracle::Violation;
use crate::report::Failure;
use crate::shrink::shrink;
use crate::target::{Registry, Target};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz chaos
  respfuzz chaos --target wal_replay --faults crash_mid_write,disk_full --seeds 5000")]
pub(super) struct ChaosArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// Which faults, separated by commas: names of `respfuzz faults --list`, or crash_mid_write, corrupt_read,
    /// disk_full, slow_write. Without, those of the spec, one after the other, each as it says
    #[arg(long, value_delimiter = ',')]
    faults: Vec<Fault>,
    /// The spec whose faults come; the built-in one otherwise
    #[arg(long, value_name = "FILE", conflicts_with = "faults")]
    spec: Option<PathBuf>,
    /// How many seeds, or a range A..B
    #[arg(long, default_value = "1000", value_parser = parse_seeds)]
    seeds: std::ops::Range<u64>,
    /// Records of each scenario
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=2700))]
    ops: u16,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    report: ReportArgs,
}

pub(super) fn run(args: &ChaosArgs, registry: Registry) -> Result<Verdict, CliError> {
    if args.faults.is_empty() {
        args.target.demand_one_subject("a spec")?;
        let console = Console::new(&args.report, args.known.load()?);
        let mut suite = Suite::new(registry, &args.target.on, console, 1);
        suite.faults(&load(args.spec.as_deref())?)?;
        return suite.console.conclude();
    }
    let target = args.target.find(registry)?;
    if let Some(fault) = args.faults.iter().find(|fault| !target.faults().contains(fault)) {
        let known: Vec<_> = target.faults().iter().map(|fault| fault.name()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(CliError::Usage(format!("{fault} cannot come to {}; its faults: {known}", target.name())));
    }
    let (mut known, begun) = (args.known.load()?, now());
    let progress = ProgressBar::new(args.seeds.end - args.seeds.start);
    let mut campaign = Campaign::default();
    let (mut failed, mut found) = (Vec::new(), Vec::new());
    for seed in args.seeds.clone() {
        campaign.run(target.as_ref(), with_faults(target.as_ref(), seed, usize::from(args.ops), &args.faults), true);
        let new = campaign.violations.pop().filter(|(_, violation)| !known.has(violation, &args.target));
        if let Some(new) = new {
            failed.push(seed);
            found.push(new);
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    for fault in &args.faults {
        let row = campaign.faults.get(fault).copied().unwrap_or_default();
        println!(
            "{:28} scheduled {}, delivered {}, changed the outcome in {} of {} runs",
            fault.name(),
            row.counts.scheduled,
            row.counts.delivered,
            row.changed,
            row.runs
        );
    }
    println!(
        "{} seeds from {}, {} steps, {} checks, {} recoveries, {} out of budget, {} failed, hash {:016x}",
        campaign.runs,
        args.seeds.start,
        campaign.steps,
        campaign.checks,
        campaign.recoveries,
        campaign.out_of_budget,
        failed.len(),
        campaign.hash
    );
    let says_nothing = campaign.faults.values().all(|row| row.counts.delivered == 0) || campaign.checks == 0;
    if says_nothing && found.is_empty() {
        return Err(CliError::CannotRun("no fault was delivered or no check evaluated: this run says nothing".into()));
    }
    if let Some((data, violation)) = found.first() {
        println!("failed seeds: {failed:?}; the first one:");
        let failure = fail(args, target.as_ref(), (data, violation), failed[0])?;
        find::print(&failure, "chaos", millis_since(begun));
    }
    Ok(known.conclude(campaign.steps, if found.is_empty() { Verdict::Held } else { Verdict::Diverged }))
}

/// Shrinks what broke, and writes it down.
fn fail(
    args: &ChaosArgs,
    target: &dyn Target,
    (data, violation): (&[u8], &Violation),
    seed: u64,
) -> Result<Failure, CliError> {
    let Some(shrunk) = shrink(data, target.input(), &mut own_worker(&args.target)?) else {
        let seeds = format!("{seed}..{}", seed + 1);
        let faults: Vec<_> = args.faults.iter().map(|fault| fault.name()).collect();
        let replay =
            ["respfuzz", "chaos", "--faults", &faults.join(","), "--seeds", &seeds, "--ops", &args.ops.to_string()]
                .join(" ");
        return Ok(Failure::unshrunk(violation, Some(seed), format!("{replay} {}", args.target.shown())));
    };
    let path = PathBuf::from(format!("chaos-{seed}.scenario"));
    find::write_scenario(&path, &shrunk)?;
    Ok(Failure::of(&shrunk, Some(seed), format!("respfuzz replay {} {}", path.display(), args.target.shown())))
}
