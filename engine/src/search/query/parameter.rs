//! Fills in the `$name`s of a tree.

use super::Parameters;
use super::node::{Node, NodeKind, Parameter, Part, Unit};
use super::text::{double, normalize, until_nul};
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

/// A parameter as a number. The ends of ranges may have a `(` that means nothing, and may be empty, which is zero.
fn number(parameter: &Parameter, value: &[u8]) -> Result<f64, Error> {
    let value = until_nul(value);
    let invalid = || invalid(parameter, value);
    let signed = |number: f64| if parameter.is_negative { -number } else { number };
    let number = match parameter.part {
        Part::Min | Part::Max => {
            let digits = value.strip_prefix(b"(").unwrap_or(value);
            let number = if digits.is_empty() { 0.0 } else { signed(double(digits).ok_or_else(invalid)?) };
            let endless = if parameter.part == Part::Min { f64::NEG_INFINITY } else { f64::INFINITY };
            Some(number).filter(|number| !number.is_infinite() || *number == endless)
        }
        _ => double(value).map(signed),
    };
    number.ok_or_else(invalid)
}

fn invalid(parameter: &Parameter, value: &[u8]) -> Error {
    let text: Vec<u8> = match parameter.part {
        Part::Min => [b"Bad lower range: ", value].concat(),
        Part::Max => [b"Bad upper range: ", value].concat(),
        _ => [b"Invalid numeric value (", value, b") for parameter `", &parameter.name, b"`"].concat(),
    };
    Error::built(text)
}
