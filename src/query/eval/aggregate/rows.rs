//! Rows, and the steps they go through.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::Schema;
use super::super::super::expression::Expression;
use super::super::document::Document;
use super::super::value::Value;
use super::evaluate::evaluate;
use super::functions::is_true;
use super::groups::{Groups, combinations};
use super::names::{Load, Property};
use super::reduce::Reducer;
use super::sort::sorted;
use crate::resp::Bytes;

/// A row: what steps gave it, and the document it still is. What a group was made without is [`Value::Null`].
#[derive(Clone, Debug, Default)]
pub struct Row<'a> {
    /// The document.
    pub document: Option<&'a Document>,
    /// Values by name.
    pub values: BTreeMap<Bytes, Value>,
}

impl Row<'_> {
    /// A property: as it was made or loaded, or else what the document is sorted by.
    pub fn get(&self, schema: &Schema, property: &Property) -> Option<Value> {
        let given = self.values.get(&property.name).cloned();
        given.or_else(|| Value::sorting(schema, self.document?, property.sorted_by.as_ref()?))
    }
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// A property is missing: `exists` does not mind.
    Missing(Bytes),
    /// Anything else.
    Failed(Bytes),
}

impl Trouble {
    /// The text of the error.
    pub fn text(self) -> Bytes {
        match self {
            Trouble::Missing(text) | Trouble::Failed(text) => text,
        }
    }
}

/// An expression, and the properties it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// What is computed.
    pub expression: Expression,
    /// Of which.
    pub properties: Vec<Property>,
}

/// A step of the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Fields that are read from the hash.
    Load(Vec<Load>),
    /// LOAD *: all fields of the hash, but for names that steps make.
    LoadAll(BTreeSet<Bytes>),
    /// APPLY ... AS name.
    Apply(Formula, Bytes),
    /// FILTER.
    Filter(Formula),
    /// GROUPBY, and the reducers with the names of their results.
    Group(Vec<Property>, Vec<(Reducer, Bytes)>),
    /// SORTBY: properties, each with whether it is in descending order, and how many rows are kept.
    Sort(Vec<(Property, bool)>, usize),
    /// LIMIT: how many rows are left out first, and how many follow.
    Page(usize, usize),
    /// `LIMIT 0 0`: rows are only counted.
    Count,
}

/// The rows that come out, as far as they come.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    /// The rows.
    pub rows: Vec<Row<'a>>,
    /// What stopped the next one.
    pub trouble: Option<Bytes>,
}

/// Sends rows through the steps. A step that needs all rows fails if one of them does; others stop there.
pub fn run<'a>(schema: &Schema, mut rows: Vec<Row<'a>>, steps: &[Step]) -> Rows<'a> {
    let mut steps = steps;
    loop {
        let needs_all = |step: &Step| matches!(step, Step::Group(..) | Step::Sort(..) | Step::Count);
        let Some(at) = steps.iter().position(needs_all) else { return one_by_one(schema, rows, steps) };
        let out = one_by_one(schema, rows, &steps[..at]);
        if out.trouble.is_some() {
            return Rows { rows: Vec::new(), ..out };
        }
        rows = match &steps[at] {
            Step::Group(by, reducers) => group(schema, &out.rows, by, reducers),
            Step::Sort(keys, most) => match sorted(schema, out.rows, keys, *most) {
                Ok(rows) => rows,
                Err(trouble) => return Rows { rows: Vec::new(), trouble: Some(trouble) },
            },
            _ => Vec::new(),
        };
        steps = &steps[at + 1..];
    }
}

/// Each row goes all the way before the next one is asked for; and none is asked for once a LIMIT has had enough.
fn one_by_one<'a>(schema: &Schema, rows: Vec<Row<'a>>, steps: &[Step]) -> Rows<'a> {
    let mut pages: Vec<(usize, usize)> = steps.iter().filter_map(page).collect();
    let mut out = Rows { rows: Vec::new(), trouble: None };
    for mut row in rows {
        if pages.contains(&(0, 0)) {
            break;
        }
        match through(schema, &mut row, steps, &mut pages) {
            Ok(true) => out.rows.push(row),
            Ok(false) => {}
            Err(trouble) => return Rows { trouble: Some(trouble.text()), ..out },
        }
    }
    out
}

fn page(step: &Step) -> Option<(usize, usize)> {
    if let Step::Page(offset, count) = step { Some((*offset, *count)) } else { None }
}

/// Whether the row comes through all steps. `pages`: what each LIMIT has still to leave out and to let through.
fn through(schema: &Schema, row: &mut Row, steps: &[Step], pages: &mut [(usize, usize)]) -> Result<bool, Trouble> {
    let mut pages = pages.iter_mut();
    for step in steps {
        match step {
            Step::Load(loads) => loads.iter().for_each(|load| read(row, load)),
            Step::LoadAll(taken) => read_all(row, taken),
            Step::Apply(formula, name) => {
                let value = compute(schema, row, formula)?;
                row.values.insert(name.clone(), value);
            }
            Step::Filter(formula) if !is_true(&compute(schema, row, formula)?) => return Ok(false),
            Step::Page(..) => match pages.next() {
                Some((offset, _)) if *offset > 0 => {
                    *offset -= 1;
                    return Ok(false);
                }
                Some((_, count)) => *count = count.saturating_sub(1),
                None => {}
            },
            _ => {}
        }
    }
    Ok(true)
}

fn compute(schema: &Schema, row: &Row, formula: &Formula) -> Result<Value, Trouble> {
    let get = |name: &[u8]| {
        let property = formula.properties.iter().find(|property| property.name == name)?;
        row.get(schema, property)
    };
    evaluate(&formula.expression, &get)
}

fn read(row: &mut Row, load: &Load) {
    let Some(document) = row.document else { return };
    let value = match document.hash.get(&load.path) {
        Some(text) if load.is_numeric => Value::Number(super::super::document::parse_number(text).unwrap_or(0.0)),
        Some(text) => Value::Text(text.clone()),
        None if load.path == b"__key" => Value::Text(document.key.clone()),
        None => return,
    };
    row.values.insert(load.name.clone(), value);
}

/// Everything is text then, numbers too.
fn read_all(row: &mut Row, taken: &BTreeSet<Bytes>) {
    let Some(document) = row.document else { return };
    let fields = document.hash.iter().filter(|(name, _)| !taken.contains(*name));
    row.values.extend(fields.map(|(name, text)| (name.clone(), Value::Text(text.clone()))));
}

/// The groups in the order in which the server's table has them.
fn group<'a>(schema: &Schema, rows: &[Row], by: &[Property], reducers: &[(Reducer, Bytes)]) -> Vec<Row<'a>> {
    let mut groups = Groups::default();
    for row in rows {
        let values = by.iter().map(|property| row.get(schema, property).unwrap_or(Value::Null)).collect::<Vec<_>>();
        combinations(&values).into_iter().for_each(|values| groups.add(values, row));
    }
    let finish = |(values, rows): (Vec<Value>, Vec<&Row>)| {
        let mut row = Row { document: None, values: by.iter().map(|by| by.name.clone()).zip(values).collect() };
        for (reducer, name) in reducers {
            row.values.insert(name.clone(), reducer.reduce(&rows, |row, property| row.get(schema, property)));
        }
        row
    };
    groups.in_order().into_iter().map(finish).collect()
}
