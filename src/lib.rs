//! respfuzz: coverage-guided fuzzing and deterministic simulation for Redis-compatible databases.
#![forbid(unsafe_code)]

pub mod bank;
pub mod campaign;
mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod command;
mod digest;
#[cfg(feature = "driver")]
pub mod driver;
pub mod duration;
pub mod fault;
#[cfg(feature = "cli")]
pub mod known;
pub mod ledger;
#[cfg(all(unix, feature = "cli"))]
pub mod load;
pub mod model;
pub mod oracle;
pub mod panics;
pub mod property;
pub mod query;
mod recall;
#[cfg(feature = "cli")]
pub mod report;
pub mod resp;
pub mod run;
pub mod scenario;
pub mod serve;
pub mod shrink;
pub mod sim;
mod skip;
#[cfg(feature = "cli")]
pub mod spec;
pub mod subject;
pub mod target;
#[cfg(all(unix, feature = "serve"))]
pub mod transcript;
#[cfg(feature = "driver")]
pub mod worker;

pub use check::check;
use scenario::text;
use subject::Subject;

/// Runs a text scenario on an empty subject and panics with what breaks: the body of a regression test.
///
/// # Panics
///
/// If the text is not a scenario, if nothing was compared, or if anything diverges.
pub fn assert_scenario(subject: &mut dyn Subject, options: &run::Options, scenario: &str) {
    let scenario = match text::parse(scenario) {
        Ok(scenario) => scenario,
        Err(error) => panic!("not a scenario: {error}"),
    };
    let report = run::run(&scenario, subject, options);
    if let Some(violation) = &report.violation {
        panic!("{violation}");
    }
    assert!(report.checks > 0, "nothing was compared");
}
#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
