//! What FT.SEARCH was asked: the words after the query.

use std::collections::BTreeMap;

use super::search::refusal;
use super::{Error, number};
use crate::query::eval::aggregate::c_string;
use crate::query::eval::{Scope, Scorer, SortBy};
use crate::query::{self, Query, Schema};
use crate::resp::Bytes;

/// No more results are shown, or skipped.
const RESULTS_MAX: i64 = 1_000_000;

/// A query and its options.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) query: Bytes,
    pub(super) nocontent: bool,
    pub(super) verbatim: bool,
    pub(super) nostopwords: bool,
    pub(super) with_scores: bool,
    pub(super) with_sort_keys: bool,
    pub(super) scope: Scope,
    /// RETURN: fields, and the names they are shown under.
    pub(super) returned: Option<Vec<(Bytes, Bytes)>>,
    pub(super) sort_by: Option<SortBy>,
    pub(super) limit: (usize, usize),
    pub(super) scorer: Scorer,
    pub(super) params: BTreeMap<Bytes, Bytes>,
    pub(super) dialect: u8,
    pub(super) highlight: Option<Highlight>,
}

/// HIGHLIGHT.
#[derive(Clone, Debug)]
pub(super) struct Highlight {
    /// The fields, if they were named.
    pub(super) fields: Option<Vec<Bytes>>,
    /// What stands before and behind a match.
    pub(super) tags: (Bytes, Bytes),
}

/// The words that are left.
pub(super) struct Words<'a> {
    all: &'a [Bytes],
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(all: &'a [Bytes]) -> Words<'a> {
        Words { all, at: 0 }
    }

    pub(super) fn next(&mut self) -> Option<&'a Bytes> {
        let word = self.all.get(self.at)?;
        self.at += 1;
        Some(word)
    }

    /// The next word, if it is this one.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let is_next = self.all.get(self.at).is_some_and(|next| next.eq_ignore_ascii_case(word.as_bytes()));
        self.at += usize::from(is_next);
        is_next
    }

    /// As many words as the next one says.
    pub(super) fn counted(&mut self, option: &str) -> Result<&'a [Bytes], Error> {
        let missing = |what: &str| refusal(format!("Bad arguments for {option}: {what}"));
        let count = self.next().ok_or_else(|| missing("Expected an argument, but none provided"))?;
        let count = number::parse_int(count).ok_or_else(|| missing("Could not convert argument to expected type"))?;
        let count = usize::try_from(count).map_err(|_| missing("Value is outside acceptable bounds"))?;
        let words = self.all[self.at..].get(..count);
        self.at = self.at.saturating_add(count).min(self.all.len());
        words.ok_or_else(|| missing("Expected an argument, but none provided"))
    }

    fn int(&mut self, option: &str) -> Result<i64, Error> {
        let missing = |what: &str| refusal(format!("Bad arguments for {option}: {what}"));
        let word = self.next().ok_or_else(|| missing("Expected an argument, but none provided"))?;
        let small = number::parse_int(word).filter(|number| i32::try_from(*number).is_ok());
        small.ok_or_else(|| missing("Could not convert argument to expected type"))
    }

    /// `LIMIT offset count`, of which LIMIT is read already.
    pub(super) fn limit(&mut self) -> Result<(usize, usize), Error> {
        let (Some(offset), Some(count)) = (self.next(), self.next()) else {
            return Err(refusal("LIMIT requires two arguments"));
        };
        let numeric = |word: &Bytes| number::parse_int(word).filter(|number| *number >= 0);
        let (Some(offset), Some(count)) = (numeric(offset), numeric(count)) else {
            return Err(refusal("LIMIT needs two numeric arguments"));
        };
        if count > RESULTS_MAX {
            return Err(refusal(format!("LIMIT exceeds maximum of {RESULTS_MAX}")));
        }
        if count > 0 && offset > RESULTS_MAX {
            return Err(refusal(format!("OFFSET exceeds maximum of {RESULTS_MAX}")));
        }
        Ok((offset as usize, count as usize))
    }

    /// `PARAMS n name value...`, of which PARAMS is read already.
    pub(super) fn params(&mut self) -> Result<BTreeMap<Bytes, Bytes>, Error> {
        let words = self.counted("PARAMS")?;
        if words.is_empty() || words.len() % 2 == 1 {
            return Err(refusal("Parameters must be specified in PARAM VALUE pairs"));
        }
        let mut params = BTreeMap::new();
        for pair in words.chunks_exact(2) {
            if params.insert(pair[0].clone(), pair[1].clone()).is_some() {
                return Err(refusal([b"Duplicate parameter `", c_string(&pair[0]).as_slice(), b"`"].concat()));
            }
        }
        Ok(params)
    }

    /// `DIALECT n`, of which DIALECT is read already.
    pub(super) fn dialect(&mut self) -> Result<u8, Error> {
        let range = "DIALECT requires a non negative integer >=1 and <= 4";
        let dialect = self.next().ok_or_else(|| refusal("Need an argument for DIALECT"))?;
        let dialect = number::parse_int(dialect).filter(|n| (1..=4).contains(n));
        dialect.map(|n| n as u8).ok_or_else(|| refusal(range))
    }
}

impl Request {
    pub(super) fn new(schema: &Schema, query: &[u8], options: &[Bytes]) -> Result<Request, Error> {
        let mut request = Request {
            query: query.to_vec(),
            nocontent: false,
            verbatim: false,
            nostopwords: false,
            with_scores: false,
            with_sort_keys: false,
            scope: Scope::default(),
            returned: None,
            sort_by: None,
            limit: (0, 10),
            scorer: Scorer::default(),
            params: BTreeMap::new(),
            dialect: 1,
            highlight: None,
        };
        let mut words = Words::new(options);
        while let Some(word) = words.next() {
            request.option(schema, word, &mut words)?;
        }
        Ok(request)
    }

    fn option(&mut self, schema: &Schema, word: &[u8], words: &mut Words<'_>) -> Result<(), Error> {
        let position = words.at;
        match word.to_ascii_uppercase().as_slice() {
            b"NOCONTENT" => self.nocontent = true,
            b"VERBATIM" => self.verbatim = true,
            b"NOSTOPWORDS" => self.nostopwords = true,
            b"INORDER" => self.scope.in_order = true,
            b"WITHSCORES" => self.with_scores = true,
            b"WITHSORTKEYS" => self.with_sort_keys = true,
            b"SLOP" => self.scope.slop = words.int("SLOP")?,
            b"TIMEOUT" => {
                let timeout = words.next().ok_or_else(|| refusal("Need argument for TIMEOUT"))?;
                let is_time = number::parse_int(timeout).is_some_and(|ms| ms >= 0);
                is_time.then_some(()).ok_or_else(|| refusal("TIMEOUT requires a non negative integer"))?;
            }
            b"LANGUAGE" => {
                let missing = "Bad arguments for LANGUAGE: Expected an argument, but none provided";
                let name = words.next().ok_or_else(|| refusal(missing))?;
                name.eq_ignore_ascii_case(b"english").then_some(()).ok_or_else(|| refusal("No such language"))?;
            }
            b"LIMIT" => self.limit = words.limit()?,
            b"PARAMS" => self.params = words.params()?,
            b"DIALECT" => self.dialect = words.dialect()?,
            b"INKEYS" => self.scope.keys = Some(words.counted("INKEYS")?.to_vec()),
            b"INFIELDS" => {
                let names = words.counted("INFIELDS")?;
                let named = names.iter().map(|name| schema.text_bit(name)).fold(0, |all, bit| all | bit);
                // No names are no restriction.
                self.scope.fields = if names.is_empty() { Scope::default().fields } else { named };
            }
            b"RETURN" => self.returned = Some(returned(words.counted("RETURN")?)?),
            b"SCORER" => {
                let missing = || refusal("Bad arguments for SCORER: Expected an argument, but none provided");
                let name = words.next().ok_or_else(missing)?;
                let unknown = || refusal([b"No such scorer ".as_slice(), &c_string(name)].concat());
                self.scorer = Scorer::named(name).ok_or_else(unknown)?;
            }
            b"SORTBY" if self.sort_by.is_some() => return Err(refusal("Multiple SORTBY steps are not allowed")),
            b"SORTBY" => {
                let name = words.next().ok_or_else(|| refusal("Bad SORTBY arguments"))?;
                let descending = !words.take("ASC") && words.take("DESC");
                if words.take("MAX") {
                    return Err(refusal("SORTBY MAX is not supported by FT.SEARCH"));
                }
                self.sort_by = Some(SortBy { name: name.clone(), descending });
            }
            b"HIGHLIGHT" => {
                let fields = if words.take("FIELDS") { Some(words.counted("FIELDS")?.to_vec()) } else { None };
                let tags = if words.take("TAGS") {
                    let missing = || refusal("Bad arguments for HIGHLIGHT");
                    (words.next().ok_or_else(missing)?.clone(), words.next().ok_or_else(missing)?.clone())
                } else {
                    (b"<b>".to_vec(), b"</b>".to_vec())
                };
                self.highlight = Some(Highlight { fields, tags });
            }
            _ => {
                let place = format!("` at position {position} for <main>");
                return Err(refusal([b"Unknown argument `", c_string(word).as_slice(), place.as_bytes()].concat()));
            }
        }
        Ok(())
    }

    /// The query, or what is wrong with it.
    pub(super) fn parse(&self, schema: &Schema, explaining: bool) -> Result<Query, Error> {
        let (dialect, params) = (self.dialect, &self.params);
        let (verbatim, stopwords) = (self.verbatim, !self.nostopwords);
        let request = query::Request { schema, dialect, params, verbatim, stopwords, explaining };
        query::parse(&self.query, &request).map_err(refusal)
    }
}

/// `field [AS name]`, again and again; the count is of all words, and of two with one name the first is meant.
fn returned(words: &[Bytes]) -> Result<Vec<(Bytes, Bytes)>, Error> {
    let mut words = Words::new(words);
    let mut returned: Vec<(Bytes, Bytes)> = Vec::new();
    while let Some(field) = words.next() {
        let mut name = field;
        if words.take("AS") {
            name = words.next().ok_or_else(|| refusal("RETURN path AS name - must be accompanied with NAME"))?;
            if name.eq_ignore_ascii_case(b"AS") {
                return Err(refusal("Alias for RETURN cannot be `AS`"));
            }
        }
        if returned.iter().all(|(_, other)| other != name) {
            returned.push((field.clone(), name.clone()));
        }
    }
    Ok(returned)
}
