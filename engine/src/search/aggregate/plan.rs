//! What a request means for an index: the steps with every property found.

use super::documents::FieldInfo;
use super::expr::Program;
use super::lookup::{Key, Lookup, Slot};
use super::reducers::Reducer;
use super::request::{self, Arrange, Request, Step};
use crate::command::args;
use crate::config::Config;
use crate::reply::Error;

/// How many rows SORTBY keeps without LIMIT.
const LIMIT_DEFAULT: u64 = 10;

/// The steps, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub stages: Vec<Stage>,
    /// The properties of the documents' rows.
    pub first: Lookup,
    /// The properties of the rows after the last grouping, if there is any.
    pub last: Option<Lookup>,
    pub counts_only: bool,
}

/// A step, ready to run.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Load(Vec<Key>),
    LoadAll,
    Apply(Program, Slot),
    Filter(Program),
    Page {
        offset: u64,
        limit: u64,
    },
    Sort {
        keys: Vec<(Slot, bool)>,
        limit: u64,
    },
    Group(Grouping),
    /// Rows are only counted.
    Count,
}

/// GROUPBY: where the properties are before and after it.
#[derive(Clone, Debug)]
pub(crate) struct Grouping {
    pub keys: Vec<(Slot, Slot)>,
    pub reducers: Vec<(Reducer, Slot)>,
}

impl Plan {
    pub fn build(request: &Request, schema: &[FieldInfo], config: &Config) -> Result<Plan, Error> {
        let lookup = Lookup::of_documents(schema);
        let mut builder = Builder { config, stages: Vec::new(), lookup, first: None };
        for step in &request.steps {
            match step {
                Step::Load(properties) => builder.load(properties.as_deref())?,
                Step::Group { properties, reducers } => builder.group(properties, reducers)?,
                Step::Apply { expression, alias } => builder.apply(expression, alias)?,
                Step::Filter(expression) => {
                    let program = builder.program(expression)?;
                    builder.stages.push(Stage::Filter(program));
                }
                Step::Arrange(_) if request.counts_only => builder.stages.push(Stage::Count),
                Step::Arrange(arrange) => builder.arrange(arrange)?,
            }
        }
        let Builder { stages, lookup, first, .. } = builder;
        let (first, last) = match first {
            Some(first) => (first, Some(lookup)),
            None => (lookup, None),
        };
        Ok(Plan { stages, first, last, counts_only: request.counts_only })
    }
}

struct Builder<'a> {
    config: &'a Config,
    stages: Vec<Stage>,
    /// The properties at this point.
    lookup: Lookup,
    /// Those of documents, after a grouping.
    first: Option<Lookup>,
}

impl Builder<'_> {
    fn load(&mut self, properties: Option<&[Vec<u8>]>) -> Result<(), Error> {
        if self.first.is_some() {
            return Err(Error::new("LOAD cannot be applied after projectors or reducers"));
        }
        let Some(mut words) = properties else {
            self.lookup.promise_all();
            self.stages.push(Stage::LoadAll);
            return Ok(());
        };
        let mut keys = Vec::new();
        while let [path, rest @ ..] = words {
            words = rest;
            let path = args::c_str(path.strip_prefix(b"@").unwrap_or(path));
            let mut name = path;
            if let [keyword, rest @ ..] = words
                && args::is(keyword, "AS")
            {
                let [alias, rest @ ..] = rest else {
                    return Err(Error::new("LOAD path AS name - must be accompanied with NAME"));
                };
                if args::is(alias, "AS") {
                    return Err(Error::new("Alias for LOAD cannot be `AS`"));
                }
                (name, words) = (alias.as_slice(), rest);
            }
            keys.extend(self.lookup.load(name, path));
        }
        if !keys.is_empty() {
            self.stages.push(Stage::Load(keys));
        }
        Ok(())
    }

    /// Parses an expression and finds what it names.
    fn program(&mut self, expression: &[u8]) -> Result<Program, Error> {
        let mut program = Program::parse(expression, self.config).map_err(Error::built)?;
        program.resolve(|name| self.lookup.read(name)).map_err(Error::built)?;
        Ok(program)
    }

    fn apply(&mut self, expression: &[u8], alias: &[u8]) -> Result<(), Error> {
        let program = self.program(expression)?;
        let slot = self.lookup.write(alias);
        self.stages.push(Stage::Apply(program, slot));
        Ok(())
    }

    fn arrange(&mut self, arrange: &Arrange) -> Result<(), Error> {
        if let Some(sort) = &arrange.sort {
            let (mut keys, mut loads) = (Vec::new(), Vec::new());
            for key in sort {
                let slot = find(&mut self.lookup, &key.name, Some(&mut loads));
                let missing = || Error::built([b"Property `", &*key.name, b"` not loaded nor in schema"].concat());
                keys.push((slot.ok_or_else(missing)?, key.ascending));
            }
            self.load_before(loads);
            let limit = match arrange.offset.saturating_add(arrange.limit) {
                0 => LIMIT_DEFAULT,
                limit if planted!(self.config, SearchAggregateLimitOverflow) => limit & u64::from(u32::MAX),
                limit => limit,
            };
            self.stages.push(Stage::Sort { keys, limit });
        }
        if arrange.offset > 0 || arrange.limit > 0 && arrange.sort.is_none() {
            self.stages.push(Stage::Page { offset: arrange.offset, limit: arrange.limit });
        }
        Ok(())
    }

    fn load_before(&mut self, loads: Vec<Key>) {
        if !loads.is_empty() {
            self.stages.push(Stage::Load(loads));
        }
    }

    fn group(&mut self, properties: &[Vec<u8>], reducers: &[request::Reducer]) -> Result<(), Error> {
        let mut next = Lookup::default();
        let mut loads = Vec::new();
        let can_load = self.lookup.can_load();
        let twice = |name: &[u8]| Error::built([b"Property `", name, b"` specified more than once"].concat());
        let mut keys = Vec::new();
        for name in properties {
            let from = find(&mut self.lookup, name, can_load.then_some(&mut loads));
            let from = from.ok_or_else(|| Error::built([b"No such property `", &**name, b"`"].concat()))?;
            keys.push((from, next.write_new(name).ok_or_else(|| twice(name))?));
        }
        let mut built = Vec::new();
        for reducer in reducers {
            let lookup = &mut self.lookup;
            let state = Reducer::build(reducer, |name| find(lookup, name, can_load.then_some(&mut loads)))?;
            let alias = args::c_str(&reducer.alias);
            built.push((state, next.write_new(alias).ok_or_else(|| twice(alias))?));
        }
        self.load_before(loads);
        self.stages.push(Stage::Group(Grouping { keys, reducers: built }));
        let before = std::mem::replace(&mut self.lookup, next);
        self.first.get_or_insert(before);
        Ok(())
    }
}

/// Finds a property; a field of the index that nothing has loaded is loaded, where that is possible.
fn find(lookup: &mut Lookup, name: &[u8], loads: Option<&mut Vec<Key>>) -> Option<Slot> {
    if let Some(slot) = lookup.read(name) {
        return Some(slot);
    }
    let key = lookup.load_implicitly(name)?;
    loads?.push(key.clone());
    Some(key.slot)
}
