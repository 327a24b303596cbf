//! What an index cannot do is refused before anything is looked for.

use super::node::{Circle, Node, NodeKind, Unit};
use crate::reply::Error;
use crate::search::schema::{ALL_FIELDS, Definition, Field, FieldKind, FieldMask};

/// Shorter texts are not expanded to the terms that have them.
const MIN_PREFIX_BYTES: usize = 2;

pub(super) const INVALID_UNIT: Error = Error::new("Invalid GeoFilter unit");

/// Whether the circle is one.
pub(super) fn circle(circle: &Circle) -> Result<(), Error> {
    if circle.unit == Unit::Unknown {
        return Err(INVALID_UNIT);
    }
    if circle.latitude.abs() > 90.0 || circle.longitude.abs() > 180.0 {
        return Err(Error::new("Invalid GeoFilter lat/lon"));
    }
    if circle.radius <= 0.0 {
        return Err(Error::new("Invalid GeoFilter radius"));
    }
    Ok(())
}

/// Fields must be able to do what is asked of them. The first error in the order of the query counts.
pub(super) fn abilities(node: &Node, index: &Definition) -> Result<(), Error> {
    match &node.kind {
        NodeKind::Geo(asked) => circle(asked)?,
        NodeKind::Missing { field } => missing(index.field(field))?,
        NodeKind::Affix { text, suffix: true, .. } if text.len() >= MIN_PREFIX_BYTES => {
            suffixes(node.options.fields, index)?;
        }
        NodeKind::Wildcard { .. } => suffixes(node.options.fields, index)?,
        // Tags have suffixes of their own.
        NodeKind::Tag { .. } => return Ok(()),
        _ => {}
    }
    node.children.iter().try_for_each(|child| abilities(child, index))
}

fn missing(field: Option<&Field>) -> Result<(), Error> {
    let Some(field) = field.filter(|field| !field.index_missing) else { return Ok(()) };
    let text: [&[u8]; 3] =
        [b"'ismissing' requires field to be defined with 'INDEXMISSING', field: '", &field.name, b"'"];
    Err(Error::built(text.concat()))
}

/// Once one field has suffixes, all that are asked must have them.
fn suffixes(asked: FieldMask, index: &Definition) -> Result<(), Error> {
    let with = index.text_fields().filter(|(_, text)| text.with_suffix_trie);
    let with = with.fold(0, |mask, (_, text)| mask | text.mask());
    if with == 0 || asked == ALL_FIELDS || asked & with == asked {
        return Ok(());
    }
    Err(Error::new("Contains query on fields without WITHSUFFIXTRIE support"))
}

/// Empty strings can be asked only of fields that have them.
pub(super) fn empty_strings(root: &Node, index: &Definition, is_explained: bool) -> Result<(), Error> {
    let has_text = |field: &Field| matches!(field.kind, FieldKind::Text(_) | FieldKind::Tag(_));
    if index.fields.iter().all(|field| field.index_empty || !has_text(field)) {
        return Ok(());
    }
    Emptiness { index, is_explained, tag: None }.check(root)
}

/// The server remembers that it has seen a tag, and what the tag's field can do, for all that comes after in the query.
struct Emptiness<'a> {
    index: &'a Definition,
    is_explained: bool,
    /// Whether a tag was seen, and one whose field has empty strings.
    tag: Option<bool>,
}

impl Emptiness<'_> {
    fn check(&mut self, node: &Node) -> Result<(), Error> {
        match &node.kind {
            NodeKind::Tag { field } => {
                let has_empty = self.index.field(field).is_some_and(|field| field.index_empty);
                self.tag = Some(self.tag == Some(true) || has_empty);
            }
            NodeKind::Token { text, .. } if text.is_empty() && !self.can_be_empty(node.options.fields) => {
                return Err(Error::new(
                    "Use `INDEXEMPTY` in field creation in order to index and query for empty strings",
                ));
            }
            _ => {}
        }
        node.children.iter().try_for_each(|child| self.check(child))
    }

    fn can_be_empty(&self, fields: FieldMask) -> bool {
        if let Some(has_empty) = self.tag {
            // The flag that says so is in use for something else where nothing is scored.
            return has_empty || self.is_explained;
        }
        let mut asked = self.index.text_fields().filter(|(_, text)| text.mask() & fields != 0).peekable();
        fields == ALL_FIELDS || asked.peek().is_none() || asked.any(|(field, _)| field.index_empty)
    }
}
