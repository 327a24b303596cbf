//! What a disk holds for sure, and the changes that a crash may keep or lose.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::image::Image;
use crate::digest;

/// The bytes of a file, shared until somebody changes them.
pub type Content = Rc<Vec<u8>>;

/// A file, whatever it is called. Of two files that have had the same name, each has a number of its own.
pub type FileId = u64;

/// A change that is not durable yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Write { file: FileId, offset: usize, bytes: Vec<u8> },
    Truncate { file: FileId, len: usize },
    Create { name: String, file: FileId },
    Rename { from: String, to: String, file: FileId },
    Remove { name: String, file: FileId },
}

impl Change {
    /// The file whose content it changes; `None` if it changes the directory.
    pub(super) fn content_of(&self) -> Option<FileId> {
        match self {
            Change::Write { file, .. } | Change::Truncate { file, .. } => Some(*file),
            Change::Create { .. } | Change::Rename { .. } | Change::Remove { .. } => None,
        }
    }

    /// Unambiguous bytes, for the event hash.
    pub(super) fn digest(&self, out: &mut Vec<u8>) {
        let (tag, name, number, body) = match self {
            Change::Write { file, offset, bytes } => (b'w', file.to_string(), *offset, &bytes[..]),
            Change::Truncate { file, len } => (b't', file.to_string(), *len, &[][..]),
            Change::Create { name, .. } => (b'c', name.clone(), 0, &[][..]),
            Change::Rename { from, to, .. } => (b'r', from.clone(), 0, to.as_bytes()),
            Change::Remove { name, .. } => (b'd', name.clone(), 0, &[][..]),
        };
        out.push(tag);
        digest::bytes(name.as_bytes(), out);
        out.extend((number as u64).to_le_bytes());
        digest::bytes(body, out);
    }
}

/// A directory and its files, as one side sees them: the page cache, or the platter.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) names: BTreeMap<String, FileId>,
    contents: BTreeMap<FileId, Content>,
}

impl Tree {
    pub(super) fn content(&self, file: FileId) -> &[u8] {
        self.contents.get(&file).map_or(&[], |content| content)
    }

    /// Carries a change out, whatever came before it: what a write skips reads as zeros, and a file that is renamed
    /// has its new name even if its old one never got there.
    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::Write { file, offset, bytes } => {
                let content = self.content_mut(*file);
                let end = offset + bytes.len();
                content.resize(content.len().max(end), 0);
                content[*offset..end].copy_from_slice(bytes);
            }
            Change::Truncate { file, len } => self.content_mut(*file).resize(*len, 0),
            Change::Create { name, file } => {
                self.names.insert(name.clone(), *file);
            }
            Change::Rename { from, to, file } => {
                self.forget(from, *file);
                self.names.insert(to.clone(), *file);
            }
            Change::Remove { name, file } => self.forget(name, *file),
        }
    }

    fn content_mut(&mut self, file: FileId) -> &mut Vec<u8> {
        Rc::make_mut(self.contents.entry(file).or_default())
    }

    fn forget(&mut self, name: &str, file: FileId) {
        if self.names.get(name) == Some(&file) {
            self.names.remove(name);
        }
    }

    pub(super) fn image(&self) -> Image {
        let content = |file| self.contents.get(file).cloned().unwrap_or_default();
        Image { files: self.names.iter().map(|(name, file)| (name.clone(), content(file))).collect() }
    }

    /// The files of an image, numbered from `first`.
    pub(super) fn of_image(image: &Image, first: FileId) -> Self {
        let mut tree = Tree::default();
        for (file, (name, content)) in (first..).zip(&image.files) {
            tree.names.insert(name.clone(), file);
            tree.contents.insert(file, content.clone());
        }
        tree
    }
}

/// What is durable, and what may become so.
#[derive(Clone, Debug, Default)]
pub(super) struct Platter {
    pub(super) durable: Tree,
    /// In the order in which they were asked for.
    pub(super) pending: Vec<Change>,
}

impl Platter {
    pub(super) fn of(durable: Tree) -> Self {
        Platter { durable, pending: Vec::new() }
    }

    /// What happens to a platter: the history of a disk is a list of these.
    pub(super) fn happen(&mut self, event: &Event) {
        match event {
            Event::Changed(change) => self.pending.push(change.clone()),
            Event::Synced(what) => {
                for change in self.take(*what) {
                    self.durable.apply(&change);
                }
                self.tidy();
            }
            Event::Lost(what) => drop(self.take(*what)),
            Event::Became(tree) => *self = Platter::of(tree.clone()),
        }
    }

    fn take(&mut self, what: Synced) -> Vec<Change> {
        let (taken, pending) = self.pending.drain(..).partition(|change| what == Synced::of(change));
        self.pending = pending;
        taken
    }

    /// Drops the content of files that can have no name any more.
    fn tidy(&mut self) {
        let Platter { durable: Tree { names, contents }, pending } = self;
        let is_pending = |file| {
            pending.iter().any(|change| match change {
                Change::Write { file: of, .. } | Change::Truncate { file: of, .. } => *of == file,
                Change::Create { file: of, .. } | Change::Rename { file: of, .. } => *of == file,
                Change::Remove { .. } => false,
            })
        };
        contents.retain(|file, _| names.values().any(|named| named == file) || is_pending(*file));
    }
}

/// What a sync is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Synced {
    Content(FileId),
    Directory,
}

impl Synced {
    fn of(change: &Change) -> Self {
        change.content_of().map_or(Synced::Directory, Synced::Content)
    }
}

/// What an operation does to the platter.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Changed(Change),
    /// What was pending is durable.
    Synced(Synced),
    /// What was pending will never be.
    Lost(Synced),
    /// Power came back, and this was there.
    Became(Tree),
}
