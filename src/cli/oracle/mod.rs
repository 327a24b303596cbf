//! `respfuzz oracle`: the model against a real server, or two servers with the model as the tie-breaker.

mod parameters;
mod report;
mod search;
mod server;

use std::collections::BTreeMap;
use std::io::IsTerminal;

use clap::{Args, ValueEnum};

use super::console::{millis_since, now, paint};
use super::known::KnownArgs;
use super::{CliError, Verdict, families_option, parse_families, parse_seeds};
use crate::command::{self, Family};
use crate::known::{Known, Place};
use crate::model::Profile;
use crate::oracle::{Coverage, Fingerprint, Oracle, Violation};
use crate::report::Failure;
use crate::scenario::{Families, generate};
use crate::shrink::shrink;
use crate::target::Input;
pub(super) use parameters::Parameters;
use report::{Divergence, FamilyRow, Report};
use server::{All, is_news, run_together};
pub(super) use server::{Server, connect_to_empty};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz oracle --seeds 2000
  respfuzz oracle --redis 127.0.0.1:6379 --against 127.0.0.1:6380 --format markdown")]
pub(super) struct OracleArgs {
    /// A server that listens: HOST:PORT or unix:PATH. Its data is deleted. Without it, redis-server is started, and its
    /// clock is moved by the scenarios
    #[arg(long, value_name = "ADDRESS")]
    redis: Option<String>,
    /// A server with the search module, which is asked FT.* over generated documents and compared with the model:
    /// HOST:PORT or unix:PATH. Its data and its indexes are deleted
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["redis", "against", "families"])]
    search: Option<String>,
    /// A second server that listens, to be compared with the first; its data is deleted, too
    #[arg(long, value_name = "ADDRESS")]
    against: Option<String>,
    /// The server that the model stands for: redis-7.0, redis-8 or valkey-8
    #[arg(long, value_name = "SERVER", default_value_t)]
    profile: Profile,
    /// Let servers that listen be emptied although they hold data
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
    #[command(flatten)]
    known: KnownArgs,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
    Markdown,
}

/// A divergence while the run goes on.
struct Found {
    seed: u64,
    count: u64,
    violation: Violation,
}

struct Campaign<'a> {
    args: &'a OracleArgs,
    /// One server, or two in lockstep.
    servers: Vec<Server>,
    coverage: Coverage,
    found: BTreeMap<Fingerprint, Found>,
    known: Known,
    comparisons: u64,
    states: u64,
    hash: u64,
    broken: Option<String>,
}

pub(super) fn run(args: &OracleArgs) -> Result<Verdict, CliError> {
    let mut servers = vec![match (&args.redis, &args.search) {
        (_, Some(address)) => Server::connect_to_search(address, args.flush, args.profile)?,
        (Some(address), None) => Server::connect("--redis", address, args.flush, args.profile)?,
        (None, None) => Server::start(args.profile)?,
    }];
    if let Some(address) = &args.against {
        servers.push(Server::connect("--against", address, args.flush, args.profile)?);
    }
    servers.iter().for_each(|server| eprintln!("asking {}", server.name));
    let mut campaign = Campaign {
        args,
        servers,
        coverage: Coverage::default(),
        found: BTreeMap::new(),
        known: args.known.load()?,
        comparisons: 0,
        states: 0,
        hash: 0,
        broken: None,
    };
    for seed in args.seeds.clone() {
        campaign.seed(seed)?;
        if campaign.broken.is_some() {
            break;
        }
    }
    let report = campaign.report()?;
    println!(
        "{}",
        match args.format {
            Format::Text => report.text(paint(std::io::stdout().is_terminal())),
            Format::Json => report.json(),
            Format::Markdown => report.markdown(),
        }
    );
    if let Some(reason) = report.broken {
        return Err(CliError::CannotRun(reason));
    }
    if report.comparisons == 0 {
        return Err(CliError::CannotRun("nothing was compared: this run says nothing".into()));
    }
    let held = report.divergences.is_empty() && report.ledger_faults.is_empty();
    Ok(if held { Verdict::Held } else { Verdict::Diverged })
}

impl Campaign<'_> {
    fn scenario(&self, seed: u64) -> Vec<u8> {
        let records = usize::from(self.args.ops);
        match self.args.search {
            Some(_) => search::scenario(seed, records),
            None => generate(seed, records, self.args.families),
        }
    }

    /// Runs one seed on every server.
    fn seed(&mut self, seed: u64) -> Result<(), CliError> {
        let data = self.scenario(seed);
        let report = match self.servers.as_mut_slice() {
            [server] => server.run(&data, &mut self.coverage)?,
            servers => run_together(servers, &data, &mut self.coverage)?,
        };
        self.comparisons += report.checks;
        self.states += report.states;
        self.hash = twox_hash::XxHash3_64::oneshot_with_seed(self.hash, &report.hash.to_le_bytes());
        let Some(violation) = report.violation.filter(is_news) else { return Ok(()) };
        if violation.oracle == Oracle::Subject {
            // Never counted as agreement, and what was found so far is still told.
            let Violation { step, command, observed, .. } = &violation;
            let server = self.whose(&violation);
            self.broken = Some(format!("{server}: seed {seed}, step {step}, `{command}`: {observed}"));
        } else if !self.is_known(&violation) {
            self.found.entry(violation.fingerprint.clone()).or_insert(Found { seed, count: 0, violation }).count += 1;
        }
        Ok(())
    }

    /// The server that a violation is of.
    fn whose(&self, violation: &Violation) -> String {
        let dissenter = violation.dispute.as_ref().and_then(|dispute| dispute.dissenter());
        dissenter.unwrap_or(&self.servers[0].name).to_owned()
    }

    fn is_known(&mut self, violation: &Violation) -> bool {
        let subject = self.whose(violation);
        self.known.takes(&violation.fingerprint, &Place { target: "command_handler", subject: &subject }, 1)
    }

    /// The command that runs one seed again.
    fn replay(&self, seed: u64) -> String {
        let option =
            |name: &str, value: &Option<String>| value.as_ref().map_or(String::new(), |v| format!(" {name} {v}"));
        let profile = Some(self.args.profile.to_string()).filter(|_| self.args.profile != Profile::default());
        let servers = option("--redis", &self.args.redis)
            + &option("--search", &self.args.search)
            + &option("--against", &self.args.against)
            + &option("--profile", &profile);
        // A server that listens keeps what a run leaves there.
        let listens = [&self.args.redis, &self.args.search, &self.args.against].into_iter().any(Option::is_some);
        let flush = if listens { " --flush" } else { "" };
        let families = families_option(self.args.families);
        format!("respfuzz oracle{servers}{flush} --seeds {seed}..{} --ops {}{families}", seed + 1, self.args.ops)
    }

    fn report(mut self) -> Result<Report, CliError> {
        if self.broken.is_some() {
            self.servers.iter_mut().try_for_each(Server::replace)?;
        }
        let found = std::mem::take(&mut self.found);
        let divergences = found.values().map(|found| self.divergence(found)).collect();
        let (commands, options, errors) = Coverage::kinds();
        let enabled = |family: Family| self.args.families.is_none_or(|families| families.contains(family));
        Ok(Report {
            server: self.servers[0].name.clone(),
            against: self.servers.get(1).map(|server| server.name.clone()),
            seeds: [self.args.seeds.start, self.args.seeds.end],
            ops: self.args.ops,
            commands: self.coverage.total(),
            comparisons: self.comparisons,
            states: (self.servers.len() > 1).then_some(self.states),
            hash: format!("{:016x}", self.hash),
            error_percent: self.coverage.error_percent(),
            families: self.families(&found),
            divergences,
            kinds: [commands, options, errors],
            rare: self.coverage.rare(self.args.rare, enabled),
            unlisted_errors: self.coverage.unlisted().iter().map(|(text, n)| (text.clone(), *n)).collect(),
            known: self.known.text(self.coverage.total()),
            ledger_faults: self.known.faults(self.coverage.total()),
            broken: self.broken,
        })
    }

    fn families(&self, found: &BTreeMap<Fingerprint, Found>) -> Vec<FamilyRow> {
        let row = |(family, commands): (Family, u64)| {
            let of_family = found.iter().filter(|(fingerprint, _)| family_of(fingerprint) == Some(family));
            let divergent: u64 = of_family.map(|(_, found)| found.count).sum();
            let agreed = commands.saturating_sub(divergent) as f64;
            let compatible_percent = (commands > 0).then(|| 100.0 * agreed / commands as f64);
            FamilyRow { family: family.name(), commands, divergent, compatible_percent }
        };
        self.coverage.families().into_iter().map(row).collect()
    }

    /// Shrinks a divergence.
    fn divergence(&mut self, found: &Found) -> Divergence {
        let begun = now();
        let Found { seed, count, violation } = found;
        let (data, replay) = (self.scenario(*seed), self.replay(*seed));
        let shrunk = shrink(&data, Input::Scenario, &mut All(&mut self.servers));
        let (violation, failure) = match &shrunk {
            Some(shrunk) => (&shrunk.violation, Failure::of(shrunk, Some(*seed), replay)),
            None => (violation, Failure::unshrunk(violation, Some(*seed), replay)),
        };
        let dispute = violation.dispute.as_ref();
        let other =
            dispute.and_then(|dispute| dispute.0.iter().find(|party| Some(party.name.as_str()) != dispute.dissenter()));
        Divergence {
            count: *count,
            of: dispute.map(|_| self.whose(violation)),
            other: other.map(|party| party.otherwise.clone().unwrap_or_else(|| "as the model".into())),
            millis: millis_since(begun),
            failure,
        }
    }
}

/// The family of the command that a fingerprint names: `reply/SET+NX/status/nil`.
fn family_of(fingerprint: &Fingerprint) -> Option<Family> {
    let command = fingerprint.as_str().split('/').nth(1)?.split('+').next()?;
    command::by_name(command.as_bytes()).map(|command| command.family)
}
