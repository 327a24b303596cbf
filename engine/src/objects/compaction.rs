//! Compaction: a snapshot in place of the segments, then the removal of what no manifest needs.

use super::envelope::{self, SNAPSHOT};
use super::log::{ObjectLog, Setback};
use super::manifest::{self, ANCHORS, Manifest, Part};

impl ObjectLog {
    /// Whether there are so many segments that a snapshot is worth its while.
    pub fn wants_compaction(&self, now_ms: u64) -> bool {
        let limit = self.options.compact_segments;
        limit > 0 && self.manifest.segments.len() >= limit && self.may_try(now_ms)
    }

    /// Whether nothing has failed lately.
    pub(super) fn may_try(&self, now_ms: u64) -> bool {
        self.failed_at.is_none_or(|at| now_ms.abs_diff(at) >= self.options.retry_ms)
    }

    /// Puts a snapshot of what all records so far came to in their place, and removes what isn't needed any more. All
    /// records are durable then; if the store fails, everything is as it was.
    pub fn compact(&mut self, snapshot: &[u8], now_ms: u64) -> Result<(), Setback> {
        let compacted = self.try_compact(snapshot);
        if compacted.is_err() {
            self.failed_at = Some(now_ms);
        }
        compacted
    }

    fn try_compact(&mut self, snapshot: &[u8]) -> Result<(), Setback> {
        if self.is_fenced {
            return Err(Setback::Fenced);
        }
        let last = self.last_seq();
        let name = self.store_snapshot(last, snapshot)?;
        let mut manifest = Manifest { snapshot: Some(Part { name, first: 0, last }), ..self.manifest.clone() };
        if !planted!(self.config, ObjectsSnapshotOverlaps) {
            manifest.segments.clear();
        }
        #[cfg(feature = "planted")]
        if planted!(self.config, ObjectsSegmentsDeletedEarly) {
            self.remove_segments();
        }
        self.publish(manifest)?;
        self.empty_buffer();
        self.uploaded.clear();
        self.waiting_since = None;
        self.failed_at = None;
        self.sweep();
        Ok(())
    }

    /// Stores a snapshot under a name that nothing has while it is incomplete. Returns its name.
    fn store_snapshot(&mut self, last: u64, snapshot: &[u8]) -> Result<String, Setback> {
        let staged = self.name_of("staging/snapshot");
        let name = self.name_of(&format!("snapshots/{last:020}"));
        let stored = self.objects.put_new(&staged, &envelope::seal(SNAPSHOT, snapshot));
        let renamed = stored.and_then(|()| self.objects.rename(&staged, &name));
        match renamed {
            Err(_) if planted!(self.config, ObjectsFailedRenameBelieved) => Ok(name),
            renamed => renamed.map(|()| name).map_err(Setback::Later),
        }
    }

    /// Removes what the manifest doesn't need. What cannot be removed now is still there the next time.
    fn sweep(&mut self) {
        self.move_anchor();
        let names = self.objects.list("").unwrap_or_default();
        let needed: Vec<String> = self.manifest.parts().map(|part| part.name.clone()).collect();
        let epoch = self.manifest.epoch;
        let anchor = self.anchors[0].max(self.anchors[1]);
        for name in names {
            let is_old = match manifest::number_of(&name) {
                Some(number) => number < anchor,
                // A later engine's objects are not known to this one's manifest.
                None => epoch_of(&name).is_some_and(|of| of <= epoch) && !needed.contains(&name),
            };
            if is_old {
                self.remove(&name);
            }
        }
    }

    /// It may stay there: nothing refers to it.
    fn remove(&mut self, name: &str) {
        self.objects.delete(name).ok();
    }

    /// Says from which number on manifests must be looked for. The other anchor, which may be needed if this one is cut
    /// short, stays as it is.
    fn move_anchor(&mut self) {
        let older = usize::from(self.anchors[1] < self.anchors[0]);
        let number = self.manifest.number;
        // If that fails, the number in it isn't known to be there.
        self.anchors[older] = 0;
        if self.objects.put(ANCHORS[older], &manifest::write_anchor(number)).is_ok() {
            self.anchors[older] = number;
        }
    }

    #[cfg(feature = "planted")]
    /// The plant: removes the segments although the manifest still names them.
    fn remove_segments(&mut self) {
        for part in self.manifest.segments.clone() {
            self.remove(&part.name);
        }
    }
}

/// The epoch in the name of a segment or of a snapshot.
fn epoch_of(name: &str) -> Option<u64> {
    let folder = name.split('/').next()?;
    let mut ends = name.rsplit('-');
    let epoch = ends.nth(1)?;
    ["segments", "snapshots", "staging"].contains(&folder).then(|| epoch.parse().ok())?
}
