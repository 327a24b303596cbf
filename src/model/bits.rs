//! Strings as sequences of bits, the most significant bit of the first byte first.

use super::encoding::Encoding;
use super::number::{int, parse_int};
use super::{Call, Error, Expect, Handler, Model, Profile, Reply};
use crate::resp::Bytes;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "SETBIT" => setbit,
        "GETBIT" => getbit,
        "BITCOUNT" => bitcount,
        "BITPOS" => bitpos,
        "BITOP" => bitop,
        _ => return None,
    })
}

/// The bit at an offset; beyond the end all bits are clear.
pub(super) fn bit(bytes: &[u8], offset: usize) -> bool {
    bytes.get(offset / 8).is_some_and(|byte| byte >> (7 - offset % 8) & 1 == 1)
}

/// Sets or clears a bit that is there.
pub(super) fn set_bit(bytes: &mut [u8], offset: usize, on: bool) {
    let mask = 1 << (7 - offset % 8);
    bytes[offset / 8] = bytes[offset / 8] & !mask | if on { mask } else { 0 };
}

/// Adds clear bits until this one is there; answers whether there were any to add.
pub(super) fn grow_to(bytes: &mut Bytes, offset: usize) -> bool {
    let grows = bytes.len() <= offset / 8;
    if grows {
        bytes.resize(offset / 8 + 1, 0);
    }
    grows
}

/// An offset in bits, inside the longest string.
pub(super) fn checked_offset(model: &Model, offset: Option<i64>) -> Result<usize, Error> {
    let inside = |&offset: &i64| offset >= 0 && offset >> 3 < model.string_bytes_max as i64;
    Ok(offset.filter(inside).ok_or(Error::BitOffset)? as usize)
}

fn setbit(model: &mut Model, call: &Call) -> Reply {
    let [_, key, offset, on] = call.argv else { return Err(Error::Syntax) };
    let offset = checked_offset(model, parse_int(offset))?;
    let on = match parse_int(on) {
        Some(n @ (0 | 1)) => n == 1,
        _ => return Err(Error::BitValue),
    };
    let mut value = model.get_or_empty::<Bytes>(call, key)?;
    let grown = grow_to(&mut value, offset);
    let old = bit(&value, offset);
    set_bit(&mut value, offset, on);
    // What changes nothing does not touch the key; and yet the string was made ready for a change.
    match grown || old != on {
        true => model.update(call, key, value),
        false => model.encode(call, key, Encoding::Raw),
    }
    Expect::int(i64::from(old))
}

fn getbit(model: &mut Model, call: &Call) -> Reply {
    let offset = checked_offset(model, parse_int(&call.argv[2]))?;
    let value = model.get::<Bytes>(call, &call.argv[1])?;
    Expect::int(i64::from(value.is_some_and(|value| bit(value, offset))))
}

/// Whether the unit of a range is bits rather than bytes.
fn parse_unit(word: &[u8]) -> Result<bool, Error> {
    match word.to_ascii_uppercase().as_slice() {
        b"BIT" => Ok(true),
        b"BYTE" => Ok(false),
        _ => Err(Error::Syntax),
    }
}

/// First and last bit of a range whose ends are counted from either end; `None` if it is empty.
fn bit_range(start: i64, end: i64, in_bits: bool, len_bytes: usize) -> Option<(usize, usize)> {
    let unit_bits = if in_bits { 1 } else { 8 };
    let len = len_bytes as i64 * 8 / unit_bits;
    let from_either_end = |i: i64| if i < 0 { i.saturating_add(len).max(0) } else { i };
    let (start, end) = (from_either_end(start), from_either_end(end).min(len - 1));
    (start <= end).then(|| ((start * unit_bits) as usize, ((end + 1) * unit_bits - 1) as usize))
}

/// `[start [end [BYTE|BIT]]]` as BITCOUNT and BITPOS take it.
struct BitRange {
    start: i64,
    /// `None` where no end was given.
    end: Option<i64>,
    in_bits: bool,
}

impl BitRange {
    const ALL: BitRange = BitRange { start: 0, end: None, in_bits: false };

    /// What is wrong in several words is told in the order in which each server reads them.
    fn parse(args: &[Bytes], unit_before_end: bool) -> Result<BitRange, Error> {
        match args {
            [] => Ok(BitRange::ALL),
            [start] => Ok(BitRange { start: int(start)?, ..BitRange::ALL }),
            [start, end] => Ok(BitRange { start: int(start)?, end: Some(int(end)?), in_bits: false }),
            [start, end, unit] => {
                let start = int(start)?;
                let (end, in_bits) = if unit_before_end {
                    let in_bits = parse_unit(unit)?;
                    (int(end)?, in_bits)
                } else {
                    (int(end)?, parse_unit(unit)?)
                };
                Ok(BitRange { start, end: Some(end), in_bits })
            }
            _ => Err(Error::Syntax),
        }
    }

    /// First and last bit in a string of this length, if there are any.
    fn of(&self, len_bytes: usize) -> Option<(usize, usize)> {
        bit_range(self.start, self.end.unwrap_or(-1), self.in_bits, len_bytes)
    }
}

/// BITCOUNT's range: an end must be given, but in Valkey.
fn count_range(profile: Profile, args: &[Bytes]) -> Result<BitRange, Error> {
    if args.len() == 1 && profile != Profile::Valkey8 {
        return Err(Error::Syntax);
    }
    BitRange::parse(args, profile == Profile::Valkey8)
}

fn bitcount(model: &mut Model, call: &Call) -> Reply {
    let args = &call.argv[2..];
    if call.profile.checks_bit_ranges_first() {
        count_range(call.profile, args)?;
    }
    let Some(value) = model.get::<Bytes>(call, &call.argv[1])? else { return Expect::int(0) };
    if !call.profile.checks_bit_ranges_first() && is_backwards(args)? {
        return Expect::int(0); // Before the unit is read.
    }
    let range = count_range(call.profile, args)?;
    let backwards = range.start < 0 && range.end.is_some_and(|end| end < 0 && range.start > end);
    let Some((first, last)) = range.of(value.len()).filter(|_| !backwards) else { return Expect::int(0) };
    let in_byte = |i: usize| {
        let from_first = if i == first / 8 { 0xff >> (first % 8) } else { 0xff };
        let to_last = if i == last / 8 { 0xff << (7 - last % 8) } else { 0xff };
        (value[i] & from_first & to_last).count_ones()
    };
    Expect::int(i64::from((first / 8..=last / 8).map(in_byte).sum::<u32>()))
}

/// Whether both ends of a range are counted from the end of the string, and cross.
fn is_backwards(args: &[Bytes]) -> Result<bool, Error> {
    match args {
        [start, end] | [start, end, _] => {
            let (start, end) = (int(start)?, int(end)?);
            Ok(start < 0 && end < 0 && start > end)
        }
        _ => Ok(false),
    }
}

fn bitpos(model: &mut Model, call: &Call) -> Reply {
    let wanted = match int(&call.argv[2])? {
        n @ (0 | 1) => n == 1,
        _ => return Err(Error::BitArgument),
    };
    let args = &call.argv[3..];
    if call.profile.checks_bit_ranges_first() {
        BitRange::parse(args, true)?;
    }
    // A key that isn't there is an endless row of clear bits, whatever the range says.
    let Some(value) = model.get::<Bytes>(call, &call.argv[1])? else { return Expect::int(if wanted { -1 } else { 0 }) };
    let range = BitRange::parse(args, true)?;
    let Some((first, last)) = range.of(value.len()) else { return Expect::int(-1) };
    match position(value, wanted, first, last) {
        Some(offset) => Expect::int(offset as i64),
        // Without an end, the bits after the string are clear.
        None if !wanted && range.end.is_none() => Expect::int(value.len() as i64 * 8),
        None => Expect::int(-1),
    }
}

/// The first such bit of a range.
fn position(bytes: &[u8], wanted: bool, first: usize, last: usize) -> Option<usize> {
    let hopeless = if wanted { 0x00 } else { 0xff };
    let mut offset = first;
    while offset <= last {
        if bytes[offset / 8] == hopeless {
            offset = (offset / 8 + 1) * 8;
        } else if bit(bytes, offset) == wanted {
            return Some(offset);
        } else {
            offset += 1;
        }
    }
    None
}

fn bitop(model: &mut Model, call: &Call) -> Reply {
    let [_, name, to, sources @ ..] = call.argv else { return Err(Error::Syntax) };
    let operation: fn(u8, u8) -> u8 = match name.to_ascii_uppercase().as_slice() {
        b"AND" => |a, b| a & b,
        b"OR" => |a, b| a | b,
        b"XOR" => |a, b| a ^ b,
        b"NOT" if sources.len() > 1 => return Err(Error::BitopNot),
        b"NOT" => |_, b| !b,
        _ => return Err(Error::Syntax),
    };
    let mut strings = Vec::new();
    for key in sources {
        strings.push(model.get_or_empty::<Bytes>(call, key)?);
    }
    let len = strings.iter().map(Vec::len).max().unwrap_or(0);
    // Shorter strings go on with clear bits.
    strings.iter_mut().for_each(|string| string.resize(len, 0));
    let result: Bytes = if name.eq_ignore_ascii_case(b"NOT") {
        strings[0].iter().map(|byte| operation(0, *byte)).collect()
    } else {
        (0..len).map(|i| strings[1..].iter().fold(strings[0][i], |byte, string| operation(byte, string[i]))).collect()
    };
    if result.is_empty() {
        model.delete(call.db, to);
    } else {
        model.store(call, to, result);
        model.encode(call, to, Encoding::Raw);
    }
    Expect::int(len as i64)
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn a_bit_that_stays_as_it_was_still_makes_the_string_raw() {
        assert_eq!(last(&["SET s 0", "SETBIT s 2 1", "OBJECT ENCODING s"]), "\"raw\"");
        assert_eq!(last(&["SET s 0", "BITFIELD s SET u1 2 1", "OBJECT ENCODING s"]), "\"raw\"");
        assert_eq!(last(&["SET s 0", "BITFIELD s GET u1 2", "OBJECT ENCODING s"]), "\"int\"");
    }

    #[test]
    fn a_range_of_bits_counts_its_edges() {
        assert_eq!(last(&["SET s \u{7f}\u{7f}", "BITCOUNT s 1 8 BIT"]), "(integer) 7");
        assert_eq!(last(&["SET s foobar", "BITCOUNT s 5 30 BIT"]), "(integer) 17");
        assert_eq!(last(&["SET s foobar", "BITCOUNT s -1 -2 foo"]), "(integer) 0");
        assert_eq!(last(&["BITCOUNT nokey foo"]), "(integer) 0");
    }

    #[test]
    fn clear_bits_follow_the_string_unless_an_end_is_given() {
        let full = ["BITFIELD s SET u8 0 255", "BITPOS s 0", "BITPOS s 0 0 -1"];
        assert_eq!(last(&full[..2]), "(integer) 8");
        assert_eq!(last(&full), "(integer) -1");
        assert_eq!(last(&["SET s \"\"", "BITPOS s 0"]), "(integer) -1");
    }

    #[test]
    fn bitop_pads_with_clear_bits_and_an_empty_result_deletes() {
        assert_eq!(last(&["SET a abc", "SET b a", "BITOP AND d a b", "GET d"]), "\"a\\x00\\x00\"");
        assert_eq!(last(&["SET a abc", "BITOP XOR d a", "GET d"]), "\"abc\"");
        assert_eq!(last(&["SET d v", "BITOP OR d nokey", "EXISTS d"]), "(integer) 0");
    }
}
