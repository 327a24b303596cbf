//! The whole committed corpus and all regressions, through every target, on stable.

use respfuzz::scenario::{encode, text};
use respfuzz::target::{Input, Setup, run_checked};
use respfuzz_harness::registry;

use super::support::{committed, scenarios, tell};

/// The regressions as bytes.
fn regressions() -> Vec<(String, Vec<u8>)> {
    let parsed = scenarios().into_iter().map(|(name, source)| {
        let scenario = text::parse(&source).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, encode(&scenario))
    });
    parsed.collect()
}

#[test]
fn every_target_replays_its_corpus_and_all_regressions() {
    for target in registry(&Setup::default()).expect("the registry makes its targets") {
        let mut inputs = committed(target.name());
        assert!(!inputs.is_empty(), "corpus/{} is empty: nothing would be replayed", target.name());
        let own = inputs.len();
        if target.input() == Input::Bytes && target.name() != "query_parser" {
            inputs.extend(committed("resp_parser")); // What one decoder stumbled over is for all of them.
        }
        let shared = inputs.len() - own;
        let regressions = regressions();
        let count = regressions.len();
        inputs.extend(regressions);
        let (mut steps, mut checks) = (0, 0);
        for (name, data) in &inputs {
            let report = run_checked(target.as_ref(), data, true);
            if let Some(violation) = report.violation {
                panic!("{}: {name}\n{violation}", target.name());
            }
            steps += report.steps;
            checks += report.checks;
        }
        assert!(steps > 0 && checks > 0, "{}: nothing was executed", target.name());
        let shared =
            if shared == 0 || target.name() == "resp_parser" { String::new() } else { format!(", {shared} shared") };
        tell(&format!(
            "replayed {}: {own} inputs{shared}, {count} regressions; {steps} steps, {checks} checks",
            target.name()
        ));
    }
}
