//! `respfuzz oracle`: the model against a real server.

use std::collections::BTreeMap;

use clap::Args;

use super::{CliError, Verdict, find, parse_families, parse_seeds};
use crate::command::Family;
use crate::model::EncodingLimits;
use crate::oracle::{Coverage, Fingerprint, Violation};
use crate::run::{Event, Options, run_traced};
use crate::scenario::{Families, decode, generate};
use crate::shrink::{Judge, shrink};
use crate::subject::{
    Address, ClientId, RedisServer, ServerOptions, Shim, SocketSubject, Subject, SubjectError, share_cpu,
};
use crate::target::{Input, RunReport};

#[derive(Args)]
pub(super) struct OracleArgs {
    /// A server that listens: HOST:PORT or unix:PATH. Its data is deleted. Without it, redis-server is started, and its
    /// clock is moved by the scenarios
    #[arg(long, value_name = "ADDRESS")]
    redis: Option<String>,
    /// Let the server that listens be emptied although it holds data
    #[arg(long)]
    flush: bool,
    /// How many seeds, or a range A..B
    #[arg(long, default_value = "200", value_parser = parse_seeds)]
    seeds: std::ops::Range<u64>,
    /// Records of each scenario
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=2700))]
    ops: u16,
    /// Only these command families, separated by commas
    #[arg(long, value_parser = parse_families)]
    families: Option<Families>,
    /// Commands, options and errors that occur less often are listed
    #[arg(long, default_value_t = 10)]
    rare: u64,
}

/// [`EncodingLimits::SMALL`] as a server's arguments.
const SMALL_ENCODINGS: [(&str, usize); 6] = [
    ("--list-max-listpack-size", 4),
    ("--hash-max-listpack-entries", EncodingLimits::SMALL.hash.entries),
    ("--hash-max-listpack-value", EncodingLimits::SMALL.hash.value_bytes),
    ("--set-max-intset-entries", EncodingLimits::SMALL.intset_entries),
    ("--zset-max-listpack-entries", EncodingLimits::SMALL.zset.entries),
    ("--zset-max-listpack-value", EncodingLimits::SMALL.zset.value_bytes),
];

/// The server that is asked.
enum Server {
    Started(Box<RedisServer>),
    Listening(Box<SocketSubject>),
}

impl Server {
    fn open(args: &OracleArgs) -> Result<Server, CliError> {
        let Some(address) = &args.redis else {
            let shim = Shim::locate().or_else(|_| Shim::build()).map_err(|e| CliError::CannotRun(e.to_string()))?;
            share_cpu(0).map_err(|e| CliError::CannotRun(format!("cannot choose a CPU: {e}")))?;
            let args = SMALL_ENCODINGS.iter().flat_map(|(name, limit)| [name.to_string(), limit.to_string()]).collect();
            let options = ServerOptions { shim: Some(shim), args, ..ServerOptions::default() };
            let server = RedisServer::start(options).map_err(|e| CliError::CannotRun(e.to_string()))?;
            println!("started redis-server {} on a simulated clock", server.version());
            return Ok(Server::Started(Box::new(server)));
        };
        let address: Address = address.parse().map_err(|e| CliError::Usage(format!("--redis: {e}")))?;
        let mut subject = SocketSubject::connect(&address).map_err(|e| CliError::Usage(e.to_string()))?;
        let holds_data = subject.holds_data().map_err(|e| CliError::CannotRun(e.to_string()))?;
        if holds_data && !args.flush {
            return Err(CliError::Usage(format!("{address} holds data, which a run deletes: add --flush if it may")));
        }
        Ok(Server::Listening(Box::new(subject)))
    }

    fn subject(&mut self) -> &mut dyn Subject {
        match self {
            Server::Started(server) => server.as_mut(),
            Server::Listening(subject) => subject.as_mut(),
        }
    }

    fn reset(&mut self) -> Result<(), SubjectError> {
        match self {
            Server::Started(server) => server.reset(),
            Server::Listening(subject) => subject.reset(),
        }
    }

    /// A server that broke is started anew, where it is ours.
    fn replace(&mut self) -> Result<(), CliError> {
        match self {
            Server::Started(server) => server.replace().map_err(|e| CliError::CannotRun(e.to_string())),
            Server::Listening(_) => Ok(()),
        }
    }

    /// Runs one input on the emptied server.
    fn run(&mut self, data: &[u8], coverage: &mut Coverage) -> Result<RunReport, CliError> {
        self.reset().map_err(|e| CliError::CannotRun(format!("the server cannot be emptied: {e}")))?;
        let encodings = match self {
            Server::Started(_) => EncodingLimits::SMALL,
            Server::Listening(_) => EncodingLimits::default(),
        };
        let options = Options { encodings, ..Options::default() };
        Ok(run_traced(&decode(data), self.subject(), &options, &mut |event| match event {
            // The observer's reading is no part of the workload.
            Event::Sent(client, argv) if client != ClientId::OBSERVER => coverage.sent(argv),
            Event::Reply(client, value) if client != ClientId::OBSERVER => coverage.replied(value),
            _ => {}
        }))
    }
}

impl Judge for Server {
    fn judge(&mut self, data: &[u8]) -> Option<Violation> {
        self.run(data, &mut Coverage::default()).ok()?.violation
    }
}

pub(super) fn run(args: &OracleArgs) -> Result<Verdict, CliError> {
    let mut server = Server::open(args)?;
    let mut coverage = Coverage::default();
    let mut found: BTreeMap<Fingerprint, (u64, u64)> = BTreeMap::new();
    let (mut checks, mut hash) = (0, 0);
    let mut broken = None;
    for seed in args.seeds.clone() {
        let data = generate(seed, usize::from(args.ops), args.families);
        let report = server.run(&data, &mut coverage)?;
        checks += report.checks;
        hash = twox_hash::XxHash3_64::oneshot_with_seed(hash, &report.hash.to_le_bytes());
        if let Some(violation) = report.violation {
            if violation.oracle == crate::oracle::Oracle::Subject {
                // Never counted as agreement, and what was found so far is still told.
                broken = Some(format!(
                    "seed {seed}, step {}, `{}`: {}",
                    violation.step, violation.command, violation.observed
                ));
                break;
            }
            found.entry(violation.fingerprint).or_insert((seed, 0)).1 += 1;
        }
    }
    if broken.is_some() {
        server.replace()?;
    }
    for (seed, count) in found.values() {
        println!("\nFAIL [seed={seed}] oracle ({count} of the seeds): the model is wrong, or the server");
        let data = generate(*seed, usize::from(args.ops), args.families);
        match shrink(&data, Input::Scenario, &mut server) {
            Some(shrunk) => {
                let replay = format!("respfuzz oracle --seeds {seed}..{} --ops {}", seed + 1, args.ops);
                find::print(&shrunk, &replay);
            }
            None => println!("  did not show again"),
        }
    }
    print_coverage(&coverage, args);
    println!(
        "\n{} commands from {} seeds, {checks} comparisons, {} distinct divergences, hash {hash:016x}",
        coverage.total(),
        args.seeds.end - args.seeds.start,
        found.len()
    );
    if let Some(reason) = broken {
        return Err(CliError::CannotRun(reason));
    }
    if checks == 0 {
        return Err(CliError::CannotRun("nothing was compared: this run says nothing".into()));
    }
    Ok(if found.is_empty() { Verdict::Held } else { Verdict::Diverged })
}

fn print_coverage(coverage: &Coverage, args: &OracleArgs) {
    println!("\ncommands by family:");
    for (family, count) in coverage.families() {
        println!("  {:14} {count:9}", family.name());
    }
    println!("error replies: {:.1} %", coverage.error_percent());
    let enabled = |family: Family| args.families.is_none_or(|families| families.contains(family));
    let rare = coverage.rare(args.rare, enabled);
    let (commands, options, errors) = Coverage::kinds();
    println!(
        "of {commands} commands, {options} options and {errors} error texts, {} occurred fewer than {} times:",
        rare.len(),
        args.rare
    );
    for (what, count) in rare {
        println!("  {count:3}  {what}");
    }
    for (text, count) in coverage.unlisted() {
        println!("  error text that the model does not list, {count} times: {text}");
    }
}
