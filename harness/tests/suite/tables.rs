//! Tables against each other: the toolkit's, the engine's, the server's, the corpus, the dictionary.

use std::collections::{BTreeMap, BTreeSet};

use respfuzz::command;
use respfuzz::ledger;
use respfuzz::resp::{Bytes, Value};
use respfuzz::subject::{ClientId, Subject, embedded};
use respfuzz_engine::command_table;

use super::redis::server;
use super::support::{committed, repository};

/// A command as every table tells it: arity, flags sorted, first key, last key, step.
type Row = (i64, BTreeSet<String>, [i64; 3]);

fn flags(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn of_the_toolkit() -> BTreeMap<String, Row> {
    let row = |c: &command::Command| (c.arity.into(), flags(c.flags), [c.keys.0, c.keys.1, c.keys.2].map(i64::from));
    command::all().map(|c| (c.name.to_lowercase(), row(c))).collect()
}

fn of_the_engine() -> BTreeMap<String, Row> {
    let rows = command_table();
    rows.map(|c| (c.name.to_owned(), (c.arity, flags(c.flags), [c.first_key, c.last_key, c.step]))).collect()
}

#[test]
fn both_tables_are_the_servers() {
    let Some(mut redis) = server("tables") else { return };
    // The search module's commands are not there.
    let is_servers = |(_, row): &(String, Row)| !row.1.contains("module");
    for (name, row) in of_the_toolkit().into_iter().filter(is_servers) {
        let real = ask(&mut redis, &name);
        assert_eq!(real.as_ref(), Some(&row), "{name}: redis-server's row and the toolkit's");
    }
    for (name, row) in of_the_engine().into_iter().filter(|(name, _)| !name.starts_with("ft.")) {
        let real = ask(&mut redis, &name);
        assert_eq!(real.as_ref(), Some(&row), "{name}: redis-server's row and the engine's");
    }
}

/// The server's row for a command, by `COMMAND INFO`.
fn ask(redis: &mut impl Subject, name: &str) -> Option<Row> {
    let argv: Vec<Bytes> = vec![b"COMMAND".to_vec(), b"INFO".to_vec(), name.into()];
    let mut events = Vec::new();
    redis.send(ClientId(0), &argv).and_then(|()| redis.poll(&mut events)).expect("the server answers");
    let Some((_, Value::Array(rows))) = events.pop() else { return None };
    let Some(Value::Array(row)) = rows.into_iter().next() else { return None };
    let int = |i: usize| if let Some(Value::Int(n)) = row.get(i) { *n } else { i64::MIN };
    let Some(Value::Array(flags)) = row.get(2) else { return None };
    let flag = |value: &Value| {
        if let Value::Status(text) = value { String::from_utf8_lossy(text).into_owned() } else { String::new() }
    };
    Some((int(1), flags.iter().map(flag).collect(), [int(3), int(4), int(5)]))
}

/// What these commands lack anywhere.
fn holes(names: &[String]) -> Vec<String> {
    let corpus = committed("command_handler");
    let sent = ledger::sent_by(corpus.iter().map(|(_, data)| data.as_slice()));
    let rows = ledger::rows(names, Some(&embedded::has_command), Some(&sent));
    let missing = rows.iter().flat_map(|row| row.holes().into_iter().map(|place| format!("{}: {place}", row.name)));
    missing.collect()
}

#[test]
fn every_command_stands_in_all_places() {
    let subcommands = |c: &command::Command| {
        let names = c.subcommands().into_iter().flatten().map(|sub| sub.name);
        names.map(|sub| format!("{}|{sub}", c.name)).collect::<Vec<_>>()
    };
    let known = command::all().flat_map(|c| subcommands(c).into_iter().chain([c.name.to_owned()]));
    let names: BTreeSet<String> = known.chain(of_the_engine().into_keys().map(|name| name.to_uppercase())).collect();
    let holes = holes(&names.into_iter().collect::<Vec<_>>());
    assert!(holes.is_empty(), "missing:\n{}", holes.join("\n"));
}

#[test]
fn every_command_of_the_server_stands_in_all_places_or_is_left_out_for_a_reason() {
    let Some(mut redis) = server("the ledger") else { return };
    let names = ledger::commands_of(&mut redis).expect("the server lists its commands");
    assert!(names.len() > 300, "{names:?}");
    let holes = holes(&names);
    assert!(holes.is_empty(), "missing:\n{}", holes.join("\n"));
}

const DICTIONARY: &str = "dictionaries/command_handler.dict";

#[test]
fn the_dictionary_is_the_tables() {
    let committed = std::fs::read_to_string(repository(DICTIONARY)).unwrap_or_default();
    let again = "`cargo test -p respfuzz-harness --test suite -- --ignored regenerate_dictionary` writes it";
    assert!(committed == command::dictionary(), "{DICTIONARY} is not the table's: {again}");
    let long: Vec<_> = command::tokens().into_iter().filter(|token| token.len() > 32).collect();
    assert!(long.is_empty(), "libFuzzer and AFL++ want short tokens: {long:?}");
}

#[test]
#[ignore = "writes dictionaries/command_handler.dict"]
fn regenerate_dictionary() {
    std::fs::write(repository(DICTIONARY), command::dictionary()).expect("the dictionary can be written");
}
