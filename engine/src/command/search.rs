//! Indexes: their definitions, and how queries on them are read.

use super::{Command, Context, Outcome, Run};
use crate::config::Config;
use crate::reply::{Error, Reply};
use crate::search::create::{self, Words};
use crate::search::explain::explain;
use crate::search::info::info;
use crate::search::query::node::Dialect;
use crate::search::query::{self, Options, Parameters};

pub(super) const COMMANDS: &[Command] = &[
    Command::new("ft.create", -2, "write denyoom", (0, 0, 0), Run::Now(create)),
    Command::new("ft.alter", -2, "write denyoom", (0, 0, 0), Run::Now(alter)),
    Command::new("ft.dropindex", -2, "write", (0, 0, 0), Run::Now(drop_index)),
    Command::new("ft._list", -1, "readonly", (0, 0, 0), Run::Now(list)),
    Command::new("ft.info", -2, "readonly", (0, 0, 0), Run::Now(describe)),
    Command::new("ft.explain", -3, "readonly", (0, 0, 0), Run::Now(explain_query)),
];

const UNKNOWN: Error = Error::new("Unknown index name");

fn create(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() < 5 {
        return Err(Error::arity("FT.CREATE"));
    }
    if cx.session.db != 0 {
        return Err(Error::new("Cannot create index on db != 0"));
    }
    if cx.store.search.get(&argv[1]).is_some() {
        return Err(Error::new("Index already exists"));
    }
    let definition = create::create(&argv[1], &argv[2..])?;
    cx.store.search.insert(definition);
    Ok(Reply::OK)
}

fn alter(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() < 5 {
        return Err(Error::arity("FT.ALTER"));
    }
    let definition = cx.store.search.get(&argv[1]).ok_or(UNKNOWN)?;
    let (altered, _skips_scan) = create::alter(definition, &argv[2..])?;
    cx.store.search.insert(altered);
    Ok(Reply::OK)
}

fn drop_index(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() > 3 {
        return Err(Error::arity("FT.DROPINDEX"));
    }
    // Other than that of the other commands, in one letter.
    cx.store.search.get(&argv[1]).ok_or(Error::new("Unknown Index name"))?;
    let deletes = match argv.get(2) {
        Some(word) if word.eq_ignore_ascii_case(b"DD") => true,
        Some(_) => return Err(Error::new("Unknown argument")),
        None => false,
    };
    let documents = if deletes { cx.store.indexed_keys(&argv[1]) } else { Vec::new() };
    cx.store.search.remove(&argv[1]);
    for key in documents {
        cx.store.remove(0, &key);
    }
    Ok(Reply::OK)
}

fn list(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() != 1 {
        return Err(Error::arity("FT._LIST"));
    }
    Ok(Reply::Set(cx.store.search.iter().map(|definition| Reply::bulk(definition.name.clone())).collect()))
}

fn describe(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() != 2 {
        return Err(Error::arity("FT.INFO"));
    }
    cx.store.settle_indexes();
    let (definition, contents) = cx.store.search.contents(&argv[1]).ok_or(UNKNOWN)?;
    Ok(info(definition, contents))
}

fn explain_query(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let no_such_index = || Error::built([argv[1].as_slice(), b": no such index"].concat());
    let definition = cx.store.search.get(&argv[1]).ok_or_else(no_such_index)?;
    let options = Options { is_explained: true, ..options(&argv[3..], cx.config())? };
    let root = query::read(&argv[2], definition, &options)?;
    Ok(Reply::bulk(explain(&root, definition)))
}

/// What of a command's options matters for how its query is read; all else is passed over.
fn options(words: &[Vec<u8>], config: &Config) -> Result<Options, Error> {
    let mut words = Words::new(words);
    let mut options = Options::new(config);
    while !words.is_empty() {
        if words.skip("VERBATIM") {
            options.verbatim = true;
        } else if words.skip("NOSTOPWORDS") {
            options.no_stop_words = true;
        } else if words.skip("DIALECT") {
            let text = words.next().and_then(|word| std::str::from_utf8(word).ok());
            let version = text.and_then(|text| text.parse().ok()).filter(|version| (1..=4).contains(version));
            let error = Error::new("DIALECT requires a non negative integer >=1 and <= 4");
            options.dialect = Dialect::of(version.ok_or(error)?);
        } else if words.skip("PARAMS") {
            options.parameters = parameters(&mut words)?;
        } else {
            words.next();
        }
    }
    Ok(options)
}

/// Reads the names and values that follow PARAMS.
fn parameters(words: &mut Words<'_>) -> Result<Parameters, Error> {
    let list = words.list("PARAMS")?;
    if list.is_empty() || list.len() % 2 != 0 {
        return Err(Error::new("Parameters must be specified in PARAM VALUE pairs"));
    }
    let mut parameters = Parameters::new();
    for pair in list.chunks_exact(2) {
        if parameters.insert(pair[0].clone(), pair[1].clone()).is_some() {
            return Err(Error::built([b"Duplicate parameter `", pair[0].as_slice(), b"`"].concat()));
        }
    }
    Ok(parameters)
}
