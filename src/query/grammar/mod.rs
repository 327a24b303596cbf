//! Grammars as data: rules, precedences, and the tables of an LALR(1) parser built from them as Lemon builds them.
//!
//! RediSearch's parsers are made by Lemon from ambiguous grammars. Which reading wins, and at which token an error is
//! noticed, follows from how Lemon settles conflicts and from its default reductions, so that is what is done here.

mod automaton;
mod machine;
pub mod search1;
pub mod search2;
mod table;

pub use machine::{Machine, Outcome, Reducer};
pub use table::Table;

/// Which way operators of one precedence group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `a b c` is `(a b) c`.
    Left,
    /// `a b c` is `a (b c)`.
    Right,
    /// `a b c` is wrong.
    #[allow(dead_code, reason = "Lemon knows it, and no grammar here has it")]
    Neither,
}

/// A grammar: terminals are written in capitals.
pub struct Grammar<A: 'static> {
    /// From weak to strong.
    pub precedence: &'static [(Side, &'static str)],
    /// Terminals that may stand for another (the first) where they are not expected as themselves.
    pub fallback: (&'static str, &'static [&'static str]),
    /// The rules; the left side of the first is the start.
    pub rules: &'static [Rule<A>],
    /// How many symbols the parser's stack holds, its bottom included.
    pub depth: usize,
}

/// `left ::= right`, and what to do when it was seen.
pub struct Rule<A: 'static> {
    /// The nonterminal.
    pub left: &'static str,
    /// Symbols with blanks between.
    pub right: &'static str,
    /// A terminal whose precedence the rule takes; empty: its first terminal that has one.
    pub like: &'static str,
    /// What it means.
    pub action: A,
}
