//! The recorded answers of `corpus/answers`.
#![allow(dead_code, reason = "each test of this binary needs another part")]

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use flate2::read::GzDecoder;
use respfuzz_engine::{Clock, Config, Engine, Reply};
use serde_json::Value;

/// The words of a command.
pub type Argv = Vec<Vec<u8>>;

/// A query, and what was answered.
pub struct Query {
    pub id: String,
    pub schema: String,
    pub dialect: i64,
    /// How `answer` is to be compared: `ids`, `order`, `scores`, `raw`...
    pub mode: String,
    pub argv: Vec<Vec<u8>>,
    pub query: Vec<u8>,
    pub flags: Vec<Vec<u8>>,
    pub params: Vec<(Vec<u8>, Vec<u8>)>,
    /// The error, if it was refused.
    pub error: Option<Vec<u8>>,
    pub explain: Option<Vec<u8>>,
    pub explain_error: Option<Vec<u8>>,
    /// The record itself.
    pub record: Value,
}

/// The bytes of a string of the answers: one character is one byte.
pub fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(u32::from(char)).expect("latin-1")).collect()
}

/// The bytes of a JSON string.
pub fn field(value: &Value) -> Vec<u8> {
    bytes(value.as_str().expect("a string"))
}

fn words(value: &Value) -> Vec<Vec<u8>> {
    value.as_array().expect("an array").iter().map(field).collect()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus/answers").join(name)
}

fn lines(name: &str) -> Vec<Value> {
    let file = BufReader::new(GzDecoder::new(File::open(path(name)).expect("the answers are there")));
    file.lines().map(|line| serde_json::from_str(&line.expect("text")).expect("JSON")).collect()
}

/// The recorded FT.SEARCHes, with their FT.EXPLAIN.
pub fn searches() -> Vec<Query> {
    lines("ft-search.jsonl.gz").into_iter().map(query).collect()
}

/// The recorded FT.AGGREGATEs.
pub fn aggregates() -> Vec<Value> {
    lines("ft-aggregate.jsonl.gz")
}

fn query(record: Value) -> Query {
    let text = |name: &str| record.get(name).filter(|value| value.is_string()).map(field);
    Query {
        id: record["id"].as_str().expect("an id").to_owned(),
        schema: record["schema"].as_str().expect("a schema").to_owned(),
        dialect: record["dialect"].as_i64().expect("a dialect"),
        mode: record["mode"].as_str().expect("a mode").to_owned(),
        argv: words(&record["argv"]),
        query: field(&record["query"]),
        flags: words(&record["flags"]),
        params: record["params"]
            .as_object()
            .map_or_else(Vec::new, |params| params.iter().map(|(name, value)| (bytes(name), field(value))).collect()),
        error: text("error"),
        explain: text("explain"),
        explain_error: text("explain_error"),
        record,
    }
}

/// The argv's of FT.CREATE, and the argv's of HSET that come after.
pub fn schemas() -> (Vec<Argv>, Vec<Argv>) {
    let mut text = String::new();
    File::open(path("ft-schemas.json")).expect("the schemas are there").read_to_string(&mut text).expect("text");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let creates = all["schemas"].as_array().expect("schemas").iter().map(|schema| words(&schema["create"])).collect();
    let docs = all["docs"].as_array().expect("docs").iter().map(words).collect();
    (creates, docs)
}

struct Stopped;

impl Clock for Stopped {
    fn now_ms(&self) -> u64 {
        1_700_000_000_000
    }
}

/// An engine with the indexes and the documents of the answers.
pub fn engine() -> Engine {
    let mut engine = engine_without_documents();
    for argv in schemas().1 {
        assert!(matches!(call(&mut engine, &argv), Reply::Int(_)));
    }
    engine
}

/// An engine with the indexes of the answers.
pub fn engine_without_documents() -> Engine {
    let mut engine = Engine::new(Config::default(), Box::new(Stopped));
    for argv in schemas().0 {
        assert_eq!(call(&mut engine, &argv), Reply::Status(b"OK".into()), "{}", String::from_utf8_lossy(&argv[1]));
    }
    engine
}

/// The engine's answer to a command.
pub fn call(engine: &mut Engine, argv: &[Vec<u8>]) -> Reply {
    engine.execute(1, argv);
    let mut replies = Vec::new();
    engine.poll(&mut replies);
    assert_eq!(replies.len(), 1, "one reply to {}", String::from_utf8_lossy(&argv[0]));
    replies.remove(0).1
}
