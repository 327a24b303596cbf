//! The invariants of an index's content.

use super::{Contents, Definition, Number, read};
use crate::config::Config;
use crate::structure::hash::Hash;

impl Contents {
    /// What is wrong, if these are the hashes that the index covers, by key.
    pub fn check<'a>(
        &self,
        definition: &Definition,
        hashes: impl Iterator<Item = (&'a [u8], &'a Hash)>,
        config: &Config,
    ) -> Vec<String> {
        let mut faults = self.check_ids();
        // As it would be if all were read now; the numbers of documents are compared by their keys.
        let mut fresh = Contents { stop_words: self.stop_words.clone(), ..Contents::default() };
        let sound = Config { plant_free: true, ..config.clone() };
        for (key, hash) in hashes.filter(|(key, _)| definition.covers(key)) {
            if let Some((document, terms)) = read::document(definition, &fresh.stop_words, key, hash, &sound) {
                fresh.add(definition, document, terms);
            }
        }
        faults.extend(self.compare(&fresh));
        faults
    }
}
