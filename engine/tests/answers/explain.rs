//! What FT.EXPLAIN accepts, refuses and shows.

use std::collections::BTreeMap;

use super::data::{self, Query};
use respfuzz_engine::{Engine, Reply};

/// How many differences are shown.
const SHOWN: usize = 10;

/// The FT.EXPLAIN that goes with a recorded FT.SEARCH.
fn explain(engine: &mut Engine, query: &Query) -> Reply {
    let mut argv = vec![b"FT.EXPLAIN".to_vec(), query.schema.clone().into_bytes(), query.query.clone()];
    argv.extend(query.flags.iter().cloned());
    if !query.params.is_empty() {
        argv.extend([b"PARAMS".to_vec(), (2 * query.params.len()).to_string().into_bytes()]);
        argv.extend(query.params.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
    }
    argv.extend([b"DIALECT".to_vec(), query.dialect.to_string().into_bytes()]);
    data::call(engine, &argv)
}

/// How many answers agree, of how many.
#[derive(Debug, Default, PartialEq)]
struct Agreement {
    all: usize,
    /// Accepted or refused as recorded.
    verdicts: usize,
    /// And, if refused, in the same words.
    errors: usize,
    /// The whole answer is the same.
    texts: usize,
}

fn show(query: &Query, expected: &[u8], found: &[u8]) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let flags: Vec<String> = query.flags.iter().map(|flag| text(flag)).collect();
    println!("{} {} dialect {} {flags:?}\n  {}", query.id, query.schema, query.dialect, text(&query.query));
    println!("--- expected\n{}\n--- found\n{}", text(expected), text(found));
}

#[test]
fn explain_agrees_with_the_answers() {
    let mut engine = data::engine_without_documents();
    let mut by_dialect: BTreeMap<i64, Agreement> = BTreeMap::new();
    let mut different = 0;
    for query in data::searches() {
        let (is_error, found) = match explain(&mut engine, &query) {
            Reply::Bulk(text) => (false, text),
            Reply::Error(text) => (true, text.into_owned()),
            other => panic!("{other:?}"),
        };
        let expected = query.explain.as_ref().or(query.explain_error.as_ref()).expect("an answer");
        let (same_verdict, same) = (is_error == query.explain_error.is_some(), found == *expected);
        let agreement = by_dialect.entry(query.dialect).or_default();
        agreement.all += 1;
        agreement.verdicts += usize::from(same_verdict);
        agreement.errors += usize::from(same_verdict && (!is_error || same));
        agreement.texts += usize::from(same);
        different += usize::from(!same);
        if !same && different <= SHOWN {
            show(&query, expected, &found);
        }
    }
    for (dialect, agreement) in by_dialect {
        println!("dialect {dialect}: {agreement:?}");
        let all = agreement.all;
        assert_eq!(agreement, Agreement { all, verdicts: all, errors: all, texts: all }, "dialect {dialect}");
    }
}
