//! What the seed decides.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The dice of one connection.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// Each connection has a stream of its own.
    pub(super) fn new(seed: u64, connection: usize) -> Dice {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(connection as u64);
        Dice(rng)
    }

    /// A number below the end.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.0.next_u64() % end.max(1) as u64) as usize
    }

    /// The seed of something else.
    pub(super) fn seed(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// From 0 up to 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.next_u32() as f64 / f64::from(u32::MAX)
    }

    /// A length between these, each order of magnitude as likely as another.
    pub(super) fn length(&mut self, min: usize, max: usize) -> usize {
        let (low, high) = ((min as f64).ln(), (max as f64).ln());
        ((low + self.unit() * (high - low)).exp() as usize).clamp(min, max)
    }
}

/// Ranks, the first ones far more often than the last: Zipf's distribution, of as many as there are keys.
pub(super) struct Ranks(Vec<f64>);

impl Ranks {
    pub(super) fn new(count: usize) -> Ranks {
        let mut sum = 0.0;
        let weights = (1..=count.max(1)).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Ranks(weights.collect())
    }

    pub(super) fn draw(&self, dice: &mut Dice) -> usize {
        let last = self.0.len() - 1;
        let point = dice.unit() * self.0[last];
        self.0.partition_point(|end| *end <= point).min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ten_of_a_thousand_keys_get_two_fifths() {
        let (mut dice, ranks) = (Dice::new(1, 0), Ranks::new(1000));
        let first = (0..10_000).filter(|_| ranks.draw(&mut dice) < 10).count();
        assert!((3_700..4_100).contains(&first), "{first}");
        assert!((0..1000).all(|_| Ranks::new(1).draw(&mut dice) == 0));
    }

    #[test]
    fn lengths_stay_between_their_ends() {
        let mut dice = Dice::new(1, 0);
        let lengths: Vec<usize> = (0..1000).map(|_| dice.length(1 << 10, 100 << 10)).collect();
        assert!(lengths.iter().all(|len| (1 << 10..=100 << 10).contains(len)));
        assert!(lengths.iter().filter(|len| **len < 10 << 10).count() > 400);
    }
}
