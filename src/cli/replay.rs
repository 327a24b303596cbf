//! `respfuzz replay FILE`: one input, step by step.

use std::path::PathBuf;

use clap::Args;

use super::console::{millis_since, now};
use super::package::{Package, PackageArgs};
use super::subject::shell_line;
use super::worker::{binary_worker, own_worker};
use super::{CliError, TargetArgs, Verdict, find, is_text_scenario, read_input};
use crate::report::Failure;
use crate::scenario::{decode, text};
use crate::target::{Input, Registry};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz replay regressions/getrange-ends.scenario
  respfuzz replay chaos-20.scenario --target wal_replay
  respfuzz replay --seed 42376 --test command_handler")]
pub(super) struct ReplayArgs {
    /// A find, a corpus input or a text scenario
    #[arg(required_unless_present = "seed")]
    file: Option<PathBuf>,
    /// What the target draws from this seed instead
    #[arg(long, conflicts_with = "file")]
    seed: Option<u64>,
    /// Records of that seed's scenario
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=2700))]
    ops: u16,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    package: PackageArgs,
    /// Do not list the steps
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: &ReplayArgs, registry: Registry) -> Result<Verdict, CliError> {
    let begun = now();
    let name = args.file.as_ref().map_or("replay".to_owned(), |file| file.display().to_string());
    let file = args.file.as_ref().map(|file| Ok::<_, CliError>((file, read_input(file)?))).transpose()?;
    let (data, mut worker, input) = match args.target.find(registry) {
        Ok(target) => {
            let drawn = || target.generate(args.seed.unwrap_or(0), args.ops.into(), None);
            (file.map_or_else(drawn, |(_, data)| data), own_worker(&args.target)?, target.input())
        }
        // Perhaps a target of the fuzz package alone: an engine of one's own.
        Err(unknown) => {
            let Some((file, data)) = file else { return Err(unknown) };
            let package = Package::find(&args.package, &args.target.target).map_err(|_| unknown)?;
            let input = if is_text_scenario(file, &data) { Input::Scenario } else { Input::Bytes };
            (data, binary_worker(package.build(&args.package, &args.target)?, &args.target), input)
        }
    };
    if !args.quiet && input == Input::Scenario {
        for (i, step) in decode(&data).steps.iter().enumerate() {
            println!("{i:4}  {}", text::print_step(step));
        }
    }
    let report =
        worker.run(&data).map_err(|error| CliError::CannotRun(format!("the worker process failed: {error}")))?;
    println!("{} steps, {} checks, hash {:016x}", report.steps, report.checks, report.hash);
    match &report.violation {
        None if report.checks == 0 && report.steps == 0 => {
            Err(CliError::CannotRun("no step was executed: this input says nothing".into()))
        }
        None => {
            let seed = args.seed.map_or(String::new(), |seed| format!(" [seed={seed}]"));
            println!("PASS{seed} {name}");
            Ok(Verdict::Held)
        }
        Some(violation) => {
            let scenario = (input == Input::Scenario).then(|| decode(&data));
            let failure = Failure::of_input(&data, scenario.as_ref(), violation, again(args));
            find::print(&Failure { seed: args.seed, ..failure }, &name, millis_since(begun));
            Ok(Verdict::Diverged)
        }
    }
}

/// The same command.
fn again(args: &ReplayArgs) -> String {
    let what = match &args.file {
        Some(file) => vec![file.display().to_string()],
        None => {
            ["--seed", &args.seed.unwrap_or(0).to_string(), "--ops", &args.ops.to_string()].map(str::to_owned).into()
        }
    };
    let words = [vec!["respfuzz".to_owned(), "replay".to_owned()], what, args.target.as_args(), args.package.as_args()];
    shell_line(&words.concat())
}
