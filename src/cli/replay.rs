//! `respfuzz replay FILE`: one input, step by step.

use std::path::PathBuf;

use clap::Args;

use super::package::{Package, PackageArgs};
use super::worker::{binary_worker, own_worker};
use super::{CliError, TargetArgs, Verdict, find, is_text_scenario, read_input};
use crate::scenario::{decode, text};
use crate::target::{Input, Registry};

#[derive(Args)]
pub(super) struct ReplayArgs {
    /// A find, a corpus input or a text scenario
    file: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    package: PackageArgs,
    /// Do not list the steps
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: &ReplayArgs, registry: Registry) -> Result<Verdict, CliError> {
    let data = read_input(&args.file)?;
    let (mut worker, input) = match args.target.find(registry) {
        Ok(target) => (own_worker(&args.target)?, target.input()),
        // Perhaps a target of the fuzz package alone: an engine of one's own.
        Err(unknown) => {
            let package = Package::find(&args.package, &args.target.target).map_err(|_| unknown)?;
            let input = if is_text_scenario(&args.file, &data) { Input::Scenario } else { Input::Bytes };
            (binary_worker(package.build(&args.package, &args.target)?, &args.target), input)
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
            println!("PASS {}", args.file.display());
            Ok(Verdict::Held)
        }
        Some(violation) => {
            println!("FAIL {}", args.file.display());
            find::print_violation(violation);
            Ok(Verdict::Diverged)
        }
    }
}
