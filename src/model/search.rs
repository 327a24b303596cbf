//! FT.*: indexes over the hashes of database 0. The model keeps what was defined, and the order in which keys were
//! written; each query looks at all hashes afresh.

use std::collections::BTreeMap;

use super::error::on_one_line;
use super::hash::Hash;
use super::keyspace::Data;
use super::search_query::Request;
use super::search_reply;
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::query::eval::{self, Collection};
use crate::query::{FieldKind, Schema};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "FT.CREATE" => create,
        "FT.ALTER" => alter,
        "FT.DROPINDEX" => drop_index,
        "FT._LIST" => |model, call| match call.argv {
            [_] => Ok(Expect::UnorderedSet(model.indexes.names())),
            _ => Err(Error::Arity("FT._LIST")),
        },
        "FT.INFO" => info,
        "FT.SEARCH" => search,
        "FT.AGGREGATE" => super::search_aggregate::aggregate,
        "FT.EXPLAIN" => explain,
        "FT.TAGVALS" => tagvals,
        _ => return None,
    })
}

/// What is known of indexes.
#[derive(Clone, Debug, Default)]
pub(super) struct Indexes {
    indexes: BTreeMap<Bytes, Index>,
    /// How each key came to be where it is.
    places: BTreeMap<Bytes, Place>,
    writes: u64,
}

/// When a key was last written, as a count of writes, and how it was called then and later.
#[derive(Clone, Debug)]
struct Place {
    names: Vec<(u64, Bytes)>,
}

impl Place {
    /// Where the key is in an index that looked at all keys at `scanned`, in the order of the names they then had. A new
    /// name moves it only if the index knew nothing of the old one.
    fn within(&self, schema: &Schema, scanned: u64) -> (u64, &[u8]) {
        let known = self.names.iter().rev().take_while(|(_, name)| schema.covers(name));
        let since = known.last().map_or(0, |(since, _)| *since);
        let then = self.names.iter().rfind(|(since, _)| *since <= scanned);
        if since > scanned { (since, &[]) } else { (scanned, then.map_or(&[], |(_, name)| name)) }
    }
}

#[derive(Clone, Debug)]
struct Index {
    schema: Schema,
    /// All keys were looked at then, in an order that nobody promises: that of their names.
    scanned: u64,
}

impl Indexes {
    /// A key of database 0 may have changed: it goes to the end of each index.
    pub(super) fn note(&mut self, key: &[u8]) {
        self.writes += 1;
        self.places.insert(key.to_vec(), Place { names: vec![(self.writes, key.to_vec())] });
    }

    /// A key has another name now.
    fn note_renamed(&mut self, mut place: Place, to: &[u8]) {
        self.writes += 1;
        place.names.push((self.writes, to.to_vec()));
        self.places.insert(to.to_vec(), place);
    }

    /// After a restart, or with another database 0, each index looks at all keys.
    pub(super) fn scan(&mut self) {
        self.writes += 1;
        self.indexes.values_mut().for_each(|index| index.scanned = self.writes);
    }

    /// When the key was last written. What came with another database has been there from the beginning.
    fn place(&self, key: &[u8]) -> Place {
        self.places.get(key).cloned().unwrap_or_else(|| Place { names: vec![(0, key.to_vec())] })
    }

    /// FLUSHDB and FLUSHALL take all indexes with them, whatever the database.
    pub(super) fn clear(&mut self) {
        self.indexes.clear();
        self.places.clear();
    }

    fn names(&self) -> Vec<Value> {
        self.indexes.keys().map(|name| Value::bulk(name.clone())).collect()
    }
}

impl Model {
    /// A key of database 0 gets another name by this: its documents keep their places.
    pub(super) fn renaming(&mut self, from: &[u8], to: &[u8], rename: impl FnOnce(&mut Model)) {
        let place = self.indexes.place(from);
        rename(self);
        self.indexes.note_renamed(place, to);
    }

    /// The definition of an index.
    pub(super) fn schema(&self, name: &[u8]) -> Option<Schema> {
        self.indexes.indexes.get(name).map(|index| index.schema.clone())
    }

    /// The documents of an index, in the order in which they were last written.
    pub(super) fn documents<'a>(&self, schema: &'a Schema) -> Collection<'a> {
        let scanned = self.indexes.indexes.get(&schema.name).map_or(0, |index| index.scanned);
        let fields = |hash: &Hash| hash.iter().map(|(field, value)| (field.clone(), value.clone())).collect();
        let hashes = self.dbs[0].live(self.now_ms).filter_map(|(key, entry)| match &entry.data {
            Data::Hash(hash) => Some((key.clone(), fields(hash))),
            _ => None,
        });
        let mut hashes: Vec<(Bytes, eval::Hash)> = hashes.collect();
        hashes.sort_by_cached_key(|(key, _)| {
            let place = self.indexes.place(key);
            let (since, name) = place.within(schema, scanned);
            (since, name.to_vec())
        });
        Collection::new(schema, hashes.iter().map(|(key, hash)| (key, hash)))
    }
}

/// An error of the module, whose texts have no code word.
pub(super) fn refusal(text: impl Into<Bytes>) -> Error {
    Error::Search(on_one_line(&text.into()))
}

/// The index is not there.
pub(super) fn missing_index(name: &[u8]) -> Error {
    // The server writes it as a C string.
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    refusal([name, b": no such index"].concat())
}

/// Some error: which one is nobody's promise.
fn some_error(call: &Call) -> Reply {
    let holds = |reply: &Value| matches!(reply, Value::Error(_));
    Ok(Expect::checked(call, "error", "an error", holds, || Value::Error(b"SEARCH_ARGS Bad arguments".to_vec())))
}

/// Whether nothing is said before SCHEMA but which hashes and which stop-words are meant. What RediSearch makes of other
/// words, and of documents in other languages, with scores or filters of their own, is beyond this model.
fn is_plain(mut words: &[Bytes]) -> bool {
    while let Some((word, rest)) = words.split_first() {
        let count = || std::str::from_utf8(rest.first()?).ok()?.parse::<usize>().ok();
        let taken = match (word.to_ascii_uppercase().as_slice(), count()) {
            (b"SCHEMA", _) => return true,
            (b"ON", _) if rest.first().is_some_and(|kind| kind.eq_ignore_ascii_case(b"HASH")) => 1,
            (b"PREFIX", Some(count @ 1..)) | (b"STOPWORDS", Some(count)) => count.saturating_add(1),
            _ => return false,
        };
        words = rest.get(taken..).unwrap_or_default();
    }
    true
}

fn create(model: &mut Model, call: &Call) -> Reply {
    if call.argv.len() < 5 {
        return Err(Error::Arity("FT.CREATE"));
    }
    if call.db != 0 {
        return Err(refusal("Cannot create index on db != 0"));
    }
    if model.indexes.indexes.contains_key(&call.argv[1]) {
        return Err(refusal("Index already exists"));
    }
    model.lost_track |= !is_plain(&call.argv[2..]);
    let Some(schema) = Schema::from_create(call.argv).filter(is_sound) else { return some_error(call) };
    let scanned = model.indexes.writes;
    model.indexes.indexes.insert(schema.name.clone(), Index { schema, scanned });
    Expect::ok()
}

/// There are fields, each with a name of its own.
fn is_sound(schema: &Schema) -> bool {
    let mut names: Vec<_> = schema.fields.iter().map(|field| &field.name).collect();
    names.sort();
    names.dedup();
    !names.is_empty() && names.len() == schema.fields.len()
}

fn alter(model: &mut Model, call: &Call) -> Reply {
    let [_, name, rest @ ..] = call.argv else { return Err(Error::Arity("FT.ALTER")) };
    if rest.len() < 3 {
        return Err(Error::Arity("FT.ALTER"));
    }
    let Some(mut schema) = model.schema(name) else { return Err(refusal("Unknown index name")) };
    let is = |i: usize, word: &str| rest.get(i).is_some_and(|arg| arg.eq_ignore_ascii_case(word.as_bytes()));
    let skip = usize::from(is(0, "SKIPINITIALSCAN"));
    if !is(skip, "SCHEMA") || !is(skip + 1, "ADD") {
        return some_error(call);
    }
    let words: Vec<Bytes> = [b"FT.CREATE".to_vec(), name.clone(), b"SCHEMA".to_vec()].into_iter().collect();
    let added = Schema::from_create(&[&words, &rest[skip + 2..]].concat());
    let Some(added) = added.filter(|added| !added.fields.is_empty()) else { return some_error(call) };
    schema.fields.extend(added.fields);
    if !is_sound(&schema) {
        return some_error(call);
    }
    // Without a scan, what is there keeps to the old fields until it is written again.
    model.lost_track |= skip == 1;
    let scanned = model.indexes.writes;
    model.indexes.indexes.insert(name.clone(), Index { schema, scanned });
    Expect::ok()
}

fn drop_index(model: &mut Model, call: &Call) -> Reply {
    let (name, deletes) = match call.argv {
        [_, name] => (name, false),
        [_, name, word] => (name, word.eq_ignore_ascii_case(b"DD")),
        _ => return Err(Error::Arity("FT.DROPINDEX")),
    };
    let Some(schema) = model.schema(name) else { return Err(refusal("Unknown Index name")) };
    if call.argv.len() == 3 && !deletes {
        return some_error(call);
    }
    if deletes {
        let keys: Vec<Bytes> = model.documents(&schema).documents.into_iter().map(|document| document.key).collect();
        for key in &keys {
            model.delete(0, key);
        }
    }
    model.indexes.indexes.remove(name);
    Expect::ok()
}

/// Of all that is told, the name, the fields and the number of documents are looked at.
fn info(model: &mut Model, call: &Call) -> Reply {
    let [_, name] = call.argv else { return Err(Error::Arity("FT.INFO")) };
    let Some(schema) = model.schema(name) else { return Err(refusal("Unknown index name")) };
    let count = model.documents(&schema).documents.len();
    let holds = |reply: &Value| {
        let Value::Array(items) = reply else { return false };
        let told = |what: &str| {
            let mut rows = items.chunks_exact(2).filter(|row| text(&row[0]) == Some(what.as_bytes()));
            rows.next().map(|row| &row[1])
        };
        let fields =
            told("attributes").map(|fields| matches!(fields, Value::Array(f) if f.len() == schema.fields.len()));
        told("index_name").and_then(text) == Some(name.as_slice())
            && fields == Some(true)
            && told("num_docs").and_then(number) == Some(count as f64)
    };
    let instead = || {
        let fields = schema.fields.iter().map(|field| Value::Array(vec![Value::bulk(field.name.clone())]));
        Value::Map(vec![
            (Value::status("index_name"), Value::bulk(name.clone())),
            (Value::status("attributes"), Value::Array(fields.collect())),
            (Value::status("num_docs"), Value::bulk(count.to_string())),
        ])
    };
    Ok(Expect::checked(call, "map", format!("index {count} documents of its fields"), holds, instead))
}

fn text(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bulk(text) | Value::Status(text) => Some(text),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Double(digits) => super::number::parse_double(digits),
        other => super::number::parse_double(text(other)?),
    }
}

fn search(model: &mut Model, call: &Call) -> Reply {
    if call.argv.len() < 3 {
        return Err(Error::Arity("FT.SEARCH"));
    }
    let (schema, request) = asked(model, call)?;
    let query = request.parse(&schema, false)?;
    if let Some(by) = request.sort_by.as_ref().filter(|by| schema.field(&by.name).is_none()) {
        let name = String::from_utf8_lossy(&by.name);
        return Err(refusal(format!("Property `{name}` not loaded nor in schema")));
    }
    let collection = model.documents(&schema);
    search_reply::reply(&collection, &request, &query.plan, call.resp3)
}

fn explain(model: &mut Model, call: &Call) -> Reply {
    if call.argv.len() < 3 {
        return Err(Error::Arity("FT.EXPLAIN"));
    }
    let (schema, request) = asked(model, call)?;
    Expect::bulk(request.parse(&schema, true)?.explain(&schema))
}

/// The index and the rest of the words.
fn asked(model: &Model, call: &Call) -> Result<(Schema, Request), Error> {
    let name = &call.argv[1];
    let schema = model.schema(name).ok_or_else(|| missing_index(name))?;
    let request = Request::new(&schema, &call.argv[2], &call.argv[3..])?;
    Ok((schema, request))
}

fn tagvals(model: &mut Model, call: &Call) -> Reply {
    let [_, name, field] = call.argv else { return Err(Error::Arity("FT.TAGVALS")) };
    let Some(schema) = model.schema(name) else { return Err(refusal("Unknown Index name")) };
    match schema.field(field).map(|field| &field.kind) {
        None => Err(refusal("No such field")),
        Some(FieldKind::Tag { .. }) => {
            let collection = model.documents(&schema);
            Expect::set(collection.tags(field).into_iter().map(<[u8]>::to_vec))
        }
        Some(_) => Err(refusal("Not a tag field")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::ClientId;

    /// What a model answers to the last of these commands; `'` quotes words.
    fn answer(model: &mut Model, lines: &[&str]) -> Vec<String> {
        let mut out = Vec::new();
        for line in lines {
            let mut argv = Vec::new();
            for (place, part) in line.split('\'').enumerate() {
                match place % 2 {
                    0 => argv.extend(part.split_whitespace().map(|word| word.as_bytes().to_vec())),
                    _ => argv.push(part.into()),
                }
            }
            out.clear();
            model.send(ClientId(0), &argv, None, &mut out);
        }
        let text = |value: Value| match value {
            Value::Bulk(text) | Value::Status(text) | Value::Error(text) => String::from_utf8_lossy(&text).into_owned(),
            Value::Int(n) => n.to_string(),
            other => format!("{other:?}"),
        };
        let (_, last) = out.pop().expect("a reply");
        match last.choose().remove(0) {
            Value::Array(items) | Value::Set(items) => items.into_iter().map(text).collect(),
            other => vec![text(other)],
        }
    }

    const CREATE: &str = "FT.CREATE i PREFIX 1 d: SCHEMA t TEXT c TAG n NUMERIC SORTABLE";

    fn filled() -> Model {
        let mut model = Model::default();
        let lines =
            [CREATE, "HSET d:1 t 'hello world' c 'red, Blue' n 1", "HSET d:2 t hello c red n 2", "HSET x:1 t hello"];
        assert_eq!(answer(&mut model, &lines), ["1"]);
        model
    }

    #[test]
    fn documents_are_found_in_the_order_they_were_written() {
        let model = &mut filled();
        assert_eq!(answer(model, &["FT.SEARCH i @c:{red} NOCONTENT"]), ["2", "d:1", "d:2"]);
        assert_eq!(answer(model, &["HSET d:1 n 3", "FT.SEARCH i @c:{red} NOCONTENT"]), ["2", "d:2", "d:1"]);
        assert_eq!(answer(model, &["RENAME d:2 d:3", "FT.SEARCH i @c:{red} NOCONTENT"]), ["2", "d:3", "d:1"]);
        assert_eq!(answer(model, &["FT.SEARCH i hello NOCONTENT SORTBY n DESC LIMIT 0 1"]), ["2", "d:1"]);
        assert_eq!(answer(model, &["RENAME d:3 x:3", "FT.SEARCH i hello NOCONTENT"]), ["1", "d:1"]);
    }

    #[test]
    fn what_is_gone_is_not_found() {
        let model = &mut filled();
        model.advance(model.now_ms(), &mut Vec::new());
        assert_eq!(answer(model, &["PEXPIRE d:1 5", "DEL d:2", "FT.SEARCH i * NOCONTENT"]), ["1", "d:1"]);
        model.advance(model.now_ms() + 6, &mut Vec::new());
        assert_eq!(answer(model, &["FT.SEARCH i * NOCONTENT"]), ["0"]);
        assert_eq!(answer(model, &["FLUSHALL", "FT.SEARCH i *"]), ["i: no such index"]);
    }

    #[test]
    fn indexes_change() {
        let model = &mut filled();
        assert_eq!(answer(model, &[CREATE]), ["Index already exists"]);
        assert_eq!(answer(model, &["FT.TAGVALS i c"]), ["blue", "red"]);
        assert_eq!(answer(model, &["FT.TAGVALS i t"]), ["Not a tag field"]);
        assert_eq!(
            answer(model, &["FT.ALTER i SCHEMA ADD u TEXT", "HSET d:2 u new", "FT.SEARCH i @u:new NOCONTENT"]),
            ["1", "d:2"]
        );
        assert_eq!(answer(model, &["FT.DROPINDEX i DD", "EXISTS d:1 d:2 x:1"]), ["1"]);
        assert!(answer(model, &["FT._LIST"]).is_empty());
    }

    #[test]
    fn queries_are_explained_and_refused() {
        let model = &mut filled();
        assert_eq!(answer(model, &["FT.EXPLAIN i '@n:[1 2]'"]), ["NUMERIC {1.000000 <= @n <= 2.000000}\n"]);
        assert_eq!(answer(model, &["FT.SEARCH i '(hello'"]), ["Syntax error at offset 1 near hello"]);
        assert_eq!(answer(model, &["FT.SEARCH i hello FOO"]), ["Unknown argument `FOO` at position 1 for <main>"]);
    }

    #[test]
    fn rows_are_made() {
        let model = &mut filled();
        let rows = answer(model, &["FT.AGGREGATE i * GROUPBY 0 REDUCE SUM 1 @n AS s APPLY '@s * 2' AS d"]);
        assert_eq!(rows.len(), 2);
        assert!(rows[1].contains("54"), "{rows:?}: 6 is byte 54");
    }
}
