//! The log: records wait in a buffer, become a segment, and are durable when a manifest names it.

use super::ObjectOptions;
use super::envelope::{self, Broken, Unread};
use super::manifest::{self, Manifest, Part};
use super::segment::{self, Record};
use super::store::{ObjectError, Objects};
use crate::config::Config;

/// A log in an object store. Its records are numbered from 1 on.
pub struct ObjectLog {
    pub(super) objects: Box<dyn Objects>,
    pub(super) options: ObjectOptions,
    /// What was configured, for plants.
    pub(super) config: Config,
    /// What is durable.
    pub(super) manifest: Manifest,
    /// The last number of a manifest that is known to be taken.
    pub(super) taken: u64,
    /// Segments that are stored and that no manifest names yet.
    pub(super) uploaded: Vec<Part>,
    /// Records that are in no segment yet.
    pub(super) buffer: Vec<Record>,
    pub(super) buffer_bytes: usize,
    /// When the oldest of what isn't durable came, in unix milliseconds.
    pub(super) waiting_since: Option<u64>,
    /// When something failed last.
    pub(super) failed_at: Option<u64>,
    /// The number of the next record.
    pub(super) next: u64,
    /// A number that no name has had yet.
    pub(super) attempt: u64,
    /// The numbers in the anchors; 0 where there is none, or none that can be read.
    pub(super) anchors: [u64; 2],
    /// Another engine has opened the store: what is not durable yet never will be.
    pub(super) is_fenced: bool,
}

/// Why something isn't durable yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setback {
    /// The store failed: it will be tried again.
    Later(ObjectError),
    /// Another engine has opened the store: this one must stop.
    Fenced,
}

impl ObjectLog {
    /// The last record that is durable.
    pub fn flushed_seq(&self) -> u64 {
        self.manifest.last()
    }

    /// The last record that was appended.
    pub fn last_seq(&self) -> u64 {
        self.next - 1
    }

    /// Takes a record, which becomes durable some time. As long as the store fails, records wait in memory.
    pub fn append(&mut self, payload: Vec<u8>, now_ms: u64) {
        self.waiting_since.get_or_insert(now_ms);
        self.buffer_bytes += payload.len();
        self.buffer.push((self.next, payload));
        self.next += 1;
    }

    /// Flushes if the [options](ObjectOptions) say so. To be called where a prefix of the log makes sense: all records so
    /// far become durable together.
    pub fn flush_if_due(&mut self, now_ms: u64) -> Result<(), Setback> {
        let ObjectOptions { flush_records, flush_bytes, flush_ms, retry_ms, .. } = self.options;
        // A clock that has jumped back says nothing about how long ago something was.
        let is_over = |since: u64, ms: u64| now_ms.checked_sub(since).is_none_or(|passed| passed >= ms);
        let Some(since) = self.waiting_since else { return Ok(()) };
        let is_late = is_over(since, flush_ms) && !planted!(self.config, ObjectsTimeFlushesNothing);
        let is_due = match self.failed_at {
            Some(at) => is_over(at, retry_ms),
            None => self.buffer.len() >= flush_records || self.buffer_bytes >= flush_bytes || is_late,
        };
        if is_due { self.flush(now_ms) } else { Ok(()) }
    }

    /// Makes all records durable, unless the store fails. Then it can be tried again.
    pub fn flush(&mut self, now_ms: u64) -> Result<(), Setback> {
        let flushed = self.try_flush();
        self.failed_at = flushed.is_err().then_some(now_ms);
        flushed
    }

    fn try_flush(&mut self) -> Result<(), Setback> {
        if self.is_fenced {
            return Err(Setback::Fenced);
        }
        #[cfg(feature = "planted")]
        if planted!(self.config, ObjectsManifestBeforeSegments) {
            self.name_before_upload()?;
        }
        self.upload()?;
        if !self.uploaded.is_empty() {
            let mut manifest = self.manifest.clone();
            manifest.segments.extend(self.uploaded.iter().cloned());
            self.publish(manifest)?;
            self.uploaded.clear();
        }
        self.waiting_since = None;
        Ok(())
    }

    /// Stores the buffer as a segment.
    fn upload(&mut self) -> Result<(), Setback> {
        let (Some(&(first, _)), Some(&(last, _))) = (self.buffer.first(), self.buffer.last()) else { return Ok(()) };
        let bytes = segment::write(&self.buffer);
        let mut setback = Setback::Later(ObjectError::TimedOut);
        for _ in 0..self.options.attempts {
            let name = self.name_of(&format!("segments/{first:020}-{last:020}"));
            let stored = self.objects.put_new(&name, &bytes);
            if let Err(error) = &stored {
                setback = Setback::Later(error.clone());
                if planted!(self.config, ObjectsTimeoutAppliedTwice) && *error == ObjectError::TimedOut {
                    self.uploaded.push(Part { name: name.clone(), first, last });
                }
                if planted!(self.config, ObjectsFailureLosesBuffer) {
                    self.empty_buffer();
                    return Err(setback);
                }
            }
            if stored.is_ok() || planted!(self.config, ObjectsFailedPutBelieved) {
                self.uploaded.push(Part { name, first, last });
                self.empty_buffer();
                return Ok(());
            }
        }
        Err(setback)
    }

    pub(super) fn empty_buffer(&mut self) {
        self.buffer.clear();
        self.buffer_bytes = 0;
    }

    /// A name that no object has had.
    pub(super) fn name_of(&mut self, what: &str) -> String {
        self.attempt += 1;
        format!("{what}-{:020}-{:010}", self.manifest.epoch, self.attempt)
    }

    /// Stores a manifest under the next free number: then what it names is the log.
    pub(super) fn publish(&mut self, mut manifest: Manifest) -> Result<(), Setback> {
        let mut setback = Setback::Later(ObjectError::TimedOut);
        for _ in 0..self.options.attempts {
            manifest.number = self.taken + 1;
            match self.objects.put_new(&manifest::name(manifest.number), &manifest.write()) {
                Ok(()) => {}
                Err(ObjectError::AlreadyExists) if self.is_stored(&manifest)? => {}
                Err(error) => {
                    setback = Setback::Later(error);
                    if !planted!(self.config, ObjectsFailedManifestBelieved) {
                        continue;
                    }
                }
            }
            self.taken = manifest.number;
            self.manifest = manifest;
            return Ok(());
        }
        Err(setback)
    }

    /// Whether it is this manifest that has its number, from an attempt whose answer never came. If it is another one, the
    /// number is taken.
    fn is_stored(&mut self, manifest: &Manifest) -> Result<bool, Setback> {
        let config = &self.config;
        let name = manifest::name(manifest.number);
        let parse = |bytes: &[u8]| Manifest::read(bytes, config);
        match envelope::read(self.objects.as_mut(), &name, self.options.attempts, parse) {
            Ok(stored) if stored == *manifest => Ok(true),
            Ok(stored) if stored.epoch > manifest.epoch => {
                self.is_fenced = true;
                Err(Setback::Fenced)
            }
            // What an earlier attempt has left.
            Ok(_) | Err(Unread::Broken(Broken::Cut)) => {
                self.taken = manifest.number;
                Ok(false)
            }
            Err(Unread::Store(error)) => Err(Setback::Later(error)),
            Err(Unread::Broken(Broken::Damaged)) => Err(Setback::Later(ObjectError::Failed("damaged".into()))),
        }
    }

    #[cfg(feature = "planted")]
    /// The plant: names a segment and stores it afterwards.
    fn name_before_upload(&mut self) -> Result<(), Setback> {
        let (Some(&(first, _)), Some(&(last, _))) = (self.buffer.first(), self.buffer.last()) else { return Ok(()) };
        let name = self.name_of(&format!("segments/{first:020}-{last:020}"));
        let mut manifest = self.manifest.clone();
        manifest.segments.push(Part { name: name.clone(), first, last });
        self.publish(manifest)?;
        let bytes = segment::write(&self.buffer);
        self.objects.put_new(&name, &bytes).map_err(Setback::Later)?;
        self.empty_buffer();
        Ok(())
    }
}
