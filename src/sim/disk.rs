//! The disk: one flat directory whose page cache, crashes and faults are all simulated.
//!
//! Nothing is durable before it is synced: a file's content by [`Disk::sync`], its name by [`Disk::sync_dir`]. When
//! [power is lost](Disk::power_loss), the disk becomes one of its [crash images](Disk::images): durable content, and of
//! the operations since then any part that a disk may have carried out.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;

use twox_hash::XxHash3_64;

use super::Clock;
use super::image::{Image, ImageChoice};
use super::platter::{Change, Event, FileId, Platter, Synced, Tree};
use crate::fault::{Fault, Faults};

/// A simulated disk. Clones are the same disk.
#[derive(Clone)]
pub struct Disk(Rc<RefCell<State>>);

struct State {
    faults: Faults,
    clock: Clock,
    /// What is read.
    cache: Tree,
    platter: Platter,
    next_file: FileId,
    /// How each file was before it was last written to, for stale reads.
    undo: BTreeMap<FileId, Undo>,
    operations: u64,
    /// The number of operations after which power is lost.
    dies_at: Option<u64>,
    end: Option<End>,
    /// How many appends more find no room.
    full_for: u16,
    /// Counts kills and power losses: storage of an earlier life is dead.
    life: u64,
    /// The lock that is held, and how many have been taken.
    holder: Option<u64>,
    locks: u64,
    history: Option<History>,
    hash: u64,
}

/// How the life of whoever uses the disk has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Power is off. If a fault did that, its argument says which crash image follows.
    PowerLoss(Option<u16>),
    /// The process was killed; the page cache lives on.
    Killed,
}

/// What was before the last write.
enum Undo {
    /// The file was so long.
    Appended(usize),
    /// It had these bytes at its end.
    Truncated(Vec<u8>),
}

/// Everything that happened to the platter since [`Disk::record`], with the number of the operation.
struct History {
    start: Platter,
    events: Vec<(u64, Event)>,
}

/// Holds the directory for one user; whoever drops it gives it back.
pub struct DiskLock {
    disk: Disk,
    number: u64,
}

impl Drop for DiskLock {
    fn drop(&mut self) {
        let mut state = self.disk.0.borrow_mut();
        if state.holder == Some(self.number) {
            state.holder = None;
        }
    }
}

/// Files.
impl Disk {
    /// An empty disk that fails as `faults` say and moves `clock` when it is slow.
    pub fn new(faults: Faults, clock: Clock) -> Self {
        Self::of_image(&Image::default(), faults, clock)
    }

    /// A disk that holds the files of an image, durably.
    pub fn of_image(image: &Image, faults: Faults, clock: Clock) -> Self {
        let tree = Tree::of_image(image, 0);
        Disk(Rc::new(RefCell::new(State {
            faults,
            clock,
            next_file: tree.names.len() as FileId,
            cache: tree.clone(),
            platter: Platter::of(tree),
            undo: BTreeMap::new(),
            operations: 0,
            dies_at: None,
            end: None,
            full_for: 0,
            life: 0,
            holder: None,
            locks: 0,
            history: None,
            hash: 0,
        })))
    }

    /// Takes the directory; [`io::ErrorKind::WouldBlock`] while another user has it.
    pub fn lock(&self) -> io::Result<DiskLock> {
        let mut state = self.0.borrow_mut();
        state.alive()?;
        if state.holder.is_some() {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "Resource temporarily unavailable"));
        }
        state.locks += 1;
        state.holder = Some(state.locks);
        Ok(DiskLock { disk: self.clone(), number: state.locks })
    }

    /// The names of all files, sorted.
    pub fn list(&self) -> io::Result<Vec<String>> {
        let state = self.0.borrow();
        state.alive()?;
        Ok(state.cache.names.keys().cloned().collect())
    }

    /// The length of a file in bytes.
    pub fn len(&self, name: &str) -> io::Result<u64> {
        let state = self.0.borrow();
        let file = state.file(name)?;
        Ok(state.cache.content(file).len() as u64)
    }

    /// Up to `len` bytes of a file from `offset` on.
    pub fn read(&self, name: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut state = self.0.borrow_mut();
        let file = state.file(name)?;
        state.be_slow();
        let bytes = range(state.cache.content(file), offset, len);
        let Some(stale) = state.stale(file, offset, len).filter(|stale| stale != bytes) else {
            return Ok(bytes.to_vec());
        };
        let is_stale = state.faults.should_trigger(Fault::StaleRead).is_some();
        Ok(if is_stale { stale } else { bytes.to_vec() })
    }

    /// Makes an empty file, which must not exist.
    pub fn create(&self, name: &str) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.alive()?;
        if state.cache.names.contains_key(name) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "File exists"));
        }
        let change = Change::Create { name: name.to_owned(), file: state.next_file };
        state.begin(Some(&change))?;
        state.find_room()?;
        state.next_file += 1;
        state.carry_out(change);
        Ok(())
    }

    /// Writes at the end of a file; returns how many bytes were written.
    pub fn append(&self, name: &str, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.borrow_mut();
        let file = state.file(name)?;
        if bytes.is_empty() {
            return Ok(0);
        }
        let offset = state.cache.content(file).len();
        let mut bytes = bytes.to_vec();
        state.begin(Some(&Change::Write { file, offset, bytes: bytes.clone() }))?;
        state.find_room()?;
        state.write(&mut bytes)?;
        let written = bytes.len();
        state.undo.insert(file, Undo::Appended(offset));
        state.carry_out(Change::Write { file, offset, bytes });
        Ok(written)
    }

    /// Makes a file shorter.
    pub fn truncate(&self, name: &str, len: u64) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        let file = state.file(name)?;
        let cut = usize::try_from(len).ok().and_then(|len| state.cache.content(file).get(len..).map(<[u8]>::to_vec));
        let Some(cut) = cut else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "Invalid argument"));
        };
        let change = Change::Truncate { file, len: state.cache.content(file).len() - cut.len() };
        state.begin(Some(&change))?;
        state.fail_to_write()?;
        state.undo.insert(file, Undo::Truncated(cut));
        state.carry_out(change);
        Ok(())
    }

    /// Makes the content and the length of a file durable, but not its name.
    pub fn sync(&self, name: &str) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        let file = state.file(name)?;
        state.sync(Synced::Content(file))
    }

    /// Makes creations, renames and removals durable.
    pub fn sync_dir(&self) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.alive()?;
        state.sync(Synced::Directory)
    }

    /// Gives a file another name, in place of what had that name.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        let change = Change::Rename { from: from.to_owned(), to: to.to_owned(), file: state.file(from)? };
        state.begin(Some(&change))?;
        if from != to {
            state.carry_out(change);
        }
        Ok(())
    }

    /// Removes a file.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        let change = Change::Remove { name: name.to_owned(), file: state.file(name)? };
        state.begin(Some(&change))?;
        state.carry_out(change);
        Ok(())
    }
}

/// Crashes.
impl Disk {
    /// How many mutating operations there have been: appends, truncations, creations, renames, removals and syncs.
    pub fn operations(&self) -> u64 {
        self.0.borrow().operations
    }

    /// After so many more operations, power is lost. What comes then takes no effect, unless the crash image says so.
    pub fn power_off_after(&self, operations: u64) {
        let mut state = self.0.borrow_mut();
        state.dies_at = Some(state.operations.saturating_add(operations));
    }

    /// Takes [`Disk::power_off_after`] back.
    pub fn stay_on(&self) {
        self.0.borrow_mut().dies_at = None;
    }

    /// Whether every call fails, until [`Disk::power_loss`] or [`Disk::kill`] begins another life.
    pub fn is_dead(&self) -> bool {
        self.end().is_some()
    }

    /// Why the disk is dead.
    pub fn end(&self) -> Option<End> {
        self.0.borrow().end
    }

    /// Which crash image the fault asks for that has taken the power.
    pub fn pending_crash(&self) -> Option<u16> {
        match self.end() {
            Some(End::PowerLoss(image)) => image,
            _ => None,
        }
    }

    /// Counts kills and power losses. Who has begun to use the disk in an earlier life must not use it any more.
    pub fn life(&self) -> u64 {
        self.0.borrow().life
    }

    /// Power is lost and comes back: the disk is now its crash image number `choice`, modulo how many there are.
    pub fn power_loss(&self, choice: u32) -> ImageChoice {
        let choices = self.images();
        let choice = choices[choice as usize % choices.len()];
        self.restore(&self.image(choice));
        choice
    }

    /// Power is lost, and what comes back is this.
    pub fn restore(&self, image: &Image) {
        let mut state = self.0.borrow_mut();
        let tree = Tree::of_image(image, state.next_file);
        state.next_file += tree.names.len() as FileId;
        state.cache = tree.clone();
        state.undo.clear();
        state.happen(Event::Became(tree));
        state.begin_life();
    }

    /// The process ends: what it has written stays, synced or not.
    pub fn kill(&self) {
        self.0.borrow_mut().begin_life();
    }

    /// Every way in which power can be lost now; never empty.
    pub fn images(&self) -> Vec<ImageChoice> {
        self.0.borrow().platter.choices()
    }

    /// How many [`Disk::images`] there are.
    pub fn image_count(&self) -> usize {
        self.images().len()
    }

    /// What the disk would hold after losing power in that way.
    pub fn image(&self, choice: ImageChoice) -> Image {
        self.0.borrow().platter.image(choice)
    }

    /// What is read: everything that was written, synced or not.
    pub fn contents(&self) -> Image {
        self.0.borrow().cache.image()
    }

    /// From now on, keeps what [`Disk::images_at`] needs.
    pub fn record(&self) {
        let mut state = self.0.borrow_mut();
        state.history = Some(History { start: state.platter.clone(), events: Vec::new() });
    }

    /// The different images of a crash when there had been so many [`Disk::operations`], of those that were recorded.
    pub fn images_at(&self, operation: u64) -> Vec<(ImageChoice, Image)> {
        let state = self.0.borrow();
        let Some(history) = &state.history else { return Vec::new() };
        let mut platter = history.start.clone();
        // What came back after a crash at this very operation is not what there was at the crash.
        let is_before = |at: u64, event: &Event| at < operation || (at == operation && !event.is_crash());
        let events = history.events.iter().take_while(|(at, event)| is_before(*at, event));
        events.for_each(|(_, event)| platter.happen(event));
        distinct(&platter)
    }

    /// A chain over everything that was done to the disk.
    pub fn hash(&self) -> u64 {
        self.0.borrow().hash
    }
}

/// The first choice for each image.
fn distinct(platter: &Platter) -> Vec<(ImageChoice, Image)> {
    let mut seen = BTreeSet::new();
    let images = platter.choices().into_iter().map(|choice| (choice, platter.image(choice)));
    images.filter(|(_, image)| seen.insert(image.hash())).collect()
}

impl Event {
    fn is_crash(&self) -> bool {
        matches!(self, Event::Became(_))
    }
}

fn range(content: &[u8], offset: u64, len: usize) -> &[u8] {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
    &content[start..start.saturating_add(len).min(content.len())]
}

impl State {
    fn alive(&self) -> io::Result<()> {
        match self.end {
            None => Ok(()),
            Some(End::PowerLoss(_)) => Err(io::Error::other("the power is off")),
            Some(End::Killed) => Err(io::Error::other("the process was killed")),
        }
    }

    fn file(&self, name: &str) -> io::Result<FileId> {
        self.alive()?;
        let missing = || io::Error::new(io::ErrorKind::NotFound, "No such file or directory");
        self.cache.names.get(name).copied().ok_or_else(missing)
    }

    fn begin_life(&mut self) {
        self.end = None;
        self.dies_at = None;
        self.full_for = 0;
        self.holder = None;
        self.life += 1;
    }

    /// Counts an operation, if the process lives to do it; else its change may be on the platter or not.
    fn begin(&mut self, change: Option<&Change>) -> io::Result<()> {
        self.operations += 1;
        self.end = if self.dies_at.is_some_and(|at| self.operations > at) {
            Some(End::PowerLoss(None))
        } else if let Some(image) = self.faults.should_trigger(Fault::Crash) {
            Some(End::PowerLoss(Some(image)))
        } else {
            self.faults.should_trigger(Fault::Oom).map(|_| End::Killed)
        };
        if let (Some(End::PowerLoss(_)), Some(change)) = (self.end, change) {
            self.happen(Event::Changed(change.clone()));
        }
        self.alive()?;
        self.be_slow();
        Ok(())
    }

    fn be_slow(&mut self) {
        if let Some(arg) = self.faults.should_trigger(Fault::DiskSlow) {
            self.clock.advance(self.clock.now_ms() + 1 + u64::from(arg % 100));
        }
    }

    /// Appends and creations need room.
    fn find_room(&mut self) -> io::Result<()> {
        let full = || io::Error::new(io::ErrorKind::StorageFull, "No space left on device");
        if self.full_for > 0 {
            self.full_for -= 1;
            return Err(full());
        }
        match self.faults.should_trigger(Fault::DiskFull) {
            Some(arg) => {
                self.full_for = arg % 8;
                Err(full())
            }
            None => Ok(()),
        }
    }

    fn fail_to_write(&mut self) -> io::Result<()> {
        match self.faults.should_trigger(Fault::WriteFail) {
            Some(_) => Err(io::Error::other("Input/output error")),
            None => Ok(()),
        }
    }

    /// What the faults leave of a write.
    fn write(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        self.fail_to_write()?;
        if bytes.len() > 1
            && let Some(arg) = self.faults.should_trigger(Fault::DiskPartialWrite)
        {
            bytes.truncate(1 + usize::from(arg) % (bytes.len() - 1));
        }
        if let Some(arg) = self.faults.should_trigger(Fault::Corruption) {
            let bit = usize::from(arg) % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        Ok(())
    }

    /// What a read would have seen before the file was last written to.
    fn stale(&self, file: FileId, offset: u64, len: usize) -> Option<Vec<u8>> {
        let content = self.cache.content(file);
        Some(match self.undo.get(&file)? {
            Undo::Appended(before) => range(&content[..*before], offset, len).to_vec(),
            Undo::Truncated(cut) => range(&[content, cut].concat(), offset, len).to_vec(),
        })
    }

    /// A sync that fails makes nothing durable. Of a file, it also leaves nothing for a later one to make durable, as in
    /// Linux; what happened to names is in a journal, which doesn't forget.
    fn sync(&mut self, what: Synced) -> io::Result<()> {
        self.begin(None)?;
        if self.faults.should_trigger(Fault::FsyncFail).is_some() {
            if what != Synced::Directory {
                self.happen(Event::Lost(what));
            }
            return Err(io::Error::other("Input/output error"));
        }
        self.happen(Event::Synced(what));
        Ok(())
    }

    fn carry_out(&mut self, change: Change) {
        self.cache.apply(&change);
        self.happen(Event::Changed(change));
    }

    fn happen(&mut self, event: Event) {
        let mut digest = Vec::new();
        match &event {
            Event::Changed(change) => change.digest(&mut digest),
            Event::Synced(what) => digest.extend(format!("s{what:?}").bytes()),
            Event::Lost(what) => digest.extend(format!("l{what:?}").bytes()),
            Event::Became(tree) => digest.extend(tree.image().hash().to_le_bytes()),
        }
        self.hash = XxHash3_64::oneshot_with_seed(self.hash, &digest);
        self.platter.happen(&event);
        if let Some(history) = &mut self.history {
            history.events.push((self.operations, event));
        }
    }
}

#[cfg(test)]
mod tests;
