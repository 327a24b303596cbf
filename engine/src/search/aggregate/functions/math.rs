//! Functions of one number.

use super::{Answer, Function};
use crate::search::aggregate::value::{INVALID, NAN, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("log", "log", (1, 1), |_, all| apply(all, |number| invalid_below(number, f64::ln))),
    Function::new("abs", "fabs", (1, 1), |_, all| apply(all, f64::abs)),
    Function::new("ceil", "ceil", (1, 1), |_, all| apply(all, f64::ceil)),
    Function::new("floor", "floor", (1, 1), |_, all| apply(all, f64::floor)),
    Function::new("log2", "log2", (1, 1), |_, all| apply(all, |number| invalid_below(number, f64::log2))),
    Function::new("exp", "exp", (1, 1), |_, all| apply(all, f64::exp)),
    Function::new("sqrt", "sqrt", (1, 1), |_, all| apply(all, |number| invalid_below(number, f64::sqrt))),
];

/// What isn't a number gives NaN.
fn apply(arguments: &[Value], function: fn(f64) -> f64) -> Answer {
    Ok(Value::Number(arguments[0].number().map_or(NAN, function)))
}

/// Of negative numbers the result is the NaN that x86 computes, which is printed with a sign.
fn invalid_below(number: f64, function: fn(f64) -> f64) -> f64 {
    if number < 0.0 { INVALID } else { function(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_nan() {
        let answer = apply(&[Value::text(b"x")], f64::abs);
        assert!(matches!(answer, Ok(Value::Number(number)) if number.is_nan()));
    }
}
