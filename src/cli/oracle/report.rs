//! What an oracle run has to say, as data and in three forms.

use serde::Serialize;

use crate::report::{Failure, Paint};

/// The whole report.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// The server that the model was held against.
    pub(super) server: String,
    /// The second server, with `--against`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) against: Option<String>,
    /// The first seed, and the one after the last.
    pub(super) seeds: [u64; 2],
    /// Records of each scenario.
    pub(super) ops: u16,
    /// Commands sent to the (first) server.
    pub(super) commands: u64,
    /// Replies compared.
    pub(super) comparisons: u64,
    /// How often the states of two servers were compared with one another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) states: Option<u64>,
    /// Over all commands, clock moves and replies.
    pub(super) hash: String,
    /// How many replies were errors, in percent.
    pub(super) error_percent: f64,
    pub(super) families: Vec<FamilyRow>,
    pub(super) divergences: Vec<Divergence>,
    /// How many commands, options and error texts there are.
    pub(super) kinds: [usize; 3],
    /// Those that occurred less often than asked, and how often.
    pub(super) rare: Vec<(String, u64)>,
    /// Error texts that the model does not list.
    pub(super) unlisted_errors: Vec<(String, u64)>,
    /// What became of the ledger of known divergences, in lines.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) known: String,
    /// What is wrong with that ledger.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ledger_faults: Vec<String>,
    /// Why the run ended before its last seed: a server that died, sent garbage or went silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) broken: Option<String>,
}

/// One command family.
#[derive(Debug, Serialize)]
pub(super) struct FamilyRow {
    pub(super) family: &'static str,
    pub(super) commands: u64,
    /// Commands whose reply differed.
    pub(super) divergent: u64,
    /// What agreed, in percent; none where nothing was sent.
    pub(super) compatible_percent: Option<f64>,
}

/// One distinct divergence.
#[derive(Debug, Serialize)]
pub(super) struct Divergence {
    /// In how many seeds it showed.
    pub(super) count: u64,
    /// Whose answer differs from the model's, where two servers were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of: Option<String>,
    /// What the other server answered, where two were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) other: Option<String>,
    /// How long it took until it was shrunk.
    #[serde(skip)]
    pub(super) millis: u64,
    /// What broke: the first of the seeds, the shrunk script, both answers, how to see it again.
    #[serde(flatten)]
    pub(super) failure: Failure,
}

impl Report {
    /// As JSON, one document.
    pub(super) fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// As lines for people.
    pub(super) fn text(&self, paint: Paint) -> String {
        let mut out = String::new();
        for d in &self.divergences {
            out += &format!("\n{}  {} of the seeds show it\n", d.failure.block("oracle", d.millis, paint), d.count);
            out += &d.other.as_ref().map_or(String::new(), |other| format!("  the other server: {other}\n"));
        }
        out += "\ncommands by family, and how many percent of them agreed:\n";
        for row in &self.families {
            out += &format!("  {:14} {:9}  {}\n", row.family, row.commands, percent(row.compatible_percent));
        }
        out += &format!("error replies: {:.1} %\n", self.error_percent);
        let [commands, options, errors] = self.kinds;
        out += &format!(
            "of {commands} commands, {options} options and {errors} error texts, {} occurred too rarely:\n",
            self.rare.len()
        );
        self.rare.iter().for_each(|(what, count)| out += &format!("  {count:3}  {what}\n"));
        for (text, count) in &self.unlisted_errors {
            out += &format!("  error text that the model does not list, {count} times: {text}\n");
        }
        out + &format!("\n{}{}", self.known, self.summary())
    }

    /// As a Markdown document.
    pub(super) fn markdown(&self) -> String {
        let mut out = format!("# {} against the model\n\n{}\n\n", self.server, self.summary());
        out += "| family | commands | compatible |\n|---|---:|---:|\n";
        for row in &self.families {
            out += &format!("| {} | {} | {} |\n", row.family, row.commands, percent(row.compatible_percent));
        }
        for d in &self.divergences {
            let Failure { fingerprint, script, observed, expected, replay, .. } = &d.failure;
            let (seed, who) = (d.failure.seed.unwrap_or_default(), d.of.as_ref().unwrap_or(&self.server));
            out += &format!("\n## `{fingerprint}`\n\n{} of the seeds, first {seed}.\n\n", d.count);
            out += &format!("```\n{}\n```\n\n", script.join("\n"));
            out += &format!("| | answer |\n|---|---|\n| {who} | {} |\n", cell(observed));
            out += &d.other.as_ref().map_or(String::new(), |other| format!("| the other server | {} |\n", cell(other)));
            out += &format!("| model | {} |\n\nReplay: `{replay}`\n", cell(expected));
        }
        out
    }

    /// The last line.
    fn summary(&self) -> String {
        let states = self.states.map_or(String::new(), |states| format!("{states} states compared, "));
        format!(
            "{} commands from {} seeds, {} comparisons, {states}{} distinct divergences, hash {}",
            self.commands,
            self.seeds[1] - self.seeds[0],
            self.comparisons,
            self.divergences.len(),
            self.hash
        )
    }
}

fn percent(value: Option<f64>) -> String {
    value.map_or("nothing was sent".into(), |p| format!("{p:.3} %"))
}

fn cell(answer: &str) -> String {
    format!("`{}`", answer.replace('\n', " ").replace('|', "\\|"))
}
