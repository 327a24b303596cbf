//! What is told while a command runs, and the report at its end.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

use super::{CliError, Verdict, write_file};
use crate::campaign::Campaign;
use crate::command::Sent;
use crate::report::{self, Hunt, Outcome, Paint, Report, Timeline};

#[derive(Args, Clone, Debug, Default)]
pub(super) struct ReportArgs {
    /// Write a report, too: JSON is described by docs/report.schema.json, HTML is one page that needs nothing else
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Where the report goes; standard output otherwise, and what is told meanwhile goes to standard error
    #[arg(long, value_name = "FILE", requires = "format")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Json,
    Markdown,
    Html,
    Junit,
}

/// A report that is told as it grows.
pub(super) struct Console {
    args: ReportArgs,
    report: Report,
    begun: Instant,
    is_error: bool,
    paint: Paint,
    bar: ProgressBar,
}

impl Console {
    pub(super) fn new(args: &ReportArgs) -> Self {
        let is_error = args.format.is_some() && args.output.is_none();
        let is_terminal = if is_error { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() };
        // https://no-color.org: set, and not empty.
        let colour = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Console {
            args: args.clone(),
            report: Report::new(typed()),
            begun: now(),
            is_error,
            paint: Paint(colour),
            bar: ProgressBar::hidden(),
        }
    }

    /// A bar of that length; nothing where there is no terminal.
    pub(super) fn progress(&mut self, name: &str, length: u64) -> ProgressBar {
        self.bar = ProgressBar::new(length).with_message(name.to_owned());
        self.bar.clone()
    }

    /// Takes a result in and tells it.
    pub(super) fn take(&mut self, outcome: Outcome) -> Result<(), CliError> {
        self.bar.finish_and_clear();
        self.tell(&outcome.text(self.paint))?;
        self.record(outcome);
        Ok(())
    }

    /// Takes a result in that was told already.
    pub(super) fn record(&mut self, outcome: Outcome) {
        self.report.push(outcome);
    }

    /// Takes in what clients sent and what became of the faults.
    pub(super) fn count(&mut self, campaign: &Campaign) {
        self.report.count(campaign);
    }

    /// Takes in a hunt, and what was sent in it.
    pub(super) fn hunt(&mut self, hunt: Hunt, sent: &Sent) {
        self.report.hunt = Some(hunt);
        self.report.count_sent(sent);
    }

    /// The first failing run gets a timeline, if anybody will read it: it is run once more for that.
    pub(super) fn timeline(&mut self, make: impl FnOnce() -> Option<Timeline>) {
        if self.args.format.is_some() && self.report.timeline.is_none() {
            self.report.timeline = make();
        }
    }

    /// Tells a text that is no result.
    pub(super) fn tell(&self, text: &str) -> Result<(), CliError> {
        let written = if self.is_error {
            std::io::stderr().write_all(text.as_bytes())
        } else {
            std::io::stdout().write_all(text.as_bytes())
        };
        written.map_err(|error| CliError::CannotRun(format!("cannot tell what was found: {error}")))
    }

    /// The one result of a campaign on one target, the report, the verdict.
    pub(super) fn close(
        mut self,
        mut outcome: Outcome,
        campaign: &Campaign,
        says_nothing: Option<&str>,
    ) -> Result<Verdict, CliError> {
        outcome.count(campaign);
        outcome.judge(says_nothing);
        outcome.millis = millis_since(self.begun);
        self.count(campaign);
        self.record(outcome);
        self.deliver()
    }

    /// The summary, the report, the verdict.
    pub(super) fn conclude(mut self) -> Result<Verdict, CliError> {
        self.report.millis = millis_since(self.begun);
        self.tell(&format!("{}\n", self.report.summary()))?;
        self.deliver()
    }

    /// The report, the verdict.
    pub(super) fn deliver(mut self) -> Result<Verdict, CliError> {
        self.report.millis = millis_since(self.begun);
        if let Some(format) = self.args.format {
            let text = match format {
                Format::Json => self.report.json(),
                Format::Markdown => self.report.markdown(),
                Format::Html => self.report.html(),
                Format::Junit => self.report.junit(),
            };
            match &self.args.output {
                Some(path) => write_file(path, text.as_bytes())?,
                None => std::io::stdout()
                    .write_all(text.as_bytes())
                    .map_err(|error| CliError::CannotRun(format!("standard output: {error}")))?,
            }
        }
        match self.report.verdict {
            report::Verdict::Passed => Ok(Verdict::Held),
            report::Verdict::Failed => Ok(Verdict::Diverged),
            report::Verdict::Nothing => Err(CliError::CannotRun(match &self.report.results[..] {
                [only] if only.note.contains("says nothing") => only.note.clone(),
                _ => "nothing was checked: this run says nothing".into(),
            })),
        }
    }
}

/// The command as it was typed.
fn typed() -> String {
    let args: Vec<String> = std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    format!("respfuzz {}", super::subject::shell_line(&args))
}

/// For how long things took, on which no verdict depends.
#[allow(clippy::disallowed_methods)]
pub(super) fn now() -> Instant {
    Instant::now()
}

pub(super) fn millis_since(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}
