//! What rows consist of: which properties there are, and where in a row each of them is.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::documents::{Documents, FieldInfo};
use super::value::Value;

/// Where a row has a property: in its values, or else among what its document is sorted by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    index: usize,
    sort: Option<usize>,
}

/// A row: values, and the document that it comes from, until it is one of a group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    document: Option<usize>,
    values: Vec<Option<Value>>,
}

impl Row {
    pub fn of_document(document: usize) -> Self {
        Self { document: Some(document), values: Vec::new() }
    }

    pub fn document(&self) -> Option<usize> {
        self.document
    }

    pub fn get(&self, slot: Slot, documents: &dyn Documents) -> Option<Value> {
        let written = self.values.get(slot.index).and_then(Clone::clone);
        written.or_else(|| documents.sort_value(self.document?, slot.sort?))
    }

    pub fn set(&mut self, slot: Slot, value: Value) {
        if self.values.len() <= slot.index {
            self.values.resize(slot.index + 1, None);
        }
        self.values[slot.index] = Some(value);
    }
}

/// A property of rows.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub name: Rc<[u8]>,
    /// The field of the hash.
    pub path: Rc<[u8]>,
    pub slot: Slot,
    pub is_numeric: bool,
    /// It is a field of the index.
    is_in_schema: bool,
    /// What is sorted by is the value itself, so that it needn't be loaded.
    is_available: bool,
    is_loaded: bool,
    /// A step of the query made it.
    is_written: bool,
}

/// The properties of the rows between two groupings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookup {
    keys: Vec<Key>,
    by_name: BTreeMap<Rc<[u8]>, usize>,
    /// The fields of the index, which can be loaded; no more after a grouping.
    schema: Option<Vec<FieldInfo>>,
    /// Something has promised to load whole documents.
    loads_all: bool,
}

impl Lookup {
    pub fn of_documents(schema: &[FieldInfo]) -> Self {
        Self { schema: Some(schema.to_vec()), ..Self::default() }
    }

    /// Whether fields can be loaded.
    pub fn can_load(&self) -> bool {
        self.schema.is_some()
    }

    pub fn promise_all(&mut self) {
        self.loads_all = true;
    }

    /// The properties in the order of replies.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    fn fresh(&mut self, name: &[u8], path: &[u8]) -> &mut Key {
        let next = self.keys.len();
        let name: Rc<[u8]> = name.into();
        let index = *self.by_name.entry(Rc::clone(&name)).or_insert(next);
        let key = Key {
            name,
            path: path.into(),
            slot: Slot { index, sort: None },
            is_numeric: false,
            is_in_schema: false,
            is_available: false,
            is_loaded: false,
            is_written: false,
        };
        if index == next {
            self.keys.push(key);
        } else {
            self.keys[index] = key;
        }
        &mut self.keys[index]
    }

    fn find(&self, name: &[u8]) -> Option<&Key> {
        self.by_name.get(name).map(|index| &self.keys[*index])
    }

    fn field(&self, name: &[u8]) -> Option<(usize, FieldInfo)> {
        let fields = self.schema.as_deref().unwrap_or_default();
        fields.iter().enumerate().find(|(_, field)| field.name == name).map(|(index, field)| (index, field.clone()))
    }

    /// A property to read: there already, or sortable, or to be loaded with everything else.
    pub fn read(&mut self, name: &[u8]) -> Option<Slot> {
        if let Some(key) = self.find(name) {
            return Some(key.slot);
        }
        let (index, field) = self.field(name)?;
        if !field.sortable && !self.loads_all {
            return None;
        }
        let key = self.fresh(name, name);
        key.take_field(index, &field);
        Some(key.slot)
    }

    /// A property to write; one of that name is replaced.
    pub fn write(&mut self, name: &[u8]) -> Slot {
        let key = self.fresh(name, name);
        key.is_written = true;
        key.slot
    }

    /// A property to write that must be new.
    pub fn write_new(&mut self, name: &[u8]) -> Option<Slot> {
        if self.find(name).is_some() { None } else { Some(self.write(name)) }
    }

    /// A property to load from the field `path`; `None` if that isn't necessary.
    pub fn load(&mut self, name: &[u8], path: &[u8]) -> Option<Key> {
        if self.find(name).is_some_and(|key| key.is_available || key.is_loaded || key.is_written) {
            return None;
        }
        let field = self.field(path);
        let key = self.fresh(name, path);
        if let Some((index, field)) = field {
            key.take_field(index, &field);
            if key.is_available {
                return None;
            }
        }
        key.is_loaded = true;
        Some(key.clone())
    }

    /// A property to load because something reads it: only fields of the index can be.
    pub fn load_implicitly(&mut self, name: &[u8]) -> Option<Key> {
        self.load(name, name).filter(|key| key.is_in_schema)
    }

    /// Where a field belongs when the whole document is loaded; `None` if a step of the query has taken its name.
    pub fn place(&mut self, field: &[u8]) -> Option<Slot> {
        if let Some(key) = self.find(field) {
            return (!key.is_written).then_some(key.slot);
        }
        let found = self.field(field);
        let key = self.fresh(field, field);
        if let Some((index, field)) = found {
            key.take_field(index, &field);
        }
        key.is_loaded = true;
        Some(key.slot)
    }
}

impl Key {
    fn take_field(&mut self, index: usize, field: &FieldInfo) {
        self.path = field.path.as_slice().into();
        self.is_in_schema = true;
        self.is_numeric = field.numeric;
        self.is_available = field.sortable && field.exact;
        self.slot.sort = field.sortable.then_some(index);
    }

    /// Loads the property into a row. A sortable field that the document is not sorted by isn't there.
    pub fn load_into(&self, row: &mut Row, documents: &dyn Documents) {
        let Some(document) = row.document else {
            return;
        };
        if self.slot.sort.is_some() && row.get(self.slot, documents).is_none() {
            return;
        }
        let value = match documents.field(document, &self.path) {
            Some(text) if self.is_numeric => Value::Number(crate::double::parse(&text).unwrap_or(0.0)),
            Some(text) => Value::text(&text),
            None if *self.path == *b"__key" => Value::text(documents.key(document)),
            None => return,
        };
        row.set(self.slot, value);
    }
}
