//! What a load came to, in figures.

use serde::Serialize;

use crate::load::{Latency, Sample};

/// So many commands are told at a terminal.
const ROWS: usize = 12;

/// The figures of `stress` and `soak`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Load {
    /// What was drawn.
    pub seed: u64,
    /// Connections, all used at once.
    pub connections: u64,
    /// Keys that all of them used.
    pub keys: u64,
    /// For how long it was measured.
    pub millis: u64,
    /// Commands answered in that time.
    pub commands: u64,
    /// The same per second.
    pub per_second: f64,
    /// Replies on a connection's own keys that were held against the model.
    pub own_checks: u64,
    /// Replies on shared keys that were held against all orders of commands.
    pub shared_checks: u64,
    /// Bytes sent to the server.
    pub sent_bytes: u64,
    /// Bytes received from it.
    pub received_bytes: u64,
    /// How long replies took.
    pub latency: Latency,
    /// The same for each command, the most frequent first.
    pub by_command: Vec<CommandLatency>,
    /// The shared keys used most.
    pub hot_keys: Vec<HotKey>,
    /// The server's memory; empty where it cannot be told.
    pub memory: Memory,
    /// How the server did in each interval, if it was asked for.
    pub samples: Vec<Sample>,
    /// What should be looked at.
    pub warnings: Vec<String>,
}

/// How long one command took.
#[derive(Clone, Debug, Serialize)]
pub struct CommandLatency {
    /// Its name.
    pub name: &'static str,
    /// Its times.
    #[serde(flatten)]
    pub latency: Latency,
}

/// A key that is used often.
#[derive(Clone, Debug, Serialize)]
pub struct HotKey {
    /// Its name.
    pub key: String,
    /// Commands about it.
    pub commands: u64,
}

/// Memory at the beginning and in the end.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Memory {
    /// Whose, and told by whom.
    pub what: String,
    /// When the connections were open and nothing was sent yet.
    pub first_bytes: Option<u64>,
    /// In the end.
    pub last_bytes: Option<u64>,
}

impl Load {
    /// A few lines for a terminal.
    pub fn text(&self) -> String {
        let Load { latency, memory, .. } = self;
        let mut out = format!(
            "  {} connections, {} keys, seed {}: {} commands in {:.1} s, {:.0} a second\n",
            self.connections,
            self.keys,
            self.seed,
            self.commands,
            self.millis as f64 / 1000.0,
            self.per_second
        );
        out += &format!("  sent {}, received {}\n", bytes(self.sent_bytes), bytes(self.received_bytes));
        let (own, shared) = (self.own_checks, self.shared_checks);
        out += &format!("  checks: {own} of own keys against the model, {shared} of shared keys against all orders\n");
        out += &format!(
            "  latency: p50 {}, p99 {}, p99.9 {}, longest {}\n",
            time(latency.p50_us),
            time(latency.p99_us),
            time(latency.p999_us),
            time(latency.max_us)
        );
        if let (Some(first), Some(last)) = (memory.first_bytes, memory.last_bytes) {
            out += &format!("  memory: {} at first, {} in the end ({})\n", bytes(first), bytes(last), memory.what);
        }
        out += &format!("  hot keys: {}\n", self.hot());
        out += &format!("  {:18} {:>10} {:>10} {:>10} {:>10} {:>10}\n", "", "count", "p50", "p99", "p99.9", "longest");
        for CommandLatency { name, latency: l } in self.by_command.iter().take(ROWS) {
            let [p50, p99, p999, max] = [l.p50_us, l.p99_us, l.p999_us, l.max_us].map(time);
            out += &format!("  {name:18} {:>10} {p50:>10} {p99:>10} {p999:>10} {max:>10}\n", l.count);
        }
        if let Some(more @ 1..) = self.by_command.len().checked_sub(ROWS) {
            out += &format!("  and {more} commands more: see the reports of --format\n");
        }
        self.warnings.iter().for_each(|warning| out += &format!("WARN {warning}\n"));
        out
    }

    /// Tables.
    pub fn markdown(&self) -> String {
        let mut out = format!(
            "\n## Load\n\n{} connections, {} keys, seed {}: {} commands, {:.0} a second. Hot keys: {}.\n\n",
            self.connections,
            self.keys,
            self.seed,
            self.commands,
            self.per_second,
            self.hot()
        );
        out += "| command | count | p50 µs | p99 µs | p99.9 µs | longest µs |\n|---|---:|---:|---:|---:|---:|\n";
        let all = CommandLatency { name: "all", latency: self.latency };
        for CommandLatency { name, latency: l } in std::iter::once(&all).chain(&self.by_command) {
            out += &format!("| {name} | {} | {} | {} | {} | {} |\n", l.count, l.p50_us, l.p99_us, l.p999_us, l.max_us);
        }
        if !self.samples.is_empty() {
            out += "\n| s | commands/s | memory | checks |\n|---:|---:|---:|---:|\n";
        }
        for sample in &self.samples {
            let memory = sample.memory_bytes.map_or("?".into(), bytes);
            let Sample { at_ms, per_second, checks, .. } = sample;
            out += &format!("| {:.1} | {per_second:.0} | {memory} | {checks} |\n", *at_ms as f64 / 1000.0);
        }
        self.warnings.iter().for_each(|warning| out += &format!("\nWarning: {warning}.\n"));
        out
    }

    fn hot(&self) -> String {
        let share = |hot: &HotKey| format!("{} ({})", hot.key, hot.commands);
        self.hot_keys.iter().map(share).collect::<Vec<_>>().join(", ")
    }
}

/// The line that `soak` tells of an interval.
pub fn sample_line(sample: &Sample) -> String {
    let memory = sample.memory_bytes.map_or("unknown".into(), bytes);
    let Sample { at_ms, per_second, checks, .. } = sample;
    format!("{:8.1} s  {per_second:8.0} commands/s  memory {memory}  {checks} checks\n", *at_ms as f64 / 1000.0)
}

pub(super) fn bytes(count: u64) -> String {
    match count {
        0..=1_048_575 => format!("{:.1} KiB", count as f64 / 1024.0),
        _ => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}

pub(super) fn time(us: u64) -> String {
    match us {
        0..=999 => format!("{us} us"),
        1_000..=999_999 => format!("{:.2} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_in_readable_units() {
        assert_eq!([bytes(1536), bytes(3 << 20)], ["1.5 KiB", "3.0 MiB"]);
        assert_eq!([time(7), time(1_250), time(2_000_000)], ["7 us", "1.25 ms", "2.00 s"]);
        let latency = Latency { count: 9, p50_us: 1_250, ..Latency::default() };
        let row = CommandLatency { name: "GET", latency };
        let load = Load { by_command: vec![row], warnings: vec!["it leaks".into()], ..Load::default() };
        assert!(load.text().contains("GET                         9    1.25 ms"), "{}", load.text());
        assert!(load.text().ends_with("WARN it leaks\n"));
        assert!(load.markdown().contains("| GET | 9 | 1250 |"));
    }
}
