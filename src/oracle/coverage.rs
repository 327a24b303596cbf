//! What a campaign covered: commands, options and error replies, counted, so that an empty run cannot pass.

use std::collections::BTreeMap;

use crate::command::{self, Family, Sent};
use crate::model::Error;
use crate::resp::{Bytes, Value};

/// Counts over many runs.
#[derive(Debug, Default)]
pub struct Coverage {
    sent: Sent,
    /// Options sent, by command and keyword.
    options: BTreeMap<(&'static str, &'static str), u64>,
    /// Error replies, by the beginning of their text.
    errors: BTreeMap<&'static str, u64>,
    /// Error texts that the model's list does not have.
    unlisted: BTreeMap<String, u64>,
    replies: u64,
    error_replies: u64,
}

impl Coverage {
    /// A command was sent.
    pub fn sent(&mut self, argv: &[Bytes]) {
        self.sent.count(argv);
        let Some(command) = argv.first().and_then(|name| command::by_name(name)) else { return };
        for token in command.tokens() {
            if argv[1..].iter().any(|arg| arg.eq_ignore_ascii_case(token.as_bytes())) {
                *self.options.entry((command.name, token)).or_default() += 1;
            }
        }
    }

    /// A reply came; errors inside arrays (EXEC) count too.
    pub fn replied(&mut self, value: &Value) {
        self.replies += 1;
        self.error_replies += u64::from(matches!(value, Value::Error(_)));
        self.count_errors(value);
    }

    fn count_errors(&mut self, value: &Value) {
        match value {
            Value::Error(text) => {
                match Error::TEXTS.iter().filter(|known| text.starts_with(known.as_bytes())).max_by_key(|k| k.len()) {
                    Some(known) => *self.errors.entry(known).or_default() += 1,
                    None => *self.unlisted.entry(String::from_utf8_lossy(text).into_owned()).or_default() += 1,
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.count_errors(item)),
            _ => {}
        }
    }

    /// Commands sent in all.
    pub fn total(&self) -> u64 {
        self.sent.total()
    }

    /// How many commands of each family were sent.
    pub fn families(&self) -> Vec<(Family, u64)> {
        let count = |family| command::all().filter(|c| c.family == family).map(|c| self.sent.of(c)).sum();
        Family::ALL.into_iter().map(|family| (family, count(family))).collect()
    }

    /// Percentage of replies that were errors.
    pub fn error_percent(&self) -> f64 {
        100.0 * self.error_replies as f64 / self.replies.max(1) as f64
    }

    /// Commands, options and errors that occurred fewer than `wanted` times, and how often they did.
    pub fn rare(&self, wanted: u64, families: impl Fn(Family) -> bool) -> Vec<(String, u64)> {
        let mut rare = Vec::new();
        for command in command::all().filter(|c| c.is_drawn() && families(c.family)) {
            rare.push((command.name.to_owned(), self.sent.of(command)));
            for token in command.tokens() {
                rare.push((
                    format!("{} {token}", command.name),
                    self.options.get(&(command.name, token)).copied().unwrap_or(0),
                ));
            }
        }
        for text in Error::texts() {
            rare.push((format!("-{text}"), self.errors.get(text).copied().unwrap_or(0)));
        }
        rare.retain(|(_, count)| *count < wanted);
        rare
    }

    /// How many different things [`rare`](Self::rare) looks at: commands, options, error texts.
    pub fn kinds() -> (usize, usize, usize) {
        (command::all().count(), command::all().map(|c| c.tokens().len()).sum(), Error::texts().count())
    }

    /// Error replies that the model does not list.
    pub fn unlisted(&self) -> &BTreeMap<String, u64> {
        &self.unlisted
    }
}
