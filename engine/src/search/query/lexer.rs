//! From bytes to tokens: the longest token wins, and among equally long ones the kind that comes first.
//!
//! No byte is an error. What means nothing is left out: blanks, control characters, and punctuation of no use.

use super::node::Dialect;
use crate::search::analysis::StopWords;

/// What a token is. The names are those of the grammar's terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    End,
    Term,
    StopWord,
    /// Digits alone; dialect 1 has only numbers.
    Size,
    Number,
    /// `@field`.
    Modifier,
    /// `$name`.
    Attribute,
    /// `=>`.
    Arrow,
    /// The word `as`.
    As,
    /// The word `ismissing`.
    IsMissing,
    /// A text between double quotation marks.
    Exact,
    /// A text between single ones.
    Verbatim,
    /// `w'...'`.
    Wildcard,
    /// `text*`.
    Prefix,
    /// `*text`.
    Suffix,
    /// `*text*`.
    Contains,
    Quote,
    Or,
    OpenParenthesis,
    CloseParenthesis,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Colon,
    Semicolon,
    Minus,
    Tilde,
    Star,
    Percent,
}

impl Kind {
    pub const COUNT: usize = Kind::Percent as usize + 1;

    /// All kinds, with the terminals that they are.
    pub const TERMINALS: [(Kind, &'static str); Kind::COUNT] = [
        (Kind::End, ""),
        (Kind::Term, "TERM"),
        (Kind::StopWord, "STOPWORD"),
        (Kind::Size, "SIZE"),
        (Kind::Number, "NUMBER"),
        (Kind::Modifier, "MODIFIER"),
        (Kind::Attribute, "ATTRIBUTE"),
        (Kind::Arrow, "ARROW"),
        (Kind::As, "AS"),
        (Kind::IsMissing, "ISMISSING"),
        (Kind::Exact, "EXACT"),
        (Kind::Verbatim, "VERBATIM"),
        (Kind::Wildcard, "WILDCARD"),
        (Kind::Prefix, "PREFIX"),
        (Kind::Suffix, "SUFFIX"),
        (Kind::Contains, "CONTAINS"),
        (Kind::Quote, "QUOTE"),
        (Kind::Or, "OR"),
        (Kind::OpenParenthesis, "LP"),
        (Kind::CloseParenthesis, "RP"),
        (Kind::OpenBrace, "LB"),
        (Kind::CloseBrace, "RB"),
        (Kind::OpenBracket, "LSQB"),
        (Kind::CloseBracket, "RSQB"),
        (Kind::Colon, "COLON"),
        (Kind::Semicolon, "SEMICOLON"),
        (Kind::Minus, "MINUS"),
        (Kind::Tilde, "TILDE"),
        (Kind::Star, "STAR"),
        (Kind::Percent, "PERCENT"),
    ];
}

/// A token. Those that are only a sign set nothing but their place, so that an error shows the text of a token before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token {
    /// Where it is, for errors.
    pub position: usize,
    /// Where its text begins.
    pub start: usize,
    pub length: usize,
    pub number: f64,
    /// Its text is a parameter's name.
    pub is_parameter: bool,
}

/// Reads tokens.
pub(super) struct Lexer<'a> {
    query: &'a [u8],
    dialect: Dialect,
    stop_words: Option<&'a StopWords>,
    at: usize,
    token: Token,
    /// How many bytes were looked at.
    pub looks: std::cell::Cell<usize>,
    /// Each token is looked for from the beginning.
    #[cfg(feature = "planted")]
    pub begins_anew: bool,
}

/// What was found at a place: a kind, and the end.
type Found = (Kind, usize);

impl<'a> Lexer<'a> {
    pub fn new(query: &'a [u8], dialect: Dialect, stop_words: Option<&'a StopWords>) -> Self {
        let token = Token { position: 0, start: 0, length: 0, number: 0.0, is_parameter: false };
        Self {
            query,
            dialect,
            stop_words,
            at: 0,
            token,
            looks: std::cell::Cell::new(0),
            #[cfg(feature = "planted")]
            begins_anew: false,
        }
    }

    /// The next token; at the end that of kind `End`, again and again.
    pub fn next(&mut self) -> (Kind, Token) {
        while self.at < self.query.len() {
            let start = self.at;
            #[cfg(feature = "planted")]
            if self.begins_anew {
                (0..start).for_each(|at| {
                    self.byte(at);
                });
            }
            let found = self.longest(start);
            self.at = found.map_or(start + 1, |(_, end)| end);
            if let Some((kind, end)) = found {
                let kind = self.note(kind, start, end);
                return (kind, self.token);
            }
        }
        (Kind::End, self.token)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.looks.set(self.looks.get() + 1);
        self.query.get(at).copied()
    }

    /// The longest token that begins here, if any does.
    fn longest(&self, at: usize) -> Option<Found> {
        let sign = |kind| Some((kind, at + 1));
        match self.byte(at)? {
            b'"' => self.quoted(at, b'"', 0).map_or(sign(Kind::Quote), |end| Some((Kind::Exact, end))),
            b'|' => sign(Kind::Or),
            b'(' => sign(Kind::OpenParenthesis),
            b')' => sign(Kind::CloseParenthesis),
            b'{' => sign(Kind::OpenBrace),
            b'}' => sign(Kind::CloseBrace),
            b'[' => sign(Kind::OpenBracket),
            b']' => sign(Kind::CloseBracket),
            b':' => sign(Kind::Colon),
            b';' => sign(Kind::Semicolon),
            b'~' => sign(Kind::Tilde),
            b'%' => sign(Kind::Percent),
            b'=' if self.byte(at + 1) == Some(b'>') => Some((Kind::Arrow, at + 2)),
            b'@' => Some((Kind::Modifier, self.term(at + 1)?)),
            b'$' => self.attribute(at),
            b'*' => Some(self.starred(at)),
            b'-' => Some(self.number_or_prefix(at).or_else(|| self.infinity(at)).unwrap_or((Kind::Minus, at + 1))),
            b'+' => self.number_or_prefix(at).or_else(|| self.infinity(at)),
            b'\'' => self.infinity(at).max_by_end(self.apostrophe(at)),
            _ => self.word(at),
        }
    }

    /// A text between single quotation marks, or the empty one.
    fn apostrophe(&self, at: usize) -> Option<Found> {
        let is_empty = self.dialect.is_later() && self.byte(at + 1) == Some(b'\'');
        if is_empty { Some((Kind::Exact, at + 2)) } else { self.verbatim(at).map(|end| (Kind::Verbatim, end)) }
    }

    /// `$name`, or `$name*`.
    fn attribute(&self, at: usize) -> Option<Found> {
        let end = self.term(at + 1)?;
        let is_prefix = self.dialect.is_later() && self.byte(end) == Some(b'*');
        Some(if is_prefix { (Kind::Prefix, end + 1) } else { (Kind::Attribute, end) })
    }

    /// `*`, `*text` or `*text*`, where the text may be a number or a parameter as well.
    fn starred(&self, at: usize) -> Found {
        let name = (self.dialect.is_later() && self.byte(at + 1) == Some(b'$')).then(|| self.term(at + 2)).flatten();
        let mut longest = (Kind::Star, at + 1);
        for end in [self.term(at + 1), self.number(at + 1), name].into_iter().flatten() {
            let is_infix = self.byte(end) == Some(b'*');
            let found = if is_infix { (Kind::Contains, end + 1) } else { (Kind::Suffix, end) };
            if found.1 > longest.1 {
                longest = found;
            }
        }
        longest
    }

    /// A number, or a number and `*`.
    fn number_or_prefix(&self, at: usize) -> Option<Found> {
        let end = self.number(at)?;
        let is_prefix = self.byte(end) == Some(b'*');
        Some(if is_prefix { (Kind::Prefix, end + 1) } else { (Kind::Number, end) })
    }

    /// `inf`, perhaps after a sign. Dialect 1 takes an apostrophe for one.
    fn infinity(&self, at: usize) -> Option<Found> {
        let is_signed = match self.byte(at)? {
            b'\'' => !self.dialect.is_later(),
            byte => matches!(byte, b'+' | b'-'),
        };
        let start = at + usize::from(is_signed);
        let word = self.query.get(start..start + 3)?;
        let is_infinity = if self.dialect.is_later() { word.eq_ignore_ascii_case(b"inf") } else { word == b"inf" };
        is_infinity.then_some((Kind::Number, start + 3))
    }

    /// Whatever begins like a term: numbers, keywords, prefixes, wildcards and terms.
    fn word(&self, at: usize) -> Option<Found> {
        let term = self.term(at);
        // An underscore alone is punctuation.
        let is_term = |end: usize| self.query[at..end] != *b"_";
        let as_term = term.and_then(|end| match self.byte(end) {
            Some(b'*') => Some((Kind::Prefix, end + 1)),
            _ => is_term(end).then_some((Kind::Term, end)),
        });
        let number = self.number_or_prefix(at);
        let is_size = |end| self.dialect.is_later() && self.query[at..end].iter().all(u8::is_ascii_digit);
        let number = number.map(|(kind, end)| if is_size(end) { (Kind::Size, end) } else { (kind, end) });
        let wildcard =
            (self.dialect.is_later() && self.byte(at) == Some(b'w')).then(|| self.verbatim(at + 1)).flatten();
        let wildcard = wildcard.map(|end| (Kind::Wildcard, end));
        let keyword = term.and_then(|end| self.keyword(at, end));
        number.max_by_end(keyword).max_by_end(self.infinity(at)).max_by_end(as_term).max_by_end(wildcard)
    }

    fn keyword(&self, at: usize, end: usize) -> Option<Found> {
        let word = &self.query[at..end];
        let is = |keyword: &[u8]| self.dialect.is_later() && word.eq_ignore_ascii_case(keyword);
        let kind = if is(b"as") {
            Kind::As
        } else if is(b"ismissing") {
            Kind::IsMissing
        } else {
            return None;
        };
        Some((kind, end))
    }

    /// The end of the term that begins here.
    fn term(&self, at: usize) -> Option<usize> {
        let mut end = at;
        while let Some(byte) = self.byte(end) {
            if byte == b'\\' && self.byte(end + 1).is_some_and(|next| is_punctuation(next) || is_space(next)) {
                end += 2;
            } else if is_of_term(byte) {
                end += 1;
            } else {
                break;
            }
        }
        (end > at).then_some(end)
    }

    /// The end of the number that begins here: `-?digits(.digits)?([eE]-?digits)?`. In later dialects a plus is a sign, too.
    fn number(&self, at: usize) -> Option<usize> {
        let mut end = self.digits(at + self.sign(at))?;
        if self.byte(end) == Some(b'.') {
            end = self.digits(end + 1).unwrap_or(end);
        }
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            end = self.digits(end + 1 + self.sign(end + 1)).unwrap_or(end);
        }
        Some(end)
    }

    /// How many bytes the sign has that stands here.
    fn sign(&self, at: usize) -> usize {
        let byte = self.byte(at);
        usize::from(byte == Some(b'-') || byte == Some(b'+') && self.dialect.is_later())
    }

    fn digits(&self, at: usize) -> Option<usize> {
        let mut end = at;
        while self.byte(end).is_some_and(|byte| byte.is_ascii_digit()) {
            end += 1;
        }
        (end > at).then_some(end)
    }

    /// The end of a text of at least one byte between single quotation marks.
    fn verbatim(&self, at: usize) -> Option<usize> {
        if !self.dialect.is_later() || self.byte(at) != Some(b'\'') {
            return None;
        }
        self.quoted(at, b'\'', 1)
    }

    /// The end of what is between two marks, of which escaped ones don't count.
    fn quoted(&self, at: usize, mark: u8, least: usize) -> Option<usize> {
        if !self.dialect.is_later() {
            return None;
        }
        let mut end = at + 1;
        loop {
            match self.byte(end)? {
                b'\\' => end += 2,
                byte if byte == mark => break,
                _ => end += 1,
            }
        }
        (end > at + least).then_some(end + 1)
    }

    /// Keeps what the token says, in the way of its kind.
    fn note(&mut self, kind: Kind, start: usize, end: usize) -> Kind {
        self.token.position = start;
        match kind {
            Kind::Term | Kind::As | Kind::IsMissing => self.text(start, end),
            Kind::Size | Kind::Number => {
                self.text(start, end);
                self.token.number = self.value(start, end);
            }
            Kind::Modifier | Kind::Attribute => self.text(start + 1, end),
            // It shows the byte after it, too.
            Kind::Arrow => self.text(start + 1, start + 3),
            Kind::Exact => self.text(start + 1, end - 1),
            Kind::Prefix => self.affix(start, end - 1),
            Kind::Suffix => self.affix(start + 1, end),
            Kind::Contains => self.affix(start + 1, end - 1),
            // The `$` is looked for where a wildcard would have it.
            Kind::Verbatim => self.name_or_text(start + 2, start + 1, end - 1),
            Kind::Wildcard => {
                self.token.position = start + 2;
                self.affix(start + 2, end - 1);
            }
            _ => {}
        }
        let is_stop_word = kind == Kind::Term && !self.dialect.is_later() && self.is_stop_word(start, end);
        if is_stop_word { Kind::StopWord } else { kind }
    }

    fn text(&mut self, start: usize, end: usize) {
        self.token.start = start;
        self.token.length = end - start;
    }

    /// A text that may be a parameter's name.
    fn affix(&mut self, start: usize, end: usize) {
        self.name_or_text(start, start, end);
    }

    /// The same, with the place of the `$` that says so.
    fn name_or_text(&mut self, dollar: usize, start: usize, end: usize) {
        self.token.is_parameter = self.dialect.is_later() && self.query.get(dollar) == Some(&b'$');
        let start = start + usize::from(self.token.is_parameter);
        self.text(start, end.max(start));
    }

    fn is_stop_word(&self, start: usize, end: usize) -> bool {
        self.stop_words.is_some_and(|words| words.contains(&self.query[start..end]))
    }

    fn value(&self, start: usize, end: usize) -> f64 {
        let text = &self.query[start..end];
        match std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()) {
            Some(number) => number,
            None if text.first() == Some(&b'-') => f64::NEG_INFINITY,
            None => f64::INFINITY,
        }
    }
}

/// Of two findings, the one that ends later; the first if both end together.
trait Longest {
    fn max_by_end(self, other: Self) -> Self;
}

impl Longest for Option<Found> {
    fn max_by_end(self, other: Self) -> Self {
        match (self, other) {
            (Some(one), Some(two)) => Some(if two.1 > one.1 { two } else { one }),
            (one, two) => one.or(two),
        }
    }
}

/// Punctuation, the backslash and the underscore included.
pub(super) fn is_punctuation(byte: u8) -> bool {
    byte.is_ascii_punctuation()
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

fn is_of_term(byte: u8) -> bool {
    byte == b'_' || !(is_punctuation(byte) || byte.is_ascii_control() || is_space(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(query: &str, dialect: Dialect) -> Vec<(Kind, String)> {
        let mut lexer = Lexer::new(query.as_bytes(), dialect, None);
        let mut found = Vec::new();
        loop {
            let (kind, token) = lexer.next();
            if kind == Kind::End {
                return found;
            }
            let text = query.as_bytes().get(token.start..token.start + token.length).unwrap_or_default();
            found.push((kind, String::from_utf8_lossy(text).into_owned()));
        }
    }

    #[test]
    fn the_longest_token_wins() {
        let later = |query| kinds(query, Dialect::Later).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
        assert_eq!(later("5 5.5 5a -5 5* -inf +Inf"), {
            use Kind::*;
            [Size, Number, Term, Number, Prefix, Number, Number]
        });
        assert_eq!(later("as ISMISSING w'a*' 'a' ww'a' *a* *a $a*"), {
            use Kind::*;
            [As, IsMissing, Wildcard, Verbatim, Term, Verbatim, Contains, Suffix, Prefix]
        });
        assert_eq!(later("_ __ '' a"), [Kind::Term, Kind::Exact, Kind::Term]);
        assert_eq!(kinds(r#""a\"b" "x"#, Dialect::Later)[0], (Kind::Exact, r#"a\"b"#.into()));
    }

    #[test]
    fn signs_keep_the_text_of_what_was_before() {
        let found = kinds("hello)", Dialect::First);
        assert_eq!(found, [(Kind::Term, "hello".into()), (Kind::CloseParenthesis, "hello".into())]);
    }

    #[test]
    fn each_byte_is_looked_at_a_few_times() {
        for unit in ["(", "-", "*", "'", "\\'", "w'", "\"", "$", "*$", "1e", "-1.", "a\\ ", "*a*", "'\\", "w'\\'"] {
            let query = unit.repeat(20_000);
            let mut lexer = Lexer::new(query.as_bytes(), Dialect::Later, None);
            // As a quotation mark that is alone ends the parse, one is enough here.
            while !matches!(lexer.next().0, Kind::End | Kind::Quote) {}
            assert!(lexer.looks.get() < 12 * query.len(), "{unit}: {} looks", lexer.looks.get());
        }
    }
}
