//! Keeps the indexes up to date.
//!
//! Whoever writes a key of database 0 notes it ([`Indexes::touch`]); after each command the noted keys are read again
//! ([`Indexes::refresh`]). An index without content, because it is new, was altered or is back from the log, reads all keys.

use std::collections::{BTreeMap, BTreeSet};

use super::Indexes;
use super::index::Contents;
use super::schema::Definition;
use crate::config::Config;
use crate::db::Db;
use crate::session::Argv;
use crate::value::Value;

/// What the indexes hold, and what they have yet to look at.
#[derive(Debug, Default)]
pub(super) struct Kept {
    contents: BTreeMap<Vec<u8>, Contents>,
    /// What has become of keys since, in that order.
    touched: Vec<Touch>,
    /// The commands that made the definitions what they are.
    history: Vec<Argv>,
    /// Definitions have changed, and no command was noted for it yet.
    is_unwritten: bool,
    /// Moves with every change of a definition.
    changes: u64,
    /// New indexes that don't look at keys from before.
    unscanned: BTreeSet<Vec<u8>>,
    /// Whose definition has changed.
    altered: BTreeSet<Vec<u8>>,
}

/// What became of a key.
#[derive(Debug, PartialEq, Eq)]
enum Touch {
    /// It was written, or is gone.
    Written(Vec<u8>),
    /// It has another name now, over whatever had that name.
    Renamed { from: Vec<u8>, to: Vec<u8> },
}

impl Kept {
    pub fn contents(&self, name: &[u8]) -> Option<&Contents> {
        self.contents.get(name)
    }

    pub fn defined(&mut self, name: &[u8], skips_scan: bool) {
        self.removed(name);
        if skips_scan {
            self.unscanned.insert(name.to_vec());
        }
    }

    pub fn removed(&mut self, name: &[u8]) {
        self.changes += 1;
        self.is_unwritten = true;
        self.contents.remove(name);
        self.unscanned.remove(name);
    }

    pub fn altered(&mut self, name: &[u8]) {
        self.changes += 1;
        self.is_unwritten = true;
        self.altered.insert(name.to_vec());
    }

    pub fn cleared(&mut self) {
        let changes = self.changes + 1;
        *self = Kept { changes, ..Kept::default() };
    }
}

impl Indexes {
    /// A key of database 0 was written, or is gone.
    pub fn touch(&mut self, key: &[u8]) {
        if !self.is_empty() && !self.was_last_touched(key) {
            self.kept.touched.push(Touch::Written(key.to_vec()));
        }
    }

    /// How often keys were touched since the indexes were refreshed.
    pub fn touches(&self) -> usize {
        self.kept.touched.len()
    }

    /// What was touched after the first `touches` was a key that got another name: its documents keep their places.
    pub fn renamed(&mut self, touches: usize, from: &[u8], to: &[u8]) {
        if !self.is_empty() {
            self.kept.touched.truncate(touches);
            self.kept.touched.push(Touch::Renamed { from: from.to_vec(), to: to.to_vec() });
        }
    }

    fn was_last_touched(&self, key: &[u8]) -> bool {
        matches!(self.kept.touched.last(), Some(Touch::Written(last)) if last == key)
    }

    /// Takes the last [`Indexes::touch`] back, for a plant.
    pub fn untouch(&mut self, key: &[u8]) {
        if self.was_last_touched(key) {
            self.kept.touched.pop();
        }
    }

    /// Database 0 is another one now.
    pub fn forget_contents(&mut self) {
        self.kept.contents.clear();
        self.kept.touched.clear();
        self.kept.unscanned.clear();
    }

    /// A count that moves with every change of a definition.
    pub fn changes(&self) -> u64 {
        self.kept.changes
    }

    /// The commands that make these definitions anew, in order.
    pub fn history(&self) -> &[Argv] {
        &self.kept.history
    }

    /// A command has run: if it has changed a definition, it belongs to how the definitions came about.
    pub fn note(&mut self, argv: &[Vec<u8>]) {
        if !std::mem::take(&mut self.kept.is_unwritten) {
            return;
        }
        if argv.get(1).is_some_and(|name| self.get(name).is_some()) {
            self.kept.history.push(argv.to_vec());
        }
        let Indexes { by_name, kept } = self;
        kept.history.retain(|argv| by_name.contains_key(&argv[1]));
    }

    /// Reads again what was written since the last time.
    pub fn refresh(&mut self, db: &Db, config: &Config) {
        if self.is_empty() {
            self.kept.touched.clear();
            return;
        }
        let Indexes { by_name, kept } = self;
        for name in std::mem::take(&mut kept.altered) {
            if !planted!(config, SearchAlterMissesOldDocs) {
                kept.contents.remove(&name);
            }
        }
        let touched = std::mem::take(&mut kept.touched);
        for (name, definition) in by_name {
            if let Some(contents) = kept.contents.get_mut(name) {
                touched.iter().for_each(|touch| contents.follow(definition, touch, db, config));
                continue;
            }
            let mut contents = Contents::new(definition);
            contents.is_partial = kept.unscanned.remove(name);
            if !contents.is_partial {
                contents.scan(definition, db, config);
            }
            kept.contents.insert(name.clone(), contents);
        }
    }

    /// What is wrong in the indexes.
    pub fn check(&self, db: &Db, config: &Config) -> Vec<String> {
        let mut faults = Vec::new();
        for definition in self.iter() {
            let Some(contents) = self.kept.contents(&definition.name) else {
                continue;
            };
            let hashes = db.iter().filter_map(|(key, _)| Some((key, hash_at(db, key)?)));
            let name = definition.name.escape_ascii();
            faults.extend(
                contents.check(definition, hashes, config).into_iter().map(|why| format!("index {name}: {why}")),
            );
        }
        faults
    }
}

impl Contents {
    fn follow(&mut self, definition: &Definition, touch: &Touch, db: &Db, config: &Config) {
        match touch {
            Touch::Written(key) => self.update(definition, key, hash_at(db, key), config),
            Touch::Renamed { from, .. } if planted!(config, SearchRenameLosesPosting) => self.remove(from),
            Touch::Renamed { from, to } if definition.covers(to) && self.rename(from, to) => {}
            Touch::Renamed { from, to } => {
                self.remove(from);
                self.update(definition, to, hash_at(db, to), config);
            }
        }
    }

    /// Reads all keys, in their order.
    fn scan(&mut self, definition: &Definition, db: &Db, config: &Config) {
        let mut keys: Vec<&[u8]> = db.iter().map(|(key, _)| key).filter(|key| definition.covers(key)).collect();
        keys.sort_unstable();
        for key in keys {
            self.update(definition, key, hash_at(db, key), config);
        }
    }
}

fn hash_at<'a>(db: &'a Db, key: &[u8]) -> Option<&'a crate::structure::hash::Hash> {
    match &db.get(key)?.value {
        Value::Hash(hash) => Some(hash),
        _ => None,
    }
}
