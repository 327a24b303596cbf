//! The tokens of an expression.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Number(f64),
    /// `@name`; the token's text is the name.
    Property,
    Symbol,
    /// A text in quotes; the token's text has them still.
    Text,
    Open,
    Close,
    Comma,
    Not,
    Binary(Binary),
    /// Nothing more.
    End,
}

/// An operator between two operands. A minus may also stand before a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Remainder,
    Power,
}

/// A token: where it begins, and what messages quote of it. Operators quote nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub quoted: Option<Range<usize>>,
}

/// Cuts an expression into tokens: always the longest that fits.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// The next token. A byte beyond ASCII outside of names and quotes ends the expression; other bytes that belong to
    /// no token are skipped.
    pub fn next(&mut self) -> Token {
        while let Some(&byte) = self.text.get(self.at) {
            if let Some((kind, length)) = scan(&self.text[self.at..]) {
                let start = self.at;
                self.at += length;
                let quoted = match kind {
                    Kind::Number(_) | Kind::Symbol | Kind::Text => Some(start..self.at),
                    Kind::Property => Some(start + 1..self.at),
                    _ => None,
                };
                return Token { kind, start, quoted };
            }
            if !byte.is_ascii() {
                self.at = self.text.len();
                break;
            }
            self.at += 1;
        }
        Token { kind: Kind::End, start: self.at, quoted: None }
    }
}

/// The longest token at the beginning, and its length.
fn scan(rest: &[u8]) -> Option<(Kind, usize)> {
    number(rest).or_else(|| infinity(rest)).or_else(|| match rest[0] {
        b'@' => property_length(rest).map(|length| (Kind::Property, length)),
        b'"' | b'\'' => text_length(rest).map(|length| (Kind::Text, length)),
        byte if byte.is_ascii_alphabetic() => {
            let more = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            Some((Kind::Symbol, more))
        }
        _ => operator(rest),
    })
}

fn operator(rest: &[u8]) -> Option<(Kind, usize)> {
    use Binary::*;
    let binary = |operator| Some((Kind::Binary(operator), 1));
    let double = |operator| Some((Kind::Binary(operator), 2));
    match (rest[0], rest.get(1)) {
        (b'=', Some(b'=')) => double(Equal),
        (b'!', Some(b'=')) => double(Unequal),
        (b'<', Some(b'=')) => double(LessOrEqual),
        (b'>', Some(b'=')) => double(GreaterOrEqual),
        (b'&', Some(b'&')) => double(And),
        (b'|', Some(b'|')) => double(Or),
        (b'!', _) => Some((Kind::Not, 1)),
        (b'(', _) => Some((Kind::Open, 1)),
        (b')', _) => Some((Kind::Close, 1)),
        (b',', _) => Some((Kind::Comma, 1)),
        (b'<', _) => binary(Less),
        (b'>', _) => binary(Greater),
        (b'+', _) => binary(Plus),
        (b'-', _) => binary(Minus),
        (b'*', _) => binary(Times),
        (b'/', _) => binary(Divide),
        (b'%', _) => binary(Remainder),
        (b'^', _) => binary(Power),
        _ => None,
    }
}

/// Digits with a fraction and an exponent, both perhaps after a minus; no plus is a sign.
fn number(rest: &[u8]) -> Option<(Kind, usize)> {
    let digits =
        |from: usize| rest.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(rest[0] == b'-');
    let mut end = sign + digits(sign);
    if end == sign {
        return None;
    }
    if rest.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if matches!(rest.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(rest.get(end + 1) == Some(&b'-'));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let value = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    Some((Kind::Number(value), end))
}

/// `inf` after a sign; a single quote counts as one where it opens no text. Alone it is a symbol.
fn infinity(rest: &[u8]) -> Option<(Kind, usize)> {
    if rest.get(1..4) != Some(&b"inf"[..]) {
        return None;
    }
    match rest[0] {
        b'-' => Some((Kind::Number(f64::NEG_INFINITY), 4)),
        b'+' => Some((Kind::Number(f64::INFINITY), 4)),
        b'\'' if text_length(rest).is_none() => Some((Kind::Number(f64::INFINITY), 4)),
        _ => None,
    }
}

fn property_length(rest: &[u8]) -> Option<usize> {
    let mut end = 1;
    while let Some(&byte) = rest.get(end) {
        let is_plain = byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii();
        end += match byte {
            _ if is_plain => 1,
            b'\\' if rest.get(end + 1).is_some_and(|next| is_escapable(*next)) => 2,
            _ => break,
        };
    }
    (end > 1).then_some(end)
}

/// Whether a backslash before the byte takes its meaning.
pub(super) fn is_escapable(byte: u8) -> bool {
    byte.is_ascii_punctuation() || byte.is_ascii_whitespace() || byte == 0x0b
}

/// The longest text in quotes: a quote after a backslash ends it only if no other does.
fn text_length(rest: &[u8]) -> Option<usize> {
    let quote = rest[0];
    let mut longest = None;
    for at in 1..rest.len() {
        let is_escaped = at > 1 && rest[at - 1] == b'\\';
        match rest[at] {
            byte if byte == quote => {
                longest = Some(at + 1);
                if !is_escaped {
                    break;
                }
            }
            b'\n' if !is_escaped => break,
            _ => {}
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(Kind, usize)> {
        let mut lexer = Lexer::new(text.as_bytes());
        let mut all = Vec::new();
        loop {
            let token = lexer.next();
            if token.kind == Kind::End {
                return all;
            }
            all.push((token.kind, token.start));
        }
    }

    #[test]
    fn the_longest_token_wins() {
        assert_eq!(tokens("@a-5"), [(Kind::Property, 0), (Kind::Number(-5.0), 2)]);
        assert_eq!(tokens("1e-inf"), [(Kind::Number(1.0), 0), (Kind::Symbol, 1), (Kind::Number(f64::NEG_INFINITY), 2)]);
        assert_eq!(tokens("'a\\'b' &x"), [(Kind::Text, 0), (Kind::Symbol, 8)]);
        assert_eq!(tokens("'a\\' 1"), [(Kind::Text, 0), (Kind::Number(1.0), 5)]);
        assert_eq!(tokens("'inf"), [(Kind::Number(f64::INFINITY), 0)]);
        assert_eq!(tokens("@ä_\\-b\u{e4}1 é 5"), [(Kind::Property, 0)]);
    }
}
