//! The server that the oracle asks: one that it starts itself, or one that listens.

use super::super::CliError;
use super::parameters::Parameters;
use super::search::demand_module;
use crate::model::{EncodingLimits, Profile};
use crate::oracle::{Coverage, Violation};
use crate::resp::{Bytes, Value};
use crate::run::lockstep::{self, Member};
use crate::run::{Event, Options, run_traced};
use crate::scenario::decode;
use crate::shrink::Judge;
use crate::subject::{
    Address, ClientId, RedisServer, RestartableServer, ServerOptions, Shim, SocketSubject, Subject, SubjectError,
    share_cpu,
};
use crate::target::RunReport;

/// [`EncodingLimits::SMALL`] as a server's arguments.
const SMALL_ENCODINGS: [(&str, usize); 6] = [
    ("--list-max-listpack-size", 4),
    ("--hash-max-listpack-entries", EncodingLimits::SMALL.hash.entries),
    ("--hash-max-listpack-value", EncodingLimits::SMALL.hash.value_bytes),
    ("--set-max-intset-entries", EncodingLimits::SMALL.intset_entries),
    ("--zset-max-listpack-entries", EncodingLimits::SMALL.zset.entries),
    ("--zset-max-listpack-value", EncodingLimits::SMALL.zset.value_bytes),
];

/// How many commands go out before their replies are read.
const PIPELINE: usize = 16;

/// The server that is asked.
pub(in crate::cli) struct Server {
    kind: Kind,
    profile: Profile,
    parameters: Parameters,
    /// Whether it is asked FT.*.
    search: bool,
    /// What it calls itself, its version and where it is.
    pub(in crate::cli) name: String,
}

enum Kind {
    Started(Box<RedisServer>),
    Listening(Box<SocketSubject>),
    /// Its process is ended when this goes.
    Commanded(Box<RestartableServer>, Box<SocketSubject>),
}

impl Server {
    /// Starts redis-server on a clock that scenarios move.
    pub(in crate::cli) fn start(profile: Profile) -> Result<Server, CliError> {
        share_cpu(0).map_err(|e| CliError::CannotRun(format!("cannot choose a CPU: {e}")))?;
        Server::launch(&[], Some(preload_clock()?), profile)
    }

    /// Starts a program that takes the options of redis-server by its command line, on a clock that scenarios move if it
    /// can be given one.
    pub(in crate::cli) fn start_by(words: &[String], profile: Profile) -> Result<Server, CliError> {
        let clock = preload_clock();
        if let Err(error) = &clock {
            eprintln!("no clock is moved: {error}");
        }
        Server::launch(words, clock.ok(), profile)
    }

    fn launch(words: &[String], shim: Option<Shim>, profile: Profile) -> Result<Server, CliError> {
        let small = SMALL_ENCODINGS.iter().flat_map(|(name, limit)| [name.to_string(), limit.to_string()]);
        let args = small.chain(words.iter().skip(1).cloned()).collect();
        let clock = if shim.is_some() { "a simulated clock" } else { "a clock of its own" };
        let options = ServerOptions { shim, args, binary: words.first().map(Into::into), ..ServerOptions::default() };
        let server = RedisServer::start(options).map_err(|e| CliError::CannotRun(e.to_string()))?;
        let name = format!("redis-server {} on {clock}", server.version());
        Ok(Server { kind: Kind::Started(Box::new(server)), profile, parameters: Parameters::OURS, search: false, name })
    }

    /// A server that this command starts, on a clock of its own.
    pub(in crate::cli) fn command(words: &[String], profile: Profile) -> Result<Server, CliError> {
        let process = RestartableServer::command(words);
        let process = process.map_err(|error| CliError::Usage(format!("{}: {error}", words.join(" "))))?;
        let server = Server::connect("--subject", &process.address().to_string(), true, profile)?;
        Ok(match server.kind {
            Kind::Listening(subject) => Server { kind: Kind::Commanded(Box::new(process), subject), ..server },
            _ => server,
        })
    }

    /// Connects to a server that listens. One that holds data is refused unless `flush` allows to lose it.
    pub(in crate::cli) fn connect(
        option: &str,
        address: &str,
        flush: bool,
        profile: Profile,
    ) -> Result<Server, CliError> {
        let (address, mut subject) = connect_to_empty(option, address, flush)?;
        let version = version(&mut subject).map_err(|e| CliError::CannotRun(format!("{address}: {e}")))?;
        let parameters = Parameters::ask(&mut subject, profile)?;
        let name = format!("{version} at {address}");
        Ok(Server { kind: Kind::Listening(Box::new(subject)), profile, parameters, search: false, name })
    }

    /// [`connect`](Self::connect), if it has indexes.
    pub(super) fn connect_to_search(address: &str, flush: bool, profile: Profile) -> Result<Server, CliError> {
        let mut server = Server::connect("--search", address, flush, profile)?;
        demand_module(server.subject(), address)?;
        Ok(Server { search: true, ..server })
    }

    /// Connects to a server whose data is left alone.
    pub(in crate::cli) fn look_at(address: &str) -> Result<Server, CliError> {
        let address: Address = address.parse().map_err(|e| CliError::Usage(format!("--redis: {e}")))?;
        let mut subject = SocketSubject::connect(&address).map_err(|e| CliError::Usage(e.to_string()))?;
        let version = version(&mut subject).map_err(|e| CliError::CannotRun(format!("{address}: {e}")))?;
        let (profile, parameters) = (Profile::default(), Parameters::OURS);
        let name = format!("{version} at {address}");
        Ok(Server { kind: Kind::Listening(Box::new(subject)), profile, parameters, search: false, name })
    }

    pub(in crate::cli) fn subject(&mut self) -> &mut dyn Subject {
        match &mut self.kind {
            Kind::Started(server) => server.as_mut(),
            Kind::Listening(subject) | Kind::Commanded(_, subject) => subject.as_mut(),
        }
    }

    fn reset(&mut self) -> Result<(), SubjectError> {
        match &mut self.kind {
            Kind::Started(server) => server.reset(),
            Kind::Listening(subject) | Kind::Commanded(_, subject) => subject.reset(),
        }
    }

    /// A server that broke is started anew, where it is ours.
    pub(super) fn replace(&mut self) -> Result<(), CliError> {
        let cannot = |error: &dyn std::fmt::Display| CliError::CannotRun(error.to_string());
        match &mut self.kind {
            Kind::Started(server) => server.replace().map_err(|e| cannot(&e)),
            Kind::Listening(_) => Ok(()),
            Kind::Commanded(process, subject) => {
                process.restart().map_err(|e| cannot(&e))?;
                **subject = SocketSubject::connect(&process.address()).map_err(|e| cannot(&e))?;
                Ok(())
            }
        }
    }

    /// Empties it for the next scenario; one of ours that has broken in the last one is started anew.
    pub(in crate::cli) fn empty(&mut self) -> Result<(), CliError> {
        let cannot = |e: SubjectError, name: &str| CliError::CannotRun(format!("{name} cannot be emptied: {e}"));
        match self.reset() {
            Err(error) if matches!(self.kind, Kind::Listening(_)) => Err(cannot(error, &self.name)),
            Err(_) => self.replace().and_then(|()| self.reset().map_err(|error| cannot(error, &self.name))),
            Ok(()) => Ok(()),
        }
    }

    /// What it is held to.
    pub(in crate::cli) fn options(&self) -> Options {
        let Parameters { encodings, string_bytes_max } = self.parameters;
        let (profile, search) = (self.profile, self.search);
        // An index is asked one question after the other, as the laws of queries ask further ones in between.
        let pipeline = if search { 1 } else { PIPELINE };
        Options { profile, encodings, string_bytes_max, pipeline, search, laws: search, ..Options::default() }
    }

    /// Runs one input on the emptied server.
    pub(in crate::cli) fn run(&mut self, data: &[u8], coverage: &mut Coverage) -> Result<RunReport, CliError> {
        self.reset().map_err(|e| CliError::CannotRun(format!("{} cannot be emptied: {e}", self.name)))?;
        let options = self.options();
        Ok(run_traced(&decode(data), self.subject(), &options, &mut |event| count(event, coverage)))
    }
}

/// Runs one input on several emptied servers, step by step; what the first does is counted.
pub(super) fn run_together(
    servers: &mut [Server],
    data: &[u8],
    coverage: &mut Coverage,
) -> Result<RunReport, CliError> {
    let names: Vec<String> = servers.iter().map(|server| server.name.clone()).collect();
    servers.iter_mut().try_for_each(Server::empty)?;
    let members = servers.iter_mut().zip(&names).map(|(server, name)| {
        let options = server.options();
        Member { name, subject: server.subject(), options }
    });
    let mut members: Vec<Member> = members.collect();
    Ok(lockstep::run(&decode(data), &mut members, &mut |i, event| {
        if i == 0 {
            count(event, coverage);
        }
    }))
}

/// The observer's reading is no part of the workload.
fn count(event: Event, coverage: &mut Coverage) {
    match event {
        Event::Sent(client, argv) if client != ClientId::OBSERVER => coverage.sent(argv),
        Event::Reply(client, value) if client != ClientId::OBSERVER => coverage.replied(value),
        _ => {}
    }
}

/// Servers that all give the same other answer than the model agree with each other.
pub(super) fn is_news(violation: &Violation) -> bool {
    violation.dispute.as_ref().is_none_or(|dispute| !dispute.is_unanimous())
}

/// Judges by all servers, if there are several.
pub(super) struct All<'a>(pub(super) &'a mut [Server]);

impl Judge for All<'_> {
    fn judge(&mut self, data: &[u8]) -> Option<Violation> {
        match &mut *self.0 {
            [server] => server.judge(data),
            servers => run_together(servers, data, &mut Coverage::default()).ok()?.violation.filter(is_news),
        }
    }
}

/// Built first: one that lies there may be of an older checkout.
fn preload_clock() -> Result<Shim, CliError> {
    Shim::build().or_else(|_| Shim::locate()).map_err(|error| CliError::CannotRun(error.to_string()))
}

/// Connects to a server that listens; one that holds data only if it may be deleted.
pub(in crate::cli) fn connect_to_empty(
    option: &str,
    address: &str,
    flush: bool,
) -> Result<(Address, SocketSubject), CliError> {
    let address: Address = address.parse().map_err(|e| CliError::Usage(format!("{option}: {e}")))?;
    let mut subject = SocketSubject::connect(&address).map_err(|e| CliError::Usage(e.to_string()))?;
    let holds_data = subject.holds_data().map_err(|e| CliError::CannotRun(e.to_string()))?;
    if holds_data && !flush {
        return Err(CliError::Usage(format!("{address} holds data, which a run deletes: add --flush if it may")));
    }
    Ok((address, subject))
}

impl Judge for Server {
    fn judge(&mut self, data: &[u8]) -> Option<Violation> {
        self.run(data, &mut Coverage::default()).ok()?.violation
    }
}

/// What the server says of itself: `redis 7.0.15`, `valkey 8.0.1`.
fn version(subject: &mut dyn Subject) -> Result<String, SubjectError> {
    let argv: [Bytes; 2] = [b"INFO".to_vec(), b"server".to_vec()];
    let mut events = Vec::new();
    subject.send(ClientId::OBSERVER, &argv)?;
    subject.poll(&mut events)?;
    let Some((_, Value::Bulk(info))) = events.pop() else { return Ok("a server".into()) };
    let info = String::from_utf8_lossy(&info).into_owned();
    let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    Ok(match (field("valkey_version"), field("redis_version")) {
        (Some(version), _) => format!("valkey {version}"),
        (None, Some(version)) => format!("redis {version}"),
        (None, None) => "a server".into(),
    })
}
