//! As the XML that CI systems read.

use super::{Outcome, Report, Status};

impl Report {
    /// One test suite with a test case for each result.
    pub fn junit(&self) -> String {
        let totals = &self.totals;
        let counts = format!(
            "tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{}\"",
            self.results.len(),
            totals.failed,
            totals.skipped,
            seconds(self.millis)
        );
        let cases: String = self.results.iter().map(case).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite name=\"{}\" {counts}>\n{cases}  </testsuite>\n</testsuites>\n",
            escaped(&self.command)
        )
    }
}

fn case(outcome: &Outcome) -> String {
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        outcome.kind,
        escaped(&outcome.name),
        seconds(outcome.millis)
    );
    match (&outcome.failure, outcome.status) {
        (Some(failure), _) => format!(
            "{head}>\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
            failure.oracle,
            escaped(&failure.fingerprint),
            escaped(&failure.text())
        ),
        (None, Status::Passed) => format!("{head}/>\n"),
        (None, Status::Failed) => {
            format!("{head}>\n      <failure message=\"{}\"/>\n    </testcase>\n", escaped(&outcome.note))
        }
        (None, Status::Skipped) => {
            format!("{head}>\n      <skipped message=\"{}\"/>\n    </testcase>\n", escaped(&outcome.note))
        }
    }
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// Text for XML 1.0, which has no control characters but tab and line ends.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                out.push_str(&c.escape_default().to_string())
            }
            c => out.push(c),
        }
    }
    out
}
