//! What the log tells happens again.

use super::journal::{COMMAND, EXPIRED, LIMITS, Limits, SERVED};
use crate::blocking::Progress;
use crate::command::{Command, Context, Run};
use crate::engine;
use crate::rng::Rng;
use crate::serialize::Reader;
use crate::session::{Argv, Session};
use crate::store::Store;

/// Does what a record tells; `opened_at` is what the clock says meanwhile, which doesn't matter. `None` if it tells nothing that an engine writes; part of it may be done then.
pub(super) fn replay(store: &mut Store, payload: &[u8], opened_at: i64) -> Option<()> {
    let mut input = Reader { rest: payload };
    let logged_at = input.int().filter(|&ms| ms >= 0)?;
    store.now = if planted!(store.config, WalExpiresFromNow) { opened_at } else { logged_at };
    while !input.rest.is_empty() {
        match input.tag()? {
            COMMAND => {
                let mut session = session(store, &mut input)?;
                let argv = words(&mut input)?;
                engine::call(&mut Context { store, session: &mut session }, find(&argv)?, &argv);
                forget(store, session);
            }
            SERVED => {
                let mut session = session(store, &mut input)?;
                let key = input.bytes()?.to_vec();
                let argv = words(&mut input)?;
                serve(&mut Context { store, session: &mut session }, &argv, &key)?;
            }
            EXPIRED => {
                let db = database(store, &mut input)?;
                let key = input.bytes()?;
                store.dbs[db].expire(key);
                if db == 0 {
                    store.search.touch(key);
                    store.index_changes(&[]);
                }
            }
            LIMITS => Limits::read(&mut input)?.apply(store),
            _ => return None,
        }
    }
    store.clients.outbox.clear();
    Some(())
}

/// Runs a command again that has defined an index.
pub(super) fn define(store: &mut Store, input: &mut Reader<'_>) -> Option<()> {
    let argv = words(input)?;
    argv[0].get(..3).filter(|start| start.eq_ignore_ascii_case(b"ft."))?;
    let mut session = Session { in_exec: true, ..Session::new(0, 0, store.now) };
    let command = find(&argv)?;
    engine::call(&mut Context { store, session: &mut session }, command, &argv);
    // The keys are there already, whatever the command says of them.
    store.search.forget_contents();
    Some(())
}

fn database(store: &Store, input: &mut Reader<'_>) -> Option<usize> {
    input.count().filter(|&db| db < store.dbs.len())
}

/// A session that runs one command, as far as that mattered.
fn session(store: &mut Store, input: &mut Reader<'_>) -> Option<Session> {
    let mut db = database(store, input)?;
    if planted!(store.config, WalDatabaseForgotten) {
        db = 0;
    }
    let rng = Rng::new(input.int()? as u64);
    if !planted!(store.config, WalRandomnessForgotten) {
        store.rng = rng;
    }
    // Where a command would block, it has changed what it could.
    Some(Session { db, in_exec: true, ..Session::new(0, 0, store.now) })
}

fn words(input: &mut Reader<'_>) -> Option<Argv> {
    let mut argv = Argv::new();
    for _ in 0..input.count()? {
        argv.push(input.bytes()?.to_vec());
    }
    (!argv.is_empty()).then_some(argv)
}

/// The command, if it is one that works on keys.
fn find(argv: &[Vec<u8>]) -> Option<&'static Command> {
    let command = engine::admit(argv).ok()?;
    let mut flags = command.spec.flags.split(' ');
    flags.any(|flag| flag == "write" || flag == "readonly").then_some(command)
}

/// What the session waits for, if a bug lets it wait, nobody will bring.
fn forget(store: &mut Store, session: Session) {
    if let Some(wait) = session.wait {
        store.blocked.remove(session.id, session.db, &wait);
    }
}

/// Serves a command from a key as if it had waited for it.
fn serve(cx: &mut Context<'_>, argv: &[Vec<u8>], key: &[u8]) -> Option<()> {
    cx.session.resuming = true;
    let wait = match find(argv)?.run {
        Run::Wait(run) => run(cx, argv).ok()?,
        Run::Try(run) => match run(cx, argv).ok()? {
            Progress::Blocked(wait) => wait,
            Progress::Done(_) => return None,
        },
        _ => return None,
    };
    // An error is an answer, too.
    drop((wait.serve)(cx, key));
    Some(())
}
