//! `respfuzz crashes SCENARIO`: every crash of one scenario.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

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
}

pub(super) fn run(args: &CrashesArgs, registry: Registry) -> Result<Verdict, CliError> {
    let target = args.target.find(registry)?;
    let data = read_input(&args.file)?;
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
    let Some((_, violation)) = crashes.violation else {
        println!("PASS {}", args.file.display());
        return Ok(Verdict::Held);
    };
    println!("FAIL {}", args.file.display());
    let mut judge = EveryCrash { target: target.as_ref(), again: !args.once };
    match shrink(&data, Input::Scenario, &mut judge) {
        Some(shrunk) => {
            let path = args.file.with_extension("min.scenario");
            if let Some(scenario) = &shrunk.scenario {
                super::write_file(&path, crate::scenario::text::print(scenario).as_bytes())?;
            }
            let replay = format!("respfuzz crashes {} {}", path.display(), args.target.shown());
            print!("{}", find::told(&Failure::of(&shrunk, None, replay)));
            if let Some(point) = target.crashes(&shrunk.data, !args.once).and_then(|crashes| crashes.violation) {
                println!(
                    "  power is lost after {} operations of the disk; what is left: {}",
                    point.0.operation, point.0.image
                );
                if let Some((after, image)) = point.0.again {
                    println!("  and again after {after} operations of recovery; what is left: {image}");
                }
            }
        }
        None => find::print_violation(&violation),
    }
    Ok(Verdict::Diverged)
}

/// For the rate alone, which nothing depends on.
#[allow(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
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
