//! Replies that the server draws at random: the model checks that a draw is legal and follows it.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::number::int;
use super::{Call, Error, Expect, Model, Reply};
use crate::resp::{Bytes, Value};

/// An element as a reply shows it: its name, and with WITHVALUES or WITHSCORES what belongs to it.
pub(super) type Element = (Bytes, Option<Value>);

/// The most elements that the model itself draws: a real server would fill its memory instead.
const DRAWN_MAX: usize = 10_000_000;

/// The count of SRANDMEMBER and its kin; negative allows repetition.
pub(super) fn parse_count(text: &[u8]) -> Result<i64, Error> {
    match int(text)? {
        i64::MIN => Err(Error::CountOutOfRange),
        count => Ok(count),
    }
}

/// `count`, and the option that asks for what belongs to each element: HRANDFIELD's and ZRANDMEMBER's arguments.
pub(super) fn parse_count_with(args: &[Bytes], option: &[u8]) -> Result<(i64, bool), Error> {
    let [count, rest @ ..] = args else { return Err(Error::Syntax) };
    let count = parse_count(count)?;
    match rest {
        [] => Ok((count, false)),
        [word] if word.eq_ignore_ascii_case(option) => {
            // The reply has two items for each element.
            if count.unsigned_abs() > (i64::MAX / 2) as u64 {
                return Err(Error::OutOfRange);
            }
            Ok((count, true))
        }
        _ => Err(Error::Syntax),
    }
}

/// Where the model's own choices come from when there is no reply to follow: equal runs choose alike.
#[derive(Clone, Debug)]
pub(super) struct Dice(ChaCha8Rng);

impl Default for Dice {
    fn default() -> Self {
        Dice(ChaCha8Rng::seed_from_u64(0))
    }
}

impl Dice {
    /// A number below `end`, each as likely as the others.
    pub(super) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.0.next_u64()) * end as u128) >> 64) as usize
    }

    /// So many different places below `end`, or with repetition; in random order.
    fn places(&mut self, end: usize, count: usize, repetition: bool) -> Vec<usize> {
        if repetition {
            return (0..count).map(|_| self.below(end)).collect();
        }
        let mut places: Vec<usize> = (0..end).collect();
        for i in 0..count {
            places.swap(i, i + self.below(end - i));
        }
        places.truncate(count);
        places
    }
}

/// One name, or nil of none.
pub(super) fn draw_one(model: &mut Model, call: &Call, mut names: Vec<Bytes>) -> Reply {
    if names.len() < 2 {
        return Expect::bulk_or_nil(names.pop());
    }
    let Some(hint) = call.hint else {
        return Expect::bulk(names.swap_remove(model.dice.below(names.len())));
    };
    let holds = match hint {
        Value::Bulk(name) => names.contains(name),
        _ => false,
    };
    Ok(Expect::checked(call, "bulk", format!("one of {} elements", names.len()), |_| holds, || Value::NullBulk))
}

/// `count` different elements, or `-count` with repetition.
pub(super) fn draw(model: &mut Model, call: &Call, elements: Vec<Element>, count: i64) -> Reply {
    if count == 0 || elements.is_empty() {
        return Expect::bulks([]);
    }
    if count > 0 && count.unsigned_abs() >= elements.len() as u64 {
        return all(call, elements);
    }
    let Some(hint) = call.hint else {
        let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(DRAWN_MAX);
        let places = model.dice.places(elements.len(), wanted, count < 0);
        let drawn = places.into_iter().flat_map(|place| shown(&elements[place], call.resp3));
        return Ok(Expect::Exact(Value::Array(drawn.collect())));
    };
    let repetition = if count < 0 { "with repetition" } else { "all different" };
    let rule = format!("{} of {} elements, {repetition}", count.unsigned_abs(), elements.len());
    let holds = is_draw(call, hint, &elements, count);
    Ok(Expect::checked(call, "array", rule, |_| holds, || Value::NullArray))
}

/// Every element once, in any order.
pub(super) fn all(call: &Call, elements: Vec<Element>) -> Reply {
    if elements.iter().all(|(_, extra)| extra.is_none()) {
        return Expect::any_order(elements.into_iter().map(|(name, _)| name));
    }
    if call.resp3 {
        return Ok(Expect::Unordered(elements.iter().flat_map(|element| shown(element, true)).collect()));
    }
    let text = |extra| match extra {
        Some(Value::Bulk(text) | Value::Double(text)) => text,
        _ => Bytes::new(),
    };
    Ok(Expect::UnorderedPairs(elements.into_iter().map(|(name, extra)| (name, text(extra))).collect()))
}

/// An element as it stands in an array: RESP3 has arrays of two where RESP2 has one item after the other.
fn shown((name, extra): &Element, resp3: bool) -> Vec<Value> {
    let mut items: Vec<Value> = [Value::bulk(name.clone())].into_iter().chain(extra.clone()).collect();
    items.iter_mut().for_each(|item| item.speak(resp3));
    if resp3 && extra.is_some() { vec![Value::Array(items)] } else { items }
}

/// Whether this could be the answer of [`draw`].
pub(super) fn is_draw(call: &Call, reply: &Value, elements: &[Element], count: i64) -> bool {
    let Value::Array(items) = reply else { return false };
    let shown: Vec<Vec<Value>> = elements.iter().map(|element| shown(element, call.resp3)).collect();
    let width = shown.first().map_or(1, Vec::len);
    let drawn = items.chunks(width).map(|chunk| shown.iter().position(|element| element == chunk));
    let Some(mut drawn) = drawn.collect::<Option<Vec<usize>>>() else { return false };
    let right_many = drawn.len() as u64 == count.unsigned_abs();
    drawn.sort_unstable();
    right_many && (count < 0 || drawn.windows(2).all(|pair| pair[0] != pair[1]))
}

#[cfg(test)]
mod tests {
    use super::super::arrived::Arrived;
    use super::*;
    use crate::subject::ClientId;

    const CALL: Call = Call {
        argv: &[],
        hint: None,
        arrived: Arrived::NOTHING,
        client: ClientId(0),
        db: 0,
        in_exec: false,
        resp3: false,
        profile: super::super::Profile::Redis70,
    };

    fn reply(items: &[&str]) -> Value {
        Value::Array(items.iter().map(|item| Value::bulk(*item)).collect())
    }

    #[test]
    fn a_draw_has_the_right_many_elements_and_repeats_only_when_asked() {
        let elements = [("a".into(), None), ("b".into(), None), ("c".into(), None)];
        assert!(is_draw(&CALL, &reply(&["c", "a"]), &elements, 2));
        assert!(!is_draw(&CALL, &reply(&["c", "c"]), &elements, 2));
        assert!(is_draw(&CALL, &reply(&["c", "c"]), &elements, -2));
        assert!(!is_draw(&CALL, &reply(&["c"]), &elements, -2));
        assert!(!is_draw(&CALL, &reply(&["c", "d"]), &elements, -2));
        assert!(!is_draw(&CALL, &Value::NullArray, &elements, 2));
    }

    #[test]
    fn what_belongs_to_an_element_comes_with_it() {
        let elements = [("f".into(), Some(Value::bulk("1"))), ("g".into(), Some(Value::bulk("2")))];
        assert!(is_draw(&CALL, &reply(&["g", "2", "g", "2"]), &elements, -2));
        assert!(!is_draw(&CALL, &reply(&["g", "1"]), &elements, -1));
        assert!(!is_draw(&CALL, &reply(&["g", "2", "f"]), &elements, -2));
    }

    #[test]
    fn without_a_reply_to_follow_the_model_draws_itself() {
        let elements: Vec<Element> = ["a", "b", "c"].map(|name| (name.into(), None)).into();
        let mut model = Model::default();
        let mut met = std::collections::BTreeMap::new();
        for _ in 0..3000 {
            let drawn = draw(&mut model, &CALL, elements.clone(), 2).unwrap().choose().remove(0);
            assert!(is_draw(&CALL, &drawn, &elements, 2));
            *met.entry(drawn.to_string()).or_insert(0) += 1;
        }
        assert!(met.len() == 6 && met.values().all(|count| (400..600).contains(count)), "{met:?}");
        let Value::Array(drawn) = draw(&mut model, &CALL, elements, -7).unwrap().choose().remove(0) else { panic!() };
        assert_eq!(drawn.len(), 7);
    }

    #[test]
    fn counts_reach_as_far_as_their_negative_does() {
        assert_eq!(parse_count(b"-9223372036854775808"), Err(Error::CountOutOfRange));
        assert_eq!(parse_count(b"-9223372036854775807"), Ok(-i64::MAX));
        let args = |words: &[&str]| words.iter().map(|w| Bytes::from(*w)).collect::<Vec<_>>();
        assert_eq!(
            parse_count_with(&args(&["4611686018427387904", "withvalues"]), b"WITHVALUES"),
            Err(Error::OutOfRange)
        );
        assert_eq!(parse_count_with(&args(&["4611686018427387904"]), b"WITHVALUES"), Ok((1 << 62, false)));
        assert_eq!(parse_count_with(&args(&["1", "x"]), b"WITHVALUES"), Err(Error::Syntax));
    }
}
