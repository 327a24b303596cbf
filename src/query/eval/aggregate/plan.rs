//! What FT.AGGREGATE is to do, checked against the index.

use super::super::super::expression::{self, Expression};
use super::super::super::{Node, Schema};
use super::super::value::Value;
use super::super::{Collection, Document, Plan, Scope};
use super::command::{Command, Reduce, Words};
use super::evaluate::{evaluate, is_known, properties};
use super::reduce::Reducer;
use super::rows::{Row, Rows, Step, run};
use crate::resp::Bytes;

/// Names that steps can read, in the order in which rows show them.
#[derive(Clone, Debug, Default)]
struct Names {
    known: Vec<Bytes>,
    /// Rows are documents still: the index can help out.
    of_documents: bool,
}

/// A pipeline that makes sense.
#[derive(Clone, Debug)]
pub struct Aggregation {
    /// For each name that documents are read under, the field, and whether the value that is sorted by will do.
    fields: Vec<(Bytes, Bytes, bool)>,
    load_all: bool,
    /// The rows that come out are documents, and LOAD * was said.
    shows_all: bool,
    steps: Vec<Step<Expression>>,
    /// The names of the rows that come out.
    shown: Vec<Bytes>,
}

struct Planner<'a> {
    schema: &'a Schema,
    names: Names,
    plan: Aggregation,
}

impl Aggregation {
    /// Checks the steps in their order; the error is RediSearch's text.
    pub fn new(schema: &Schema, command: &Command) -> Result<Aggregation, Bytes> {
        let loaded = command.load.iter().map(|(field, name)| (name.clone(), field.clone(), false));
        let plan = Aggregation {
            fields: loaded.collect(),
            load_all: command.load_all,
            shows_all: false,
            steps: Vec::new(),
            shown: Vec::new(),
        };
        let known = command.load.iter().map(|(_, name)| name.clone()).collect();
        let mut planner = Planner { schema, names: Names { known, of_documents: true }, plan };
        command.steps.iter().try_for_each(|step| planner.step(step))?;
        planner.plan.shown = planner.names.known;
        planner.plan.shows_all = command.load_all && planner.names.of_documents;
        Ok(planner.plan)
    }

    /// The rows for the documents that the query finds.
    pub fn run(&self, collection: &Collection<'_>, root: &Node) -> Rows {
        let query = Plan::new(collection, root, &Scope::default());
        let found = collection.documents.iter().filter(|document| query.evidence(document).is_some());
        let rows = found.map(|document| self.row(collection.schema, document)).collect();
        run(rows, &self.steps, &evaluate)
    }

    fn row(&self, schema: &Schema, document: &Document) -> Row {
        let mut row = Row::new();
        if self.load_all {
            let all = document.hash.keys().filter_map(|name| Some((name.clone(), Value::of(schema, document, name)?)));
            row.extend(all);
        }
        for (name, field, folded) in &self.fields {
            let value = match field.as_slice() {
                b"__key" => Some(Value::Text(document.key.clone())),
                // LOAD * knows the fields of the hash, and not what the index calls them.
                field if self.load_all && document.hash.contains_key(field) => Value::of(schema, document, field),
                _ if self.load_all && !*folded => None,
                field if *folded => Value::sorting(schema, document, field),
                field => Value::of(schema, document, field),
            };
            row.extend(value.map(|value| (name.clone(), value)));
        }
        row
    }

    /// What a row shows: names and values, in order; what LOAD * brought comes last, in any order.
    pub fn shown(&self, row: &Row) -> Vec<(Bytes, Value)> {
        let named = self.shown.iter().filter_map(|name| Some((name.clone(), row.get(name)?.clone())));
        let rest = row.iter().filter(|(name, _)| self.shows_all && !self.shown.contains(name));
        named.chain(rest.map(|(name, value)| (name.clone(), value.clone()))).collect()
    }

    /// Whether all fields of documents are shown, which are in no order.
    pub fn shows_all(&self) -> bool {
        self.shows_all
    }

    /// Whether every function is known to this evaluator.
    pub fn is_known(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Apply(expression, _) | Step::Filter(expression) => is_known(expression),
            Step::Group(..) | Step::Arrange { .. } => true,
        })
    }

    /// Whether the rows are groups, which are in no order (but that of SORTBY, up to ties).
    pub fn has_groups(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Group(..)))
    }
}

impl Planner<'_> {
    /// Whether a step can read this: it is known, or a field that documents can be asked for (`loads`: even if that needs
    /// the document itself).
    fn knows(&mut self, name: &Bytes, loads: bool) -> bool {
        if self.names.known.contains(name) {
            return true;
        }
        let field = self.schema.field(name).filter(|_| self.names.of_documents);
        let Some(field) = field.filter(|field| field.sortable || loads || self.plan.load_all) else { return false };
        self.plan.fields.push((name.clone(), name.clone(), field.sortable));
        self.names.known.push(name.clone());
        true
    }

    fn add(&mut self, name: &Bytes) {
        if !self.names.known.contains(name) {
            self.names.known.push(name.clone());
        }
    }

    fn expression(&mut self, text: &[u8]) -> Result<Expression, Bytes> {
        let expression = expression::parse(text)?;
        for name in properties(&expression) {
            if !self.knows(&name, false) {
                return Err([b"Property `", name.as_slice(), b"` not loaded nor in pipeline"].concat());
            }
        }
        expression.complaint().map_or(Ok(expression), Err)
    }

    fn step(&mut self, words: &Words) -> Result<(), Bytes> {
        let step = match words {
            Words::Apply(text, name) => {
                let expression = self.expression(text)?;
                self.add(name);
                Step::Apply(expression, name.clone())
            }
            Words::Filter(text) => Step::Filter(self.expression(text)?),
            Words::Group(names, reducers) => self.group(names, reducers)?,
            Words::Arrange { keys, limit } => {
                for (name, _) in keys {
                    if !self.knows(name, true) {
                        return Err([b"Property `", name.as_slice(), b"` not loaded nor in schema"].concat());
                    }
                }
                let (offset, count) = limit.map_or((0, None), |(offset, count)| (offset, Some(count)));
                Step::Arrange { keys: keys.clone(), offset, count }
            }
        };
        self.plan.steps.push(step);
        Ok(())
    }

    fn group(&mut self, names: &[Bytes], reducers: &[Reduce]) -> Result<Step<Expression>, Bytes> {
        for name in names {
            if !self.knows(name, true) {
                return Err([b"No such property `", name.as_slice(), b"`"].concat());
            }
        }
        let mut made = Vec::new();
        for reduce in reducers {
            made.push((self.reducer(reduce)?, reduce.name.clone()));
        }
        let known = names.to_vec();
        self.names = Names { known, of_documents: false };
        made.iter().for_each(|(_, name)| self.add(name));
        Ok(Step::Group(names.to_vec(), made))
    }

    fn property(&mut self, word: &Bytes) -> Result<Bytes, Bytes> {
        let name = word.strip_prefix(b"@").unwrap_or(word).to_vec();
        if self.knows(&name, true) {
            return Ok(name);
        }
        Err([b"Property is not present in document or pipeline: `", name.as_slice(), b"`"].concat())
    }

    fn reducer(&mut self, reduce: &Reduce) -> Result<Reducer, Bytes> {
        let function = reduce.function.to_ascii_uppercase();
        let one: fn(Bytes) -> Reducer = match function.as_slice() {
            b"COUNT" if reduce.args.is_empty() => return Ok(Reducer::Count),
            b"COUNT" => return Err(b"Count accepts 0 values only".to_vec()),
            b"COUNT_DISTINCT" | b"COUNT_DISTINCTISH" => Reducer::CountDistinct,
            b"SUM" => Reducer::Sum,
            b"MIN" => Reducer::Min,
            b"MAX" => Reducer::Max,
            b"AVG" => Reducer::Avg,
            b"STDDEV" => Reducer::Stddev,
            b"TOLIST" => Reducer::ToList,
            b"FIRST_VALUE" => return self.first_value(&reduce.args),
            _ => return Err([b"No such reducer: ", reduce.function.as_slice()].concat()),
        };
        match reduce.args.as_slice() {
            [] => Err([b"Missing arguments for ", reduce.function.as_slice()].concat()),
            [word] => Ok(one(self.property(word)?)),
            _ => Err(format!("Bad arguments for {}: Unknown argument", String::from_utf8_lossy(&function)).into()),
        }
    }

    /// `@value [BY @property [ASC|DESC]]`.
    fn first_value(&mut self, args: &[Bytes]) -> Result<Reducer, Bytes> {
        let refusal = || b"Bad arguments for FIRST_VALUE".to_vec();
        let (value, rest) = args.split_first().ok_or_else(refusal)?;
        let value = self.property(value)?;
        let by = match rest {
            [] => None,
            [word, by] if word.eq_ignore_ascii_case(b"BY") => Some((self.property(by)?, false)),
            [word, by, order] if word.eq_ignore_ascii_case(b"BY") => {
                Some((self.property(by)?, order.eq_ignore_ascii_case(b"DESC")))
            }
            _ => return Err(refusal()),
        };
        Ok(Reducer::FirstValue(value, by))
    }
}
