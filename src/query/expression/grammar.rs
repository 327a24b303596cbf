//! The grammar of expressions.

use super::Operator;
use super::parse::Action::{self, *};
use crate::query::grammar::Side::{Left, Right};
use crate::query::grammar::{Grammar, Rule};

const fn rule(left: &'static str, right: &'static str, like: &'static str, action: Action) -> Rule<Action> {
    Rule { left, right, like, action }
}

const fn binary(right: &'static str, operator: Operator) -> Rule<Action> {
    rule("expr", right, "", Apply(operator))
}

/// Expressions. (RediSearch computes with constants while it reads; the tree here is what was written.)
pub const GRAMMAR: Grammar<Action> = Grammar {
    precedence: &[
        (Left, "LOWEST"),
        (Left, "AND OR NOT"),
        (Left, "EQ NE LT LE GT GE"),
        (Left, "PLUS MINUS"),
        (Left, "DIVIDE TIMES MOD POW"),
        (Left, "PROPERTY"),
        (Right, "SYMBOL"),
        (Left, "STRING"),
        (Left, "NUMBER"),
        (Right, "ARGLIST"),
    ],
    fallback: ("", &[]),
    depth: 100,
    rules: &[
        rule("program", "expr", "", Root),
        rule("expr", "LP expr RP", "", Middle),
        binary("expr PLUS expr", Operator::Add),
        binary("expr DIVIDE expr", Operator::Divide),
        binary("expr TIMES expr", Operator::Multiply),
        binary("expr MINUS expr", Operator::Subtract),
        binary("expr POW expr", Operator::Power),
        binary("expr MOD expr", Operator::Modulo),
        binary("expr EQ expr", Operator::Equal),
        binary("expr NE expr", Operator::NotEqual),
        binary("expr LT expr", Operator::Less),
        binary("expr LE expr", Operator::LessOrEqual),
        binary("expr GT expr", Operator::Greater),
        binary("expr GE expr", Operator::GreaterOrEqual),
        binary("expr OR expr", Operator::Or),
        binary("expr AND expr", Operator::And),
        rule("expr", "NOT expr", "", Invert),
        rule("expr", "STRING", "", Literal),
        rule("expr", "number", "NUMBER", Same),
        rule("number", "NUMBER", "", Number),
        rule("number", "MINUS NUMBER", "", Negative),
        rule("expr", "PROPERTY", "", Property),
        rule("expr", "SYMBOL LP list RP", "", Call),
        rule("expr", "SYMBOL", "", Symbol),
        rule("list", "", "ARGLIST", NoArguments),
        rule("list", "expr", "ARGLIST", FirstArgument),
        rule("list", "list COMMA expr", "ARGLIST", NextArgument),
    ],
};
