//! The ledger: every command of a server's own `COMMAND` reply, and where the toolkit has it.

use std::collections::BTreeSet;

use crate::command;
use crate::model::Model;
use crate::resp::Value;
use crate::scenario::decode;
use crate::subject::{Subject, SubjectError, ask};

/// One command of the server, or subcommand (`CLIENT|LIST`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Upper case.
    pub name: String,
    /// It has a row in the command table.
    pub table: bool,
    /// The model predicts it.
    pub model: bool,
    /// The embedded engine has it; `None` where no engine is compiled in.
    pub engine: Option<bool>,
    /// The generator draws it.
    pub generator: bool,
    /// The committed corpus has it; `None` where there is no corpus to look at.
    pub corpus: Option<bool>,
    /// Why it is left out, or not drawn.
    pub note: Option<&'static str>,
}

impl Row {
    /// What it lacks without a reason, in words; empty if nothing.
    pub fn holes(&self) -> Vec<&'static str> {
        // What is only served is not compared, either.
        let only_served = self.table && !self.generator && self.note.is_some();
        let wanted = [
            (self.table, "src/command/table"),
            (self.model, "src/model"),
            (self.engine.unwrap_or(true) || only_served, "engine"),
            (self.generator || only_served, "the generator"),
            (self.corpus.unwrap_or(true) || only_served, "corpus/command_handler (regenerate it)"),
        ];
        let missing = wanted.iter().filter(|(there, _)| !there).map(|(_, place)| *place);
        if !self.table && self.note.is_some() { Vec::new() } else { missing.collect() }
    }
}

/// The rows for these commands of a server, in upper case.
pub fn rows(names: &[String], engine: Option<&dyn Fn(&str) -> bool>, corpus: Option<&BTreeSet<String>>) -> Vec<Row> {
    names.iter().map(|name| row(name, engine, corpus)).collect()
}

fn row(name: &str, engine: Option<&dyn Fn(&str) -> bool>, corpus: Option<&BTreeSet<String>>) -> Row {
    let (container, sub) = name.split_once('|').map_or((name, None), |(container, sub)| (container, Some(sub)));
    let command = command::by_name(container.as_bytes());
    let (table, generator) = match (command, sub) {
        (None, _) => (false, false),
        (Some(command), None) => (true, command.is_drawn()),
        (Some(command), Some(word)) => {
            let found = command.subcommands().and_then(|subs| subs.iter().find(|sub| sub.name == word));
            (found.is_some() || !command.is_drawn(), found.is_some_and(|sub| sub.is_drawn()))
        }
    };
    let not_drawn = (table && !generator).then_some("served, not drawn: it would disturb the server");
    Row {
        name: name.to_owned(),
        table,
        model: table && Model::knows(container.as_bytes()),
        engine: engine.map(|knows| knows(container)),
        generator,
        corpus: corpus.map(|names| names.contains(name)),
        note: if table { not_drawn } else { command::reason_left_out(name) },
    }
}

/// The commands that a server lists, subcommands included.
pub fn commands_of(server: &mut dyn Subject) -> Result<Vec<String>, SubjectError> {
    let names = match ask(server, &["COMMAND", "LIST"])? {
        Some(Value::Array(items)) => items,
        reply => return Err(SubjectError::Refused(format!("COMMAND LIST gave {reply:?}"))),
    };
    let mut names: Vec<String> = names
        .iter()
        .filter_map(|name| match name {
            Value::Bulk(name) => Some(String::from_utf8_lossy(name).to_uppercase()),
            _ => None,
        })
        .collect();
    names.sort();
    Ok(names)
}

/// Every command and subcommand that these inputs of `command_handler` send.
pub fn sent_by<'a>(inputs: impl IntoIterator<Item = &'a [u8]>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for step in inputs.into_iter().flat_map(|data| decode(data).steps) {
        let Some(argv) = step.argv() else { continue };
        let Some(command) = command::by_name(&argv[0]) else { continue };
        names.insert(command.name.to_owned());
        let word = argv.get(1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        let found = command.subcommands().into_iter().flatten().find(|sub| sub.name.as_bytes() == word);
        names.extend(found.map(|sub| format!("{}|{}", command.name, sub.name)));
    }
    names
}
