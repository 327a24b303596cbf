//! The recorded answers, asked again.

use std::collections::BTreeMap;

use super::super::answers::{Search, fixture, searches};
use super::super::{Request, parse};
use super::{Collection, Hash, Scope, Scorer, SortBy, Value, search};
use crate::model::number::print_shortest;
use crate::resp::Bytes;

/// For each question, how many answers are right, and of how many.
type Counts = BTreeMap<&'static str, (usize, usize)>;

/// No fewer than these are right.
const FLOORS: [(&str, usize); 6] =
    [("total", 1800), ("ids", 1489), ("order", 1043), ("scores", 120), ("sortby", 123), ("return", 68)];

fn text(words: &[Bytes]) -> String {
    words.join(&b' ').escape_ascii().to_string()
}

/// The place of an option among the words of a command.
fn find(row: &Search, option: &[u8]) -> Option<usize> {
    row.argv.iter().skip(3).position(|word| word == option).map(|at| at + 3)
}

fn number(row: &Search, at: usize) -> usize {
    String::from_utf8_lossy(&row.argv[at]).parse().expect("a number")
}

fn scope(row: &Search) -> Scope {
    let slop = row.flags.iter().position(|flag| flag == b"SLOP");
    let slop = slop.map_or(-1, |at| String::from_utf8_lossy(&row.flags[at + 1]).parse().expect("a number"));
    Scope { slop, in_order: row.flags.iter().any(|flag| flag == b"INORDER"), ..Scope::default() }
}

/// The strings of an array, one level below nested ones.
fn strings(value: &serde_json::Value) -> Vec<Bytes> {
    let items = value["a"].as_array().expect("an array").iter();
    items.map(|item| super::super::answers::bytes(item["b"].as_str().unwrap_or_default())).collect()
}

/// What comes after the number of results, as lines to compare.
fn recorded(row: &Search) -> Vec<Bytes> {
    let raw = row.raw.as_ref().expect("a reply");
    let mut lines = strings(raw).split_off(1);
    if row.mode == "return" {
        let fields = raw["a"].as_array().expect("an array").iter().skip(2).step_by(2).map(strings);
        lines =
            lines.into_iter().step_by(2).zip(fields).flat_map(|(key, fields)| [vec![key], fields].concat()).collect();
    }
    lines
}

fn answered(row: &Search, collection: &Collection<'_>, hits: Vec<super::Hit<'_>>) -> Vec<Bytes> {
    let limit = find(row, b"LIMIT").expect("a limit");
    let (offset, count) = (number(row, limit + 1), number(row, limit + 2));
    let hits = match find(row, b"SORTBY") {
        Some(at) => {
            let by = SortBy { name: row.argv[at + 1].clone(), descending: row.argv[at + 2] == b"DESC" };
            by.sort(collection, hits)
        }
        None => hits,
    };
    let returned = find(row, b"RETURN").map(|at| row.argv[at + 2..at + 2 + number(row, at + 1)].to_vec());
    let shown = hits.into_iter().skip(offset).take(count).map(|hit| {
        let fields = returned
            .iter()
            .flatten()
            .filter_map(|name| Some([name.clone(), Value::of(collection.schema, hit.document, name)?.shown()]));
        let score = (row.mode == "scores").then(|| print_shortest(hit.score));
        [hit.document.key.clone()].into_iter().chain(score).chain(fields.flatten()).collect::<Vec<_>>()
    });
    shown.flatten().collect()
}

#[test]
fn documents_are_found_as_redisearch_finds_them() {
    let fixture = fixture();
    let pairs = |argv: &[Bytes]| argv[2..].chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect::<Hash>();
    let hashes: Vec<(Bytes, Hash)> = fixture.docs.iter().map(|argv| (argv[1].clone(), pairs(argv))).collect();
    let mut counts = Counts::new();
    for (name, schema) in &fixture.schemas {
        let collection = Collection::new(schema, hashes.iter().map(|(key, hash)| (key, hash)));
        for row in searches().iter().filter(|row| row.schema == *name) {
            let Ok(total) = row.answer else { continue };
            let has = |flag: &[u8]| row.flags.iter().any(|given| given == flag);
            let (verbatim, stopwords) = (has(b"VERBATIM"), !has(b"NOSTOPWORDS"));
            let request =
                Request { schema, dialect: row.dialect, params: &row.params, verbatim, stopwords, explaining: false };
            let Ok(query) = parse(&row.query, &request) else { continue };
            let mut count = |what: &'static str, ours: Vec<Bytes>, theirs: Vec<Bytes>| {
                let (right, asked) = counts.entry(what).or_default();
                *asked += 1;
                *right += usize::from(ours == theirs);
                if ours != theirs {
                    println!("{} {} {what}: {}", row.id, row.schema, row.argv[2..].join(&b' ').escape_ascii());
                    println!("  want {}\n  have {}", text(&theirs), text(&ours));
                }
            };
            let hits = search(&collection, &query.plan, &scope(row), Scorer::Tfidf);
            let keys: Vec<Bytes> = hits.iter().map(|hit| hit.document.key.clone()).collect();
            count("total", vec![keys.len().to_string().into()], vec![total.to_string().into()]);
            if let Some(ids) = &row.ids {
                let mut sorted = keys.clone();
                sorted.sort();
                count("ids", sorted, ids.clone());
            }
            match (&row.order, row.mode.as_str()) {
                (Some(order), _) => count("order", keys, order.clone()),
                (None, "scores") => count("scores", answered(row, &collection, hits), recorded(row)),
                (None, "sortby") => count("sortby", answered(row, &collection, hits), recorded(row)),
                (None, "return") => count("return", answered(row, &collection, hits), recorded(row)),
                _ => {}
            }
        }
    }
    println!("{counts:?}");
    for (what, floor) in FLOORS {
        assert!(counts[what].0 >= floor, "{what}: {:?}, and it was {floor}", counts[what]);
    }
}
