//! The engine: sessions, their commands, and the outbox.

use std::collections::VecDeque;

use crate::blocking::{Progress, Wait};
use crate::clock::Clock;
use crate::command::args::{self, QUOTED_BYTES, c_prefix};
use crate::command::{self, Command, Context, Run};
use crate::config::Config;
use crate::objects::{self, ObjectLog, ObjectOpenError, ObjectOptions, Objects, Setback, Streamed};
use crate::reply::{Error, Reply};
use crate::session::{Argv, SessionId};
use crate::storage::Storage;
use crate::store::Store;
use crate::transaction;
use crate::value::Kind;
use crate::wal::{self, Durability, OpenError, Wal};

/// An embedded Redis-compatible engine.
pub struct Engine {
    store: Store,
    clock: Box<dyn Clock>,
    /// Where the changes go, if they are to outlive the engine.
    wal: Option<Wal>,
    /// Or where they are streamed to.
    streamed: Option<Streamed>,
    /// Why nothing is executed any more.
    failure: Option<String>,
}

impl Engine {
    /// An engine without keys.
    pub fn new(config: Config, clock: Box<dyn Clock>) -> Engine {
        Engine::with(Store::new(config), clock, None)
    }

    /// An engine whose keys outlive it: opens what the storage holds, or begins anew if it holds nothing.
    ///
    /// Replies wait in the outbox until [`Engine::poll`] has written what they depend on, and has made it durable if
    /// that is asked for.
    pub fn open(
        config: Config,
        clock: Box<dyn Clock>,
        storage: Box<dyn Storage>,
        durability: Durability,
    ) -> Result<Engine, OpenError> {
        let now = i64::try_from(clock.now_ms()).unwrap_or(i64::MAX);
        let (store, wal) = wal::recover(config, storage, durability, now)?;
        Ok(Engine::with(store, clock, Some(wal)))
    }

    fn with(store: Store, clock: Box<dyn Clock>, wal: Option<Wal>) -> Engine {
        let mut engine = Engine { store, clock, wal, streamed: None, failure: None };
        engine.read_clock();
        engine.store.started_at = engine.store.now;
        engine
    }

    /// An engine whose changes are streamed to an object store: opens what the store holds, or begins anew.
    ///
    /// Replies don't wait for the store; [`Engine::object_log`] tells what is durable. If another engine opens the store,
    /// this one stops.
    pub fn open_objects(
        config: Config,
        clock: Box<dyn Clock>,
        objects: Box<dyn Objects>,
        options: ObjectOptions,
    ) -> Result<Engine, ObjectOpenError> {
        let now = i64::try_from(clock.now_ms()).unwrap_or(i64::MAX);
        let (store, streamed) = objects::open(config, objects, options, now)?;
        Ok(Engine { streamed: Some(streamed), ..Engine::with(store, clock, None) })
    }

    /// The log in an object store, if there is one.
    pub fn object_log(&self) -> Option<&ObjectLog> {
        self.streamed.as_ref().map(|streamed| &streamed.log)
    }

    /// Makes everything durable in the object store, as long as that doesn't fail: for an orderly end.
    pub fn flush_objects(&mut self) {
        self.stream(Streamed::flush);
    }

    /// Why the engine has stopped, if it has: the storage failed, and what is in memory may be more than what is there.
    /// All commands are refused until it is opened again.
    pub fn failure(&self) -> Option<String> {
        self.failure.clone()
    }

    /// All keys with their values and deadlines, and the definitions of the indexes: equal for engines that hold the same.
    pub fn image(&self) -> Vec<u8> {
        wal::image(&self.store)
    }

    /// Takes a command of a session, which begins with its first command. Replies, also those to other sessions that
    /// the command wakes, go to the outbox. A blocked session's commands wait until it is served.
    ///
    /// A session that QUIT or CLIENT KILL has ended begins anew, as a client does that connects again.
    pub fn execute(&mut self, session: SessionId, argv: &[Vec<u8>]) {
        if argv.is_empty() {
            return;
        }
        if self.failure.is_some() {
            return self.refuse(session);
        }
        self.read_clock();
        let client = self.store.clients.meet(session, self.store.now);
        if client.wait.is_some() {
            client.backlog.push_back(argv.to_vec());
            return;
        }
        let mut woken = VecDeque::new();
        self.run(session, argv, &mut woken);
        self.drain_backlogs(woken);
    }

    /// Commits what was executed, then drains the outbox, oldest reply first. Replies are in the types of the protocol that the session spoke when they
    /// were sent: see [`Reply::for_protocol`].
    pub fn poll(&mut self, out: &mut Vec<(SessionId, Reply)>) {
        self.commit();
        self.store.clients.owed.clear();
        out.extend(self.store.clients.outbox.drain(..));
    }

    /// Writes what the replies in the outbox depend on.
    fn commit(&mut self) {
        self.stream(Streamed::commit);
        let Some(wal) = self.wal.as_mut().filter(|_| self.failure.is_none()) else {
            return;
        };
        let now = i64::try_from(self.clock.now_ms()).unwrap_or(i64::MAX);
        if let Err(error) = wal.commit(&mut self.store, now) {
            self.stop(&error);
        }
    }

    fn stream(&mut self, how: fn(&mut Streamed, &mut Store, i64) -> Result<(), Setback>) {
        let now = i64::try_from(self.clock.now_ms()).unwrap_or(i64::MAX);
        let Some(streamed) = self.streamed.as_mut().filter(|_| self.failure.is_none()) else {
            return;
        };
        if how(streamed, &mut self.store, now).is_err() {
            self.stop(&std::io::Error::other("another engine has opened the object store"));
        }
    }

    /// The storage has failed: all who are owed an answer, or wait for one, learn of it.
    fn stop(&mut self, error: &std::io::Error) {
        self.failure = Some(error.to_string());
        self.store.clients.outbox.clear();
        let waiting: Vec<_> =
            self.store.clients.iter().filter(|session| session.wait.is_some()).map(|s| s.id).collect();
        for id in std::mem::take(&mut self.store.clients.owed) {
            self.store.clients.outbox.push_back((id, self.misconf()));
        }
        for id in waiting {
            self.store.unblock(id, Some(self.misconf()));
            while self.next_command(id).is_some() {
                self.refuse(id);
            }
        }
    }

    fn misconf(&self) -> Reply {
        let why = self.failure.as_deref().unwrap_or_default().replace(['\r', '\n'], " ");
        Error::built(format!("MISCONF Errors writing to the AOF file: {why}")).into()
    }

    /// Answers a command that isn't executed, as the storage has failed.
    fn refuse(&mut self, id: SessionId) {
        self.store.clients.meet(id, self.store.now);
        if let Some(session) = self.store.clients.take(id) {
            self.store.settle(session, Some(self.misconf()));
        }
    }

    /// Notices that time has moved: blocked sessions whose time is over are answered in the order of their deadlines,
    /// and some expired keys are removed.
    pub fn tick(&mut self) {
        if self.failure.is_some() {
            return;
        }
        self.read_clock();
        let mut runnable = VecDeque::new();
        let early = i64::from(planted!(self.store.config, BlockedTimeoutEarly));
        while let Some(id) = self.store.blocked.first_timed_out(self.store.now + early) {
            self.store.unblock(id, None);
            runnable.push_back(id);
        }
        self.drain_backlogs(runnable);
        self.store.expire_cycle();
        self.store.index_changes(&[]);
        self.store.seal();
        self.stream(Streamed::commit);
        self.sync_if_due();
    }

    fn sync_if_due(&mut self) {
        let now = self.store.now;
        if let Some(Err(error)) = self.wal.as_mut().map(|wal| wal.sync_if_due(now)) {
            self.stop(&error);
        }
    }

    /// Ends a session: what it queued, watched or waited for is forgotten.
    pub fn disconnect(&mut self, session: SessionId) {
        if planted!(self.store.config, DisconnectLeaksWatches) {
            self.store.watches.forget_session(session);
        }
        if let Some(session) = self.store.clients.take(session) {
            self.store.close(session);
        }
    }

    /// An orderly shutdown: what the engine has answered is durable then, whatever the policy. Fails if it had stopped, or
    /// if the storage fails now.
    pub fn close(&mut self) -> std::io::Result<()> {
        self.commit();
        self.flush_objects();
        if let Some(reason) = &self.failure {
            return Err(std::io::Error::other(reason.clone()));
        }
        self.wal.as_mut().map_or(Ok(()), Wal::close)
    }

    /// Whether the session's last command waits for something.
    pub fn is_waiting(&self, session: SessionId) -> bool {
        self.store.clients.get(session).is_some_and(|session| session.wait.is_some())
    }

    /// Whether a command of any session waits for something.
    pub fn is_anybody_waiting(&self) -> bool {
        self.store.clients.iter().any(|session| session.wait.is_some())
    }

    /// The violated invariants of the whole store; none, if all is well.
    pub fn check(&self) -> Vec<String> {
        self.store.check()
    }

    /// The violated invariants of the indexes of FT.* alone: they hold what a look at all hashes would find.
    pub fn check_search(&self) -> Result<(), String> {
        let faults = self.store.check_search();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }

    fn read_clock(&mut self) {
        self.store.now = i64::try_from(self.clock.now_ms()).unwrap_or(i64::MAX);
    }

    /// Runs what the woken sessions have sent until they block again, then what those have sent whom this has woken,
    /// and so on.
    fn drain_backlogs(&mut self, mut runnable: VecDeque<SessionId>) {
        while let Some(id) = runnable.pop_front() {
            while let Some(argv) = self.next_command(id) {
                self.run(id, &argv, &mut runnable);
            }
        }
    }

    fn next_command(&mut self, id: SessionId) -> Option<Argv> {
        let session = self.store.clients.get_mut(id).filter(|session| session.wait.is_none())?;
        session.backlog.pop_front()
    }

    /// Runs one command and serves whom it wakes.
    fn run(&mut self, id: SessionId, argv: &[Vec<u8>], woken: &mut VecDeque<SessionId>) {
        let Some(mut session) = self.store.clients.take(id) else {
            return;
        };
        session.active_at = self.store.now;
        self.store.stats.commands += 1;
        let reply = dispatch(&mut Context { store: &mut self.store, session: &mut session }, argv);
        self.store.settle(session, reply);
        self.store.seal();
        woken.append(&mut self.store.clients.unblocked);
        self.serve_blocked(woken);
    }

    /// Serves those who wait for the keys that have come into being.
    fn serve_blocked(&mut self, woken: &mut VecDeque<SessionId>) {
        let mut ready = self.store.blocked.next_ready();
        while let Some((db, key)) = ready {
            let mut waiting = self.store.blocked.waiting(db, &key);
            if planted!(self.store.config, BlockedServedNewestFirst) {
                waiting.reverse();
            }
            for &id in &waiting {
                let Some(entry) = self.store.entry(db, &key) else {
                    break;
                };
                let kind = entry.value.kind();
                if let Some(reply) = self.serve(id, kind, &key) {
                    self.store.unblock(id, Some(reply));
                    woken.push_back(id);
                    if planted!(self.store.config, XaddServesOneSession) && kind == Kind::Stream {
                        break;
                    }
                }
            }
            self.console(db, &key, waiting, woken);
            self.store.seal();
            if planted!(self.store.config, BlockedChainStops) {
                self.store.blocked.forget_ready();
            }
            ready = self.store.blocked.next_ready();
        }
    }

    /// What a blocked session gets from the key, if it waits for a value of that kind.
    fn serve(&mut self, id: SessionId, kind: Kind, key: &[u8]) -> Option<Reply> {
        let mut session = self.store.clients.take(id)?;
        let mut served = Ok(None);
        if let Some(wait) = session.wait.take() {
            if wait.kind == kind {
                let mark = self.store.mark(session.db);
                served = (wait.serve)(&mut Context { store: &mut self.store, session: &mut session }, key);
                self.store.index_changes(&session.waiting);
                self.store.note(mark, &session.waiting, Some(key));
                self.store.seal();
            }
            session.wait = Some(wait);
        }
        self.store.clients.put(session);
        served.unwrap_or_else(|error| Some(error.into()))
    }

    /// Answers those who wait for a kind of value that isn't at the key any more, if they have an answer for that.
    fn console(&mut self, db: usize, key: &[u8], waiting: Vec<SessionId>, woken: &mut VecDeque<SessionId>) {
        let kind = self.store.entry(db, key).map(|entry| entry.value.kind());
        for id in waiting {
            let wait = self.store.clients.get_mut(id).and_then(|session| session.wait.as_ref());
            let lost = wait.filter(|wait| Some(wait.kind) != kind).and_then(|wait| wait.gone.clone());
            if let Some(error) = lost {
                self.store.unblock(id, Some(error.into()));
                woken.push_back(id);
            }
        }
    }
}

/// Runs or queues one command; no reply if it blocks, or if it has sent its replies itself.
fn dispatch(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Option<Reply> {
    let command = match admit(argv).and_then(|command| check_session(cx, command)) {
        Ok(command) => command,
        Err(error) => return Some(transaction::refuse(cx, argv, error)),
    };
    cx.session.last_command = command.spec.name;
    match (command.run, &mut cx.session.multi) {
        (Run::Exec, _) => transaction::exec(cx),
        (Run::Now(_) | Run::Wait(_) | Run::Try(_) | Run::Send(_), Some(multi)) => {
            multi.queue.push(argv.to_vec());
            Some(Reply::QUEUED)
        }
        _ => call(cx, command, argv),
    }
}

/// Finds the command, or the subcommand, and checks the number of its words.
pub(crate) fn admit(argv: &[Vec<u8>]) -> Result<&'static Command, Error> {
    let command = command::find(&argv[0]).ok_or_else(|| unknown(argv))?;
    let command = command.resolve(argv).ok_or_else(|| unknown_subcommand(argv))?;
    if command.takes(argv.len()) { Ok(command) } else { Err(Error::arity(command.spec.name)) }
}

/// What a session may call while it has subscriptions and speaks RESP2.
const WHILE_SUBSCRIBED: &[&str] =
    &["ping", "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe", "quit", "reset"];

/// Whether the state of the session allows the command.
fn check_session(cx: &Context<'_>, command: &'static Command) -> Result<&'static Command, Error> {
    let name = command.spec.name;
    if cx.session.multi.is_some() && command.spec.flags.split(' ').any(|flag| flag == "no_multi") {
        return Err(Error::new("ERR Command not allowed inside a transaction"));
    }
    if planted!(cx.config(), SubscribedMayRunAll) || WHILE_SUBSCRIBED.contains(&name) || !cx.is_subscribed_resp2() {
        return Ok(command);
    }
    Err(Error::built(format!(
        "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
    )))
}

/// Runs one command; no reply if it blocks, or if it has sent its replies itself.
pub(crate) fn call(cx: &mut Context<'_>, command: &Command, argv: &[Vec<u8>]) -> Option<Reply> {
    let mark = cx.store.mark(cx.session.db);
    let outcome = match command.run {
        Run::Now(run) | Run::Transaction(run) => run(cx, argv).map(Some),
        Run::Wait(run) => run(cx, argv).and_then(|wait| take_or_block(cx, argv, wait)),
        Run::Try(run) => run(cx, argv).map(|progress| match progress {
            Progress::Done(reply) => Some(reply),
            Progress::Blocked(wait) => block(cx, argv, wait),
        }),
        Run::Send(run) => run(cx, argv).map(|()| None),
        Run::Exec => Ok(transaction::exec(cx)),
        // A container alone doesn't pass the arity check.
        Run::Container(_) => Err(Error::arity(command.spec.name)),
    };
    cx.store.index_changes(argv);
    cx.store.note(mark, argv, None);
    outcome.unwrap_or_else(|error| Some(error.into()))
}

/// Takes from the first key that exists, or blocks the session until one does.
fn take_or_block(cx: &mut Context<'_>, argv: &[Vec<u8>], wait: Wait) -> Result<Option<Reply>, Error> {
    for key in &wait.keys {
        if let Some(reply) = (wait.serve)(cx, key)? {
            return Ok(Some(reply));
        }
    }
    Ok(block(cx, argv, wait))
}

/// Blocks the session, where that is allowed.
fn block(cx: &mut Context<'_>, argv: &[Vec<u8>], wait: Wait) -> Option<Reply> {
    if cx.session.in_exec && !planted!(cx.config(), BlockingInExecBlocks) {
        return Some(wait.denied);
    }
    cx.store.blocked.add(cx.session.id, cx.session.db, &wait);
    cx.session.waiting = argv.to_vec();
    cx.session.wait = Some(wait);
    None
}

fn unknown(argv: &[Vec<u8>]) -> Error {
    let mut shown = Vec::new();
    for arg in &argv[1..] {
        if shown.len() >= QUOTED_BYTES {
            break;
        }
        let room = QUOTED_BYTES - shown.len();
        shown.push(b'\'');
        shown.extend_from_slice(c_prefix(arg, room));
        shown.extend_from_slice(b"' ");
    }
    let mut text = b"ERR unknown command '".to_vec();
    text.extend_from_slice(c_prefix(&argv[0], QUOTED_BYTES));
    text.extend_from_slice(b"', with args beginning with: ");
    text.extend_from_slice(&shown);
    Error::built(text)
}

fn unknown_subcommand(argv: &[Vec<u8>]) -> Error {
    let mut text = b"ERR unknown subcommand '".to_vec();
    text.extend_from_slice(c_prefix(&argv[1], QUOTED_BYTES));
    text.extend_from_slice(b"'. Try ");
    text.extend_from_slice(&args::c_str(&argv[0]).to_ascii_uppercase());
    text.extend_from_slice(b" HELP.");
    Error::built(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    fn popped(key: &str, element: &str) -> Reply {
        Reply::bulks([key, element])
    }

    #[test]
    fn waiting_sessions_are_served_in_order_of_arrival() {
        let mut rig = Rig::new();
        for session in [3, 2, 4] {
            assert_eq!(rig.replies(session, "BLPOP k 0"), []);
        }
        let replies = rig.replies(1, "RPUSH k a b");
        assert_eq!(replies, [(1, Reply::Int(2)), (3, popped("k", "a")), (2, popped("k", "b"))]);
        assert_eq!(rig.run("EXISTS k"), Reply::Int(0));
        assert_eq!(rig.replies(1, "RPUSH k c").len(), 2);
    }

    #[test]
    fn an_element_travels_through_a_chain_of_waiting_sessions() {
        let mut rig = Rig::new();
        rig.replies(2, "BLPOP c 0");
        rig.replies(3, "BLMOVE b c LEFT RIGHT 0");
        rig.replies(4, "BLMOVE a b LEFT RIGHT 0");
        let served: Vec<SessionId> = rig.replies(1, "RPUSH a x").into_iter().map(|(session, _)| session).collect();
        assert_eq!(served, [1, 4, 3, 2]);
    }

    #[test]
    fn a_transaction_is_over_before_anybody_is_served() {
        let mut rig = Rig::new();
        rig.replies(2, "BLPOP k 0");
        for command in ["MULTI", "RPUSH k a", "LPOP k", "EXEC"] {
            rig.replies(1, command);
        }
        assert_eq!(rig.replies(1, "RPUSH k b").pop(), Some((2, popped("k", "b"))));
    }

    #[test]
    fn time_outs_come_after_their_deadline_in_its_order() {
        let mut rig = Rig::new();
        rig.replies(1, "BLPOP k 0.020");
        rig.replies(2, "BLPOP k 0.010");
        rig.replies(3, "BLPOP k 0");
        assert_eq!(rig.tick(10), []);
        assert_eq!(rig.tick(11), [(2, Reply::NullArray), (1, Reply::NullArray)]);
    }

    #[test]
    fn a_blocked_session_runs_its_commands_when_it_is_served() {
        let mut rig = Rig::new();
        rig.replies(2, "BLPOP k 0.010");
        assert_eq!(rig.replies(2, "PING x"), []);
        assert_eq!(rig.tick(11), [(2, Reply::NullArray), (2, Reply::bulk("x"))]);
    }

    #[test]
    fn a_session_that_ends_takes_nothing() {
        let mut rig = Rig::new();
        rig.replies(2, "BLPOP k 0");
        rig.engine.disconnect(2);
        assert_eq!(rig.replies(1, "RPUSH k a"), [(1, Reply::Int(1))]);
        assert_eq!(rig.run("LLEN k"), Reply::Int(1));
    }

    #[test]
    fn unknown_commands_are_quoted_as_c_prints_them() {
        let argv = [b"no\r\nsuch".to_vec(), b"a\0b".to_vec(), vec![b'x'; 200], b"c".to_vec()];
        let text = String::from_utf8(unknown(&argv).0.into_owned()).unwrap();
        let long = "x".repeat(124);
        let shown = format!("'a' '{long}' ");
        assert_eq!(text, format!("ERR unknown command 'no  such', with args beginning with: {shown}"));
    }
}
