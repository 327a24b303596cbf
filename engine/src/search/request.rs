//! The words of FT.SEARCH behind the query.

use super::eval::Scorer;
use crate::command::args::{c_str, is};
use crate::number;
use crate::reply::Error;

/// The highest offset and count of LIMIT.
const RESULTS_MAX: u64 = 1_000_000;
/// The dialects there are.
const DIALECTS: std::ops::RangeInclusive<i64> = 1..=4;

/// The names and values of PARAMS.
type Params = Vec<(Vec<u8>, Vec<u8>)>;

/// What FT.SEARCH is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub query: Vec<u8>,
    pub no_content: bool,
    pub verbatim: bool,
    pub no_stop_words: bool,
    pub with_scores: bool,
    pub with_sort_keys: bool,
    pub in_order: bool,
    pub slop: Option<i64>,
    pub in_keys: Option<Vec<Vec<u8>>>,
    pub in_fields: Option<Vec<Vec<u8>>>,
    /// What to show, if that is said.
    pub fields: Option<Vec<Shown>>,
    pub highlight: Option<Highlight>,
    pub sort: Option<Sort>,
    pub limit: Limit,
    pub scorer: Scorer,
    pub params: Params,
    pub dialect: Option<u8>,
}

/// A field of RETURN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// What it is called in the schema, or else in the hash.
    pub path: Vec<u8>,
    /// What the reply calls it.
    pub name: Vec<u8>,
}

/// HIGHLIGHT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Highlight {
    /// In these fields alone.
    pub fields: Option<Vec<Vec<u8>>>,
    pub open: Vec<u8>,
    pub close: Vec<u8>,
}

/// SORTBY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    pub field: Vec<u8>,
    pub descending: bool,
}

/// LIMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub offset: u64,
    pub count: u64,
}

impl Default for Limit {
    fn default() -> Limit {
        Limit { offset: 0, count: 10 }
    }
}

/// Words that are yet to be read.
struct Cursor<'a> {
    words: &'a [Vec<u8>],
    at: usize,
}

fn refused(text: impl Into<Vec<u8>>) -> Error {
    Error::built(text.into())
}

fn bad_arguments(of: &str, why: &str) -> Error {
    refused(format!("Bad arguments for {of}: {why}"))
}

const NO_ARGUMENT: &str = "Expected an argument, but none provided";
const OTHER_TYPE: &str = "Could not convert argument to expected type";

impl<'a> Cursor<'a> {
    fn left(&self) -> usize {
        self.words.len() - self.at
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(word)
    }

    /// The argument of an option.
    fn argument(&mut self, of: &str) -> Result<&'a [u8], Error> {
        self.next().ok_or_else(|| bad_arguments(of, NO_ARGUMENT))
    }

    /// Goes on if the next word is this one.
    fn take(&mut self, keyword: &str) -> bool {
        let is_next = self.words.get(self.at).is_some_and(|word| is(word, keyword));
        self.at += usize::from(is_next);
        is_next
    }

    /// So many words as the first one says.
    fn counted(&mut self, of: &str) -> Result<&'a [Vec<u8>], Error> {
        let count = number::parse_i64(self.argument(of)?).ok_or_else(|| bad_arguments(of, OTHER_TYPE))?;
        let count = usize::try_from(count).map_err(|_| bad_arguments(of, "Value is outside acceptable bounds"))?;
        if count > self.left() {
            return Err(bad_arguments(of, NO_ARGUMENT));
        }
        self.at += count;
        Ok(&self.words[self.at - count..self.at])
    }
}

impl Request {
    /// Reads the query and all behind it.
    pub fn read(words: &[Vec<u8>]) -> Result<Request, Error> {
        let mut cursor = Cursor { words, at: 0 };
        let Some(query) = cursor.next() else {
            return Err(refused("No query string provided"));
        };
        let mut request = Request { query: query.to_vec(), ..Request::default() };
        while cursor.left() > 0 {
            let is_known = request.flag(&mut cursor) || request.option(&mut cursor)? || request.arrange(&mut cursor)?;
            if !is_known {
                let mut text = b"Unknown argument `".to_vec();
                text.extend_from_slice(c_str(&words[cursor.at]));
                text.extend_from_slice(format!("` at position {} for <main>", cursor.at).as_bytes());
                return Err(refused(text));
            }
        }
        Ok(request)
    }

    fn flag(&mut self, cursor: &mut Cursor<'_>) -> bool {
        let flags: [(&str, &mut bool); 6] = [
            ("NOCONTENT", &mut self.no_content),
            ("VERBATIM", &mut self.verbatim),
            ("NOSTOPWORDS", &mut self.no_stop_words),
            ("WITHSCORES", &mut self.with_scores),
            ("WITHSORTKEYS", &mut self.with_sort_keys),
            ("INORDER", &mut self.in_order),
        ];
        for (keyword, flag) in flags {
            if cursor.take(keyword) {
                *flag = true;
                return true;
            }
        }
        false
    }

    /// Options of the query.
    fn option(&mut self, cursor: &mut Cursor<'_>) -> Result<bool, Error> {
        if cursor.take("SLOP") {
            let slop = number::parse_i64(cursor.argument("SLOP")?).and_then(|slop| i32::try_from(slop).ok());
            self.slop = Some(slop.ok_or_else(|| bad_arguments("SLOP", OTHER_TYPE))?.into());
        } else if cursor.take("INKEYS") {
            self.in_keys = Some(cursor.counted("INKEYS")?.to_vec());
        } else if cursor.take("INFIELDS") {
            self.in_fields = Some(cursor.counted("INFIELDS")?.to_vec()).filter(|fields| !fields.is_empty());
        } else if cursor.take("RETURN") {
            self.fields = Some(shown(cursor.counted("RETURN")?)?);
        } else if cursor.take("HIGHLIGHT") {
            self.highlight = Some(highlight(cursor)?);
        } else if cursor.take("SCORER") {
            let name = cursor.argument("SCORER")?;
            let unknown = || refused([b"No such scorer ", c_str(name)].concat());
            self.scorer = Scorer::named(name).ok_or_else(unknown)?;
        } else if cursor.take("LANGUAGE") {
            let name = cursor.argument("LANGUAGE")?;
            if !is(name, "english") {
                return Err(refused("No such language"));
            }
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Options that FT.AGGREGATE has as well.
    fn arrange(&mut self, cursor: &mut Cursor<'_>) -> Result<bool, Error> {
        if cursor.take("LIMIT") {
            self.limit = limit(cursor)?;
        } else if cursor.take("SORTBY") {
            if self.sort.is_some() {
                return Err(refused("Multiple SORTBY steps are not allowed"));
            }
            let field = cursor.next().ok_or_else(|| refused("Bad SORTBY arguments"))?.to_vec();
            let descending = cursor.take("DESC");
            if !descending {
                cursor.take("ASC");
            }
            if cursor.take("MAX") {
                return Err(refused("SORTBY MAX is not supported by FT.SEARCH"));
            }
            self.sort = Some(Sort { field, descending });
        } else if cursor.take("TIMEOUT") {
            let timeout = cursor.next().ok_or_else(|| refused("Need argument for TIMEOUT"))?;
            if number::parse_i64(timeout).is_none_or(|ms| ms < 0) {
                return Err(refused("TIMEOUT requires a non negative integer"));
            }
        } else if cursor.take("PARAMS") {
            self.params = params(cursor)?;
        } else if cursor.take("DIALECT") {
            let dialect = cursor.next().ok_or_else(|| refused("Need an argument for DIALECT"))?;
            let dialect = number::parse_i64(dialect).filter(|dialect| DIALECTS.contains(dialect));
            let wrong = || refused("DIALECT requires a non negative integer >=1 and <= 4");
            self.dialect = dialect.and_then(|dialect| u8::try_from(dialect).ok()).or(None);
            self.dialect.ok_or_else(wrong)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

fn limit(cursor: &mut Cursor<'_>) -> Result<Limit, Error> {
    let (Some(offset), Some(count)) = (cursor.next(), cursor.next()) else {
        return Err(refused("LIMIT requires two arguments"));
    };
    let number = |text| number::parse_i64(text).and_then(|number| u64::try_from(number).ok());
    let (Some(offset), Some(count)) = (number(offset), number(count)) else {
        return Err(refused("LIMIT needs two numeric arguments"));
    };
    if count > RESULTS_MAX {
        return Err(refused(format!("LIMIT exceeds maximum of {RESULTS_MAX}")));
    }
    if count > 0 && offset > RESULTS_MAX {
        return Err(refused(format!("OFFSET exceeds maximum of {RESULTS_MAX}")));
    }
    Ok(Limit { offset, count })
}

fn shown(words: &[Vec<u8>]) -> Result<Vec<Shown>, Error> {
    let mut cursor = Cursor { words, at: 0 };
    let mut fields: Vec<Shown> = Vec::new();
    while let Some(path) = cursor.next() {
        let mut name = path;
        if cursor.take("AS") {
            let wrong = || refused("RETURN path AS name - must be accompanied with NAME");
            name = cursor.next().ok_or_else(wrong)?;
            if is(name, "AS") {
                return Err(refused("Alias for RETURN cannot be `AS`"));
            }
        }
        if fields.iter().all(|field| field.name != name) {
            fields.push(Shown { path: path.to_vec(), name: name.to_vec() });
        }
    }
    Ok(fields)
}

fn highlight(cursor: &mut Cursor<'_>) -> Result<Highlight, Error> {
    let wrong = |_| refused("Bad arguments for HIGHLIGHT");
    let mut highlight = Highlight { fields: None, open: b"<b>".to_vec(), close: b"</b>".to_vec() };
    if cursor.take("FIELDS") {
        highlight.fields = Some(cursor.counted("FIELDS").map_err(wrong)?.to_vec());
    }
    if cursor.take("TAGS") {
        highlight.open = cursor.argument("TAGS").map_err(wrong)?.to_vec();
        highlight.close = cursor.argument("TAGS").map_err(wrong)?.to_vec();
    }
    Ok(highlight)
}

fn params(cursor: &mut Cursor<'_>) -> Result<Params, Error> {
    let words = cursor.counted("PARAMS")?;
    if words.is_empty() || words.len() % 2 == 1 {
        return Err(refused("Parameters must be specified in PARAM VALUE pairs"));
    }
    let mut params = Params::new();
    for pair in words.chunks_exact(2) {
        if params.iter().any(|(name, _)| *name == pair[0]) {
            return Err(refused([b"Duplicate parameter `", c_str(&pair[0]), b"`"].concat()));
        }
        params.push((pair[0].clone(), pair[1].clone()));
    }
    Ok(params)
}
