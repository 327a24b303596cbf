//! Records about FT.*: indexes of a few shapes over a few documents, and queries that may find something.
//!
//! Words, tags, numbers and places are few, so that what is written and what is asked meet.

mod data;
mod query;

use super::Step;
use super::draw::Draw;
use crate::resp::Bytes;
use crate::subject::ClientId;
use query::write_sum;
pub use query::{Vocabulary, write_expression, write_query};

/// The steps of one record.
///
/// Architecture invariant: frozen per codec version, as the command table is.
pub(super) fn expand(tag: u8, client: ClientId, draw: &mut Draw, steps: &mut Vec<Step>) {
    match tag {
        0..=39 => say(steps, client, document(draw)),
        40..=49 => (0..3 + draw.below(4)).for_each(|_| say(steps, client, document(draw))),
        50..=79 => say(steps, client, touch(draw)),
        80..=91 => {
            say(steps, client, create(draw));
            (0..2 + draw.below(5)).for_each(|_| say(steps, client, document(draw)));
        }
        92..=99 => say(steps, client, create(draw)),
        100..=107 => say(steps, client, alter(draw)),
        108..=191 => say(steps, client, search(draw)),
        192..=199 => expire(client, draw, steps),
        200..=211 => say(steps, client, explain(draw)),
        212..=219 => say(steps, client, look(draw)),
        220..=249 => say(steps, client, aggregate(draw)),
        _ => say(steps, client, calculate(draw)),
    }
}

fn say(steps: &mut Vec<Step>, client: ClientId, argv: Vec<Bytes>) {
    steps.push(Step::Command { client, argv });
}

fn words(line: &str) -> Vec<Bytes> {
    line.split(' ').map(Bytes::from).collect()
}

/// Mostly a key that indexes are about.
fn key(draw: &mut Draw) -> Bytes {
    match draw.below(16) {
        0..=11 => format!("d:{}", draw.below(8)).into_bytes(),
        12..=14 => format!("e:{}", draw.below(3)).into_bytes(),
        _ => b"h0".to_vec(),
    }
}

/// Mostly the first of two indexes.
fn index(draw: &mut Draw) -> Bytes {
    draw.pick(&["i0", "i0", "i0", "i1"]).into()
}

fn document(draw: &mut Draw) -> Vec<Bytes> {
    let mut argv = vec![b"HSET".to_vec(), key(draw)];
    for _ in 0..1 + draw.below(4) {
        let field = draw.pick(&data::FIELDS);
        argv.extend([field.into(), data::value(field, draw)]);
    }
    argv
}

/// What becomes of documents otherwise.
fn touch(draw: &mut Draw) -> Vec<Bytes> {
    let key = key(draw);
    let field: Bytes = draw.pick(&data::FIELDS).into();
    let verb = |name: &str, rest: &[&[u8]]| {
        let rest = rest.iter().map(|arg| arg.to_vec());
        [name.into(), key.clone()].into_iter().chain(rest).collect::<Vec<_>>()
    };
    match draw.below(16) {
        0..=2 => verb("DEL", &[]),
        3 => verb("UNLINK", &[]),
        4..=5 => verb("HDEL", &[&field]),
        6..=8 => verb("RENAME", &[&self::key(draw)]),
        9 => verb("COPY", &[&self::key(draw), b"REPLACE"]),
        10 => verb("HINCRBYFLOAT", &[b"num", draw.pick(&["1", "-2.5", "0.1"]).as_bytes()]),
        11 => verb("HINCRBY", &[b"num", draw.pick(&["1", "-1", "10"]).as_bytes()]),
        12 => verb("SET", &[b"red"]),
        13 => verb("PEXPIRE", &[draw.pick(&["1", "10", "100", "-1"]).as_bytes()]),
        14 => verb("MOVE", &[b"1"]),
        _ => match draw.below(6) {
            0 => words("FLUSHALL"),
            1 => words("SWAPDB 0 1"),
            2 => words("FLUSHDB"),
            _ => verb("PERSIST", &[]),
        },
    }
}

/// A document whose time runs out.
fn expire(client: ClientId, draw: &mut Draw, steps: &mut Vec<Step>) {
    let written = document(draw);
    let argv = vec![b"PEXPIRE".to_vec(), written[1].clone(), b"10".to_vec()];
    say(steps, client, written);
    say(steps, client, argv);
    steps.push(Step::Advance { ms: draw.pick(&[1, 9, 10, 11, 11, 100]) });
}

fn create(draw: &mut Draw) -> Vec<Bytes> {
    let mut argv = vec![b"FT.CREATE".to_vec(), index(draw)];
    argv.extend(words(draw.pick(&data::SHAPES)));
    argv
}

fn alter(draw: &mut Draw) -> Vec<Bytes> {
    let index = index(draw);
    match draw.below(4) {
        0 => vec![b"FT.DROPINDEX".to_vec(), index],
        1 => vec![b"FT.DROPINDEX".to_vec(), index, b"DD".to_vec()],
        _ => {
            let mut argv = vec![b"FT.ALTER".to_vec(), index];
            argv.extend(words("SCHEMA ADD"));
            argv.extend(words(draw.pick(&data::ADDED)));
            argv
        }
    }
}

/// A dialect: 2 is what most ask for.
fn dialect(draw: &mut Draw) -> u8 {
    draw.pick(&[2, 2, 2, 1, 1, 3])
}

fn query(draw: &mut Draw, dialect: u8) -> Bytes {
    write_query(&data::VOCABULARY, dialect, &mut |n| draw.below(n))
}

fn search(draw: &mut Draw) -> Vec<Bytes> {
    let dialect = dialect(draw);
    let index = index(draw);
    let mut argv = vec![b"FT.SEARCH".to_vec(), index];
    if draw.below(8) == 0 {
        // How far words are apart shows best where there are two of them.
        argv.push([draw.pick(&data::WORDS), draw.pick(&data::WORDS)].join(" ").into_bytes());
        argv.extend(words(draw.pick(&["SLOP 0", "SLOP 1", "SLOP 1", "SLOP 2"])));
    } else {
        argv.push(query(draw, dialect));
    }
    for _ in 0..draw.below(4) {
        option(draw, &mut argv);
    }
    // The everyday question is which documents, all of them.
    if draw.below(2) == 0 {
        argv.push(b"NOCONTENT".to_vec());
    }
    argv.extend([b"DIALECT".to_vec(), dialect.to_string().into_bytes()]);
    argv
}

fn option(draw: &mut Draw, argv: &mut Vec<Bytes>) {
    let field = |draw: &mut Draw| Bytes::from(draw.pick(&data::FIELDS));
    match draw.below(12) {
        0 => argv.extend(words("VERBATIM")),
        1 => argv.extend(words("NOSTOPWORDS")),
        2 => argv.extend(words("INORDER")),
        3 => argv.extend(words(draw.pick(&["SLOP 0", "SLOP 1", "SLOP 2", "SLOP 100"]))),
        4 => argv.extend([b"INKEYS".to_vec(), b"2".to_vec(), key(draw), key(draw)]),
        5 => argv.extend([b"INFIELDS".to_vec(), b"1".to_vec(), field(draw)]),
        6 => argv.extend([b"RETURN".to_vec(), b"1".to_vec(), field(draw)]),
        7 => argv.extend(words(draw.pick(&["WITHSCORES SCORER TFIDF", "WITHSCORES SCORER BM25", "WITHSCORES"]))),
        8 | 9 => {
            argv.extend([b"SORTBY".to_vec(), field(draw), draw.pick(&["ASC", "DESC"]).into()]);
        }
        _ => argv.extend(words(draw.pick(&data::LIMITS))),
    }
}

fn explain(draw: &mut Draw) -> Vec<Bytes> {
    let dialect = dialect(draw);
    let mut argv = vec![b"FT.EXPLAIN".to_vec(), index(draw), query(draw, dialect)];
    if draw.below(4) == 0 {
        argv.extend(words(draw.pick(&["VERBATIM", "NOSTOPWORDS", "INORDER", "SLOP 1"])));
    }
    argv.extend([b"DIALECT".to_vec(), dialect.to_string().into_bytes()]);
    argv
}

fn look(draw: &mut Draw) -> Vec<Bytes> {
    match draw.below(4) {
        0 => words("FT._LIST"),
        1 => vec![b"FT.INFO".to_vec(), index(draw)],
        _ => vec![b"FT.TAGVALS".to_vec(), index(draw), draw.pick(&["cat", "cat", "cat", "title", "none"]).into()],
    }
}

fn aggregate(draw: &mut Draw) -> Vec<Bytes> {
    let dialect = dialect(draw);
    let asked = if draw.below(2) == 0 { b"*".to_vec() } else { query(draw, dialect) };
    let mut argv = vec![b"FT.AGGREGATE".to_vec(), index(draw), asked];
    argv.extend(words(draw.pick(&["LOAD 3 @title @num @cat", "LOAD 3 @title @num @cat", "LOAD *", "LOAD 1 @__key"])));
    for _ in 0..1 + draw.below(3) {
        let is_sorted = argv.iter().any(|word| word == b"SORTBY");
        match draw.below(4) {
            0 => argv.extend(words(draw.pick(&data::GROUPS))),
            1 if !is_sorted => {
                argv.extend(words(draw.pick(&["SORTBY 2 @num DESC", "SORTBY 1 @title", "SORTBY 2 @cat ASC MAX 2"])))
            }
            1 => argv.extend(words(draw.pick(&["LIMIT 0 2", "LIMIT 1 4294967296", "LIMIT 0 4294967297"]))),
            2 if draw.below(4) == 0 => argv.extend(words(draw.pick(&["FILTER exists(@num)", "FILTER !exists(@cat)"]))),
            2 => argv.extend([b"FILTER".to_vec(), write_expression(&data::VOCABULARY, &mut |n| draw.below(n))]),
            _ => {
                let expression = write_expression(&data::VOCABULARY, &mut |n| draw.below(n));
                argv.extend([b"APPLY".to_vec(), expression, b"AS".to_vec(), b"v".to_vec()]);
            }
        }
    }
    argv.extend([b"DIALECT".to_vec(), dialect.to_string().into_bytes()]);
    argv
}

/// Numbers alone, in an expression that has a value: what other expressions compute seldom comes to that.
fn calculate(draw: &mut Draw) -> Vec<Bytes> {
    let mut argv = vec![b"FT.AGGREGATE".to_vec(), index(draw), b"*".to_vec()];
    argv.extend(words(draw.pick(&["LOAD 1 @num", "LOAD *", "LOAD 1 @__key"])));
    argv.extend([b"APPLY".to_vec(), write_sum(&mut |n| draw.below(n)), b"AS".to_vec(), b"v".to_vec()]);
    argv
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{Offer, RECORD_BYTES, decode, generate_of};
    use crate::query::Schema;

    #[test]
    fn generated_scenarios_create_write_and_ask() {
        let offer = Offer { search: true, ..Offer::COMMANDS };
        let mut names = BTreeSet::new();
        for seed in 0..50 {
            let data = generate_of(seed, 40, None, &offer);
            assert_eq!(data.len() % RECORD_BYTES, 16);
            for argv in decode(&data).steps.iter().filter_map(|step| step.argv()) {
                names.insert(argv[0].clone());
                if argv[0] == b"FT.CREATE" {
                    assert!(Schema::from_create(argv).is_some_and(|schema| !schema.fields.is_empty()), "{argv:?}");
                }
            }
        }
        for name in
            ["FT.CREATE", "FT.ALTER", "FT.DROPINDEX", "FT.SEARCH", "FT.EXPLAIN", "FT.AGGREGATE", "FT.INFO", "HSET"]
        {
            assert!(names.contains(name.as_bytes()), "{name}");
        }
    }
}
