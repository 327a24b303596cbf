//! The names that steps can read, and where their values come from.

use super::super::super::{Field, FieldKind, Schema};
use crate::resp::Bytes;

/// A property of rows, as one step finds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// What it is called.
    pub name: Bytes,
    /// The field that documents are sorted by: what it says counts where nobody gave the row a value.
    pub sorted_by: Option<Bytes>,
}

/// A field that is read from the hash of each document.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// What rows call it.
    pub name: Bytes,
    /// The field of the hash.
    pub path: Bytes,
    /// Whether the index knows it as a number.
    pub is_numeric: bool,
}

/// How a name came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Read from what documents are sorted by, which is not quite the value: texts lost their case.
    Folded,
    /// Read from what documents are sorted by, which is the value.
    Kept,
    /// Loaded from the hash.
    Loaded,
    /// Made by a step.
    Made,
}

#[derive(Clone, Debug)]
struct Known {
    property: Property,
    origin: Origin,
}

/// What is known between two groupings, in the order in which rows show it.
#[derive(Clone, Debug, Default)]
pub struct Names {
    known: Vec<Known>,
    /// Rows are documents still: the index can help out.
    pub of_documents: bool,
    /// LOAD * was said: every field of the index will be there.
    pub loads_all: bool,
}

impl Names {
    /// Those of documents, of which nothing is known yet.
    pub fn of_documents() -> Names {
        Names { of_documents: true, ..Names::default() }
    }

    fn find(&self, name: &[u8]) -> Option<&Known> {
        self.known.iter().find(|known| known.property.name == name)
    }

    /// Puts the new one where the old one of that name was.
    fn put(&mut self, known: Known) {
        match self.known.iter_mut().find(|old| old.property.name == known.property.name) {
            Some(old) => *old = known,
            None => self.known.push(known),
        }
    }

    /// A property that is there already, or that documents are sorted by, or that LOAD * will bring.
    pub fn read(&mut self, schema: &Schema, name: &[u8]) -> Option<Property> {
        if let Some(known) = self.find(name) {
            return Some(known.property.clone());
        }
        let field = schema.field(name).filter(|field| self.of_documents && (field.sortable || self.loads_all))?;
        let property = Property { name: name.to_vec(), sorted_by: sorted_by(field) };
        self.put(Known { property: property.clone(), origin: origin(field) });
        Some(property)
    }

    /// The same; what the index knows and nobody has loaded is loaded.
    pub fn read_or_load(&mut self, schema: &Schema, name: &[u8], loads: &mut Vec<Load>) -> Option<Property> {
        if let Some(property) = self.read(schema, name) {
            return Some(property);
        }
        schema.field(name).filter(|_| self.of_documents)?;
        loads.extend(self.load(schema, name, name));
        self.find(name).map(|known| known.property.clone())
    }

    /// A property from a field, of the index or else of the hash; nothing has to be done if it is there.
    pub fn load(&mut self, schema: &Schema, name: &[u8], path: &[u8]) -> Option<Load> {
        if self.find(name).is_some_and(|known| known.origin != Origin::Folded) {
            return None;
        }
        let field = schema.field(path);
        let property = Property { name: name.to_vec(), sorted_by: field.and_then(sorted_by) };
        let is_kept = field.is_some_and(|field| origin(field) == Origin::Kept);
        self.put(Known { property, origin: if is_kept { Origin::Kept } else { Origin::Loaded } });
        let is_numeric = field.is_some_and(|field| field.kind == FieldKind::Numeric);
        let path = field.map_or_else(|| path.to_vec(), |field| field.path.clone());
        (!is_kept).then(|| Load { name: name.to_vec(), path, is_numeric })
    }

    /// A property that a step makes; whether there was one of that name before.
    pub fn make(&mut self, name: &[u8]) -> bool {
        let is_new = self.find(name).is_none();
        let property = Property { name: name.to_vec(), sorted_by: None };
        self.put(Known { property, origin: Origin::Made });
        is_new
    }

    /// Names that LOAD * leaves alone.
    pub fn made(&self) -> impl Iterator<Item = &Bytes> {
        self.known.iter().filter(|known| known.origin == Origin::Made).map(|known| &known.property.name)
    }

    /// All of them.
    pub fn shown(&self) -> Vec<Property> {
        self.known.iter().map(|known| known.property.clone()).collect()
    }
}

fn sorted_by(field: &Field) -> Option<Bytes> {
    field.sortable.then(|| field.name.clone())
}

fn origin(field: &Field) -> Origin {
    let is_as_written = field.unf || !matches!(field.kind, FieldKind::Text { .. } | FieldKind::Tag { .. });
    if field.sortable && is_as_written { Origin::Kept } else { Origin::Folded }
}
