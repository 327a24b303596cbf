//! What is told while a command runs, and the report at its end.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

use super::{CliError, Verdict, write_file};
use crate::known::Known;
use crate::report::{self, Outcome, Paint, Report};

#[derive(Args, Clone, Debug, Default)]
pub(super) struct ReportArgs {
    /// Write a report, too; JSON is described by docs/report.schema.json
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

    /// A bar of that length; nothing where there is no terminal.
    pub(super) fn progress(&mut self, name: &str, length: u64) -> ProgressBar {
        self.bar = ProgressBar::new(length).with_message(name.to_owned());
        self.bar.clone()
    }

    /// Takes a result in and tells it.
    pub(super) fn take(&mut self, outcome: Outcome) -> Result<(), CliError> {
        self.bar.finish_and_clear();
        self.tell(&outcome.text(self.paint))?;
        self.report.push(outcome);
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

    /// The summary, the report, the verdict.
    pub(super) fn conclude(mut self) -> Result<Verdict, CliError> {
        self.report.millis = millis_since(self.begun);
        self.report.take_known(&self.known);
        self.tell(&self.known.text(self.report.totals.steps))?;
        self.tell(&format!("{}\n", self.report.summary()))?;
        if let Some(format) = self.args.format {
            let text = match format {
                Format::Json => self.report.json(),
                Format::Markdown => self.report.markdown(),
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
            report::Verdict::Nothing => Err(CliError::CannotRun("nothing was checked: this run says nothing".into())),
        }
    }
}

/// Colours, where somebody sees them and has not said otherwise.
pub(super) fn paint(is_terminal: bool) -> Paint {
    // https://no-color.org: set, and not empty.
    Paint(is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
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
