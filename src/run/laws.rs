//! Laws of sets that hold between the answers to related queries, whatever the documents are.
//!
//! They need no model: the subject is asked twice, and must not contradict itself. A law is looked at where both of its
//! queries find something by themselves: a query of stop-words alone vanishes from a larger one rather than find nothing.

use std::collections::BTreeSet;

use super::{Runner, Stop};
use crate::digest;
use crate::oracle::{Fingerprint, Oracle, Violation};
use crate::panics;
use crate::resp::{Bytes, Value};
use crate::scenario::text::quote_argv;
use crate::subject::ClientId;

/// Two ways of asking, and what must hold between the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// `a b` is `b a`.
    CommutedIntersection,
    /// `a|b` is `b|a`.
    CommutedUnion,
    /// `-(-(a))` is `a`.
    DoubleNegation,
    /// `-(a|b)` is `-a -b`.
    NegatedUnion,
    /// `-(a b)` is `-a|-b`.
    NegatedIntersection,
    /// `a a` and `a|a` are `a`.
    Repeated,
    /// `a b` is part of `a`.
    AddedTerm,
    /// `a` is part of `a|b`.
    AddedAlternative,
    /// `a @num:[0 2]` is part of `a @num:[-1 3]`, and so is `(0 (2`.
    NarrowedRange,
    /// `a` and `-a` share nothing.
    Excluded,
    /// VERBATIM finds no more.
    Verbatim,
    /// Pages make the whole.
    Pages,
    /// SORTBY orders by the field, and finds the same.
    Sorted,
}

impl Law {
    /// All of them.
    pub const ALL: [Law; 13] = [
        Law::CommutedIntersection,
        Law::CommutedUnion,
        Law::DoubleNegation,
        Law::NegatedUnion,
        Law::NegatedIntersection,
        Law::Repeated,
        Law::AddedTerm,
        Law::AddedAlternative,
        Law::NarrowedRange,
        Law::Excluded,
        Law::Verbatim,
        Law::Pages,
        Law::Sorted,
    ];

    /// Its name in fingerprints.
    pub fn name(self) -> &'static str {
        match self {
            Law::CommutedIntersection => "commuted-intersection",
            Law::CommutedUnion => "commuted-union",
            Law::DoubleNegation => "double-negation",
            Law::NegatedUnion => "negated-union",
            Law::NegatedIntersection => "negated-intersection",
            Law::Repeated => "repeated",
            Law::AddedTerm => "added-term",
            Law::AddedAlternative => "added-alternative",
            Law::NarrowedRange => "narrowed-range",
            Law::Excluded => "excluded",
            Law::Verbatim => "verbatim",
            Law::Pages => "pages",
            Law::Sorted => "sorted",
        }
    }

    /// The queries that it compares, made of two queries.
    fn queries(self, a: &str, b: &str) -> [String; 2] {
        match self {
            Law::CommutedIntersection => [format!("({a}) ({b})"), format!("({b}) ({a})")],
            Law::CommutedUnion => [format!("({a})|({b})"), format!("({b})|({a})")],
            Law::DoubleNegation => [format!("({a})"), format!("-(-({a}))")],
            Law::NegatedUnion => [format!("-(({a})|({b}))"), format!("-({a}) -({b})")],
            Law::NegatedIntersection => [format!("-(({a}) ({b}))"), format!("(-({a}))|(-({b}))")],
            Law::Repeated => [format!("({a}) ({a})"), format!("({a})|({a})")],
            Law::AddedTerm => [format!("({a})"), format!("({a}) ({b})")],
            Law::AddedAlternative => [format!("({a})|({b})"), format!("({a})")],
            Law::NarrowedRange => [format!("({a}) @num:[-1 3]"), format!("({a}) @num:[(-1 (3]")],
            Law::Excluded => [format!("({a})"), format!("-({a})")],
            Law::Verbatim | Law::Pages | Law::Sorted => [a.to_owned(), a.to_owned()],
        }
    }
}

/// FT.SEARCH, of which only what decides about the set of results is kept.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    index: Bytes,
    query: String,
    /// VERBATIM, NOSTOPWORDS, INKEYS, INFIELDS, PARAMS, DIALECT.
    kept: Vec<Bytes>,
    sorted_by: Option<Bytes>,
    descending: bool,
    verbatim: bool,
}

impl Asked {
    /// What a command asks; none where a law might not hold: with SLOP and INORDER the order of terms counts.
    fn of(argv: &[Bytes]) -> Option<Asked> {
        let [name, index, query, rest @ ..] = argv else { return None };
        if !name.eq_ignore_ascii_case(b"FT.SEARCH") {
            return None;
        }
        let query = String::from_utf8(query.clone()).ok()?;
        let mut asked = Asked {
            index: index.clone(),
            query,
            kept: Vec::new(),
            sorted_by: None,
            descending: false,
            verbatim: false,
        };
        let mut args = rest;
        while let Some(word) = args.first() {
            let taken = asked.option(&word.to_ascii_uppercase(), args)?;
            args = args.get(taken..)?;
        }
        Some(asked)
    }

    /// Takes one option, and says how many words it has.
    fn option(&mut self, word: &[u8], args: &[Bytes]) -> Option<usize> {
        let counted = || std::str::from_utf8(args.get(1)?).ok()?.parse::<usize>().ok().filter(|n| *n < 100);
        let (taken, is_kept) = match word {
            b"VERBATIM" => {
                self.verbatim = true;
                (1, true)
            }
            b"NOSTOPWORDS" => (1, true),
            b"INKEYS" | b"INFIELDS" | b"PARAMS" => (2 + counted()?, true),
            b"DIALECT" => (2, true),
            b"NOCONTENT" | b"WITHSCORES" => (1, false),
            b"SCORER" => (2, false),
            b"RETURN" => (2 + counted()?, false),
            b"LIMIT" => (3, false),
            b"SORTBY" => {
                self.sorted_by = args.get(1).cloned();
                let direction = args.get(2).map(|word| word.to_ascii_uppercase());
                self.descending = direction.as_deref() == Some(b"DESC");
                (if matches!(direction.as_deref(), Some(b"ASC" | b"DESC")) { 3 } else { 2 }, false)
            }
            _ => return None,
        };
        let words = args.get(..taken)?;
        if is_kept {
            self.kept.extend_from_slice(words);
        }
        Some(taken)
    }

    /// The command that asks for the documents of a query.
    fn command(&self, query: &str, more: &str) -> Vec<Bytes> {
        let mut argv = vec![b"FT.SEARCH".to_vec(), self.index.clone(), query.into()];
        argv.extend(self.kept.iter().cloned());
        argv.extend(more.split_whitespace().map(Bytes::from));
        argv
    }

    /// Whether nothing in the query is turned round: fewer matches of a word are then fewer results.
    fn is_positive(&self) -> bool {
        !self.query.contains(['-', '~', '!'])
    }
}

const ALL: &str = "NOCONTENT LIMIT 0 1000";

/// Queries that are put together with the one at hand.
const OTHERS: [&str; 5] = ["red", "run*", "@num:[1 10]", "@cat:{red}", "green|hello"];

impl Runner<'_> {
    /// After a search: looks at two of the laws, which ones the command decides.
    pub(super) fn check_laws(&mut self, argv: &[Bytes]) -> Result<(), Stop> {
        let Some(asked) = Asked::of(argv).filter(|_| self.options.laws) else { return Ok(()) };
        let mut bytes = Vec::new();
        argv.iter().for_each(|arg| digest::bytes(arg, &mut bytes));
        let chosen = twox_hash::XxHash3_64::oneshot(&bytes) as usize;
        let other = OTHERS[chosen / Law::ALL.len() % OTHERS.len()];
        let Some(whole) = self.found(&asked.command(&asked.query, ALL))? else { return Ok(()) };
        if whole.is_empty() {
            return Ok(());
        }
        for law in [Law::ALL[chosen % Law::ALL.len()], Law::ALL[(chosen + 6) % Law::ALL.len()]] {
            match law {
                Law::Pages => self.check_pages(&asked, &whole)?,
                Law::Sorted => self.check_sorted(&asked, &whole)?,
                Law::Verbatim => self.check_verbatim(&asked, &whole)?,
                _ => self.check_pair(law, &asked, other)?,
            }
        }
        Ok(())
    }

    fn check_pair(&mut self, law: Law, asked: &Asked, other: &str) -> Result<(), Stop> {
        // Alone, the other must find something, too.
        if self.found(&asked.command(other, ALL))?.is_none_or(|found| found.is_empty()) {
            return Ok(());
        }
        let [first, second] = law.queries(&asked.query, other);
        let command = asked.command(&second, ALL);
        let (Some(first_found), Some(second_found)) = (self.found(&asked.command(&first, ALL))?, self.found(&command)?)
        else {
            return Ok(());
        };
        let (a, b): (BTreeSet<_>, BTreeSet<_>) = (first_found.iter().collect(), second_found.iter().collect());
        let (holds, relation) = match law {
            Law::AddedTerm | Law::AddedAlternative | Law::NarrowedRange => (b.is_subset(&a), "no more than"),
            Law::Excluded => (a.is_disjoint(&b), "nothing of"),
            _ => (a == b, "what there is for"),
        };
        let expected = format!("{relation} `{first}`: {}", list(&first_found));
        self.law(law, holds, &command, expected, list(&second_found))
    }

    fn check_pages(&mut self, asked: &Asked, whole: &[Bytes]) -> Result<(), Stop> {
        let mut pages = Vec::new();
        let mut last = Vec::new();
        for offset in (0..whole.len() + 2).step_by(2) {
            last = asked.command(&asked.query, &format!("NOCONTENT LIMIT {offset} 2"));
            let Some(page) = self.found(&last)? else { return Ok(()) };
            pages.extend(page);
        }
        self.law(Law::Pages, pages == whole, &last, format!("pages of {}", list(whole)), list(&pages))
    }

    fn check_verbatim(&mut self, asked: &Asked, whole: &[Bytes]) -> Result<(), Stop> {
        if asked.verbatim || !asked.is_positive() {
            return Ok(());
        }
        let command = asked.command(&asked.query, "VERBATIM NOCONTENT LIMIT 0 1000");
        let Some(found) = self.found(&command)? else { return Ok(()) };
        let holds = found.iter().all(|key| whole.contains(key));
        self.law(Law::Verbatim, holds, &command, format!("no more than {}", list(whole)), list(&found))
    }

    /// In both directions: each is in order, and both find what is found without.
    fn check_sorted(&mut self, asked: &Asked, whole: &[Bytes]) -> Result<(), Stop> {
        let field = asked.sorted_by.clone().unwrap_or_else(|| b"num".to_vec());
        let name = String::from_utf8_lossy(&field).into_owned();
        let direction = if asked.descending { "DESC" } else { "ASC" };
        let more = format!("SORTBY {name} {direction} RETURN 1 {name} LIMIT 0 1000");
        let command = asked.command(&asked.query, &more);
        let Some(Value::Array(items)) = self.ask_about(&command)? else { return Ok(()) };
        let results: Vec<(&Value, &Value)> =
            items.get(1..).unwrap_or_default().chunks_exact(2).map(|r| (&r[0], &r[1])).collect();
        let keys: BTreeSet<&Bytes> = results.iter().filter_map(|(key, _)| bulk(key)).collect();
        let same = keys == whole.iter().collect();
        self.law(Law::Sorted, same, &command, format!("in some order, {}", list(whole)), format!("{keys:?}"))?;
        let numbers: Vec<f64> = results.iter().filter_map(|(_, fields)| number_in(fields)).collect();
        let in_order =
            numbers.windows(2).all(|pair| if asked.descending { pair[0] >= pair[1] } else { pair[0] <= pair[1] });
        // Only numbers: texts are folded before they are compared, and who knows how.
        let is_number = name == "num" || name == "n";
        let expected = format!("in the order of {name}, {direction}");
        self.law(Law::Sorted, !is_number || in_order, &command, expected, format!("{numbers:?}"))
    }

    /// The keys that a search answers; none where it is refused.
    fn found(&mut self, argv: &[Bytes]) -> Result<Option<Vec<Bytes>>, Stop> {
        let Some(Value::Array(items)) = self.ask_about(argv)? else { return Ok(None) };
        let keys = items.get(1..).unwrap_or_default().iter().filter_map(bulk);
        Ok(Some(keys.cloned().collect()))
    }

    /// Asks the subject, and nobody else.
    fn ask_about(&mut self, argv: &[Bytes]) -> Result<Option<Value>, Stop> {
        let mut events = Vec::new();
        let Runner { subject, .. } = self;
        let outcome = panics::caught(|| {
            subject.send(ClientId::OBSERVER, argv)?;
            subject.poll(&mut events)
        });
        self.subject_result(argv, outcome)?;
        let reply = events.into_iter().rev().find(|(client, _)| *client == ClientId::OBSERVER).map(|(_, reply)| reply);
        if let Some(reply) = &reply {
            self.digest_command(ClientId::OBSERVER, argv);
            self.digest_reply(ClientId::OBSERVER, reply);
        }
        Ok(reply)
    }

    fn law(
        &mut self,
        law: Law,
        holds: bool,
        command: &[Bytes],
        expected: String,
        observed: String,
    ) -> Result<(), Stop> {
        self.report.checks += 1;
        if holds {
            return Ok(());
        }
        Err(Stop::Violation(Box::new(Violation {
            oracle: Oracle::Law,
            step: self.step,
            command: quote_argv(command),
            observed,
            expected,
            fingerprint: Fingerprint::new(Oracle::Law, law.name(), "holds", "broken"),
            as_sent: Default::default(),
            dispute: None,
        })))
    }
}

fn bulk(value: &Value) -> Option<&Bytes> {
    if let Value::Bulk(bytes) = value { Some(bytes) } else { None }
}

fn list(keys: &[Bytes]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| String::from_utf8_lossy(key)).collect();
    format!("[{}]", keys.join(" "))
}

/// The number among the fields of a result, if it has one.
fn number_in(fields: &Value) -> Option<f64> {
    let Value::Array(fields) = fields else { return None };
    std::str::from_utf8(bulk(fields.get(1)?)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(line: &str) -> Vec<Bytes> {
        line.split(' ').map(Bytes::from).collect()
    }

    #[test]
    fn what_decides_about_the_set_is_kept() {
        let asked =
            Asked::of(&argv("FT.SEARCH i red LIMIT 0 1 INKEYS 1 d:1 SORTBY num DESC NOCONTENT DIALECT 2")).unwrap();
        assert_eq!(asked.command("x", ""), argv("FT.SEARCH i x INKEYS 1 d:1 DIALECT 2"));
        assert!(asked.descending && asked.sorted_by.as_deref() == Some(b"num"));
        assert_eq!(Asked::of(&argv("FT.SEARCH i red SLOP 1")), None);
        assert_eq!(Asked::of(&argv("FT.SEARCH i red INKEYS 9 d:1")), None);
    }
}
