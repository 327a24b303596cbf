//! An approximate quantile of a stream of numbers, in bounded memory (Cormode, Korn, Muthukrishnan and Srivastava).

/// A number that stands for some others, too.
#[derive(Clone, Copy, Debug)]
struct Sample {
    value: f64,
    /// How many ranks it stands for.
    width: f32,
    /// How uncertain its rank is.
    delta: f32,
}

/// What is kept of the stream.
#[derive(Clone, Debug)]
pub(crate) struct Quantiles {
    buffer: Vec<f64>,
    capacity: usize,
    samples: Vec<Sample>,
    count: usize,
}

const EPSILON: f64 = 0.01;

fn uncertainty(rank: f64) -> f64 {
    EPSILON * 2.0 * rank
}

impl Quantiles {
    /// The more numbers are buffered, the better.
    pub fn new(capacity: usize) -> Self {
        Self { buffer: Vec::new(), capacity, samples: Vec::new(), count: 0 }
    }

    pub fn insert(&mut self, value: f64) {
        self.buffer.push(value);
        if self.buffer.len() >= self.capacity {
            self.flush();
            self.compress();
        }
    }

    /// Merges the buffer into the samples.
    fn flush(&mut self) {
        self.buffer.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        let mut merged = Vec::with_capacity(self.samples.len() + self.buffer.len());
        let mut rank = 0.0;
        let mut old = self.samples.iter().copied().peekable();
        for &value in &self.buffer {
            while let Some(sample) = old.next_if(|sample| sample.value <= value || sample.value.is_nan()) {
                rank += f64::from(sample.width);
                merged.push(sample);
            }
            let delta = if old.peek().is_some() { (uncertainty(rank).floor() - 1.0) as f32 } else { 0.0 };
            merged.push(Sample { value, width: 1.0, delta });
        }
        merged.extend(old);
        self.count += self.buffer.len();
        self.samples = merged;
        self.buffer.clear();
    }

    /// Drops samples whose neighbours can stand for them.
    fn compress(&mut self) {
        let Some(mut parent) = self.samples.pop() else {
            return;
        };
        let mut rank = self.count as f64 - 1.0 - f64::from(parent.width);
        let mut kept = Vec::with_capacity(self.samples.len() + 1);
        while let Some(sample) = self.samples.pop() {
            let width = sample.width;
            if f64::from(width + parent.width + parent.delta) <= uncertainty(rank) {
                parent.width += width;
            } else {
                kept.push(parent);
                parent = sample;
            }
            rank -= f64::from(width);
        }
        kept.push(parent);
        kept.reverse();
        self.samples = kept;
    }

    /// The number below which that part of the numbers is; 0 if there are none.
    pub fn query(mut self, part: f64) -> f64 {
        self.flush();
        let wanted = (part * self.count as f64).ceil();
        let wanted = wanted + (uncertainty(wanted) / 2.0).ceil();
        let Some((first, rest)) = self.samples.split_first() else {
            return 0.0;
        };
        let (mut found, mut rank) = (first.value, 0.0);
        for sample in rest {
            if rank + f64::from(sample.width) + f64::from(sample.delta) > wanted {
                break;
            }
            rank += f64::from(sample.width);
            found = sample.value;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_near() {
        let mut quantiles = Quantiles::new(50);
        (0..10_000).for_each(|at| quantiles.insert(f64::from(at * 7919 % 10_000)));
        assert!(quantiles.samples.len() < 1000);
        let median = quantiles.query(0.5);
        assert!((median - 5000.0).abs() < 300.0, "{median}");
    }
}
