//! From the bytes of an expression to its tree.

use std::sync::LazyLock;

use super::grammar::GRAMMAR;
use super::{Expression, Operator, is_function, lexer};
use crate::query::grammar::{Machine, Outcome, Reducer, Table};
use crate::query::lexer::Token;
use crate::query::text::unescape;
use crate::resp::Bytes;

static TABLE: LazyLock<Table<Action>> = LazyLock::new(|| Table::new(&GRAMMAR));

/// What a rule means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Root,
    Same,
    Middle,
    Apply(Operator),
    Invert,
    Literal,
    Number,
    Negative,
    Property,
    Call,
    Symbol,
    NoArguments,
    FirstArgument,
    NextArgument,
}

/// A value on the parser's stack.
#[derive(Debug, Default)]
enum Value {
    #[default]
    None,
    Token(Token),
    Expression(Expression),
    List(Vec<Expression>),
}

struct Builder<'a> {
    text: &'a [u8],
    root: Option<Expression>,
    /// What is wrong with a name.
    error: Option<Bytes>,
}

/// Reads an expression; the error is RediSearch's text.
pub fn parse(text: &[u8]) -> Result<Expression, Bytes> {
    // The server reads a C string.
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    let mut builder = Builder { text, root: None, error: None };
    let mut machine = Machine::new(&TABLE);
    let mut last = Token::default();
    for token in lexer::tokens(text) {
        last = token;
        if let Some(reason) = take(&mut machine, &mut builder, TABLE.terminal(token.kind), token)? {
            return Err(reason);
        }
    }
    // What is noticed at the end is an error only if nothing else is left.
    match (take(&mut machine, &mut builder, 0, last)?, builder.root) {
        (Some(reason), Some(Expression::Hole)) => Err(reason),
        (_, Some(root)) => Ok(root),
        (_, None) => Err(b"Parsing/Evaluating dynamic expression failed".to_vec()),
    }
}

/// Takes a token, and gives what was wrong with a name.
fn take(
    machine: &mut Machine<'_, Action, Value>,
    builder: &mut Builder<'_>,
    terminal: usize,
    token: Token,
) -> Result<Option<Bytes>, Bytes> {
    let refused = machine.push(terminal, Value::Token(token), builder) == Outcome::Refused;
    let reason = builder.error.take();
    if !refused {
        return Ok(reason);
    }
    let mut error = format!("Syntax error at offset {} near '", token.position).into_bytes();
    error.extend(builder.text_of(token));
    error.push(b'\'');
    if let Some(reason) = reason {
        error.extend(b": ");
        error.extend(reason);
    }
    Err(error)
}

impl Builder<'_> {
    fn text_of(&self, token: Token) -> Bytes {
        self.text.get(token.start..token.start + token.length).unwrap_or_default().to_vec()
    }

    fn fail(&mut self, message: &str, name: &[u8]) -> Expression {
        self.error = Some([message.as_bytes(), b" '", name, b"'"].concat());
        Expression::Hole
    }
}

fn token(value: Option<Value>) -> Token {
    match value {
        Some(Value::Token(token)) => token,
        _ => Token::default(),
    }
}

fn expression(value: Option<Value>) -> Expression {
    match value {
        Some(Value::Expression(expression)) => expression,
        _ => Expression::Null,
    }
}

fn list(value: Option<Value>) -> Vec<Expression> {
    match value {
        Some(Value::List(list)) => list,
        _ => Vec::new(),
    }
}

impl Reducer<Action> for Builder<'_> {
    type Value = Value;

    fn overflow(&mut self) {}

    fn reduce(&mut self, action: &Action, right: Vec<Value>) -> Value {
        let mut right = right.into_iter();
        let built = match *action {
            Action::Root => {
                self.root = Some(expression(right.next()));
                return Value::None;
            }
            Action::NoArguments => return Value::List(Vec::new()),
            Action::FirstArgument => return Value::List(vec![expression(right.next())]),
            Action::NextArgument => {
                let mut arguments = list(right.next());
                arguments.push(expression(right.nth(1)));
                return Value::List(arguments);
            }
            Action::Same => expression(right.next()),
            Action::Middle => expression(right.nth(1)),
            Action::Apply(operator) => {
                let left = expression(right.next());
                left.then(operator, expression(right.nth(1)))
            }
            Action::Invert => Expression::Not(Box::new(expression(right.nth(1)))),
            Action::Literal => {
                let text = self.text_of(token(right.next()));
                Expression::Text(unescape(&text[1..text.len() - 1]))
            }
            Action::Number => Expression::Number(token(right.next()).number),
            // A number brings a sign of its own; this one stands before it.
            Action::Negative => Expression::Number(-token(right.nth(1)).number),
            Action::Property => Expression::Property(self.text_of(token(right.next()))),
            Action::Symbol => match self.text_of(token(right.next())).as_slice() {
                b"NULL" => Expression::Null,
                name => self.fail("Unknown symbol", name),
            },
            Action::Call => {
                let name = self.text_of(token(right.next()));
                match is_function(&name) {
                    true => Expression::Call { name, arguments: list(right.nth(1)) },
                    false => self.fail("Unknown function name", &name),
                }
            }
        };
        Value::Expression(built)
    }
}

#[cfg(test)]
mod tests {
    use super::super::print;
    use super::*;
    use crate::query::answers::aggregates;

    #[test]
    fn expressions_are_read_as_redisearch_reads_them() {
        let (mut asked, mut printed) = (0, 0);
        for row in aggregates() {
            let written = row.argv.windows(2).filter(|pair| matches!(pair[0].as_slice(), b"APPLY" | b"FILTER"));
            let read: Vec<_> = written.map(|pair| parse(&pair[1])).collect();
            asked += read.len();
            let error = row.row["error"].as_str().map(crate::query::answers::bytes);
            let is_ours = |error: &Bytes| error.contains(&b'\'') && error.starts_with(b"Syntax error at offset");
            let found = read.iter().find_map(|read| read.as_ref().err());
            // Where something else was wrong first, the expression may not have been read.
            if error.as_ref().is_none_or(is_ours) {
                assert_eq!(found, error.as_ref(), "{}", row.row["id"]);
            } else if let (Some(found), Some(error)) = (found, &error) {
                println!("{}: {} before {}", row.row["id"], error.escape_ascii(), found.escape_ascii());
            }
            for tree in read.into_iter().flatten() {
                let text = print(&tree).expect("can be written");
                assert_eq!(parse(&text), Ok(tree), "{}", text.escape_ascii());
                printed += 1;
            }
        }
        println!("{asked} expressions, {printed} printed");
    }

    #[test]
    fn operators_group_to_the_left_and_powers_bind_as_products_do() {
        assert_eq!(parse(b"1 == 2 == 3"), parse(b"(1 == 2) == 3"));
        assert_eq!(parse(b"2 * 3 ^ 4"), parse(b"(2 * 3) ^ 4"));
        assert_eq!(parse(b"@a || @b && @c"), parse(b"(@a || @b) && @c"));
        assert_eq!(parse(b"1 - 2 - 3"), parse(b"(1 - 2) - 3"));
        assert_eq!(parse(b"!!@a"), parse(b"!(!@a)"));
        assert_eq!(parse(b"foo(1)"), Err(b"Unknown function name 'foo'".to_vec()));
        assert_eq!(parse(b"inf"), Err(b"Unknown symbol 'inf'".to_vec()));
        assert_eq!(parse(b"foo(1) + 2"), Err(b"Unknown function name 'foo'".to_vec()));
        let complaint = |text: &[u8]| parse(text).expect("is read to its end").complaint();
        assert_eq!(complaint(b"2 + foo(1)"), Some(b"Missing (or badly formatted) value for expr->op.right".to_vec()));
        assert_eq!(complaint(b"2 < inf"), Some(b"Missing (or badly formatted) value for expr->pred.right".to_vec()));
        assert_eq!(complaint(b"!inf"), Some(b"Missing (or badly formatted) value for expr->inverted.child".to_vec()));
        assert_eq!(complaint(b"2 + 3"), None);
    }

    #[test]
    fn deep_expressions_end() {
        assert!(parse("(".repeat(1 << 20).as_bytes()).is_err());
        assert!(parse("!".repeat(1 << 20).as_bytes()).is_err());
        assert!(parse(format!("{}1{}", "(".repeat(90), ")".repeat(90)).as_bytes()).is_ok());
        let chain = parse(format!("1{}", "+1".repeat(1 << 19)).as_bytes()).expect("no chain is too long");
        assert_eq!((chain.complaint(), print(&chain).map(|text| text.len())), (None, Some(6 << 19 | 1)));
    }
}
