//! `respfuzz simulate`: seeded random scenarios.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::console::{Console, ReportArgs};
use super::finds::{Find, Finds};
use super::known::KnownArgs;
use super::{CliError, TargetArgs, Verdict, families_option, find, parse_families, parse_seeds};
use crate::campaign::{Campaign, Row};
use crate::fault::Counts;
use crate::report::Outcome;
use crate::scenario::Families;
use crate::shrink::Shrunk;
use crate::target::{Registry, run_checked};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz simulate --seeds 10000
  respfuzz simulate crash_recovery --seeds 500..600 --ops 100
  respfuzz simulate --families lists,sets --subject tcp://127.0.0.1:6379
  respfuzz simulate --subjects embedded,process:redis-server --seeds 300
  respfuzz simulate --known known.toml --today 2026-11-21

  respfuzz simulate --seeds 10000 --format html --output report.html")]
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
    #[command(flatten)]
    report: ReportArgs,
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
    let mut console = Console::new(&args.report, args.known.load()?);
    let bar = console.progress(target.name(), args.seeds.end - args.seeds.start);
    let (mut campaign, mut finds) = (Campaign::default(), Finds::default());
    for seed in args.seeds.clone() {
        let data = target.generate(seed, usize::from(args.ops), args.families);
        let report = run_checked(target.as_ref(), &data, false);
        bar.inc(1);
        campaign.count(&report, |_| None);
        if let Some(violation) = report.violation.filter(|violation| !console.known.has(violation, &target_args)) {
            finds.take(seed, data, violation);
            if args.stop_at_first {
                break;
            }
        }
    }
    bar.finish_and_clear();
    let distinct = finds.len();
    let replay = |find: &Find, shrunk: Option<&Shrunk>| again(args, &target_args, find.seed, shrunk);
    let mut outcome = Outcome::new("target", &target_args.target);
    outcome.description = target.guarantee().to_owned();
    outcome.fail(finds.conclude("simulate", target.as_ref(), &target_args, &replay, &mut console)?);
    console.tell(&faults(&campaign))?;
    console.tell(&format!(
        "\n{} seeds from {}, {} steps, {} checks, {} error replies, {} out of budget, {distinct} distinct divergences, hash {:016x}\n",
        campaign.runs,
        args.seeds.start,
        campaign.steps,
        campaign.checks,
        campaign.errors,
        campaign.out_of_budget,
        campaign.hash
    ))?;
    if target_args.subjects.is_some() {
        console.tell(&format!("{} states compared among the subjects\n", campaign.states))?;
    }
    console.close(outcome, &campaign, says_nothing(&campaign, target_args.subjects.is_some()))
}

/// Why nothing that held would mean anything.
fn says_nothing(campaign: &Campaign, lockstep: bool) -> Option<&'static str> {
    if campaign.steps == 0 || campaign.checks == 0 {
        Some("no step was executed or no check evaluated: this run says nothing")
    } else if lockstep && campaign.states == 0 {
        Some("no states were compared, as legally random replies came before each: this run says nothing")
    } else {
        None
    }
}

/// What went wrong in the worlds of the subjects, if they have any.
fn faults(campaign: &Campaign) -> String {
    let mut out = String::new();
    for (fault, Row { counts, runs, .. }) in &campaign.faults {
        let Counts { scheduled, delivered, .. } = counts;
        out += &format!("{:28} scheduled {scheduled}, delivered {delivered} in {runs} runs\n", fault.name());
    }
    if campaign.recoveries > 0 {
        out += &format!("{} recoveries\n", campaign.recoveries);
    }
    out
}

/// The command that shows it again. Several subjects have dice of their own: there the scenario is written down, as the
/// seed alone may not show it again.
fn again(args: &SimulateArgs, target: &TargetArgs, seed: u64, shrunk: Option<&Shrunk>) -> Result<String, CliError> {
    let shown = target.shown();
    match shrunk {
        Some(shrunk) if target.subjects.is_some() => {
            let path = PathBuf::from(format!("lockstep-{seed}.scenario"));
            find::write_scenario(&path, shrunk)?;
            Ok(format!("respfuzz replay {} {shown}", path.display()))
        }
        _ => {
            let families = families_option(args.families);
            Ok(format!("respfuzz simulate {shown} --seeds {seed}..{} --ops {}{families}", seed + 1, args.ops))
        }
    }
}
