//! An expression as tokens.

use crate::query::lexer::{Token, infinity_1, term};
use crate::query::number;
use crate::query::text::is_space;

/// Two signs before one.
const SIGNS: [(&[u8], &str); 18] = [
    (b"==", "EQ"),
    (b"!=", "NE"),
    (b"<=", "LE"),
    (b">=", "GE"),
    (b"&&", "AND"),
    (b"||", "OR"),
    (b"(", "LP"),
    (b")", "RP"),
    (b"-", "MINUS"),
    (b"+", "PLUS"),
    (b"/", "DIVIDE"),
    (b"*", "TIMES"),
    (b"%", "MOD"),
    (b"^", "POW"),
    (b",", "COMMA"),
    (b"!", "NOT"),
    (b"<", "LT"),
    (b">", "GT"),
];

/// The tokens of an expression, in order; signs keep the text of the token before.
pub fn tokens(text: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut token = Token::default();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (kind, length) = next(rest);
        // A byte that can begin nothing, not even what is skipped, ends it all.
        if kind.is_empty() && rest[0] >= 0x80 {
            break;
        }
        if !kind.is_empty() {
            (token.kind, token.position) = (kind, at);
            if !SIGNS.iter().any(|(_, sign)| *sign == kind) {
                let skipped = usize::from(kind == "PROPERTY");
                (token.start, token.length) = (at + skipped, length - skipped);
            }
            if kind == "NUMBER" {
                token.number = number::leading(rest.strip_prefix(b"'").unwrap_or(rest));
            }
            tokens.push(token);
        }
        at += length;
    }
    tokens
}

/// The longest token here; what is none is skipped a byte at a time.
fn next(text: &[u8]) -> (&'static str, usize) {
    let patterns: [(&str, Option<usize>); 5] = [
        ("NUMBER", signed_number(text)),
        ("PROPERTY", text.strip_prefix(b"@").and_then(term).map(|length| length + 1)),
        ("SYMBOL", symbol(text)),
        ("NUMBER", infinity_1(text)),
        ("STRING", string(text)),
    ];
    let sign = SIGNS.iter().find(|(sign, _)| text.starts_with(sign)).map(|(sign, kind)| (*kind, sign.len()));
    let mut best = sign.unwrap_or(("", 1));
    let mut most = sign.map_or(0, |(_, length)| length);
    for (kind, length) in patterns {
        if length.is_some_and(|length| length > most) {
            most = length.unwrap_or(0);
            best = (kind, most);
        }
    }
    best
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// `-1.5e-3`: the fraction and the exponent only with digits, and no plus anywhere.
fn signed_number(text: &[u8]) -> Option<usize> {
    let more = |at: usize| Some(digits(text.get(at..)?)).filter(|n| *n > 0);
    let minus = |at: usize| usize::from(text.get(at) == Some(&b'-'));
    let mut at = minus(0);
    at += more(at)?;
    if text.get(at) == Some(&b'.') {
        at += more(at + 1).map_or(0, |n| n + 1);
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let sign = minus(at + 1);
        at += more(at + 1 + sign).map_or(0, |n| n + 1 + sign);
    }
    Some(at)
}

fn symbol(text: &[u8]) -> Option<usize> {
    text.first().filter(|b| b.is_ascii_alphabetic())?;
    Some(text.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count())
}

/// The longest text in quotes: a quote behind a backslash may end it or not.
fn string(text: &[u8]) -> Option<usize> {
    let quote = *text.first().filter(|b| matches!(b, b'"' | b'\''))?;
    let mut end = None;
    for (at, &byte) in text.iter().enumerate().skip(1) {
        let escaped = at > 1 && text[at - 1] == b'\\';
        if byte == quote {
            end = Some(at + 1);
        }
        if (byte == quote || byte == b'\n') && !(escaped && (byte.is_ascii_punctuation() || is_space(byte))) {
            break;
        }
    }
    end
}
