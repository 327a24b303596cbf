//! Real processes, real files, SIGKILL: what was answered must be there again, and nothing that was never sent.
//!
//! Several clients write at once, each into a database of its own: so their commands need no common order, and what a
//! client finds after a restart must be the state after some prefix of its own commands, no shorter than what was
//! answered, no longer than what was sent.
//!
//! A killed process leaves the system's page cache as it is. So a missing `fsync` cannot be seen here (simulated crashes
//! see it), only a reply that comes before its `write`. When the process dies is a matter of its luck, too: the
//! seed says after how many commands, and the rest is the scheduler's.

use std::ops::Range;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::timing::{asks_for_idle_time, is_time_sensitive, may_wait};
use crate::command::{self, Family};
use crate::model::{EncodingLimits, Expect, Model};
use crate::resp::{Bytes, Value};
use crate::scenario::text::quote_argv;
use crate::scenario::{self, Step};
use crate::subject::{ClientId, ProcessError, RestartableServer, SubjectError};

/// Records of one seed's scenario.
const RECORDS: usize = 400;

/// The server is killed after at most so many commands since it was started.
const COMMANDS_MAX: usize = 150;

/// Requests that a client writes at once, at most.
const PIECE_MAX: usize = 12;

/// What killing servers came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kills {
    /// How often a server was killed, and opened again.
    pub kills: u64,
    /// Commands that may write, and were answered without an error.
    pub acknowledged: u64,
    /// Those of them that were not there after a kill.
    pub lost: u64,
    /// Commands that were sent and not answered when the server was killed.
    pub in_flight: u64,
    /// Those of them that were there after the kill, or would have changed nothing.
    pub survived: u64,
    /// States that were held against what a server had.
    pub compared: u64,
    /// Seeds that ended early because the model could not know the state.
    pub abandoned: u64,
    /// The first thing that is wrong, and the seed that shows it.
    pub failure: Option<(u64, String)>,
}

/// Why a seed ends early.
enum Stop {
    Failure(String),
    CannotStart(ProcessError),
    LostTrack,
}

impl From<SubjectError> for Stop {
    fn from(error: SubjectError) -> Stop {
        Stop::Failure(format!("the server does not answer as one that runs: {error}"))
    }
}

/// Kills servers so many times, a new one for each seed, until something is wrong or the seeds are used up.
pub fn kill_servers(
    make: &dyn Fn() -> Result<RestartableServer, ProcessError>,
    seeds: Range<u64>,
    kills: u64,
) -> Result<Kills, ProcessError> {
    let mut found = Kills::default();
    for seed in seeds {
        let server = make()?;
        let outcome = Lane { server, lines: Vec::new(), dice: Dice::new(seed), found: &mut found, kills }.run(seed);
        match outcome {
            Ok(()) => {}
            Err(Stop::LostTrack) => found.abandoned += 1,
            Err(Stop::CannotStart(error)) => return Err(error),
            Err(Stop::Failure(failure)) => found.failure = Some((seed, failure)),
        }
        if found.failure.is_some() || found.kills == kills {
            break;
        }
    }
    Ok(found)
}

/// One server and its clients.
struct Lane<'a> {
    server: RestartableServer,
    lines: Vec<Line>,
    dice: Dice,
    found: &'a mut Kills,
    /// When to end.
    kills: u64,
}

impl Lane<'_> {
    fn run(mut self, seed: u64) -> Result<(), Stop> {
        let scenario = scenario::decode(&scenario::generate(seed, RECORDS, None));
        let mut model = Model::new(EncodingLimits::default()).with_foreign_clock();
        // How long a time to live may be depends on it.
        model.set_clock(self.server.now_ms()?);
        self.lines = (0..scenario.config.clients).map(|client| Line::new(client.into(), model.clone())).collect();
        self.select()?;
        let mut left = 1 + self.dice.below(COMMANDS_MAX);
        let mut commands = scenario.steps.iter().peekable();
        while let Some(step) = commands.next() {
            if let Step::Command { client, argv } = step {
                let line = client.0 as usize % self.lines.len();
                if is_certain(argv, &self.server) && self.lines[line].take(argv)? {
                    left -= 1;
                    self.go_on(line)?;
                }
            }
            if left == 0 || commands.peek().is_none() {
                self.kill()?;
                if self.found.kills == self.kills {
                    break;
                }
                left = 1 + self.dice.below(COMMANDS_MAX);
            }
        }
        Ok(())
    }

    /// Every client goes to its database.
    fn select(&mut self) -> Result<(), Stop> {
        for line in &mut self.lines {
            line.force(&words(&["SELECT", &line.client.0.to_string()]));
            line.write(&mut self.server)?;
            line.read(&mut self.server, 1)?;
        }
        Ok(())
    }

    /// A client has one more request to send: it may send what it has, and read some replies.
    fn go_on(&mut self, line: usize) -> Result<(), Stop> {
        let line = &mut self.lines[line];
        if line.unsent() >= PIECE_MAX || self.dice.below(4) == 0 {
            line.write(&mut self.server)?;
        }
        if self.dice.below(6) == 0 {
            let count = self.dice.below(line.owed() + 1);
            self.found.acknowledged += line.read(&mut self.server, count)?;
        }
        Ok(())
    }

    /// Kills the server in the middle of what it does, starts it again, and looks at what it has.
    fn kill(&mut self) -> Result<(), Stop> {
        for line in &mut self.lines {
            line.write(&mut self.server)?;
        }
        match self.dice.below(4) {
            0 => {}
            1 => std::thread::sleep(Duration::from_micros(self.dice.below(1500) as u64)),
            2 => {
                let line = self.dice.below(self.lines.len());
                let count = self.dice.below(self.lines[line].owed() + 1);
                self.found.acknowledged += self.lines[line].read(&mut self.server, count)?;
            }
            _ => {
                for line in &mut self.lines {
                    self.found.acknowledged += line.read(&mut self.server, line.owed())?;
                }
            }
        }
        self.server.kill().map_err(|error| Stop::CannotStart(error.into()))?;
        for line in &mut self.lines {
            for reply in self.server.last_replies(line.client)? {
                self.found.acknowledged += line.acknowledge(&reply)?;
            }
            self.found.in_flight += line.owed() as u64;
        }
        self.server.restart().map_err(|error| Stop::Failure(format!("it does not start after a kill: {error}")))?;
        self.found.kills += 1;
        for line in 0..self.lines.len() {
            let at = self.recognise(line)?;
            let line = &mut self.lines[line];
            self.found.survived += (at - line.acknowledged) as u64;
            *line = Line::new(line.client, restarted(&line.states[at]));
        }
        self.select()
    }

    /// Which of a client's states its database has, the newest first.
    fn recognise(&mut self, line: usize) -> Result<usize, Stop> {
        let Lane { server, lines, found, .. } = self;
        let line = &lines[line];
        let mut nearest: Option<(usize, String)> = None;
        for at in (line.acknowledged..line.states.len()).rev() {
            found.compared += 1;
            match difference(server, &line.states[at], line.client)? {
                None => return Ok(at),
                Some(found) if nearest.as_ref().is_none_or(|nearest| found.0 > nearest.0) => nearest = Some(found),
                Some(_) => {}
            }
        }
        for at in (0..line.acknowledged).rev() {
            if difference(server, &line.states[at], line.client)?.is_none() {
                found.lost += line.writes[at..line.acknowledged].iter().filter(|is_write| **is_write).count() as u64;
                return Err(Stop::Failure(line.loss(at)));
            }
        }
        Err(Stop::Failure(line.stranger(&nearest.unwrap_or_default().1)))
    }
}

/// A client with its commands and the states of its database, since the server was last started.
struct Line {
    client: ClientId,
    /// What leads from one state to the next.
    commands: Vec<Vec<Bytes>>,
    /// What each must be answered.
    expects: Vec<Expect>,
    /// Whether each was answered without an error, and may have written.
    writes: Vec<bool>,
    /// One more than commands: the first is what recovery found.
    states: Vec<Model>,
    written: usize,
    acknowledged: usize,
}

impl Line {
    fn new(client: ClientId, model: Model) -> Line {
        let (commands, expects, writes) = (Vec::new(), Vec::new(), Vec::new());
        Line { client, commands, expects, writes, states: vec![model], written: 0, acknowledged: 0 }
    }

    /// Takes a command, unless what it does depends on the time. Says whether it has.
    fn take(&mut self, argv: &[Bytes]) -> Result<bool, Stop> {
        let latest = &self.states[self.states.len() - 1];
        if is_time_sensitive(self.client, argv, latest) {
            return Ok(false);
        }
        let is_taken = self.force(argv);
        if self.states[self.states.len() - 1].has_lost_track() { Err(Stop::LostTrack) } else { Ok(is_taken) }
    }

    /// Takes any command that has one reply.
    fn force(&mut self, argv: &[Bytes]) -> bool {
        let mut model = self.states[self.states.len() - 1].clone();
        let mut out = Vec::new();
        model.send(self.client, argv, None, &mut out);
        match <[_; 1]>::try_from(out) {
            Ok([(_, expect)]) => {
                self.commands.push(argv.to_vec());
                self.expects.push(expect);
                self.states.push(model);
                true
            }
            Err(_) => false,
        }
    }

    fn unsent(&self) -> usize {
        self.commands.len() - self.written
    }

    fn owed(&self) -> usize {
        self.written - self.acknowledged
    }

    fn write(&mut self, server: &mut RestartableServer) -> Result<(), Stop> {
        server.send(self.client, &self.commands[self.written..])?;
        self.written = self.commands.len();
        Ok(())
    }

    /// Reads so many replies; gives the number of writes that they acknowledge.
    fn read(&mut self, server: &mut RestartableServer, count: usize) -> Result<u64, Stop> {
        let mut writes = 0;
        for _ in 0..count {
            let reply = server.receive(self.client)?;
            writes += self.acknowledge(&reply)?;
        }
        Ok(writes)
    }

    /// A reply came. One that differs from the prediction would make the states wrong.
    fn acknowledge(&mut self, reply: &Value) -> Result<u64, Stop> {
        let at = self.acknowledged;
        let Some(expect) = self.expects.get(at).filter(|_| at < self.written) else {
            return Err(Stop::Failure(format!("{}: a reply that nobody asked for: {reply}", self.client)));
        };
        if !expect.accepts(reply, false) {
            let command = quote_argv(&self.commands[at]);
            let client = self.client;
            return Err(Stop::Failure(format!("{client}: {command} gives {reply}\ninstead of {expect}")));
        }
        let is_write = super::restart::may_change_data(&self.commands[at]);
        // What is queued is written with its EXEC.
        let is_queued = matches!(reply, Value::Status(text) if text == b"QUEUED");
        self.writes.push(is_write && !is_queued && reply.error_code().is_none());
        self.acknowledged += 1;
        Ok(u64::from(self.writes[at]))
    }

    fn loss(&self, at: usize) -> String {
        let lost: Vec<String> = self.commands[at..self.acknowledged].iter().map(|argv| quote_argv(argv)).collect();
        format!(
            "{}: after a kill its database is as it was after {at} of {} answered commands. Lost, though answered:\n  {}",
            self.client,
            self.acknowledged,
            lost.join("\n  ")
        )
    }

    fn stranger(&self, difference: &str) -> String {
        let commands: Vec<String> = self.commands.iter().map(|argv| quote_argv(argv)).collect();
        format!(
            "{}: after a kill its database has a state that there never was: {difference}\nAnswered: {} of these\n  {}",
            self.client,
            self.acknowledged,
            commands.join("\n  ")
        )
    }
}

/// The state as a new process has it: without connections.
fn restarted(state: &Model) -> Model {
    let mut model = state.clone();
    model.restart(state);
    model
}

/// The first difference between a client's database and this state of it, if there is any, and after how many equal
/// replies it comes.
fn difference(
    server: &mut RestartableServer,
    state: &Model,
    client: ClientId,
) -> Result<Option<(usize, String)>, Stop> {
    let observer = ClientId::OBSERVER;
    let mut model = restarted(state);
    let db = client.0 as usize;
    let mut commands = vec![words(&["SELECT", &db.to_string()]), words(&["KEYS", "*"])];
    for (key, reads) in model.readings(db) {
        commands.push(vec![b"PTTL".to_vec(), key]);
        commands.extend(reads);
    }
    server.send(observer, &commands)?;
    let mut found = None;
    for (equal, argv) in commands.iter().enumerate() {
        let reply = server.receive(observer)?;
        let mut out = Vec::new();
        model.send(observer, argv, Some(&reply), &mut out);
        if let Some((_, expect)) = out.iter().find(|(_, expect)| !expect.accepts(&reply, false)) {
            let text = format!("{} gives {reply}\ninstead of {expect}", quote_argv(argv));
            found = found.or(Some((equal, text)));
        }
    }
    Ok(found)
}

/// Whether the outcome of a command is known before its reply, and stays in its client's database. Reads are not sent: that
/// a server answers them well is for other lanes.
fn is_certain(argv: &[Bytes], server: &RestartableServer) -> bool {
    /// What chooses at random, or reaches other databases.
    const LEFT_OUT: [&str; 8] = ["SPOP", "MOVE", "SWAPDB", "FLUSHALL", "SORT", "SORT_RO", "COPY", "RESTORE"];
    let Some(command) = command::by_name(&argv[0]) else { return false };
    let is_sent = super::restart::may_change_data(argv) || command.family == Family::Transactions;
    let is_drawn = |arg: &Bytes| arg.starts_with(b"@") || arg.eq_ignore_ascii_case(b"ANY");
    let from_clock = command.name == "XADD" && argv.iter().any(|arg| arg == b"*");
    let is_uncertain = LEFT_OUT.contains(&command.name)
        || !server.keeps_all_of(command.name)
        || from_clock
        || argv.iter().any(is_drawn);
    is_sent && !is_uncertain && !may_wait(argv) && !asks_for_idle_time(argv)
}

fn words(words: &[&str]) -> Vec<Bytes> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// What the seed decides.
struct Dice(ChaCha8Rng);

impl Dice {
    fn new(seed: u64) -> Dice {
        // Another stream than the scenario's.
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1);
        Dice(rng)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0.next_u32() as usize % end.max(1)
    }
}
