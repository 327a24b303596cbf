//! Known divergences: a ledger (`known.toml`) of what is no news, why, and for how long.
//!
//! ```toml
//! [[known]]
//! fingerprint = "reply/OBJECT+ENCODING/bulk/bulk"
//! kind = "by-design"                 # bug, by-design or unsupported
//! reason = "lists are never listpacks here"
//! expires = "2027-06-30"             # good through that day; or a version of respfuzz: "0.3.0"
//! subject = "tcp://127.0.0.1:6379"   # only there; anywhere if it isn't said
//! target = "command_handler"         # likewise
//! limit = 50                         # matches in one run; one in a thousand steps if it isn't said
//! ```
//!
//! An entry stands for one fingerprint. The bank says what *one input* must show; this says what *no input* need be
//! reported for. Nothing here reads a clock: who reads a ledger says what day it is.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

use crate::bank::is_date;
use crate::oracle::Fingerprint;

/// One in so many steps may match an entry that has no limit.
const STEPS_PER_MATCH: u64 = 1000;

/// Why something is known, and not mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It will be mended.
    Bug,
    /// It is meant to be so.
    ByDesign,
    /// The subject has no such thing.
    Unsupported,
}

impl Kind {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Bug => "bug",
            Kind::ByDesign => "by-design",
            Kind::Unsupported => "unsupported",
        }
    }
}

/// Until when an entry is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Through this day, YYYY-MM-DD.
    Day(String),
    /// Before this version of respfuzz.
    Version([u64; 3]),
}

impl Expiry {
    /// Whether it is past on that day, in this version.
    fn is_past(&self, today: &str) -> bool {
        match self {
            Expiry::Day(day) => today > day.as_str(),
            Expiry::Version(version) => parse_version(env!("CARGO_PKG_VERSION")).is_some_and(|now| now >= *version),
        }
    }
}

fn parse_version(text: &str) -> Option<[u64; 3]> {
    let numbers: Option<Vec<u64>> = text.split('.').map(|number| number.parse().ok()).collect();
    numbers?.try_into().ok()
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expiry::Day(day) => write!(f, "on {day}"),
            Expiry::Version([major, minor, patch]) => write!(f, "with respfuzz {major}.{minor}.{patch}"),
        }
    }
}

/// One line of text.
fn line<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let is_line = !text.trim().is_empty() && !text.contains(['\n', '\r']);
    if is_line { Ok(text) } else { Err(de::Error::custom("expected one line of text")) }
}

fn fingerprint<'de, D: Deserializer<'de>>(from: D) -> Result<Fingerprint, D::Error> {
    let text = String::deserialize(from)?;
    Fingerprint::parse(&text).ok_or_else(|| de::Error::custom(format!("`{}` is no fingerprint", text.escape_default())))
}

fn expiry<'de, D: Deserializer<'de>>(from: D) -> Result<Expiry, D::Error> {
    let text = String::deserialize(from)?;
    match parse_version(&text) {
        Some(version) => Ok(Expiry::Version(version)),
        None if is_date(&text) => Ok(Expiry::Day(text)),
        None => Err(de::Error::custom(format!("`{}` is neither YYYY-MM-DD nor a version", text.escape_default()))),
    }
}

fn limit<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let number = u64::deserialize(from)?;
    if number > 0 { Ok(Some(number)) } else { Err(de::Error::custom("expected a number above 0")) }
}

/// What is written about one fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Which divergence.
    #[serde(deserialize_with = "fingerprint")]
    pub fingerprint: Fingerprint,
    /// What sort of thing it is.
    pub kind: Kind,
    /// Why it is no news, in one line.
    #[serde(deserialize_with = "line")]
    pub reason: String,
    /// Until when.
    #[serde(deserialize_with = "expiry")]
    pub expires: Expiry,
    /// Only on this subject.
    #[serde(default)]
    pub subject: Option<String>,
    /// Only on this target.
    #[serde(default)]
    pub target: Option<String>,
    /// How many matches one run may have.
    #[serde(default, deserialize_with = "limit")]
    pub limit: Option<u64>,
}

impl Note {
    fn fits(&self, place: &Place) -> bool {
        let fits = |wanted: &Option<String>, here: &str| wanted.as_ref().is_none_or(|wanted| wanted == here);
        fits(&self.target, place.target) && fits(&self.subject, place.subject)
    }

    fn allowed(&self, steps: u64) -> u64 {
        self.limit.unwrap_or((steps / STEPS_PER_MATCH).max(1))
    }
}

/// An entry of the ledger, and what became of it in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it begins, counted from 1.
    pub line: usize,
    /// What it says.
    pub note: Note,
    /// Whether it is past its expiry: then it says nothing any more.
    pub expired: bool,
    /// What it matched in this run.
    pub matched: u64,
}

/// Where a divergence showed.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The target.
    pub target: &'a str,
    /// The subject: `embedded`, or as `--subject` has it.
    pub subject: &'a str,
}

/// The ledger of one run: what is known, and how often it has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    file: String,
    entries: Vec<Entry>,
}

/// Why a text is no ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason} at line {line} column {column}")]
pub struct KnownError {
    file: String,
    reason: String,
    line: usize,
    column: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<Spanned<Note>>,
}

impl Known {
    /// Reads a ledger on that day; `file` is what it is called.
    pub fn parse(file: &str, text: &str, today: &str) -> Result<Known, KnownError> {
        let fail = |at: usize, reason: &str| {
            let (line, column) = position(text, at);
            KnownError { file: file.to_owned(), reason: reason.replace('\n', " ").trim().to_owned(), line, column }
        };
        let notes: File =
            toml::from_str(text).map_err(|error| fail(error.span().map_or(0, |span| span.start), error.message()))?;
        let mut known = Known { file: file.to_owned(), entries: Vec::new() };
        for note in notes.known {
            let at = note.span().start;
            let note = note.into_inner();
            let is_same = |entry: &&Entry| {
                let other = &entry.note;
                (&other.fingerprint, &other.subject, &other.target) == (&note.fingerprint, &note.subject, &note.target)
            };
            if let Some(entry) = known.entries.iter().find(is_same) {
                return Err(fail(at, &format!("`{}` is there already, in line {}", note.fingerprint, entry.line)));
            }
            let expired = note.expires.is_past(today);
            known.entries.push(Entry { line: position(text, at).0, note, expired, matched: 0 });
        }
        Ok(known)
    }

    /// Whether a divergence is known there; if so, it is counted so many times.
    pub fn takes(&mut self, fingerprint: &Fingerprint, place: &Place, times: u64) -> bool {
        let fits =
            |entry: &&mut Entry| !entry.expired && entry.note.fingerprint == *fingerprint && entry.note.fits(place);
        let entry = self.entries.iter_mut().find(fits);
        entry.map(|entry| entry.matched += times).is_some()
    }

    /// All entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Entries that must not stay as they are, after a run of so many steps: one line each.
    pub fn faults(&self, steps: u64) -> Vec<String> {
        let fault = |entry: &Entry| {
            let Entry { line, note, expired, matched } = entry;
            let allowed = note.allowed(steps);
            if *expired {
                return Some(format!("{}:{line}: expired {}: {}", self.file, note.expires, note.fingerprint));
            }
            (*matched > allowed).then(|| {
                let by =
                    if note.limit.is_some() { "its limit" } else { "one in a thousand steps; `limit` allows more" };
                format!("{}:{line}: matched {matched} times, {allowed} allowed ({by}): {}", self.file, note.fingerprint)
            })
        };
        self.entries.iter().filter_map(fault).collect()
    }

    /// What the ledger did in a run of so many steps, as lines for people; empty if there is none.
    pub fn text(&self, steps: u64) -> String {
        if self.entries.is_empty() {
            return String::new();
        }
        let matched: Vec<&Entry> = self.entries.iter().filter(|entry| entry.matched > 0).collect();
        let total: u64 = matched.iter().map(|entry| entry.matched).sum();
        let mut out = format!("known: {total} ({} distinct)\n", matched.len());
        for Entry { line, note, matched, .. } in matched {
            let Note { fingerprint, kind, reason, .. } = note;
            out += &format!("  {matched} x {fingerprint}, {}: {reason} ({}:{line})\n", kind.name(), self.file);
        }
        for Entry { line, note, .. } in self.entries.iter().filter(|entry| entry.matched == 0 && !entry.expired) {
            out += &format!("  never matched: {} ({}:{line})\n", note.fingerprint, self.file);
        }
        self.faults(steps).iter().for_each(|fault| out += &format!("FAIL {fault}\n"));
        out
    }
}

/// Line and column of a byte, counted from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..at.min(text.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |i| i + 1);
    (before.iter().filter(|byte| **byte == b'\n').count() + 1, before.len() - line_start + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "[[known]]\nfingerprint = \"reply/GET/bulk/nil\"\nkind = \"bug\"\nreason = \"r\"\n";
    const HERE: Place = Place { target: "command_handler", subject: "embedded" };

    fn parse(more: &str) -> Result<Known, KnownError> {
        Known::parse("k.toml", &format!("{NOTE}{more}"), "2026-11-21")
    }

    fn get() -> Fingerprint {
        Fingerprint::parse("reply/GET/bulk/nil").unwrap()
    }

    #[test]
    fn what_is_known_is_counted_where_it_is_known() {
        let mut known = parse("expires = \"2026-11-21\"\nsubject = \"embedded\"\n").unwrap();
        assert!(known.takes(&get(), &HERE, 1));
        assert!(!known.takes(&get(), &Place { subject: "tcp://h:1", ..HERE }, 1));
        assert!(!known.takes(&Fingerprint::parse("reply/SET/bulk/nil").unwrap(), &HERE, 1));
        assert_eq!(known.text(9), "known: 1 (1 distinct)\n  1 x reply/GET/bulk/nil, bug: r (k.toml:1)\n");
        assert!(known.faults(9).is_empty());
        let unused = parse("expires = \"9.0.0\"\n").unwrap();
        assert!(unused.text(9).ends_with("never matched: reply/GET/bulk/nil (k.toml:1)\n"));
        assert_eq!(Known::default().text(9), "");
    }

    #[test]
    fn an_expired_entry_says_nothing_and_fails() {
        for (expires, when) in [("2026-11-20", "on 2026-11-20"), ("0.0.1", "with respfuzz 0.0.1")] {
            let mut known = parse(&format!("expires = \"{expires}\"\n")).unwrap();
            assert!(!known.takes(&get(), &HERE, 1));
            assert_eq!(known.faults(9), [format!("k.toml:1: expired {when}: reply/GET/bulk/nil")]);
        }
    }

    #[test]
    fn an_entry_that_matches_too_much_fails() {
        let matched_twice = |more: &str| {
            let mut known = parse(&format!("expires = \"9.0.0\"\n{more}")).unwrap();
            (0..2).for_each(|_| assert!(known.takes(&get(), &HERE, 1)));
            known
        };
        assert_eq!(matched_twice("").faults(1999).len(), 1);
        assert_eq!(matched_twice("").faults(2000).len(), 0);
        assert_eq!(matched_twice("limit = 2").faults(9).len(), 0);
        assert!(matched_twice("limit = 1").faults(2000)[0].contains("matched 2 times, 1 allowed (its limit)"));
    }

    #[test]
    fn mistakes_have_a_line_and_a_column() {
        let fail = |text: &str| Known::parse("k.toml", text, "2026-11-21").unwrap_err().to_string();
        let good = format!("{NOTE}expires = \"9.0.0\"\n");
        for (text, what, place) in [
            (good.replace("kind = \"bug\"", "kind = \"bugg\""), "unknown variant `bugg`", "line 3 column 8"),
            (good.replace("reply/GET/bulk/nil", "nonsense"), "`nonsense` is no fingerprint", "line 2 column 15"),
            (good.replace("reason = \"r\"", "reason = \" \""), "expected one line of text", "line 4 column 10"),
            (good.replace("9.0.0", "soon"), "`soon` is neither YYYY-MM-DD nor a version", "line 5 column 11"),
            (format!("{good}limit = 0\n"), "expected a number above 0", "line 6 column 9"),
            (format!("{good}reazon = 0\n"), "unknown field `reazon`", "line 6 column 1"),
            (NOTE.to_owned(), "missing field `expires`", "line 1 column 1"),
            (format!("{good}{good}"), "is there already, in line 1", "line 6 column 1"),
            ("[[known]\n".to_owned(), "", "line 1 column"),
        ] {
            let error = fail(&text);
            assert!(error.contains(what) && error.contains(place) && !error.contains('\n'), "{error}");
        }
    }
}
