//! What an engine on an object store keeps, whichever operation of the store fails, and however.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use respfuzz_engine::{Clock, Config, Engine, MemoryObjects, ObjectError, ObjectOpenError, ObjectOptions, Objects};

/// How an operation goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mishap {
    /// It doesn't take place.
    Fails,
    /// It takes place, and nobody is told.
    TimesOut,
    /// Half of the object is stored.
    IsCut,
    /// One byte is read wrong.
    IsDamaged,
    /// The listing is empty.
    ListsNothing,
    /// The process ends before it.
    Ends,
}

const MISHAPS: [Mishap; 6] =
    [Mishap::Fails, Mishap::TimesOut, Mishap::IsCut, Mishap::IsDamaged, Mishap::ListsNothing, Mishap::Ends];

#[derive(Default)]
struct State {
    operations: usize,
    mishap: Option<(usize, Mishap)>,
    has_ended: bool,
}

/// A store of which one operation goes wrong.
#[derive(Clone, Default)]
struct Unlucky {
    objects: MemoryObjects,
    state: Rc<RefCell<State>>,
}

impl Unlucky {
    fn with(mishap: Option<(usize, Mishap)>) -> Unlucky {
        let unlucky = Unlucky::default();
        unlucky.state.borrow_mut().mishap = mishap;
        unlucky
    }

    /// The next operation: how it goes wrong, if it does.
    fn next(&self) -> Result<Option<Mishap>, ObjectError> {
        let mut state = self.state.borrow_mut();
        let at = state.operations;
        state.operations += 1;
        let mishap = state.mishap.filter(|(when, _)| *when == at).map(|(_, mishap)| mishap);
        state.has_ended |= mishap == Some(Mishap::Ends);
        match mishap {
            _ if state.has_ended => Err(ObjectError::Failed("ended".into())),
            Some(Mishap::Fails) => Err(ObjectError::Failed("unlucky".into())),
            mishap => Ok(mishap),
        }
    }

    fn change(&mut self, change: impl Fn(&mut MemoryObjects) -> Result<(), ObjectError>) -> Result<(), ObjectError> {
        match self.next()? {
            Some(Mishap::TimesOut) => change(&mut self.objects).and(Err(ObjectError::TimedOut)),
            _ => change(&mut self.objects),
        }
    }

    fn store(
        &mut self,
        bytes: &[u8],
        put: impl Fn(&mut MemoryObjects, &[u8]) -> Result<(), ObjectError>,
    ) -> Result<(), ObjectError> {
        match self.next()? {
            Some(Mishap::TimesOut) => put(&mut self.objects, bytes).and(Err(ObjectError::TimedOut)),
            Some(Mishap::IsCut) => {
                put(&mut self.objects, &bytes[..bytes.len() / 2]).and(Err(ObjectError::Failed("cut".into())))
            }
            _ => put(&mut self.objects, bytes),
        }
    }
}

impl Objects for Unlucky {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        self.store(bytes, |objects, bytes| objects.put(name, bytes))
    }

    fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        self.store(bytes, |objects, bytes| objects.put_new(name, bytes))
    }

    fn get(&mut self, name: &str) -> Result<Vec<u8>, ObjectError> {
        let mishap = self.next()?;
        let mut bytes = self.objects.get(name)?;
        match mishap {
            Some(Mishap::TimesOut) => return Err(ObjectError::TimedOut),
            // A place inside of what a record tells.
            Some(Mishap::IsDamaged) => *bytes.last_mut().expect("no object is empty") ^= 1,
            _ => {}
        }
        Ok(bytes)
    }

    fn list(&mut self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        match self.next()? {
            Some(Mishap::ListsNothing) => Ok(Vec::new()),
            Some(Mishap::TimesOut) => Err(ObjectError::TimedOut),
            _ => self.objects.list(prefix),
        }
    }

    fn delete(&mut self, name: &str) -> Result<(), ObjectError> {
        self.change(|objects| objects.delete(name))
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), ObjectError> {
        self.change(|objects| objects.rename(from, to))
    }
}

#[derive(Clone)]
struct Hand(Rc<Cell<u64>>);

impl Clock for Hand {
    fn now_ms(&self) -> u64 {
        self.0.get()
    }
}

/// A flush after two records, a snapshot after three segments.
fn options() -> ObjectOptions {
    ObjectOptions { flush_records: 2, compact_segments: 3, attempts: 2, retry_ms: 10, ..ObjectOptions::default() }
}

/// An engine that is opened again and again, and what it has held.
struct Rig {
    store: Unlucky,
    clock: Hand,
    config: Config,
    /// After each command: the last record, and what the engine held.
    history: Vec<(u64, Vec<u8>)>,
}

impl Rig {
    fn new(store: Unlucky, config: Config) -> Rig {
        Rig { store, clock: Hand(Rc::new(Cell::new(1_700_000_000_000))), config, history: Vec::new() }
    }

    fn open(&self) -> Result<Engine, ObjectOpenError> {
        let (clock, store) = (Box::new(self.clock.clone()), Box::new(self.store.clone()));
        Engine::open_objects(self.config.clone(), clock, store, options())
    }

    /// Opens the store after an engine that said that so much was durable; at the second try if there was a mishap.
    fn reopen(&mut self, flushed: u64) -> Result<Engine, String> {
        self.store.state.borrow_mut().has_ended = false;
        let opened = self.open().or_else(|_| {
            self.store.state.borrow_mut().has_ended = false;
            self.open()
        });
        let engine = opened.map_err(|error| error.to_string())?;
        let image = engine.image();
        let floor = self.history.iter().rposition(|(seq, _)| *seq <= flushed).unwrap_or(0);
        let found = self.history.iter().skip(floor).position(|(_, state)| *state == image);
        if found.is_none() && !self.history.is_empty() {
            return Err(format!("opened with another state than those from the one after record {flushed} on"));
        }
        self.history = vec![(log_of(&engine).0, image)];
        match engine.check().pop() {
            None => Ok(engine),
            Some(finding) => Err(finding),
        }
    }

    /// Runs commands. `+10` moves the clock, `!` ends the engine as a crash does.
    fn script(&mut self, script: &str) -> Result<(), String> {
        let mut engine = self.reopen(0)?;
        for step in script.split("; ") {
            let flushed = log_of(&engine).1;
            if let Some(ms) = step.strip_prefix('+') {
                self.clock.0.set(self.clock.0.get() + ms.parse::<u64>().expect("milliseconds"));
                engine.tick();
            } else if step != "!" {
                engine.execute(1, &step.split(' ').map(Into::into).collect::<Vec<_>>());
            }
            engine.poll(&mut Vec::new());
            let (last, durable) = log_of(&engine);
            if step == "+2000" && self.store.state.borrow().mishap.is_none() && durable < last {
                return Err(format!("record {last} is not durable after two seconds"));
            }
            self.history.push((last, engine.image()));
            if step == "!" || self.store.state.borrow().has_ended {
                let flushed = flushed.max(log_of(&engine).1);
                drop(engine);
                engine = self.reopen(flushed)?;
            }
        }
        Ok(())
    }
}

/// The last record, and the last durable one.
fn log_of(engine: &Engine) -> (u64, u64) {
    engine.object_log().map_or((0, 0), |log| (log.last_seq(), log.flushed_seq()))
}

const SCRIPT: &str = "SET a 1; INCR n; +20; INCR n; RPUSH l x; +20; DEL a; INCR n; +20; INCR n; INCR n; !; SET b 1; INCR n; \
    +20; INCR n; DEL b; +2000; INCR n; +2000; RPUSH l y; INCR n; INCR n; !; INCR n; SADD s a b c; SPOP s; +20; SET t v PX 5; \
    +20; EXISTS t; !; INCR n; +2000; !; SET g 1; SAVE; DEL g; SAVE; !; !";

/// The first mishap after which something is wrong, and what.
fn first_wrong(config: &Config) -> Option<String> {
    let calm = Rig::new(Unlucky::default(), config.clone()).script(SCRIPT);
    if let Err(wrong) = calm {
        return Some(format!("without any mishap: {wrong}"));
    }
    let mut rig = Rig::new(Unlucky::default(), config.clone());
    rig.script(SCRIPT).expect("it was fine just now");
    let operations = rig.store.state.borrow().operations;
    let cases = (0..operations).flat_map(|at| MISHAPS.map(|mishap| (at, mishap)));
    cases.into_iter().find_map(|(at, mishap)| {
        let mut rig = Rig::new(Unlucky::with(Some((at, mishap))), config.clone());
        rig.script(SCRIPT).err().map(|wrong| format!("{mishap:?} at operation {at}: {wrong}"))
    })
}

#[test]
fn no_single_mishap_loses_or_makes_up_anything() {
    assert_eq!(first_wrong(&Config::default()), None);
}

#[cfg(feature = "planted")]
#[test]
fn every_planted_bug_of_the_object_log_shows() {
    let of_objects = respfuzz_engine::Plant::ALL.iter().filter(|plant| plant.name().starts_with("objects-"));
    for &plant in of_objects {
        let wrong = first_wrong(&Config { plant: Some(plant), ..Config::default() });
        assert!(wrong.is_some(), "{} shows nowhere", plant.name());
    }
}

#[test]
fn replies_do_not_wait_and_time_makes_durable() {
    let rig = Rig::new(Unlucky::default(), Config::default());
    let mut engine = rig.open().expect("an empty store");
    let mut replies = Vec::new();
    engine.execute(1, &[b"INCR".to_vec(), b"n".to_vec()]);
    engine.poll(&mut replies);
    assert_eq!((replies.len(), log_of(&engine)), (1, (1, 0)));
    rig.clock.0.set(rig.clock.0.get() + 1000);
    engine.tick();
    assert_eq!(log_of(&engine), (1, 1));
    engine.execute(1, &[b"INCR".to_vec(), b"n".to_vec()]);
    engine.poll(&mut replies);
    engine.flush_objects();
    assert_eq!(log_of(&engine), (2, 2));
}

#[test]
fn whoever_opens_the_store_later_has_it() {
    let mut rig = Rig::new(Unlucky::default(), Config::default());
    let mut earlier = rig.open().expect("an empty store");
    let mut later = rig.open().expect("nobody is asked");
    for engine in [&mut earlier, &mut later] {
        engine.execute(1, &[b"INCR".to_vec(), b"n".to_vec()]);
        engine.poll(&mut Vec::new());
        engine.flush_objects();
    }
    assert!(earlier.failure().is_some_and(|why| why.contains("another engine")));
    assert_eq!(later.failure(), None);
    let image = later.image();
    rig.history.clear();
    assert_eq!(rig.reopen(1).expect("a sound log").image(), image);
}

#[test]
fn a_compaction_leaves_only_what_is_needed() {
    let mut rig = Rig::new(Unlucky::default(), Config::default());
    rig.script("INCR n; INCR n; INCR n; INCR n; INCR n; INCR n; !; INCR n; SAVE; !").expect("a sound log");
    let names = rig.store.objects.list("").expect("a listing");
    let count = |prefix: &str| names.iter().filter(|name| name.starts_with(prefix)).count();
    assert_eq!(
        (count("segments/"), count("snapshots/"), count("staging/"), count("anchor/")),
        (0, 1, 0, 2),
        "{names:?}"
    );
    assert_eq!(count("manifest/"), 2, "{names:?}");
}
