#![allow(dead_code, reason = "each test reads what it is about")]
//! The recorded answers of RediSearch (`corpus/answers`), for tests.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use serde::Deserialize;

use super::Schema;
use crate::resp::Bytes;

/// The indexes, and the commands that fill them.
pub struct Fixture {
    /// By name.
    pub schemas: BTreeMap<String, Schema>,
    /// FT.CREATE of each.
    pub creates: Vec<Vec<Bytes>>,
    /// HSET of each document.
    pub docs: Vec<Vec<Bytes>>,
}

/// One recorded FT.SEARCH.
pub struct Search {
    /// The name of the row.
    pub id: String,
    /// The index.
    pub schema: String,
    /// The query.
    pub query: Bytes,
    /// DIALECT.
    pub dialect: u8,
    /// How it was asked: `ids`, `scores`, `sortby`, `return`.
    pub mode: String,
    /// VERBATIM, NOSTOPWORDS, SLOP n, INORDER.
    pub flags: Vec<Bytes>,
    /// PARAMS.
    pub params: BTreeMap<Bytes, Bytes>,
    /// The whole command.
    pub argv: Vec<Bytes>,
    /// The number of results, or the error.
    pub answer: Result<i64, Bytes>,
    /// For mode `ids`: the keys, sorted.
    pub ids: Option<Vec<Bytes>>,
    /// For mode `ids`, sometimes: the keys as they came.
    pub order: Option<Vec<Bytes>>,
    /// For other modes: the typed reply (README).
    pub raw: Option<serde_json::Value>,
    /// FT.EXPLAIN: the tree, or the error.
    pub explain: Result<Bytes, Bytes>,
}

/// One recorded FT.AGGREGATE.
pub struct Aggregate {
    /// The whole command.
    pub argv: Vec<Bytes>,
    /// All of the line, as JSON.
    pub row: serde_json::Value,
}

/// One JSON character is one byte.
pub fn bytes(latin1: &str) -> Bytes {
    latin1.chars().map(|c| u8::try_from(u32::from(c)).expect("latin-1")).collect()
}

fn all_bytes(strings: &[String]) -> Vec<Bytes> {
    strings.iter().map(|s| bytes(s)).collect()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus/answers").join(name)
}

fn lines<T: for<'a> Deserialize<'a>>(name: &str) -> Vec<T> {
    let mut text = String::new();
    let file = std::fs::File::open(path(name)).expect(name);
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect(name);
    text.lines().map(|line| serde_json::from_str(line).expect(name)).collect()
}

/// The indexes and documents that every query was asked over.
pub fn fixture() -> Fixture {
    #[derive(Deserialize)]
    struct Create {
        create: Vec<String>,
    }
    #[derive(Deserialize)]
    struct File {
        schemas: Vec<Create>,
        docs: Vec<Vec<String>>,
    }
    let file: File = serde_json::from_slice(&std::fs::read(path("ft-schemas.json")).expect("read")).expect("parse");
    let creates: Vec<_> = file.schemas.iter().map(|schema| all_bytes(&schema.create)).collect();
    let schemas = creates.iter().map(|argv| Schema::from_create(argv).expect("a schema"));
    Fixture {
        schemas: schemas.map(|schema| (String::from_utf8(schema.name.clone()).expect("ASCII"), schema)).collect(),
        docs: file.docs.iter().map(|argv| all_bytes(argv)).collect(),
        creates,
    }
}

/// Every FT.SEARCH.
pub fn searches() -> Vec<Search> {
    #[derive(Deserialize)]
    struct Row {
        id: String,
        schema: String,
        query: String,
        dialect: u8,
        mode: String,
        flags: Vec<String>,
        params: BTreeMap<String, String>,
        argv: Vec<String>,
        total: Option<i64>,
        error: Option<String>,
        ids: Option<Vec<String>>,
        order: Option<Vec<String>>,
        raw: Option<serde_json::Value>,
        explain: Option<String>,
        explain_error: Option<String>,
    }
    let search = |row: Row| Search {
        query: bytes(&row.query),
        flags: all_bytes(&row.flags),
        params: row.params.iter().map(|(name, value)| (bytes(name), bytes(value))).collect(),
        argv: all_bytes(&row.argv),
        answer: row.total.ok_or_else(|| bytes(&row.error.expect("a total or an error"))),
        ids: row.ids.as_deref().map(all_bytes),
        order: row.order.as_deref().map(all_bytes),
        explain: match (&row.explain, &row.explain_error) {
            (Some(text), _) => Ok(bytes(text)),
            (None, error) => Err(bytes(error.as_deref().expect("a tree or an error"))),
        },
        id: row.id,
        schema: row.schema,
        dialect: row.dialect,
        mode: row.mode,
        raw: row.raw,
    };
    lines("ft-search.jsonl.gz").into_iter().map(search).collect()
}

/// Every FT.AGGREGATE.
pub fn aggregates() -> Vec<Aggregate> {
    #[derive(Deserialize)]
    struct Argv {
        argv: Vec<String>,
    }
    let aggregate = |row: serde_json::Value| {
        let argv: Argv = serde_json::from_value(row.clone()).expect("argv");
        Aggregate { argv: all_bytes(&argv.argv), row }
    };
    lines("ft-aggregate.jsonl.gz").into_iter().map(aggregate).collect()
}

#[test]
fn everything_can_be_read() {
    let fixture = fixture();
    assert_eq!((fixture.schemas.len(), fixture.creates.len()), (6, 6));
    assert!(!fixture.docs.is_empty());
    assert_eq!(fixture.schemas["mixed"].field(b"tg").expect("tg").path, b"tags");
    let searches = searches();
    assert_eq!((searches.len(), aggregates().len()), (3000, 300));
    assert!(searches.iter().all(|row| fixture.schemas.contains_key(&row.schema)));
}
