//! `regressions/*.scenario`: what went wrong once, or surprises in the server, as text.
//!
//! A line `#= REPLY` tells what the step before it brought, as redis-cli prints it, line by line: read by people, and
//! held against the engine and, where there is one, a real server. What has no such line says what to expect:
//! `respfuzz::bank` reads both.

use respfuzz::bank::{self, Expected, Outcome};
use respfuzz::run::{Event, run_traced};
use respfuzz::scenario::text;
use respfuzz::subject::embedded::{self, Embedded};
use respfuzz::subject::{ClientId, Subject};
use respfuzz::target::run_checked;

use super::redis::server;
use super::support::{repository, scenarios, target, tell};

/// The steps of a scenario and what its comments say that each brings.
fn told(text: &str) -> Vec<(String, Vec<String>)> {
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines().skip(1) {
        match line.strip_prefix("#= ") {
            Some(reply) => steps.last_mut().expect("a step comes before its reply").1.push(reply.trim_end().to_owned()),
            None if line.starts_with('#') || line.starts_with("config") || line.trim().is_empty() => {}
            None if text::note(line).is_some() => {}
            None => steps.push((line.to_owned(), Vec::new())),
        }
    }
    steps
}

/// Runs a scenario; the replies of each step, line by line.
fn replies(name: &str, source: &str, subject: &mut dyn Subject) -> Vec<Vec<String>> {
    let scenario = text::parse(source).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut replies = vec![Vec::new(); scenario.steps.len()];
    let mut step = 0;
    let report = run_traced(&scenario, subject, &embedded::options(), &mut |event| match event {
        Event::Step(i, _) => step = i,
        Event::Reply(client, value) if client != ClientId::OBSERVER => {
            replies[step].extend(value.to_string().lines().map(|line| line.trim_end().to_owned()));
        }
        _ => {}
    });
    if let Some(violation) = report.violation {
        panic!("{name}\n{violation}");
    }
    assert!(report.checks > 0, "{name}: nothing was compared");
    replies
}

fn assert_shows(name: &str, source: &str, subject: &mut dyn Subject) {
    for ((step, expected), observed) in told(source).into_iter().zip(replies(name, source, subject)) {
        assert!(
            expected.is_empty() || expected == observed,
            "{name}: {step}\nexpected {expected:?}\nobserved {observed:?}"
        );
    }
}

/// The scenarios that tell their replies.
fn telling() -> Vec<(String, String)> {
    let telling: Vec<_> = scenarios().into_iter().filter(|(_, source)| source.contains("\n#= ")).collect();
    assert!(!telling.is_empty(), "no scenario in regressions/ tells a reply");
    telling
}

#[test]
fn each_says_what_it_shows_and_what_to_expect() {
    for (name, source) in scenarios() {
        let entry = bank::parse(&name, "scenario", &source).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!entry.description.is_empty(), "{name} does not say what it shows");
        assert!(source.contains("\n#= ") || source.contains("\nexpect = "), "{name}: no reply is told, no outcome");
    }
}

#[test]
fn the_whole_bank_does_as_it_expects() {
    let entries = bank::read(&repository("regressions")).unwrap_or_else(|error| panic!("{error}"));
    for entry in &entries {
        let target = target(&entry.target, None);
        let report = run_checked(target.as_ref(), &entry.data(target.as_ref()), true);
        match entry.outcome(report) {
            Outcome::AsExpected => {}
            Outcome::Flip(known) => panic!("{}: {known} is gone, write `expect = pass`", entry.name),
            Outcome::Broken(violation) => panic!("{}: {violation}", entry.name),
            Outcome::Nothing => panic!("{}: nothing was executed or compared", entry.name),
        }
    }
    let known = entries.iter().filter(|entry| entry.expected != Expected::Pass).count();
    tell(&format!("{} entries of the bank, {known} known bugs", entries.len()));
}

#[test]
fn the_engine_and_the_model_show_it() {
    for (name, source) in telling() {
        assert_shows(&name, &source, &mut Embedded::new());
    }
}

#[test]
fn the_real_server_shows_it() {
    let Some(mut redis) = server("regressions") else { return };
    for (name, source) in telling() {
        redis.reset().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_shows(&name, &source, &mut redis);
    }
    tell(&format!("{} regressions on redis-server {}", telling().len(), redis.version()));
}
