//! What the bytes that were delivered owe, and whether that is what came.

use std::collections::{BTreeMap, VecDeque};

use super::client::replies;
use crate::command;
use crate::digest;
use crate::model::{Expect, Model};
use crate::oracle::{Fingerprint, Oracle, Violation, reply_class};
use crate::panics::Panic;
use crate::recall::Recall;
use crate::resp::{Bytes, Limits, Request, RequestError, RequestReader, Value, ValueStream};
use crate::run::{Options, asks_for_endless_reply, rule_of};
use crate::scenario::text::quote_argv;
use crate::skip;
use crate::subject::ClientId;
use crate::target::RunReport;

/// Why a run ends before its scenario does.
pub(super) enum Stop {
    /// A promise was broken.
    Violation(Box<Violation>),
    /// The run has done enough, or the model cannot follow.
    OutOfBudget,
}

/// The model, and what it needs to know of each connection.
pub(super) struct Judge<'a> {
    options: &'a Options,
    pub(super) model: Model,
    pub(super) report: RunReport,
    /// The step of the scenario.
    pub(super) step: usize,
    /// Who judges: the state is read by ordinary commands, too.
    pub(super) oracle: Oracle,
    pub(super) recall: Recall,
    lines: BTreeMap<ClientId, Line>,
    /// What the server has written and nobody has been held to yet.
    events: Vec<(ClientId, Value)>,
    expects: Vec<(ClientId, Expect)>,
    /// What waiting connections wait with.
    waiting: BTreeMap<ClientId, Vec<Bytes>>,
    /// The request that was executed last.
    last: Vec<Bytes>,
    reply_bytes: u64,
}

/// A connection that the server has.
struct Line {
    reader: RequestReader,
    /// Requests that have come and are not executed yet.
    requests: VecDeque<Request>,
    /// What is wrong with what follows them.
    error: Option<RequestError>,
    output: ValueStream,
    /// The server must close it now.
    ends: bool,
}

impl<'a> Judge<'a> {
    pub(super) fn new(options: &'a Options) -> Self {
        let model = Model::new(options.encodings);
        Judge {
            options,
            model: model.with_profile(options.profile).with_string_limit(options.string_bytes_max),
            report: RunReport::default(),
            step: 0,
            oracle: Oracle::Reply,
            recall: Recall::default(),
            lines: BTreeMap::new(),
            events: Vec::new(),
            expects: Vec::new(),
            waiting: BTreeMap::new(),
            last: Vec::new(),
            reply_bytes: 0,
        }
    }

    /// The server has a new connection.
    pub(super) fn connect(&mut self, connection: ClientId) {
        let reader = RequestReader::new(Limits { max_bulk: self.options.string_bytes_max, ..Limits::REDIS });
        let line = Line { reader, requests: VecDeque::new(), error: None, output: replies(), ends: false };
        self.lines.insert(connection, line);
    }

    /// The connection has ended, whoever wanted it.
    pub(super) fn disconnect(&mut self, connection: ClientId) {
        self.chain(3, connection, &[]);
        self.lines.remove(&connection);
        self.model.disconnect(connection);
        self.waiting.remove(&connection);
    }

    /// The connections that the server has.
    pub(super) fn connections(&self) -> Vec<ClientId> {
        self.lines.keys().copied().collect()
    }

    /// Whether the server must close the connection.
    pub(super) fn must_end(&self, connection: ClientId) -> bool {
        self.lines.get(&connection).is_some_and(|line| line.ends)
    }

    /// Why the command must not get to a server.
    pub(super) fn is_barred(argv: &[Bytes]) -> bool {
        let name = String::from_utf8_lossy(&argv[0]).to_ascii_uppercase();
        let is_unknown_to_us = command::by_name(&argv[0]).is_none() && command::reason_left_out(&name).is_some();
        is_unknown_to_us || skip::reason(argv, false).is_some() || asks_for_endless_reply(argv)
    }

    /// These bytes are about to arrive: gives the requests that they complete.
    pub(super) fn deliver(&mut self, connection: ClientId, bytes: &[u8]) -> Result<Vec<Request>, Stop> {
        self.chain(1, connection, bytes);
        let Some(line) = self.lines.get_mut(&connection) else { return Ok(Vec::new()) };
        line.reader.feed(bytes);
        let mut completed = Vec::new();
        while line.error.is_none() {
            match line.reader.next() {
                Ok(Some(request)) => completed.push(request),
                Ok(None) => break,
                Err(error) => line.error = Some(error),
            }
        }
        line.requests.extend(completed.iter().cloned());
        if completed.iter().any(|argv| Self::is_barred(argv)) { Err(Stop::OutOfBudget) } else { Ok(completed) }
    }

    /// The server has written bytes to the connection.
    pub(super) fn observe(&mut self, connection: ClientId, bytes: &[u8]) -> Result<(), Stop> {
        self.chain(4, connection, bytes);
        self.reply_bytes += bytes.len() as u64;
        if self.oracle == Oracle::State {
            self.report.outcome = twox_hash::XxHash3_64::oneshot_with_seed(self.report.outcome, bytes);
        }
        let Some(line) = self.lines.get_mut(&connection) else { return Ok(()) };
        line.output.feed(bytes);
        loop {
            match line.output.next() {
                Ok(None) => return Ok(()),
                Ok(Some(value)) => {
                    self.report.errors += u64::from(matches!(value, Value::Error(_)));
                    self.events.push((connection, value));
                }
                Err(error) => {
                    let observed = format!("{error}: \"{}\"", bytes[..bytes.len().min(80)].escape_ascii());
                    return self.subject("value", "garbage", observed);
                }
            }
        }
    }

    /// What the connection has sent is executed, then what those have sent whom that has woken, and so on; what the
    /// server has written must be just what that brings about.
    pub(super) fn execute(&mut self, connection: ClientId) -> Result<(), Stop> {
        self.run([connection].into())?;
        self.nothing_left()
    }

    /// Time moves.
    pub(super) fn advance(&mut self, to_ms: u64) -> Result<(), Stop> {
        self.chain(2, ClientId(0), &to_ms.to_le_bytes());
        if !self.is_order_known(to_ms) {
            return Err(Stop::OutOfBudget);
        }
        self.last.clear();
        self.expects.clear();
        self.model.advance(to_ms, &mut self.expects);
        let woken = self.compare(None, &[])?;
        self.run(woken)?;
        self.nothing_left()
    }

    /// Of clients that have waited equally long, the server goes on with the one that lies lower in its memory. That
    /// shows only if several of them have sent more in the meantime.
    fn is_order_known(&self, to_ms: u64) -> bool {
        let goes_on = |(connection, _): &&(ClientId, Expect)| {
            self.lines.get(connection).is_some_and(|line| line.error.is_some() || !line.requests.is_empty())
        };
        if self.waiting.len() < 2 {
            return true;
        }
        let mut ahead = self.model.clone();
        while let Some(deadline_ms) = ahead.next_timeout_ms().filter(|at| *at < to_ms) {
            let mut timed_out = Vec::new();
            ahead.advance(deadline_ms + 1, &mut timed_out);
            match timed_out.iter().filter(goes_on).count() {
                0 if timed_out.is_empty() => break,
                0 | 1 => {}
                _ => return false,
            }
        }
        true
    }

    fn run(&mut self, mut runnable: VecDeque<ClientId>) -> Result<(), Stop> {
        while let Some(connection) = runnable.pop_front() {
            while let Some(argv) = self.next_request(connection)? {
                runnable.extend(self.judge(connection, argv)?);
            }
        }
        Ok(())
    }

    /// The next request that is executed now; an error in its place ends the connection.
    fn next_request(&mut self, connection: ClientId) -> Result<Option<Request>, Stop> {
        if self.model.is_blocked(connection) {
            return Ok(None);
        }
        let Some(line) = self.lines.get_mut(&connection).filter(|line| !line.ends) else { return Ok(None) };
        if let Some(argv) = line.requests.pop_front() {
            return Ok(Some(argv));
        }
        if let Some(error) = line.error {
            line.ends = true;
            self.last.clear();
            self.expects.clear();
            self.expects.push((connection, Expect::Exact(error.reply())));
            self.compare(Some(connection), &[])?;
        }
        Ok(None)
    }

    /// Compares what one request brought about; gives the others that received something.
    fn judge(&mut self, connection: ClientId, argv: Request) -> Result<VecDeque<ClientId>, Stop> {
        self.report.steps += 1;
        self.report.sent.count(&argv);
        let is = |name: &[u8]| argv[0].eq_ignore_ascii_case(name);
        let queued = if is(b"EXEC") { self.model.queued(connection).to_vec() } else { Vec::new() };
        let quits = is(b"QUIT");
        self.last = argv;
        self.learn(connection, &queued);
        self.expects.clear();
        self.model.follow(connection, &self.last, &self.events, &mut self.expects);
        let woken = self.compare(Some(connection), &queued)?;
        let Judge { waiting, model, .. } = self;
        waiting.retain(|client, _| model.is_blocked(*client));
        if self.model.is_blocked(connection) {
            self.waiting.insert(connection, self.last.clone());
        }
        if let Some(line) = self.lines.get_mut(&connection) {
            line.ends |= quits;
        }
        Ok(woken)
    }

    /// Remembers what later arguments may stand for; EXEC answers for every command that was queued.
    fn learn(&mut self, connection: ClientId, queued: &[Vec<Bytes>]) {
        let Some((_, reply)) = self.events.iter().find(|(c, _)| *c == connection) else { return };
        match reply {
            Value::Array(items) if !queued.is_empty() => {
                items.iter().zip(queued).for_each(|(item, argv)| self.recall.learn(connection, argv, item));
            }
            reply => self.recall.learn(connection, &self.last, reply),
        }
    }

    /// Compares what was predicted with what came, connection by connection, in order. Gives the connections other than
    /// the one that caused it.
    fn compare(&mut self, cause: Option<ClientId>, queued: &[Vec<Bytes>]) -> Result<VecDeque<ClientId>, Stop> {
        if self.is_over_budget() {
            return Err(Stop::OutOfBudget);
        }
        let expects = std::mem::take(&mut self.expects);
        let mut woken = VecDeque::new();
        for (connection, expect) in &expects {
            self.report.checks += 1;
            let Some(at) = self.events.iter().position(|(c, _)| c == connection) else {
                let argv = self.command_of(*connection, cause, &expect.class());
                let observed = "no reply: the connection stays silent".into();
                let fingerprint = Fingerprint::new(self.oracle, &signature(argv), &expect.class(), "nothing");
                return self.violation(self.oracle, argv, observed, expect.to_string(), fingerprint);
            };
            let (_, observed) = self.events.remove(at);
            if !expect.accepts(&observed, true) {
                let queued = if Some(*connection) == cause { queued } else { &[] };
                let argv = self.command_of(*connection, cause, &expect.class());
                return self.reply_violation(argv, expect, &observed, queued);
            }
            if Some(*connection) != cause && woken.back() != Some(connection) {
                woken.push_back(*connection);
            }
        }
        self.expects = expects;
        Ok(woken)
    }

    fn is_over_budget(&self) -> bool {
        self.model.has_lost_track()
            || self.reply_bytes > self.options.reply_bytes_max
            || self.report.steps > self.options.commands_max
            || self.model.written_bytes() > self.options.written_bytes_max
    }

    /// All that the server has written was owed, to the last byte.
    pub(super) fn nothing_left(&mut self) -> Result<(), Stop> {
        if let Some((connection, observed)) = self.events.first() {
            let argv = self.command_of(*connection, None, &reply_class(observed));
            let fingerprint = Fingerprint::new(self.oracle, &signature(argv), "nothing", &reply_class(observed));
            let expected = "nothing: no reply is owed, and no message was sent".into();
            return self.violation(self.oracle, argv, observed.to_string(), expected, fingerprint);
        }
        match self.lines.values().map(|line| line.output.pending()).find(|pending| *pending > 0) {
            Some(pending) => self.subject("value", "part", format!("{pending} bytes that are no whole value")),
            None => Ok(()),
        }
    }

    /// Whether the server wants the connection to end must be what the bytes on it ask for.
    pub(super) fn compare_closed(&mut self, connection: ClientId, closed: bool) -> Result<(), Stop> {
        self.report.checks += 1;
        let word = |closed: bool| if closed { "closed" } else { "open" };
        let ends = self.must_end(connection);
        if ends == closed { Ok(()) } else { self.subject(word(ends), word(closed), format!("it is {}", word(closed))) }
    }

    /// What the server finds wrong with itself.
    pub(super) fn compare_findings(&mut self, findings: &[String]) -> Result<(), Stop> {
        self.report.checks += 1;
        let Some(first) = findings.first() else { return Ok(()) };
        let fingerprint = Fingerprint::new(Oracle::Check, "check", "holds", &rule_of(first));
        self.violation(
            Oracle::Check,
            &[],
            findings.join("\n"),
            "every invariant of the server holds".into(),
            fingerprint,
        )
    }

    /// The server has panicked.
    pub(super) fn panicked<T>(&self, panic: &Panic) -> Result<T, Stop> {
        let fingerprint = Fingerprint::new(Oracle::Panic, &signature(&self.last), "reply", &panic.place);
        self.violation(Oracle::Panic, &self.last, panic.to_string(), "a reply".into(), fingerprint)
    }

    /// The request that is about to be executed, for naming a panic.
    pub(super) fn is_next(&mut self, argv: Option<&Request>) {
        self.last = argv.cloned().unwrap_or_default();
    }

    /// The commands that read a database back.
    pub(super) fn readings(&self, observer: ClientId, db: usize) -> Vec<Vec<Bytes>> {
        let words = |words: &[&[u8]]| words.iter().map(|word| word.to_vec()).collect::<Vec<_>>();
        let mut commands = Vec::new();
        if self.model.selected(observer) != db {
            commands.push(words(&[b"SELECT", db.to_string().as_bytes()]));
        }
        commands.push(words(&[b"KEYS", b"*"]));
        for (key, reads) in self.model.readings(db) {
            commands.push(words(&[b"PTTL", &key]));
            commands.extend(reads);
        }
        commands
    }

    /// The command that a reply belongs to: the one that its client waited with, or the one just executed, which also
    /// messages to others come from.
    fn command_of(&self, connection: ClientId, cause: Option<ClientId>, class: &str) -> &[Bytes] {
        match self.waiting.get(&connection) {
            Some(waited_with) if Some(connection) != cause && class != "push" => waited_with,
            _ => &self.last,
        }
    }

    /// A wrong reply. Inside EXEC the queued command is what the fingerprint names.
    fn reply_violation<T>(
        &self,
        argv: &[Bytes],
        expect: &Expect,
        observed: &Value,
        queued: &[Vec<Bytes>],
    ) -> Result<T, Stop> {
        let (signature, expected_class, observed_class) = match expect.first_difference(observed, true) {
            Some((i, expect, observed)) if i < queued.len() => {
                (format!("EXEC>{}", command::signature(&queued[i])), expect.class(), reply_class(observed))
            }
            _ => (signature(argv), expect.class(), reply_class(observed)),
        };
        let fingerprint = Fingerprint::new(self.oracle, &signature, &expected_class, &observed_class);
        self.violation(self.oracle, argv, observed.to_string(), expect.to_string(), fingerprint)
    }

    /// Something is wrong with a connection rather than with a reply.
    fn subject<T>(&self, expected: &str, observed: &str, told: String) -> Result<T, Stop> {
        let fingerprint = Fingerprint::new(Oracle::Subject, "connection", expected, observed);
        let wanted = match expected {
            "value" => "RESP values",
            "closed" => "the connection is closed: its bytes are no request, or it asked for that",
            _ => "the connection stays open",
        };
        self.violation(Oracle::Subject, &self.last, told, wanted.into(), fingerprint)
    }

    fn violation<T>(
        &self,
        oracle: Oracle,
        argv: &[Bytes],
        observed: String,
        expected: String,
        fingerprint: Fingerprint,
    ) -> Result<T, Stop> {
        let (step, command, as_sent) = (self.step, quote_argv(argv), BTreeMap::new());
        let dispute = None;
        let violation = Violation { oracle, step, command, observed, expected, fingerprint, as_sent, dispute };
        Err(Stop::Violation(Box::new(violation)))
    }

    fn chain(&mut self, kind: u64, connection: ClientId, bytes: &[u8]) {
        let mut event = connection.0.to_le_bytes().to_vec();
        digest::bytes(bytes, &mut event);
        let seed = self.report.hash.rotate_left(1) ^ kind;
        self.report.hash = twox_hash::XxHash3_64::oneshot_with_seed(seed, &event);
    }
}

/// The command's signature, or what stands for bytes that are none.
fn signature(argv: &[Bytes]) -> String {
    if argv.is_empty() { "bytes".into() } else { command::signature(argv) }
}
