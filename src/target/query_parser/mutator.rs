//! A mutator that knows the shape of queries: it wraps, nests, joins and breaks pieces of them.

use super::TOKENS;
use crate::target::dice::Dice;

/// The bytes before the text.
const HEAD: usize = 4;

/// What one mutation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Operation {
    /// Puts a word of the language anywhere.
    InsertToken,
    /// Puts one in place of a piece.
    ReplacePiece,
    /// Leaves out a piece.
    Remove,
    /// Repeats a piece.
    Duplicate,
    /// Exchanges two pieces.
    Swap,
    /// Puts brackets, quotes or the like around a piece.
    Wrap,
    /// Puts many of them around it.
    Nest,
    /// Repeats one byte, or one piece, many times.
    Repeat,
    /// Escapes a byte, or no longer.
    Escape,
    /// Changes the case of a letter.
    Case,
    /// Cuts the end off.
    Truncate,
    /// Asks the same over another index, in another dialect or with other flags.
    Head,
}

impl Operation {
    const ALL: [Operation; 12] = [
        Operation::InsertToken,
        Operation::ReplacePiece,
        Operation::Remove,
        Operation::Duplicate,
        Operation::Swap,
        Operation::Wrap,
        Operation::Nest,
        Operation::Repeat,
        Operation::Escape,
        Operation::Case,
        Operation::Truncate,
        Operation::Head,
    ];

    fn apply(self, input: &mut Vec<u8>, dice: &mut Dice) {
        let (start, end) = piece(input, dice);
        match self {
            Operation::InsertToken => drop(input.splice(start..start, dice.pick(TOKENS).iter().copied())),
            Operation::ReplacePiece => drop(input.splice(start..end, dice.pick(TOKENS).iter().copied())),
            Operation::Remove => drop(input.drain(start..end)),
            Operation::Duplicate => {
                let mut copy = dice.pick(&[b" ".as_slice(), b"|", b""]).to_vec();
                copy.extend_from_slice(&input[start..end]);
                input.splice(end..end, copy);
            }
            Operation::Swap => {
                let (other, other_end) = piece(input, dice);
                let ((start, end), (other, other_end)) = if start <= other {
                    ((start, end), (other, other_end))
                } else {
                    ((other, other_end), (start, end))
                };
                if end <= other {
                    let (a, b) = (input[start..end].to_vec(), input[other..other_end].to_vec());
                    input.splice(other..other_end, a);
                    input.splice(start..end, b);
                }
            }
            Operation::Wrap => wrap(input, start, end, 1, dice),
            Operation::Nest => {
                // Around and beyond the limits of parsers.
                let levels = *dice.pick(&[2, 3, 8, 30, 31, 64, 99, 100, 101, 250, 256, 1000]);
                wrap(input, start, end, levels, dice);
            }
            Operation::Repeat => {
                let copy = if dice.below(2) == 0 { input[start..end].to_vec() } else { dice.pick(TOKENS).to_vec() };
                let times = *dice.pick(&[2, 3, 10, 50, 130, 500]);
                if copy.len() * times < 4096 {
                    input.splice(end..end, copy.repeat(times));
                }
            }
            Operation::Escape => match input.get(start) {
                Some(b'\\') => drop(input.remove(start)),
                _ => input.insert(start, b'\\'),
            },
            Operation::Case => input[start..end].iter_mut().for_each(|byte| {
                if byte.is_ascii_alphabetic() {
                    *byte ^= 0x20;
                }
            }),
            Operation::Truncate => input.truncate(start),
            Operation::Head => {
                let at = dice.below(HEAD);
                input[at] = match at {
                    0 => *dice.pick(b"qqe"),
                    1 => *dice.pick(b"abcdefg"),
                    2 => *dice.pick(b"123"),
                    _ => 0x40 | dice.below(32) as u8,
                };
            }
        }
    }
}

const AROUND: &[(&[u8], &[u8])] = &[
    (b"(", b")"),
    (b"(", b")"),
    (b"-(", b")"),
    (b"~(", b")"),
    (b"\"", b"\""),
    (b"@title:(", b")"),
    (b"(a|", b")"),
    (b"(a ", b")"),
    (b"-", b""),
    (b"~", b""),
    (b"%", b"%"),
    (b"{", b"}"),
    (b"[", b"]"),
    (b"(", b")=>{$weight:2}"),
    (b"(", b""),
    (b"", b")"),
    (b"!", b""),
    (b"abs(", b")"),
];

fn wrap(input: &mut Vec<u8>, start: usize, end: usize, levels: usize, dice: &mut Dice) {
    let (before, after) = *dice.pick(AROUND);
    input.splice(end..end, after.repeat(levels));
    input.splice(start..start, before.repeat(levels));
}

/// A piece of the text: mostly from the beginning to the end of words.
fn piece(input: &[u8], dice: &mut Dice) -> (usize, usize) {
    let is_inside = |at: &usize| {
        let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80);
        *at > HEAD && word(input.get(at - 1)) && word(input.get(*at))
    };
    let any_place = dice.below(8) == 0;
    let places: Vec<usize> = (HEAD..=input.len()).filter(|at| any_place || !is_inside(at)).collect();
    let first = dice.below(places.len());
    let reach = if dice.below(4) == 0 { places.len() - first } else { 6.min(places.len() - first) };
    let last = first + dice.below(reach);
    (places[first], places[last])
}

/// Mutates `data[..size]` in place and gives the new size, at most `max_size` and the length of `data`.
///
/// The same seed does the same. One time in four the work is left to `fallback`, the fuzzer's own mutator, with the
/// bytes of the text.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    mut fallback: impl FnMut(&mut [u8], usize, usize) -> usize,
) -> usize {
    let max_size = max_size.min(data.len());
    let size = size.min(max_size);
    let mut dice = Dice(u64::from(seed));
    if size > HEAD && dice.below(4) == 0 {
        return HEAD + fallback(&mut data[HEAD..max_size], size - HEAD, max_size - HEAD).min(max_size - HEAD);
    }
    let mut input = data[..size].to_vec();
    let usual = b"qa2@";
    input.extend(usual.iter().skip(input.len()));
    for _ in 0..=dice.below(3) {
        dice.pick(&Operation::ALL).apply(&mut input, &mut dice);
    }
    copy_into(&input, &mut data[..max_size])
}

/// Joins a beginning of `a` with an end of `b` into `out`, maybe as a union, and gives the size; the head is that of `a`.
pub fn crossover(a: &[u8], b: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed));
    let head = a.len().min(HEAD);
    let (mut cut, from) = (a.len(), HEAD.min(b.len()));
    let mut rest = &b[from..];
    if dice.below(2) == 0 {
        cut = head + dice.below(a.len() - head + 1);
        rest = &rest[dice.below(rest.len() + 1)..];
    }
    let between = *dice.pick(&[b" ".as_slice(), b"|", b" -", b""]);
    copy_into(&[&a[..cut], between, rest].concat(), out)
}

fn copy_into(input: &[u8], out: &mut [u8]) -> usize {
    let len = input.len().min(out.len());
    out[..len].copy_from_slice(&input[..len]);
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: &[u8] = b"qa2@hello (world|\"big red\") @num:[1 2] -the";

    fn mutated(seed: u32, size: usize, max_size: usize) -> Vec<u8> {
        let mut data = INPUT[..size].to_vec();
        data.resize(max_size, 0);
        let size = mutate(&mut data, size, max_size, seed, |bytes, len, _| {
            bytes[..len].reverse();
            len
        });
        data.truncate(size);
        data
    }

    #[test]
    fn stays_within_bounds_and_is_a_function_of_the_seed() {
        for seed in 0..2000 {
            for max_size in [0, 1, 3, 4, 5, 43, 4096] {
                let size = INPUT.len().min(seed as usize % 50).min(max_size);
                let once = mutated(seed, size, max_size);
                assert!(once.len() <= max_size);
                assert_eq!(once, mutated(seed, size, max_size));
                let mut out = vec![0; max_size];
                assert!(crossover(&INPUT[..size], INPUT, &mut out, seed) <= max_size);
            }
        }
    }

    #[test]
    fn every_operation_changes_something() {
        for operation in Operation::ALL {
            let changed = (0..100).filter(|seed| {
                let mut input = INPUT.to_vec();
                operation.apply(&mut input, &mut Dice(*seed));
                input != INPUT
            });
            assert!(changed.count() > 20, "{operation:?}");
        }
    }
}
