//! The model against a real server. `respfuzz oracle` does the same over millions of commands.

use respfuzz::command::Family;
use respfuzz::oracle::{Coverage, Violation};
use respfuzz::run::{Event, Options, run_traced};
use respfuzz::scenario::{decode, generate};
use respfuzz::subject::{ClientId, RedisServer, embedded};

use super::redis::{server, server_with};
use super::support::tell;

/// How many commands must agree.
const COMMANDS: u64 = 200_000;

/// Records of each scenario.
const RECORDS: usize = 50;

/// Runs one seed on the emptied server.
fn ask(redis: &mut RedisServer, seed: u64, coverage: &mut Coverage) -> Option<Violation> {
    redis.reset().expect("the server can be emptied");
    let options = Options { pipeline: 16, ..embedded::options() };
    let report = run_traced(&decode(&generate(seed, RECORDS, None)), redis, &options, &mut |event| match event {
        Event::Sent(client, argv) if client != ClientId::OBSERVER => coverage.sent(argv),
        Event::Reply(client, value) if client != ClientId::OBSERVER => coverage.replied(value),
        _ => {}
    });
    report.violation
}

#[test]
fn two_hundred_thousand_commands_of_all_families_agree() {
    let Some(mut redis) = server("the model against redis-server") else { return };
    let mut coverage = Coverage::default();
    let mut seeds = 60_000_000..;
    while coverage.total() < COMMANDS {
        let seed = seeds.next().unwrap_or_default();
        let violation = ask(&mut redis, seed, &mut coverage);
        assert!(violation.is_none(), "respfuzz oracle --seeds {seed}..{}\n{}", seed + 1, violation.unwrap());
    }
    let untried: Vec<Family> =
        coverage.families().into_iter().filter(|(_, count)| *count < 1000).map(|(family, _)| family).collect();
    assert!(untried.is_empty(), "hardly tried: {untried:?}");
    tell(&format!("the model agrees with redis-server {} on {} commands", redis.version(), coverage.total()));
}

#[test]
fn a_server_that_differs_is_told_from_the_model() {
    let Some(mut redis) = server_with("an oracle that turns red", &[("--databases", 3)]) else { return };
    let mut found = (61_000_000..61_000_400).filter_map(|seed| ask(&mut redis, seed, &mut Coverage::default()));
    let of_databases = |violation: &Violation| violation.observed.contains("DB index is out of range");
    assert!(found.any(|violation| of_databases(&violation)), "no scenario reaches the fourth database");
}
