//! What FT.SEARCH finds, and in which order.

use super::data::{self, Query, bytes};
use respfuzz_engine::Reply;
use serde_json::Value;

/// What agrees, of how many.
#[derive(Default)]
struct Agreement {
    all: usize,
    same: usize,
    shown: Vec<String>,
}

impl Agreement {
    fn count(&mut self, query: &Query, is_same: bool, found: &Reply) {
        self.all += 1;
        self.same += usize::from(is_same);
        if !is_same {
            self.shown.push(describe(query, found));
        }
    }

    /// Prints the figures, and what differs if that is asked for.
    fn report(&self, name: &str) {
        println!("{name}: {} of {}", self.same, self.all);
        if std::env::var_os("SHOW").is_some() {
            self.shown.iter().for_each(|line| println!("  {line}"));
        }
    }

    fn is_at_least(&self, per_mille: usize) -> bool {
        self.same * 1000 >= self.all * per_mille
    }
}

fn describe(query: &Query, found: &Reply) -> String {
    let argv: Vec<String> = query.argv.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let record = &query.record;
    let expected = ["error", "raw", "ids"].iter().map(|name| &record[*name]).find(|value| !value.is_null());
    let cut = |text: String| text.chars().take(600).collect::<String>();
    let expected = cut(expected.map(Value::to_string).unwrap_or_default());
    format!("{} {}\n    expected {expected}\n    found {}", query.id, argv.join(" "), cut(show(found)))
}

fn show(reply: &Reply) -> String {
    match reply {
        Reply::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        Reply::Bulk(text) => String::from_utf8_lossy(text).into_owned(),
        Reply::Error(text) => format!("({})", String::from_utf8_lossy(text)),
        Reply::Int(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

/// A reply as it was recorded.
fn recorded(value: &Value) -> Reply {
    let tagged = value.as_object().and_then(|tagged| tagged.iter().next()).expect("a tagged reply");
    match (tagged.0.as_str(), tagged.1) {
        ("i", number) => Reply::Int(number.as_i64().expect("an integer")),
        ("a", Value::Array(items)) => Reply::Array(items.iter().map(recorded).collect()),
        ("a", _) => Reply::NullArray,
        ("b", Value::String(text)) => Reply::Bulk(bytes(text)),
        ("b", _) => Reply::NullBulk,
        ("e", text) => Reply::Error(data::field(text).into()),
        (_, text) => Reply::Status(data::field(text).into()),
    }
}

/// The total, and the keys of a reply with NOCONTENT.
fn ids(reply: &Reply) -> Option<(i64, Vec<Vec<u8>>)> {
    let Reply::Array(items) = reply else { return None };
    let (Reply::Int(total), keys) = items.split_first()? else { return None };
    let keys = keys.iter().map(|key| if let Reply::Bulk(key) = key { key.clone() } else { Vec::new() });
    Some((*total, keys.collect()))
}

fn words(value: &Value) -> Vec<Vec<u8>> {
    value.as_array().map_or_else(Vec::new, |all| all.iter().map(data::field).collect())
}

#[test]
fn searches_agree_with_the_answers() {
    let mut engine = data::engine();
    let [mut verdicts, mut found_ids, mut order] = <[Agreement; 3]>::default();
    let [mut scores, mut sorted, mut returned] = <[Agreement; 3]>::default();
    for query in data::searches() {
        let reply = data::call(&mut engine, &query.argv);
        let record = &query.record;
        let is_refused = if let Reply::Error(text) = &reply { Some(text.to_vec()) } else { None };
        verdicts.count(&query, is_refused == query.error, &reply);
        if query.error.is_some() || is_refused.is_some() {
            continue;
        }
        match query.mode.as_str() {
            "ids" => {
                let (total, keys) = ids(&reply).expect("keys");
                let mut ordered = keys.clone();
                ordered.sort();
                let is_same = Some(total) == record["total"].as_i64() && ordered == words(&record["ids"]);
                found_ids.count(&query, is_same, &reply);
                let expected = words(&record["order"]);
                if is_same && !expected.is_empty() {
                    order.count(&query, keys == expected, &reply);
                }
            }
            mode => {
                let group = match mode {
                    "scores" => &mut scores,
                    "sortby" => &mut sorted,
                    _ => &mut returned,
                };
                group.count(&query, reply == recorded(&record["raw"]), &reply);
            }
        }
    }
    assert_eq!(engine.check_search(), Ok(()));
    let all = [
        ("verdicts and errors", &verdicts, 1000),
        ("ids", &found_ids, 1000),
        ("order", &order, 995),
        ("scores", &scores, 1000),
        ("SORTBY", &sorted, 1000),
        ("RETURN", &returned, 1000),
    ];
    all.iter().for_each(|(name, agreement, _)| agreement.report(name));
    for (name, agreement, floor) in all {
        assert!(agreement.is_at_least(floor), "{name}: {} of {}", agreement.same, agreement.all);
    }
}
