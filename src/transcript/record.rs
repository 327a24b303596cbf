//! The lines of a transcript.

use std::io::{BufRead, BufReader, Read};

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use super::Annotations;
use crate::resp::{Bytes, Value};

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// Commands and their replies.
    Session(Session),
    /// Bytes in, bytes out.
    Exchange(Exchange),
}

/// Commands on one connection, and what was answered.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Session {
    /// Its name.
    pub id: String,
    /// The commands in order.
    pub ops: Vec<Op>,
}

/// A command and its reply.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "RawOp")]
pub struct Op {
    /// The command.
    pub argv: Vec<Bytes>,
    /// What was recorded.
    pub reply: Value,
    /// What of it may differ.
    pub annotations: Annotations,
}

/// Raw bytes on one connection, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "RawExchange")]
pub struct Exchange {
    /// Its name.
    pub id: String,
    /// What the client sends before it closes its side.
    pub input: Bytes,
    /// All that the server sends.
    pub output: Bytes,
    /// The server closed the connection before the client did.
    pub closed: bool,
}

/// A line that is no record, or a file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadRecord {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// Reads a transcript, compressed or not. Blank lines are skipped.
pub fn read(data: &[u8]) -> Result<Vec<Record>, BadRecord> {
    let plain: Box<dyn Read> =
        if data.starts_with(&[0x1f, 0x8b]) { Box::new(MultiGzDecoder::new(data)) } else { Box::new(data) };
    let mut records = Vec::new();
    for (i, line) in BufReader::new(plain).lines().enumerate() {
        let bad = |reason: String| BadRecord { line: i + 1, reason };
        let line = line.map_err(|error| bad(error.to_string()))?;
        if !line.trim().is_empty() {
            records.push(parse(&line).map_err(bad)?);
        }
    }
    Ok(records)
}

fn parse(line: &str) -> Result<Record, String> {
    let json: serde_json::Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let record = if json.get("ops").is_some() {
        Session::deserialize(json).map(Record::Session)
    } else if json.get("in").is_some() {
        Exchange::deserialize(json).map(Record::Exchange)
    } else {
        return Err("neither a session (`ops`) nor an exchange (`in`)".into());
    };
    record.map_err(|error| error.to_string())
}

/// Bytes as Latin-1.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Text(Bytes);

impl TryFrom<String> for Text {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = text.chars().map(|char| u8::try_from(u32::from(char)));
        bytes.collect::<Result<_, _>>().map(Text).map_err(|_| "a character beyond Latin-1: strings are bytes")
    }
}

#[derive(Deserialize)]
struct RawOp {
    c: Vec<Text>,
    r: RawReply,
    #[serde(default)]
    ann: Annotations,
}

#[derive(Deserialize)]
enum RawReply {
    #[serde(rename = "s")]
    Status(Text),
    #[serde(rename = "e")]
    Error(Text),
    #[serde(rename = "i")]
    Int(i64),
    #[serde(rename = "b")]
    Bulk(Option<Text>),
    #[serde(rename = "a")]
    Array(Option<Vec<RawReply>>),
}

impl From<RawReply> for Value {
    fn from(raw: RawReply) -> Self {
        match raw {
            RawReply::Status(text) => Value::Status(text.0),
            RawReply::Error(text) => Value::Error(text.0),
            RawReply::Int(n) => Value::Int(n),
            RawReply::Bulk(text) => text.map_or(Value::NullBulk, |text| Value::Bulk(text.0)),
            RawReply::Array(items) => {
                items.map_or(Value::NullArray, |items| Value::Array(items.into_iter().map(Value::from).collect()))
            }
        }
    }
}

impl From<RawOp> for Op {
    fn from(raw: RawOp) -> Self {
        let argv = raw.c.into_iter().map(|word| word.0).collect();
        Op { argv, reply: raw.r.into(), annotations: raw.ann }
    }
}

#[derive(Deserialize)]
struct RawExchange {
    id: String,
    r#in: Text,
    out: Text,
    closed: bool,
}

impl From<RawExchange> for Exchange {
    fn from(raw: RawExchange) -> Self {
        Exchange { id: raw.id, input: raw.r#in.0, output: raw.out.0, closed: raw.closed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_bytes() {
        let line = "{\"id\":\"a\",\"ops\":[{\"c\":[\"GET\",\"\u{ff}\\u0000\"],\"r\":{\"b\":null}}]}\n\n";
        let records = read(line.as_bytes()).unwrap();
        let [Record::Session(session)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(session.ops[0].argv, [b"GET".to_vec(), vec![0xff, 0]]);
        assert_eq!(session.ops[0].reply, Value::NullBulk);
    }

    #[test]
    fn what_is_no_record_is_named_by_its_line() {
        for (text, reason) in [
            ("\n{}", "line 2: neither a session"),
            ("[", "line 1: EOF"),
            ("{\"id\":\"a\",\"ops\":[{\"c\":[\"\u{100}\"],\"r\":{\"i\":1}}]}", "line 1: a character beyond Latin-1"),
            ("\u{1f}\u{8b}", "line 1: "),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(reason), "{error}");
        }
    }
}
