//! Which action a state takes at a terminal.

use std::collections::BTreeMap;

use super::automaton::{Automaton, Production};
use super::{Grammar, Side};

/// A numbered terminal or nonterminal; terminal 0 is the end of the input.
pub type Symbol = usize;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Shift(usize),
    Reduce(usize),
    /// Wrong, whatever the default says.
    Refuse,
}

/// The tables of a parser.
pub struct Table<A: 'static> {
    pub(super) rules: Vec<(Symbol, usize, &'static A)>,
    pub(super) steps: Vec<BTreeMap<Symbol, Step>>,
    /// What is reduced where nothing else fits.
    pub(super) defaults: Vec<Option<usize>>,
    pub(super) moves: Vec<BTreeMap<Symbol, usize>>,
    pub(super) fallback: BTreeMap<Symbol, Symbol>,
    pub(super) start: Symbol,
    pub(super) depth: usize,
    terminals: BTreeMap<&'static str, Symbol>,
}

/// The strength of a terminal: its rank and side.
type Rank = Option<(usize, Side)>;

impl<A> Table<A> {
    /// The parser of a grammar. It has less than 64 terminals.
    pub fn new(grammar: &Grammar<A>) -> Table<A> {
        let names = Names::new(grammar);
        let productions: Vec<_> = grammar.rules.iter().map(|rule| names.production(rule.left, rule.right)).collect();
        let rank = |terminal: &str| rank(grammar, terminal);
        let ranks: Vec<Rank> = grammar
            .rules
            .iter()
            .map(|rule| match rule.like {
                "" => rule.right.split_whitespace().find_map(rank),
                like => rank(like),
            })
            .collect();
        let terminal_ranks: Vec<Rank> = names.terminals.iter().map(|name| rank(name)).collect();
        let automaton = Automaton::new(&productions, names.terminals.len(), names.symbols());
        let mut table = Table {
            rules: grammar
                .rules
                .iter()
                .zip(&productions)
                .map(|(rule, p)| (p.left, p.right.len(), &rule.action))
                .collect(),
            steps: Vec::new(),
            defaults: Vec::new(),
            moves: Vec::new(),
            fallback: grammar.fallback.1.iter().map(|name| (names.of(name), names.of(grammar.fallback.0))).collect(),
            start: productions[0].left,
            depth: grammar.depth,
            terminals: names.terminals.iter().enumerate().map(|(i, name)| (*name, i)).collect(),
        };
        for state in 0..automaton.states.len() {
            table.add_state(&automaton, state, &productions, &terminal_ranks, &ranks);
        }
        table
    }

    /// The number of a terminal.
    pub fn terminal(&self, name: &str) -> Symbol {
        self.terminals[name]
    }

    fn add_state(
        &mut self,
        automaton: &Automaton<'_>,
        at: usize,
        productions: &[Production],
        terminal_ranks: &[Rank],
        rule_ranks: &[Rank],
    ) {
        let state = &automaton.states[at];
        let mut steps: BTreeMap<Symbol, Step> = BTreeMap::new();
        for (terminal, rank) in terminal_ranks.iter().enumerate() {
            let shift = state.moves.get(&terminal).copied();
            let done = |rule: usize, dot: usize| productions[rule].right.len() == dot;
            let reductions: Vec<usize> = (state.items.iter())
                .filter(|&(&(rule, dot), &ahead)| done(rule, dot) && ahead >> terminal & 1 == 1)
                .map(|(&(rule, _), _)| rule)
                .collect();
            if let Some(step) = settle(shift, *rank, &reductions, rule_ranks) {
                steps.insert(terminal, step);
            }
        }
        let default = self.default_of(&steps);
        if let Some(rule) = default {
            steps.retain(|_, step| *step != Step::Reduce(rule));
        }
        self.steps.push(steps);
        self.defaults.push(default);
        let moves = state.moves.iter().filter(|(symbol, _)| !automaton.is_terminal(**symbol));
        self.moves.push(moves.map(|(symbol, next)| (*symbol, *next)).collect());
    }

    /// The rule reduced at the most terminals, the first of equals; never one that ends the parse.
    fn default_of(&self, steps: &BTreeMap<Symbol, Step>) -> Option<usize> {
        let live = steps.values().filter_map(|step| match step {
            Step::Reduce(rule) if self.rules[*rule].0 != self.start => Some(*rule),
            _ => None,
        });
        let rules: Vec<usize> = live.collect();
        let mut best: Option<(usize, usize)> = None;
        for &rule in &rules {
            let count = rules.iter().filter(|&&other| other == rule).count();
            if best.is_none_or(|(most, _)| count > most) {
                best = Some((count, rule));
            }
        }
        best.map(|(_, rule)| rule)
    }
}

/// One terminal may be shifted, or end one of several rules: the stronger wins, and each pair is settled in order.
fn settle(shift: Option<usize>, terminal: Rank, reductions: &[usize], ranks: &[Rank]) -> Option<Step> {
    let mut shifting = shift.is_some();
    let mut refusing = false;
    let mut reducing = vec![true; reductions.len()];
    for (i, &rule) in reductions.iter().enumerate() {
        if !shifting {
            break;
        }
        match (terminal, ranks[rule]) {
            (Some((weight, side)), Some((rule_weight, _)))
                if weight < rule_weight || weight == rule_weight && side == Side::Left =>
            {
                shifting = false;
            }
            (Some((weight, Side::Neither)), Some((rule_weight, _))) if weight == rule_weight => {
                (shifting, refusing) = (false, true);
            }
            _ => reducing[i] = false,
        }
    }
    for i in 0..reductions.len() {
        for j in i + 1..reductions.len() {
            if !reducing[i] || !reducing[j] {
                continue;
            }
            match (ranks[reductions[i]], ranks[reductions[j]]) {
                (Some((first, _)), Some((second, _))) if first < second => reducing[i] = false,
                _ => reducing[j] = false,
            }
        }
    }
    if refusing {
        return Some(Step::Refuse);
    }
    if shifting {
        return shift.map(Step::Shift);
    }
    reductions.iter().zip(reducing).find(|(_, live)| *live).map(|(&rule, _)| Step::Reduce(rule))
}

fn rank<A>(grammar: &Grammar<A>, terminal: &str) -> Rank {
    let has = |names: &str| names.split_whitespace().any(|name| name == terminal);
    grammar.precedence.iter().position(|(_, names)| has(names)).map(|place| (place, grammar.precedence[place].0))
}

/// The symbols of a grammar, numbered.
struct Names {
    terminals: Vec<&'static str>,
    nonterminals: Vec<&'static str>,
}

impl Names {
    fn new<A>(grammar: &Grammar<A>) -> Names {
        let mut names = Names { terminals: vec!["$"], nonterminals: Vec::new() };
        let ranked = grammar.precedence.iter().flat_map(|(_, names)| names.split_whitespace());
        let written = grammar.rules.iter().flat_map(|rule| rule.right.split_whitespace());
        let fallback = std::iter::once(grammar.fallback.0).chain(grammar.fallback.1.iter().copied());
        for name in ranked.chain(written).chain(fallback) {
            if is_terminal(name) && !name.is_empty() && !names.terminals.contains(&name) {
                names.terminals.push(name);
            }
        }
        for rule in grammar.rules {
            if !names.nonterminals.contains(&rule.left) {
                names.nonterminals.push(rule.left);
            }
        }
        names
    }

    fn symbols(&self) -> usize {
        self.terminals.len() + self.nonterminals.len()
    }

    fn of(&self, name: &str) -> Symbol {
        let terminal = self.terminals.iter().position(|terminal| *terminal == name);
        let nonterminal = || self.nonterminals.iter().position(|other| *other == name);
        terminal.or_else(|| nonterminal().map(|place| self.terminals.len() + place)).expect("a symbol of the grammar")
    }

    fn production(&self, left: &str, right: &str) -> Production {
        Production { left: self.of(left), right: right.split_whitespace().map(|name| self.of(name)).collect() }
    }
}

fn is_terminal(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b == b'$')
}
