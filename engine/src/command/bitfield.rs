//! BITFIELD: integers of any width at any bit of a string.

use super::bitmap;
use super::{Context, Outcome, args};
use crate::number;
use crate::reply::{Error, Reply};
use crate::value::Str;

/// Where an integer is, and of which type.
#[derive(Clone, Copy, Debug)]
struct Field {
    at: usize,
    width: usize,
    signed: bool,
}

impl Field {
    fn parse(cx: &Context<'_>, kind: &[u8], at: &[u8]) -> Result<Self, Error> {
        let (signed, width) = Self::kind(args::c_str(kind)).ok_or(Error::new(
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
        ))?;
        Ok(Self { at: bitmap::offset(cx, at, Some(width))?, width, signed })
    }

    fn kind(text: &[u8]) -> Option<(bool, usize)> {
        let (signed, digits, widest) = match text {
            [b'i', digits @ ..] => (true, digits, 64),
            [b'u', digits @ ..] => (false, digits, 63),
            _ => return None,
        };
        let width = number::parse_i64(digits).filter(|width| (1..=widest).contains(width))?;
        Some((signed, width as usize))
    }

    /// How long a string must be to hold the field.
    fn needs(self) -> usize {
        (self.at + self.width - 1) / 8 + 1
    }

    fn min(self) -> i128 {
        if self.signed { -(1 << (self.width - 1)) } else { 0 }
    }

    fn max(self) -> i128 {
        if self.signed { (1 << (self.width - 1)) - 1 } else { (1 << self.width) - 1 }
    }

    /// Whether SET takes a negative number for a very large one: always where there is no sign, else where the
    /// distance to the maximum overflows, as on the server.
    fn takes_for_large(self, number: i64) -> bool {
        number < 0 && (!self.signed || (self.width < 64 && self.max() - i128::from(number) > i128::from(i64::MAX)))
    }

    /// The low bits of a number, taken for a number of this type.
    fn wrap(self, number: i128) -> i64 {
        let spare = 64 - self.width;
        let high = (number as u64) << spare;
        if self.signed { high as i64 >> spare } else { (high >> spare) as i64 }
    }

    fn read(self, bytes: &[u8]) -> i64 {
        let bits = (self.at..self.at + self.width).map(|at| u64::from(bitmap::get(bytes, at)));
        self.wrap(i128::from(bits.fold(0, |number, bit| number << 1 | bit)))
    }

    fn write(self, bytes: &mut [u8], number: i64) {
        for at in 0..self.width {
            bitmap::set(bytes, self.at + at, number >> (self.width - 1 - at) & 1 == 1);
        }
    }
}

/// What happens to a number that doesn't fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

impl Overflow {
    fn parse(word: &[u8]) -> Result<Self, Error> {
        match word {
            word if args::is(word, "WRAP") => Ok(Self::Wrap),
            word if args::is(word, "SAT") => Ok(Self::Saturate),
            word if args::is(word, "FAIL") => Ok(Self::Fail),
            _ => Err(Error::new("ERR Invalid OVERFLOW type specified")),
        }
    }

    /// The number that a field takes; `None` if it takes none.
    fn fit(self, field: Field, number: i128) -> Option<i64> {
        let fits = (field.min()..=field.max()).contains(&number);
        match self {
            Self::Fail if !fits => None,
            Self::Saturate => Some(number.clamp(field.min(), field.max()) as i64),
            _ => Some(field.wrap(number)),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Get,
    Set(i64),
    Add(i64),
}

/// One subcommand.
#[derive(Clone, Copy, Debug)]
struct Step {
    field: Field,
    action: Action,
    overflow: Overflow,
}

impl Step {
    fn writes(&self) -> bool {
        !matches!(self.action, Action::Get)
    }

    /// Changes the field; returns the reply, and whether there was a change.
    fn write(&self, bytes: &mut [u8], flaws: &Flaws) -> (Reply, bool) {
        let field = self.field;
        let before = field.read(bytes);
        let wanted = match self.action {
            Action::Get => return (Reply::Int(before), false),
            Action::Set(number) if field.takes_for_large(number) => i128::from(number as u64),
            Action::Set(number) => i128::from(number),
            Action::Add(amount) => i128::from(before) + i128::from(amount),
        };
        let after = match self.overflow {
            Overflow::Saturate if flaws.saturates_up && wanted < field.min() => Some(field.max() as i64),
            overflow => overflow.fit(field, wanted),
        };
        let Some(after) = after else {
            if flaws.fail_writes {
                field.write(bytes, field.wrap(wanted));
            }
            return (Reply::NullBulk, false);
        };
        field.write(bytes, after);
        let reply = if let Action::Add(_) = self.action { after } else { before };
        (Reply::Int(reply), before != after)
    }
}

/// What a planted bug changes while a string is being edited.
struct Flaws {
    saturates_up: bool,
    fail_writes: bool,
}

/// Reads the subcommands.
fn parse(cx: &Context<'_>, mut words: &[Vec<u8>]) -> Result<Vec<Step>, Error> {
    let (mut steps, mut overflow) = (Vec::new(), Overflow::Wrap);
    while !words.is_empty() {
        let (kind, at, action);
        (kind, at, action, words) = match words {
            [name, kind, at, rest @ ..] if args::is(name, "GET") => (kind, at, None, rest),
            [name, kind, at, number, rest @ ..] if args::is(name, "SET") => {
                (kind, at, Some((Action::Set as fn(i64) -> Action, number)), rest)
            }
            [name, kind, at, number, rest @ ..] if args::is(name, "INCRBY") => {
                (kind, at, Some((Action::Add as fn(i64) -> Action, number)), rest)
            }
            [name, word, rest @ ..] if args::is(name, "OVERFLOW") => {
                overflow = Overflow::parse(word)?;
                words = rest;
                continue;
            }
            _ => return Err(Error::SYNTAX),
        };
        let field = Field::parse(cx, kind, at)?;
        let action = match action {
            None => Action::Get,
            Some((action, number)) => action(number::int(number)?),
        };
        steps.push(Step { field, action, overflow });
    }
    if planted!(cx.config(), BitfieldLastOverflowForAll) {
        steps.iter_mut().for_each(|step| step.overflow = overflow);
    }
    Ok(steps)
}

pub(super) fn bitfield(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let steps = parse(cx, &argv[2..])?;
    match steps.iter().filter(|step| step.writes()).map(|step| step.field.needs()).max() {
        None => read(cx, &argv[1], &steps),
        Some(len) => write(cx, &argv[1], &steps, len),
    }
}

pub(super) fn bitfield_ro(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let steps = parse(cx, &argv[2..])?;
    if steps.iter().any(Step::writes) {
        return Err(Error::new("ERR BITFIELD_RO only supports the GET subcommand"));
    }
    read(cx, &argv[1], &steps)
}

fn read(cx: &mut Context<'_>, key: &[u8], steps: &[Step]) -> Outcome {
    let unsigned = planted!(cx.config(), BitfieldGetLosesSign);
    let bytes = cx.get::<Str>(key)?.map(Str::bytes).unwrap_or_default();
    let number = |step: &Step| Field { signed: step.field.signed && !unsigned, ..step.field }.read(&bytes);
    Ok(Reply::Array(steps.iter().map(|step| Reply::Int(number(step))).collect()))
}

/// Runs subcommands on a string that has at least `len` bytes or gets them, even if none of them writes in the end.
fn write(cx: &mut Context<'_>, key: &[u8], steps: &[Step], len: usize) -> Outcome {
    let flaws = Flaws {
        saturates_up: planted!(cx.config(), BitfieldSatUnderflowsToMax),
        fail_writes: planted!(cx.config(), BitfieldFailWrites),
    };
    let (mut replies, mut changed) = (Vec::new(), false);
    cx.get_or_create::<Str>(key)?.edit(|bytes| {
        let grown = bytes.len() < len;
        bytes.resize(bytes.len().max(len), 0);
        for step in steps {
            let (reply, differs) = step.write(bytes, &flaws);
            changed |= differs || (grown && step.writes() && reply != Reply::NullBulk);
            replies.push(reply);
        }
    });
    if changed {
        cx.changed(key);
    }
    Ok(Reply::Array(replies))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    fn ints(numbers: impl IntoIterator<Item = i64>) -> Reply {
        Reply::Array(numbers.into_iter().map(Reply::Int).collect())
    }

    #[test]
    fn overflow_is_what_the_subcommand_before_says() {
        let mut rig = Rig::new();
        assert_eq!(rig.run("BITFIELD k INCRBY u2 0 5 OVERFLOW SAT INCRBY u2 2 5 INCRBY u2 2 -9"), ints([1, 3, 0]));
        assert_eq!(rig.run("BITFIELD k SET i8 8 -129 OVERFLOW SAT SET i8 8 -129 GET i8 8"), ints([0, 127, -128]));
        assert_eq!(rig.run("BITFIELD k OVERFLOW SAT SET u8 16 -1 GET u8 16"), ints([0, 255]));
        assert_eq!(rig.run(&format!("BITFIELD k OVERFLOW SAT SET i8 24 {} GET i8 24", i64::MIN)), ints([0, 127]));
        let failed = Reply::Array(vec![Reply::NullBulk, Reply::Int(255)]);
        assert_eq!(rig.run("BITFIELD k OVERFLOW FAIL INCRBY u8 16 1 GET u8 16"), failed);
    }

    #[test]
    fn the_widest_fields_hold_every_integer() {
        let mut rig = Rig::new();
        let (min, max) = (i64::MIN, i64::MAX);
        assert_eq!(rig.run(&format!("BITFIELD k SET i64 3 {min} SET u63 #2 {max}")), ints([0, 0]));
        assert_eq!(rig.run("BITFIELD k GET i64 3 GET u63 126 INCRBY i64 3 -1"), ints([min, max, max]));
    }

    #[test]
    fn a_failed_write_still_makes_room() {
        let mut rig = Rig::new();
        assert_eq!(rig.run("BITFIELD k OVERFLOW FAIL SET u2 30 4"), Reply::Array(vec![Reply::NullBulk]));
        assert_eq!(rig.run("STRLEN k"), Reply::Int(4));
    }
}
