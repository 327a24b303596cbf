//! Tables of an LALR(1) parser, made from a grammar when it is first needed.
//!
//! RediSearch's grammars are ambiguous: what a query means, and where an error is noticed, is decided by the precedences
//! of symbols and by the way in which the generator Lemon resolves conflicts. So the same is done here:
//!
//! * a rule has the precedence that it states, or else that of the first symbol on its right that has one;
//! * between shift and reduce the higher precedence wins, and reduce if equal; without a precedence, shift;
//! * between two reductions the higher precedence wins; if equal or without one, the rule that comes first;
//! * the most frequent reduction of a state becomes its default, done on any token that has no action of its own, after
//!   a token's fallback has been tried.

use std::collections::BTreeMap;

/// A rule: a symbol, and what it may consist of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule<A> {
    pub left: &'static str,
    /// Symbols between blanks; those in upper case are terminals.
    pub right: &'static str,
    /// The symbol whose precedence the rule has; empty if it states none.
    pub level: &'static str,
    /// What is done with the parts.
    pub action: A,
}

/// A grammar. The first rule's left side is what everything is reduced to.
pub(super) struct Grammar<A: 'static> {
    /// Terminals from the lowest precedence to the highest; those between blanks have the same.
    pub levels: &'static [&'static str],
    /// Terminals that are taken for another where they have no meaning.
    pub fallbacks: &'static [(&'static str, &'static str)],
    pub rules: &'static [Rule<A>],
}

/// What to do in a state on a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Go to this state.
    Shift(u16),
    /// Apply this rule.
    Reduce(u16),
}

/// A rule as the parser needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reduction<A> {
    pub left: usize,
    /// How many symbols are on the right.
    pub length: usize,
    pub action: A,
}

/// The tables.
pub(super) struct Tables<A> {
    /// By state and terminal: its number in `terminals`.
    steps: Vec<Vec<Option<Step>>>,
    defaults: Vec<Option<u16>>,
    /// By state and symbol.
    gotos: Vec<BTreeMap<usize, u16>>,
    fallbacks: Vec<Option<usize>>,
    terminals: BTreeMap<&'static str, usize>,
    pub reductions: Vec<Reduction<A>>,
}

/// The end of the input.
const END: usize = 0;

impl<A: Copy> Tables<A> {
    pub fn new(grammar: &Grammar<A>) -> Self {
        Builder::new(grammar).build()
    }

    /// The number of a terminal; the end has no name.
    pub fn terminal(&self, name: &str) -> Option<usize> {
        self.terminals.get(name).copied()
    }

    /// What to do with a terminal, or `None` if that is an error.
    pub fn step(&self, state: u16, terminal: usize) -> Option<Step> {
        let steps = self.steps.get(usize::from(state))?;
        let own = |terminal: usize| steps.get(terminal).copied().flatten();
        let by_fallback = || self.fallbacks.get(terminal).copied().flatten().and_then(own);
        own(terminal).or_else(by_fallback).or_else(|| self.defaults[usize::from(state)].map(Step::Reduce))
    }

    /// Where a reduced symbol leads.
    pub fn goto(&self, state: u16, symbol: usize) -> Option<u16> {
        self.gotos.get(usize::from(state))?.get(&symbol).copied()
    }

    /// How many states there are.
    #[cfg(test)]
    pub fn states(&self) -> usize {
        self.steps.len()
    }
}

/// A set of terminals.
type Terminals = u64;

/// A place in a rule: the rule's number, and how many of its symbols are behind.
type Item = (u16, u16);

/// A place, and what may come after the whole rule.
type Lookaheads = BTreeMap<Item, Terminals>;

struct State {
    /// The places that the state stands for, with what may follow; all else is a consequence.
    kernel: Lookaheads,
    gotos: BTreeMap<usize, u16>,
}

/// Symbols are numbered: terminals first, in the order in which the grammar names them.
struct Builder<'a, A: 'static> {
    grammar: &'a Grammar<A>,
    terminals: BTreeMap<&'static str, usize>,
    levels: Vec<Option<usize>>,
    lefts: Vec<usize>,
    rights: Vec<Vec<usize>>,
    /// Which rules a symbol has, by symbol.
    rules_of: Vec<Vec<u16>>,
    /// What a symbol can begin with.
    first: Vec<Terminals>,
    nullable: Vec<bool>,
    states: Vec<State>,
}

impl<'a, A: Copy> Builder<'a, A> {
    fn new(grammar: &'a Grammar<A>) -> Self {
        let mut terminals = BTreeMap::from([("", END)]);
        let mut levels = vec![None];
        for (level, names) in grammar.levels.iter().enumerate() {
            for name in names.split_whitespace() {
                terminals.insert(name, levels.len());
                levels.push(Some(level));
            }
        }
        let symbols = grammar.rules.iter().flat_map(|rule| rule.right.split_whitespace());
        for name in symbols.filter(|name| is_terminal(name)) {
            terminals.entry(name).or_insert_with(|| {
                levels.push(None);
                levels.len() - 1
            });
        }
        let mut numbers = terminals.clone();
        for rule in grammar.rules {
            let next = numbers.len();
            numbers.entry(rule.left).or_insert(next);
        }
        let number = |name: &str| numbers.get(name).copied().unwrap_or(END);
        let lefts: Vec<usize> = grammar.rules.iter().map(|rule| number(rule.left)).collect();
        let mut rules_of = vec![Vec::new(); numbers.len()];
        for (rule, &left) in lefts.iter().enumerate() {
            rules_of[left].push(rule as u16);
        }
        Self {
            grammar,
            levels,
            rights: grammar.rules.iter().map(|rule| rule.right.split_whitespace().map(number).collect()).collect(),
            lefts,
            rules_of,
            first: (0..numbers.len()).map(|symbol| if symbol < terminals.len() { 1 << symbol } else { 0 }).collect(),
            nullable: vec![false; numbers.len()],
            terminals,
            states: Vec::new(),
        }
    }

    fn build(mut self) -> Tables<A> {
        self.find_firsts();
        self.find_states();
        let (steps, defaults) = self.states.iter().map(|state| self.decide(state)).unzip();
        let count = self.terminals.len();
        let mut fallbacks = vec![None; count];
        for (from, to) in self.grammar.fallbacks {
            if let (Some(&from), Some(&to)) = (self.terminals.get(from), self.terminals.get(to)) {
                fallbacks[from] = Some(to);
            }
        }
        let rules = self.grammar.rules.iter().zip(&self.lefts).zip(&self.rights);
        let reductions =
            rules.map(|((rule, &left), right)| Reduction { left, length: right.len(), action: rule.action }).collect();
        Tables {
            steps,
            defaults,
            gotos: self.states.into_iter().map(|state| state.gotos).collect(),
            fallbacks,
            terminals: self.terminals,
            reductions,
        }
    }

    fn find_firsts(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for (right, &left) in self.rights.iter().zip(&self.lefts) {
                let (first, nullable) = follow(right, 0, &self.first, &self.nullable);
                changed |= self.first[left] | first != self.first[left] || nullable && !self.nullable[left];
                self.first[left] |= first;
                self.nullable[left] |= nullable;
            }
        }
    }

    /// All states, with what may follow at each place: states are visited until nothing changes.
    fn find_states(&mut self) {
        let start = self.lefts.first().map_or(&[][..], |&left| &self.rules_of[left]);
        let kernel: Lookaheads = start.iter().map(|&rule| ((rule, 0), 1 << END)).collect();
        let mut numbers = BTreeMap::from([(kernel.keys().copied().collect::<Vec<Item>>(), 0u16)]);
        self.states.push(State { kernel, gotos: BTreeMap::new() });
        let mut open = vec![0u16];
        while let Some(number) = open.pop() {
            let closure = self.closure(&self.states[usize::from(number)].kernel);
            for (symbol, kernel) in self.successors(&closure) {
                let items: Vec<Item> = kernel.keys().copied().collect();
                let next = *numbers.entry(items).or_insert(self.states.len() as u16);
                if usize::from(next) == self.states.len() {
                    self.states.push(State { kernel, gotos: BTreeMap::new() });
                    open.push(next);
                } else if self.widen(next, &kernel) {
                    open.push(next);
                }
                self.states[usize::from(number)].gotos.insert(symbol, next);
            }
        }
    }

    /// Adds what may follow to the state's places. Whether that was news.
    fn widen(&mut self, state: u16, kernel: &Lookaheads) -> bool {
        let mut news = false;
        for (known, added) in self.states[usize::from(state)].kernel.values_mut().zip(kernel.values()) {
            news |= *known | added != *known;
            *known |= added;
        }
        news
    }

    /// All places that a kernel stands for: where a symbol comes next, so do all of its rules.
    fn closure(&self, kernel: &Lookaheads) -> Lookaheads {
        let mut closure = kernel.clone();
        let mut open: Vec<Item> = kernel.keys().copied().collect();
        while let Some(item) = open.pop() {
            let Some(symbol) = self.next_symbol(item) else { continue };
            let right = &self.rights[usize::from(item.0)];
            let (mut after, ends) = follow(right, usize::from(item.1) + 1, &self.first, &self.nullable);
            if ends {
                after |= closure[&item];
            }
            for &rule in &self.rules_of[symbol] {
                let known = closure.entry((rule, 0)).or_insert(0);
                let is_new = *known == 0;
                if is_new || *known | after != *known {
                    *known |= after;
                    open.push((rule, 0));
                }
            }
        }
        closure
    }

    fn next_symbol(&self, (rule, dot): Item) -> Option<usize> {
        self.rights[usize::from(rule)].get(usize::from(dot)).copied()
    }

    fn successors(&self, closure: &Lookaheads) -> BTreeMap<usize, Lookaheads> {
        let mut successors: BTreeMap<usize, Lookaheads> = BTreeMap::new();
        for (&(rule, dot), &after) in closure {
            if let Some(symbol) = self.next_symbol((rule, dot)) {
                successors.entry(symbol).or_default().insert((rule, dot + 1), after);
            }
        }
        successors
    }

    /// The steps of a state, conflicts resolved, and its default reduction.
    fn decide(&self, state: &State) -> (Vec<Option<Step>>, Option<u16>) {
        let closure = self.closure(&state.kernel);
        let mut steps: Vec<Option<Step>> = (0..self.terminals.len())
            .map(|terminal| state.gotos.get(&terminal).map(|&next| Step::Shift(next)))
            .collect();
        let done = closure.iter().filter(|(item, _)| self.next_symbol(**item).is_none());
        let mut done: Vec<(u16, Terminals)> = done.map(|(&(rule, _), &after)| (rule, after)).collect();
        done.sort_unstable();
        for (terminal, step) in steps.iter_mut().enumerate() {
            let rules: Vec<u16> =
                done.iter().filter(|(_, after)| after & (1 << terminal) != 0).map(|&(rule, _)| rule).collect();
            *step = self.resolve(terminal, *step, &rules);
        }
        let default = self.default(&steps);
        for step in &mut steps {
            if default.is_some() && *step == default.map(Step::Reduce) {
                *step = None;
            }
        }
        (steps, default)
    }

    /// Who wins: the shift, if there is one, or one of the rules. Each is held against each that comes after it, and
    /// what has lost takes no more part.
    fn resolve(&self, terminal: usize, shift: Option<Step>, rules: &[u16]) -> Option<Step> {
        let mut all: Vec<Option<Step>> = shift.into_iter().map(Some).collect();
        all.extend(rules.iter().map(|&rule| Some(Step::Reduce(rule))));
        for first in 0..all.len() {
            for second in first + 1..all.len() {
                let (Some(one), Some(other)) = (all[first], all[second]) else { continue };
                let loser = if self.first_wins(terminal, one, other) { second } else { first };
                all[loser] = None;
            }
        }
        all.into_iter().flatten().next()
    }

    fn first_wins(&self, terminal: usize, one: Step, other: Step) -> bool {
        match (one, other) {
            (Step::Shift(_), Step::Reduce(rule)) => match (self.levels[terminal], self.level(rule)) {
                (Some(symbol), Some(rule)) => symbol > rule,
                _ => true,
            },
            (Step::Reduce(one), Step::Reduce(other)) => match (self.level(one), self.level(other)) {
                (Some(one), Some(other)) => one >= other,
                _ => true,
            },
            _ => true,
        }
    }

    /// The precedence of a rule.
    fn level(&self, rule: u16) -> Option<usize> {
        let stated = self.grammar.rules[usize::from(rule)].level;
        if stated.is_empty() {
            let level_of = |&symbol: &usize| self.levels.get(symbol).copied().flatten();
            return self.rights[usize::from(rule)].iter().find_map(level_of);
        }
        self.terminals.get(stated).and_then(|&symbol| self.levels[symbol])
    }

    /// The most frequent reduction; never one to the start symbol.
    fn default(&self, steps: &[Option<Step>]) -> Option<u16> {
        let mut best: Option<(u16, usize)> = None;
        for (at, step) in steps.iter().enumerate() {
            let Some(Step::Reduce(rule)) = *step else { continue };
            let is_start = self.lefts[usize::from(rule)] == self.lefts[0];
            let count = steps[at..].iter().filter(|other| *other == step).count();
            if !is_start && best.is_none_or(|(_, most)| count > most) {
                best = Some((rule, count));
            }
        }
        best.map(|(rule, _)| rule)
    }
}

fn is_terminal(name: &str) -> bool {
    name.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase())
}

/// What can come from a place of a rule on, and whether that may be nothing.
fn follow(right: &[usize], from: usize, first: &[Terminals], nullable: &[bool]) -> (Terminals, bool) {
    let mut all = 0;
    for &symbol in right.iter().skip(from) {
        all |= first[symbol];
        if !nullable[symbol] {
            return (all, false);
        }
    }
    (all, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMS: Grammar<u8> = Grammar {
        levels: &["PLUS", "TIMES"],
        fallbacks: &[("NAME", "NUMBER")],
        rules: &[
            Rule { left: "all", right: "sum", level: "", action: 0 },
            Rule { left: "sum", right: "sum PLUS sum", level: "", action: 1 },
            Rule { left: "sum", right: "sum TIMES sum", level: "", action: 2 },
            Rule { left: "sum", right: "NUMBER", level: "", action: 3 },
        ],
    };

    /// The actions of the rules in the order in which they are applied.
    fn applied(tables: &Tables<u8>, text: &str) -> Option<Vec<u8>> {
        let (mut stack, mut applied) = (vec![0u16], Vec::new());
        for name in text.split_whitespace().chain([""]) {
            let terminal = tables.terminal(name)?;
            loop {
                match tables.step(*stack.last()?, terminal)? {
                    Step::Shift(next) => {
                        stack.push(next);
                        break;
                    }
                    Step::Reduce(rule) => {
                        let reduction = tables.reductions[usize::from(rule)];
                        stack.truncate(stack.len() - reduction.length);
                        applied.push(reduction.action);
                        match tables.goto(*stack.last()?, reduction.left) {
                            Some(next) => stack.push(next),
                            None => return Some(applied),
                        }
                    }
                }
            }
        }
        None
    }

    #[test]
    fn precedence_decides_what_binds() {
        let tables = Tables::new(&SUMS);
        assert_eq!(applied(&tables, "NUMBER PLUS NUMBER TIMES NUMBER"), Some(vec![3, 3, 3, 2, 1, 0]));
        assert_eq!(applied(&tables, "NUMBER TIMES NUMBER PLUS NUMBER"), Some(vec![3, 3, 2, 3, 1, 0]));
        assert_eq!(applied(&tables, "NUMBER PLUS NUMBER PLUS NUMBER"), Some(vec![3, 3, 1, 3, 1, 0]));
        assert_eq!(applied(&tables, "NUMBER PLUS"), None);
    }
}
