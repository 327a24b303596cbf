//! The recorded answers, asked again.

use std::collections::BTreeMap;

use super::answers::{Search, fixture, searches};
use super::{Request, parse};
use crate::resp::Bytes;

/// Agreement and how many were asked.
#[derive(Debug, Default)]
struct Count {
    asked: usize,
    verdict: usize,
    error: usize,
    explain: usize,
}

fn has(row: &Search, flag: &[u8]) -> bool {
    row.flags.iter().any(|given| given == flag)
}

#[test]
fn queries_are_read_as_redisearch_reads_them() {
    let fixture = fixture();
    let mut counts: BTreeMap<u8, Count> = BTreeMap::new();
    for row in searches() {
        let schema = &fixture.schemas[&row.schema];
        let request = Request {
            schema,
            dialect: row.dialect,
            params: &row.params,
            verbatim: has(&row, b"VERBATIM"),
            stopwords: !has(&row, b"NOSTOPWORDS"),
        };
        let answer: Result<Bytes, Bytes> = parse(&row.query, &request).map(|query| query.explain(schema));
        let count = counts.entry(row.dialect).or_default();
        count.asked += 1;
        count.verdict += usize::from(answer.is_ok() == row.explain.is_ok());
        count.error += usize::from(answer.is_err() && answer == row.explain);
        count.explain += usize::from(answer.is_ok() && answer == row.explain);
        if answer != row.explain {
            let text = |answer: &Result<Bytes, Bytes>| match answer {
                Ok(tree) => tree.escape_ascii().to_string(),
                Err(error) => format!("ERR {}", error.escape_ascii()),
            };
            println!(
                "{} {} dialect {} {}\n  want {}\n  have {}",
                row.id,
                row.schema,
                row.dialect,
                row.query.escape_ascii(),
                text(&row.explain),
                text(&answer)
            );
        }
    }
    println!("{counts:#?}");
}
