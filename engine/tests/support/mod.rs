//! A disk in memory that can crash, and an engine on it.
#![allow(dead_code, reason = "each test uses a part of it")]

pub mod commands;
pub mod crashes;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use respfuzz_engine::{Clock, Config, Durability, Engine, OpenError, Reply, SessionId, Storage};

/// A file: what is in it, and what of that is durable.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub bytes: Vec<u8>,
    pub synced: Vec<u8>,
    /// A sync has failed: what was to be written then is lost, whatever later syncs say.
    is_poisoned: bool,
}

/// What the directories hold: files by number, names by number.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    files: BTreeMap<u64, File>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    next_file: u64,
    locked: bool,
    /// All operations that change something or make it durable, in order.
    pub operations: Vec<String>,
    /// The next operation that begins so fails.
    pub fails_at: Option<&'static str>,
    /// The operation of that number fails.
    pub fails_nth: Option<usize>,
    /// The disk before each operation, if somebody wants to crash there.
    pub history: Option<Vec<Disk>>,
    /// How many steps of the test were answered, and how many were begun.
    pub answered: usize,
    pub begun: usize,
    /// How many bytes one append writes at most.
    pub append_bytes_max: Option<usize>,
}

/// A handle on a disk, which outlives engines.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    pub disk: Rc<RefCell<Disk>>,
    has_lock: bool,
}

impl Drop for MemoryStorage {
    fn drop(&mut self) {
        if self.has_lock {
            self.disk.borrow_mut().locked = false;
        }
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Disk {
    fn step(&mut self, operation: String) -> io::Result<()> {
        if let Some(mut history) = self.history.take() {
            history.push(self.clone());
            self.history = Some(history);
        }
        let fails = self.fails_nth == Some(self.operations.len())
            || self.fails_at.is_some_and(|start| operation.starts_with(start));
        self.operations.push(operation);
        if fails {
            self.fails_at = None;
            return Err(io::Error::other("the disk has failed"));
        }
        Ok(())
    }

    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        let id = self.names.get(name).ok_or_else(missing)?;
        self.files.get_mut(id).ok_or_else(missing)
    }

    /// The disk after a crash that keeps what is durable and nothing else.
    pub fn crashed(&self) -> Disk {
        self.after(&self.durable_names, |_| Vec::new())
    }

    /// The disk after the process was killed: the operating system has all of it.
    pub fn killed(&self) -> Disk {
        self.after(&self.names, |rest| rest.to_vec())
    }

    /// What crashes may leave, and what to call them.
    pub fn crashes(&self) -> Vec<(String, Disk)> {
        let mut crashes = vec![("killed".to_owned(), self.killed())];
        for (which, names) in [("old names", &self.durable_names), ("new names", &self.names)] {
            crashes.push((format!("{which}, nothing more"), self.after(names, |_| Vec::new())));
            let zeros = |rest: &[u8]| vec![0; rest.len()];
            crashes.push((format!("{which}, zeros"), self.after(names, zeros)));
            for eighths in [1, 3, 5, 7, 8] {
                let prefix = |rest: &[u8]| rest[..rest.len() * eighths / 8].to_vec();
                crashes.push((format!("{which}, {eighths}/8 more"), self.after(names, prefix)));
                let torn = |rest: &[u8]| {
                    let mut bytes = rest[..rest.len() * eighths / 8].to_vec();
                    bytes.resize(rest.len(), 0);
                    bytes
                };
                crashes.push((format!("{which}, {eighths}/8 more and zeros"), self.after(names, torn)));
                let hole = |rest: &[u8]| {
                    let start = rest.len() * eighths / 8;
                    let mut bytes = rest.to_vec();
                    bytes[..start].fill(0);
                    bytes
                };
                crashes.push((format!("{which}, zeros and the end"), self.after(names, hole)));
            }
        }
        crashes
    }

    /// A disk with these names, on which `keep` is left of what isn't durable.
    fn after(&self, names: &BTreeMap<String, u64>, keep: impl Fn(&[u8]) -> Vec<u8>) -> Disk {
        let mut disk = Disk { next_file: self.next_file, names: names.clone(), ..Disk::default() };
        for &id in names.values() {
            let file = &self.files[&id];
            let mut bytes = file.bytes.clone();
            if bytes.starts_with(&file.synced) {
                bytes.truncate(file.synced.len());
                bytes.append(&mut keep(&file.bytes[file.synced.len()..]));
            }
            disk.files.insert(id, File { synced: bytes.clone(), bytes, is_poisoned: false });
        }
        disk.durable_names = names.clone();
        disk
    }

    /// Changes a file behind the engine's back, durably.
    pub fn edit(&mut self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let file = self.file(name).expect("the file is there");
        change(&mut file.bytes);
        file.synced = file.bytes.clone();
    }

    /// Removes a file behind the engine's back, durably.
    pub fn delete(&mut self, name: &str) {
        self.names.remove(name);
        self.durable_names.remove(name);
    }

    /// The same disk when the engine has ended and the system hasn't.
    pub fn clone_unlocked(&self) -> Disk {
        Disk { locked: false, ..self.clone() }
    }

    pub fn content(&self, name: &str) -> Vec<u8> {
        self.files[&self.names[name]].bytes.clone()
    }

    /// All files with their content.
    pub fn contents(&self) -> Vec<(String, Vec<u8>)> {
        self.names.iter().map(|(name, id)| (name.clone(), self.files[id].bytes.clone())).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.names.keys().cloned().collect()
    }

    /// The newest segment of the log.
    pub fn last_segment(&self) -> String {
        self.names.keys().rfind(|name| name.starts_with("wal-")).expect("a segment").clone()
    }
}

impl MemoryStorage {
    pub fn on(disk: Disk) -> Self {
        MemoryStorage { disk: Rc::new(RefCell::new(disk)), has_lock: false }
    }

    /// Another handle.
    pub fn another(&self) -> Self {
        MemoryStorage { disk: self.disk.clone(), has_lock: false }
    }
}

impl Storage for MemoryStorage {
    fn lock(&mut self) -> io::Result<()> {
        let mut disk = self.disk.borrow_mut();
        if disk.locked {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        disk.locked = true;
        self.has_lock = true;
        Ok(())
    }

    fn list(&mut self) -> io::Result<Vec<String>> {
        Ok(self.disk.borrow().names())
    }

    fn len(&mut self, name: &str) -> io::Result<u64> {
        self.disk.borrow_mut().file(name).map(|file| file.bytes.len() as u64)
    }

    fn read(&mut self, name: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut disk = self.disk.borrow_mut();
        let rest = disk.file(name)?.bytes.iter().skip(offset as usize);
        Ok(rest.take(len).copied().collect())
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let mut disk = self.disk.borrow_mut();
        disk.step(format!("create {name}"))?;
        if disk.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        disk.next_file += 1;
        let id = disk.next_file;
        disk.files.insert(id, File::default());
        disk.names.insert(name.into(), id);
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.disk.borrow_mut();
        let written = bytes.len().min(disk.append_bytes_max.unwrap_or(usize::MAX));
        disk.step(format!("append {name} {written}"))?;
        disk.file(name)?.bytes.extend_from_slice(&bytes[..written]);
        Ok(written)
    }

    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()> {
        let mut disk = self.disk.borrow_mut();
        disk.step(format!("truncate {name}"))?;
        disk.file(name)?.bytes.truncate(len as usize);
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut disk = self.disk.borrow_mut();
        let step = disk.step(format!("sync {name}"));
        let file = disk.file(name)?;
        file.is_poisoned |= step.is_err();
        if !file.is_poisoned {
            file.synced = file.bytes.clone();
        }
        step
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.disk.borrow_mut();
        disk.step(format!("rename {from} {to}"))?;
        let id = disk.names.remove(from).ok_or_else(missing)?;
        disk.names.insert(to.into(), id);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut disk = self.disk.borrow_mut();
        disk.step(format!("remove {name}"))?;
        disk.names.remove(name).map(drop).ok_or_else(missing)
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        let mut disk = self.disk.borrow_mut();
        disk.step("sync_dir".into())?;
        disk.durable_names = disk.names.clone();
        Ok(())
    }
}

/// A clock in the hand of a test.
#[derive(Clone)]
pub struct Hand(pub Rc<Cell<u64>>);

impl Clock for Hand {
    fn now_ms(&self) -> u64 {
        self.0.get()
    }
}

/// How an engine is opened, and opened again.
#[derive(Clone)]
pub struct Setup {
    pub config: Config,
    pub durability: Durability,
    pub now_ms: Rc<Cell<u64>>,
}

impl Setup {
    pub fn new() -> Self {
        let config = Config { list_max_listpack_entries: 4, hash_max_listpack_entries: 4, ..Config::default() };
        let config = Config { zset_max_listpack_entries: 4, set_max_intset_entries: 4, ..config };
        let config = Config { stream_node_max_entries: 4, hash_max_listpack_value: 16, ..config };
        Setup { config, durability: Durability::default(), now_ms: Rc::new(Cell::new(1_700_000_000_000)) }
    }

    pub fn durability(durability: Durability) -> Self {
        Setup { durability, ..Setup::new() }
    }

    pub fn open(&self, disk: Disk) -> Result<Rig, OpenError> {
        let storage = MemoryStorage::on(disk);
        let disk = storage.disk.clone();
        let clock = Box::new(Hand(self.now_ms.clone()));
        let engine = Engine::open(self.config.clone(), clock, Box::new(storage), self.durability.clone())?;
        assert_eq!(engine.check(), [""; 0]);
        Ok(Rig { engine, disk, now_ms: self.now_ms.clone() })
    }
}

/// An engine on a disk.
pub struct Rig {
    pub engine: Engine,
    pub disk: Rc<RefCell<Disk>>,
    pub now_ms: Rc<Cell<u64>>,
}

impl Rig {
    pub fn new() -> Rig {
        Setup::new().open(Disk::default()).expect("an empty disk")
    }

    /// Executes a command without a commit. Words are separated by blanks; `@` is the word `>`.
    pub fn execute(&mut self, session: SessionId, command: &str) {
        let word = |text: &str| if text == "@" { b">".to_vec() } else { text.as_bytes().to_vec() };
        self.engine.execute(session, &command.split(' ').map(word).collect::<Vec<_>>());
    }

    pub fn poll(&mut self) -> Vec<(SessionId, Reply)> {
        let mut replies = Vec::new();
        self.engine.poll(&mut replies);
        replies
    }

    pub fn replies(&mut self, session: SessionId, command: &str) -> Vec<(SessionId, Reply)> {
        self.execute(session, command);
        self.poll()
    }

    pub fn run(&mut self, command: &str) -> Reply {
        self.replies(1, command).pop().expect("a reply").1
    }

    /// Runs a script of steps, separated by `;`.
    pub fn script(&mut self, script: &str) -> Vec<(SessionId, Reply)> {
        let mut replies = Vec::new();
        for step in script.split(';') {
            self.step(step.trim());
            replies.append(&mut self.poll());
        }
        replies
    }

    /// `2>GET k` is a command of session 2 (else of session 1), `+10` moves the clock by 10 ms and ticks, `2!` disconnects
    /// session 2.
    pub fn step(&mut self, step: &str) {
        if let Some(ms) = step.strip_prefix('+') {
            self.wait(ms.parse().expect("milliseconds"));
            self.engine.tick();
        } else if let Some(session) = step.strip_suffix('!') {
            self.engine.disconnect(session.parse().expect("a session"));
        } else {
            let (session, command) = step.split_once('>').unwrap_or(("1", step));
            self.execute(session.parse().expect("a session"), command);
        }
    }

    pub fn wait(&mut self, ms: i64) {
        self.now_ms.set(self.now_ms.get().wrapping_add_signed(ms));
    }

    /// The disk as the process leaves it.
    pub fn killed(&self) -> Disk {
        self.disk.borrow().killed()
    }

    pub fn crashed(&self) -> Disk {
        self.disk.borrow().crashed()
    }
}
