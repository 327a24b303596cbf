//! What a law draws from bytes. Any bytes do; where they end there are zeros, which stand for the plainest choice.

use crate::resp::Bytes;

/// The bytes that are left.
pub struct Draw<'a> {
    rest: &'a [u8],
}

/// Numbers at which engines stumble.
const EDGES: [i64; 12] = [
    0,
    1,
    -1,
    7,
    100,
    i32::MAX as i64,
    i32::MIN as i64,
    u32::MAX as i64,
    i64::MAX - 1,
    i64::MAX,
    i64::MIN + 1,
    i64::MIN,
];

impl<'a> Draw<'a> {
    /// From these bytes.
    pub fn new(data: &'a [u8]) -> Self {
        Draw { rest: data }
    }

    fn byte(&mut self) -> u8 {
        let (first, rest) = self.rest.split_first().map_or((0, self.rest), |(first, rest)| (*first, rest));
        self.rest = rest;
        first
    }

    /// A number below `n`, which is at most 256 and not 0.
    pub fn below(&mut self, n: usize) -> usize {
        // A digit stands for itself: what was shrunk is read more easily.
        let byte = match self.byte() {
            digit @ b'0'..=b'9' => digit - b'0',
            other => other,
        };
        usize::from(byte) % n.max(1)
    }

    /// From `low` to `high`, both of them possible.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Yes or no.
    pub fn flip(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    /// One of them.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// An integer: an edge, or a small one.
    pub fn integer(&mut self) -> i64 {
        match self.below(32) {
            edge @ 1..=12 => EDGES[edge - 1],
            _ => i64::from(self.byte()),
        }
    }

    /// A value: empty, short, a number, any bytes, now and then long enough for another encoding.
    pub fn value(&mut self) -> Bytes {
        match self.below(8) {
            0 => Bytes::new(),
            1 => self.integer().to_string().into_bytes(),
            2 => vec![self.byte(); self.between(40, 100)],
            3 => [b"007".as_slice(), b"+1", b"1e3", b" 1", b"a\r\nb", b"\0"][self.below(6)].to_vec(),
            len => (0..len - 3).map(|_| self.byte()).collect(),
        }
    }

    /// A member of a small world, so that the same one comes again.
    pub fn member(&mut self) -> Bytes {
        const PLAIN: [&[u8]; 10] = [b"a", b"b", b"c", b"1", b"2", b"01", b"", b"-1", b"aa", b"B"];
        match self.below(16) {
            plain @ 0..=9 => PLAIN[plain].to_vec(),
            10 => vec![b'x'; 80],
            _ => vec![self.byte()],
        }
    }

    /// Up to `most` of something.
    pub fn some<T>(&mut self, most: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| one(self)).collect()
    }
}
