//! The value of an expression for a row.

use super::super::super::expression::{Expression, Operator};
use super::super::super::text::unescape;
use super::super::value::Value;
use super::functions::{arithmetic, arity, call, is_equal, is_true, order, truth};
use super::rows::{Row, Trouble};
use crate::resp::Bytes;

/// What a missing property is called.
fn missing(name: &[u8]) -> Trouble {
    let text = b"Could not find the value for a parameter name, consider using EXISTS if applicable for ";
    Trouble::Missing([text.as_slice(), name].concat())
}

/// The value, or why there is none.
pub fn evaluate(expression: &Expression, row: &Row) -> Result<Value, Trouble> {
    match expression {
        Expression::Text(text) => Ok(Value::Text(text.clone())),
        Expression::Number(number) => Ok(Value::Number(*number)),
        Expression::Null | Expression::Hole => Ok(Value::Null),
        Expression::Property(name) => {
            let name = unescape(name);
            row.get(&name).cloned().ok_or_else(|| missing(&name))
        }
        Expression::Call { name, arguments } => evaluate_call(&name.to_ascii_lowercase(), arguments, row),
        Expression::Not(operand) => Ok(truth(!is_true(&needed(operand, row)?))),
        Expression::Chain { first, rest } => {
            let first = needed(first, row)?;
            rest.iter().try_fold(first, |left, (operator, right)| binary(*operator, &left, right, row))
        }
    }
}

/// A part of an expression: what is missing there is missed for good.
fn needed(expression: &Expression, row: &Row) -> Result<Value, Trouble> {
    evaluate(expression, row).map_err(|trouble| Trouble::Failed(trouble.text()))
}

/// Only `exists` can be given what is missing.
fn evaluate_call(name: &[u8], arguments: &[Expression], row: &Row) -> Result<Value, Trouble> {
    let mut values = Vec::new();
    for argument in arguments {
        match evaluate(argument, row) {
            Ok(value) => values.push(value),
            Err(Trouble::Missing(_)) if name == b"exists" => return Ok(truth(false)),
            Err(trouble) => return Err(Trouble::Failed(trouble.text())),
        }
    }
    call(name, &values).map_err(Trouble::Failed)
}

fn binary(operator: Operator, left: &Value, right: &Expression, row: &Row) -> Result<Value, Trouble> {
    let sign = match operator {
        Operator::Add => b'+',
        Operator::Subtract => b'-',
        Operator::Multiply => b'*',
        Operator::Divide => b'/',
        Operator::Modulo => b'%',
        Operator::Power => b'^',
        _ => return predicate(operator, left, right, row),
    };
    arithmetic(sign, left, &needed(right, row)?).map_err(Trouble::Failed)
}

/// What the left side decides alone, the right side is not asked.
fn predicate(operator: Operator, left: &Value, right: &Expression, row: &Row) -> Result<Value, Trouble> {
    match operator {
        Operator::Or if is_true(left) => return Ok(truth(true)),
        Operator::And if !is_true(left) => return Ok(truth(false)),
        _ => {}
    }
    let right = needed(right, row)?;
    let ordered = || order(left, &right).map_err(Trouble::Failed);
    Ok(truth(match operator {
        Operator::And | Operator::Or => is_true(&right),
        Operator::NotEqual => !is_equal(left, &right),
        Operator::Less => ordered()?.is_lt(),
        Operator::LessOrEqual => ordered()?.is_le(),
        Operator::Greater => ordered()?.is_gt(),
        Operator::GreaterOrEqual => ordered()?.is_ge(),
        _ => is_equal(left, &right),
    }))
}

/// Whether all functions of an expression are known here.
pub fn is_known(expression: &Expression) -> bool {
    match expression {
        Expression::Call { name, arguments } => {
            arity(&name.to_ascii_lowercase()).is_some() && arguments.iter().all(is_known)
        }
        Expression::Not(operand) => is_known(operand),
        Expression::Chain { first, rest } => is_known(first) && rest.iter().all(|(_, right)| is_known(right)),
        Expression::Property(_) | Expression::Text(_) | Expression::Number(_) => true,
        Expression::Null | Expression::Hole => true,
    }
}

/// The properties an expression reads, in the order they are written.
pub fn properties(expression: &Expression) -> Vec<Bytes> {
    match expression {
        Expression::Property(name) => vec![unescape(name)],
        Expression::Call { arguments, .. } => arguments.iter().flat_map(properties).collect(),
        Expression::Not(operand) => properties(operand),
        Expression::Chain { first, rest } => {
            let operands = std::iter::once(first.as_ref()).chain(rest.iter().map(|(_, right)| right));
            operands.flat_map(properties).collect()
        }
        Expression::Text(_) | Expression::Number(_) | Expression::Null | Expression::Hole => Vec::new(),
    }
}
