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
        // A C string, as far as it matters.
        fill_one(node, &hole, value.split(|byte| *byte == 0).next().unwrap_or_default())?;
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
    let number = match hole.place {
        Place::Min | Place::Max => range_end(hole, value.strip_prefix(b"(").unwrap_or(value))?,
        _ => {
            let wrong = || [b"Invalid numeric value (", value, b") for parameter `", &hole.name, b"`"].concat();
            signed(hole, number::whole(value).ok_or_else(wrong)?)
        }
    };
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

/// The one infinity that makes sense at this end has to be written out; any other number too large is wrong, and one too
/// small is 0.
fn range_end(hole: &Hole, value: &[u8]) -> Result<f64, Bytes> {
    let lowest = hole.place == Place::Min;
    let words: &[&[u8]] = if lowest == hole.negative { &[b"inf", b"+inf"] } else { &[b"-inf"] };
    if words.iter().any(|word| value.eq_ignore_ascii_case(word)) {
        return Ok(if lowest { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    match number::all(value) {
        Some(number) if !number.is_infinite() => Ok(signed(hole, number)),
        _ => Err([if lowest { b"Bad lower range: ".as_slice() } else { b"Bad upper range: " }, value].concat()),
    }
}

fn signed(hole: &Hole, number: f64) -> f64 {
    if hole.negative { -number } else { number }
}
