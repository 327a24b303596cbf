//! SORT and SORT_RO.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use super::{Command, Context, Outcome, Run, args};
use crate::double;
use crate::number;
use crate::partial_sort::partial_sort;
use crate::reply::{Error, Reply};
use crate::structure::hash::Hash;
use crate::structure::list::List;
use crate::value::{Str, Typed, Value};

const ONE: (i64, i64, i64) = (1, 1, 1);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("sort", -2, "write denyoom movablekeys", ONE, Run::Now(sort)),
    Command::new("sort_ro", -2, "readonly movablekeys", ONE, Run::Now(sort_ro)),
];

type Bytes = Vec<u8>;

/// What SORT is asked for.
struct Request<'a> {
    descending: bool,
    alpha: bool,
    offset: i64,
    /// Negative: all.
    limit: i64,
    by: Option<&'a [u8]>,
    /// A BY without a star: the order stays as it is.
    unsorted: bool,
    get: Vec<&'a [u8]>,
    store: Option<&'a [u8]>,
}

impl<'a> Request<'a> {
    fn parse(words: &'a [Bytes], may_store: bool) -> Result<Self, Error> {
        let mut request = Self {
            descending: false,
            alpha: false,
            offset: 0,
            limit: -1,
            by: None,
            unsorted: false,
            get: Vec::new(),
            store: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if args::is(word, "ASC") {
                request.descending = false;
            } else if args::is(word, "DESC") {
                request.descending = true;
            } else if args::is(word, "ALPHA") {
                request.alpha = true;
            } else if args::is(word, "LIMIT") && words.len() >= 2 {
                let mut next = || number::int(words.next().map_or(&[], Vec::as_slice));
                (request.offset, request.limit) = (next()?, next()?);
            } else if args::is(word, "STORE") && may_store && words.len() >= 1 {
                request.store = words.next().map(Vec::as_slice);
            } else if args::is(word, "BY") && words.len() >= 1 {
                request.by = words.next().map(Vec::as_slice);
                request.unsorted |= request.by.is_some_and(|pattern| !args::c_str(pattern).contains(&b'*'));
            } else if args::is(word, "GET") && words.len() >= 1 {
                request.get.extend(words.next().map(Vec::as_slice));
            } else {
                return Err(Error::SYNTAX);
            }
        }
        Ok(request)
    }

    /// The places of `len` elements to tell.
    fn window(&self, len: usize) -> Range<usize> {
        let clamp = |n: i64| usize::try_from(n.max(0)).map_or(len, |n| n.min(len));
        let start = clamp(self.offset);
        let end = if self.limit < 0 { len } else { (start + clamp(self.limit)).min(len) };
        start..end
    }

    /// Puts the elements in order, as far as the window needs it.
    fn order(&self, cx: &mut Context<'_>, elements: Vec<Bytes>, window: &Range<usize>) -> Result<Vec<Bytes>, Error> {
        let len = elements.len();
        let mut items = Vec::with_capacity(len);
        for element in elements {
            let weight = self.weight(cx, &element)?;
            items.push((element, weight));
        }
        let binary = self.store.is_some();
        let keeps_ties = planted!(cx.config(), SortDescKeepsTies);
        let compare = |a: &(Bytes, Weight), b: &(Bytes, Weight)| {
            let order = compare(a, b, binary);
            let tied = matches!((&a.1, &b.1), (Weight::Number(x), Weight::Number(y)) if x == y);
            let reverses = self.descending && !(keeps_ties && tied);
            if reverses { order.reverse() } else { order }
        };
        if self.by.is_some() && *window != (0..len) && !window.is_empty() {
            partial_sort(&mut items, window.start, window.end - 1, &compare);
        } else {
            items.sort_by(compare);
        }
        Ok(items.into_iter().map(|(element, _)| element).collect())
    }

    fn weight(&self, cx: &mut Context<'_>, element: &[u8]) -> Result<Weight, Error> {
        let weight = match self.by {
            Some(pattern) => look_up(cx, pattern, element),
            None if self.alpha => return Ok(Weight::Element),
            None => Some(element.to_vec()),
        };
        if self.alpha {
            return Ok(Weight::Text(weight));
        }
        let missing_fails = planted!(cx.config(), SortMissingWeightFails);
        let number = match weight {
            Some(text) => double::parse_weight(&text),
            None => (!missing_fails).then_some(0.0),
        };
        number.map(Weight::Number).ok_or(Error::new("ERR One or more scores can't be converted into double"))
    }
}

/// What an element is compared by.
enum Weight {
    Number(f64),
    /// The text of another key, if there is one.
    Text(Option<Bytes>),
    /// Its own text.
    Element,
}

/// Compares two elements. Texts are compared as C strings, unless the result is stored.
fn compare((a, a_weight): &(Bytes, Weight), (b, b_weight): &(Bytes, Weight), binary: bool) -> Ordering {
    let texts = |a: &[u8], b: &[u8]| if binary { a.cmp(b) } else { args::c_str(a).cmp(args::c_str(b)) };
    match (a_weight, b_weight) {
        (Weight::Number(x), Weight::Number(y)) => x.partial_cmp(y).unwrap_or(Ordering::Equal).then_with(|| a.cmp(b)),
        (Weight::Text(Some(x)), Weight::Text(Some(y))) => texts(x, y),
        (Weight::Text(x), Weight::Text(y)) => x.is_some().cmp(&y.is_some()),
        _ => texts(a, b),
    }
}

/// What a BY or GET pattern names for an element: the element itself for `#`, else the string at the key that the
/// pattern makes with the element for its first star, or the field after `->` of the hash there.
fn look_up(cx: &mut Context<'_>, pattern: &[u8], element: &[u8]) -> Option<Bytes> {
    let text = args::c_str(pattern);
    if text == b"#" {
        return Some(element.to_vec());
    }
    let star = text.iter().position(|byte| *byte == b'*')?;
    let arrow = text[star + 1..].windows(2).position(|pair| pair == b"->").map(|at| star + 1 + at);
    let arrow = arrow.filter(|at| at + 2 < text.len());
    let key = [&pattern[..star], element, &pattern[star + 1..arrow.unwrap_or(pattern.len())]].concat();
    match (arrow, cx.value(&key)?) {
        (Some(at), value) => Hash::of(value)?.get(&pattern[at + 2..]).map(<[u8]>::to_vec),
        (None, value) => Str::of(value).map(Str::bytes).map(Cow::into_owned),
    }
}

/// The elements in the order they have. A sorted set leaves its small encoding, whatever becomes of the command.
fn elements(cx: &mut Context<'_>, key: &[u8]) -> Result<Vec<Bytes>, Error> {
    let db = cx.session.db;
    if !cx.exists(key) {
        return Ok(Vec::new());
    }
    Ok(match cx.store.dbs[db].value_mut(key) {
        Some(Value::List(list)) => list.iter().map(<[u8]>::to_vec).collect(),
        Some(Value::Set(set)) => set.iter().map(Cow::into_owned).collect(),
        Some(Value::ZSet(zset)) => {
            zset.convert();
            zset.iter().map(|(member, _)| member.to_vec()).collect()
        }
        _ => return Err(Error::WRONG_TYPE),
    })
}

fn sort(cx: &mut Context<'_>, argv: &[Bytes]) -> Outcome {
    run(cx, argv, true)
}

fn sort_ro(cx: &mut Context<'_>, argv: &[Bytes]) -> Outcome {
    run(cx, argv, false)
}

fn run(cx: &mut Context<'_>, argv: &[Bytes], may_store: bool) -> Outcome {
    let mut request = Request::parse(&argv[2..], may_store)?;
    cx.touch(&argv[1]);
    let mut elements = elements(cx, &argv[1])?;
    let is_set = matches!(cx.value(&argv[1]), Some(Value::Set(_)));
    if is_set && request.unsorted && request.store.is_some() {
        // What is stored must not depend on the order of a hash table.
        (request.unsorted, request.alpha, request.by) = (false, true, None);
    }
    let window = request.window(elements.len());
    if !request.unsorted {
        elements = request.order(cx, elements, &window)?;
    } else if request.descending && !is_set {
        elements.reverse();
    }
    let chosen = &elements[window];
    let found: Vec<Option<Bytes>> = match request.get.as_slice() {
        [] => chosen.iter().cloned().map(Some).collect(),
        patterns => {
            let pairs = chosen.iter().flat_map(|element| patterns.iter().map(move |pattern| (pattern, element)));
            pairs.map(|(pattern, element)| look_up(cx, pattern, element)).collect()
        }
    };
    match request.store {
        Some(target) => Ok(Reply::count(store(cx, target, found))),
        None => Ok(Reply::Array(found.into_iter().map(Reply::bulk_or_null).collect())),
    }
}

/// Stores the result as a list; the target goes if there is nothing to store.
fn store(cx: &mut Context<'_>, target: &[u8], found: Vec<Option<Bytes>>) -> usize {
    let limits = cx.config().list_limits();
    let mut list = List::new();
    for value in &found {
        list.push_back(value.as_deref().unwrap_or_default(), &limits);
    }
    if list.is_empty() {
        if !planted!(cx.config(), SortStoreEmptyKeepsTarget) {
            cx.remove(target);
        }
    } else if planted!(cx.config(), SortStoreKeepsTtl) {
        cx.set_keeping_ttl(target, list);
    } else {
        cx.set(target, list);
    }
    found.len()
}

#[cfg(test)]
mod tests {
    use crate::reply::Reply;
    use crate::testing::Rig;

    #[test]
    fn missing_weights_are_zero_and_ties_are_broken_by_text() {
        let mut rig = Rig::new();
        rig.run("RPUSH l 3 1 2");
        rig.run("MSET w_1 30 w_2 20");
        assert_eq!(rig.run("SORT l BY w_*"), Reply::bulks(["3", "2", "1"]));
        assert_eq!(rig.run("SORT l BY none_* DESC"), Reply::bulks(["3", "2", "1"]));
        assert_eq!(rig.run("SORT l BY none_* ALPHA"), Reply::bulks(["3", "1", "2"]));
        assert_eq!(rig.run("SORT l BY nosort DESC LIMIT 0 2"), Reply::bulks(["2", "1"]));
        let pairs = ["1", "2"].map(Reply::bulk).into_iter().zip([Reply::bulk("30"), Reply::bulk("20")]);
        assert_eq!(rig.run("SORT l LIMIT 0 2 GET # GET w_*"), Reply::pairs(pairs, false));
        assert_eq!(rig.run("SORT l GET none_* STORE d"), Reply::Int(3));
        assert_eq!(rig.run("LRANGE d 0 -1"), Reply::bulks(["", "", ""]));
    }
}
