//! FT.AGGREGATE.

use super::search::{missing_index, refusal};
use super::search_reply;
use super::{Call, Error, Expect, Model, Reply};
use crate::query::eval::Value as Cell;
use crate::query::eval::aggregate::{Aggregation, Command};
use crate::query::{self, Request};
use crate::resp::{Bytes, Value};

pub(super) fn aggregate(model: &mut Model, call: &Call) -> Reply {
    let [_, name, text, words @ ..] = call.argv else { return Err(Error::Arity("FT.AGGREGATE")) };
    let command = Command::read(words).map_err(refusal)?;
    let schema = model.schema(name).ok_or_else(|| missing_index(name))?;
    let (dialect, params) = (command.dialect, &command.params);
    let (verbatim, stopwords) = (command.verbatim, !command.nostopwords);
    let request = Request { schema: &schema, dialect, params, verbatim, stopwords, explaining: false };
    let query = query::parse(text, &request).map_err(refusal)?;
    let aggregation = Aggregation::new(&schema, &command).map_err(refusal)?;
    model.lost_track |= command.is_beyond || !aggregation.is_known();
    let collection = model.documents(&schema);
    let out = aggregation.run(&collection, &query.plan, &command.scope(&schema));
    if let (true, Some(trouble)) = (out.rows.is_empty(), out.trouble) {
        return Err(refusal(trouble));
    }
    let rows: Vec<Row> = out.rows.iter().map(|row| aggregation.shown(&schema, row)).collect();
    let any_fields = aggregation.shows_all();
    let total = Value::Int(rows.len() as i64);
    let holds = |reply: &Value| results(reply, call.resp3).is_some_and(|found| agree(&rows, found, any_fields));
    let instead = || match call.resp3 {
        true => search_reply::map(total.clone(), rows.iter().map(in_map).collect()).choose().remove(0),
        false => Value::Array([total.clone()].into_iter().chain(rows.iter().map(in_array)).collect()),
    };
    let class = if call.resp3 { "map" } else { "array" };
    let told: Vec<Value> = rows.iter().map(in_array).collect();
    Ok(Expect::checked(call, class, format!("{} rows: {}", rows.len(), Value::Array(told)), holds, instead))
}

/// Names and values, in order.
type Row = Vec<(Bytes, Cell)>;

/// The rows of a reply; how many there are in all is nobody's promise while rows stream.
fn results(reply: &Value, resp3: bool) -> Option<&[Value]> {
    let Value::Array(items) = reply else { return None };
    if !resp3 {
        return items.split_first().filter(|(total, _)| matches!(total, Value::Int(_))).map(|(_, rows)| rows);
    }
    match items.chunks_exact(2).find(|pair| is(&pair[0], b"results")).map(|pair| &pair[1]) {
        Some(Value::Array(rows)) => Some(rows),
        _ => None,
    }
}

fn is(value: &Value, name: &[u8]) -> bool {
    matches!(value, Value::Status(text) | Value::Bulk(text) if text == name)
}

/// The attributes of a result, as RESP2 shows a row.
fn attributes(row: &Value) -> Option<&[Value]> {
    let Value::Array(items) = row else { return None };
    match items.as_slice() {
        [key, Value::Array(pairs), ..] if is(key, b"extra_attributes") => Some(pairs),
        pairs => Some(pairs),
    }
}

/// Whether these are the rows, in their order. The fields that LOAD * brings are in none, and neither is what TOLIST has
/// collected: it comes in the order of a hash table's buckets.
fn agree(rows: &[Row], found: &[Value], any_fields: bool) -> bool {
    rows.len() == found.len() && rows.iter().zip(found).all(|(row, found)| is_row(row, found, any_fields))
}

fn is_row(row: &Row, found: &Value, any_fields: bool) -> bool {
    let Some(items) = attributes(found) else { return false };
    let mut theirs: Vec<&[Value]> = items.chunks(2).collect();
    let mut ours: Vec<&(Bytes, Cell)> = row.iter().collect();
    if any_fields {
        let name = |pair: &&[Value]| pair.first().map(|name| format!("{name:?}"));
        theirs.sort_by_cached_key(name);
        ours.sort_by_cached_key(|(name, _)| format!("{:?}", Value::bulk(name.clone())));
    }
    let is_pair = |(name, cell): &(Bytes, Cell), pair: &[Value]| match pair {
        [found, value] => *found == Value::bulk(name.clone()) && is_cell(cell, value),
        _ => false,
    };
    ours.len() == theirs.len() && ours.into_iter().zip(theirs).all(|(ours, theirs)| is_pair(ours, theirs))
}

fn is_cell(cell: &Cell, found: &Value) -> bool {
    match (cell, found) {
        (Cell::Bag(items), Value::Array(found)) => {
            let (mut ours, mut theirs) = (items.iter().map(shown).collect::<Vec<_>>(), found.clone());
            ours.sort_by_cached_key(|item| format!("{item:?}"));
            theirs.sort_by_cached_key(|item| format!("{item:?}"));
            ours == theirs
        }
        _ => shown(cell) == *found,
    }
}

fn flat(row: &Row) -> Vec<Value> {
    row.iter().flat_map(|(name, cell)| [Value::bulk(name.clone()), shown(cell)]).collect()
}

fn shown(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::NullBulk,
        Cell::List(items) | Cell::Bag(items) => Value::Array(items.iter().map(shown).collect()),
        cell => Value::Bulk(cell.shown()),
    }
}

fn in_array(row: &Row) -> Value {
    Value::Array(flat(row))
}

fn in_map(row: &Row) -> Expect {
    let pairs = row.iter().map(|(name, cell)| (Value::bulk(name.clone()), shown(cell)));
    Expect::Map(vec![
        (Value::status("extra_attributes"), Expect::Exact(Value::Map(pairs.collect()))),
        (Value::status("values"), Expect::Array(Vec::new())),
    ])
}
