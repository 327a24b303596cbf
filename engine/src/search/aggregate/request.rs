//! The arguments of FT.AGGREGATE.

use crate::command::args;
use crate::number;
use crate::reply::Error;

/// What FT.AGGREGATE was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Request {
    pub query: Vec<u8>,
    pub options: QueryOptions,
    pub steps: Vec<Step>,
    /// `LIMIT 0 0`: nothing is wanted but the count.
    pub counts_only: bool,
}

/// How the query is to be understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct QueryOptions {
    pub dialect: u32,
    pub params: Vec<(Vec<u8>, Vec<u8>)>,
    pub verbatim: bool,
    pub no_stop_words: bool,
    pub in_order: bool,
    pub slop: Option<i64>,
    pub in_fields: Option<Vec<Vec<u8>>>,
    pub in_keys: Option<Vec<Vec<u8>>>,
    pub language: Option<Vec<u8>>,
    pub scorer: Option<Vec<u8>>,
    pub expander: Option<Vec<u8>>,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            dialect: 1,
            params: Vec::new(),
            verbatim: false,
            no_stop_words: false,
            in_order: false,
            slop: None,
            in_fields: None,
            in_keys: None,
            language: None,
            scorer: None,
            expander: None,
        }
    }
}

/// A step of the pipeline, as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// LOAD with the properties; `None` means everything.
    Load(Option<Vec<Vec<u8>>>),
    Group {
        properties: Vec<Vec<u8>>,
        reducers: Vec<Reducer>,
    },
    Apply {
        expression: Vec<u8>,
        alias: Vec<u8>,
    },
    Filter(Vec<u8>),
    Arrange(Arrange),
}

/// REDUCE.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reducer {
    pub function: Vec<u8>,
    pub arguments: Vec<Vec<u8>>,
    pub alias: Vec<u8>,
}

/// SORTBY and LIMIT, which are one step wherever they stand between two groupings.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Arrange {
    pub sort: Option<Vec<SortKey>>,
    pub offset: u64,
    pub limit: u64,
}

/// A property to sort by, without its `@`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SortKey {
    pub name: Vec<u8>,
    pub ascending: bool,
}

/// The greatest offset of LIMIT.
const OFFSET_MAX: u64 = 1_000_000;
/// The most properties of one SORTBY.
const SORT_KEYS_MAX: usize = 8;
const DIALECT_MAX: i64 = 4;

impl Request {
    /// Reads what follows the name of the index.
    pub fn parse(words: &[Vec<u8>]) -> Result<Request, Error> {
        let mut reader = Reader { words, at: 1, request: Request::default(), arranged: None };
        let query = words.first().ok_or(Error::new("No query string provided"))?;
        reader.request.query = query.clone();
        while !reader.is_done() {
            if !reader.query_option()? && !reader.common_option()? {
                break;
            }
        }
        while !reader.is_done() {
            if !reader.common_option()? {
                reader.step()?;
            }
        }
        Ok(reader.request)
    }
}

/// Why words could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Missing,
    Malformed,
    OutOfBounds,
}

/// The error of an option whose arguments could not be taken. Where RediSearch has forgotten the reason it says so.
fn bad_arguments(option: &str, refusal: Option<Refusal>) -> Error {
    let reason = match refusal {
        None => "SUCCESS",
        Some(Refusal::Missing) => "Expected an argument, but none provided",
        Some(Refusal::Malformed) => "Could not convert argument to expected type",
        Some(Refusal::OutOfBounds) => "Value is outside acceptable bounds",
    };
    Error::built(format!("Bad arguments for {option}: {reason}"))
}

/// An error with a word in it.
fn quoting(before: &str, word: &[u8], after: &str) -> Error {
    Error::built([before.as_bytes(), args::c_str(word), after.as_bytes()].concat())
}

struct Reader<'a> {
    words: &'a [Vec<u8>],
    at: usize,
    request: Request,
    /// Which step is the arrangement since the last grouping, if there is one.
    arranged: Option<usize>,
}

impl<'a> Reader<'a> {
    fn is_done(&self) -> bool {
        self.at >= self.words.len()
    }

    /// Takes the next word if it is this keyword.
    fn takes(&mut self, keyword: &str) -> bool {
        let is_here = self.words.get(self.at).is_some_and(|word| args::is(word, keyword));
        self.at += usize::from(is_here);
        is_here
    }

    fn word(&mut self) -> Result<&'a [u8], Refusal> {
        let word = self.words.get(self.at).ok_or(Refusal::Missing)?;
        self.at += 1;
        Ok(word)
    }

    fn integer(&mut self, least: i64, most: i64) -> Result<i64, Refusal> {
        let word = self.words.get(self.at).ok_or(Refusal::Missing)?;
        let number = parse_integer(word).ok_or(Refusal::Malformed)?;
        if !(least..=most).contains(&number) {
            return Err(Refusal::OutOfBounds);
        }
        self.at += 1;
        Ok(number)
    }

    /// A count, and so many words.
    fn counted(&mut self) -> Result<&'a [Vec<u8>], Refusal> {
        let count = self.integer(0, i64::from(u32::MAX))?;
        let rest = &self.words[self.at.min(self.words.len())..];
        let words = usize::try_from(count).ok().and_then(|count| rest.get(..count)).ok_or(Refusal::Missing)?;
        self.at += words.len();
        Ok(words)
    }

    /// What only the query's own options may be, before any step.
    fn query_option(&mut self) -> Result<bool, Error> {
        const IGNORED: [&str; 5] = ["WITHSCORES", "WITHSORTKEYS", "WITHPAYLOADS", "NOCONTENT", "EXPLAINSCORE"];
        let bad = |option: &'static str| move |refusal| bad_arguments(option, Some(refusal));
        if self.takes("VERBATIM") {
            self.request.options.verbatim = true;
        } else if self.takes("NOSTOPWORDS") {
            self.request.options.no_stop_words = true;
        } else if self.takes("INORDER") {
            self.request.options.in_order = true;
        } else if self.takes("SLOP") {
            let slop = self.integer(i64::from(i32::MIN), i64::from(i32::MAX)).map_err(bad("SLOP"))?;
            self.request.options.slop = Some(slop);
        } else if self.takes("INFIELDS") {
            self.request.options.in_fields = Some(self.counted().map_err(bad("INFIELDS"))?.to_vec());
        } else if self.takes("INKEYS") {
            self.request.options.in_keys = Some(self.counted().map_err(bad("INKEYS"))?.to_vec());
        } else if self.takes("LANGUAGE") {
            self.request.options.language = Some(self.word().map_err(bad("LANGUAGE"))?.to_vec());
        } else if self.takes("SCORER") {
            self.request.options.scorer = Some(self.word().map_err(bad("SCORER"))?.to_vec());
        } else if self.takes("EXPANDER") {
            self.request.options.expander = Some(self.word().map_err(bad("EXPANDER"))?.to_vec());
        } else if self.takes("PAYLOAD") {
            self.word().map_err(bad("PAYLOAD"))?;
        } else if self.takes("RETURN") {
            self.counted().map_err(bad("RETURN"))?;
            return Err(Error::new("RETURN is not supported on FT.AGGREGATE"));
        } else if self.takes("SUMMARIZE") {
            return Err(Error::new("SUMMARIZE is not supported on FT.AGGREGATE"));
        } else if self.takes("HIGHLIGHT") {
            return Err(Error::new("HIGHLIGHT is not supported on FT.AGGREGATE"));
        } else {
            return Ok(IGNORED.iter().any(|option| self.takes(option))
                || self.takes("WITHCOUNT")
                || self.takes("WITHOUTCOUNT"));
        }
        Ok(true)
    }

    /// What may stand anywhere.
    fn common_option(&mut self) -> Result<bool, Error> {
        if self.takes("LIMIT") {
            self.limit()?;
        } else if self.takes("SORTBY") {
            self.sort_by()?;
        } else if self.takes("TIMEOUT") {
            if self.is_done() {
                return Err(Error::new("Need argument for TIMEOUT"));
            }
            let refused = |_| Error::new("TIMEOUT requires a non negative integer");
            self.integer(0, i64::MAX).map_err(refused)?;
        } else if self.takes("PARAMS") {
            self.params()?;
        } else if self.takes("DIALECT") {
            self.dialect()?;
        } else if self.takes("FORMAT") {
            self.format()?;
        } else if self.takes("WITHCURSOR") {
            return Err(Error::new("ERR cursors are not supported"));
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Changes the arrangement since the last grouping, which is where it first stood.
    fn arrange<T: Default>(&mut self, change: impl FnOnce(&mut Arrange) -> T) -> T {
        let steps = &mut self.request.steps;
        let at = *self.arranged.get_or_insert(steps.len());
        if at == steps.len() {
            steps.push(Step::Arrange(Arrange::default()));
        }
        match &mut steps[at] {
            Step::Arrange(arrange) => change(arrange),
            _ => T::default(),
        }
    }

    fn limit(&mut self) -> Result<(), Error> {
        self.arrange(|_| ());
        if self.words.len() - self.at < 2 {
            return Err(Error::new("LIMIT requires two arguments"));
        }
        let refused = |_| Error::new("LIMIT needs two numeric arguments");
        let offset = self.integer(0, i64::MAX).map_err(refused)? as u64;
        let limit = self.integer(0, i64::MAX).map_err(refused)? as u64;
        match (offset, limit) {
            (1.., 0) => return Err(Error::new("The `offset` of the LIMIT must be 0 when `num` is 0")),
            (_, 0) => self.request.counts_only = true,
            (offset, _) if offset > OFFSET_MAX => {
                return Err(Error::built(format!("OFFSET exceeds maximum of {OFFSET_MAX}")));
            }
            _ => {}
        }
        self.arrange(|arrange| (arrange.offset, arrange.limit) = (offset, limit));
        Ok(())
    }

    fn sort_by(&mut self) -> Result<(), Error> {
        if self.arrange(|arrange| arrange.sort.is_some()) {
            let text = "Multiple SORTBY steps are not allowed. Sort multiple fields in a single step";
            return Err(Error::new(text));
        }
        let words = self.counted().map_err(|refusal| bad_arguments("SORTBY", Some(refusal)))?;
        let keys = sort_keys(words)?;
        if self.takes("MAX") {
            let most = self.integer(0, i64::from(u32::MAX));
            let most = most.map_err(|refusal| bad_arguments("MAX", Some(refusal)))?;
            self.arrange(|arrange| arrange.limit = most as u64);
        }
        self.arrange(|arrange| arrange.sort = Some(keys));
        Ok(())
    }

    fn params(&mut self) -> Result<(), Error> {
        let words = self.counted().map_err(|refusal| bad_arguments("PARAMS", Some(refusal)))?;
        if !self.request.options.params.is_empty() {
            return Err(Error::new("Multiple PARAMS are not allowed. Parameters can be defined only once"));
        }
        if words.is_empty() || !words.len().is_multiple_of(2) {
            return Err(Error::new("Parameters must be specified in PARAM VALUE pairs"));
        }
        let mut seen = std::collections::BTreeSet::new();
        for pair in words.chunks_exact(2) {
            if !seen.insert(&pair[0]) {
                return Err(quoting("Duplicate parameter `", &pair[0], "`"));
            }
            self.request.options.params.push((pair[0].clone(), pair[1].clone()));
        }
        Ok(())
    }

    fn dialect(&mut self) -> Result<(), Error> {
        if self.is_done() {
            return Err(Error::new("Need an argument for DIALECT"));
        }
        let refused = |_| Error::built(format!("DIALECT requires a non negative integer >=1 and <= {DIALECT_MAX}"));
        self.request.options.dialect = self.integer(1, DIALECT_MAX).map_err(refused)? as u32;
        Ok(())
    }

    fn format(&mut self) -> Result<(), Error> {
        let format = self.word().map_err(|_| Error::new("Need an argument for FORMAT"))?;
        match format {
            _ if args::is(format, "STRING") => Ok(()),
            _ if args::is(format, "EXPAND") => Err(Error::new("EXPAND format is only supported with RESP3")),
            _ => Err(quoting("FORMAT ", format, " is not supported")),
        }
    }

    fn step(&mut self) -> Result<(), Error> {
        let at = self.at;
        let step = if self.takes("GROUPBY") {
            self.arranged = None;
            self.group_by()?
        } else if self.takes("APPLY") {
            self.apply()?
        } else if self.takes("LOAD") {
            self.load()?
        } else if self.takes("FILTER") {
            Step::Filter(self.expression()?)
        } else {
            let after = format!("` at position {at} for <main>");
            return Err(quoting("Unknown argument `", &self.words[at], &after));
        };
        self.request.steps.push(step);
        Ok(())
    }

    fn group_by(&mut self) -> Result<Step, Error> {
        let properties = self.counted().map_err(|refusal| bad_arguments("GROUPBY", Some(refusal)))?;
        let mut names = Vec::new();
        for property in properties {
            let Some(name) = property.strip_prefix(b"@") else {
                let text = args::c_str(property);
                let parts: [&[u8]; 5] =
                    [b"Bad arguments for GROUPBY: Unknown property `", text, b"`. Did you mean `@", text, b"`?"];
                return Err(Error::built(parts.concat()));
            };
            names.push(args::c_str(name).to_vec());
        }
        let mut reducers = Vec::new();
        while self.takes("REDUCE") {
            reducers.push(self.reducer()?);
        }
        Ok(Step::Group { properties: names, reducers })
    }

    fn reducer(&mut self) -> Result<Reducer, Error> {
        let function = self.word().map_err(|_| bad_arguments("REDUCE", None))?.to_vec();
        let refused = |refusal| bad_arguments(&String::from_utf8_lossy(args::c_str(&function)), Some(refusal));
        let arguments = self.counted().map_err(refused)?.to_vec();
        let alias = if self.takes("AS") {
            self.word().map_err(|refusal| bad_arguments("AS", Some(refusal)))?.to_vec()
        } else {
            generated_alias(&function, &arguments)
        };
        Ok(Reducer { function, arguments, alias })
    }

    fn expression(&mut self) -> Result<Vec<u8>, Error> {
        Ok(self.word().map_err(|refusal| bad_arguments("APPLY/FILTER", Some(refusal)))?.to_vec())
    }

    fn apply(&mut self) -> Result<Step, Error> {
        let expression = self.expression()?;
        let alias = match self.takes("AS") {
            true => self.word().map_err(|_| Error::new("AS needs argument"))?.to_vec(),
            false => expression.clone(),
        };
        Ok(Step::Apply { expression, alias })
    }

    fn load(&mut self) -> Result<Step, Error> {
        if let Ok(words) = self.counted() {
            return Ok(Step::Load(Some(words.to_vec())));
        }
        match self.word() {
            Ok(b"*") => Ok(Step::Load(None)),
            other => Err(bad_arguments("LOAD", other.err())),
        }
    }
}

/// Properties, each with its direction behind it if that is not upwards.
fn sort_keys(words: &[Vec<u8>]) -> Result<Vec<SortKey>, Error> {
    let mut keys: Vec<SortKey> = Vec::new();
    for word in words {
        let direction = args::is(word, "ASC").then_some(true).or(args::is(word, "DESC").then_some(false));
        match (word.strip_prefix(b"@"), direction) {
            (Some(_), _) if keys.len() == SORT_KEYS_MAX => {
                return Err(Error::built(format!("Cannot sort by more than {SORT_KEYS_MAX} fields")));
            }
            (Some(name), _) => keys.push(SortKey { name: args::c_str(name).to_vec(), ascending: true }),
            (None, Some(ascending)) => {
                if let Some(key) = keys.last_mut() {
                    key.ascending = ascending;
                }
            }
            (None, None) => return Err(quoting("MISSING ASC or DESC after sort field (", word, ")")),
        }
    }
    Ok(keys)
}

/// What a reducer without AS is called.
fn generated_alias(function: &[u8], arguments: &[Vec<u8>]) -> Vec<u8> {
    let names: Vec<&[u8]> = arguments.iter().map(|argument| without_ats(argument)).collect();
    let alias = [b"__generated_alias", args::c_str(function), &names.join(&b',')].concat();
    alias.to_ascii_lowercase()
}

fn without_ats(argument: &[u8]) -> &[u8] {
    let ats = argument.iter().take_while(|byte| **byte == b'@').count();
    &argument[ats..]
}

/// As C's `strtoll` takes all of a word: with blanks and a plus before it, and leading zeros.
fn parse_integer(word: &[u8]) -> Option<i64> {
    if let Some(number) = number::parse_i64(word) {
        return Some(number);
    }
    let word = args::c_str(word);
    let blanks = word.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x0b).count();
    std::str::from_utf8(&word[blanks..]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Request, String> {
        let words: Vec<Vec<u8>> = text.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        Request::parse(&words).map_err(|error| String::from_utf8_lossy(&error.0).into_owned())
    }

    #[test]
    fn sorting_and_limits_are_one_step() {
        let steps =
            parse("* SORTBY 3 @a DESC @b APPLY 1 AS x LIMIT 2 5 GROUPBY 0 LIMIT 0 3").map(|request| request.steps);
        let key = |name: &str, ascending| SortKey { name: name.into(), ascending };
        let sorted = Arrange { sort: Some(vec![key("a", false), key("b", true)]), offset: 2, limit: 5 };
        let expected = vec![
            Step::Arrange(sorted),
            Step::Apply { expression: b"1".to_vec(), alias: b"x".to_vec() },
            Step::Group { properties: Vec::new(), reducers: Vec::new() },
            Step::Arrange(Arrange { sort: None, offset: 0, limit: 3 }),
        ];
        assert_eq!(steps, Ok(expected));
    }

    #[test]
    fn wrong_arguments_are_named() {
        for (text, error) in [
            ("* LIMIT 0", "LIMIT requires two arguments"),
            ("* LIMIT a 1", "LIMIT needs two numeric arguments"),
            ("* LIMIT 1 0", "The `offset` of the LIMIT must be 0 when `num` is 0"),
            ("* LOAD 1 a VERBATIM", "Unknown argument `VERBATIM` at position 4 for <main>"),
            ("* GROUPBY 1 a", "Bad arguments for GROUPBY: Unknown property `a`. Did you mean `@a`?"),
            ("* GROUPBY 9 @a", "Bad arguments for GROUPBY: Expected an argument, but none provided"),
            ("* SORTBY 2 @a UP", "MISSING ASC or DESC after sort field (UP)"),
            ("* SORTBY x", "Bad arguments for SORTBY: Could not convert argument to expected type"),
            ("* DIALECT 9", "DIALECT requires a non negative integer >=1 and <= 4"),
            ("* APPLY", "Bad arguments for APPLY/FILTER: Expected an argument, but none provided"),
            ("* PARAMS 3 a b c", "Parameters must be specified in PARAM VALUE pairs"),
        ] {
            assert_eq!(parse(text), Err(error.to_owned()), "{text}");
        }
    }
}
