//! Deliberately wrong decoders: each breaks one thing, and exactly the oracle for that thing must see it.

use super::*;
use crate::oracle::Oracle;
use crate::resp::{Bytes, RequestStream, Value, ValueStream};
use crate::subject::codec::Decoder;

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plant {
    /// Takes `$+5` for `$5`.
    PlusLength,
    /// Takes `$-2` for a null.
    MinusTwoIsNull,
    /// Makes text of bulks.
    LossyText,
    /// Skips a byte after an error and goes on.
    GoesOnAfterError,
    /// Its errors leave the `ERR` out.
    OtherErrorText,
    /// Counts bytes as consumed when they come in.
    ConsumesTooEarly,
    /// A request that asks for nothing stops the pipeline.
    StopsAtNothing,
    /// A NUL is a byte like any other in a request's line.
    NulIsAByte,
    /// Loses the LF when CR and LF come apart.
    CutCrlf,
    /// Forgets an unfinished item when new bytes start with `*`.
    ForgetsAtStar,
    /// Encodes a null as an empty bulk.
    NullIsEmpty,
    /// Encodes doubles with one digit.
    RoundsDoubles,
    /// Reserves what a bulk declares.
    ReservesAhead,
    /// Gives a value again and again.
    NeverEnds,
    /// Nests without a bound (with a high one: to overflow the stack would end the test too).
    NestsOn,
    /// Panics at 0xff.
    PanicsAtByte,
    /// Panics when more bytes come.
    PanicsWhenCut,
}

impl Codec for Plant {
    fn decoder(&self, mode: Mode) -> Option<Box<dyn Decoder>> {
        let mut limits = Limits::REDIS;
        match self {
            Plant::NestsOn => limits.max_depth = 1000,
            Plant::NulIsAByte => limits.nul_hides_line_end = false,
            _ => {}
        }
        let broken = Broken { plant: *self, mode, limits, raw: Vec::new(), given: 0, failed: false };
        Some(Box::new(broken))
    }

    fn encode(&self, mode: Mode, item: &Item) -> Option<Bytes> {
        let item = match (self, item) {
            (Plant::NullIsEmpty, Item::Value(Value::NullBulk)) => &Item::Value(Value::Bulk(Vec::new())),
            (Plant::RoundsDoubles, Item::Value(Value::Double(text))) => &Item::Value(Value::Double(text[..1].to_vec())),
            (_, item) => item,
        };
        Reference::default().encode(mode, item)
    }
}

/// The reference, fed all bytes anew on each call, with one thing changed.
struct Broken {
    plant: Plant,
    mode: Mode,
    limits: Limits,
    raw: Vec<u8>,
    given: usize,
    failed: bool,
}

impl Broken {
    /// Decodes from the start; gives the item of that number, if any, and the bytes consumed by all before.
    fn item(&self, bytes: &[u8]) -> (Result<Option<Item>, Bytes>, usize) {
        let mut decoder: Box<dyn Decoder> = match self.mode {
            Mode::Requests => Box::new(RequestStream::new(self.limits)),
            Mode::Resp2 => Box::new(ValueStream::new(Protocol::Resp2, self.limits)),
            Mode::Resp3 => Box::new(ValueStream::new(Protocol::Resp3, self.limits)),
        };
        decoder.feed(bytes);
        for _ in 0..self.given {
            if !matches!(decoder.next(), Ok(Some(_))) {
                return (Ok(None), 0);
            }
        }
        let next = decoder.next();
        (next, decoder.consumed().unwrap_or(0))
    }
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(byte) = rest.first() {
        match rest.strip_prefix(from) {
            Some(after) => {
                out.extend_from_slice(to);
                rest = after;
            }
            None => {
                out.push(*byte);
                rest = &rest[1..];
            }
        }
    }
    out
}

impl Decoder for Broken {
    fn feed(&mut self, bytes: &[u8]) {
        assert!(self.plant != Plant::PanicsWhenCut || self.raw.is_empty(), "planted");
        if self.plant == Plant::ForgetsAtStar && bytes.starts_with(b"*") {
            let (next, done) = self.item(&self.raw);
            if next == Ok(None) {
                self.raw.truncate(done);
            }
        }
        let lost = self.plant == Plant::CutCrlf && self.raw.ends_with(b"\r") && bytes.starts_with(b"\n");
        self.raw.extend_from_slice(&bytes[usize::from(lost)..]);
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        let bytes = match self.plant {
            Plant::PlusLength => replace(&self.raw, b"$+", b"$"),
            Plant::MinusTwoIsNull => replace(&self.raw, b"$-2\r\n", b"$-1\r\n"),
            Plant::StopsAtNothing if self.mode == Mode::Requests => match replace(&self.raw, b"*0\r\n", b"\0") {
                cut if cut.contains(&0) => cut.split(|byte| *byte == 0).next().unwrap_or_default().to_vec(),
                whole => whole,
            },
            _ => self.raw.clone(),
        };
        match self.plant {
            Plant::NeverEnds if bytes.starts_with(b"+") => return Ok(Some(Item::Value(Value::ok()))),
            Plant::PanicsAtByte if bytes.contains(&0xff) => panic!("planted"),
            Plant::GoesOnAfterError if self.failed => return Ok(Some(Item::Value(Value::ok()))),
            _ => {}
        }
        let (next, _) = self.item(&bytes);
        match next {
            Ok(Some(Item::Value(Value::Bulk(bytes)))) if self.plant == Plant::LossyText => {
                self.given += 1;
                Ok(Some(Item::Value(Value::Bulk(String::from_utf8_lossy(&bytes).into_owned().into_bytes()))))
            }
            Ok(Some(item)) => {
                self.given += 1;
                Ok(Some(item))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                self.failed = true;
                let short = error.strip_prefix(b"ERR ").filter(|_| self.plant == Plant::OtherErrorText);
                Err(short.map_or(error.clone(), <[u8]>::to_vec))
            }
        }
    }

    fn consumed(&self) -> Option<usize> {
        (self.plant == Plant::ConsumesTooEarly).then_some(self.raw.len())
    }

    fn reserved(&self) -> Option<usize> {
        let declared = || {
            let start = self.raw.iter().position(|byte| *byte == b'$')? + 1;
            let digits = self.raw[start..].split(|byte| *byte == b'\r').next()?;
            std::str::from_utf8(digits).ok()?.parse().ok()
        };
        (self.plant == Plant::ReservesAhead).then(|| declared().unwrap_or(0))
    }
}

/// A plant, an input that shows it, and the fingerprint that it must have (up to the line of a panic).
const PLANTED: &[(Plant, &[u8], &str)] = &[
    (Plant::PlusLength, b"2$+5\r\nhello\r\n", "decode/resp2/error:non-canonical/bulk"),
    (Plant::MinusTwoIsNull, b"3$-2\r\n", "decode/resp3/error:invalid-length/null-bulk"),
    (Plant::LossyText, b"2$1\r\n\xff\r\n", "decode/resp2/bulk/other-bulk"),
    (Plant::GoesOnAfterError, b"2?\r\n+OK\r\n", "decode/resp2/error:unknown-type/item-after-error"),
    (Plant::OtherErrorText, b"q*x\r\n", "decode/requests/error:invalid-multibulk-length/error:other"),
    (Plant::ConsumesTooEarly, b"3+OK\r\n:1", "decode/resp3/incomplete/consumed"),
    (Plant::StopsAtNothing, b"q*0\r\nPING\r\n", "decode/requests/request/incomplete"),
    (Plant::NulIsAByte, b"qPI\0NG\r\n", "decode/requests/incomplete/request"),
    (Plant::CutCrlf, b"2+OK\r\n", "chunking/resp2/status/incomplete"),
    (Plant::ForgetsAtStar, b"q*1\r\n$1\r\n*\r\n", "chunking/requests/request/error:invalid-multibulk-length"),
    (Plant::NullIsEmpty, b"2$-1\r\n", "round-trip/resp2/null-bulk/bulk"),
    (Plant::RoundsDoubles, b"3,1.5\r\n", "round-trip/resp3/double/other-double"),
    (Plant::ReservesAhead, b"2$500000000\r\n", "bounds/resp2/memory-by-data/memory-by-length"),
    (Plant::NeverEnds, b"2+OK\r\n", "bounds/resp2/progress/endless"),
    (Plant::NestsOn, DEEP, "bounds/resp2/too-deep/goes-on"),
    (Plant::PanicsAtByte, b"2+\xff\r\n", "panic/codec/returns/planted.rs:"),
    (Plant::PanicsWhenCut, b"3:1\r\n", "panic/codec/returns/planted.rs:"),
];

const DEEP: &[u8] = {
    const BYTES: [u8; 801] = {
        let mut bytes = [b'2'; 801];
        let mut i = 0;
        while i < 200 {
            bytes[4 * i + 1] = b'*';
            bytes[4 * i + 2] = b'1';
            bytes[4 * i + 3] = b'\r';
            bytes[4 * i + 4] = b'\n';
            i += 1;
        }
        bytes
    };
    &BYTES
};

#[test]
fn each_plant_turns_exactly_its_oracle_red() {
    for (plant, shows, fingerprint) in PLANTED {
        let target = RespParser::new("planted", *plant);
        let violation = target.run(shows).violation.unwrap_or_else(|| panic!("{plant:?} is not seen"));
        // Of a panic's line in this file only the file is known here.
        let same = match fingerprint.strip_suffix(':') {
            Some(file) => violation.fingerprint.as_str().starts_with(file),
            None => violation.fingerprint.as_str() == *fingerprint,
        };
        assert!(same, "{plant:?}: {violation}");
        assert_eq!(RespParser::new("sound", Reference::default()).run(shows).violation, None, "{plant:?}");
        let oracles: std::collections::BTreeSet<Oracle> = seeds()
            .into_iter()
            .map(|seed| seed.bytes)
            .filter(|bytes| bytes.len() < 2000)
            .chain(inputs(300))
            .filter_map(|data| target.run(&data).violation)
            .map(|violation| violation.oracle)
            .collect();
        assert!(oracles.iter().all(|oracle| *oracle == violation.oracle), "{plant:?} also turns {oracles:?} red");
    }
}

#[test]
fn what_is_known_is_left_out_and_nothing_else() {
    const KNOWN: &[Known] = &[Known {
        fingerprint: "decode/resp2/error:non-canonical/bulk",
        input: b"2$+5\r\nhello\r\n",
        reason: "planted",
    }];
    let target = RespParser::new("known", Plant::PlusLength).known(KNOWN);
    assert_eq!(target.run(KNOWN[0].input).violation, None);
    let other = target.run(b"3$+5\r\nhello\r\n").violation.expect("RESP3 is not in the list");
    assert_eq!(other.fingerprint.as_str(), "decode/resp3/error:non-canonical/bulk");
}

#[test]
fn a_meter_sees_what_a_decoder_does_not_tell() {
    let meter = Meter { reset: || {}, peak: || 1 << 30 };
    let target = RespParser::new("metered", Reference::default()).metered(meter);
    let violation = target.run(b"2+OK\r\n").violation.expect("a gigabyte is too much");
    assert_eq!(violation.fingerprint.as_str(), "bounds/resp2/memory-by-data/memory-by-length");
}
