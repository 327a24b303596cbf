//! `--subject`: whom a command tests, if not the embedded engine.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use clap::Args;

use super::CliError;
use super::oracle::{Server, connect_to_empty};
use crate::model::Profile;
use crate::oracle::{Coverage, Fingerprint, Oracle, Violation};
use crate::property::{Killed, Listening, PREFIX, Property, PropertyTarget, SharedStage, Stage};
use crate::scenario::text::split_argv;
use crate::subject::{Address, RestartableServer};
use crate::target::{Input, RunReport, Setup, Target};

/// Whom to test.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SubjectArgs {
    /// Give the embedded engine a planted bug (needs a build with `--features planted`)
    #[arg(long, value_name = "NAME")]
    pub(super) plant: Option<String>,
    /// Test this instead of the embedded engine: tcp://HOST:PORT or unix:PATH, whose data is deleted, or process:CMD,
    /// which is started, with `{socket}` and `{dir}` for the places that it shall use
    #[arg(long, value_name = "SUBJECT", conflicts_with = "plant", group = "elsewhere")]
    pub(super) subject: Option<Place>,
    /// Let a subject that listens be emptied although it holds data
    #[arg(long, requires = "elsewhere")]
    pub(super) flush: bool,
}

/// Where a subject is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A server that listens.
    Listening(Address),
    /// The words of a command that starts one.
    Process(Vec<String>),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(command) = text.strip_prefix("process:") {
            let words = split_argv(command)?.into_iter().map(String::from_utf8).collect::<Result<Vec<_>, _>>();
            return match words {
                Ok(words) if !words.is_empty() => Ok(Place::Process(words)),
                _ => Err("process: is followed by a command".into()),
            };
        }
        if !text.starts_with("tcp://") && !text.starts_with("unix:") {
            return Err("expected tcp://HOST:PORT, unix:PATH or process:CMD".into());
        }
        let address = text.strip_prefix("tcp://").unwrap_or(text);
        address.parse().map(Place::Listening).map_err(|error: crate::subject::AddressError| error.to_string())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Listening(address @ Address::Tcp(..)) => write!(f, "tcp://{address}"),
            Place::Listening(address) => write!(f, "{address}"),
            Place::Process(words) => {
                let words: Vec<_> = words.iter().map(|word| crate::scenario::text::quote(word.as_bytes())).collect();
                write!(f, "process:{}", words.join(" "))
            }
        }
    }
}

impl SubjectArgs {
    /// As arguments of another `respfuzz` command.
    pub(super) fn as_args(&self) -> Vec<String> {
        let mut args = Vec::new();
        if let Some(plant) = &self.plant {
            args.extend(["--plant".to_owned(), plant.clone()]);
        }
        if let Some(place) = &self.subject {
            args.extend(["--subject".to_owned(), place.to_string()]);
        }
        // A server that listens keeps what a run leaves there.
        if self.flush || matches!(self.subject, Some(Place::Listening(_))) {
            args.push("--flush".to_owned());
        }
        args
    }

    /// What properties are held against.
    pub(super) fn stage(&self) -> Result<SharedStage, CliError> {
        let stage: Box<dyn Stage> = match &self.subject {
            None => return embedded(&Setup { plant: self.plant.clone() }),
            Some(Place::Listening(address)) => {
                let (_, subject) = connect_to_empty("--subject", &address.to_string(), self.flush)?;
                Box::new(Listening(subject))
            }
            Some(Place::Process(words)) => Box::new(Killed(start(words)?)),
        };
        Ok(Rc::new(RefCell::new(stage)))
    }

    /// The target of that name on a subject that is no embedded engine.
    pub(super) fn live(&self, place: &Place, target: &str) -> Result<Box<dyn Target>, CliError> {
        if target != "command_handler" {
            let hint = "on a --subject there are command_handler and property/NAME";
            return Err(CliError::Usage(format!("`{target}` needs a simulated world: {hint}")));
        }
        let server = match place {
            Place::Listening(address) => {
                Server::connect("--subject", &address.to_string(), self.flush, Profile::default())?
            }
            Place::Process(words) => Server::command(words, Profile::default())?,
        };
        Ok(Box::new(Live(RefCell::new(server))))
    }

    /// What it is called where divergences are told apart by their subject.
    pub(super) fn name(&self) -> String {
        self.subject.as_ref().map_or("embedded".to_owned(), Place::to_string)
    }

    /// The property of that name (after [`PREFIX`]) as a target.
    pub(super) fn property(&self, target: &str) -> Result<Box<dyn Target>, CliError> {
        let name = target.strip_prefix(PREFIX).unwrap_or(target);
        let property = Property::by_name(name).ok_or_else(|| {
            let names: Vec<_> = Property::ALL.iter().map(|property| property.name).collect();
            CliError::Usage(format!("no property is called `{name}`; there are: {}", names.join(", ")))
        })?;
        Ok(Box::new(PropertyTarget::new(property, self.stage()?)))
    }
}

#[cfg(feature = "embedded")]
fn embedded(setup: &Setup) -> Result<SharedStage, CliError> {
    Ok(crate::subject::embedded::stage(setup)?)
}

#[cfg(not(feature = "embedded"))]
fn embedded(_: &Setup) -> Result<SharedStage, CliError> {
    Err(CliError::Usage("this binary has no embedded engine: say whom to test with --subject".into()))
}

pub(super) fn start(words: &[String]) -> Result<RestartableServer, CliError> {
    RestartableServer::command(words).map_err(|error| CliError::Usage(format!("--subject: {error}")))
}

/// `command_handler` on a server: what it answers against the model.
struct Live(RefCell<Server>);

impl Target for Live {
    fn name(&self) -> &str {
        "command_handler"
    }

    fn guarantee(&self) -> &str {
        "every reply and the whole state are as Redis has them"
    }

    fn input(&self) -> Input {
        Input::Scenario
    }

    fn run(&self, data: &[u8]) -> RunReport {
        match self.0.borrow_mut().run(data, &mut Coverage::default()) {
            // Its clock is not ours: equal bytes may give other replies.
            Ok(report) => RunReport { hash: 0, ..report },
            Err(error) => RunReport { violation: Some(lost(error.to_string())), ..RunReport::default() },
        }
    }
}

/// A subject that cannot be brought to begin anew.
pub(super) fn lost(reason: String) -> Violation {
    Violation {
        oracle: Oracle::Subject,
        step: 0,
        command: String::new(),
        observed: reason,
        expected: "a server that answers".into(),
        fingerprint: Fingerprint::new(Oracle::Subject, "reset", "reply", "lost"),
        as_sent: Default::default(),
        dispute: None,
    }
}

/// Words as a shell takes them.
pub(super) fn shell_line(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    let quoted = |word: &String| match word.chars().all(plain) && !word.is_empty() {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_printed() {
        for text in ["tcp://localhost:6379", "unix:/tmp/s.sock", "process:redis-server --port \"a b\""] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
        }
        for text in ["", "localhost:6379", "tcp://", "tcp://h", "unix:", "process:", "process: ", "process:a \"b"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
        assert_eq!(shell_line(&["a".into(), "b c".into(), "d'e".into()]), r"a 'b c' 'd'\''e'");
    }
}
