//! What a server tells of itself and of its commands: INFO and COMMAND.
//!
//! The model knows the commands of the table and the lines that clients read; the rest is the server's.

use super::{Call, Error, Expect, Handler, Model, Reply, help};
use crate::command::{self, Command};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "INFO" => info,
        "COMMAND" => command,
        _ => return None,
    })
}

/// A reply that is looked at, not predicted.
fn checked(call: &Call, class: &'static str, rule: impl Into<String>, holds: impl FnOnce(&Value) -> bool) -> Expect {
    Expect::Checked { rule: rule.into(), holds: call.hint.is_none_or(holds), class }
}

/// The sections with the lines that clients look for, and whether they come unasked.
#[rustfmt::skip]
const SECTIONS: &[(&str, bool, &[&str])] = &[
    ("Server", true, &["redis_version:", "redis_mode:standalone", "process_id:", "run_id:", "tcp_port:", "uptime_in_seconds:"]),
    ("Clients", true, &["connected_clients:", "blocked_clients:"]),
    ("Memory", true, &["used_memory:", "used_memory_human:", "maxmemory:", "maxmemory_policy:"]),
    ("Persistence", true, &["loading:0", "rdb_bgsave_in_progress:", "aof_enabled:"]),
    ("Stats", true, &["total_connections_received:", "total_commands_processed:", "expired_keys:", "keyspace_hits:"]),
    ("Replication", true, &["role:master", "connected_slaves:0", "master_repl_offset:"]),
    ("CPU", true, &["used_cpu_sys:", "used_cpu_user:"]),
    ("Modules", true, &[]),
    ("Commandstats", false, &[]),
    ("Errorstats", true, &[]),
    ("Latencystats", false, &[]),
    ("Cluster", true, &["cluster_enabled:0"]),
    ("Keyspace", true, &[]),
];

fn info(model: &mut Model, call: &Call) -> Reply {
    let args = &call.argv[1..];
    let asks = |word: &str| args.iter().any(|arg| arg.eq_ignore_ascii_case(word.as_bytes()));
    let all = asks("all") || asks("everything");
    let unasked = args.is_empty() || asks("default");
    let sections: Vec<_> =
        SECTIONS.iter().filter(|(name, by_default, _)| all || asks(name) || (unasked && *by_default)).collect();
    let mut lines: Vec<String> = Vec::new();
    for (name, _, fields) in &sections {
        lines.push(format!("# {name}"));
        lines.extend(fields.iter().map(|field| (*field).to_owned()));
        if *name == "Keyspace" {
            lines.extend(
                (0..super::DATABASES)
                    .filter(|db| model.dbs[*db].live(model.now_ms).next().is_some())
                    .map(|db| format!("db{db}:keys=")),
            );
        }
    }
    let rule = format!("lines that begin with {}", lines.join(", "));
    Ok(checked(call, "verbatim", rule, |reply| {
        let Value::Bulk(text) = reply else { return false };
        let text = String::from_utf8_lossy(text);
        let headers = text.lines().filter(|line| line.starts_with("# "));
        headers.count() == sections.len()
            && lines.iter().all(|wanted| text.lines().any(|line| line.starts_with(wanted.as_str())))
    }))
}

fn command(_: &mut Model, call: &Call) -> Reply {
    let args = call.argv.get(2..).unwrap_or_default();
    let word = call.argv.get(1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    let are_all_described = |reply: &Value| matches!(reply, Value::Array(items) if items.iter().all(|item| matches!(item, Value::Array(_))));
    Ok(match word.as_slice() {
        b"" => checked(call, "array", "a description of each command", are_all_described),
        b"INFO" if args.is_empty() => checked(call, "array", "a description of each command", are_all_described),
        b"INFO" => {
            checked(call, "array", "descriptions as in the table, nil where there is no such command", |reply| {
                match reply {
                    Value::Array(items) => {
                        items.len() == args.len() && items.iter().zip(args).all(|(item, name)| describes(item, name))
                    }
                    _ => false,
                }
            })
        }
        b"COUNT" => checked(call, "int", "the number of commands", |reply| matches!(reply, Value::Int(1..))),
        b"DOCS" => checked(call, "map", "pairs of names and documents", |reply| match reply {
            Value::Array(items) => items.len() % 2 == 0 && (args.is_empty() || items.len() <= 2 * args.len()),
            _ => false,
        }),
        b"LIST" => {
            let is_filter = |word: &Bytes| {
                ["MODULE", "ACLCAT", "PATTERN"].iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
            };
            match args {
                [] => {}
                [filterby, filter, _] if filterby.eq_ignore_ascii_case(b"FILTERBY") && is_filter(filter) => {}
                _ => return Err(Error::Syntax),
            }
            checked(call, "array", "names of commands", are_texts)
        }
        b"GETKEYS" => return getkeys(call, args),
        b"GETKEYSANDFLAGS" => checked(call, "array", "keys with their flags, or an error", |_| true),
        _ => help::reply("COMMAND"),
    })
}

fn are_texts(reply: &Value) -> bool {
    matches!(reply, Value::Array(items) if items.iter().all(|item| matches!(item, Value::Bulk(_))))
}

/// What the table knows of a command or subcommand.
struct Row {
    name: String,
    arity: i32,
    flags: &'static str,
    keys: (i32, i32, i32),
}

fn row(name: &[u8]) -> Option<Row> {
    let mut parts = name.splitn(2, |byte| *byte == b'|');
    let command = command::by_name(parts.next()?)?;
    let Some(word) = parts.next() else {
        let Command { name, arity, flags, keys, .. } = *command;
        return Some(Row { name: name.to_lowercase(), arity, flags, keys });
    };
    let subcommand = command.subcommands()?.iter().find(|sub| word.eq_ignore_ascii_case(sub.name.as_bytes()))?;
    let name = format!("{}|{}", command.name, subcommand.name).to_lowercase();
    Some(Row { name, arity: subcommand.arity, flags: subcommand.flags, keys: subcommand.keys })
}

/// Whether this is what COMMAND INFO says of a command. One that the table does not know may be the server's own.
fn describes(item: &Value, name: &[u8]) -> bool {
    let Some(row) = row(name) else {
        return matches!(item, Value::NullBulk | Value::NullArray)
            || (name != b"no-such-command" && matches!(item, Value::Array(_)));
    };
    let Value::Array(items) = item else { return false };
    let [name, arity, Value::Array(flags), first, last, step, ..] = items.as_slice() else { return false };
    let mut shown: Vec<String> = flags
        .iter()
        .map(|flag| match flag {
            Value::Status(text) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        })
        .collect();
    shown.sort();
    let (wanted_first, wanted_last, wanted_step) = row.keys;
    let is = |value: &Value, n: i32| *value == Value::Int(n.into());
    *name == Value::bulk(row.name)
        && is(arity, row.arity)
        && shown.join(" ") == row.flags
        && is(first, wanted_first)
        && is(last, wanted_last)
        && is(step, wanted_step)
}

fn getkeys(call: &Call, argv: &[Bytes]) -> Reply {
    let Some(command) = command::by_name(&argv[0]) else {
        // It may be one of the many that the table does not have.
        return Ok(checked(call, "array", "keys, or an error", |reply| {
            argv[0] != b"no-such-command" || matches!(reply, Value::Error(_))
        }));
    };
    let (arity, flags, keys) = match command.subcommands() {
        Some(subcommands) if command.name != "COMMAND" || argv.len() > 1 => {
            let found = subcommands
                .iter()
                .find(|sub| argv.get(1).is_some_and(|word| word.eq_ignore_ascii_case(sub.name.as_bytes())));
            let subcommand = found.ok_or(Error::GetkeysInvalid)?;
            (subcommand.arity, subcommand.flags, subcommand.keys)
        }
        _ => (command.arity, command.flags, command.keys),
    };
    let (first, last, step) = keys;
    let is_channel = flags.contains("pubsub"); // SSUBSCRIBE's first argument is routed like a key, but is none.
    if is_channel || (first == 0 && !flags.contains("movablekeys")) {
        return Err(Error::GetkeysNone);
    }
    let argc = argv.len() as i32;
    if if arity < 0 { argc < -arity } else { argc != arity } {
        return Err(Error::GetkeysArity);
    }
    if flags.contains("movablekeys") {
        return Ok(checked(call, "array", "keys, or an error", |reply| {
            are_texts(reply) || *reply == Value::Error(Error::GetkeysArguments.text())
        }));
    }
    let last = if last < 0 { argc + last } else { last };
    let places = (first..=last).step_by(step.max(1) as usize);
    Expect::bulks(places.filter_map(|i| argv.get(usize::try_from(i).ok()?).cloned()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn keys_are_found_by_the_table() {
        assert_eq!(last(&["COMMAND GETKEYS MSET a 1 b 2"]), "1) \"a\" 2) \"b\"");
        assert!(last(&["COMMAND GETKEYS GET a b"]).contains("Invalid number of arguments"));
        assert!(last(&["COMMAND GETKEYS PING a"]).contains("has no key arguments"));
    }
}
