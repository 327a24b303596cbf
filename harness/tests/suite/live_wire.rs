//! A real server behind [`Wire`]: what `connection` holds the embedded engine to is held against Redis itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use respfuzz::run::Options;
use respfuzz::scenario::{Scenario, Step, decode, text};
use respfuzz::subject::{Address, ClientId, RedisServer, Subject, Wire, ask, embedded};
use respfuzz::target::{Connection, Target};

use super::redis::server;
use super::support::{committed, target, tell};

/// Seeds that no other test uses.
const START: u64 = 70_000_000;

/// Records of each generated scenario.
const RECORDS: usize = 50;

/// Connections to a server whose clock stands still.
struct LiveWire {
    server: Rc<RefCell<RedisServer>>,
    streams: BTreeMap<ClientId, Line>,
    opened: u64,
}

struct Line {
    stream: UnixStream,
    output: Vec<u8>,
    is_closed: bool,
}

impl Line {
    /// Reads what has come; says whether that is anything.
    fn read(&mut self) -> bool {
        let (before, mut buffer) = (self.output.len(), [0; 16 << 10]);
        while !self.is_closed {
            match self.stream.read(&mut buffer) {
                Ok(0) => self.is_closed = true,
                Ok(len) => self.output.extend_from_slice(&buffer[..len]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => self.is_closed = true,
            }
        }
        self.output.len() > before
    }
}

impl LiveWire {
    /// Two rounds of the server's event loop: all that was sent is read in the first, and answered before the second.
    /// A long reply takes more, as the server waits until it is read.
    fn settle(&mut self) {
        loop {
            for _ in 0..2 {
                ask(&mut *self.server.borrow_mut(), &["PING"]).expect("the server answers");
            }
            let new = self.streams.values_mut().filter_map(|line| line.read().then_some(())).count();
            if new == 0 {
                return;
            }
        }
    }
}

impl Wire for LiveWire {
    fn connect(&mut self) -> ClientId {
        let Address::Unix(path) = self.server.borrow().address().clone() else { panic!("it listens on a path") };
        let stream = UnixStream::connect(path).expect("the server accepts");
        stream.set_nonblocking(true).expect("a socket");
        self.opened += 1;
        self.streams.insert(ClientId(self.opened), Line { stream, output: Vec::new(), is_closed: false });
        ClientId(self.opened)
    }

    fn receive(&mut self, connection: ClientId, bytes: &[u8]) {
        let line = self.streams.get_mut(&connection).expect("an open connection");
        line.stream.write_all(bytes).expect("the server reads");
        self.settle();
    }

    fn take_output(&mut self, connection: ClientId) -> Vec<u8> {
        self.streams.get_mut(&connection).map(|line| std::mem::take(&mut line.output)).unwrap_or_default()
    }

    fn is_closed(&self, connection: ClientId) -> bool {
        self.streams.get(&connection).is_none_or(|line| line.is_closed)
    }

    fn hang_up(&mut self, connection: ClientId) {
        self.streams.remove(&connection);
        self.settle();
    }

    fn advance(&mut self, to_ms: u64) {
        self.server.borrow_mut().time().expect("its clock is ours").advance(to_ms).expect("the server answers");
        self.settle();
    }
}

/// Parameters outlive a scenario: whoever sets any has a process of its own.
fn sets_parameters(scenario: &Scenario) -> bool {
    let names = scenario.steps.iter().filter_map(Step::argv).map(|argv| &argv[0]);
    names.into_iter().any(|name| name.eq_ignore_ascii_case(b"CONFIG"))
}

#[test]
fn the_real_server_answers_what_is_delivered_as_the_model_says() {
    let Some(redis) = server("connection") else { return };
    let redis = Rc::new(RefCell::new(redis));
    let shared = Rc::clone(&redis);
    let make = move || -> Box<dyn Wire> {
        Box::new(LiveWire { server: Rc::clone(&shared), streams: BTreeMap::new(), opened: 0 })
    };
    let live = Connection::new("live", Box::new(make), Options { white_box: false, ..embedded::options() });
    let generator = target("connection", None);
    let seeds = (START..START + 300).map(|seed| (format!("seed {seed}"), generator.generate(seed, RECORDS, None)));
    let (mut steps, mut checks) = (0, 0);
    for (name, data) in committed("connection").into_iter().chain(seeds) {
        let scenario = decode(&data);
        redis.borrow_mut().reset().unwrap_or_else(|error| panic!("{name}: {error}"));
        let report = live.run(&data);
        if let Some(violation) = report.violation {
            panic!("{name}: {violation}\n{}", text::print(&scenario));
        }
        if sets_parameters(&scenario) {
            redis.borrow_mut().replace().expect("the server starts");
        }
        (steps, checks) = (steps + report.steps, checks + report.checks);
    }
    tell(&format!("connection on a real server: {steps} steps, {checks} checks"));
}
