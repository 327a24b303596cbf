//! The pushdown machine: tokens in, reductions out.

use super::table::{Step, Symbol, Table};

/// What a parser does when it has seen a rule.
pub trait Reducer<A> {
    /// What stands on the stack.
    type Value: Default;

    /// The value of the left side.
    fn reduce(&mut self, action: &A, right: Vec<Self::Value>) -> Self::Value;

    /// The stack is full: everything read so far is forgotten.
    fn overflow(&mut self);
}

/// What became of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Read, or forgotten because the stack is full.
    Taken,
    /// It cannot stand here.
    Refused,
    /// The input is over and is a sentence.
    Accepted,
}

/// The state of a parse.
pub struct Machine<'t, A: 'static, V> {
    table: &'t Table<A>,
    /// States, each with the value of the symbol that led there; the bottom is not counted.
    stack: Vec<(usize, V)>,
}

impl<'t, A, V: Default> Machine<'t, A, V> {
    /// Nothing read yet.
    pub fn new(table: &'t Table<A>) -> Self {
        Machine { table, stack: Vec::new() }
    }

    fn state(&self) -> usize {
        self.stack.last().map_or(0, |(state, _)| *state)
    }

    /// Reads a token; the end of the input is terminal 0.
    pub fn push(&mut self, terminal: Symbol, value: V, reducer: &mut impl Reducer<A, Value = V>) -> Outcome {
        loop {
            match self.step(terminal) {
                None | Some(Step::Refuse) => return Outcome::Refused,
                Some(Step::Shift(next)) => {
                    self.enter(next, value, reducer);
                    return Outcome::Taken;
                }
                Some(Step::Reduce(rule)) => {
                    let (left, length, action) = self.table.rules[rule];
                    if length == 0 && self.is_full() {
                        self.forget(reducer);
                        return Outcome::Taken;
                    }
                    let right = self.stack.split_off(self.stack.len() - length);
                    let reduced = reducer.reduce(action, right.into_iter().map(|(_, value)| value).collect());
                    if left == self.table.start {
                        return Outcome::Accepted;
                    }
                    let next = self.table.moves[self.state()][&left];
                    self.stack.push((next, reduced));
                }
            }
        }
    }

    /// The token's own action, that of what it may stand for, or the default.
    fn step(&self, terminal: Symbol) -> Option<Step> {
        let state = self.state();
        let steps = &self.table.steps[state];
        let stands_for = || self.table.fallback.get(&terminal).and_then(|other| steps.get(other));
        let step = steps.get(&terminal).or_else(stands_for).copied();
        step.or(self.table.defaults[state].map(Step::Reduce))
    }

    fn is_full(&self) -> bool {
        self.stack.len() + 1 >= self.table.depth
    }

    fn enter(&mut self, state: usize, value: V, reducer: &mut impl Reducer<A, Value = V>) {
        if self.is_full() {
            self.forget(reducer);
        } else {
            self.stack.push((state, value));
        }
    }

    fn forget(&mut self, reducer: &mut impl Reducer<A, Value = V>) {
        self.stack.clear();
        reducer.overflow();
    }
}
