//! `--subjects`: several subjects, asked the same step by step.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;

use super::CliError;
use super::oracle::Server;
use super::subject::{Place, lost};
use crate::command;
use crate::model::Profile;
use crate::run::lockstep::{self, Member};
use crate::run::{Event, Options};
use crate::scenario::decode;
use crate::subject::Subject;
use crate::target::{Input, RunReport, Setup, Target};

/// Whom to ask: two or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subjects(Vec<Who>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    /// The embedded engine, with a planted bug or without.
    Embedded(Option<String>),
    Elsewhere(Place),
}

impl FromStr for Who {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("embedded") {
            Some("") => return Ok(Who::Embedded(None)),
            Some(plant) if plant.len() > 1 && plant.starts_with(':') => {
                return Ok(Who::Embedded(Some(plant[1..].to_owned())));
            }
            _ => {}
        }
        let is_place = ["tcp://", "unix:", "process:"].iter().any(|kind| text.starts_with(kind));
        if !is_place {
            return Err(format!("`{text}`: expected embedded, tcp://HOST:PORT, unix:PATH or process:CMD"));
        }
        text.parse().map(Who::Elsewhere)
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Embedded(None) => f.write_str("embedded"),
            Who::Embedded(Some(plant)) => write!(f, "embedded:{plant}"),
            Who::Elsewhere(place) => write!(f, "{place}"),
        }
    }
}

impl FromStr for Subjects {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all: Vec<Who> = Vec::new();
        let mut rest = Some(text);
        while let Some(list) = rest {
            let (who, more) = first(list);
            all.push(who.parse()?);
            rest = more;
        }
        if let Some(twice) = all.iter().enumerate().find(|(i, who)| is_one_server(who) && all[..*i].contains(who)) {
            return Err(format!("{} is there twice, and would be asked everything twice", twice.1));
        }
        if all.len() < 2 { Err("expected two subjects or more, separated by commas".into()) } else { Ok(Subjects(all)) }
    }
}

/// The first of a list, and the others. A command may have commas: after it a comma counts if a subject follows.
fn first(list: &str) -> (&str, Option<&str>) {
    let begins = |rest: &str| ["embedded", "tcp://", "unix:", "process:"].iter().any(|kind| rest.starts_with(kind));
    let ends = |at: &usize| !list.starts_with("process:") || begins(&list[at + 1..]);
    match list.match_indices(',').map(|(at, _)| at).find(ends) {
        Some(at) => (&list[..at], Some(&list[at + 1..])),
        None => (list, None),
    }
}

fn is_one_server(who: &Who) -> bool {
    matches!(who, Who::Elsewhere(Place::Listening(_)))
}

impl fmt::Display for Subjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(Who::to_string).collect();
        f.write_str(&all.join(","))
    }
}

impl Subjects {
    /// Whether one of them is a server that outlives a run, and keeps what the run leaves there.
    pub(super) fn leave_data(&self) -> bool {
        self.0.iter().any(is_one_server)
    }

    /// `command_handler` on all of them.
    pub(super) fn target(&self, target: &str, flush: bool) -> Result<Box<dyn Target>, CliError> {
        if target != "command_handler" {
            return Err(CliError::Usage(format!(
                "`{target}` runs on one subject: on --subjects there is command_handler"
            )));
        }
        let mut members: Vec<(String, Backend)> = Vec::new();
        for who in &self.0 {
            let same = self.0[..members.len()].iter().filter(|other| *other == who).count();
            let number = if same > 0 { format!("#{}", same + 1) } else { String::new() };
            members.push((format!("{who}{number}"), Backend::start(who, flush)?));
        }
        Ok(Box::new(Together(RefCell::new(members))))
    }
}

/// One of the subjects, ready to be asked.
enum Backend {
    Embedded {
        make: Box<dyn Fn() -> Box<dyn Subject>>,
        /// Of the run that goes on.
        engine: Box<dyn Subject>,
        options: Options,
    },
    Server(Server),
}

impl Backend {
    fn start(who: &Who, flush: bool) -> Result<Backend, CliError> {
        let server = match who {
            Who::Embedded(plant) => return embedded(&Setup { plant: plant.clone() }),
            Who::Elsewhere(Place::Listening(address)) => {
                Server::connect("--subjects", &address.to_string(), flush, Profile::default())
            }
            Who::Elsewhere(Place::Process(words)) if words.iter().any(|word| word.contains("{socket}")) => {
                Server::command(words, Profile::default())
            }
            // What takes the options of redis-server can be given a clock.
            Who::Elsewhere(Place::Process(words)) => Server::start_by(words, Profile::default()),
        };
        server.map(Backend::Server).map_err(|error| CliError::Usage(format!("{who}: {error}")))
    }

    fn empty(&mut self) -> Result<(), CliError> {
        match self {
            Backend::Embedded { make, engine, .. } => *engine = make(),
            Backend::Server(server) => server.empty()?,
        }
        Ok(())
    }

    fn member<'a>(&'a mut self, name: &'a str) -> Member<'a> {
        match self {
            Backend::Embedded { engine, options, .. } => {
                Member { name, subject: engine.as_mut(), options: options.clone() }
            }
            Backend::Server(server) => Member { name, options: server.options(), subject: server.subject() },
        }
    }
}

#[cfg(feature = "embedded")]
fn embedded(setup: &Setup) -> Result<Backend, CliError> {
    use crate::subject::embedded;
    let make = embedded::make(setup)?;
    Ok(Backend::Embedded { engine: make(), make, options: embedded::options() })
}

#[cfg(not(feature = "embedded"))]
fn embedded(_: &Setup) -> Result<Backend, CliError> {
    Err(CliError::Usage("this binary has no embedded engine".into()))
}

/// `command_handler` on several subjects, by their names.
struct Together(RefCell<Vec<(String, Backend)>>);

impl Target for Together {
    fn name(&self) -> &str {
        "command_handler"
    }

    fn guarantee(&self) -> &str {
        "every reply of each subject and its whole state are as Redis has them, and their states are the same"
    }

    fn input(&self) -> Input {
        Input::Scenario
    }

    fn run(&self, data: &[u8]) -> RunReport {
        self.run_noting(data, &mut |_| {})
    }

    fn run_noting(&self, data: &[u8], note: &mut dyn FnMut(&str)) -> RunReport {
        let mut backends = self.0.borrow_mut();
        if let Err(error) = backends.iter_mut().try_for_each(|(_, backend)| backend.empty()) {
            return RunReport { violation: Some(lost(error.to_string())), ..RunReport::default() };
        }
        let is_ours = backends.iter().all(|(_, backend)| matches!(backend, Backend::Embedded { .. }));
        let mut members: Vec<Member> = backends.iter_mut().map(|(name, backend)| backend.member(name)).collect();
        let report = lockstep::run(&decode(data), &mut members, &mut |_, event| {
            if let Event::Sent(_, argv) = event {
                note(&command::signature(argv));
            }
        });
        // The dice of a server are not ours: equal bytes may give other replies.
        RunReport { hash: if is_ours { report.hash } else { 0 }, ..report }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_printed() {
        for text in [
            "embedded,embedded",
            "embedded:some-plant,unix:/tmp/s.sock",
            "tcp://localhost:1,tcp://localhost:2",
            "process:a --x 1,2 b,embedded",
        ] {
            assert_eq!(text.parse::<Subjects>().unwrap().to_string(), text);
        }
        for (text, reason) in [
            ("embedded", "two subjects or more"),
            ("embedded,", "``: expected embedded, "),
            ("embedded,nonsense", "`nonsense`: expected embedded, "),
            ("embedded,embedded:", "`embedded:`: expected"),
            ("tcp://h:1,embedded,tcp://h:1", "tcp://h:1 is there twice"),
            ("embedded,tcp://h", "the port is missing"),
        ] {
            let error = text.parse::<Subjects>().unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
