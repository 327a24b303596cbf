//! A mutator that knows the shape of the protocol: it works on lines and frames, where a byte-level one would mostly
//! break the first length and never get past it.

use super::TOKENS;
use crate::target::dice::Dice;

/// What one mutation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Puts a valid value or request between two lines.
    InsertFrame,
    /// Replaces a length or integer by one at an edge.
    BreakLength,
    /// Repeats a run of lines.
    Duplicate,
    /// Leaves out a run of lines.
    Remove,
    /// Wraps what follows in aggregates, one to many.
    Nest,
    /// Changes the type byte of a line.
    Retype,
    /// Replaces a line's CRLF by something like it.
    SwapCrlf,
    /// Puts a dictionary token anywhere.
    InsertToken,
    /// Cuts the end off.
    Truncate,
    /// Reads the same bytes in another mode.
    SwitchMode,
}

impl Operation {
    /// All of them.
    pub const ALL: [Operation; 10] = [
        Operation::InsertFrame,
        Operation::BreakLength,
        Operation::Duplicate,
        Operation::Remove,
        Operation::Nest,
        Operation::Retype,
        Operation::SwapCrlf,
        Operation::InsertToken,
        Operation::Truncate,
        Operation::SwitchMode,
    ];

    /// Applies it to `input`, of which the first byte is the mode.
    fn apply(self, input: &mut Vec<u8>, dice: &mut Dice) {
        let lines = line_starts(input);
        match self {
            Operation::InsertFrame => {
                let mut frame = Vec::new();
                write_frame(dice, 0, input.first() == Some(&b'3'), &mut frame);
                insert(input, *dice.pick(&lines), &frame);
            }
            Operation::BreakLength => {
                let at = *dice.pick(&lines) + 1;
                let digits = input.get(at..).unwrap_or_default().iter().take_while(|b| is_number_byte(**b)).count();
                if at <= input.len() {
                    let number = edge_number(&input[at..at + digits], dice);
                    input.splice(at..at + digits, number);
                }
            }
            Operation::Duplicate => {
                let (start, end) = run_of_lines(&lines, input.len(), dice);
                let copy = input[start..end].to_vec();
                insert(input, end, &copy);
            }
            Operation::Remove => {
                let (start, end) = run_of_lines(&lines, input.len(), dice);
                input.drain(start..end);
            }
            Operation::Nest => {
                let opener = dice.word(&[b"*1\r\n", b"*1\r\n", b"~1\r\n", b"%1\r\n", b"|1\r\n", b">1\r\n"]);
                // Mostly a few levels, sometimes around and beyond every decoder's limit.
                let levels = *dice.pick(&[1, 1, 1, 2, 3, 8, 31, 127, 128, 129, 300]);
                insert(input, *dice.pick(&lines), &opener.repeat(levels));
            }
            Operation::Retype => {
                let at = *dice.pick(&lines);
                if let Some(tag) = input.get_mut(at) {
                    *tag = *dice.pick(b"+-:$*_#,(!=%~>|;.");
                }
            }
            Operation::SwapCrlf => {
                let ends: Vec<usize> = (1..input.len()).filter(|i| input[*i..].starts_with(b"\r\n")).collect();
                if !ends.is_empty() {
                    let at = *dice.pick(&ends);
                    let end = dice.word(&[b"\n", b"\r", b"\n\r", b"\r\r\n", b"\r\n\r\n", b"", b"\rX", b"\0\n"]);
                    input.splice(at..at + 2, end.iter().copied());
                }
            }
            Operation::InsertToken => {
                let at = 1 + dice.below(input.len());
                insert(input, at, dice.word(TOKENS));
            }
            Operation::Truncate => {
                let len = 1 + dice.below(input.len());
                input.truncate(len);
            }
            Operation::SwitchMode => {
                if let Some(mode) = input.first_mut() {
                    *mode = *dice.pick(b"q23");
                }
            }
        }
    }
}

/// Mutates `data[..size]` in place and gives the new size, at most `max_size` and the length of `data`.
///
/// The same seed does the same. One time in four the work is left to `fallback`, the fuzzer's own mutator, with the
/// bytes after the mode byte.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    mut fallback: impl FnMut(&mut [u8], usize, usize) -> usize,
) -> usize {
    let max_size = max_size.min(data.len());
    let size = size.min(max_size);
    if max_size == 0 {
        return 0;
    }
    let mut dice = Dice(u64::from(seed));
    if size > 1 && dice.below(4) == 0 {
        return 1 + fallback(&mut data[1..max_size], size - 1, max_size - 1).min(max_size - 1);
    }
    let mut input = data[..size].to_vec();
    if input.is_empty() {
        input.push(*dice.pick(b"q23"));
    }
    for _ in 0..=dice.below(3) {
        dice.pick(&Operation::ALL).apply(&mut input, &mut dice);
    }
    copy_into(&input, &mut data[..max_size])
}

/// Joins lines of `a` with lines of `b` into `out` and gives the size; the mode is that of `a`.
pub fn crossover(a: &[u8], b: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed));
    let (a_lines, b_lines) = (line_starts(a), line_starts(b));
    let head = &a[..(*dice.pick(&a_lines)).min(a.len())];
    let middle = &b[(*dice.pick(&b_lines)).min(b.len())..];
    // Half of the time what is left of `a` follows.
    let tail = if dice.below(2) == 0 { &a[head.len()..] } else { &[] };
    copy_into(&[head, middle, tail].concat(), out)
}

fn copy_into(bytes: &[u8], out: &mut [u8]) -> usize {
    let len = bytes.len().min(out.len());
    out[..len].copy_from_slice(&bytes[..len]);
    len
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let at = at.min(input.len());
    input.splice(at..at, bytes.iter().copied());
}

/// Where lines start, the mode byte skipped. Never empty; the last may be the end of the input.
fn line_starts(input: &[u8]) -> Vec<usize> {
    let after_lf = |(i, byte): (usize, &u8)| (*byte == b'\n' && i > 0).then_some(i + 1);
    std::iter::once(1).chain(input.iter().enumerate().filter_map(after_lf)).collect()
}

/// One to four lines next to each other.
fn run_of_lines(lines: &[usize], len: usize, dice: &mut Dice) -> (usize, usize) {
    let first = dice.below(lines.len());
    let end = lines.get(first + 1 + dice.below(4)).copied().unwrap_or(len);
    (lines[first].min(len), end.min(len))
}

fn is_number_byte(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'+')
}

/// A number near the one that was there, or at an edge of a type.
fn edge_number(old: &[u8], dice: &mut Dice) -> Vec<u8> {
    const EDGES: [&str; 20] = [
        "0",
        "-1",
        "1",
        "2",
        "-0",
        "00",
        "+5",
        "05",
        "",
        "-",
        "-2",
        "512",
        "65537",
        "536870912",
        "536870913",
        "2147483647",
        "2147483648",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551616",
    ];
    let near: Option<i64> = std::str::from_utf8(old).ok().and_then(|text| text.parse().ok());
    match (near, dice.below(3)) {
        (Some(n), 0) => n.saturating_add(*dice.pick(&[-2, -1, 1, 2])).to_string().into_bytes(),
        (Some(n), 1) if dice.below(4) == 0 => format!("0{n}").into_bytes(),
        _ => dice.pick(&EDGES).as_bytes().to_vec(),
    }
}

/// A valid value, or request in that an array of bulks is one.
fn write_frame(dice: &mut Dice, depth: usize, resp3: bool, out: &mut Vec<u8>) {
    const LEAVES_2: [&[u8]; 7] =
        [b"+OK\r\n", b"-ERR x\r\n", b":42\r\n", b"$0\r\n\r\n", b"$3\r\na\r\n\r\n", b"$-1\r\n", b"*-1\r\n"];
    const LEAVES_3: [&[u8]; 7] =
        [b"_\r\n", b"#t\r\n", b",1.5\r\n", b"(-12\r\n", b"!5\r\nERR x\r\n", b"=6\r\nmkd:\r\n\r\n", b",-inf\r\n"];
    let count = dice.below(4);
    let header = |tag: u8| [&[tag], count.to_string().as_bytes(), b"\r\n"].concat();
    match dice.below(if resp3 { 8 } else { 4 }) {
        0 if depth < 3 => {
            out.extend(header(b'*'));
            (0..count).for_each(|_| write_frame(dice, depth + 1, resp3, out));
        }
        1 => {
            out.extend(header(b'*'));
            (0..count)
                .for_each(|_| out.extend_from_slice(dice.word(&[b"$4\r\nPING\r\n", b"$0\r\n\r\n", b"$1\r\nk\r\n"])));
        }
        4 if depth < 3 => {
            out.extend(header(*dice.pick(b"%|")));
            (0..2 * count).for_each(|_| write_frame(dice, depth + 1, resp3, out));
        }
        5 if depth < 3 => {
            out.extend(header(if depth == 0 { *dice.pick(b"~>") } else { b'~' }));
            (0..count).for_each(|_| write_frame(dice, depth + 1, resp3, out));
        }
        6 | 7 => out.extend_from_slice(dice.word(&LEAVES_3)),
        _ => out.extend_from_slice(dice.word(&LEAVES_2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: &[u8] = b"3*2\r\n$5\r\nhello\r\n%1\r\n+a\r\n:1\r\n_\r\n";

    fn mutated(seed: u32, size: usize, max_size: usize) -> Vec<u8> {
        let mut data = INPUT.to_vec();
        data.resize(max_size.max(INPUT.len()), 0);
        let size = mutate(&mut data, size, max_size, seed, |data, size, _| {
            data[0] ^= 1;
            size
        });
        data.truncate(size);
        data
    }

    #[test]
    fn never_exceeds_the_size() {
        for seed in 0..3000 {
            for max_size in [0, 1, 2, 5, 33, 40, 4096] {
                let size = INPUT.len().min(seed as usize % 40).min(max_size);
                assert!(mutated(seed, size, max_size).len() <= max_size);
                let mut out = vec![0; max_size];
                assert!(crossover(&INPUT[..size], INPUT, &mut out, seed) <= max_size);
            }
        }
    }

    #[test]
    fn is_a_function_of_the_seed() {
        let all = |offset: u32| (0..200).map(|seed| mutated(seed + offset, INPUT.len(), 4096)).collect::<Vec<_>>();
        assert_eq!(all(0), all(0));
        assert_ne!(all(0), all(1));
    }

    #[test]
    fn every_operation_changes_something_and_only_one_touches_the_mode() {
        for operation in Operation::ALL {
            let mut changed = 0;
            for seed in 0..100 {
                let mut input = INPUT.to_vec();
                operation.apply(&mut input, &mut Dice(seed));
                changed += u32::from(input != INPUT);
                assert!(operation == Operation::SwitchMode || input[0] == INPUT[0], "{operation:?}");
            }
            assert!(changed > 30, "{operation:?} changed {changed} of 100");
        }
    }

    #[test]
    fn takes_any_bytes() {
        for input in [b"".as_slice(), b"q", b"\n", b"\r\n", b"3\n\n\n", b"2*", b"2$\r\n"] {
            for (seed, operation) in Operation::ALL.into_iter().cycle().take(1000).enumerate() {
                let mut input = input.to_vec();
                operation.apply(&mut input, &mut Dice(seed as u64));
            }
        }
    }

    #[test]
    fn reaches_every_operation() {
        let picked: std::collections::BTreeSet<Operation> = (0..500)
            .filter_map(|seed| {
                let mut dice = Dice(seed);
                let left_to_fallback = dice.below(4) == 0;
                dice.below(3);
                (!left_to_fallback).then(|| *dice.pick(&Operation::ALL))
            })
            .collect();
        assert_eq!(picked.len(), Operation::ALL.len());
    }
}
