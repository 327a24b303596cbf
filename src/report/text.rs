//! For people at a terminal.

use super::{Failure, Outcome, Report, Status};
use crate::oracle::Oracle;

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint(pub bool);

impl Paint {
    fn status(self, status: Status) -> String {
        let colour = match status {
            Status::Passed => "32",
            Status::Failed => "31;1",
            Status::Skipped => "33",
        };
        if self.0 { format!("\x1b[{colour}m{}\x1b[0m", status.word()) } else { status.word().to_owned() }
    }
}

/// How wide one of two columns is.
const COLUMN: usize = 44;

/// Two texts next to each other, under these headings.
pub fn side_by_side([left, right]: [(&str, &str); 2]) -> String {
    let lines = |(heading, text): (&str, &str)| -> Vec<String> {
        std::iter::once(heading.to_owned()).chain(text.lines().flat_map(wrapped)).collect()
    };
    let (left, right) = (lines(left), lines(right));
    let at = |column: &[String], i: usize| column.get(i).cloned().unwrap_or_default();
    (0..left.len().max(right.len()))
        .map(|i| format!("{:COLUMN$}  {}", at(&left, i), at(&right, i)).trim_end().to_owned() + "\n")
        .collect()
}

/// A line in pieces that fit a column.
fn wrapped(line: &str) -> Vec<String> {
    let chars: Vec<char> = line.chars().collect();
    if chars.is_empty() {
        vec![String::new()]
    } else {
        chars.chunks(COLUMN).map(|piece| piece.iter().collect()).collect()
    }
}

impl Outcome {
    /// A line; for a failure, all that a person wants to see.
    pub fn text(&self, paint: Paint) -> String {
        let (word, Outcome { name, millis, .. }) = (paint.status(self.status), self);
        match &self.failure {
            Some(_) => self.failures().map(|failure| failure.block(name, *millis, paint)).collect(),
            None if self.status == Status::Passed => {
                let note = if self.note.is_empty() { String::new() } else { format!("; {}", self.note) };
                let Outcome { runs, steps, checks, .. } = self;
                format!("{word} {name} ({millis}ms): {runs} runs, {steps} steps, {checks} checks{note}\n")
            }
            None => format!("{word} {name}: {}\n", self.note),
        }
    }
}

impl Failure {
    /// What every command prints of a failure: which seed of what and how long it took, the oracle, who disagrees with
    /// whom, the script, what was expected and observed, how to see it again.
    pub fn block(&self, name: &str, millis: u64, paint: Paint) -> String {
        let seed = self.seed.map_or(String::new(), |seed| format!(" [seed={seed}]"));
        let word = paint.status(Status::Failed);
        format!("{word}{seed} {name} ({millis}ms)\n  {}\n{}", self.fingerprint, self.text())
    }

    /// [`block`](Self::block) without its head.
    pub fn text(&self) -> String {
        let mut out = format!("  {}: {}\n", self.oracle, self.violated);
        out += &self.dispute.as_ref().map_or(String::new(), |dispute| format!("  {dispute}\n"));
        out += &format!("  {}:\n\n", self.kind_of_script());
        self.script.iter().for_each(|line| out += &format!("    {line}\n"));
        out.push('\n');
        let columns = side_by_side([("expected:", &self.expected), ("observed:", &self.observed)]);
        columns.lines().for_each(|line| out += &format!("    {line}\n"));
        out + &format!("\n  replay: {}\n", self.replay)
    }

    fn kind_of_script(&self) -> String {
        let unit = if self.is_of_bytes() { "bytes" } else { "steps" };
        match (self.tried, self.size) {
            (0, _) if self.oracle == Oracle::Order.name() => "the last commands about this key".to_owned(),
            (0, 0) => "not shrunk, as it did not show again".to_owned(),
            (0, size) => format!("as it stands, {size} {unit}; for redis-cli"),
            (tried, size) => format!("shrunk to {size} {unit} ({tried} candidates tried); for redis-cli"),
        }
    }
}

impl Report {
    /// The last line.
    pub fn summary(&self) -> String {
        let totals = &self.totals;
        format!(
            "{} passed, {} failed, {} skipped: {} runs, {} steps, {} checks in {:.1} s",
            totals.passed,
            totals.failed,
            totals.skipped,
            totals.runs,
            totals.steps,
            totals.checks,
            self.millis as f64 / 1000.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_wrapped_in_their_column() {
        let long = "x".repeat(COLUMN + 1);
        let columns = side_by_side([("expected:", &long), ("observed:", "(nil)\n(nil)")]);
        let lines: Vec<&str> = columns.lines().collect();
        assert_eq!(lines[0].find("observed:"), Some(COLUMN + 2));
        assert_eq!(lines[2].trim_end(), format!("{:COLUMN$}  (nil)", "x"));
    }
}
