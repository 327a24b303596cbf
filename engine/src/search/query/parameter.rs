//! Fills in the `$name`s of a tree.

use super::Parameters;
use super::node::{Node, NodeKind, Parameter, Part, Unit};
use super::text::{self, double, normalize, until_nul};
use crate::reply::Error;

/// Fills in all parameters, those of a node before those below it.
pub(super) fn fill_in(node: &mut Node, values: &Parameters) -> Result<(), Error> {
    for parameter in std::mem::take(&mut node.parameters) {
        let value = value_of(&parameter.name, values)?;
        set(node, &parameter, value)?;
    }
    node.children.iter_mut().try_for_each(|child| fill_in(child, values))
}

/// The value of a parameter.
pub(super) fn value_of<'a>(name: &[u8], values: &'a Parameters) -> Result<&'a [u8], Error> {
    let unknown = || Error::built([b"No such parameter `", name, b"`"].concat());
    values.get(until_nul(name)).map(Vec::as_slice).ok_or_else(unknown)
}

fn set(node: &mut Node, parameter: &Parameter, value: &[u8]) -> Result<(), Error> {
    let number = || number(parameter, value);
    match &mut node.kind {
        NodeKind::Token { text, .. } | NodeKind::Affix { text, .. } | NodeKind::Fuzzy { text, .. }
            if parameter.part == Part::Text =>
        {
            *text = normalize(value);
            // A number has no stem.
            node.options.verbatim |= double(until_nul(value)).is_some();
        }
        NodeKind::Token { text, .. }
        | NodeKind::Affix { text, .. }
        | NodeKind::Fuzzy { text, .. }
        | NodeKind::Wildcard { pattern: text } => *text = value.to_vec(),
        NodeKind::Numeric(range) => match parameter.part {
            Part::Min => range.min = number()?,
            Part::Max => range.max = number()?,
            _ => (range.min, range.max) = (number()?, number()?),
        },
        NodeKind::Geo(circle) => match parameter.part {
            Part::Longitude => circle.longitude = number()?,
            Part::Latitude => circle.latitude = number()?,
            Part::Unit => circle.unit = Unit::named(until_nul(value)),
            _ => circle.radius = number()?,
        },
        _ => {}
    }
    Ok(())
}

/// A parameter as a number.
fn number(parameter: &Parameter, value: &[u8]) -> Result<f64, Error> {
    let value = until_nul(value);
    match parameter.part {
        Part::Min | Part::Max => bound(parameter, value.strip_prefix(b"(").unwrap_or(value)),
        _ => double(value).map(|number| signed(parameter, number)).ok_or_else(|| {
            let parts: [&[u8]; 5] = [b"Invalid numeric value (", value, b") for parameter `", &parameter.name, b"`"];
            Error::built(parts.concat())
        }),
    }
}

/// The end of a range. A `(` in front of it, gone by now, means nothing; only what is written as the server does is
/// endless, and it does not mind what is too small.
fn bound(parameter: &Parameter, value: &[u8]) -> Result<f64, Error> {
    let is = |word: &str| value.eq_ignore_ascii_case(word.as_bytes());
    let is_lower = parameter.part == Part::Min;
    // What a sign makes of it, the other way round for upper ends.
    let is_endless = if is_lower == parameter.is_negative { is("inf") || is("+inf") } else { is("-inf") };
    if is_endless {
        return Ok(if is_lower { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    let number = text::number(value).filter(|number| !number.is_infinite());
    let what: &[u8] = if is_lower { b"Bad lower range: " } else { b"Bad upper range: " };
    number.map(|number| signed(parameter, number)).ok_or_else(|| Error::built([what, value].concat()))
}

fn signed(parameter: &Parameter, number: f64) -> f64 {
    if parameter.is_negative { -number } else { number }
}
