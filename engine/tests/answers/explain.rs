//! What FT.EXPLAIN accepts, refuses and shows.

use std::collections::BTreeMap;

use super::data::{self, Query};
use respfuzz_engine::{Engine, Reply};

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
#[derive(Default)]
struct Agreement {
    all: usize,
    verdicts: usize,
    errors: usize,
    texts: usize,
}

#[test]
fn explain_agrees_with_the_answers() {
    let mut engine = data::engine_without_documents();
    let mut by_dialect: BTreeMap<i64, Agreement> = BTreeMap::new();
    let shown = std::env::var("SHOW").ok().and_then(|shown| shown.parse().ok()).unwrap_or(0);
    let mut different = 0;
    for query in data::searches() {
        let agreement = by_dialect.entry(query.dialect).or_default();
        agreement.all += 1;
        let reply = explain(&mut engine, &query);
        let (is_error, answer) = match &reply {
            Reply::Bulk(text) => (false, text.clone()),
            Reply::Error(text) => (true, text.to_vec()),
            other => panic!("{other:?}"),
        };
        let expected = query.explain.as_ref().or(query.explain_error.as_ref()).expect("an answer");
        let same_verdict = is_error == query.explain_error.is_some();
        agreement.verdicts += usize::from(same_verdict);
        // Where the server refuses, what it says must be the same as well.
        agreement.errors += usize::from(same_verdict && (!is_error || answer == *expected));
        agreement.texts += usize::from(answer == *expected);
        if answer != *expected {
            different += 1;
            if different <= shown {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                println!(
                    "{} {} dialect {} {:?}",
                    query.id,
                    query.schema,
                    query.dialect,
                    query.flags.iter().map(|f| text(f)).collect::<Vec<_>>()
                );
                println!("  {}\n--- expected\n{}\n--- found\n{}", text(&query.query), text(expected), text(&answer));
            }
        }
    }
    for (dialect, agreement) in &by_dialect {
        let Agreement { all, verdicts, errors, texts } = agreement;
        println!("dialect {dialect}: of {all}, verdict {verdicts}, verdict and error {errors}, all {texts}");
    }
    for (dialect, Agreement { all, verdicts, errors, texts }) in by_dialect {
        assert_eq!((verdicts, errors), (all, all), "dialect {dialect}");
        assert!(texts * 1000 >= all * 990, "dialect {dialect}: {texts} of {all}");
    }
}
