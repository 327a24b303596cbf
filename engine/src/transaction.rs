//! MULTI, EXEC, DISCARD, WATCH, UNWATCH.

use crate::command::{Command, Context, Outcome, Run};
use crate::engine;
use crate::reply::{Error, Reply};
use crate::session::Multi;

const FLAGS: &str = "noscript loading stale fast allow_busy";

pub(crate) const COMMANDS: &[Command] = &[
    Command::new("multi", 1, FLAGS, (0, 0, 0), Run::Transaction(multi)),
    Command::new("exec", 1, "noscript loading stale skip_slowlog", (0, 0, 0), Run::Exec),
    Command::new("discard", 1, FLAGS, (0, 0, 0), Run::Transaction(discard)),
    Command::new("watch", -2, FLAGS, (1, -1, 1), Run::Transaction(watch)),
    Command::new("unwatch", 1, FLAGS, (0, 0, 0), Run::Now(unwatch)),
];

fn multi(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    if cx.session.multi.is_some() {
        return Err(Error::new("ERR MULTI calls can not be nested"));
    }
    cx.session.multi = Some(Multi::default());
    Ok(Reply::OK)
}

fn discard(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    if cx.session.multi.take().is_none() {
        return Err(Error::new("ERR DISCARD without MULTI"));
    }
    if !planted!(cx.config(), DiscardKeepsWatch) {
        cx.store.watches.unwatch(cx.session.id);
    }
    Ok(Reply::OK)
}

fn watch(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if cx.session.multi.is_some() {
        return Err(Error::new("ERR WATCH inside MULTI is not allowed"));
    }
    let (id, db) = (cx.session.id, cx.session.db);
    if !cx.store.watches.is_dirty(id) {
        for key in &argv[1..] {
            let expired = cx.store.dbs[db].is_expired(key, cx.store.now);
            cx.store.watches.watch(id, db, key, expired);
        }
    }
    Ok(Reply::OK)
}

fn unwatch(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    cx.store.watches.unwatch(cx.session.id);
    Ok(Reply::OK)
}

/// Runs the queued commands, unless one was refused or a watched key has changed.
pub(crate) fn exec(cx: &mut Context<'_>) -> Option<Reply> {
    let Some(multi) = cx.session.multi.take() else {
        return Some(Error::new("ERR EXEC without MULTI").into());
    };
    let changed = has_changed(cx);
    if changed || multi.broken || !planted!(cx.config(), ExecKeepsWatch) {
        cx.store.watches.unwatch(cx.session.id);
    }
    if multi.broken && !planted!(cx.config(), ExecRunsAfterQueueError) {
        return Some(Error::new("EXECABORT Transaction discarded because of previous errors.").into());
    }
    if changed {
        return Some(Reply::NullArray);
    }
    cx.session.in_exec = true;
    run_all(cx, &multi);
    cx.session.in_exec = false;
    None
}

/// Runs the commands and sends their replies as one array. The array has as many elements as there are commands: if
/// one of them sends several replies, the last ones come after the array, as they do from the server.
fn run_all(cx: &mut Context<'_>, multi: &Multi) {
    let before = std::mem::take(&mut cx.session.sent);
    let was_silent = cx.session.is_silent();
    let mut commands = 0;
    for argv in &multi.queue {
        commands += 1;
        let reply = match engine::admit(argv) {
            Ok(command) => engine::call(cx, command, argv),
            Err(error) => Some(error.into()),
        };
        let failed = matches!(reply, Some(Reply::Error(_)));
        if let Some(reply) = reply {
            cx.session.answer(reply);
        }
        if planted!(cx.config(), ExecStopsAtError) && failed {
            break;
        }
    }
    let mut replies = std::mem::replace(&mut cx.session.sent, before);
    let after = replies.split_off(commands.min(replies.len()));
    if !was_silent {
        cx.session.sent.push(Reply::Array(replies));
    } else {
        cx.session.sent.append(&mut replies);
    }
    cx.session.sent.extend(after);
}

/// Whether a watched key was written, or its life has ended, since WATCH.
fn has_changed(cx: &Context<'_>) -> bool {
    let (id, store) = (cx.session.id, &*cx.store);
    if planted!(cx.config(), WatchMissesExpiry) {
        return store.watches.is_dirty(id);
    }
    store.watches.is_dirty(id) || store.watches.live_keys(id).any(|(db, key)| store.dbs[db].is_expired(key, store.now))
}

/// A command was refused before it could be queued or run: the transaction around it can't succeed any more, and a
/// refused EXEC ends it.
pub(crate) fn refuse(cx: &mut Context<'_>, argv: &[Vec<u8>], error: Error) -> Reply {
    if let Some(multi) = &mut cx.session.multi {
        multi.broken = true;
    }
    if !argv[0].eq_ignore_ascii_case(b"exec") {
        return error.into();
    }
    cx.session.multi = None;
    cx.store.watches.unwatch(cx.session.id);
    let mut text = b"EXECABORT Transaction discarded because of: ".to_vec();
    text.extend_from_slice(error.0.strip_prefix(b"ERR ").unwrap_or(&error.0));
    Error::built(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    /// What EXEC answers after session 1 has watched `k` and session 2 has run `commands`.
    fn exec_after(prepare: &str, commands: &[&str], wait_ms: u64) -> Reply {
        let mut rig = Rig::new();
        rig.run(prepare);
        rig.run("WATCH k");
        for command in commands {
            rig.replies(2, command);
        }
        rig.wait(wait_ms);
        rig.run("MULTI");
        rig.run("PING");
        rig.run("EXEC")
    }

    #[test]
    fn every_change_of_a_watched_key_counts() {
        for commands in [
            ["SET k v", "PING"],
            ["EXPIRE k 10", "PING"],
            ["FLUSHALL", "PING"],
            ["SWAPDB 0 1", "PING"],
            ["DEL k", "SET k v"],
            ["SET j w", "RENAME j k"],
        ] {
            assert_eq!(exec_after("SET k v", &commands, 0), Reply::NullArray, "{commands:?}");
        }
        for commands in [["GET k", "PING"], ["SELECT 1", "SET k w"], ["SET k w NX", "DEL j"]] {
            assert_ne!(exec_after("SET k v", &commands, 0), Reply::NullArray, "{commands:?}");
        }
        assert_ne!(exec_after("DEL k", &["FLUSHALL"], 0), Reply::NullArray);
    }

    #[test]
    fn the_end_of_a_watched_key_counts_unless_it_had_ended_before() {
        assert_ne!(exec_after("SET k v PX 10", &[], 10), Reply::NullArray);
        assert_eq!(exec_after("SET k v PX 10", &[], 11), Reply::NullArray);
        assert_eq!(exec_after("SET k v PX 10", &["SET j v"], 11), Reply::NullArray);

        let mut rig = Rig::new();
        rig.run("SET k v PX 10");
        rig.wait(11);
        for command in ["WATCH k", "GET k", "MULTI"] {
            rig.run(command);
        }
        assert_eq!(rig.run("EXEC"), Reply::Array(Vec::new()));
    }

    #[test]
    fn a_refused_command_breaks_the_transaction_and_a_failing_one_does_not() {
        let mut rig = Rig::new();
        for command in ["MULTI", "SET k v", "GET", "SET k w"] {
            rig.run(command);
        }
        assert!(matches!(rig.run("EXEC"), Reply::Error(text) if text.starts_with(b"EXECABORT ")));
        assert_eq!(rig.run("EXISTS k"), Reply::Int(0));
        for command in ["SET k v", "MULTI", "LPOP k", "SET k w", "BLPOP l 0"] {
            rig.run(command);
        }
        let replies = [Error::WRONG_TYPE.into(), Reply::OK, Reply::NullArray];
        assert_eq!(rig.run("EXEC"), Reply::Array(replies.into()));
    }
}
