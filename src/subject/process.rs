//! A `redis-server` of our own: started, stopped, killed and restarted, with its time in our hands.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::{Address, ClientId, ConnectError, Shim, SimulatedTime, SocketSubject, Subject, SubjectError};
use crate::resp::{Bytes, Value};
use crate::sim::EPOCH_MS;

/// The period of the server's housekeeping timer (`hz 10`), which moves the clock of OBJECT IDLETIME.
const TIMER_US: u64 = 100_000;

/// How often a starting server is tried, 5 ms apart: about ten seconds.
const START_ROUNDS: u32 = 2_000;

/// How often a server that closed a connection is looked at, 1 ms apart: its sockets close a moment before its
/// exit status can be read.
const DEATH_ROUNDS: u32 = 200;

/// What server to start, and how.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// The server; `None` takes [`have_redis_server`]. Any build of Redis or of a
    /// fork with Redis's options (Valkey, KeyDB).
    pub binary: Option<PathBuf>,
    /// More arguments, after our own: `["--maxmemory", "1mb"]`.
    pub args: Vec<String>,
    /// The preload clock. With it, the server's time is simulated; without, it is real.
    pub shim: Option<Shim>,
    /// Whether the server removes expired keys on its own as (real) time passes. Off, a key goes when it is touched:
    /// DBSIZE and RANDOMKEY then depend on commands alone. Takes `DEBUG`, which clients may then use too.
    pub active_expire: bool,
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no server to start.
    #[error("redis-server is not installed: install the package `redis-server`, or give the path of a server")]
    NotInstalled,
    /// The server cannot be run.
    #[error("cannot run {}: {source}", .binary.display())]
    Spawn {
        /// What was run.
        binary: PathBuf,
        /// Why it did not.
        source: io::Error,
    },
    /// The server ended while it started.
    #[error("{} ended while it started ({status}): {said}", .binary.display())]
    Ended {
        /// What was run.
        binary: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// The last line of its output.
        said: String,
    },
    /// The server runs but does not answer.
    #[error("the server does not answer PING: {0}")]
    Silent(ConnectError),
    /// The server answers, but not as needed.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The server does not read the preload clock.
    #[error(
        "the preload clock has no effect on {}: it takes a dynamically linked Linux program, and a path of the \
         clock without spaces and colons",
        .0.display()
    )]
    ClockIgnored(PathBuf),
    /// The system refused a directory, a file or news of the process.
    #[error("cannot set up the server: {0}")]
    System(#[from] io::Error),
}

/// A running `redis-server` on a unix socket in a temporary directory, without persistence. Stopped, and its directory
/// removed, on drop.
///
/// With a [`Shim`] its wall clock stands at [`EPOCH_MS`] until [`SimulatedTime::advance`] moves it.
pub struct RedisServer {
    options: ServerOptions,
    binary: PathBuf,
    child: Child,
    socket: SocketSubject,
    clock: Option<ClockFile>,
    version: String,
    directory: TempDir,
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    pub fn start(options: ServerOptions) -> Result<RedisServer, ProcessError> {
        let binary = match &options.binary {
            Some(binary) => binary.clone(),
            None => have_redis_server().ok_or(ProcessError::NotInstalled)?,
        };
        let directory = tempfile::Builder::new().prefix("respfuzz-").tempdir()?;
        let clock = match &options.shim {
            Some(_) => Some(ClockFile::create(&directory.path().join("clock"))?),
            None => None,
        };
        let (child, socket) = launch(&binary, &options, directory.path(), clock.as_ref())?;
        let mut server = RedisServer { options, binary, child, socket, clock, version: String::new(), directory };
        server.greet()?;
        Ok(server)
    }

    /// What has to be done once per process.
    fn greet(&mut self) -> Result<(), ProcessError> {
        self.version = version_of(&self.socket.control(&["INFO", "server"])?);
        if !self.options.active_expire {
            self.socket.expect(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"], "OK")?;
        }
        if let Some(clock) = &self.clock {
            let expected = Value::bulk((clock.now_ms / 1000).to_string());
            match self.socket.control(&["TIME"])? {
                Value::Array(time) if time.first() == Some(&expected) => {}
                _ => return Err(ProcessError::ClockIgnored(self.binary.clone())),
            }
        }
        Ok(())
    }

    /// The server's version as in INFO: `7.0.15`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The server's socket, for connections besides this subject's.
    pub fn address(&self) -> &Address {
        self.socket.address()
    }

    /// Everything that the server has printed, over all restarts.
    pub fn log(&self) -> String {
        read_log(self.directory.path())
    }

    /// Makes the server fit for the next scenario: no workload connections, no data, the clock back at [`EPOCH_MS`].
    /// Parameters are as before clients set them; scripts and functions stay. An error is news of the server, as in a run; after one, only
    /// [`RedisServer::replace`] helps.
    pub fn reset(&mut self) -> Result<(), SubjectError> {
        let emptied = self.socket.reset();
        self.or_died(emptied)?;
        // After the data is gone: no key and no blocked client sees time go back.
        self.rewind()?;
        let nudged = self.socket.nudge();
        self.or_died(nudged)
    }

    /// A new, empty process at [`EPOCH_MS`] in the place of one that is dead or does not answer.
    pub fn replace(&mut self) -> Result<(), ProcessError> {
        self.kill()?;
        self.rewind()?;
        self.restart()
    }

    /// Kills the server (SIGKILL), unless it is dead already, and waits until it is gone. Connections are left as
    /// they are: what the clients see is the scenario's business.
    pub fn kill(&mut self) -> Result<(), SubjectError> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map(drop).map_err(|error| SubjectError::Refused(format!("cannot kill the server: {error}")))
    }

    /// Starts the server again after its death or [`RedisServer::kill`], in the same directory and at the same time.
    pub fn restart(&mut self) -> Result<(), ProcessError> {
        self.kill()?;
        (self.child, self.socket) = launch(&self.binary, &self.options, self.directory.path(), self.clock.as_ref())?;
        self.greet()
    }

    /// Whether the process is there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// See [`SocketSubject::pipeline`].
    pub fn pipeline(&mut self, client: ClientId, batch: &[Vec<Bytes>]) -> Result<Vec<Value>, SubjectError> {
        let replies = self.socket.pipeline(client, batch);
        self.or_died(replies)
    }

    fn rewind(&mut self) -> Result<(), SubjectError> {
        self.clock.as_mut().map_or(Ok(()), |clock| clock.set(EPOCH_MS))
    }

    /// A lost connection is the death of the server, if it died.
    fn or_died<T>(&mut self, result: Result<T, SubjectError>) -> Result<T, SubjectError> {
        let Err(SubjectError::ConnectionLost(_)) = result else { return result };
        for _ in 0..DEATH_ROUNDS {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(SubjectError::Died(format!("{status}{}", last_words(&self.log()))));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        result
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // Nobody is left to tell: the process is gone already, or the system takes it when we end.
        self.kill().ok();
    }
}

impl Subject for RedisServer {
    fn send(&mut self, client: ClientId, argv: &[Bytes]) -> Result<(), SubjectError> {
        let sent = self.socket.send(client, argv);
        self.or_died(sent)
    }

    fn poll(&mut self, events: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError> {
        let polled = self.socket.poll(events);
        self.or_died(polled)
    }

    fn disconnect(&mut self, client: ClientId) -> Result<(), SubjectError> {
        let closed = self.socket.disconnect(client);
        self.or_died(closed)
    }

    fn time(&mut self) -> Option<&mut dyn SimulatedTime> {
        if self.clock.is_some() { Some(self) } else { None }
    }

    fn can_block(&self) -> bool {
        self.socket.can_block()
    }
}

impl SimulatedTime for RedisServer {
    fn advance(&mut self, to_ms: u64) -> Result<(), SubjectError> {
        let Some(clock) = &mut self.clock else { return Ok(()) }; // Unreachable through `Subject::time`.
        clock.set(to_ms.max(clock.now_ms))?;
        let fired = self.socket.nudge();
        self.or_died(fired)
    }
}

/// The file from which the preload clock reads. Its format is described in `shim/`.
struct ClockFile {
    file: File,
    path: PathBuf,
    now_ms: u64,
    /// How far the monotonic clock is ahead: it moves with every change, so that the server's timers come due.
    ahead_us: u64,
}

impl ClockFile {
    fn create(path: &Path) -> Result<ClockFile, ProcessError> {
        let mut clock = ClockFile { file: File::create_new(path)?, path: path.to_owned(), now_ms: 0, ahead_us: 0 };
        clock.set(EPOCH_MS)?;
        Ok(clock)
    }

    fn set(&mut self, to_ms: u64) -> Result<(), SubjectError> {
        self.ahead_us += TIMER_US;
        let us = to_ms.saturating_mul(1_000).to_ne_bytes();
        let written = self.file.write_all_at(&[us, us, self.ahead_us.to_ne_bytes()].concat(), 0);
        written.map_err(|error| SubjectError::Refused(format!("cannot set the server's clock: {error}")))?;
        self.now_ms = to_ms;
        Ok(())
    }
}

/// The first `redis-server` in the PATH, if one is installed.
pub fn have_redis_server() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join("redis-server")).find(|binary| binary.is_file())
}

fn launch(
    binary: &Path,
    options: &ServerOptions,
    directory: &Path,
    clock: Option<&ClockFile>,
) -> Result<(Child, SocketSubject), ProcessError> {
    let socket = directory.join("redis.sock");
    let log = OpenOptions::new().create(true).append(true).open(directory.join("log"))?;
    let mut command = Command::new(binary);
    command.args(["--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", ""]);
    command.args(["--proto-max-bulk-len", "1048576"]);
    command.arg("--unixsocket").arg(&socket).arg("--dir").arg(directory);
    // SORT ALPHA collates by the locale.
    command.env("LC_ALL", "C");
    let major = major_version(binary)?;
    if !options.active_expire && major >= 7 {
        // DEBUG is kept from clients since 7.0; older servers refuse to start with options that they don't know.
        command.args(["--enable-debug-command", "local"]);
    }
    if let (Some(shim), Some(clock)) = (&options.shim, clock) {
        if major >= 6 {
            // jemalloc's background thread asks our clock when to wake up by the kernel's: never, or without rest.
            command.args(["--jemalloc-bg-thread", "no"]);
        }
        command.env("LD_PRELOAD", shim.path()).env("RESPFUZZ_CLOCK_FILE", &clock.path);
    }
    command.args(&options.args).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let mut child = command.spawn().map_err(|source| ProcessError::Spawn { binary: binary.to_owned(), source })?;
    match wait_until_it_answers(&mut child, binary, directory, &Address::Unix(socket)) {
        Ok(subject) => Ok((child, subject)),
        Err(error) => {
            child.kill().and_then(|()| child.wait())?;
            Err(error)
        }
    }
}

pub(super) fn wait_until_it_answers(
    child: &mut Child,
    binary: &Path,
    directory: &Path,
    address: &Address,
) -> Result<SocketSubject, ProcessError> {
    let mut rounds = 0..START_ROUNDS;
    loop {
        let error = match SocketSubject::connect(address) {
            Ok(subject) => return Ok(subject),
            Err(error) => error,
        };
        if let Some(status) = child.try_wait()? {
            let said = read_log(directory).lines().last().unwrap_or("no output").to_owned();
            return Err(ProcessError::Ended { binary: binary.to_owned(), status, said });
        }
        if rounds.next().is_none() {
            return Err(ProcessError::Silent(error));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The first number of the version that the program prints; 7 if it prints something else.
fn major_version(binary: &Path) -> Result<u32, ProcessError> {
    let output = Command::new(binary).arg("--version").stdin(Stdio::null()).output();
    let output = output.map_err(|source| ProcessError::Spawn { binary: binary.to_owned(), source })?;
    let said = String::from_utf8_lossy(&output.stdout);
    let major = said.split_once("v=").and_then(|(_, version)| version.split('.').next()?.parse().ok());
    Ok(major.unwrap_or(7))
}

fn version_of(info: &Value) -> String {
    let Value::Bulk(info) = info else { return "unknown".to_owned() };
    let info = String::from_utf8_lossy(info);
    let version = info.lines().find_map(|line| line.strip_prefix("redis_version:"));
    version.unwrap_or("unknown").to_owned()
}

fn read_log(directory: &Path) -> String {
    match std::fs::read(directory.join("log")) {
        Ok(log) => String::from_utf8_lossy(&log).into_owned(),
        Err(error) => format!("(the server's log cannot be read: {error})"),
    }
}

/// What a dying server said about it, as the end of an error message.
fn last_words(log: &str) -> String {
    let tells = ["ASSERTION FAILED", "crashed by signal", "AddressSanitizer", "panic"];
    let word = log.lines().rev().find(|line| tells.iter().any(|tell| line.contains(tell)));
    word.map(|line| format!("; it said: {}", line.trim())).unwrap_or_default()
}
