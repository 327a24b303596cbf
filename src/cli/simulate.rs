//! `respfuzz simulate`: seeded random scenarios.

use clap::{Args, ValueEnum};

use super::console::{Console, ReportArgs};
use super::finds::{Find, Finds};
use super::{CliError, TargetArgs, Verdict, parse_families, parse_seeds};
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
    let mut console = Console::new(&args.report);
    let bar = console.progress(target.name(), args.seeds.end - args.seeds.start);
    let (mut campaign, mut finds) = (Campaign::default(), Finds::default());
    for seed in args.seeds.clone() {
        let data = target.generate(seed, usize::from(args.ops), args.families);
        let report = run_checked(target.as_ref(), &data, false);
        bar.inc(1);
        campaign.count(&report, |_| None);
        if let Some(violation) = report.violation {
            finds.take(seed, data, violation);
            if args.stop_at_first {
                break;
            }
        }
    }
    bar.finish_and_clear();
    let distinct = finds.len();
    let replay = |find: &Find, _: Option<&Shrunk>| {
        let seeds = format!("{}..{}", find.seed, find.seed + 1);
        Ok(format!("respfuzz simulate {} --seeds {seeds} --ops {}", target_args.shown(), args.ops))
    };
    let mut outcome = Outcome::new("target", &target_args.target);
    outcome.description = target.guarantee().to_owned();
    outcome.fail(finds.conclude(target.as_ref(), &target_args, &replay, &mut console)?);
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
    let says_nothing = campaign.steps == 0 || campaign.checks == 0;
    let why = says_nothing.then_some("no step was executed or no check evaluated: this run says nothing");
    console.close(outcome, &campaign, why)
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
