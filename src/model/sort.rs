//! SORT and SORT_RO.

use std::cmp::Ordering;
use std::ops::Range;

use super::keyspace::{Data, List};
use super::number::int;
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "SORT" => |model, call| sort(model, call, true),
        "SORT_RO" => |model, call| sort(model, call, false),
        _ => return None,
    })
}

struct Options {
    descending: bool,
    alpha: bool,
    /// How many are left out, and how many then come; negative means all.
    limit: (i64, i64),
    by: Option<Bytes>,
    /// A BY pattern without a `*` was given: things stay as they are.
    unsorted: bool,
    gets: Vec<Bytes>,
    store: Option<Bytes>,
}

impl Options {
    fn parse(args: &[Bytes], may_store: bool) -> Result<Options, Error> {
        let mut options = Options {
            descending: false,
            alpha: false,
            limit: (0, -1),
            by: None,
            unsorted: false,
            gets: Vec::new(),
            store: None,
        };
        let mut rest = args;
        while let [word, after @ ..] = rest {
            rest = match (word.to_ascii_uppercase().as_slice(), after) {
                (b"ASC", _) => {
                    options.descending = false;
                    after
                }
                (b"DESC", _) => {
                    options.descending = true;
                    after
                }
                (b"ALPHA", _) => {
                    options.alpha = true;
                    after
                }
                (b"LIMIT", [skip, count, after @ ..]) => {
                    options.limit = (int(skip)?, int(count)?);
                    after
                }
                (b"STORE", [destination, after @ ..]) if may_store => {
                    options.store = Some(destination.clone());
                    after
                }
                (b"BY", [pattern, after @ ..]) => {
                    options.unsorted |= star(pattern).is_none();
                    options.by = Some(pattern.clone());
                    after
                }
                (b"GET", [pattern, after @ ..]) => {
                    options.gets.push(pattern.clone());
                    after
                }
                _ => return Err(Error::Syntax),
            };
        }
        Ok(options)
    }

    /// Which of so many elements are shown.
    fn shown(&self, len: usize) -> Range<usize> {
        let (skip, count) = self.limit;
        let bounded = |n: i64| usize::try_from(n).map_or(0, |n| n.min(len));
        let start = bounded(skip);
        let end = if count < 0 { len } else { (start + bounded(count)).min(len) };
        start..end
    }
}

/// What an element is sorted by.
enum Weight {
    Number(f64),
    /// `None` where the key that BY names is missing.
    Text(Option<Bytes>),
}

fn sort(model: &mut Model, call: &Call, may_store: bool) -> Reply {
    let mut options = Options::parse(&call.argv[2..], may_store)?;
    let (elements, ordered) = elements(model, call)?;
    if options.unsorted && !ordered && options.store.is_some() {
        // A stored result must not depend on the order of a hash table.
        (options.unsorted, options.alpha, options.by) = (false, true, None);
    }
    let groups = match (options.unsorted, ordered) {
        (true, true) if options.descending => elements.into_iter().rev().map(|element| vec![element]).collect(),
        (true, true) => elements.into_iter().map(|element| vec![element]).collect(),
        (true, false) => vec![elements],
        (false, _) => sorted(model, call, elements, &options)?,
    };
    let rows = rows(model, call, &groups, &options.gets);
    let shown = options.shown(rows.iter().map(Vec::len).sum());
    match &options.store {
        Some(destination) => Ok(store(model, call, destination, &rows, shown)),
        None => Ok(answer(call, &rows, shown)),
    }
}

/// What is to be sorted, and whether it has an order of its own.
fn elements(model: &mut Model, call: &Call) -> Result<(Vec<Bytes>, bool), Error> {
    let Some(entry) = model.entry(call.db, &call.argv[1]) else { return Ok((Vec::new(), true)) };
    match &mut entry.data {
        Data::List(list) => Ok((list.clone(), true)),
        Data::Set(set) => Ok((set.iter().cloned().collect(), false)),
        Data::ZSet(zset) => {
            zset.convert_to_skiplist();
            entry.encoding = super::encoding::Encoding::Skiplist;
            Ok((zset.ranked().into_iter().map(|(member, _)| member).collect(), true))
        }
        _ => Err(Error::WrongType),
    }
}

/// In groups of elements that compare equal: among these the order is left open.
fn sorted(model: &mut Model, call: &Call, elements: Vec<Bytes>, options: &Options) -> Result<Vec<Vec<Bytes>>, Error> {
    let mut weighed = Vec::new();
    let mut all_numbers = true;
    for element in elements {
        let text = match &options.by {
            Some(pattern) => look_up(model, call, pattern, &element),
            None => Some(element.clone()),
        };
        let weight = if options.alpha {
            // Texts are compared as C strings, but for a stored result.
            Weight::Text(text.map(|text| if options.store.is_some() { text } else { c_string(&text).to_vec() }))
        } else {
            let number = text.map_or(Some(0.0), |text| model.profile.parse_sort_weight(&text));
            all_numbers &= number.is_some();
            Weight::Number(number.unwrap_or_default())
        };
        weighed.push((weight, element));
    }
    // The server forgets to clear `errno`: a number out of range that any command has read before may spoil this one.
    let spoilt = model.out_of_range_seen && call.hint == Some(&Value::Error(Error::SortNotDouble.text()));
    if !all_numbers || spoilt && !options.alpha {
        return Err(Error::SortNotDouble);
    }
    let order = |a: &(Weight, Bytes), b: &(Weight, Bytes)| {
        let order = compare(a, b);
        if options.descending { order.reverse() } else { order }
    };
    weighed.sort_by(order);
    let groups = weighed.chunk_by(|a, b| compare(a, b) == Ordering::Equal);
    Ok(groups.map(|group| group.iter().map(|(_, element)| element.clone()).collect()).collect())
}

/// Elements with the same number are ordered by their bytes.
fn compare(a: &(Weight, Bytes), b: &(Weight, Bytes)) -> Ordering {
    match (&a.0, &b.0) {
        (Weight::Number(x), Weight::Number(y)) => x.partial_cmp(y).unwrap_or(Ordering::Equal).then(a.1.cmp(&b.1)),
        (Weight::Text(x), Weight::Text(y)) => x.cmp(y),
        _ => Ordering::Equal,
    }
}

/// For each element what GET asks for, or the element itself.
fn rows(model: &mut Model, call: &Call, groups: &[Vec<Bytes>], gets: &[Bytes]) -> Vec<Vec<Vec<Value>>> {
    let mut row = |element: &Bytes| -> Vec<Value> {
        if gets.is_empty() {
            return vec![Value::Bulk(element.clone())];
        }
        let values = gets.iter().map(|pattern| look_up(model, call, pattern, element));
        values.map(|value| value.map_or(Value::NullBulk, Value::Bulk)).collect()
    };
    groups.iter().map(|group| group.iter().map(&mut row).collect()).collect()
}

fn c_string(text: &[u8]) -> &[u8] {
    text.split(|&b| b == 0).next().unwrap_or_default()
}

/// Where the `*` of a pattern is.
fn star(pattern: &[u8]) -> Option<usize> {
    c_string(pattern).iter().position(|&b| b == b'*')
}

/// The value that a pattern names for an element: `#` is the element, `a*b` a string, `a*b->c` a field of a hash.
fn look_up(model: &mut Model, call: &Call, pattern: &[u8], element: &Bytes) -> Option<Bytes> {
    if c_string(pattern) == b"#" {
        return Some(element.clone());
    }
    let star = star(pattern)?;
    let after = &pattern[star + 1..];
    let arrow = c_string(after).windows(2).position(|pair| pair == b"->");
    let arrow = arrow.filter(|at| at + 2 < c_string(after).len());
    let suffix = &after[..arrow.unwrap_or(after.len())];
    let key = [&pattern[..star], element, suffix].concat();
    match (&model.entry(call.db, &key)?.data, arrow) {
        (Data::Str(text), None) => Some(text.clone()),
        (Data::Hash(hash), Some(at)) => hash.get(&after[at + 2..]).cloned(),
        _ => None,
    }
}

/// Cuts each group to what is shown of it: its rows, and how many of them.
fn cut(groups: &[Vec<Vec<Value>>], shown: Range<usize>) -> Vec<(&[Vec<Value>], usize)> {
    let mut at = 0;
    let mut cut = Vec::new();
    for group in groups {
        let end = at + group.len();
        let taken = end.min(shown.end).saturating_sub(at.max(shown.start));
        cut.push((group.as_slice(), taken));
        at = end;
    }
    cut.retain(|(_, taken)| *taken > 0);
    cut
}

fn all_equal(rows: &[Vec<Value>]) -> bool {
    rows.windows(2).all(|pair| pair[0] == pair[1])
}

fn answer(call: &Call, groups: &[Vec<Vec<Value>>], shown: Range<usize>) -> Expect {
    let groups = cut(groups, shown);
    let default = groups.iter().flat_map(|(rows, taken)| rows[..*taken].iter().flatten().cloned());
    // Left to itself the server keeps them as they came, but for BY with LIMIT.
    if call.hint.is_none() || groups.iter().all(|(rows, _)| all_equal(rows)) {
        return Expect::Exact(Value::Array(default.collect()));
    }
    let default = Value::Array(default.collect());
    let rule = format!("in this order, but for elements that compare equal:\n{default}");
    Expect::checked(call, "array", rule, |reply| fits(reply, &groups), || default)
}

/// Whether each group's place in the reply holds so many of its rows, each as often as it is there.
fn fits(reply: &Value, groups: &[(&[Vec<Value>], usize)]) -> bool {
    let Value::Array(items) = reply else { return false };
    let width = groups.first().map_or(1, |(rows, _)| rows[0].len());
    let mut shown = items.chunks(width).map(|row| row.iter().map(plain).collect::<Vec<_>>());
    for (rows, taken) in groups {
        let mut left = rows.to_vec();
        for _ in 0..*taken {
            let Some(row) = shown.next() else { return false };
            let Some(at) = left.iter().position(|other| *other == row) else { return false };
            left.swap_remove(at);
        }
    }
    shown.next().is_none()
}

/// A value as handlers write it, whatever the protocol.
fn plain(value: &Value) -> Value {
    if *value == Value::Null { Value::NullBulk } else { value.clone() }
}

fn store(
    model: &mut Model,
    call: &Call,
    destination: &[u8],
    groups: &[Vec<Vec<Value>>],
    shown: Range<usize>,
) -> Expect {
    let groups = cut(groups, shown);
    // The reply does not tell in which order they were stored.
    model.lost_track |= groups.iter().any(|(rows, _)| !all_equal(rows));
    let values = groups.iter().flat_map(|(rows, taken)| rows[..*taken].iter().flatten());
    let list: List =
        values.map(|value| if let Value::Bulk(text) = value { text.clone() } else { Bytes::new() }).collect();
    let len = list.len();
    model.store(call, destination, list);
    Expect::Exact(Value::Int(len as i64))
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn weights_come_from_other_keys_and_missing_ones_are_zero() {
        let keys = ["RPUSH l 1 2 3", "MSET w1 5 w2 -1", "HSET h2 f x"];
        let sort = |line: &str| last(&[keys.as_slice(), &[line]].concat());
        assert_eq!(sort("SORT l BY w*"), "1) \"2\" 2) \"3\" 3) \"1\"");
        assert_eq!(sort("SORT l BY w* DESC LIMIT 0 1 GET # GET h*->f GET w*"), "1) \"1\" 2) (nil) 3) \"5\"");
        assert_eq!(sort("SORT l BY nosort DESC LIMIT 1 5"), "1) \"2\" 2) \"1\"");
        assert_eq!(sort("SORT l BY w*->f LIMIT 5 1"), "(empty array)");
    }

    #[test]
    fn numbers_are_read_as_strtod_does() {
        assert_eq!(last(&["RPUSH l 0x10 inf -1 \"\"", "SORT l"]), "1) \"-1\" 2) \"\" 3) \"0x10\" 4) \"inf\"");
        for bad in ["a", "nan", "1e400", "5e-324"] {
            assert!(last(&[&format!("RPUSH l 1 {bad}"), "SORT l"]).contains("can't be converted into double"), "{bad}");
        }
    }

    #[test]
    fn what_compares_equal_stays_in_order() {
        assert_eq!(last(&["RPUSH l b\0y a b\0x", "SORT l ALPHA"]), "1) \"a\" 2) \"b\\x00y\" 3) \"b\\x00x\"");
    }

    #[test]
    fn sorting_a_sorted_set_converts_it_even_in_vain() {
        assert_eq!(last(&["ZADD z 1 a", "SORT z", "OBJECT ENCODING z"]), "\"skiplist\"");
    }

    #[test]
    fn a_stored_result_replaces_anything_and_an_empty_one_deletes() {
        assert_eq!(last(&["SADD s 2 1 a", "SORT s BY nosort STORE d", "LRANGE d 0 -1"]), "1) \"1\" 2) \"2\" 3) \"a\"");
        assert_eq!(last(&["SET d v", "SORT nokey STORE d", "EXISTS d"]), "(integer) 0");
        assert!(last(&["SORT_RO l STORE d"]).contains("syntax error"));
    }
}
