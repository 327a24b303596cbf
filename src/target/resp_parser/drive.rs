//! Feeding a decoder, in one piece or many, and the oracles that need nothing but that: bounds, chunking, round trip.

use twox_hash::XxHash3_64;

use super::compare::{classes, end_class, end_shown, item_class, item_shown};
use super::{Case, Difference, Meter};
use crate::oracle::{Oracle, Violation};
use crate::resp::{Bytes, Value};
use crate::subject::codec::{Codec, Item};

/// Inputs up to this many bytes are cut at every place.
const CUT_EVERYWHERE_BYTES: usize = 256;
/// Longer ones at this many.
const CUTS: usize = 64;
/// Inputs up to this many bytes are fed byte by byte, longer ones in half as many pieces: a decoder may well look at
/// all of its buffer on each call, and 64 KiB byte by byte would take it seconds.
const BYTEWISE_BYTES: usize = 2048;
/// How often a difference is looked for without cutting: a coin is the same for so long once in four billion times.
const CHANCES: usize = 32;
/// Memory that is fine whatever the input: buffers of a fixed size.
const FIXED_BYTES: usize = 128 << 10;
/// Memory per byte of input that is fine: the shortest value takes three bytes, its representation maybe a hundred,
/// a vector that grows twice that.
const MEMORY_PER_BYTE: usize = 256;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// All bytes were taken; what is left of them is no whole item.
    Incomplete,
    /// The decoder reported this.
    Error(Bytes),
    /// It gave an item after an error.
    Resumed,
    /// It gave more items than there were bytes.
    Endless,
}

/// What a decoder made of some bytes.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// Requests without arguments are left out.
    pub(super) items: Vec<Item>,
    pub(super) end: End,
    pub(super) consumed: Option<usize>,
    /// The most that it had reserved.
    reserved: usize,
    /// The most memory in use, if measured.
    peak: usize,
}

/// How a run ended, its items having gone elsewhere.
struct Tail {
    end: End,
    consumed: Option<usize>,
    reserved: usize,
}

impl<C: Codec> Case<'_, C> {
    /// Feeds `pieces` to a new decoder, taking all items after each.
    fn drive<'p>(&self, pieces: impl IntoIterator<Item = &'p [u8]>, mut sink: impl FnMut(Item)) -> Tail {
        let mut tail = Tail { end: End::Incomplete, consumed: None, reserved: 0 };
        let Some(mut decoder) = self.codec.decoder(self.mode) else { return tail };
        let mut items_left = 0;
        'pieces: for piece in pieces {
            decoder.feed(piece);
            items_left += piece.len();
            loop {
                match decoder.next() {
                    Ok(None) => break,
                    Ok(Some(_)) if items_left == 0 => {
                        tail.end = End::Endless;
                        break 'pieces;
                    }
                    Ok(Some(item)) => {
                        items_left -= 1;
                        if !matches!(&item, Item::Request(argv) if argv.is_empty()) {
                            sink(item);
                        }
                    }
                    Err(error) => {
                        let resumed = matches!(decoder.next(), Ok(Some(_)));
                        tail.end = if resumed { End::Resumed } else { End::Error(error) };
                        break 'pieces;
                    }
                }
            }
            tail.reserved = tail.reserved.max(decoder.reserved().unwrap_or(0));
        }
        tail.reserved = tail.reserved.max(decoder.reserved().unwrap_or(0));
        tail.consumed = decoder.consumed();
        tail
    }

    /// Feeds `pieces` and keeps the items.
    pub(super) fn collect<'p>(&self, pieces: impl IntoIterator<Item = &'p [u8]>) -> Outcome {
        let mut items = Vec::new();
        let Tail { end, consumed, reserved } = self.drive(pieces, |item| items.push(item));
        Outcome { items, end, consumed, reserved, peak: 0 }
    }

    /// Feeds everything at once.
    pub(super) fn whole(&self, meter: Option<Meter>) -> Outcome {
        if let Some(meter) = meter {
            (meter.reset)();
        }
        let mut outcome = self.collect([self.bytes]);
        if let Some(meter) = meter {
            outcome.peak = (meter.peak)();
        }
        outcome
    }

    /// Bounds: progress, memory and nesting.
    pub(super) fn bounds(&mut self, whole: &Outcome) -> Option<Violation> {
        self.checks += 1;
        let allowed = FIXED_BYTES + MEMORY_PER_BYTE * self.bytes.len();
        let memory = whole.reserved.max(whole.peak);
        // One level more than promised: whether an innermost empty aggregate counts is a matter of taste.
        let levels = self.promise.limits.max_depth + 1;
        let (expected_class, observed_class, expected, observed) = if whole.end == End::Endless {
            ("progress", "endless", "no more items than bytes".to_owned(), "more items than bytes".to_owned())
        } else if memory > allowed {
            ("memory-by-data", "memory-by-length", format!("at most {allowed} bytes"), format!("{memory} bytes"))
        } else if whole.items.iter().any(|item| matches!(item, Item::Value(value) if deeper_than(value, levels))) {
            ("too-deep", "goes-on", format!("an error beyond {levels} levels"), "a value nested deeper".to_owned())
        } else {
            return None;
        };
        let what = Difference {
            expected_class: expected_class.to_owned(),
            observed_class: observed_class.to_owned(),
            expected,
            observed,
            place: format!("{} bytes in one piece", self.bytes.len()),
        };
        Some(self.violation(Oracle::Bounds, 0, what))
    }

    /// Chunking: the pieces make no difference. If it is not the pieces but chance, it says so.
    pub(super) fn cut(&mut self, whole: &Outcome) -> Option<Violation> {
        let bytes = self.bytes;
        for at in cuts(bytes) {
            let (head, tail) = bytes.split_at(at);
            if let Some(what) = self.same([head, tail], whole, || format!("cut at byte {at}")) {
                return Some(self.cut_or_chance(at, what, whole));
            }
        }
        if bytes.len() < 2 {
            return None; // There is nothing to cut.
        }
        let piece = if bytes.len() <= BYTEWISE_BYTES { 1 } else { bytes.len().div_ceil(BYTEWISE_BYTES / 2) };
        let what = self.same(bytes.chunks(piece), whole, || format!("in pieces of {piece}"))?;
        Some(self.cut_or_chance(0, what, whole))
    }

    /// A difference that also shows when the same bytes come in one piece again is none of chunking.
    fn cut_or_chance(&mut self, at: usize, what: Difference, whole: &Outcome) -> Violation {
        for _ in 0..CHANCES {
            if let Some(again) = self.same([self.bytes], whole, || "in one piece again".to_owned()) {
                let (expected_class, observed_class) = ("same".to_owned(), "different".to_owned());
                return self.violation(Oracle::Hash, 0, Difference { expected_class, observed_class, ..again });
            }
        }
        self.violation(Oracle::Chunking, at, what)
    }

    /// Compares a run in pieces with the run in one piece.
    fn same<'p>(
        &mut self,
        pieces: impl IntoIterator<Item = &'p [u8]>,
        whole: &Outcome,
        place: impl Fn() -> String,
    ) -> Option<Difference> {
        self.checks += 1;
        let mut count = 0;
        let mut different = None;
        let tail = self.drive(pieces, |item| {
            if different.is_none() && whole.items.get(count) != Some(&item) {
                different = Some((count, item));
            }
            count += 1;
        });
        let end = || (end_class(self.mode, &whole.end), end_shown(&whole.end));
        let item_or_end = |index: usize| match whole.items.get(index) {
            Some(item) => (item_class(item), item_shown(item)),
            None => end(),
        };
        let ((expected_class, expected), (observed_class, observed)) = if let Some((index, item)) = different {
            (item_or_end(index), (item_class(&item), item_shown(&item)))
        } else if count < whole.items.len() {
            (item_or_end(count), (end_class(self.mode, &tail.end), end_shown(&tail.end)))
        } else if tail.end != whole.end {
            (end(), (end_class(self.mode, &tail.end), end_shown(&tail.end)))
        } else if tail.consumed != whole.consumed {
            let shown = |consumed: Option<usize>| ("consumed".to_owned(), format!("{} bytes", consumed.unwrap_or(0)));
            (shown(whole.consumed), shown(tail.consumed))
        } else {
            return None;
        };
        let (expected_class, observed_class) = classes(expected_class, observed_class);
        Some(Difference { expected_class, observed_class, expected, observed, place: place() })
    }

    /// RoundTrip: what is encoded decodes to the same, by the codec's own decoder; and by the reference, if the
    /// codec promises to be as strict.
    pub(super) fn round_trip(&mut self, whole: &Outcome) -> Option<Violation> {
        let items = &whole.items[..self.confirmed];
        let mut encoded = Vec::new();
        for item in items {
            encoded.extend_from_slice(&self.codec.encode(self.mode, item)?);
        }
        if items.is_empty() {
            return None;
        }
        let again = self.collect([encoded.as_slice()]);
        let by_reference = if self.promise.projection.is_none() {
            self.reference(&encoded).items.into_iter().map(|(item, _)| item).collect()
        } else {
            items.to_vec()
        };
        for (index, item) in items.iter().enumerate() {
            for other in [again.items.get(index), by_reference.get(index)] {
                self.checks += 1;
                if other == Some(item) {
                    continue;
                }
                let (observed_class, observed) = match other {
                    Some(other) => (item_class(other), item_shown(other)),
                    None => (end_class(self.mode, &again.end), end_shown(&again.end)),
                };
                let (expected_class, observed_class) = classes(item_class(item), observed_class);
                let place = format!("encoded as {}", encoded.escape_ascii());
                let what = Difference { expected_class, observed_class, expected: item_shown(item), observed, place };
                return Some(self.violation(Oracle::RoundTrip, index, what));
            }
        }
        None
    }
}

/// Where to cut.
fn cuts(bytes: &[u8]) -> impl Iterator<Item = usize> + use<> {
    let len = bytes.len();
    let everywhere = len <= CUT_EVERYWHERE_BYTES;
    let seed = if everywhere { 0 } else { XxHash3_64::oneshot(bytes) };
    let count = if everywhere { len.saturating_sub(1) } else { CUTS };
    (1..=count).map(move |i| match i {
        i if everywhere => i,
        // One right before the last byte, where a line may be too long for its end; half of the others evenly
        // spread, half anywhere.
        1 => len - 1,
        i if i % 2 == 0 => i * len / (CUTS + 1),
        i => 1 + (XxHash3_64::oneshot_with_seed(seed, &i.to_le_bytes()) % (len as u64 - 1)) as usize,
    })
}

/// Whether more than `levels` aggregates, attributes not counted, stand inside each other. Without recursion: the value may be deep.
fn deeper_than(value: &Value, levels: usize) -> bool {
    let mut stack = vec![(value, 1)];
    while let Some((value, depth)) = stack.pop() {
        let inner: &mut dyn Iterator<Item = &Value> = match value {
            Value::Array(items) | Value::Set(items) | Value::Push(items) => &mut items.iter(),
            Value::Map(pairs) => &mut pairs.iter().flat_map(|(key, value)| [key, value]),
            Value::Attribute(pairs, described) => {
                &mut pairs.iter().flat_map(|(key, value)| [key, value]).chain([&**described])
            }
            _ => continue,
        };
        if depth > levels {
            return true;
        }
        let inside = if matches!(value, Value::Attribute(..)) { depth } else { depth + 1 };
        stack.extend(inner.map(|value| (value, inside)));
    }
    false
}
