//! As a Markdown document.

use super::{Outcome, Report};

impl Report {
    /// A table of all results, then each failure.
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n{}\n\n", self.command, self.summary());
        out += "| kind | name | result | category | severity | runs | steps | checks | ms | note |\n";
        out += "|---|---|---|---|---|---:|---:|---:|---:|---|\n";
        self.results.iter().for_each(|outcome| out += &row(outcome));
        for outcome in &self.results {
            let Some(failure) = &outcome.failure else { continue };
            out += &format!("\n## {}\n\n`{}`: {}.\n\n", outcome.name, failure.fingerprint, failure.violated);
            out += &format!("```\n{}\n```\n\n", failure.script.join("\n"));
            out += &format!(
                "| expected | observed |\n|---|---|\n| {} | {} |\n\n",
                code(&failure.expected),
                code(&failure.observed)
            );
            out += &format!("Replay: `{}`\n", failure.replay);
        }
        #[cfg(unix)]
        self.load.iter().for_each(|load| out += &load.markdown());
        out
    }
}

fn row(outcome: &Outcome) -> String {
    let Outcome { kind, name, category, severity, runs, steps, checks, millis, note, .. } = outcome;
    let status = outcome.status.word();
    let note = note.replace('|', "\\|");
    format!(
        "| {kind} | {name} | {status} | {category} | {severity} | {runs} | {steps} | {checks} | {millis} | {note} |\n"
    )
}

fn code(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("`{}`", line.replace('|', "\\|"))).collect();
    lines.join("<br>")
}
