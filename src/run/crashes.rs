//! Every crash of one scenario: each point between two disk operations, each image that may be left there.

use std::collections::BTreeSet;

use super::restart::Surroundings;
use super::{Options, Runner, Stop};
use crate::model::Model;
use crate::oracle::Violation;
use crate::oracle::durability::History;
use crate::panics;
use crate::scenario::{Ending, Scenario, Step};
use crate::sim::Image;
use crate::subject::{OpenFailure, Subject};

/// What trying every crash came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crashes {
    /// Operations of the disk, each of which may be the last one.
    pub operations: u64,
    /// Crash images, of all points together.
    pub images: u64,
    /// Those that were tried: different images, or with different states to expect.
    pub tried: u64,
    /// Of those, crashes inside recovery.
    pub in_recovery: u64,
    /// The first crash after which the subject does not have a state that it may have.
    pub violation: Option<(CrashPoint, Violation)>,
}

/// One crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashPoint {
    /// After how many operations of the disk.
    pub operation: u64,
    /// What was left, in words.
    pub image: String,
    /// For a second crash inside recovery: after how many of its operations, and what was left then.
    pub again: Option<(u64, String)>,
}

/// Makes a new, empty subject with a world around it.
pub type Make<'a> = &'a dyn Fn() -> Box<dyn Subject>;

/// Recovery never needs more operations.
const RECOVERY_OPERATIONS_MAX: u64 = 10_000;

/// Runs the scenario without its faults and restarts, and tries every crash of it; with `again`, every second crash in
/// recovery, too. Images are tried once for each set of states that they may hold.
pub fn enumerate(scenario: &Scenario, make: Make, options: &Options, again: bool) -> Crashes {
    let is_workload = |step: &&Step| !matches!(step, Step::Restart(_) | Step::Fault(_));
    let steps = scenario.steps.iter().filter(is_workload).cloned().collect();
    let scenario = Scenario { config: scenario.config.clone(), steps };
    let mut subject = make();
    if let Some(images) = subject.world().and_then(|world| world.crash_images()) {
        images.record();
    }
    let start = subject.world().map_or(0, |world| world.operations());
    let mut trace = |_: super::Event| {};
    let mut runner = Runner::new(subject.as_mut(), options, &mut trace);
    runner.whole(&scenario);
    let (report, latest, surroundings) = (runner.report, runner.model, runner.surroundings);
    let Some(around) = surroundings else { return Crashes::default() };
    let end = subject.world().map_or(0, |world| world.operations());
    let mut search = Search {
        make,
        options,
        again,
        latest,
        history: Some(around.history),
        seen: BTreeSet::new(),
        found: Crashes { operations: end - start, ..Crashes::default() },
    };
    if let Some(violation) = report.violation {
        let point = CrashPoint { operation: end, image: "no crash".into(), again: None };
        search.found.violation = Some((point, violation));
        return search.found;
    }
    for operation in start..=end {
        let images = subject.world().and_then(|world| world.crash_images()).map(|i| i.images_at(operation));
        for (words, image) in images.unwrap_or_default() {
            search.image(CrashPoint { operation, image: words, again: None }, &image);
            if search.found.violation.is_some() {
                return search.found;
            }
        }
    }
    search.found
}

struct Search<'a> {
    make: Make<'a>,
    options: &'a Options,
    again: bool,
    latest: Model,
    /// Lent to the runner that looks at an image.
    history: Option<History>,
    /// Images that were tried, with the states that they may hold.
    seen: BTreeSet<(u64, usize, usize)>,
    found: Crashes,
}

impl Search<'_> {
    fn image(&mut self, point: CrashPoint, image: &Image) {
        self.found.images += 1;
        let Some(history) = &self.history else { return };
        let (floor, ceiling) = history.window(Ending::PowerLoss { image: 0 }, point.operation);
        if !self.seen.insert((image.hash(), floor, ceiling)) {
            return;
        }
        self.found.tried += 1;
        if let Some(violation) = self.violation(image, point.operation, floor, ceiling) {
            self.found.violation = Some((point, violation));
            return;
        }
        if self.again {
            self.inside_recovery(&point, image);
        }
    }

    /// Every crash while this image is recovered. What is durable was so before.
    fn inside_recovery(&mut self, point: &CrashPoint, image: &Image) {
        let Some(history) = &self.history else { return };
        let (floor, ceiling) = history.window(Ending::PowerLoss { image: 0 }, point.operation);
        for after in 0..RECOVERY_OPERATIONS_MAX {
            let mut subject = (self.make)();
            let Some(images) = subject.world().and_then(|world| world.crash_images()) else { return };
            if images.open_on(image, Some(after)) != Err(OpenFailure::Ended) {
                return;
            }
            for (words, second) in images.images_now() {
                self.found.images += 1;
                if !self.seen.insert((second.hash(), floor, ceiling)) {
                    continue;
                }
                self.found.tried += 1;
                self.found.in_recovery += 1;
                if let Some(violation) = self.violation(&second, point.operation, floor, ceiling) {
                    let point = CrashPoint { again: Some((after, words)), ..point.clone() };
                    self.found.violation = Some((point, violation));
                    return;
                }
            }
        }
    }

    /// What is wrong with a subject that is opened on this image, if anything is.
    fn violation(&mut self, image: &Image, operation: u64, floor: usize, ceiling: usize) -> Option<Violation> {
        let history = self.history.take()?;
        let mut subject = (self.make)();
        if let Some(world) = subject.world() {
            world.set_clock(history.time_at(operation), 0);
        }
        let opened = panics::caught(|| subject.world().and_then(|w| w.crash_images()).map(|i| i.open_on(image, None)));
        let mut trace = |_: super::Event| {};
        let mut runner = Runner::new(subject.as_mut(), self.options, &mut trace);
        runner.model = self.latest.clone();
        runner.step = history.states()[ceiling].step;
        let ending = Ending::PowerLoss { image: 0 };
        let outcome = match opened {
            Ok(None | Some(Ok(()))) => {
                runner.surroundings = Some(Surroundings::new(history));
                let found = runner.recognise(ending, floor, ceiling);
                self.history = runner.surroundings.take().map(|around| around.history);
                found.and_then(|_| runner.check_white_box())
            }
            Ok(Some(Err(failure))) => {
                self.history = Some(history);
                runner.cannot_open(ending, &failure)
            }
            Err(panic) => {
                self.history = Some(history);
                runner.cannot_open(ending, &OpenFailure::Panic(panic.to_string()))
            }
        };
        match outcome {
            Err(Stop::Violation(violation)) => Some(*violation),
            Ok(()) | Err(Stop::OutOfBudget) => None,
        }
    }
}
