//! `respfuzz faults`: the catalogue, and what each fault does to the targets that it can come to.

use clap::Args;

use super::console::{bar, millis_since, now};
use super::known::KnownArgs;
use super::subject::SubjectArgs;
use super::{CliError, TargetArgs, Verdict, find, parse_seeds};
use crate::campaign::{Campaign, Row};
use crate::fault::Fault;
use crate::report::Failure;
use crate::target::{Registry, Setup, Target};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz faults --list
  respfuzz faults --seeds 300")]
pub(super) struct FaultsArgs {
    /// How many seeds for each target, or a range A..B
    #[arg(long, default_value = "200", value_parser = parse_seeds)]
    seeds: std::ops::Range<u64>,
    /// Records of each scenario
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=2700))]
    ops: u16,
    /// Only list the faults
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    known: KnownArgs,
}

pub(super) fn run(args: &FaultsArgs, registry: Registry) -> Result<Verdict, CliError> {
    let targets: Vec<_> = registry(&Setup::default())?.into_iter().filter(|t| !t.faults().is_empty()).collect();
    if args.list {
        Fault::ALL.iter().for_each(|fault| list(*fault, &targets));
        return Ok(Verdict::Held);
    }
    let (mut known, begun) = (args.known.load()?, now());
    let progress = bar("faults", (args.seeds.end - args.seeds.start) * targets.len() as u64);
    let mut campaigns = Vec::new();
    for target in &targets {
        let mut campaign = Campaign::default();
        for seed in args.seeds.clone() {
            campaign.run(target.as_ref(), target.generate(seed, usize::from(args.ops), None), true);
            progress.inc(1);
        }
        campaigns.push((target.name().to_owned(), campaign));
    }
    progress.finish_and_clear();
    let never = print(&campaigns, &targets.iter().flat_map(|t| t.faults().to_vec()).collect::<Vec<_>>());
    let mut verdict = Verdict::Held;
    for (name, (data, violation)) in campaigns.iter().flat_map(|(name, c)| c.violations.iter().map(move |v| (name, v)))
    {
        let of = TargetArgs::of(name, &SubjectArgs::default());
        if known.has(violation, &of) {
            continue;
        }
        let scenario = crate::scenario::decode(data);
        let replay = format!("respfuzz faults --seeds {}..{} --ops {}", args.seeds.start, args.seeds.end, args.ops);
        find::print(&Failure::of_input(data, Some(&scenario), violation, replay), name, millis_since(begun));
        verdict = Verdict::Diverged;
    }
    let verdict = known.conclude(campaigns.iter().map(|(_, campaign)| campaign.steps).sum(), verdict);
    if !never.is_empty() {
        return Err(CliError::CannotRun(format!("never delivered: {}; try more seeds", never.join(", "))));
    }
    Ok(verdict)
}

/// What the fault is, and which targets it comes to.
fn list(fault: Fault, targets: &[Box<dyn Target>]) {
    let has_it = targets.iter().filter(|target| target.faults().contains(&fault));
    let names: Vec<_> = has_it.map(|target| target.name()).collect();
    let comes_to = if names.is_empty() { "no subject yet".to_owned() } else { names.join(", ") };
    println!("{:28} {} ({comes_to})", fault.name(), fault.summary());
}

/// The table; returns the faults that a target could have and never had.
fn print(campaigns: &[(String, Campaign)], known: &[Fault]) -> Vec<&'static str> {
    println!(
        "{:28} {:16} {:>13} {:>9} {:>9} {:>9}",
        "fault", "target", "opportunities", "scheduled", "delivered", "changed"
    );
    let mut never = Vec::new();
    for fault in Fault::ALL {
        let mut delivered = 0;
        for (name, campaign) in campaigns {
            let Some(Row { counts, runs, changed, .. }) = campaign.faults.get(fault) else { continue };
            delivered += counts.delivered;
            println!(
                "{:28} {name:16} {:>13} {:>9} {:>9} {:>9}",
                fault.name(),
                counts.opportunities,
                counts.scheduled,
                counts.delivered,
                format!("{changed}/{runs}")
            );
        }
        if !known.contains(fault) {
            println!("{:28} no subject yet", fault.name());
        } else if delivered == 0 {
            never.push(fault.name());
        }
    }
    println!("changed: of the runs that had the fault, those whose outcome is another one without it");
    never
}
