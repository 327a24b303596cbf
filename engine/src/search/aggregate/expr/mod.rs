//! The expressions of APPLY and FILTER.
//!
//! An expression is parsed straight into a program for a stack machine, so that neither parsing nor evaluating recurses,
//! whatever the nesting.

mod eval;
mod lexer;
mod parser;

use std::rc::Rc;

pub(crate) use eval::{Scope, not_a_number};
use lexer::Binary;

use super::functions::Function;
use super::lookup::Slot;
use super::value::Value;
use crate::config::Config;

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    code: Vec<Op>,
    /// The properties in the order in which the text names them.
    properties: Vec<Property>,
    /// Where in the tree an operand is that could not be made sense of, in the words of RediSearch. It notices such a one
    /// only after it has looked for the properties.
    hole: Option<&'static str>,
}

/// A property, and where rows have it.
#[derive(Clone, Debug)]
struct Property {
    name: Rc<[u8]>,
    slot: Option<Slot>,
}

/// An instruction of the stack machine.
#[derive(Clone, Debug)]
enum Op {
    Push(Value),
    /// Pushes a property, which must be there.
    Get(usize),
    /// Whether a property is there.
    Exists(usize),
    Binary(Binary),
    /// After the left operand of `&&` or `||`: if it decides, the right one is left out.
    Decide {
        is_or: bool,
        target: usize,
    },
    Truth,
    Not,
    Call {
        function: &'static Function,
        arguments: usize,
    },
}

impl Program {
    /// Parses an expression; the error is the text of the reply.
    pub fn parse(text: &[u8], config: &Config) -> Result<Program, Vec<u8>> {
        parser::parse(text, config)
    }

    /// Looks up every property; the error is the text of the reply.
    pub fn resolve(&mut self, mut find: impl FnMut(&[u8]) -> Option<Slot>) -> Result<(), Vec<u8>> {
        for property in &mut self.properties {
            property.slot = find(&property.name);
            if property.slot.is_none() {
                return Err([b"Property `", &*property.name, b"` not loaded nor in pipeline"].concat());
            }
        }
        match self.hole {
            Some(place) => Err(format!("Missing (or badly formatted) value for {place}").into_bytes()),
            None => Ok(()),
        }
    }
}
