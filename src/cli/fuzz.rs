//! `respfuzz fuzz`: the main job. Builds a fuzz target with coverage instrumentation on stable Rust, hunts with
//! libFuzzer, and shrinks and prints what is found while the hunt goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::console::{Console, ReportArgs, millis_since, now};
use super::known::KnownArgs;
use super::package::{Package, PackageArgs};
use super::processes::{News, Processes};
use super::subject::shell_line;
use super::worker::binary_worker;
use super::{CliError, TargetArgs, Verdict, find};
use crate::command::Sent;
use crate::driver::{Message, slug};
use crate::known::{Known, Place};
use crate::oracle::{Fingerprint, Oracle};
use crate::report::{self, Failure, Outcome, Sample, Timeline};
use crate::shrink::{Judge, shrink};
use crate::target::{Input, Registry};
use crate::worker::Worker;

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz fuzz --target command_handler --duration 10m
  respfuzz fuzz --target wal_replay --duration 1h --jobs 4 --stop-at-first
  respfuzz fuzz --plant rename-keeps-target-ttl --stop-at-first
  respfuzz fuzz --duration 10m --format html --output report.html")]
pub(super) struct FuzzArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// How long to hunt, from the first execution on: 60, 60s, 10m, 1h
    #[arg(long, value_parser = crate::duration::parse)]
    duration: Option<Duration>,
    /// How many executions
    #[arg(long)]
    runs: Option<u64>,
    /// How many processes hunt at once, with one corpus; each has a seed of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    jobs: u32,
    /// End at the first divergence
    #[arg(long)]
    stop_at_first: bool,
    #[command(flatten)]
    package: PackageArgs,
    /// Where the corpus is; corpus/TARGET in the fuzz package otherwise
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// libFuzzer's seed: 0 draws one
    #[arg(long, default_value_t = 0)]
    seed: u32,
    /// The longest input, in bytes
    #[arg(long, default_value_t = 4096)]
    max_len: u32,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    report: ReportArgs,
}

pub(super) fn run(args: &FuzzArgs, registry: Registry) -> Result<Verdict, CliError> {
    if args.target.on.subject.is_some() {
        let hint = "write a target for it (docs/own-engine.md), or use `simulate --subject`";
        return Err(CliError::Usage(format!("a fuzz target's subject is built in: {hint}")));
    }
    args.target.demand_one_subject("a fuzz target")?;
    let known = args.known.load()?;
    let package = Package::find(&args.package, &args.target.target)?;
    let binary = package.build(&args.package, &args.target)?;
    let mut hunt = Hunt::new(args, registry, package, binary, known)?;
    hunt.go()?;
    hunt.conclude()
}

/// One process.
#[derive(Default)]
struct Job {
    counts: Counts,
    /// The end of libFuzzer's output, for when it ends badly.
    tail: Vec<String>,
}

/// How a process ended that ended badly.
struct Crash {
    status: ExitStatus,
    tail: Vec<String>,
}

#[derive(Default)]
struct Counts {
    executions: u64,
    steps: u64,
    checks: u64,
    /// How many inputs broke something, by what it is.
    divergences: BTreeMap<Fingerprint, u64>,
    edges: u64,
    corpus: u64,
    speed: u64,
    counters: u64,
    sent: Sent,
}

impl Counts {
    /// Adds what another process has done; they share a corpus.
    fn add(&mut self, other: &Counts) {
        self.executions += other.executions;
        self.steps += other.steps;
        self.checks += other.checks;
        self.speed += other.speed;
        for (fingerprint, count) in &other.divergences {
            *self.divergences.entry(fingerprint.clone()).or_default() += count;
        }
        self.edges = self.edges.max(other.edges);
        self.corpus = self.corpus.max(other.corpus);
        self.counters = self.counters.max(other.counters);
        self.sent.add(&other.sent);
    }

    fn diverging(&self) -> u64 {
        self.divergences.values().sum()
    }
}

struct Hunt<'a> {
    args: &'a FuzzArgs,
    registry: Registry,
    console: Console,
    /// How it went.
    course: report::Hunt,
    failures: Vec<Failure>,
    binary: PathBuf,
    corpus: PathBuf,
    /// What was in the corpus when the hunt began.
    corpus_before: BTreeSet<OsString>,
    artifacts: PathBuf,
    dictionary: Option<PathBuf>,
    /// What the target's bytes are, as it says itself.
    input: Input,
    /// What the corpus covers before anything is mutated.
    corpus_edges: Option<u64>,
    /// Fingerprints of this run are kept in a folder of this run.
    finds: PathBuf,
    jobs: Vec<Job>,
    /// Executions and the like of processes that have ended.
    before: Counts,
    found: Vec<(Fingerprint, PathBuf)>,
    /// All that showed, known or new.
    shown: BTreeSet<Fingerprint>,
    begun: Instant,
    bar: ProgressBar,
    told_executions: u64,
}

impl<'a> Hunt<'a> {
    fn new(
        args: &'a FuzzArgs,
        registry: Registry,
        package: Package,
        binary: PathBuf,
        known: Known,
    ) -> Result<Self, CliError> {
        let target = &args.target.target;
        let corpus = args.corpus.clone().unwrap_or_else(|| package.dir.join("corpus").join(target));
        let artifacts = package.dir.join("artifacts").join(target);
        let finds = artifacts.join(format!("run-{}", std::process::id()));
        for dir in [&corpus, &finds] {
            std::fs::create_dir_all(dir).map_err(|error| CliError::Usage(format!("{}: {error}", dir.display())))?;
        }
        let dictionary = package.dir.parent().map(|root| root.join("dictionaries").join(format!("{target}.dict")));
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        let corpus_before = file_names(&corpus)?;
        Ok(Hunt {
            args,
            registry,
            console: Console::new(&args.report, known),
            course: report::Hunt::default(),
            failures: Vec::new(),
            binary,
            corpus_before,
            corpus,
            artifacts,
            dictionary: dictionary.filter(|path| path.is_file()),
            input: Input::Bytes,
            corpus_edges: None,
            finds,
            jobs: Vec::new(),
            before: Counts::default(),
            found: Vec::new(),
            shown: BTreeSet::new(),
            begun: now(),
            bar,
            told_executions: 0,
        })
    }

    /// Runs the fuzzer until its time or its executions are up; one that crashes is started again.
    fn go(&mut self) -> Result<(), CliError> {
        self.begun = now();
        loop {
            let left = self.args.duration.map(|d| d.saturating_sub(self.begun.elapsed()));
            let runs = self.args.runs.map(|runs| runs.saturating_sub(self.before.executions));
            if left.is_some_and(|left| left < Duration::from_secs(1)) || runs == Some(0) {
                return Ok(());
            }
            let found_before = self.found.len();
            let crash = self.run_once(left, runs)?;
            for Job { counts, .. } in std::mem::take(&mut self.jobs) {
                self.before.add(&counts);
            }
            let Some(crash) = crash else { return Ok(()) };
            self.take_crash(crash, found_before)?;
            if self.args.stop_at_first {
                return Ok(());
            }
        }
    }

    /// The processes, until all have ended. One that ends badly, or a find that is enough, ends the others.
    fn run_once(&mut self, left: Option<Duration>, runs: Option<u64>) -> Result<Option<Crash>, CliError> {
        self.jobs = (0..self.args.jobs).map(|_| Job::default()).collect();
        let commands = (0..self.args.jobs).map(|job| self.command(job, left, runs));
        let failed = |error: std::io::Error| CliError::CannotRun(format!("{}: {error}", self.binary.display()));
        let mut processes = Processes::start(commands).map_err(failed)?;
        loop {
            match processes.next().map_err(|error| CliError::CannotRun(format!("the fuzzer: {error}")))? {
                News::Out(job, line) => self.take_message(job, &line)?,
                News::Err(job, line) => self.take_libfuzzer_line(job, line),
                News::Ended(job, status) if !status.success() => {
                    return Ok(Some(Crash { status, tail: std::mem::take(&mut self.jobs[job].tail) }));
                }
                News::Ended(..) => {}
                News::Silence => self.bar.tick(),
                News::Over => return Ok(None),
            }
            if self.args.stop_at_first && !self.found.is_empty() {
                return Ok(None);
            }
        }
    }

    fn command(&self, job: u32, left: Option<Duration>, runs: Option<u64>) -> Command {
        let Self { args, binary, corpus, artifacts, .. } = self;
        let mut command = Command::new(binary);
        command.arg(corpus).arg(format!("-artifact_prefix={}/", artifacts.display()));
        // 0 draws one.
        let seed = if args.seed == 0 { 0 } else { args.seed.wrapping_add(job).max(1) };
        // What the others find in the corpus is read again, if there are others.
        let reload = u32::from(args.jobs > 1);
        command.args([format!("-max_len={}", args.max_len), format!("-seed={seed}"), format!("-reload={reload}")]);
        command.args(["-len_control=0", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]);
        if let Some(left) = left {
            command.arg(format!("-max_total_time={}", left.as_secs().max(1)));
        }
        if let Some(runs) = runs {
            command.arg(format!("-runs={}", runs.div_ceil(args.jobs.into())));
        }
        if let Some(dictionary) = &self.dictionary {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        command.arg("-ignore_remaining_args=1").arg(format!("--hunt={}", self.finds.display()));
        command.args(args.target.plant_arg());
        command
    }

    /// What all processes have done so far.
    fn now(&self) -> Counts {
        let mut now = Counts::default();
        self.jobs.iter().for_each(|job| now.add(&job.counts));
        now
    }

    fn take_message(&mut self, job: usize, line: &str) -> Result<(), CliError> {
        let Ok(message) = serde_json::from_str(line) else {
            // A target of the user's own may print what it likes.
            return self.bar.suspend(|| self.console.tell(&format!("{line}\n")));
        };
        match message {
            Message::Progress { executions, steps, checks, divergences, sent } => {
                let counts = &mut self.jobs[job].counts;
                let Counts { edges, corpus, speed, counters, .. } = *counts;
                *counts = Counts { executions, steps, checks, divergences, edges, corpus, speed, counters, sent };
                self.progress();
                Ok(())
            }
            Message::Target { input } => {
                self.input = input;
                Ok(())
            }
            Message::Find { path, fingerprint } => self.take_find(path, fingerprint),
        }
    }

    /// `#4096 pulse  cov: 1234 ft: 5678 corp: 90/12Kb exec/s: 1365 rss: 50Mb`
    fn take_libfuzzer_line(&mut self, job: usize, line: String) {
        let Job { counts, tail } = &mut self.jobs[job];
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |name: &str| words.iter().position(|w| *w == name).and_then(|i| words.get(i + 1)).copied();
        let number = |text: Option<&str>| text.and_then(|t| t.split('/').next()?.parse::<u64>().ok());
        if line.starts_with('#') {
            counts.edges = number(after("cov:")).unwrap_or(counts.edges);
            if words.get(1) == Some(&"INITED") {
                self.corpus_edges.get_or_insert(counts.edges);
            }
            counts.corpus = number(after("corp:")).unwrap_or(counts.corpus);
            counts.speed = number(after("exec/s:")).unwrap_or(counts.speed);
            let executed = words.first().and_then(|w| w.trim_start_matches('#').parse().ok());
            counts.executions = counts.executions.max(executed.unwrap_or(0));
            self.progress();
        } else if line.contains("inline 8-bit counters") {
            let counters = line.split('(').nth(1).and_then(|rest| rest.split_whitespace().next());
            counts.counters = number(counters).unwrap_or(0);
        } else {
            tail.push(line);
            let surplus = tail.len().saturating_sub(12);
            tail.drain(..surplus);
        }
    }

    /// How far it has come.
    fn sample(&self) -> Sample {
        let now = self.now();
        Sample {
            millis: millis_since(self.begun),
            executions: self.before.executions + now.executions,
            edges: self.before.edges.max(now.edges),
            corpus: if now.corpus > 0 { now.corpus } else { self.before.corpus },
            divergences: self.found.len() as u64,
        }
    }

    fn progress(&mut self) {
        let sample = self.sample();
        let is_inited = self.corpus_edges.is_some();
        if is_inited && self.course.is_due(sample.millis) {
            self.course.take(sample);
        }
        let (executions, now) = (sample.executions, self.now());
        let line = format!(
            "{executions} executions, {}/s, {} edges, {} in corpus, {} steps, {} divergences ({} distinct)",
            now.speed,
            now.edges,
            now.corpus,
            self.before.steps + now.steps,
            self.before.diverging() + now.diverging(),
            self.found.len()
        );
        if self.bar.is_hidden() {
            // Plain lines for logs: each time the executions have doubled.
            if executions >= self.told_executions * 2 && executions >= 1024 {
                self.told_executions = executions;
                eprintln!("{line}");
            }
        } else {
            self.bar.set_message(line);
        }
    }

    fn worker(&self) -> Worker {
        binary_worker(self.binary.clone(), &self.args.target)
    }

    fn is_known(&mut self, fingerprint: &Fingerprint, times: u64) -> bool {
        let place = Place { target: &self.args.target.target, subject: "embedded" };
        self.console.known.takes(fingerprint, &place, times)
    }

    /// The raw find is on disk already; now the shrunk one is written and printed.
    fn take_find(&mut self, path: PathBuf, fingerprint: Fingerprint) -> Result<(), CliError> {
        // Two processes may come upon it at once.
        if !self.shown.insert(fingerprint.clone()) || self.is_known(&fingerprint, 1) {
            return Ok(());
        }
        let stable = self.artifacts.join(format!("{}.bin", slug(&fingerprint)));
        let failed = |error: std::io::Error| CliError::CannotRun(format!("{}: {error}", path.display()));
        std::fs::copy(&path, &stable).map_err(failed)?;
        let data = std::fs::read(&path).map_err(failed)?;
        self.found.push((fingerprint.clone(), stable.clone()));
        let mut worker = self.worker();
        let input = self.input;
        let bar = self.bar.clone();
        let args = shell_line(&[self.args.target.as_args(), self.args.package.as_args()].concat());
        let replay = |path: &Path| format!("respfuzz replay {} {args}", find::shown(path));
        let shrunk = shrink(&data, input, &mut worker);
        let failure = match &shrunk {
            Some(shrunk) => {
                let written = find::write(&stable.with_extension(""), shrunk)?;
                Failure::of(shrunk, None, replay(&written))
            }
            // The subject is not deterministic, or it depends on what ran before in the same process.
            None => Failure::unshrunk(&find::unstable(fingerprint), None, replay(&stable)),
        };
        let (name, millis) = (format!("fuzz {}", self.args.target.target), millis_since(self.begun));
        let told = bar.suspend(|| self.console.fail(&failure, &name, millis));
        self.failures.push(failure);
        // A target of the fuzz package alone is not known here.
        if let (Some(shrunk), Ok(target)) = (shrunk, self.args.target.find(self.registry)) {
            self.console.timeline(|| Timeline::of(target.as_ref(), &data, &shrunk.violation, None));
        }
        told
    }

    /// The process died: abort, overflow, out of memory, time-out. libFuzzer has written the input.
    fn take_crash(&mut self, Crash { status, tail }: Crash, found_before: usize) -> Result<(), CliError> {
        let written = tail.iter().rev().find_map(|line| line.split("Test unit written to ").nth(1)).map(PathBuf::from);
        let Some(path) = written else {
            let tail = tail.join("\n");
            return Err(CliError::CannotRun(format!("the fuzzer ended ({status}) without an input:\n{tail}")));
        };
        let data = std::fs::read(&path).map_err(|error| CliError::CannotRun(format!("{}: {error}", path.display())))?;
        let violation = self.worker().judge(&data);
        let fingerprint =
            violation.map_or_else(|| Fingerprint::new(Oracle::Abort, "?", "alive", "unstable"), |v| v.fingerprint);
        let known = self.shown.contains(&fingerprint);
        // Started again, it would die at the same place.
        if known && self.corpus_edges.is_none() && self.found.len() == found_before {
            return Err(CliError::CannotRun(format!(
                "the corpus holds an input that ends the process: {}",
                path.display()
            )));
        }
        if known { Ok(()) } else { self.take_find(path, fingerprint) }
    }

    /// Inputs that brought new coverage are run again, several times in another process: nondeterminism that shows in
    /// one run of many is found on them.
    fn rerun_new_inputs(&mut self) -> Result<u64, CliError> {
        let mut worker = self.worker();
        let names = file_names(&self.corpus)?;
        let new: Vec<_> = names.difference(&self.corpus_before).map(|name| self.corpus.join(name)).collect();
        for path in &new {
            let failed = |error: std::io::Error| CliError::CannotRun(format!("{}: {error}", path.display()));
            let report = worker.run(&std::fs::read(path).map_err(failed)?).map_err(failed)?;
            if let Some(violation) = report.violation
                && !self.shown.contains(&violation.fingerprint)
            {
                self.take_find(path.clone(), violation.fingerprint)?;
            }
        }
        Ok(new.len() as u64)
    }

    fn conclude(mut self) -> Result<Verdict, CliError> {
        let rerun = if self.args.stop_at_first { 0 } else { self.rerun_new_inputs()? };
        self.bar.finish_and_clear();
        // Each was counted when it was found.
        let again: Vec<_> = self.before.divergences.clone().into_iter().filter(|(_, count)| *count > 1).collect();
        for (fingerprint, count) in &again {
            self.is_known(fingerprint, count - 1);
        }
        let (last, divergences) = (self.sample(), self.before.diverging());
        let Counts { executions, steps, checks, edges, corpus, counters, sent, .. } = self.before;
        let mut summary = format!(
            "\n{executions} executions, {steps} steps, {checks} checks, {edges} edges of {counters} ({} from the corpus as it \
             was), {corpus} in corpus, {rerun} new inputs run again, {divergences} divergences ({} distinct)\n",
            self.corpus_edges.unwrap_or(0),
            self.found.len()
        );
        for (fingerprint, path) in &self.found {
            summary += &format!("  {fingerprint}\n    {}\n", find::shown(path));
        }
        self.console.tell(&summary)?;
        std::fs::remove_dir_all(&self.finds)
            .map_err(|error| CliError::CannotRun(format!("{}: {error}", self.finds.display())))?;
        let says_nothing = match (counters, executions == 0 || steps == 0 || checks == 0) {
            (0, _) => Some("the target has no coverage counters: it was not instrumented, and says nothing"),
            (_, true) => Some("nothing was executed or checked: this run says nothing"),
            (_, false) => None,
        };
        let mut outcome = Outcome::new("target", &self.args.target.target);
        (outcome.runs, outcome.steps, outcome.checks) = (executions, steps, checks);
        outcome.millis = millis_since(self.begun);
        outcome.fail(self.failures);
        outcome.judge(says_nothing);
        self.course.take(last);
        (self.course.counters, self.course.edges_before) = (counters, self.corpus_edges.unwrap_or(0));
        self.console.hunt(self.course, &sent);
        self.console.record(outcome);
        self.console.deliver()
    }
}

fn file_names(dir: &Path) -> Result<BTreeSet<OsString>, CliError> {
    let entries = std::fs::read_dir(dir).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let entries = entries.map_err(|error| CliError::Usage(format!("{}: {error}", dir.display())))?;
    Ok(entries.into_iter().map(|entry| entry.file_name()).collect())
}
