//! BITFIELD: integers of any width at any bit of a string.

use super::bits::{bit, checked_offset, grow_to, set_bit};
use super::encoding::Encoding;
use super::number::{int, parse_int};
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "BITFIELD" => |model, call| bitfield(model, call, false),
        "BITFIELD_RO" => |model, call| bitfield(model, call, true),
        _ => return None,
    })
}

/// What becomes of a value that doesn't fit.
#[derive(Clone, Copy, PartialEq)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

/// `u8`, `i16`: signed ones have up to 64 bits, unsigned ones up to 63.
#[derive(Clone, Copy)]
struct Width {
    signed: bool,
    bits: usize,
}

enum Action {
    Get,
    Set(i64),
    Increment(i64),
}

struct Operation {
    action: Action,
    width: Width,
    offset: usize,
    overflow: Overflow,
}

impl Width {
    /// The server reads the number as a C string, up to a NUL.
    fn parse(text: &[u8]) -> Result<Width, Error> {
        let text = text.split(|&b| b == 0).next().unwrap_or_default();
        let (signed, digits) = match text {
            [b'i', digits @ ..] => (true, digits),
            [b'u', digits @ ..] => (false, digits),
            _ => return Err(Error::BitfieldType),
        };
        let max = if signed { 64 } else { 63 };
        let bits = parse_int(digits).filter(|bits| (1..=max).contains(bits)).ok_or(Error::BitfieldType)?;
        Ok(Width { signed, bits: bits as usize })
    }

    fn min(self) -> i128 {
        if self.signed { -(1 << (self.bits - 1)) } else { 0 }
    }

    fn max(self) -> i128 {
        if self.signed { (1 << (self.bits - 1)) - 1 } else { (1 << self.bits) - 1 }
    }

    fn read(self, bytes: &[u8], offset: usize) -> i128 {
        let value = (offset..offset + self.bits).fold(0, |value, at| value << 1 | i128::from(bit(bytes, at)));
        self.wrap(value)
    }

    fn write(self, bytes: &mut [u8], offset: usize, value: i128) {
        for i in 0..self.bits {
            set_bit(bytes, offset + i, value >> (self.bits - 1 - i) & 1 == 1);
        }
    }

    /// The value that has the same lowest bits.
    fn wrap(self, value: i128) -> i128 {
        let value = value & ((1 << self.bits) - 1);
        if value > self.max() { value - (1 << self.bits) } else { value }
    }

    fn saturate(self, value: i128) -> i128 {
        value.clamp(self.min(), self.max())
    }
}

/// The offset, in bits or (`#1`) in widths. The server multiplies in 64 bits, and what is left after that counts.
fn parse_offset(model: &Model, text: &[u8], width: Width) -> Result<usize, Error> {
    let offset = match text {
        [b'#', index @ ..] => parse_int(index).map(|index| index.wrapping_mul(width.bits as i64)),
        offset => parse_int(offset),
    };
    checked_offset(model, offset)
}

fn parse(model: &Model, mut args: &[Bytes]) -> Result<Vec<Operation>, Error> {
    let mut operations = Vec::new();
    let mut overflow = Overflow::Wrap;
    while let [word, rest @ ..] = args {
        let value = match (word.to_ascii_uppercase().as_slice(), rest) {
            (b"OVERFLOW", [word, rest @ ..]) => {
                overflow = parse_overflow(word)?;
                args = rest;
                continue;
            }
            (b"GET", [_, _, ..]) => None,
            (b"SET", [_, _, value, ..]) => Some((Action::Set as fn(i64) -> Action, value)),
            (b"INCRBY", [_, _, value, ..]) => Some((Action::Increment as fn(i64) -> Action, value)),
            _ => return Err(Error::Syntax),
        };
        let width = Width::parse(&rest[0])?;
        let offset = parse_offset(model, &rest[1], width)?;
        args = &rest[if value.is_some() { 3 } else { 2 }..];
        let action = match value {
            None => Action::Get,
            Some((action, value)) => action(int(value)?),
        };
        operations.push(Operation { action, width, offset, overflow });
    }
    Ok(operations)
}

fn parse_overflow(word: &[u8]) -> Result<Overflow, Error> {
    match word.to_ascii_uppercase().as_slice() {
        b"WRAP" => Ok(Overflow::Wrap),
        b"SAT" => Ok(Overflow::Saturate),
        b"FAIL" => Ok(Overflow::Fail),
        _ => Err(Error::BitfieldOverflow),
    }
}

impl Operation {
    /// What the field would become, or `None` where that fails.
    fn new_value(&self, old: i128) -> Option<i128> {
        let wanted = match self.action {
            Action::Get => return Some(old),
            Action::Increment(by) => old + i128::from(by),
            Action::Set(value) if self.width.signed => i128::from(value),
            Action::Set(value) => i128::from(value as u64),
        };
        if self.width.saturate(wanted) == wanted {
            return Some(wanted);
        }
        match self.overflow {
            Overflow::Wrap => Some(self.width.wrap(wanted)),
            Overflow::Fail => None,
            // SET of a number so low that its distance from the maximum overflows: the server takes it for too high.
            Overflow::Saturate if matches!(self.action, Action::Set(_)) && self.is_too_far_below(wanted) => {
                Some(self.width.max())
            }
            Overflow::Saturate => Some(self.width.saturate(wanted)),
        }
    }

    fn is_too_far_below(&self, wanted: i128) -> bool {
        self.width.signed && self.width.bits < 64 && self.width.max() - wanted > i128::from(i64::MAX)
    }
}

fn bitfield(model: &mut Model, call: &Call, read_only: bool) -> Reply {
    let [_, key, args @ ..] = call.argv else { return Err(Error::Syntax) };
    let operations = parse(model, args)?;
    let writes = operations.iter().filter(|operation| !matches!(operation.action, Action::Get));
    let highest = writes.map(|operation| operation.offset + operation.width.bits - 1).max();
    if highest.is_some() && read_only {
        return Err(Error::BitfieldReadOnly);
    }
    let mut value = model.get_or_empty::<Bytes>(call, key)?;
    // Room is made for every write, also for those that fail.
    let grown = highest.is_some_and(|highest| grow_to(&mut value, highest));
    let mut changed = false;
    let mut replies = Vec::new();
    for operation in &operations {
        let old = operation.width.read(&value, operation.offset);
        let Some(new) = operation.new_value(old) else {
            replies.push(Value::NullBulk);
            continue;
        };
        let is_write = !matches!(operation.action, Action::Get);
        if is_write {
            operation.width.write(&mut value, operation.offset, new);
        }
        changed |= is_write && (grown || old != new);
        let shown = if matches!(operation.action, Action::Increment(_)) { new } else { old };
        replies.push(Value::Int(shown as i64));
    }
    match (changed, grown) {
        (true, _) => model.update(call, key, value),
        (false, true) => model.put(call, key, value), // Watchers don't hear of it.
        (false, false) if highest.is_some() => model.encode(call, key, Encoding::Raw), // Made ready for a change.
        (false, false) => {}
    }
    Ok(Expect::Exact(Value::Array(replies)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn values_that_do_not_fit_wrap_saturate_or_fail() {
        assert_eq!(last(&["BITFIELD s SET i8 0 200 GET i8 0"]), "1) (integer) 0 2) (integer) -56");
        assert_eq!(last(&["BITFIELD s OVERFLOW SAT SET u8 0 -1 GET u8 0"]), "1) (integer) 0 2) (integer) 255");
        assert_eq!(last(&["BITFIELD s OVERFLOW FAIL INCRBY u8 100 1000", "STRLEN s"]), "(integer) 14");
        let lowest = "BITFIELD s OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0";
        assert_eq!(last(&[lowest]), "1) (integer) 0 2) (integer) 127");
        assert_eq!(
            last(&["BITFIELD s SET i64 0 9223372036854775807 INCRBY i64 0 1"]),
            "1) (integer) 0 2) (integer) -9223372036854775808"
        );
    }

    #[test]
    fn an_offset_in_widths_wraps_around() {
        assert_eq!(last(&["BITFIELD s SET u4 #4611686018427387904 3", "STRLEN s"]), "(integer) 1");
        assert!(last(&["BITFIELD s GET u8 #-1"]).contains("bit offset"));
    }

    #[test]
    fn a_write_that_only_makes_room_is_not_seen_by_watchers() {
        let grow = "BITFIELD s OVERFLOW FAIL SET u1 8 2";
        assert_eq!(last(&["WATCH s", grow, "MULTI", "STRLEN s", "EXEC"]), "1) (integer) 2");
    }
}
