//! The recorded answers to FT.AGGREGATE, asked again.

use super::super::super::answers::{aggregates, bytes, fixture};
use super::super::super::{Request, Schema, parse};
use super::super::{Collection, Hash};
use super::{Aggregation, Command};
use crate::resp::Bytes;

type Answer = Result<Vec<Vec<Bytes>>, Bytes>;

/// Rows of names and values, in order; the fields that LOAD * brings are sorted.
fn answer(schema: &Schema, collection: &Collection<'_>, argv: &[Bytes]) -> Answer {
    let command = Command::read(&argv[3..])?;
    let (dialect, params) = (command.dialect, &command.params);
    let (verbatim, stopwords) = (command.verbatim, !command.nostopwords);
    let request = Request { schema, dialect, params, verbatim, stopwords, explaining: false };
    let query = parse(&argv[2], &request)?;
    let aggregation = Aggregation::new(schema, &command)?;
    let rows = aggregation.run(collection, &query.plan, &command.scope(schema));
    if let (true, Some(trouble)) = (rows.rows.is_empty(), rows.trouble) {
        return Err(trouble);
    }
    let shown = |row| {
        let pairs = aggregation.shown(schema, row).into_iter();
        let mut pairs: Vec<Bytes> = pairs.map(|(name, value)| [name, value.shown()].join(&b'=')).collect();
        if aggregation.shows_all() {
            pairs.sort();
        }
        pairs
    };
    Ok(rows.rows.iter().map(shown).collect())
}

fn recorded(row: &serde_json::Value, sorts_pairs: bool) -> Answer {
    let Some(rows) = row["rows"].as_array() else { return Err(bytes(row["error"].as_str().expect("an error"))) };
    let text = |value: &serde_json::Value| bytes(value["b"].as_str().unwrap_or_default());
    let pairs = |row: &serde_json::Value| {
        let items = row["a"].as_array().expect("an array");
        let mut pairs: Vec<Bytes> = items.chunks(2).map(|p| [text(&p[0]), text(&p[1])].join(&b'=')).collect();
        if sorts_pairs {
            pairs.sort();
        }
        pairs
    };
    Ok(rows.iter().map(pairs).collect())
}

#[test]
fn rows_are_made_as_redisearch_makes_them() {
    let fixture = fixture();
    let pairs = |argv: &[Bytes]| argv[2..].chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect::<Hash>();
    let hashes: Vec<(Bytes, Hash)> = fixture.docs.iter().map(|argv| (argv[1].clone(), pairs(argv))).collect();
    let (mut verdicts, mut errors, mut rows, mut refused, mut answered) = (0, 0, 0, 0, 0);
    for aggregate in aggregates() {
        let argv = &aggregate.argv;
        let schema = &fixture.schemas[std::str::from_utf8(&argv[1]).expect("ASCII")];
        let collection = Collection::new(schema, hashes.iter().map(|(key, hash)| (key, hash)));
        let ours = answer(schema, &collection, argv);
        let command = Command::read(&argv[3..]).unwrap_or_default();
        let plan = Aggregation::new(schema, &command).ok();
        let theirs = recorded(&aggregate.row, plan.as_ref().is_some_and(Aggregation::shows_all));
        verdicts += usize::from(ours.is_ok() == theirs.is_ok());
        refused += usize::from(theirs.is_err());
        answered += usize::from(theirs.is_ok());
        errors += usize::from(theirs.is_err() && ours == theirs);
        rows += usize::from(theirs.is_ok() && ours == theirs);
        if ours != theirs {
            let show = |answer: &Answer| match answer {
                Ok(rows) => {
                    rows.iter().map(|row| row.join(&b' ')).collect::<Vec<_>>().join(&b'|').escape_ascii().to_string()
                }
                Err(error) => format!("ERR {}", error.escape_ascii()),
            };
            println!("{}\n  want {}\n  have {}", argv[1..].join(&b' ').escape_ascii(), show(&theirs), show(&ours));
        }
    }
    println!("verdicts {verdicts} of 300, errors {errors} of {refused}, rows {rows} of {answered}");
    assert!((verdicts, errors, rows) == (300, refused, answered));
}
