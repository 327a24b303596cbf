//! Tables against each other: the toolkit's, the engine's, the server's, the corpus, the dictionary.

use std::collections::{BTreeMap, BTreeSet};

use respfuzz::command;
use respfuzz::model::Model;
use respfuzz::resp::{Bytes, Value};
use respfuzz::scenario::{Step, decode};
use respfuzz::subject::{ClientId, Subject};
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
    for (name, row) in of_the_toolkit() {
        let real = ask(&mut redis, &name);
        assert_eq!(real.as_ref(), Some(&row), "{name}: redis-server's row and the toolkit's");
    }
    for (name, row) in of_the_engine() {
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

#[test]
fn every_command_stands_in_all_four_places() {
    let table: BTreeSet<String> = of_the_toolkit().into_keys().collect();
    let engine: BTreeSet<String> = of_the_engine().into_keys().collect();
    let steps = committed("command_handler").into_iter().flat_map(|(_, data)| decode(&data).steps);
    let sent = steps.filter_map(|step| match step {
        Step::Command { argv, .. } => command::by_name(&argv[0]).map(|c| c.name.to_lowercase()),
        Step::Advance { .. } | Step::Disconnect { .. } | Step::Checkpoint => None,
    });
    let corpus: BTreeSet<String> = sent.collect();
    let is_drawn = |name: &str| command::by_name(name.as_bytes()).is_some_and(|c| c.is_drawn());
    let mut missing = Vec::new();
    for name in table.union(&engine) {
        let places = [
            (table.contains(name), "src/command/table"),
            (Model::knows(name.as_bytes()), "src/model"),
            (engine.contains(name) || !is_drawn(name), "engine/src/command"),
            (corpus.contains(name) || !is_drawn(name), "corpus/command_handler (regenerate it)"),
        ];
        let gaps = places.iter().filter(|(there, _)| !there);
        missing.extend(gaps.map(|(_, place)| format!("{} is missing in {place}", name.to_uppercase())));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
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
