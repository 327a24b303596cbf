//! The values of parameters (PARAMS), put where they belong.

use std::collections::BTreeMap;

use super::draft::{Draft, Hole, Place};
use super::node::NodeKind;
use super::{number, text};
use crate::resp::Bytes;

/// Values by name.
pub type Params = BTreeMap<Bytes, Bytes>;

/// Fills the holes of the node and those below, each before its children.
pub fn fill(node: &mut Draft, params: &Params) -> Result<(), Bytes> {
    for hole in std::mem::take(&mut node.holes) {
        let unknown = || [b"No such parameter `", hole.name.as_slice(), b"`"].concat();
        let value = params.get(&hole.name).ok_or_else(unknown)?;
        fill_one(node, &hole, value)?;
    }
    node.children.iter_mut().try_for_each(|child| fill(child, params))
}

fn fill_one(node: &mut Draft, hole: &Hole, value: &[u8]) -> Result<(), Bytes> {
    match hole.place {
        Place::Text => {
            // Only words are stemmed; numbers are not.
            if matches!(node.kind, NodeKind::Token { .. }) && number::whole(value).is_some() {
                node.options.verbatim = true;
            }
            set_text(node, text::normal(value));
        }
        Place::CaseText | Place::Pattern => set_text(node, value.to_vec()),
        Place::Unit => node.set_unit(value),
        _ => set_number(node, hole, value)?,
    }
    Ok(())
}

fn set_text(node: &mut Draft, value: Bytes) {
    match &mut node.kind {
        NodeKind::Token { text, .. } | NodeKind::Affix { text, .. } | NodeKind::Fuzzy { text, .. } => *text = value,
        NodeKind::Wildcard { pattern } => *pattern = value,
        _ => {}
    }
}

fn set_number(node: &mut Draft, hole: &Hole, value: &[u8]) -> Result<(), Bytes> {
    let is_range = matches!(hole.place, Place::Min | Place::Max);
    let read = number::whole(value).filter(|number| !number.is_nan() && !value.is_empty());
    let wrong = || match (is_range, hole.place) {
        (true, Place::Min) => [b"Bad lower range: ", value].concat(),
        (true, _) => [b"Bad upper range: ", value].concat(),
        _ => [b"Invalid numeric value (", value, b") for parameter `", &hole.name, b"`"].concat(),
    };
    let number = read.ok_or_else(wrong)?;
    let number = if hole.negative { -number } else { number };
    match (&mut node.kind, hole.place) {
        (NodeKind::Numeric { min, .. }, Place::Min) => *min = number,
        (NodeKind::Numeric { max, .. }, Place::Max) => *max = number,
        (NodeKind::Numeric { min, max, .. }, _) => (*min, *max) = (number, number),
        (NodeKind::Geo { longitude, .. }, Place::Longitude) => *longitude = number,
        (NodeKind::Geo { latitude, .. }, Place::Latitude) => *latitude = number,
        (NodeKind::Geo { radius, .. }, _) => *radius = number,
        _ => {}
    }
    Ok(())
}
