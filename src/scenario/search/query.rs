//! Queries and expressions as people write them: text from choices, with the odd mistake.

use crate::resp::Bytes;

/// What queries are about.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary<'a> {
    /// TEXT fields.
    pub texts: &'a [&'a str],
    /// TAG fields.
    pub tags: &'a [&'a str],
    /// NUMERIC fields.
    pub numbers: &'a [&'a str],
    /// GEO fields.
    pub places: &'a [&'a str],
    /// Words of texts.
    pub words: &'a [&'a str],
    /// Values of tags.
    pub values: &'a [&'a str],
}

/// Chooses a number below the given one.
pub type Choose<'a> = &'a mut dyn FnMut(usize) -> usize;

/// A query in the syntax of a dialect.
pub fn write_query(vocabulary: &Vocabulary, dialect: u8, choose: Choose) -> Bytes {
    let mut writer = Writer { vocabulary, dialect, choose, out: String::new() };
    match writer.below(32) {
        0 => writer.out.push('*'),
        1 => writer.mistake(),
        2..=7 => writer.atom(0),
        _ => writer.union(2),
    }
    writer.out.into_bytes()
}

/// An expression of APPLY and FILTER.
pub fn write_expression(vocabulary: &Vocabulary, choose: Choose) -> Bytes {
    let mut writer = Writer { vocabulary, dialect: 2, choose, out: String::new() };
    writer.expression(2);
    writer.out.into_bytes()
}

/// Three to five numbers and what is done with them, in an order that only the strength of operators decides.
pub(super) fn write_sum(choose: Choose) -> Bytes {
    const NUMBERS: [&str; 6] = ["1", "2", "3", "0.5", "10", "7"];
    const OPERATORS: [&str; 11] = ["+", "-", "*", "/", "+", "*", "%", "^", "<", "==", "&&"];
    let mut sum = NUMBERS[choose(NUMBERS.len())].to_owned();
    for _ in 0..2 + choose(3) {
        // A minus and a number without a blank between them are a negative number.
        sum += &format!(" {} {}", OPERATORS[choose(OPERATORS.len())], NUMBERS[choose(NUMBERS.len())]);
    }
    sum.into_bytes()
}

struct Writer<'a, 'c> {
    vocabulary: &'a Vocabulary<'a>,
    dialect: u8,
    choose: Choose<'c>,
    out: String,
}

const RANGE_ENDS: [&str; 12] = ["0", "1", "2", "3", "(1", "(2", "-1", "10", "-inf", "+inf", "(2.5", "1e1"];

impl<'a> Writer<'a, '_> {
    fn below(&mut self, n: usize) -> usize {
        (self.choose)(n)
    }

    fn pick(&mut self, items: &[&'a str]) -> &'a str {
        items.get(self.below(items.len())).copied().unwrap_or("x")
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn union(&mut self, depth: u8) {
        self.intersection(depth);
        for _ in 0..[0, 0, 0, 1, 2][self.below(5)] {
            let or = self.pick(&["|", " | ", "|"]);
            self.push(or);
            self.intersection(depth);
        }
    }

    fn intersection(&mut self, depth: u8) {
        self.factor(depth);
        for _ in 0..[0, 0, 1, 1, 2][self.below(5)] {
            self.push(" ");
            self.factor(depth);
        }
    }

    fn factor(&mut self, depth: u8) {
        let sign = self.pick(&["", "", "", "", "", "-", "-", "~"]);
        self.push(sign);
        self.atom(depth);
    }

    fn atom(&mut self, depth: u8) {
        match self.below(if depth > 0 { 20 } else { 14 }) {
            0..=5 => self.word(),
            6 => self.affix(),
            7 => {
                let percents = self.pick(&["%", "%", "%%", "%%%"]);
                self.push(percents);
                self.word();
                self.push(percents);
            }
            8 => self.phrase(),
            9 => self.tag(),
            10 => self.numeric(),
            11 => self.place(),
            12 if self.dialect > 1 => self.wildcard(),
            12 | 13 => self.scoped_word(),
            14..=17 => self.group(depth - 1),
            18 => {
                self.scope();
                self.group(depth - 1);
            }
            _ => {
                self.group(depth - 1);
                let attributes =
                    ["=>{$weight:2}", "=> {$slop:1;$inorder:true}", "=>{$inorder:false; $weight: 0.5}", "=>{$slop:0}"];
                let attributes = self.pick(&attributes);
                self.push(attributes);
            }
        }
    }

    fn group(&mut self, depth: u8) {
        self.push("(");
        self.union(depth);
        self.push(")");
    }

    fn word(&mut self) {
        let word = self.pick(self.vocabulary.words);
        self.push(&escaped(word));
    }

    /// One of the letters of a word, and a star before, behind or on both sides.
    fn affix(&mut self) {
        let word = self.pick(self.vocabulary.words);
        let letters = 1 + self.below(4);
        let part: String = word.chars().take(letters).collect();
        let (before, behind) = [("", "*"), ("", "*"), ("*", ""), ("*", "*")][self.below(4)];
        self.push(&format!("{before}{}{behind}", escaped(&part)));
    }

    fn wildcard(&mut self) {
        let word = self.pick(self.vocabulary.words);
        let head: String = word.chars().take(2).collect();
        let tail = self.pick(&["*", "?", "*?", "?*s", "*ng"]);
        self.push(&format!("w'{head}{tail}'"));
    }

    fn phrase(&mut self) {
        self.push("\"");
        self.word();
        for _ in 0..self.below(3) {
            self.push(" ");
            self.word();
        }
        self.push("\"");
    }

    fn scope(&mut self) {
        let field = self.pick(self.vocabulary.texts);
        self.push(&format!("@{field}"));
        if self.below(4) == 0 {
            let other = self.pick(self.vocabulary.texts);
            self.push(&format!("|{other}"));
        }
        self.push(":");
    }

    fn scoped_word(&mut self) {
        self.scope();
        self.word();
    }

    fn tag(&mut self) {
        let field = self.pick(self.vocabulary.tags);
        self.push(&format!("@{field}:{{"));
        self.tag_value();
        for _ in 0..self.below(3) {
            let or = self.pick(&["|", " | "]);
            self.push(or);
            self.tag_value();
        }
        self.push("}");
    }

    fn tag_value(&mut self) {
        let value = self.pick(self.vocabulary.values);
        let star = self.pick(&["", "", "", "*"]);
        let value = if value.contains(' ') && self.below(2) == 0 { value.to_owned() } else { escaped(value) };
        self.push(&format!("{value}{star}"));
    }

    fn numeric(&mut self) {
        let field = self.pick(self.vocabulary.numbers);
        let (min, max) = (self.pick(&RANGE_ENDS), self.pick(&RANGE_ENDS));
        self.push(&format!("@{field}:[{min} {max}]"));
    }

    fn place(&mut self) {
        let field = self.pick(self.vocabulary.places);
        let place = self.pick(&["2.35 48.85", "13.4 52.5", "0 0"]);
        let radius = self.pick(&["1 km", "2000 m", "300 mi", "1000000 ft", "0 km"]);
        self.push(&format!("@{field}:[{place} {radius}]"));
    }

    fn mistake(&mut self) {
        self.union(1);
        let odd =
            self.pick(&[")", "(", "|", " -", "\"", "*", "=>{", "@", ":", "{", "[", "%", "\\", "@num:[1", "()", "$x"]);
        self.push(odd);
    }

    fn expression(&mut self, depth: u8) {
        self.operand(depth);
        for _ in 0..[0, 1, 1, 2][self.below(4)] {
            let operators =
                ["+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "&&", "||", " + ", "  && "];
            let operator = self.pick(&operators);
            self.push(operator);
            self.operand(depth);
        }
    }

    fn operand(&mut self, depth: u8) {
        match self.below(if depth > 0 { 12 } else { 6 }) {
            0..=1 => {
                let number = self.pick(&["0", "1", "2", "10", "0.5", "-3", "1e3", "inf"]);
                self.push(number);
            }
            2 => {
                let word = self.pick(self.vocabulary.words);
                let quote = self.pick(&["'", "\""]);
                self.push(&format!("{quote}{word}{quote}"));
            }
            3..=5 => {
                let fields = [self.vocabulary.texts, self.vocabulary.numbers, self.vocabulary.tags][self.below(3)];
                let field = self.pick(fields);
                self.push(&format!("@{field}"));
            }
            6..=7 => {
                self.push("(");
                self.expression(depth - 1);
                self.push(")");
            }
            8 => {
                let sign = self.pick(&["!", "-", "!!"]);
                self.push(sign);
                self.operand(depth - 1);
            }
            _ => self.call(depth - 1),
        }
    }

    fn call(&mut self, depth: u8) {
        let (name, arguments) = [
            ("lower", 1),
            ("upper", 1),
            ("strlen", 1),
            ("abs", 1),
            ("floor", 1),
            ("ceil", 1),
            ("sqrt", 1),
            ("log", 1),
            ("exists", 1),
            ("to_number", 1),
            ("to_str", 1),
            ("substr", 3),
            ("startswith", 2),
            ("contains", 2),
            ("split", 3),
            ("format", 2),
            ("nosuch", 1),
        ][self.below(17)];
        self.push(name);
        self.push("(");
        for at in 0..arguments {
            self.push(if at > 0 { "," } else { "" });
            self.operand(depth);
        }
        self.push(")");
    }
}

/// A word with its punctuation escaped.
fn escaped(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        if c.is_ascii_punctuation() || c == ' ' {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
