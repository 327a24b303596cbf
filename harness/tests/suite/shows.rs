//! What an input shows: commands that worked, options that they took, errors, motifs.

use std::collections::{BTreeMap, BTreeSet};

use respfuzz::command;
use respfuzz::model::Error;
use respfuzz::resp::{Bytes, Value};
use respfuzz::run::{Event, run_traced};
use respfuzz::scenario::{Meaning, decode, meaning, motifs, records};
use respfuzz::subject::ClientId;
use respfuzz::subject::embedded::{self, Embedded};

/// Everything that the corpus must show, as names of seeds.
pub fn wanted() -> Vec<String> {
    let errors = Error::texts().map(error_name);
    let options = command::all().flat_map(|c| c.tokens().into_iter().map(|token| option_name(c.name, token)));
    let commands = command::all().filter(|c| c.is_drawn()).map(|c| command_name(c.name));
    let wanted = errors.chain(options).chain(commands).chain(motifs().map(motif_name));
    wanted.filter(|name| !NEVER_SHOWN.contains(&name.as_str())).collect()
}

/// Options that are there to be refused, and an error that on the server depends on what failed before.
const NEVER_SHOWN: [&str; 11] = [
    "error-err-elements-are-too-large-to-be-stored",
    "option-bitfield-ro-incrby",
    "option-bitfield-ro-set",
    "option-config-rewrite",
    "option-georadius-ro-store",
    "option-geosearch-storedist",
    "option-geosearchstore-withcoord",
    "option-geosearchstore-withdist",
    "option-geosearchstore-withhash",
    "option-xread-group",
    "option-xread-noack",
];

/// What an input shows on the embedded engine.
pub fn shown(data: &[u8]) -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    let mut sent: BTreeMap<ClientId, Vec<Bytes>> = BTreeMap::new();
    run_traced(&decode(data), &mut Embedded::new(), &embedded::options(), &mut |event| match event {
        // The observer's reading is no part of the input.
        Event::Sent(client, argv) if client != ClientId::OBSERVER => drop(sent.insert(client, argv.to_vec())),
        Event::Reply(client, value) if client != ClientId::OBSERVER => {
            errors(value, &mut shown);
            let queued = matches!(value, Value::Status(text) if text == b"QUEUED");
            if !queued && !matches!(value, Value::Error(_)) {
                shown.extend(sent.get(&client).into_iter().flat_map(|argv| worked(argv)));
            }
        }
        _ => {}
    });
    shown.extend(records(data).filter_map(|record| match meaning(record) {
        Meaning::Motif(name) => Some(motif_name(name)),
        Meaning::Step | Meaning::Unassigned => None,
    }));
    shown
}

fn worked(argv: &[Bytes]) -> Vec<String> {
    let Some(command) = command::by_name(&argv[0]) else { return Vec::new() };
    let given = |token: &&str| argv[1..].iter().any(|arg| arg.eq_ignore_ascii_case(token.as_bytes()));
    let options = command.tokens().into_iter().filter(given).map(|token| option_name(command.name, token));
    options.chain([command_name(command.name)]).collect()
}

fn errors(value: &Value, shown: &mut BTreeSet<String>) {
    match value {
        Value::Error(text) => {
            let known = Error::TEXTS.iter().filter(|known| text.starts_with(known.as_bytes()));
            shown.extend(known.max_by_key(|known| known.len()).map(|known| error_name(known)));
        }
        Value::Array(items) => items.iter().for_each(|item| errors(item, shown)),
        _ => {}
    }
}

fn command_name(name: &str) -> String {
    kebab(&["command", name])
}

fn option_name(command: &str, token: &str) -> String {
    kebab(&["option", command, token])
}

fn motif_name(name: &str) -> String {
    kebab(&["motif", name])
}

/// The whole text: some differ only in their last words.
fn error_name(text: &str) -> String {
    kebab(&["error", text])
}

/// What a plant's seed is called.
pub fn plant_name(plant: &str) -> String {
    kebab(&["plant", plant])
}

/// Words in lower case with single hyphens between them.
fn kebab(parts: &[&str]) -> String {
    let spelt = parts.join(" ").replace('~', " about ").replace('=', " equals ").replace('#', " number ");
    let plain = spelt.to_ascii_lowercase().replace('\'', "").replace("-9223372036854775807 and ", "");
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.take(12).collect::<Vec<_>>().join("-")
}

#[test]
fn names_are_unique() {
    let wanted = wanted();
    let mut seen = BTreeSet::new();
    let twice: Vec<_> = wanted.iter().filter(|name| !seen.insert(*name)).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
