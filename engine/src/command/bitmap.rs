//! Strings as arrays of bits, the first one the highest of the first byte. BITFIELD has a file of its own.

use std::ops::Range;

use super::{Command, Context, Outcome, Run, args, bitfield};
use crate::number;
use crate::reply::{Error, Reply};
use crate::value::Str;

const ONE: (i64, i64, i64) = (1, 1, 1);
const READ: &str = "readonly";
const READ_FAST: &str = "readonly fast";
const WRITE: &str = "write denyoom";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("setbit", 4, WRITE, ONE, Run::Now(setbit)),
    Command::new("getbit", 3, READ_FAST, ONE, Run::Now(getbit)),
    Command::new("bitcount", -2, READ, ONE, Run::Now(bitcount)),
    Command::new("bitpos", -3, READ, ONE, Run::Now(bitpos)),
    Command::new("bitop", -4, WRITE, (2, -1, 1), Run::Now(bitop)),
    Command::new("bitfield", -2, WRITE, ONE, Run::Now(bitfield::bitfield)),
    Command::new("bitfield_ro", -2, READ_FAST, ONE, Run::Now(bitfield::bitfield_ro)),
];

/// The position of a bit; within BITFIELD `#n` is the position of the nth field of `width` bits. The product may wrap
/// around, as it does on the server.
pub(super) fn offset(cx: &Context<'_>, word: &[u8], width: Option<usize>) -> Result<usize, Error> {
    let (digits, unit) = match (word, width) {
        ([b'#', digits @ ..], Some(_)) if planted!(cx.config(), BitfieldHashCountsBytes) => (digits, 8),
        ([b'#', digits @ ..], Some(width)) => (digits, width as i64),
        _ => (word, 1),
    };
    number::parse_i64(digits)
        .and_then(|count| usize::try_from(count.wrapping_mul(unit)).ok())
        .filter(|bit| bit / 8 < cx.config().proto_max_bulk_len)
        .ok_or(Error::new("ERR bit offset is not an integer or out of range"))
}

/// The bit at a position; 0 past the end.
pub(super) fn get(bytes: &[u8], at: usize) -> bool {
    bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1)
}

/// Sets the bit at a position, which must be within the bytes.
pub(super) fn set(bytes: &mut [u8], at: usize, bit: bool) {
    let mask = 0x80 >> (at % 8);
    if let Some(byte) = bytes.get_mut(at / 8) {
        *byte = if bit { *byte | mask } else { *byte & !mask };
    }
}

fn setbit(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let key = &argv[1];
    let at = offset(cx, &argv[2], None)?;
    let bit = number::int_within(&argv[3], 0, 1, Error::new("ERR bit is not an integer or out of range"))? == 1;
    if planted!(cx.config(), SetbitZeroCreatesNothing) && !bit && !cx.exists(key) {
        return Ok(Reply::Int(0));
    }
    let (mut grown, mut before) = (false, false);
    cx.get_or_create::<Str>(key)?.edit(|bytes| {
        grown = bytes.len() <= at / 8;
        bytes.resize(bytes.len().max(at / 8 + 1), 0);
        before = get(bytes, at);
        set(bytes, at, bit);
    });
    if planted!(cx.config(), SetbitDropsTtl) {
        cx.set_deadline(key, None);
    }
    // Those who watch the key learn of real changes only.
    if grown || before != bit {
        cx.changed(key);
    }
    Ok(Reply::flag(before))
}

fn getbit(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let at = offset(cx, &argv[2], None)?;
    Ok(Reply::flag(cx.get::<Str>(&argv[1])?.is_some_and(|string| get(&string.bytes(), at))))
}

/// Whether positions count bits.
fn in_bits(unit: &[u8]) -> Result<bool, Error> {
    match unit {
        unit if args::is(unit, "BIT") => Ok(true),
        unit if args::is(unit, "BYTE") => Ok(false),
        _ => Err(Error::SYNTAX),
    }
}

/// The bits between two positions, both inclusive and negative from the end; `None` if there are none. An end before
/// the first position means the first position.
fn bit_range(start: i64, end: i64, len: usize, in_bits: bool) -> Option<Range<usize>> {
    let unit = if in_bits { 1 } else { 8 };
    let total = (len * 8 / unit) as i64;
    let from_start = |at: i64| if at < 0 { at.saturating_add(total).max(0) } else { at };
    let (start, end) = (from_start(start), from_start(end).min(total - 1));
    (start <= end).then(|| start as usize * unit..(end as usize + 1) * unit)
}

fn bitcount(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let drops_last = planted!(cx.config(), BitcountBitEndExclusive);
    let Some(string) = cx.get::<Str>(&argv[1])? else {
        return Ok(Reply::Int(0));
    };
    let bytes = string.bytes();
    let range = match &argv[2..] {
        [] => bit_range(0, -1, bytes.len(), false),
        [start, end, unit @ ..] if unit.len() < 2 => {
            let (start, end) = (number::int(start)?, number::int(end)?);
            if start < 0 && end < 0 && start > end {
                return Ok(Reply::Int(0));
            }
            let in_bits = unit.first().map_or(Ok(false), |unit| in_bits(unit))?;
            let exclusive = in_bits && drops_last;
            bit_range(start, end, bytes.len(), in_bits).map(|range| range.start..range.end - usize::from(exclusive))
        }
        _ => return Err(Error::SYNTAX),
    };
    Ok(Reply::count(range.map_or(0, |range| count(&bytes, range))))
}

/// How many bits of a range are set.
fn count(bytes: &[u8], bits: Range<usize>) -> usize {
    let Some(last) = bits.end.checked_sub(1).filter(|&last| last >= bits.start) else {
        return 0;
    };
    let covered = &bytes[bits.start / 8..=last / 8];
    let ones = |byte: u32| byte.count_ones() as usize;
    let all: usize = covered.iter().map(|&byte| ones(u32::from(byte))).sum();
    let before = ones(u32::from(bytes[bits.start / 8]) >> (8 - bits.start % 8));
    let after = ones(u32::from(bytes[last / 8]) << (last % 8 + 1) & 0xff);
    all - before - after
}

fn bitpos(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let past_end = planted!(cx.config(), BitposZeroPastEnd);
    let wanted = match number::int(&argv[2])? {
        0 => false,
        1 => true,
        _ => return Err(Error::new("ERR The bit argument must be 1 or 0.")),
    };
    let Some(string) = cx.get::<Str>(&argv[1])? else {
        return Ok(Reply::Int(if wanted { -1 } else { 0 }));
    };
    let bytes = string.bytes();
    let (range, has_end) = match &argv[3..] {
        [] => (bit_range(0, -1, bytes.len(), false), false),
        [start] => (bit_range(number::int(start)?, -1, bytes.len(), false), false),
        [start, end, unit @ ..] if unit.len() < 2 => {
            let start = number::int(start)?;
            let in_bits = unit.first().map_or(Ok(false), |unit| in_bits(unit))?;
            (bit_range(start, number::int(end)?, bytes.len(), in_bits), true)
        }
        _ => return Err(Error::SYNTAX),
    };
    let Some(range) = range else {
        return Ok(Reply::Int(-1));
    };
    Ok(match find(&bytes, wanted, range.clone()) {
        Some(at) => Reply::count(at),
        // A string goes on with zeros, unless the end of the search was given.
        None if !wanted && (!has_end || past_end) => Reply::count(range.end),
        None => Reply::Int(-1),
    })
}

/// The first bit of a range that is set, or the first that is not.
fn find(bytes: &[u8], wanted: bool, bits: Range<usize>) -> Option<usize> {
    let barren = if wanted { 0 } else { 0xff };
    let mut at = bits.start;
    while at < bits.end {
        if at.is_multiple_of(8) && bytes.get(at / 8) == Some(&barren) {
            at += 8;
        } else if get(bytes, at) == wanted {
            return Some(at);
        } else {
            at += 1;
        }
    }
    None
}

/// What BITOP does to two bytes.
fn operation(name: &[u8]) -> Result<fn(u8, u8) -> u8, Error> {
    match name {
        name if args::is(name, "AND") => Ok(|a, b| a & b),
        name if args::is(name, "OR") => Ok(|a, b| a | b),
        name if args::is(name, "XOR") => Ok(|a, b| a ^ b),
        name if args::is(name, "NOT") => Ok(|a, _| !a),
        _ => Err(Error::SYNTAX),
    }
}

fn bitop(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (target, keys) = (&argv[2], &argv[3..]);
    let apply = operation(&argv[1])?;
    let negates = args::is(&argv[1], "NOT");
    if negates && keys.len() != 1 {
        return Err(Error::new("ERR BITOP NOT must be called with a single source key."));
    }
    let mut sources = Vec::with_capacity(keys.len());
    for key in keys {
        sources.push(cx.get::<Str>(key)?.map(|string| string.bytes().into_owned()).unwrap_or_default());
    }
    let lengths = sources.iter().map(Vec::len);
    let cuts = planted!(cx.config(), BitopShortestWins);
    let len = if cuts { lengths.min() } else { lengths.max() }.unwrap_or(0);
    let mut result = std::mem::take(&mut sources[0]);
    result.resize(len, 0);
    if negates {
        result.iter_mut().for_each(|byte| *byte = apply(*byte, 0));
    }
    for source in &sources[1..] {
        for (at, byte) in result.iter_mut().enumerate() {
            *byte = apply(*byte, source.get(at).copied().unwrap_or(0));
        }
    }
    store(cx, target, result);
    Ok(Reply::count(len))
}

/// Puts a result at a key, which goes if there is nothing to put.
fn store(cx: &mut Context<'_>, target: &[u8], result: Vec<u8>) {
    if result.is_empty() {
        if !planted!(cx.config(), BitopEmptyKeepsTarget) {
            cx.remove(target);
        }
    } else if planted!(cx.config(), BitopKeepsTtl) {
        cx.set_keeping_ttl(target, Str::Edited(result));
    } else {
        cx.set(target, Str::Edited(result));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    #[test]
    fn ranges_of_bits_are_counted_and_searched_bit_by_bit() {
        let bytes = [0b0001_0111, 0xff, 0x00, 0b1010_0000];
        for start in 0..=32 {
            for end in start..=32 {
                let expected = (start..end).filter(|&at| get(&bytes, at)).count();
                assert_eq!(count(&bytes, start..end), expected, "{start}..{end}");
                for wanted in [false, true] {
                    let expected = (start..end).find(|&at| get(&bytes, at) == wanted);
                    assert_eq!(find(&bytes, wanted, start..end), expected, "{start}..{end}");
                }
            }
        }
    }

    #[test]
    fn a_missing_key_answers_before_the_options_are_read() {
        let mut rig = Rig::new();
        assert_eq!(rig.run("BITCOUNT k x"), Reply::Int(0));
        assert_eq!(rig.run("BITPOS k 1 x y z w"), Reply::Int(-1));
        rig.run("SET k v");
        assert_eq!(rig.run("BITCOUNT k x"), Error::SYNTAX.into());
        assert_eq!(rig.run("BITCOUNT k -1 -2 nonsense"), Reply::Int(0));
    }

    #[test]
    fn a_bit_that_is_set_already_is_no_change() {
        let mut rig = Rig::new();
        for command in ["SETBIT k 1 1", "WATCH k", "SETBIT k 1 1", "MULTI", "GETBIT k 1"] {
            rig.run(command);
        }
        assert_eq!(rig.run("EXEC"), Reply::Array(vec![Reply::Int(1)]));
    }

    #[test]
    fn the_limit_is_that_of_a_string() {
        let mut rig = Rig::with(crate::Config { proto_max_bulk_len: 2, ..Default::default() });
        assert_eq!(rig.run("SETBIT k 15 1"), Reply::Int(0));
        let refused = Reply::from(Error::new("ERR bit offset is not an integer or out of range"));
        assert_eq!(rig.run("SETBIT k 16 1"), refused);
        assert_eq!(rig.run("BITFIELD k GET u8 #2"), refused);
        assert_eq!(rig.run("BITFIELD k GET u8 #1"), Reply::Array(vec![Reply::Int(1)]));
    }
}
