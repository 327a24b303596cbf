//! HyperLogLogs whose registers are known: random elements hardly ever meet in neighbouring ones.

use super::stage::Stage;
use crate::command::{Family, Kind};
use crate::resp::Bytes;

/// An element of eight bytes that raises this register to this value, 1 to 51: the server's hash (MurmurHash64A) undone.
fn element(register: usize, value: usize) -> Bytes {
    const SEED: u64 = 0xadc8_3b19;
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    const M_INVERSE: u64 = 0x5f7a_0ea7_e59b_19bd;
    const INDEX_BITS: u32 = 14;
    // A shift of more than half of the bits undoes itself.
    let shift = |n: u64| n ^ n >> 47;
    let first_one = if value > 50 { 0 } else { 1 << (value - 1) };
    let hash = (register as u64 & ((1 << INDEX_BITS) - 1)) | first_one << INDEX_BITS;
    let mixed = shift(shift(hash).wrapping_mul(M_INVERSE)).wrapping_mul(M_INVERSE);
    let word = mixed ^ SEED ^ M.wrapping_mul(8);
    let word = shift(word.wrapping_mul(M_INVERSE)).wrapping_mul(M_INVERSE);
    word.to_le_bytes().to_vec()
}

fn add(stage: &mut Stage, key: &[u8], elements: impl Iterator<Item = Bytes>) {
    let argv = [b"PFADD".to_vec(), key.to_vec()].into_iter().chain(elements).collect();
    stage.send(stage.me, argv);
}

/// Counts, merges, and shows the bytes.
fn look(stage: &mut Stage, a: &[u8], b: &[u8]) {
    match stage.draw.below(6) {
        0 => stage.say(stage.other, &[b"PFCOUNT", a, b]),
        1 => stage.say(stage.me, &[b"PFMERGE", b, a]),
        2 => stage.say(stage.me, &[b"PFMERGE", a, b]),
        3 => stage.any_of(stage.other, Family::HyperLogLog, |_| true),
        4 => stage.say(stage.other, &[b"GETRANGE", a, b"8", b"200"]),
        _ => stage.say(stage.other, &[b"PFCOUNT", a]),
    }
}

/// Neighbouring registers: runs are split and joined.
pub(super) fn registers(stage: &mut Stage) {
    let [a, b] = stage.pin_two(Kind::Hll);
    let from = stage.draw.pick(&[0, 60, 1000, 16376]);
    let values = stage.draw.pick::<&[usize]>(&[&[1, 2], &[1], &[3, 31, 32], &[1, 32, 33], &[1, 2, 50, 51]]);
    for key in [&a, &b, &a] {
        for _ in 0..1 + stage.draw.below(3) {
            let some: Vec<_> = (0..1 + stage.draw.below(8))
                .map(|_| element(from + stage.draw.below(12), stage.draw.pick(values)))
                .collect();
            add(stage, key, some.into_iter());
        }
        look(stage, &a, &b);
    }
}

/// So many registers that runs take too many bytes.
pub(super) fn growth(stage: &mut Stage) {
    const AT_ONCE: usize = 250;
    let [a, b] = stage.pin_two(Kind::Hll);
    let step = stage.draw.pick(&[2, 3, 70]);
    let value = 1 + stage.draw.below(3);
    for batch in 0..stage.draw.below(9) {
        let numbers = batch * AT_ONCE..(batch + 1) * AT_ONCE;
        add(stage, &a, numbers.map(|i| element(i * step, value + i % 3)));
    }
    for _ in 0..1 + stage.draw.below(4) {
        look(stage, &a, &b);
    }
}

/// Bytes that are almost a HyperLogLog.
pub(super) fn corruption(stage: &mut Stage) {
    let [a, b] = stage.pin_two(Kind::Hll);
    let register = stage.draw.below(200);
    add(stage, &a, [element(register, 2), element(register + 3, 1)].into_iter());
    let byte = stage.draw.pick(b"\x00\x01\x02\x3f\x40\x7f\x80\x84\xff");
    match stage.draw.below(8) {
        0 => stage.say(stage.me, &[b"APPEND", &a, &[byte]]),
        1 => stage.say(stage.me, &[b"SET", &a, &[b"HYLL", [byte].as_slice(), &[0; 11]].concat()]),
        2 => stage.say(stage.me, &[b"SET", &a, b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f"]),
        3 => {
            stage.say(stage.me, &[b"SET", &a, b"HYLL"]);
            let dense_bytes = stage.draw.pick(&[b"12303".as_slice(), b"12302", b"12304"]);
            stage.say(stage.me, &[b"SETRANGE", &a, dense_bytes, &[byte]]);
        }
        _ => {
            let at = stage.draw.below(22).to_string();
            stage.say(stage.me, &[b"SETRANGE", &a, at.as_bytes(), &[byte]]);
        }
    }
    for _ in 0..2 + stage.draw.below(3) {
        if stage.draw.below(3) == 0 {
            let register = stage.draw.below(16384);
            add(stage, &a, [element(register, 1)].into_iter());
        }
        look(stage, &a, &b);
    }
}
