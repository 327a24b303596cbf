//! What a spec asks for, run: its invariants, its scenarios, its faults; and the bank of regressions.

use std::ops::Range;
use std::path::Path;
#[cfg(unix)]
use std::time::Duration;

use super::console::{Console, ReportArgs, millis_since, now};
use super::job::Job;
#[cfg(unix)]
use super::known::KnownArgs;
#[cfg(unix)]
use super::load::{Bench, LoadArgs};
use super::seeds;
use super::subject::{SubjectArgs, shell_line};
use super::worker::own_worker;
use super::{CliError, TargetArgs, find};
use crate::campaign::{Campaign, with_faults};
use crate::property::{BYTES, PREFIX, PropertyTarget};
use crate::report::{Outcome, Status, Timeline};
use crate::spec::{FaultItem, ScenarioItem, Spec};
use crate::target::{Registry, Target};

/// The spec in a file, or the built-in one.
pub(super) fn load(path: Option<&Path>) -> Result<Spec, CliError> {
    let Some(path) = path else {
        return Spec::built_in().map_err(|error| CliError::CannotRun(format!("the built-in spec: {error}")));
    };
    let usage = |error: &dyn std::fmt::Display| CliError::Usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| usage(&error))?;
    Spec::parse(&text).map_err(|error| usage(&error))
}

pub(super) struct Suite<'a> {
    registry: Registry,
    on: &'a SubjectArgs,
    /// One of so many iterations is run.
    share: u64,
    pub(super) console: Console,
}

impl<'a> Suite<'a> {
    pub(super) fn new(registry: Registry, on: &'a SubjectArgs, console: Console, share: u64) -> Self {
        Suite { registry, on, share, console }
    }

    fn seeds(&self, iterations: u64) -> Range<u64> {
        0..iterations.div_ceil(self.share)
    }

    fn target_args(&self, target: &str) -> TargetArgs {
        TargetArgs::of(target, self.on)
    }

    /// The laws; `replay` says how one seed of one is run again.
    pub(super) fn invariants(
        &mut self,
        spec: &Spec,
        seeds: Option<&Range<u64>>,
        replay: &dyn Fn(&str, u64) -> String,
    ) -> Result<(), CliError> {
        let stage = self.on.stage()?;
        for item in spec.invariants.iter() {
            let property = item.name.0;
            let mut outcome = Outcome::new("invariant", property.name);
            outcome.description = item.description.clone();
            outcome.category = item.category.clone();
            outcome.severity = item.severity.name().to_owned();
            if property.crashes && !stage.borrow().can_crash() {
                let note = "this subject cannot be killed and started again: try --subject process:CMD".into();
                self.console.take(Outcome { status: Status::Skipped, note, ..outcome })?;
                continue;
            }
            let target = PropertyTarget::new(property, stage.clone());
            let args = self.target_args(&format!("{PREFIX}{}", property.name));
            let seeds = seeds.cloned().unwrap_or_else(|| self.seeds(item.iterations.into()));
            let input = |seed: u64| target.generate(seed, BYTES, None);
            let replay = |seed: u64| replay(property.name, seed);
            Job { outcome, target: &target, args: &args, seeds, input: &input, replay: &replay }
                .run(&mut self.console)?;
        }
        Ok(())
    }

    /// The laws, replayed by `properties`.
    pub(super) fn all_invariants(&mut self, spec: &Spec) -> Result<(), CliError> {
        let more = self.on.as_args();
        self.invariants(spec, None, &|name, seed| {
            let seeds = format!("{seed}..{}", seed + 1);
            let mut words = ["respfuzz", "properties", "--filter", name, "--seeds", &seeds].map(str::to_owned).to_vec();
            words.extend(more.clone());
            shell_line(&words)
        })
    }

    /// The scenarios, with these seeds or as many as each says.
    pub(super) fn scenarios(
        &mut self,
        spec: &Spec,
        seeds: Option<&Range<u64>>,
        spec_file: Option<&Path>,
    ) -> Result<(), CliError> {
        spec.scenarios.iter().try_for_each(|item| self.scenario(item, seeds, spec_file))
    }

    fn scenario(
        &mut self,
        item: &ScenarioItem,
        seeds: Option<&Range<u64>>,
        spec_file: Option<&Path>,
    ) -> Result<(), CliError> {
        let mut outcome = Outcome::new("scenario", &item.name);
        outcome.description = item.description.clone();
        outcome.category = item.category.clone();
        outcome.severity = item.severity.name().to_owned();
        if self.on.subject.is_some() && item.target != "command_handler" {
            let note = format!("`{}` needs a simulated world", item.target);
            return self.console.take(Outcome { status: Status::Skipped, note, ..outcome });
        }
        let args = self.target_args(&item.target);
        let target = args.find(self.registry)?;
        let known = target.faults();
        if let Some(fault) = item.faults.iter().find(|fault| !known.contains(&fault.0)) {
            return Err(CliError::Usage(format!("{}: {} cannot come to {}", item.name, fault.0, item.target)));
        }
        let seeds = match (&item.steps, seeds) {
            (Some(_), _) => 0..1,
            (None, Some(seeds)) => seeds.clone(),
            (None, None) => self.seeds(item.iterations.into()),
        };
        let input = |seed: u64| item.input(target.as_ref(), seed);
        let replay = |seed: u64| {
            let seeds = format!("{seed}..{}", seed + 1);
            let mut words =
                ["respfuzz", "scenarios", "--filter", &item.name, "--seeds", &seeds].map(str::to_owned).to_vec();
            if let Some(file) = spec_file {
                words.extend(["--spec".to_owned(), file.display().to_string()]);
            }
            words.extend(self.on.as_args());
            shell_line(&words)
        };
        Job { outcome, target: target.as_ref(), args: &args, seeds, input: &input, replay: &replay }
            .run(&mut self.console)
    }

    /// The faults, each on its target.
    pub(super) fn faults(&mut self, spec: &Spec) -> Result<(), CliError> {
        for item in spec.faults.iter() {
            let mut outcome = Outcome::new("fault", item.name.0.name());
            outcome.description = item.description.clone();
            outcome.category = item.category.clone();
            outcome.severity = item.severity.name().to_owned();
            if self.on.subject.is_some() {
                let note = "faults need a simulated world".into();
                self.console.take(Outcome { status: Status::Skipped, note, ..outcome })?;
                continue;
            }
            let args = self.target_args(&item.target);
            let target = args.find(self.registry)?;
            if !target.faults().contains(&item.name.0) {
                return Err(CliError::Usage(format!("{} cannot come to {}", item.name.0, item.target)));
            }
            let outcome = self.fault(item, target.as_ref(), &args, outcome)?;
            self.console.take(outcome)?;
        }
        Ok(())
    }

    fn fault(
        &mut self,
        item: &FaultItem,
        target: &dyn Target,
        args: &TargetArgs,
        mut outcome: Outcome,
    ) -> Result<Outcome, CliError> {
        let begun = now();
        let seeds = self.seeds(item.iterations.into());
        let bar = self.console.progress(&outcome.name, seeds.end);
        let (mut campaign, fault) = (Campaign::default(), item.name.0);
        for seed in seeds {
            campaign.run(target, with_faults(target, seed, item.length.into(), &[fault]), true);
            bar.inc(1);
            let found = campaign.violations.pop().filter(|(_, violation)| !self.console.known.has(violation, args));
            if let Some((data, violation)) = found {
                let seeds = format!("{seed}..{}", seed + 1);
                let length = item.length.to_string();
                let chaos = ["respfuzz", "chaos", "--faults", fault.name(), "--seeds", &seeds, "--ops", &length];
                let words: Vec<String> = chaos.map(str::to_owned).into_iter().chain(args.as_args()).collect();
                let replay = shell_line(&words);
                let found = (&violation, Some(seed), replay);
                outcome.failure = Some(find::shrunk(&data, target.input(), &mut own_worker(args)?, found));
                self.console.timeline(|| Timeline::of(target, &data, &violation, Some(seed)));
                break;
            }
        }
        let row = campaign.faults.get(&fault).copied().unwrap_or_default();
        outcome.status = match (&outcome.failure, row.counts.delivered) {
            (Some(_), _) => Status::Failed,
            (None, 0) => Status::Skipped,
            (None, _) => Status::Passed,
        };
        outcome.count(&campaign);
        self.console.count(&campaign);
        outcome.millis = millis_since(begun);
        outcome.note = format!("delivered {}, changed {} of {} runs", row.counts.delivered, row.changed, row.runs);
        Ok(outcome)
    }

    /// A load of some connections.
    #[cfg(unix)]
    pub(super) fn load(&mut self, duration: Duration) -> Result<(), CliError> {
        // What is there by now is our own.
        let on = SubjectArgs { flush: self.on.subject.is_some(), ..self.on.clone() };
        let (known, report) = (KnownArgs::default(), ReportArgs::default());
        let args = LoadArgs { connections: 50, keys: 200, seed: 0, on, known, report };
        let bench = Bench::open(&args.on, args.connections)?;
        self.console.load("stress", &args, bench, duration)
    }

    /// The bank in this folder, if it is there.
    pub(super) fn bank(&mut self, dir: &Path) -> Result<(), CliError> {
        if dir.is_dir() { seeds::test_all(dir, "", self.registry, self.on, &mut self.console) } else { Ok(()) }
    }
}
