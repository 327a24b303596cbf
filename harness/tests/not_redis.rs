//! `docs/trophies.md` is true: each script shows what the page says, on the engine and on a real server.
use bolero as _;

use respfuzz::run::{Event, Options, run_traced};
use respfuzz::scenario::{Scenario, text};
use respfuzz::subject::{Called, ClientId, RedisServer, ServerOptions, Subject, have_redis_server};
use respfuzz::target::RunReport;
use respfuzz_harness::engines::not_redis::NotRedis;

/// One entry of the page.
struct Trophy {
    title: String,
    script: Scenario,
    /// What the server answers to the last command, and what the engine does, as one line each.
    answers: [String; 2],
}

fn trophies() -> Vec<Trophy> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/trophies.md")).expect("the page");
    page.split("\n### ").skip(1).map(trophy).collect()
}

fn trophy(entry: &str) -> Trophy {
    let title = entry.lines().next().unwrap_or_default().to_owned();
    let script = entry.split("```redis\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a script");
    let steps: String = script.lines().map(|line| format!("c0> {line}\n")).collect();
    let script =
        text::parse(&format!("respfuzz scenario 1\n{steps}")).unwrap_or_else(|error| panic!("{title}: {error}"));
    let row = entry.lines().rev().find(|line| line.starts_with("| `")).expect("a row of answers");
    let cells: Vec<_> =
        row.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
    let answers = cells.try_into().unwrap_or_else(|cells| panic!("{title}: {cells:?}"));
    Trophy { title, script, answers }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The report, and the last reply of the workload.
fn run(script: &Scenario, subject: &mut dyn Subject) -> (RunReport, String) {
    let mut last = String::new();
    let report = run_traced(script, subject, &Options::default(), &mut |event| {
        if let Event::Reply(client, value) = event
            && client != ClientId::OBSERVER
        {
            last = one_line(&value.to_string());
        }
    });
    (report, last)
}

#[test]
fn the_engine_does_what_the_page_says() {
    let trophies = trophies();
    assert!(trophies.len() >= 10);
    for Trophy { title, script, answers: [server, engine] } in trophies {
        if engine == "hangs" {
            continue; // Nothing in this process would come back.
        }
        let (report, _) = run(&script, &mut Called::new(NotRedis::default()));
        let violation = report.violation.unwrap_or_else(|| panic!("{title}: does not show any more"));
        assert_eq!(one_line(&violation.observed), engine, "{title}");
        // A panic has no reply that could be expected.
        assert!(one_line(&violation.expected) == server || engine.starts_with("panic"), "{title}\n{violation}");
    }
}

#[test]
fn redis_server_does_what_the_page_says() {
    if have_redis_server().is_none() {
        eprintln!("SKIPPED the trophies on redis-server: it is not installed");
        return;
    }
    let mut redis = RedisServer::start(ServerOptions::default()).expect("redis-server starts");
    for Trophy { title, script, answers: [server, _] } in trophies() {
        redis.reset().expect("the server can be emptied");
        let (report, last) = run(&script, &mut redis);
        assert!(report.violation.is_none(), "{title}: the model is not the server\n{:?}", report.violation);
        assert_eq!(last, server, "{title}");
    }
}
