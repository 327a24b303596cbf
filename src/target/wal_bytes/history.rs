//! Making a log, and the states that it went through.

use std::collections::BTreeMap;

use twox_hash::XxHash3_64;

use super::Finding;
use crate::command::signature;
use crate::fault::Faults;
use crate::oracle::Oracle;
use crate::resp::Bytes;
use crate::scenario::{Scenario, Step};
use crate::sim::{Clock, Disk, Image};
use crate::skip;
use crate::subject::log::{Log, LogPart, LogSettings, Logging};

/// A log isn't made of more steps.
const STEPS_MAX: usize = 256;

/// A state that is larger ends it.
const STATE_BYTES_MAX: usize = 256 << 10;

/// A log, and how it came to be.
pub(super) struct History {
    /// Its files.
    pub image: Image,
    /// What they hold.
    pub parts: Vec<LogPart>,
    /// When the last command ran.
    pub now_ms: u64,
    /// How many commands ran.
    pub commands: u64,
    /// A chain over what was written.
    pub hash: u64,
    /// By the number of the last record, the hash of the state after it; not of records that came together with others.
    states: BTreeMap<u64, u64>,
}

/// What stands for a state.
pub(super) fn state_hash(state: &[u8]) -> u64 {
    XxHash3_64::oneshot(state)
}

impl History {
    /// Runs a scenario on a disk that nothing befalls.
    pub(super) fn write(log: &dyn Log, settings: &LogSettings, scenario: &Scenario) -> Result<History, Finding> {
        let clock = Clock::new();
        let disk = Disk::new(Faults::default(), clock.clone());
        let mut engine = log.open(&disk, &clock, settings).map_err(|error| {
            Finding::new(Oracle::Subject, "begin", "opened", "refused").said("an empty log", error.to_string())
        })?;
        let mut history = History {
            image: Image::default(),
            parts: Vec::new(),
            now_ms: 0,
            commands: 0,
            hash: 0,
            states: BTreeMap::new(),
        };
        history.note(log, &disk, engine.as_ref(), "begin")?;
        for step in scenario.steps.iter().take(STEPS_MAX) {
            let name = match step {
                Step::Command { client, argv } if !is_skipped(argv) => {
                    history.commands += 1;
                    engine.send(*client, argv);
                    signature(argv)
                }
                Step::Advance { ms } => {
                    clock.advance(clock.now_ms() + ms);
                    engine.tick();
                    "advance".to_owned()
                }
                Step::Disconnect { client } => {
                    engine.disconnect(*client);
                    "disconnect".to_owned()
                }
                _ => continue,
            };
            if history.note(log, &disk, engine.as_ref(), &name)? > STATE_BYTES_MAX {
                break;
            }
        }
        (history.now_ms, history.hash) = (clock.now_ms(), disk.hash());
        Ok(history)
    }

    /// Looks at the disk and at the state; returns the size of the state.
    fn note(&mut self, log: &dyn Log, disk: &Disk, engine: &dyn Logging, name: &str) -> Result<usize, Finding> {
        if let Some(failure) = engine.failure() {
            return Err(
                Finding::new(Oracle::Subject, name, "running", "stopped").said("a disk without faults", failure)
            );
        }
        self.image = disk.contents();
        self.parts = log.parts(&self.image);
        let state = engine.state();
        if let Some(before) = self.states.insert(self.last(), state_hash(&state))
            && before != state_hash(&state)
        {
            let expected = "a record of everything that changes the state";
            let observed = format!("the state is another one, and the last record is still number {}", self.last());
            return Err(Finding::new(Oracle::Durability, name, "recorded", "not-recorded").said(expected, observed));
        }
        Ok(state.len())
    }

    /// The number of the last record.
    pub(super) fn last(&self) -> u64 {
        self.parts.iter().map(|part| part.number).max().unwrap_or(0)
    }

    /// The state after the last record.
    pub(super) fn last_state(&self) -> Option<u64> {
        self.states.get(&self.last()).copied()
    }

    /// The number of the last record after which the state was this one.
    pub(super) fn number_of(&self, state: u64) -> Option<u64> {
        self.states.iter().rev().find(|(_, seen)| **seen == state).map(|(number, _)| *number)
    }

    /// The log up to each record whose state was not seen: those that came together with others.
    pub(super) fn unseen(&self) -> impl Iterator<Item = (u64, Image)> {
        let unseen = self.parts.iter().filter(|part| !self.states.contains_key(&part.number));
        unseen.map(|part| (part.number, self.up_to(part)))
    }

    fn up_to(&self, last: &LogPart) -> Image {
        let mut image = self.image.clone();
        image.files.retain(|name, _| *name == last.file || !self.begins_after(name, last.number));
        if let Some(content) = image.files.get_mut(&last.file) {
            std::rc::Rc::make_mut(content).truncate(last.at.end);
        }
        image
    }

    /// Whether these files are the log but for the end of its last segment, which is cut off or overwritten by one byte
    /// again and again: what a crash may leave of records that nothing says were durable.
    pub(super) fn has_torn_end(&self, files: &Image) -> bool {
        let Some(last) = self.parts.last().map(|part| &part.file) else { return false };
        let header = self.parts.iter().find(|part| part.file == *last).map_or(0, |part| part.at.end);
        let (Some(new), Some(old)) = (files.files.get(last), self.image.files.get(last)) else { return false };
        let kept = new.iter().zip(old.iter()).take_while(|(new, old)| new == old).count();
        let is_same = |(name, content)| name == last || files.files.get(name) == Some(content);
        let is_plain = new[kept..].windows(2).all(|pair| pair[0] == pair[1]);
        kept >= header
            && is_plain
            && files.files.len() == self.image.files.len()
            && self.image.files.iter().all(is_same)
    }

    fn begins_after(&self, name: &str, number: u64) -> bool {
        self.parts.iter().find(|part| part.file == name).is_some_and(|part| part.number >= number)
    }

    /// The last record that may not be missing from these files, as far as the whole parts in them tell.
    pub(super) fn floor(&self, files: &Image) -> u64 {
        let is_whole = |part: &&LogPart| {
            let bytes = |image: &Image| image.files.get(&part.file)?.get(part.at.clone()).map(<[u8]>::to_vec);
            bytes(files) == bytes(&self.image)
        };
        self.parts.iter().filter(is_whole).map(|part| part.vouches).max().unwrap_or(0)
    }
}

/// What would reach beyond the log, or whose reply may be without bounds.
fn is_skipped(argv: &[Bytes]) -> bool {
    let name = argv[0].to_ascii_uppercase();
    skip::reason(argv, false).is_some() || name.ends_with(b"RANDMEMBER") || name.ends_with(b"RANDFIELD")
}
