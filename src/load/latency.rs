//! How long replies take.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Three digits are right.
const DIGITS: u8 = 3;

/// The times of all commands and of each.
#[derive(Debug, Default)]
pub struct Latencies {
    all: Times,
    by_command: BTreeMap<&'static str, Times>,
}

#[derive(Debug)]
struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        // Fails for other digits than 0 to 5.
        Times(Histogram::new(DIGITS).expect("three digits are allowed"))
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
        self.all.0.saturating_record(us);
        self.by_command.entry(command).or_default().0.saturating_record(us);
    }

    /// Of all commands.
    pub fn all(&self) -> Latency {
        self.all.latency()
    }

    /// Of each command, the most frequent first.
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
        latencies.record("SET", Duration::from_secs(3600));
        let get = Latency { count: 1000, p50_us: 500, p99_us: 990, p999_us: 999, max_us: 1000 };
        assert_eq!(latencies.by_command()[0], ("GET", get));
        assert_eq!(latencies.all().count, 1001);
        assert!(latencies.all().max_us >= 3_600_000_000);
    }
}
