//! `connection`: whatever the network makes of the bytes between clients and a server, the server answers those that
//! have come.
//!
//! The commands of a scenario are written as clients write them: multibulk or inline, several in one write. The
//! [network](crate::sim::Net) cuts the writes into pieces and does to them what the scenario's faults say. The model gets
//! the commands that the reference decoder reads in the bytes that were *delivered*.
//!
//! Guarantees, for any bytes: what the server writes to each connection is, read strictly, the replies and messages
//! that these commands owe, in order, and nothing else; where the reference decoder finds an error the connection is
//! closed with Redis' line for it, and otherwise it stays open; nothing that happens to one connection is felt on
//! another; the whole state, read back over a sound connection, is the model's.
//!
//! A corrupted command may turn into one that must not be sent; then the run ends as one without budget.

mod client;
mod judge;
mod session;

use super::{Input, RunReport, Target};
use crate::command::Command;
use crate::fault::{Fault, Faults};
use crate::run::Options;
use crate::scenario::{Config, decode};
use crate::sim::NETWORK_FAULTS;
use crate::subject::Wire;
use session::Session;

/// The target, for any server without sockets.
pub struct Connection {
    name: String,
    make: Box<dyn Fn() -> Box<dyn Wire>>,
    options: Options,
}

impl Connection {
    /// `make` gives a new, empty server for each run.
    pub fn new(name: &str, make: Box<dyn Fn() -> Box<dyn Wire>>, options: Options) -> Self {
        Connection { name: name.to_owned(), make, options }
    }

    fn run_scenario(&self, data: &[u8], suppressed: Option<Fault>, note: &mut dyn FnMut(&str)) -> RunReport {
        let scenario = decode(data);
        let faults = faults(&scenario.config);
        if let Some(fault) = suppressed {
            faults.suppress(fault);
        }
        let session = Session::new((self.make)(), &self.options, faults.clone(), seed(&scenario.config), note);
        let report = session.run(&scenario);
        let counts = faults.counts().into_iter().map(|(fault, counts)| (fault.name().to_owned(), counts));
        RunReport { faults: counts.collect(), ..report }
    }
}

/// The faults that come by themselves.
fn faults(config: &Config) -> Faults {
    Faults::new(config.chance.faults().only(&NETWORK_FAULTS), seed(config))
}

/// What chance is drawn from: the numbers of a scenario that mean little once its commands are written out.
fn seed(config: &Config) -> u64 {
    u64::from_le_bytes([config.clients, config.keys, config.skew_percent, config.segments, 0, 0, 0, 0])
}

impl Target for Connection {
    fn name(&self) -> &str {
        &self.name
    }

    fn guarantee(&self) -> &str {
        "each connection gets exactly the replies that the bytes delivered on it ask for, however the network cuts, delays, loses or changes them"
    }

    fn input(&self) -> Input {
        Input::Scenario
    }

    fn faults(&self) -> &[Fault] {
        &NETWORK_FAULTS
    }

    fn draws(&self, command: &Command) -> bool {
        self.options.only.as_ref().is_none_or(|only| only.iter().any(|name| name == command.name))
    }

    fn run(&self, data: &[u8]) -> RunReport {
        self.run_scenario(data, None, &mut |_| {})
    }

    fn run_noting(&self, data: &[u8], note: &mut dyn FnMut(&str)) -> RunReport {
        self.run_scenario(data, None, note)
    }

    fn run_without(&self, data: &[u8], fault: Fault) -> RunReport {
        self.run_scenario(data, Some(fault), &mut |_| {})
    }
}
