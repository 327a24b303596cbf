//! When faults come: scheduled by the scenario, or drawn.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::{Fault, FaultConfig};

/// A fault at a certain opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// Which.
    pub fault: Fault,
    /// How many opportunities pass by before it comes.
    pub after: u8,
    /// How it comes, where there is a choice: how many bytes, how many milliseconds, which crash image.
    pub arg: u16,
}

/// What became of one fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// How often it could have come.
    pub opportunities: u64,
    /// How often it was scheduled, by the scenario or by chance.
    pub scheduled: u64,
    /// How often something has really gone wrong.
    pub delivered: u64,
}

/// The faults of one run, shared by all parts of its world.
#[derive(Clone, Default)]
pub struct Faults(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    config: FaultConfig,
    /// A stream of its own for each fault, so that one more opportunity of one leaves the others as they are.
    dice: BTreeMap<Fault, ChaCha8Rng>,
    seed: u64,
    armed: Vec<Scheduled>,
    suppressed: Option<Fault>,
    counts: BTreeMap<Fault, Counts>,
    /// What was delivered and not asked about yet.
    news: Vec<Fault>,
    /// Nothing fails while this is set.
    is_calm: bool,
}

impl Faults {
    /// Faults by the probabilities of `config`, drawn from `seed`, and those that are scheduled.
    pub fn new(config: FaultConfig, seed: u64) -> Self {
        Faults(Rc::new(RefCell::new(State { config, seed, ..State::default() })))
    }

    /// The twin: the same faults, except that this one is not delivered when its time has come.
    pub fn suppress(&self, fault: Fault) {
        self.0.borrow_mut().suppressed = Some(fault);
    }

    /// The fault will come at one of its next opportunities.
    pub fn schedule(&self, scheduled: Scheduled) {
        let mut state = self.0.borrow_mut();
        state.counts.entry(scheduled.fault).or_default().scheduled += 1;
        state.armed.push(scheduled);
    }

    /// An opportunity for a fault. If it comes, returns its [argument](Scheduled::arg): the caller must deliver it.
    pub fn should_trigger(&self, fault: Fault) -> Option<u16> {
        let mut state = self.0.borrow_mut();
        if state.is_calm {
            return None;
        }
        let arg = state.due(fault);
        let counts = state.counts.entry(fault).or_default();
        counts.opportunities += 1;
        if arg.is_some() && state.suppressed != Some(fault) {
            state.counts.entry(fault).or_default().delivered += 1;
            state.news.push(fault);
            return arg;
        }
        None
    }

    /// Whether scheduled faults, or those that come by chance, are held back: while state is read for a comparison.
    pub fn hold(&self, is_calm: bool) {
        self.0.borrow_mut().is_calm = is_calm;
    }

    /// What was delivered since this was last asked.
    pub fn take_news(&self) -> Vec<Fault> {
        std::mem::take(&mut self.0.borrow_mut().news)
    }

    /// What became of each fault that had an opportunity or was scheduled.
    pub fn counts(&self) -> BTreeMap<Fault, Counts> {
        self.0.borrow().counts.clone()
    }

    /// How often a fault was delivered.
    pub fn delivered(&self, fault: Fault) -> u64 {
        self.0.borrow().counts.get(&fault).map_or(0, |counts| counts.delivered)
    }
}

impl State {
    /// The argument of the fault, if its time has come.
    fn due(&mut self, fault: Fault) -> Option<u16> {
        let at = self.armed.iter().position(|armed| armed.fault == fault && armed.after == 0);
        let arg = at.map(|at| self.armed.remove(at).arg);
        self.armed.iter_mut().filter(|armed| armed.fault == fault).for_each(|armed| {
            armed.after = armed.after.saturating_sub(1);
        });
        arg.or_else(|| self.drawn(fault))
    }

    fn drawn(&mut self, fault: Fault) -> Option<u16> {
        let ppm = self.config.get(fault);
        if ppm == 0 {
            return None;
        }
        let seed = self.seed ^ (u64::from(fault.index()) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let dice = self.dice.entry(fault).or_insert_with(|| ChaCha8Rng::seed_from_u64(seed));
        let (draw, arg) = (dice.next_u32() % 1_000_000, dice.next_u32());
        let is_due = draw < ppm;
        if is_due {
            self.counts.entry(fault).or_default().scheduled += 1;
        }
        is_due.then(|| u16::from_le_bytes([arg.to_le_bytes()[0], arg.to_le_bytes()[1]]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheduled_fault_comes_at_its_opportunity() {
        let faults = Faults::default();
        faults.schedule(Scheduled { fault: Fault::WriteFail, after: 2, arg: 7 });
        let came: Vec<_> = (0..4).map(|_| faults.should_trigger(Fault::WriteFail)).collect();
        assert_eq!(came, [None, None, Some(7), None]);
        assert_eq!(faults.should_trigger(Fault::FsyncFail), None);
        let counts = faults.counts()[&Fault::WriteFail];
        assert_eq!(counts, Counts { opportunities: 4, scheduled: 1, delivered: 1 });
    }

    #[test]
    fn a_suppressed_fault_is_scheduled_but_not_delivered() {
        let faults = Faults::default();
        faults.suppress(Fault::WriteFail);
        faults.schedule(Scheduled { fault: Fault::WriteFail, after: 0, arg: 0 });
        assert_eq!(faults.should_trigger(Fault::WriteFail), None);
        assert_eq!((faults.counts()[&Fault::WriteFail].scheduled, faults.delivered(Fault::WriteFail)), (1, 0));
    }

    #[test]
    fn presets_are_multiples_and_draws_are_those_of_the_seed() {
        let count = |config: FaultConfig| {
            let faults = Faults::new(config, 5);
            (0..100_000).filter(|_| faults.should_trigger(Fault::DiskSlow).is_some()).count()
        };
        assert_eq!(count(FaultConfig::disabled()), 0);
        assert_eq!(count(FaultConfig::moderate()), count(FaultConfig::moderate()));
        for (config, expected) in
            [(FaultConfig::calm(), 100), (FaultConfig::moderate(), 1000), (FaultConfig::chaos(), 3000)]
        {
            assert!(count(config).abs_diff(expected) < expected / 3);
        }
    }

    #[test]
    fn another_faults_opportunities_change_nothing() {
        let draws = |others: usize| {
            let faults = Faults::new(FaultConfig::chaos(), 9);
            (0..1000)
                .map(|_| {
                    (0..others).filter_map(|_| faults.should_trigger(Fault::DiskFull)).for_each(|_| {});
                    faults.should_trigger(Fault::Delay)
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(draws(0), draws(3));
    }
}
