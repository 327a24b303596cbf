//! The bank of regressions: a folder of texts, each with the outcome that it must have.
//!
//! `NAME.scenario` is a text scenario, `NAME.seed` says which seed a target draws its input from:
//!
//! ```text
//! respfuzz seed 1
//! description = LPOP of nothing told those who watch the key
//! target = command_handler
//! date = 2026-11-21
//! seed = 42376
//! ops = 50
//! expect = divergence reply/EXEC/array/nil
//! ```
//!
//! In both, `expect = pass` is the default. A known bug is one that must show: an entry that expects a divergence and
//! passes is a flip, and whoever mended the bug says so in the entry. A damaged file is refused, never rewritten.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::oracle::{Fingerprint, Violation};
use crate::scenario::text::{self, TextError};
use crate::scenario::{Scenario, encode};
use crate::target::{RunReport, Target};

/// The first line of a seed.
pub const SEED_HEADER: &str = "respfuzz seed 1";

/// Records of a seed's input, where it says nothing.
pub const OPS: u16 = 50;

/// The outcome that an entry must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// All checks hold.
    #[default]
    Pass,
    /// A known bug shows.
    Divergence(Fingerprint),
}

/// Where an entry's input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Written down.
    Scenario {
        /// What is run.
        scenario: Scenario,
        /// Its text without header and notes: comments are kept as they were written.
        body: String,
    },
    /// What the target draws from a seed: so many records, or bytes.
    Seed {
        /// The seed.
        seed: u64,
        /// How many.
        ops: u16,
    },
}

impl Origin {
    /// From the text of a scenario.
    pub fn written(source: &str) -> Result<Origin, TextError> {
        let scenario = text::parse(source)?;
        let is_body = |line: &&str| line.trim() != text::HEADER && text::note(line.trim()).is_none();
        let lines: Vec<&str> = source.lines().filter(is_body).collect();
        Ok(Origin::Scenario { scenario, body: format!("{}\n", lines.join("\n").trim_matches('\n')) })
    }

    /// From a scenario that was never written down.
    pub fn of(scenario: &Scenario) -> Result<Origin, TextError> {
        Origin::written(&text::print(scenario))
    }
}

/// One file of the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file's name without its extension.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// The target that it is for.
    pub target: String,
    /// When it was added, as YYYY-MM-DD.
    pub date: Option<String>,
    /// What must come of it.
    pub expected: Expected,
    /// Its input.
    pub origin: Origin,
}

/// Why the bank cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// A file is damaged.
    #[error("{}: {source}", .file.display())]
    Damaged {
        /// Which.
        file: PathBuf,
        /// Where in it, and what is wrong.
        source: TextError,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", .file.display())]
    Io {
        /// Which.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What it expects.
    AsExpected,
    /// It expects a divergence, and all checks held: a known bug is gone.
    Flip(Fingerprint),
    /// Something else broke.
    Broken(Box<Violation>),
    /// Nothing was executed or compared.
    Nothing,
}

/// All entries of a folder, by name. One damaged file refuses them all.
pub fn read(dir: &Path) -> Result<Vec<Entry>, BankError> {
    let failed = |source| BankError::Io { file: dir.to_owned(), source };
    let mut files = Vec::new();
    for file in fs::read_dir(dir).map_err(failed)? {
        files.push(file.map_err(failed)?.path());
    }
    // What an interrupted `add` left has a name that begins with a dot.
    files.retain(|file| !file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")));
    files.sort();
    files.iter().map(|file| read_file(file)).collect()
}

/// One entry.
pub fn read_file(file: &Path) -> Result<Entry, BankError> {
    let bytes = fs::read(file).map_err(|source| BankError::Io { file: file.to_owned(), source })?;
    let damaged = |source| BankError::Damaged { file: file.to_owned(), source };
    let line_of = |at: usize| bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
    let text = std::str::from_utf8(&bytes)
        .map_err(|e| damaged(TextError { line: line_of(e.valid_up_to()), reason: "not UTF-8".into() }))?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    parse(&name, &extension, text).map_err(damaged)
}

/// Reads an entry of that name and kind (`scenario` or `seed`).
pub fn parse(name: &str, kind: &str, source: &str) -> Result<Entry, TextError> {
    let notes = Notes::read(source)?;
    let origin = match kind {
        "scenario" => {
            notes.refuse(&["seed", "ops"], "only a .seed has that")?;
            Origin::written(source)?
        }
        "seed" => {
            refuse_other_lines(source)?;
            Origin::Seed { seed: notes.number("seed")?, ops: notes.ops()? }
        }
        _ => return fail(1, "a file of the bank is a .scenario or a .seed"),
    };
    if kind == "seed" {
        for name in ["description", "target", "date"] {
            notes.required(name)?;
        }
    }
    let description = notes.get("description").map(|(_, text)| text).or_else(|| first_comment(source));
    Ok(Entry {
        name: name.to_owned(),
        description: description.unwrap_or_default().to_owned(),
        target: notes.get("target").map_or("command_handler", |(_, name)| name).to_owned(),
        date: notes.date()?,
        expected: notes.expected()?,
        origin,
    })
}

fn fail<T>(line: usize, reason: impl Into<String>) -> Result<T, TextError> {
    Err(TextError { line, reason: reason.into() })
}

fn first_comment(source: &str) -> Option<&str> {
    source.lines().find_map(|line| line.strip_prefix("# "))
}

/// A seed has its header, notes and comments.
fn refuse_other_lines(source: &str) -> Result<(), TextError> {
    let lines = source.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
    let mut said = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    match said.next() {
        Some((_, SEED_HEADER)) => {}
        Some((line, other)) => {
            return fail(line, format!("expected `{SEED_HEADER}`, found `{}`", other.escape_default()));
        }
        None => return fail(1, format!("expected `{SEED_HEADER}`, found nothing")),
    }
    match said.find(|(_, line)| text::note(line).is_none()) {
        Some((line, other)) => {
            let names = text::NOTES.join(", ");
            fail(line, format!("`{}` is not `name = value` with one of {names}", other.escape_default()))
        }
        None => Ok(()),
    }
}

/// The notes of a text, with their lines.
struct Notes<'a>(Vec<(usize, &'a str, &'a str)>);

impl<'a> Notes<'a> {
    fn read(source: &'a str) -> Result<Self, TextError> {
        let mut notes = Notes(Vec::new());
        for (i, line) in source.lines().enumerate() {
            let Some((name, value)) = text::note(line.trim()) else { continue };
            if notes.get(name).is_some() {
                return fail(i + 1, format!("`{name}` is there already"));
            }
            notes.0.push((i + 1, name, value));
        }
        Ok(notes)
    }

    fn get(&self, name: &str) -> Option<(usize, &'a str)> {
        self.0.iter().find(|(_, n, _)| *n == name).map(|(line, _, value)| (*line, *value))
    }

    fn required(&self, name: &str) -> Result<(usize, &'a str), TextError> {
        match self.get(name) {
            Some((line, "")) => fail(line, format!("`{name}` says nothing")),
            Some(found) => Ok(found),
            None => fail(1, format!("`{name} = ...` is missing")),
        }
    }

    fn refuse(&self, names: &[&str], reason: &str) -> Result<(), TextError> {
        match self.0.iter().find(|(_, name, _)| names.contains(name)) {
            Some((line, name, _)) => fail(*line, format!("`{name}`: {reason}")),
            None => Ok(()),
        }
    }

    fn number(&self, name: &str) -> Result<u64, TextError> {
        let (line, value) = self.required(name)?;
        value.parse().or_else(|_| fail(line, format!("`{name}` is a number, not `{}`", value.escape_default())))
    }

    fn ops(&self) -> Result<u16, TextError> {
        let Some((line, _)) = self.get("ops") else { return Ok(OPS) };
        match self.number("ops")?.try_into() {
            Ok(ops @ 1..=2700) => Ok(ops),
            _ => fail(line, "`ops` is a number from 1 to 2700"),
        }
    }

    fn date(&self) -> Result<Option<String>, TextError> {
        match self.get("date") {
            Some((_, date)) if is_date(date) => Ok(Some(date.to_owned())),
            Some((line, other)) => fail(line, format!("`{}` is not a date YYYY-MM-DD", other.escape_default())),
            None => Ok(None),
        }
    }

    fn expected(&self) -> Result<Expected, TextError> {
        let Some((line, value)) = self.get("expect") else { return Ok(Expected::Pass) };
        let fingerprint = value.strip_prefix("divergence ").and_then(|text| Fingerprint::parse(text.trim()));
        match (value, fingerprint) {
            ("pass", _) => Ok(Expected::Pass),
            (_, Some(fingerprint)) => Ok(Expected::Divergence(fingerprint)),
            _ => fail(line, "write `expect = pass` or `expect = divergence FINGERPRINT`"),
        }
    }
}

/// YYYY-MM-DD, with a month and a day that there may be.
pub fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, len: usize, most: u32| {
        part.len() == len
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse().is_ok_and(|n: u32| (1..=most).contains(&n))
    };
    matches!(parts[..], [year, month, day] if number(year, 4, 9999) && number(month, 2, 12) && number(day, 2, 31))
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Pass => f.write_str("pass"),
            Expected::Divergence(fingerprint) => write!(f, "divergence {fingerprint}"),
        }
    }
}

impl Entry {
    /// Its file's extension.
    pub fn kind(&self) -> &'static str {
        match self.origin {
            Origin::Scenario { .. } => "scenario",
            Origin::Seed { .. } => "seed",
        }
    }

    /// Its input, for its target.
    pub fn data(&self, target: &dyn Target) -> Vec<u8> {
        match &self.origin {
            Origin::Scenario { scenario, .. } => encode(scenario),
            Origin::Seed { seed, ops } => target.generate(*seed, (*ops).into(), None),
        }
    }

    /// What a run of its input says.
    pub fn outcome(&self, report: RunReport) -> Outcome {
        match (&self.expected, report.violation) {
            (Expected::Divergence(known), Some(violation)) if violation.fingerprint == *known => Outcome::AsExpected,
            (_, Some(violation)) => Outcome::Broken(Box::new(violation)),
            (_, None) if report.steps == 0 || report.checks == 0 => Outcome::Nothing,
            (Expected::Pass, None) => Outcome::AsExpected,
            (Expected::Divergence(known), None) => Outcome::Flip(known.clone()),
        }
    }

    /// Its text: [`parse`] gives the entry back.
    pub fn print(&self) -> String {
        let date = self.date.as_ref().map_or(String::new(), |date| format!("date = {date}\n"));
        let notes =
            format!("description = {}\ntarget = {}\n{date}expect = {}\n", self.description, self.target, self.expected);
        match &self.origin {
            Origin::Seed { seed, ops } => format!("{SEED_HEADER}\n{notes}seed = {seed}\nops = {ops}\n"),
            Origin::Scenario { body, .. } => format!("{}\n{notes}{body}", text::HEADER),
        }
    }

    /// Adds it to a folder: whole, or not at all. A name that is taken is refused.
    pub fn add(&self, dir: &Path) -> Result<PathBuf, BankError> {
        let file = dir.join(format!("{}.{}", self.name, self.kind()));
        let source = self.print();
        // What is written can be read.
        parse(&self.name, self.kind(), &source).map_err(|source| BankError::Damaged { file: file.clone(), source })?;
        write_whole(dir, &file, source.as_bytes()).map_err(|source| BankError::Io { file: file.clone(), source })?;
        Ok(file)
    }
}

/// Under another name first: whoever reads the folder meanwhile sees nothing, or all of it.
fn write_whole(dir: &Path, path: &Path, data: &[u8]) -> io::Result<()> {
    if path.exists() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "an entry of that name is there already"));
    }
    let unfinished = dir.join(format!(".{}.tmp", path.file_name().unwrap_or_default().to_string_lossy()));
    let mut file = File::create(&unfinished)?;
    file.write_all(data)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = "respfuzz seed 1\ndescription = d\ntarget = wal_replay\ndate = 2026-02-28\nseed = 7\n";

    #[test]
    fn entries_round_trip() {
        let scenario = "respfuzz scenario 1\n# told\nexpect = divergence reply/GET/bulk/nil\nc0> GET \"a = b\"\n";
        let entry = parse("a", "scenario", scenario).unwrap();
        assert_eq!((entry.description.as_str(), entry.target.as_str()), ("told", "command_handler"));
        for entry in [entry, parse("b", "seed", SEED).unwrap()] {
            assert_eq!(parse(&entry.name, entry.kind(), &entry.print()), Ok(entry));
        }
    }

    #[test]
    fn comments_of_a_scenario_are_kept() {
        let source = "# before\nrespfuzz scenario 1\nconfig keys=3\n# why\nc0> GET k\n#= (nil)\n\nexpect = pass\n";
        let printed = parse("a", "scenario", source).unwrap().print();
        assert!(printed.starts_with("respfuzz scenario 1\ndescription = before\n"), "{printed}");
        assert!(printed.ends_with("expect = pass\n# before\nconfig keys=3\n# why\nc0> GET k\n#= (nil)\n"), "{printed}");
    }

    #[test]
    fn damage_is_told_with_its_line() {
        let wrong = |kind: &str, text: &str| parse("x", kind, text).unwrap_err().to_string();
        let seed = |line: &str| wrong("seed", &format!("{SEED}{line}\n"));
        assert_eq!(seed("seed = 8"), "line 6: `seed` is there already");
        assert_eq!(seed("expect = maybe"), "line 6: write `expect = pass` or `expect = divergence FINGERPRINT`");
        assert_eq!(seed("expect = divergence nonsense"), seed("expect = maybe"));
        assert!(seed("c0> GET k").starts_with("line 6: `c0> GET k` is not `name = value`"));
        assert_eq!(seed("ops = 0"), "line 6: `ops` is a number from 1 to 2700");
        assert!(wrong("seed", &SEED.replace("02-28", "02-32")).starts_with("line 4: `2026-02-32` is not a date"));
        assert_eq!(wrong("seed", &SEED.replace("seed = 7", "")), "line 1: `seed = ...` is missing");
        assert_eq!(wrong("seed", ""), "line 1: expected `respfuzz seed 1`, found nothing");
        assert_eq!(wrong("scenario", "respfuzz scenario 1\nseed = 1\n"), "line 2: `seed`: only a .seed has that");
        assert!(wrong("txt", "").contains("a .scenario or a .seed"));
    }

    #[test]
    fn adding_is_whole_and_never_replaces() {
        let dir = tempfile::tempdir().unwrap();
        let entry = parse("b", "seed", SEED).unwrap();
        entry.add(dir.path()).unwrap();
        assert!(entry.add(dir.path()).unwrap_err().to_string().contains("is there already"));
        let reworded = Entry { name: "c".into(), description: "two\nlines".into(), ..entry.clone() };
        assert!(reworded.add(dir.path()).is_err());
        fs::write(dir.path().join(".d.seed.tmp"), "half").unwrap();
        assert_eq!(read(dir.path()).unwrap(), [entry]);
    }
}
