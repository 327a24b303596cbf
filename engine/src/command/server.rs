//! TIME, SAVE and its like, WAIT, ROLE, DEBUG, MEMORY.

use super::{Command, Context, Outcome, Run, args, help, subcommand_syntax};
use crate::blocking::Wait;
use crate::number;
use crate::reply::{Error, Reply};
use crate::serialize;
use crate::value::Kind;

const NONE: (i64, i64, i64) = (0, 0, 0);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("time", 1, "loading stale fast", NONE, Run::Now(time)),
    Command::new("lastsave", 1, "loading stale fast", NONE, Run::Now(lastsave)),
    Command::new("wait", 3, "noscript", NONE, Run::Wait(wait)),
    Command::new("role", 1, "noscript loading stale fast", NONE, Run::Now(role)),
    Command::new("debug", -2, "admin noscript loading stale", NONE, Run::Now(debug)),
    Command::new("memory", -2, "", NONE, Run::Container(MEMORY)),
    Command::new("save", 1, "admin noscript no_async_loading no_multi", NONE, Run::Now(save)),
    Command::new("bgsave", -1, "admin noscript no_async_loading", NONE, Run::Now(bgsave)),
    Command::new("bgrewriteaof", 1, "admin noscript no_async_loading", NONE, Run::Now(bgrewriteaof)),
];

const MEMORY: &[Command] = &[
    Command::new("memory|doctor", 2, "", NONE, Run::Now(doctor)),
    Command::new("memory|help", 2, "loading stale", NONE, Run::Now(memory_help)),
    Command::new("memory|purge", 2, "", NONE, Run::Now(purge)),
    Command::new("memory|usage", -3, "readonly", (2, 2, 1), Run::Now(usage)),
];

fn time(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    let (seconds, ms) = (cx.now() / 1000, cx.now() % 1000);
    Ok(Reply::bulks([seconds.to_string(), (ms * 1000).to_string()]))
}

/// The snapshot is made when the command is committed, if there is a disk to save to: what asks for it learns of it
/// when it is done.
fn save(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    cx.store.wants_snapshot = true;
    Ok(Reply::OK)
}

fn bgsave(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    match &argv[1..] {
        [] => {}
        [word] if args::is(word, "SCHEDULE") => {}
        _ => return Err(Error::SYNTAX),
    }
    cx.store.wants_snapshot = true;
    Ok(Reply::status("Background saving started"))
}

fn bgrewriteaof(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    cx.store.wants_snapshot = true;
    Ok(Reply::status("Background append only file rewriting started"))
}

fn lastsave(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Int(cx.store.started_at / 1000))
}

/// There are no replicas: who waits for none is answered at once, who waits for some when the time is over.
fn wait(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<Wait, Error> {
    let replicas = number::int(&argv[1])?;
    let unreadable = Error::new("ERR timeout is not an integer or out of range");
    let timeout = number::int_within(&argv[2], i64::MIN, i64::MAX, unreadable)?;
    if timeout < 0 {
        return Err(Error::new("ERR timeout is negative"));
    }
    Ok(Wait {
        // One key of any name makes the command look whether it must block at all.
        keys: if replicas > 0 { Vec::new() } else { vec![Vec::new()] },
        kind: Kind::List,
        deadline: if timeout > 0 { timeout.checked_add(cx.now()) } else { None },
        denied: Reply::Int(0),
        gone: None,
        serve: Box::new(|_, _| Ok(Some(Reply::Int(0)))),
    })
}

fn role(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Array(vec![Reply::bulk("master"), Reply::Int(0), Reply::Array(Vec::new())]))
}

/// The few subcommands that tests use. They have no names of their own in COMMAND.
fn debug(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    match &argv[1..] {
        [word, switch] if args::is(word, "SET-ACTIVE-EXPIRE") => {
            cx.store.active_expiry = number::parse_i64(args::c_str(switch)).is_some_and(|n| n != 0);
            Ok(Reply::OK)
        }
        // Time stands still while a command runs.
        [word, _] if args::is(word, "SLEEP") => Ok(Reply::OK),
        [word, key] if args::is(word, "OBJECT") => {
            let now = cx.now();
            let entry = cx.entry(key).ok_or(Error::NO_SUCH_KEY)?;
            let (bytes, idle) = (serialize::dump(&entry.value).len(), (now - entry.used_at).max(0) / 1000);
            let encoding = entry.value.encoding();
            let text = format!(
                "Value at:0x7f0000000000 refcount:1 encoding:{encoding} serializedlength:{bytes} lru:{} lru_seconds_idle:{idle}",
                entry.used_at.max(0) / 1000 % (1 << 24),
            );
            Ok(Reply::Status(text.into_bytes().into()))
        }
        _ => Err(subcommand_syntax(argv)),
    }
}

fn usage(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    const ENTRY_BYTES: usize = 48;
    let mut options = argv[3..].iter();
    while let Some(word) = options.next() {
        let samples = options.next().filter(|_| args::is(word, "SAMPLES")).ok_or(Error::SYNTAX)?;
        if number::int(samples)? < 0 {
            return Err(Error::SYNTAX);
        }
    }
    let size = cx.entry(&argv[2]).map(|entry| ENTRY_BYTES + argv[2].len() + serialize::size(&entry.value));
    Ok(size.map_or(Reply::NullBulk, Reply::count))
}

fn purge(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::OK)
}

fn doctor(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Verbatim(
        b"Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n"
            .into(),
    ))
}

fn memory_help(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    help(
        "MEMORY",
        "DOCTOR
    Return memory problems reports.
MALLOC-STATS
    Return internal statistics report from the memory allocator.
PURGE
    Attempt to purge dirty pages for reclamation by the allocator.
STATS
    Return information about the memory usage of the server.
USAGE <key> [SAMPLES <count>]
    Return memory in bytes used by <key> and its value. Nested values are
    sampled up to <count> times (default: 5, 0 means sample all).",
    )
}

#[cfg(test)]
mod tests {
    use crate::reply::Reply;
    use crate::testing::Rig;

    #[test]
    fn waiting_for_replicas_takes_as_long_as_it_may() {
        let mut rig = Rig::new();
        assert_eq!(rig.run("WAIT 0 0"), Reply::Int(0));
        assert_eq!(rig.replies(1, "WAIT 1 50"), []);
        assert_eq!(rig.tick(50), []);
        assert_eq!(rig.tick(1), [(1, Reply::Int(0))]);
    }
}
