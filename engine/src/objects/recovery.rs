//! Opening: what the newest manifest names, and nothing else.

use super::ObjectOptions;
use super::envelope::{self, Broken, SNAPSHOT, Unread};
use super::error::{ObjectCorruption, ObjectOpenError};
use super::log::ObjectLog;
use super::manifest::{self, ANCHORS, Manifest, Part};
use super::segment::{self, Record};
use super::store::{ObjectError, Objects};
use crate::config::Config;

/// What a store held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The last record that the snapshot holds, and the snapshot.
    pub snapshot: Option<(u64, Vec<u8>)>,
    /// The records behind it, numbered.
    pub records: Vec<(u64, Vec<u8>)>,
}

impl ObjectLog {
    /// Opens the log that the store holds, or begins one. An engine that has it open will find that it has lost it.
    pub fn open(
        objects: Box<dyn Objects>,
        options: ObjectOptions,
        config: Config,
    ) -> Result<(ObjectLog, Recovered), ObjectOpenError> {
        let mut opening = Opening { objects, options, config };
        let anchors = opening.anchors()?;
        let Found { manifest, taken } = opening.find_manifest(anchors[0].max(anchors[1]))?;
        let recovered = opening.load(&manifest)?;
        let next = recovered.records.last().map_or(manifest.last(), |(seq, _)| *seq) + 1;
        let Opening { objects, options, config } = opening;
        let mut log = ObjectLog {
            objects,
            options,
            config,
            manifest,
            taken,
            uploaded: Vec::new(),
            buffer: Vec::new(),
            buffer_bytes: 0,
            waiting_since: None,
            failed_at: None,
            next,
            attempt: 0,
            anchors,
            is_fenced: false,
        };
        log.claim()?;
        Ok((log, recovered))
    }

    /// Writes the manifest anew: its number is the epoch, and nobody who has an earlier one can write any more.
    fn claim(&mut self) -> Result<(), ObjectOpenError> {
        let mut refused = ObjectError::TimedOut;
        for _ in 0..self.options.attempts {
            let number = self.taken + 1;
            let claim = Manifest { number, epoch: number, ..self.manifest.clone() };
            match self.objects.put_new(&manifest::name(number), &claim.write()) {
                Ok(()) => {
                    self.taken = number;
                    self.manifest = claim;
                    return Ok(());
                }
                // It may be what an attempt has left whose answer never came. Or it is somebody else's, so that it cannot be
                // ours; but as long as it says the same, the next one can.
                Err(ObjectError::AlreadyExists) => {
                    let opening_same = self.is_taken_by_same(&claim)?;
                    if !opening_same {
                        return Err(ObjectOpenError::InUse);
                    }
                    self.taken = number;
                }
                Err(error) => refused = error,
            }
        }
        Err(store_failed(&manifest::name(self.taken + 1), "put_new", refused))
    }

    fn is_taken_by_same(&mut self, claim: &Manifest) -> Result<bool, ObjectOpenError> {
        let name = manifest::name(claim.number);
        let config = &self.config;
        let parse = |bytes: &[u8]| Manifest::read(bytes, config);
        match envelope::read(self.objects.as_mut(), &name, self.options.attempts, parse) {
            Ok(stored) => Ok(stored.says_the_same_as(claim) || planted!(self.config, ObjectsListBelieved)),
            Err(Unread::Broken(Broken::Cut)) => Ok(true),
            Err(unread) => Err(unreadable(&name, claim.number, unread)),
        }
    }
}

/// The newest manifest, and the last number that is taken.
struct Found {
    manifest: Manifest,
    taken: u64,
}

/// What is known while a store is being opened.
struct Opening {
    objects: Box<dyn Objects>,
    options: ObjectOptions,
    config: Config,
}

impl Opening {
    fn read<T>(&mut self, name: &str, parse: impl Fn(&[u8], &Config) -> Result<T, Broken>) -> Result<T, Unread> {
        let config = &self.config;
        envelope::read(self.objects.as_mut(), name, self.options.attempts, |bytes| parse(bytes, config))
    }

    /// The numbers in the anchors. One of them may be cut short, or not there yet.
    fn anchors(&mut self) -> Result<[u64; 2], ObjectOpenError> {
        let mut anchors = [0; 2];
        let mut cut = 0;
        for (anchor, name) in anchors.iter_mut().zip(ANCHORS) {
            *anchor = match self.read(name, manifest::read_anchor) {
                Ok(number) => number,
                Err(Unread::Store(ObjectError::NotFound)) => 0,
                Err(Unread::Broken(Broken::Cut)) => {
                    cut += 1;
                    0
                }
                Err(unread) => return Err(unreadable(name, 0, unread)),
            };
        }
        if cut < 2 { Ok(anchors) } else { Err(corrupt(ANCHORS[0], 0, ObjectCorruption::Damaged)) }
    }

    /// The manifest with that number; `None` if it was cut short.
    fn manifest(&mut self, number: u64) -> Result<Option<Manifest>, Unread> {
        match self.read(&manifest::name(number), Manifest::read) {
            Ok(manifest) if manifest.number == number => Ok(Some(manifest)),
            Ok(_) => Err(Unread::Broken(Broken::Damaged)),
            Err(Unread::Broken(Broken::Cut)) => Ok(None),
            Err(unread) => Err(unread),
        }
    }

    /// The newest manifest. A listing only tells where to begin: it may lack the newest ones, which are found by asking for
    /// one number after the other.
    fn find_manifest(&mut self, anchor: u64) -> Result<Found, ObjectOpenError> {
        let listed = self.objects.list(manifest::PREFIX).unwrap_or_default();
        let listed = listed.iter().filter_map(|name| manifest::number_of(name)).max().unwrap_or(0);
        let start = if planted!(self.config, ObjectsListBelieved) { listed } else { anchor.max(listed) };
        let (mut newest, mut taken) = self.walk_up(start)?;
        if planted!(self.config, ObjectsCutManifestIsEnd) && newest.as_ref().is_none_or(|m| m.number < taken) {
            newest = Some(Manifest::default());
        }
        // Those at the end may all be cut short.
        for number in (anchor.max(1)..start).rev() {
            if newest.is_some() {
                break;
            }
            newest = self.manifest(number).map_err(|unread| unreadable(&manifest::name(number), number, unread))?;
        }
        if newest.is_none() && anchor > 0 && !planted!(self.config, ObjectsListBelieved) {
            return Err(corrupt(&manifest::name(anchor), anchor, ObjectCorruption::Missing));
        }
        taken = taken.max(start);
        Ok(Found { manifest: newest.unwrap_or_default(), taken })
    }

    /// The newest manifest from this number on, and the last number that is taken.
    fn walk_up(&mut self, start: u64) -> Result<(Option<Manifest>, u64), ObjectOpenError> {
        let (mut newest, mut taken) = (None, start);
        for number in start.max(1).. {
            match self.manifest(number) {
                Ok(found) => {
                    newest = found.or(newest);
                    taken = number;
                }
                Err(Unread::Store(ObjectError::NotFound)) => break,
                Err(unread) => return Err(unreadable(&manifest::name(number), number, unread)),
            }
            if planted!(self.config, ObjectsListBelieved) {
                break;
            }
        }
        Ok((newest, taken))
    }

    /// What the manifest names.
    fn load(&mut self, manifest: &Manifest) -> Result<Recovered, ObjectOpenError> {
        let mut recovered = Recovered::default();
        if let Some(part) = &manifest.snapshot {
            let read =
                self.read(&part.name, |bytes, config| envelope::open(SNAPSHOT, bytes, config).map(<[u8]>::to_vec));
            recovered.snapshot = Some((part.last, read.map_err(|unread| unreadable(&part.name, part.last, unread))?));
        }
        let mut next = manifest.snapshot.as_ref().map_or(0, |part| part.last) + 1;
        for part in &manifest.segments {
            let records = self.load_segment(part)?;
            if planted!(self.config, ObjectsTimeoutAppliedTwice) {
                // Or else recovery would notice.
            } else if !planted!(self.config, ObjectsSnapshotOverlaps) {
                check_order(part, &records, next)?;
            }
            next = part.last + 1;
            recovered.records.extend(records);
        }
        #[cfg(feature = "planted")]
        if planted!(self.config, ObjectsOrphansLoaded) {
            self.load_orphans(manifest, &mut recovered)?;
        }
        Ok(recovered)
    }

    fn load_segment(&mut self, part: &Part) -> Result<Vec<Record>, ObjectOpenError> {
        self.read(&part.name, segment::read).map_err(|unread| unreadable(&part.name, part.first, unread))
    }

    #[cfg(feature = "planted")]
    /// The plant: whatever is in the folder is part of the log.
    fn load_orphans(&mut self, manifest: &Manifest, recovered: &mut Recovered) -> Result<(), ObjectOpenError> {
        for name in self.objects.list("segments/").unwrap_or_default() {
            if manifest.segments.iter().all(|part| part.name != name) {
                let part = Part { name, first: 0, last: 0 };
                recovered.records.extend(self.load_segment(&part)?);
            }
        }
        recovered.records.sort_by_key(|(seq, _)| *seq);
        Ok(())
    }
}

/// The records are those that the manifest says, and follow the ones before them.
fn check_order(part: &Part, records: &[Record], next: u64) -> Result<(), ObjectOpenError> {
    let is_whole = records.iter().map(|(seq, _)| *seq).eq(part.first..=part.last);
    match part.first {
        first if first > next => Err(corrupt(&part.name, next, ObjectCorruption::Hole)),
        first if first < next => Err(corrupt(&part.name, next, ObjectCorruption::Overlap)),
        _ if !is_whole => Err(corrupt(&part.name, next, ObjectCorruption::Content)),
        _ => Ok(()),
    }
}

fn corrupt(name: &str, seq: u64, what: ObjectCorruption) -> ObjectOpenError {
    ObjectOpenError::Corrupt { name: name.to_owned(), seq, what }
}

fn store_failed(name: &str, operation: &'static str, source: ObjectError) -> ObjectOpenError {
    ObjectOpenError::Store { name: name.to_owned(), operation, source }
}

/// What is needed could not be read.
fn unreadable(name: &str, seq: u64, unread: Unread) -> ObjectOpenError {
    match unread {
        Unread::Store(ObjectError::NotFound) => corrupt(name, seq, ObjectCorruption::Missing),
        Unread::Store(error) => store_failed(name, "get", error),
        Unread::Broken(_) => corrupt(name, seq, ObjectCorruption::Damaged),
    }
}
