//! From the documents that match to the reply of FT.SEARCH.

use std::cmp::Ordering;

use super::analysis::StopWords;
use super::analysis::{fold, stem, tokenize};
use super::eval::{Frame, Scorer};
use super::index::{Contents, DocId, Number, SortValue, position_of};
use super::query::node::Node;
use super::request::{Highlight, Request, Shown, Sort};
use super::schema::{Definition, Field, FieldKind};
use crate::double;
use crate::reply::{Error, Reply};
use crate::structure::hash::Hash;

/// A document that is found.
struct Found {
    id: DocId,
    score: f64,
    sort_key: Option<SortValue>,
    /// What of the query it has, to be highlighted.
    terms: Vec<Vec<u8>>,
}

/// Answers a request of which the query is this tree. `hash` finds the hash of a key.
pub(crate) fn answer<'h>(
    frame: &Frame<'_>,
    root: &Node,
    request: &Request,
    hash: impl Fn(&[u8]) -> Option<&'h Hash>,
    resp3: bool,
) -> Result<Reply, Error> {
    let search = Search { frame, request, hash: &hash };
    let sort_field = request.sort.as_ref().map(|sort| search.sort_field(sort)).transpose()?;
    let found = search.find(root, sort_field)?;
    let total = found.len();
    let rows = search.page(found);
    Ok(if resp3 { search.map(total, &rows) } else { search.array(total, &rows) })
}

struct Search<'s, 'h> {
    frame: &'s Frame<'s>,
    request: &'s Request,
    hash: &'s dyn Fn(&[u8]) -> Option<&'h Hash>,
}

impl Search<'_, '_> {
    fn definition(&self) -> &Definition {
        self.frame.definition
    }

    fn contents(&self) -> &Contents {
        self.frame.contents
    }

    fn key(&self, id: DocId) -> &[u8] {
        self.contents().documents.get(&id).map_or(b"", |document| &document.key)
    }

    /// The position of the field to sort by.
    fn sort_field(&self, sort: &Sort) -> Result<usize, Error> {
        let unknown = || Error::built([b"Property `", &sort.field[..], b"` not loaded nor in schema"].concat());
        position_of(self.definition(), &sort.field, |_| true).ok_or_else(unknown)
    }

    fn find(&self, root: &Node, sort_field: Option<usize>) -> Result<Vec<Found>, Error> {
        let mut found = Vec::new();
        let needs_score = sort_field.is_none() || self.request.with_scores;
        let scorer: Scorer = self.request.scorer;
        self.frame.each(root, |id, hit| {
            let Some(document) = self.contents().documents.get(&id) else {
                return;
            };
            let score = if needs_score { scorer.score(hit, document, self.contents()) } else { 0.0 };
            let sort_key = sort_field.and_then(|field| self.sort_key(id, field));
            let terms = match &self.request.highlight {
                Some(_) => hit.terms().into_iter().map(<[u8]>::to_vec).collect(),
                None => Vec::new(),
            };
            found.push(Found { id, score, sort_key, terms });
        })?;
        match &self.request.sort {
            Some(sort) => found.sort_by(|a, b| self.by_key(a, b, sort.descending)),
            None => found.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap_or(Ordering::Equal)),
        }
        Ok(found)
    }

    fn sort_key(&self, id: DocId, field: usize) -> Option<SortValue> {
        let document = self.contents().documents.get(&id)?;
        let definition = &self.definition().fields[field];
        if definition.sortable {
            return document.sortable.get(field)?.clone();
        }
        let value = (self.hash)(&document.key)?.get(&definition.path)?;
        Some(match definition.kind {
            FieldKind::Numeric => SortValue::Number(Number(double::parse(value)?)),
            _ => SortValue::Text(value.to_vec()),
        })
    }

    /// What has no value comes last either way.
    fn by_key(&self, a: &Found, b: &Found, descending: bool) -> Ordering {
        let order = match (&a.sort_key, &b.sort_key) {
            (Some(a), Some(b)) if descending => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        let is_reversed = descending != planted!(self.frame.config, SearchSortUnstable);
        order.then_with(|| if is_reversed { b.id.cmp(&a.id) } else { a.id.cmp(&b.id) })
    }

    /// What LIMIT asks for.
    fn page(&self, found: Vec<Found>) -> Vec<Found> {
        let limit = self.request.limit;
        let offset = usize::try_from(limit.offset).unwrap_or(usize::MAX);
        let mut count = usize::try_from(limit.count).unwrap_or(usize::MAX);
        if planted!(self.frame.config, SearchLimitOverflow) {
            count = usize::from(limit.offset.wrapping_add(limit.count) as u16).saturating_sub(offset);
        }
        found.into_iter().skip(offset).take(count).collect()
    }

    fn array(&self, total: usize, rows: &[Found]) -> Reply {
        let mut reply = vec![Reply::count(total)];
        for row in rows {
            reply.push(Reply::bulk(self.key(row.id)));
            if self.request.with_scores {
                reply.push(Reply::bulk(print_score(row.score)));
            }
            if self.request.with_sort_keys {
                reply.push(self.shown_sort_key(row));
            }
            if let Some(fields) = self.fields(row) {
                reply.push(Reply::Array(
                    fields.into_iter().flat_map(|(name, value)| [name, value]).map(Reply::Bulk).collect(),
                ));
            }
        }
        Reply::Array(reply)
    }

    fn map(&self, total: usize, rows: &[Found]) -> Reply {
        let name = |name: &'static str| Reply::Status(name.as_bytes().into());
        let results = rows.iter().map(|row| {
            let mut result = vec![(name("id"), Reply::bulk(self.key(row.id)))];
            if self.request.with_scores {
                result.push((name("score"), Reply::Double(row.score)));
            }
            if self.request.with_sort_keys {
                result.push((name("sortkey"), self.shown_sort_key(row)));
            }
            if let Some(fields) = self.fields(row) {
                let fields = fields.into_iter().map(|(name, value)| (Reply::Bulk(name), Reply::Bulk(value)));
                result.push((name("extra_attributes"), Reply::Map(fields.collect())));
            }
            result.push((name("values"), Reply::Array(Vec::new())));
            Reply::Map(result)
        });
        Reply::Map(vec![
            (name("attributes"), Reply::Array(Vec::new())),
            (name("format"), name("STRING")),
            (name("results"), Reply::Array(results.collect())),
            (name("total_results"), Reply::count(total)),
            (name("warning"), Reply::Array(Vec::new())),
        ])
    }

    fn shown_sort_key(&self, row: &Found) -> Reply {
        match &row.sort_key {
            Some(SortValue::Number(Number(number))) => Reply::bulk(format!("#{}", double::print(*number))),
            Some(SortValue::Text(text)) => Reply::bulk([b"$", &text[..]].concat()),
            None => Reply::NullBulk,
        }
    }

    /// The fields to show of a document, if any are.
    fn fields(&self, row: &Found) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
        if self.request.no_content || self.request.fields.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        let mut fields = match &self.request.fields {
            Some(shown) => self.chosen(row, shown),
            None => self.all(row),
        };
        if let Some(highlight) = &self.request.highlight {
            let marker = Marker::new(self.definition(), highlight, &row.terms);
            fields.iter_mut().for_each(|(name, value)| marker.mark(name, value));
        }
        Some(fields)
    }

    fn chosen(&self, row: &Found, shown: &[Shown]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let hash = (self.hash)(self.key(row.id));
        let value = |shown: &Shown| {
            let Some(at) = position_of(self.definition(), &shown.path, |_| true) else {
                return hash?.get(&shown.path).map(<[u8]>::to_vec);
            };
            let field = &self.definition().fields[at];
            let kept = self.contents().documents.get(&row.id)?.sortable.get(at).cloned().flatten();
            match kept {
                Some(SortValue::Text(text)) if field.unnormalized => Some(text),
                _ => {
                    let value = hash?.get(&field.path)?;
                    let number = double::parse(value).filter(|_| matches!(field.kind, FieldKind::Numeric));
                    Some(number.map_or_else(|| value.to_vec(), print_number))
                }
            }
        };
        shown.iter().filter_map(|field| Some((field.name.clone(), value(field)?))).collect()
    }

    /// All fields of the hash. What is sorted by comes first.
    fn all(&self, row: &Found) -> Vec<(Vec<u8>, Vec<u8>)> {
        let Some(hash) = (self.hash)(self.key(row.id)) else {
            return Vec::new();
        };
        let first = self.request.sort.as_ref().and_then(|sort| self.definition().field(&sort.field));
        let path = first.map(|field| &field.path[..]);
        let sorted_by = first.and_then(|field| Some((field.name.clone(), hash.get(&field.path)?.to_vec())));
        let is_other = |name: &[u8]| first.is_none_or(|field| field.name != field.path || Some(name) != path);
        let others =
            hash.iter().filter(|(name, _)| is_other(name)).map(|(name, value)| (name.to_vec(), value.to_vec()));
        sorted_by.into_iter().chain(others).collect()
    }
}

/// Marks what matched in the texts of a document.
struct Marker<'a> {
    definition: &'a Definition,
    highlight: &'a Highlight,
    terms: &'a [Vec<u8>],
    stop_words: StopWords,
}

impl<'a> Marker<'a> {
    fn new(definition: &'a Definition, highlight: &'a Highlight, terms: &'a [Vec<u8>]) -> Marker<'a> {
        // The words that count are those that are indexed, and no stop-word is.
        Marker { definition, highlight, terms, stop_words: StopWords::new([]) }
    }

    fn mark(&self, name: &[u8], value: &mut Vec<u8>) {
        let is_chosen = self.highlight.fields.as_ref().is_none_or(|fields| fields.iter().any(|field| field == name));
        let is_text = self.definition.field(name).is_some_and(|field: &Field| field.text().is_some());
        if !is_chosen || !is_text {
            return;
        }
        let mut marked = Vec::with_capacity(value.len());
        let mut end = 0;
        for token in tokenize(value, &self.stop_words) {
            if self.matches(&token.text) {
                marked.extend_from_slice(&value[end..token.span.start]);
                marked.extend_from_slice(&self.highlight.open);
                marked.extend_from_slice(&value[token.span.clone()]);
                marked.extend_from_slice(&self.highlight.close);
                end = token.span.end;
            }
        }
        marked.extend_from_slice(&value[end..]);
        *value = marked;
    }

    fn matches(&self, word: &[u8]) -> bool {
        let stem = stem(word).map(|stem| [b"+", &stem[..]].concat());
        self.terms.iter().any(|term| *term == fold(word) || Some(term) == stem.as_ref())
    }
}

/// A score as the server prints it: the fewest digits that tell it.
fn print_score(score: f64) -> String {
    if score.is_infinite() {
        return if score > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if score.is_nan() { "nan".to_owned() } else { format!("{score}") }
}

/// A number of a sortable field as the server shows it: an integer as such, others with twelve digits.
pub(crate) fn print_number(number: f64) -> Vec<u8> {
    if number == number.trunc() && number.abs() < 1e15 {
        return format!("{}", number as i64).into_bytes();
    }
    print_digits(number, 12).into_bytes()
}

/// As C's `%.{digits}g`.
fn print_digits(number: f64, digits: usize) -> String {
    if !number.is_finite() {
        return print_score(number);
    }
    let scientific = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
    without_zeros(&format!("{number:.decimals$}")).to_owned()
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}
