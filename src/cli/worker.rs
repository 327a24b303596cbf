//! `respfuzz worker`: what the shrinker starts.

use std::process::Command;

use clap::Args;

use super::{CliError, TargetArgs, Verdict, own_executable};
use crate::target::Registry;
use crate::worker::{self, Worker};

#[derive(Args)]
pub(super) struct WorkerArgs {
    #[command(flatten)]
    target: TargetArgs,
}

pub(super) fn run(args: &WorkerArgs, registry: Registry) -> Result<Verdict, CliError> {
    let target = args.target.find(registry)?;
    worker::serve(target.as_ref()).map_err(|error| CliError::CannotRun(format!("worker: {error}")))?;
    Ok(Verdict::Held)
}

/// A worker that is this executable.
pub(super) fn own_worker(target: &TargetArgs) -> Result<Worker, CliError> {
    let (executable, target) = (own_executable()?, target.clone());
    Ok(Worker::new(Box::new(move || {
        let mut command = Command::new(&executable);
        command.arg("worker").args(target.as_args());
        command
    })))
}
