//! `respfuzz replay FILE`: one input, step by step.

use std::path::PathBuf;

use clap::Args;

use super::worker::own_worker;
use super::{CliError, TargetArgs, Verdict, find, read_input};
use crate::scenario::{decode, text};
use crate::target::{Input, Registry};

#[derive(Args)]
pub(super) struct ReplayArgs {
    /// A find, a corpus input or a text scenario
    file: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    /// Do not list the steps
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: &ReplayArgs, registry: Registry) -> Result<Verdict, CliError> {
    let target = args.target.find(registry)?;
    let data = read_input(&args.file)?;
    if !args.quiet && target.input() == Input::Scenario {
        for (i, step) in decode(&data).steps.iter().enumerate() {
            println!("{i:4}  {}", text::print_step(step));
        }
    }
    let report = own_worker(&args.target)?
        .run(&data)
        .map_err(|error| CliError::CannotRun(format!("the worker process failed: {error}")))?;
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
