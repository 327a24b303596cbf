//! Whatever the words are, there is an answer.

use super::documents::{Documents, FieldInfo};
use super::value::Value;
use super::{Request, aggregate};
use crate::config::Config;
use crate::rng::Rng;

/// Two documents with a few fields.
struct Few(Vec<FieldInfo>);

impl Few {
    fn new() -> Self {
        let field = |name: &str, numeric| {
            let name = name.as_bytes().to_vec();
            FieldInfo { path: name.clone(), name, sortable: numeric, exact: numeric, numeric }
        };
        Few(vec![field("n", true), field("t", false)])
    }
}

impl Documents for Few {
    fn schema(&self) -> &[FieldInfo] {
        &self.0
    }

    fn count(&self) -> usize {
        3
    }

    fn key(&self, _: usize) -> &[u8] {
        b"key"
    }

    fn field(&self, document: usize, path: &[u8]) -> Option<Vec<u8>> {
        self.fields(document).into_iter().find(|(field, _)| field == path).map(|(_, value)| value)
    }

    fn fields(&self, document: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        let pair = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), value.to_vec());
        match document {
            0 => vec![pair("n", b"-2.5"), pair("t", b"a,b,,c")],
            1 => vec![pair("n", b"1e308"), pair("t", b"\xff\x00%s"), pair("x", b"")],
            _ => Vec::new(),
        }
    }

    fn sort_value(&self, document: usize, _: usize) -> Option<Value> {
        [Some(-2.5), Some(1e308), None].get(document).copied().flatten().map(Value::Number)
    }
}

/// What expressions are made of here.
const PIECES: &[&str] = &[
    "@n",
    "@t",
    "@v",
    "@__key",
    "(",
    ")",
    "(",
    ")",
    ",",
    "+",
    "- ",
    "*",
    "/",
    "%",
    "^",
    "&&",
    "||",
    "!",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "1",
    "-1",
    "0",
    "1e308",
    "-inf",
    "'a'",
    "'%s'",
    "'%'",
    "'%Y'",
    "''",
    "NULL",
    "lower(",
    "substr(",
    "format(",
    "split(",
    "to_number(",
    "to_str(",
    "exists(",
    "startswith(",
    "contains(",
    "strlen(",
    "log(",
    "sqrt(",
    "timefmt(",
    "parsetime(",
    "month(",
    "minute(",
    "dayofweek(",
    "geodistance(",
    "matched_terms(",
    "nosuch(",
    "x",
    "\u{e9}",
    "&",
    "'",
];

/// What follows the query here; `$` stands for an expression.
const WORDS: &[&str] = &[
    "LOAD",
    "*",
    "1",
    "2",
    "0",
    "3",
    "@n",
    "@t",
    "@v",
    "n",
    "AS",
    "v",
    "GROUPBY",
    "REDUCE",
    "COUNT",
    "SUM",
    "AVG",
    "MIN",
    "MAX",
    "TOLIST",
    "QUANTILE",
    "0.5",
    "STDDEV",
    "FIRST_VALUE",
    "BY",
    "RANDOM_SAMPLE",
    "COUNT_DISTINCT",
    "APPLY",
    "$",
    "$",
    "FILTER",
    "$",
    "SORTBY",
    "ASC",
    "DESC",
    "LIMIT",
    "18446744073709551615",
    "-1",
    "PARAMS",
    "DIALECT",
    "VERBATIM",
    "INKEYS",
    "",
];

fn pick<'a>(dice: &mut Rng, all: &[&'a str]) -> &'a str {
    all[dice.below(all.len())]
}

fn expression(dice: &mut Rng) -> Vec<u8> {
    let mut text: Vec<u8> = (0..dice.below(9)).flat_map(|_| pick(dice, PIECES).bytes().collect::<Vec<u8>>()).collect();
    let open = text.iter().filter(|byte| **byte == b'(').count();
    let closed = text.iter().filter(|byte| **byte == b')').count();
    text.extend(std::iter::repeat_n(b')', open.saturating_sub(closed)));
    text
}

/// A step that makes sense more often than not.
fn step(dice: &mut Rng) -> Vec<Vec<u8>> {
    let words = |text: &str| text.split(' ').map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
    match dice.below(6) {
        0 => [words("APPLY"), vec![expression(dice)], words("AS v")].concat(),
        1 => [words("FILTER"), vec![expression(dice)]].concat(),
        2 => words("LOAD 3 @n @t @__key"),
        3 => words("SORTBY 2 @v DESC"),
        4 => words("GROUPBY 1 @v REDUCE TOLIST 1 @n AS t REDUCE QUANTILE 2 @n 0.5 AS n"),
        _ => (0..dice.below(7))
            .map(|_| match pick(dice, WORDS) {
                "$" => expression(dice),
                word => word.as_bytes().to_vec(),
            })
            .collect(),
    }
}

#[test]
fn whatever_the_words_are_there_is_an_answer() {
    let (mut dice, documents, config) = (Rng::new(7), Few::new(), Config::default());
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..40_000 {
        let mut words = vec![b"*".to_vec()];
        (0..dice.below(5)).for_each(|_| words.extend(step(&mut dice)));
        match Request::parse(&words).and_then(|request| aggregate(&request, &documents, &config)) {
            Ok(found) => {
                answered += 1;
                found.into_reply(answered % 2 == 0);
            }
            Err(_) => refused += 1,
        }
    }
    assert!(answered > 1000 && refused > 1000, "{answered} answered, {refused} refused");
}

#[test]
fn many_steps_are_no_deep_recursion() {
    let (documents, config) = (Few::new(), Config::default());
    let mut words = vec![b"*".to_vec()];
    for _ in 0..20_000 {
        words.extend(["FILTER", "1", "LIMIT", "0", "5"].map(|word| word.as_bytes().to_vec()));
    }
    let found = Request::parse(&words).and_then(|request| aggregate(&request, &documents, &config));
    assert_eq!(found.map(|found| found.rows.len()), Ok(3));
}
