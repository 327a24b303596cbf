//! A server under load: what `stress`, `soak` and `full` have in common.

use std::time::Duration;

use clap::Args;

use super::console::{ReportArgs, millis_since, now};
use super::known::KnownArgs;
use super::oracle::{Parameters, connect_to_empty};
use super::subject::{Place, SubjectArgs, shell_line, start};
use super::worker::own_worker;
use super::{CliError, TargetArgs, find};
use crate::known::Known;
use crate::load::{self, Finding, LoadError, Options, Progress, Terms};
use crate::model::Profile;
use crate::oracle::{Fingerprint, Oracle, Violation};
use crate::report::{self, CommandLatency, Failure, HotKey, Outcome, Status};
use crate::resp::{Bytes, Value};
use crate::scenario::{self, Scenario, Step};
use crate::serve::now_ms;
use crate::shrink::shrink;
#[cfg(feature = "embedded")]
use crate::subject::embedded;
use crate::subject::{Address, ClientId, RestartableServer, SocketSubject, ask};
use crate::target::Input;

#[derive(Args, Clone, Debug)]
pub(super) struct LoadArgs {
    /// Connections, all of them used all the time
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=5000))]
    pub(super) connections: u16,
    /// Keys that all connections use, the first ones far more than the last; each connection has some of its own, too
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) keys: u32,
    /// Decides what each connection sends; how they interleave is never twice the same
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(super) seed: u64,
    #[command(flatten)]
    pub(super) on: SubjectArgs,
    #[command(flatten)]
    pub(super) known: KnownArgs,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

/// A server that is there to be loaded.
pub(super) struct Bench {
    address: Address,
    terms: Terms,
    memory: Memory,
    server: Kept,
}

/// Who keeps the server.
enum Kept {
    /// A thread of this process.
    #[cfg(feature = "embedded")]
    Engine(engine::Engine),
    /// Ended when the bench goes.
    Process(RestartableServer),
    /// Somebody else; it is emptied in the end.
    Somebody,
}

/// Where the server's memory is told.
enum Memory {
    Process(u32, &'static str),
    Info(Box<SocketSubject>),
}

/// Told how far a load is, many times a second, with a way to look at the server's memory.
pub(super) type Watch<'a> = dyn FnMut(&Progress, &mut dyn FnMut() -> Option<u64>) + 'a;

/// What a load came to, for a report.
pub(super) struct Told {
    pub(super) outcome: Outcome,
    pub(super) figures: report::Load,
    /// What ended it, and on whom.
    found: Option<(Violation, TargetArgs)>,
}

impl Told {
    /// What is known is no failure, although the load ended with it.
    pub(super) fn excuse(&mut self, known: &mut Known) {
        if self.found.as_ref().is_some_and(|(violation, target)| known.has(violation, target)) {
            self.outcome.failure = None;
            self.outcome.status = Status::Passed;
            self.outcome.note = "a known divergence ended it".into();
        }
    }
}

impl Bench {
    pub(super) fn open(on: &SubjectArgs, connections: u16) -> Result<Bench, CliError> {
        // Both ends of each connection may be ours. Where the system refuses, connecting says what is missing.
        rlimit::increase_nofile_limit(2 * u64::from(connections) + 100).ok();
        match &on.subject {
            None => Bench::embedded(on),
            Some(Place::Process(words)) => {
                let server = start(words)?;
                let (address, mut subject) = connect_to_empty("--subject", &server.address().to_string(), true)?;
                let memory = Memory::Process(server.pid().unwrap_or_default(), "resident memory of the process");
                Ok(Bench { address, terms: terms_of(&mut subject)?, memory, server: Kept::Process(server) })
            }
            Some(Place::Listening(address)) => {
                let (address, mut subject) = connect_to_empty("--subject", &address.to_string(), on.flush)?;
                subject.reset().map_err(|error| CliError::CannotRun(format!("{address}: {error}")))?;
                let terms = terms_of(&mut subject)?;
                Ok(Bench { address, terms, memory: Memory::Info(Box::new(subject)), server: Kept::Somebody })
            }
        }
    }

    #[cfg(feature = "embedded")]
    fn embedded(on: &SubjectArgs) -> Result<Bench, CliError> {
        let terms = Terms { now_ms, encodings: embedded::options().encodings, ..Terms::default() };
        let engine = engine::Engine::start(on.plant.clone())?;
        let memory = Memory::Process(std::process::id(), "resident memory of this process, engine and load together");
        Ok(Bench { address: engine.address(), terms, memory, server: Kept::Engine(engine) })
    }

    #[cfg(not(feature = "embedded"))]
    fn embedded(_: &SubjectArgs) -> Result<Bench, CliError> {
        Err(CliError::Usage("this binary has no embedded engine: say whom to test with --subject".into()))
    }

    /// Runs a load and tells what came of it.
    pub(super) fn run(
        mut self,
        name: &'static str,
        args: &LoadArgs,
        duration: Duration,
        watch: &mut Watch<'_>,
    ) -> Result<Told, CliError> {
        let begun = now();
        let (connections, keys) = (usize::from(args.connections), args.keys as usize);
        let options = Options { connections, keys, seed: args.seed, duration, terms: self.terms };
        let first_bytes = self.memory.bytes();
        let memory = &mut self.memory;
        let load = load::run(&options, &self.address, &|| begun.elapsed(), &mut |progress| {
            watch(progress, &mut || memory.bytes());
        });
        let mut load = load.map_err(|error| match error {
            LoadError::Connect { .. } => CliError::CannotRun(format!("{error}: is the limit of open files too low?")),
            error => CliError::CannotRun(error.to_string()),
        })?;
        let last_bytes = self.memory.bytes();
        let memory = report::Memory { what: self.memory.what().to_owned(), first_bytes, last_bytes };
        self.close(&mut load.finding);
        let mut outcome = outcome(name, &load);
        if let Some(finding) = &load.finding {
            outcome.failure = Some(failure(name, args, duration, finding)?);
        }
        outcome.millis = millis_since(begun);
        let found = load.finding.as_ref().map(|finding| (finding.violation.clone(), target(args)));
        Ok(Told { outcome, figures: figures(args, load, memory), found })
    }

    /// Ends the server, or empties it. Why an engine has gone, it says itself.
    fn close(self, finding: &mut Option<Finding>) {
        match (self.server, self.memory) {
            #[cfg(feature = "embedded")]
            (Kept::Engine(engine), _) => {
                if let (Some(panic), Some(Finding { violation, .. })) = (engine.end(), finding.as_mut()) {
                    violation.oracle = Oracle::Panic;
                    violation.observed = panic.to_string();
                    violation.fingerprint = Fingerprint::new(Oracle::Panic, &violation.command, "reply", &panic.place);
                }
            }
            (Kept::Process(server), _) => drop(server),
            // One that cannot be emptied any more is what was found.
            (_, Memory::Info(mut subject)) => drop(subject.reset()),
            _ => {}
        }
    }
}

impl Memory {
    fn what(&self) -> &'static str {
        match self {
            Memory::Process(_, what) => what,
            Memory::Info(_) => "used_memory_rss of INFO",
        }
    }

    fn bytes(&mut self) -> Option<u64> {
        match self {
            Memory::Process(pid, _) => {
                let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
                let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
                Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
            }
            Memory::Info(subject) => {
                let Ok(Some(Value::Bulk(info))) = ask(subject.as_mut(), &["INFO", "memory"]) else { return None };
                let info = String::from_utf8_lossy(&info).into_owned();
                info.lines().find_map(|line| line.strip_prefix("used_memory_rss:"))?.trim().parse().ok()
            }
        }
    }
}

/// What the server says of itself.
fn terms_of(subject: &mut SocketSubject) -> Result<Terms, CliError> {
    let Parameters { encodings, string_bytes_max } = Parameters::ask(subject, Profile::default())?;
    Ok(Terms { encodings, string_bytes_max, now_ms })
}

fn outcome(name: &'static str, load: &load::Load) -> Outcome {
    let mut outcome = Outcome::new("load", name);
    outcome.description = "many connections at once, each reply checked".into();
    outcome.runs = 1;
    outcome.steps = load.progress.commands;
    outcome.checks = load.progress.checks;
    outcome.status = match &load.finding {
        Some(_) => Status::Failed,
        None if outcome.steps == 0 || outcome.checks == 0 => Status::Skipped,
        None => Status::Passed,
    };
    if outcome.status == Status::Skipped {
        outcome.note = "no command was answered or no check evaluated".into();
    }
    outcome
}

fn figures(args: &LoadArgs, load: load::Load, memory: report::Memory) -> report::Load {
    let millis = u64::try_from(load.progress.elapsed.as_millis()).unwrap_or(u64::MAX);
    let commands = load.progress.commands;
    let rows = load.latencies.by_command().into_iter();
    report::Load {
        seed: args.seed,
        connections: args.connections.into(),
        keys: args.keys.into(),
        millis,
        commands,
        per_second: commands as f64 * 1000.0 / millis.max(1) as f64,
        own_checks: load.own_checks,
        shared_checks: load.shared_checks,
        sent_bytes: load.sent_bytes,
        received_bytes: load.received_bytes,
        latency: load.latencies.all(),
        by_command: rows.map(|(name, latency)| CommandLatency { name, latency }).collect(),
        hot_keys: load.hot_keys.into_iter().map(|(key, commands)| HotKey { key, commands }).collect(),
        memory,
        ..report::Load::default()
    }
}

/// What its finds are replayed on.
fn target(args: &LoadArgs) -> TargetArgs {
    TargetArgs { target: "command_handler".into(), on: args.on.clone(), subjects: None }
}

/// A find, shrunk if its commands show it without the other connections.
fn failure(name: &'static str, args: &LoadArgs, duration: Duration, finding: &Finding) -> Result<Failure, CliError> {
    let target = target(args);
    if !finding.alone.is_empty() {
        let data = scenario::encode(&alone(&finding.alone));
        if let Some(shrunk) = shrink(&data, Input::Scenario, &mut own_worker(&target)?) {
            let path = std::path::PathBuf::from(format!("{name}-{}.scenario", args.seed));
            find::write_scenario(&path, &shrunk)?;
            let replay = format!("respfuzz replay {} {}", path.display(), target.shown());
            return Ok(Failure::of(&shrunk, Some(args.seed), replay));
        }
    }
    Ok(Failure::unshrunk(&finding.violation, Some(args.seed), again(name, args, duration)))
}

fn alone(commands: &[Vec<Bytes>]) -> Scenario {
    let step = |argv: &Vec<Bytes>| Step::Command { client: ClientId(0), argv: argv.clone() };
    Scenario { steps: commands.iter().map(step).collect(), ..Scenario::default() }
}

/// The same load once more.
fn again(name: &str, args: &LoadArgs, duration: Duration) -> String {
    let numbers = [
        ("--connections", args.connections.to_string()),
        ("--keys", args.keys.to_string()),
        ("--seed", args.seed.to_string()),
        ("--duration", format!("{}ms", duration.as_millis())),
    ];
    let numbers = numbers.into_iter().flat_map(|(option, value)| [option.to_owned(), value]);
    let words: Vec<String> =
        ["respfuzz".to_owned(), name.to_owned()].into_iter().chain(numbers).chain(args.on.as_args()).collect();
    shell_line(&words)
}

#[cfg(feature = "embedded")]
mod engine {
    //! The embedded engine, served by a thread of this process.

    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;
    use std::thread::JoinHandle;

    use super::CliError;
    use crate::panics::{self, Panic};
    use crate::serve::{Hub, Place, Server, now_ms};
    use crate::subject::{Address, embedded};
    use crate::target::Setup;

    pub(super) struct Engine {
        ending: Arc<AtomicBool>,
        thread: JoinHandle<Option<Panic>>,
        directory: tempfile::TempDir,
    }

    impl Engine {
        pub(super) fn start(plant: Option<String>) -> Result<Engine, CliError> {
            let setup = Setup { plant };
            // A wrong name is told before there is a thread.
            drop(embedded::served(&setup, now_ms)?);
            let cannot = |error: String| CliError::CannotRun(format!("cannot serve the engine: {error}"));
            let directory = tempfile::Builder::new().prefix("respfuzz-").tempdir();
            let directory = directory.map_err(|error| cannot(error.to_string()))?;
            let place = Place::Unix(directory.path().join("engine.sock"));
            let (tell, told) = channel();
            #[expect(clippy::disallowed_methods, reason = "a server in real time, beside its clients; no run sees it")]
            let thread = std::thread::spawn(move || {
                let listening =
                    embedded::served(&setup, now_ms).map_err(|error| error.to_string()).and_then(|served| {
                        Server::listen(&place, Hub::new(served, Box::new(now_ms))).map_err(|error| error.to_string())
                    });
                match listening {
                    Ok(mut server) => {
                        tell.send(Ok(server.ending())).ok()?; // Nobody waits for it any more.
                        panics::caught(|| server.run().ok()).err()
                    }
                    Err(error) => {
                        tell.send(Err(error)).ok()?;
                        None
                    }
                }
            });
            let ending = told.recv().map_err(|_| cannot("its thread has ended".into()))?.map_err(cannot)?;
            Ok(Engine { ending, thread, directory })
        }

        pub(super) fn address(&self) -> Address {
            Address::Unix(self.directory.path().join("engine.sock"))
        }

        /// Ends it; gives the panic with which it has ended before, if it has.
        pub(super) fn end(self) -> Option<Panic> {
            self.ending.store(true, Ordering::Relaxed);
            self.thread.join().ok().flatten()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_without_an_answer_or_a_check_is_no_pass() {
        let done = |commands, checks| {
            let progress = Progress { commands, checks, ..Progress::default() };
            outcome("stress", &load::Load { progress, ..load::Load::default() }).status
        };
        assert_eq!([done(0, 5), done(5, 0), done(5, 5)], [Status::Skipped, Status::Skipped, Status::Passed]);
    }
}
