//! The recorded answers, asked again.

use std::collections::BTreeMap;

use arbitrary::Unstructured;

use super::answers::{Search, fixture, searches};
use super::round_trip::spoil;
use super::{Query, Request, Schema, Style, parse, print};
use crate::resp::Bytes;

/// How many were asked, and how often what was said was the same.
#[derive(Debug, Default, PartialEq)]
struct Count {
    asked: usize,
    verdict: usize,
    error: usize,
    explain: usize,
}

fn has(row: &Search, flag: &[u8]) -> bool {
    row.flags.iter().any(|given| given == flag)
}

fn show(answer: &Result<Bytes, Bytes>) -> String {
    match answer {
        Ok(tree) => tree.escape_ascii().to_string(),
        Err(error) => format!("ERR {}", error.escape_ascii()),
    }
}

/// What FT.SEARCH and FT.EXPLAIN have to say.
fn ask(row: &Search, schema: &Schema) -> [Result<Query, Bytes>; 2] {
    [false, true].map(|explaining| {
        let request = Request {
            schema,
            dialect: row.dialect,
            params: &row.params,
            verbatim: has(row, b"VERBATIM"),
            stopwords: !has(row, b"NOSTOPWORDS"),
            explaining,
        };
        parse(&row.query, &request)
    })
}

#[test]
fn queries_are_read_as_redisearch_reads_them() {
    let fixture = fixture();
    let mut counts: BTreeMap<u8, Count> = BTreeMap::new();
    for row in searches() {
        let schema = &fixture.schemas[&row.schema];
        let [search, explained] = ask(&row, schema);
        let text = explained.map(|query| query.explain(schema));
        let count = counts.entry(row.dialect).or_default();
        count.asked += 1;
        count.verdict += usize::from(search.is_ok() == row.answer.is_ok());
        count.error += usize::from(search.as_ref().err() == row.answer.as_ref().err());
        count.explain += usize::from(text == row.explain);
        if text != row.explain {
            println!("{} {}\n  want {}\n  have {}", row.id, row.query.escape_ascii(), show(&row.explain), show(&text));
        }
    }
    println!("{counts:#?}");
    for (dialect, count) in counts {
        let all = Count { asked: count.asked, verdict: count.asked, error: count.asked, explain: count.asked };
        assert_eq!(count, all, "dialect {dialect}");
    }
}

/// What is printed is read as the same tree.
#[test]
fn recorded_queries_can_be_printed() {
    let fixture = fixture();
    let (mut trees, mut printed) = (0, 0);
    for row in searches() {
        let schema = &fixture.schemas[&row.schema];
        let [Ok(query), _] = ask(&row, schema) else { continue };
        trees += 1;
        let stopwords = !has(&row, b"NOSTOPWORDS");
        let Some(text) = print(&query.tree, &Style { schema, dialect: row.dialect, stopwords }) else {
            println!("{} not printed: {}", row.id, row.query.escape_ascii());
            continue;
        };
        printed += 1;
        let request = Request {
            schema,
            dialect: row.dialect,
            params: &text.params,
            verbatim: has(&row, b"VERBATIM"),
            stopwords,
            explaining: false,
        };
        let again = parse(&text.query, &request).map(|query| query.tree);
        assert_eq!(again.as_ref(), Ok(&query.tree), "{} {}", row.query.escape_ascii(), text.query.escape_ascii());
    }
    println!("{printed} of {trees} printed");
    assert!(printed * 100 >= trees * 99, "{printed} of {trees}");
}

/// What the recorded queries leave out, from RediSearch's own descriptions of its changes.
#[test]
fn numbers_have_signs() {
    let fixture = fixture();
    let schema = &fixture.schemas["basic"];
    let params = BTreeMap::from([(b"p".to_vec(), b"10".to_vec())]);
    let ask = |query: &str, dialect: u8| {
        let request = Request { schema, dialect, params: &params, verbatim: false, stopwords: true, explaining: false };
        let text = parse(query.as_bytes(), &request).map(|query| query.explain(schema));
        text.unwrap_or_else(|error| error).escape_ascii().to_string()
    };
    assert_eq!(ask("@num:[-$p 500]", 2), "NUMERIC {-10.000000 <= @num <= 500.000000}\\n");
    assert_eq!(ask("@num:[1 2e+3]", 2), "NUMERIC {1.000000 <= @num <= 2000.000000}\\n");
    assert_eq!(ask("@num:[1 2e+3]", 1), "Syntax error at offset 8 near 2e");
    assert_eq!(ask("@num:[3456]", 2), "NUMERIC {3456.000000 <= @num <= 3456.000000}\\n");
    assert_eq!(ask("@num:[(3456]", 2), "Syntax error at offset 11 near 3456");
    assert_eq!(ask("@num:[((10 20]", 2), "Syntax error at offset 7 near num");
}

/// Queries near the recorded ones: most are wrong, and what is right can be printed or says that it cannot.
#[test]
fn near_misses_can_be_printed() {
    let fixture = fixture();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let (mut right, mut printed) = (0, 0);
    for row in searches().iter().flat_map(|row| std::iter::repeat_n(row, 4)) {
        let schema = &fixture.schemas[&row.schema];
        let bytes: Bytes = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .take(40)
        .collect();
        let mut query = row.query.clone();
        spoil(&mut Unstructured::new(&bytes), &mut query).expect("any bytes will do");
        let request = Request {
            schema,
            dialect: row.dialect,
            params: &row.params,
            verbatim: true,
            stopwords: true,
            explaining: false,
        };
        let Ok(read) = parse(&query, &request) else { continue };
        right += 1;
        let Some(text) = print(&read.tree, &Style { schema, dialect: row.dialect, stopwords: true }) else {
            println!("not printed: {}", query.escape_ascii());
            continue;
        };
        printed += 1;
        let again = parse(&text.query, &Request { params: &text.params, ..request }).map(|query| query.tree);
        assert_eq!(again.as_ref(), Ok(&read.tree), "{} {}", query.escape_ascii(), text.query.escape_ascii());
    }
    println!("{printed} of {right} printed");
    assert!(printed * 100 >= right * 98, "{printed} of {right}");
}
