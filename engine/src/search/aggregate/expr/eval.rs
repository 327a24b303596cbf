//! Running a compiled expression.

use std::cmp::Ordering;

use super::lexer::Binary;
use super::{Op, Program};
use crate::config::Config;
use crate::search::aggregate::documents::Documents;
use crate::search::aggregate::lookup::{Row, Slot};
use crate::search::aggregate::value::{INVALID, NAN, Value, to_i64};

/// What an expression sees.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub documents: &'a dyn Documents,
    pub config: &'a Config,
}

impl Program {
    /// The value for a row; the error is the text of the reply.
    pub fn evaluate(&self, row: &Row, scope: Scope<'_>) -> Result<Value, Vec<u8>> {
        let mut stack = Vec::new();
        let mut at = 0;
        while let Some(op) = self.code.get(at) {
            at += 1;
            match op {
                Op::Push(value) => stack.push(value.clone()),
                Op::Get(property) => {
                    let missing = || {
                        let hint =
                            b"Could not find the value for a parameter name, consider using EXISTS if applicable for ";
                        [&hint[..], &*self.properties[*property].name].concat()
                    };
                    stack.push(self.property(*property, row, scope).ok_or_else(missing)?);
                }
                Op::Exists(property) => {
                    let is_there = self.property(*property, row, scope).is_some();
                    stack.push(Value::flag(is_there || planted!(scope.config, SearchExistsOfMissing)));
                }
                Op::Binary(operator) => {
                    let (right, left) = (pop(&mut stack), pop(&mut stack));
                    stack.push(binary(*operator, &left, &right)?);
                }
                Op::Decide { is_or, target } => {
                    if pop(&mut stack).truth() == *is_or {
                        stack.push(Value::flag(*is_or));
                        at = *target;
                    }
                }
                Op::Truth => {
                    let truth = pop(&mut stack).truth();
                    stack.push(Value::flag(truth));
                }
                Op::Not => {
                    let truth = pop(&mut stack).truth();
                    stack.push(Value::flag(!truth));
                }
                Op::Call { function, arguments } => {
                    let arguments = stack.split_off(stack.len().saturating_sub(*arguments));
                    stack.push(function.call(&arguments, row, scope)?);
                }
            }
        }
        Ok(pop(&mut stack))
    }

    fn property(&self, index: usize, row: &Row, scope: Scope<'_>) -> Option<Value> {
        let slot: Slot = self.properties[index].slot?;
        row.get(slot, scope.documents)
    }
}

fn pop(stack: &mut Vec<Value>) -> Value {
    stack.pop().unwrap_or(Value::Null)
}

fn binary(operator: Binary, left: &Value, right: &Value) -> Result<Value, Vec<u8>> {
    let compare =
        |is_so: fn(Ordering) -> bool| left.compare(right).map(|order| Value::flag(is_so(order))).map_err(not_a_number);
    match operator {
        Binary::Equal => Ok(Value::flag(left.equals(right))),
        Binary::Unequal => Ok(Value::flag(!left.equals(right))),
        Binary::Less => compare(Ordering::is_lt),
        Binary::LessOrEqual => compare(Ordering::is_le),
        Binary::Greater => compare(Ordering::is_gt),
        Binary::GreaterOrEqual => compare(Ordering::is_ge),
        _ => match (left.number(), right.number()) {
            (Some(left), Some(right)) => Ok(Value::Number(arithmetic(operator, left, right))),
            _ => Err(b"Could not convert value to a number".to_vec()),
        },
    }
}

/// A comparison with a number met something else.
pub(crate) fn not_a_number(value: &Value) -> Vec<u8> {
    let text = value.as_text().unwrap_or(b"(null)");
    [b"Error converting string '", text, b"' to number"].concat()
}

fn arithmetic(operator: Binary, left: f64, right: f64) -> f64 {
    let result = match operator {
        Binary::Plus => left + right,
        Binary::Minus => left - right,
        Binary::Times => left * right,
        Binary::Divide if right == 0.0 => return NAN,
        Binary::Divide => left / right,
        Binary::Power => left.powf(right),
        _ => return remainder(left, right),
    };
    match () {
        () if !result.is_nan() => result,
        () if left.is_nan() => left,
        () if right.is_nan() => right,
        () => INVALID,
    }
}

/// The remainder of the whole parts. RediSearch dies of a division by 0; here it is no number.
fn remainder(left: f64, right: f64) -> f64 {
    match to_i64(right) {
        0 => NAN,
        right => to_i64(left).wrapping_rem(right) as f64,
    }
}
