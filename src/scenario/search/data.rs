//! What documents hold and indexes are made of.

use super::super::draw::Draw;
use super::Vocabulary;
use crate::resp::Bytes;

/// The fields of documents; each is of the same type in all indexes.
pub(super) const FIELDS: [&str; 5] = ["title", "body", "cat", "num", "loc"];

/// What follows the name in FT.CREATE.
pub(super) const SHAPES: [&str; 7] = [
    "ON HASH PREFIX 1 d: SCHEMA title TEXT SORTABLE body TEXT cat TAG SORTABLE num NUMERIC SORTABLE loc GEO",
    "ON HASH PREFIX 1 d: SCHEMA title TEXT SORTABLE body TEXT cat TAG SORTABLE num NUMERIC SORTABLE loc GEO",
    "PREFIX 2 d: e: SCHEMA title TEXT NOSTEM WEIGHT 2 body TEXT cat TAG SEPARATOR ; CASESENSITIVE num NUMERIC",
    "STOPWORDS 0 SCHEMA title TEXT WITHSUFFIXTRIE num NUMERIC NOINDEX SORTABLE cat TAG INDEXEMPTY INDEXMISSING",
    "ON HASH PREFIX 1 d: STOPWORDS 2 red the SCHEMA title TEXT body TEXT SORTABLE UNF num NUMERIC INDEXMISSING",
    "ON HASH PREFIX 1 d:1 SCHEMA title AS t TEXT SORTABLE num AS n NUMERIC SORTABLE cat AS c TAG SORTABLE loc GEO",
    "ON HASH PREFIX 1 e: SCHEMA loc GEO cat TAG WITHSUFFIXTRIE num NUMERIC",
];

/// What follows `SCHEMA ADD` in FT.ALTER.
pub(super) const ADDED: [&str; 4] = ["num NUMERIC SORTABLE", "cat TAG SEPARATOR ;", "body TEXT", "loc GEO"];

pub(super) const LIMITS: [&str; 9] = [
    "LIMIT 0 65536",
    "LIMIT 0 0",
    "LIMIT 0 1",
    "LIMIT 1 2",
    "LIMIT 2 100",
    "LIMIT 0 3",
    "LIMIT 7 10",
    "LIMIT 0 1000000",
    "LIMIT 9223372036854775807 2",
];

pub(super) const GROUPS: [&str; 5] = [
    "GROUPBY 1 @cat REDUCE COUNT 0 AS n",
    "GROUPBY 1 @title REDUCE SUM 1 @num AS s REDUCE AVG 1 @num AS a",
    "GROUPBY 0 REDUCE MIN 1 @num AS lo REDUCE MAX 1 @num AS hi",
    "GROUPBY 1 @cat REDUCE TOLIST 1 @title AS all",
    "GROUPBY 2 @cat @num REDUCE COUNT_DISTINCT 1 @title AS d",
];

pub(super) const WORDS: [&str; 16] = [
    "red", "green", "run", "running", "runs", "city", "cities", "hello", "world", "the", "a", "foo-bar", "RED",
    "naïve", "x1", "redis",
];

const TAGS: [&str; 10] =
    ["red", "Red", "red,green", "red;green", "hello world", " red , blue", "", "foo-bar", "the", "a,b;c"];

const NUMBERS: [&str; 10] = ["0", "1", "2", "3", "-1", "2.5", "10", "1e3", "-inf", "x"];

const PLACES: [&str; 5] = ["2.35,48.85", "2.36,48.86", "13.4,52.5", "-0.12,51.5", "181,2"];

/// What queries are about.
pub(super) const VOCABULARY: Vocabulary = Vocabulary {
    texts: &["title", "body"],
    tags: &["cat"],
    numbers: &["num"],
    places: &["loc"],
    words: &WORDS,
    values: &["red", "Red", "green", "blue", "hello world", "foo-bar", "the", "a", "b", "re"],
};

/// A value that fits a field, mostly.
pub(super) fn value(field: &str, draw: &mut Draw) -> Bytes {
    match field {
        "cat" => draw.pick(&TAGS).into(),
        "num" => draw.pick(&NUMBERS).into(),
        "loc" => draw.pick(&PLACES).into(),
        _ => {
            let words: Vec<&str> = (0..1 + draw.below(4)).map(|_| draw.pick(&WORDS)).collect();
            words.join(draw.pick(&[" ", " ", " ", ", "])).into_bytes()
        }
    }
}
