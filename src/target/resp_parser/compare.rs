//! The decode oracle: what a decoder made of the bytes, against what the strict reference makes of them.

use super::drive::{End, Outcome};
use super::{Case, Difference};
use crate::oracle::{Oracle, Violation, reply_class};
use crate::resp::{
    Decoded, Limits, Malformed, Protocol, RequestError, Value, ValueError, decode_request, decode_value, encode,
};
use crate::subject::codec::{Codec, Item, Mode};

use Malformed::{BareNewline, LineTooLong, UnknownType};
use RequestError::{TooBigBulkCount, TooBigInline, TooBigMultibulkCount};

/// Values that complete an unfinished array, to see what a decoder that refused it early may have meant.
const FILLER: &[u8] =
    b":0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n";

/// What the reference makes of some bytes.
pub(super) struct Expected {
    /// The items and where each begins; requests without arguments are left out.
    pub(super) items: Vec<(Item, usize)>,
    end: ExpectedEnd,
    consumed: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum ExpectedEnd {
    Incomplete,
    Request(RequestError),
    Value(ValueError),
}

impl ExpectedEnd {
    fn is_error(self) -> bool {
        self != ExpectedEnd::Incomplete
    }

    fn is_too_deep(self) -> bool {
        matches!(self, ExpectedEnd::Value(error) if error.kind == Malformed::TooDeep)
    }

    /// Whether the line that the error is in may go on, so that a decoder may well wait for its end. All others show
    /// in a line that is complete.
    fn shows_before_line_end(self) -> bool {
        match self {
            ExpectedEnd::Incomplete => false,
            ExpectedEnd::Request(error) => {
                matches!(error, TooBigInline | TooBigMultibulkCount | TooBigBulkCount)
            }
            ExpectedEnd::Value(error) => matches!(error.kind, UnknownType | BareNewline | LineTooLong),
        }
    }

    fn class(self) -> String {
        match self {
            ExpectedEnd::Incomplete => "incomplete".to_owned(),
            ExpectedEnd::Request(error) => format!("error:{}", error.name()),
            ExpectedEnd::Value(error) => format!("error:{}", error.kind.name()),
        }
    }

    fn shown(self) -> String {
        match self {
            ExpectedEnd::Incomplete => "incomplete: waits for more".to_owned(),
            ExpectedEnd::Request(error) => format!("error: {}", error.line().escape_ascii()),
            ExpectedEnd::Value(error) => format!("error: {error}"),
        }
    }
}

impl<C: Codec> Case<'_, C> {
    /// Decodes `bytes` by the reference, with the limits that the codec promises.
    pub(super) fn reference(&self, bytes: &[u8]) -> Expected {
        reference(self.mode, bytes, &self.promise.limits)
    }

    /// Decode: the same items, the same kind of end, the same bytes consumed.
    pub(super) fn against_reference(&mut self, got: &Outcome) -> Option<Violation> {
        let expected = self.reference(self.bytes);
        for (index, (item, at)) in expected.items.iter().enumerate() {
            self.checks += 1;
            let projected = match item {
                Item::Value(value) => Item::Value(self.promise.project(value)?),
                request => request.clone(),
            };
            let (observed_class, observed) = match got.items.get(index) {
                Some(other) if *other == projected => {
                    self.confirmed = index + 1;
                    continue;
                }
                Some(other) => (item_class(other), item_shown(other)),
                None => (end_class(self.mode, &got.end), end_shown(&got.end)),
            };
            let (expected_class, observed_class) = classes(item_class(&projected), observed_class);
            let expected = item_shown(&projected);
            let what = Difference { expected_class, observed_class, expected, observed, place: String::new() };
            return Some(self.violation(Oracle::Decode, *at, what));
        }
        self.checks += 1;
        if self.overlooked(expected.end) || self.same_end(got, &expected)? {
            return None;
        }
        let (observed_class, observed) = match got.items.get(expected.items.len()) {
            Some(item) => (item_class(item), item_shown(item)),
            None if end_class(self.mode, &got.end) == expected.end.class()
                && got.consumed != Some(expected.consumed) =>
            {
                let consumed = got.consumed.unwrap_or(0);
                (String::from("consumed"), format!("{consumed} bytes consumed instead of {}", expected.consumed))
            }
            None => (end_class(self.mode, &got.end), end_shown(&got.end)),
        };
        // Going on however deep it gets is a matter of bounds, not of grammar.
        let extra_item = got.items.len() > expected.items.len();
        let goes_on = expected.end.is_too_deep() && (extra_item || got.end == End::Incomplete);
        let (oracle, (expected_class, observed_class)) = if goes_on {
            (Oracle::Bounds, ("too-deep".to_owned(), "goes-on".to_owned()))
        } else {
            (Oracle::Decode, classes(expected.end.class(), observed_class))
        };
        let shown = expected.end.shown();
        let what = Difference { expected_class, observed_class, expected: shown, observed, place: String::new() };
        Some(self.violation(oracle, expected.consumed, what))
    }

    /// Whether the codec doesn't promise to see this error.
    fn overlooked(&self, end: ExpectedEnd) -> bool {
        let ExpectedEnd::Value(error) = end else { return false };
        if !self.promise.overlooks.contains(&error.kind) {
            return false;
        }
        if error.kind != Malformed::TooDeep {
            return true;
        }
        // Levels may be counted in another way (attributes maybe not at all), but they must be counted.
        let limits = Limits { max_depth: self.promise.limits.max_depth + 2, ..self.promise.limits };
        self.bytes.contains(&b'|') || !reference(self.mode, self.bytes, &limits).end.is_too_deep()
    }

    /// Whether the run ended as it should, given that the items before were right. `None` if nothing can be said.
    fn same_end(&self, got: &Outcome, expected: &Expected) -> Option<bool> {
        if got.items.len() > expected.items.len() {
            // An item that the reference waits for; the codec may have another idea of it.
            return if expected.end.is_error() { Some(false) } else { self.promised_when_filled(expected) };
        }
        let right = match (&got.end, expected.end) {
            (End::Resumed | End::Endless, _) => false,
            (End::Incomplete, ExpectedEnd::Incomplete) => true,
            (End::Error(error), ExpectedEnd::Request(kind)) => *error == kind.line(),
            (End::Error(_), ExpectedEnd::Value(_)) => true,
            // It may be late: then the end of the line makes it see.
            (End::Incomplete, _) => {
                if !expected.end.shows_before_line_end() {
                    return Some(false);
                }
                let late = self.collect([self.bytes, line_end(self.bytes)]);
                match (late.end, expected.end) {
                    (End::Error(error), ExpectedEnd::Request(kind)) => error == kind.line(),
                    (end, _) => matches!(end, End::Error(_)),
                }
            }
            // It may be early: then the end of the line makes the reference see.
            (End::Error(error), ExpectedEnd::Incomplete) => self.foreseen(error, expected)?,
        };
        Some(right && got.consumed.is_none_or(|consumed| consumed == expected.consumed))
    }

    /// Whether an error that came early is one that had to come. `None` if nothing can be said.
    fn foreseen(&self, error: &[u8], expected: &Expected) -> Option<bool> {
        let mut bytes = self.bytes.to_vec();
        bytes.extend_from_slice(line_end(self.bytes));
        let ended = self.reference(&bytes);
        if let ExpectedEnd::Request(kind) = ended.end {
            return Some(ended.items.len() == expected.items.len() && error == kind.line());
        }
        if ended.items.len() == expected.items.len() && ended.end.is_error() {
            return Some(true);
        }
        self.promised_when_filled(expected)
    }

    /// `Some(false)`, unless the unfinished value is one for which nothing is promised; whether it is shows when it is
    /// filled up.
    fn promised_when_filled(&self, expected: &Expected) -> Option<bool> {
        if self.promise.projection.is_some() {
            let filled = [self.bytes, line_end(self.bytes), FILLER].concat();
            let without_line_end = [self.bytes, FILLER].concat();
            for bytes in [filled, without_line_end] {
                if let Some((Item::Value(value), _)) = self.reference(&bytes).items.get(expected.items.len()) {
                    self.promise.project(value)?;
                    return Some(false);
                }
            }
            return None; // Not enough to fill it up.
        }
        Some(false)
    }
}

/// The bytes that end a line, given what it ends with so far.
fn line_end(bytes: &[u8]) -> &'static [u8] {
    if bytes.ends_with(b"\r") { b"\n" } else { b"\r\n" }
}

fn reference(mode: Mode, bytes: &[u8], limits: &Limits) -> Expected {
    let mut expected = Expected { items: Vec::new(), end: ExpectedEnd::Incomplete, consumed: 0 };
    loop {
        let at = expected.consumed;
        let rest = &bytes[at..];
        let protocol = if mode == Mode::Resp3 { Protocol::Resp3 } else { Protocol::Resp2 };
        let decoded = match mode {
            Mode::Requests => match decode_request(rest, limits) {
                Decoded::Complete { value, consumed } => Decoded::Complete { value: Item::Request(value), consumed },
                Decoded::Incomplete => Decoded::Incomplete,
                Decoded::Error(error) => Decoded::Error(ExpectedEnd::Request(error)),
            },
            Mode::Resp2 | Mode::Resp3 => match decode_value(rest, protocol, limits) {
                Decoded::Complete { value, consumed } => Decoded::Complete { value: Item::Value(value), consumed },
                Decoded::Incomplete => Decoded::Incomplete,
                Decoded::Error(error) => Decoded::Error(ExpectedEnd::Value(error)),
            },
        };
        match decoded {
            Decoded::Complete { value, consumed } => {
                expected.consumed += consumed;
                if !matches!(&value, Item::Request(argv) if argv.is_empty()) {
                    expected.items.push((value, at));
                }
            }
            Decoded::Incomplete => return expected,
            Decoded::Error(end) => {
                expected.end = end;
                return expected;
            }
        }
    }
}

/// The type of an item. Nothing of what is in it: that would tell one bug from itself.
pub(super) fn item_class(item: &Item) -> String {
    match item {
        Item::Request(_) => "request".to_owned(),
        Item::Value(value) => {
            // Unlike elsewhere the nulls are apart: a decoder must not mix them up.
            let class = match value {
                Value::NullBulk => "null-bulk".to_owned(),
                Value::NullArray => "null-array".to_owned(),
                other => reply_class(other),
            };
            class.split(':').next().unwrap_or_default().to_owned()
        }
    }
}

/// The kind of an end.
pub(super) fn end_class(mode: Mode, end: &End) -> String {
    match end {
        End::Incomplete => "incomplete".to_owned(),
        End::Resumed => "item-after-error".to_owned(),
        End::Endless => "endless".to_owned(),
        End::Error(_) if mode != Mode::Requests => "error".to_owned(),
        End::Error(line) => {
            let known = RequestError::ALL.into_iter().find(|error| match error {
                RequestError::ExpectedBulk(_) => {
                    // The same but for the byte between the last two quotes.
                    let text = error.line();
                    line.len() == text.len() && line.starts_with(&text[..text.len() - 2]) && line.ends_with(b"'")
                }
                other => *line == other.line(),
            });
            format!("error:{}", known.map_or("other", RequestError::name))
        }
    }
}

/// Classes that differ, also if the two things are of one class.
pub(super) fn classes(expected: String, observed: String) -> (String, String) {
    let observed = if expected == observed { format!("other-{observed}") } else { observed };
    (expected, observed)
}

pub(super) fn item_shown(item: &Item) -> String {
    match item {
        Item::Request(argv) => {
            let words: Vec<String> = argv.iter().map(|word| format!("\"{}\"", word.escape_ascii())).collect();
            format!("request: {}", words.join(" "))
        }
        Item::Value(value) => {
            let mut wire = Vec::new();
            encode(value, &mut wire);
            format!("{}: {}", item_class(item), wire.escape_ascii())
        }
    }
}

pub(super) fn end_shown(end: &End) -> String {
    match end {
        End::Incomplete => "incomplete: waits for more".to_owned(),
        End::Error(error) => format!("error: {}", error.escape_ascii()),
        End::Resumed => "an item after an error".to_owned(),
        End::Endless => "more items than bytes".to_owned(),
    }
}
