//! `--known`: what is no news.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{CliError, TargetArgs, Verdict};
use crate::bank;
use crate::known::{Known, Place};
use crate::oracle::Violation;

/// Where the ledger of a project is.
const FILE: &str = "known.toml";

#[derive(Args, Clone, Debug, Default)]
pub(super) struct KnownArgs {
    /// Divergences that are no news (docs/known.md); known.toml otherwise, if it is here
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// The day by which known divergences expire, as YYYY-MM-DD; today otherwise
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    today: Option<String>,
}

impl KnownArgs {
    pub(super) fn load(&self) -> Result<Known, CliError> {
        let path = match &self.known {
            Some(path) => path,
            None if Path::new(FILE).is_file() => Path::new(FILE),
            None => return Ok(Known::default()),
        };
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))?;
        let day = self.today.clone().unwrap_or_else(today);
        Known::parse(&path.display().to_string(), &text, &day).map_err(|error| CliError::Usage(error.to_string()))
    }
}

impl Known {
    /// Whether what a target showed is no news; if so, it is counted.
    pub(super) fn has(&mut self, violation: &Violation, target: &TargetArgs) -> bool {
        let subject = target.subject_name();
        let subject = violation.dispute.as_ref().and_then(|dispute| dispute.dissenter()).unwrap_or(&subject);
        self.takes(&violation.fingerprint, &Place { target: &target.target, subject }, 1)
    }

    /// Prints what became of the ledger, for commands that write no report. A fault in it fails what would hold.
    pub(super) fn conclude(&self, steps: u64, verdict: Verdict) -> Verdict {
        print!("{}", self.text(steps));
        if self.faults(steps).is_empty() { verdict } else { Verdict::Diverged }
    }
}

pub(super) fn parse_date(text: &str) -> Result<String, String> {
    if bank::is_date(text) { Ok(text.to_owned()) } else { Err("a day as YYYY-MM-DD".into()) }
}

/// The day by the clock of whoever types a command: what is added is dated by it, and what is known expires by it. No
/// run sees it.
pub(super) fn today() -> String {
    let days = crate::serve::now_ms() / 86_400_000;
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of so many days after 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut left) = (1970, days);
    while left >= 365 + u64::from(leap(year)) {
        left -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, date) in [
            (0, (1970, 1, 1)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (20_778, (2026, 11, 21)),
            (364, (1970, 12, 31)),
        ] {
            assert_eq!(civil(days), date);
        }
    }
}
