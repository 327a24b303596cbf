//! The `respfuzz` command: one file per subcommand.
//!
//! Exit codes: 0 all checks ran and held; 1 a divergence; 2 wrong usage; 3 the run tested nothing or could not run.

mod chaos;
mod completions;
mod console;
mod convert;
mod crashes;
mod faults;
mod find;
mod finds;
mod fuzz;
mod job;
#[cfg(unix)]
mod kills;
mod known;
mod ledger;
#[cfg(unix)]
mod load;
mod lockstep;
mod minimize;
mod oracle;
mod package;
mod processes;
mod properties;
mod replay;
mod seeds;
mod serve;
mod simulate;
mod smoke;
#[cfg(unix)]
mod soak;
#[cfg(unix)]
mod stress;
mod subject;
mod suite;
mod transcript;
mod worker;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::scenario::{self, Families, Scenario};
use crate::target::{Registry, Setup, SetupError, Target};

/// Coverage-guided fuzzing and deterministic simulation for Redis-compatible databases.
#[derive(Parser)]
#[command(
    name = "respfuzz",
    version,
    about,
    after_help = "Exit codes: 0 all checks ran and held, 1 a divergence, 2 wrong usage, 3 the run tested nothing or could not run.

Examples:
  respfuzz smoke                                          # everything, briefly, on the embedded engine
  respfuzz smoke --subject tcp://127.0.0.1:6379           # on a server that listens; its data is deleted
  respfuzz fuzz --target command_handler --duration 10m   # hunt with coverage guidance
  respfuzz simulate --seeds 10000                         # seeded random scenarios
  respfuzz stress --connections 1000 --duration 60s       # throughput and latency, with each reply checked"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a little of everything that the spec asks for: less than a minute
    Smoke(smoke::SmokeArgs),
    /// Run everything that the spec asks for (laws, scenarios, faults), the regressions, and a load
    Full(smoke::FullArgs),
    /// Hold laws that clients count on, said without the model, against an engine
    Properties(properties::PropertiesArgs),
    /// Run the scenarios of the spec against the model
    Scenarios(smoke::ScenariosArgs),
    /// Keep what was found once, and run it again
    Seeds(seeds::SeedsArgs),
    /// Hunt with coverage guidance: build the fuzz target, run it, shrink and print what it finds
    Fuzz(fuzz::FuzzArgs),
    /// Run seeded random scenarios, and print one hash over all of them
    Simulate(simulate::SimulateArgs),
    /// Run seeded scenarios in which chosen faults come all the time
    Chaos(chaos::ChaosArgs),
    /// Try every crash of one scenario, each point and each image, also inside recovery
    Crashes(crashes::CrashesArgs),
    /// Kill a real server (SIGKILL) while clients write, and look at what it has when it is started again
    #[cfg(unix)]
    Kills(kills::KillsArgs),
    /// Put many connections on a server at once: how fast it answers, and whether it answers right
    #[cfg(unix)]
    Stress(stress::StressArgs),
    /// Put that load on a server for long, and watch its memory and its throughput
    #[cfg(unix)]
    Soak(soak::SoakArgs),
    /// List the faults, and count what each does to the targets that it can come to
    Faults(faults::FaultsArgs),
    /// Hold the model against a real server
    Oracle(oracle::OracleArgs),
    /// Answer clients as the shadow model does, or the embedded engine
    Serve(serve::ServeArgs),
    /// Replay recorded sessions and show each reply that differs
    Transcript(transcript::TranscriptArgs),
    /// List each command of a server, and where the toolkit has it
    Ledger(ledger::LedgerArgs),
    /// Run one input and show each command, its reply and what breaks
    Replay(replay::ReplayArgs),
    /// Shrink an input that shows a divergence
    Minimize(minimize::MinimizeArgs),
    /// Turn a text scenario into the bytes that a fuzz target takes
    Asm(convert::ConvertArgs),
    /// Turn an input's bytes into a text scenario
    Disasm(convert::ConvertArgs),
    /// List the targets and what they guarantee
    Targets,
    /// List the planted bugs of the embedded engine
    #[cfg(feature = "planted")]
    Plants,
    /// Print the completions of a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(completions::ManArgs),
    /// Run inputs from standard input, for the shrinker
    #[command(hide = true)]
    Worker(worker::WorkerArgs),
}

/// Which target, with which subject.
#[derive(Args, Clone, Debug)]
struct TargetArgs {
    /// The target: one of `respfuzz targets`, or property/NAME
    #[arg(long, short, visible_alias = "test", default_value = "command_handler")]
    target: String,
    #[command(flatten)]
    on: subject::SubjectArgs,
    /// Ask several subjects the same, step by step, and compare them with one another, too: a list of embedded,
    /// tcp://HOST:PORT, unix:PATH and process:CMD, separated by commas
    #[arg(long, value_name = "LIST", conflicts_with_all = ["plant", "subject"], group = "elsewhere")]
    subjects: Option<lockstep::Subjects>,
}

/// Why a command ends without a verdict.
#[derive(Debug, thiserror::Error)]
enum CliError {
    /// Exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Exit code 3.
    #[error("{0}")]
    CannotRun(String),
}

impl From<SetupError> for CliError {
    fn from(error: SetupError) -> Self {
        CliError::Usage(error.to_string())
    }
}

/// What a command that ran has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Exit code 0.
    Held,
    /// Exit code 1.
    Diverged,
}

/// Runs the command line over these targets.
pub fn main(registry: Registry) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Clap's own exit code for wrong usage is 2; help and version are not errors.
            let code = if error.use_stderr() { 2 } else { 0 };
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(3) };
        }
    };
    match run(cli.command, registry) {
        Ok(Verdict::Held) => ExitCode::SUCCESS,
        Ok(Verdict::Diverged) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if matches!(error, CliError::Usage(_)) { 2 } else { 3 })
        }
    }
}

fn run(command: Command, registry: Registry) -> Result<Verdict, CliError> {
    match command {
        Command::Smoke(args) => smoke::smoke(&args, registry),
        Command::Full(args) => smoke::full(&args, registry),
        Command::Properties(args) => properties::run(&args, registry),
        Command::Scenarios(args) => smoke::scenarios(&args, registry),
        Command::Seeds(args) => seeds::run(&args, registry),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => completions::man(&args),
        Command::Fuzz(args) => fuzz::run(&args, registry),
        Command::Simulate(args) => simulate::run(&args, registry),
        Command::Chaos(args) => chaos::run(&args, registry),
        Command::Crashes(args) => crashes::run(&args, registry),
        #[cfg(unix)]
        Command::Kills(args) => kills::run(&args),
        #[cfg(unix)]
        Command::Stress(args) => stress::run(&args),
        #[cfg(unix)]
        Command::Soak(args) => soak::run(&args),
        Command::Faults(args) => faults::run(&args, registry),
        Command::Oracle(args) => oracle::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Transcript(args) => transcript::run(&args),
        Command::Ledger(args) => ledger::run(&args),
        Command::Replay(args) => replay::run(&args, registry),
        Command::Minimize(args) => minimize::run(&args, registry),
        Command::Asm(args) => convert::asm(&args),
        Command::Disasm(args) => convert::disasm(&args),
        Command::Targets => {
            for target in registry(&Setup::default())? {
                println!("{:24} {}", target.name(), target.guarantee());
            }
            Ok(Verdict::Held)
        }
        #[cfg(feature = "planted")]
        Command::Plants => {
            use crate::subject::embedded;
            for (name, summary) in embedded::plants().chain(embedded::wire_plants()).chain(embedded::serve_plants()) {
                println!("{name:36} {summary}");
            }
            Ok(Verdict::Held)
        }
        Command::Worker(args) => worker::run(&args, registry),
    }
}

impl TargetArgs {
    fn find(&self, registry: Registry) -> Result<Box<dyn Target>, CliError> {
        if self.target.starts_with(crate::property::PREFIX) {
            self.demand_one_subject("a property")?;
            return self.on.property(&self.target);
        }
        if let Some(subjects) = &self.subjects {
            return subjects.target(&self.target, self.on.flush);
        }
        if let Some(place) = &self.on.subject {
            return self.on.live(place, &self.target);
        }
        let targets = registry(&Setup { plant: self.on.plant.clone() })?;
        let names: Vec<String> = targets.iter().map(|t| t.name().to_owned()).collect();
        let found = targets.into_iter().find(|t| t.name() == self.target);
        found.ok_or_else(|| {
            CliError::Usage(format!("no target is called `{}`; there are: {}", self.target, names.join(", ")))
        })
    }

    /// As an argument of a fuzz target's binary.
    fn plant_arg(&self) -> Option<String> {
        self.on.plant.as_ref().map(|plant| format!("--plant={plant}"))
    }

    /// One target on one subject.
    fn of(target: &str, on: &subject::SubjectArgs) -> Self {
        TargetArgs { target: target.to_owned(), on: on.clone(), subjects: None }
    }

    fn demand_one_subject(&self, what: &str) -> Result<(), CliError> {
        match &self.subjects {
            Some(_) => {
                Err(CliError::Usage(format!("{what} has one subject: --subjects is for simulate, replay and minimize")))
            }
            None => Ok(()),
        }
    }

    /// What is tested, where divergences are told apart by that.
    fn subject_name(&self) -> String {
        self.subjects.as_ref().map_or_else(|| self.on.name(), |subjects| subjects.to_string())
    }

    /// As arguments of another `respfuzz` command.
    fn as_args(&self) -> Vec<String> {
        let mut args = [vec!["--target".to_owned(), self.target.clone()], self.on.as_args()].concat();
        if let Some(subjects) = &self.subjects {
            args.extend(["--subjects".to_owned(), subjects.to_string()]);
            let flush = subjects.leave_data() && !self.on.flush;
            args.extend(flush.then(|| "--flush".to_owned()));
        }
        args
    }

    /// [`TargetArgs::as_args`], as typed.
    fn shown(&self) -> String {
        subject::shell_line(&self.as_args())
    }
}

/// An input from a file: a text scenario by its header, else bytes.
fn read_input(path: &Path) -> Result<Vec<u8>, CliError> {
    let data = std::fs::read(path).map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))?;
    if is_text_scenario(path, &data) {
        return Ok(scenario::encode(&parse_scenario(path, &data)?));
    }
    Ok(data)
}

fn is_text_scenario(path: &Path, data: &[u8]) -> bool {
    path.extension().is_some_and(|e| e == "scenario") || data.starts_with(b"respfuzz scenario")
}

fn parse_scenario(path: &Path, data: &[u8]) -> Result<Scenario, CliError> {
    let fail = |reason: String| CliError::Usage(format!("{}: {reason}", path.display()));
    let text = std::str::from_utf8(data).map_err(|error| fail(format!("not UTF-8: {error}")))?;
    scenario::text::parse(text).map_err(|error| fail(error.to_string()))
}

fn write_file(path: &Path, data: &[u8]) -> Result<(), CliError> {
    crate::driver::write_synced(path, data)
        .map_err(|error| CliError::CannotRun(format!("cannot write {}: {error}", path.display())))
}

fn parse_families(text: &str) -> Result<Families, String> {
    let names: Vec<&str> = crate::command::Family::ALL.iter().map(|f| f.name()).collect();
    scenario::text::parse_families(text)
        .ok_or_else(|| format!("family names, separated by commas: {}", names.join(", ")))
}

/// The option that [`parse_families`] reads, with a blank before it; nothing for all families.
fn families_option(families: Option<Families>) -> String {
    let Some(families) = families else { return String::new() };
    let contained = crate::command::Family::ALL.iter().filter(|family| families.contains(**family));
    format!(" --families {}", contained.map(|family| family.name()).collect::<Vec<_>>().join(","))
}

/// `N` (seeds 0 to N-1) or `A..B`.
fn parse_seeds(text: &str) -> Result<std::ops::Range<u64>, String> {
    let range = match text.split_once("..") {
        Some((a, b)) => a.parse().ok().zip(b.parse().ok()),
        None => text.parse().ok().map(|n| (0, n)),
    };
    match range {
        Some((a, b)) if a < b => Ok(a..b),
        _ => Err("a number of seeds, or a range A..B that is not empty".into()),
    }
}

/// This executable, for worker processes.
fn own_executable() -> Result<PathBuf, CliError> {
    std::env::current_exe().map_err(|error| CliError::CannotRun(format!("cannot find this executable: {error}")))
}
