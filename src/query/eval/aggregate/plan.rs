//! What FT.AGGREGATE is to do, checked against the index.

use std::collections::BTreeSet;

use super::super::super::expression;
use super::super::super::{Node, Schema};
use super::super::value::Value;
use super::super::{Collection, Plan, Scope};
use super::command::{Command, Reduce, Words, c_string};
use super::evaluate::{is_known, properties};
use super::names::{Load, Names, Property};
use super::reduce::Reducer;
use super::rows::{Formula, Row, Rows, Step, run};
use crate::resp::Bytes;

/// Sorted rows are at most so many where no limit was given.
const SORTED_MAX: usize = 10;

/// A pipeline that makes sense.
#[derive(Clone, Debug)]
pub struct Aggregation {
    steps: Vec<Step>,
    /// The names of the rows that come out.
    shown: Vec<Property>,
    /// The rows that come out are documents, and LOAD * was said.
    shows_all: bool,
}

struct Planner<'a> {
    schema: &'a Schema,
    names: Names,
    /// The names of documents, once rows are groups.
    before: Option<Names>,
    steps: Vec<Step>,
    counts_only: bool,
}

impl Aggregation {
    /// Checks the steps in their order; the error is RediSearch's text.
    pub fn new(schema: &Schema, command: &Command) -> Result<Aggregation, Bytes> {
        let names = Names::of_documents();
        let mut planner = Planner { schema, names, before: None, steps: Vec::new(), counts_only: command.counts_only };
        command.steps.iter().try_for_each(|step| planner.step(step))?;
        let Planner { names, before, mut steps, .. } = planner;
        // The names are all known before the first row comes: what a later step makes is left alone from the beginning.
        let made: BTreeSet<Bytes> = before.as_ref().unwrap_or(&names).made().cloned().collect();
        for step in &mut steps {
            if let Step::LoadAll(taken) = step {
                taken.clone_from(&made);
            }
        }
        Ok(Aggregation { steps, shows_all: names.of_documents && names.loads_all, shown: names.shown() })
    }

    /// The rows for the documents that the query finds.
    pub fn run<'a>(&self, collection: &'a Collection<'_>, root: &Node, scope: &Scope) -> Rows<'a> {
        let query = Plan::new(collection, root, scope);
        let found = collection.documents.iter().filter(|document| query.evidence(document).is_some());
        let rows = found.map(|document| Row { document: Some(document), ..Row::default() }).collect();
        run(collection.schema, rows, &self.steps)
    }

    /// What a row shows: names and values, in order; what LOAD * brought comes last, in any order.
    pub fn shown(&self, schema: &Schema, row: &Row) -> Vec<(Bytes, Value)> {
        let named = self.shown.iter().filter_map(|property| Some((property.name.clone(), row.get(schema, property)?)));
        let is_rest = |name: &Bytes| self.shows_all && self.shown.iter().all(|property| property.name != *name);
        let rest = row.values.iter().filter(|(name, _)| is_rest(name));
        named.chain(rest.map(|(name, value)| (name.clone(), value.clone()))).collect()
    }

    /// Whether all fields of documents are shown, which are in no order.
    pub fn shows_all(&self) -> bool {
        self.shows_all
    }

    /// Whether every function is known to this evaluator.
    pub fn is_known(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Apply(formula, _) | Step::Filter(formula) => is_known(&formula.expression),
            _ => true,
        })
    }
}

fn quoted(before: &str, name: &[u8], after: &str) -> Bytes {
    [before.as_bytes(), b"`", name, b"`", after.as_bytes()].concat()
}

impl Planner<'_> {
    fn step(&mut self, words: &Words) -> Result<(), Bytes> {
        let step = match words {
            Words::Load(fields) => return self.load(fields.as_deref()),
            Words::Apply(text, name) => {
                let formula = self.formula(text)?;
                self.names.make(name);
                Step::Apply(formula, name.clone())
            }
            Words::Filter(text) => Step::Filter(self.formula(text)?),
            Words::Group(names, reducers) => self.group(names, reducers)?,
            Words::Arrange { .. } if self.counts_only => Step::Count,
            Words::Arrange { keys, offset, count } => return self.arrange(keys.as_deref(), *offset, *count),
        };
        self.steps.push(step);
        Ok(())
    }

    fn load(&mut self, fields: Option<&[(Bytes, Bytes)]>) -> Result<(), Bytes> {
        if !self.names.of_documents {
            return Err(b"LOAD cannot be applied after projectors or reducers".to_vec());
        }
        let Some(fields) = fields else {
            self.names.loads_all = true;
            self.steps.push(Step::LoadAll(Default::default()));
            return Ok(());
        };
        let loads = fields.iter().filter_map(|(path, name)| self.names.load(self.schema, name, path)).collect();
        self.before_this(loads);
        Ok(())
    }

    /// What a step needs is loaded before it.
    fn before_this(&mut self, loads: Vec<Load>) {
        if !loads.is_empty() {
            self.steps.push(Step::Load(loads));
        }
    }

    fn formula(&mut self, text: &[u8]) -> Result<Formula, Bytes> {
        let expression = expression::parse(text)?;
        let mut found = Vec::new();
        for name in properties(&expression) {
            let missing = || [b"Property `", name.as_slice(), b"` not loaded nor in pipeline"].concat();
            found.push(self.names.read(self.schema, &name).ok_or_else(missing)?);
        }
        match expression.complaint() {
            Some(complaint) => Err(complaint),
            None => Ok(Formula { expression, properties: found }),
        }
    }

    fn arrange(&mut self, keys: Option<&[(Bytes, bool)]>, offset: usize, count: usize) -> Result<(), Bytes> {
        if let Some(keys) = keys {
            let (mut found, mut loads) = (Vec::new(), Vec::new());
            for (name, descending) in keys {
                let property = self.names.read_or_load(self.schema, name, &mut loads);
                let missing = || quoted("Property ", name, " not loaded nor in schema");
                found.push((property.ok_or_else(missing)?, *descending));
            }
            self.before_this(loads);
            let most = offset.saturating_add(count);
            self.steps.push(Step::Sort(found, if most == 0 { SORTED_MAX } else { most }));
        }
        if offset > 0 || count > 0 && keys.is_none() {
            self.steps.push(Step::Page(offset, count));
        }
        Ok(())
    }

    fn group(&mut self, names: &[Bytes], reducers: &[Reduce]) -> Result<Step, Bytes> {
        let (mut by, mut made, mut loads) = (Vec::new(), Vec::new(), Vec::new());
        let mut next = Names::default();
        let twice = |name: &Bytes| quoted("Property ", name, " specified more than once");
        for name in names {
            let property = self.names.read_or_load(self.schema, name, &mut loads);
            by.push(property.ok_or_else(|| quoted("No such property ", name, ""))?);
            next.make(name).then_some(()).ok_or_else(|| twice(name))?;
        }
        for reduce in reducers {
            made.push((self.reducer(reduce, &mut loads)?, reduce.name.clone()));
            next.make(&reduce.name).then_some(()).ok_or_else(|| twice(&reduce.name))?;
        }
        self.before_this(loads);
        let names = std::mem::replace(&mut self.names, next);
        self.before.get_or_insert(names);
        Ok(Step::Group(by, made))
    }

    fn property(&mut self, word: &Bytes, loads: &mut Vec<Load>) -> Result<Property, Bytes> {
        let name = c_string(word.strip_prefix(b"@").unwrap_or(word));
        let missing = || quoted("Property is not present in document or pipeline: ", &name, "");
        self.names.read_or_load(self.schema, &name, loads).ok_or_else(missing)
    }

    fn reducer(&mut self, reduce: &Reduce, loads: &mut Vec<Load>) -> Result<Reducer, Bytes> {
        let one: fn(Property) -> Reducer = match reduce.function.to_ascii_uppercase().as_slice() {
            b"COUNT" if reduce.args.is_empty() => return Ok(Reducer::Count),
            b"COUNT" => return Err(b"Count accepts 0 values only".to_vec()),
            b"COUNT_DISTINCT" | b"COUNT_DISTINCTISH" => Reducer::CountDistinct,
            b"SUM" => Reducer::Sum,
            b"MIN" => Reducer::Min,
            b"MAX" => Reducer::Max,
            b"AVG" => Reducer::Avg,
            b"STDDEV" => Reducer::Stddev,
            b"TOLIST" => Reducer::ToList,
            b"FIRST_VALUE" => return self.first_value(reduce, loads),
            _ => return Err([b"No such reducer: ", reduce.function.as_slice()].concat()),
        };
        // More words than one are not looked at.
        let missing = || [b"Missing arguments for ", reduce.function.as_slice()].concat();
        let word = reduce.args.first().ok_or_else(missing)?;
        self.property(word, loads).map(one)
    }

    /// `@value [BY @property [ASC|DESC]]`.
    fn first_value(&mut self, reduce: &Reduce, loads: &mut Vec<Load>) -> Result<Reducer, Bytes> {
        let missing = || [b"Missing arguments for ", reduce.function.as_slice()].concat();
        let (value, rest) = reduce.args.split_first().ok_or_else(missing)?;
        let value = self.property(value, loads)?;
        let is = |at: usize, word: &str| rest.get(at).is_some_and(|arg| arg.eq_ignore_ascii_case(word.as_bytes()));
        let (mut by, mut read) = (None, 0);
        if is(0, "BY") {
            let property = self.property(rest.get(1).ok_or_else(missing)?, loads)?;
            by = Some((property, is(2, "DESC")));
            read = if is(2, "ASC") || is(2, "DESC") { 3 } else { 2 };
        }
        match rest.get(read) {
            None => Ok(Reducer::FirstValue(value, by)),
            Some(word) => {
                let place = format!("` at position {} for ", read + 1);
                Err([b"Unknown argument `", c_string(word).as_slice(), place.as_bytes(), &reduce.function].concat())
            }
        }
    }
}
