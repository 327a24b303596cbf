//! `respfuzz chaos`: seeded scenarios in which chosen faults come all the time.

use std::path::PathBuf;

use clap::Args;

use super::console::{Console, ReportArgs};
use super::finds::{Find, Finds};
use super::known::KnownArgs;
use super::suite::{Suite, load};
use super::{CliError, TargetArgs, Verdict, find, parse_seeds};
use crate::campaign::{Campaign, with_faults};
use crate::fault::Fault;
use crate::report::Outcome;
use crate::shrink::Shrunk;
use crate::target::Registry;

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
    let mut console = Console::new(&args.report, args.known.load()?);
    let bar = console.progress(target.name(), args.seeds.end - args.seeds.start);
    let (mut campaign, mut finds, mut failed) = (Campaign::default(), Finds::default(), Vec::new());
    for seed in args.seeds.clone() {
        campaign.run(target.as_ref(), with_faults(target.as_ref(), seed, usize::from(args.ops), &args.faults), true);
        let new = campaign.violations.pop().filter(|(_, violation)| !console.known.has(violation, &args.target));
        if let Some((data, violation)) = new {
            failed.push(seed);
            finds.take(seed, data, violation);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    console.tell(&counts(args, &campaign, failed.len()))?;
    if !failed.is_empty() {
        console.tell(&format!("failed seeds: {failed:?}\n"))?;
    }
    let replay = |find: &Find, shrunk: Option<&Shrunk>| again(args, find.seed, shrunk);
    let mut outcome = Outcome::new("target", &args.target.target);
    outcome.description = target.guarantee().to_owned();
    outcome.fail(finds.conclude("chaos", target.as_ref(), &args.target, &replay, &mut console)?);
    let says_nothing = campaign.faults.values().all(|row| row.counts.delivered == 0) || campaign.checks == 0;
    let why = says_nothing.then_some("no fault was delivered or no check evaluated: this run says nothing");
    console.close(outcome, &campaign, why)
}

fn counts(args: &ChaosArgs, campaign: &Campaign, failed: usize) -> String {
    let mut out = String::new();
    for fault in &args.faults {
        let row = campaign.faults.get(fault).copied().unwrap_or_default();
        out += &format!(
            "{:28} scheduled {}, delivered {}, changed the outcome in {} of {} runs\n",
            fault.name(),
            row.counts.scheduled,
            row.counts.delivered,
            row.changed,
            row.runs
        );
    }
    let Campaign { runs, steps, checks, recoveries, out_of_budget, hash, .. } = campaign;
    let start = args.seeds.start;
    out + &format!(
        "{runs} seeds from {start}, {steps} steps, {checks} checks, {recoveries} recoveries, {out_of_budget} out of budget, \
         {failed} failed, hash {hash:016x}\n"
    )
}

/// The command that shows it again: a scenario in a file, where it could be shrunk.
fn again(args: &ChaosArgs, seed: u64, shrunk: Option<&Shrunk>) -> Result<String, CliError> {
    let target = args.target.shown();
    if let Some(shrunk) = shrunk {
        let path = PathBuf::from(format!("chaos-{seed}.scenario"));
        find::write_scenario(&path, shrunk)?;
        return Ok(format!("respfuzz replay {} {target}", path.display()));
    }
    let faults = args.faults.iter().map(|fault| fault.name()).collect::<Vec<_>>().join(",");
    Ok(format!("respfuzz chaos {target} --faults {faults} --seeds {seed}..{} --ops {}", seed + 1, args.ops))
}
