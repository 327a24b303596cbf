//! What a crash may leave: the state after a prefix of what was done, no shorter than what was durable, no longer than
//! what was begun.

use crate::model::Model;
use crate::scenario::{Ending, Fsync};
use crate::subject::Told;

/// The state after one command.
#[derive(Clone)]
pub struct State {
    /// What the server then holds.
    pub model: Model,
    /// The step of the command.
    pub step: usize,
    /// How many operations the disk had seen when the command was sent.
    begun: u64,
    /// When it was sent, in unix milliseconds.
    at_ms: u64,
    /// How many operations the disk had seen when it was answered.
    answered: Option<u64>,
    /// How many operations the disk had seen when it must have been durable.
    durable: Option<u64>,
    /// How many records the log had when it was answered, if the server tells.
    logged: Option<u64>,
    /// The latest that the clock has shown until another command was sent, in unix milliseconds: keys whose time was over
    /// by then may be gone, whatever the clock shows later.
    pub seen_ms: u64,
}

/// The states of a run since its log began, oldest first; never empty.
///
/// By policy, a command must be durable
/// - `always`: when it has been answered;
/// - `everysec`: at the first exchange or timer a second after it was answered;
/// - `no`: when the server has been closed in an orderly way.
///
/// A server that [tells](Told) what is durable is believed; its policy must be kept as long as all is calm. What it has
/// not told is lost when it is killed.
///
/// Otherwise a process that is killed leaves everything that it had written: that is what it had answered. The first state is
/// durable: it is what recovery found.
#[derive(Clone)]
pub struct History {
    policy: Fsync,
    states: Vec<State>,
    /// Whether the server tells what is durable.
    is_told: bool,
    /// How many operations the disk had seen at which time, in unix milliseconds.
    times: Vec<(u64, u64)>,
}

/// `everysec` promises this, in milliseconds.
const EVERY_MS: u64 = 1000;

impl History {
    /// The history of a server that has just been opened and holds this.
    pub fn new(policy: Fsync, model: Model, step: usize, operations: u64) -> History {
        let at_ms = model.now_ms();
        let (answered, durable) = (Some(operations), Some(0));
        let first = State { model, step, begun: 0, at_ms, answered, durable, logged: None, seen_ms: at_ms };
        History { policy, states: vec![first], is_told: false, times: Vec::new() }
    }

    /// The server has been opened with one of the states, as the model now is: that one is durable. Those before it stay,
    /// for damage that is done later to what was written long ago.
    pub fn resume(&mut self, at: usize, model: Model, step: usize, operations: u64) {
        self.states.truncate(at + 1);
        self.begin(model, step, operations);
        if let Some(state) = self.states.last_mut() {
            (state.answered, state.durable) = (Some(operations), Some(operations));
        }
    }

    /// A command was sent when the disk had seen so many operations, and led to this state.
    pub fn begin(&mut self, model: Model, step: usize, operations: u64) {
        let at_ms = model.now_ms();
        let (begun, seen_ms) = (operations, at_ms);
        self.states.push(State { model, step, begun, at_ms, answered: None, durable: None, logged: None, seen_ms });
    }

    /// The clock shows this.
    pub fn pass(&mut self, now_ms: u64) {
        if let Some(state) = self.states.last_mut() {
            state.seen_ms = state.seen_ms.max(now_ms);
        }
    }

    /// Everything sent so far was answered, or a timer has fired; this is what the clock showed when that began.
    pub fn settle(&mut self, now_ms: u64, operations: u64, told: Option<Told>) {
        let policy = self.policy;
        self.is_told = told.is_some();
        self.times.push((operations, now_ms));
        for state in self.states.iter_mut().rev().take_while(|state| state.durable.is_none()) {
            state.answered.get_or_insert(operations);
            let logged = *state.logged.get_or_insert(told.map_or(0, |told| told.logged));
            let is_due = match policy {
                Fsync::Always => true,
                Fsync::EverySec => now_ms >= state.at_ms.saturating_add(EVERY_MS),
                Fsync::No => false,
            };
            let is_durable = told.map_or(is_due, |told| logged <= told.durable || told.is_calm && is_due);
            if is_durable {
                state.durable = Some(operations);
            }
        }
    }

    /// When the disk had seen so many operations, in unix milliseconds.
    pub fn time_at(&self, operations: u64) -> u64 {
        let at = self.times.iter().find(|(seen, _)| *seen >= operations).or(self.times.last());
        at.map_or(self.states[0].at_ms, |(_, now_ms)| *now_ms)
    }

    /// The policy that it was made for.
    pub fn policy(&self) -> Fsync {
        self.policy
    }

    /// Every state since the beginning, oldest first.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// The states that a server may have which ended like this when the disk had seen so many operations: the first
    /// and the last of them, by their places.
    pub fn window(&self, ending: Ending, operations: u64) -> (usize, usize) {
        let by = |at: Option<u64>| at.is_some_and(|at| at <= operations);
        let is_kept = |state: &State| match ending {
            Ending::PowerLoss { .. } => by(state.durable),
            Ending::Killed if self.is_told => by(state.durable),
            Ending::Killed | Ending::Closed => by(state.answered),
        };
        let floor = self.states.iter().rposition(is_kept).unwrap_or(0);
        let ceiling = self.states.iter().rposition(|state| state.begun <= operations).unwrap_or(0);
        (floor, ceiling.max(floor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::EPOCH_MS;

    const LOSS: Ending = Ending::PowerLoss { image: 0 };

    /// Three commands, each with two operations, 600 ms apart; the third isn't answered.
    fn history(policy: Fsync) -> History {
        let mut model = Model::default();
        let mut history = History::new(policy, model.clone(), 0, 0);
        for i in 0..3 {
            model.set_clock(EPOCH_MS + 600 * i);
            history.begin(model.clone(), 0, 2 * i);
            if i < 2 {
                history.settle(model.now_ms(), 2 * i + 2, None);
            }
        }
        history
    }

    #[test]
    fn answered_commands_are_durable_by_policy() {
        assert_eq!(history(Fsync::Always).window(LOSS, 4), (2, 3));
        assert_eq!(history(Fsync::EverySec).window(LOSS, 4), (0, 3));
        assert_eq!(history(Fsync::No).window(LOSS, 4), (0, 3));
        for policy in Fsync::ALL {
            assert_eq!(history(policy).window(Ending::Killed, 4), (2, 3));
        }
    }

    #[test]
    fn a_second_later_everysec_is_durable() {
        let mut history = history(Fsync::EverySec);
        history.settle(EPOCH_MS + 1000, 6, None);
        assert_eq!(history.window(LOSS, 6), (1, 3));
        history.settle(EPOCH_MS + 2200, 6, None);
        assert_eq!(history.window(LOSS, 6), (3, 3));
    }

    #[test]
    fn an_earlier_end_leaves_less() {
        assert_eq!(history(Fsync::Always).window(LOSS, 3), (1, 2));
        assert_eq!(history(Fsync::Always).window(LOSS, 1), (0, 1));
    }

    #[test]
    fn what_a_server_tells_is_believed_and_in_calm_times_expected() {
        let told = |durable, is_calm| {
            let mut history = history(Fsync::EverySec);
            history.settle(EPOCH_MS + 1300, 6, Some(Told { logged: 5, durable, is_calm }));
            (history.window(LOSS, 6), history.window(Ending::Killed, 6))
        };
        assert_eq!(told(0, false), ((2, 3), (2, 3)), "these were answered when it told nothing");
        assert_eq!(told(4, true), ((2, 3), (2, 3)));
        assert_eq!(told(5, true), ((3, 3), (3, 3)));
    }
}
