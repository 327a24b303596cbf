//! What is told while a command runs, and the report at its end.

use std::ffi::OsStr;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

#[cfg(unix)]
use super::load::{Bench, LoadArgs, Told};
use super::{CliError, Verdict, write_file};
use crate::campaign::Campaign;
use crate::command::Sent;
use crate::known::Known;
use crate::report::{self, Failure, Hunt, Outcome, Paint, Report, Timeline};

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
    /// What is no news.
    pub(super) known: Known,
}

impl Console {
    pub(super) fn new(args: &ReportArgs, known: Known) -> Self {
        let is_error = args.format.is_some() && args.output.is_none();
        let is_terminal = if is_error { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() };
        Console {
            args: args.clone(),
            report: Report::new(typed()),
            begun: now(),
            is_error,
            paint: paint(is_terminal),
            bar: ProgressBar::hidden(),
            known,
        }
    }

    /// A [`bar`] until the next result.
    pub(super) fn progress(&mut self, name: &str, length: u64) -> ProgressBar {
        self.bar = bar(name, length);
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

    /// Runs a load and takes in what comes of it.
    #[cfg(unix)]
    pub(super) fn load(
        &mut self,
        name: &'static str,
        args: &LoadArgs,
        bench: Bench,
        duration: Duration,
    ) -> Result<(), CliError> {
        let bar = self.progress(name, millis(duration));
        let told = bench.run(name, args, duration, &mut |progress, _| bar.set_position(millis(progress.elapsed)))?;
        self.take_load(told)
    }

    /// Takes in what came of a load.
    #[cfg(unix)]
    pub(super) fn take_load(&mut self, mut told: Told) -> Result<(), CliError> {
        told.excuse(&mut self.known);
        self.take(told.outcome)?;
        self.tell(&told.figures.text())?;
        self.report.load = Some(told.figures);
        Ok(())
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

    /// Tells what broke.
    pub(super) fn fail(&self, failure: &Failure, name: &str, millis: u64) -> Result<(), CliError> {
        self.tell(&format!("\n{}\n", failure.block(name, millis, self.paint).trim_end()))
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

    /// What was known, the summary, the report, the verdict.
    pub(super) fn conclude(mut self) -> Result<Verdict, CliError> {
        self.settle()?;
        self.tell(&format!("{}\n", self.report.summary()))?;
        self.write()
    }

    /// What was known, the report, the verdict: for a command with a summary of its own.
    pub(super) fn deliver(mut self) -> Result<Verdict, CliError> {
        self.settle()?;
        self.write()
    }

    fn settle(&mut self) -> Result<(), CliError> {
        self.report.millis = millis_since(self.begun);
        self.report.take_known(&self.known);
        self.tell(&self.known.text(self.report.totals.steps))
    }

    fn write(self) -> Result<Verdict, CliError> {
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

/// How far something is, on standard error: nothing where that is no terminal, so that only lines are left.
pub(super) fn bar(name: &str, length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
    let bar = ProgressBar::new(length).with_message(name.to_owned());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Colours, where somebody sees them and has not said otherwise.
pub(super) fn paint(is_terminal: bool) -> Paint {
    Paint(has_colour(is_terminal, std::env::var_os("NO_COLOR").as_deref()))
}

/// Colours are for terminals, and not where `NO_COLOR` is set to something (<https://no-color.org>).
fn has_colour(is_terminal: bool, no_color: Option<&OsStr>) -> bool {
    is_terminal && no_color.is_none_or(OsStr::is_empty)
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
    millis(begun.elapsed())
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        assert!(has_colour(true, None) && has_colour(true, Some("".as_ref())));
        assert!(!has_colour(true, Some("1".as_ref())) && !has_colour(false, None));
    }
}
