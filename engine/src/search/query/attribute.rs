//! `=> {$weight: 2; ...}`: what a query says of one of its clauses.

use super::node::{Node, NodeOptions, Phonetic};
use super::text::{double, integer, until_nul};
use crate::reply::Error;

/// An attribute as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attribute {
    pub name: Vec<u8>,
    pub value: Vec<u8>,
}

/// Says all of it of the node, up to the first that cannot be said.
pub(super) fn annotate(node: &mut Node, attributes: &[Attribute]) -> Result<(), Error> {
    attributes.iter().try_for_each(|attribute| attribute.say_of(&mut node.options))
}

impl Attribute {
    fn say_of(&self, options: &mut NodeOptions) -> Result<(), Error> {
        if self.value.is_empty() {
            return Err(self.invalid());
        }
        let value = until_nul(&self.value);
        let is = |name: &str| self.name.eq_ignore_ascii_case(name.as_bytes());
        if is("slop") {
            let slop = integer(value).filter(|slop| *slop >= -1).ok_or_else(|| self.invalid())?;
            // The server keeps 32 bits of it.
            options.slop = Some(i64::from(slop as i32)).filter(|slop| *slop != -1);
        } else if is("inorder") {
            options.in_order = boolean(value).ok_or_else(|| self.invalid())?;
            options.in_order_is_said = true;
        } else if is("weight") {
            let weight = double(value).filter(|weight| weight.is_nan() || *weight >= 0.0);
            options.weight = weight.ok_or_else(|| self.invalid())?;
        } else if is("phonetic") {
            let is_wanted = boolean(value).ok_or_else(|| self.invalid())?;
            options.phonetic = if is_wanted { Phonetic::Enabled } else { Phonetic::Disabled };
        } else {
            return Err(Error::built([b"Invalid attribute ", self.name.as_slice()].concat()));
        }
        Ok(())
    }

    fn invalid(&self) -> Error {
        let parts: [&[u8]; 5] = [b"Invalid value (", &self.value, b") for `", &self.name, b"`"];
        Error::built(parts.concat())
    }
}

/// `true`, `1`, `false` or `0`.
fn boolean(value: &[u8]) -> Option<bool> {
    let is = |word: &[u8]| value.eq_ignore_ascii_case(word);
    match () {
        () if is(b"true") || is(b"1") => Some(true),
        () if is(b"false") || is(b"0") => Some(false),
        () => None,
    }
}
