//! Running a plan over documents.
//!
//! Rows are pulled one by one through the steps that need no other row. SORTBY and GROUPBY take all rows first; what follows
//! one of them begins anew with its rows. Nothing recurses, whatever the number of steps.

use std::cmp::Ordering;

use super::documents::Documents;
use super::expr::{Scope, not_a_number};
use super::heap::Heap;
use super::lookup::{Lookup, Row, Slot};
use super::order::Buckets;
use super::plan::{Grouping, Plan, Stage};
use super::reducers::State;
use super::value::Value;
use crate::reply::Error;

/// A row as replies show it.
pub(crate) type NamedValues = Vec<(Vec<u8>, Value)>;

/// What FT.AGGREGATE found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// RediSearch counts what it has looked at when it begins to reply.
    pub total: i64,
    pub rows: Vec<NamedValues>,
}

/// Runs a plan. An error before the first row is the reply; after that, it is where the rows end.
pub(crate) fn run(plan: Plan, scope: Scope<'_>) -> Result<Found, Error> {
    let Plan { stages, mut first, last, counts_only } = plan;
    let mut run = Run { scope, total: 0 };
    let mut input = Input::Documents(0);
    let mut streaming: Vec<Streaming> = Vec::new();
    for stage in stages {
        match stage {
            Stage::Sort { .. } | Stage::Group(_) | Stage::Count => {
                let rows = run.drain(&mut input, &mut streaming, &mut first)?;
                streaming.clear();
                input = Input::Rows(run.arrange(stage, rows)?.into_iter());
            }
            stage => streaming.push(Streaming::new(stage)),
        }
    }
    let mut found = Found { total: 0, rows: Vec::new() };
    let mut is_first = true;
    loop {
        let row = run.pull(&mut input, &mut streaming, &mut first);
        if is_first {
            found.total = run.total;
        }
        match row {
            Err(error) if is_first => return Err(Error::built(error)),
            Ok(Some(row)) if !counts_only => {
                found.rows.push(name(&row, last.as_ref().unwrap_or(&first), scope.documents))
            }
            _ => return Ok(found),
        }
        is_first = false;
    }
}

fn name(row: &Row, lookup: &Lookup, documents: &dyn Documents) -> NamedValues {
    let values = lookup.keys().iter().filter_map(|key| Some((key.name.to_vec(), row.get(key.slot, documents)?)));
    values.collect()
}

/// Where rows come from.
enum Input {
    /// The documents, from this one on.
    Documents(usize),
    Rows(std::vec::IntoIter<Row>),
}

/// A step that needs one row at a time, and what LIMIT has still to skip and to let through.
struct Streaming {
    stage: Stage,
    skip: u64,
    rest: u64,
}

impl Streaming {
    fn new(stage: Stage) -> Self {
        let (skip, rest) = match &stage {
            Stage::Page { offset, limit } => (*offset, *limit),
            _ => (0, 0),
        };
        Self { stage, skip, rest }
    }

    /// Whether LIMIT has let through all that it may.
    fn is_exhausted(&self) -> bool {
        matches!(self.stage, Stage::Page { .. }) && self.skip == 0 && self.rest == 0
    }
}

struct Run<'a> {
    scope: Scope<'a>,
    total: i64,
}

impl Run<'_> {
    fn input(&mut self, input: &mut Input) -> Option<Row> {
        match input {
            Input::Documents(next) if *next < self.scope.documents.count() => {
                *next += 1;
                self.total += 1;
                Some(Row::of_document(*next - 1))
            }
            Input::Documents(_) => None,
            Input::Rows(rows) => rows.next(),
        }
    }

    /// The next row that comes through all steps.
    fn pull(
        &mut self,
        input: &mut Input,
        streaming: &mut [Streaming],
        first: &mut Lookup,
    ) -> Result<Option<Row>, Vec<u8>> {
        // The last exhausted LIMIT ends everything: it asks nothing of those before it.
        while !streaming.iter().any(Streaming::is_exhausted) {
            let Some(mut row) = self.input(input) else {
                return Ok(None);
            };
            let mut passes = true;
            for step in &mut *streaming {
                passes = self.step(step, &mut row, first)?;
                if !passes {
                    break;
                }
            }
            if passes {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Does one step with a row; says whether the row goes on.
    fn step(&mut self, step: &mut Streaming, row: &mut Row, first: &mut Lookup) -> Result<bool, Vec<u8>> {
        let documents = self.scope.documents;
        match &step.stage {
            Stage::Load(keys) => keys.iter().for_each(|key| key.load_into(row, documents)),
            Stage::LoadAll => load_all(row, first, documents),
            Stage::Apply(program, slot) => {
                let value = program.evaluate(row, self.scope)?;
                row.set(*slot, value);
            }
            Stage::Filter(program) => return Ok(program.evaluate(row, self.scope)?.truth()),
            Stage::Page { .. } if step.skip > 0 => {
                step.skip -= 1;
                return Ok(false);
            }
            Stage::Page { .. } => step.rest -= 1,
            Stage::Sort { .. } | Stage::Group(_) | Stage::Count => {}
        }
        Ok(true)
    }

    fn drain(&mut self, input: &mut Input, streaming: &mut [Streaming], first: &mut Lookup) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        while let Some(row) = self.pull(input, streaming, first).map_err(Error::built)? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// Does a step that takes all rows.
    fn arrange(&mut self, stage: Stage, rows: Vec<Row>) -> Result<Vec<Row>, Error> {
        match stage {
            Stage::Sort { keys, limit } => sort(rows, &keys, limit, self.scope),
            Stage::Group(grouping) => {
                let groups = group(&grouping, &rows, self.scope);
                self.total = groups.len() as i64;
                Ok(groups)
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// LOAD *: every field becomes a property, as text.
fn load_all(row: &mut Row, lookup: &mut Lookup, documents: &dyn Documents) {
    let Some(document) = row.document() else {
        return;
    };
    for (field, value) in documents.fields(document) {
        if let Some(slot) = lookup.place(&field) {
            row.set(slot, Value::text(&value));
        }
    }
}

/// The order of SORTBY. Rows without a value come last, whatever the direction.
struct Sorter<'a> {
    keys: &'a [(Slot, bool)],
    scope: Scope<'a>,
    /// The first comparison that made no sense.
    failure: Option<Vec<u8>>,
}

impl Sorter<'_> {
    /// Which of two rows is better, and hence comes first.
    fn compare(&mut self, left: &Row, right: &Row) -> Ordering {
        let mut is_ascending = false;
        for (slot, ascending) in self.keys {
            is_ascending = *ascending;
            let documents = self.scope.documents;
            let (left, right) = (left.get(*slot, documents), right.get(*slot, documents));
            let order = match (&left, &right) {
                (None, None) => continue,
                (None, Some(_)) | (Some(_), None) => {
                    let is_reversed = planted!(self.scope.config, SearchSortbyMissingFirst) && !is_ascending;
                    return if left.is_some() != is_reversed { Ordering::Greater } else { Ordering::Less };
                }
                (Some(left), Some(right)) => left.compare(right).unwrap_or_else(|value| {
                    self.failure.get_or_insert_with(|| not_a_number(value));
                    Ordering::Equal
                }),
            };
            if order != Ordering::Equal {
                return if is_ascending { order.reverse() } else { order };
            }
        }
        // Among equals those that were indexed first come first, or last if the last property is sorted downwards. Groups are
        // all alike in that.
        if is_ascending == (left.document() < right.document()) { Ordering::Greater } else { Ordering::Less }
    }
}

/// The best rows, in order.
fn sort(rows: Vec<Row>, keys: &[(Slot, bool)], limit: u64, scope: Scope<'_>) -> Result<Vec<Row>, Error> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut sorter = Sorter { keys, scope, failure: None };
    let mut heap = Heap::new(|left: &Row, right: &Row| sorter.compare(left, right));
    for row in rows {
        if heap.len() < limit { heap.insert(row) } else { heap.replace_worst(row) }
    }
    let sorted = std::iter::from_fn(|| heap.pop_best()).collect();
    match sorter.failure {
        Some(failure) => Err(Error::built(failure)),
        None => Ok(sorted),
    }
}

/// A group: the values that its rows have in common, and what the reducers know.
struct Group {
    values: Vec<Value>,
    states: Vec<State>,
}

fn group(grouping: &Grouping, rows: &[Row], scope: Scope<'_>) -> Vec<Row> {
    let missing = || match planted!(scope.config, SearchGroupbyNullMerged) {
        true => Value::text(b""),
        false => Value::Null,
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut buckets = Buckets::default();
    for row in rows {
        let get = |(from, _): &(Slot, _)| row.get(*from, scope.documents).unwrap_or_else(missing);
        let values: Vec<Value> = grouping.keys.iter().map(get).collect();
        for values in combinations(&values) {
            let key = values.iter().fold(0, |seed, value| value.hash(seed));
            let at = buckets.get(key).unwrap_or_else(|| {
                let states = grouping.reducers.iter().map(|(reducer, _)| reducer.start()).collect();
                groups.push(Group { values, states });
                buckets.insert(key, groups.len() - 1);
                groups.len() - 1
            });
            for ((reducer, _), state) in grouping.reducers.iter().zip(&mut groups[at].states) {
                reducer.add(state, row, scope);
            }
        }
    }
    let mut finished: Vec<Option<Row>> = groups.into_iter().map(|group| Some(finish(grouping, group))).collect();
    buckets.iter().filter_map(|at| finished[at].take()).collect()
}

fn finish(grouping: &Grouping, group: Group) -> Row {
    let mut row = Row::default();
    for ((_, to), value) in grouping.keys.iter().zip(group.values) {
        row.set(*to, value);
    }
    for ((reducer, to), state) in grouping.reducers.iter().zip(group.states) {
        row.set(*to, reducer.finish(state));
    }
    row
}

/// The most groups that one row may belong to.
const COMBINATIONS_MAX: usize = 1 << 16;

/// A row belongs to a group for each combination of the items of the arrays among its values.
fn combinations(values: &[Value]) -> Vec<Vec<Value>> {
    let mut all = vec![Vec::new()];
    for value in values {
        let items: &[Value] = match value {
            Value::Array(items) if items.is_empty() => &[Value::Null],
            Value::Array(items) => items,
            other => std::slice::from_ref(other),
        };
        let extended = all.iter().flat_map(|prefix: &Vec<Value>| {
            items.iter().map(move |item| prefix.iter().chain([item]).cloned().collect::<Vec<Value>>())
        });
        all = extended.take(COMBINATIONS_MAX).collect();
    }
    all
}
