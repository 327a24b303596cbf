//! `respfuzz kills`: SIGKILL, real processes, real files.

use clap::{Args, ValueEnum};

use super::{CliError, Verdict, own_executable, parse_seeds};
use crate::run::kills::{Kills, kill_servers};
use crate::subject::RestartableServer;

#[derive(Args)]
pub(super) struct KillsArgs {
    /// Whom to kill: `respfuzz serve --engine --fsync always`, or `redis-server --appendonly yes --appendfsync always`
    #[arg(long, value_enum)]
    server: Victim,
    /// How often
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    kills: u64,
    /// How many seeds to use at most, or a range A..B; each begins with an empty server
    #[arg(long, default_value = "100000", value_parser = parse_seeds)]
    seeds: std::ops::Range<u64>,
    /// Give the engine a planted bug
    #[cfg(feature = "planted")]
    #[arg(long, value_name = "NAME")]
    plant: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Victim {
    Engine,
    Redis,
}

pub(super) fn run(args: &KillsArgs) -> Result<Verdict, CliError> {
    let own = own_executable()?;
    let more = more_args(args)?;
    let make = || match args.server {
        Victim::Engine => RestartableServer::engine(&own, &more),
        Victim::Redis => RestartableServer::redis(),
    };
    let kills = kill_servers(&make, args.seeds.clone(), args.kills);
    let kills = kills.map_err(|error| CliError::CannotRun(error.to_string()))?;
    print(&kills);
    if let Some((seed, failure)) = &kills.failure {
        println!("FAIL [seed={seed}] {failure}");
        return Ok(Verdict::Diverged);
    }
    if kills.kills == 0 || kills.compared == 0 || kills.acknowledged == 0 {
        return Err(CliError::CannotRun("nothing was killed, written or compared: this run says nothing".into()));
    }
    if kills.kills < args.kills {
        return Err(CliError::CannotRun(format!("the seeds were enough for {} kills only", kills.kills)));
    }
    Ok(Verdict::Held)
}

/// What the served engine is told besides its place.
fn more_args(args: &KillsArgs) -> Result<Vec<String>, CliError> {
    #[cfg(feature = "planted")]
    if let Some(plant) = &args.plant {
        return match args.server {
            Victim::Engine => Ok(vec!["--plant".to_owned(), plant.clone()]),
            Victim::Redis => Err(CliError::Usage("only the engine has planted bugs".into())),
        };
    }
    let _ = args;
    Ok(Vec::new())
}

fn print(kills: &Kills) {
    println!(
        "{} kills, {} acknowledged writes, {} lost, {} commands in flight ({} survived), {} states compared, {} seeds abandoned",
        kills.kills, kills.acknowledged, kills.lost, kills.in_flight, kills.survived, kills.compared, kills.abandoned
    );
}
