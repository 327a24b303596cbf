//! The same documents, come about in different ways: an index must not remember how.
//!
//! [`matrix`] asks every query of [`SHAPES`] in every layout. All answers to one query must be the same.

use std::fmt;

use crate::resp::{Bytes, Value};
use crate::scenario::{Config, Ending};
use crate::subject::{ClientId, OpenFailure, Subject, SubjectError};

/// How the documents came to be what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The index first, then each document once.
    Fresh,
    /// The documents first.
    Scanned,
    /// Each document was something else before.
    Updated,
    /// Field by field.
    Piecewise,
    /// Each was there before, was deleted, and came again.
    DeletedAndReadded,
    /// With others that have expired.
    OthersExpired,
    /// With many others that were deleted.
    OthersDeleted,
    /// Under another name first, one that the index is not about.
    RenamedIn,
    /// Under another name first, one that the index is about.
    Renamed,
    /// Each had been a string.
    WasAnotherType,
    /// Dumped and restored.
    Restored,
    /// All in one transaction.
    InATransaction,
    /// The index had fewer fields when the documents came.
    Altered,
    /// The index was dropped and defined again.
    Redefined,
    /// Opened on the log of what was written.
    Replayed,
    /// Opened on a log that was rewritten.
    Compacted,
}

impl Layout {
    /// All of them.
    pub const ALL: [Layout; 16] = [
        Layout::Fresh,
        Layout::Scanned,
        Layout::Updated,
        Layout::Piecewise,
        Layout::DeletedAndReadded,
        Layout::OthersExpired,
        Layout::OthersDeleted,
        Layout::RenamedIn,
        Layout::Renamed,
        Layout::WasAnotherType,
        Layout::Restored,
        Layout::InATransaction,
        Layout::Altered,
        Layout::Redefined,
        Layout::Replayed,
        Layout::Compacted,
    ];

    /// Its name in the matrix.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Fresh => "fresh",
            Layout::Scanned => "scanned",
            Layout::Updated => "updated",
            Layout::Piecewise => "piecewise",
            Layout::DeletedAndReadded => "readded",
            Layout::OthersExpired => "expired",
            Layout::OthersDeleted => "deleted",
            Layout::RenamedIn => "renamed-in",
            Layout::Renamed => "renamed",
            Layout::WasAnotherType => "retyped",
            Layout::Restored => "restored",
            Layout::InATransaction => "exec",
            Layout::Altered => "altered",
            Layout::Redefined => "redefined",
            Layout::Replayed => "replayed",
            Layout::Compacted => "compacted",
        }
    }
}

/// What is asked: a name, and FT.SEARCH or FT.AGGREGATE without its index.
pub const SHAPES: &[(&str, &str)] = &[
    ("word", "SEARCH red NOCONTENT"),
    ("stem", "SEARCH running NOCONTENT"),
    ("verbatim", "SEARCH running VERBATIM NOCONTENT"),
    ("all", "SEARCH * NOCONTENT"),
    ("intersection", "SEARCH red,run NOCONTENT"),
    ("union", "SEARCH red|green NOCONTENT"),
    ("negation", "SEARCH -red NOCONTENT"),
    ("negated-union", "SEARCH -(red|green) NOCONTENT DIALECT 2"),
    ("optional", "SEARCH run_~red NOCONTENT"),
    ("phrase", "SEARCH \"red_fox\" NOCONTENT"),
    ("slop", "SEARCH red_dog SLOP 1 NOCONTENT"),
    ("in-order", "SEARCH dog_red INORDER SLOP 5 NOCONTENT"),
    ("prefix", "SEARCH ru* NOCONTENT"),
    ("suffix", "SEARCH *ed NOCONTENT DIALECT 2"),
    ("infix", "SEARCH *u* NOCONTENT DIALECT 2"),
    ("wildcard", "SEARCH w'r?n*' NOCONTENT DIALECT 2"),
    ("fuzzy", "SEARCH %rad% NOCONTENT"),
    ("field", "SEARCH @title:red NOCONTENT"),
    ("two-fields", "SEARCH @title|body:(red_fox) NOCONTENT"),
    ("infields", "SEARCH red INFIELDS 1 body NOCONTENT"),
    ("inkeys", "SEARCH * INKEYS 3 d:1 d:2 d:99 NOCONTENT"),
    ("tag", "SEARCH @cat:{blue} NOCONTENT"),
    ("tags", "SEARCH @cat:{blue|light_grey} NOCONTENT DIALECT 2"),
    ("tag-prefix", "SEARCH @cat:{bl*} NOCONTENT DIALECT 2"),
    ("numeric", "SEARCH @num:[2_5] NOCONTENT"),
    ("numeric-exclusive", "SEARCH @num:[(2_(5] NOCONTENT"),
    ("numeric-open", "SEARCH @num:[4_+inf] NOCONTENT"),
    ("not-numeric", "SEARCH -@num:[2_5] NOCONTENT"),
    ("geo", "SEARCH @loc:[2.35_48.85_100_km] NOCONTENT"),
    ("missing", "SEARCH ismissing(@cat) NOCONTENT DIALECT 2"),
    ("sorted", "SEARCH @num:[-inf_+inf] SORTBY num DESC NOCONTENT LIMIT 0 100"),
    ("sorted-text", "SEARCH red SORTBY title LIMIT 1 3 RETURN 1 title"),
    ("returned", "SEARCH red RETURN 2 title num"),
    ("scores", "SEARCH red|run WITHSCORES SCORER TFIDF NOCONTENT"),
    ("scores-bm25", "SEARCH red|run WITHSCORES SCORER BM25 NOCONTENT"),
    ("tag-values", "TAGVALS cat"),
    ("group", "AGGREGATE * GROUPBY 1 @cat REDUCE COUNT 0 AS n SORTBY 1 @cat"),
    ("apply", "AGGREGATE fox LOAD 2 @num @__key APPLY @num*2 AS twice SORTBY 1 @__key"),
];

const FIELDS: &str =
    "title TEXT SORTABLE body TEXT WITHSUFFIXTRIE cat TAG INDEXMISSING SORTABLE num NUMERIC SORTABLE loc GEO";

const HALF_OF_THE_FIELDS: &str = "title TEXT SORTABLE body TEXT WITHSUFFIXTRIE";

const OTHER_FIELDS: &str = "cat TAG INDEXMISSING SORTABLE num NUMERIC SORTABLE loc GEO";

/// The documents: an underscore is a blank.
const DOCUMENTS: [&str; 14] = [
    "d:1 title red_fox body run_fast num 1 cat blue loc 2.35,48.85",
    "d:2 title the_red_dog body running num 2 cat blue,green",
    "d:3 title green body red_run_red num 3 cat light_grey loc 2.36,48.86",
    "d:4 title dogs_and_foxes body runs num 4",
    "d:5 title red_big_dog body the_red_fox num 5 cat Blue",
    "d:6 title rad num 2.5 cat black loc 13.4,52.5",
    "d:7 body dog_red",
    "d:8 title blue num -1 cat red",
    "d:9 title red_red_red body fox num 10 cat ,",
    "d:10 title cities body city num 6 loc 2.35,48.85",
    "d:11 cat blue",
    "d:12 num 7",
    "d:13 title red num x",
    "d:14 title fox loc 1000,1000",
];

/// Documents that are gone in the end, and what the documents were before.
const BEFORE: &str = "title green_red_running body fox_dog num 3 cat blue,other loc 2.35,48.85";

/// The answers to one query in all layouts.
pub struct Row {
    /// The query's name.
    pub shape: &'static str,
    /// By layout, what was answered: sorted where no order was asked for.
    pub answers: Vec<String>,
}

impl Row {
    /// Whether the answer in a layout is that of the first.
    pub fn agrees(&self, layout: usize) -> bool {
        self.answers.get(layout) == self.answers.first()
    }
}

/// Queries against layouts.
pub struct Matrix {
    /// A row for each of [`SHAPES`].
    pub rows: Vec<Row>,
}

impl Matrix {
    /// How many answers there are.
    pub fn cells(&self) -> usize {
        self.rows.iter().map(|row| row.answers.len()).sum()
    }

    /// The cells that differ from the first of their row: the query, the layout, and both answers.
    pub fn differences(&self) -> Vec<String> {
        let cells =
            self.rows.iter().flat_map(|row| Layout::ALL.iter().enumerate().map(move |(at, layout)| (row, at, layout)));
        let differing = cells.filter(|(row, at, _)| !row.agrees(*at));
        differing
            .map(|(row, at, layout)| {
                format!("{} {}: {}\n  instead of {}", row.shape, layout.name(), row.answers[at], row.answers[0])
            })
            .collect()
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:18}", "")?;
        for layout in Layout::ALL {
            write!(f, " {:>10}", layout.name())?;
        }
        for row in &self.rows {
            write!(f, "\n{:18}", row.shape)?;
            for at in 0..Layout::ALL.len() {
                write!(f, " {:>10}", if row.agrees(at) { "same" } else { "DIFFERS" })?;
            }
        }
        Ok(())
    }
}

/// Why a layout could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The subject could not go on.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// It could not be opened again.
    #[error("{0}")]
    Open(OpenFailure),
    /// It refused what it must understand.
    #[error("{0}")]
    Refused(String),
}

/// Makes an empty subject with a log.
pub type MakeIndexed = dyn Fn(&Config) -> Box<dyn Subject>;

/// Makes every layout on a new subject, and asks every query.
pub fn matrix(make: &MakeIndexed) -> Result<Matrix, LayoutError> {
    let mut rows: Vec<Row> = SHAPES.iter().map(|(shape, _)| Row { shape, answers: Vec::new() }).collect();
    for layout in Layout::ALL {
        // The smallest segments, which are rewritten if their number is even.
        let segments = if layout == Layout::Compacted { 6 } else { 0 };
        let mut subject = make(&Config { segments, ..Config::default() });
        let mut maker = Maker(subject.as_mut());
        maker.make(layout)?;
        for (row, (_, query)) in rows.iter_mut().zip(SHAPES) {
            row.answers.push(maker.answer(query)?);
        }
    }
    Ok(Matrix { rows })
}

struct Maker<'a>(&'a mut dyn Subject);

impl Maker<'_> {
    fn make(&mut self, layout: Layout) -> Result<(), LayoutError> {
        if !matches!(layout, Layout::Scanned | Layout::Altered | Layout::Redefined) {
            self.create(FIELDS)?;
        }
        match layout {
            Layout::Fresh => self.write_all("")?,
            Layout::Scanned => {
                self.write_all("")?;
                self.create(FIELDS)?;
            }
            Layout::Updated => {
                self.before("d:")?;
                // What the new document has not must not be left of the old one.
                self.each(|maker, key, fields| {
                    let gone = ["title", "body", "cat", "num", "loc"];
                    let gone =
                        gone.into_iter().filter(|name| !fields.split(' ').step_by(2).any(|field| field == *name));
                    maker.say(&format!("HSET {key} {fields}"))?;
                    maker.say(format!("HDEL {key} none {}", gone.collect::<Vec<_>>().join(" ")).trim_end())
                })?;
            }
            Layout::Piecewise => self.each(|maker, key, fields| {
                let words: Vec<&str> = fields.split(' ').collect();
                words.chunks(2).try_for_each(|pair| maker.say(&format!("HSET {key} {}", pair.join(" "))))
            })?,
            Layout::DeletedAndReadded => {
                self.before("d:")?;
                self.each(|maker, key, _| maker.say(&format!("DEL {key}")))?;
                self.write_all("")?;
            }
            Layout::OthersExpired => {
                self.before("d:x")?;
                self.each(|maker, key, _| maker.say(&format!("PEXPIRE d:x{key} 10")))?;
                self.write_all("")?;
                if let Some(world) = self.0.world() {
                    let later = world.now_ms() + 1000;
                    world.set_clock(later, 1);
                }
            }
            Layout::OthersDeleted => {
                for round in 0..8 {
                    self.before(&format!("d:{round}:"))?;
                }
                self.write_all("")?;
                for round in 0..8 {
                    self.each(|maker, key, _| maker.say(&format!("DEL d:{round}:{key}")))?;
                }
            }
            Layout::RenamedIn => {
                self.write_all("other:")?;
                self.each(|maker, key, _| maker.say(&format!("RENAME other:{key} {key}")))?;
            }
            Layout::Renamed => {
                self.write_all("d:x")?;
                self.each(|maker, key, _| maker.say(&format!("RENAME d:x{key} {key}")))?;
            }
            Layout::WasAnotherType => {
                self.each(|maker, key, _| maker.say(&format!("SET {key} red")))?;
                self.each(|maker, key, _| maker.say(&format!("DEL {key}")))?;
                self.write_all("")?;
                self.each(|maker, key, _| maker.say(&format!("SET d:x{key} red")))?;
            }
            Layout::Restored => {
                self.write_all("other:")?;
                self.each(|maker, key, _| {
                    let Value::Bulk(payload) = maker.ask(&words(&format!("DUMP other:{key}")))? else {
                        return Err(LayoutError::Refused(format!("DUMP other:{key}")));
                    };
                    maker.demand(&[b"RESTORE".to_vec(), key.into(), b"0".to_vec(), payload])
                })?;
            }
            Layout::InATransaction => {
                self.say("MULTI")?;
                self.write_all("")?;
                self.say("EXEC")?;
            }
            Layout::Altered => {
                self.create(HALF_OF_THE_FIELDS)?;
                self.write_all("")?;
                self.say(&format!("FT.ALTER i SCHEMA ADD {OTHER_FIELDS}"))?;
            }
            Layout::Redefined => {
                self.create(HALF_OF_THE_FIELDS)?;
                self.write_all("")?;
                self.say("FT.DROPINDEX i")?;
                self.create(FIELDS)?;
            }
            Layout::Replayed => {
                self.write_all("")?;
                self.reopen()?;
            }
            Layout::Compacted => {
                for _ in 0..8 {
                    self.before("d:")?;
                    self.each(|maker, key, _| maker.say(&format!("DEL {key}")))?;
                }
                self.write_all("")?;
                self.reopen()?;
            }
        }
        Ok(())
    }

    fn create(&mut self, fields: &str) -> Result<(), LayoutError> {
        self.say(&format!("FT.CREATE i ON HASH PREFIX 1 d: SCHEMA {fields}"))
    }

    fn each(
        &mut self,
        mut act: impl FnMut(&mut Self, &str, &str) -> Result<(), LayoutError>,
    ) -> Result<(), LayoutError> {
        let mut pairs = DOCUMENTS.iter().filter_map(|document| document.split_once(' '));
        pairs.try_for_each(|(key, fields)| act(self, key, fields))
    }

    fn write_all(&mut self, before: &str) -> Result<(), LayoutError> {
        self.each(|maker, key, fields| maker.say(&format!("HSET {before}{key} {fields}")))
    }

    /// Documents that will not stay, under the documents' keys or longer ones.
    fn before(&mut self, prefix: &str) -> Result<(), LayoutError> {
        self.each(|maker, key, _| {
            let key = if prefix == "d:" { key.to_owned() } else { format!("{prefix}{key}") };
            maker.say(&format!("HSET {key} {BEFORE}"))
        })
    }

    fn reopen(&mut self) -> Result<(), LayoutError> {
        let Some(world) = self.0.world() else { return Ok(()) };
        world.restart(Ending::Closed, None).map_err(LayoutError::Open)
    }

    /// A command of words: an underscore is a blank.
    fn say(&mut self, line: &str) -> Result<(), LayoutError> {
        self.demand(&words(line))
    }

    fn demand(&mut self, argv: &[Bytes]) -> Result<(), LayoutError> {
        match self.ask(argv)? {
            Value::Error(error) => {
                let asked = crate::scenario::text::quote_argv(argv);
                Err(LayoutError::Refused(format!("{asked}: {}", String::from_utf8_lossy(&error))))
            }
            _ => Ok(()),
        }
    }

    fn ask(&mut self, argv: &[Bytes]) -> Result<Value, LayoutError> {
        let mut events = Vec::new();
        self.0.send(ClientId::OBSERVER, argv)?;
        self.0.poll(&mut events)?;
        Ok(events.pop().map_or(Value::NullBulk, |(_, value)| value))
    }

    /// The answer to a query as text. Ties of a score stand in the order in which documents were written, which is
    /// not part of the answer.
    fn answer(&mut self, query: &str) -> Result<String, LayoutError> {
        let mut argv = words(query);
        argv[0].splice(0..0, *b"FT.");
        argv.insert(1, b"i".to_vec());
        let is_search = query.starts_with("SEARCH");
        let is_set = query.starts_with("TAGVALS");
        if is_search && !query.contains("LIMIT") {
            argv.extend(words("LIMIT 0 1000"));
        }
        let reply = self.ask(&argv)?;
        match reply {
            Value::Array(items) | Value::Set(items) if is_set => {
                let mut values: Vec<String> = items.iter().map(Value::to_string).collect();
                values.sort();
                Ok(values.join(" "))
            }
            reply if is_search && !query.contains("SORTBY") => Ok(sorted(&reply, words_of_a_result(query))),
            reply => Ok(reply.to_string().replace('\n', " ")),
        }
    }
}

/// How many values tell of one result.
fn words_of_a_result(query: &str) -> usize {
    1 + usize::from(query.contains("WITHSCORES")) + usize::from(!query.contains("NOCONTENT"))
}

/// The results in an order of their own, so that it does not matter in which they came.
fn sorted(reply: &Value, words: usize) -> String {
    let Value::Array(items) = reply else { return reply.to_string() };
    let Some((total, results)) = items.split_first() else { return reply.to_string() };
    let text = |values: &[Value]| values.iter().map(|v| v.to_string().replace('\n', " ")).collect::<Vec<_>>().join(" ");
    let mut results: Vec<String> = results.chunks(words).map(text).collect();
    results.sort();
    format!("{total}: {}", results.join(", "))
}

fn words(line: &str) -> Vec<Bytes> {
    line.split(' ').map(|word| word.replace('_', " ").replace("  key", "__key").into_bytes()).collect()
}
