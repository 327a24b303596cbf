//! As the XML that CI systems read.

use super::escape::escaped;
use super::{Failure, Outcome, Report, Status};

impl Report {
    /// One test suite with a test case for each result. What else there is to tell are its properties and its output.
    pub fn junit(&self) -> String {
        let totals = &self.totals;
        let counts = format!(
            "tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{}\"",
            self.results.len(),
            totals.failed,
            totals.skipped,
            seconds(self.millis)
        );
        let name = escaped(&self.command);
        let cases: String = self.results.iter().map(case).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite name=\"{name}\" {counts}>\n{}{cases}{}  </testsuite>\n</testsuites>\n",
            self.properties(),
            self.system_out(),
        )
    }

    /// The sections that are numbers.
    fn properties(&self) -> String {
        let mut properties: Vec<(String, u64)> = Vec::new();
        if let Some((hunt, last)) = self.hunt.as_ref().and_then(|hunt| Some((hunt, hunt.samples.last()?))) {
            let numbers = [last.executions, hunt.edges_before, last.edges, hunt.counters, last.corpus];
            let names = ["executions", "edges_before", "edges", "counters", "corpus"];
            properties.extend(names.iter().zip(numbers).map(|(name, number)| (format!("hunt.{name}"), number)));
        }
        properties.extend(self.commands.iter().map(|row| (format!("sent.{}", row.name), row.sent)));
        for row in &self.faults {
            let counts = [("scheduled", row.scheduled), ("delivered", row.delivered), ("changed", row.changed)];
            properties.extend(counts.map(|(what, count)| (format!("fault.{}.{what}", row.fault), count)));
        }
        if properties.is_empty() {
            return String::new();
        }
        let line = |(name, value)| format!("      <property name=\"{name}\" value=\"{value}\"/>\n");
        format!("    <properties>\n{}    </properties>\n", properties.into_iter().map(line).collect::<String>())
    }

    /// The failing run.
    fn system_out(&self) -> String {
        let Some(timeline) = &self.timeline else { return String::new() };
        let line = |moment: &super::Moment| format!("{:4} {:8} {}\n", moment.step, moment.lane, moment.text);
        let lines: String = timeline.moments.iter().map(line).collect();
        format!("    <system-out>{}\n{}</system-out>\n", escaped(&timeline.fingerprint), escaped(&lines))
    }
}

fn case(outcome: &Outcome) -> String {
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        outcome.kind,
        escaped(&outcome.name),
        seconds(outcome.millis)
    );
    let failures: String = outcome.failures().map(failure).collect();
    match outcome.status {
        _ if !failures.is_empty() => format!("{head}>\n{failures}    </testcase>\n"),
        Status::Passed => format!("{head}/>\n"),
        Status::Failed => {
            format!("{head}>\n      <failure message=\"{}\"/>\n    </testcase>\n", escaped(&outcome.note))
        }
        Status::Skipped => {
            format!("{head}>\n      <skipped message=\"{}\"/>\n    </testcase>\n", escaped(&outcome.note))
        }
    }
}

fn failure(failure: &Failure) -> String {
    format!(
        "      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
        failure.oracle,
        escaped(&failure.fingerprint),
        escaped(&failure.text())
    )
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}
