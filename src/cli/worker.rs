//! `respfuzz worker`: what the shrinker starts.

use std::path::PathBuf;
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

/// A worker that is a fuzz target's binary.
pub(super) fn binary_worker(binary: PathBuf, target: &TargetArgs) -> Worker {
    let plant = target.plant_arg();
    Worker::new(Box::new(move || {
        let mut command = Command::new(&binary);
        command.args(["-ignore_remaining_args=1", "--worker"]).args(&plant);
        command
    }))
}

/// A worker that is this executable.
pub(super) fn own_worker(target: &TargetArgs) -> Result<Worker, CliError> {
    let (executable, mut target) = (own_executable()?, target.clone());
    // What is there is our own.
    target.on.flush = target.on.subject.is_some() || target.subjects.is_some();
    Ok(Worker::new(Box::new(move || {
        let mut command = Command::new(&executable);
        command.arg("worker").args(target.as_args());
        command
    })))
}
