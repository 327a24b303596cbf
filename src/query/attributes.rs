//! `=> {$weight: 2; $slop: 1}`.

use super::draft::Draft;
use super::number;
use crate::resp::Bytes;

/// A name and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name, without the `$`.
    pub name: Bytes,
    /// The value as written, or that of a parameter.
    pub value: Bytes,
}

/// One after the other, until one is wrong.
pub fn apply(node: &mut Draft, attributes: &[Attribute]) -> Result<(), Bytes> {
    attributes.iter().try_for_each(|attribute| apply_one(node, attribute))
}

fn apply_one(node: &mut Draft, Attribute { name, value }: &Attribute) -> Result<(), Bytes> {
    let wrong = || [b"Invalid value (", value.as_slice(), b") for `", name, b"`"].concat();
    if value.is_empty() {
        return Err(wrong());
    }
    let options = &mut node.options;
    match name.to_ascii_lowercase().as_slice() {
        b"slop" => options.slop = number::integer(value).filter(|slop| *slop >= -1).ok_or_else(wrong)? as i32 as i64,
        b"inorder" => {
            options.in_order = boolean(value).ok_or_else(wrong)?;
            options.in_order_given = true;
        }
        b"weight" => options.weight = number::whole(value).filter(|n| n.is_nan() || *n >= 0.0).ok_or_else(wrong)?,
        b"phonetic" => options.phonetic = Some(boolean(value).ok_or_else(wrong)?),
        _ => return Err([b"Invalid attribute ", name.as_slice()].concat()),
    }
    Ok(())
}

fn boolean(value: &[u8]) -> Option<bool> {
    match value.to_ascii_lowercase().as_slice() {
        b"true" | b"1" => Some(true),
        b"false" | b"0" => Some(false),
        _ => None,
    }
}
