//! What the samples of a long run come to.

use std::fmt;

use serde::Serialize;

/// How a server did in one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Sample {
    /// When the interval ended, in milliseconds since the beginning.
    pub at_ms: u64,
    /// Commands answered in it, per second.
    pub per_second: f64,
    /// Memory at its end, where it can be told.
    pub memory_bytes: Option<u64>,
    /// Checks in it.
    pub checks: u64,
}

/// What a long run should stay below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Growth of the memory, from the first sample to the last.
    pub growth: f64,
    /// The throughput's standard deviation, as a share of its mean.
    pub variation: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { growth: 0.5, variation: 0.3 }
    }
}

/// What should be looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Warning {
    /// The memory has grown from the first to the second of these.
    Growth(u64, u64),
    /// The throughput varies by so much of its mean.
    Variation(f64),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Growth(first, last) => {
                let percent = (*last as f64 / (*first).max(1) as f64 - 1.0) * 100.0;
                write!(f, "memory has grown by {percent:.0} %, from {first} to {last} bytes")
            }
            Warning::Variation(share) => write!(f, "throughput varies by {:.0} % of its mean", share * 100.0),
        }
    }
}

/// What the samples show. One alone shows nothing.
pub fn judge(samples: &[Sample], limits: Limits) -> Vec<Warning> {
    let growth = growth(samples).filter(|(first, last)| *last as f64 > *first as f64 * (1.0 + limits.growth));
    let variation = variation(samples).filter(|share| *share > limits.variation);
    let warnings = [growth.map(|(first, last)| Warning::Growth(first, last)), variation.map(Warning::Variation)];
    warnings.into_iter().flatten().collect()
}

fn growth(samples: &[Sample]) -> Option<(u64, u64)> {
    let mut memory = samples.iter().filter_map(|sample| sample.memory_bytes);
    memory.next().zip(memory.next_back())
}

/// The coefficient of variation of the throughput.
fn variation(samples: &[Sample]) -> Option<f64> {
    let count = samples.len() as f64;
    let mean = samples.iter().map(|sample| sample.per_second).sum::<f64>() / count;
    let square = samples.iter().map(|sample| (sample.per_second - mean).powi(2)).sum::<f64>() / count;
    (samples.len() > 1 && mean > 0.0).then(|| square.sqrt() / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(rows: &[(f64, u64)]) -> Vec<Sample> {
        let sample = |&(per_second, bytes)| Sample { per_second, memory_bytes: Some(bytes), ..Sample::default() };
        rows.iter().map(sample).collect()
    }

    #[test]
    fn a_steady_server_is_not_warned_of() {
        let steady = samples(&[(1000.0, 100), (1100.0, 180), (900.0, 150)]);
        assert_eq!(judge(&steady, Limits::default()), []);
        assert_eq!(judge(&[], Limits::default()), []);
        assert_eq!(judge(&samples(&[(0.0, 1)]), Limits::default()), []);
        assert_eq!(judge(&samples(&[(0.0, 1), (0.0, 1)]), Limits::default()), []);
    }

    #[test]
    fn memory_that_grows_by_more_than_half_is_told() {
        let leaking = samples(&[(1000.0, 100), (1000.0, 130), (1000.0, 151)]);
        assert_eq!(judge(&leaking, Limits::default()), [Warning::Growth(100, 151)]);
        assert_eq!(Warning::Growth(100, 151).to_string(), "memory has grown by 51 %, from 100 to 151 bytes");
        let unknown: Vec<_> = leaking.iter().map(|sample| Sample { memory_bytes: None, ..*sample }).collect();
        assert_eq!(judge(&unknown, Limits::default()), []);
    }

    #[test]
    fn throughput_that_varies_by_more_than_a_third_is_told() {
        let stalling = judge(&samples(&[(1000.0, 100), (1000.0, 100), (300.0, 100)]), Limits::default());
        assert!(matches!(stalling[..], [Warning::Variation(share)] if (0.42..0.44).contains(&share)), "{stalling:?}");
        assert_eq!(stalling[0].to_string(), "throughput varies by 43 % of its mean");
    }
}
