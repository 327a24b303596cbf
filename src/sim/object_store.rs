//! An object store that fails as object stores do.
//!
//! What has been stored is there at once for everyone who asks for it by name; listings may lack something. An operation
//! may fail, come through without an answer, store only the beginning, take long; and the process that talks to the store
//! may end between two operations: the objects stay.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use twox_hash::XxHash3_64;

use super::Clock;
use crate::fault::{Fault, Faults};

/// The most by which a slow operation moves the clock, in milliseconds.
const SLOW_MS_MAX: u64 = 1000;

/// An object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What is stored.
    pub bytes: Vec<u8>,
    /// When, in unix milliseconds.
    pub modified_ms: u64,
}

/// Why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Nothing has that name.
    #[error("no such object")]
    NotFound,
    /// Something has that name.
    #[error("the object exists already")]
    AlreadyExists,
    /// No answer came.
    #[error("no answer in time")]
    TimedOut,
    /// A fault.
    #[error("{0}")]
    Failed(Fault),
    /// The process that asks has ended.
    #[error("the process has ended")]
    Ended,
}

/// A simulated object store. Clones share the objects.
#[derive(Clone)]
pub struct ObjectStore(Rc<RefCell<State>>);

struct State {
    objects: BTreeMap<String, Object>,
    faults: Faults,
    clock: Clock,
    operations: u64,
    /// After how many more operations the process ends.
    ends_after: Option<u64>,
    has_ended: bool,
}

impl ObjectStore {
    /// An empty store, to which these faults happen.
    pub fn new(faults: Faults, clock: Clock) -> ObjectStore {
        ObjectStore(Rc::new(RefCell::new(State {
            objects: BTreeMap::new(),
            faults,
            clock,
            operations: 0,
            ends_after: None,
            has_ended: false,
        })))
    }

    /// Stores an object, in place of what has that name.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.begin()?.put(name, bytes)
    }

    /// Stores an object under a name that nothing has.
    pub fn put_new(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut state = self.begin()?;
        if state.objects.contains_key(name) {
            return Err(StoreError::AlreadyExists);
        }
        state.put(name, bytes)
    }

    /// The bytes of an object.
    pub fn get(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let mut state = self.begin()?;
        state.unless(Fault::GetFail)?;
        let mut bytes = state.objects.get(name).ok_or(StoreError::NotFound)?.bytes.clone();
        state.answer()?;
        if !bytes.is_empty()
            && let Some(arg) = state.faults.should_trigger(Fault::GetCorrupt)
        {
            let at = usize::from(arg) % bytes.len();
            bytes[at] ^= 1 << (arg % 8);
        }
        Ok(bytes)
    }

    /// The names that begin with the prefix, sorted.
    pub fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut state = self.begin()?;
        state.answer()?;
        let mut names: Vec<String> = state.objects.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
        if !names.is_empty()
            && let Some(arg) = state.faults.should_trigger(Fault::ListIncomplete)
        {
            // One, or all from there on.
            let at = usize::from(arg / 2) % names.len();
            if arg.is_multiple_of(2) {
                names.truncate(at);
            } else {
                names.remove(at);
            }
        }
        Ok(names)
    }

    /// Removes an object.
    pub fn delete(&self, name: &str) -> Result<(), StoreError> {
        let mut state = self.begin()?;
        state.unless(Fault::DeleteFail)?;
        state.objects.remove(name).ok_or(StoreError::NotFound)?;
        state.answer()
    }

    /// Gives an object another name, which nothing has.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let mut state = self.begin()?;
        if state.objects.contains_key(to) {
            return Err(StoreError::AlreadyExists);
        }
        state.unless(Fault::RenameFail)?;
        let object = state.objects.remove(from).ok_or(StoreError::NotFound)?;
        state.store(to, &object.bytes);
        state.answer()
    }

    /// How many operations there were, also those that failed.
    pub fn operations(&self) -> u64 {
        self.0.borrow().operations
    }

    /// The process ends after so many more operations.
    pub fn end_after(&self, operations: u64) {
        self.0.borrow_mut().ends_after = Some(operations);
    }

    /// Whether the process has ended: no operation takes place any more.
    pub fn has_ended(&self) -> bool {
        self.0.borrow().has_ended
    }

    /// Another process has come, which lives until further notice.
    pub fn begin_life(&self) {
        let mut state = self.0.borrow_mut();
        (state.has_ended, state.ends_after) = (false, None);
    }

    /// Everything that is stored.
    pub fn contents(&self) -> BTreeMap<String, Object> {
        self.0.borrow().objects.clone()
    }

    /// A number for what is stored: equal names and bytes, equal numbers.
    pub fn hash(&self) -> u64 {
        let chain = |hash, (name, object): (&String, &Object)| {
            let name = XxHash3_64::oneshot_with_seed(hash, name.as_bytes());
            XxHash3_64::oneshot_with_seed(name, &object.bytes)
        };
        self.0.borrow().objects.iter().fold(0, chain)
    }

    /// An operation begins, if there is still somebody who asks for it.
    fn begin(&self) -> Result<std::cell::RefMut<'_, State>, StoreError> {
        let mut state = self.0.borrow_mut();
        let is_over = state.ends_after == Some(0);
        state.ends_after = state.ends_after.map(|left| left.saturating_sub(1));
        if !state.has_ended && (is_over || state.faults.should_trigger(Fault::Crash).is_some()) {
            state.has_ended = true;
        }
        if state.has_ended {
            return Err(StoreError::Ended);
        }
        state.operations += 1;
        if let Some(arg) = state.faults.should_trigger(Fault::ObjectSlow) {
            state.clock.set(state.clock.now_ms() + 1 + u64::from(arg) % SLOW_MS_MAX);
        }
        Ok(state)
    }
}

impl State {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.unless(Fault::PutFail)?;
        if let Some(arg) = self.faults.should_trigger(Fault::ObjectPartialWrite) {
            let len = usize::from(arg) % bytes.len().max(1);
            self.store(name, &bytes[..len]);
            return Err(StoreError::Failed(Fault::ObjectPartialWrite));
        }
        self.store(name, bytes);
        self.answer()
    }

    fn store(&mut self, name: &str, bytes: &[u8]) {
        let modified_ms = self.clock.now_ms();
        self.objects.insert(name.to_owned(), Object { bytes: bytes.to_vec(), modified_ms });
    }

    /// Fails if that fault has come.
    fn unless(&self, fault: Fault) -> Result<(), StoreError> {
        self.faults.should_trigger(fault).map_or(Ok(()), |_| Err(StoreError::Failed(fault)))
    }

    /// The operation has taken place; whether its caller learns of that, or still lives, is another question.
    fn answer(&mut self) -> Result<(), StoreError> {
        if self.faults.should_trigger(Fault::Oom).is_some() {
            self.has_ended = true;
            return Err(StoreError::Ended);
        }
        self.faults.should_trigger(Fault::Timeout).map_or(Ok(()), |_| Err(StoreError::TimedOut))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Scheduled;

    /// A store with two objects, to which this fault will come.
    fn store(fault: Fault, arg: u16) -> ObjectStore {
        let (faults, clock) = (Faults::default(), Clock::new());
        let store = ObjectStore::new(faults.clone(), clock);
        store.put("a", b"old").expect("nothing goes wrong yet");
        store.put("b", b"more").expect("nothing goes wrong yet");
        faults.schedule(Scheduled { fault, after: 0, arg });
        store
    }

    fn content(store: &ObjectStore, name: &str) -> Option<Vec<u8>> {
        store.contents().get(name).map(|object| object.bytes.clone())
    }

    #[test]
    fn puts_fail_are_cut_or_come_through_without_an_answer() {
        let put = |fault, arg| {
            let store = store(fault, arg);
            (store.put("a", b"new").is_ok(), content(&store, "a").expect("an object"))
        };
        assert_eq!(put(Fault::PutFail, 0), (false, b"old".to_vec()));
        assert_eq!(put(Fault::ObjectPartialWrite, 2), (false, b"ne".to_vec()));
        assert_eq!(put(Fault::Timeout, 0), (false, b"new".to_vec()));
        assert_eq!(store(Fault::PutFail, 0).put_new("a", b"new"), Err(StoreError::AlreadyExists));
    }

    #[test]
    fn reads_fail_or_come_changed() {
        assert_eq!(store(Fault::GetFail, 0).get("a"), Err(StoreError::Failed(Fault::GetFail)));
        let store = store(Fault::GetCorrupt, 1);
        assert_eq!((store.get("a"), store.get("a")), (Ok(b"ond".to_vec()), Ok(b"old".to_vec())));
        assert_eq!(store.get("c"), Err(StoreError::NotFound));
    }

    #[test]
    fn listings_are_sorted_and_may_lack_something() {
        let list = |fault, arg| store(fault, arg).list("").map(|names| names.concat());
        assert_eq!(list(Fault::DeleteFail, 0), Ok("ab".into()));
        assert_eq!(list(Fault::ListIncomplete, 0), Ok("".into()));
        assert_eq!(list(Fault::ListIncomplete, 1), Ok("b".into()));
        assert_eq!(list(Fault::ListIncomplete, 2), Ok("a".into()));
        assert_eq!(list(Fault::Timeout, 0), Err(StoreError::TimedOut));
    }

    #[test]
    fn removals_and_renames_may_not_take_place() {
        let deleted = store(Fault::DeleteFail, 0);
        assert_eq!((deleted.delete("a").is_ok(), content(&deleted, "a").is_some()), (false, true));
        let renamed = store(Fault::RenameFail, 0);
        assert_eq!((renamed.rename("a", "c").is_ok(), content(&renamed, "c")), (false, None));
        assert_eq!((renamed.rename("a", "c"), content(&renamed, "c")), (Ok(()), Some(b"old".to_vec())));
        assert_eq!(renamed.rename("b", "c"), Err(StoreError::AlreadyExists));
    }

    #[test]
    fn slow_operations_move_the_clock_and_objects_know_when_they_came() {
        let store = store(Fault::ObjectSlow, 4);
        store.put("c", b"late").expect("it only takes long");
        let objects = store.contents();
        assert_eq!(objects["c"].modified_ms, objects["a"].modified_ms + 5);
    }

    #[test]
    fn a_process_may_end_before_an_operation_or_after_it() {
        for (fault, kept) in [(Fault::Crash, "old"), (Fault::Oom, "new")] {
            let store = store(fault, 0);
            assert_eq!((store.put("a", b"new"), store.has_ended()), (Err(StoreError::Ended), true));
            assert_eq!(content(&store, "a"), Some(kept.into()));
        }
    }

    #[test]
    fn a_process_that_has_ended_changes_nothing() {
        let crashed = store(Fault::Crash, 0);
        assert_eq!((crashed.put("a", b"new"), crashed.has_ended()), (Err(StoreError::Ended), true));
        assert_eq!(crashed.delete("a"), Err(StoreError::Ended));
        crashed.begin_life();
        assert_eq!(crashed.get("a"), Ok(b"old".to_vec()));
        crashed.end_after(1);
        assert_eq!((crashed.delete("a"), crashed.delete("b")), (Ok(()), Err(StoreError::Ended)));
        assert_eq!(content(&crashed, "b"), Some(b"more".to_vec()));
    }
}
