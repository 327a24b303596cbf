//! The value of an expression for a row.

use super::super::super::expression::{Expression, Operator};
use super::super::super::text::unescape;
use super::super::value::Value;
use super::functions::{arithmetic, call, is_known as is_function, is_true, truth};
use super::rows::Trouble;
use crate::resp::Bytes;

/// What a missing property is called.
fn missing(name: &[u8]) -> Trouble {
    let text = b"Could not find the value for a parameter name, consider using EXISTS if applicable for ";
    Trouble::Missing([text.as_slice(), name].concat())
}

/// Where properties are read.
type Get<'a> = &'a dyn Fn(&[u8]) -> Option<Value>;

/// The value, or why there is none.
pub fn evaluate(expression: &Expression, get: Get<'_>) -> Result<Value, Trouble> {
    match expression {
        Expression::Text(text) => Ok(Value::Text(text.clone())),
        Expression::Number(number) => Ok(Value::Number(*number)),
        Expression::Null | Expression::Hole => Ok(Value::Null),
        Expression::Property(name) => {
            let name = unescape(name);
            get(&name).ok_or_else(|| missing(&name))
        }
        Expression::Call { name, arguments } => evaluate_call(&name.to_ascii_lowercase(), arguments, get),
        Expression::Not(operand) => Ok(truth(!is_true(&needed(operand, get)?))),
        Expression::Chain { first, rest } => {
            let first = needed(first, get)?;
            rest.iter().try_fold(first, |left, (operator, right)| binary(*operator, &left, right, get))
        }
    }
}

/// A part of an expression: what is missing there is missed for good.
fn needed(expression: &Expression, get: Get<'_>) -> Result<Value, Trouble> {
    evaluate(expression, get).map_err(|trouble| Trouble::Failed(trouble.text()))
}

/// Only `exists` can be given what is missing.
fn evaluate_call(name: &[u8], arguments: &[Expression], get: Get<'_>) -> Result<Value, Trouble> {
    let mut values = Vec::new();
    for argument in arguments {
        match evaluate(argument, get) {
            Ok(value) => values.push(value),
            Err(Trouble::Missing(_)) if name == b"exists" => return Ok(truth(false)),
            Err(trouble) => return Err(Trouble::Failed(trouble.text())),
        }
    }
    call(name, &values).map_err(Trouble::Failed)
}

fn binary(operator: Operator, left: &Value, right: &Expression, get: Get<'_>) -> Result<Value, Trouble> {
    let sign = match operator {
        Operator::Add => b'+',
        Operator::Subtract => b'-',
        Operator::Multiply => b'*',
        Operator::Divide => b'/',
        Operator::Modulo => b'%',
        Operator::Power => b'^',
        _ => return predicate(operator, left, right, get),
    };
    arithmetic(sign, left, &needed(right, get)?).map_err(Trouble::Failed)
}

/// What the left side decides alone, the right side is not asked.
fn predicate(operator: Operator, left: &Value, right: &Expression, get: Get<'_>) -> Result<Value, Trouble> {
    match operator {
        Operator::Or if is_true(left) => return Ok(truth(true)),
        Operator::And if !is_true(left) => return Ok(truth(false)),
        _ => {}
    }
    let right = needed(right, get)?;
    let ordered = || left.compare(&right).map_err(Trouble::Failed);
    Ok(truth(match operator {
        Operator::And | Operator::Or => is_true(&right),
        Operator::NotEqual => !left.equals(&right),
        Operator::Less => ordered()?.is_lt(),
        Operator::LessOrEqual => ordered()?.is_le(),
        Operator::Greater => ordered()?.is_gt(),
        Operator::GreaterOrEqual => ordered()?.is_ge(),
        _ => left.equals(&right),
    }))
}

/// Whether all functions of an expression are known here.
pub fn is_known(expression: &Expression) -> bool {
    match expression {
        Expression::Call { name, arguments } => {
            is_function(&name.to_ascii_lowercase()) && arguments.iter().all(is_known)
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
