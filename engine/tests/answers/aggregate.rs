//! What FT.AGGREGATE answers.

use super::data::{self, field};
use respfuzz_engine::{Engine, Reply};
use serde_json::Value;

/// How often the engine and the record agree.
#[derive(Debug, Default)]
struct Agreement {
    verdicts: usize,
    errors: usize,
    rows: usize,
    totals: usize,
    shown: Vec<String>,
}

/// A value of the record as a reply.
fn reply(value: &Value) -> Reply {
    let (kind, value) = value.as_object().and_then(|tagged| tagged.iter().next()).expect("a tagged value");
    match (kind.as_str(), value) {
        ("a", Value::Array(items)) => Reply::Array(items.iter().map(reply).collect()),
        ("b", Value::Null) => Reply::NullBulk,
        ("b", text) => Reply::Bulk(field(text)),
        other => panic!("{other:?} in a row"),
    }
}

/// The rows as they were recorded, and those that came, in an order that can be compared.
fn rows(record: &Value, came: &[Reply]) -> (Vec<String>, Vec<String>) {
    let recorded = record["rows"].as_array().expect("rows").iter().map(reply);
    let mut recorded: Vec<String> = recorded.map(|row| format!("{row:?}")).collect();
    let mut came: Vec<String> = came.iter().map(|row| format!("{row:?}")).collect();
    if record["ordered"] != Value::Bool(true) {
        recorded.sort();
        came.sort();
    }
    (recorded, came)
}

impl Agreement {
    fn count(&mut self, engine: &mut Engine, record: &Value) {
        let argv: Vec<Vec<u8>> = record["argv"].as_array().expect("argv").iter().map(field).collect();
        let answer = data::call(engine, &argv);
        let before = self.shown.len();
        match (&answer, record["ok"] == Value::Bool(true)) {
            (Reply::Array(items), true) => {
                self.verdicts += 1;
                let (total, came) = items.split_first().expect("a total");
                let (recorded, came) = rows(record, came);
                self.rows += usize::from(recorded == came);
                self.totals += usize::from(record["total"].as_i64().map(Reply::Int).as_ref() == Some(total));
                if recorded != came {
                    let differing = recorded.iter().zip(&came).find(|(recorded, came)| recorded != came);
                    self.shown.push(format!("{} rows, {} recorded, first {differing:?}", came.len(), recorded.len()));
                }
            }
            (Reply::Error(error), false) => {
                self.verdicts += 1;
                let is_same = **error == *field(&record["error"]);
                self.errors += usize::from(is_same);
                if !is_same {
                    self.shown.push(format!("{} recorded {}", String::from_utf8_lossy(error), record["error"]));
                }
            }
            (other, _) => {
                self.shown.push(format!("{other:?} recorded {}", record["error"]).chars().take(500).collect())
            }
        }
        if self.shown.len() > before {
            let words: Vec<String> = argv.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
            self.shown.push(format!("    of {}", words.join(" ")));
        }
    }
}

#[test]
fn aggregates_are_answered_as_recorded() {
    let mut engine = data::engine();
    let records = data::aggregates();
    let mut agreement = Agreement::default();
    records.iter().for_each(|record| agreement.count(&mut engine, record));
    let accepted = records.iter().filter(|record| record["ok"] == Value::Bool(true)).count();
    let refused = records.len() - accepted;
    println!("verdicts {} of {}", agreement.verdicts, records.len());
    println!("rows {} and totals {} of {accepted}", agreement.rows, agreement.totals);
    println!("errors {} of {refused}", agreement.errors);
    agreement.shown.iter().for_each(|line| println!("{line}"));
    assert_eq!(agreement.verdicts, records.len());
    assert_eq!(agreement.errors, refused);
    assert!(agreement.rows * 1000 >= accepted * 995, "{} of {accepted}", agreement.rows);
    assert!(agreement.totals * 1000 >= accepted * 995, "{} of {accepted}", agreement.totals);
}
