//! What a fuzz engine's binary does with each input, whichever engine drives it.
//!
//! Without arguments a violation is a panic, which every engine takes for a crash. `respfuzz fuzz` starts the binary
//! with arguments of its own (after libFuzzer's `-ignore_remaining_args=1`):
//!
//! - `--plant=NAME`: the subject has that planted bug;
//! - `--hunt=DIR`: a violation is written to `DIR` at once and then known: the run goes on;
//! - `--worker`: run inputs from standard input, for the shrinker ([`crate::worker`]).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::command::Sent;
use crate::oracle::Fingerprint;
use crate::target::{ByteMutator, Input, Registry, RunReport, Setup, Target, run_checked};
use crate::worker;

/// What a hunting binary tells its parent, one JSON line each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// First of all.
    Target {
        /// What the target's bytes are.
        input: Input,
    },
    /// So far.
    Progress {
        /// Inputs run.
        executions: u64,
        /// Commands sent, or values decoded.
        steps: u64,
        /// Comparisons and checks evaluated.
        checks: u64,
        /// How many inputs broke something, by what it is.
        divergences: BTreeMap<Fingerprint, u64>,
        /// What clients sent.
        #[serde(default)]
        sent: Sent,
    },
    /// A violation that was not known; it is on disk.
    Find {
        /// The input.
        path: PathBuf,
        /// What makes it this bug and no other.
        fingerprint: Fingerprint,
    },
}

struct Driver {
    target: Box<dyn Target>,
    hunt: Option<Hunt>,
}

struct Hunt {
    dir: PathBuf,
    /// What was found in this run, and how often by this process.
    found: BTreeMap<Fingerprint, u64>,
    executions: u64,
    steps: u64,
    checks: u64,
    sent: Sent,
}

thread_local! {
    static DRIVER: RefCell<Option<Driver>> = const { RefCell::new(None) };
}

/// Finds the target and reads the binary's arguments. Ends the process where that is the request or the only way.
pub fn start(registry: Registry, name: &str) {
    let mut setup = Setup::default();
    let (mut hunt, mut is_worker) = (None, false);
    for arg in std::env::args().skip(1) {
        match arg.split_once('=') {
            Some(("--plant", plant)) => setup.plant = Some(plant.to_owned()),
            Some(("--hunt", dir)) => hunt = Some(PathBuf::from(dir)),
            _ if arg == "--worker" => is_worker = true,
            _ => {} // The engine's own.
        }
    }
    let target = match registry(&setup) {
        Ok(targets) => targets.into_iter().find(|t| t.name() == name),
        Err(error) => quit(&error.to_string()),
    };
    let Some(target) = target else { quit(&format!("the registry has no target `{name}`")) };
    if is_worker {
        match worker::serve(target.as_ref()) {
            Ok(()) => std::process::exit(0),
            Err(error) => quit(&format!("worker: {error}")),
        }
    }
    if hunt.is_some()
        && let Err(error) = tell(&Message::Target { input: target.input() })
    {
        quit(&format!("standard output: {error}"));
    }
    let hunt = hunt.map(|dir| Hunt::open(dir).unwrap_or_else(|error| quit(&format!("--hunt: {error}"))));
    DRIVER.set(Some(Driver { target, hunt }));
}

fn quit(reason: &str) -> ! {
    eprintln!("error: {reason}");
    std::process::exit(2)
}

/// Runs one input. Outside a hunt, a violation panics.
pub fn run(data: &[u8]) {
    DRIVER.with_borrow_mut(|driver| {
        let driver = driver.as_mut().expect("driver::start is called first");
        let report = run_checked(driver.target.as_ref(), data, false);
        match &mut driver.hunt {
            Some(hunt) => {
                if let Err(error) = hunt.take(data, &report) {
                    quit(&format!("a find cannot be written to {}: {error}", hunt.dir.display()));
                }
            }
            None => assert_holds(&report),
        }
    });
}

/// Panics with the violation, if there is one.
pub fn assert_holds(report: &RunReport) {
    if let Some(violation) = &report.violation {
        panic!("{violation}");
    }
}

/// The target's own mutator.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, bytes: ByteMutator) -> usize {
    DRIVER.with_borrow(|driver| match driver {
        Some(driver) => driver.target.mutate(data, size, max_size, seed, bytes),
        None => bytes(data, size, max_size),
    })
}

/// The target's own crossover.
pub fn crossover(a: &[u8], b: &[u8], out: &mut [u8], seed: u32) -> usize {
    DRIVER.with_borrow(|driver| driver.as_ref().map_or(0, |driver| driver.target.crossover(a, b, out, seed)))
}

impl Hunt {
    /// Fingerprints found earlier in this run are known: the process may have been started again after a crash.
    fn open(dir: PathBuf) -> io::Result<Hunt> {
        std::fs::create_dir_all(&dir)?;
        let mut found = BTreeMap::new();
        for entry in std::fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "fingerprint") {
                found.extend(
                    Fingerprint::parse(std::fs::read_to_string(path)?.trim()).map(|fingerprint| (fingerprint, 0)),
                );
            }
        }
        Ok(Hunt { dir, found, executions: 0, steps: 0, checks: 0, sent: Sent::default() })
    }

    fn take(&mut self, data: &[u8], report: &RunReport) -> io::Result<()> {
        self.executions += 1;
        self.steps += report.steps;
        self.checks += report.checks;
        self.sent.add(&report.sent);
        if let Some(violation) = &report.violation {
            let is_new = !self.found.contains_key(&violation.fingerprint);
            *self.found.entry(violation.fingerprint.clone()).or_default() += 1;
            if is_new {
                self.write_find(data, &violation.fingerprint)?;
            }
        }
        /// Progress is told after so many inputs.
        const INTERVAL: u64 = 512;
        if self.executions.is_multiple_of(INTERVAL) || self.executions == 1 {
            self.tell_progress()?;
        }
        Ok(())
    }

    fn tell_progress(&self) -> io::Result<()> {
        let Hunt { executions, steps, checks, .. } = *self;
        let (divergences, sent) = (self.found.clone(), self.sent.clone());
        tell(&Message::Progress { executions, steps, checks, divergences, sent })
    }

    /// On disk before anything else happens, also if the process is killed right after.
    fn write_find(&mut self, data: &[u8], fingerprint: &Fingerprint) -> io::Result<()> {
        let path = self.dir.join(format!("{}.bin", slug(fingerprint)));
        write_synced(&path, data)?;
        write_synced(&path.with_extension("fingerprint"), format!("{fingerprint}\n").as_bytes())?;
        File::open(&self.dir)?.sync_all()?;
        self.tell_progress()?; // The find may be enough for the parent, and the last that it reads.
        tell(&Message::Find { path, fingerprint: fingerprint.clone() })
    }
}

/// The process ends: what was done since progress was last told counts, too.
impl Drop for Hunt {
    fn drop(&mut self) {
        if let Err(error) = self.tell_progress() {
            eprintln!("error: standard output: {error}");
        }
    }
}

/// Writes a file so that it outlives a crash of the machine.
pub fn write_synced(path: &Path, data: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(data)?;
    file.sync_all()
}

/// A fingerprint as a file name.
pub fn slug(fingerprint: &Fingerprint) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    fingerprint.as_str().chars().map(plain).take(120).collect()
}

fn tell(message: &Message) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, message)?;
    out.write_all(b"\n")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let fingerprint = Fingerprint::new(crate::oracle::Oracle::Reply, "GET", "bulk", "nil");
        let divergences = BTreeMap::from([(fingerprint, 3)]);
        let text = serde_json::to_string(&Message::Progress {
            executions: 1,
            steps: 2,
            checks: 4,
            divergences,
            sent: Sent::default(),
        })
        .unwrap();
        let Ok(Message::Progress { divergences, .. }) = serde_json::from_str(&text) else { panic!("{text}") };
        assert_eq!(divergences.values().sum::<u64>(), 3);
    }

    #[test]
    fn a_find_is_on_disk_once_and_known_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let fingerprint = Fingerprint::new(crate::oracle::Oracle::Reply, "GET", "bulk", "nil");
        let mut hunt = Hunt::open(dir.path().to_owned()).unwrap();
        hunt.write_find(b"input", &fingerprint).unwrap();
        assert_eq!(std::fs::read(dir.path().join("reply-get-bulk-nil.bin")).unwrap(), b"input");
        let again = Hunt::open(dir.path().to_owned()).unwrap();
        assert!(again.found.contains_key(&fingerprint));
    }
}
