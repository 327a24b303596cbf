//! One run of a law: what was sent, what came, and what should have.

use std::collections::BTreeMap;

use super::Stage;
use crate::oracle::{Fingerprint, Oracle, Violation, reply_class};
use crate::panics::Panic;
use crate::resp::{Bytes, Value};
use crate::scenario::text::quote_argv;
use crate::subject::SubjectError;
use crate::target::RunReport;

/// Why a run of a law ended early.
#[derive(Debug)]
pub enum Broken {
    /// The law does not hold.
    Law {
        /// What should have come.
        expected: String,
        /// What came.
        observed: String,
        /// Both in a word each, for the fingerprint.
        classes: [String; 2],
    },
    /// The subject could not go on.
    Subject(SubjectError),
    /// It does not come up again after a crash.
    Crash(String),
}

impl From<SubjectError> for Broken {
    fn from(error: SubjectError) -> Self {
        Broken::Subject(error)
    }
}

/// A law's connection to the subject.
pub struct Session<'a> {
    property: &'static str,
    stage: &'a mut dyn Stage,
    /// All that was sent, as redis-cli takes it.
    script: Vec<String>,
    /// The last command's name, for the fingerprint.
    command: String,
    report: RunReport,
}

impl<'a> Session<'a> {
    pub(super) fn new(property: &'static str, stage: &'a mut dyn Stage) -> Self {
        Session { property, stage, script: Vec::new(), command: String::new(), report: RunReport::default() }
    }

    /// Empties the subject.
    pub(super) fn begin(&mut self) -> Result<(), Broken> {
        Ok(self.stage.reset()?)
    }

    /// Sends one command, which answers at once.
    pub fn call(&mut self, argv: &[&[u8]]) -> Result<Value, Broken> {
        let argv: Vec<Bytes> = argv.iter().map(|arg| arg.to_vec()).collect();
        self.command = argv.first().map_or(String::new(), |name| String::from_utf8_lossy(name).into_owned());
        let line = quote_argv(&argv);
        self.script.push(line.clone());
        self.report.steps += 1;
        self.report.sent.count(&argv);
        let reply = self.stage.call(&argv)?;
        self.report.errors += u64::from(reply.error_code().is_some());
        if self.stage.is_simulated() {
            self.chain(line.as_bytes());
            self.chain(reply.to_string().as_bytes());
        }
        Ok(reply)
    }

    /// Sends a command whose reply the law knows.
    pub fn expect(&mut self, argv: &[&[u8]], expected: Value) -> Result<(), Broken> {
        let reply = self.call(argv)?;
        self.equal(&expected, &reply)
    }

    /// Holds a reply against the one that the law asks for.
    pub fn equal(&mut self, expected: &Value, observed: &Value) -> Result<(), Broken> {
        self.report.checks += 1;
        if expected == observed {
            return Ok(());
        }
        let classes = [reply_class(expected), reply_class(observed)];
        Err(Broken::Law { expected: expected.to_string(), observed: observed.to_string(), classes })
    }

    /// A law about a reply, in words.
    pub fn require(&mut self, holds: bool, expected: &str, observed: &Value) -> Result<(), Broken> {
        self.report.checks += 1;
        if holds {
            return Ok(());
        }
        let classes = ["other".to_owned(), reply_class(observed)];
        Err(Broken::Law { expected: expected.to_owned(), observed: observed.to_string(), classes })
    }

    /// Lets time pass.
    pub fn wait(&mut self, ms: u64) -> Result<(), Broken> {
        self.script.push(format!("# wait {ms} ms"));
        Ok(self.stage.wait(ms)?)
    }

    /// Whether waiting costs nothing, and ends to the millisecond.
    pub fn has_simulated_time(&self) -> bool {
        self.stage.is_simulated()
    }

    /// Ends the subject as a crash does, and opens it again.
    pub fn crash(&mut self, image: u16) -> Result<(), Broken> {
        self.script.push(if self.stage.is_simulated() { format!("# crash image={image}") } else { "# kill -9".into() });
        self.stage.crash(image).map_err(Broken::Crash)
    }

    fn chain(&mut self, bytes: &[u8]) {
        self.report.hash = twox_hash::XxHash3_64::oneshot_with_seed(self.report.hash, bytes);
    }

    /// What came of it.
    pub(super) fn finish(mut self, outcome: Result<Result<(), Broken>, Panic>) -> RunReport {
        let violation = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(broken)) => Some(self.broken(broken)),
            Err(panic) => {
                let [expected, observed] = ["a reply".to_owned(), panic.to_string()];
                Some(self.violation(Oracle::Panic, expected, observed, ["reply", &panic.place]))
            }
        };
        self.report.outcome = self.report.hash;
        self.report.violation = violation;
        self.report
    }

    fn broken(&self, broken: Broken) -> Violation {
        match broken {
            Broken::Law { expected, observed, classes: [wanted, came] } => {
                self.violation(Oracle::Property, expected, observed, [&wanted, &came])
            }
            Broken::Subject(error) => {
                self.violation(Oracle::Subject, "a reply".into(), error.to_string(), ["reply", error.kind()])
            }
            Broken::Crash(reason) => {
                self.violation(Oracle::Durability, "it comes up again".into(), reason, ["open", "failure"])
            }
        }
    }

    fn violation(&self, oracle: Oracle, expected: String, observed: String, classes: [&str; 2]) -> Violation {
        let fingerprint =
            Fingerprint::new(oracle, &format!("{}+{}", self.property, self.command), classes[0], classes[1]);
        let as_sent: BTreeMap<usize, String> = self.script.iter().cloned().enumerate().collect();
        let command = self.script.last().cloned().unwrap_or_default();
        let step = self.script.len().saturating_sub(1);
        Violation { oracle, step, command, observed, expected, fingerprint, as_sent, dispute: None }
    }
}
