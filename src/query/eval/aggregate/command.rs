//! The words of FT.AGGREGATE after the query.

use std::collections::BTreeMap;

use crate::resp::Bytes;

/// What was said, before anyone looks whether it makes sense.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Command {
    /// LOAD: fields and the names they get.
    pub load: Vec<(Bytes, Bytes)>,
    /// LOAD *
    pub load_all: bool,
    /// VERBATIM
    pub verbatim: bool,
    /// PARAMS
    pub params: BTreeMap<Bytes, Bytes>,
    /// DIALECT
    pub dialect: u8,
    /// The steps.
    pub steps: Vec<Words>,
}

/// A step in words.
#[derive(Clone, Debug, PartialEq)]
pub enum Words {
    /// APPLY expression AS name.
    Apply(Bytes, Bytes),
    /// FILTER expression.
    Filter(Bytes),
    /// GROUPBY properties, and the reducers.
    Group(Vec<Bytes>, Vec<Reduce>),
    /// SORTBY and LIMIT.
    Arrange {
        /// Properties, each with whether it is in descending order.
        keys: Vec<(Bytes, bool)>,
        /// OFFSET and COUNT, if given.
        limit: Option<(usize, usize)>,
    },
}

/// `REDUCE function n args AS name`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduce {
    /// The function.
    pub function: Bytes,
    /// Its arguments.
    pub args: Vec<Bytes>,
    /// The name of the result.
    pub name: Bytes,
}

/// No more rows are kept, or skipped.
const ROWS_MAX: usize = 1_000_000;

struct Reader<'a> {
    rest: &'a [Bytes],
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a Bytes> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self.rest.first().is_some_and(|next| next.eq_ignore_ascii_case(word.as_bytes()));
        if is_next {
            self.rest = &self.rest[1..];
        }
        is_next
    }

    fn number(&mut self, what: &str) -> Result<usize, Bytes> {
        let missing = || format!("Bad arguments for {what}: Expected an argument, but none provided").into_bytes();
        let word = self.next().ok_or_else(missing)?;
        let wrong = || format!("Bad arguments for {what}: Could not convert argument to expected type").into_bytes();
        std::str::from_utf8(word).ok().and_then(|word| word.parse().ok()).ok_or_else(wrong)
    }

    fn counted(&mut self, what: &str) -> Result<&'a [Bytes], Bytes> {
        let count = self.number(what)?;
        let missing = || format!("Bad arguments for {what}: Expected an argument, but none provided").into_bytes();
        let words = self.rest.get(..count).ok_or_else(missing)?;
        self.rest = &self.rest[count..];
        Ok(words)
    }
}

/// `name` of `@name`.
fn property(word: &Bytes) -> Option<Bytes> {
    word.strip_prefix(b"@").map(<[u8]>::to_vec)
}

impl Command {
    /// Reads the words; the error is RediSearch's text.
    pub fn read(words: &[Bytes]) -> Result<Command, Bytes> {
        let mut command = Command { dialect: 1, ..Command::default() };
        let mut reader = Reader { rest: words };
        while let Some(word) = reader.next() {
            let position = words.len() - reader.rest.len();
            command.option(word, &mut reader, position)?;
        }
        Ok(command)
    }

    fn option(&mut self, word: &Bytes, reader: &mut Reader<'_>, position: usize) -> Result<(), Bytes> {
        match word.to_ascii_uppercase().as_slice() {
            b"VERBATIM" => self.verbatim = true,
            b"ADDSCORES" => {}
            b"TIMEOUT" => drop(reader.number("TIMEOUT")?),
            b"LOAD" if reader.take("*") => self.load_all = true,
            b"LOAD" => self.load(reader)?,
            b"PARAMS" => {
                let pairs = reader.counted("PARAMS")?;
                if pairs.is_empty() || pairs.len() % 2 == 1 {
                    return Err(b"Parameters must be specified in PARAM VALUE pairs".to_vec());
                }
                self.params = pairs.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
            }
            b"DIALECT" => {
                let range = b"DIALECT requires a non negative integer >=1 and <= 4".to_vec();
                let dialect = reader.number("DIALECT").ok().filter(|dialect| (1..=4).contains(dialect));
                self.dialect = dialect.ok_or(range)? as u8;
            }
            b"GROUPBY" => self.group(reader)?,
            b"APPLY" => {
                let missing = || b"Bad arguments for APPLY: Expected an argument, but none provided".to_vec();
                let expression = reader.next().ok_or_else(missing)?.clone();
                let named = if reader.take("AS") { reader.next().cloned() } else { Some(expression.clone()) };
                let name = named.ok_or(b"AS needs argument".to_vec())?;
                self.steps.push(Words::Apply(expression, name));
            }
            b"FILTER" => {
                let missing = || b"Bad arguments for FILTER: Expected an argument, but none provided".to_vec();
                self.steps.push(Words::Filter(reader.next().ok_or_else(missing)?.clone()));
            }
            b"SORTBY" => self.sort(reader)?,
            b"LIMIT" => {
                let refusal = |_| b"LIMIT needs two numeric arguments".to_vec();
                let limit = (reader.number("LIMIT").map_err(refusal)?, reader.number("LIMIT").map_err(refusal)?);
                if limit.0 > ROWS_MAX {
                    return Err(b"OFFSET exceeds maximum of 1000000".to_vec());
                }
                *self.arrangement().1 = Some(limit);
            }
            _ => {
                let word = String::from_utf8_lossy(word).into_owned();
                return Err(format!("Unknown argument `{word}` at position {position} for <main>").into());
            }
        }
        Ok(())
    }

    fn load(&mut self, reader: &mut Reader<'_>) -> Result<(), Bytes> {
        let words = reader.counted("LOAD")?;
        let mut words = Reader { rest: words };
        while let Some(word) = words.next() {
            let field = word.strip_prefix(b"@").unwrap_or(word).to_vec();
            let missing = || b"LOAD path AS name - must be accompanied with NAME".to_vec();
            let name = if words.take("AS") { words.next().ok_or_else(missing)?.clone() } else { field.clone() };
            self.load.push((field, name));
        }
        Ok(())
    }

    fn group(&mut self, reader: &mut Reader<'_>) -> Result<(), Bytes> {
        let unknown = |word: &Bytes| {
            let word = String::from_utf8_lossy(word).into_owned();
            format!("Bad arguments for GROUPBY: Unknown property `{word}`. Did you mean `@{word}`?").into_bytes()
        };
        let names = reader.counted("GROUPBY")?.iter().map(|word| property(word).ok_or_else(|| unknown(word)));
        let names = names.collect::<Result<Vec<_>, _>>()?;
        let mut reducers = Vec::new();
        while reader.take("REDUCE") {
            let missing = || b"Bad arguments for REDUCE: Expected an argument, but none provided".to_vec();
            let function = reader.next().ok_or_else(missing)?.clone();
            let args = reader.counted(&String::from_utf8_lossy(&function))?.to_vec();
            let name =
                if reader.take("AS") { reader.next().cloned().ok_or_else(missing)? } else { alias(&function, &args) };
            reducers.push(Reduce { function, args, name });
        }
        self.steps.push(Words::Group(names, reducers));
        Ok(())
    }

    fn sort(&mut self, reader: &mut Reader<'_>) -> Result<(), Bytes> {
        let mut keys: Vec<(Bytes, bool)> = Vec::new();
        for word in reader.counted("SORTBY")? {
            match (property(word), keys.last_mut()) {
                (Some(name), _) => keys.push((name, false)),
                (None, Some(last)) if word.eq_ignore_ascii_case(b"ASC") => last.1 = false,
                (None, Some(last)) if word.eq_ignore_ascii_case(b"DESC") => last.1 = true,
                _ => {
                    let word = String::from_utf8_lossy(word).into_owned();
                    return Err(format!("MISSING ASC or DESC after sort field ({word})").into());
                }
            }
        }
        let max = if reader.take("MAX") { Some(reader.number("MAX")?) } else { None };
        let (sorted, limit) = self.arrangement();
        if !sorted.is_empty() {
            return Err(b"Multiple SORTBY steps are not allowed. Sort multiple fields in a single step".to_vec());
        }
        *sorted = keys;
        if let Some(max) = max {
            *limit = Some((0, max));
        }
        Ok(())
    }

    /// The last step of this kind since the last group; a new one if there is none.
    fn arrangement(&mut self) -> (&mut SortKeys, &mut Option<Page>) {
        let since = self.steps.iter().rposition(|step| matches!(step, Words::Group(..))).map_or(0, |at| at + 1);
        let found = self.steps[since..].iter().position(|step| matches!(step, Words::Arrange { .. }));
        let at = found.map_or(self.steps.len(), |at| since + at);
        if at == self.steps.len() {
            self.steps.push(Words::Arrange { keys: Vec::new(), limit: None });
        }
        match &mut self.steps[at] {
            Words::Arrange { keys, limit } => (keys, limit),
            _ => unreachable!("it was looked for"),
        }
    }
}

/// Names to sort by, and whether upwards.
type SortKeys = Vec<(Bytes, bool)>;

/// How many rows to leave out, and how many to give.
type Page = (usize, usize);

/// The name of a result that was given none.
fn alias(function: &[u8], args: &[Bytes]) -> Bytes {
    let args: Vec<&[u8]> = args.iter().map(|arg| arg.strip_prefix(b"@").unwrap_or(arg)).collect();
    [b"__generated_alias".as_slice(), &function.to_ascii_lowercase(), &args.join(&b',')].concat()
}
