//! Strings of arbitrary bytes, which the value domains have few of.

use super::stage::Stage;
use crate::command::{Family, Kind};
use crate::resp::Bytes;

/// Up to so many bytes from an alphabet.
fn bytes(stage: &mut Stage, alphabet: &[u8], len_max: usize) -> Bytes {
    (0..stage.draw.below(len_max + 1)).map(|_| stage.draw.pick(alphabet)).collect()
}

/// Two strings with long rows of equal bits, and what bitmaps' commands make of them.
pub(super) fn bits_of_two_strings(stage: &mut Stage) {
    for key in stage.pin_two(Kind::Str) {
        let value = bytes(stage, b"\x00\x00\xff\xff\x01\x80\x7f\xfe\x55", 20);
        stage.say(stage.me, &[b"SET", &key, &value]);
    }
    for _ in 0..2 + stage.draw.below(4) {
        stage.any_of(stage.me, Family::Bitmaps, |_| true);
    }
}

/// Two strings over few letters, or too long ones, and LCS in several forms.
pub(super) fn common_subsequence(stage: &mut Stage) {
    let [a, b] = stage.pin_two(Kind::Str);
    for key in [&a, &b] {
        let value = bytes(stage, b"abc", 14);
        stage.say(stage.me, &[b"SET", key, &value]);
        if stage.draw.below(4) == 0 {
            stage.say(stage.me, &[b"SETRANGE", key, b"520", b"c"]);
        }
    }
    let forms: [&[&[u8]]; 6] = [
        &[],
        &[b"LEN"],
        &[b"IDX"],
        &[b"IDX", b"WITHMATCHLEN"],
        &[b"IDX", b"MINMATCHLEN", b"2"],
        &[b"IDX", b"MINMATCHLEN", b"3", b"WITHMATCHLEN"],
    ];
    for _ in 0..1 + stage.draw.below(3) {
        let form = stage.draw.pick(&forms);
        stage.say(stage.me, &[&[b"LCS", a.as_slice(), b.as_slice()], form].concat());
    }
}
