//! The functions of expressions.

mod calendar;
mod geo;
mod math;
mod text;
mod time;

use std::fmt;

use super::expr::Scope;
use super::lookup::Row;
use super::value::Value;

/// What a function returns: a value, or the text of an error.
type Answer = Result<Value, Vec<u8>>;

/// What a function sees besides its arguments.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub row: &'a Row,
    pub scope: Scope<'a>,
}

/// A function: how many arguments it takes, and what it does.
pub(crate) struct Function {
    name: &'static str,
    /// What it is called where its arguments are wrong.
    label: &'static str,
    arguments: (usize, usize),
    run: fn(Caller<'_>, &[Value]) -> Answer,
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl Function {
    const fn new(
        name: &'static str,
        label: &'static str,
        arguments: (usize, usize),
        run: fn(Caller<'_>, &[Value]) -> Answer,
    ) -> Self {
        Self { name, label, arguments, run }
    }

    /// Whether it is `exists`, which alone may be asked for what isn't there.
    pub fn is_exists(&self) -> bool {
        self.name == "exists"
    }

    /// Calls the function, if the number of arguments is right.
    pub fn call(&self, arguments: &[Value], row: &Row, scope: Scope<'_>) -> Answer {
        let (least, most) = self.arguments;
        if (least..=most).contains(&arguments.len()) {
            return (self.run)(Caller { row, scope }, arguments);
        }
        Err(match self.name {
            "format" => b"Need at least one argument for format".to_vec(),
            _ => format!("Invalid arguments for function '{}'", self.label).into_bytes(),
        })
    }
}

/// All functions.
const FAMILIES: &[&[Function]] = &[text::FUNCTIONS, math::FUNCTIONS, time::FUNCTIONS, geo::FUNCTIONS];

/// The function of that name, in any case.
pub(crate) fn find(name: &[u8]) -> Option<&'static Function> {
    FAMILIES.iter().copied().flatten().find(|function| name.eq_ignore_ascii_case(function.name.as_bytes()))
}

/// The text of an argument, which must be text.
fn text_argument<'a>(function: &str, arguments: &'a [Value], index: usize) -> Result<&'a [u8], Vec<u8>> {
    arguments[index]
        .as_text()
        .ok_or_else(|| wrong_type(function, &arguments[index], index, "VALIDATE_ARG__STRING(v, 0)"))
}

/// The number of an argument, which must be a number and not text that reads as one.
fn number_argument(function: &str, arguments: &[Value], index: usize) -> Result<f64, Vec<u8>> {
    match &arguments[index] {
        Value::Number(number) => Ok(*number),
        other => Err(wrong_type(function, other, index, "VALIDATE_ARG__TYPE(v, RSValue_Number)")),
    }
}

fn wrong_type(function: &str, value: &Value, index: usize, check: &str) -> Vec<u8> {
    let code = value.type_code();
    format!("Invalid type ({code}) for argument {index} in function '{function}'. {check} was false.").into_bytes()
}
