//! Target `query_parser`: the queries of FT.SEARCH, and the expressions of FT.AGGREGATE, against the toolkit's own parser.
//!
//! For any text, in any dialect, over several index definitions, it guarantees:
//!
//! - **Decode**: the query is accepted or refused as the reference does it, with the same error; FT.EXPLAIN says the same.
//!   What FT.EXPLAIN refuses, FT.SEARCH refuses with the same words. An expression of APPLY is understood or not, likewise.
//! - **RoundTrip**: the reference's tree, printed as a query, is explained as the query was.
//! - **Bounds**: what FT.EXPLAIN says is no longer than the query and its depth warrant, and the work that the subject
//!   counts (if it does) follows the length.
//! - **Panic**: it doesn't. That it returns, and does not overflow its stack, a worker process notices.
//!
//! It does not guarantee anything about results: that is for [`search`](super::search).

mod input;
mod mutator;
mod reference;
mod seeds;
#[cfg(test)]
mod tests;
mod tokens;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub use input::{Input, Kind, SCHEMAS};
pub use seeds::{Seed, seeds};
pub use tokens::{TOKENS, dictionary};

use super::{ByteMutator, Input as InputKind, RunReport, Target};
use crate::digest;
use crate::oracle::{Fingerprint, Oracle, Violation};
use crate::panics::caught;
use crate::resp::{Bytes, Value};
use crate::scenario::Families;
use crate::scenario::text::quote_argv;
use crate::subject::{ClientId, Subject, SubjectError};
use reference::Verdict;

/// The longest query or expression that is asked: longer ones are cut.
pub const TEXT_BYTES_MAX: usize = 64 << 10;

/// Makes an empty subject.
pub type MakeSubject = Box<dyn Fn() -> Box<dyn Subject>>;

/// Tells how much work the subject has done since it was asked the last time, in steps of its own.
pub type Work = fn() -> u64;

/// The target, for any subject with FT.CREATE, FT.EXPLAIN and FT.AGGREGATE.
pub struct QueryParser {
    name: String,
    make: MakeSubject,
    work: Option<Work>,
}

impl QueryParser {
    /// `make` gives a new, empty subject for each run.
    pub fn new(name: &str, make: MakeSubject) -> Self {
        QueryParser { name: name.to_owned(), make, work: None }
    }

    /// Also bounds the work that the subject counts.
    pub fn counting(mut self, work: Work) -> Self {
        self.work = Some(work);
        self
    }
}

impl Target for QueryParser {
    fn name(&self) -> &str {
        &self.name
    }

    fn guarantee(&self) -> &str {
        "any query and any expression is refused or understood as the reference does it, in bounded time and depth"
    }

    fn input(&self) -> InputKind {
        InputKind::Bytes
    }

    fn run(&self, data: &[u8]) -> RunReport {
        self.run_noting(data, &mut |_| {})
    }

    fn run_noting(&self, data: &[u8], note: &mut dyn FnMut(&str)) -> RunReport {
        let input = Input::decode(data);
        let mut case = Case {
            subject: (self.make)(),
            work: self.work,
            input: &input,
            note,
            asked: Vec::new(),
            report: RunReport::default(),
        };
        if let Err(violation) = case.check() {
            case.report.violation = Some(*violation);
        }
        case.report
    }

    /// A seed input after some rounds of the mutator.
    fn generate(&self, seed: u64, size: usize, _families: Option<Families>) -> Vec<u8> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut data = input::generate(&mut rng).encode();
        data.truncate(size);
        let mut len = data.len();
        data.resize(size, 0);
        for _ in 0..rng.next_u32() % 3 {
            len = mutator::mutate(&mut data, len, size, rng.next_u32(), |bytes, len, _| {
                rng.fill_bytes(&mut bytes[..len.min(2)]);
                len
            });
        }
        data.truncate(len);
        data
    }

    fn mutate(&self, data: &mut [u8], size: usize, max_size: usize, seed: u32, bytes: ByteMutator) -> usize {
        mutator::mutate(data, size, max_size, seed, bytes)
    }

    fn crossover(&self, a: &[u8], b: &[u8], out: &mut [u8], seed: u32) -> usize {
        mutator::crossover(a, b, out, seed)
    }
}

type Outcome<T> = Result<T, Box<Violation>>;

/// One input.
struct Case<'a> {
    subject: Box<dyn Subject>,
    work: Option<Work>,
    input: &'a Input,
    note: &'a mut dyn FnMut(&str),
    /// What the subject was asked last.
    asked: Vec<Bytes>,
    report: RunReport,
}

impl Case<'_> {
    fn check(&mut self) -> Outcome<()> {
        self.expect_no_error(self.input.create())?;
        match self.input.kind {
            Kind::Expression => self.expression(),
            Kind::Query | Kind::Generated => self.query(),
        }
    }

    fn query(&mut self) -> Outcome<()> {
        let input = self.input;
        self.begin_work();
        let explained = self.ask(input.explain())?;
        self.bounded(&explained)?;
        let verdict = self.reference(|| reference::query(input, true))?;
        if self.is_too_deep(&explained) {
            return Ok(());
        }
        self.agree(&verdict, &explained)?;
        if matches!(explained, Value::Error(_)) {
            // Not always for the same reason: explaining lets empty strings pass.
            let searched = self.ask(input.search())?;
            let verdict = self.reference(|| reference::query(input, false))?;
            return self.agree(&verdict, &searched);
        }
        let Some(printed) = self.reference(|| reference::printed(input))?.filter(nests_little) else { return Ok(()) };
        let again = self.ask(printed.explain())?;
        if self.is_too_deep(&again) { Ok(()) } else { self.same(Oracle::RoundTrip, &explained, &again) }
    }

    /// Over a document, as APPLY looks at what it says only then.
    fn expression(&mut self) -> Outcome<()> {
        let input = self.input;
        self.expect_no_error(input.document())?;
        self.begin_work();
        let reply = self.ask(input.aggregate())?;
        self.bounded(&reply)?;
        let verdict = self.reference(|| reference::expression(input))?;
        if self.is_too_deep(&reply) {
            return Ok(());
        }
        self.agree(&verdict, &reply)?;
        let printed = self.reference(|| reference::printed_expression(input))?.filter(nests_little);
        let Some(printed) = printed else { return Ok(()) };
        let again = self.ask(printed.aggregate())?;
        self.same(Oracle::RoundTrip, &reply, &again)
    }

    /// How deep a parser goes is its own affair, as long as it says so: RediSearch, and the reference with it, begins anew
    /// beyond a hundred open symbols in dialect 1, which nobody else has to.
    fn is_too_deep(&self, reply: &Value) -> bool {
        let opens = |byte: &&u8| b"(-~@|!+*/%^,:{".contains(byte) || byte.is_ascii_whitespace();
        let is_limit = |error: &[u8]| error.starts_with(b"Parser stack overflow");
        let is_deep = self.asked.iter().any(|word| word.iter().filter(opens).count() >= DEPTH_AT_LEAST);
        matches!(reply, Value::Error(error) if is_limit(error)) && is_deep
    }

    /// The reference must not panic, either.
    fn reference<T>(&self, say: impl FnOnce() -> T) -> Outcome<T> {
        caught(say).map_err(|panic| {
            let place = format!("reference {}", panic.place);
            self.violation(Oracle::Panic, "verdict", &place, "a verdict of the reference".into(), panic.to_string())
        })
    }

    /// What the reference says against what the subject said.
    fn agree(&mut self, verdict: &Verdict, reply: &Value) -> Outcome<()> {
        self.report.checks += 1;
        let same = match (verdict, reply) {
            (Verdict::Refused(expected), Value::Error(observed)) => expected == observed,
            (Verdict::Explained(expected), Value::Bulk(observed)) => expected == observed,
            (Verdict::Unfinished(expected), Value::Error(observed)) => {
                expected == observed || observed.starts_with(b"Property `")
            }
            (Verdict::Taken, Value::Error(error)) => !is_of_a_parser(error),
            (Verdict::Taken, _) => true,
            _ => false,
        };
        if same {
            return Ok(());
        }
        let observed_class = match (verdict, reply) {
            (Verdict::Refused(expected), Value::Error(observed)) if error_class(expected) == error_class(observed) => {
                format!("{} elsewhere", error_class(observed))
            }
            (Verdict::Explained(expected), Value::Bulk(observed)) => tree_difference(expected, observed),
            (_, reply) => class(reply),
        };
        Err(self.violation(Oracle::Decode, &verdict.class(), &observed_class, verdict.to_string(), text(reply)))
    }

    fn same(&mut self, oracle: Oracle, expected: &Value, observed: &Value) -> Outcome<()> {
        self.report.checks += 1;
        if expected == observed {
            return Ok(());
        }
        Err(self.violation(oracle, &class(expected), &class(observed), text(expected), text(observed)))
    }

    fn begin_work(&mut self) {
        if let Some(work) = self.work {
            work();
        }
    }

    /// Explaining takes two bytes for each level that a node is deep, so that its length may be a square.
    fn bounded(&mut self, reply: &Value) -> Outcome<()> {
        let asked = self.input.text.len() + self.input.params.iter().map(|(_, value)| value.len()).sum::<usize>();
        self.report.checks += 1;
        let (bytes, bytes_max) = (text(reply).len(), 16_384 + 512 * asked);
        if bytes > bytes_max {
            return Err(self.violation(
                Oracle::Bounds,
                "bounded",
                "long",
                format!("at most {bytes_max} bytes for {asked}"),
                format!("{bytes} bytes"),
            ));
        }
        let Some(work) = self.work else { return Ok(()) };
        let (steps, steps_max) = (work(), 4_096 + STEPS_PER_BYTE * asked as u64);
        if steps <= steps_max {
            return Ok(());
        }
        let expected = format!("at most {steps_max} steps for {asked} bytes");
        Err(self.violation(Oracle::Bounds, "linear", "work", expected, format!("{steps} steps")))
    }

    fn expect_no_error(&mut self, argv: Vec<Bytes>) -> Outcome<()> {
        match self.ask(argv)? {
            Value::Error(error) => {
                let observed = String::from_utf8_lossy(&error).into_owned();
                Err(self.violation(Oracle::Decode, "ok", &error_class(&error), "no error".into(), observed))
            }
            _ => Ok(()),
        }
    }

    fn ask(&mut self, argv: Vec<Bytes>) -> Outcome<Value> {
        (self.note)(&String::from_utf8_lossy(&argv[0]));
        self.asked = argv;
        let Case { subject, asked, .. } = self;
        let mut events = Vec::new();
        let outcome = caught(|| {
            subject.send(ClientId(0), asked)?;
            subject.poll(&mut events)
        });
        self.report.steps += 1;
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.failed(&error)),
            Err(panic) => {
                return Err(self.violation(Oracle::Panic, "reply", &panic.place, "a reply".into(), panic.to_string()));
            }
        }
        let reply = events.pop().map_or(Value::NullBulk, |(_, reply)| reply);
        self.report.errors += u64::from(matches!(reply, Value::Error(_)));
        let mut bytes = Vec::new();
        digest::value(&reply, &mut bytes);
        self.report.hash = twox_hash::XxHash3_64::oneshot_with_seed(self.report.hash.rotate_left(1), &bytes);
        Ok(reply)
    }

    fn failed(&self, error: &SubjectError) -> Box<Violation> {
        self.violation(Oracle::Subject, "reply", error.kind(), "a reply".into(), error.to_string())
    }

    fn violation(
        &self,
        oracle: Oracle,
        expected_class: &str,
        observed_class: &str,
        expected: String,
        observed: String,
    ) -> Box<Violation> {
        let plain = |class: &str| class.replace([' ', '/'], "-");
        let asked = self.asked.first().map_or(String::new(), |name| String::from_utf8_lossy(name).into_owned());
        Box::new(Violation {
            oracle,
            step: 0,
            command: quote_argv(&self.asked),
            observed,
            expected,
            fingerprint: Fingerprint::new(
                oracle,
                &format!("{asked}+{}", self.input.dialect),
                &plain(expected_class),
                &plain(observed_class),
            ),
            as_sent: Default::default(),
            dispute: None,
        })
    }
}

/// Nobody may call a query too deep that has fewer operators.
const DEPTH_AT_LEAST: usize = 24;

/// Printing nests what was a chain, and there may be a limit to that.
fn nests_little(printed: &Input) -> bool {
    let mut depth = 0_usize;
    printed.text.iter().all(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth <= DEPTH_AT_LEAST
    })
}

/// Whether the error is about how an expression is written, rather than about what it comes to.
fn is_of_a_parser(error: &[u8]) -> bool {
    error.starts_with(b"Syntax error") || error.starts_with(b"Unknown function")
}

/// A step is looking at a byte, taking a token or making a node.
const STEPS_PER_BYTE: u64 = 64;

fn text(reply: &Value) -> String {
    match reply {
        Value::Bulk(text) | Value::Error(text) => String::from_utf8_lossy(text).into_owned(),
        other => other.to_string(),
    }
}

/// What kind of answer this is, without anything of the query in it.
fn class(reply: &Value) -> String {
    match reply {
        Value::Error(text) => error_class(text),
        Value::Bulk(_) => "tree".into(),
        other => crate::oracle::reply_class(other),
    }
}

/// The first words of an error.
fn error_class(error: &[u8]) -> String {
    let text = String::from_utf8_lossy(error).to_ascii_lowercase();
    let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words.take(2).collect::<Vec<_>>().join(" ")
}

/// Where two trees differ first: the kinds of node that stand there.
fn tree_difference(expected: &[u8], observed: &[u8]) -> String {
    let kind = |line: Option<&[u8]>| {
        let line = String::from_utf8_lossy(line.unwrap_or(b"end")).into_owned();
        let word: String = line.trim().chars().take_while(|c| c.is_ascii_uppercase() || *c == '@').collect();
        if word.is_empty() { "word".to_owned() } else { word.trim_end_matches('@').to_owned() + "" }
    };
    let (mut expected, mut observed) = (expected.split(|b| *b == b'\n'), observed.split(|b| *b == b'\n'));
    loop {
        match (expected.next(), observed.next()) {
            (Some(a), Some(b)) if a == b => {}
            (a, b) => return format!("tree {} for {}", kind(b), kind(a)),
        }
    }
}
