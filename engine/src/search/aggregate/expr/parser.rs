//! The grammar of expressions.
//!
//! A shift-reduce parser, as errors depend on what has been reduced by then: an unknown function is noticed at the token
//! after its closing parenthesis, and what a message quotes is the last token that had a text.

use std::ops::Range;

use super::lexer::{Binary, Kind, Lexer, Token, is_escapable};
use super::{Op, Program, Property};
use crate::config::Config;
use crate::search::aggregate::functions;
use crate::search::aggregate::value::Value;

/// The most symbols on the stack. One more empties it, and parsing goes on as at the beginning, as RediSearch does.
const STACK_MAX: usize = 99;

/// A symbol on the stack.
#[derive(Clone, Debug)]
enum Symbol {
    Open,
    Close,
    Comma,
    Minus,
    Not,
    /// An operator; of `&&` and `||` also the place of the jump.
    Binary(Binary, Option<usize>),
    /// A name, and how many properties were named before it.
    Name(Range<usize>, usize),
    Arguments {
        count: usize,
        property: Option<usize>,
    },
    Operand(Operand),
}

/// An expression that was read: its code has been emitted.
#[derive(Clone, Copy, Debug, Default)]
struct Operand {
    /// The property, if it is nothing else.
    property: Option<usize>,
    /// It was no expression.
    is_hole: bool,
}

/// Parses an expression; the error is the text of the reply.
pub(super) fn parse(text: &[u8], config: &Config) -> Result<Program, Vec<u8>> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let mut lexer = Lexer::new(text);
    let mut parser = Parser::new(text, config);
    loop {
        let token = lexer.next();
        let is_end = token.kind == Kind::End;
        let is_legal = parser.take(token);
        let reason = parser.reason.take();
        if !is_legal {
            return Err(parser.syntax_error(reason));
        }
        if is_end {
            return parser.finish(reason);
        }
        if let Some(reason) = reason {
            return Err(reason);
        }
    }
}

struct Parser<'a> {
    text: &'a [u8],
    config: &'a Config,
    stack: Vec<Symbol>,
    code: Vec<Op>,
    properties: Vec<Property>,
    hole: Option<&'static str>,
    /// Where the last token was.
    at: usize,
    /// What messages quote.
    quoted: Range<usize>,
    /// What was wrong with a name.
    reason: Option<Vec<u8>>,
}

fn precedence(operator: Binary, config: &Config) -> u8 {
    use Binary::*;
    match operator {
        Times | Divide | Remainder | Power if planted!(config, SearchApplyPrecedence) => 3,
        Or | And => 1,
        Equal | Unequal | Less | LessOrEqual | Greater | GreaterOrEqual => 2,
        Plus | Minus => 3,
        Times | Divide | Remainder | Power => 4,
    }
}

/// `!` binds as `&&` and `||` do.
const NOT_PRECEDENCE: u8 = 1;

impl<'a> Parser<'a> {
    fn new(text: &'a [u8], config: &'a Config) -> Self {
        let (stack, code, properties) = (Vec::new(), Vec::new(), Vec::new());
        Self { text, config, stack, code, properties, hole: None, at: 0, quoted: 0..0, reason: None }
    }

    fn syntax_error(&self, reason: Option<Vec<u8>>) -> Vec<u8> {
        let quoted = &self.text[self.quoted.clone()];
        let mut error = format!("Syntax error at offset {} near '", self.at).into_bytes();
        error.extend_from_slice(quoted);
        error.push(b'\'');
        if let Some(reason) = reason {
            error.extend_from_slice(b": ");
            error.extend_from_slice(&reason);
        }
        error
    }

    fn finish(self, reason: Option<Vec<u8>>) -> Result<Program, Vec<u8>> {
        match (self.stack.last(), reason) {
            // The end was one symbol too many.
            (None, _) => Err(b"Parsing/Evaluating dynamic expression failed".to_vec()),
            (Some(Symbol::Operand(Operand { is_hole: true, .. })), Some(reason)) => Err(reason),
            _ => Ok(Program { code: self.code, properties: self.properties, hole: self.hole }),
        }
    }

    /// Takes a token; says whether it may stand there.
    fn take(&mut self, token: Token) -> bool {
        if token.kind != Kind::End {
            self.at = token.start;
        }
        if let Some(quoted) = token.quoted {
            self.quoted = quoted;
        }
        self.settle(token.kind);
        match (self.stack.last(), token.kind) {
            (Some(Symbol::Operand(_)), kind) => self.after_operand(kind),
            (Some(Symbol::Name(..)), Kind::Open) => self.push(Symbol::Open),
            // The number is a symbol of its own until the minus takes it.
            (Some(Symbol::Minus), Kind::Number(_)) if self.is_full() => self.push(Symbol::Minus),
            (Some(Symbol::Minus), Kind::Number(number)) => {
                self.stack.pop();
                self.constant(Value::Number(-number))
            }
            (Some(Symbol::Minus), _) => false,
            (_, kind) => self.operand(kind),
        }
    }

    /// Reduces what only waited for another token to come.
    fn settle(&mut self, next: Kind) {
        match self.stack.last().cloned() {
            Some(Symbol::Close) => self.close(),
            Some(Symbol::Name(name, _)) if next != Kind::Open => {
                self.stack.pop();
                let name = &self.text[name];
                if name == b"NULL" {
                    self.constant(Value::Null);
                } else {
                    self.give_up([b"Unknown symbol '", name, b"'"].concat());
                }
            }
            _ => {}
        }
    }

    /// Where an operand must begin.
    fn operand(&mut self, kind: Kind) -> bool {
        match kind {
            Kind::Number(number) => self.constant(Value::Number(number)),
            Kind::Text => self.constant(Value::text(&unescape(&self.text[self.quoted.clone()]))),
            Kind::Property => self.property(),
            Kind::Symbol => self.push(Symbol::Name(self.quoted.clone(), self.properties.len())),
            Kind::Open => self.push(Symbol::Open),
            Kind::Not => self.push(Symbol::Not),
            Kind::Binary(Binary::Minus) => self.push(Symbol::Minus),
            // Whatever comes, there are no arguments: the token is forgotten with the rest.
            _ if self.opens_call() && self.is_full() => self.push(Symbol::Arguments { count: 0, property: None }),
            Kind::Close | Kind::Comma if self.opens_call() => {
                self.push(Symbol::Arguments { count: 0, property: None });
                self.push(if kind == Kind::Comma { Symbol::Comma } else { Symbol::Close })
            }
            _ => false,
        }
    }

    /// Where an operand is complete.
    fn after_operand(&mut self, kind: Kind) -> bool {
        match kind {
            Kind::Binary(operator) => {
                self.reduce(precedence(operator, self.config));
                let jump = matches!(operator, Binary::And | Binary::Or).then_some(self.code.len());
                if jump.is_some() {
                    self.code.push(Op::Decide { is_or: operator == Binary::Or, target: 0 });
                }
                self.push(Symbol::Binary(operator, jump))
            }
            Kind::Close => {
                self.reduce(0);
                (self.is_in_group() || self.gather()) && self.push(Symbol::Close)
            }
            Kind::Comma => {
                self.reduce(0);
                self.gather() && self.push(Symbol::Comma)
            }
            Kind::End => {
                self.reduce(0);
                self.stack.len() == 1
            }
            _ => false,
        }
    }

    /// Whether the stack ends with a function's name and the parenthesis after it.
    fn opens_call(&self) -> bool {
        matches!(self.stack.as_slice(), [.., Symbol::Name(..), Symbol::Open])
    }

    /// Whether the operand on top is alone in parentheses that belong to no function.
    fn is_in_group(&self) -> bool {
        match self.stack.as_slice() {
            [.., Symbol::Name(..), Symbol::Open, Symbol::Operand(_)] => false,
            [.., Symbol::Open, Symbol::Operand(_)] => true,
            _ => false,
        }
    }

    /// Makes the operand on top the last argument; says whether it is in a function's parentheses.
    fn gather(&mut self) -> bool {
        let (symbols, arguments) = match self.stack.as_slice() {
            [.., Symbol::Name(..), Symbol::Open, Symbol::Operand(operand)] => {
                (1, Symbol::Arguments { count: 1, property: operand.property })
            }
            [.., Symbol::Arguments { count, .. }, Symbol::Comma, Symbol::Operand(_)] => {
                (3, Symbol::Arguments { count: count + 1, property: None })
            }
            _ => return false,
        };
        self.stack.truncate(self.stack.len() - symbols);
        self.push(arguments)
    }

    fn is_full(&self) -> bool {
        self.stack.len() == STACK_MAX
    }

    /// One symbol more; where there is no room for it, all is forgotten, which is legal.
    fn push(&mut self, symbol: Symbol) -> bool {
        if self.is_full() {
            (self.stack, self.code, self.properties, self.hole) = (Vec::new(), Vec::new(), Vec::new(), None);
        } else {
            self.stack.push(symbol);
        }
        true
    }

    fn constant(&mut self, value: Value) -> bool {
        self.code.push(Op::Push(value));
        self.push(Symbol::Operand(Operand::default()))
    }

    fn property(&mut self) -> bool {
        let index = self.properties.len();
        self.properties.push(Property { name: self.text[self.quoted.clone()].into(), slot: None });
        self.code.push(Op::Get(index));
        self.push(Symbol::Operand(Operand { property: Some(index), is_hole: false }))
    }

    /// Something is wrong, but it isn't the syntax.
    fn give_up(&mut self, reason: Vec<u8>) {
        self.reason = Some(reason);
        self.push(Symbol::Operand(Operand { property: None, is_hole: true }));
    }

    /// Reduces the operators on top that bind at least as strongly.
    fn reduce(&mut self, least: u8) {
        loop {
            match self.stack.as_slice() {
                [.., Symbol::Binary(operator, jump), Symbol::Operand(right)]
                    if precedence(*operator, self.config) >= least =>
                {
                    let (operator, jump, right) = (*operator, *jump, *right);
                    self.stack.truncate(self.stack.len() - 3);
                    self.note_hole(
                        right,
                        if precedence(operator, self.config) < 3 { "expr->pred.right" } else { "expr->op.right" },
                    );
                    self.emit(operator, jump);
                }
                [.., Symbol::Not, Symbol::Operand(operand)] if NOT_PRECEDENCE >= least => {
                    let operand = *operand;
                    self.stack.truncate(self.stack.len() - 2);
                    self.note_hole(operand, "expr->inverted.child");
                    self.code.push(Op::Not);
                }
                _ => return,
            }
            self.stack.push(Symbol::Operand(Operand::default()));
        }
    }

    fn note_hole(&mut self, operand: Operand, place: &'static str) {
        if operand.is_hole {
            self.hole = Some(place);
        }
    }

    fn emit(&mut self, operator: Binary, jump: Option<usize>) {
        let Some(jump) = jump else {
            self.code.push(Op::Binary(operator));
            return;
        };
        self.code.push(Op::Truth);
        let end = self.code.len();
        if let Some(Op::Decide { target, .. }) = self.code.get_mut(jump) {
            *target = end;
        }
    }

    /// Reduces what a parenthesis has closed.
    fn close(&mut self) {
        match self.stack.as_slice() {
            [.., Symbol::Name(name, before), Symbol::Open, Symbol::Arguments { count, property }, Symbol::Close] => {
                let (name, before, count, property) = (name.clone(), *before, *count, *property);
                self.stack.truncate(self.stack.len() - 4);
                self.call(&self.text[name], before, count, property);
            }
            [.., Symbol::Open, Symbol::Operand(operand), Symbol::Close] => {
                let operand = *operand;
                self.stack.truncate(self.stack.len() - 3);
                self.stack.push(Symbol::Operand(operand));
            }
            _ => {}
        }
    }

    fn call(&mut self, name: &[u8], before: usize, arguments: usize, property: Option<usize>) {
        let Some(function) = functions::find(name) else {
            // Its arguments are lost with it: nobody looks for the properties among them.
            self.properties.truncate(before);
            return self.give_up([b"Unknown function name '", name, b"'"].concat());
        };
        match property {
            Some(property) if function.is_exists() => {
                self.code.pop();
                self.code.push(Op::Exists(property));
            }
            _ => self.code.push(Op::Call { function, arguments }),
        }
        self.stack.push(Symbol::Operand(Operand::default()));
    }
}

/// What a text in quotes says.
fn unescape(quoted: &[u8]) -> Vec<u8> {
    let inner = &quoted[1..quoted.len() - 1];
    let is_dropped = |at: usize| inner[at] == b'\\' && inner.get(at + 1).is_some_and(|next| is_escapable(*next));
    (0..inner.len()).filter(|at| !is_dropped(*at)).map(|at| inner[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let outcome = parse(text.as_bytes(), &Config::default()).and_then(|mut program| program.resolve(|_| None));
        outcome.err().map_or_else(String::new, |error| String::from_utf8_lossy(&error).into_owned())
    }

    #[test]
    fn errors_are_told_as_redisearch_tells_them() {
        for (text, expected) in [
            ("-@a", "Syntax error at offset 1 near 'a'"),
            ("(lo,g(2))", "Syntax error at offset 3 near 'lo': Unknown symbol 'lo'"),
            ("%m", "Syntax error at offset 0 near ''"),
            ("--@r21", "Syntax error at offset 1 near ''"),
            ("f(1)", "Unknown function name 'f'"),
            ("f(1) 2", "Syntax error at offset 5 near '2': Unknown function name 'f'"),
            ("f(1 2", "Syntax error at offset 4 near '2'"),
            ("1 + f(2)", "Missing (or badly formatted) value for expr->op.right"),
            ("1 + x + 2", "Unknown symbol 'x'"),
            ("@x < y", "Property `x` not loaded nor in pipeline"),
            ("1 < f(@x)", "Missing (or badly formatted) value for expr->pred.right"),
            ("!y", "Missing (or badly formatted) value for expr->inverted.child"),
            ("lower(,1)", ""),
            ("1 < 2 < 3 && !1 == 2", ""),
            ("1 + 2 \u{e9} )(", ""),
            ("", "Syntax error at offset 0 near ''"),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }

    #[test]
    fn any_nesting_is_answered() {
        for opening in ["(", "!", "-", "lower(", "!(", "1+("] {
            let deep = opening.repeat((1 << 20) / opening.len());
            assert!(parse(deep.as_bytes(), &Config::default()).is_err(), "{opening}");
        }
        let chain = format!("1{}", "-1".repeat(1 << 10)).replace('-', " - ");
        assert!(parse(chain.as_bytes(), &Config::default()).is_ok());
    }
}
