//! As a Markdown document.

use super::{CommandRow, Failure, FaultRow, Hunt, Outcome, Report, Timeline};

impl Report {
    /// A table of all results, then each failure, then the sections.
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n{}\n\n", self.command, self.summary());
        out += "| kind | name | result | category | severity | runs | steps | checks | ms | note |\n";
        out += "|---|---|---|---|---|---:|---:|---:|---:|---|\n";
        self.results.iter().for_each(|outcome| out += &row(outcome));
        for outcome in &self.results {
            outcome.failures().for_each(|found| out += &failure(&outcome.name, found));
        }
        let sections = [
            self.timeline.as_ref().map(timeline),
            self.hunt.as_ref().map(hunt),
            (!self.commands.is_empty()).then(|| commands(&self.commands)),
            (!self.faults.is_empty()).then(|| faults(&self.faults)),
        ];
        sections.into_iter().flatten().for_each(|section| out += &section);
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

fn failure(name: &str, failure: &Failure) -> String {
    let Failure { fingerprint, violated, script, expected, observed, replay, .. } = failure;
    let (expected, observed) = (code(expected), code(observed));
    let script = fenced(&script.join("\n"));
    format!(
        "\n## {name}\n\n`{fingerprint}`: {violated}.\n\n{script}\n| expected | observed |\n|---|---|\n| {expected} | {observed} |\n\nReplay: `{replay}`\n"
    )
}

fn timeline(timeline: &Timeline) -> String {
    let lines: Vec<String> = timeline
        .moments
        .iter()
        .map(|moment| format!("{:4}  {:8}  {}", moment.step, moment.lane, moment.text.replace('\n', " ")))
        .collect();
    format!("\n## One failing run: `{}`\n\n{}", timeline.fingerprint, fenced(&lines.join("\n")))
}

fn hunt(hunt: &Hunt) -> String {
    let Some(last) = hunt.samples.last() else { return String::new() };
    format!(
        "\n## Hunt\n\n| executions | edges before | edges | of | corpus | ms |\n|---:|---:|---:|---:|---:|---:|\n| {} | {} | {} | {} | {} | {} |\n",
        last.executions, hunt.edges_before, last.edges, hunt.counters, last.corpus, last.millis
    )
}

fn commands(rows: &[CommandRow]) -> String {
    let mut out = "\n## Commands sent\n\n| family | sent | commands | never |\n|---|---:|---:|---|\n".to_owned();
    for family in rows.chunk_by(|a, b| a.family == b.family) {
        let sent: u64 = family.iter().map(|row| row.sent).sum();
        let never: Vec<_> = family.iter().filter(|row| row.sent == 0).map(|row| row.name).collect();
        out += &format!("| {} | {sent} | {} | {} |\n", family[0].family, family.len(), never.join(", "));
    }
    out
}

fn faults(rows: &[FaultRow]) -> String {
    let mut out = "\n## Faults\n\n| fault | opportunities | scheduled | delivered | changed the outcome |\n".to_owned();
    out += "|---|---:|---:|---:|---:|\n";
    for row in rows {
        let FaultRow { fault, opportunities, scheduled, delivered, compared, changed, .. } = row;
        out += &format!("| {fault} | {opportunities} | {scheduled} | {delivered} | {changed} of {compared} runs |\n");
    }
    out
}

/// A block of code, whatever its lines are.
fn fenced(text: &str) -> String {
    let ticks = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(ticks + 1));
    format!("{fence}\n{text}\n{fence}\n")
}

fn code(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("`{}`", line.replace('|', "\\|"))).collect();
    lines.join("<br>")
}
