//! What is read can be printed and read again, whatever bytes it was read from.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use proptest::prelude::*;

use super::answers::{Fixture, fixture};
use super::{Params, Request, Style, expression as expressions, parse, print};
use crate::resp::Bytes;

static FIXTURE: LazyLock<Fixture> = LazyLock::new(fixture);

/// A query near one that is right: bytes are dropped, doubled, swapped, put in.
pub(super) fn spoil(bytes: &mut Unstructured<'_>, query: &mut Bytes) -> Result<()> {
    const MARKS: &[u8] = b"()[]{}|-~*%@:;\"'$\\=> \0,.#";
    for _ in 0..bytes.int_in_range(1..=3u8)? {
        let place = bytes.int_in_range(0..=query.len())?;
        match bytes.int_in_range(0..=4u8)? {
            0 => query.insert(place, *bytes.choose(MARKS)?),
            1 => query.insert(place, bytes.arbitrary()?),
            _ if place == query.len() => query.push(*bytes.choose(MARKS)?),
            2 => drop(query.remove(place)),
            3 => query.insert(place, query[place]),
            _ => query.swap(place, place / 2),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_expression_gets_an_answer(
        text in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"()+-*/%^!=<>&|,@'\"\\ a1N"[..])], 0..40),
    ) {
        let Ok(tree) = expressions::parse(&text) else { return Ok(()) };
        let Some(printed) = expressions::print(&tree) else { return Ok(()) };
        prop_assert_eq!(expressions::parse(&printed), Ok(tree), "{} {}", text.escape_ascii(), printed.escape_ascii());
    }

    #[test]
    fn any_bytes_get_an_answer_and_what_is_read_can_be_read_again(
        mut query in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"()[]{}|-~*%@:;\"'$\\=> ab1ft"[..])], 0..60),
        mutations in prop::collection::vec(any::<u8>(), 0..20),
        dialect in 1u8..=3,
    ) {
        spoil(&mut Unstructured::new(&mutations), &mut query).expect("any bytes will do");
        let (schema, params) = (&FIXTURE.schemas["mixed"], Params::new());
        let request = Request { schema, dialect, params: &params, verbatim: false, stopwords: true, explaining: false };
        let Ok(read) = parse(&query, &request) else { return Ok(()) };
        let Some(text) = print(&read.tree, &Style { schema, dialect, stopwords: true }) else { return Ok(()) };
        let again = parse(&text.query, &Request { params: &text.params, ..request });
        prop_assert_eq!(again.map(|query| query.tree), Ok(read.tree), "{} {}", query.escape_ascii(), text.query.escape_ascii());
    }
}

#[test]
fn deep_queries_end() {
    let (schema, params) = (&FIXTURE.schemas["basic"], Params::new());
    for dialect in 1..=3 {
        let request = Request { schema, dialect, params: &params, verbatim: false, stopwords: true, explaining: false };
        let ask = |query: String| parse(query.as_bytes(), &request);
        for mark in ["(", "-", "~", "@title:(", "\"", "%", "a|", "w'", "*"] {
            let bytes = if matches!(mark, "(" | "-") { 1 << 20 } else { 1 << 16 };
            drop(ask(mark.repeat(bytes / mark.len())));
        }
        // The limits are the depths of the parsers' stacks.
        let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
        let deepest = if dialect == 1 { 97 } else { 253 };
        assert!(ask(nested(deepest)).is_ok(), "dialect {dialect}");
        let error = ask(nested(deepest + 1)).expect_err("too deep");
        let text: &[u8] = if dialect == 1 { b"Syntax error at offset" } else { b"Parser stack overflow" };
        assert!(error.starts_with(text), "{}", error.escape_ascii());
    }
}
