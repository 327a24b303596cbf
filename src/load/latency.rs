//! How long replies take.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// What took longer is told as this.
const LONGEST_US: u64 = 3_600_000_000;

/// The times of all commands and of each.
#[derive(Debug)]
pub struct Latencies {
    all: Times,
    by_command: BTreeMap<&'static str, Times>,
}

#[derive(Debug)]
struct Times(Histogram<u64>);

impl Times {
    /// So many digits are right; each of them costs memory tenfold.
    fn new(digits: u8) -> Times {
        // Fails for more than five digits.
        Times(Histogram::new(digits).expect("up to five digits are allowed"))
    }

    fn record(&mut self, us: u64) {
        // Fails for times that a histogram cannot hold, far beyond the longest.
        self.0.record(us.min(LONGEST_US)).ok();
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Latencies { all: Times::new(3), by_command: BTreeMap::new() }
    }
}

/// Some times, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// How many there are.
    pub count: u64,
    /// Half of them are below this.
    pub p50_us: u64,
    /// Of a hundred, 99.
    pub p99_us: u64,
    /// Of a thousand, 999.
    pub p999_us: u64,
    /// The longest.
    pub max_us: u64,
}

impl Latencies {
    /// A command took so long.
    pub fn record(&mut self, command: &'static str, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.all.record(us);
        self.by_command.entry(command).or_insert_with(|| Times::new(2)).record(us);
    }

    /// Of all commands.
    pub fn all(&self) -> Latency {
        self.all.latency()
    }

    /// Of each command, the most frequent first; two digits are right.
    pub fn by_command(&self) -> Vec<(&'static str, Latency)> {
        let mut rows: Vec<_> = self.by_command.iter().map(|(name, times)| (*name, times.latency())).collect();
        rows.sort_by_key(|(_, latency)| std::cmp::Reverse(latency.count));
        rows
    }
}

impl Times {
    fn latency(&self) -> Latency {
        let at = |quantile| self.0.value_at_quantile(quantile);
        Latency { count: self.0.len(), p50_us: at(0.5), p99_us: at(0.99), p999_us: at(0.999), max_us: self.0.max() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_recorded() {
        let mut latencies = Latencies::default();
        (1..=1000).for_each(|us| latencies.record("GET", Duration::from_micros(us)));
        let all = Latency { count: 1000, p50_us: 500, p99_us: 990, p999_us: 999, max_us: 1000 };
        assert_eq!(latencies.all(), all);
        latencies.record("SET", Duration::from_secs(20));
        let rows = latencies.by_command();
        assert!(rows[0].0 == "GET" && (495..=505).contains(&rows[0].1.p50_us), "{rows:?}");
        assert!((19_900_000..20_200_000).contains(&latencies.all().max_us));
    }
}
