//! The expressions of APPLY and FILTER.

mod grammar;
mod lexer;
mod parse;
mod print;

pub use parse::parse;
pub use print::print;

use crate::resp::Bytes;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A text.
    Text(Bytes),
    /// A number.
    Number(f64),
    /// `NULL`.
    Null,
    /// `@name`, escapes and all.
    Property(Bytes),
    /// `name(...)`.
    Call {
        /// The function.
        name: Bytes,
        /// What it is given.
        arguments: Vec<Expression>,
    },
    /// `!a`.
    Not(Box<Expression>),
    /// Operators one after the other: `a - b - c` is `(a - b) - c`. So that no chain is too long for a recursion, it nests
    /// no deeper than its operands do, which the parser's stack bounds.
    Chain {
        /// What stands on the left of all, and is no chain.
        first: Box<Expression>,
        /// The operators, each with what stands on its right.
        rest: Vec<(Operator, Expression)>,
    },
    /// An unknown name at the end, which RediSearch notices when it is no longer asked what was wrong.
    Hole,
}

impl Expression {
    /// The expression as the left operand of another.
    fn then(self, operator: Operator, right: Expression) -> Expression {
        match self {
            Expression::Chain { first, mut rest } => {
                rest.push((operator, right));
                Expression::Chain { first, rest }
            }
            first => Expression::Chain { first: Box::new(first), rest: vec![(operator, right)] },
        }
    }

    /// What RediSearch says of a hole, once it knows all properties before it.
    pub fn complaint(&self) -> Option<Bytes> {
        let place = self.hole()?;
        Some(format!("Missing (or badly formatted) value for {place}").into_bytes())
    }

    /// What is missing; it can only be at the very end.
    fn hole(&self) -> Option<&'static str> {
        match self {
            Expression::Not(child) => match child.as_ref() {
                Expression::Hole => Some("expr->inverted.child"),
                child => child.hole(),
            },
            Expression::Chain { rest, .. } => match rest.last()? {
                (operator, Expression::Hole) if operator.is_arithmetic() => Some("expr->op.right"),
                (_, Expression::Hole) => Some("expr->pred.right"),
                (_, right) => right.hole(),
            },
            _ => None,
        }
    }
}

/// Operators of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

impl Operator {
    fn is_arithmetic(self) -> bool {
        use Operator::*;
        matches!(self, Add | Subtract | Multiply | Divide | Modulo | Power)
    }

    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Modulo => "%",
            Operator::Power => "^",
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::And => "&&",
            Operator::Or => "||",
        }
    }
}

/// The functions there are; their case does not matter.
pub const FUNCTIONS: [&str; 31] = [
    "log",
    "floor",
    "abs",
    "ceil",
    "sqrt",
    "log2",
    "exp",
    "matched_terms",
    "lower",
    "upper",
    "substr",
    "format",
    "split",
    "startswith",
    "contains",
    "strlen",
    "to_number",
    "to_str",
    "exists",
    "geodistance",
    "timefmt",
    "parsetime",
    "hour",
    "minute",
    "day",
    "month",
    "dayofweek",
    "dayofmonth",
    "dayofyear",
    "year",
    "monthofyear",
];

/// Whether there is such a function.
pub fn is_function(name: &[u8]) -> bool {
    FUNCTIONS.iter().any(|function| function.as_bytes().eq_ignore_ascii_case(name))
}
