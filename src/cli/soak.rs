//! `respfuzz soak`: a load for long, and what becomes of memory and throughput.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::console::Console;
use super::load::{Bench, LoadArgs};
use super::{CliError, Verdict};
use crate::duration;
use crate::load::{Limits, Progress, Sample, judge};
use crate::report::{Status, sample_line};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz soak --duration 1h --interval 10
  respfuzz soak --subject 'process:redis-server' --duration 8h --interval 1m --fail-on warn

Warns if the memory has grown by more than 50 % from the first interval to the last, or if the throughput's standard
deviation over the intervals is more than 30 % of its mean.")]
pub(super) struct SoakArgs {
    /// For how long commands are sent
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration::parse)]
    duration: Duration,
    /// How often memory and throughput are looked at
    #[arg(long, value_name = "TIME", default_value = "10", value_parser = duration::parse)]
    interval: Duration,
    /// What fails the run, besides wrong replies
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    load: LoadArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A warning
    Warn,
}

pub(super) fn run(args: &SoakArgs) -> Result<Verdict, CliError> {
    if args.duration < 2 * args.interval {
        return Err(CliError::Usage("--duration holds less than two intervals: nothing could be compared".into()));
    }
    let known = args.load.known.load()?;
    let bench = Bench::open(&args.load.on, args.load.connections)?;
    let mut console = Console::new(&args.load.report, known);
    let mut sampler = Sampler::new(args.interval);
    let mut failed = Ok(());
    let mut told = bench.run("soak", &args.load, args.duration, &mut |progress, memory| {
        if let Some(sample) = sampler.look(progress, memory) {
            failed = std::mem::replace(&mut failed, Ok(())).and_then(|()| console.tell(&sample_line(&sample)));
        }
    })?;
    failed?;
    let warnings = judge(&sampler.samples, Limits::default());
    told.figures.warnings = warnings.iter().map(ToString::to_string).collect();
    told.figures.samples = sampler.samples;
    if args.fail_on == Some(FailOn::Warn) && !warnings.is_empty() && told.outcome.status == Status::Passed {
        told.outcome.status = Status::Failed;
    }
    if told.outcome.failure.is_none() && !warnings.is_empty() {
        told.outcome.note = told.figures.warnings.join("; ");
    }
    console.take_load(told)?;
    console.conclude()
}

/// Cuts a run into intervals.
struct Sampler {
    interval: Duration,
    /// How far things were when the last interval ended.
    last: Progress,
    samples: Vec<Sample>,
}

impl Sampler {
    fn new(interval: Duration) -> Sampler {
        Sampler { interval, last: Progress::default(), samples: Vec::new() }
    }

    /// A sample, if an interval has ended.
    fn look(&mut self, progress: &Progress, memory: &mut dyn FnMut() -> Option<u64>) -> Option<Sample> {
        let passed = progress.elapsed.saturating_sub(self.last.elapsed);
        if passed < self.interval {
            return None;
        }
        let sample = Sample {
            at_ms: u64::try_from(progress.elapsed.as_millis()).unwrap_or(u64::MAX),
            per_second: (progress.commands - self.last.commands) as f64 / passed.as_secs_f64(),
            memory_bytes: memory(),
            checks: progress.checks - self.last.checks,
        };
        self.last = *progress;
        self.samples.push(sample);
        Some(sample)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_as_long_as_they_were() {
        let mut sampler = Sampler::new(Duration::from_secs(10));
        let mut at = |seconds, commands| {
            let progress = Progress { elapsed: Duration::from_secs(seconds), commands, checks: commands };
            sampler.look(&progress, &mut || Some(7)).map(|sample| (sample.at_ms, sample.per_second, sample.checks))
        };
        assert_eq!([at(0, 0), at(9, 900), at(10, 1000)], [None, None, Some((10_000, 100.0, 1000))]);
        // One that was looked at late.
        assert_eq!([at(19, 1500), at(30, 3000)], [None, Some((30_000, 100.0, 2000))]);
    }
}
