//! 64 KiB of hostile bytes to every target: the toolkit does not panic, and ends within its budget.
//!
//! The bounds are counts, so that the test says the same on any machine; time and memory follow from them.

use respfuzz::resp::Bytes;
use respfuzz::run::Options;
use respfuzz::scenario::{Config, Scenario, Step, encode};
use respfuzz::subject::ClientId;
use respfuzz::target::{Input, Setup, Target};
use respfuzz_harness::registry;

use super::support::{committed, tell};

const SIZE: usize = 64 << 10;

/// Raw bytes without any thought.
fn blunt() -> Vec<(&'static str, Vec<u8>)> {
    let repeated = |pattern: &[u8]| pattern.iter().copied().cycle().take(SIZE).collect::<Vec<u8>>();
    // Like a generator's seed, but of no codec: an affine walk over all byte values.
    let noise = (0..SIZE as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    vec![
        ("zeros", vec![0; SIZE]),
        ("ones", vec![0xff; SIZE]),
        ("noise", noise),
        ("nested arrays", repeated(b"*1\r\n")),
        ("huge lengths", repeated(b"*2147483647\r\n$536870912\r\n")),
        ("huge array at the end", [vec![b'*'; SIZE - 16], b"9999999999999\r\n".to_vec()].concat()),
        ("line without an end", repeated(b"x")),
        ("open quotes", repeated(b"\"\\x")),
        ("line ends", repeated(b"\r\n")),
        ("empty bulks", repeated(b"$0\r\n\r\n")),
        ("maps of maps", repeated(b"%1\r\n+a\r\n")),
        ("streamed strings", repeated(b"$?\r\n;4\r\nabcd\r\n")),
    ]
}

/// One kind of record over and over, with every tag: `kind` is the record's first byte.
fn one_lane(kind: u8) -> Vec<u8> {
    let mut data = vec![1, 3, 7, 100, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];
    for i in 0u32.. {
        let mut record = [0; 24];
        record[0] = kind;
        for (at, byte) in record.iter_mut().enumerate().skip(1) {
            *byte = (i.wrapping_mul(2_654_435_761).rotate_left(at as u32) >> 7) as u8;
        }
        if data.len() + record.len() > SIZE {
            return data;
        }
        data.extend(record);
    }
    data
}

/// Commands said again and again, as literal records.
fn literal(commands: &[&[&[u8]]], checkpoint_every: u8) -> Vec<u8> {
    let steps = commands.iter().cycle().take(1024).enumerate().map(|(i, argv)| Step::Command {
        client: ClientId(i as u64 % 4),
        argv: argv.iter().map(|arg| arg.to_vec()).collect::<Vec<Bytes>>(),
    });
    let config = Config { clients: 4, checkpoint_every, ..Config::default() };
    let mut data = encode(&Scenario { config, steps: steps.collect() });
    data.truncate(SIZE);
    data
}

/// What a scenario target might choke on.
fn pointed() -> Vec<(String, Vec<u8>)> {
    let mut inputs: Vec<(String, Vec<u8>)> =
        (0..=u8::MAX).step_by(2).map(|kind| (format!("records of kind {kind}"), one_lane(kind))).collect();
    let keys: Vec<Bytes> = (0..1000).map(|i| format!("k{i}").into_bytes()).collect();
    let setrange: Vec<[&[u8]; 4]> = keys.iter().map(|key| [b"SETRANGE".as_slice(), key, b"1048575", b"x"]).collect();
    let setrange: Vec<&[&[u8]]> = setrange.iter().map(|argv| argv.as_slice()).collect();
    inputs.push(("SETRANGE at the largest offset, many keys".into(), literal(&setrange, 0)));
    inputs.push(("the same, compared each time".into(), literal(&setrange, 1)));
    let member = vec![b'm'; 4096];
    let wide: Vec<&[u8]> = [b"RPUSH".as_slice(), b"l0"].into_iter().chain((0..12).map(|_| member.as_slice())).collect();
    let push: [&[&[u8]]; 2] = [&wide, &[b"LRANGE", b"l0", b"0", b"-1"]];
    inputs.push(("pushes, and the whole list each time".into(), literal(&push, 1)));
    let double: [&[&[u8]]; 4] = [
        &[b"SETRANGE", b"s0", b"1048575", b"x"],
        &[b"RPUSH", b"l0", b"a"],
        &[b"APPEND", b"s1", b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"],
        &[b"MGET", b"s0", b"s0", b"s0", b"s0", b"s0", b"s0", b"s0", b"s0", b"s0", b"s0", b"s0", b"s0"],
    ];
    inputs.push(("one megabyte many times in a reply".into(), literal(&double, 0)));
    let copies: [&[&[u8]]; 3] = [
        &[b"SETRANGE", b"s0", b"1048575", b"x"],
        &[b"COPY", b"s0", b"s1", b"DB", b"1", b"REPLACE"],
        &[b"SWAPDB", b"0", b"1"],
    ];
    inputs.push(("copies over databases".into(), literal(&copies, 1)));
    let random: [&[&[u8]]; 3] = [
        &[b"HSET", b"h0", b"f", b"0123456789012345678901234567890123456789012345678901234567890123456789"],
        &[b"HRANDFIELD", b"h0", b"-10000", b"WITHVALUES"],
        &[b"HRANDFIELD", b"h0", b"-9223372036854775807"],
    ];
    inputs.push(("random fields with repetition".into(), literal(&random, 0)));
    let globs: [&[&[u8]]; 2] = [
        &[b"SET", b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", b"v"],
        &[b"KEYS", b"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"],
    ];
    inputs.push(("patterns of many stars".into(), literal(&globs, 0)));
    inputs
}

fn assert_bounded(target: &dyn Target, name: &str, data: &[u8]) {
    let started = now();
    let report = target.run(data);
    if let Some(violation) = &report.violation {
        panic!("{}: {name}\n{violation}", target.name());
    }
    if target.input() == Input::Scenario {
        let budget = Options::default();
        // Beyond the commands of the scenario, each of which may be compared, only what one checkpoint reads.
        assert!(report.steps <= 2 * budget.commands_max, "{name}: {} steps", report.steps);
    }
    if std::env::args().any(|arg| arg == "--nocapture") {
        tell(&format!(
            "{:6.3} s {:9} steps {:5} {}: {name}",
            started.elapsed().as_secs_f64(),
            report.steps,
            report.out_of_budget,
            target.name()
        ));
    }
}

#[allow(clippy::disallowed_methods, reason = "told on request, never judged")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[test]
fn blunt_bytes_end_within_the_budget() {
    for target in registry(&Setup::default()).expect("the registry makes its targets") {
        for (name, data) in blunt() {
            assert_bounded(target.as_ref(), name, &data);
        }
    }
}

#[test]
fn pointed_scenarios_end_within_the_budget() {
    for target in registry(&Setup::default()).expect("the registry makes its targets") {
        for (name, data) in pointed() {
            assert!(data.len() <= SIZE, "{name}: {} bytes", data.len());
            assert_bounded(target.as_ref(), &name, &data);
        }
    }
}

/// A committed input many times over: what a driver's splicing makes in the end.
#[test]
fn a_corpus_in_one_input_ends_within_the_budget() {
    for target in registry(&Setup::default()).expect("the registry makes its targets") {
        let mut data: Vec<u8> = committed(target.name()).into_iter().flat_map(|(_, bytes)| bytes).collect();
        data.truncate(SIZE);
        assert_bounded(target.as_ref(), "the corpus in one", &data);
    }
}
