//! A shrunk scenario as what people use: a redis-cli script and a Rust test.

use crate::oracle::Violation;
use crate::scenario::text::{self, quote_argv};
use crate::scenario::{Config, Scenario, Step};

/// [`script`], and in comments what was expected and observed.
pub fn redis_cli_script(scenario: &Scenario, violation: &Violation) -> String {
    let mut out = script(scenario, violation);
    for (label, text) in [("expected", &violation.expected), ("observed", &violation.observed)] {
        for (i, line) in text.lines().enumerate() {
            out.push_str(&format!("# {:9} {line}\n", if i == 0 { format!("{label}:") } else { String::new() }));
        }
    }
    out
}

/// Lines to paste into redis-cli; connections and the clock are told in comments.
pub fn script(scenario: &Scenario, violation: &Violation) -> String {
    let clients = scenario.steps.iter().filter_map(|step| match step {
        Step::Command { client, .. } => Some(*client),
        _ => None,
    });
    let mut clients: Vec<_> = clients.collect();
    clients.sort();
    clients.dedup();
    let several = clients.len() > 1;
    let mut out = String::new();
    let needs_world = scenario.steps.iter().any(|step| matches!(step, Step::Restart(_) | Step::Fault(_)));
    if needs_world && scenario.config != Config::default() {
        out.push_str(&format!("# {}", text::print_config(&scenario.config)));
    }
    let mut last = None;
    for (i, step) in scenario.steps.iter().enumerate() {
        match step {
            Step::Command { client, argv } => {
                if several && last != Some(*client) {
                    out.push_str(&format!("# connection {client}\n"));
                }
                last = Some(*client);
                let written = quote_argv(argv);
                if violation.as_sent.contains_key(&i) {
                    // Another run of the server may give other cursors.
                    out.push_str(&format!("# {written}\n"));
                }
                out.push_str(violation.as_sent.get(&i).unwrap_or(&written));
                out.push('\n');
            }
            Step::Advance { ms } => out.push_str(&format!("# wait {ms} ms\n")),
            Step::Disconnect { client } => out.push_str(&format!("# close connection {client}\n")),
            Step::Restart(_) | Step::Fault(_) => out.push_str(&format!("# {}\n", text::print_step(step))),
            Step::Checkpoint => {}
        }
    }
    if violation.step >= scenario.steps.len() && !violation.command.is_empty() {
        out.push_str(&format!("# and then, to see it:\n{}\n", violation.command));
    }
    out
}

/// A ready test for the suite of whoever wrote the engine.
pub fn rust_test(scenario: &Scenario, violation: &Violation) -> String {
    let name: String = violation
        .fingerprint
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    let body = text::print(scenario).lines().map(|line| format!("        {line}\n")).collect::<String>();
    format!(
        "#[test]\nfn {name}() {{\n    use respfuzz::subject::embedded;\n    // Make your own subject here.\n    \
         let mut subject = embedded::Embedded::new();\n    respfuzz::assert_scenario(\n        &mut subject,\n        \
         &embedded::options(),\n        r##\"\n{body}\"##,\n    );\n}}\n"
    )
}
