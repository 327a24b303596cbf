//! A server with real files: killed at any moment, and started again on the directory that it leaves.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::connection::Connection;
use super::process::{have_redis_server, wait_until_it_answers};
use super::{Address, ClientId, ProcessError, SubjectError};
use crate::model::STRING_BYTES_MAX;
use crate::resp::{Bytes, Value};

/// Of these, Redis 7.0 does not log all that they do:
/// - XREADGROUP and its kin become XCLAIM and XGROUP SETID: how many entries a group has read is forgotten, and a
///   consumer that was made by looking at its own entries;
/// - BITFIELD with OVERFLOW FAIL makes the string longer, even if it then sets nothing, which isn't logged;
/// - PFADD that fails at a damaged HyperLogLog has added some elements, and isn't logged.
const HALF_LOGGED: [&str; 5] = ["XREADGROUP", "XCLAIM", "XAUTOCLAIM", "BITFIELD", "PFADD"];

/// A server in a process of its own, on a unix socket in a temporary directory, that keeps its keys in files there and
/// syncs them before it answers. Killed, and its directory removed, on drop.
pub struct RestartableServer {
    program: PathBuf,
    args: Vec<OsString>,
    /// Commands of which it does not log all that they do.
    half_logged: &'static [&'static str],
    directory: TempDir,
    child: Option<Child>,
    connections: BTreeMap<ClientId, Connection>,
}

impl RestartableServer {
    /// `respfuzz serve --engine`, by this binary of respfuzz, with more arguments.
    pub fn engine(respfuzz: &Path, more: &[String]) -> Result<RestartableServer, ProcessError> {
        Self::start(respfuzz.to_owned(), &[], |directory, socket| {
            let mut args: Vec<OsString> = ["serve", "--engine", "--fsync", "always", "--dir"].map(Into::into).into();
            args.extend([directory.join("keys").into(), "--unix".into(), socket.into()]);
            args.extend(more.iter().map(Into::into));
            args
        })
    }

    /// The first `redis-server` in the PATH, with its log of commands.
    pub fn redis() -> Result<RestartableServer, ProcessError> {
        let program = have_redis_server().ok_or(ProcessError::NotInstalled)?;
        Self::start(program, &HALF_LOGGED, |directory, socket| {
            let always = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--port", "0", "--dir"];
            let mut args: Vec<OsString> = always.map(Into::into).into();
            args.extend([directory.into(), "--unixsocket".into(), socket.into()]);
            args
        })
    }

    /// Any server, by its command line. In it, `{socket}` stands for the path of the unix socket where it shall listen, and
    /// `{dir}` for the directory where it keeps its files; without `{socket}`, it is told what `redis-server` is told.
    pub fn command(words: &[String]) -> Result<RestartableServer, ProcessError> {
        let (program, words) = words.split_first().ok_or(ProcessError::NotInstalled)?;
        let named = words.iter().any(|word| word.contains("{socket}"));
        let usual = "--port 0 --unixsocket {socket} --dir {dir} --appendonly yes --appendfsync always";
        let usual = usual.split(' ').filter(|_| !named);
        Self::start(PathBuf::from(program), &[], |directory, socket| {
            let filled = |word: &str| {
                let word = word.replace("{socket}", &socket.to_string_lossy());
                OsString::from(word.replace("{dir}", &directory.to_string_lossy()))
            };
            words.iter().map(String::as_str).chain(usual).map(filled).collect()
        })
    }

    /// Where it listens.
    pub fn address(&self) -> Address {
        Address::Unix(socket_in(self.directory.path()))
    }

    /// The process, if there is one.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Whether the process is there.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Closes all connections.
    pub fn hang_up(&mut self) {
        self.connections.clear();
    }

    fn start(
        program: PathBuf,
        half_logged: &'static [&'static str],
        args: impl FnOnce(&Path, &Path) -> Vec<OsString>,
    ) -> Result<RestartableServer, ProcessError> {
        let directory = tempfile::Builder::new().prefix("respfuzz-").tempdir()?;
        let args = args(directory.path(), &socket_in(directory.path()));
        let (child, connections) = (None, BTreeMap::new());
        let mut server = RestartableServer { program, args, half_logged, directory, child, connections };
        server.restart()?;
        Ok(server)
    }

    /// Whether all that the command does is there again after a restart.
    pub fn keeps_all_of(&self, command: &str) -> bool {
        !self.half_logged.contains(&command)
    }

    /// The server's clock, in unix milliseconds.
    pub fn now_ms(&mut self) -> Result<u64, SubjectError> {
        self.send(ClientId::OBSERVER, &[vec![b"TIME".to_vec()]])?;
        let reply = self.receive(ClientId::OBSERVER)?;
        let number = |value: &Value| match value {
            Value::Bulk(text) => std::str::from_utf8(text).ok()?.parse::<u64>().ok(),
            _ => None,
        };
        match &reply {
            Value::Array(time) => time.first().and_then(number).map(|seconds| seconds * 1000),
            _ => None,
        }
        .ok_or_else(|| SubjectError::Refused(format!("TIME gave {reply}")))
    }

    /// Starts the process on what the last one has left, and waits until it answers.
    pub fn restart(&mut self) -> Result<(), ProcessError> {
        self.kill()?;
        self.connections.clear();
        let log = OpenOptions::new().create(true).append(true).open(self.directory.path().join("log"))?;
        let mut command = Command::new(&self.program);
        command.args(&self.args).env("LC_ALL", "C").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let spawned = command.spawn();
        let child = spawned.map_err(|source| ProcessError::Spawn { binary: self.program.clone(), source })?;
        let child = self.child.insert(child);
        let address = Address::Unix(socket_in(self.directory.path()));
        let mut subject = wait_until_it_answers(child, &self.program, self.directory.path(), &address)?;
        // No parameter outlives a process.
        subject.expect(&["CONFIG", "SET", "proto-max-bulk-len", &STRING_BYTES_MAX.to_string()], "OK")?;
        Ok(())
    }

    /// Kills the process (SIGKILL), if there is one, and waits until it is gone. What it has sent can still be read.
    pub fn kill(&mut self) -> io::Result<()> {
        match self.child.take() {
            Some(mut child) => child.kill().and_then(|()| child.wait()).map(drop),
            None => Ok(()),
        }
    }

    /// Sends requests with one write, on the client's connection.
    pub fn send(&mut self, client: ClientId, requests: &[Vec<Bytes>]) -> Result<(), SubjectError> {
        self.connection(client)?.send(requests.iter().map(Vec::as_slice))
    }

    /// Waits for the client's next reply.
    pub fn receive(&mut self, client: ClientId) -> Result<Value, SubjectError> {
        self.connection(client)?.receive()
    }

    /// What a killed server had sent to the client, and the client has not received yet.
    pub fn last_replies(&mut self, client: ClientId) -> Result<Vec<Value>, SubjectError> {
        let Some(connection) = self.connections.get_mut(&client) else { return Ok(Vec::new()) };
        let mut replies = Vec::new();
        loop {
            match connection.receive() {
                Ok(reply) => replies.push(reply),
                Err(SubjectError::ConnectionLost(_)) => return Ok(replies),
                Err(error) => return Err(error),
            }
        }
    }

    fn connection(&mut self, client: ClientId) -> Result<&mut Connection, SubjectError> {
        use std::collections::btree_map::Entry;
        match self.connections.entry(client) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let opened = Connection::open(&Address::Unix(socket_in(self.directory.path())));
                Ok(entry.insert(opened.map_err(|error| SubjectError::ConnectionLost(error.to_string()))?))
            }
        }
    }
}

impl Drop for RestartableServer {
    fn drop(&mut self) {
        self.kill().ok(); // Nobody is left to tell.
    }
}

fn socket_in(directory: &Path) -> PathBuf {
    directory.join("server.sock")
}
