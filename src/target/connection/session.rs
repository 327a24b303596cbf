//! One run: clients, the network, the server, and the judge between them.

use super::client::Client;
use super::judge::{Judge, Stop};
use crate::command;
use crate::fault::{FaultFamily, Faults, Scheduled};
use crate::oracle::Oracle;
use crate::panics;
use crate::resp::{Bytes, encode_request};
use crate::run::Options;
use crate::scenario::{Scenario, Step};
use crate::sim::{Arrival, Delivery, Net, Way};
use crate::subject::{ClientId, Wire};
use crate::target::RunReport;

/// The clients that a scenario can have.
const CLIENTS: u8 = 4;

pub(super) struct Session<'a> {
    wire: Box<dyn Wire>,
    options: &'a Options,
    faults: Faults,
    net: Net,
    judge: Judge<'a>,
    clients: Vec<Client>,
    /// The connection over which the state is read back: nothing happens to it.
    observer: Option<ClientId>,
    seed: u64,
    /// Is told what is about to be executed.
    note: &'a mut dyn FnMut(&str),
}

impl<'a> Session<'a> {
    pub(super) fn new(
        wire: Box<dyn Wire>,
        options: &'a Options,
        faults: Faults,
        seed: u64,
        note: &'a mut dyn FnMut(&str),
    ) -> Self {
        let (net, judge) = (Net::new(faults.clone(), seed), Judge::new(options));
        let clients = (0..CLIENTS).map(|_| Client::new()).collect();
        Session { wire, options, faults, net, judge, clients, observer: None, seed, note }
    }

    pub(super) fn run(mut self, scenario: &Scenario) -> RunReport {
        let outcome = self.scenario(scenario);
        let mut report = self.judge.report;
        for client in &self.clients {
            report.outcome = twox_hash::XxHash3_64::oneshot_with_seed(report.outcome, &client.outcome.to_le_bytes());
        }
        match outcome {
            Ok(()) => {}
            Err(Stop::Violation(violation)) => report.violation = Some(*violation),
            Err(Stop::OutOfBudget) => report.out_of_budget = true,
        }
        report
    }

    fn scenario(&mut self, scenario: &Scenario) -> Result<(), Stop> {
        let every = u64::from(scenario.config.checkpoint_every);
        let mut since_checkpoint = 0;
        for (i, step) in scenario.steps.iter().enumerate() {
            self.judge.step = i;
            match step {
                Step::Command { client, argv } => {
                    self.command(*client, argv)?;
                    since_checkpoint += 1;
                }
                Step::Advance { ms } => self.advance(*ms)?,
                Step::Disconnect { client } => self.disconnect(*client)?,
                Step::Checkpoint => self.checkpoint()?,
                Step::Fault(scheduled) => self.schedule(*scheduled),
                Step::Restart(_) => {} // Other targets end servers.
            }
            if every > 0 && since_checkpoint >= every {
                since_checkpoint = 0;
                self.checkpoint()?;
            }
            self.check_white_box()?;
        }
        self.judge.step = scenario.steps.len();
        self.settle()?;
        self.checkpoint()?;
        self.check_white_box()
    }

    fn schedule(&mut self, scheduled: Scheduled) {
        if scheduled.fault.family() == FaultFamily::Network {
            self.faults.schedule(scheduled);
        }
    }

    /// A client takes in a command, and mostly writes it.
    fn command(&mut self, client: ClientId, argv: &[Bytes]) -> Result<(), Stop> {
        let Some(place) = place(client) else { return Ok(()) };
        let connection = self.clients[place].connection.unwrap_or(client);
        let argv = self.judge.recall.resolve(connection, argv).unwrap_or_else(|| argv.to_vec());
        if Judge::is_barred(&argv) {
            return Ok(());
        }
        if self.clients[place].say(&argv, self.seed) {
            self.write(place)?;
        }
        self.pump()?;
        self.net.tick();
        Ok(())
    }

    /// A client writes what it has; for that it needs a connection.
    fn write(&mut self, place: usize) -> Result<(), Stop> {
        if self.clients[place].is_fed_up() {
            self.give_up(place);
        }
        if !self.clients[place].has_unsent() {
            return Ok(());
        }
        if self.clients[place].connection.is_none() && !self.connect(place)? {
            self.clients[place].write(); // Nobody to send it to: it is forgotten.
            return Ok(());
        }
        let bytes = self.clients[place].write();
        if let Some(connection) = self.clients[place].connection {
            self.net.write(connection, Way::ToServer, &bytes);
        }
        Ok(())
    }

    fn connect(&mut self, place: usize) -> Result<bool, Stop> {
        if !self.net.can_connect() {
            return Ok(false);
        }
        let connection = self.accept()?;
        self.net.open(connection);
        self.clients[place].connect(connection);
        Ok(true)
    }

    /// The server gets a connection.
    fn accept(&mut self) -> Result<ClientId, Stop> {
        let wire = &mut self.wire;
        match panics::caught(|| wire.connect()) {
            Ok(connection) => {
                self.judge.connect(connection);
                Ok(connection)
            }
            Err(panic) => self.judge.panicked(&panic),
        }
    }

    /// A client leaves; the server hears of it, sooner or later.
    fn give_up(&mut self, place: usize) {
        if let Some(connection) = self.clients[place].connection.take() {
            self.net.abort(connection, Way::ToServer);
        }
    }

    /// A client closes its connection after what it has written.
    fn disconnect(&mut self, client: ClientId) -> Result<(), Stop> {
        let Some(place) = place(client) else { return Ok(()) };
        self.write(place)?;
        if let Some(connection) = self.clients[place].connection.take() {
            self.net.close(connection, Way::ToServer);
        }
        self.pump()?;
        self.net.tick();
        Ok(())
    }

    /// Everything that is due arrives.
    fn pump(&mut self) -> Result<(), Stop> {
        while let Some(Delivery { connection, way, arrival }) = self.net.deliver() {
            match (way, arrival) {
                (Way::ToServer, Arrival::Bytes(bytes)) => self.arrive(connection, &bytes)?,
                (Way::ToServer, Arrival::End | Arrival::Reset) => self.hang_up(connection)?,
                (Way::ToClient, arrival) => self.reach_client(connection, &arrival),
            }
        }
        Ok(())
    }

    /// All that was written arrives in the end, unless it is lost.
    fn settle(&mut self) -> Result<(), Stop> {
        for place in 0..self.clients.len() {
            self.write(place)?;
        }
        while self.net.is_busy() {
            self.net.settle();
            self.pump()?;
        }
        Ok(())
    }

    /// Bytes reach the server, and it does what they ask for.
    fn arrive(&mut self, connection: ClientId, bytes: &[u8]) -> Result<(), Stop> {
        if !self.judge.connections().contains(&connection) {
            return Ok(()); // It was closed in the meantime.
        }
        let requests = self.judge.deliver(connection, bytes)?;
        requests.iter().for_each(|argv| (self.note)(&command::signature(argv)));
        self.judge.is_next(requests.last());
        let wire = &mut self.wire;
        if let Err(panic) = panics::caught(|| wire.receive(connection, bytes)) {
            return self.judge.panicked(&panic);
        }
        self.collect()?;
        self.judge.execute(connection)?;
        self.close_ended()
    }

    /// Takes what the server has written, and gives it to the network.
    fn collect(&mut self) -> Result<(), Stop> {
        for connection in self.judge.connections() {
            let output = self.wire.take_output(connection);
            if !output.is_empty() {
                self.net.write(connection, Way::ToClient, &output);
                self.judge.observe(connection, &output)?;
            }
        }
        Ok(())
    }

    /// Connections that the server wants to end do, and only those that must.
    fn close_ended(&mut self) -> Result<(), Stop> {
        for connection in self.judge.connections() {
            let closed = self.wire.is_closed(connection);
            self.judge.compare_closed(connection, closed)?;
            if closed {
                self.net.close(connection, Way::ToClient);
                self.hang_up(connection)?;
            }
        }
        Ok(())
    }

    /// The server learns that a connection has ended; it may have had something to say still.
    fn hang_up(&mut self, connection: ClientId) -> Result<(), Stop> {
        if !self.judge.connections().contains(&connection) {
            return Ok(());
        }
        let wire = &mut self.wire;
        if let Err(panic) = panics::caught(|| wire.hang_up(connection)) {
            return self.judge.panicked(&panic);
        }
        self.judge.disconnect(connection);
        self.collect()?;
        self.judge.nothing_left()?;
        self.close_ended()
    }

    /// Something reaches a client. One that cannot make sense of it leaves.
    fn reach_client(&mut self, connection: ClientId, arrival: &Arrival) {
        let Some(place) = self.clients.iter().position(|client| client.connection == Some(connection)) else { return };
        match arrival {
            Arrival::Bytes(bytes) => {
                if !self.clients[place].receive(bytes) {
                    self.give_up(place);
                }
            }
            Arrival::End | Arrival::Reset => self.clients[place].connection = None,
        }
    }

    /// Time moves; what clients have kept back is written before.
    fn advance(&mut self, ms: u64) -> Result<(), Stop> {
        for place in 0..self.clients.len() {
            self.write(place)?;
        }
        self.pump()?;
        self.net.tick();
        let to_ms = self.judge.model.now_ms() + ms;
        let wire = &mut self.wire;
        self.judge.is_next(None);
        if let Err(panic) = panics::caught(|| wire.advance(to_ms)) {
            return self.judge.panicked(&panic);
        }
        self.collect()?;
        self.judge.advance(to_ms)?;
        self.close_ended()?;
        self.pump()
    }

    /// Reads the whole state back over a connection of its own.
    fn checkpoint(&mut self) -> Result<(), Stop> {
        if !self.options.state {
            return Ok(());
        }
        let observer = match self.observer {
            Some(observer) => observer,
            None => self.accept()?,
        };
        self.observer = Some(observer);
        self.judge.oracle = Oracle::State;
        let mut request = Bytes::new();
        for db in self.judge.model.databases_used() {
            for argv in self.judge.readings(observer, db) {
                request.clear();
                encode_request(&argv, &mut request);
                self.arrive(observer, &request)?;
            }
        }
        self.judge.oracle = Oracle::Reply;
        Ok(())
    }

    fn check_white_box(&mut self) -> Result<(), Stop> {
        if !self.options.white_box {
            return Ok(());
        }
        let wire = &mut self.wire;
        match panics::caught(|| wire.check()) {
            Ok(findings) => self.judge.compare_findings(&findings),
            Err(panic) => self.judge.panicked(&panic),
        }
    }
}

/// The place of a client of the scenario.
fn place(client: ClientId) -> Option<usize> {
    usize::try_from(client.0).ok().filter(|place| *place < usize::from(CLIENTS))
}
