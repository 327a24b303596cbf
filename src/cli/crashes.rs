//! `respfuzz crashes SCENARIO`: every crash of one scenario.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::console::{millis_since, now};
use super::known::KnownArgs;
use super::{CliError, TargetArgs, Verdict, find, read_input};
use crate::oracle::Violation;
use crate::report::Failure;
use crate::shrink::{Judge, shrink};
use crate::target::{Input, Registry, Target};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz crashes docs/everyday.scenario --target wal_replay")]
pub(super) struct CrashesArgs {
    /// A text scenario, a find or a corpus input; its own crashes and faults are left out
    file: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    /// Not every second crash inside recovery
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    known: KnownArgs,
}

pub(super) fn run(args: &CrashesArgs, registry: Registry) -> Result<Verdict, CliError> {
    let target = args.target.find(registry)?;
    let data = read_input(&args.file)?;
    let mut known = args.known.load()?;
    let begun = now();
    let Some(crashes) = target.crashes(&data, !args.once) else {
        let hint = "its subject has no disk of which every crash can be tried: try `--target wal_replay`";
        return Err(CliError::Usage(format!("{}: {hint}", target.name())));
    };
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{} operations of the disk, {} crash images, {} tried ({} of them inside recovery), {:.0} per second",
        crashes.operations,
        crashes.images,
        crashes.tried,
        crashes.in_recovery,
        crashes.tried as f64 / seconds.max(f64::EPSILON)
    );
    if crashes.tried == 0 && crashes.violation.is_none() {
        return Err(CliError::CannotRun("the scenario writes nothing: there was no crash to try".into()));
    }
    let verdict = match crashes.violation {
        Some((_, violation)) if !known.has(&violation, &args.target) => {
            fail(args, target.as_ref(), &data, &violation, begun)?;
            Verdict::Diverged
        }
        Some(_) => Verdict::Held,
        None => {
            println!("PASS {}", args.file.display());
            Verdict::Held
        }
    };
    Ok(known.conclude(crashes.tried, verdict))
}

/// Shrinks what broke, and prints it and the point where power is lost.
fn fail(
    args: &CrashesArgs,
    target: &dyn Target,
    data: &[u8],
    violation: &Violation,
    begun: Instant,
) -> Result<(), CliError> {
    let name = args.file.display().to_string();
    let mut judge = EveryCrash { target, again: !args.once };
    let Some(shrunk) = shrink(data, Input::Scenario, &mut judge) else {
        let replay = format!("respfuzz crashes {name} {}", args.target.shown());
        find::print(&Failure::unshrunk(violation, None, replay), &name, millis_since(begun));
        return Ok(());
    };
    let path = args.file.with_extension("min.scenario");
    find::write_scenario(&path, &shrunk)?;
    let replay = format!("respfuzz crashes {} {}", path.display(), args.target.shown());
    find::print(&Failure::of(&shrunk, None, replay), &name, millis_since(begun));
    if let Some((point, _)) = target.crashes(&shrunk.data, !args.once).and_then(|crashes| crashes.violation) {
        println!("  power is lost after {} operations of the disk; what is left: {}", point.operation, point.image);
        if let Some((after, image)) = point.again {
            println!("  and again after {after} operations of recovery; what is left: {image}");
        }
    }
    Ok(())
}

/// Judges a scenario by all of its crashes.
struct EveryCrash<'a> {
    target: &'a dyn Target,
    again: bool,
}

impl Judge for EveryCrash<'_> {
    fn judge(&mut self, data: &[u8]) -> Option<Violation> {
        self.target.crashes(data, self.again)?.violation.map(|(_, violation)| violation)
    }
}
