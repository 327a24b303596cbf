//! `respfuzz seeds`: the bank of regressions.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::console::{Console, ReportArgs, millis_since, now};
use super::known::{KnownArgs, parse_date, today};
use super::subject::{SubjectArgs, shell_line};
use super::worker::own_worker;
use super::{CliError, TargetArgs, Verdict, find, is_text_scenario};
use crate::bank::{self, BankError, Entry, Expected, OPS, Origin};
use crate::oracle::Fingerprint;
use crate::report::{Outcome, Status, Timeline};
use crate::scenario::decode;
use crate::target::{Input, Registry, RunReport};
use crate::worker::Worker;

#[derive(Args)]
pub(super) struct SeedsArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Keep a scenario or a seed, with the outcome that it has now
    Add(AddArgs),
    /// List what is kept
    List(ListArgs),
    /// Run all that is kept: FAIL where something broke, FLIP where a known bug is gone
    Test(TestArgs),
}

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz seeds add find.scenario --description 'LPOP of nothing told the watchers'
  respfuzz seeds add --seed 42376 --target wal_replay --description 'a torn write after a rename'
  respfuzz seeds add find.bin --name torn --expect 'divergence durability/crash/prefix/other'")]
struct AddArgs {
    /// A text scenario, a find or a corpus input
    #[arg(required_unless_present = "seed")]
    file: Option<PathBuf>,
    /// Keep what the target draws from this seed instead
    #[arg(long, conflicts_with = "file")]
    seed: Option<u64>,
    /// Records of that seed's scenario
    #[arg(long, default_value_t = OPS, value_parser = clap::value_parser!(u16).range(1..=2700))]
    ops: u16,
    #[command(flatten)]
    target: TargetArgs,
    /// What it is called; as the file, or seed-N, otherwise
    #[arg(long, value_parser = parse_name)]
    name: Option<String>,
    /// What it shows, in one line
    #[arg(long, value_parser = parse_line)]
    description: String,
    /// The day, as YYYY-MM-DD; today otherwise
    #[arg(long, value_parser = parse_date)]
    date: Option<String>,
    /// `pass` or `divergence FINGERPRINT`; what it does now otherwise
    #[arg(long, value_name = "OUTCOME", value_parser = parse_expected)]
    expect: Option<Expected>,
    /// The bank
    #[arg(long, value_name = "DIR", default_value = "regressions")]
    bank: PathBuf,
}

#[derive(Args)]
struct ListArgs {
    /// The bank
    #[arg(long, value_name = "DIR", default_value = "regressions")]
    bank: PathBuf,
}

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz seeds test
  respfuzz seeds test --filter expire --format junit --output seeds.xml")]
struct TestArgs {
    /// Only those whose name contains this
    #[arg(long, value_name = "TEXT", default_value = "")]
    filter: String,
    /// The bank
    #[arg(long, value_name = "DIR", default_value = "regressions")]
    bank: PathBuf,
    #[command(flatten)]
    on: SubjectArgs,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    report: ReportArgs,
}

fn parse_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fits = !text.is_empty() && text.len() <= 100 && text.chars().all(plain);
    if fits { Ok(text.to_owned()) } else { Err("a name of letters, digits, `-` and `_`".into()) }
}

fn parse_line(text: &str) -> Result<String, String> {
    let line = text.trim();
    if line.is_empty() || line.contains(['\n', '\r']) { Err("one line of text".into()) } else { Ok(line.to_owned()) }
}

fn parse_expected(text: &str) -> Result<Expected, String> {
    let fingerprint = text.strip_prefix("divergence ").and_then(Fingerprint::parse);
    match (text, fingerprint) {
        ("pass", _) => Ok(Expected::Pass),
        (_, Some(fingerprint)) => Ok(Expected::Divergence(fingerprint)),
        _ => Err("`pass` or `divergence FINGERPRINT`".into()),
    }
}

impl From<BankError> for CliError {
    fn from(error: BankError) -> Self {
        CliError::Usage(error.to_string())
    }
}

pub(super) fn run(args: &SeedsArgs, registry: Registry) -> Result<Verdict, CliError> {
    match &args.what {
        What::Add(args) => add(args, registry),
        What::List(args) => list(args),
        What::Test(args) => test(args, registry),
    }
}

fn add(args: &AddArgs, registry: Registry) -> Result<Verdict, CliError> {
    let target = args.target.find(registry)?;
    let (origin, name) = match (&args.file, args.seed) {
        (Some(file), _) if target.input() == Input::Scenario => {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            (written(file)?, stem.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
        }
        (Some(_), _) => return Err(CliError::Usage(format!("{} takes no scenarios: keep a --seed", target.name()))),
        (None, seed) => {
            let seed = seed.unwrap_or_default();
            (Origin::Seed { seed, ops: args.ops }, format!("seed-{seed}-{}", args.target.target.replace('/', "-")))
        }
    };
    let name = args.name.clone().unwrap_or(name);
    let mut entry = Entry {
        name: parse_name(&name).map_err(|reason| CliError::Usage(format!("`{name}`: {reason}; give --name")))?,
        description: args.description.clone(),
        target: args.target.target.clone(),
        date: Some(args.date.clone().unwrap_or_else(today)),
        expected: Expected::Pass,
        origin,
    };
    let report = worked(&mut own_worker(&args.target)?, &entry.data(target.as_ref()))?;
    if report.violation.is_none() && (report.steps == 0 || report.checks == 0) {
        return Err(CliError::CannotRun("no step was executed or no check evaluated: it says nothing".into()));
    }
    let now = report.violation.map_or(Expected::Pass, |violation| Expected::Divergence(violation.fingerprint));
    entry.expected = args.expect.clone().unwrap_or_else(|| now.clone());
    // A bank that is damaged takes nothing: it would not be read anyway.
    bank::read(&args.bank)?;
    let path = entry.add(&args.bank)?;
    println!("{}: expect = {}", path.display(), entry.expected);
    if now != entry.expected {
        println!("  what it does now: {now}");
    }
    Ok(Verdict::Held)
}

/// What is in a file: a text as it stands, with its comments, or what its bytes decode to.
fn written(file: &Path) -> Result<Origin, CliError> {
    let usage = |error: &dyn std::fmt::Display| CliError::Usage(format!("{}: {error}", file.display()));
    let data = std::fs::read(file).map_err(|error| usage(&error))?;
    let origin = match std::str::from_utf8(&data) {
        Ok(text) if is_text_scenario(file, &data) => Origin::written(text),
        Err(error) if is_text_scenario(file, &data) => return Err(usage(&format!("not UTF-8: {error}"))),
        _ => Origin::of(&decode(&data)),
    };
    origin.map_err(|error| usage(&error))
}

fn worked(worker: &mut Worker, data: &[u8]) -> Result<RunReport, CliError> {
    worker.run(data).map_err(|error| CliError::CannotRun(format!("the worker process failed: {error}")))
}

fn list(args: &ListArgs) -> Result<Verdict, CliError> {
    let entries = bank::read(&args.bank)?;
    for Entry { name, description, target, date, expected, .. } in &entries {
        let date = date.as_deref().unwrap_or("-");
        println!("{name}\n    {description}\n    {target}, {date}, expect = {expected}");
    }
    println!("{} in {}", entries.len(), args.bank.display());
    Ok(Verdict::Held)
}

fn test(args: &TestArgs, registry: Registry) -> Result<Verdict, CliError> {
    let mut console = Console::new(&args.report, args.known.load()?);
    test_all(&args.bank, &args.filter, registry, &args.on, &mut console)?;
    console.conclude()
}

/// Runs what is kept in a folder, each on its target.
pub(super) fn test_all(
    dir: &Path,
    filter: &str,
    registry: Registry,
    on: &SubjectArgs,
    console: &mut Console,
) -> Result<(), CliError> {
    let mut worker: Option<(String, Worker)> = None;
    for entry in bank::read(dir)?.iter().filter(|entry| entry.name.contains(filter)) {
        let mut outcome = Outcome::new("regression", &entry.name);
        outcome.description = entry.description.clone();
        outcome.category = entry.target.clone();
        if on.subject.is_some() && entry.target != "command_handler" {
            let note = format!("`{}` needs a simulated world", entry.target);
            console.take(Outcome { status: Status::Skipped, note, ..outcome })?;
            continue;
        }
        let args = TargetArgs::of(&entry.target, on);
        if worker.as_ref().is_none_or(|(target, _)| *target != entry.target) {
            worker = Some((entry.target.clone(), own_worker(&args)?));
        }
        let Some((_, worker)) = &mut worker else { continue };
        let path = dir.join(format!("{}.{}", entry.name, entry.kind()));
        let outcome = tested(entry, &path, &args, registry, worker, outcome, console)?;
        console.take(outcome)?;
    }
    Ok(())
}

fn tested(
    entry: &Entry,
    path: &Path,
    args: &TargetArgs,
    registry: Registry,
    worker: &mut Worker,
    mut outcome: Outcome,
    console: &mut Console,
) -> Result<Outcome, CliError> {
    let begun = now();
    let target = args.find(registry)?;
    let data = entry.data(target.as_ref());
    let report = worked(worker, &data)?;
    (outcome.runs, outcome.steps, outcome.checks) = (1, report.steps, report.checks);
    outcome.hash = format!("{:016x}", report.hash);
    match entry.outcome(report) {
        bank::Outcome::AsExpected if entry.expected == Expected::Pass => {}
        bank::Outcome::AsExpected => outcome.note = format!("known: {}", entry.expected),
        bank::Outcome::Flip(known) => {
            outcome.status = Status::Failed;
            let gone = format!("{known} is gone: write `expect = pass` in {}", path.display());
            outcome.note = format!("FLIP: the known bug {gone}");
        }
        bank::Outcome::Nothing => {
            outcome.status = Status::Skipped;
            outcome.note = "no step was executed or no check evaluated".into();
        }
        bank::Outcome::Broken(violation) if console.known.has(&violation, args) => {
            outcome.note = format!("known: {}", violation.fingerprint);
        }
        bank::Outcome::Broken(violation) => {
            outcome.status = Status::Failed;
            let replay = replay(entry, path, args);
            let found = (&*violation, seed(entry), replay);
            outcome.failure = Some(find::shrunk(&data, target.input(), worker, found));
            console.timeline(|| Timeline::of(target.as_ref(), &data, &violation, seed(entry)));
        }
    }
    outcome.millis = millis_since(begun);
    Ok(outcome)
}

fn seed(entry: &Entry) -> Option<u64> {
    match entry.origin {
        Origin::Seed { seed, .. } => Some(seed),
        Origin::Scenario { .. } => None,
    }
}

/// The command that shows it again.
fn replay(entry: &Entry, path: &Path, args: &TargetArgs) -> String {
    let words: Vec<String> = match entry.origin {
        Origin::Scenario { .. } => vec!["respfuzz".into(), "replay".into(), path.display().to_string()],
        Origin::Seed { seed, ops } => {
            let words = ["respfuzz", "replay", "--seed", &seed.to_string(), "--ops", &ops.to_string()];
            words.map(str::to_owned).to_vec()
        }
    };
    shell_line(&[words, args.as_args()].concat())
}
