//! What FT.SEARCH was asked: the words after the query.

use std::collections::BTreeMap;

use super::search::refusal;
use super::{Error, number};
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
        number::parse_int(word).ok_or_else(|| missing("Could not convert argument to expected type"))
    }

    /// `LIMIT offset count`, of which LIMIT is read already.
    pub(super) fn limit(&mut self) -> Result<(usize, usize), Error> {
        let mut numeric = || self.next().and_then(|word| number::parse_int(word)).filter(|n| *n >= 0);
        let (Some(offset), Some(count)) = (numeric(), numeric()) else {
            return Err(refusal("LIMIT needs two numeric arguments"));
        };
        if offset > RESULTS_MAX {
            return Err(refusal(format!("OFFSET exceeds maximum of {RESULTS_MAX}")));
        }
        if count > RESULTS_MAX {
            return Err(refusal(format!("LIMIT exceeds maximum of {RESULTS_MAX}")));
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
                let name = String::from_utf8_lossy(&pair[0]).into_owned();
                return Err(refusal(format!("Duplicate parameter `{name}`")));
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
            b"TIMEOUT" => drop(words.int("TIMEOUT")?),
            b"LIMIT" => self.limit = words.limit()?,
            b"PARAMS" => self.params = words.params()?,
            b"DIALECT" => self.dialect = words.dialect()?,
            b"INKEYS" => self.scope.keys = Some(words.counted("INKEYS")?.to_vec()),
            b"INFIELDS" => {
                let fields = words.counted("INFIELDS")?.iter().map(|name| schema.text_bit(name));
                self.scope.fields = fields.fold(0, |all, bit| all | bit);
            }
            b"RETURN" => self.returned = Some(returned(words.counted("RETURN")?)?),
            b"SCORER" => {
                let name = words.next().ok_or_else(|| refusal("Bad arguments for SCORER: Expected an argument"))?;
                let unknown = || refusal(format!("No such scorer {}", String::from_utf8_lossy(name)));
                self.scorer = Scorer::named(name).ok_or_else(unknown)?;
            }
            b"SORTBY" if self.sort_by.is_some() => return Err(refusal("Multiple SORTBY steps are not allowed")),
            b"SORTBY" => {
                let name = words.next().ok_or_else(|| refusal("Bad SORTBY arguments"))?;
                let name = name.strip_prefix(b"@").unwrap_or(name).to_vec();
                let descending = !words.take("ASC") && words.take("DESC");
                self.sort_by = Some(SortBy { name, descending });
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
                let word = String::from_utf8_lossy(word).into_owned();
                return Err(refusal(format!("Unknown argument `{word}` at position {position} for <main>")));
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

/// `field [AS name]`, again and again; the count is of all words.
fn returned(words: &[Bytes]) -> Result<Vec<(Bytes, Bytes)>, Error> {
    let mut words = Words::new(words);
    let mut returned = Vec::new();
    while let Some(field) = words.next() {
        let field = field.strip_prefix(b"@").unwrap_or(field).to_vec();
        let name = if words.take("AS") {
            words.next().ok_or_else(|| refusal("RETURN path AS name - must be accompanied with NAME"))?.clone()
        } else {
            field.clone()
        };
        returned.push((field, name));
    }
    Ok(returned)
}
