//! Target `wal_bytes`: whatever has become of the files of a log, opening it gives what was there once, or says where
//! it is damaged.
//!
//! For a log that a scenario has made, it guarantees:
//!
//! - **Durability**: whatever changes the state is recorded. Opening the log gives the state after its last record.
//!   After changes to its files, it gives the state after some record, and after none that is before what a whole part
//!   of the log says was durable; or it is refused as corrupt, at a place that is inside the file. An end that a crash
//!   may have torn is no reason to refuse it. What runs then is there when it is opened again.
//! - **Check**: the engine's invariants hold then.
//!
//! For any files, also if checksums were made right after a change (then any state will do):
//!
//! - **Hash**: opening them again, at another time, gives the same; so does opening what the first one has left.
//! - **Bounds**: memory follows the bytes that are there and the records among them, not lengths that they declare.
//! - **Panic**: it doesn't.

mod change;
mod history;
mod input;
mod mutator;
mod seeds;
#[cfg(test)]
mod tests;

use std::cell::Cell;

use twox_hash::XxHash3_64;

pub use seeds::seeds;

use super::resp_parser::Meter;
use super::{ByteMutator, Input as InputKind, RunReport, Target};
use crate::fault::Faults;
use crate::oracle::{Fingerprint, Oracle, Violation};
use crate::panics::caught;
use crate::scenario::{Families, decode};
use crate::sim::{Clock, Disk, EPOCH_MS, Image};
use crate::subject::ClientId;
use crate::subject::log::{Log, LogSettings, Logging, NotOpened};
use history::{History, state_hash};
use input::{Input, settings};

/// How much later a log is opened a second time, in milliseconds: ten years.
const LATER_MS: u64 = 315_576_000_000;

/// What opening may allocate: this, so many times the bytes that are there, and a string for each part.
const FREE_BYTES: usize = 4 << 20;
const BYTES_PER_BYTE: usize = 64;
const BYTES_PER_PART: usize = 4 << 20;

/// The target. See the [module](self) for what it guarantees.
pub struct WalBytes<L> {
    name: String,
    log: L,
    meter: Option<Meter>,
}

impl<L: Log> WalBytes<L> {
    /// Opens logs of this kind.
    pub fn new(name: impl Into<String>, log: L) -> Self {
        WalBytes { name: name.into(), log, meter: None }
    }

    /// Also measures memory, by the process's allocator.
    pub fn metered(mut self, meter: Meter) -> Self {
        self.meter = Some(meter);
        self
    }
}

impl<L: Log> Target for WalBytes<L> {
    fn name(&self) -> &str {
        &self.name
    }

    fn guarantee(&self) -> &str {
        "a log whose files were changed opens as it was after some record, or is refused as corrupt"
    }

    fn input(&self) -> InputKind {
        InputKind::Bytes
    }

    fn run(&self, data: &[u8]) -> RunReport {
        self.run_noting(data, &mut |_| {})
    }

    fn run_noting(&self, data: &[u8], note: &mut dyn FnMut(&str)) -> RunReport {
        let phase = Cell::new("");
        let mut case = Case {
            log: &self.log,
            meter: self.meter,
            report: RunReport::default(),
            enter: &mut |doing| {
                phase.set(doing);
                note(doing);
            },
        };
        let outcome = caught(|| case.input(&Input::decode(data)));
        let mut report = std::mem::take(&mut case.report);
        report.checks += 1;
        let finding = match outcome {
            Ok(Ok(())) => return report,
            Ok(Err(finding)) => finding,
            Err(panic) => Finding::new(Oracle::Panic, phase.get(), "returns", &panic.place)
                .said("a state or an error", panic.to_string()),
        };
        report.violation = Some(finding.into());
        report
    }

    fn generate(&self, seed: u64, size: usize, families: Option<Families>) -> Vec<u8> {
        mutator::generate(&self.log, seed, size, families)
    }

    fn mutate(&self, data: &mut [u8], size: usize, max_size: usize, seed: u32, bytes: ByteMutator) -> usize {
        mutator::mutate(data, size, max_size, seed, bytes)
    }
}

/// A broken promise.
struct Finding {
    oracle: Oracle,
    /// What was being done.
    doing: String,
    expected_class: &'static str,
    observed_class: String,
    expected: String,
    observed: String,
}

impl Finding {
    fn new(oracle: Oracle, doing: &str, expected_class: &'static str, observed_class: &str) -> Self {
        let observed_class = observed_class.to_owned();
        Finding {
            oracle,
            doing: doing.to_owned(),
            expected_class,
            observed_class,
            expected: String::new(),
            observed: String::new(),
        }
    }

    /// The same in words.
    fn said(self, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Finding { expected: expected.into(), observed: observed.into(), ..self }
    }
}

impl From<Finding> for Violation {
    fn from(finding: Finding) -> Self {
        let Finding { oracle, doing, expected_class, observed_class, expected, observed } = finding;
        let fingerprint = Fingerprint::new(oracle, &doing, expected_class, &observed_class);
        Violation {
            oracle,
            step: 0,
            command: doing,
            observed,
            expected,
            fingerprint,
            as_sent: Default::default(),
            dispute: None,
        }
    }
}

/// What opening some files gave.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Opened {
    /// A state with this hash.
    State(u64),
    Refused(NotOpened),
}

impl Opened {
    fn class(&self) -> &'static str {
        match self {
            Opened::State(_) => "state",
            Opened::Refused(NotOpened::Corrupt { .. }) => "corrupt",
            Opened::Refused(NotOpened::Failed(_)) => "failed",
        }
    }

    fn words(&self) -> String {
        match self {
            Opened::State(hash) => format!("a state with the hash {hash:016x}"),
            Opened::Refused(error) => error.to_string(),
        }
    }
}

/// One input.
struct Case<'a> {
    log: &'a dyn Log,
    meter: Option<Meter>,
    report: RunReport,
    /// Says what is done next.
    enter: &'a mut dyn FnMut(&'static str),
}

impl Case<'_> {
    fn input(&mut self, input: &Input) -> Result<(), Finding> {
        match input {
            Input::Raw { file, is_fixed, bytes } => {
                let mut image = self.log.raw(*file, bytes);
                if *is_fixed {
                    self.log.fix_checksums(&mut image);
                }
                self.report.steps += 1;
                self.files(&image, &settings(0), EPOCH_MS, *is_fixed).map(drop)
            }
            Input::Generated { settings: byte, changes, scenario } => {
                let settings = settings(*byte);
                (self.enter)("write");
                let history = History::write(self.log, &settings, &decode(scenario))?;
                self.report.steps += history.commands;
                self.chain(history.hash);
                self.unchanged(&history, &settings)?;
                let mut image = history.image.clone();
                for change in changes {
                    change.apply(self.log, &mut image);
                    if change.fixes {
                        self.log.fix_checksums(&mut image);
                    }
                }
                if image == history.image {
                    return Ok(());
                }
                let is_fixed = changes.iter().any(|change| change.fixes);
                let opened = self.files(&image, &settings, history.now_ms, is_fixed)?;
                if is_fixed { Ok(()) } else { self.changed(&history, &settings, &image, &opened) }
            }
        }
    }

    /// What the engine has written opens as what it was at last.
    fn unchanged(&mut self, history: &History, settings: &LogSettings) -> Result<(), Finding> {
        (self.enter)("reopen");
        self.report.checks += 1;
        let disk = Disk::of_image(&history.image, Faults::default(), clock(history.now_ms));
        let opened = self.open(&disk, settings, history.now_ms, true)?;
        let expected = history.last_state().map(Opened::State);
        if Some(&opened) == expected.as_ref() {
            return Ok(());
        }
        let wanted = format!("the state after record {}, which is the last one", history.last());
        Err(Finding::new(Oracle::Durability, "reopen", "last-state", another(&opened)).said(wanted, opened.words()))
    }

    /// What holds for any files: opening them gives the same again.
    fn files(&mut self, image: &Image, settings: &LogSettings, now_ms: u64, is_fixed: bool) -> Result<Opened, Finding> {
        (self.enter)("open");
        self.report.checks += 4;
        let disk = Disk::of_image(image, Faults::default(), clock(now_ms));
        if let Some(meter) = self.meter {
            (meter.reset)();
        }
        let first = self.open(&disk, settings, now_ms, !is_fixed)?;
        self.bounds(image, is_fixed)?;
        self.report.errors += u64::from(matches!(first, Opened::Refused(_)));
        self.chain(XxHash3_64::oneshot(first.words().as_bytes()));
        if let Opened::Refused(NotOpened::Failed(error)) = &first {
            let wanted = "a state, or an error that says what is corrupt";
            return Err(Finding::new(Oracle::Subject, "open", "typed", "failed").said(wanted, error.clone()));
        }
        let again = "what opening these files gave before: ".to_owned() + &first.words();
        (self.enter)("open-later");
        let later_ms = now_ms.saturating_add(LATER_MS);
        let twin = Disk::of_image(image, Faults::default(), clock(later_ms));
        let later = self.open(&twin, settings, later_ms, false)?;
        if later != first {
            let finding = Finding::new(Oracle::Durability, "open-later", "same", another(&later));
            return Err(finding.said(again, later.words()));
        }
        (self.enter)("open-twice");
        disk.kill();
        let second = self.open(&disk, settings, now_ms, false)?;
        if second != first {
            let finding = Finding::new(Oracle::Durability, "open-twice", "same", another(&second));
            return Err(finding.said(again, second.words()));
        }
        self.place(image, &first)?;
        if !is_fixed {
            (self.enter)("go-on");
            disk.kill();
            self.go_on(&disk, settings, now_ms)?;
        }
        Ok(first)
    }

    /// What runs after recovery is there after the next one.
    fn go_on(&mut self, disk: &Disk, settings: &LogSettings, now_ms: u64) -> Result<(), Finding> {
        let Ok(mut engine) = self.log.open(disk, &clock(now_ms), settings) else { return Ok(()) };
        for value in ["1", "2"] {
            engine.send(ClientId(0), &["SET", "written after recovery", value].map(|word| word.as_bytes().to_vec()));
        }
        let wanted = Opened::State(state_hash(&engine.state()));
        drop(engine);
        disk.kill();
        let opened = self.open(disk, settings, now_ms, false)?;
        if opened == wanted {
            return Ok(());
        }
        let finding = Finding::new(Oracle::Durability, "go-on", "last-state", another(&opened));
        Err(finding.said("the state after the commands that followed recovery", opened.words()))
    }

    fn bounds(&self, image: &Image, is_fixed: bool) -> Result<(), Finding> {
        let Some(meter) = self.meter.filter(|_| !is_fixed) else { return Ok(()) };
        let peak = (meter.peak)();
        let parts = self.log.parts(image).len() * BYTES_PER_PART;
        let allowed = FREE_BYTES + parts + image.len() * BYTES_PER_BYTE;
        if peak <= allowed {
            return Ok(());
        }
        let finding = Finding::new(Oracle::Bounds, "open", "memory-by-data", "memory-by-length");
        Err(finding
            .said(format!("at most {allowed} bytes for {} bytes of files", image.len()), format!("{peak} bytes")))
    }

    /// Corruption is somewhere.
    fn place(&self, image: &Image, opened: &Opened) -> Result<(), Finding> {
        let Opened::Refused(NotOpened::Corrupt { file, offset, what }) = opened else { return Ok(()) };
        match image.files.get(file) {
            Some(content) if *offset > content.len() as u64 => {
                let wanted = format!("a place inside the {} bytes of {file}", content.len());
                let finding = Finding::new(Oracle::Durability, "open", "inside", "outside");
                Err(finding.said(wanted, format!("{what} at byte {offset}")))
            }
            _ => Ok(()),
        }
    }

    /// After changes without right checksums, only states that there were, and none that is too old.
    fn changed(
        &mut self,
        history: &History,
        settings: &LogSettings,
        image: &Image,
        opened: &Opened,
    ) -> Result<(), Finding> {
        self.report.checks += 2;
        let state = match opened {
            Opened::State(state) => state,
            Opened::Refused(error) if history.has_torn_end(image) => {
                let finding = Finding::new(Oracle::Durability, "open", "torn-end-cut", "corrupt");
                return Err(finding.said("an end that a crash may have torn is cut off", error.to_string()));
            }
            Opened::Refused(_) => return Ok(()),
        };
        let floor = history.floor(image);
        let number = match history.number_of(*state).filter(|number| *number >= floor) {
            Some(number) => Some(number),
            None => self.unseen(history, settings, *state)?.or_else(|| history.number_of(*state)),
        };
        match number {
            None => {
                let finding = Finding::new(Oracle::Durability, "open", "state-of-a-prefix", "another-state");
                Err(finding.said("a state that there was after some record", opened.words()))
            }
            Some(number) if number < floor => {
                let finding = Finding::new(Oracle::Durability, "open", "durable-records", "older-state");
                let wanted = format!("corruption, as a whole part of the log tells that record {floor} was durable");
                Err(finding.said(wanted, format!("the state after record {number}")))
            }
            Some(_) => Ok(()),
        }
    }

    /// The last record with this state of those that came together with others: what is there up to them, opened.
    fn unseen(&mut self, history: &History, settings: &LogSettings, state: u64) -> Result<Option<u64>, Finding> {
        (self.enter)("open-prefix");
        let mut found = None;
        for (number, image) in history.unseen() {
            let disk = Disk::of_image(&image, Faults::default(), clock(history.now_ms));
            if self.open(&disk, settings, history.now_ms, false)? == Opened::State(state) {
                found = Some(number);
            }
        }
        Ok(found)
    }

    fn open(&mut self, disk: &Disk, settings: &LogSettings, now_ms: u64, checks: bool) -> Result<Opened, Finding> {
        match self.log.open(disk, &clock(now_ms), settings) {
            Ok(engine) => {
                if checks {
                    self.invariants(engine.as_ref())?;
                }
                Ok(Opened::State(state_hash(&engine.state())))
            }
            Err(error) => Ok(Opened::Refused(error)),
        }
    }

    fn invariants(&mut self, engine: &dyn Logging) -> Result<(), Finding> {
        self.report.checks += 1;
        let findings = engine.check();
        if findings.is_empty() {
            return Ok(());
        }
        Err(Finding::new(Oracle::Check, "open", "holds", "broken").said("the engine's invariants", findings.join("\n")))
    }

    fn chain(&mut self, number: u64) {
        self.report.hash = XxHash3_64::oneshot_with_seed(self.report.hash, &number.to_le_bytes());
    }
}

/// How what was opened differs from what should have been.
fn another(opened: &Opened) -> &'static str {
    match opened {
        Opened::State(_) => "another-state",
        refused => refused.class(),
    }
}

fn clock(now_ms: u64) -> Clock {
    let clock = Clock::new();
    clock.advance(now_ms);
    clock
}
