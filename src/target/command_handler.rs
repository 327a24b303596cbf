//! `command_handler`: whatever clients send, in whatever order, every reply is the one that Redis gives.
//!
//! Guarantees, for any bytes: each reply equals the model's prediction; the whole state read back at checkpoints
//! and at the end does; the subject's own invariants hold after each step; nothing panics, hangs or goes silent.
//! Does not guarantee anything about persistence or the network: other targets do.

use super::{Input, RunReport, Target};
use crate::command::Command;
use crate::run::{Event, Options, run, run_traced};
use crate::scenario::decode;
use crate::subject::{Called, ClientId, Subject};

/// The target, for any subject.
pub struct CommandHandler {
    name: String,
    make: Box<dyn Fn() -> Box<dyn Subject>>,
    options: Options,
}

impl CommandHandler {
    /// `make` gives a new, empty subject for each run.
    pub fn new(name: &str, make: Box<dyn Fn() -> Box<dyn Subject>>, options: Options) -> Self {
        CommandHandler { name: name.to_owned(), make, options }
    }

    /// For an engine that is one function: `make` gives a new, empty one.
    pub fn of_call<F>(name: &str, make: impl Fn() -> F + 'static, options: Options) -> Self
    where
        F: FnMut(ClientId, &[crate::resp::Bytes]) -> crate::resp::Value + 'static,
    {
        Self::new(name, Box::new(move || Box::new(Called::new(make()))), options)
    }
}

impl Target for CommandHandler {
    fn name(&self) -> &str {
        &self.name
    }

    fn guarantee(&self) -> &str {
        "every reply, the whole state and the engine's own invariants are as Redis has them, for any commands of 1 to 4 clients"
    }

    fn input(&self) -> Input {
        Input::Scenario
    }

    fn draws(&self, command: &Command) -> bool {
        self.options.only.as_ref().is_none_or(|only| only.iter().any(|name| name == command.name))
    }

    fn run(&self, data: &[u8]) -> RunReport {
        run(&decode(data), (self.make)().as_mut(), &self.options)
    }

    fn run_traced(&self, data: &[u8], trace: &mut dyn FnMut(Event)) -> RunReport {
        run_traced(&decode(data), (self.make)().as_mut(), &self.options, trace)
    }
}
