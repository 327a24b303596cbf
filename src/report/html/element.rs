//! Elements of a page. Their texts and attributes are escaped when they are written, so that nothing can be forgotten.

use std::fmt;

use crate::report::escape::escaped;

pub(super) struct Element {
    tag: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Child>,
}

enum Child {
    Text(String),
    Element(Element),
}

/// An empty element.
pub(super) fn el(tag: &'static str) -> Element {
    Element { tag, attributes: Vec::new(), children: Vec::new() }
}

impl Element {
    pub(super) fn attr(mut self, name: &'static str, value: impl ToString) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    pub(super) fn class(self, class: impl ToString) -> Self {
        self.attr("class", class)
    }

    pub(super) fn text(mut self, text: impl ToString) -> Self {
        self.children.push(Child::Text(text.to_string()));
        self
    }

    pub(super) fn child(mut self, child: Element) -> Self {
        self.children.push(Child::Element(child));
        self
    }

    pub(super) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children.into_iter().map(Child::Element));
        self
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.tag)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"{}\"", escaped(value))?;
        }
        f.write_str(">")?;
        for child in &self.children {
            match child {
                Child::Text(text) => f.write_str(&escaped(text))?,
                Child::Element(element) => element.fmt(f)?,
            }
        }
        write!(f, "</{}>", self.tag)
    }
}

/// Digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            // Narrow, and never at the end of a line.
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A number in few characters: 1.2k, 34M.
pub(super) fn short(number: u64) -> String {
    let scaled = |unit: u64, letter: char| {
        let tenths = number / (unit / 10);
        if tenths < 100 && !tenths.is_multiple_of(10) {
            format!("{}.{}{letter}", tenths / 10, tenths % 10)
        } else {
            format!("{}{letter}", tenths / 10)
        }
    };
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => scaled(1_000, 'k'),
        1_000_000..1_000_000_000 => scaled(1_000_000, 'M'),
        _ => scaled(1_000_000_000, 'G'),
    }
}

/// How long something took, for people.
pub(super) fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{} s", millis % 1000 / 100),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// `1 run`, `2 runs`.
pub(super) fn count_of(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_attributes_are_escaped() {
        let element = el("p").attr("title", "\"><script>").text("<b>&").child(el("i"));
        assert_eq!(element.to_string(), "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;&amp;<i></i></p>");
    }

    #[test]
    fn numbers_are_short_or_grouped() {
        assert_eq!([0, 999, 1234, 10_500, 999_999, 2_000_000].map(short), ["0", "999", "1.2k", "10k", "999k", "2M"]);
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!([5, 61_000, 1_900, 7_260_000].map(span), ["5 ms", "1 min 01 s", "1.9 s", "2 h 01 min"]);
        assert_eq!((count_of(1, "run"), count_of(0, "run")), ("1 run".into(), "0 runs".into()));
    }
}
