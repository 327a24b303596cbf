//! `regressions/*.scenario`: what went wrong once, or surprises in the server, as text.
//!
//! A line `#= REPLY` tells what the step before it brought, as redis-cli prints it, line by line: read by people, and
//! held against the engine and, where there is one, a real server.

use respfuzz::run::{Event, run_traced};
use respfuzz::scenario::text;
use respfuzz::subject::embedded::{self, Embedded};
use respfuzz::subject::{ClientId, Subject};

use super::redis::server;
use super::support::{files, tell};

/// The steps of a scenario and what its comments say that each brings.
fn told(text: &str) -> Vec<(String, Vec<String>)> {
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines().skip(1) {
        match line.strip_prefix("#= ") {
            Some(reply) => steps.last_mut().expect("a step comes before its reply").1.push(reply.trim_end().to_owned()),
            None if line.starts_with('#') || line.starts_with("config") || line.trim().is_empty() => {}
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

fn scenarios() -> Vec<(String, String)> {
    let scenarios: Vec<_> = files("regressions")
        .into_iter()
        .map(|(name, bytes)| (name, String::from_utf8(bytes).expect("a scenario is text")))
        .collect();
    assert!(!scenarios.is_empty(), "regressions/ is empty");
    scenarios
}

#[test]
fn each_says_what_it_shows() {
    for (name, source) in scenarios() {
        assert!(name.ends_with(".scenario"), "{name}");
        assert!(
            source.lines().nth(1).is_some_and(|line| line.starts_with("# ")),
            "{name}: the second line says what it shows"
        );
        assert!(source.contains("\n#= "), "{name}: no reply is told");
    }
}

#[test]
fn the_engine_and_the_model_show_it() {
    for (name, source) in scenarios() {
        assert_shows(&name, &source, &mut Embedded::new());
    }
}

#[test]
fn the_real_server_shows_it() {
    let Some(mut redis) = server("regressions") else { return };
    for (name, source) in scenarios() {
        redis.reset().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_shows(&name, &source, &mut redis);
    }
    tell(&format!("{} regressions on redis-server {}", scenarios().len(), redis.version()));
}
