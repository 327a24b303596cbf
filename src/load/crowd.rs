//! All connections, driven by one thread.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use mio::{Events, Interest, Poll, Token};

use super::dice::Dice;
use super::lane::{Lane, Own};
use super::shared::{Ask, Shared, name};
use super::{Finding, HOT_KEYS, Load, LoadError, Options, Progress, SILENCE};
use crate::command;
use crate::oracle::{Fingerprint, Oracle, Violation, reply_class};
use crate::resp::{Bytes, Limits, Protocol, Value, ValueStream, encode_request};
use crate::serve::Stream;
use crate::subject::Address;

/// At most so many commands of one connection are on their way.
const PIPELINE: usize = 4;

/// One read.
const READ_BYTES: usize = 64 << 10;

/// The loop looks at the clock at least so often.
const NAP: Duration = Duration::from_millis(20);

pub(super) struct Crowd<'a> {
    options: &'a Options,
    clock: &'a dyn Fn() -> Duration,
    poll: Poll,
    lines: Vec<Line>,
    shared: Shared,
    phase: Phase,
    /// Sendings and answers so far.
    moment: u64,
    /// Commands that wait for their replies.
    owed: usize,
    /// Connections that owe nothing and have sent nothing.
    idle: Vec<usize>,
    /// When the measured time began, and when something was heard last.
    begun: Duration,
    heard: Duration,
    load: Load,
    buffer: Vec<u8>,
}

/// What is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Each shared key gets a value; the next one is this.
    Fill(usize),
    /// Anything, until the time is over.
    Draw,
    /// Each shared key is looked at.
    Sweep(usize),
}

struct Line {
    stream: Stream,
    replies: ValueStream,
    output: Vec<u8>,
    written: usize,
    asked: VecDeque<Asked>,
    dice: Dice,
    lane: Lane,
}

struct Asked {
    command: &'static str,
    at: Duration,
    about: About,
}

enum About {
    Own(Own),
    Shared(Ask),
}

impl<'a> Crowd<'a> {
    pub(super) fn connect(
        options: &'a Options,
        address: &Address,
        clock: &'a dyn Fn() -> Duration,
    ) -> Result<Crowd<'a>, LoadError> {
        let poll = Poll::new()?;
        let lines = (0..options.connections).map(|i| {
            let refused = |source| LoadError::Connect { number: i + 1, address: address.clone(), source };
            let mut line = Line::connect(i, options, address).map_err(refused)?;
            poll.registry().register(line.stream.source(), Token(i), Interest::READABLE | Interest::WRITABLE)?;
            Ok(line)
        });
        let lines: Vec<Line> = lines.collect::<Result<_, LoadError>>()?;
        let idle = (0..lines.len()).collect();
        let (shared, load, buffer) = (Shared::new(options.keys), Load::default(), vec![0; READ_BYTES]);
        let (phase, begun, heard) = (Phase::Fill(0), clock(), clock());
        Ok(Crowd { options, clock, poll, lines, shared, phase, moment: 0, owed: 0, idle, begun, heard, load, buffer })
    }

    pub(super) fn run(mut self, watch: &mut dyn FnMut(&Progress)) -> Result<Load, LoadError> {
        let mut events = Events::with_capacity(1024);
        let outcome = loop {
            if self.owed == 0 && !self.enter_next_phase() {
                break Ok(());
            }
            if let Err(finding) = self.send().and_then(|()| self.check_silence()) {
                break Err(finding);
            }
            match self.poll.poll(&mut events, Some(NAP)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            }
            let heard = events.iter().try_for_each(|event| self.serve(event.token().0));
            if let Err(finding) = heard {
                break Err(finding);
            }
            if self.phase == Phase::Draw {
                self.load.progress.elapsed = (self.clock)() - self.begun;
            }
            watch(&self.load.progress);
        };
        self.load.finding = outcome.err().map(|finding| *finding);
        self.load.hot_keys = self.hot_keys();
        Ok(self.load)
    }

    /// All replies are there: what comes next, if anything does.
    fn enter_next_phase(&mut self) -> bool {
        let last = self.options.keys;
        match self.phase {
            Phase::Fill(key) if key == last => {
                (self.phase, self.begun) = (Phase::Draw, (self.clock)());
                (self.load.latencies, self.load.progress.commands) = Default::default();
            }
            Phase::Draw if self.is_over() => self.phase = Phase::Sweep(0),
            Phase::Sweep(key) if key == last => return false,
            _ => {}
        }
        true
    }

    fn is_over(&self) -> bool {
        (self.clock)() - self.begun >= self.options.duration
    }

    /// Gives every idle connection something to send, as long as there is something.
    fn send(&mut self) -> Result<(), Box<Finding>> {
        for i in std::mem::take(&mut self.idle) {
            self.burst(i);
            if self.lines[i].asked.is_empty() {
                self.idle.push(i);
                continue;
            }
            self.owed += self.lines[i].asked.len();
            let written = self.lines[i].write();
            self.load.sent_bytes += written.map_err(|error| self.lost(i, &error))?;
        }
        Ok(())
    }

    /// A connection asks what it asks next, if anything.
    fn burst(&mut self, i: usize) {
        let (last, at) = (self.options.keys, (self.clock)());
        let is_over = self.is_over();
        let line = &mut self.lines[i];
        match &mut self.phase {
            Phase::Fill(key) if *key < last => {
                self.moment += 1;
                let first = self.shared.fill(*key, &mut line.dice, self.moment);
                line.ask(first, at);
                *key += 1;
            }
            Phase::Draw if !is_over => {
                let size = if line.dice.below(4) == 0 { 1 + line.dice.below(PIPELINE) } else { 1 };
                for _ in 0..size {
                    self.moment += 1;
                    if line.dice.below(2) == 0 {
                        line.ask_own(at);
                    } else {
                        let drawn = self.shared.draw(&mut line.dice, self.moment);
                        line.ask(drawn, at);
                    }
                }
            }
            // The looks at one key go out on one connection, and so stay in order.
            Phase::Sweep(key) if *key < last => {
                self.moment += 1;
                for look in self.shared.sweep(*key, self.moment) {
                    line.ask(look, at);
                }
                *key += 1;
            }
            _ => {}
        }
    }

    fn check_silence(&self) -> Result<(), Box<Finding>> {
        let silent = self.owed > 0 && (self.clock)().saturating_sub(self.heard) > SILENCE;
        let Some(i) = self.lines.iter().position(|line| silent && !line.asked.is_empty()) else { return Ok(()) };
        Err(self.broken(i, "timed-out", format!("nothing within {} s", SILENCE.as_secs())))
    }

    /// Reads and writes what can be.
    fn serve(&mut self, i: usize) -> Result<(), Box<Finding>> {
        let written = self.lines[i].write();
        self.load.sent_bytes += written.map_err(|error| self.lost(i, &error))?;
        loop {
            let read = match self.lines[i].stream.read(&mut self.buffer) {
                Ok(0) => return Err(self.lost(i, &ErrorKind::UnexpectedEof.into())),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.lost(i, &error)),
            };
            self.load.received_bytes += read as u64;
            self.heard = (self.clock)();
            self.lines[i].replies.feed(&self.buffer[..read]);
            self.take_replies(i)?;
        }
    }

    fn take_replies(&mut self, i: usize) -> Result<(), Box<Finding>> {
        loop {
            match self.lines[i].replies.next() {
                Ok(Some(reply)) => self.answer(i, &reply)?,
                Ok(None) => return Ok(()),
                Err(error) => return Err(self.broken(i, "garbage", format!("not RESP: {error}"))),
            }
        }
    }

    fn answer(&mut self, i: usize, reply: &Value) -> Result<(), Box<Finding>> {
        let line = &mut self.lines[i];
        let Some(asked) = line.asked.pop_front() else {
            return Err(self.broken(i, &reply_class(reply), reply.to_string()));
        };
        self.moment += 1;
        self.owed -= 1;
        if line.asked.is_empty() {
            self.idle.push(i);
        }
        let checks = match asked.about {
            About::Own(own) => {
                let checks = line.lane.answer(own, reply)?;
                self.load.own_checks += checks;
                checks
            }
            About::Shared(ask) => {
                let answered = self.shared.answer(ask, i, reply, self.moment);
                let checks = answered.map_err(|violation| Finding { violation: *violation, alone: Vec::new() })?;
                self.load.shared_checks += checks;
                checks
            }
        };
        self.load.progress.checks += checks;
        if self.phase == Phase::Draw {
            self.load.progress.commands += 1;
            self.load.latencies.record(asked.command, self.heard.saturating_sub(asked.at));
        }
        Ok(())
    }

    fn lost(&self, i: usize, error: &io::Error) -> Box<Finding> {
        let how =
            if error.kind() == ErrorKind::UnexpectedEof { "closed by the server".into() } else { error.to_string() };
        self.broken(i, "connection-lost", format!("connection lost: {how}"))
    }

    /// The connection does not do what a connection does.
    fn broken(&self, i: usize, kind: &str, observed: String) -> Box<Finding> {
        let waiting = self.lines[i].asked.front().map_or("nothing", |asked| asked.command);
        let expected = if waiting == "nothing" { "nothing: no reply is owed" } else { "a reply" };
        let violation = Violation {
            oracle: Oracle::Subject,
            step: 0,
            command: waiting.to_owned(),
            observed,
            expected: expected.to_owned(),
            fingerprint: Fingerprint::new(Oracle::Subject, waiting, "reply", kind),
            as_sent: Default::default(),
            dispute: None,
        };
        Box::new(Finding { violation, alone: Vec::new() })
    }

    fn hot_keys(&self) -> Vec<(String, u64)> {
        let mut uses: Vec<(usize, u64)> = self.shared.uses.iter().copied().enumerate().collect();
        uses.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        uses.iter().take(HOT_KEYS).map(|(key, count)| (name(*key), *count)).collect()
    }
}

impl Line {
    fn connect(i: usize, options: &Options, address: &Address) -> io::Result<Line> {
        let replies = ValueStream::new(Protocol::Resp2, Limits::REDIS);
        let (output, asked) = (Vec::new(), VecDeque::new());
        let (dice, lane) = (Dice::new(options.seed, i), Lane::new(i, options.terms));
        Ok(Line { stream: Stream::connect(address)?, replies, output, written: 0, asked, dice, lane })
    }

    /// About shared keys.
    fn ask(&mut self, (argv, ask): (Vec<Bytes>, Ask), at: Duration) {
        encode_request(&argv, &mut self.output);
        self.asked.push_back(Asked { command: command_of(&argv), at, about: About::Shared(ask) });
    }

    /// About its own keys.
    fn ask_own(&mut self, at: Duration) {
        let own = self.lane.draw(&mut self.dice);
        encode_request(&own.argv, &mut self.output);
        self.asked.push_back(Asked { command: command_of(&own.argv), at, about: About::Own(own) });
    }

    /// Writes what the socket takes; gives how many bytes that is.
    fn write(&mut self) -> io::Result<u64> {
        let from = self.written;
        while self.written < self.output.len() {
            match self.stream.write(&self.output[self.written..]) {
                Ok(written) => self.written += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let written = self.written - from;
        if self.written == self.output.len() {
            self.output.clear();
            self.written = 0;
        }
        Ok(written as u64)
    }
}

fn command_of(argv: &[Bytes]) -> &'static str {
    command::by_name(&argv[0]).map_or("?", |command| command.name)
}
