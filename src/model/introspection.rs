//! COMMAND: what a server tells of its commands. The model knows those of the table.

use super::number::parse_int;
use super::{Call, Error, Expect, Handler, Model, Reply, glob, help};
use crate::command::{self, Command, Family};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "COMMAND" => command,
        "FUNCTION" => function,
        _ => return None,
    })
}

fn command(_: &mut Model, call: &Call) -> Reply {
    let args = call.argv.get(2..).unwrap_or_default();
    let word = call.argv.get(1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    let are_described = |reply: &Value| matches!(reply, Value::Array(items) if items.iter().all(|item| matches!(item, Value::Array(_))));
    let describe_all = || Value::Array(command::all().map(|command| description(command.name.as_bytes())).collect());
    Ok(match word.as_slice() {
        b"" => Expect::checked(call, "array", "a description of each command", are_described, describe_all),
        b"INFO" if args.is_empty() => {
            Expect::checked(call, "array", "a description of each command", are_described, describe_all)
        }
        b"INFO" => {
            let rule = "descriptions as in the table, nil where there is no such command";
            let holds = |reply: &Value| match reply {
                Value::Array(items) => {
                    items.len() == args.len() && items.iter().zip(args).all(|(item, name)| describes(item, name))
                }
                _ => false,
            };
            let instead = || Value::Array(args.iter().map(|name| description(name)).collect());
            Expect::checked(call, "array", rule, holds, instead)
        }
        b"COUNT" => {
            let is_number = |reply: &Value| matches!(reply, Value::Int(1..));
            let instead = || Value::Int(command::all().count() as i64);
            Expect::checked(call, "int", "the number of commands", is_number, instead)
        }
        b"DOCS" => {
            let holds = |reply: &Value| match reply {
                Value::Array(items) => items.len() % 2 == 0 && (args.is_empty() || items.len() <= 2 * args.len()),
                _ => false,
            };
            Expect::checked(call, "map", "pairs of names and documents", holds, || documents(args))
        }
        b"LIST" => return list(call, args),
        b"GETKEYS" => return getkeys(call, args),
        b"GETKEYSANDFLAGS" => {
            let instead = || match keys_of(args) {
                Ok(keys) => {
                    let flags = key_flags(args);
                    let with_flags = |(i, key): (usize, Bytes)| {
                        Value::Array(vec![Value::Bulk(key), flags[i.min(flags.len() - 1)].clone()])
                    };
                    Value::Array(keys.into_iter().enumerate().map(with_flags).collect())
                }
                Err(error) => Value::Error(error.text()),
            };
            Expect::checked(call, "array", "keys with their flags, or an error", |_| true, instead)
        }
        _ => help::reply("COMMAND"),
    })
}

/// COMMAND LIST.
fn list(call: &Call, args: &[Bytes]) -> Reply {
    let filter = match args {
        [] => None,
        [filterby, filter, value] if filterby.eq_ignore_ascii_case(b"FILTERBY") => {
            let known = ["MODULE", "ACLCAT", "PATTERN"];
            let known = known.into_iter().find(|known| filter.eq_ignore_ascii_case(known.as_bytes()));
            Some((known.ok_or(Error::Syntax)?, value))
        }
        _ => return Err(Error::Syntax),
    };
    let passes = |row: &Row| match filter {
        None => true,
        Some(("MODULE", _)) => false,
        Some(("ACLCAT", category)) => categories(row).iter().any(|name| category.eq_ignore_ascii_case(name.as_bytes())),
        Some((_, pattern)) => glob::matches(&pattern.to_ascii_lowercase(), row.name.as_bytes()),
    };
    let instead = || {
        let rows = command::all().flat_map(|command| {
            let within = command.subcommands().unwrap_or_default().iter();
            let within = within.map(|sub| format!("{}|{}", command.name, sub.name));
            [command.name.to_owned()].into_iter().chain(within).filter_map(|name| row(name.as_bytes()))
        });
        Value::Array(rows.filter(passes).map(|row| Value::bulk(row.name)).collect())
    };
    Ok(Expect::checked(call, "array", "names of commands", are_texts, instead))
}

/// There are no functions: what test suites send before they begin.
fn function(_: &mut Model, call: &Call) -> Reply {
    if !call.argv[1].eq_ignore_ascii_case(b"FLUSH") {
        return Err(Error::UnknownSubcommand("FUNCTION", call.argv[1].clone()));
    }
    match &call.argv[2..] {
        [] => Expect::ok(),
        [mode] if mode.eq_ignore_ascii_case(b"SYNC") || mode.eq_ignore_ascii_case(b"ASYNC") => Expect::ok(),
        _ => Err(Error::SubcommandSyntax("FUNCTION", call.argv[1].clone())),
    }
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
    family: Family,
}

fn row(name: &[u8]) -> Option<Row> {
    let mut parts = name.splitn(2, |byte| *byte == b'|');
    let command = command::by_name(parts.next()?)?;
    let Some(word) = parts.next() else {
        let Command { name, arity, flags, keys, family, .. } = *command;
        return Some(Row { name: name.to_lowercase(), arity, flags, keys, family });
    };
    let subcommand = command.subcommands()?.iter().find(|sub| word.eq_ignore_ascii_case(sub.name.as_bytes()))?;
    let name = format!("{}|{}", command.name, subcommand.name).to_lowercase();
    let family = command.family;
    Some(Row { name, arity: subcommand.arity, flags: subcommand.flags, keys: subcommand.keys, family })
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

/// What COMMAND INFO says of a command of the table, or nil.
fn description(name: &[u8]) -> Value {
    let Some(row) = row(name) else { return Value::NullArray };
    let (first, last, step) = row.keys;
    let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(Value::status).collect();
    let subcommands = command::by_name(name).and_then(Command::subcommands).unwrap_or_default().iter();
    let subcommands = subcommands.map(|sub| {
        let full = [name, b"|", sub.name.as_bytes()].concat();
        description(&full)
    });
    Value::Array(vec![
        Value::bulk(row.name.clone()),
        Value::Int(row.arity.into()),
        Value::Set(words(row.flags)),
        Value::Int(first.into()),
        Value::Int(last.into()),
        Value::Int(step.into()),
        Value::Set(categories(&row).iter().map(|name| Value::status(&format!("@{name}"))).collect()),
        // What helps a cluster's clients is not told: tips, and where keys are, beyond the three numbers.
        Value::Set(Vec::new()),
        Value::Set(Vec::new()),
        Value::Array(subcommands.collect()),
    ])
}

/// The categories of a command that follow from its flags and its family.
fn categories(row: &Row) -> Vec<&'static str> {
    let has = |flag: &str| row.flags.split(' ').any(|f| f == flag);
    let mut names = Vec::new();
    names.extend(has("write").then_some("write"));
    names.extend(has("readonly").then_some("read"));
    names.extend(has("admin").then_some("admin"));
    names.extend(has("admin").then_some("dangerous"));
    names.extend(has("blocking").then_some("blocking"));
    names.push(if has("fast") { "fast" } else { "slow" });
    names.extend(match row.family {
        Family::Strings => Some("string"),
        Family::Keys | Family::Expiry => Some("keyspace"),
        Family::Lists => Some("list"),
        Family::Sets => Some("set"),
        Family::Hashes => Some("hash"),
        Family::ZSets => Some("sortedset"),
        Family::Transactions => Some("transaction"),
        Family::Bitmaps => Some("bitmap"),
        Family::Streams => Some("stream"),
        Family::HyperLogLog => Some("hyperloglog"),
        Family::Geo => Some("geo"),
        Family::PubSub => Some("pubsub"),
        Family::Connection => Some("connection"),
    });
    names
}

/// COMMAND DOCS: as much as a client's prompt needs.
fn documents(names: &[Bytes]) -> Value {
    let all: Vec<Bytes> = command::all().map(|command| command.name.into()).collect();
    let names = if names.is_empty() { &all } else { names };
    let document = |name: &Bytes| {
        let row = row(name)?;
        let fields =
            [("summary", row.name.to_uppercase()), ("since", "1.0.0".into()), ("group", row.family.name().into())];
        let fields = fields.map(|(field, text)| (Value::bulk(field), Value::bulk(text)));
        Some((Value::bulk(row.name), Value::Map(fields.into())))
    };
    Value::Map(names.iter().filter_map(document).collect())
}

fn getkeys(call: &Call, argv: &[Bytes]) -> Reply {
    let Some(command) = command::by_name(&argv[0]) else {
        // It may be one of the many that the table does not have.
        let holds = |reply: &Value| argv[0] != b"no-such-command" || matches!(reply, Value::Error(_));
        let instead = || Value::Error(Error::GetkeysInvalid.text());
        return Ok(Expect::checked(call, "array", "keys, or an error", holds, instead));
    };
    let keys = keys_of(argv);
    if !command.has_flag("movablekeys") {
        return Expect::bulks(keys?);
    }
    if matches!(keys, Err(Error::GetkeysArity | Error::GetkeysNone)) {
        return Expect::bulks(keys?);
    }
    let holds = |reply: &Value| are_texts(reply) || *reply == Value::Error(Error::GetkeysArguments.text());
    let instead = || match keys {
        Ok(keys) => Value::Array(keys.into_iter().map(Value::Bulk).collect()),
        Err(error) => Value::Error(error.text()),
    };
    Ok(Expect::checked(call, "array", "keys, or an error", holds, instead))
}

/// The keys in a command's arguments.
pub(crate) fn keys_of(argv: &[Bytes]) -> Result<Vec<Bytes>, Error> {
    let command = command::by_name(&argv[0]).ok_or(Error::GetkeysInvalid)?;
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
        return movable_keys(command.name, argv).ok_or(Error::GetkeysArguments);
    }
    let last = if last < 0 { argc + last } else { last };
    let places = (first..=last).step_by(step.max(1) as usize);
    Ok(places.filter_map(|i| argv.get(usize::try_from(i).ok()?).cloned()).collect())
}

/// The keys of a command whose arguments say where they are.
fn movable_keys(name: &str, argv: &[Bytes]) -> Option<Vec<Bytes>> {
    let counted = |at: usize| {
        let count = usize::try_from(parse_int(argv.get(at)?)?).ok().filter(|count| *count > 0)?;
        argv.get(at + 1..(at + 1).checked_add(count)?).map(<[Bytes]>::to_vec)
    };
    let after = |word: &str| argv.iter().rposition(|arg| arg.eq_ignore_ascii_case(word.as_bytes()));
    match name {
        "XREAD" | "XREADGROUP" => {
            let streams = &argv[argv.iter().position(|arg| arg.eq_ignore_ascii_case(b"STREAMS"))? + 1..];
            (!streams.is_empty() && streams.len().is_multiple_of(2)).then(|| streams[..streams.len() / 2].to_vec())
        }
        "SORT" | "SORT_RO" | "GEORADIUS" | "GEORADIUSBYMEMBER" => {
            let store = after("STORE").or_else(|| after("STOREDIST")).and_then(|at| argv.get(at + 1));
            Some([&argv[1]].into_iter().chain(store).cloned().collect())
        }
        "ZUNIONSTORE" | "ZINTERSTORE" | "ZDIFFSTORE" => {
            let keys = counted(2)?;
            Some([argv[1].clone()].into_iter().chain(keys).collect())
        }
        "BLMPOP" | "BZMPOP" => counted(2),
        _ => counted(1),
    }
}

/// What a command does with its keys, the first, the second, and so on; the last says it for all that follow.
fn key_flags(argv: &[Bytes]) -> Vec<Value> {
    let name = argv[0].to_ascii_uppercase();
    let flags: &[&str] = match name.as_slice() {
        b"SET" | b"SETNX" | b"SETEX" | b"PSETEX" | b"MSET" | b"MSETNX" => &["OW update"],
        b"LMOVE" | b"BLMOVE" | b"RPOPLPUSH" | b"BRPOPLPUSH" => &["RW access delete", "RW insert"],
        b"SORT" => &["RO access", "OW update"],
        b"DEL" | b"UNLINK" => &["RM delete"],
        b"SADD" | b"ZADD" | b"LPUSH" | b"RPUSH" | b"XADD" | b"APPEND" => &["RW insert"],
        b"ZUNIONSTORE" | b"ZINTERSTORE" | b"ZDIFFSTORE" | b"SUNIONSTORE" | b"SINTERSTORE" | b"SDIFFSTORE" => {
            &["OW update", "RO access"]
        }
        _ if command::by_name(&name).is_some_and(|command| command.has_flag("write")) => &["RW access update"],
        _ => &["RO access"],
    };
    let shown = |text: &&str| Value::Set(text.split(' ').map(Value::status).collect());
    flags.iter().map(shown).collect()
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
