//! The LR(0) automaton of a grammar and the lookaheads of its items.

use std::collections::BTreeMap;

/// A set of terminals.
pub(super) type Set = u64;

/// A rule over numbered symbols: terminals first, then nonterminals.
pub(super) struct Production {
    pub left: usize,
    pub right: Vec<usize>,
}

/// A rule and how much of it was seen.
pub(super) type Item = (usize, usize);

/// A state: its items with what may follow each, and where symbols lead.
#[derive(Default)]
pub(super) struct State {
    pub items: BTreeMap<Item, Set>,
    pub moves: BTreeMap<usize, usize>,
}

pub(super) struct Automaton<'a> {
    pub states: Vec<State>,
    productions: &'a [Production],
    terminals: usize,
    /// What nonterminals can begin with, and whether they can be nothing.
    first: Vec<(Set, bool)>,
}

impl<'a> Automaton<'a> {
    /// `productions[0].left` is the start; terminal 0 is the end of the input.
    pub(super) fn new(productions: &'a [Production], terminals: usize, symbols: usize) -> Self {
        let first = first_sets(productions, terminals, symbols);
        let mut automaton = Automaton { states: vec![State::default()], productions, terminals, first };
        let start = productions[0].left;
        let kernel: BTreeMap<Item, Set> =
            (0..productions.len()).filter(|&rule| productions[rule].left == start).map(|rule| ((rule, 0), 1)).collect();
        automaton.grow(kernel);
        automaton
    }

    /// Adds states and lookaheads until nothing changes.
    fn grow(&mut self, start: BTreeMap<Item, Set>) {
        let mut by_kernel: BTreeMap<Vec<Item>, usize> = BTreeMap::from([(start.keys().copied().collect(), 0)]);
        let mut kernels = vec![start];
        let mut dirty = vec![0];
        while let Some(at) = dirty.pop() {
            let items = self.closure(kernels[at].clone());
            for (symbol, kernel) in self.advance(&items) {
                let key = kernel.keys().copied().collect();
                let next = *by_kernel.entry(key).or_insert(self.states.len());
                if next == self.states.len() {
                    self.states.push(State::default());
                    kernels.push(kernel);
                    dirty.push(next);
                } else if merge(&mut kernels[next], &kernel) {
                    dirty.push(next);
                }
                self.states[at].moves.insert(symbol, next);
            }
            self.states[at].items = items;
        }
    }

    /// The items that follow from these.
    fn closure(&self, mut items: BTreeMap<Item, Set>) -> BTreeMap<Item, Set> {
        let mut work: Vec<Item> = items.keys().copied().collect();
        while let Some((rule, dot)) = work.pop() {
            let follow = items[&(rule, dot)];
            let Some((&symbol, rest)) = self.productions[rule].right[dot..].split_first() else { continue };
            let ahead = self.first_of(rest, follow);
            for next in (0..self.productions.len()).filter(|&next| self.productions[next].left == symbol) {
                let known = items.entry((next, 0)).or_default();
                if *known | ahead != *known {
                    *known |= ahead;
                    work.push((next, 0));
                }
            }
        }
        items
    }

    /// What a sequence can begin with, before what follows it.
    fn first_of(&self, symbols: &[usize], follow: Set) -> Set {
        let mut set = 0;
        for &symbol in symbols {
            let (begins, nothing) = self.first[symbol];
            set |= begins;
            if !nothing {
                return set;
            }
        }
        set | follow
    }

    /// The kernels after each symbol.
    fn advance(&self, items: &BTreeMap<Item, Set>) -> BTreeMap<usize, BTreeMap<Item, Set>> {
        let mut kernels: BTreeMap<usize, BTreeMap<Item, Set>> = BTreeMap::new();
        for (&(rule, dot), &follow) in items {
            if let Some(&symbol) = self.productions[rule].right.get(dot) {
                *kernels.entry(symbol).or_default().entry((rule, dot + 1)).or_default() |= follow;
            }
        }
        kernels
    }

    pub(super) fn is_terminal(&self, symbol: usize) -> bool {
        symbol < self.terminals
    }
}

fn merge(known: &mut BTreeMap<Item, Set>, more: &BTreeMap<Item, Set>) -> bool {
    let mut changed = false;
    for (item, set) in more {
        let old = known.entry(*item).or_default();
        changed |= *old | set != *old;
        *old |= set;
    }
    changed
}

fn first_sets(productions: &[Production], terminals: usize, symbols: usize) -> Vec<(Set, bool)> {
    let mut first: Vec<(Set, bool)> = (0..symbols).map(|s| (if s < terminals { 1 << s } else { 0 }, false)).collect();
    loop {
        let before = first.clone();
        for production in productions {
            let mut nothing = true;
            for &symbol in &production.right {
                first[production.left].0 |= first[symbol].0;
                nothing &= first[symbol].1;
                if !nothing {
                    break;
                }
            }
            first[production.left].1 |= nothing;
        }
        if first == before {
            return first;
        }
    }
}
