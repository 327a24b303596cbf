//! What a command found, as data, and the forms in which it is told.
//!
//! Besides the results there are sections, each only where the command has something to say: a hunt over time, commands,
//! faults, and one failing run step by step.
//!
//! The JSON form is described by `docs/report.schema.json`. What is there keeps its name and meaning while
//! [`SCHEMA`] stays; more may come.

mod escape;
mod html;
mod junit;
#[cfg(unix)]
mod load;
mod markdown;
mod sections;
mod text;
mod timeline;

use serde::Serialize;

#[cfg(unix)]
pub use load::{CommandLatency, HotKey, Load, Memory, sample_line};
pub use sections::{CommandRow, FaultRow, Hunt, Sample};
pub use text::{Paint, side_by_side};
pub use timeline::{Moment, MomentKind, Timeline};

use crate::campaign::Campaign;
use crate::command::Sent;
use crate::known::{Entry, Known};
use crate::oracle::Violation;
use crate::scenario::Scenario;
use crate::shrink::{Shrunk, script};

/// The version of the JSON form.
pub const SCHEMA: u32 = 1;

/// How raw bytes stand in a script.
const BYTES: &str = "# bytes: ";

/// Everything that one command found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The version of respfuzz.
    pub version: &'static str,
    /// The command as it was typed.
    pub command: String,
    /// What it comes to.
    pub verdict: Verdict,
    /// How long it took.
    pub millis: u64,
    /// Sums over the results.
    pub totals: Totals,
    /// One for each thing that was checked.
    pub results: Vec<Outcome>,
    /// One for each entry of the ledger of known divergences; none without a ledger.
    pub known: Vec<KnownRow>,
    /// A hunt over time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hunt: Option<Hunt>,
    /// What clients sent, by command; also what they could have sent and didn't.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<CommandRow>,
    /// What became of the faults.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultRow>,
    /// One failing run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Timeline>,
    /// What [`Report::commands`] is made from.
    #[serde(skip)]
    sent: Sent,
    /// The figures of a load, if there was one.
    #[cfg(unix)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
}

/// An entry of the ledger of known divergences, and how often it showed.
#[derive(Clone, Debug, Serialize)]
pub struct KnownRow {
    /// Which divergence.
    pub fingerprint: String,
    /// `bug`, `by-design` or `unsupported`.
    pub kind: &'static str,
    /// Why it is no news.
    pub reason: String,
    /// Where the entry is in its file.
    pub line: usize,
    /// How often it showed.
    pub matched: u64,
    /// Whether it has expired, and stands for nothing any more.
    pub expired: bool,
}

/// What a report comes to; the command's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All that was checked held: exit code 0.
    Passed,
    /// Something did not: exit code 1.
    Failed,
    /// Nothing was checked: exit code 3.
    Nothing,
}

/// What became of one thing that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It held.
    Passed,
    /// It did not.
    Failed,
    /// It was not checked, and [`Outcome::note`] says why.
    Skipped,
}

impl Status {
    /// As it stands at the beginning of a line.
    pub fn word(self) -> &'static str {
        match self {
            Status::Passed => "PASS",
            Status::Failed => "FAIL",
            Status::Skipped => "SKIP",
        }
    }
}

/// Sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Results that passed.
    pub passed: u64,
    /// Results that failed.
    pub failed: u64,
    /// Results that say nothing.
    pub skipped: u64,
    /// Inputs run.
    pub runs: u64,
    /// Commands sent.
    pub steps: u64,
    /// Comparisons evaluated.
    pub checks: u64,
}

/// One thing that was checked: an invariant, a scenario, a fault, an entry of the bank, a target.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// What kind of thing: `invariant`, `scenario`, `fault`, `regression`, `target` or `load`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What it is about, in one sentence.
    pub description: String,
    /// What it belongs to.
    pub category: String,
    /// How bad it is if it fails.
    pub severity: String,
    /// What became of it.
    pub status: Status,
    /// Inputs run.
    pub runs: u64,
    /// Commands sent.
    pub steps: u64,
    /// Comparisons evaluated.
    pub checks: u64,
    /// A chain over the event hashes of all runs: equal for equal inputs.
    pub hash: String,
    /// How long it took.
    pub millis: u64,
    /// What else there is to say: why it was skipped, what came of its fault.
    pub note: String,
    /// What broke, first of all.
    pub failure: Option<Failure>,
    /// What else broke, each with another fingerprint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Failure>,
}

impl Outcome {
    /// Nothing so far.
    pub fn new(kind: &'static str, name: &str) -> Self {
        Outcome {
            kind,
            name: name.to_owned(),
            description: String::new(),
            category: String::new(),
            severity: String::new(),
            status: Status::Passed,
            runs: 0,
            steps: 0,
            checks: 0,
            hash: String::new(),
            millis: 0,
            note: String::new(),
            failure: None,
            further: Vec::new(),
        }
    }

    /// Everything that broke.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.failure.iter().chain(&self.further)
    }

    /// What a campaign came to.
    pub fn count(&mut self, campaign: &Campaign) {
        self.runs = campaign.runs;
        self.steps = campaign.steps;
        self.checks = campaign.checks;
        self.hash = format!("{:016x}", campaign.hash);
    }

    /// It failed if anything broke; else it says nothing, for this reason, if there is one.
    pub fn judge(&mut self, says_nothing: Option<&str>) {
        match (&self.failure, says_nothing) {
            (Some(_), _) => self.status = Status::Failed,
            (None, Some(reason)) => {
                self.status = Status::Skipped;
                reason.clone_into(&mut self.note);
            }
            (None, None) => {}
        }
    }
}

/// One broken promise, shrunk.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// The seed that shows it, if one does.
    pub seed: Option<u64>,
    /// Which oracle saw it.
    pub oracle: &'static str,
    /// What that oracle stands for.
    pub violated: &'static str,
    /// What makes it this bug and no other.
    pub fingerprint: String,
    /// The lines to paste into redis-cli; connections and the clock are told in comments.
    pub script: Vec<String>,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub observed: String,
    /// Who disagrees with whom, where several subjects were asked the same.
    pub dispute: Option<String>,
    /// The command that shows it again.
    pub replay: String,
    /// Steps (for raw bytes, bytes) that are left.
    pub size: usize,
    /// Candidates that the shrinker tried; 0 if it was not shrunk.
    pub tried: u64,
    /// How many of the runs showed it.
    pub count: u64,
}

impl Failure {
    /// From a shrunk find.
    pub fn of(shrunk: &Shrunk, seed: Option<u64>, replay: String) -> Self {
        let tried = shrunk.tried;
        let failure = Self::of_input(&shrunk.data, shrunk.scenario.as_ref(), &shrunk.violation, replay);
        Failure { seed, tried, ..failure }
    }

    /// From an input as it stands; `scenario` is what it decodes to, if it does.
    pub fn of_input(data: &[u8], scenario: Option<&Scenario>, violation: &Violation, replay: String) -> Self {
        let (size, text) = match scenario {
            Some(scenario) => (scenario.steps.len(), script(scenario, violation)),
            None if violation.as_sent.is_empty() => (data.len(), format!("{BYTES}\"{}\"", data.escape_ascii())),
            None => (violation.as_sent.len(), sent(violation)),
        };
        let script = text.lines().map(str::to_owned).collect();
        Failure { script, size, ..Self::unshrunk(violation, None, replay) }
    }

    /// Whether its script is raw bytes.
    fn is_of_bytes(&self) -> bool {
        self.script.iter().any(|line| line.starts_with(BYTES))
    }

    /// From what could not be shrunk: it didn't show again.
    pub fn unshrunk(violation: &Violation, seed: Option<u64>, replay: String) -> Self {
        let mut script: Vec<String> = sent(violation).lines().map(str::to_owned).collect();
        if script.is_empty() && !violation.command.is_empty() {
            script.push(violation.command.clone());
        }
        Failure {
            seed,
            oracle: violation.oracle.name(),
            violated: violation.oracle.summary(),
            fingerprint: violation.fingerprint.to_string(),
            script,
            expected: violation.expected.clone(),
            observed: violation.observed.clone(),
            dispute: violation.dispute.as_ref().map(ToString::to_string),
            replay,
            size: 0,
            tried: 0,
            count: 1,
        }
    }
}

/// All that was sent, where a violation tells it.
fn sent(violation: &Violation) -> String {
    violation.as_sent.values().map(|line| format!("{line}\n")).collect()
}

impl Report {
    /// An empty report on a command.
    pub fn new(command: String) -> Self {
        Report {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            command,
            verdict: Verdict::Nothing,
            millis: 0,
            totals: Totals::default(),
            results: Vec::new(),
            hunt: None,
            commands: Vec::new(),
            faults: Vec::new(),
            timeline: None,
            sent: Sent::default(),
            #[cfg(unix)]
            load: None,
            known: Vec::new(),
        }
    }

    /// Takes in what clients sent.
    pub fn count_sent(&mut self, sent: &Sent) {
        self.sent.add(sent);
        self.commands = if self.sent.total() == 0 { Vec::new() } else { sections::command_rows(&self.sent) };
    }

    /// Takes in what clients sent in a campaign, and what became of its faults.
    pub fn count(&mut self, campaign: &Campaign) {
        self.count_sent(&campaign.sent);
        sections::add_faults(&mut self.faults, campaign);
    }

    /// Takes a result in.
    pub fn push(&mut self, outcome: Outcome) {
        let totals = &mut self.totals;
        match outcome.status {
            Status::Passed => totals.passed += 1,
            Status::Failed => totals.failed += 1,
            Status::Skipped => totals.skipped += 1,
        }
        totals.runs += outcome.runs;
        totals.steps += outcome.steps;
        totals.checks += outcome.checks;
        self.verdict = match (totals.failed, totals.passed) {
            (0, 0) => Verdict::Nothing,
            (0, _) => Verdict::Passed,
            _ => Verdict::Failed,
        };
        self.results.push(outcome);
    }

    /// Takes the ledger of known divergences in, once all results are: a fault in it fails what would pass.
    pub fn take_known(&mut self, known: &Known) {
        let row = |entry: &Entry| KnownRow {
            fingerprint: entry.note.fingerprint.to_string(),
            kind: entry.note.kind.name(),
            reason: entry.note.reason.clone(),
            line: entry.line,
            matched: entry.matched,
            expired: entry.expired,
        };
        self.known = known.entries().iter().map(row).collect();
        if self.verdict == Verdict::Passed && !known.faults(self.totals.steps).is_empty() {
            self.verdict = Verdict::Failed;
        }
    }

    /// As JSON, described by `docs/report.schema.json`.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}")) + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn failing() -> Report {
        let mut report = Report::new("respfuzz smoke".into());
        report.push(Outcome { runs: 3, checks: 9, ..Outcome::new("invariant", "holds") });
        let failure = Failure {
            seed: Some(7),
            oracle: "reply",
            violated: "a reply differs",
            fingerprint: "reply/GET/bulk/nil".into(),
            script: vec!["SET k \"<a>|b\"".into(), "GET k".into()],
            expected: "\"<a>|b\"".into(),
            observed: "(nil)".into(),
            dispute: None,
            replay: "respfuzz simulate --seeds 7..8".into(),
            size: 2,
            tried: 5,
            count: 1,
        };
        let broken = Outcome::new("scenario", "breaks & tells");
        report.push(Outcome { status: Status::Failed, failure: Some(failure), ..broken });
        report.push(Outcome { status: Status::Skipped, note: "not here".into(), ..Outcome::new("fault", "left out") });
        report
    }

    #[test]
    fn a_verdict_needs_something_that_was_checked() {
        let mut report = Report::new(String::new());
        report.push(Outcome { status: Status::Skipped, ..Outcome::new("fault", "f") });
        assert_eq!(report.verdict, Verdict::Nothing);
        assert_eq!(failing().verdict, Verdict::Failed);
    }

    #[test]
    fn every_form_tells_what_broke_and_escapes_it() {
        let report = failing();
        assert!(report.json().contains("\"fingerprint\": \"reply/GET/bulk/nil\""));
        let markdown = report.markdown();
        assert!(markdown.contains("| scenario | breaks & tells | FAIL |"), "{markdown}");
        assert!(markdown.contains("SET k \"<a>|b\"\nGET k"), "{markdown}");
        let junit = report.junit();
        assert!(junit.contains("tests=\"3\" failures=\"1\" skipped=\"1\""), "{junit}");
        assert!(junit.contains("name=\"breaks &amp; tells\"") && junit.contains("&lt;a&gt;|b"), "{junit}");
        let failed = report.results[1].text(Paint(false));
        assert!(failed.starts_with("FAIL [seed=7] breaks & tells (0ms)\n"), "{failed}");
    }
}
