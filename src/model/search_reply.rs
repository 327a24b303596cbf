//! What FT.SEARCH answers.

use super::search_query::Request;
use super::{Expect, Reply};
use crate::query::Node;
use crate::query::eval::{self, Collection, Hit};
use crate::resp::{Bytes, Value};

/// The results, of which `LIMIT` are shown.
pub(super) fn reply(collection: &Collection<'_>, request: &Request, root: &Node, resp3: bool) -> Reply {
    let mut hits = eval::search(collection, root, &request.scope, request.scorer);
    if let Some(by) = &request.sort_by {
        hits = by.sort(collection, hits);
    }
    let total = Value::Int(hits.len() as i64);
    let (offset, count) = request.limit;
    let shown = hits.into_iter().skip(offset).take(count);
    if resp3 {
        return Ok(map(total, shown.map(|hit| in_map(collection, request, &hit)).collect()));
    }
    let mut items = vec![Expect::Exact(total)];
    shown.for_each(|hit| items.extend(in_array(collection, request, &hit)));
    Ok(Expect::Array(items))
}

/// The key, and what was asked for: the score, the sort key, the fields.
fn in_array(collection: &Collection<'_>, request: &Request, hit: &Hit<'_>) -> Vec<Expect> {
    let bulk = |bytes: Bytes| Expect::Exact(Value::Bulk(bytes));
    let mut items = vec![bulk(hit.document.key.clone())];
    if request.with_scores {
        items.push(bulk(crate::model::number::print_shortest(score(request, hit))));
    }
    if request.with_sort_keys {
        items.push(Expect::Exact(sort_key(collection, request, hit)));
    }
    if !request.nocontent && request.returned.as_ref().is_none_or(|fields| !fields.is_empty()) {
        items.push(content(collection, request, hit));
    }
    items
}

/// Without scores asked for, those sorted by a field have none.
fn score(request: &Request, hit: &Hit<'_>) -> f64 {
    if request.sort_by.is_some() && !request.with_scores { 0.0 } else { hit.score }
}

/// `#` before numbers, `$` before texts.
fn sort_key(collection: &Collection<'_>, request: &Request, hit: &Hit<'_>) -> Value {
    let by = request.sort_by.as_ref();
    let value = by.and_then(|by| eval::Value::sorting(collection.schema, hit.document, &by.name));
    match value {
        Some(eval::Value::Number(number)) => {
            Value::Bulk([b"#".as_slice(), &crate::model::number::print_double(number)].concat())
        }
        Some(value) => Value::Bulk([b"$".as_slice(), &value.shown()].concat()),
        None => Value::NullBulk,
    }
}

/// The fields that were asked for, in that order; or all of the hash, in any order.
fn content(collection: &Collection<'_>, request: &Request, hit: &Hit<'_>) -> Expect {
    let value = |name: &[u8]| {
        let plain = eval::Value::of(collection.schema, hit.document, name)?.shown();
        Some(marked(collection, request, hit, name).unwrap_or(plain))
    };
    match &request.returned {
        Some(fields) => {
            let shown =
                fields.iter().filter_map(|(field, name)| Some([Value::bulk(name.clone()), Value::Bulk(value(field)?)]));
            Expect::Exact(Value::Array(shown.flatten().collect()))
        }
        None => {
            let all = hit.document.hash.iter().map(|(field, value)| {
                (field.clone(), marked(collection, request, hit, field).unwrap_or_else(|| value.clone()))
            });
            Expect::UnorderedPairs(all.collect())
        }
    }
}

/// A field as HIGHLIGHT shows it, if it is to.
fn marked(collection: &Collection<'_>, request: &Request, hit: &Hit<'_>, name: &[u8]) -> Option<Bytes> {
    let highlight = request.highlight.as_ref()?;
    let field = collection.schema.field(name).filter(|field| field.is_text())?;
    let is_meant = highlight.fields.as_ref().is_none_or(|fields| fields.iter().any(|meant| meant == name));
    let (open, close) = &highlight.tags;
    is_meant.then(|| eval::highlighted(collection.schema, hit.document, &hit.evidence, field, (open, close)))
}

fn in_map(collection: &Collection<'_>, request: &Request, hit: &Hit<'_>) -> Expect {
    let key = |name: &str| Value::status(name);
    let mut rows = vec![(key("id"), Expect::Exact(Value::Bulk(hit.document.key.clone())))];
    if request.with_scores {
        rows.push((
            key("score"),
            Expect::Exact(Value::Double(crate::model::number::print_shortest(score(request, hit)))),
        ));
    }
    if request.with_sort_keys {
        rows.push((key("sortkey"), Expect::Exact(sort_key(collection, request, hit))));
    }
    if !request.nocontent {
        let content = match content(collection, request, hit) {
            Expect::UnorderedPairs(pairs) => Expect::UnorderedMap(pairs),
            Expect::Exact(Value::Array(flat)) => {
                let pairs = flat.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
                Expect::Exact(Value::Map(pairs.collect()))
            }
            other => other,
        };
        rows.push((key("extra_attributes"), content));
    }
    rows.push((key("values"), Expect::Array(Vec::new())));
    Expect::Map(rows)
}

/// RESP3's form of a whole reply.
pub(super) fn map(total: Value, results: Vec<Expect>) -> Expect {
    let key = |name: &str| Value::status(name);
    Expect::Map(vec![
        (key("attributes"), Expect::Array(Vec::new())),
        (key("format"), Expect::Exact(Value::status("STRING"))),
        (key("results"), Expect::Array(results)),
        (key("total_results"), Expect::Exact(total)),
        (key("warning"), Expect::Array(Vec::new())),
    ])
}
