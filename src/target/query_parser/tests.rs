//! The format of inputs, the seeds, the dictionary, and the engine.

use std::path::{Path, PathBuf};

use super::*;
use crate::subject::embedded::Embedded;

fn target() -> QueryParser {
    QueryParser::new("query_parser", Box::new(|| Box::new(Embedded::new())))
}

fn dictionary_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dictionaries/query_parser.dict")
}

#[test]
fn any_bytes_are_an_input_and_inputs_are_bytes() {
    for seed in seeds() {
        assert_eq!(Input::decode(&seed.bytes).encode(), seed.bytes, "{}", seed.name);
    }
    for data in [&b""[..], b"g", b"ga1@", b"ga1@\x01\x02\x03", b"\xff\xff\xff\xff\xff", b"qa2Pa\0b", b"qa2P\0\0\0"] {
        let input = Input { kind: Kind::Query, ..Input::decode(data) };
        assert_eq!(Input::decode(&input.encode()), input, "{data:?}");
    }
}

#[test]
fn seeds_hold_and_show_both_answers() {
    let (target, mut refused) = (target(), 0);
    for seed in seeds() {
        let report = target.run(&seed.bytes);
        assert_eq!(report.violation, None, "{}", seed.name);
        assert!(report.steps > 1 && report.checks > 0, "{}", seed.name);
        refused += usize::from(report.errors > 0);
    }
    assert!(refused > 15 && refused < seeds().len() / 2 + 10, "{refused} of {}", seeds().len());
}

#[test]
fn a_depth_that_is_no_depth_is_no_excuse() {
    let overflow = Value::Error(b"Parser stack overflow. Try moving nested parentheses more to the left".to_vec());
    let deep = |text: &[u8]| {
        let input = Input::query(0, 1, text);
        let mut report = |_: &str| {};
        let case = Case {
            subject: Box::new(Embedded::new()),
            work: None,
            input: &input,
            note: &mut report,
            asked: input.explain(),
            report: RunReport::default(),
        };
        case.is_too_deep(&overflow)
    };
    assert!(deep(&b"(".repeat(120)));
    assert!(!deep(b"((hello))"));
}

#[test]
fn the_dictionary_is_the_tokens() {
    let committed = std::fs::read_to_string(dictionary_file()).unwrap_or_default();
    assert!(committed == dictionary(), "run the ignored test `regenerate_dictionary`");
}

#[test]
#[ignore = "writes dictionaries/query_parser.dict"]
fn regenerate_dictionary() {
    std::fs::write(dictionary_file(), dictionary()).expect("the dictionary can be written");
}
