//! A query as tokens.
//!
//! Each dialect has a list of patterns. At every place the longest match wins, the first of equals.

use super::number;
use super::text::is_space;

/// A token. RediSearch fills one and the same structure again and again: tokens without a text keep the text of the one
/// before, which shows in error messages.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Token {
    /// The terminal.
    pub kind: &'static str,
    /// The offset that errors name.
    pub position: usize,
    /// Where the text begins.
    pub start: usize,
    /// How long it is.
    pub length: usize,
    /// The value of a number.
    pub number: f64,
    /// Whether the text is the name of a parameter.
    pub parameter: bool,
}

/// What a match becomes.
#[derive(Clone, Copy)]
enum Form {
    /// Nothing.
    Skip,
    /// A token without a text of its own.
    Mark,
    /// The text without so many bytes at its ends.
    Text(usize, usize),
    /// As `Text`, but the end behind the `$` of a parameter is not the text's, either.
    Affix(usize, usize),
    /// As `Affix`, at the offset of the text.
    Pattern(usize, usize),
    /// A number, and its text.
    Number,
    /// An infinity, and its text.
    Infinity,
}

/// A pattern: how long it matches.
type Match = fn(&[u8]) -> Option<usize>;

type Pattern = (&'static str, Form, Match);

/// What every dialect has, with what its numbers and words are before and behind: of two that are as long, the first counts.
const MARKS: &[Pattern] = &[
    ("QUOTE", Form::Mark, |text| literal(text, b"\"")),
    ("OR", Form::Mark, |text| literal(text, b"|")),
    ("LP", Form::Mark, |text| literal(text, b"(")),
    ("RP", Form::Mark, |text| literal(text, b")")),
    ("LB", Form::Mark, |text| literal(text, b"{")),
    ("RB", Form::Mark, |text| literal(text, b"}")),
    ("COLON", Form::Mark, |text| literal(text, b":")),
    ("SEMICOLON", Form::Mark, |text| literal(text, b";")),
    ("MINUS", Form::Mark, |text| literal(text, b"-")),
    ("TILDE", Form::Mark, |text| literal(text, b"~")),
    ("STAR", Form::Mark, |text| literal(text, b"*")),
    ("PERCENT", Form::Mark, |text| literal(text, b"%")),
    ("LSQB", Form::Mark, |text| literal(text, b"[")),
    ("RSQB", Form::Mark, |text| literal(text, b"]")),
    ("", Form::Skip, blank),
];

const DIALECT_1: [&[Pattern]; 3] = [
    &[
        ("NUMBER", Form::Number, number_1),
        ("MODIFIER", Form::Text(1, 0), modifier),
        ("ATTRIBUTE", Form::Text(1, 0), attribute),
        // The text begins too late: RediSearch's own slip, seen in messages.
        ("ARROW", Form::Text(1, usize::MAX), arrow),
        ("NUMBER", Form::Infinity, infinity_1),
    ],
    MARKS,
    &[
        ("TERM", Form::Text(0, 0), term),
        ("PREFIX", Form::Text(0, 1), |text| star_behind(text, word_1)),
        ("SUFFIX", Form::Affix(1, 0), |text| star_before(text, word_1)),
        ("CONTAINS", Form::Affix(1, 1), |text| stars_around(text, word_1)),
    ],
];

const DIALECT_2: [&[Pattern]; 3] = [
    &[
        ("SIZE", Form::Number, |text| some(digits(text))),
        ("NUMBER", Form::Number, number_2),
        ("MODIFIER", Form::Text(1, 0), modifier),
        ("ATTRIBUTE", Form::Text(1, 0), attribute),
        ("ARROW", Form::Text(1, usize::MAX), arrow),
        ("AS_T", Form::Text(0, 0), |text| keyword(text, b"as")),
        ("NUMBER", Form::Infinity, infinity_2),
    ],
    MARKS,
    &[
        ("EXACT", Form::Text(1, 1), |text| quoted(text, b'"', 0)),
        ("EXACT", Form::Text(1, 1), |text| literal(text, b"''")),
        ("ISMISSING", Form::Text(0, 0), |text| keyword(text, b"ismissing")),
        ("TERM", Form::Text(0, 0), term),
        ("PREFIX", Form::Affix(0, 1), |text| star_behind(text, word_2)),
        ("SUFFIX", Form::Affix(1, 0), |text| star_before(text, word_2)),
        ("CONTAINS", Form::Affix(1, 1), |text| stars_around(text, word_2)),
        ("VERBATIM", Form::Affix(1, 1), |text| quoted(text, b'\'', 1)),
        ("WILDCARD", Form::Pattern(2, 1), |text| Some(1 + quoted(text.strip_prefix(b"w")?, b'\'', 1)?)),
    ],
];

/// The tokens of a short text.
pub fn tokens(text: &[u8], dialect: u8) -> Vec<Token> {
    Tokens::new(text, dialect).collect()
}

/// The tokens of a query, in order.
pub struct Tokens<'q> {
    query: &'q [u8],
    patterns: [&'static [Pattern]; 3],
    at: usize,
    last: Token,
}

impl<'q> Tokens<'q> {
    pub fn new(query: &'q [u8], dialect: u8) -> Tokens<'q> {
        let patterns = if dialect == 1 { DIALECT_1 } else { DIALECT_2 };
        Tokens { query, patterns, at: 0, last: Token::default() }
    }

    /// The longest match here.
    fn longest(&self) -> Option<(usize, &'static Pattern)> {
        let rest = self.query.get(self.at..)?;
        let mut best: Option<(usize, &Pattern)> = None;
        for pattern in self.patterns.into_iter().flatten() {
            if let Some(length) = (pattern.2)(rest).filter(|&n| n > best.map_or(0, |(most, _)| most)) {
                best = Some((length, pattern));
            }
        }
        best
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        // Every byte is a blank or part of a term: nothing matches at the end only.
        while let Some((length, &(kind, form, _))) = self.longest() {
            let at = self.at;
            self.at += length;
            if !matches!(form, Form::Skip) {
                self.last = read(Token { kind, position: at, ..self.last }, form, self.query, at, length);
                return Some(self.last);
            }
        }
        None
    }
}

fn read(mut token: Token, form: Form, query: &[u8], at: usize, length: usize) -> Token {
    let text = |before: usize, after: usize| (at + before, length.saturating_sub(before).saturating_sub(after));
    match form {
        Form::Skip | Form::Mark => {}
        Form::Text(before, usize::MAX) => (token.start, token.length) = (at + before, length),
        Form::Text(before, after) => (token.start, token.length) = text(before, after),
        Form::Affix(before, after) | Form::Pattern(before, after) => {
            // What is looked at for a `$` is fixed, whatever the pattern's own quotes are.
            let dollar = if token.kind == "VERBATIM" { 2 } else { before };
            token.parameter = query.get(at + dollar) == Some(&b'$');
            (token.start, token.length) = text(before + usize::from(token.parameter), after);
            if matches!(form, Form::Pattern(..)) {
                token.position = at + before;
            }
        }
        Form::Number => {
            (token.start, token.length) = text(0, 0);
            token.number = number::leading(&query[at..]);
        }
        Form::Infinity => {
            (token.start, token.length) = text(0, 0);
            token.number = if query[at] == b'-' { f64::NEG_INFINITY } else { f64::INFINITY };
        }
    }
    token
}

fn some(length: usize) -> Option<usize> {
    (length > 0).then_some(length)
}

fn literal(text: &[u8], mark: &[u8]) -> Option<usize> {
    text.starts_with(mark).then_some(mark.len())
}

fn keyword(text: &[u8], word: &[u8]) -> Option<usize> {
    text.get(..word.len())?.eq_ignore_ascii_case(word).then_some(word.len())
}

/// One byte of what separates.
fn blank(text: &[u8]) -> Option<usize> {
    text.first().filter(|b| is_space(**b) || b.is_ascii_punctuation() || b.is_ascii_control()).map(|_| 1)
}

/// Anything but punctuation, blanks and control characters, unless escaped; `_` is a letter.
pub(super) fn term(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let escaped = |b: &u8| b.is_ascii_punctuation() || is_space(*b);
        match byte {
            b'\\' if text.get(at + 1).is_some_and(escaped) => at += 2,
            b'_' => at += 1,
            _ if byte.is_ascii_punctuation() || is_space(byte) || byte.is_ascii_control() => break,
            _ => at += 1,
        }
    }
    some(at)
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// `-1.5e-3`: the fraction and the exponent only with digits.
fn number_1(text: &[u8]) -> Option<usize> {
    number(text, b"-")
}

/// As in dialect 1, but a plus is a sign, too.
fn number_2(text: &[u8]) -> Option<usize> {
    number(text, b"+-")
}

fn number(text: &[u8], signs: &[u8]) -> Option<usize> {
    let sign = |at: usize| usize::from(text.get(at).is_some_and(|b| signs.contains(b)));
    let digits = |at: usize| some(digits(text.get(at..)?));
    let mut at = sign(0);
    at += digits(at)?;
    if text.get(at) == Some(&b'.') {
        at += digits(at + 1).map_or(0, |n| n + 1);
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let signs = sign(at + 1);
        at += digits(at + 1 + signs).map_or(0, |n| n + 1 + signs);
    }
    Some(at)
}

/// `inf` as it is written here. An apostrophe before it is a sign like any other: RediSearch's own slip.
pub(super) fn infinity_1(text: &[u8]) -> Option<usize> {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-' | b'\'')));
    text[sign..].starts_with(b"inf").then_some(sign + 3)
}

/// In any case, and without the slip.
fn infinity_2(text: &[u8]) -> Option<usize> {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    Some(sign + keyword(&text[sign..], b"inf")?)
}

fn modifier(text: &[u8]) -> Option<usize> {
    Some(1 + term(text.strip_prefix(b"@")?)?)
}

fn attribute(text: &[u8]) -> Option<usize> {
    Some(1 + term(text.strip_prefix(b"$")?)?)
}

fn arrow(text: &[u8]) -> Option<usize> {
    literal(text, b"=>")
}

/// At least `least` bytes or escaped bytes in quotes.
fn quoted(text: &[u8], quote: u8, least: usize) -> Option<usize> {
    literal(text, &[quote])?;
    let mut at = 1;
    loop {
        match *text.get(at)? {
            b'\\' => at += 2,
            byte if byte == quote => return (at > least).then_some(at + 1),
            _ => at += 1,
        }
    }
}

/// What can have stars: the longest of a term and a number.
fn word_1(text: &[u8]) -> Option<usize> {
    term(text).max(number_1(text))
}

fn word_2(text: &[u8]) -> Option<usize> {
    term(text).max(number_2(text)).max(attribute(text))
}

fn star_behind(text: &[u8], word: Match) -> Option<usize> {
    let length = word(text)?;
    (text.get(length) == Some(&b'*')).then_some(length + 1)
}

fn star_before(text: &[u8], word: Match) -> Option<usize> {
    Some(1 + word(text.strip_prefix(b"*")?)?)
}

fn stars_around(text: &[u8], word: Match) -> Option<usize> {
    Some(1 + star_behind(text.strip_prefix(b"*")?, word)?)
}
