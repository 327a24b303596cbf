//! The words of FT.AGGREGATE after the query.

use std::collections::BTreeMap;

use super::super::super::Schema;
use super::super::Scope;
use crate::resp::Bytes;

/// What was said, before anyone looks whether it makes sense.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Command {
    /// VERBATIM
    pub verbatim: bool,
    /// NOSTOPWORDS
    pub nostopwords: bool,
    /// SLOP
    pub slop: Option<i64>,
    /// INORDER
    pub in_order: bool,
    /// INFIELDS
    pub fields: Option<Vec<Bytes>>,
    /// INKEYS
    pub keys: Option<Vec<Bytes>>,
    /// PARAMS
    pub params: BTreeMap<Bytes, Bytes>,
    /// DIALECT
    pub dialect: u8,
    /// The steps.
    pub steps: Vec<Words>,
    /// `LIMIT 0 0`
    pub counts_only: bool,
    /// Something was said that this evaluator knows nothing of.
    pub is_beyond: bool,
}

/// A step in words.
#[derive(Clone, Debug, PartialEq)]
pub enum Words {
    /// LOAD: fields and the names they get; `None` is `*`.
    Load(Option<Vec<(Bytes, Bytes)>>),
    /// APPLY expression AS name.
    Apply(Bytes, Bytes),
    /// FILTER expression.
    Filter(Bytes),
    /// GROUPBY properties, and the reducers.
    Group(Vec<Bytes>, Vec<Reduce>),
    /// SORTBY and LIMIT, which are one step between two groupings.
    Arrange {
        /// Properties, each with whether it is in descending order.
        keys: Option<Vec<(Bytes, bool)>>,
        /// How many rows are left out first.
        offset: usize,
        /// How many follow; 0 if nothing was said.
        count: usize,
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

/// No more rows are skipped.
const OFFSET_MAX: u64 = 1_000_000;

/// No more properties are sorted by.
const KEYS_MAX: usize = 8;

const MISSING: &str = "Expected an argument, but none provided";
const MALFORMED: &str = "Could not convert argument to expected type";
const OUTSIDE: &str = "Value is outside acceptable bounds";

fn bad(option: &str, why: &str) -> Bytes {
    format!("Bad arguments for {option}: {why}").into()
}

fn quoted(before: &str, word: &[u8], after: &str) -> Bytes {
    [before.as_bytes(), &c_string(word), after.as_bytes()].concat()
}

/// What C sees of a word.
pub fn c_string(word: &[u8]) -> Bytes {
    word.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

fn is(word: &[u8], keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword.as_bytes())
}

struct Reader<'a> {
    rest: &'a [Bytes],
    all: usize,
}

impl<'a> Reader<'a> {
    fn new(words: &'a [Bytes]) -> Reader<'a> {
        Reader { rest: words, all: words.len() }
    }

    fn next(&mut self) -> Option<&'a Bytes> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self.rest.first().is_some_and(|next| is(next, word));
        if is_next {
            self.rest = &self.rest[1..];
        }
        is_next
    }

    /// A number, which is left there if it is none; the error says why.
    fn number(&mut self, least: i64, most: i64) -> Result<i64, &'static str> {
        let word = self.rest.first().ok_or(MISSING)?;
        let text = c_string(word);
        let number = std::str::from_utf8(text.trim_ascii_start()).ok().and_then(|text| text.parse().ok());
        let number = number.ok_or(MALFORMED)?;
        if !(least..=most).contains(&number) {
            return Err(OUTSIDE);
        }
        self.rest = &self.rest[1..];
        Ok(number)
    }

    /// As many words as the first one says.
    fn counted(&mut self) -> Result<&'a [Bytes], &'static str> {
        let count = self.number(0, i64::from(u32::MAX))?;
        let words = self.rest.get(..count as usize).ok_or(MISSING)?;
        self.rest = &self.rest[words.len()..];
        Ok(words)
    }

    fn list(&mut self, option: &str) -> Result<Vec<Bytes>, Bytes> {
        self.counted().map(<[Bytes]>::to_vec).map_err(|why| bad(option, why))
    }

    fn word(&mut self, option: &str) -> Result<&'a Bytes, Bytes> {
        self.next().ok_or_else(|| bad(option, MISSING))
    }
}

impl Command {
    /// Reads the words; the error is RediSearch's text.
    pub fn read(words: &[Bytes]) -> Result<Command, Bytes> {
        let mut command = Command { dialect: 1, ..Command::default() };
        let mut reader = Reader::new(words);
        while !reader.rest.is_empty() && (command.about_query(&mut reader)? || command.about_rows(&mut reader)?) {}
        // From the first step on there is nothing more to say about the query.
        while !reader.rest.is_empty() {
            if !command.about_rows(&mut reader)? {
                let step = step(&mut reader)?;
                command.steps.push(step);
            }
        }
        Ok(command)
    }

    /// How the query is meant.
    pub fn scope(&self, schema: &Schema) -> Scope {
        let all = Scope::default();
        let named = |names: &Vec<Bytes>| names.iter().map(|name| schema.text_bit(name)).fold(0, |all, bit| all | bit);
        Scope {
            slop: self.slop.unwrap_or(all.slop),
            in_order: self.in_order,
            fields: self.fields.as_ref().map_or(all.fields, named),
            keys: self.keys.clone(),
        }
    }

    fn about_query(&mut self, reader: &mut Reader<'_>) -> Result<bool, Bytes> {
        const NOTHING: [&str; 7] =
            ["WITHSCORES", "WITHSORTKEYS", "WITHPAYLOADS", "NOCONTENT", "EXPLAINSCORE", "WITHCOUNT", "WITHOUTCOUNT"];
        if NOTHING.iter().any(|word| reader.take(word)) {
            return Ok(true);
        }
        let Some(word) = reader.rest.first() else { return Ok(false) };
        let option = String::from_utf8_lossy(word).to_ascii_uppercase();
        let after = Reader { rest: &reader.rest[1..], ..*reader };
        let before = std::mem::replace(reader, after);
        match option.as_str() {
            "VERBATIM" => self.verbatim = true,
            "NOSTOPWORDS" => self.nostopwords = true,
            "INORDER" => self.in_order = true,
            "SLOP" => {
                let slop = reader.number(i64::from(i32::MIN), i64::from(i32::MAX));
                self.slop = Some(slop.map_err(|why| bad("SLOP", why))?);
            }
            "INFIELDS" => self.fields = Some(reader.list("INFIELDS")?),
            "INKEYS" => self.keys = Some(reader.list("INKEYS")?),
            "LANGUAGE" | "SCORER" | "EXPANDER" | "PAYLOAD" => {
                reader.word(&option)?;
                self.is_beyond = true;
            }
            "RETURN" => {
                reader.list("RETURN")?;
                return Err(b"RETURN is not supported on FT.AGGREGATE".to_vec());
            }
            "SUMMARIZE" | "HIGHLIGHT" => return Err(format!("{option} is not supported on FT.AGGREGATE").into()),
            "ADDSCORES" => self.is_beyond = true,
            _ => {
                *reader = before;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What may stand anywhere.
    fn about_rows(&mut self, reader: &mut Reader<'_>) -> Result<bool, Bytes> {
        if reader.take("LIMIT") {
            self.limit(reader)?;
        } else if reader.take("SORTBY") {
            self.sort(reader)?;
        } else if reader.take("TIMEOUT") {
            reader.rest.first().ok_or(b"Need argument for TIMEOUT".to_vec())?;
            let refusal = |_| b"TIMEOUT requires a non negative integer".to_vec();
            reader.number(0, i64::MAX).map_err(refusal)?;
        } else if reader.take("PARAMS") {
            self.params(reader)?;
        } else if reader.take("DIALECT") {
            reader.rest.first().ok_or(b"Need an argument for DIALECT".to_vec())?;
            let range = |_| b"DIALECT requires a non negative integer >=1 and <= 4".to_vec();
            self.dialect = reader.number(1, 4).map_err(range)? as u8;
        } else if reader.take("FORMAT") || reader.take("WITHCURSOR") {
            reader.next();
            self.is_beyond = true;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn params(&mut self, reader: &mut Reader<'_>) -> Result<(), Bytes> {
        let pairs = reader.list("PARAMS")?;
        if !self.params.is_empty() {
            return Err(b"Multiple PARAMS are not allowed. Parameters can be defined only once".to_vec());
        }
        if pairs.is_empty() || pairs.len() % 2 == 1 {
            return Err(b"Parameters must be specified in PARAM VALUE pairs".to_vec());
        }
        for pair in pairs.chunks_exact(2) {
            if self.params.insert(pair[0].clone(), pair[1].clone()).is_some() {
                return Err(quoted("Duplicate parameter `", &pair[0], "`"));
            }
        }
        Ok(())
    }

    fn limit(&mut self, reader: &mut Reader<'_>) -> Result<(), Bytes> {
        let (_, offset, count) = self.arrangement();
        if reader.rest.len() < 2 {
            return Err(b"LIMIT requires two arguments".to_vec());
        }
        let refusal = |_| b"LIMIT needs two numeric arguments".to_vec();
        let from = reader.number(0, i64::MAX).map_err(refusal)? as u64;
        let rows = reader.number(0, i64::MAX).map_err(refusal)? as u64;
        if rows == 0 && from > 0 {
            return Err(b"The `offset` of the LIMIT must be 0 when `num` is 0".to_vec());
        }
        if rows > 0 && from > OFFSET_MAX {
            return Err(format!("OFFSET exceeds maximum of {OFFSET_MAX}").into());
        }
        (*offset, *count) = (from as usize, usize::try_from(rows).unwrap_or(usize::MAX));
        self.counts_only |= rows == 0;
        Ok(())
    }

    fn sort(&mut self, reader: &mut Reader<'_>) -> Result<(), Bytes> {
        let (sorted, _, count) = self.arrangement();
        if sorted.is_some() {
            return Err(b"Multiple SORTBY steps are not allowed. Sort multiple fields in a single step".to_vec());
        }
        let words = reader.counted().map_err(|why| bad("SORTBY", why))?;
        let keys = sort_keys(words)?;
        if reader.take("MAX") {
            *count = reader.number(0, i64::from(u32::MAX)).map_err(|why| bad("MAX", why))? as usize;
        }
        *sorted = Some(keys);
        Ok(())
    }

    /// The only one since the last group; a new one if there is none.
    fn arrangement(&mut self) -> (&mut Option<SortKeys>, &mut usize, &mut usize) {
        let since = self.steps.iter().rposition(|step| matches!(step, Words::Group(..))).map_or(0, |at| at + 1);
        let found = self.steps[since..].iter().position(|step| matches!(step, Words::Arrange { .. }));
        let at = found.map_or(self.steps.len(), |at| since + at);
        if at == self.steps.len() {
            self.steps.push(Words::Arrange { keys: None, offset: 0, count: 0 });
        }
        match &mut self.steps[at] {
            Words::Arrange { keys, offset, count } => (keys, offset, count),
            _ => unreachable!("it was looked for"),
        }
    }
}

/// Names to sort by, and whether in descending order.
type SortKeys = Vec<(Bytes, bool)>;

fn sort_keys(words: &[Bytes]) -> Result<SortKeys, Bytes> {
    let mut keys = SortKeys::new();
    for word in words {
        let direction = [(true, "DESC"), (false, "ASC")].into_iter().find(|(_, name)| is(word, name));
        match (word.strip_prefix(b"@"), direction) {
            (Some(_), _) if keys.len() == KEYS_MAX => {
                return Err(format!("Cannot sort by more than {KEYS_MAX} fields").into());
            }
            (Some(name), _) => keys.push((c_string(name), false)),
            (None, Some((descending, _))) => keys.iter_mut().last().into_iter().for_each(|key| key.1 = descending),
            (None, None) => return Err(quoted("MISSING ASC or DESC after sort field (", word, ")")),
        }
    }
    Ok(keys)
}

fn step(reader: &mut Reader<'_>) -> Result<Words, Bytes> {
    let position = reader.all - reader.rest.len() + 1;
    if reader.take("GROUPBY") {
        return group(reader);
    }
    if reader.take("APPLY") {
        let expression = reader.word("APPLY/FILTER")?.clone();
        let named = if reader.take("AS") { reader.next() } else { Some(&expression) };
        let name = c_string(named.ok_or(b"AS needs argument".to_vec())?);
        return Ok(Words::Apply(expression, name));
    }
    if reader.take("FILTER") {
        return reader.word("APPLY/FILTER").cloned().map(Words::Filter);
    }
    if reader.take("LOAD") {
        return load(reader).map(Words::Load);
    }
    let word = reader.rest.first().map_or(&[][..], Vec::as_slice);
    Err(quoted("Unknown argument `", word, &format!("` at position {position} for <main>")))
}

fn load(reader: &mut Reader<'_>) -> Result<Option<Vec<(Bytes, Bytes)>>, Bytes> {
    let words = match reader.counted() {
        Ok(words) => words,
        Err(_) => match reader.next() {
            Some(word) if word == b"*" => return Ok(None),
            Some(_) => return Err(bad("LOAD", "SUCCESS")),
            None => return Err(bad("LOAD", MISSING)),
        },
    };
    let mut words = Reader::new(words);
    let mut loaded = Vec::new();
    while let Some(word) = words.next() {
        let field = c_string(word.strip_prefix(b"@").unwrap_or(word));
        let name = match words.take("AS").then(|| words.next()) {
            None => field.clone(),
            Some(None) => return Err(b"LOAD path AS name - must be accompanied with NAME".to_vec()),
            Some(Some(word)) if is(word, "AS") => return Err(b"Alias for LOAD cannot be `AS`".to_vec()),
            Some(Some(word)) => word.clone(),
        };
        loaded.push((field, name));
    }
    Ok(Some(loaded))
}

fn group(reader: &mut Reader<'_>) -> Result<Words, Bytes> {
    let property = |word: &Bytes| {
        let text = c_string(word);
        let hint = || quoted("Bad arguments for GROUPBY: Unknown property `", word, "`. Did you mean `@");
        word.strip_prefix(b"@").map(c_string).ok_or_else(|| [hint(), text, b"`?".to_vec()].concat())
    };
    let words = reader.counted().map_err(|why| bad("GROUPBY", why))?;
    let names = words.iter().map(property).collect::<Result<Vec<_>, _>>()?;
    let mut reducers = Vec::new();
    while reader.take("REDUCE") {
        let function = c_string(reader.next().ok_or_else(|| bad("REDUCE", "SUCCESS"))?);
        let args = reader.list(&String::from_utf8_lossy(&function))?;
        let named = reader.take("AS").then(|| reader.word("AS")).transpose()?;
        let name = named.map_or_else(|| alias(&function, &args), |name| c_string(name));
        reducers.push(Reduce { function, args, name });
    }
    Ok(Words::Group(names, reducers))
}

/// The name of a result that was given none.
fn alias(function: &[u8], args: &[Bytes]) -> Bytes {
    let bare = |arg: &Bytes| arg.iter().copied().skip_while(|byte| *byte == b'@').collect::<Bytes>();
    let args: Vec<Bytes> = args.iter().map(bare).collect();
    c_string(&[b"__generated_alias".as_slice(), function, &args.join(&b',')].concat().to_ascii_lowercase())
}
